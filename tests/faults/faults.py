# SPDX-License-Identifier: BSD-2-Clause
"""Has system calls of venvb fail, one in each run, and looks at what is left.

    faults.py INJECT VENVB EMBED WHEELS BASE_PYTHON MISBEHAVE_PLUGIN long|short

Prints TAP.  Each scenario is first run undisturbed, which tells its points (see
inject.c) and what is right.  Then each point fails once (in the short form
some do), and the run has either

  failed:    exit status 1, one line on stderr that names a path, and all is as
             it was: names, modes, owners, times, contents; or
  succeeded: exit status 0, nothing on stderr but a warning, and the environment
             is the one that the undisturbed run makes.

The cache holds whole entries in both cases, and nothing else is left over.
What kind of point allows which of these, and the exceptions, is in judge().
"""
import concurrent.futures
import errno
import os
import queue
import re
import shlex
import shutil
import signal
import stat
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../cli'))
import trees

INJECT, VENVB, EMBED, WHEELS, BASE, MISBEHAVE, FORM = sys.argv[1:]
LONG = FORM == 'long'
SANITIZED = bool(os.environ.get('SANITIZER_FLAGS'))
LANES = 2
SECONDS = 60

# What a call may fail with, by its kind, and by its name where that is special.
OPENING = ['EMFILE', 'EACCES', 'EIO']
MAKING = ['ENOSPC', 'EACCES', 'EIO', 'EROFS', 'EDQUOT', 'EMFILE']
CHANGING = ['ENOSPC', 'EIO', 'EROFS', 'EACCES', 'EDQUOT']
ERRORS = {'r': ['EIO', 'EACCES'], 'm': ['ENOMEM'], 'c': CHANGING}
SPECIAL = {
    'write': ['ENOSPC', 'EIO', 'EDQUOT', 'EINTR'],
    'close': ['EIO', 'EDQUOT', 'ENOSPC'],
    'copy_file_range': ['ENOSPC', 'EIO', 'EINTR', 'EXDEV', 'EINVAL'],
    'read': ['EIO', 'EINTR'],
    'pread64': ['EIO'],
    'getdents64': ['EIO', 'EACCES'],
    'lseek': ['EIO'],
    'getcwd': ['ENOENT', 'EACCES'],
    'unlink': ['EIO', 'EACCES', 'EROFS', 'EPERM'],
    'unlinkat': ['EIO', 'EACCES', 'EROFS', 'EPERM'],
    'rmdir': ['EIO', 'EACCES', 'EROFS'],
    'linkat': ['EIO', 'ENOSPC', 'EMLINK', 'EXDEV', 'EPERM', 'EDQUOT'],
    'flock': ['ENOLCK', 'EINTR', 'EIO'],
    'ioctl': ['EOPNOTSUPP', 'EIO', 'ENOSPC', 'EDQUOT'],
    'memfd_create': ['EMFILE', 'ENOMEM'],
    'clone': ['EAGAIN', 'ENOMEM'], 'clone3': ['EAGAIN', 'ENOMEM'],
    'fork': ['EAGAIN'], 'vfork': ['EAGAIN'],
    'pipe': ['EMFILE', 'ENFILE'], 'pipe2': ['EMFILE', 'ENFILE'],
    'socketpair': ['EMFILE', 'ENFILE'],
    'dup': ['EMFILE'], 'fcntl': ['EMFILE'],
    'sendmsg': ['EINTR', 'ENOBUFS'], 'recvmsg': ['EINTR'],
    'wait4': ['EINTR'], 'waitid': ['EINTR'],
    'poll': ['EINTR', 'ENOMEM'], 'ppoll': ['EINTR', 'ENOMEM'],
    # These do not fail where their arguments are right, or not so.
    'dup2': [], 'dup3': [], 'execve': [], 'socket': [], 'connect': [],
    'sendto': [], 'recvfrom': [],
}
if os.environ.get('SANITIZER_FLAGS'):
    ERRORS['m'] = []    # they end a process that has no memory in their own way
TEMPLATE_MODES = re.compile(r'^work/[^ ]*/bin/')


class Point:
    def __init__(self, line, before_main):
        fields = line.rstrip('\n').split('\t')
        self.number, self.kind, self.name = int(fields[0]), fields[1], fields[2]
        self.args = [int(field) for field in fields[3:6]]
        self.path = fields[6]
        self.before_main = before_main

    def errors(self):
        if self.name in ('write', 'writev') and self.args[0] == 2:
            return []   # a message that nobody gets can't be looked for
        if self.path.startswith('pipe:') and self.name in ('read', 'write'):
            return ['EINTR']    # it is in memory
        if self.name == 'ioctl' and self.args[1] != 0x40049409:
            return []   # whether it is a terminal
        if self.name == 'fcntl' and self.args[1] not in (0, 1030):
            return []   # only those that make a new descriptor fail
        if self.name in SPECIAL:
            return SPECIAL[self.name]
        if self.kind == 'o':
            if self.name == 'openat2':
                return MAKING   # its flags are in the memory of the process
            flags = self.args[2 if self.name == 'openat' else 1]
            return MAKING if flags & (os.O_CREAT | os.O_WRONLY | os.O_RDWR) else OPENING
        return ERRORS[self.kind]

    def __str__(self):
        return '%d %s %s' % (self.number, self.name, self.path)


def content(path):
    """What byte code is like depends on more than its source, and what is remembered of a
    lock has times in it."""
    return '' if path.endswith(('.pyc', '/manifest', '/.lock-state')) else trees.digest(path)


def look(root):
    return trees.look(root, content)


def without(tree, one):
    return {name: what for name, what in tree.items() if name != one}


def below(tree, top):
    return {name: what for name, what in tree.items() if name.startswith(top)}


def entries(tree):
    """The entries of the cache, each with what it consists of."""
    found = {}
    for name, what in trees.without_times(below(tree, 'cache/')).items():
        parts = name.split('/')
        if what.kind == stat.S_IFDIR and len(parts) < 5 or name.endswith('.lock'):
            continue
        found.setdefault('/'.join(parts[:5]), {})[name] = what
    return found


class Scenario:
    """What is there, and what is run.  make() fills the directory `work`;
    cache: what of it is there; again: how to see that nothing was lost;
    fails: what is run fails anyway; program: what is run instead of venvb."""
    def __init__(self, name, *args, make=None, cache='all', mode=None, again=None, config=None,
                 fails=False, program=None):
        self.name, self.args, self.make, self.cache, self.mode = name, args, make, cache, mode
        self.again, self.config, self.fails = again, config, fails
        self.program = program


def make_old(lane):
    """An environment with other things in it."""
    lane.must('--without-pip', 'old')
    old = os.path.join(lane.root, 'work/old')
    for name in ('data/sub/file', 'top', 'bin/tool', 'lib/own/file', 'bin/deep/er/than/that/is/file'):
        path = os.path.join(old, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'w') as file:
            file.write(name)
    os.chmod(os.path.join(old, 'bin/tool'), 0o750)
    os.symlink('nowhere', os.path.join(old, 'bin/dangling'))
    with open(os.path.join(old, 'lib/big'), 'w') as file:
        file.write('x' * 300000)
    os.unlink(os.path.join(old, 'bin/activate'))
    with open(os.path.join(old, 'bin/activate'), 'w') as file:
        file.write('changed by hand')
    os.chmod(os.path.join(old, 'bin/activate'), 0o755)  # is changed twice: its text, and its mode
    os.utime(old, (981173106, 981173106))


def make_repository(lane):
    os.makedirs(os.path.join(lane.root, 'work/repository/.hg'))
    with open(os.path.join(lane.root, 'work/repository/.hg/hgrc'), 'w') as file:
        file.write('[ui]\nusername = somebody\n')


def make_project(lane):
    lane.must('--without-pip', 'project')
    with open(os.path.join(lane.root, 'work/project/setup.cfg'), 'w') as file:
        file.write('precious')


WHEEL_TOOL = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), 'wheel.py')


def make_locks(lane):
    """An environment as the lock one.txt has it, and two.txt, by which one distribution is
    exchanged, one goes and one comes."""
    pins = {'one': (('foo', '1.0'), ('goes', '1.0')), 'two': (('foo', '2.0'), ('comes', '1.0'))}
    for lock, packages in pins.items():
        lines = ''
        for name, version in packages:
            wheel = '%s-%s-py3-none-any.whl' % (name, version)
            made = subprocess.run([BASE, '-B', WHEEL_TOOL, wheel, '%s/__init__.py=%s' % (name, version),
                                   '%s/only%s/x.py=' % (name, version[0])],
                                  cwd=lane.root + '/work', check=True, stdout=subprocess.PIPE)
            lines += '%s==%s --hash=sha256:%s\n' % (name, version, made.stdout.decode().strip())
        with open(os.path.join(lane.root, 'work', lock + '.txt'), 'w') as file:
            file.write(lines)
    for lock in ('two', 'one'):
        lane.must('--without-pip', '--lock=%s.txt' % lock, 'env')


FAILS = '--plugin=%s,how=error' % os.path.abspath(MISBEHAVE)
WHEEL_CONFIG = '[plugin pip]\nwheel-dir = %s\n' % WHEELS


def make_list(lane):
    with open(os.path.join(lane.root, 'config/list'), 'w') as file:
        file.write(''.join('%s/%s\n' % (WHEELS, name) for name in sorted(os.listdir(WHEELS))))


MANY = '--plugin=%s/wheels.so,list=../config/list,at-once=yes' % os.path.dirname(os.path.abspath(MISBEHAVE))

SCENARIOS = [
    Scenario('new', '--without-pip', 'new/a/env'),
    Scenario('hardlink', '--link-mode=hardlink', 'new/env', config=WHEEL_CONFIG),
    Scenario('copy', '--link-mode=copy', 'new/env', config=WHEEL_CONFIG),
    Scenario('clone', '--link-mode=clone', 'new/env', config=WHEEL_CONFIG, mode='clone'),
    Scenario('cold', 'new/env', config=WHEEL_CONFIG, cache='pythons'),
    Scenario('many', '--without-pip', MANY, 'new/env', make=make_list, cache='pythons'),
    Scenario('first', '--without-pip', 'new/env', cache='none'),
    Scenario('no cache', '--no-cache', '--no-compile', 'new/env', config=WHEEL_CONFIG),
    Scenario('copies', '--without-pip', '--copies', 'new/env'),
    Scenario('existing', '--without-pip', 'old', make=make_old),
    Scenario('clear', '--without-pip', '--clear', 'old', make=make_old,
             again=('--without-pip', 'old')),
    Scenario('upgrade', '--without-pip', '--upgrade', 'old', make=make_old),
    Scenario('pip into', '--link-mode=hardlink', 'old', make=make_old, config=WHEEL_CONFIG),
    Scenario('two', '--without-pip', 'new/one', 'new/two'),
    Scenario('child', '--without-pip', '--plugin=cachedir-tag', 'new/env'),
    Scenario('elsewhere', '--without-pip', '--plugin=hg-ignore', 'repository/env',
             make=make_repository),
    Scenario('elsewhere existing', '--without-pip', '--plugin=hg-ignore', 'repository/env',
             make=lambda lane: (lane.must('--without-pip', 'repository/env'),
                                make_repository(lane))),
    Scenario('refused', '--without-pip', '--clear', 'project', make=make_project, fails=True,
             again=('--without-pip', 'project')),
    Scenario('exchange', '--without-pip', '--lock=two.txt', 'env', make=make_locks),
    Scenario('failed exchange', '--without-pip', '--lock=two.txt', FAILS, 'env', make=make_locks,
             fails=True, again=('--without-pip', '--lock=one.txt', 'env')),
    # A program with the library in it closes all files.
    Scenario('embedded', '--wheel-dir=' + WHEELS, 'new/env', cache='pythons', program=EMBED),
    Scenario('embedded clear', '--without-pip', '--clear', 'old', make=make_old,
             again=('--without-pip', 'old'), program=EMBED),
    # These are rolled back, with a fault before, within or after that.
    Scenario('failed new', '--without-pip', FAILS, 'new/env', fails=True,
             again=('--without-pip', 'new/env')),
    Scenario('failed existing', '--without-pip', FAILS + ',write=bin/tool,write=top', 'old',
             make=make_old, fails=True, again=('--without-pip', 'old')),
    Scenario('failed clear', '--without-pip', FAILS, '--clear', 'old', make=make_old, fails=True,
             again=('--without-pip', 'old')),
    Scenario('failed elsewhere', '--without-pip', '--plugin=hg-ignore', FAILS, 'repository/env',
             make=make_repository, fails=True,
             again=('--without-pip', '--plugin=hg-ignore', 'repository/env')),
]

# The short form: of which scenarios it tries every so manieth fault.
SHORT_FORM = {'new': 20, 'hardlink': 40, 'many': 60, 'existing': 20, 'clear': 40, 'failed existing': 40,
              'exchange': 60}


class Run:
    def __init__(self, status, out, err, points, unknown):
        self.status, self.out, self.err = status, out, err
        self.points, self.unknown = points, unknown


class Lane:
    """A directory that runs are made in, one at a time."""
    def __init__(self, number):
        self.number = number
        self.root = os.path.abspath('lane%d' % number)
        self.saved = self.root + '.saved'
        self.log = self.root + '.log'

    def environment(self):
        env = dict(ENVIRONMENT, HOME=self.root + '/home', TMPDIR=self.root + '/tmp')
        for kind in ('CACHE', 'CONFIG', 'DATA'):
            env['XDG_%s_HOME' % kind] = self.root + '/' + kind.lower()
        return env

    def run(self, args, options=(), mode=None):
        modes = ','.join(filter(None, [mode, self.mode]))
        command = [INJECT, '-l', self.log, *(['-m', modes] if modes else []), *options,
                   self.scenario.program if args is self.scenario.args and self.scenario.program
                   else VENVB, *args]
        process = subprocess.Popen(command, cwd=self.root + '/work', env=self.environment(),
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, start_new_session=True)
        try:
            out, err = process.communicate(timeout=SECONDS)
            status = process.returncode
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, 9)
            out, err = process.communicate()
            status = 'hangs'
        points, unknown = [], []
        before_main = True
        with open(self.log, errors='surrogateescape') as log:
            for line in log:
                if not line.endswith('\n'):
                    break
                if line.startswith('0\t'):
                    unknown.append(line.split('\t')[2].strip())
                    continue
                point = Point(line, before_main)
                if point.name == 'fcntl' and point.args[:2] == [0, 1]:
                    point.before_main = before_main = False
                points.append(point)
        return Run(status, out.decode(errors='replace'), err.decode(errors='replace'), points, unknown)

    def must(self, *args):
        run = self.run(args)
        if run.status != 0:
            raise SystemExit('Bail out! %s: %s %s' % (args, run.status, run.err))
        return run

    def set_up(self, scenario):
        """Makes what is there before, and learns what is there after."""
        for path in (self.root, self.saved):
            shutil.rmtree(path, ignore_errors=True)
        for name in ('work', 'home', 'tmp', 'config/venvb', 'cache', 'data'):
            os.makedirs(os.path.join(self.root, name))
        self.mode = scenario.mode
        self.scenario = scenario
        with open(self.root + '/config/venvb/venvb.conf', 'w') as file:
            file.write(scenario.config or '# nothing\n')
        self.must('--without-pip', 'warm')
        if scenario.config is not None and scenario.cache == 'all':
            self.must('warm')
        shutil.rmtree(self.root + '/work/warm')
        if scenario.make is not None:
            scenario.make(self)
        if scenario.cache == 'none':
            shutil.rmtree(self.root + '/cache')
            os.mkdir(self.root + '/cache')
        subprocess.run(['cp', '-a', self.root, self.saved], check=True)
        self.before = look(self.root)
        self.right = self.reference(scenario.args, scenario.fails)
        whole = self.whole
        self.right_again = self.reference(scenario.again) if scenario.again else self.right
        self.whole = whole

    def reference(self, args, fails=False):
        self.restore()
        self.whole = self.run(args)
        if (self.whole.status != 0) != fails:
            raise SystemExit('Bail out! %s: %s %s' % (args, self.whole.status, self.whole.err))
        tree = look(self.root)
        self.restore()
        return tree

    def restore(self):
        shutil.rmtree(self.root)
        subprocess.run(['cp', '-a', self.saved, self.root], check=True)

    def restore_work(self):
        shutil.rmtree(self.root + '/work')
        subprocess.run(['cp', '-a', self.saved + '/work', self.root], check=True)

    def restore_if_changed(self):
        if look(self.root) != self.before:
            self.restore()

    def envs(self):
        """The environments that are made."""
        return [os.path.join(self.root, os.path.dirname(name)) for name in self.right
                if name.endswith('/pyvenv.cfg')]

    # What is wrong with what is there now, each a list of texts.

    def not_as_before(self, tree, but_for_times=False):
        strict, wanted = below(tree, 'work/'), below(self.before, 'work/')
        if self.scenario.name == 'two' and not self.first_is_not_whole(tree):
            # The first stays when the second fails.
            strict = {name: what for name, what in strict.items()
                      if name != 'work/new' and not name.startswith('work/new/one')}
        if but_for_times:
            # Of a file system that has none, or not for us.
            strict, wanted = trees.without_times(strict), trees.without_times(wanted)
        if 'elsewhere' in self.scenario.name:
            # A file that was put back is in a directory that has changed.
            strict.pop('work/repository', None), wanted.pop('work/repository', None)
            strict.pop('work/repository/.hg', None), wanted.pop('work/repository/.hg', None)
        return trees.differences(strict, wanted)

    def not_whole(self, tree, right=None):
        return trees.differences(trees.without_times(below(tree, 'work/')),
                                 trees.without_times(below(right or self.right, 'work/')))

    def name_of(self, path):
        return os.path.relpath(path or self.root, self.root)

    def is_for_owner(self, tree, path):
        """It holds what it should, but only its owner may read it."""
        now, right = tree.get(self.name_of(path)), self.right.get(self.name_of(path))
        return now and right and now._replace(time=0) == right._replace(mode=right.mode & 0o700, time=0)

    def first_is_not_whole(self, tree):
        first = [below(trees.without_times(some), 'work/new/one') for some in (tree, self.right)]
        return trees.differences(*first)

    def not_whole_but_links(self, tree, may_be_copy):
        """The same, but that the interpreter may be linked to by another of its
        names, or be a copy instead of a link."""
        base = trees.digest(BASE)

        def is_interpreter(name):
            path = os.path.join(self.root, name)
            kind = tree[name][:2] if name in tree else None
            return (re.search('/bin/python[^/]*$', name)
                    and (kind and stat.S_ISLNK(kind[0]) or may_be_copy and kind == (stat.S_IFREG, 0o755))
                    and os.path.exists(path) and trees.digest(path) == base)

        return self.not_whole(tree, {name: tree[name] if is_interpreter(name) else what
                                     for name, what in self.right.items()})

    def not_whole_cache(self, tree):
        """What is kept of programs and wheels is a file, and renamed there; it
        may tell less than usual, and the next run sees to that."""
        now, before, right = entries(tree), entries(self.before), entries(self.right)
        return ['cache entry %s is neither the old nor the new one' % name
                for name, what in now.items() if what not in (before.get(name), right.get(name))
                and not re.search('/(pythons|hashes)/[0-9a-f]{32}$', name)]

    def left_over(self, tree):
        return [text for top in ('home', 'tmp', 'config', 'data')
                for text in trees.differences(below(tree, top + '/'), below(self.before, top + '/'))]


def complaint_about(err):
    """What is wrong with an error message.  A warning may come before."""
    lines = [line for line in err.splitlines() if not re.match(
        "venvb: (cannot link '.*: it is a copy|the cache is not used: '.*|"
        "cannot lock '.*; no other run may work on it meanwhile|"
        "hg-ignore: '.*' could not be given to its owner)$", line)]
    if len(lines) != 1:
        return ['%d lines on stderr' % len(lines)]
    if not re.match(r"venvb: .*('.+'|/)", lines[0]):
        return ['the message names no path']
    return []


def complaint_about_failure(run, point):
    """What is wrong with how a failure is told."""
    problems = complaint_about(run.err)
    # The current directory has no name then.
    if point.name == 'getcwd' and run.err.startswith('venvb: cannot tell the current directory: '):
        problems = []
    # Configuration that can't be read is wrong, as is one with a mistake in it.
    if run.status != 1 and not (run.status == 2 and re.search("cannot read (configuration|wheel-dir)|which can't be told", run.err)):
        problems.append('exit status %s' % run.status)
    return problems


def is_in_cache(lane, point):
    return point.path.startswith(lane.root + '/cache')


def is_link_of_python(point, error):
    return (re.match('symlink|rename', point.name) and '/bin/python' in point.path
            and error in ('EPERM', 'EACCES'))


def is_on_path(lane, point):
    return (point.kind in 'ro' and re.search('/tools(/|$)', point.path)
            or '/bin/python' in point.path and not point.path.startswith(lane.root))


def works(lane, problems):
    """What is wrong with an environment of whatever Python."""
    for path in lane.envs():
        if subprocess.run([path + '/bin/python', '-c',
                           'import sys; sys.exit(sys.prefix == sys.base_prefix)']).returncode != 0:
            problems.append(path + ' does not work')
    return problems


def judge(lane, point, run, error):
    """What is wrong with a run in which a point failed."""
    tree = look(lane.root)
    whole = lane.not_whole_cache(tree) + lane.left_over(tree)
    if run.status == 'hangs':
        return ['hangs']
    if point.kind == 'm':
        # A crash leaves what it was at, aside; the next run makes it anew.
        whole = [problem for problem in whole if '.new is' not in problem]
    if point.kind == 'm' and run.status in (133, 134, 139) and lane.scenario.program == EMBED:
        # Nobody is there to see to a program that crashes: the next run does.
        stands = not [problem for problem in lane.not_whole(tree) if '.venvb-undo' not in problem]
        return whole + (again(lane, lane.scenario.args, lane.right) if stands else
                        again(lane, lane.scenario.again or lane.scenario.args, lane.right_again))
    if run.unknown:
        whole.append('unknown system calls: %s' % run.unknown)
    if run.out:
        whole.append('something on stdout')
    if run.status == 0 and re.match('%s/work/[^.]*/bin/python' % lane.root, point.path):
        # A file system without links: it is a copy.  What can't be looked at is linked anew.
        return whole + lane.not_whole_but_links(tree, is_link_of_python(point, error))
    if run.status == 0 and point.name.startswith('symlink') and point.path.endswith('/lib64') and error == 'EACCES':
        # A file system without links again: nobody needs this one.
        return whole + lane.not_whole(tree, without(lane.right, lane.name_of(point.path)))
    if run.status == 0 and point.path.endswith('.so') and error == 'EACCES':
        # A plugin in a directory that may not be entered is one that is not there.
        return works(lane, whole)
    if run.status == 0 and point.kind in 'or' and error == 'EACCES' and lane.is_for_owner(tree, point.path):
        # What can't be opened has an access list that nobody knows: it is its owner's alone.
        own = lane.name_of(point.path)
        return whole + lane.not_whole(without(tree, own), without(lane.right, own))
    if run.status == 0 and is_on_path(lane, point):
        # What can't be looked at on PATH is passed over; another Python does it.
        return works(lane, whole)
    if run.status == 0:
        if run.err and not re.fullmatch(r'venvb: .*\n', run.err):
            whole.append('more than a warning on stderr')
        problems = lane.not_whole(tree)
        # What was put aside, and could not be removed, is told, and goes with
        # the next run.
        if problems and all('.venvb-undo' in problem for problem in problems):
            problems = [] if '/.venvb-undo' in run.err else ['what is left is not told']
            problems += again(lane, lane.scenario.args, lane.right)
        # A cache that is not as usual is good for the next run.
        elif not problems and entries(tree) != entries(lane.right):
            lane.restore_work()
            problems += again(lane, lane.scenario.args, lane.right)
        return whole + problems
    # A crash after the new environment was complete leaves that.
    stands = not [problem for problem in lane.not_whole(tree) if '.venvb-undo' not in problem]
    if point.kind != 'm' or not stands:
        whole += lane.not_as_before(tree)
    # The dynamic loader says it in its own way, and before anything was done.
    if point.before_main:
        return whole
    # Without memory GLib ends the process, and says why first.
    if point.kind == 'm':
        told = 'stands' if stands else 'is as it was'
        return whole + ([] if re.search(r'^venvb: .* %s$' % told, run.err, re.M)
                        or not complaint_about(run.err) or run.status in (133, 134)
                        and not re.search('create|stage', run.err) else ['not told'])
    # Nothing depends on the cache.
    if is_in_cache(lane, point):
        whole.append('a fault in the cache ends the run')
    return whole + complaint_about_failure(run, point)


def judge_actual(lane, point, run, error):
    """Of two processes it depends on the clock which is the first to come to
    its next point: what failed may be another one than planned."""
    actual = run.points[point.number - 1] if len(run.points) >= point.number else point
    if error != 'short' and error not in actual.errors():
        return []
    # What is not closed here, as it would be by a close() that fails, stays open.
    if actual.name == 'close' and lane.scenario.program == EMBED:
        return []
    return (judge_failed if lane.scenario.fails else judge)(lane, actual, run, error)


def judge_failed(lane, point, run, error):
    """The same where the run fails anyway: what could not be put back is told,
    and the next run does it."""
    tree = look(lane.root)
    problems = lane.not_whole_cache(tree)
    if run.status == 'hangs':
        return ['hangs']
    if run.status == 0:
        problems.append('exit status 0')
    elif not point.before_main and point.kind != 'm':
        problems += complaint_about_failure(run, point)
    wrong = lane.not_as_before(tree, point.name == 'utimensat')
    wrong += lane.left_over(tree)
    # Nothing depends on something being removed: what can't be is named, and where it was.
    told = "changed by others, or can't be removed" in run.err
    if wrong and not told and 'could not be' not in run.err:
        problems += wrong
    if wrong:
        problems += again(lane, lane.scenario.again, lane.right_again, is_kept='/.venvb-kept-1' in run.err)
    return problems


def again(lane, args, right, is_kept=False):
    """What is wrong after another run, without a fault; what was kept by the first one stays."""
    run = lane.run(args)
    if run.status != 0:
        return ['the next run: exit status %s: %s' % (run.status, run.err)]
    # It says so when it takes something back.
    said = re.sub("venvb: an earlier run on '.*' was interrupted: what it had changed was taken back\n", '', run.err)
    return ['the next run: ' + problem for problem in
            ([said] if said else []) + [what for what in lane.not_whole(look(lane.root), right)
                                        if not is_kept or '/.venvb-kept-1' not in what]]


def try_one(lane, point, error):
    lane.restore_if_changed()
    run = lane.run(lane.scenario.args, ['-n', str(point.number), '-e', str(getattr(errno, error))],
                   'once')
    return run, judge_actual(lane, point, run, error)


def try_short(lane, point, error):
    lane.restore_if_changed()
    run = lane.run(lane.scenario.args, ['-n', str(point.number)], 'short')
    problems = judge_actual(lane, point, run, error)
    return run, problems + (['exit status %s' % run.status]
                            if (run.status != 0) != lane.scenario.fails else [])


def try_from(lane, point, error):
    """All changes fail from a point on, those of the undoing, too.  What was
    there comes back with the next run."""
    lane.restore_if_changed()
    run = lane.run(lane.scenario.args, ['-n', str(point.number), '-e', str(getattr(errno, error))],
                   'from')
    if run.status == 0:
        return run, judge(lane, point, run, error) + (['exit status 0'] if lane.scenario.fails else [])
    problems = complaint_about(run.err)
    if run.status != 1:
        problems.append('exit status %s' % run.status)
    args = lane.scenario.again or lane.scenario.args
    return run, problems + again(lane, args, lane.right_again)


def find_environment():
    """The program itself and its environment: what VENVB is may be a script."""
    global VENVB, ENVIRONMENT
    with open('hang', 'w') as file:
        file.write('#!/bin/sh\ntouch %s\nexec sleep 60\n' % os.path.abspath('reached'))
    os.chmod('hang', 0o755)
    process = subprocess.Popen([VENVB, '--without-pip', '-p', './hang', 'none'],
                               stderr=subprocess.DEVNULL, start_new_session=True)
    while process.poll() is None and not os.path.exists('reached'):
        time.sleep(0.01)
    with open('/proc/%d/environ' % process.pid, 'rb') as file:
        words = [os.fsdecode(word) for word in file.read().split(b'\0') if word]
    env = dict(word.split('=', 1) for word in words)
    exe = os.readlink('/proc/%d/exe' % process.pid)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    VENVB, ENVIRONMENT = exe, env
    # For others who want it without the script.
    with open('program', 'w') as file:
        file.write('program=%s\n' % shlex.quote(exe))
        for name in env:
            if name.startswith(('LD_', 'VENVB_')):
                file.write('export %s=%s\n' % (name, shlex.quote(env[name])))


class Tap:
    def __init__(self):
        self.count = self.failed = 0

    def result(self, name, problems):
        self.count += 1
        self.failed += bool(problems)
        print('%s %d - %s' % ('not ok' if problems else 'ok', self.count, name))
        for problem in problems[:400]:
            print('# ' + problem.replace('\n', ' | '))
        sys.stdout.flush()


def plan(lane, scenario, step):
    """What to try: (function, point, error), every step-th of all."""
    tries = []
    for point in lane.whole.points:
        errors = point.errors()
        if SANITIZED and point.path.startswith('/proc/'):
            continue
        if not LONG:
            errors = errors[point.number % len(errors):][:1] if errors else []
        tries += [(try_one, point, error) for error in errors]
        if point.name in ('read', 'write', 'copy_file_range') and not point.before_main \
                and point.args[0] != 2:
            tries.append((try_short, point, 'short'))
        if point.kind in 'oc' and not point.before_main and errors and (point.kind == 'c' or errors != OPENING):
            tries.append((try_from, point, ('EROFS', 'ENOSPC', 'EIO')[point.number % 3]))
    return tries[::step]


def run_scenario(tap, lanes, scenario, step):
    with concurrent.futures.ThreadPoolExecutor(len(lanes)) as pool:
        list(pool.map(lambda lane: lane.set_up(scenario), lanes))
        free = queue.Queue()
        for lane in lanes:
            free.put(lane)
        tries = plan(lanes[0], scenario, step)

        def one(what):
            function, point, error = what
            lane = free.get()
            try:
                run, problems = function(lane, point, error)
                lane.restore_if_changed()
            finally:
                free.put(lane)
            return function, point, error, run, problems

        problems, statuses = [], {}
        for function, point, error, run, found in pool.map(one, tries):
            statuses[run.status] = statuses.get(run.status, 0) + 1
            if found:
                problems.append('%s %s %s: status %s, stderr %r: %s' % (
                    function.__name__, point, error, run.status, run.err, '; '.join(found[:6])))
    unknown = sorted(set(lanes[0].whole.unknown))
    print('# %s: %d points, %d faults tried; exit status %s' % (
        scenario.name, len(lanes[0].whole.points), len(tries),
        ', '.join('%s: %d times' % item for item in sorted(statuses.items(), key=str))))
    tap.result('%s: all its system calls are known' % scenario.name, ['number %s' % nr for nr in unknown])
    tap.result('%s: each fault is told, or does no harm, and nothing is lost or left' % scenario.name,
               problems)
    lane = lanes[0]
    for mode, name in (('all-short', 'all is read and written in small pieces'),
                       ('twice', 'all that can be is interrupted once')):
        lane.restore_if_changed()
        run = lane.run(scenario.args, (), mode)
        tap.result('%s: %s' % (scenario.name, name), lane.not_whole(look(lane.root))
                   + (['exit status %s: %s' % (run.status, run.err)]
                      if run.status != 0 or run.err else [])
                   if not scenario.fails else lane.not_as_before(look(lane.root)))
    return len(tries)


def main():
    find_environment()
    tap = Tap()
    lanes = [Lane(number) for number in range(LANES)]
    total = 0
    only = os.environ.get('FAULTS_ONLY')
    for scenario in SCENARIOS:
        if only and scenario.name not in only.split(','):
            continue
        if not LONG and not only and scenario.name not in SHORT_FORM:
            continue
        step = 1 if LONG else SHORT_FORM.get(scenario.name, 37)
        total += run_scenario(tap, lanes, scenario, step)
    print('# %d faults tried' % total)
    print('1..%d' % tap.count)
    return tap.failed > 0


sys.exit(main())
