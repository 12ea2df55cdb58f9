# shellcheck shell=bash
# What a full disk, a shell in the wrong directory or a mode leaves of an environment is found
# by --check, and mended by what it says is to be typed.
# shellcheck source=tests/lib.sh
. "${srcdir:-.}/tests/lib.sh"

find_base real
unset VIRTUAL_ENV
mkdir bin && printf '#!/bin/sh\nexec "%s" "$@"\n' "$VENVB" >bin/venvb && chmod +x bin/venvb
export PATH=$scratch/bin:$PATH
check 'an environment' "$VENVB" -p "$base" V
lib=$(echo V/lib/python3*/site-packages)
pip=$(echo "$lib"/pip-*.dist-info)
check '... is sound' "$VENVB" --check V

# The check names it, and the first command that it prints mends it.
mends () # WHAT PATTERN
{
  local mend
  "$VENVB" --check V >said 2>&1
  is "$1: found" $? 1
  check '... and named' grep -q -- "$2" said
  mend=$(sed -n 's/^  to mend it: //p' said | head -n 1)
  bash -c "$mend" >mended 2>&1
  is '... what is to be typed works' "$?" 0
  check '... and it is sound' "$VENVB" --check V
  check '... pip runs' V/bin/pip --version
}

grep -v 'METADATA' "$pip/RECORD" >cut && cp cut "$pip/RECORD"
mends 'a RECORD without METADATA' 'cut short'
: >"$pip/RECORD"
mends 'an empty RECORD' 'cut short'
if [ -e "$pip/top_level.txt" ]; then
  grep -v '^pip/' "$pip/RECORD" >cut; cp cut "$pip/RECORD"; rm -r "$lib/pip/_vendor"
  mends 'a RECORD that has lost the package' 'cut short'
else
  skip 'a RECORD that has lost the package' 'pip has no top_level.txt'
fi
: >V/bin/activate
mends 'an empty activation script' 'activates nothing'
name=$(basename "$(echo V/bin/python3.*)")
rm "V/bin/$name"; mkdir "V/bin/$name"
mends 'a directory in the place of a name' 'is a directory'
rm V/bin/python; mkdir V/bin/python
mends 'a directory in the place of python' 'is a directory'
ln -sfn /bin/sh "V/bin/$name"
mends 'a name that leads to a shell' 'is no Python'
chmod -x V/bin/pip
mends 'a script that is not executable' 'Permission denied'
if [ "$(id -u)" -ne 0 ]; then
  chmod 0 "$lib"
  mends 'packages that cannot be read' "can't be read"
else
  skip 'packages that cannot be read' 'root reads all'
fi

# What an empty variable of a script leaves of an option is refused.
for option in --lock= --requirement= --cache-dir= --shared-cache-dir= --plugin-dir= --no-plugin= --plugin=; do
  check_fails "$option" 2 "^venvb: ${option%=}: it is empty" "$VENVB" "$option" new
done
check_fails '-r ""' 2 '^venvb: --requirement: it is empty' "$VENVB" -r '' new
check 'nothing was made' test ! -e new
check 'a variable that is empty counts for nothing' env VENVB_LOCK= "$VENVB" --without-pip E

# A link that leads nowhere is not ours.
ln -s nowhere link
check_fails 'a link that leads nowhere' 1 "a symbolic link is in the way$" "$VENVB" link
is '... stays' "$(readlink link)" nowhere
finish
