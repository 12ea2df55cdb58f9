# shellcheck shell=bash
# Somebody exchanges a directory of the environment, or that itself, for a link that
# leads out of it, at any moment of a run.  The run may fail; nothing outside is
# changed.
# shellcheck source=tests/lib.sh
. "${srcdir:-.}/tests/lib.sh"

[ -z "${GCOV-}" ] || skip_all "lines are counted: that would be hit, too"
signal_at=$builddir/tests/signal-at
find_base real
use_only_base
"$signal_at" 9 all 1 result true 2>/dev/null
[ "$(cat result 2>/dev/null)" = '1 execve' ] || skip_all 'no ptrace and seccomp here'
# It can't look for leaks in what is traced.
export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0

mkdir wheels
make_wheel wheels pip 99.1; make_wheel wheels setuptools 99.1
mk () { "$VENVB" --plugin="pip,wheel-dir=$scratch/wheels" "$@"; }
check 'an environment' mk made
check 'the wheel is known' test -n "$(find "$XDG_CACHE_HOME" -name tree)"
site=$(cd made && echo lib/python*/site-packages)

# What is outside looks the same, and holds what nobody else has.
cp -a made victim
echo >victim/pip.conf
find victim ! -type d -exec sh -c 'for f; do rm "$f"; echo gold >"$f"; done' - {} +
find victim -exec touch -h -d 2001-01-01 {} +
before=$(tree_of victim untouched)

# The moments of a run: how many there are.
prepare () # SCENARIO
{
  rm -rf env away
  if [ -n "$directory" ]; then cp -a victim away; else ln -s "$scratch/victim${entry:+/$entry}" away; fi
  case $1 in
    create | copies | linked) ;;
    *) cp -a made env; [ "$1" != plugins ] || echo >env/pip.conf; [ "$1" != upgrade ] || rm env/bin/activate ;;
  esac
  case $1 in
    clear) options=(--clear) ;;
    copies) options=(--copies) ;;
    upgrade) options=(--upgrade) ;;
    plugins) options=(--plugin=relocatable --plugin=pip-conf,index-url=https://me:secret@invalid/simple) ;;
    *) options=() ;;
  esac
}

# A directory that took the place of another is what it was, wherever it is now.
is_whole ()
{
  local now=away
  [ -n "$directory" ] || return 0
  grep -qx gold away/bin/python3 2>/dev/null || now="env"
  [ "$(tree_of $now)" = "$as_it_was" ]
}

# at HOW N SCENARIO: how the run ends does not matter, as long as it says it.
at ()
{
  prepare "$3"
  "$signal_at" "$1" "$scratch/env${entry:+/$entry}:$scratch/away" "$2" result \
    "$VENVB" --plugin="pip,wheel-dir=$scratch/wheels" "${options[@]}" env >out 2>&1
  status=$?
  [ $status -ne 77 ] || skip_all 'the file system can not exchange'
  [ "$(tree_of victim untouched)" = "$before" ] && is_whole && case $status in
    0 | 1) [ "$(grep -vc '^  | ' out)" -le 2 ] ;; # what is read may be another's
    *) false ;;
  esac
}

# Before ENV_DIR is open and locked, a link in its place may be followed: when that is
# over.
is_locked ()
{
  local n is_made=''
  [ -z "$entry" ] || { echo 0; return; }
  for ((n = 1; n < 40; n++)); do
    at 0 $n "$1"
    case $(cut -d' ' -f2 result) in
      mkdir | mkdirat) is_made=yes ;;
      flock) [ -z "$is_made" ] || break ;;
    esac
  done
  echo $n
}

total=0 failed=0 directory='' as_it_was=$(tree_of victim)
# any_moment HOW SCENARIO STEP
any_moment ()
{
  local how=$1 scenario=$2 step=${stress:+1} last n bad='' ended=0
  step=${step:-$3}
  at "$how" 0 "$scenario"
  read -r last _ <result
  for ((n = 1 + $(is_locked "$scenario") + (total % step); n <= last; n += step)); do
    at "$how" $n "$scenario" || { bad+=" $n:$(cut -d' ' -f2 result)($status)"; cp out out.bad; diff <(echo "$before") <(tree_of victim untouched) >>out.bad; }
    before=$(tree_of victim untouched)
    [ "$status" -eq 0 ] || ended=$((ended + 1))
    total=$((total + 1))
  done
  failed=$((failed + ended))
  check "$scenario, $how ${entry:-ENV_DIR}${directory:+ for a directory}: at all of $last moments, every $step" [ -z "$bad" ] ||
    tap_diag "$bad: $(cat out.bad)"
}

for entry in bin lib include "$site" "$site/pip-99.1.dist-info" ''; do
  for scenario in create again upgrade clear; do
    any_moment exchange $scenario 13
    any_moment flip $scenario 17
  done
done
for entry in bin lib64 "${site%/*}"; do any_moment exchange copies 29; done
entry=bin; any_moment exchange plugins 11; any_moment flip plugins 19
entry=''; any_moment exchange plugins 11; any_moment flip plugins 19
directory=yes; any_moment exchange plugins 11
for scenario in create again upgrade clear; do any_moment exchange $scenario 23; done
directory=''

# Old kernels don't know openat2(), and old container runtimes say EPERM to it.
for refused in 38 1; do
  for entry in bin "$site" ''; do
    any_moment exchange=$refused create 29
    any_moment flip=$refused clear 37
  done
done
tap_diag "$total runs, $failed failed"

# What comes of it is the same, also where there are links within the environment.
for scenario in create again upgrade clear linked; do
  for refused in '' 38 1; do
    prepare $scenario
    if [ $scenario = linked ]; then
      cp -a made env; mkdir env/there; mv env/lib env/include env/there/
      ln -s "$scratch/env/there/lib" env/lib; ln -s there/include env/include
    fi
    "$signal_at" "0${refused:+=$refused}" all 0 result "$VENVB" --plugin="pip,wheel-dir=$scratch/wheels" \
      "${options[@]}" env >out 2>&1
    echo "$? $(cat out) $(tree_of env no-times)" >"how$refused"
  done
  check "$scenario: it works" grep -q '^0 ' how
  check "$scenario: without openat2() it is the same (ENOSYS)" cmp how how38
  check '... and with EPERM' cmp how how1
done
finish
