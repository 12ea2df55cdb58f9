# SPDX-License-Identifier: BSD-2-Clause
"""Real wheels of real applications, installed natively and by pip, and compared.

usage: real-wheels.py VENVB PYTHON...

Fetches, with the machine's own configuration of pip, what the applications need, for each
PYTHON (3.9 or newer), into WHEELS_DIR, where it stays for the next time, or a directory that is
removed.  For each it

- installs all of them natively, by a lock with the hashes of the files, and by pip, and compares
  RECORDs, entry points and metadata of all distributions, file by file;
- lists what is refused, with the reason;
- has uv, pip and pdm each lock an application to pylock.toml, and installs that;
- has all of them come from a mirror that breaks off, and measures that from one that does not
  against uv (mirror.py).

Prints TAP.  Needs the network, so it is not part of "make check".
"""
import csv
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile

import mirror

APPLICATIONS = ['jupyterlab', 'django', 'pandas', 'scikit-learn', 'matplotlib', 'fastapi[standard]',
                'streamlit', 'mkdocs-material', 'sphinx', 'black', 'ansible-core', 'httpie', 'celery',
                'scrapy']
LOCKED = {'uv': 'httpie', 'pip': 'httpie', 'pdm': 'httpie'}
METADATA = '''
import importlib.metadata as m, json, sys
found = {}
for d in m.distributions(path=[sys.argv[1]]):
    found[d.metadata['Name']] = [
        d.version, sorted(map(str, d.requires or [])), sorted(map(repr, d.entry_points)),
        sorted('%s %s %s' % (f, f.hash and f.hash.value, f.size) for f in d.files or []
               if not str(f).endswith('.pyc'))]
json.dump(found, sys.stdout, sort_keys=True)
'''
number = failures = 0


def check(name, ok, told=''):
    global number, failures
    number += 1
    failures += not ok
    print('%s %d - %s' % ('ok' if ok else 'not ok', number, name))
    for line in told.splitlines() if not ok else ():
        print('#   ' + line)
    sys.stdout.flush()


def note(text):
    print('# ' + text)
    sys.stdout.flush()


def run(*args, **options):
    done = subprocess.run(args, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)
    return done.returncode, done.stdout


def must(*args, **options):
    status, said = run(*args, **options)
    if status != 0:
        print('Bail out! %s: %s' % (' '.join(args), said.replace('\n', '; ')))
        sys.exit(1)
    return said


class Kit:
    """One interpreter, its tools and its wheels."""
    def __init__(self, venvb, python, top):
        self.venvb, self.python = venvb, python
        self.version = must(python, '-c', 'import sys; print("%d.%d" % sys.version_info[:2])').strip()
        self.top = os.path.join(top, self.version)
        self.wheels = os.path.join(self.top, 'wheels')
        self.tools = os.path.join(self.top, 'tools/bin')
        os.makedirs(self.wheels, exist_ok=True)
        if not os.path.exists(self.tools + '/pdm'):
            must(python, '-m', 'venv', '--clear', self.top + '/tools')
            must(self.tools + '/python', '-m', 'pip', 'install', '-q', '-U', 'pip', 'uv', 'pdm',
                 'hishel[httpx2]>=1.4,<2')  # pdm 2.29 does not start with a later one

    def pip(self, *args):
        return run(self.tools + '/python', '-m', 'pip', '--disable-pip-version-check', *args)

    def site(self, env):
        return os.path.join(env, 'lib/python%s/site-packages' % self.version)

    def fetch(self):
        done = os.path.join(self.top, 'fetched')
        if not os.path.exists(done):
            status, said = self.pip('download', '-q', '--only-binary', ':all:', '-d', self.wheels, *APPLICATIONS)
            if status != 0:
                print('Bail out! pip download: ' + said.replace('\n', '; '))
                sys.exit(1)
            open(done, 'w').close()

    def pins(self):
        """name -> line, of one wheel each."""
        lines = {}
        for wheel in sorted(os.listdir(self.wheels)):
            with open(os.path.join(self.wheels, wheel), 'rb') as file:
                digest = hashlib.sha256(file.read()).hexdigest()
            name, version = wheel.split('-')[:2]
            lines[name.lower().replace('_', '-')] = '%s==%s --hash=sha256:%s' % (name, version, digest)
        return lines


def write(path, lines):
    with open(path, 'w') as file:
        file.write('\n'.join(lines) + '\n')
    return path


def install_natively(kit, lines, env):
    """Installs all that can be; returns what was refused: name -> why."""
    refused = {}
    while True:
        lock = write(kit.top + '/requirements.txt', [line for name, line in lines.items() if name not in refused])
        shutil.rmtree(env, ignore_errors=True)
        status, said = run(kit.venvb, '--no-compile', '-p', kit.python, '--without-pip',
                           '--plugin=lock,file=%s,wheel-dir=%s' % (lock, kit.wheels), env)
        if status == 0:
            return refused
        found = dict(re.findall(r"requirements.txt:\d+: package '([^']*)': (.*)", said))
        if not found or set(found) & set(refused):
            check('%s: installed natively' % kit.version, False, said)
            sys.exit(1)
        refused.update(found)


def records(kit, env):
    """Of each distribution: what its RECORD lists, with hashes and sizes."""
    found, site = {}, kit.site(env)
    for info in sorted(name for name in os.listdir(site) if name.endswith('.dist-info')):
        with open(os.path.join(site, info, 'RECORD'), newline='') as file:
            found[info] = {row[0]: row[1:] for row in csv.reader(file)
                           if not row[0].endswith(('.pyc', '.dist-info/RECORD'))}
    return found


def without_scripts(rows):
    """Scripts have the path of their own environment in them."""
    return {path: what if '/bin/' not in path else [] for path, what in rows.items()}


def compare(kit, one, other):
    theirs, ours = records(kit, one), records(kit, other)
    problems = []
    for info in sorted(set(theirs) | set(ours)):
        a, b = without_scripts(theirs.get(info, {})), without_scripts(ours.get(info, {}))
        problems += ['%s: %s: pip has %s, venvb %s' % (info, path, a.get(path), b.get(path))
                     for path in sorted(set(a) | set(b)) if a.get(path) != b.get(path)]
    check('%s: RECORDs are as pip has them' % kit.version, not problems, '\n'.join(problems[:30]))
    note('%s: %d distributions, %d files' % (kit.version, len(ours), sum(map(len, ours.values()))))


def compare_metadata(kit, one, other):
    told = [must(kit.python, '-c', METADATA, kit.site(env)) for env in (one, other)]
    # Scripts have the path of their own environment in them.
    plain = [re.sub(r'"(\.\./\.\./\.\./bin/[^ ]*) [^"]*"', r'"\1"', text) for text in told]
    check('%s: importlib.metadata tells the same' % kit.version, plain[0] == plain[1])


def try_wheels(kit):
    kit.fetch()
    lines = kit.pins()
    note('%s: %d wheels' % (kit.version, len(lines)))
    ours, theirs = kit.top + '/ours', kit.top + '/theirs'
    refused = install_natively(kit, lines, ours)
    for name, why in sorted(refused.items()):
        note('%s: refused: %s: %s' % (kit.version, name, why))
    check('%s: installed natively (%d of %d)' % (kit.version, len(lines) - len(refused), len(lines)), True)
    shutil.rmtree(theirs, ignore_errors=True)
    must(kit.venvb, '-q', '-p', kit.python, '--without-pip', theirs)
    status, said = kit.pip('--python', theirs + '/bin/python', 'install', '-q', '--no-index', '--no-deps',
                           '--no-compile', '--require-hashes', '--find-links', kit.wheels,
                           '-r', kit.top + '/requirements.txt')
    check('%s: installed by pip' % kit.version, status == 0, said)
    compare(kit, theirs, ours)
    compare_metadata(kit, theirs, ours)
    if not refused:
        status, said = kit.pip('--python', ours + '/bin/python', 'check')
        check('%s: pip check' % kit.version, status == 0, said)
    return len(lines)


def lock_with(kit, tool, application, where):
    """Has a tool write pylock.toml; returns what it said where it can't."""
    project = '[project]\nname = "it"\nversion = "1"\nrequires-python = ">=%s"\ndependencies = ["%s"]\n' % (
        kit.version, application)
    write(where + '/pyproject.toml', [project])
    index = must(kit.tools + '/python', '-m', 'pip', 'config', 'get', 'global.index-url') \
        if 'global.index-url' in kit.pip('config', 'list')[1] else ''
    more = dict(os.environ, UV_PYTHON=kit.python, UV_PYTHON_DOWNLOADS='never')
    if index:
        more.update(UV_DEFAULT_INDEX=index.strip(), PDM_PYPI_URL=index.strip())
    commands = {
        'uv': [['uv', 'lock', '-q', '-p', kit.python],
               ['uv', 'export', '-q', '--no-emit-project', '--format', 'pylock.toml', '-o', 'pylock.toml']],
        'pip': [['python', '-m', 'pip', 'lock', '-q', '-o', 'pylock.toml', application]],
        'pdm': [['pdm', 'use', '-q', '-f', kit.python], ['pdm', 'lock', '-q'],
                ['pdm', 'export', '-f', 'pylock', '-o', 'pylock.toml']],
    }
    for command in commands[tool]:
        status, said = run(os.path.join(kit.tools, command[0]), *command[1:], cwd=where, env=more)
        if status != 0:
            return said
    return None


def fetch_locked(kit, lock):
    """Fetches the wheels that would be taken of a lock."""
    said = run(kit.venvb, '-p', kit.python, '--explain', '--lock=' + lock, '--plugin=lock,wheel-dir=' + kit.wheels, 'x')[1]
    wanted = re.findall(r"package\s+([^ ]+) ([^ ]+)\s+\((?:refused)\).*is not here", said)
    for name, version in wanted:
        status, told = kit.pip('download', '-q', '--no-deps', '--only-binary', ':all:', '-d', kit.wheels + '-more',
                               '%s==%s' % (name, version))
        if status != 0:
            note('%s: %s' % (name, told))


def try_locks(kit):
    for tool, application in LOCKED.items():
        where = os.path.join(kit.top, 'lock-' + tool)
        shutil.rmtree(where, ignore_errors=True)
        os.makedirs(where)
        os.makedirs(kit.wheels + '-more', exist_ok=True)
        said = lock_with(kit, tool, application, where)
        check('%s: %s writes pylock.toml' % (kit.version, tool), said is None, said or '')
        if said is not None:
            continue
        lock, env = where + '/pylock.toml', where + '/env'
        fetch_locked(kit, lock)
        dirs = ',wheel-dir=%s,wheel-dir=%s-more' % (kit.wheels, kit.wheels)
        status, said = run(kit.venvb, '-p', kit.python, '--without-pip', '--plugin=lock,file=%s%s' % (lock, dirs), env)
        check('%s: the lock of %s is installed' % (kit.version, tool), status == 0, said)
        if status == 0:
            status, said = kit.pip('--python', env + '/bin/python', 'check')
            check('%s: ... pip check' % kit.version, status == 0, said)
            status, said = run(kit.venvb, '--check', '--lock=' + lock, env)
            check('%s: ... it is that lock' % kit.version, status in (0, 1) and 'missing' not in said, said)


def try_mirror(kit):
    top = kit.top + '/mirror'
    shutil.rmtree(top, ignore_errors=True)
    one = mirror.Mirror(kit.venvb, kit.python, kit.tools + '/uv', kit.top + '/requirements.txt', kit.wheels, top)

    def told(name, ok, more=''):
        check('%s: %s' % (kit.version, name), ok, more)

    one.broken(told)
    one.measure(told, lambda text: note('%s: %s' % (kit.version, text)))
    shutil.rmtree(top, ignore_errors=True)


def main():
    venvb, pythons = os.path.abspath(sys.argv[1]), sys.argv[2:]
    if not pythons:
        print('1..0 # SKIP no Python is named: WHEELS_PYTHONS="python3.11 python3.13"')
        return 0
    top = os.environ.get('WHEELS_DIR') or tempfile.mkdtemp(prefix='venvb-wheels-')
    total = 0
    try:
        for python in pythons:
            kit = Kit(venvb, python, top)
            total += try_wheels(kit)
            try_mirror(kit)
            try_locks(kit)
    finally:
        if not os.environ.get('WHEELS_DIR'):
            shutil.rmtree(top, ignore_errors=True)
    check('there are 300 wheels and more (%d)' % total, total >= 300)
    print('1..%d' % number)
    return failures > 0


if __name__ == '__main__':
    sys.exit(main())
