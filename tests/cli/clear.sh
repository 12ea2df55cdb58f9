# shellcheck shell=bash
# What --clear refuses, what it never touches, and what comes back: the part of
# it that needs mounts, other users and other attributes than modes.
. "${srcdir:-.}/tests/lib.sh"

find_base
use_only_base

mk () { "$VENVB" --without-pip "$@"; }
refused () # NAME PATTERN DIR COMMAND...: DIR is as it was
{
  local name=$1 pattern=$2 dir=$3 before; shift 3
  before=$(tree_of "$dir")
  check_fails "$name" 1 "$pattern" "$@"
  is '... and all is as it was' "$(tree_of "$dir")" "$before"
}

# Projects.

mkdir -p guard/project guard/home/sub; echo gold >guard/project/file; echo gold >guard/home/file
for mark in .bzr _darcs CVS .jj .pijul; do
  mkdir "guard/project/$mark"
  refused "a project with $mark" "refusing to clear .*'$mark'" guard mk --clear guard/project
  rmdir "guard/project/$mark"
done
for mark in .fslckout _FOSSIL_; do
  head -c 8192 /dev/zero >"guard/project/$mark"
  refused "a project with $mark" "refusing to clear .*'$mark'" guard mk --clear guard/project
  rm "guard/project/$mark"
done

# The home directory.

home=$scratch/guard/home; ln -s guard away
refused 'the home directory, with --force' 'your home directory or holds it$' guard \
  env HOME="$home" "$VENVB" --without-pip --clear --force guard/home
refused '... with a slash, by way of .. and a link' 'your home directory' guard \
  env HOME="$home" "$VENVB" --without-pip --clear --force away/home/sub/../
refused '... when HOME is a link to it' 'your home directory' guard \
  env HOME="$scratch/away/home/" "$VENVB" --without-pip --clear --force guard/home
refused 'what holds the home directory, with --force' 'your home directory' guard \
  env HOME="$home/sub" "$VENVB" --without-pip --clear --force guard/home
in_mounts () { unshare -rm bash -c "$@"; }
if in_mounts 'mount -t tmpfs none "$0"' "$home" 2>/dev/null; then
  mounts=yes
  printf 'root:x:0:0::%s:/bin/sh\nme:x:%s:0::%s:/bin/sh\n' "$home" "$(id -u)" "$home" >passwd; mkdir other
  refused 'the home directory of the user database' 'your home directory' guard \
    in_mounts 'mount --bind passwd /etc/passwd && HOME=/nowhere exec "$0" --without-pip --clear --force guard/home' "$VENVB"
  refused 'the home directory, mounted elsewhere' 'your home directory' guard \
    in_mounts 'mount --bind guard/home other && HOME=$1 exec "$0" --without-pip --clear --force other' "$VENVB" "$home"
  [ -n "${SANITIZER_FLAGS-}" ] || [ "$(id -u)" -ne 0 ] || for how in '' --clear; do
    check "without /proc, copies $how" in_mounts \
      'mount -t tmpfs none /proc && exec "$0" --without-pip --copies "$@" noproc' "$VENVB" ${how:+"$how"}
    check '... works' works noproc
  done
fi

# Who says --force.

mkdir guard/project/.git
refused '--clear and --force of variables' 'refusing to clear' guard \
  env VENVB_CLEAR=1 VENVB_FORCE=1 "$VENVB" --without-pip guard/project
mkdir -p "$XDG_CONFIG_HOME/venvb"
printf '[venvb]\nforce = yes\nclear = yes\n' >"$XDG_CONFIG_HOME/venvb/venvb.conf"
refused '--clear and --force of a file' 'refusing to clear' guard mk guard/project
printf '[venvb]\nforce = yes\n' >"$XDG_CONFIG_HOME/venvb/venvb.conf"
refused '--force of a file, --clear of a variable' 'refusing to clear' guard \
  env VENVB_CLEAR=1 "$VENVB" --without-pip guard/project
check '--force of a file, and --clear' mk --clear guard/project
check '... works' works guard/project
rm "$XDG_CONFIG_HOME/venvb/venvb.conf"
mkdir guard/project/.git
check '--clear of a variable, and --force' env VENVB_CLEAR=1 "$VENVB" --without-pip --force guard/project
check '... empties it' [ ! -e guard/project/.git ]
mkdir guard/project/.git
check '--force of a variable, and --clear' env VENVB_FORCE=1 "$VENVB" --without-pip --clear guard/project

# What is mounted below, or is the directory itself.

# mounted NAME PATTERN BELOW ARGUMENT...: something is mounted at BELOW
mounted ()
{
  local name=$1 pattern=$2 below=$3; shift 3
  rm -rf env gold; mk env; mkdir -p "env/$below" gold; echo gold >gold/file
  check_fails "$name" 1 "$pattern" in_mounts 'mount --bind gold "env/$0" && shift && exec "$@"' "$below" - \
    "$VENVB" --without-pip "$@" env
  is '... nothing is lost' "$(cat gold/file)" gold
  check '... nor moved' [ -d "env/$below" -a ! -e env/.venvb-undo ]
}
if [ -n "${mounts-}" ]; then
  mounted '--clear with something mounted' "cannot clear '.*/env': '.*/env/data' is a mount point" data --clear
  mounted '--clear with something mounted deeper' "'.*/env/lib/a b/c' is a mount point" 'lib/a b/c' --clear
  mounted '--clear --force with something mounted' "is a mount point" data/in --clear --force
  mkdir -p env/data env/lib/in
  check 'a run over lib with something mounted' in_mounts 'mount --bind gold env/lib/in && exec "$0" --without-pip env' "$VENVB"
  is '... nothing is lost' "$(cat gold/file)" gold
  check 'a run with something mounted elsewhere' in_mounts 'mount --bind gold env/data && exec "$0" --without-pip env' "$VENVB"
  is '... nothing is lost' "$(cat gold/file)" gold
  mkdir -p volume
  check '--clear of a mount point, emptied in place' in_mounts 'mount -t tmpfs none volume && mkdir volume/old && echo >volume/old/file &&
    inode=$(stat -c %d:%i volume) && "$0" --without-pip --clear volume && [ ! -e volume/old ] && [ "$(stat -c %d:%i volume)" = "$inode" ] && [ -x volume/bin/python ]' "$VENVB"
  # What a killed run has left is removed by the next one, but not what was mounted there.
  rm -rf env; mkdir -p env/.venvb-undo.trash/deep/in
  in_mounts 'mount --bind gold env/.venvb-undo.trash/deep/in && exec "$0" --without-pip env' "$VENVB" >/dev/null 2>&1
  is 'a mount point in what a killed run has left' "$(cat gold/file)" gold
else
  skip 'mount points' 'no mounting here'
fi

# Links in an environment that lead out of it.

mkdir -p precious/python; echo gold >precious/file
for name in bin lib include lib64; do
  rm -rf env; mk env; rm -rf "env/$name"; ln -s ../precious "env/$name"
  case $name in
  lib64) pattern='' ;;
  *) pattern='symbolic link' ;;
  esac
  if [ -n "$pattern" ]; then
    refused "a link in place of $name" "$pattern" precious mk env
  else
    before=$(tree_of precious); mk env >/dev/null 2>&1; is "a link in place of $name" "$(tree_of precious)" "$before"
  fi
  check "--clear with a link in place of $name" mk --clear env
  is '... does not follow it' "$(cat precious/file)" gold
  check '... works' works env
done
rm -rf env; mk env; version=$(basename env/lib/python*)
rm -rf env/lib; mkdir env/real; ln -s real env/lib
check 'a link that stays in the environment' mk env
check '... is used' [ -d "env/real/$version/site-packages" ]
if "$VENVB" wheels >/dev/null 2>&1 && [ -d "wheels/lib/$version/site-packages/pip" ]; then
  pip=wheels/lib/$version/site-packages/pip
  rm -rf "${pip%/*}"/*; mkdir pip-src; echo gold >pip-src/__init__.py; ln -s "$scratch/pip-src" "$pip"
  refused 'a package that is a link to a work tree' "pip' is a symbolic link that leads elsewhere" pip-src "$VENVB" wheels
else
  skip 'a package that is a link to a work tree' 'no pip here'
fi

# What comes back.

cat >attributes.py <<'END'
import os, sys
for name in sys.argv[1:]:
    print(name, oct(os.lstat(name).st_mode), os.lstat(name).st_mtime_ns,
          sorted((a, os.getxattr(name, a)) for a in os.listxattr(name)))
END
rm -rf env; mk env; mkdir -m 2751 env/data; echo x >env/data/file; chmod 4701 env/data/file
touch -d 2001-02-03 env/data/file env/data
"$base" -c 'import os; os.setxattr("env/data/file", "user.venvb", b"x"); os.setxattr("env/data", "user.venvb", b"y")' 2>/dev/null
command -v setfacl >/dev/null && setfacl -m u:1234:rwx env/data 2>/dev/null
attributes () { tree_of env; "$base" attributes.py env/data/file env/data; }
before=$(attributes)
if [ -e "$misbehave" ]; then
  check_fails '--clear fails' 1 'no luck' mk --clear --plugin="$misbehave,how=error" env
  is '... modes, times, attributes are as they were' "$(attributes)" "$before"
fi

# The parent need not be writable.

if [ "$(id -u)" -eq 0 ]; then
  nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups env HOME=/nonexistent)
  chmod 755 "$scratch"
  "${nobody[@]}" test -x "$base" 2>/dev/null || ln -sf /usr/bin/python3 tools/python3
  "${nobody[@]}" test -x "$builddir/command/venvb" -a -r "$srcdir/templates" -a -x tools/python3 2>/dev/null || nobody=()
else
  nobody=(env)
fi
if [ ${#nobody[@]} -gt 0 ]; then
  mkdir -p closed/env/old; chmod 777 closed/env; chmod 555 closed
  [ "$(id -u)" -ne 0 ] || chown -R 65534 closed/env
  check 'a parent that is not writable' "${nobody[@]}" "$VENVB" --without-pip --clear closed/env
  check '... is no hindrance' [ -x closed/env/bin/python -a ! -e closed/env/old ]
  chmod 755 closed
else
  skip 'a parent that is not writable' 'needs a tree that others may read'
fi

# What another user has put there in place of what a killed run leaves.

victim=$scratch/forged/written
hash () { "$base" -c 'import sys
n = 0xcbf29ce484222325
for c in sys.argv[1].encode(): n = (n ^ c) * 0x100000001b3 % 2**64
print("%x" % (n | 1))' "$1"; }
born () { date -d "$(stat -c %w "$1")" +%s.%N; }
forge () # a log that is right, of what a killed run has put aside
{
  rm -rf forged; mkdir -p forged/work; mkdir -m 700 forged/.venvb-undo; echo gold >forged/work/file
  echo evil >forged/.venvb-undo/0; : >forged/.venvb-undo.log; chmod 600 forged/.venvb-undo.log
  printf '%s\n' "venvb-undo-2 w ${dir-$(stat -c %i forged)} 0 $(hash "$scratch/forged") 1.000000000 1.000000000 b $(stat -c %i forged/.venvb-undo.log) $(born forged/.venvb-undo.log)" \
    "N -1 $(stat -c '%i %s' forged/.venvb-undo) 1.0 1.0 1 .venvb-undo" \
    "F 0 $(stat -c '%i %s %.9Y %.9Z' forged/.venvb-undo/0) 1 written" >>forged/.venvb-undo.log
}
not_obeyed () # NAME FILE
{
  check "$1" mk forged
  check '... it is not obeyed' [ ! -e "$victim" -a -e "forged/.venvb-kept-1/$2" ]
  is '... nothing is lost' "$(cat forged/work/file)" gold
}
forge
if [ "$(stat -c %W forged/work/file)" -eq 0 ]; then
  skip 'a log that was tampered with' 'no times of birth'
else
  check 'what a killed run has left' mk forged
  is '... is obeyed, so the test is one' "$(cat "$victim")" evil
  rm "$victim"
  forge; chmod -R a+rwX forged; not_obeyed 'others may write to what was left' .venvb-undo.log
  forge; chmod 755 forged/.venvb-undo; not_obeyed 'others may look into what was put aside' .venvb-undo.log
  forge; cp forged/.venvb-undo.log log; rm forged/.venvb-undo.log; cp log forged/.venvb-undo.log
  not_obeyed 'a log that was copied' .venvb-undo.log
  forge; mv forged/.venvb-undo saved; cp -a saved forged/.venvb-undo; rm -r saved
  not_obeyed 'what was put aside was copied' .venvb-undo/0
  forge; rm forged/.venvb-undo/0; echo other >forged/.venvb-undo/0
  not_obeyed 'what was put aside is another file' .venvb-undo/0
  dir=1 forge; not_obeyed 'a log of another directory' .venvb-undo.log
  unset dir
  forge; ln forged/.venvb-undo.log forged/work/log; not_obeyed 'a log with a second name' .venvb-undo.log
  if [ "$(id -u)" -eq 0 ]; then
    forge; chown -hR 12345 forged/.venvb-undo forged/.venvb-undo.log; not_obeyed "another user's log" .venvb-undo.log
    forge; chown 12345 forged/.venvb-undo.log; not_obeyed "another user's log of what is this user's" .venvb-undo.log
    forge; chown 12345 forged/.venvb-undo; not_obeyed "this user's log of what is another one's" .venvb-undo/0
  else
    skip "another user's log" 'only root can give files away'
  fi
fi
finish
