# shellcheck shell=bash
# What every command-line test sources: TAP output, a scratch directory that
# is removed at the end, and a home, cache and configuration of its own.
#
#   check NAME COMMAND...     ok when COMMAND exits with 0
#   check_fails NAME STATUS PATTERN COMMAND...
#                             ok when COMMAND exits with STATUS, prints one
#                             line on stderr (and what is listed behind it) and that line matches PATTERN
#                             (grep -E), and nothing on stdout
#   is NAME GOT EXPECTED      ok when the two texts are equal
#   skip NAME WHY             counts a test as skipped
#   skip_all WHY              skips the whole script
#   make_below ROOT TARGET    make uninstall and the like, with DESTDIR=ROOT
#   find_base [real]          sets $base to the base of python3, or with links
#                             resolved; skips the script where there is none
#   use_only_base             has $base be what is found as python3 on PATH
#   works DIR                 tells whether an environment's Python works
#   tree_of DIR [WORD...]     prints all that there is to know of a directory
#                             and what is in it, so that two such texts tell
#                             whether two trees are equal: see there
#   need_misbehave            skips the script where $misbehave, the plugin that
#                             fails, was not built
#   finish                    prints the plan; to be called last
#
#   make_wheel DIR NAME VERSION [METADATA-LINE...]
#                             makes a wheel
#   serve_index DIR           serves the wheels in DIR until the script ends;
#                             its URL is in $index, requests are in DIR.log

set -u
# For the scripts, not empty when: the long form is asked for; all of them ran
# a moment ago in another build, and need not go through every interpreter again.
# shellcheck disable=SC2034
stress=${VENVB_STRESS-} again=${VENVB_AGAIN-}
unset VIRTUAL_ENV VIRTUAL_ENV_PROMPT VIRTUAL_ENV_DISABLE_PROMPT PYTHONHOME \
      PYTHONPATH CDPATH ${!VENVB_*} ${!PIP_*}

srcdir=$(cd "${srcdir:-.}" && pwd)
builddir=${abs_top_builddir:-$PWD}
VENVB=${TEST_VENVB:-$builddir/venvb}
# shellcheck disable=SC2034 # for the scripts
misbehave=$builddir/tests/plugins/.libs/misbehave.so

scratch=$(mktemp -d "${TMPDIR:-/tmp}/venvb-test-XXXXXX") || exit 1
scratch=$(cd "$scratch" && pwd -P)
servers=
trap '[ -z "$servers" ] || kill $servers 2>/dev/null
      chmod -R u+rwx "$scratch" 2>/dev/null; rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM
export HOME=$scratch/home XDG_CACHE_HOME=$scratch/cache
export XDG_CONFIG_HOME=$scratch/config XDG_DATA_HOME=$scratch/data
export VENVB_SYSCONFDIR=$scratch/etc VENVB_DATADIR=$scratch/share
export LC_ALL=C.UTF-8 PIP_NO_INDEX=1 PIP_DISABLE_PIP_VERSION_CHECK=1
mkdir -p "$HOME"
cd "$scratch" || exit 1

tap_count=0
tap_failed=0

tap_diag () { printf '%s\n' "$*" | tr '\r' '\n' | sed 's/^/# /'; }

tap_result () # STATUS NAME
{
  tap_count=$((tap_count + 1))
  if [ "$1" -eq 0 ]; then
    printf 'ok %d - %s\n' "$tap_count" "$2"
  else
    tap_failed=$((tap_failed + 1))
    printf 'not ok %d - %s\n' "$tap_count" "$2"
  fi
}

check () # NAME COMMAND...
{
  local name=$1 status=0; shift
  "$@" >"$scratch/.out" 2>&1 </dev/null || status=$?
  tap_result "$status" "$name"
  if [ "$status" -ne 0 ]; then
    tap_diag "exit status $status: $*"
    tap_diag "$(tail -n 40 "$scratch/.out")"
  fi
  return "$status"
}

check_fails () # NAME STATUS PATTERN COMMAND...
{
  local name=$1 want=$2 pattern=$3 status=0 problem=; shift 3
  "$@" >"$scratch/.out" 2>"$scratch/.err" </dev/null || status=$?
  [ "$status" -eq "$want" ] || problem="exit status $status, not $want"
  grep -qE -- "$pattern" "$scratch/.err" || problem="$problem; no line like '$pattern'"
  # Behind it, "  | " begins the lines of a list, or of what a program has said.
  [ "$(head -n 1 "$scratch/.err" | grep -vc '^  | ') $(grep -vc '^  | ' "$scratch/.err")" = '1 1' ] ||
    problem="$problem; not one line on stderr"
  [ ! -s "$scratch/.out" ] || problem="$problem; something on stdout"
  [ -z "$problem" ]
  tap_result $? "$name"
  if [ -n "$problem" ]; then
    tap_diag "$problem: $*"
    tap_diag "stderr: $(cat "$scratch/.err")"
    tap_diag "stdout: $(cat "$scratch/.out")"
    return 1
  fi
}

# Says that a run was killed before, and what else it says is heard.
recovers () # COMMAND...
{
  local status=0
  "$@" 2>"$scratch/all.err" || status=$?
  grep -v "^venvb: an earlier run on '.*' was interrupted: what it had changed was taken back" "$scratch/all.err" >&2
  [ "$(grep -c 'was interrupted' "$scratch/all.err")" -eq 1 ] || return 99
  return "$status"
}

is () # NAME GOT EXPECTED
{
  [ "$2" = "$3" ]
  tap_result $? "$1"
  if [ "$2" != "$3" ]; then
    tap_diag "got:      $2"
    tap_diag "expected: $3"
    return 1
  fi
}

# One test at a time.  Not for "install", which relinks in the build tree what
# other tests use: tests/cli/installed.inc has what was installed for them.
make_below () # ROOT TARGET
{
  (if command -v flock >/dev/null; then flock 9; fi
   exec make -s -C "$builddir" DESTDIR="$1" "$2" MAKEFLAGS= MFLAGS= TESTS= 9<&-
  ) 9<"$builddir/config.status"
}

skip () # NAME WHY
{
  tap_count=$((tap_count + 1))
  printf 'ok %d - %s # SKIP %s\n' "$tap_count" "$1" "$2"
}

skip_all () # WHY
{
  printf '1..0 # SKIP %s\n' "$1"
  exit 0
}

find_base () # [real]
{
  base=$(python3 -c 'import sys; print(getattr(sys, "_base_executable", sys.executable))') ||
    skip_all 'no python3'
  [ -z "${1-}" ] || base=$(realpath "$base")
}

# At once, not by way of a launcher that depends on HOME.
use_only_base ()
{
  mkdir "$scratch/tools" && ln -s "$base" "$scratch/tools/python3"
  PATH=$scratch/tools:/usr/bin:/bin
}

works () { "$1/bin/python" -c 'import sys; sys.exit(sys.prefix == sys.base_prefix)'; }

# A line for each entry: kind, mode, owner, group, size, time, name and target;
# and one for what each file holds.  "none" where there is no directory.  WORD:
#   untouched          tells also the inode, links to it, time of the last change
#   no-times           leaves out the times
#   no-sizes           leaves out the sizes
#   no-contents        leaves out what files hold
#   loose-directories  leaves out size and time of directories, which may change
#                      when something comes and goes in them
#   but=PATTERN        leaves out what is named so, or has a path that ends so,
#                      with all in it; from DIR on when it begins with ./
tree_of () # DIR [WORD...]
{
  local dir=$1 word size=' %s' time=' %T@' directory=yes exact='' contents=yes but=(-false); shift
  [ -d "$dir" ] || { echo none; return; }
  for word; do
    case $word in
      untouched) exact=' %i %n %C@' ;;
      no-times) time='' ;;
      no-sizes) size='' ;;
      no-contents) contents='' ;;
      loose-directories) directory='' ;;
      but=./*) but+=(-o -path "${word#but=}") ;;
      but=*) but+=(-o -path "*/${word#but=}") ;;
      *) echo "tree_of: what is '$word'?" >&2; kill $$; return ;;
    esac
  done
  directory=${directory:+$size$time}
  (cd "$dir" || exit
   find . \( "${but[@]}" \) -prune \
     -o -type d -printf "%y %m %U:%G$directory$exact %p\n" \
     -o -printf "%y %m %U:%G$size$time$exact %p %l\n" | LC_ALL=C sort
   [ -z "$contents" ] ||
     find . \( "${but[@]}" \) -prune -o -type f -exec sha256sum {} + | LC_ALL=C sort)
}

need_misbehave () { [ -e "$misbehave" ] || skip_all 'the plugin that fails was not built'; }

make_wheel () # DIR NAME VERSION [METADATA-LINE...]
{
  python3 "$srcdir/tests/index.py" wheel "$@" >/dev/null
}

serve_index () # DIR
{
  unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY all_proxy ALL_PROXY PIP_NO_INDEX
  python3 "$srcdir/tests/index.py" serve "$1" "$1.port" 2>"$1.log" &
  servers="$servers $!"
  for _ in $(seq 200); do [ -s "$1.port" ] && break; sleep 0.05; done
  index=http://127.0.0.1:$(cat "$1.port")/simple/
}

# What is traced can't be looked at for leaks.
if command -v strace >/dev/null; then
  strace () { ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0 command strace "$@"; }
fi

# kill_group PID: SIGKILL to a run that leads a group, and waits until none of its
# processes lives: what they held, locks and mounts, is free only then.
kill_group ()
{
  kill -KILL -- "-$1" 2>/dev/null
  wait "$1" 2>/dev/null
  for _ in {1..1000}; do group_lives "$1" || return 0; sleep .01; done
}
group_lives () # PID
{
  local stat line
  for stat in /proc/[0-9]*/stat; do
    { read -r line <"$stat"; } 2>/dev/null || continue
    # shellcheck disable=SC2086
    set -- "$1" ${line##*) } # state, parent, group
    case $2:$4 in [ZX]:*) ;; *:"$1") return 0 ;; esac
  done
  return 1
}

# Until there is a file, or a line in it; ten seconds at most.
wait_for () # FILE
{
  for _ in {1..1000}; do [ -e "$1" ] && return; sleep .01; done
  return 1
}
wait_for_line () # REGEX FILE
{
  for _ in {1..1000}; do grep -q "$1" "$2" && return; sleep .01; done
  return 1
}

finish ()
{
  tap_diag "$SECONDS s"
  printf '1..%d\n' "$tap_count"
  [ "$tap_failed" -eq 0 ]
  exit
}
