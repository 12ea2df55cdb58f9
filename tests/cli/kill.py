# Sends a signal at every moment of a run, and looks at what that leaves.
#
#   kill.py SCENARIO SIGNAL WHOM POINTS
#
# The scenario is a run in a directory "world", which lies in the current one.
# It is run once for each of POINTS moments, or for all with 0.  Environment:
# VENVB, SIGNAL_AT, MISBEHAVE, WHEELS.
#
# After SIGKILL the next run has to leave what it leaves without the killed one
# (the old), or what it leaves after a whole one (the new); the old when the
# killed run has left a sign that it was at work.  After any other signal that
# has to be so at once.
#
# A scenario that ends with "again" is the run after such a one, which was
# killed itself.
import hashlib, os, re, shutil, signal, subprocess, sys, time

sys.dont_write_bytecode = True
import trees

scenario, signal_name, whom, points = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
number = getattr(signal, 'SIG' + signal_name)
at = os.getcwd()
world, template, cache = at + '/world', at + '/template', at + '/kept'
VENVB = os.environ['VENVB']
MISBEHAVE = os.environ['MISBEHAVE']
WHEELS = os.environ['WHEELS']
SIGNAL_AT = os.environ['SIGNAL_AT']

# Words of a scenario's name: what is in "env" before, and what is run.
words = scenario.split('-')
env = 'made/for/env' if 'new' in words else 'env'
arguments = []
if 'pip' in words:
    arguments += ['--plugin=pip,wheel-dir=' + WHEELS]
elif 'many' in words:
    with open('list', 'w') as file:
        file.write(''.join('%s/%s\n' % (WHEELS, name) for name in sorted(os.listdir(WHEELS))))
    arguments += ['--without-pip', '--plugin=%s/wheels.so,list=%s/list,at-once=yes' % (
        os.path.dirname(MISBEHAVE), at)]
else:
    arguments += ['--without-pip']
if 'lock' in words:
    arguments += ['--lock=%s/two.txt' % at]
following = arguments + [env]
if 'plugin' in words or 'fails' in words or 'crashes' in words:
    changes = ['write=top', 'write=bin/tool', 'write=extra', 'erase=lib/deep', 'erase=data',
               'mkdir=data/new', 'write=data/new/file', 'change=%s/outside/file' % world,
               'change=%s/outside/new' % world, 'remove=%s/outside/gone' % world]
    if 'linked' in words:
        changes += ['append=%s/env/lib/linked' % world]
    how = ['how=error'] if 'fails' in words else ['how=segv'] if 'crashes' in words else []
    arguments += ['--plugin=' + ','.join([MISBEHAVE] + changes + how)]
if 'clear' in words:
    arguments += ['--clear']
if 'upgrade' in words:
    arguments += ['--upgrade']
arguments += [env]
if 'again' in words:
    earlier, arguments = arguments, following


def run(arguments, prefix=()):
    process = subprocess.run([*prefix, VENVB, *arguments], cwd=world, stdin=subprocess.DEVNULL,
                             stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=120,
                             env=dict(os.environ, VENVB_CACHE_DIR=cache))
    return process.returncode, process.stderr.decode(errors='replace')


def must(arguments):
    status, said = run(arguments)
    if status != 0 or said:
        sys.exit('cannot begin: status %d: %s' % (status, said))


def put(path, text, mode=0o644):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'w') as file:
        file.write(text)
    os.chmod(path, mode)


def make_locks():
    """By one.txt and then two.txt one distribution is exchanged, one goes and one comes."""
    pins = {'one': (('foo', '1.0'), ('goes', '1.0')), 'two': (('foo', '2.0'), ('comes', '1.0'))}
    tool = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), 'wheel.py')
    for lock, packages in pins.items():
        lines = ''
        for name, version in packages:
            wheel = '%s/%s-%s-py3-none-any.whl' % (at, name, version)
            made = subprocess.run([sys.executable, '-B', tool, wheel, '%s/__init__.py=V = %s' % (name, version),
                                   '%s/only%s/x.py=' % (name, version[0])],
                                  check=True, stdout=subprocess.PIPE)
            lines += '%s==%s --hash=sha256:%s\n' % (name, version, made.stdout.decode().strip())
        put('%s/%s.txt' % (at, lock), lines)


def make_template():
    """The world before, and the cache."""
    os.mkdir(world)
    put(world + '/outside/file', 'outside\n', 0o640)
    put(world + '/outside/gone', 'to be removed\n')
    if 'new' not in words:
        must(['--without-pip', 'env'])
        put(world + '/env/top', 'top\n')
        put(world + '/env/bin/tool', 'tool\n', 0o755)
        put(world + '/env/data/sub/file', 'data\n')
        put(world + '/env/lib/own/file', 'own\n')
        put(world + '/env/lib/deep/er/than/that/is/file', 'deep\n')
        os.symlink('nowhere', world + '/env/dangling')
        if 'linked' in words:
            put(world + '/env/lib/linked', 'has another name\n' * 100)
            os.link(world + '/env/lib/linked', world + '/outside/linked')
        if 'locked' in words:
            os.chmod(world + '/env/lib/own', 0o500)
        if 'lock' in words:
            make_locks()
            must(['--without-pip', '--lock=%s/one.txt' % at, 'env'])
    shutil.rmtree(cache, ignore_errors=True)
    if 'warm' in words:
        must(['--plugin=pip,wheel-dir=' + WHEELS, 'warm'])
        shutil.rmtree(world + '/warm')
        os.rename(cache, template + '-cache')
    os.rename(world, template)


def reset():
    if 'locked' in words:
        subprocess.run(['chmod', '-R', 'u+rwx', world], stderr=subprocess.DEVNULL)
    shutil.rmtree(world, ignore_errors=True)
    subprocess.run(['cp', '-a', template, world], check=True)
    time.sleep(0.02)    # a file system's clock ticks some hundred times in a second
    if 'pip' in words or 'many' in words:
        shutil.rmtree(cache, ignore_errors=True)
        if 'warm' in words:
            subprocess.run(['cp', '-a', template + '-cache', cache], check=True)
    if 'again' in words:
        kill_earlier()


def kill_earlier():
    """With most of its work done.  What it has put aside can't be copied."""
    global earlier_total
    if earlier_total == 0:
        run(earlier, (SIGNAL_AT, '9', 'all', '0', at + '/result'))
        with open(at + '/result') as file:
            earlier_total = int(file.read().split()[0])
        return reset()
    run(earlier, (SIGNAL_AT, '9', 'all', str(earlier_total * 7 // 10), at + '/result'))


def content(path):
    """Byte code tells the time of its source, which is when that was unpacked; what is
    remembered of a lock has times in it, too."""
    if path.endswith('/.lock-state'):
        return ''
    size = os.path.getsize(path)
    if not path.endswith('.pyc') or size < 16:
        return trees.digest(path)
    return size, trees.is_current(path)


def listing(with_times):
    # A directory in which things come and go, and which is not put aside itself,
    # may get another time.
    return trees.without_times(trees.look(world, content), ('env', 'outside') if with_times else None)


def differences(found, expected):
    some = trees.differences(found, expected)
    return ', '.join(some[:5] + ['and %d more' % (len(some) - 5)] * (len(some) > 5))


def is_at_work():
    return os.path.lexists('%s/%s/.venvb-undo.log' % (world, env))


def left_in_cache():
    return [name for folder, folders, files in os.walk(cache + '/v1/images')
            for name in folders + files if name.endswith(('.new', '.old')) or '.venvb-' in name]


def judge_now(status, said):
    """After a signal that can be caught, or one that was survived."""
    new = listing(False)
    if new == references['new now'] and 'fails' not in words and 'crashes' not in words:
        return ''
    old = differences(listing(True), references['old now'])
    if status == 0:
        return 'status 0, but ' + differences(new, references['new now'])
    return old and 'is neither what it was: %s; nor new: %s; %s' % (
        old, differences(new, references['new now']), said.strip())


def without_own(told):
    """What is said of doubtful files, unless the run itself writes all of these: when it has
    done so, a run that was killed can't tell."""
    names = re.findall("'([^']*)'", told.group(1))
    return '' if all(env + '/' + name in references['new later'] for name in names) else told.group(0)


def judge_later():
    """After a run that could not tidy up."""
    was_at_work = is_at_work()
    status, said = run(following)
    if was_at_work:
        said = re.sub("venvb: an earlier run on '.*' was interrupted: what it had changed was taken back\n?", '', said)
        said = re.sub("; was removed, and may be what others have put there: (.*)\n?", without_own, said)
    if status != 0 or said.strip():
        return 'the next run: status %d: %s' % (status, said)
    found = listing(False)
    if left_in_cache():
        return 'in the cache: %s' % left_in_cache()
    if found == references['old later'] or (not (was_at_work and arguments != following) and found == references['new later']):
        return ''
    return '%sneither old: %s; nor new: %s' % (
        'was at work, ' if was_at_work else '',
        differences(found, references['old later']), differences(found, references['new later']))


def judge(status, said):
    problem = judge_now(status, said) if number != signal.SIGKILL or status < 128 else ''
    if not problem and number == signal.SIGKILL:
        problem = judge_later()
    if not problem and 'cold' in words:
        shutil.rmtree(world + '/' + env, ignore_errors=True)
        must(following)
        problem = differences(*[{path: what for path, what in found.items() if path.startswith(env)}
                                for found in (listing(False), references['again'])])
        problem = problem and 'from the cache: ' + problem
    return problem


def sample(total):
    if points == 0 or points >= total:
        return range(1, total + 1)
    # Others from scenario to scenario, the same each time; and none while the
    # scripts run that start venvb in the build tree.
    run(['--version'], (SIGNAL_AT, '0', 'all', '0', at + '/result'))
    with open(at + '/result') as file:
        first = int(file.read().split()[0]) - 1
    shift = int(hashlib.sha256(' '.join(sys.argv).encode()).hexdigest(), 16) % 1000 / 1000
    # The last ones each time: then what was aside is removed.
    return sorted({first + int((n + shift) * (total - first) / points) for n in range(points)}
                  | set(range(max(first, total - 4), total + 1)))


make_template()
earlier_total = 0
references = {}
reset()
references['old now'] = listing(True)
must(following)
references['old later'] = listing(False)
shutil.rmtree(world + '/' + env)
must(following)
references['again'] = listing(False)
for n in range(2):  # the first one may learn what the others find in the cache
    reset()
    status, said = run(arguments, (SIGNAL_AT, '0', 'all', '0', at + '/result'))
if status == 77:
    print('77')
    sys.exit(77)
references['new now'] = listing(False)
with open(at + '/result') as file:
    total = int(file.read().split()[0])
must(following)
references['new later'] = listing(False)

tried = problems = 0
for point in sample(total):
    reset()
    status, said = run(arguments, (SIGNAL_AT, str(int(number)), whom, str(point), at + '/result'))
    with open(at + '/result') as file:
        count, call = file.read().split()
    if call == 'ended':
        continue
    tried += 1
    problem = judge(status, said)
    if problem:
        problems += 1
        print('SIG%s at %s/%d, before %s: %s' % (signal_name, count, total, call, problem))
        if problems == 20:
            break
print('%d of %d moments: %s, SIG%s to %s' % (tried, total, scenario, signal_name, whom))
sys.exit(problems > 0)
