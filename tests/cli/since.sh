# shellcheck shell=bash
# What others make, move, close or remove in an environment while a run is at work, or since
# it was killed: it stays, or goes by name; nothing is more open than it was; and nothing
# elsewhere is changed by a log that somebody else may have written.
. "${srcdir:-.}/tests/lib.sh"

find_base
use_only_base
ulimit -c 0
umask 022
site=lib/$("$base" -c 'import sys; print("python%d.%d" % sys.version_info[:2])')/site-packages
mkdir -p hooks/post_setup.d
printf '#!/bin/sh\ntouch "%s/reached"\n[ ! -e "%s/program" ] || . "%s/program"\nexec sleep 100\n' "$scratch" "$scratch" "$scratch" >hooks/post_setup.d/hook
chmod +x hooks/post_setup.d/hook
mk () { "$VENVB" --without-pip "$@"; }
hangs () # ARGUMENT...
{
  rm -f reached
  setsid "$VENVB" --without-pip --plugin=run-hooks,dir="$scratch/hooks" "$@" >/dev/null 2>said & run=$!
  wait_for reached
}
ends () { kill -TERM $run; wait $run 2>/dev/null; }
killed () { kill_group $run; }
recovered () { check "$1: the next run" recovers mk env; cp all.err said; } # NAME
fresh () { chmod -R u+rwx env 2>/dev/null; rm -rf env; }
mode () { stat -c %a "$1"; }
touch born; births=$(stat -c %W born)

# The log of a run in a new directory is removed with all that was there, and something older
# takes its place.

mkdir -p years; echo gold >years/file; sleep 1.1
fresh; hangs env
find env -mindepth 1 -delete; mv years env/; echo new >env/new; ends
if [ "$births" -ne 0 ]; then
  is 'all was removed while a run was at work: what is older stays' "$(cat env/years/file)" gold
  check '... which is told' grep -q "left there: [^;]*'years'" said
else
  skip 'all was removed while a run was at work' 'no times of birth'
fi
check '... what is new is named' grep -q "may be what others have put there: [^;]*'new'" said

# What has an old time, and is new here.

fresh; hangs env
echo mine >"env/$site/old"; touch -m -d 2020-01-01 "env/$site/old"
echo gold >"env/$site/unread"; touch -d 2020-01-01 "env/$site/unread"; mkdir "env/$site/hollow"; ends
check 'put there with an old time, in a new environment: it is named' grep -q "may be what others have put there: [^;]*'$site/old'" said
is '... what was not read since is older, and stays' "$(cat "env/$site/unread")" gold
check '... an empty directory, too' grep -q "may be what others have put there: [^;]*'$site/hollow'" said
fresh; hangs env; ends
check '... and nothing when there was nothing' sh -c '! grep "may be what others" said'

# Empty directories.

fresh; mk env; hangs env
mkdir -p env/hollow "env/$site/hollow" env/notes/sub; ends
is 'empty directories that were made while a run was at work' "$(find env -name hollow -o -name sub | sort | tr '\n' ' ')" "env/hollow env/$site/hollow env/notes/sub "
check '... are told' grep -q "left there: [^;]*'hollow'" said
for what in new there; do
  fresh; [ $what = new ] || mk env
  hangs env; killed; [ $what = new ] && cp -a env half
  sleep 11
  mkdir -p env/hollow "env/$site/hollow" env/notes/sub env/shut/in; echo mine >env/shut/file; chmod 550 env/shut env/shut/in
  recovered "killed, $what, and empty directories were made since"
  if [ "$births" -ne 0 ] || [ $what = there ]; then
    is '... they stay' "$(find env -name hollow -o -name sub | sort | tr '\n' ' ')" "env/hollow env/$site/hollow env/notes/sub "
    check '... which is told' grep -q "left there: [^;]*'hollow'" said
    is '... one that is closed stays so' "$(mode env/shut)$(cat env/shut/file)" 550mine
  else
    skip '... they stay' 'no times of birth'
  fi
done

# A directory that was made elsewhere while the run was at work, and moved there since.

mkdir -p other/src
for how in '' --clear; do
  fresh; [ -z "$how" ] || mk env
  # shellcheck disable=SC2086
  hangs $how env; rm -rf other; mkdir -p other/src; echo thesis >other/file; echo b >other/src/file; cp -a other other2; killed
  for dir in other other2; do
    echo new >$dir/new; echo new >$dir/src/new; touch -d '1 hour' $dir/new $dir/src/new $dir/src $dir
  done
  mv other env/; mv other2 env/lib/
  recovered "killed $how, and a directory of that time was moved there since"
  is '... all of it stays' "$(cat env/other/file env/other/src/file env/lib/other2/file env/lib/other2/src/file | tr '\n' ' ')" 'thesis b thesis b '
  check '... which is told' grep -q "left there: [^;]*'lib/other2'" said
done

# A program removes a directory, and --clear a whole environment, whose directories are closed.

acl () { command -v setfacl >/dev/null && setfacl -m u:65533:rwx,g::---,m::rwx env/include 2>/dev/null; }
access () { stat -c %a "$1"; getfacl -cp "$1" 2>/dev/null; getfattr -d "$1" 2>/dev/null | grep =; }
closed () # an environment, whose access is noted
{
  fresh; mk env; mkdir env/include/priv; echo secret >env/include/priv/file; chmod 700 env/bin env/include/priv env/lib
  acl || chmod 700 env/include
  setfattr -n user.note -v hello env/include 2>/dev/null
  before=$(for dir in include include/priv bin lib; do access "env/$dir"; done)
}
is_closed () { is "$1" "$(for dir in include include/priv bin lib; do access "env/$dir"; done)" "$before"; }
closed; echo 'rm -rf "$VENVB_HOOK_ENV_DIR/include"' >program; hangs env; wait_for_line . program; for _ in {1..200}; do [ -e env/include ] || break; sleep .01; done; ends; rm program
is_closed 'a program has removed a directory, and the run fails: it is as closed as before'
is '... and whole' "$(cat env/include/priv/file)" secret
for how in ends killed; do
  closed; hangs --clear env; echo mine >env/include/mine; echo mine >env/bin/mine
  touch -d '1 hour' env/include/mine env/bin/mine; $how
  [ $how = ends ] || recovered 'killed with --clear, and worked on'
  is_closed "--clear, $how, and files were put there: the directories are as closed as before"
  is '... and whole' "$(cat env/include/priv/file)" secret
done

# What is kept is as closed as where it was.

closed; echo secret >env/bin/activate; hangs env; killed
echo mine >env/bin/activate; touch -d '1 hour' env/bin/activate
recovered 'killed, and a file was changed in a closed directory'
for dir in env/.venvb-kept-1/*; do
  [ "$dir" = 'env/.venvb-kept-1/*' ] || is "... what is kept is as closed: ${dir##*/}" "$(mode "$dir")" 700
done

# A recovery that was broken off, and what was removed since.

fresh; mk env; echo mine >"env/$site/mine.py"; echo mine >env/lib/mine.c; hangs env; killed
mkdir -p env/.venvb-undo; touch -d '1 hour ago' env/.venvb-undo/begun
rm "env/$site/mine.py" env/lib/mine.c; touch -d '1 hour' env/lib "env/$site"
recovered 'a recovery was broken off, and some was removed since'
is '... it is back' "$(cat "env/$site/mine.py" env/lib/mine.c)" $'mine\nmine'
check '... and named' grep -q "is there again: [^;]*mine" said

# A log that tells of files elsewhere, and not where they are.

for line in replaced removed made; do
  fresh; mk env; rm -rf victim; mkdir victim; echo precious >victim/file; hangs env; killed
  echo evil >env/.venvb-undo/9
  seen=$(stat -c '%i %s' env/.venvb-undo/9)
  case $line in
    replaced) echo "F 9 $seen 0.000000000 0.000000000 5 $scratch/victim/file" ;;
    removed) echo "F 8 0 -1 0.000000000 0.000000000 5 $scratch/victim/file" ;;
    made) echo "F 9 $seen 0.000000000 0.000000000 5 $scratch/victim/new" ;;
  esac >>env/.venvb-undo.log
  echo 'A -1 0 0 0.000000000 0.000000000 2000000000 .' >>env/.venvb-undo.log
  check "a log by which a file elsewhere is $line: the next run" mk env
  is '... leaves that alone' "$(head victim/*)" precious
done

finish
