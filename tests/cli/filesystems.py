# SPDX-License-Identifier: BSD-2-Clause
"""What venvb does on file systems that lack something: a table of each of them
and each kind of run.

    filesystems.py ODDFS VENVB BASE_PYTHON MISBEHAVE_PLUGIN WHEELS DIR TABLE [ROW...]

Prints TAP, a test for each cell, and compares the cell with that of the table
between the two lines of TABLE that mark it; and the whole table with that, in the
end.  A row is a file system (tests/oddfs with some switches, or a real one) and what
is to be found there; a column is a run.  A cell says what came of it:

  works     exit status 0; nothing on stderr but what rows allow and the names of
            what is left; the environment works, pyvenv.cfg is right; files of
            others in it are as they were (after --clear they are gone); nothing
            named .venvb* is left whose name was not printed
  undone    the run failed, with one line; all is as it was
  recovers  the run was killed with all its processes; the next one works, as above,
            and what was there before is there
  keeps     the run was killed, and the next one can't tell that what it finds is from
            here: it works, and names where it has moved all that was put aside
  refuses   exit status 1, one line, all is as it was; and Python's own venv can't
            do it either, which is tried in the same place

Whatever came of it, but a refusal: one more run works.
"""
import concurrent.futures
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, '../oddfs')]
import trees
from rows import SECONDS, STUCK, Failed, Skipped, command, must, put, rows, switches_without_row

ODDFS, VENVB, BASE, MISBEHAVE, WHEELS, TOP, TABLE = sys.argv[1:8]
CHOSEN = sys.argv[8:]
LANES = 2
MARKS = '<!-- tests/cli/filesystems.sh -->', '<!-- end of the table -->'
VERSION = command(BASE, '-c', 'import sys; print("%d.%d" % sys.version_info[:2])')[1].strip()
PACKAGES = 'lib/python%s/site-packages' % VERSION
ROWS = rows(PACKAGES)


# --- Runs ----------------------------------------------------------------------


def venvb(row, args, pip=False):
    return command(VENVB, *venvb_args(row, args, pip), cwd=row.at, env=environment(row, pip))


def venvb_args(row, args, pip=False):
    return [*row.args, '--plugin=pip,wheel-dir=' + WHEELS if pip else '--without-pip', *args]


def environment(row, on_it=False):
    """The cache is on the file system, too, or in a place where it works."""
    return dict(os.environ, VENVB_CACHE_DIR=row.world + '/cache' if on_it else TOP + '/cache')


def works(env, pip):
    """Raises Failed when the environment does not work."""
    program = 'import sys; print(sys.prefix)' + ('; import pip; print(pip.__file__)' if pip else '')
    status, out, err = command(env + '/bin/python', '-c', program)
    expected = env + '\n' + ('%s/%s/pip.py\n' % (env, PACKAGES) if pip else '')
    if status != 0 or out != expected:
        raise Failed('bin/python: status %d, %s %s' % (status, out, err))
    with open(env + '/pyvenv.cfg') as file:
        text = file.read()
    for wanted in r'^home = /', r'^version = %s\.' % VERSION, r'^include-system-site-packages = false$':
        if not re.search(wanted, text, re.M):
            raise Failed('pyvenv.cfg: no %s' % wanted)


def own_venv_can(row, args, env):
    """Whether Python's own venv does what venvb did not."""
    status, out, err = command(BASE, '-m', 'venv', '--without-pip', *row.args, *args, env, cwd=row.at)
    return status == 0


def wait_for_group(group):
    """Until none of its processes lives any more, and has a lock."""
    for _ in range(1000):
        if not any(is_alive(pid, group) for pid in os.listdir('/proc') if pid.isdigit()):
            return
        time.sleep(0.005)


def is_alive(pid, group):
    try:
        with open('/proc/%s/stat' % pid) as file:
            state, _, its_group = file.read().rpartition(')')[2].split()[:3]
    except OSError:
        return False
    return int(its_group) == group and state not in 'ZX'


def some_of(texts):
    return ', '.join(texts[:5] + ['and %d more' % (len(texts) - 5)] * (len(texts) > 5))


# What a run says that takes back what a killed one has changed.
KEPT = re.compile(r"/\.venvb-undo' is not from a run of venvb here: it is in '.*/\.venvb-kept-1' now$", re.M)
INTERRUPTED = r"venvb: an earlier run on '.*' was interrupted: what it had changed was taken back(?=[;\n])\n?"


class Cell:
    """One run in a directory of its own.  The names: what there is before, what is
    asked for, and how it ends."""
    kinds = {'again': [], '--clear': ['--clear'], '--upgrade': ['--upgrade'], 'create': []}

    def __init__(self, row, name, end, kind, pip=False):
        self.row, self.name, self.end, self.kind, self.pip = row, name, end, kind, pip
        self.at = '%s/%s' % (row.world, re.sub('[^a-z]+', '-', name))
        self.is_new = kind == 'create'
        self.env = self.at + ('/made/for/env' if self.is_new else '/env')
        self.args = [*self.kinds[kind], self.env]
        self.holder = self.before = None

    # Before.

    def prepare(self):
        """What is in an environment that was made before the file system is what it is."""
        os.makedirs(self.at, exist_ok=True)
        if not self.row.links and os.path.islink(self.env + '/lib64'):
            os.unlink(self.env + '/lib64')
        if not self.is_new:
            self.plant()

    def plant(self):
        """Files of others, and of those which a plugin writes over."""
        put(self.env + '/top', 'top\n', 0o640)
        put(self.env + '/bin/tool', 'tool\n', 0o755)
        put(self.env + '/data/sub/file', 'data\n', 0o600)
        put(self.env + '/lib/own/file', 'own\n')
        put(self.env + '/' + PACKAGES + '/mine/__init__.py', 'mine\n')
        if self.row.links:
            os.symlink('nowhere', self.env + '/bin/dangling')
        if self.row.hardlinks:
            os.link(self.env + '/top', self.env + '/lib/hard')
        if self.row.stuck:
            path = self.env + '/' + self.row.stuck
            put(path + 'file' if path.endswith('/') else path, 'stuck\n')
        for name in 'top', 'bin/tool', 'lib/own/file', 'data/sub', 'lib/own', PACKAGES, 'lib', 'bin':
            os.utime(self.env + '/' + name, (1e9 + 4, 1e9 + 4))

    def hold(self):
        """A process that runs in the environment, and has a file open."""
        if self.row.holds and not self.is_new:
            self.holder = subprocess.Popen(
                [self.env + '/bin/python', '-c', 'import sys; open(sys.argv[1]).read(); '
                 'f = open(sys.argv[1]); g = open(sys.argv[2]); print(flush=True); sys.stdin.read()',
                 self.env + '/lib/own/file', self.env + '/top'],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            self.holder.stdout.readline()

    def let_go(self):
        if self.holder:
            self.holder.communicate()
            self.holder = None

    # After.

    def look(self):
        """All but what the file system itself loses: see ROWS."""
        found = trees.look(self.at)
        if self.row.loose == 'directories':
            found = {name: entry._replace(time=None) if entry.kind == stat.S_IFDIR else entry
                     for name, entry in found.items()}
        return found

    def others(self, tree):
        """Those of the files in a tree that are not venvb's."""
        own = re.compile(r'env/(top|bin/(tool|dangling)|data.*|lib/(own|hard).*|%s/(mine|stuck).*|stuck.*)$' % PACKAGES)
        return {name: entry for name, entry in tree.items() if own.match(name)}

    def check_same(self):
        some = trees.differences(self.look(), self.before)
        if some:
            raise Failed('not as it was: ' + some_of(some))

    def check_line(self, err):
        """One line, which names a path or says what is wrong, besides what is peculiar
        to the row."""
        err = ''.join(line + '\n' for line in err.splitlines()
                      if not (self.row.says and re.search(self.row.says, line)))
        if err.count('\n') != 1 or not err.startswith('venvb: '):
            raise Failed('not one line: ' + err)

    def check_said(self, err):
        """Nothing, but the names of what is left or what is peculiar to the row."""
        for line in err.splitlines():
            if not (self.row.says and re.search(self.row.says, line)) and '.venvb' not in line and STUCK not in line:
                raise Failed('says: ' + line)

    def check_left(self, err):
        """What is left has been named."""
        for name in trees.look(self.at, lambda path: ''):
            parts = [part for part in name.split('/') if part.startswith(('.venvb', '.nfs'))]
            if parts and name not in self.before and parts[0] not in err:
                raise Failed('left: ' + name)

    def check_others(self):
        some = trees.differences(self.others(self.look()), self.others(self.before))
        if some:
            raise Failed('of others: ' + some_of(some))

    def check_cleared(self, err):
        """They are gone, but what can't be removed, which has been named."""
        for name in self.others(self.look()):
            if STUCK not in name or STUCK not in err:
                raise Failed('not cleared: ' + name)

    def check_works(self, err, cleared=False):
        works(self.env, self.pip)
        self.check_said(err)
        self.check_left(err)
        if cleared:
            self.check_cleared(err)
        else:
            self.check_others()

    def refused(self, args, status, err):
        """What did not work is an honest refusal, or Failed."""
        if status != 1:
            raise Failed('status %d: %s' % (status, err))
        self.check_line(err)
        self.check_same()
        if own_venv_can(self.row, args, self.env):
            raise Failed('refuses, and Python\'s own venv does it: ' + err)
        return 'refuses'

    def one_more(self):
        """Whatever there was, the next run works."""
        self.row.remount()
        self.before = self.look()
        status, out, err = venvb(self.row, [self.env], self.pip)
        try:
            if status != 0:
                self.refused([], status, err)
            else:
                works(self.env, self.pip)
                self.check_left(err)
        except Failed as failure:
            raise Failed('the next run: %s' % failure)

    # The ends.

    def run(self):
        self.row.remount()
        self.before = self.look()
        self.hold()
        try:
            return getattr(self, 'end_' + self.end)()
        finally:
            self.let_go()

    def end_works(self):
        if self.pip and self.is_new:
            self.fill_cache()
        status, out, err = venvb(self.row, self.args, self.pip)
        self.let_go()
        if status != 0:
            return self.refused(self.args[:-1], status, err)
        self.check_works(err, self.kind == '--clear')
        self.one_more()
        return 'works'

    def fill_cache(self):
        """The first run with pip does, and the next one has it from there."""
        if 'two-seconds' in self.row.switches:
            time.sleep((1 - time.time()) % 2)   # files get an odd time
        for env in self.at + '/cold', self.at + '/warm':
            status, out, err = venvb(self.row, ['--verbose', env], True)
            if status != 0:
                break
            works(env, True)
            if ('not from the cache' in err) != bool(self.row.uncached):
                raise Failed(err or 'from the cache, which is not to be used')
        self.before = self.look()

    def plugin(self, how):
        return '--plugin=%s,%s,write=top,write=bin/tool,write=extra' % (MISBEHAVE, how)

    def end_undone(self):
        status, out, err = venvb(self.row, [self.plugin('how=error'), *self.args])
        self.let_go()
        if 'no luck' not in err:
            return self.refused(self.args[:-1], status, err)
        if status != 1:
            raise Failed('status %d' % status)
        self.check_line(err)
        self.check_same()
        self.one_more()
        return 'undone'

    def end_recovers(self):
        status, err = self.kill()
        self.let_go()
        if status >= 0:
            return self.refused(self.args[:-1], status, err)
        self.row.remount()
        status, out, err = venvb(self.row, [self.env])
        if status != 0:
            raise Failed('the next run: status %d: %s' % (status, err))
        if KEPT.search(err):
            return self.end_kept(err)
        try:
            self.check_works(re.sub(INTERRUPTED, '', err))
        except Failed as failure:
            raise Failed('the next run: %s; %s' % (failure, err))
        if os.path.lexists(self.env + '/extra'):
            raise Failed('the killed run\'s file is left')
        self.one_more()
        return 'recovers'

    def end_kept(self, err):
        """What the killed run had put aside is all where the next one has moved it."""
        works(self.env, self.pip)
        self.check_left(err)
        texts = {entry.content for entry in self.look().values()}
        lost = [name for name, entry in self.others(self.before).items()
                if entry.content and entry.content not in texts]
        if lost:
            raise Failed('lost: ' + some_of(lost))
        self.one_more()
        return 'keeps'

    def kill(self):
        """Kills a run with all its processes when most is done.  Returns its status,
        and what it said."""
        mark = '%s/mark-%s' % (self.row.at, os.path.basename(self.at))
        process = subprocess.Popen(
            [VENVB, *venvb_args(self.row, [self.plugin('how=hang,mark=' + mark), *self.args])],
            cwd=self.row.at, env=environment(self.row), stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True)
        for _ in range(3000):
            if os.path.exists(mark) or process.poll() is not None:
                break
            time.sleep(0.005)
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        _, err = process.communicate(timeout=SECONDS)
        wait_for_group(process.pid)
        return process.returncode, err.decode(errors='replace')


COLUMNS = [
    ('create', 'works', 'create'),
    ('create, pip', 'works', 'create'),
    ('again', 'works', 'again'),
    ('again, pip', 'works', 'again'),
    ('`--clear`', 'works', '--clear'),
    ('`--upgrade`', 'works', '--upgrade'),
    ('fails: create', 'undone', 'create'),
    ('fails: again', 'undone', 'again'),
    ('fails: `--clear`', 'undone', '--clear'),
    ('killed: create', 'recovers', 'create'),
    ('killed: again', 'recovers', 'again'),
    ('killed: `--clear`', 'recovers', '--clear'),
]


# --- The table -----------------------------------------------------------------


def try_row(number, row):
    """Returns what came of each cell: a word, and what is wrong."""
    cells = []
    try:
        row.begin('%s/row-%d' % (TOP, number), ODDFS)
        cells = [Cell(row, name, end, kind, 'pip' in name) for name, end, kind in COLUMNS]
        must(VENVB, '--without-pip', *[] if row.links else ['--copies'],
             *[cell.env for cell in cells if not cell.is_new], env=environment(row))
        for cell in cells:
            cell.prepare()
        row.mount()
        row.check()
        return [try_cell(cell) for cell in cells]
    except Skipped as skipped:
        return [('skipped', str(skipped))] * len(COLUMNS)
    except (Failed, OSError) as failure:
        return [('fails', 'the file system: %s' % failure)] * len(COLUMNS)
    finally:
        for cell in cells:
            cell.let_go()
        try:
            row.unmount()
            shutil.rmtree(row.at, ignore_errors=True)
        except Skipped as left:
            print('# %s: %s' % (row.name, left))


def try_cell(cell):
    try:
        return cell.run(), ''
    except (Failed, OSError, subprocess.TimeoutExpired, Skipped) as failure:
        return 'fails', str(failure) or repr(failure)


def table_line(words):
    return '| %s |' % ' | '.join(words)


def written_table():
    """The table in the file: row -> words; and its lines."""
    with open(TABLE) as file:
        text = file.read()
    lines = text.partition(MARKS[0])[2].partition(MARKS[1])[0].strip().splitlines()
    rows = [[word.strip() for word in line.strip('|').split('|')] for line in lines]
    return {words[0]: words[1:] for words in rows}, lines


def table(results):
    """The lines of the table as it should be."""
    names = [name for name, _, _ in COLUMNS]
    return [table_line(['file system', *names]), '|%s' % ('---|' * (len(names) + 1)),
            *[table_line([row.name, *[word for word, _ in results[row.name]]]) for row in ROWS
              if row.name in results]]


class Tap:
    def __init__(self):
        self.count = self.failed = 0

    def result(self, is_ok, name, why=''):
        self.count += 1
        self.failed += not is_ok
        print('%s %d - %s' % ('ok' if is_ok else 'not ok', self.count, name))
        for line in why.splitlines() if not is_ok else []:
            print('# ' + line)

    def skip(self, name, why):
        self.count += 1
        print('ok %d - %s # SKIP %s' % (self.count, name, why))


def tell_row(tap, row, cells, written):
    """Whole rows are skipped."""
    if cells[0][0] == 'skipped':
        tap.skip(row.name, cells[0][1])
        return
    wanted = written.get(row.name, [])
    for i, (name, _, _) in enumerate(COLUMNS):
        word, why = cells[i]
        expected = wanted[i] if i < len(wanted) else 'not in the table'
        tap.result(word == expected, '%s; %s: %s' % (row.name, name, expected),
                   '%s%s' % (word, why and ': ' + why))


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    chosen = [row for row in ROWS if not CHOSEN or row.name in CHOSEN]
    tap, results = Tap(), {}
    written, lines = written_table()
    must(VENVB, '--without-pip', TOP + '/first', env=dict(os.environ, VENVB_CACHE_DIR=TOP + '/cache'))
    with concurrent.futures.ThreadPoolExecutor(LANES) as lanes:
        tried = [lanes.submit(try_row, i, row) for i, row in enumerate(chosen)]
        for row, result in zip(chosen, tried):
            results[row.name] = result.result()
            tell_row(tap, row, results[row.name], written)
            sys.stdout.flush()
    missing = switches_without_row(ODDFS, ROWS)
    tap.result(not missing, 'each switch is in a row', ' '.join(missing))
    if not CHOSEN:
        names = [line.split('|')[1].strip() for line in lines]
        tap.result(names == ['file system', '---'] + [row.name for row in ROWS] and lines[:2] == table({}),
                   'the table in %s has these rows and columns' % os.path.basename(TABLE),
                   '\n'.join(table(results)))
    with open(TOP + '/table', 'w') as file:
        file.write('\n'.join(table(results)) + '\n')
    print('1..%d' % tap.count)
    return tap.failed > 0


sys.exit(main())
