# shellcheck shell=bash
# What a directory asks for, and a hard link can't carry: its group, where it hands that
# on, its default access list, another owner, another umask.  There files are copied, and
# are to others what all else in the directory is.
# shellcheck source=tests/lib.sh
. "${srcdir:-.}/tests/lib.sh"

find_base real
use_only_base
chmod 711 "$scratch"
umask 022
mkdir wheels
for project in pip setuptools; do make_wheel wheels $project 99.1; done
chmod -R a+rX wheels
as=() group=
if [ "$(id -u)" -eq 0 ]; then
  as=(setpriv --reuid=65534 --regid=65534 "--groups=65534,12345" env)
  "${as[@]}" "$VENVB" --version >/dev/null 2>&1 && "${as[@]}" "$base" -c 'import venv' 2>/dev/null ||
    base=/usr/bin/python3
  "${as[@]}" "$base" -c 'import venv' 2>/dev/null && group=12345
else
  group=$(id -G | tr ' ' '\n' | grep -vx "$(id -g)" | head -n 1)
fi
mkdir user; [ "$(id -u)" -ne 0 ] || chown 65534:65534 user
cd user || exit 1
export HOME=$PWD XDG_CACHE_HOME=$PWD/cache
mk () { "${as[@]}" "$VENVB" -p "$base" --plugin="pip,wheel-dir=$scratch/wheels" "$@" >out 2>&1 || { cat out; return 1; }; }
linked () { find "$1" -name '*.py*' -type f -links +1 | grep -c site-packages; }
# What is not of that group, or with a mode that another file of the same kind has not.
others () { find "$1" ! -group "$2" -printf '%g %p\n' | head -n 3; }

if [ -n "$group" ] || [ "$(id -u)" -ne 0 ]; then
  check 'a directory like any' mk --link-mode=hardlink plain/env
  probe=$(linked plain/env)
  [ "$probe" -gt 0 ] || skip_all 'no hard links here'

  # The benchmark says beside each time what the files are.
  shares () { PYTHONPATH=$srcdir/bench python3 -B -c 'import sharing, sys; print(sharing.describe(sys.argv[1]))' "$1"; }
  is 'the benchmark sees hard links' "$(shares plain/env)" 'hard links'
  mk --link-mode=copy copied
  is '... copies' "$(shares copied)" copies
  rm -r copied/lib/python3*/site-packages/{*.py,__pycache__}; mkdir "$scratch/elsewhere"; echo >"$scratch/elsewhere/__init__.py"
  ln -s "$scratch/elsewhere" "$(ls -d copied/lib/python3*/site-packages)/pip"
  is '... symbolic links' "$(shares copied)" 'symbolic links'
  mk --without-pip bare
  is '... nothing without pip' "$(shares bare)" ''

  # An edit that hides itself: size and time are as they were.  A link shows it to all, as
  # nothing tells it from what was there, also not the time of the last change, which each
  # new link sets; a clone or a copy can't reach the cache.
  if [ "$(linked plain/env)" -gt 0 ]; then
    for way in hardlink copy clone; do
      rm -rf hidden
      check "--link-mode=$way" mk --link-mode=$way hidden/first
      check '... another' mk --link-mode=$way hidden/before
      file=$(ls hidden/first/lib/python3*/site-packages/pip.py)
      was=$(cat "$file") time=$(stat -c %y "$file")
      "${as[@]}" sh -c 'chmod u+w "$1"; tr A-Y B-Z <"$1" >edited; cat edited >"$1"; touch -d "$2" "$1"; rm edited' - "$file" "$time"
      edited=$(cat "$file")
      is '... is edited' "$([ "$edited" != "$was" ] && echo yes) $(stat -c %y "$file")" "yes $time"
      check '... a third' mk --link-mode=$way hidden/after
      seen () { cat hidden/"$1"/lib/python3*/site-packages/pip.py; }
      if [ $way = hardlink ]; then
        is '... which has the edit, and so have all' "$(seen before)$(seen after)" "$edited$edited"
        changed=$(stat -c %z "$file")
        mk --link-mode=hardlink hidden/fourth
        is '... and each link changes the time of the last change' "$([ "$(stat -c %z "$file")" != "$changed" ] && echo yes)" yes
        # So that the others begin with what the wheel has.
        "${as[@]}" "$VENVB" --cache-clean
      else
        is '... which has it not, nor has another' "$(seen before)$(seen after)" "$was$was"
      fi
    done
  fi

  # A directory that hands its group on.
  if [ -n "$group" ]; then
    for way in hardlink auto copy clone; do
      rm -rf shared; mkdir shared; chgrp "$group" shared; chmod 2775 shared
      [ "$(id -u)" -ne 0 ] || { chown 65534 shared; chmod 2775 shared; }
      mk --link-mode=$way shared/env
      is "a setgid directory, $way" "$(others shared "$group")" ''
      is '... the cache has none of it' "$(find cache -group "$group" | wc -l)" 0
    done
    mk --link-mode=hardlink --no-cache shared/own
    is '... without the cache' "$(others shared "$group")" ''
    # One that is there, and hands on a group only from a part of it on.
    "${as[@]}" "$VENVB" -p "$base" --without-pip over
    lib=$(echo over/lib/python3*/site-packages)
    chgrp "$group" "$lib"; chmod g+s "$lib"
    [ "$(id -u)" -ne 0 ] || { chown 65534 "$lib"; chmod g+s "$lib"; }
    mk --link-mode=hardlink over
    is 'over one whose packages are of a group' "$(others "$lib" "$group")" ''
    # Once more linked, where nothing of this is asked for.
    mk --link-mode=hardlink plain/again
    is 'a directory like any, after that' "$(linked plain/again)" "$probe"
  else
    skip 'a setgid directory' 'he has one group only'
  fi

  # A default access list: group and umask are its own, whatever the process's are.
  cat >list.py <<'END'
import os, struct, sys
USER_OBJ, USER, GROUP_OBJ, MASK, OTHER = 1, 2, 4, 0x10, 0x20
entries = [(USER_OBJ, 7, 2**32 - 1), (USER, 7, 4242), (GROUP_OBJ, 5, 2**32 - 1), (MASK, 7, 2**32 - 1), (OTHER, 0, 2**32 - 1)]
data = struct.pack('<I', 2) + b''.join(struct.pack('<HHI', *entry) for entry in entries)
os.setxattr(sys.argv[1], 'system.posix_acl_default', data)
END
  # The list of a file that is made there, by any program, and of those that are not so.
  cat >differ.py <<'END'
import os, sys
top = sys.argv[1]
def look(path):
    return os.lstat(path).st_mode & 0o777, os.getxattr(path, 'system.posix_acl_access')
open(os.path.join(top, 'any'), 'w').close()
plain = look(os.path.join(top, 'any'))
os.unlink(os.path.join(top, 'any'))
for folder, folders, files in os.walk(top):
    for name in files:
        path = os.path.join(folder, name)
        if 'site-packages' in path and not os.path.islink(path) and (not os.path.exists(path) or look(path) != plain):
            print(path, oct(os.lstat(path).st_mode))
END
  mkdir listed; [ "$(id -u)" -ne 0 ] || chown 65534:65534 listed
  if "${as[@]}" python3 list.py listed 2>/dev/null || python3 list.py listed 2>/dev/null; then
    for way in hardlink auto copy clone; do
      rm -rf listed/*
      mk --link-mode=$way listed/env
      is "a default access list, $way" "$(python3 differ.py listed/env 2>&1 | head -n 3)" ''
    done
    rm -rf listed/*; mk --no-cache listed/env
    is '... without the cache' "$(python3 differ.py listed/env 2>&1 | head -n 3)" ''
    # The cache's own is for nobody else.
    mkdir other; [ "$(id -u)" -ne 0 ] || chown 65534:65534 other
    python3 list.py other
    mk --cache-dir "$PWD/other/cache" --link-mode=hardlink plain/filled
    mk --cache-dir "$PWD/other/cache" --link-mode=hardlink plain/third
    is 'a cache with a default access list' \
      "$(python3 -c 'import os, sys
for folder, folders, files in os.walk(sys.argv[1]):
    for name in files:
        if "system.posix_acl_access" in os.listxattr(os.path.join(folder, name), follow_symlinks=False): print(name)' plain/third)" ''
  else
    skip 'a default access list' 'the file system has none'
  fi

  # Another umask.
  (umask 027; mk --link-mode=hardlink masked)
  is 'umask 027, with a cache of umask 022' "$(find masked/lib -perm /007 -type f | head -n 3)" ''
  (umask 002; mk --link-mode=hardlink open)
  is '... and 002' "$(find open/lib/python3*/site-packages -type f ! -perm -664 | head -n 3)" ''

  # Another owner: of a cache for all, from which a user may link where the system lets him.
  if [ "$(id -u)" -eq 0 ]; then
    (cd "$scratch" && "$VENVB" -p "$base" --plugin="pip,wheel-dir=$scratch/wheels" --cache-warm --cache-dir "$scratch/all") >out 2>&1
    mk --link-mode=hardlink --shared-cache-dir "$scratch/all" --cache-dir "$PWD/none" theirs
    is "a cache of root's" "$(find theirs ! -user 65534 | head -n 3)" ''
  else
    skip "a cache of root's" 'not root'
  fi
else
  skip_all 'no Python for another user, or no way to venvb'
fi
finish
