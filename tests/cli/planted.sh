# shellcheck shell=bash
# Files that somebody else has put into a repository, an environment or a
# project, under the names of those that venvb and its plugins read and write:
# nothing outside is changed or copied, nothing is waited for, and what was for
# its owner alone stays so.
. "${srcdir:-.}/tests/lib.sh"

umask 022
find_base
use_only_base
# Reading without end is to end here, too; sanitizers need room of no real size.
[ -n "${SANITIZER_FLAGS-}" ] || ulimit -v 4000000
mk () { timeout -k 5 "${PLANTED_SECONDS:-30}" "$VENVB" --without-pip "$@"; }
canary='export SECRET=canary'
gone () { [ ! -e "$1" ] && [ ! -L "$1" ]; }
# All names, kinds and modes below a directory, and what is in the files.
state () # DIR
{
  (cd "$1" && find . ! -type d -printf '%p %y %m %l\n' | sort && find . -type f -size -1000k -print0 | sort -z | xargs -0r sha256sum)
}

# What each plugin reads and writes: the plugin, and the file in the tree; both
# "env" for the environment, "." for the repository around it.
files="hg-ignore .hg/venvb-ignore
hg-ignore .hg/hgrc
hg-ignore .hg/requires
darcs-ignore _darcs/prefs/boring
darcs-ignore _darcs/prefs/prefs
fossil-ignore env/.fslckout
pip-conf env/pip.conf"

# A working tree of all these systems; the plugins ask for no more.
make_tree ()
{
  chmod -R u+rwx tree 2>/dev/null; rm -rf tree outside
  mkdir -p tree/.hg tree/_darcs/prefs tree/env tree/inside outside
  # As Fossil tells a checkout.
  head -c 4096 /dev/zero >tree/.fslckout
  printf '%s\n' "$canary" | tee outside/file >"$HOME/.bashrc"
  chmod 600 "$HOME/.bashrc" outside/file
}
run () # PLUGIN
{
  case $1 in pip-conf) mk --plugin=pip-conf,timeout=9 tree/env ;; *) mk --plugin="$1" tree/env ;; esac
}
# What was there is there, and nothing else.
unharmed () # NAME BEFORE
{
  is "$1: nothing changes" "$(state tree)" "$2"
  is "$1: nor outside" "$(cat "$HOME/.bashrc" outside/file; stat -c %a "$HOME/.bashrc" outside/file; ls -A outside)" \
    "$(printf '%s\n' "$canary" "$canary" 600 600 file)"
}
refused () # NAME PLUGIN PATH WHY
{
  local before; before=$(state tree)
  check_fails "$1" 1 "^venvb: plugin '$2'.*'$scratch/tree/$3' ?$4" run "$2"
  unharmed "$1" "$before"
}

while read -r plugin file; do
  what="$plugin, $file"
  make_tree; ln -s "$HOME/.bashrc" "tree/$file"
  refused "$what: a link to a file of the user's" "$plugin" "$file" 'is not used: a symbolic link leads out'
  make_tree; up=$(realpath -m --relative-to="$(dirname "tree/$file")" outside/file); ln -s "$up" "tree/$file"
  refused "$what: a relative one" "$plugin" "$file" 'is not used: a symbolic link leads out'
  make_tree; ln -s "$HOME/.none" "tree/$file"
  refused "$what: a link that leads nowhere" "$plugin" "$file" 'is not used: it is a symbolic link that leads nowhere'
  check "$what: it still leads nowhere" gone "$HOME/.none"
  make_tree; ln -s /dev/zero "tree/$file"
  refused "$what: a link to a device" "$plugin" "$file" 'is not used: a symbolic link leads out'
  make_tree; mkfifo "tree/$file"
  refused "$what: a FIFO" "$plugin" "$file" ': it is not a regular file'
  make_tree; mkdir "tree/$file"
  refused "$what: a directory" "$plugin" "$file" ': Is a directory'
  # Fossil's own is told by its size.
  if [ "$plugin" != fossil-ignore ] && make_tree && truncate -s 1T "tree/$file" 2>/dev/null; then
    refused "$what: one without end" "$plugin" "$file" ': File too large'
  fi
  if [ "$(id -u)" -eq 0 ] && make_tree && mknod "tree/$file" c 1 5 2>/dev/null; then
    refused "$what: a device" "$plugin" "$file" ': it is not a regular file'
  else
    skip "$what: a device" 'only root can make one'
  fi
  # It is written unless it is only read, and it is as closed as it was.
  for mode in 600 640; do
    make_tree; echo '# mine' >"tree/$file"; chmod $mode "tree/$file"
    check "$what: of mode $mode" run "$plugin"
    is "$what: of mode $mode: it still is" "$(stat -c %a "tree/$file")" $mode
    [ "$plugin" = fossil-ignore ] ||
      check "$what: of mode $mode: what was in it still is" grep -qx '# mine' "tree/$file"
  done
  make_tree
  # A tree may have such a file in another place of it, which is versioned.
  case $file in env/*) place=env/conf ;; *) place=inside/conf ;; esac
  echo '# mine' >tree/$place; chmod 600 tree/$place
  ln -s "$(realpath -m --relative-to="$(dirname "tree/$file")" tree/$place)" "tree/$file"
  check "$what: a link within the tree" run "$plugin"
  is "$what: a link within the tree: stays one" "$(stat -c '%F' "tree/$file") $(stat -c %a tree/$place)" 'symbolic link 600'
  case $file in
  */requires | */prefs/prefs) ;;
  *) check "$what: a link within the tree: is written to" test "$(wc -l <tree/$place)" -gt 1 ;;
  esac
done <<<"$files"

# The directories on the way.

while read -r plugin dir file; do
  what="$plugin, $dir"
  make_tree; mv "tree/$dir" outside/moved
  mkdir -p "outside/moved/$(dirname "$file")"; printf '%s\n' "$canary" >"outside/moved/$file"
  before=$(state outside)
  ln -s "$scratch/outside/moved" "tree/$dir"
  check_fails "$what: a link out of the tree" 1 \
    "^venvb: plugin '$plugin'.*'$scratch/tree/$dir.*' is not used: a symbolic link leads out of '$scratch/tree'" run "$plugin"
  is "$what: nothing is written there" "$(state outside)" "$before"
  check "$what: nothing is made" test -z "$(ls -A tree/env)"
  make_tree; mv "tree/$dir" tree/inside/moved
  ln -s "$scratch/tree/inside/moved" "tree/$dir"
  check "$what: a link within the tree" run "$plugin"
  check "$what: written there" test -s "tree/inside/moved/$file"
done <<'END'
hg-ignore .hg venvb-ignore
darcs-ignore _darcs prefs/boring
darcs-ignore _darcs/prefs boring
END
make_tree; echo 'boringfile _darcs/../../outside/file' >tree/_darcs/prefs/prefs
before=$(state tree)
check_fails 'darcs-ignore: a boring file elsewhere' 1 "'$scratch/tree/_darcs/../../outside/file' is not used: a symbolic link|leads out of '$scratch/tree'" run darcs-ignore
unharmed 'darcs-ignore: a boring file elsewhere' "$before"

# What is not written over is left alone, and not waited for.

for kind in fifo 'ln -s /dev/zero' 'ln -s /nonexistent' mkdir; do
  for plugin in git-ignore cachedir-tag; do
    make_tree
    file=.gitignore; [ $plugin = git-ignore ] || file=CACHEDIR.TAG
    # shellcheck disable=SC2086 # words
    case $kind in fifo) mkfifo tree/env/$file ;; *) $kind tree/env/$file ;; esac
    before=$(stat -c '%F %i' tree/env/$file)
    check "$plugin: $kind" mk --plugin=$plugin tree/env
    is "$plugin: $kind stays" "$(stat -c '%F %i' tree/env/$file)" "$before"
  done
done

# Who may read what is written.

cat >acl.py <<'END'
import os, struct, sys
path, entries = sys.argv[1], ((1, 6, -1), (2, 4, 12345), (4, 0, -1), (16, 4, -1), (32, 0, -1))
if sys.argv[2:] == ['default']:
    entries = ((1, 7, -1), (2, 7, 12345), (4, 5, -1), (16, 7, -1), (32, 5, -1))
if len(sys.argv) > 2:
    os.setxattr(path, 'system.posix_acl_' + sys.argv[2], struct.pack('<I', 2)
                + b''.join(struct.pack('<HHi', *entry) for entry in entries))
try:
    print(os.getxattr(path, 'system.posix_acl_access').hex())
except OSError:
    print('none')
END
acl () { "$base" acl.py "$@" 2>/dev/null; }
touch acl
if acl acl access >out; then
  for file in .hg/hgrc env/pip.conf; do
    plugin=hg-ignore; [ $file = .hg/hgrc ] || plugin=pip-conf
    make_tree; echo '# mine' >tree/$file; acl tree/$file access >out
    check "$plugin: an access control list" run $plugin
    is "$plugin: an access control list is kept" "$(acl tree/$file) $(stat -c %a tree/$file)" "$(cat out) 640"
    check_fails "$plugin: an access control list, and a failure" 1 . mk --plugin=$plugin"$([ $plugin = hg-ignore ] || echo ,timeout=8)" \
      --plugin=requirements,package=x,installer=/bin/false "$([ $plugin = hg-ignore ] && echo tree/env2 || echo tree/env)"
    is "$plugin: an access control list is put back" "$(acl tree/$file)" "$(cat out)"
    make_tree; echo '# mine' >tree/$file; chmod 640 tree/$file; acl "$(dirname tree/$file)" default >out
    check "$plugin: one of the directory" run $plugin
    is "$plugin: one of the directory is not taken on" "$(acl tree/$file)" none
  done
else
  skip 'access control lists' 'the file system has none'
fi
if [ "$(id -u)" -eq 0 ]; then
  for file in .hg/hgrc _darcs/prefs/boring env/pip.conf; do
    case $file in .hg*) plugin=hg-ignore ;; _darcs*) plugin=darcs-ignore ;; *) plugin=pip-conf ;; esac
    make_tree; echo '# mine' >tree/$file; chmod 640 tree/$file; chown 12345:23456 tree/$file
    check "$plugin: another owner" run $plugin
    is "$plugin: another owner: stays" "$(stat -c '%u:%g %a' tree/$file)" '12345:23456 640'
    check_fails "$plugin: another owner: a run that fails" 1 . mk --plugin="$plugin$([ $plugin != pip-conf ] || echo ,timeout=8)" \
      --plugin=requirements,package=x,installer=/bin/false tree/env2
    is "$plugin: another owner: stays then, too" "$(stat -c '%u:%g %a' tree/$file)" '12345:23456 640'
  done
  # Somebody who may write to the directory, and not give the file its group.
  if chmod 755 "$scratch" && setpriv --reuid=12345 --regid=12345 --clear-groups test -x "$builddir/command/venvb" &&
    setpriv --reuid=12345 --regid=12345 --clear-groups env PATH=/usr/bin:/bin python3 -c '' 2>/dev/null; then
    for mode in 664 604 640; do
      make_tree; chown -R 12345:12345 tree; echo '# mine' >tree/_darcs/prefs/boring
      chown 12345:23456 tree/_darcs/prefs/boring; chmod $mode tree/_darcs/prefs/boring
      setpriv --reuid=12345 --regid=12345 --clear-groups env HOME=/ XDG_CACHE_HOME=/nonexistent PATH=/usr/bin:/bin \
        "$VENVB" --without-pip --plugin=darcs-ignore tree/env >out 2>&1
      is "a group that can't be kept, of mode $mode: done" "$? $(grep -c env tree/_darcs/prefs/boring)" '0 2'
      case $mode in 664) narrow=644 ;; *) narrow=600 ;; esac
      is "a group that can't be kept, of mode $mode: no more may read or write it" \
        "$(stat -c '%u:%g %a' tree/_darcs/prefs/boring)" "12345:12345 $narrow"
    done
  else
    skip "a group that can't be kept" 'the build tree or Python is not readable by others'
  fi
else
  skip "other owners and groups" 'only root can give files away'
fi

# A run that fails puts back what it was, for whom it was; also where a link has
# taken a directory's place meanwhile.

make_tree; echo '# mine' >tree/.hg/hgrc; chmod 600 tree/.hg/hgrc; before=$(state tree)
check_fails 'a run that fails' 1 . mk --plugin=hg-ignore --plugin=requirements,package=x,installer=/bin/false tree/env
is 'a run that fails: all is as it was' "$(state tree)" "$before"
cat >swap <<END
#!/bin/sh
mv "$scratch/tree/.hg" "$scratch/tree/.old" && ln -s "$scratch/outside" "$scratch/tree/.hg"
exit 1
END
chmod 755 swap
make_tree; echo '# mine' >tree/.hg/hgrc; printf '%s\n' "$canary" >outside/hgrc; chmod 600 outside/hgrc
mk --plugin=hg-ignore --plugin=requirements,package=x,installer="$scratch/swap" tree/env >out 2>&1
is 'a directory that became a link: it fails' "$? $(test -L tree/.hg && echo swapped)" '1 swapped'
is 'a directory that became a link: nothing there is changed' \
  "$(cat outside/hgrc; stat -c %a outside/hgrc; ls -A outside)" "$(printf '%s\n' "$canary" 600 file hgrc)"

# What is only read.

plant () # KIND PATH
{
  rm -rf "$2"
  case $1 in FIFO) mkfifo "$2" ;; device) ln -s /dev/zero "$2" ;; large) truncate -s 1T "$2" ;; esac
}
check 'an environment' mk read
site=$(cd read && echo lib/python*/site-packages)
info=$site/demo-1.0.dist-info; mkdir "read/$info"
cp -a read good
for kind in FIFO device large; do
  rm -rf read; cp -a good read; plant $kind read/pyvenv.cfg
  mk --check read >out 2>&1
  is "--check: pyvenv.cfg: $kind" "$? $(grep -cE "'$scratch/read/pyvenv.cfg': (it is not a regular file|File too large)" out)" '1 1'
  check_fails "--upgrade: pyvenv.cfg: $kind" 1 "'$scratch/read/pyvenv.cfg': (it is not a regular file|File too large)" mk --upgrade read
  rm -rf read; cp -a good read; plant $kind read/bin/activate
  mk --check read >out 2>&1
  is "--check: activate: $kind" "$? $(grep -cE "activate' can't be read: (it is not a regular file|File too large)" out)" '1 1'
  rm -rf read; cp -a good read; plant $kind "read/$info/RECORD"
  mk --check read >out 2>&1
  is "--check: RECORD: $kind" "$? $(grep -cE "RECORD': (it is not a regular file|File too large)" out)" '1 1'
  check_fails "relocatable: RECORD: $kind" 1 "^venvb: plugin 'relocatable'.*'$scratch/read/$info/RECORD': (it is not a regular file|it is a symbolic link|File too large)" \
    mk --plugin=relocatable read
  rm -rf read; cp -a good read; printf '%s\n' 'demo.py,sha256=x,' "${info##*/}/RECORD,," >"read/$info/RECORD"; plant $kind "read/$site/demo.py"
  [ $kind = large ] || check "--check: a file of a package: $kind" timeout 20 "$VENVB" --check read
  mkdir -p project; rm -f project/*
  plant $kind project/pyproject.toml
  for words in --python=project --plugin=requirements,pyproject,installer=/bin/false; do
    (cd project && check_fails "pyproject.toml, $words: $kind" 1 "pyproject.toml': (it is not a regular file|it is too large|File too large)" mk $words env
     echo "$tap_count $tap_failed" >../.counts)
    read -r tap_count tap_failed <.counts
  done
  rm project/pyproject.toml; plant $kind project/.python-version
  (cd project && check_fails ".python-version: $kind" 1 "python-version': (it is not a regular file|File too large)" mk --python=project env
   echo "$tap_count $tap_failed" >../.counts)
  read -r tap_count tap_failed <.counts
  rm project/.python-version
done
echo "$(python3 -c 'import platform; print(platform.python_version())')" >version; ln -s ../version project/.python-version
check 'a link to a regular file' env -C project "$VENVB" --without-pip --python=project env

# Those of another place are not rewritten.

rm -rf read outside; cp -a good read; mkdir outside; mv "read/$info" outside/info
printf '#!%s/gone/bin/python\n' "$scratch" >read/bin/demo; chmod 755 read/bin/demo
printf '../../../bin/demo,sha256=x,1\n' >outside/info/RECORD; before=$(state outside)
ln -s "$scratch/outside/info" "read/$info"
check 'relocatable: a link to a project elsewhere' mk --plugin=relocatable read
is 'relocatable: its RECORD is not rewritten' "$(state outside)" "$before"

finish
