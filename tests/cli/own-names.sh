# shellcheck shell=bash
# What lies in an environment under the names of what undoes a run is removed only
# when it is known to be that; and what others do to these while a run is at work is
# told.
. "${srcdir:-.}/tests/lib.sh"

find_base
use_only_base
need_misbehave
ulimit -c 0
export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}handle_segv=0

mk () { "$VENVB" --without-pip "$@"; }
said () { cp .out said; check "$1" grep -q -- "$2" said; } # NAME PATTERN
bad=(--plugin="$misbehave,how=error,write=extra,write=bin/tool")
project () { rm -rf project; mk project; echo 1 >project/bin/tool; mkdir project/work; echo gold >project/work/file; }
hangs () # ARGUMENT...: starts a run that hangs after its work; $run is its process
{
  rm -f reached
  setsid "$VENVB" --without-pip --plugin="$misbehave,how=hang,write=extra,write=bin/tool,mark=$scratch/reached" "$@" 2>said & run=$!
  wait_for reached
}
ends () { kill -TERM $run; wait $run 2>/dev/null; }
killed () { kill_group $run; }
gold () { is '... nothing is lost' "$(find project -name file -exec cat {} + | sort -u)" gold; }

# A directory of this user's that somebody has given such a name.

for name in tmp failed; do
  project; mv project/work "project/.venvb-undo.$name"
  check "a directory that is named .venvb-undo.$name" mk project
  said '... is moved, and told' "'$PWD/project/.venvb-undo.$name' .*: it is in '$PWD/project/.venvb-kept-1' now$"
  is '... nothing is lost' "$(cat "project/.venvb-kept-1/.venvb-undo.$name/file")" gold
  check '... the next run is silent' [ -z "$(mk project 2>&1)" ]
  for args in '' --clear --keep-failed; do
    project; hangs $args project; [ -e project/work ] || mkdir project/work; echo gold >project/work/file
    mv project/work "project/.venvb-undo.$name"; ends
    gold
    project; hangs $args project; [ -e project/work ] || mkdir project/work; echo gold >project/work/file
    mv project/work "project/.venvb-undo.$name"; killed
    check "the same while a run $args is at work that is killed: the next one" mk project
    gold
  done
done
for name in .venvb-undo .venvb-undo.7; do
  for mode in 700 755; do
    project; touch project/work/done; chmod $mode project/work; mv project/work "project/$name"
    check "a directory that is named $name, mode $mode, and holds a file \"done\"" mk project
    said '... is moved, and told' "/.venvb-undo' is not from a run of venvb here: it is in '.*/.venvb-kept-1' now$"
    gold
  done
  project; hangs project; touch project/work/done; mv project/work "project/$name.8" 2>/dev/null; ends; gold
done
project; hangs project; killed; cp -a project/.venvb-undo project/work/undo; cp project/.venvb-undo.log project/work/done
mk project >/dev/null 2>&1; chmod 700 project/work; mv project/work project/.venvb-undo
check 'a directory that holds the log of another' mk project
gold

# What is known to be ours goes.

project; hangs project; killed; mv project/.venvb-undo.log project/.venvb-undo/done
check 'what a run has left that had ended' [ -z "$(mk project 2>&1)" ]
is '... is gone, without a word' "$(find project -name '.venvb*')" ''
cat >wrapper <<END
#!/bin/sh
case "\$*" in
  *venvb-facts*) "$base" "\$@" | sed -z 's|^executable=.*|executable=$scratch/wrapper|; s|^real_executable=.*|real_executable=$scratch/wrapper|' ;;
  *) touch "$scratch/reached"; exec sleep 100 ;;
esac
END
chmod +x wrapper
for dir in project empty; do
  project; rm -rf empty reached; mkdir empty
  setsid "$VENVB" --without-pip --no-cache -p "$scratch/wrapper" --upgrade $dir 2>said & run=$!
  wait_for reached
  if [ -e reached ]; then
    killed
    check "killed while an interpreter was tried ($dir)" [ -e $dir/.venvb-undo.tmp ]
    check '... the next run' recovers mk $dir
    is '... leaves nothing of that' "$(find $dir -name '.venvb*')" ''
  else
    ends; tap_diag "$(cat said)"; skip "killed while an interpreter was tried ($dir)" 'it was not tried'
  fi
done

# The log is removed while a run is at work that fails then, or crashes.

for how in TERM SEGV; do
  for args in '' --clear; do
    for what in .venvb-undo.log '.venvb-undo.log .venvb-undo'; do
      project
      # shellcheck disable=SC2086
      hangs $args project
      # shellcheck disable=SC2086
      (cd project && rm -rf $what)
      case $how in TERM) kill -TERM $run ;; SEGV) kill -SEGV "$(tr -d ' ' <"/proc/$run/task/$run/children")" ;; esac
      wait $run 2>/dev/null
      is "$what removed, SIG$how $args: the exit status" $? "$(case $how in TERM) echo 143 ;; *) echo 1 ;; esac)"
      check '... it is not said that all is as it was' sh -c '! grep "is as it was" said'
      check '... but what is true' grep -q "what was there could not be put back, as somebody has removed '$PWD/project/.venvb-undo.log'" said
      case $what in
      *' '*) check '... and nothing that is not there' [ -z "$(grep ': see ' said)" ] ;;
      *) check '... and where it is' grep -q ": see '$PWD/project/.venvb-undo'" said ;;
      esac
    done
  done
done
mkdir fresh; hangs fresh; rm fresh/.venvb-undo.log; ends
is 'the same in a directory that was empty: all goes' "$(ls -A fresh)" ''
is '... silently' "$(cat said)" ''
project; mk project; before=$(tree_of project)
check_fails 'a run that fails before it has begun a log' 1 'no luck$' mk --plugin="$misbehave,stage=ensure_directories,how=error,early=yes" project
is '... all is as it was' "$(tree_of project)" "$before"

# A wheel's RECORD names what it has not written.

mkdir -p hooks/post_setup.d
cat >hooks/post_setup.d/hook <<'END'
#!/bin/sh
cd "$VENVB_HOOK_ENV_DIR" && site=$(echo lib/python*/site-packages) || exit 9
mkdir -p "$site/evil-1.dist-info"
printf '%s\n' ../../../.venvb-undo,, ../../../.venvb-undo/tree/work,, ../../../.venvb-kept-1,, ../../../x/../.VENVB-undo/tree,, >"$site/evil-1.dist-info/RECORD"
exit 1
END
chmod +x hooks/post_setup.d/hook
for args in '' --clear; do
  project; mkdir project/.venvb-undo; echo gold >project/.venvb-undo/file; before=$(tree_of project/work)
  # shellcheck disable=SC2086
  "$VENVB" --without-pip $args --plugin=run-hooks,dir="$PWD/hooks" project 2>err
  is "a RECORD that names what undoes the run, $args" $? 1
  gold
  is '... what was there is' "$(tree_of project/work)" "$before"
  is '... what is not from here is where it was told to be' "$(cat project/.venvb-kept-1/.venvb-undo/file)" gold
done

# What is mounted is not in the environment: it stays where it is.

if unshare --mount true 2>/dev/null; then
  mkdir outside; echo gold >outside/file
  export VENVB misbehave
  mounted () # DIR COMMAND...: with "outside" mounted on the directory
  {
    # shellcheck disable=SC2016
    unshare --mount sh -c 'mkdir -p "$1" && mount --bind outside "$1" && shift && "$@"' sh "$@"
  }
  for dir in project/.venvb-undo project/.venvb-undo.failed; do
    project; mounted $dir "$VENVB" --without-pip project 2>/dev/null
    is "what is mounted on $dir" "$(cat outside/file)" gold
  done
  inode=$(stat -c %i outside/file)
  # shellcheck disable=SC2016
  project; mounted project/data sh -c 'umount -l /proc; exec "$VENVB" --without-pip --clear project' 2>/dev/null
  is 'what is mounted, and --clear can not know of it' "$(stat -c %i outside/file; cat outside/file)" "$inode"$'\n'gold
  project; mkdir project/data
  cat >hooks/post_setup.d/hook <<END
#!/bin/sh
mount --bind '$PWD/outside' '$PWD/project/data'; exit 1
END
  unshare --mount "$VENVB" --without-pip --keep-failed --plugin=run-hooks,dir="$PWD/hooks" project 2>/dev/null
  is 'what is mounted during a run, with --keep-failed' "$(cat outside/file)" gold
  rm -rf project.failed*
  # What a program lists, or what lies there, is not reached through a mount, of the same
  # file system either: neither one made by the run, nor one from before it.
  project; site=$(echo project/lib/python*/site-packages)
  sum=$(printf 'new\n' | "$base" -c 'import base64, hashlib, sys
print (base64.urlsafe_b64encode (hashlib.sha256 (sys.stdin.buffer.read ()).digest ()).rstrip (b"=").decode ())')
  lists () # TEXT ROW: "hooks" does that, has a package list what is on the mount, and fails
  {
    rm -rf hooks outside project; mkdir -p hooks/finish.d outside; "$VENVB" --without-pip project
    cat >hooks/finish.d/list <<END
#!/bin/sh
cd '$PWD/$site' || exit
$1
mkdir evil-1.0.dist-info '$PWD/outside/evil'; echo new >'$PWD/outside/evil/new'
printf '%s,sha256=$sum,4\\nevil-1.0.dist-info/RECORD,,\\n' '$2' >evil-1.0.dist-info/RECORD
exit 1
END
    chmod +x hooks/finish.d/list
    # shellcheck disable=SC2086
    unshare --mount "$VENVB" --without-pip $how --plugin=run-hooks,dir="$PWD/hooks" project 2>said
  }
  for how in '' --clear --upgrade; do
    lists "mkdir -p ../../../mp; mount --bind '$PWD/outside' ../../../mp" ../../../mp/evil/new
    is "a row of RECORD through a mount $how" "$(cat outside/evil/new 2>&1)" new
    lists "mount --bind '$PWD/outside' ../site-packages; cd ../site-packages" evil/new
    is "... a mount in the place of packages $how" "$(cat outside/evil/new 2>&1)" new

  done
else
  skip 'what is mounted' 'no mounts'
fi

# --clear, after something was kept in the same run.

project; mv project/work project/.venvb-undo
check '--clear over what is not from here' mk --clear project
said '... it is kept, and told' "it is in '$PWD/project/.venvb-kept-1' now$"
gold
check '... the environment works' works project
check '... the next one' mk --clear project
is '... clears that, too' "$(find project -name '.venvb*')" ''
project; hangs project; killed; sleep 11; echo gold >project/bin/tool
check 'killed, and worked on: --clear' recovers mk --clear project
check '... tells what is kept' grep -q "what was in the way is in '$PWD/project/.venvb-kept-1'" all.err
is '... and that is there' "$(cat project/.venvb-kept-1/bin/tool)" 1
project; mv project/work project/.venvb-undo
check_fails '--clear that fails' 1 'no luck$' sh -c '"$@" 2>&1 | tail -n 1 >&2; exit 1' sh "$VENVB" --without-pip --clear "${bad[@]}" project
gold
is '... what was there is back' "$(cat project/bin/tool)" 1
finish
