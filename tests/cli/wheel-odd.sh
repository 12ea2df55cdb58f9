# shellcheck shell=bash
# Images and environments where modes or times can't be set (file systems of other
# systems, shares): what is there is right, and what is changed is noticed.

. "$(dirname "$0")/../lib.sh"
export VENVB_MODULE_DIR=$builddir/wheel/.libs
tool=$builddir/tests/wheel-tool
[ ! -x "$builddir/tests/.libs/wheel-tool" ] || tool=$builddir/tests/.libs/wheel-tool
export LD_LIBRARY_PATH=$builddir/.libs${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
python=$(command -v python3) || skip_all 'no python3'
python=$("$python" -c 'import os, sys; print(os.path.realpath(sys.executable))')
version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
"$python" "$srcdir/tests/cli/wheel-demo.py" "$scratch"
wheel=$scratch/demo-1.0-py3-none-any.whl
: >pip-23.0-py3-none-any.whl   # whose manners to follow
umask 022

# With system calls that fail, or do nothing.
with () # SYSCALLS HOW COMMAND...
{
  local calls=$1 how=$2; shift 2
  strace -f -qq -o /dev/null -e "inject=$calls:$how" "$@"
}
[ "$(with /chmod retval=0 chmod 600 "$wheel" 2>/dev/null && stat -c %a "$wheel")" = 644 ] ||
  skip_all 'no strace that injects'

# Byte code that does not fit its source, of which there has to be some.
stale () # DIR
{
  "$python" - "$1" <<'END'
import os, struct, sys
n, stale = 0, []
for directory, _, names in os.walk(sys.argv[1]):
    for name in names:
        if name.endswith('.pyc'):
            path = os.path.join(directory, name)
            with open(path, 'rb') as file:
                words = struct.unpack('<4I', file.read(16))
            source = os.stat(os.path.join(os.path.dirname(directory), name.split('.')[0] + '.py'))
            n += 1
            if tuple(words[2 - (sys.version_info < (3, 7)):][:2]) != (int(source.st_mtime), source.st_size):
                stale.append(path)
print(*stale or ['none' if n else 'no byte code'])
END
}
modes () { find "$1" -type f -printf '%m\n' | sort -u | xargs; }
into () { rm -rf env; mkdir env; "$@"; }
put () { "$tool" install image env /env/bin/python "$1" 2>said; }
times () { find "$1" -type f ! -name manifest -printf '%T@\n' | sort -u; }

now=$(date +%s)
check 'an image' "$tool" make "$wheel" image "$python" "$version"
time=$(times image/tree)
is '... of one even second' "${time#*.} $(wc -l <<<"$time") $((${time%.*} % 2))" '0000000000 1 0'
check '... that is over' test "${time%.*}" -lt "$now" -a "${time%.*}" -ge $((now - 4))
was=$(tree_of image)

for how in error=EPERM error=EOPNOTSUPP error=ENOSYS retval=0; do
  check "times: $how: copied" into with utimensat $how "$tool" install image env /env/bin/python copy
  is '... byte code is of its source' "$(stale env)" none
  check "times: $how: linked" into with utimensat $how "$tool" install image env /env/bin/python hardlink
  is '... byte code is of its source' "$(stale env)" none
  is '... what is in the image is as it was' "$(tree_of image)" "$was"
  check "modes: $how: copied" into with /chmod $how "$tool" install image env /env/bin/python copy
  is '... none is wider than it was made' "$(modes env/lib)" '600 644'
  is '... byte code is of its source' "$(stale env)" none
done
check_fails 'what else keeps a time from being set' 1 'cannot copy .*: No space left on device' \
  into with utimensat error=ENOSPC "$tool" install image env /env/bin/python copy

# Whole images.
while read -r what calls how seen; do
  rm -rf image
  check "an image without $what, $how" with "$calls" $how "$tool" make "$wheel" image "$python" "$version"
  is '... has these modes' "$(modes image/tree)" "$seen"
  check '... is whole' "$tool" read image
  cp -a image aside
  for way in copy hardlink move; do
    check "... $way" into put $way
    is '... byte code is of its source' "$(stale env)" none
    rm -rf image; cp -a aside image
  done
  module=$(echo image/tree/lib/python*/site-packages/demo/__init__.py)
  sed -i 's/./#/' "$module"
  check_fails '... what was edited is noticed' 1 "image 'image' is damaged: '${module#image/tree/}' was changed" \
    "$tool" read image
  rm -rf image; mv aside image
  chmod 640 "$module"
  check_fails '... as is another mode' 1 "image 'image' is damaged: '${module#image/tree/}' was changed" \
    "$tool" read image
done <<'END'
times utimensat retval=0 644 755
times utimensat error=EPERM 644 755
modes /chmod retval=0 600
modes /chmod error=EPERM 600
END
finish
