# shellcheck shell=bash
# What lies under the names of what undoes a run, and can't be moved or removed, or was
# copied or removed by somebody: it blocks no run, leaves nothing, and what is said of it
# is so.
. "${srcdir:-.}/tests/lib.sh"

find_base
use_only_base
need_misbehave
ulimit -c 0
mk () { "$VENVB" --without-pip "$@"; }
bad=(--plugin="$misbehave,write=extra,write=bin/tool,how=error")
hangs () # ARGUMENT...: starts a run that hangs after its work; $run is its process
{
  rm -f reached
  setsid "$VENVB" --without-pip --plugin="$misbehave,write=extra,write=bin/tool,mark=$scratch/reached,how=hang" "$@" 2>said & run=$!
  wait_for reached
}
ends () { kill -TERM $run; wait $run 2>/dev/null; }
killed () { kill_group $run; }
project () { rm -rf project; mk project; echo 1 >project/bin/tool; mkdir project/work; echo gold >project/work/file; }
ours () { (cd "$1" && ls -A | grep '^\.venvb-' | tr '\n' ' '); } # DIR: what venvb has left on top

# What can't be moved.  HOLD NAME and LOOSE NAME have it so, and not any more.

blocks_nothing () # HOLD LOOSE
{
  local hold=$1 loose=$2 name kind before
  for kind in file directory; do
    for name in log log.1 mark tmp failed ''; do
      case $kind,$name in directory,log*1 | directory,mark) continue ;; esac
      name=.venvb-undo${name:+.$name}
      project
      case $kind in file) echo rubbish >"project/$name" ;; *) mkdir "project/$name"; touch "project/$name/in" ;; esac
      $hold "project/$name"
      check "$hold: a $kind $name: a run that changes something" mk --prompt=one project
      cp .out out
      check '... names it' grep -q "can't be moved out of the way: '$name'" out
      is '... has made it' "$(sed -n 's/^prompt = //p' project/pyvenv.cfg)" "'one'"
      check '... the next one' mk --prompt=two project
      before=$(tree_of project "but=./$name")
      check '... one that fails' sh -c '! "$@"' sh "$VENVB" --without-pip "${bad[@]}" --prompt=three project
      is '... leaves all as it was' "$(tree_of project "but=./$name")" "$before"
      check '... one that fails with --clear' sh -c '! "$@"' sh "$VENVB" --without-pip "${bad[@]}" --clear project
      is '... too' "$(tree_of project "but=./$name")" "$before"
      hangs --prompt=four project; killed
      check '... one after another was killed' recovers mk --prompt=two project
      is '... finds what was there' "$(cat project/bin/tool; ls project/extra 2>/dev/null)" 1
      check '... --keep-failed' sh -c '! "$@"' sh "$VENVB" --without-pip "${bad[@]}" --keep-failed project
      cp .out out
      check '... says where it is, or why it is nowhere' grep -q "what was made \(is in '\|could not be kept\)" out
      rm -rf project.failed-*
      check '... --copies' mk --no-cache --copies project
      check '... --clear' mk --clear project
      check '... works' works project
      $loose "project/$name"
      is '... nothing else is left' "$(ours project)" "$name "
      check '... and when it can be moved' mk project
      is '... that is done' "$(ours project)" '.venvb-kept-1 '
    done
  done
}

immutable () { chattr +i "$1"; }
mutable () { chattr -i "$1"; }
touch try
if [ "$(id -u)" -eq 0 ] && chattr +i try 2>/dev/null; then
  chattr -i try
  trap 'chattr -R -i "$scratch" 2>/dev/null; chmod -R u+rwx "$scratch" 2>/dev/null; rm -rf "$scratch"' EXIT
  blocks_nothing immutable mutable

  # The log of a run that was killed: obeyed by each run, it would take back what the
  # last one has made.
  for args in '' --clear; do
    # shellcheck disable=SC2086
    project; hangs $args project; killed; chattr +i project/.venvb-undo.log
    check "killed $args, and the log can't be removed: the next run" mk --prompt=one project
    cp .out out
    check '... names it' grep -q "is not obeyed, and can't be moved out of the way: '.venvb-undo.log'" out
    check '... and where the rest is' grep -q "it is in '$PWD/project/.venvb-kept-1' now" out
    is '... which is whole' "$(find project -name file -exec cat {} + | sort -u)$(find project/.venvb-kept-1 -name tool -exec cat {} + | sort -u)" gold1
    before=$(tree_of project)
    check '... the one after that' mk --prompt=one project
    is '... changes nothing' "$(tree_of project)" "$before"
    chattr -i project/.venvb-undo.log
  done
  hangs fresh; killed; chattr +i fresh/.venvb-undo.log
  check "killed, new, and the log can't be removed: the next run" mk fresh
  check '... and the next' mk fresh
  check '... works' works fresh
  chattr -i fresh/.venvb-undo.log
else
  skip 'what nobody may change' 'not root, or the file system has no attributes'
fi

# What was put aside, and somebody has removed.  GONE is what is named.

undo=.venvb-undo
removed () # NAME GONE FILES-LEFT ARGUMENTS WHAT...: removes WHAT of what the run has put aside
{
  local name=$1 gone=$2 left=$3 args=$4 how; shift 4
  for how in ends killed; do
    # shellcheck disable=SC2086
    project; hangs $args project
    (cd project && eval "$*")
    $how
    if [ $how = ends ]; then
      cp said out
      check "$name, while a run is at work that fails: it says so" grep -q "what was there could not be put back.*was there before is gone, .*kept: $gone" out
    else
      check "$name, of a run that was killed: the next one" mk project
      cp .out out
      check '... says so' grep -q "what was there before is gone, .*kept: $gone" out
      check '... works' works project
    fi
    is '... the rest is there' "$(cat project/bin/tool project/work/file 2>/dev/null | tr '\n' ' ')" "$left"
    check '... nothing new is' [ ! -e project/extra ]
    is '... nothing of the work is left' "$(ours project)" ''
    is '... the next run is silent' "$(mk project 2>&1)" ''
  done
}
removed 'what was cleared is removed' "'$undo/tree'$" '' --clear "rm -r $undo/tree"
removed 'all that was cleared is removed' "'$undo'$" '' --clear "rm -r $undo"
removed 'a part of what was cleared is removed, with the rest moved away' "'$undo'$" '' --clear "mv $undo ../moved-\$\$"
removed 'what programs may change is removed' "'$undo/guard'$" '1 gold ' '' "rm -r $undo/guard"
removed 'a file is removed' "'bin/tool'$" 'written gold ' '' "rm \$(grep -lx 1 $undo/[0-9]*)"
removed 'all is removed' "'$undo', .*'bin/tool'" 'written gold ' '' "rm -r $undo"
removed 'another directory is in its place' "'$undo', .*'bin/tool'" 'written gold ' '' "rm -r $undo; mkdir $undo"

# What a killed run has left, linked elsewhere with all its files (cp -al).

for first in project copy; do
  for args in '' --clear; do
    # shellcheck disable=SC2086
    rm -rf copy; project; hangs $args project; killed; cp -al project copy
    second=copy; [ $first = project ] || second=project
    check "killed $args, and linked elsewhere: a run in the $first" mk $first
    cp .out out
    check '... says where the rest is, as the log has two names' grep -q "it is in '$PWD/$first/.venvb-kept-1' now" out
    check '... works' works $first
    check "... one in the $second" mk $second
    check '... works' works $second
    for dir in copy project; do
      check "... nothing is lost in the $dir" [ "$(find $dir -name file -exec cat {} +)" = gold -a "$(find $dir -name tool -exec cat {} + | grep -c 1)" -ge 1 ]
    done
    # shellcheck disable=SC2086
    rm -rf copy; project; hangs $args project; killed; cp -al project copy; rm -r project
    check "... and when only the copy is left: a run there" mk copy
    cp .out out
    check '... says where the rest is' grep -q "it is in '$PWD/copy/.venvb-kept-1' now" out
    check '... works' works copy
    check '... nothing is lost' [ "$(find copy -name file -exec cat {} +)" = gold -a "$(find copy -name tool -exec cat {} + | grep -c 1)" -ge 1 ]
  done
done

# Root's, in a directory with the sticky bit.

chmod 755 "$scratch" tools
as_nobody () { setpriv --reuid=65534 --regid=65534 --clear-groups env HOME="$scratch/open" "$@"; }
if [ "$(id -u)" -eq 0 ] && mkdir -m 777 open && as_nobody test -x "$builddir/command/venvb" -a -r "$srcdir/templates" 2>/dev/null; then
  as_nobody test -x "$base" 2>/dev/null || ln -sf /usr/bin/python3 tools/python3
  mkdir -m 1777 shared; echo rubbish >shared/.venvb-undo.log; mkdir shared/.venvb-undo
  for prompt in one two two; do
    check "root's in a sticky directory: prompt $prompt" as_nobody "$VENVB" --without-pip --prompt="$prompt" shared
    cp .out out
    check '... names it' grep -q "can't be moved out of the way: .*'.venvb-undo.log'" out
  done
  before=$(tree_of shared loose-directories)
  check '... one that fails' sh -c '! "$@"' sh setpriv --reuid=65534 --regid=65534 --clear-groups "$VENVB" --without-pip "${bad[@]}" --prompt=three shared
  is '... leaves all as it was' "$(tree_of shared loose-directories)" "$before"
  is '... nothing else is left' "$(ours shared)" '.venvb-undo .venvb-undo.log '
else
  skip "root's in a sticky directory" 'not root, or a tree that others may not read'
fi

finish
