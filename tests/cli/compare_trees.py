# Compares two environments, file by file: names, kinds, modes, link targets
# and contents, as `python -m venv` and venvb made them at the same path, one
# after the other, so that even what holds the path is equal.
#
#   compare_trees.py compare OURS THEIRS
#       Prints a line for each difference that DIFFERENCES does not allow, and
#       exits with 1 if there was one.  To be run by the base Python, for only
#       that one can read its .pyc files.
#
#   compare_trees.py probe
#       Prints what the Python running it says of itself.  To be run by the
#       Python of an environment.
import filecmp
import json
import marshal
import os
import re
import stat
import struct
import sys

# With -I, too; and sys.path, which is told, stays as it was.
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import trees
del sys.path[0]

VERSION = sys.version_info[:2]
SCRIPTS = ('bin/activate', 'bin/activate.csh', 'bin/activate.fish', 'bin/Activate.ps1')

# The pip that comes with 3.6 compiled in a temporary directory of random name.
PIP_DIRECTORY = '/pip-install-'

# All other differences that are allowed, and why.  What is not in here is a
# failure.
DIFFERENCES = {
    # Files whose contents may differ.
    'contents': dict(dict.fromkeys(SCRIPTS, 'written afresh: safe with any name, '
                                            'and the same for every version'),
                     **{'.gitignore': 'says who made it'}),
    # Files that only venvb makes.
    'extra': {},
    # Keys of pyvenv.cfg whose values may differ.
    'values': {
        'command': 'the command that makes such an environment is another',
    },
    # Keys of pyvenv.cfg that only venvb writes.
    'keys': {},
}
if VERSION < (3, 13):
    DIFFERENCES['extra']['.gitignore'] = 'venv makes it since 3.13'
if VERSION < (3, 11):
    DIFFERENCES['keys']['executable'] = 'venv writes it since 3.11'
    DIFFERENCES['keys']['command'] = 'venv writes it since 3.11'
if VERSION < (3, 8):
    DIFFERENCES['keys']['prompt'] = 'venv writes it since 3.8'
    DIFFERENCES['extra']['bin/Activate.ps1'] = 'venv makes it since 3.8'


def walk(top):
    """A directory and all that is below it: path relative to it -> lstat()."""
    return dict([('.', os.lstat(top))] + [(name, status) for name, path, status in trees.walk(top)])


def describe(path, status):
    """Kind, mode and target of something in a tree."""
    if stat.S_ISLNK(status.st_mode):
        return 'link to ' + os.readlink(path)
    kind = {stat.S_IFDIR: 'directory', stat.S_IFREG: 'file'}.get(
        stat.S_IFMT(status.st_mode), 'special file')
    return '%s of mode %04o' % (kind, stat.S_IMODE(status.st_mode))


def read_cfg(path):
    """pyvenv.cfg as a list of key and value."""
    with open(path, encoding='utf-8', errors='surrogateescape') as file:
        lines = file.read().splitlines()
    return [tuple(part.strip() for part in line.partition('=')[::2]) for line in lines]


def recorded_prompt(command):
    """The prompt in a command, None for none.  Where venv's own can't be typed
    so, it is not compared."""
    found = re.search(r' --prompt=(".*") \'?/', command)
    return found and re.match(r'"[^"\\$`]*"$', found.group(1)) and found.group(1)


def compare_cfg(ours, theirs):
    """The same keys in the same order, with the same values."""
    ours, theirs = read_cfg(ours), read_cfg(theirs)
    known = [key for key, value in theirs]
    ours = [(key, value) for key, value in ours
            if key in known or key not in DIFFERENCES['keys']]
    if [key for key, value in ours] != known:
        yield 'has the keys %s; venv: %s' % ([key for key, value in ours], known)
    for (key, value), (their_key, their_value) in zip(ours, theirs):
        if key == their_key and value != their_value and key not in DIFFERENCES['values']:
            yield "has %s = '%s'; venv: '%s'" % (key, value, their_value)
        if key == their_key == 'command' and recorded_prompt(value) != recorded_prompt(their_value):
            yield "has %s = '%s'; venv: '%s'" % (key, value, their_value)


def read_pyc(path):
    """Flags, time and size of the source, code."""
    with open(path, 'rb') as file:
        data = file.read()
    start = 16 if VERSION >= (3, 7) else 12
    return struct.unpack_from('<%dL' % (start // 4 - 1), data, 4), marshal.loads(data[start:])


def compare_pyc(ours, theirs):
    """The same code, up to date with the source beside it.  The bytes may
    differ: marshal writes how often an object happened to be referred to."""
    our_header, our_code = read_pyc(ours)
    their_header, their_code = read_pyc(theirs)
    if not trees.is_current(ours):
        yield 'is out of date'
    if our_header[:-2] != their_header[:-2]:
        yield 'has flags %s; venv: %s' % (our_header[:-2], their_header[:-2])
    # Made once for all environments, so its name ends as the file's path does:
    # Python puts the whole path there when it imports the file.
    if (not their_code.co_filename.endswith('/' + our_code.co_filename)
            and our_code.co_filename != their_code.co_filename
            and PIP_DIRECTORY not in their_code.co_filename):
        yield "says it is of '%s'; venv: '%s'" % (our_code.co_filename, their_code.co_filename)
    if our_code != their_code:
        yield 'holds other code'


def first_line_that_differs(ours, theirs):
    with open(ours, 'rb') as our_file, open(theirs, 'rb') as their_file:
        ours, theirs = our_file.read().splitlines(), their_file.read().splitlines()
    for our_line, their_line in zip(ours + [b''], theirs + [b'']):
        if our_line != their_line:
            return 'has %r; venv: %r' % (our_line[:200], their_line[:200])
    return 'has %d lines; venv: %d' % (len(ours), len(theirs))


def compare_contents(name, ours, theirs):
    if name == 'pyvenv.cfg':
        for difference in compare_cfg(ours, theirs):
            yield difference
    elif name.endswith('.pyc'):
        for difference in compare_pyc(ours, theirs):
            yield difference
    elif name not in DIFFERENCES['contents'] and not filecmp.cmp(ours, theirs, shallow=False):
        yield first_line_that_differs(ours, theirs)


def compare(ours, theirs):
    """The differences between two trees, each as a line."""
    our_tree, their_tree = walk(ours), walk(theirs)
    for name in sorted(set(our_tree) | set(their_tree)):
        our_path, their_path = os.path.join(ours, name), os.path.join(theirs, name)
        if name not in our_tree:
            yield name + ' is missing'
        elif name not in their_tree:
            if name not in DIFFERENCES['extra']:
                yield name + ' is not made by venv'
        elif describe(our_path, our_tree[name]) != describe(their_path, their_tree[name]):
            yield '%s is a %s; venv: %s' % (name, describe(our_path, our_tree[name]),
                                            describe(their_path, their_tree[name]))
        elif stat.S_ISREG(our_tree[name].st_mode):
            for difference in compare_contents(name, our_path, their_path):
                yield '%s %s' % (name, difference)


def packages():
    """The names and versions of what is installed, as `pip list` finds it."""
    try:
        from importlib.metadata import distributions
    except ImportError:
        return None
    return sorted('%s %s' % (found.metadata['Name'], found.version) for found in distributions())


def probe():
    import site
    import sysconfig
    facts = {name: getattr(sys, name, None) for name in (
        'prefix', 'base_prefix', 'exec_prefix', 'base_exec_prefix', 'executable',
        '_base_executable', '_home', 'path', 'platlibdir', 'abiflags')}
    facts['paths'] = sysconfig.get_paths()
    facts['site-packages'] = site.getsitepackages()
    facts['user site'] = site.ENABLE_USER_SITE
    facts['packages'] = packages()
    print(json.dumps(facts, indent=1, sort_keys=True))


def main():
    if sys.argv[1] == 'probe':
        probe()
        return 0
    differences = list(compare(*sys.argv[2:]))
    for difference in differences:
        print(difference)
    return 1 if differences else 0


sys.exit(main())
