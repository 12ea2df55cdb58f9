# shellcheck shell=bash
# Somebody exchanges directories for links that lead out of the environment
# while it is cleared, copied, put back and removed.  Nothing outside may be
# touched by it.
. "${srcdir:-.}/tests/lib.sh"

find_base
use_only_base
need_misbehave
swap=$builddir/tests/swap

# An ordinary user has directories that he has to open first; root has none.
nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups env HOME="$scratch/open")
user=(env)
chmod 755 "$scratch"; mkdir -m 777 open
if [ "$(id -u)" -eq 0 ]; then
  "${nobody[@]}" test -x "$base" 2>/dev/null || ln -sf /usr/bin/python3 tools/python3
  "${nobody[@]}" test -x "$builddir/command/venvb" -a -x "$swap" -a -r "$srcdir/templates" \
    -a -x tools/python3 2>/dev/null && user=("${nobody[@]}")
fi
cd open || exit 1

# What the program does in a row is drawn apart, so that others come in between.
slow=
calls='?unlinkat,?faccessat,?faccessat2,?newfstatat,?fstatat64,?linkat,?statx'
if command -v strace >/dev/null && "${user[@]}" strace -f -o /dev/null -e "inject=$calls:delay_exit=100" true 2>/dev/null; then
  slow="strace -f -qq -o /dev/null -e inject=$calls:delay_exit=4000"
  export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0
else
  tap_diag 'no strace: few races are run'
fi
pairs=${stress:+40}; pairs=${pairs:-10}
make_victim ()
{
  mkdir -p victim/sub/deep
  echo gold >victim/file; echo gold >victim/sub/file; echo gold >victim/sub/deep/file
  chmod 751 victim victim/sub; chmod 604 victim/file
}
export -f make_victim
"${user[@]}" bash -c make_victim
make_pairs () # DIR
{
  chmod -R u+rwx env 2>/dev/null; rm -rf env
  "${user[@]}" mkdir -p "$(dirname "$1")"
  "${user[@]}" "$swap" make "$1" "$pairs" "$PWD/victim"
}
before=$(tree_of victim untouched)

races=0 exchanges=0 failures=0
# race DIR COMMAND...: runs the command while DIR is being stirred.
race ()
{
  local dir=$1 pid status=0 i; shift
  "${user[@]}" "$swap" "$dir" count >ready & pid=$!
  for ((i = 0; i < 2000; i++)); do [ -s ready ] && break; kill -0 $pid 2>/dev/null || break; sleep .005; done
  # shellcheck disable=SC2086
  "${user[@]}" $slow "$@" >out 2>&1 || failures=$((failures + 1))
  kill -TERM $pid 2>/dev/null; wait $pid || status=$?
  [ $status -ne 77 ] || skip_all 'the file system can not exchange'
  races=$((races + 1)); exchanges=$((exchanges + $(cat count))); rm -f ready
  [ "$(tree_of victim untouched)" = "$before" ]
}
mk () { "$VENVB" --without-pip "$@"; }
rounds () # NAME WHAT TIMES FUNCTION
{
  local name=$1 times=$2 i ok=0; shift 2
  for ((i = 0; i < times; i++)); do "$@" || { ok=1; break; }; done
  check "$name, $times times" [ $ok -eq 0 ] || { tap_diag "$(cat out)"; diff <(echo "$before") <(tree_of victim untouched) | tap_diag "$(cat)"; }
}
many=${stress:+40}; many=${many:-1}

cleared ()
{
  make_pairs env/src
  race env/src "$VENVB" --without-pip --clear env && [ ! -e env/src ] && [ -z "$(find env -name '.venvb*')" ]
}
rounds '--clear' "$many" cleared
is '... never failed' $failures 0

put_back ()
{
  make_pairs env/src
  race env/src "$VENVB" --without-pip --clear --plugin="$misbehave,how=error" env &&
    [ -z "$(find env -name '.venvb*')" ] && chmod -R u+rwx env/src &&
    [ "$(find env/src -name file | wc -l)" -eq $((pairs * 2)) ]
}
rounds '--clear that fails' "$many" put_back

# What is copied aside is put back: gold in it came by way of a link.
copied ()
{
  make_pairs env/lib/src; chmod -R u+rwx env
  race env/lib/src "$VENVB" --without-pip --plugin="$misbehave,how=error" env && ! grep -rq gold env
}
rounds 'a run over it that fails' "$many" copied
over ()
{
  make_pairs env/lib/src; chmod -R u+rwx env
  race env/lib/src "$VENVB" --without-pip env && [ -z "$(find env -name '.venvb*')" ]
}
rounds 'a run over it' "$many" over

# What a killed run has left is removed by the next one.
left_over ()
{
  make_pairs env/.venvb-undo/tree; touch env/.venvb-undo/done
  race env/.venvb-undo/tree "$VENVB" --without-pip env && [ ! -e env/.venvb-undo ] || { find env -name '.venvb*' -prune -ls | tap_diag "$(cat)"; return 1; }
}
rounds 'what a killed run has left' "$many" left_over
tap_diag "$races races run, $exchanges exchanges"
finish
