# shellcheck shell=bash
# Who may read and write what a run leaves, or puts back: what had an owner, a mode, access
# lists and attributes has them again, or narrower ones.  And nothing is removed for its name.
. "${srcdir:-.}/tests/lib.sh"

find_base
use_only_base
ulimit -c 0
umask 022
site=lib/$("$base" -c 'import sys; print("python%d.%d" % sys.version_info[:2])')/site-packages
cat >attr.py <<'END_'
import os, struct, sys
what, path = sys.argv[1:3]
def acl (name, *entries):
    os.setxattr (path, 'system.posix_acl_' + name, struct.pack ('<I', 2) + b''.join (struct.pack ('<HHi', *e) for e in entries))
if what == 'set':
    os.setxattr (path, 'user.note', b'hello')
elif what == 'acl':
    acl ('access', (1, 7, -1), (2, 7, 12345), (4, 0, -1), (16, 7, -1), (32, 0, -1))
    acl ('default', (1, 7, -1), (2, 7, 12345), (4, 0, -1), (16, 7, -1), (32, 0, -1))
else:
    st = os.lstat (path)
    print ('%o' % (st.st_mode & 0o7777), st.st_uid, st.st_gid,
           *sorted ('%s=%s' % (name, os.getxattr (path, name).hex ()) for name in os.listxattr (path)
                    if name.startswith ('user.') or 'posix_acl' in name))
END_
attr () { "$base" attr.py "$@"; }
hook () # DIR SCRIPT: a hook of after all
{
  mkdir -p "$1/post_setup.d"; printf '#!/bin/sh\n%s\n' "$2" >"$1/post_setup.d/10-h"; chmod 755 "$1/post_setup.d/10-h"
}
hook hang 'touch "$MARK"; exec sleep 100'; hook fail 'cd "$VIRTUAL_ENV"; . "$DO"; exit 1'
export MARK=$scratch/reached DO=$scratch/do
hangs () # ARGUMENT...
{
  rm -f reached; setsid "$VENVB" --without-pip --plugin=run-hooks,dir="$scratch/hang" "$@" 2>run.err & run=$!
  wait_for reached
}
fails () { printf '%s\n' "$1" >do; shift; "$VENVB" --without-pip --plugin=run-hooks,dir="$scratch/fail" "$@" >run.out 2>&1; }
mode () { stat -c %a "$@"; }
mk () { "$VENVB" --without-pip "$@"; }
mkdir probe; has_attrs=; attr set probe 2>/dev/null && attr acl probe 2>/dev/null && has_attrs=yes

# A wheel that is unpacked in the environment, without the cache.

for status in 0 1; do
  rm -rf shr; mkdir -p shr/.venvb-image; echo thesis >shr/.venvb-image/t
  echo : >do; "$VENVB" --no-cache --no-compile $([ $status -eq 0 ] || echo --plugin=run-hooks,dir="$scratch/fail") shr >run.out 2>&1
  is "no cache: what has venvb's name stays ($status)" "$? $(cat shr/.venvb-image/t)" "$status thesis"
  is '... and nothing else of that name' "$(ls -A shr | grep -c image)" 1
done
rm -rf shr; mk shr; before=$(tree_of shr loose-directories)
setsid "$VENVB" --no-cache shr 2>run.err & run=$!
for _ in {1..1000}; do compgen -G 'shr/.venvb-image*/*' >/dev/null && break; sleep .01; done
kill_group $run
check 'a run without cache, killed while it unpacks, leaves that' compgen -G 'shr/.venvb-image*/*'
check '... and the next run takes it away' recovers mk shr
is '... all is as it was' "$(tree_of shr loose-directories)" "$before"

# A mount that is made while a directory is removed.

if [ "$(id -u)" -eq 0 ] && type strace >/dev/null 2>&1 && mkdir -p at theirs/deep && mount --bind theirs at 2>/dev/null; then
  umount at; echo 1 >theirs/deep/file; mk mounted
  strace -f -qq -o trace -e trace=unlinkat -P include -e inject=unlinkat:delay_exit=1000000 \
    "$VENVB" --clear --without-pip mounted >run.out 2>&1 & run=$!
  wait_for_line AT_REMOVEDIR trace; place=$(echo mounted/.venvb-undo*/tree/include)
  check 'a mount is made while a directory is removed' mount --bind theirs "$place"
  wait $run
  is '... and is not looked into' "$(cat theirs/deep/file)" 1
  umount "$place"
else
  skip 'a mount that is made while a directory is removed' 'only root may mount, and strace is needed'
fi

# What is put back.

if [ -n "$has_attrs" ]; then
  mk acld; mkdir "acld/$site/acld"; attr acl "acld/$site/acld"; attr set "acld/$site/acld"
  chmod 555 "acld/$site/acld"; before=$(attr get "acld/$site/acld")
  fails "chmod 755 $site/acld; rm -r $site/acld" acld
  is 'a directory that a program has removed has its access lists and attributes' "$? $(attr get "acld/$site/acld")" "1 $before"
else
  skip 'a directory that a program has removed has its access lists and attributes' 'the file system has none'
fi

# What is changed in place can't be put back, but is named.

mk place; mkdir "place/$site/pk"; echo good >"place/$site/pk/a.py"; echo good >"place/$site/pk/b.py"
head -c 300000 /dev/zero >place/bin/big; echo good >place/bin/tool; echo good >place/bin/same; chmod 755 place/bin/*
touch -d '1 hour ago' place/bin/{big,tool,same} "place/$site/pk/a.py" "place/$site/pk/b.py"
fails "echo EVIL >>$site/pk/a.py; echo EVIL >>bin/big; chmod 666 bin/tool; chmod 711 include" place
for file in "$site/pk/a.py" bin/big bin/tool include; do
  check "changed in place and not put back, but named: $file" grep -q "left there: .*'$file'" run.out
done
check '... and nothing else' grep -q "' (changed by others" run.out
is '... nothing else' "$(grep -o "'[^']*'" run.out | grep -cF -e bin/same -e pk/b.py)" 0

old () # DIR: an environment with a private directory
{
  mk "$1"; mkdir -p "$1/include/priv" "$1/share"; echo secret >"$1/include/priv/s"
  chmod 700 "$1/include" "$1/bin"; chmod 550 "$1/share"
  [ -z "$has_attrs" ] || attr set "$1/include"
}
for dir in cleared open private given work; do
  old $dir
  clear=--clear; [ $dir != work ] || clear=--prompt=other
  # shellcheck disable=SC2086
  hangs $clear $dir; kill_group $run
done
for dir in hg linked odd; do
  mkdir -p $dir/.hg/store; echo store >$dir/.hg/requires; touch $dir/.hg/00changelog.i; printf '[ui]\nusername = me\n' >$dir/.hg/hgrc
  hangs --plugin=hg-ignore $dir/e; kill_group $run
done
hangs vault; kill_group $run
private=$(attr get cleared/.venvb-undo/tree/include)
sleep 11
for dir in cleared open private given work; do
  [ $dir = work ] || echo mine >$dir/include/mine
  mkdir -p $dir/share; [ $dir = work ] || echo mine >$dir/share/mine
  echo '# mine' >>$dir/bin/activate.fish
done
mkdir -p vault/vault vault/lib/vault; echo s >vault/vault/s; echo s >vault/lib/vault/s
attr acl vault/vault 2>/dev/null; chmod 550 vault/vault vault/lib/vault; vaults=$(attr get vault/vault; attr get vault/lib/vault)
echo vault >cleared/include/vault
chmod 777 open/include; mkdir -p private/lib; chmod 700 private/lib
[ "$(id -u)" -ne 0 ] || { chown 2222 given/include; chmod 700 given/include; }
for dir in cleared open private work; do
  check "$dir: killed, and worked on: the next run" recovers mk $dir
  is '... a private directory is no wider' "$(mode $dir/include $dir/bin | tr '\n' ' ')" '700 700 '
  is '... nor where what was in the way is' "$(mode $dir/.venvb-kept-1/bin)" 700
done
ln linked/.hg/hgrc linked/link
for dir in hg linked; do
  attr set $dir/.hg/hgrc 2>/dev/null; chmod 640 $dir/.hg/hgrc; printf '\n[auth]\nx.y = z\n' >>$dir/.hg/hgrc; before=$(attr get $dir/.hg/hgrc)
  check "$dir: a file elsewhere that others have changed since: the next run" recovers mk $dir/e
  is '... only the lines of the run are gone' "$(grep -c venvb $dir/.hg/hgrc) $(grep -c 'x.y' $dir/.hg/hgrc)" '0 1'
  is '... and nothing that is noted at it' "$(attr get $dir/.hg/hgrc)" "$before"
done
is '... its other name leads to it' "$(stat -c %i linked/link)" "$(stat -c %i linked/.hg/hgrc)"
chmod 755 odd odd/.hg/hgrc; chmod 700 odd/.hg; sed -i 's/^[^ []*venvb[^=]*=.*/&, else/' odd/.hg/hgrc
check 'a file elsewhere that is not as the run has left it: the next run' recovers mk odd/e
is '... and what was there before is kept for nobody else' "$(cat odd/e/.venvb-kept-1/hgrc | tail -n 1; mode odd/e/.venvb-kept-1)" $'username = me\n700'
check 'directories that somebody may not write to: the next run' recovers mk vault
is '... they are to others what they were' "$(attr get vault/vault; attr get vault/lib/vault)" "$vaults"
is 'what is put back and was put there are together' "$(cat cleared/include/priv/s cleared/include/mine cleared/share/mine | tr '\n' ' ')" 'secret mine mine '
is '... all that others know of it is as before' "$(attr get cleared/include)" "$private"
is '... also what even its owner may not' "$(mode cleared/share)" 550
is 'what was made private since is no wider' "$(mode private/lib)" 700
if [ "$(id -u)" -eq 0 ]; then
  check 'given to somebody since: the next run' recovers mk given
  is '... it is his' "$(stat -c '%u %a' given/include) $(cat given/include/mine)" '2222 700 mine'
  is '... what was there before is kept' "$(stat -c '%u %a' given/.venvb-kept-1/include) $(cat given/.venvb-kept-1/include/priv/s)" '0 700 secret'
else
  skip 'given to somebody since' 'only root can give files away'
fi

finish
