# shellcheck shell=bash
# A run that is killed at any moment, with all its processes or the one that is
# at work: the next one finds what was there before, or the new environment, and
# nothing between.  One that is told to end leaves that itself.
. "${srcdir:-.}/tests/lib.sh"

[ -z "${GCOV-}" ] || skip_all "lines are counted: that would be hit, too"
signal_at=$builddir/tests/signal-at
find_base real
"$base" -c 'import sys; sys.exit(sys.version_info < (3, 7))' || skip_all 'python3 is too old'
if [ ! -x "$signal_at" ] || [ ! -e "$misbehave" ]; then skip_all 'what the test needs was not built'; fi
"$signal_at" 9 all 1 result true 2>/dev/null
[ "$(cat result 2>/dev/null)" = '1 execve' ] || skip_all 'no ptrace and seccomp here'
use_only_base
mkdir wheels
make_wheel wheels pip 99.1
make_wheel wheels setuptools 99.1
# It can't look for leaks in what is traced.
export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0
export VENVB SIGNAL_AT=$signal_at MISBEHAVE=$misbehave WHEELS=$scratch/wheels
ulimit -c 0

# at_any_moment SCENARIO SIGNAL WHOM POINTS [LONG]: the words of a scenario are
# what is there before, and what is run: see kill.py.  The long form tries all
# points, or as many as LONG where each takes long.
at_any_moment ()
{
  local points=$4 out=$1-$2-$3
  [ -z "$stress" ] || points=${5-0}
  mkdir "$out"
  check "$1: SIG$2 to $3" sh -c 'cd "$1" && shift && exec "$@"' - "$out" \
    "$base" "$srcdir/tests/cli/kill.py" "$1" "$2" "$3" "$points"
  tail -n 1 "$scratch/.out" >>figures
  chmod -R u+rwx "$out"; rm -rf "$out"
}

at_any_moment new KILL all 4
at_any_moment existing KILL all 4
at_any_moment clear KILL all 5
at_any_moment upgrade KILL all 4
at_any_moment new-pip-cold KILL all 4 80
at_any_moment new-many-cold KILL all 4 80
at_any_moment new-many-cold KILL one 4 80
at_any_moment new-many-cold TERM all 3 40
at_any_moment existing-lock KILL all 5
at_any_moment existing-lock TERM all 3 40
at_any_moment clear-pip-warm KILL all 4
at_any_moment clear-plugin KILL all 5
at_any_moment clear-plugin-fails KILL all 4
at_any_moment clear-plugin-again KILL all 5
at_any_moment existing-plugin KILL one 4
at_any_moment existing-linked-fails KILL all 4
at_any_moment clear TERM all 4
at_any_moment new-plugin INT all 4
if [ -n "$stress" ]; then
  for scenario in clear-pip-cold new-plugin-pip-cold existing-pip-warm upgrade-pip-warm; do
    at_any_moment $scenario KILL all '' 40
  done
  for scenario in new-pip-warm new-plugin existing-plugin upgrade-plugin clear-locked \
    new-plugin-fails existing-plugin-fails new-plugin-crashes existing-plugin-crashes \
    clear-plugin-crashes new-plugin-again existing-plugin-again
  do
    at_any_moment $scenario KILL all ''
  done
  for scenario in new-plugin clear-plugin clear-plugin-crashes; do
    at_any_moment $scenario KILL one ''
  done
  for scenario in new existing upgrade new-plugin existing-plugin clear-plugin clear-pip-warm; do
    at_any_moment $scenario TERM all ''
    at_any_moment $scenario INT one ''
  done
fi
tap_diag "$(awk '{ n += $1 } END { print n " signals survived" }' figures)"
tap_diag "$(cat figures)"
finish
