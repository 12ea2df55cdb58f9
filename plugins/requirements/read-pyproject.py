# Run by the environment's Python: reads pyproject.toml files and prints what
# they require.  Arguments: a wheel of pip, or nothing, then three words for
# each thing that is wanted: "project", "extra" or "group", the file, a name.
# Prints lines: "ok" and the requirements, or "error" and what is wrong with
# which file; then "end".
import importlib
import os
import re
import stat
import sys

MOST = 64 << 20

# A requirement as far as it has to be understood: its project and its extras.
REQUIREMENT = re.compile(r'([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*'
                         r'(?:\[([^][]*)\]\s*)?(?:[<>=!~;(@][^\x00-\x1f\x7f]*)?\Z')


class Problem(Exception):
    pass


def find_parser(wheel):
    """Python's own parser of TOML, else that of pip: of the environment's, or
    of the wheel."""
    if wheel:
        sys.path.append(wheel)
    for name in ('tomllib', 'pip._vendor.tomli', 'pip._vendor.toml', 'pip._vendor.pytoml'):
        try:
            return importlib.import_module(name).loads
        except ImportError:
            pass
    raise Problem('Python %d.%d cannot read TOML, and there is no pip that could'
                  % sys.version_info[:2])


def load(path, loads):
    """The project may have come from anybody: never wait for a FIFO, or read
    without end."""
    try:
        status = os.stat(path)
        if not stat.S_ISREG(status.st_mode):
            raise Problem('it is not a regular file')
        if status.st_size > MOST:
            raise Problem('it is too large')
        with open(path, 'rb') as file:
            return loads(file.read(MOST).decode('utf-8').replace('\r\n', '\n'))
    except Problem:
        raise
    except OSError as error:
        raise Problem(error.strerror)
    except Exception as error:  # each parser has its own
        raise Problem('cannot be read as TOML: %s' % error)


def normalize(name):
    return re.sub('[-_.]+', '-', name).lower()


def check_type(value, kind, where):
    if not isinstance(value, kind):
        raise Problem('%s is not %s' % (where, {list: 'a list', dict: 'a table',
                                                str: 'a string'}[kind]))
    return value


def check_requirement(value, where):
    """What pip would take for an option or a path is no requirement either."""
    text = check_type(value, str, 'an item of ' + where).strip()
    if not REQUIREMENT.match(text):
        raise Problem('%r in %s is not a requirement' % (value, where))
    return text


def check_requirements(values, where):
    return [check_requirement(value, where) for value in check_type(values, list, where)]


def by_normal_name(table, where):
    """The items of a table of lists, by names as they are compared."""
    items = {}
    for name, values in check_type(table, dict, where).items():
        if normalize(name) in items:
            raise Problem('%s has %r twice' % (where, normalize(name)))
        items[normalize(name)] = values
    return items


def look_up(items, kind, name, where):
    if normalize(name) in items:
        return items[normalize(name)]
    raise Problem('no %s %r in [%s], which has %s'
                  % (kind, name, where, ', '.join(sorted(items)) or 'none'))


def get_project(data, key):
    """The table [project], which has to tell about key itself."""
    if 'project' not in data:
        raise Problem('there is no [project] table')
    project = check_type(data['project'], dict, 'project')
    if key in check_type(project.get('dynamic', []), list, 'project.dynamic'):
        raise Problem('project.%s is dynamic: only the build backend knows it' % key)
    return project


def split_marker(requirement):
    """The semicolons of a URL have no blank before them."""
    is_url = '@' in requirement.partition(';')[0]
    return [part.strip() for part in requirement.partition(' ;' if is_url else ';')[::2]]


def add_marker(requirement, marker):
    base, own = split_marker(requirement)
    if own and marker:
        marker = '(%s) and (%s)' % (own, marker)
    return '%s ; %s' % (base, marker) if marker else requirement


def of_project(data, name):
    return check_requirements(get_project(data, 'dependencies').get('dependencies', []),
                              'project.dependencies')


def of_extra(data, name, outer=()):
    """An extra often names others by the project's own name: demo[test].  That
    is resolved here, since the project is not what is to be installed."""
    project = get_project(data, 'optional-dependencies')
    own_name = normalize(check_type(project.get('name', ''), str, 'project.name'))
    where = 'project.optional-dependencies'
    values = look_up(by_normal_name(project.get('optional-dependencies', {}), where),
                     'extra', name, where)
    found = []
    for requirement in check_requirements(values, '%s.%s' % (where, name)):
        other, extras = REQUIREMENT.match(requirement).groups()
        if normalize(other) != own_name or not extras:
            found.append(requirement)
            continue
        for extra in (text.strip() for text in extras.split(',')):
            if normalize(extra) not in outer + (normalize(name),):
                found += [add_marker(inner, split_marker(requirement)[1])
                          for inner in of_extra(data, extra, outer + (normalize(name),))]
    return found


def of_group(data, name, outer=()):
    """A dependency group (PEP 735)."""
    groups = by_normal_name(data.get('dependency-groups', {}), 'dependency-groups')
    values = look_up(groups, 'group', name, 'dependency-groups')
    where, chain = 'dependency-groups.' + name, outer + (normalize(name),)
    if normalize(name) in outer:
        raise Problem('group %r includes itself: %s' % (name, ' -> '.join(chain)))
    found = []
    for value in check_type(values, list, where):
        if not isinstance(value, dict):
            found.append(check_requirement(value, where))
        elif list(value) == ['include-group']:
            found += of_group(data, check_type(value['include-group'], str,
                                               'include-group in ' + where), chain)
        else:
            raise Problem('an item of %s is neither a requirement nor an include-group' % where)
    return found


def collect(loads, words):
    functions = {'project': of_project, 'extra': of_extra, 'group': of_group}
    files, found = {}, []
    for kind, path, name in zip(words[::3], words[1::3], words[2::3]):
        try:
            if path not in files:
                files[path] = load(path, loads)
            found += functions[kind](files[path], name)
        except Problem as problem:
            raise Problem("'%s': %s" % (path, problem))
    return sorted(set(found), key=found.index)


def main():
    try:
        lines = ['ok'] + collect(find_parser(sys.argv[1]), sys.argv[2:])
    except Problem as problem:
        lines = ['error', ' '.join(str(problem).split())]
    sys.stdout.buffer.write(os.fsencode(''.join(line + '\n' for line in lines + ['end'])))


main()
