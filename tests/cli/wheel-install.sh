# SPDX-License-Identifier: BSD-2-Clause
# How an image gets into an environment: by every way there is, with the modes
# and scripts that pip would have made, and never damaged unnoticed.

. "$(dirname "$0")/../lib.sh"
export VENVB_MODULE_DIR=$builddir/wheel/.libs
tool=$builddir/tests/wheel-tool
python=$(command -v python3) || skip_all 'no python3'
python=$("$python" -c 'import os, sys; print(os.path.realpath(sys.executable))')
version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
lib=lib/python$version/site-packages
info=$lib/demo-1.0.dist-info

"$python" "$srcdir/tests/cli/wheel-demo.py" "$scratch"
wheel=$scratch/demo-1.0-py3-none-any.whl
"$python" -m venv seed >/dev/null 2>&1 || skip_all 'no venv with ensurepip'
pip_version=$(seed/bin/python -c 'import pip; print(pip.__version__)')
cp "$wheel" plain.whl
: >"pip-$pip_version-py3-none-any.whl"   # whose manners to follow

# An environment finds itself by where it is, so it can be copied.
"$python" -m venv --without-pip bare
bare () { cp -a "$scratch/bare" "$1"; }

# Has pip install the wheel into the environment at a path.
by_pip () # ENV_DIR
{
  bare "$1" &&
    PYTHONPATH=$scratch/seed/$lib "$1/bin/python" -m pip -q install --no-index --find-links "$scratch" demo
}

by_us () # ENV_DIR WAY
{
  bare "$1" &&
    "$tool" install "$scratch/image" "$1" "$1/bin/python" "$2" requested
}

inode () { stat -c %i "$1"; }

# A Python that is not there when its directory is not.
printf '#!/bin/sh\nrm -rf "${PWD%%/tree}"\necho Traceback >&2\nexit 1\n' >removes
chmod +x removes
check_fails 'make, and somebody removes it' 1 'somebody has removed it while it was being compiled$' \
  "$tool" make "$wheel" "$scratch/removed" "$scratch/removes" "$version"

check 'make' "$tool" make "$wheel" "$scratch/image" "$python" "$version"
check 'read' "$tool" read image

# pip compiles no more than we do, but scripts, too.
for mask in 022 002 077; do
  (umask "$mask"; by_pip "$scratch/env") || exit 1
  mv env theirs
  for way in copy move; do
    cp -a image image2
    (umask "$mask"
     bare "$scratch/env" &&
       "$tool" install "$scratch/image2" "$scratch/env" "$scratch/env/bin/python" "$way" requested)
    check "as pip does: $way with umask $mask" \
      "$python" "$srcdir/tests/cli/wheel-compare.py" theirs env
    rm -rf env image2
  done
  rm -rf theirs
done

# The ways.
check 'way: hardlink' by_us "$scratch/linked" hardlink
is 'linked: a module' "$(inode "linked/$lib/demo/__init__.py")" "$(inode "image/tree/$lib/demo/__init__.py")"
is 'linked: its byte code' "$(stat -c %h linked/$lib/demo/__pycache__/__init__*.pyc)" 2
is 'linked: a license' "$(stat -c %h "linked/$info/licenses/LICENSE")" 2
for file in "$info/METADATA" "$info/RECORD" "$info/INSTALLER" "$lib/demo.pth" etc/demo.conf bin/hello bin/demo; do
  is "not linked: $file" "$(stat -c %h "linked/$file")" 1
done
check 'way: copy' by_us "$scratch/copied" copy
is 'copied: a module' "$(stat -c %h "copied/$lib/demo/__init__.py")" 1
is 'copied: with its time' "$(stat -c %y "copied/$lib/demo/__init__.py")" \
  "$(stat -c %y "image/tree/$lib/demo/__init__.py")"
check 'way: auto' by_us "$scratch/auto" auto
cp -a image moving
bare moved
check 'way: move' "$tool" install moving "$scratch/moved" "$scratch/moved/bin/python" move
is 'moved: a module' "$(find moving/tree -name '__init__.py')" ''
check 'moved: not REQUESTED' test ! -e "moved/$info/REQUESTED"
if cp --reflink=always plain.whl reflink.whl 2>/dev/null; then
  check 'way: clone' by_us "$scratch/cloned" clone
else
  check 'way: clone, where there is none' by_us "$scratch/cloned" clone
  is 'it was copied' "$(stat -c %h "cloned/$lib/demo/__init__.py")" 1
fi

for env in linked copied auto moved; do
  for script in demo démo demo-window hello hello-gui plain; do
    check "$env: $script runs" "$env/bin/$script"
  done
done
is 'what a script says' "$(linked/bin/demo-window)" 'window opens'

# Files that are in the way.
mkdir -p "busy/$lib/demo" busy/bin
echo old >"busy/$lib/demo/__init__.py"
ln -s "$scratch/victim" busy/bin/demo
echo victim >victim
check 'install over leftovers' "$tool" install image "$scratch/busy" "$scratch/busy/bin/python" hardlink
is 'they are replaced' "$(inode "busy/$lib/demo/more.py")" "$(inode "image/tree/$lib/demo/more.py")"
is 'links are not followed' "$(cat victim)" victim
mkdir -p "blocked/$lib/demo/__init__.py"
check_fails 'a directory in the way' 1 "cannot install demo 1.0: cannot link '.*__init__.py'" \
  "$tool" install image "$scratch/blocked" /x hardlink

# Damage.
damaged () # NAME PATTERN COMMAND...
{
  local name=$1 pattern=$2; shift 2
  rm -rf hurt; cp -a image hurt
  "$@" || return
  check_fails "noticed: $name" 1 "$pattern" "$tool" read hurt
}
module=hurt/tree/$lib/demo/__init__.py
damaged 'an edit' "'$lib/demo/__init__.py' was changed" sh -c "echo '#' >>'$module'"
damaged 'an edit of the same length' 'was changed' sh -c "printf D | dd of='$module' conv=notrunc 2>/dev/null"
damaged 'a mode' 'was changed' chmod 600 "$module"
damaged 'a time' 'was changed' touch "$module"
damaged 'a file that is gone' 'was changed' rm "$module"
damaged 'a link' 'was changed' ln -sf /etc/passwd "$module"
damaged 'byte code' 'was changed' sh -c "echo x | tee -a hurt/tree/$lib/demo/__pycache__/__init__*.pyc"
damaged 'a manifest that was cut' "image 'hurt' is damaged: its manifest is damaged" truncate -s -10 hurt/manifest
damaged 'a manifest with a bit flipped' "image 'hurt' is damaged: its manifest is damaged" \
  "$python" -c "d = bytearray(open('hurt/manifest', 'rb').read()); d[99] ^= 1; open('hurt/manifest', 'wb').write(d)"
damaged 'no manifest' 'manifest' rm hurt/manifest
damaged 'no tree' 'tree' rm -rf hurt/tree
check 'through a link: before' "$tool" read image
echo '# edited in place' >>"linked/$lib/demo/__init__.py"
check_fails 'through a link: noticed' 1 'was changed' "$tool" read image
rm -rf image
check 'make it again' "$tool" make "$wheel" "$scratch/image" "$python" "$version"
tar cf image.tar image && rm -rf image && tar xf image.tar
check 'an image survives tar' "$tool" read image

# Where files can't be linked.
shm=$(mktemp -d /dev/shm/venvb-test-XXXXXX 2>/dev/null)
if [ -n "$shm" ] && [ "$(stat -c %d "$shm")" != "$(stat -c %d .)" ]; then
  cp -a image "$shm/image"
  bare far
  check 'other file system: auto' "$tool" install "$shm/image" "$scratch/far" "$scratch/far/bin/python" auto
  check 'other file system: the script runs' far/bin/demo
  rm -rf far; bare far
  check 'other file system: hardlink' "$tool" install "$shm/image" "$scratch/far" "$scratch/far/bin/python" hardlink
  check 'other file system: the script runs, again' far/bin/demo
else
  skip 'other file system' 'there is no other file system'
fi
[ -z "$shm" ] || rm -rf "$shm"
if "$python" - "image/tree/$lib/demo/more.py" links <<'EOF'
import os, sys
os.mkdir(sys.argv[2])
try:
    for i in range(66000):
        os.link(sys.argv[1], os.path.join(sys.argv[2], str(i)))
except OSError:
    sys.exit(0)
sys.exit(1)
EOF
then
  bare crowded
  check 'too many links: hardlink' "$tool" install image "$scratch/crowded" "$scratch/crowded/bin/python" hardlink
  is 'too many links: another file, which is linked' "$(stat -c %h "crowded/$lib/demo/more.py")" 2
else
  skip 'too many links' 'the file system has no limit within reach'
fi
rm -rf links

# What the newest pip writes does not run on an old Python; so it is not
# written, whatever lies beside the wheel.
mkdir beside && cp "$wheel" beside && : >beside/pip-26.0-py3-none-any.whl
for minor in 6 7 8 9 10; do
  "$tool" make "beside/${wheel##*/}" "image-$minor" "$python" "3.$minor" source
  mkdir -p "env-$minor"
  "$tool" install "image-$minor" "env-$minor" /x/python copy requested
done
is 'Python 3.8 and older' "$(grep -l 're.sub' env-*/bin/demo | tr '\n' ' ')" \
  'env-6/bin/demo env-7/bin/demo env-8/bin/demo '
is 'Python 3.10 and newer' "$(grep -l removesuffix env-*/bin/demo)" 'env-10/bin/demo'

# First lines.  pip's own are what counts; where its would not work, or would
# have a shell look at a name, ours run all the same.
long=$scratch/$(printf 'x%.0s' $(seq 100))
for dir in "$scratch/a space" "$long" "$long with space" "$scratch/it's a quote"; do
  by_pip "$dir" || exit 1
  mkdir kept; cp "$dir/bin/demo" kept; rm -rf "$dir"
  check "install: ${dir#"$scratch/"}" by_us "$dir" copy
  check "the script is pip's: ${dir#"$scratch/"}" cmp kept/demo "$dir/bin/demo"
  rm -rf kept
done
odd=0
for dir in "$scratch/a space" "$long" "$long with space" "$scratch/it's a quote" \
  "$scratch/a \$(touch bad) b" "$scratch/a \`touch bad\` b" \
  "$scratch/a \"; touch bad; \" b" "$scratch/tri'''ple quote" "$scratch/back\\slash x" \
  "$scratch/tab	bed" "$scratch/new
line" "$scratch/Caf"$'\xe9'" x" "$scratch/é ü" "$long;touch bad"; do
  odd=$((odd + 1))
  [ -d "$dir" ] || by_us "$dir" copy >"$scratch/.out" 2>&1
  is "odd directory $odd: a generated script" "$("$dir/bin/demo" 2>&1)" 'demo runs'
  is "odd directory $odd: the wheel's script" "$("$dir/bin/hello" 2>&1)" 'hello'
done
check 'no name was executed' test ! -e bad
finish
