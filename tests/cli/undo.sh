# shellcheck shell=bash
# A run that fails, is interrupted or crashes leaves what was there before and
# nothing else; several runs on one directory do not get in each other's way.
. "${srcdir:-.}/tests/lib.sh"

find_base
use_only_base
need_misbehave

# A plugin's crash is to be one, also where a sanitizer would report it.
export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}handle_segv=0:handle_sigbus=0:handle_sigfpe=0:handle_sigill=0:handle_abort=0

mk () { "$VENVB" --without-pip "$@"; }
bad () { local how=$1; shift; "$VENVB" --without-pip --plugin="$misbehave,$how" "$@"; }
make_old () # an environment with all sorts of things in it
{
  rm -rf old; mk old
  mkdir -p old/data/sub old/lib/own old/lib/deep/er/than/that/is
  echo data >old/data/sub/file; echo top >old/top; echo tool >old/bin/tool; chmod 4750 old/bin/tool
  echo deep >old/lib/deep/er/than/that/is/file; ln old/top old/hard; ln -s nowhere old/bin/dangling
  mkfifo old/fifo old/bin/fifo; head -c 300000 /dev/zero >old/lib/big; echo '*' >old/.gitignore
  "$base" -c 'import socket; socket.socket(socket.AF_UNIX).bind("old/bin/socket")'
  mkdir -m 500 old/lib/closed; touch -d '2001-02-03' old/top old/lib old/bin old/bin/tool old
  [ "$(id -u)" -ne 0 ] || chown -h 12345:23456 old/top old/lib/own old/bin/dangling
}
# kept NAME COMMAND...: "old" is after the command as it was before.
kept () { local name=$1 before; shift; before=$(tree_of old); "$@"; is "$name" "$(tree_of old)" "$before"; }
nothing_new () { is "$1" "$(find new 2>/dev/null; find . -name '.venvb*')" ''; rm -rf new; }
make_old

# Failure in each stage.

for stage in find_python ensure_directories create_ignore_files create_configuration \
  setup_python setup_scripts post_setup
do
  check_fails "$stage fails, new" 1 "stage $stage: .*no luck" bad "stage=$stage,how=error" new/a/b
  nothing_new '... nothing is left'
  for args in old '--clear old'; do
    # shellcheck disable=SC2086
    kept "$stage fails, $args" check_fails "$stage fails, $args" 1 'no luck' bad "stage=$stage,how=error" $args
  done
done
mkdir hollow; chmod 750 hollow; touch -d 2001-02-03 hollow; before=$(tree_of hollow)
check_fails 'a failure in an empty directory' 1 'no luck' bad how=error hollow
is '... leaves it empty' "$(tree_of hollow)" "$before"
check_fails 'a failure below a directory with something in it' 1 'no luck' bad how=error data/new/env
mkdir data; echo >data/file
check_fails '... and again' 1 'no luck' bad how=error data/new/env
is '... leaves that' "$(ls -A data)" file
check_fails 'a crash' 1 "'misbehave', stage post_setup: crashed.* is as it was" bad how=segv new/env
nothing_new '... leaves nothing'
for args in old '--clear old'; do
  # shellcheck disable=SC2086
  kept "a crash, $args" check_fails "a crash, $args" 1 'is as it was' bad "how=segv,write=top,write=bin/tool,write=extra" $args
done
check_fails 'the second of three crashes' 1 'crashed' bad how=segv new/one new/two
nothing_new '... nothing is left'
check 'what was printed of the first is not lost with the second' sh -c \
  '! "$0" --without-pip --json stands data/file 2>err >json && test -s json' "$VENVB"
check '... which stands' works stands
rm -rf stands

# Interruption.

# killed SIGNAL WHOM WHEN COMMAND...: runs COMMAND in a session of its own with
# the signals at their defaults; sends SIGNAL to the "parent", the "child", the
# "group" or "all" of them by number, WHEN the file exists or after so many
# seconds; prints the status as a shell does.
cat >killed.py <<'END'
import os, signal, subprocess, sys, time
number, whom, when = getattr(signal, 'SIG' + sys.argv[1]), sys.argv[2], sys.argv[3]
def restore():
    os.setsid()
    for n in (signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE):
        signal.signal(n, signal.SIG_DFL)
def children(pid):
    try:
        return [int(p) for p in open('/proc/%d/task/%d/children' % (pid, pid)).read().split()]
    except OSError:
        return []
def is_running(pid):
    try:
        return open('/proc/%d/stat' % pid).read().rpartition(')')[2].split()[0] not in 'ZX'
    except OSError:
        return False
process = subprocess.Popen(sys.argv[4:], preexec_fn=restore, stdout=subprocess.DEVNULL,
                           stderr=open('killed.err', 'w'))
if when[0] in '0123456789.':
    time.sleep(float(when))
else:
    for i in range(3000):
        if os.path.exists(when) or process.poll() is not None:
            break
        time.sleep(0.01)
pids = {'parent': [process.pid], 'child': children(process.pid), 'group': [],
        'both': children(process.pid) + [process.pid]}[whom]
try:
    # The parent must not get to undo anything between the two signals.
    if whom == 'both' and number == signal.SIGKILL:
        os.kill(process.pid, signal.SIGSTOP)
    if whom == 'group':
        os.killpg(process.pid, number)
    for pid in pids:
        os.kill(pid, number)
except ProcessLookupError:
    pass
status = process.wait(60)
# What was killed with it may still hold its lock for a moment.
for i in range(1000):
    if not any(is_running(pid) for pid in pids):
        break
    time.sleep(0.01)
print(128 - status if status < 0 else status)
END
quiet () { "$@" >/dev/null; }
killed () { rm -f "$scratch/reached"; "$base" "$scratch/killed.py" "$@"; }
hang="--plugin=$misbehave,how=hang,write=top,write=bin/tool,write=extra,mark=$scratch/reached"
children_of () { tr -d ' ' <"/proc/$1/task/$1/children"; }
status_of () { case $1 in HUP) echo 129 ;; INT) echo 130 ;; QUIT) echo 131 ;; KILL) echo 137 ;; TERM) echo 143 ;; esac; }

ulimit -c 0
for signal in INT TERM HUP QUIT; do
  for whom in parent group; do
    is "SIG$signal to the $whom, new" "$(killed $signal $whom "$scratch/reached" "$VENVB" --without-pip "$hang" new/a/b)" "$(status_of $signal)"
    is '... is silent' "$(cat killed.err)" ''
    nothing_new '... nothing is left'
  done
done
for args in old '--clear old'; do
  for whom in parent group both; do
    # shellcheck disable=SC2086
    kept "SIGINT to $whom, $args: all is as it was" \
      is "SIGINT to $whom, $args" "$(killed INT $whom "$scratch/reached" "$VENVB" --without-pip "$hang" $args)" 130
  done
  # shellcheck disable=SC2086
  kept "SIGKILL to the child, $args: all is as it was" \
    is "SIGKILL to the child, $args" "$(killed KILL child "$scratch/reached" "$VENVB" --without-pip "$hang" $args)" 1
  check '... is told' grep -q 'signal 9.* is as it was' killed.err
done

for delay in .00 .01 .02 .03 .04 .05 .06 .07 .08 .10; do
  before=$(tree_of old)
  status=$(killed INT group "$delay" "$VENVB" --without-pip --clear old)
  if [ "$status" -eq 130 ] && [ "$(tree_of old)" != "$before" ]; then
    check "SIGINT after $delay s: the new one stands" works old
    is '... and nothing is left' "$(find old -name '.venvb*')" ''
    make_old
  else
    [ "$status" -eq 0 ] && make_old && before=$(tree_of old | wc -l)
    check "SIGINT after $delay s, status $status" [ "$status" -eq 0 -o "$(tree_of old)" = "$before" ]
  fi
  status=$(killed TERM group "$delay" "$VENVB" --without-pip new/a/b)
  check "SIGTERM after $delay s, new, status $status" [ "$status" -eq 0 -o ! -e new -o -x new/a/b/bin/python ]
  rm -rf new
done

# What is venvb's own runs without a child process; what the process becomes
# when a signal ends it undoes its work.  It hangs in a template.

mkdir -p slow/common; mkfifo slow/common/zz
hung () # SIGNAL WHEN ARGUMENT...: as killed
{
  local signal=$1 when=$2; shift 2
  VENVB_TEMPLATE_DIR=$scratch/slow killed "$signal" parent "$when" "$VENVB" --without-pip "$@"
}
for signal in INT TERM HUP QUIT; do
  is "SIG$signal without a child, new" "$(hung $signal new/a/b/bin/python3 new/a/b)" "$(status_of $signal)"
  is '... is silent' "$(cat killed.err)" ''
  nothing_new '... nothing is left'
done
for signal in SEGV BUS ABRT ILL FPE TRAP SYS XFSZ PIPE; do
  is "SIG$signal without a child, new" "$(hung $signal new/a/b/bin/python3 new/a/b)" 1
  check '... is told' grep -qE "^venvb: ([a-z_]+|the run): crashed with signal .*'$PWD/new/a/b' is as it was$" killed.err
  nothing_new '... nothing is left'
done
for signal in INT SEGV; do
  for args in --prompt=other --clear; do
    # shellcheck disable=SC2086
    kept "SIG$signal without a child, old $args: all is as it was" quiet hung $signal old/.venvb-undo.log old $args
  done
done
is 'SIGKILL without a child' "$(hung KILL new/env/bin/python3 new/env)" 137
check '... the next run' mk new/env
check '... makes a whole one' works new/env
check '... and leaves nothing of the first' [ -z "$(find new -name '.venvb*')" ]
rm -rf new
VENVB_TEMPLATE_DIR=$scratch/slow "$VENVB" --without-pip new/env & first=$!
wait_for new/env/bin/python3
is 'there is no child' "$(children_of $first)" ''
kill -TERM $first; wait $first 2>/dev/null
nothing_new '... and nothing is left'
check_fails 'nobody else can take over' 2 'there is nothing to take over' "$VENVB" --take-over

# While pip is installed, which is a program's work.
wheels=$("$base" -c 'import ensurepip' 2>/dev/null && echo yes)
processes () # PATH: how many run that begins with it
{
  local file program
  for file in /proc/[0-9]*/cmdline; do
    IFS= read -r -d '' program <"$file" && case $program in "$scratch/$1"*) echo "$program" ;; esac
  done 2>/dev/null | wc -l
}
if [ -n "$wheels" ]; then
  for signal in INT TERM KILL; do
    case $signal in KILL) whom=child ;; TERM) whom=parent ;; *) whom=group ;; esac
    status=$(killed $signal $whom new/env/bin/python3 "$VENVB" --no-plugin=pip new/env)
    check "SIG$signal while pip is installed, status $status" [ "$status" -ne 0 ]
    is '... no program is left' "$(processes new/env)" 0
    sleep .3
    nothing_new '... nothing is left'
  done
  kept 'SIGINT while pip is installed into an environment: as it was' \
    quiet killed INT group .6 "$VENVB" --no-plugin=pip old
fi

# Killed with all its processes: the next run recovers, and says so.

for args in old '--clear old'; do
  before=$(tree_of old)
  # shellcheck disable=SC2086
  is "SIGKILL to all, $args" "$(killed KILL both "$scratch/reached" "$VENVB" --without-pip "$hang" $args)" 137
  check '... the old one is put aside' [ -d old/.venvb-undo ]
  check_fails '... a run that fails' 1 'no luck' recovers bad how=error old
  is '... leaves all as it was before both' "$(tree_of old)" "$before"
  # shellcheck disable=SC2086
  killed KILL both "$scratch/reached" "$VENVB" --without-pip "$hang" $args >/dev/null
  check '... a run that succeeds' recovers mk old
  is '... finds the old files' "$(cat old/top old/bin/tool old/data/sub/file)" $'top\ntool\ndata'
  check '... and not the new' [ ! -e old/extra -a ! -e old/.venvb-undo ]
  make_old
  # shellcheck disable=SC2086
  killed KILL both "$scratch/reached" "$VENVB" --without-pip "$hang" $args >/dev/null
  sleep 11 # as long as it might have gone on
  mkdir old/work; echo later >old/work/file; echo later >old/top; echo new >old/later
  check "killed, $args, and worked on: the next run" recovers mk old
  check '... tells where the rest is' grep -q "what was in the way is in '$PWD/old/.venvb-kept-1'" all.err
  is '... leaves the later work' "$(cat old/top old/work/file old/later)" $'later\nlater\nnew'
  check '... recovers the environment' works old
  is '... its own files' "$(cat old/bin/tool old/data/sub/file)" $'tool\ndata'
  is '... what was there before the later work is kept' "$(cat old/.venvb-kept-1/top)" top
  make_old
done
is 'SIGKILL to all, new' "$(killed KILL both "$scratch/reached" "$VENVB" --without-pip "$hang" new/env)" 137
check '... half of it is left' [ -e new/env/extra ]
check_fails '... a run that fails' 1 'no luck' recovers bad how=error new/env
is '... removes it' "$(ls -A new/env)" ''
killed KILL both "$scratch/reached" "$VENVB" --without-pip "$hang" new/env >/dev/null
check '... a run that succeeds' recovers mk new/env
check '... makes a whole one' works new/env
check '... and leaves nothing of the first' [ ! -e new/env/extra -a -z "$(find new/env -name '.venvb*')" ]
rm -rf new

# The directories above that it has made: they go when the next run fails, but not what was there.

if [ "$(stat -c %W .)" -eq 0 ]; then
  skip 'directories above a new environment that was killed' 'no times of birth'
else
  mkdir there
  for above in new there/new; do
    killed KILL both "$scratch/reached" "$VENVB" --without-pip "$hang" $above/a/env >/dev/null
    check_fails "SIGKILL to all, $above/a/env: a run that fails" 1 'no luck' recovers bad how=error $above/a/env
    check '... leaves nothing' [ ! -e $above ]
  done
  check '... but what was there' [ -d there ]
  mkdir there/before
  killed KILL both "$scratch/reached" "$VENVB" --without-pip "$hang" there/before >/dev/null
  check_fails 'SIGKILL to all, in an empty directory: a run that fails' 1 'no luck' recovers bad how=error there/before
  is '... leaves that' "$(find there)" $'there\nthere/before'
  killed KILL both "$scratch/reached" "$VENVB" --without-pip "$hang" new/a/env >/dev/null
  mkdir new/mine; mv new/a/env there/before/
  check_fails 'the same, and moved: a run that fails' 1 'no luck' recovers bad how=error there/before/env
  is '... leaves what was there' "$(find there new | sort | tr '\n' ' ')" 'new new/a new/mine there there/before there/before/env '
  rm -rf new there
fi

# A snapshot that came with an archive: it does not decide what is removed and
# written where.

mkdir -p planted/.venvb-undo/tree/bin planted/.venvb-undo/outside planted/src; echo gold >planted/src/file
touch planted/.venvb-undo/ready; echo evil >planted/.venvb-undo/outside/0
printf %s "$HOME/.profile" >planted/.venvb-undo/outside/0.path
ln -s '1 1.0 new' planted/.venvb-undo/stamp
before=$(tree_of planted)
moved () # NAME FILE COMMAND...: what is not from here is moved to where is told
{
  local name=$1 file=$2; shift 2
  check "$name" "$@"
  cp .out all.err
  check '... is told' grep -q "planted[^']*/.venvb-undo' is not from a run of venvb here: it is in '.*/.venvb-kept-1' now$" all.err
  check '... is kept there' [ -e "$file" -o -L "$file" ]
  is '... is not obeyed' "$(cat planted/src/file 2>/dev/null)" gold
  check '... in no way' [ ! -e "$HOME/.profile" ]
}
cp -a planted planted2; cp -a planted planted3; rm planted2/.venvb-undo/ready
printf 'venvb-undo-2 w 1.000000000 1.000000000 b 1 1.000000000\nF 0 1 0 1.0 1.0 1 %s\n' "$HOME/.profile" >planted3/.venvb-undo.log
chmod 600 planted3/.venvb-undo.log
moved 'a snapshot that is not from here' planted/.venvb-kept-1/.venvb-undo/tree mk planted
check '... the environment stands' works planted
rm -rf planted; mv planted3 planted
moved 'a log that is not from here' planted/.venvb-kept-1/.venvb-undo.log mk planted
rm -rf planted; mv planted2 planted
check 'a snapshot that is not from here, with --clear' mk --clear planted
check '... goes with all else' [ ! -e planted/.venvb-undo -a ! -e planted/src ]
rm -rf planted; mkdir -p planted/real; mkdir planted/env; ln -s ../real planted/env/.venvb-undo; echo gold >planted/real/ready
moved 'a snapshot that is a link' planted/env/.venvb-kept-1/.venvb-undo sh -c 'mkdir -p planted/src; echo gold >planted/src/file; "$0" --without-pip planted/env' "$VENVB"
is '... is not followed' "$(cat planted/real/ready)" gold

# Two runs at once.  What is started with "&" has to be the program itself.

ex_bad () { local how=$1; shift; exec "$VENVB" --without-pip --plugin="$misbehave,$how" "$@"; }

note_waiting () { for ((i = 0; i < 1000; i++)); do grep -q 'waiting for another run' "$1" && return; sleep .01; done; return 1; }
for how in error segv; do
  rm -f reached
  ex_bad "mark=$scratch/reached,how=hang" race/env 2>first.err & first=$!
  wait_for reached
  mk race/env 2>second.err & second=$!
  check "a second run says that it waits ($how)" note_waiting second.err
  case $how in error) kill -TERM $first ;; segv) kill -SEGV "$(children_of $first)" ;; esac
  wait $first; check '... the first fails' [ $? -ne 0 ]
  wait $second; is '... the second does not' $? 0
  check '... works' works race/env
  is '... nothing is left' "$(find race -name '.venvb*')" ''
  rm -rf race
done
rm -f reached
ex_bad "mark=$scratch/reached,how=hang" old 2>first.err & first=$!
wait_for reached
mk old 2>second.err & second=$!
note_waiting second.err
kill -KILL "$(children_of $first)"
wait $first; wait $second
is 'a second run after the first was killed' $? 0
is '... finds the old files' "$(cat old/top old/bin/tool)" $'top\ntool'
make_old

# A directory that a killed run has removed, and somebody has made again.
for now in empty full; do
  rm -rf again && mk again && mkdir again/data && echo precious >again/data/file
  rm -f reached
  setsid "$VENVB" --without-pip --plugin="$misbehave,erase=data,mark=$scratch/reached,how=hang" again >/dev/null 2>&1 & first=$!
  wait_for reached
  kill_group $first
  check "removed, then killed, made again, $now" [ ! -e again/data ]
  mkdir again/data
  case $now in
    empty) mk again 2>said; is '... what was in it is there' "$(cat again/data/file)" precious ;;
    full) echo mine >again/data/file; mk again 2>said
          is '... what is in it stays, and what was is kept' "$(cat again/data/file again/.venvb-kept-1/data/file)" $'mine\nprecious'
          check '... by name' grep -q "venvb-kept-1" said ;;
  esac
done

finish
