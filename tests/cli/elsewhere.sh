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
rm -r at/file.venvb-undo; echo mine >at/file.venvb-4194305-7; before=$(tree_of at loose-directories)
fails 'what was there has the name of half of it' at/file
is '... and stays' "$(tree_of at loose-directories)" "$before"
rm at/file.venvb-4194305-7; hangs at/file; kill_group $run; touch at/file.venvb-4194305-7
check 'a killed run has left half of it: the next one' recovers "$VENVB" --without-pip new
is '... has that go' "$(ls -A at)" file
is '... and it is as it was' "$(cat at/file)" 1
rm -rf new

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
  check '... the next run' recovers "$VENVB" --without-pip "$at"
  is '... changes nothing that was not written then' "$(tree_of proj/.hg no-times)" "$before"
  check '... and says so' grep -q "; left there: .*'$PWD/proj/.hg/venvb-ignore'" all.err
done

# A file with other names that is edited in place: they all have it as it was, in the
# environment and elsewhere.

for how in fails killed; do
  for place in at new; do
    rm -rf new at hard; mkdir at; "$VENVB" --without-pip new; echo 1 >$place/hard; chmod 640 $place/hard; ln $place/hard hard
    touch -d '1 day ago' hard; before=$(stat -c '%i %h %a %Y' hard)
    rm -f reached
    setsid "$VENVB" --without-pip --plugin="$misbehave,how=hang,append=$scratch/$place/hard,mark=$scratch/reached" new >/dev/null 2>&1 & run=$!
    wait_for reached
    check "a file with another name is edited ($place, $how)" [ "$(cat hard)" != 1 ]
    case $how in
      fails) kill -TERM $run; wait $run 2>/dev/null ;;
      killed) kill_group $run; check '... the next run' recovers "$VENVB" --without-pip new ;;
    esac
    is '... it is as it was' "$(cat hard)" 1
    is '... and still the same file' "$(stat -c '%i %h %a %Y' $place/hard) $(stat -c '%i %h %a %Y' hard)" "$before $before"
  done
done

# What was done to files is said with -q, too.

rm -rf new at; mkdir at; echo 1 >at/file; hangs at/file; kill_group $run
"$VENVB" -q --without-pip new 2>said
is 'the next run, with -q' $? 0
check '... says what it has done' grep -q 'was interrupted: what it had changed was taken back' said

# No room for what was there: it comes back as soon as there is some.

if [ "$(id -u)" -eq 0 ] && unshare --mount true 2>/dev/null; then
  cat >full.sh <<'END'
mount -t tmpfs -o size=1m none small || exit 77
head -c 300000 /dev/zero >small/file
rm -f reached
setsid "$VENVB" --without-pip --plugin="$misbehave,how=hang,change=$scratch/small/file,mark=$scratch/reached" new >/dev/null 2>&1 & run=$!
i=0; while [ ! -e reached ] && [ $((i += 1)) -lt 300 ]; do sleep 0.1; done
kill -KILL -$run; wait $run 2>/dev/null
head -c 2000000 /dev/zero >small/more 2>/dev/null
"$VENVB" --without-pip new 2>said; echo $?
cat said
rm small/more
"$VENVB" --without-pip new 2>said; echo $?
grep -c 'was taken back' said
cmp -n 300000 small/file /dev/zero && stat -c %s small/file
END
  mkdir -p small; export VENVB misbehave scratch; rm -rf new
  unshare --mount sh full.sh >full.out 2>&1
  if [ $? -eq 77 ]; then skip 'no room' 'no tmpfs'; else
    is 'no room for what was there: the next run fails' "$(sed -n 1p full.out)" 1
    check '... says why' grep -q "^venvb: an earlier run on '$PWD/new' was interrupted, and '$scratch/small/file' can't be put back: No space left on device" full.out
    is '... and when there is room, it comes back' "$(tail -n 3 full.out | tr '\n' ' ')" '0 1 300000 '
  fi
else
  skip 'no room for what was there' 'only root can mount'
fi

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
