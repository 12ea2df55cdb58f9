# shellcheck shell=bash
# What four standard runs may take: instructions, as callgrind counts them, and
# system calls, of all processes.  tests/budgets has what is allowed.

# shellcheck source=tests/lib.sh
. "${srcdir:-.}/tests/lib.sh"

[ -z "${SANITIZER_FLAGS-}" ] || skip_all "built with sanitizers"
! nm "$builddir/.libs/libvenvb.so" 2>/dev/null | grep -q __gcov_ || skip_all "built to count lines"
command -v valgrind >/dev/null || skip_all "no valgrind"
command -v strace >/dev/null || skip_all "no strace"
budgets=${BUDGETS:-$srcdir/tests/budgets}

# How many instructions a library's functions take is its own affair, how many
# ours take is the compiler's, and how many files pip has is its.
made_for=$(sed -n 's/^# made with //p' "$budgets")
read -ra cc <<<"${CC:-cc}"
here="$("${cc[@]}" --version | head -n 1), GLib $(pkg-config --modversion glib-2.0), CFLAGS $(
  sed -n 's/^CFLAGS = //p' "$builddir/Makefile"), pip $(
  python3 -c 'import ensurepip; print(ensurepip.version ())' 2>/dev/null)"
tap_diag "made with $here"

# The command itself, not what libtool has in its place.
program=$builddir/command/.libs/venvb
[ -x "$program" ] || program=$builddir/command/venvb
sed -e 's|^ *exec .*|exec "$@"|' "$builddir/venvb" >counted
counted () { env -i HOME="$HOME" XDG_CACHE_HOME="$XDG_CACHE_HOME" PATH="$PATH" LD_LIBRARY_PATH="$builddir/.libs" sh ./counted "$@" </dev/null; }

find_base real && use_only_base
mkdir plugins
for n in 01 02 03 04 05 06 07 08 09 10 11 12 13 14 15 16 17 18 19 20; do
  cp "$builddir/tests/plugins/.libs/frozen-0.1.so" "plugins/p$n.so"
  twenty+=("--plugin=p$n")
done

run () # NAME ARGUMENT... : what it took, less what the shell in front of it takes
{
  local name=$1 instructions calls; shift
  rm -rf env callgrind.*
  counted valgrind --tool=callgrind --trace-children=yes --callgrind-out-file=callgrind.%p \
    "$program" "$@" >out 2>&1 || { check "$name" false; tap_diag "$(tail -n 5 out)"; return; }
  instructions=$(cat callgrind.* | awk '/^totals:/ { n += $2 } END { print n }')
  rm -rf env
  counted strace -f -c -o calls "$program" "$@" >out 2>&1 || check "$name" false
  calls=$(awk '$NF == "total" { print $4 }' calls)
  took+=("$name $instructions $calls")
}

within () # NAME WHAT TOOK BUDGET : three percent more are allowed
{
  check "$1: $3 $2, $4 are allowed" test "$3" -le $(($4 + $4 * 3 / 100))
  if [ "$3" -lt $(($4 * 9 / 10)) ]; then tap_diag "$1: the budget of $2 can be lowered"; fi
}

took=()
check "the cache is warm" "$VENVB" --link-mode=hardlink first
run help --help
run without-pip --without-pip env
run pip --link-mode=hardlink env
run twenty-plugins --without-pip --plugin-dir="$scratch/plugins" "${twenty[@]}" env
for line in "${took[@]}"; do
  read -r name instructions calls <<<"$line"
  tap_diag "$name $instructions $calls"
  read -r _ most_instructions most_calls <<<"$(grep "^$name " "$budgets")"
  if [ "$here" != "$made_for" ]; then
    skip "$name: instructions and system calls" "the budgets are for $made_for"
    continue
  fi
  within "$name" instructions "$instructions" "$most_instructions"
  within "$name" "system calls" "$calls" "$most_calls"
done

finish
