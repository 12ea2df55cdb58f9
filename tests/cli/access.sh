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
killed_long_ago () { kill_group $run; sleep 11; }
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
rm -rf shr; mk shr; before=$(tree_of shr)
setsid "$VENVB" --no-cache shr 2>run.err & run=$!
for _ in {1..1000}; do compgen -G 'shr/.venvb-image*/*' >/dev/null && break; sleep .01; done
kill_group $run
check 'a run without cache, killed while it unpacks, leaves that' compgen -G 'shr/.venvb-image*/*'
check '... and the next run takes it away' recovers mk shr
is '... all is as it was' "$(tree_of shr)" "$before"

finish
