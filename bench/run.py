"""Measures venvb against the floor and against its peers; see local.mk.

Each row is a few commands, all run in turn by hyperfine, round after round, so
that what disturbs the machine disturbs all of them.  What is compared is the
median over the rounds of the ratio within a round.

An environment is moved away before the next one is made, and removed only at
the very end: ext4 looks at the inodes that were freed in the last minutes
whenever it makes one, so that removing an environment makes the creation of
the next up to ten times slower, for any program."""
import argparse
import glob
import json
import os
import platform
import re
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import chart
import many
import sharing

PLUGINS = 50

# What can be measured: key, as it is called in tables.
COLUMNS = {
    'floor': 'bare system calls',
    'floor-copy': 'bare system calls, copying',
    'venvb': 'venvb',
    'venvb-copy': 'venvb --link-mode=copy',
    'venvb-source': 'venvb --no-compile',
    'venv': 'python -m venv',
    'virtualenv': 'virtualenv',
    'virtualenv-link': 'virtualenv --symlink-app-data',
    'uv': 'uv venv',
    'uv-seed': 'uv venv --seed',
    'uv-compiled': 'uv venv; uv pip install --compile-bytecode',
    'uv-sync': 'uv venv; uv pip sync',
    'uv-sync-compiled': 'uv venv; uv pip sync --compile-bytecode',
    'plugins': f'venvb, {PLUGINS} more plugins',
    'true': 'true',
}

# Takes seconds: not in all rounds.
SLOW = {'venv'}
SLOW_ROUNDS = 3

# Of many wheels, each round takes a minute.
MANY_ROUNDS = 3

# Root gets copies where others get links: what is measured is what others get.
AS_OTHERS = ['--link-mode=hardlink'] if os.geteuid() == 0 else []

# In one round, of each command: rows that take milliseconds need more.
RUNS = 2
SHORT_RUNS = 10

ROWS = {
    'no-pip': 'no pip',
    'warm': 'pip, warm cache',
    'cold': 'pip, cold cache',
    'wheels-warm': 'many wheels, warm cache',
    'wheels-cold': 'many wheels, cold cache',
    'help': '--help',
    'plugins': 'no pip, plugins that do nothing',
}

# What is promised: text, row, numerator, denominator, and the limit.
BOUNDS = [
    ('no pip: at most 1.5 x the floor', 'no-pip', 'venvb', 'floor', '<=', 1.5),
    ('no pip: 15 x faster than python -m venv', 'no-pip', 'venv', 'venvb', '>=', 15),
    ('no pip: faster than uv venv', 'no-pip', 'uv', 'venvb', '>=', 1),
    ('pip, warm: at most 1.4 x the floor', 'warm', 'venvb', 'floor', '<=', 1.4),
    ('pip, warm: 100 x faster than python -m venv', 'warm', 'venv', 'venvb', '>=', 100),
    ('pip, warm: 8 x faster than virtualenv', 'warm', 'virtualenv', 'venvb', '>=', 8),
    ('pip, warm: faster than uv venv --seed', 'warm', 'uv-seed', 'venvb', '>=', 1),
    ('pip, warm, no byte code: faster than uv venv --seed', 'warm', 'uv-seed', 'venvb-source',
     '>=', 1),
    ('pip, cold: 3 x faster than python -m venv', 'cold', 'venv', 'venvb', '>=', 3),
    ('many wheels, warm: at most 1.25 x the floor', 'wheels-warm', 'venvb', 'floor', '<=', 1.25),
    ('many wheels, warm, no byte code: not slower than uv', 'wheels-warm', 'uv-sync',
     'venvb-source', '>=', 1),
    ('many wheels, cold, no byte code: not slower than uv', 'wheels-cold', 'uv-sync',
     'venvb-source', '>=', 1),
    ('many wheels, cold: not slower than uv, compiling', 'wheels-cold', 'uv-sync-compiled',
     'venvb', '>=', 1),
]


def output(*command):
    """The first line that a command prints, or None."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return (done.stdout or done.stderr).strip().split('\n')[0]


def find_wheels(python, extra):
    """The wheels that ensurepip of this Python would install."""
    code = ('import ensurepip, os; d = getattr(ensurepip, "_WHEEL_PKG_DIR", None); '
            'print(d or os.path.join(os.path.dirname(ensurepip.__file__), "_bundled"))')
    directory = output(python, '-c', code)
    return sorted(glob.glob(os.path.join(directory, 'pip-*.whl'))
                  + glob.glob(os.path.join(directory, 'setuptools-*.whl'))
                  + glob.glob(os.path.join(extra, '*.whl')))


def count_files(env):
    """How many files there are, and how many of them are byte code."""
    files = []
    for root, dirs, names in os.walk(env, followlinks=True):
        if root == env and os.path.islink(os.path.join(env, 'lib64')):
            dirs.remove('lib64')
        files += names
    return len(files), sum(name.endswith('.pyc') for name in files)


class Place:
    """A directory to measure in, with a home and caches of its own on the same
    file system."""

    def __init__(self, options, parent):
        self.options = options
        self.top = tempfile.mkdtemp(prefix='venvb-bench-', dir=parent)
        self.file_system = output('stat', '-f', '-c', '%T', self.top).replace('ext2/ext3', 'ext4')
        self.python = options.python
        for name in 'trash', 'wheels', 'plugins', 'home', 'cache', 'many':
            os.mkdir(os.path.join(self.top, name))
        self.env = self.environment()
        self.wheels = find_wheels(self.python, os.path.join(options.peers, 'wheels'))
        for wheel in self.wheels:
            shutil.copy(wheel, self.path('wheels'))
        for i in range(PLUGINS):
            shutil.copy(options.plugin, self.path('plugins', f'p{i}.so'))
        self.many_wheels = options.wheels or self.path('many')
        if not options.wheels:
            many.make_wheels(self.many_wheels, output(
                self.python, '-c', 'import sysconfig; print(sysconfig.get_path("stdlib"))'))
        many.write_lists(self.many_wheels, self.path('list'), self.path('requirements.txt'))
        shutil.copy(options.wheels_plugin, self.path('wheels.so'))
        self.results = {}
        self.cpu = {}
        self.failures = {}
        self.entries = {}
        self.memory = {}
        self.shares = {}

    def path(self, *names):
        return os.path.join(self.top, *names)

    def environment(self):
        env = {k: v for k, v in os.environ.items()
               if not k.startswith(('PIP_', 'UV_', 'VIRTUALENV', 'VIRTUAL_ENV', 'PYTHON', 'XDG_'))}
        env.update(HOME=self.path('home'), XDG_CACHE_HOME=self.path('cache'), UV_OFFLINE='1',
                   UV_NO_CONFIG='1', PIP_NO_INDEX='1', PIP_DISABLE_PIP_VERSION_CHECK='1')
        return env

    def run(self, words):
        return subprocess.run(words, env=self.env, cwd=self.top, text=True, check=False,
                              capture_output=True)

    # The commands

    def peer(self, name):
        own = os.path.join(self.options.peers, 'bin', name)
        return own if os.path.exists(own) else shutil.which(name)

    def version_flags(self):
        """Makes virtualenv take the same versions as the others."""
        flags = [f'--extra-search-dir={self.path("wheels")}', '--no-periodic-update']
        for wheel in self.wheels:
            name, version = os.path.basename(wheel).split('-')[:2]
            if name in ('pip', 'setuptools'):
                flags.append(f'--{name}={version}')
        return flags

    def commands(self, row):
        """The commands of a row: key to words.  A peer that is missing is left
        out."""
        venvb, python = self.options.venvb, self.python
        virtualenv, uv = self.peer('virtualenv'), self.peer('uv')
        base = [venvb, '-p', python]
        linked = base + AS_OTHERS
        seed = [uv, 'venv', '-q', '-p', python, '--seed', '--no-index', '--find-links',
                self.path('wheels')]
        table = {
            'no-pip': {
                'floor': [self.options.floor, self.path('no-pip.plan')],
                'venvb': base + ['--without-pip'],
                'venv': [python, '-m', 'venv', '--without-pip'],
                'virtualenv': [virtualenv, '-q', '-p', python, '--no-seed'],
                'uv': [uv, 'venv', '-q', '-p', python],
            },
            'warm': {
                'floor': [self.options.floor, self.path('link.plan')],
                'venvb': linked,
                'venvb-source': linked + ['--no-compile'],
                'uv-seed': seed,
                'virtualenv-link': [virtualenv, '-q', '-p', python, '--symlink-app-data']
                                   + self.version_flags(),
                'floor-copy': [self.options.floor, self.path('copy.plan')],
                'venvb-copy': base + ['--link-mode=copy'],
                'virtualenv': [virtualenv, '-q', '-p', python] + self.version_flags(),
                'venv': [python, '-m', 'venv'],
                'uv-compiled': self.uv_compiled(uv),
            },
            'plugins': {
                'venvb': base + ['--without-pip'],
                'plugins': base + ['--without-pip', f'--plugin-dir={self.path("plugins")}']
                           + [f'--plugin=p{i}' for i in range(PLUGINS)],
            },
            'help': {
                'true': ['true'],
                'venvb': [venvb, '--help'],
                'venv': [python, '-m', 'venv', '--help'],
                'virtualenv': [virtualenv, '--help'],
                'uv': [uv, 'venv', '--help'],
            },
        }
        table['cold'] = {key: table['warm'][key] for key in ('venvb', 'venvb-source', 'uv-seed',
                                                             'uv-compiled', 'virtualenv', 'venv')}
        table['wheels-warm'] = {
            'floor': [self.options.floor, self.path('many.plan')],
            **many.commands(linked, self.path('wheels.so'), self.path('list')),
            **many.peers(uv, python, self.many_wheels, self.path('requirements.txt')),
        }
        table['wheels-cold'] = {key: words for key, words in table['wheels-warm'].items()
                                if key != 'floor'}
        found = {key: words for key, words in table[row].items() if words and None not in words}
        if row != 'help':
            found = {key: words + ['e'] for key, words in found.items()}
        return found

    def uv_compiled(self, uv):
        """What makes uv install the same packages as ensurepip, compiled: it
        does not compile seeds."""
        if uv is None:
            return None
        names = [os.path.basename(w).split('-')[0] for w in self.wheels]
        install = [uv, 'pip', 'install', '-q', '--compile-bytecode', '--no-index', '--find-links',
                   self.path('wheels')] + [n for n in names if n in ('pip', 'setuptools')]
        script = f'{shlex.join([uv, "venv", "-q", "-p", self.python])} "$0" && ' \
                 f'{shlex.join(install)} -p "$0"'
        return ['sh', '-c', script]

    # Measuring

    def prepare(self, row):
        """A command that moves the last environment away, and the caches."""
        what = ['e']
        if row.endswith('cold'):
            what += ['cache/venvb', 'cache/virtualenv', 'cache/uv']
        move = '; '.join(f'test ! -e {name} || mv {name} $trash/' for name in what)
        return f"sh -c 'trash=$(mktemp -d trash/XXXXXX); {move}'"

    def make_plans(self):
        plan = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'plan.py')
        for name, flags, way in (('no-pip', ['--without-pip'], 'link'), ('link', [], 'link'),
                                 ('copy', [], 'copy'), ('many', None, 'link')):
            words = ([self.options.venvb, '-p', self.python, *flags] if flags is not None else
                     many.commands([self.options.venvb, '-p', self.python],
                                   self.path('wheels.so'), self.path('list'))['venvb'])
            done = self.run(words + ['ref-' + name])
            if done.returncode != 0:
                sys.exit(f'bench: {done.stderr.strip()}')
            with open(self.path(name + '.plan'), 'wb') as file:
                subprocess.run([sys.executable, plan, self.path('ref-' + name), way],
                               stdout=file, check=True)

    def try_out(self, row, commands):
        """Runs each command once: what fails is not measured, and the caches
        are warm afterwards.  Notes how much there is in the environment."""
        for key, words in list(commands.items()):
            subprocess.run(shlex.split(self.prepare('')), cwd=self.top, check=True)
            done = self.run(words)
            if done.returncode != 0:
                lines = done.stderr.strip().split('\n')
                self.failures[row, key] = lines[0]
                del commands[key]
            elif row != 'help':
                self.entries[row, key] = count_files(self.path('e'))
                self.shares[row, key] = sharing.describe(self.path('e'))

    def one_round(self, row, commands):
        runs = RUNS if row.endswith(('warm', 'cold')) else SHORT_RUNS
        words = ['hyperfine', '-N', '--style=none', '--warmup=1', f'--runs={runs}',
                 '--export-json', self.path('times.json')]
        for key, command in commands.items():
            words += ['-n', key, shlex.join(command)]
            if row != 'help':
                words += ['--prepare', self.prepare(row)]
        done = self.run(words)
        if done.returncode != 0:
            sys.exit(f'bench: {row}: {done.stderr}')
        with open(self.path('times.json'), encoding='utf-8') as file:
            results = json.load(file)['results']
        for r in results:
            self.cpu.setdefault((row, r['command']), []).append(r['user'] + r['system'])
        return {r['command']: statistics.median(r['times']) for r in results}

    def measure(self, row):
        commands = self.commands(row)
        self.try_out(row, commands)
        rounds = []
        for i in range(min(self.options.rounds, MANY_ROUNDS) if 'wheels' in row else self.options.rounds):
            subprocess.run(['sync', '-f', self.top], check=True)
            slow = SLOW if i >= SLOW_ROUNDS and row in ('warm', 'cold') else ()
            rounds.append(self.one_round(row, {k: w for k, w in commands.items() if k not in slow}))
            print('.', end='', file=sys.stderr, flush=True)
        self.results[row] = rounds
        for key, words in commands.items():
            self.memory[row, key] = self.peak(row, words)

    def peak(self, row, words):
        """Peak memory of a command in MiB: of its largest process."""
        if not os.path.exists('/usr/bin/time'):
            return None
        subprocess.run(shlex.split(self.prepare(row)), cwd=self.top, check=True)
        done = self.run(['/usr/bin/time', '-f', '%M', '-o', self.path('memory')] + words)
        if done.returncode != 0:
            return None
        with open(self.path('memory'), encoding='utf-8') as file:
            return int(file.read().split()[-1]) / 1024

    def many_at_once(self, n, flags):
        """N environments in one command: seconds for each, and peak memory."""
        directory = tempfile.mkdtemp(prefix='many-', dir=self.top)
        words = ['/usr/bin/time', '-f', '%M', '-o', self.path('memory'), self.options.venvb,
                 '-p', self.python, '--json', *AS_OTHERS, *flags]
        done = self.run(words + [os.path.join(directory, str(i)) for i in range(n)])
        if done.returncode != 0:
            return None
        with open(self.path('memory'), encoding='utf-8') as file:
            peak = int(file.read().split()[-1]) / 1024
        return [json.loads(line)['seconds'] for line in done.stdout.split('\n') if line], peak

    # What came out

    def seconds(self, row, key):
        times = [r[key] for r in self.results.get(row, []) if key in r]
        return statistics.median(times) if times else None

    def ratio(self, row, key, to):
        ratios = [r[key] / r[to] for r in self.results.get(row, []) if key in r and to in r]
        return statistics.median(ratios) if ratios else None

    def remove(self):
        shutil.rmtree(self.top, ignore_errors=True)


def describe(options, places, load):
    """What it was measured on and with."""
    with open('/proc/cpuinfo', encoding='utf-8') as file:
        cpu = re.search(r'model name\s*: (.*)', file.read())
    peers = [output(places[0].peer(p), '--version') if places[0].peer(p) else f'{p}: missing'
             for p in ('virtualenv', 'uv')]
    wheels = ', '.join('-'.join(os.path.basename(w).split('-')[:2]) for w in places[0].wheels)
    return [
        f'{cpu.group(1) if cpu else platform.machine()}, {os.cpu_count()} cores, '
        f'{os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30:.0f} GiB, '
        f'Linux {platform.release()}; load {load} before, {os.getloadavg()[0]:.1f} after '
        f'({time.strftime("%Y-%m-%d")}).',
        f'{output(options.venvb, "--version")}; {output(options.python, "--version")}; '
        + '; '.join(re.sub(r' from .*', '', p) for p in peers)
        + f'; {output("hyperfine", "--version")}.',
        f'Wheels: {wheels}; many: {many.describe(places[0].many_wheels)}, in venvb by a plugin that '
        'says which they are, in uv with a hash for each.  uv finds them in a local directory (--find-links, no index), and '
        'with --seed also installs wheel where that Python is older than 3.12; it compiles no '
        'seeds, so it is measured with uv pip install --compile-bytecode as well.  virtualenv is '
        'told to take the same versions of pip and setuptools; copying, it compiles nothing.',
        'Warm: each program has made such an environment before, and the files are in memory.  '
        'Cold: the cache of each program is empty; the files are in memory all the same.  '
        'python -m venv has no cache.',
        'What the files of packages are, in an environment of that program, was looked at: those of '
        'hard or symbolic links are those of its cache and of its other environments, and an edit '
        'of one is one of all; clones and copies are files of their own.',
        'venvb without --link-mode is measured as ordinary users get it, with hard links where the '
        "file system can't clone.  Root gets copies, as with --link-mode=copy."
        + ('  Here root was it, with --link-mode=hardlink.' if AS_OTHERS else ''),
        f'{options.rounds} rounds of all commands in turn, each with a warm-up and {RUNS} runs (without '
        f'pip: {SHORT_RUNS}); median of the ratios within a round.  python -m venv with pip: '
        f'{min(SLOW_ROUNDS, options.rounds)} rounds.  Environments are moved away, not removed, '
        'between runs.',
    ]


def milliseconds(seconds):
    if seconds is None:
        return ''
    ms = seconds * 1000
    return f'{ms:.1f} ms' if ms < 100 else f'{ms:,.0f} ms'


def row_lines(place, row):
    """Lines of a table: program, what its files are to other environments, time, that of
    processors, ratio to venvb, files, peak memory."""
    for key in {**place.commands(row), **{k: 0 for r, k in place.failures if r == row}}:
        seconds = place.seconds(row, key)
        files = place.entries.get((row, key))
        if (row, key) in place.failures:
            yield COLUMNS[key], '', 'failed: ' + place.failures[row, key], '', '', '', ''
            continue
        memory = place.memory.get((row, key))
        yield (COLUMNS[key], place.shares.get((row, key), ''), milliseconds(seconds),
               milliseconds(statistics.median(place.cpu[row, key])), f'{place.ratio(row, key, "venvb"):.2f}',
               f'{files[0]} ({files[1]} .pyc)' if files else '',
               f'{memory:.1f} MiB' if memory else '')


def missing_lines(place):
    for name in 'virtualenv', 'uv':
        if place.peer(name) is None:
            yield name, '', 'missing', '', '', '', ''


def check(text, value, relation, limit, unit=''):
    if value is None:
        return f'not measured  {text}'
    ok = value <= limit if relation == '<=' else value >= limit
    return f'{"met    " if ok else "NOT MET"}  {text}: {value:.2f}{unit}'


def plugin_cost(place):
    differences = [(r['plugins'] - r['venvb']) / PLUGINS * 1000
                   for r in place.results.get('plugins', []) if 'plugins' in r]
    return statistics.median(differences) if differences else None


def many_lines(place, n):
    """N environments in one command, without pip and with."""
    for title, flags in (('no pip', ['--without-pip']), ('pip, warm', [])):
        name = f'{n} environments, {title}'
        place.many_at_once(1, flags)
        few, all_of_them = place.many_at_once(100, flags), place.many_at_once(n, flags)
        if few is None or all_of_them is None:
            yield check(name, None, '<=', 0)
            continue
        times, peak = all_of_them
        first, last = statistics.median(times[:100]), statistics.median(times[-100:])
        yield check(f'{name}: last hundred ({milliseconds(last)} each) against '
                    f'the first ({milliseconds(first)})', last / first, '<=', 1.1)
        yield check(f'{name}: memory for each further one, its path included',
                    (peak - few[1]) * 1024 / (n - 100), '<=', 1, ' KiB')
        yield check(f'{name}: peak memory', peak, '<=', 20, ' MiB')


def bound_lines(place):
    for text, row, above, below, relation, limit in BOUNDS:
        yield check(text, place.ratio(row, above, below), relation, limit)
    yield check('a further plugin: at most 0.3 ms', plugin_cost(place), '<=', 0.3, ' ms')


def report(options, places, notes):
    """The whole text, in Markdown."""
    lines = ['# Benchmark', '', '`make bench` measures this anew.', '']
    for place in places:
        lines += [f'## {place.file_system}', '',
                  '| | program | its files are | time | CPU | to venvb | files | peak memory |',
                  '|---|---|---|--:|--:|--:|--:|--:|']
        for row in place.results:
            title = ROWS[row]
            for cells in row_lines(place, row):
                lines.append('| ' + ' | '.join((title, *cells)) + ' |')
                title = ''
        lines += ['| | ' + ' | '.join(cells) + ' |' for cells in missing_lines(place)]
        lines += ['', '```', *place.bounds, '```', '']
    lines += ['## How', ''] + [f'- {note}' for note in notes] + ['']
    return '\n'.join(lines)


def plain(text):
    """The same, with the columns of tables made even."""
    rows = [line.strip('|').split('|') for line in text.split('\n') if line.startswith('| ')]
    widths = [max(len(r[i].strip()) for r in rows) for i in range(8)] if rows else []
    for line in text.split('\n'):
        if line.startswith('| '):
            cells = [c.strip() for c in line.strip('|').split('|')]
            print('  '.join([c.ljust(w) for c, w in zip(cells[:3], widths)]
                            + [c.rjust(w) for c, w in zip(cells[3:], widths[3:])]).rstrip())
        elif not line.startswith(('|---', '```')):
            print(line)


def labelled(place, row, key):
    """The name of a program, with what its files are."""
    shares = place.shares.get((row, key))
    return f'{COLUMNS[key]} ({shares})' if shares else COLUMNS[key]


def draw(places):
    place = places[0]
    groups = []
    for row in 'no-pip', 'warm', 'cold', 'wheels-warm', 'wheels-cold', 'help':
        bars = [(labelled(place, row, key), place.seconds(row, key) * 1000,
                 place.ratio(row, key, 'venvb'))
                for key in place.commands(row) if place.seconds(row, key)]
        groups.append((ROWS[row], bars))
    title = f'Time to create an environment ({place.file_system}, logarithmic scale)'
    return chart.svg(title, groups)


def parse():
    parser = argparse.ArgumentParser(description='Measures venvb against its peers.')
    parser.add_argument('--venvb', required=True)
    parser.add_argument('--floor', required=True)
    parser.add_argument('--plugin', required=True, help='a plugin that does nothing')
    parser.add_argument('--python', default='python3', help='the base Python')
    parser.add_argument('--peers', default='', help='where bench-peers put virtualenv and uv')
    parser.add_argument('--output', default='.', help='where to write bench.md and bench.svg')
    parser.add_argument('--dir', action='append', help='where to measure (default: . and /dev/shm)')
    parser.add_argument('--wheels-plugin', required=True, help='a plugin that installs wheels')
    parser.add_argument('--wheels', help='a directory of wheels (default: some are made)')
    parser.add_argument('--rows', type=lambda text: text.split(','),
                        help='which to measure, and only to print: ' + ', '.join(ROWS))
    parser.add_argument('--rounds', type=int, default=10)
    parser.add_argument('--many', type=int, default=1000,
                        help='environments in one command: more than 100, or 0')
    options = parser.parse_args()
    code = 'import os, sys; print(getattr(sys, "_base_executable", None) or sys.executable)'
    options.python = output(options.python, '-c', code)
    if options.python is None or shutil.which('hyperfine') is None:
        parser.error('the base Python or hyperfine was not found')
    return options


def measure(place, many):
    place.make_plans()
    for row in place.options.rows or ROWS:
        print(f'{place.file_system}: {row} ', end='', file=sys.stderr, flush=True)
        place.measure(row)
        print(file=sys.stderr)
    place.bounds = list(bound_lines(place))
    if many:
        place.bounds += many_lines(place, many)


def main():
    options = parse()
    load = f'{os.getloadavg()[0]:.1f}'
    places = []
    try:
        for i, parent in enumerate(options.dir or ['.', '/dev/shm']):
            if os.access(parent, os.W_OK):
                places.append(Place(options, os.path.abspath(parent)))
                measure(places[-1], options.many if i == 0 else 0)
        text = report(options, places, describe(options, places, load))
        written = () if options.rows else (('bench.md', text), ('bench.svg', draw(places)))
        for name, content in written:
            with open(os.path.join(options.output, name), 'w', encoding='utf-8') as file:
                file.write(content)
        plain(text)
    finally:
        for place in places:
            place.remove()


if __name__ == '__main__':
    main()
