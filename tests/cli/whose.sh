# shellcheck shell=bash
# Whose is what lies in an environment when a run is taken back: what a RECORD lists, what
# was moved, linked or copied there by others while the run was at work or after it was
# killed, also where files have no time of birth; and what was removed since.
. "${srcdir:-.}/tests/lib.sh"

find_base
use_only_base
need_misbehave
ulimit -c 0
mk () { "$VENVB" --without-pip "$@"; }
site=lib/$("$base" -c 'import sys; print("python%d.%d" % sys.version_info[:2])')/site-packages
# starts COMMAND...: in a session of its own, until it has written "reached"; $run is its process.
starts ()
{
  rm -f reached
  setsid "$@" >/dev/null 2>run.err & run=$!
  wait_for reached
}
hangs () { starts "$VENVB" --plugin="$misbehave,how=hang,mark=$scratch/reached" "$@"; } # ARGUMENT...
ends () { kill -TERM $run; wait $run 2>/dev/null; cp run.err said; }
killed () { kill_group $run; }
holds () { grep -rqx -- "$2" "$1"; } # DIR LINE
# named NAME PATH...: says that what was said names each of these, or that there are more.
named ()
{
  local name=$1 path missing=''; shift
  for path; do
    if grep -q "left there: [^;]* and [0-9]* more" said; then continue; fi
    grep -q "'$path'" said || missing="$missing $path"
  done
  is "$name" "$missing" ''
}

# --- What a RECORD lists: each kind of row, for each kind of file ------------------

kinds='good bad badsize none size'
hooks=$scratch/hooks; mkdir -p "$hooks/post_setup.d"
cat >install.py <<'END'
"""Does what an installer does, and what a user does meanwhile, who saves what "edited" and
"new" say: rows of this kind name his files, too."""
import base64, hashlib, os, sys
kinds, site = sys.argv[1].split(), sys.argv[2]
info = site + '/p-1.dist-info'
os.makedirs(info)
os.makedirs(site + '/__pycache__', exist_ok=True)
rows = [['p-1.dist-info/RECORD', '', '']]
def put(path, kind):
    text = '2 %s\n' % path
    with open(path + '.temp', 'w') as file:
        file.write(text)
    os.rename(path + '.temp', path)
    digest = hashlib.sha256(text.encode() if kind != 'bad' else b'other').digest()
    digest = 'sha256=' + base64.urlsafe_b64encode(digest).decode().rstrip('=')
    size = len(text) + (kind == 'badsize')
    rows.append([os.path.relpath(path, site), digest if kind not in ('none', 'size') else '',
                 str(size) if kind != 'none' else ''])
for kind in kinds:
    for dir in 'lib', 'src', 'bin', site:
        put('%s/edited-%s' % (dir, kind), kind)
        put('%s/new-%s' % (dir, kind), kind)
    put('%s/__pycache__/edited-%s.cpython-311.pyc' % (site, kind), kind)
    put('%s/__pycache__/new-%s.cpython-311.pyc' % (site, kind), kind)
with open(info + '/RECORD', 'w') as file:
    file.writelines(','.join(row) + '\n' for row in rows)
END
cat >"$hooks/post_setup.d/hook" <<END
#!/bin/sh
cd "\$VENVB_HOOK_ENV_DIR" && "$base" -B "$scratch/install.py" "$kinds" "$site" || exit 9
touch "$scratch/reached"
[ ! -e "$scratch/hang" ] || exec sleep 100
exit 1
END
chmod +x "$hooks/post_setup.d/hook"
project ()
{
  local kind dir
  rm -rf project; mkdir -p project/lib project/bin project/src
  mk project
  mkdir "project/$site/__pycache__"
  for kind in $kinds; do
    for dir in lib src bin "$site"; do echo "1 $dir/edited-$kind" >"project/$dir/edited-$kind"; done
    echo "1 $kind.pyc" >"project/$site/__pycache__/edited-$kind.cpython-311.pyc"
  done
}
rows () # WHAT
{
  local kind dir path lost back
  check "$1: the RECORD of the program is gone" [ ! -e "project/$site/p-1.dist-info" ]
  for kind in $kinds; do
    for dir in lib src bin "$site"; do
      path=$dir/edited-$kind
      if [ "$dir" = src ]; then # directories that no environment has are left alone
        is "$1: $path, which the user has saved" "$(cat "project/$path")" "2 $path"
      elif [ "$kind" = good ]; then
        is "$1: $path is as it was" "$(cat "project/$path"; holds project "2 $path" && echo 2)" "1 $path"
      else
        lost=; back=
        holds project "2 $path" || lost="2 $path"
        holds project "1 $path" || back="1 $path"
        is "$1: $path, neither what it was nor what it is now is lost" "$lost$back" ''
        check '... which is told' grep -q "'$path'\|what was in the way is in '.*/project/.venvb-kept-1'" said
      fi
      path=$dir/new-$kind
      if [ "$dir" = src ]; then
        check "$1: $path stays" holds project "2 $path"
      elif [ "$kind" = good ] || [ "$dir-$kind" = bin-none ]; then
        check "$1: $path is gone" [ ! -e "project/$path" ]
      else
        is "$1: $path stays" "$(cat "project/$path")" "2 $path"
        named '... which is told' "$path"
      fi
    done
    path=$site/__pycache__/edited-$kind.cpython-311.pyc
    is "$1: byte code is as it was, with row $kind" "$(cat "project/$path")" "1 $kind.pyc"
    path=$site/__pycache__/new-$kind.cpython-311.pyc
    check "$1: ... or gone" [ ! -e "project/$path" ]
  done
}
project
"$VENVB" --without-pip --plugin=run-hooks,dir="$hooks" project 2>said
is 'a run fails in which a program has written a RECORD' $? 1
rows failing
project; touch hang
starts "$VENVB" --without-pip --plugin=run-hooks,dir="$hooks" project; killed
mk project 2>said
is 'a run that has written a RECORD was killed: the next one' $? 0
check '... says so' grep -q 'was interrupted: what it had changed was taken back' said
rows killed
rm -f hang

# In a directory that was cleared.

sed -i 's/^cd .*&&/& mkdir -p lib src bin;/' "$hooks/post_setup.d/hook"
project
"$VENVB" --without-pip --clear --force --plugin=run-hooks,dir="$hooks" project 2>said
is 'cleared, and a program has written a RECORD: the run fails' $? 1
for kind in $kinds; do
  for path in "src/new-$kind" "src/edited-$kind"; do
    if [ "$kind" = good ]; then check "cleared: $path is gone" sh -c "! grep -rqx '2 $path' project"
    else check "cleared: $path is not lost" holds project "2 $path"; fi
  done
  is "cleared: src/edited-$kind is back" "$(cat "project/src/edited-$kind")" "1 src/edited-$kind"
done

# --- What others put there --------------------------------------------------------

# Ways to do so: a file or a directory is moved there, and changed afterwards, or it is
# linked, with directories, copied with its times, moved with the other link to it.
ways='file edited dir changed link tree copy pair'
sources () # DIR: what there was before
{
  mkdir -p "$1/dir/empty" "$1/dir/deep" "$1/changed/empty" "$1/changed/deep" "$1/tree"
  for file in file edited dir/one dir/deep/two changed/one changed/deep/two link tree/one tree/two copy pair; do echo "gold $file" >"$1/$file"; done
  ln "$1/pair" "$1/pair2"
  find "$1" -depth -exec touch -d '2001-02-03 04:05:06' {} +
}
puts () # SOURCES DIR: the user does
{
  mkdir -p "$2"
  mv "$1/file" "$1/edited" "$1/dir" "$1/changed" "$1/pair" "$1/pair2" "$2/"
  echo 'gold changed/new' >"$2/changed/new"; echo more >>"$2/edited"
  ln "$1/link" "$2/link"
  cp -al "$1/tree" "$2/tree"
  cp -p "$1/copy" "$2/copy"
}
gold () # WAY: what there is to be
{
  case $1 in
    dir) echo 'gold dir/deep/two'; echo 'gold dir/one' ;;
    edited) echo 'gold edited'; echo more ;;
    changed) echo 'gold changed/deep/two'; echo 'gold changed/new'; echo 'gold changed/one' ;;
    tree) echo 'gold tree/one'; echo 'gold tree/two' ;;
    *) echo "gold $1" ;;
  esac
}
has () # DIR WAY: what there is
{
  case $2 in
    pair) cat "$1/pair" "$1/pair2" 2>/dev/null | sort -u ;;
    *) find "$1/$2" -type f -exec cat {} + 2>/dev/null | sort ;;
  esac
}
# Of a link or a copy, the other one is there: while the run is at work, they are new.
in_time () # NAME DIR SOURCES
{
  local way
  for way in $ways; do
    case $way in
      link | tree | copy) is "$1: what was put there by way of \"$way\" is not lost" "$(has "$3" "$way")" "$(gold "$way")" ;;
      *) is "$1: what was put there by way of \"$way\" stays" "$(has "$2" "$way")" "$(gold "$way")" ;;
    esac
  done
  check '... empty directories, too' [ -d "$2/dir/empty" -a -d "$2/changed/empty" ]
}
since () # NAME DIR
{
  local way
  for way in $ways; do is "$1: what was put there by way of \"$way\" stays" "$(has "$2" "$way")" "$(gold "$way")"; done
  check '... empty directories, too' [ -d "$2/dir/empty" -a -d "$2/changed/empty" ]
}
works_in () { mkdir "$1"; echo 1 >"$1/README"; } # a project without an environment

places=plain; mkdir plain
oddfs=$builddir/tests/oddfs/oddfs
if [ ! -x "$oddfs" ]; then
  skip 'files without a time of birth' 'oddfs was not built'
else
  mkdir under odd
  if "$oddfs" under odd 2>said; then
    places="$places odd"
    trap 'cd /; fusermount3 -u "$scratch/odd" 2>/dev/null || umount "$scratch/odd"
          chmod -R u+rwx "$scratch" 2>/dev/null; rm -rf "$scratch"' EXIT
    touch odd/file
    is 'files without a time of birth' "$(stat -c %W odd/file)" 0
  else
    skip 'files without a time of birth' "$(cat said)"
  fi
fi

for place in $places; do
  sources $place/src
  hangs --without-pip $place/env; puts $place/src $place/env; ends
  in_time "$place, a run that fails, new" $place/env $place/src
  named '... which is told' file edited dir changed
  check '... nothing else is left' [ ! -e $place/env/bin -a ! -e $place/env/pyvenv.cfg ]
  rm -rf $place/src; sources $place/src
  hangs --without-pip --copies $place/own; puts $place/src $place/own/lib; ends
  in_time "$place, a run that fails, new, with copies" $place/own/lib $place/src
  named '... which is told' lib/file lib/edited lib/dir lib/changed
  check '... nothing else is left' [ ! -e $place/own/bin -a ! -e $place/own/pyvenv.cfg ]
  for args in '' '--clear --force'; do
    rm -rf $place/src $place/project; sources $place/src; works_in $place/project
    # shellcheck disable=SC2086
    hangs --without-pip $args $place/project; puts $place/src $place/project/lib; ends
    in_time "$place, a run that fails, in a project $args" $place/project/lib $place/src
    check '... nothing else is left' [ ! -e $place/project/bin -a ! -e $place/project/pyvenv.cfg ]
    is '... and what was there is' "$(cat $place/project/README)" 1
  done
  rm -rf $place/project $place/env $place/own
done

# The same after it was killed; and what was removed since.

for place in $places; do
  for dir in env copies project; do
    rm -rf "$place/src-$dir"; sources "$place/src-$dir"
    args=; case $dir in copies) args=--copies ;; project) works_in $place/project ;; esac
    # shellcheck disable=SC2086
    hangs --without-pip $args "$place/$dir"; killed
  done
  # An environment that was there, and a program that has removed some of it.
  mk $place/old; mkdir -p "$place/old/$site/gone" "$place/old/$site/package" "$place/old/share/x"
  for file in $site/gone/file $site/package/file $site/package/other bin/tool bin/mine share/x/file share/file; do echo 1 >"$place/old/$file"; done
  cp -a $place/old $place/quiet
  printf '#!/bin/sh\nrm -rf "$VENVB_HOOK_ENV_DIR/%s/gone"\n' "$site" >"$hooks/post_setup.d/hook"
  for dir in old quiet; do
    starts "$VENVB" --without-pip --plugin="$misbehave,how=hang,write=bin/tool,mark=$scratch/reached" --plugin=run-hooks,dir="$hooks" "$place/$dir"; killed
  done
done
mkdir wheels; make_wheel wheels pip 99.1
linked=(--link-mode=hardlink --plugin=pip,wheel-dir="$scratch/wheels" --cache-dir="$scratch/seeds")
"$VENVB" "${linked[@]}" first
for dir in shared joined; do hangs "${linked[@]}" "$dir"; killed; done
sleep 11
for place in $places; do
  puts $place/src-env $place/env
  puts $place/src-copies $place/copies/lib; puts $place/src-project $place/project/lib
  mk $place/env 2>said
  is "$place, killed, new: the next run" $? 0
  since "$place, killed, new" $place/env
  check '... and the environment works' works $place/env
  mk $place/copies 2>said
  is "$place, killed, new, with copies: the next run" $? 0
  since "$place, killed, new, with copies" $place/copies/lib
  mk $place/project 2>said
  is "$place, killed, in a project: the next run" $? 0
  since "$place, killed, in a project" $place/project/lib

  check "$place, killed, and nothing was removed since: the next run" recovers mk $place/quiet
  check '... says no more than that' [ "$(wc -l <all.err)" -eq 1 ]
  check '... names nothing' grep -q 'what it had changed was taken back$' all.err
  is '... what the program has removed is back' "$(cat "$place/quiet/$site/gone/file")" 1
  rm -r "$place/old/$site/package" $place/old/share/x; rm $place/old/bin/tool $place/old/bin/mine
  check "$place, killed, and some was removed since: the next run" recovers mk $place/old
  is '... it is back' "$(cat "$place/old/$site/package/file" "$place/old/$site/package/other" $place/old/share/x/file $place/old/bin/tool $place/old/bin/mine | tr -d '\n')" 11111
  for path in "$site/package" share/x bin/tool bin/mine; do check "... which is told of $path" grep -q "; was missing, and is there again: .*'$path'" all.err; done
done

# Files of the cache: when another environment is made, or removed, they change, too.

"$VENVB" "${linked[@]}" second
is 'pip is linked to a cache' "$(stat -c %h "shared/$site/pip.py")" 5
echo mine >"joined/$site/mine"; ln wheels/*.whl "joined/$site/theirs"
check 'another environment has the same files, after the run was killed: the next run' recovers "$VENVB" "${linked[@]}" shared
check '... leaves nothing' grep -q 'what it had changed was taken back$' all.err
check 'the same where somebody has put files there: the next run' recovers "$VENVB" "${linked[@]}" joined
check '... leaves these' cmp wheels/*.whl "joined/$site/theirs"
is '... and names no other' "$(sed 's/.*; left there: //;s/ (changed by others.*//' all.err | tr -s ', ' '\n\n' | sort | tr '\n' ' ')" "'$site/mine' '$site/theirs' "
is '... the file' "$(cat "joined/$site/mine")" mine

# Another environment within this one is not this one's to be put back.

mkdir -p inner-hooks/post_setup.d
cat >inner-hooks/post_setup.d/hook <<END
#!/bin/sh
touch "$scratch/reached"; exec sleep 100
END
chmod +x inner-hooks/post_setup.d/hook
for how in ends killed; do
  rm -rf outer; mk outer; mk outer/share/inner; mk outer/share/other
  starts "$VENVB" --without-pip --plugin=run-hooks,dir="$scratch/inner-hooks" outer
  rm -r outer/share/inner/bin/activate outer/share/other; mk --prompt=later outer/share/inner 2>/dev/null
  rm outer/share/inner/bin/activate; before=$(tree_of outer/share loose-directories)
  $how
  [ $how = ends ] || check 'killed, with another environment within: the next run' recovers mk outer
  is "another environment within, $how: it is as it was left" "$(tree_of outer/share loose-directories)" "$before"
done

# Somebody has touched all there is since, the log too: what he has made stays all the same.

for what in new old; do
  rm -rf touched; [ $what = new ] || { mk touched; echo old >touched/bin/tool; }
  starts "$VENVB" --without-pip --plugin="$misbehave,how=hang,write=bin/tool,mark=$scratch/reached" touched; killed
  mkdir touched/work; echo mine >touched/work/file; echo mine >"touched/$site/mine.py"
  find touched -exec touch -h -d '1 hour' {} +
  check "killed, $what, all was touched since: the next run" recovers mk touched
  is '... nothing is lost' "$(cat touched/work/file "touched/$site/mine.py" | tr '\n' ' ')" 'mine mine '
  check '... the environment stands' works touched
  [ $what = new ] || is '... what the run had replaced is there, by its name' "$(cat touched/.venvb-kept-1/bin/tool)" old
  [ $what = new ] || check '... which is told' grep -q "; what was in the way is in '.*/touched/.venvb-kept-1'" all.err
done

finish
