# SPDX-License-Identifier: BSD-2-Clause
"""The rows of the table that tests/cli/filesystems.py makes: what file systems there
are, how they are mounted, and whether they are what they are said to be."""
import ctypes
import errno
import fcntl
import os
import shutil
import subprocess
import time

IS_ROOT = os.geteuid() == 0
SECONDS = 60
STUCK = 'stuck'


class Failed(Exception):
    """What is wrong."""


class Skipped(Exception):
    """Why a row can't be tried."""


def command(*args, **options):
    """Status, standard output and error of a program."""
    done = subprocess.run(args, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=SECONDS, **options)
    return done.returncode, done.stdout.decode(errors='replace'), done.stderr.decode(errors='replace')


def must(*args, **options):
    status, out, err = command(*args, **options)
    if status != 0:
        raise Skipped('%s: %s' % (os.path.basename(args[0]), one_line(err or out)))


def remove_all(at):
    """What was kept while it was open goes by itself a moment later."""
    for _ in range(20):
        try:
            return shutil.rmtree(at)
        except FileNotFoundError:
            time.sleep(0.05)
    shutil.rmtree(at)


def one_line(text):
    return text.strip().replace('\n', '; ')


def put(path, text, mode=0o644):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'w') as file:
        file.write(text)
    os.chmod(path, mode)


# --- Whether a switch does what it is for ----------------------------------------


def fails_with(*errors):
    """A probe that is right when what it tries fails so."""
    def decorate(function):
        def probe(at):
            try:
                function(at)
            except OSError as error:
                if error.errno in errors:
                    return True
                raise
            return False
        return probe
    return decorate


def touch(path):
    with open(path, 'w'):
        return path


@fails_with(errno.EPERM)
def symlink(at):
    os.symlink('target', at + '/link')


@fails_with(errno.EPERM)
def hardlink(at):
    os.link(touch(at + '/file'), at + '/link')


def fixed_mode(at):
    path = touch(at + '/file')
    try:
        os.chmod(path, 0o640)
    except PermissionError:
        pass
    return os.stat(path).st_mode & 0o777 != 0o640


@fails_with(errno.EPERM)
def chmod(at):
    os.chmod(touch(at + '/file'), 0o640)


def fixed_times(at):
    path = touch(at + '/file')
    os.utime(path, (4, 4))
    return os.stat(path).st_mtime != 4


@fails_with(errno.EPERM)
def utime(at):
    os.utime(touch(at + '/file'), (4, 4))


def coarse_times(at):
    path = touch(at + '/file')
    os.utime(path, (5.25, 5.25))
    return os.stat(path).st_mtime == 4


@fails_with(errno.EXDEV)
def rename_directory(at):
    os.mkdir(at + '/one')
    os.rename(at + '/one', at + '/other')


@fails_with(errno.EEXIST)
def replace(at):
    os.rename(touch(at + '/one'), touch(at + '/other'))


@fails_with(errno.EINVAL)
def rename_flags(at):
    call = ctypes.CDLL(None, use_errno=True).syscall
    number = {'x86_64': 316, 'aarch64': 276}.get(os.uname().machine)
    if number is None:
        raise OSError(errno.EINVAL, 'not known here')
    one, other = touch(at + '/one').encode(), (at + '/other').encode()
    if call(number, -100, one, -100, other, 1) != 0:
        raise OSError(ctypes.get_errno(), 'renameat2')


def hidden(at):
    with open(touch(at + '/file')):
        os.unlink(at + '/file')
        return any(name.startswith('.nfs') for name in os.listdir(at))


@fails_with(errno.EPERM)
def chown(at):
    path = touch(at + '/file')
    if os.stat(path).st_uid == os.geteuid():
        return
    os.chown(path, os.geteuid(), -1)


@fails_with(errno.ESTALE)
def fstat(at):
    with open(touch(at + '/file')) as file:
        os.unlink(at + '/file')
        os.fstat(file.fileno())


def same_case(at):
    touch(at + '/file')
    return os.path.exists(at + '/FILE')


@fails_with(errno.EOPNOTSUPP)
def attribute(at):
    os.setxattr(touch(at + '/file'), 'user.venvb', b'x')


@fails_with(errno.ENOLCK, errno.ENOSYS)
def lock(at):
    with open(touch(at + '/file')) as file:
        fcntl.flock(file, fcntl.LOCK_EX)


# Of what was there before, in "planted": see Row.begin().


def planted(at, *names):
    return '/'.join([os.path.dirname(at), 'planted', *names])


@fails_with(errno.EPERM)
def remove(at):
    os.unlink(planted(at, 'a', STUCK))


@fails_with(errno.EBUSY)
def move(at):
    os.rename(planted(at, 'c', STUCK), planted(at, 'c', 'other'))


@fails_with(errno.EACCES)
def create(at):
    touch(planted(at, 'e', STUCK, 'file'))


PROBES = {
    'no-symlinks': symlink, 'no-hardlinks': hardlink, 'modes': fixed_mode, 'no-chmod': chmod,
    'no-utimes': fixed_times, 'utimes-refused': utime, 'two-seconds': coarse_times,
    'dirs-stay': rename_directory, 'no-replace': replace, 'no-flags': rename_flags, 'silly': hidden,
    'other-owner': chown, 'lost-fstat': fstat, 'no-case': same_case, 'no-attributes': attribute,
    'no-locks': lock, 'immutable': remove, 'busy': move, 'foreign': create,
}


# --- Rows ----------------------------------------------------------------------


class Row:
    """A file system.  switches: of oddfs; args: of venvb and of venv.  What is special
    of it, else None:

      says      what may be on standard error
      loose     whose times can't be put back: of 'directories'
      uncached  why a cache on it is not used
      stuck     what lies in the environment and can't be removed
      remounts  between any two runs
      holds     a process runs in the environment
      links, hardlinks: whether there are"""

    def __init__(self, name, *switches, args=(), says=None, loose=None, uncached=None, stuck=None,
                 remounts=False, holds=False, links=True, hardlinks=True):
        self.name, self.switches, self.args = name, switches, list(args)
        self.says, self.loose, self.uncached, self.stuck = says, loose, uncached, stuck
        self.remounts, self.holds, self.links, self.hardlinks = remounts, holds, links, hardlinks
        self.at = self.world = self.oddfs = None

    # What a row without switches shows nevertheless.
    shows_too = set()

    def begin(self, at, oddfs):
        """Makes directories; what is prepared is prepared after this."""
        self.at, self.world, self.oddfs = at, at + '/world', oddfs
        os.makedirs(self.world)
        self.make_place()
        put(self.world + '/planted/a/' + STUCK, '')
        os.makedirs(self.world + '/planted/c/' + STUCK)
        os.makedirs(self.world + '/planted/e/' + STUCK)

    def make_place(self):
        """Mounts what is needed before anything is prepared."""

    def mount(self):
        """Makes it odd: what is there already shows through."""
        status, _, err = command(self.oddfs, *self.switches, self.world, self.world)
        if status == 77:
            raise Skipped(one_line(err))
        if status != 0:
            raise Failed(err)

    def unmount(self):
        if os.path.ismount(self.world):
            self.umount(*(['umount'] if IS_ROOT else ['fusermount3', '-u']), self.world)

    @staticmethod
    def umount(*command):
        """What was killed may be at its end, and hold it, for a moment."""
        for _ in range(100):
            try:
                return must(*command)
            except Skipped as left:
                if 'busy' not in str(left):
                    raise
            time.sleep(0.05)
        return must(*command)

    def remount(self):
        if self.remounts:
            self.unmount()
            self.mount()

    def shows(self, switch):
        """Whether there is a defect."""
        at = self.world + '/probe'
        os.mkdir(at)
        try:
            return PROBES[switch](at)
        finally:
            remove_all(at)

    def check(self):
        """Raises Failed where it is not what it should be; one that has no switch is to
        have no defect."""
        mine = {switch.split('=')[0] for switch in self.switches}
        if not os.path.ismount(self.world):
            raise Failed('nothing is mounted')
        for switch in mine & set(PROBES) or set(PROBES) - self.shows_too:
            if self.shows(switch) != (switch in mine):
                raise Failed('%s: %s' % (switch, 'does nothing' if switch in mine else 'is so anyway'))
        if 'new-inodes' in mine:
            before = os.stat(self.world).st_ino
            self.remount()
            if os.stat(self.world).st_ino == before:
                raise Failed('new-inodes: does nothing')


class RealRow(Row):
    """One that is mounted by root."""

    def mount_it(self, *args):
        if not IS_ROOT:
            raise Skipped('only root can mount it')
        status, _, err = command('mount', *args, self.world)
        if status != 0:
            raise Skipped('it can\'t be mounted: ' + one_line(err))

    def mount(self):
        pass


class OverlayRow(RealRow):
    """What was there before is in the lower layer, and directories stay there."""

    shows_too = {'busy'}

    def mount(self):
        # Layers can't lie everywhere: not on another overlay, for one.
        layers = self.at + '/layers'
        os.mkdir(layers)
        if IS_ROOT:
            must('mount', '-t', 'tmpfs', 'none', layers)
        for name in 'upper', 'work':
            os.mkdir(layers + '/' + name)
        self.mount_it('-t', 'overlay', 'overlay', '-o',
                      'redirect_dir=off,lowerdir=%s,upperdir=%s/upper,workdir=%s/work'
                      % (self.world, layers, layers))

    def unmount(self):
        super().unmount()
        if os.path.ismount(self.at + '/layers'):
            self.umount('umount', self.at + '/layers')

    def check(self):
        super().check()
        try:
            os.rename(self.world + '/lower', self.world + '/moved')
        except OSError as error:
            if error.errno == errno.EXDEV:
                return
        raise Failed('redirect_dir=off: does nothing')

    def make_place(self):
        os.mkdir(self.world + '/lower')


class LoopRow(RealRow):
    """A file system in a file."""

    def __init__(self, name, maker, megabytes):
        super().__init__(name)
        self.maker, self.megabytes = maker, megabytes

    def make_place(self):
        path = os.environ['PATH'] + ':/usr/sbin:/sbin'
        maker = shutil.which(self.maker[0], path=path)
        if maker is None:
            raise Skipped('no ' + self.maker[0])
        image = self.at + '/image'
        with open(image, 'wb') as file:
            file.truncate(self.megabytes << 20)
        must(maker, *self.maker[1:], image)
        self.mount_it('-o', 'loop', image)


UNLINKED = dict(args=['--copies'], links=False)
OPEN_TO_ALL = 'everybody may write to it'
ANOTHERS = 'it belongs to another user'
UNLOCKED = 'it can\'t be locked'


def rows(packages):
    """All of them; packages: site-packages, in an environment."""
    deep = packages + '/' + STUCK
    return [
        Row('nothing is missing'),
        Row('no symbolic links', 'no-symlinks', links=False, says="cannot link '.*: it is a copy$"),
        Row('no symbolic links, `--copies`', 'no-symlinks', **UNLINKED),
        Row('no hard links', 'no-hardlinks', hardlinks=False),
        Row('chmod without effect, all is 755', 'modes=755'),
        Row('chmod without effect, all is 777', 'modes=777', uncached=OPEN_TO_ALL,
            says='the cache is not used: '),
        Row('chmod refused', 'modes=755', 'no-chmod'),
        Row('utimes without effect', 'no-utimes', loose='directories'),
        Row('utimes refused', 'utimes-refused', loose='directories'),
        Row('two-second times', 'two-seconds'),
        Row('directories can\'t be renamed', 'dirs-stay', uncached='an entry is renamed into its place'),
        Row('nothing is renamed over another', 'no-replace'),
        Row('rename without flags', 'no-flags'),
        Row('silly rename, Python runs there', 'silly', args=['--copies'], holds=True),
        Row('all belongs to another', 'other-owner', uncached=ANOTHERS),
        Row('no fstat of removed files', 'lost-fstat'),
        Row('other inodes after each mount', 'new-inodes', remounts=True),
        Row('names in any case', 'no-case'),
        Row('no extended attributes', 'no-attributes'),
        Row('no locks: ENOLCK', 'no-locks=ENOLCK', uncached=UNLOCKED),
        Row('no locks: ENOSYS', 'no-locks=ENOSYS', uncached=UNLOCKED),
        Row('a file on top can\'t be removed', 'immutable=' + STUCK, stuck=STUCK),
        Row('a file in a package can\'t be removed', 'immutable=' + STUCK, stuck=deep),
        Row('a directory on top is busy', 'busy=' + STUCK, stuck=STUCK + '/'),
        Row('a directory in a package is busy', 'busy=' + STUCK, stuck=deep + '/'),
        Row('another\'s directory on top', 'foreign=' + STUCK, stuck=STUCK + '/'),
        Row('another\'s directory in a package', 'foreign=' + STUCK, stuck=deep + '/'),
        Row('as exFAT: `--copies`', 'no-symlinks', 'no-hardlinks', 'modes=755', 'no-chmod', 'two-seconds',
            'no-case', 'no-attributes', hardlinks=False, **UNLINKED),
        Row('as CIFS: `--copies`', 'no-symlinks', 'no-hardlinks', 'modes=777', 'other-owner', 'no-flags',
            'no-case', 'no-attributes', 'new-inodes', remounts=True, uncached=ANOTHERS,
            hardlinks=False, **UNLINKED),
        Row('as NFS: `--copies`', 'silly', 'other-owner', 'no-flags', 'no-locks=ENOLCK', args=['--copies'],
            holds=True, uncached=ANOTHERS),
        Row('as sshfs', 'no-hardlinks', 'no-replace', 'no-flags', 'new-inodes', 'lost-fstat',
            'no-locks=ENOSYS', 'no-attributes', remounts=True, uncached=UNLOCKED, hardlinks=False),
        OverlayRow('overlayfs, `redirect_dir=off`'),
        LoopRow('XFS', ['mkfs.xfs', '-q'], 320),
        LoopRow('Btrfs', ['mkfs.btrfs', '-q'], 160),
    ]


def switches_without_row(oddfs, table):
    """Each switch is in some row."""
    listed = {line.split('\t')[0].split('=')[0] for line in command(oddfs, '--list')[1].splitlines()}
    return sorted(listed - {switch.split('=')[0] for row in table for switch in row.switches})
