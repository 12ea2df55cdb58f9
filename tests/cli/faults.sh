# shellcheck shell=bash
# Nothing is lost, left or passed over in silence when system calls fail, disks
# are full or limits are reached.  The long form tries each point.
. "${srcdir:-.}/tests/lib.sh"

[ -z "${GCOV-}" ] || skip_all "lines are counted: that would be hit, too"
find_base real
use_only_base
mk () { "$VENVB" --without-pip "$@"; }

# Wheels that are soon unpacked.
mkdir wheels
make_wheel wheels setuptools 99.1
make_wheel wheels pip 99.1

# Single system calls, by tests/faults/faults.py.

if [ "$base" -ef "$(command -v pypy3)" ] || ! "$builddir/tests/faults/inject" /bin/true 2>/dev/null; then
  skip 'faults of system calls' 'the kernel does not let us see them'
else
  mkdir faults
  (cd faults && "$base" "$srcdir/tests/faults/faults.py" "$builddir/tests/faults/inject" "$VENVB" \
    "$builddir/tests/faults/embed" "$scratch/wheels" "$base" "$misbehave" "${stress:+long}") >faults.out 2>faults.err
  status=$?
  # Its results, counted on.
  while read -r ok number rest; do
    case $ok in
      ok) tap_result 0 "${rest#- }" ;;
      not) tap_result 1 "${rest#*- }" ;;
      \#) tap_diag "$number $rest" ;;
    esac
  done <faults.out
  check 'all faults were tried' grep -q '^1\.\.' faults.out || { tap_diag "status $status"; tap_diag "$(tail faults.err faults.out)"; }
fi

# Limits.  Either it is done, or one line says why not and nothing is there.

limited () # NAME PATTERN LIMIT... : ulimit LIMIT, a run
{
  local name=$1 pattern=$2 status=0 problem=; shift 2
  rm -rf new
  # shellcheck source=/dev/null
  (. ./faults/program; ulimit -c 0; ulimit "$@" && exec "$program" --without-pip new/env) 2>&1 >out | cat >err
  status=${PIPESTATUS[0]}
  if [ "$status" -eq 0 ]; then
    works new/env || problem='it does not work'
    [ ! -s err ] || problem="$problem; something on stderr"
  else
    # With too few files open, nothing can be removed, either: the next run does.
    if [ -e new ]; then
      grep -q "Too many open files; left there: .*can't be removed" err && mk new/env && works new/env \
        || problem='something is left'
    fi
    grep -qE -- "$pattern" err || problem="$problem; no line like '$pattern'"
  fi
  [ ! -s out ] || problem="$problem; something on stdout"
  [ -z "$problem" ]
  tap_result $? "$name: exit status $status"
  [ -z "$problem" ] || tap_diag "$problem: $(cat err)"
}
# Of the scripts that start it in the build tree, none is to fail.
mk warm
if [ -s faults/program ]; then
  for n in {4..20}; do limited "$n open files" "^venvb: .*['/]|error while loading" -n "$n"; done
  limited 'files of 1 kB at most' "^venvb: .*['/]" -f 1
  limited 'files of no length' "^venvb: .*['/]" -f 0
  # GLib ends the process; what was begun is undone.
  if [ -z "${SANITIZER_FLAGS-}" ]; then
    for kilobytes in ${stress:+5000 6000 8000 10000 12000 14000 15000 16000 17000 18000} 9000 19000 20000 21000 22000; do
      limited "$kilobytes kB of memory" '^venvb: |error while loading|memory|allocate|shared object' -v "$kilobytes"
    done
  fi
fi
rm -rf new

# A disk that is full, sooner or later.

cat >full.sh <<'END'
set -u
size=$1; shift
mount -t tmpfs -o "size=$size" none "$PWD/disk" || exit 77
cd disk || exit 77
if [ "$1" = old ]; then
  shift
  "$@" --without-pip env 2>/dev/null || exit 78
  echo mine >env/file; head -c 3000 /dev/zero >env/data
  set -- "$@" --clear
fi
find . -type f -exec cksum {} + | sort >../before
"$@" env >../out 2>../err; status=$?
find . -type f -exec cksum {} + | sort >../after
exit $status
END
mkdir disk
private=$(command -v unshare) && "$private" -rm true 2>/dev/null || private=
mkdir -p config/venvb; printf '[plugin pip]\nwheel-dir = %s\n' "$scratch/wheels" >config/venvb/venvb.conf
"$VENVB" warm2 >out 2>&1 || tap_diag "$(cat out)"
fills () # SIZE KIND ARGUMENT...
{
  local size=$1 kind=$2 status=0 problem=; shift 2
  # shellcheck disable=SC2086
  "$private" -rm bash full.sh "$size" $kind "$VENVB" "$@" || status=$?
  case $status in
    0) [ ! -s err ] || problem='something on stderr' ;;
    1) cmp -s before after || problem='it is not as it was'
       grep -qE "^venvb: .*No space left" err && [ "$(wc -l <err)" -eq 1 ] || problem="$problem; not one line" ;;
    77) skip "a disk of $size, $kind $*" 'no file system may be mounted'; return ;;
    78) skip "a disk of $size, $kind $*" 'too small for what is to be there before'; return ;;
    *) problem='wrong exit status' ;;
  esac
  [ -z "$problem" ]
  tap_result $? "a disk of $size, $kind $*: exit status $status"
  [ -z "$problem" ] || { tap_diag "$problem: $(cat err)"; diff before after | tap_diag "$(cat)"; }
}
if [ -z "$private" ]; then
  skip 'a disk that is full' 'no name space of our own'
else
  sizes='4k 8k 12k 20k 32k 44k 64k'
  [ -z "$stress" ] || sizes=$(seq -f %.0fk 4 4 160)
  for size in $sizes; do
    fills "$size" '' --without-pip
    fills "$size" '' --link-mode=copy
    fills "$size" old --without-pip
  done
fi
rm -f config/venvb/venvb.conf

# Standard files that are closed, or can't be written to.

for closed in '<&-' '>&-' '2>&-' '<&- >&-' '<&- >&- 2>&-'; do
  rm -rf new
  check "standard files closed: $closed" eval "\"\$VENVB\" --without-pip new/env $closed"
  check '... works' works new/env
  is '... with nothing else in its files' "$(grep -rl '^venvb:\|created' new/env/bin new/env/pyvenv.cfg)" ''
done
rm -rf new
check_fails 'an error without standard input' 1 "no Python interpreter" eval '"$VENVB" -p /nowhere new/env <&-'
is 'an error that can not be told' "$(eval '"$VENVB" -p /nowhere new/env 2>&-'; echo $?)" 1
if [ -c /dev/full ]; then
  to_full () { "$VENVB" "$@" >/dev/full; }
  for what in --help --version --list-plugins --list-pythons '--list-pythons --json' \
    '--dump-plugin pip' '--explain new/env' '--check warm' '--check --json warm'; do
    # shellcheck disable=SC2086
    check_fails "$what > /dev/full" 1 '^venvb: cannot write to standard output: No space' to_full $what
  done
  check_fails '--cache-info > /dev/full' 3 'cannot write to standard output' to_full --cache-info
  check_fails '--json > /dev/full' 3 'cannot write to standard output' to_full --without-pip --json new/env
fi

finish
