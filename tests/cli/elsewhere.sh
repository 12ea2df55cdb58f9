# shellcheck shell=bash
# A file elsewhere that a run has changed comes back, whatever lies beside it, and
# also where nothing can be renamed over another file.
. "${srcdir:-.}/tests/lib.sh"

find_base
use_only_base
need_misbehave
ulimit -c 0

fails () # NAME FILE
{
  check_fails "$1" 1 'no luck$' "$VENVB" --without-pip --plugin="$misbehave,how=error,change=$scratch/$2" new
}
hangs () # FILE
{
  rm -rf new reached
  setsid "$VENVB" --without-pip --plugin="$misbehave,how=hang,change=$scratch/$1,mark=$scratch/reached" new 2>run.err & run=$!
  wait_for reached
}

# What lies beside it.

mkdir at; echo 1 >at/file; echo mine >at/file.venvb-undo; before=$(tree_of at loose-directories)
fails 'a file beside it has the name of what is half written' at/file
is '... all is as it was' "$(tree_of at loose-directories)" "$before"
rm at/file.venvb-undo; mkdir at/file.venvb-undo; touch at/file.venvb-undo/in; before=$(tree_of at loose-directories)
fails 'a directory has it' at/file
is '... all is as it was' "$(tree_of at loose-directories)" "$before"
rm -r at/file.venvb-undo; touch "at/file.venvb-4194305-7"; before=$(tree_of at loose-directories)
fails 'a killed run has left half of it' at/file
is '... which goes' "$(ls -A at)" file
is '... and it is as it was' "$(cat at/file)" 1

# Two runs put the same file back at the same time: what the other one is writing stays.

sleep 100 & other=$!
echo half >"at/file.venvb-$other-7"
fails 'another run is putting it back, too' at/file
is '... what that is writing stays' "$(cat "at/file.venvb-$other-7")" half
is '... and it is as it was' "$(cat at/file)" 1
kill $other; wait $other 2>/dev/null; rm -f at/file.venvb-*
if command -v strace >/dev/null && strace -qq -o /dev/null true 2>/dev/null; then
  for call in renameat:1 renameat:2 renameat:3 renameat2:1 renameat2:2 renameat2:3; do
    hangs at/file; kill_group $run
    # Some rename of the next run is that of the file: it looks whether it can rename the log first.
    strace -f -qq -o /dev/null -e "inject=${call%:*}:signal=KILL:when=${call#*:}" "$VENVB" --without-pip new >/dev/null 2>&1
    [ -n "$(find at -name 'file.venvb-*')" ] || { "$VENVB" --without-pip new 2>/dev/null; continue; }
    check 'killed while it is put back: the next run' recovers "$VENVB" --without-pip new
    is '... puts it back' "$(cat at/file)" 1
    is '... and leaves no half' "$(ls -A at)" file
    tried=yes
  done
  rm -rf new
  [ -n "${tried-}" ] || { tap_diag 'nothing was half written'; check 'killed while it is put back' false; }
else
  skip 'killed while it is put back' 'no strace'
fi

# What has the path now is another file than the run has written: it stays, and is named.

for how in project environment list; do
  rm -rf proj proj.old; mkdir -p proj/.hg; [ $how = list ] && echo '# mine' >proj/.hg/venvb-ignore
  rm -f reached
  setsid "$VENVB" --without-pip --plugin=hg-ignore --plugin="$misbehave,how=hang,mark=$scratch/reached" proj/.venv >/dev/null 2>&1 & run=$!
  wait_for reached; kill_group $run
  check "killed, with an entry in a list ($how)" grep -q venv proj/.hg/venvb-ignore
  case $how in
    project)
      mv proj proj.old; mkdir -p proj/.hg
      check '... the directory is moved, and another one takes its place' "$VENVB" --without-pip --plugin=hg-ignore proj/.venv
      at=proj.old/.venv
      ;;
    environment)
      mv proj/.venv proj/.venv-broken
      check '... the environment is, and another one takes its place' "$VENVB" --without-pip --plugin=hg-ignore proj/.venv
      at=proj/.venv-broken
      ;;
    list)
      mv proj/.hg proj/.hg.old; mkdir proj/.hg; cp proj/.hg.old/venvb-ignore proj/.hg; at=proj/.venv
      ;;
  esac
  before=$(tree_of proj/.hg no-times)
  check '... the next run' recovers "$VENVB" --without-pip $at
  is '... changes nothing that was not written then' "$(tree_of proj/.hg no-times)" "$before"
  check '... and says so' grep -q "; left there: .*'$PWD/proj/.hg/venvb-ignore'" all.err
done

# No rename over another file.

oddfs=$builddir/tests/oddfs/oddfs
mkdir under odd
if [ ! -x "$oddfs" ]; then
  skip 'nothing is renamed over another' 'oddfs was not built'
elif ! "$oddfs" no-replace under odd 2>said; then
  skip 'nothing is renamed over another' "nothing can be mounted: $(cat said)"
else
  echo 1 >odd/file; echo 2 >odd/other
  python3 -c 'import os; os.rename("odd/other", "odd/file")' 2>/dev/null
  check 'nothing is renamed over another' [ -e odd/other ]
  before=$(tree_of odd loose-directories)
  fails 'a file there that a run has changed' odd/file
  is '... is as it was' "$(tree_of odd loose-directories)" "$before"
  hangs odd/file; kill_group $run
  check '... and after one that was killed' recovers "$VENVB" --without-pip new
  is '... too' "$(tree_of odd loose-directories)" "$before"
  fusermount3 -u odd 2>/dev/null || umount odd
fi
# A section that the run has added goes as a whole, or stays and is named: lines of
# others must not come into another section, nor lose their own.


mkdir -p repo hooks/finish.d
put_hook () { printf '#!/bin/sh\ncd "%s/repo/.hg" || exit\n%s\nexit 1\n' "$scratch" "$1" >hooks/finish.d/x; chmod +x hooks/finish.d/x; }
section () # NAME BEFORE WHAT-OTHERS-DO EXPECTED NAMED?
{
  rm -rf repo; mkdir -p repo/.hg; [ -z "$2" ] || printf "$2" >repo/.hg/hgrc
  put_hook "$3"
  "$VENVB" --without-pip --plugin=hg-ignore --plugin=run-hooks,dir="$scratch/hooks" repo/env 2>said
  is "$1" "$(cat repo/.hg/hgrc 2>/dev/null)" "$(printf "$4")"
  is '... it is told' "$(grep -c "left there.*hgrc" said)" "$5"
}
ours="# Added by venvb, for its plugin hg-ignore\n[ui]\nignore.venvb = .hg/venvb-ignore\n"

paths='[paths]\ndefault = x\n'
section 'nobody has changed it' "$paths" : "$paths" 0
section 'somebody has added a section' "$paths" 'printf "[alias]\\nst = status\\n" >>hgrc' "$paths"'[alias]\nst = status\n' 0
section 'somebody has added to the section' "$paths" 'echo username = Me >>hgrc' "$paths$ours"'username = Me\n' 1
section 'in a new file' '' 'echo username = Me >>hgrc' "$ours"'username = Me\n' 1
section 'somebody has written a file of his own' "$paths" 'printf "[ui]\\nusername = Me\\n" >n; mv n hgrc' '[ui]\nusername = Me\n' 0
section 'somebody has put such a section before' "$paths" '{ printf "[ui]\\nusername = Me\\n"; cat hgrc; } >n; mv n hgrc' '[ui]\nusername = Me\n'"$paths" 0
section 'somebody has written into the middle' "$paths" 'sed -i "/^\\[ui/a username = Me" hgrc' "$(printf "$paths$ours" | sed '/^\[ui/a username = Me')" 1

# A setting that another run relies on, which has added to the list that it names.

relies () # NAME HGRC HOW
{
  rm -rf repo reached; mkdir -p repo/.hg; [ -z "$2" ] || printf "$2" >repo/.hg/hgrc
  setsid "$VENVB" --without-pip --plugin=hg-ignore --plugin="$misbehave,how=hang,mark=$scratch/reached" repo/fails 2>said & run=$!
  wait_for reached
  check "$1: a run that succeeds meanwhile" "$VENVB" --without-pip --plugin=hg-ignore repo/stands
  case $3 in
    ends) kill -TERM $run; wait $run 2>/dev/null ;;
    killed) kill_group $run; "$VENVB" --without-pip repo/fails 2>said ;;
  esac
  is "$1, the first $3: the setting stays" "$(cat repo/.hg/hgrc)" "$(printf "$2$ours")"
  check '... and the entry' grep -q stands repo/.hg/venvb-ignore
  check '... that of the first is gone' sh -c '! grep -q fails repo/.hg/venvb-ignore'
  check '... which is told' grep -q "left there: '$PWD/repo/.hg/hgrc'" said
}
for how in ends killed; do
  relies 'no hgrc' '' $how
  relies 'an hgrc' "$paths" $how
done
finish
