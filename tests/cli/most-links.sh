# shellcheck shell=bash
# A file can't have more links than its file system allows: then the image gets a new one,
# so that the next environments are linked again.

# shellcheck source=tests/lib.sh
. "${srcdir:-.}/tests/lib.sh"

tool=$builddir/tests/wheel-tool
[ ! -x "$builddir/tests/.libs/wheel-tool" ] || tool=$builddir/tests/.libs/wheel-tool
export VENVB_MODULE_DIR=$builddir/wheel/.libs
export LD_LIBRARY_PATH=$builddir/.libs${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
find_base real
version=$("$base" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
"$base" "$srcdir/tests/cli/wheel-demo.py" "$scratch"
umask 022
check 'an image' "$tool" make demo-1.0-py3-none-any.whl image "$base" "$version"
module=$(echo image/tree/lib/python*/site-packages/demo/__init__.py)
path=${module#image/tree/}
put () { rm -rf "$1"; mkdir "$1"; "$tool" install image "$1" /env/bin/python "${2-hardlink}"; }
inode () { stat -c %i "$1"; }
# Files that are there in one environment and in the image.
shared () { find "$1" -type f -links +1 | wc -l; }
check 'an environment' put env-1
links=$(shared env-1)
if [ "$links" = 0 ]; then skip_all 'no hard links here'; fi
listing () { tree_of "$1" no-times; }
all=$(listing env-1)

# With system calls that fail.
with () { local how=$1; shift; strace -f -qq -o /dev/null -e "inject=linkat:error=EMLINK$how" "$@"; }
if ! strace -o /dev/null -e inject=linkat:error=EMLINK true 2>/dev/null; then
  skip 'injected' 'no strace that injects'
else
  for when in 1 2 1+2; do
    rm -rf env-2; mkdir env-2
    was=$(find image/tree -type f -printf '%i\n' | sort)
    check "no more links, $when" with ":when=$when" "$tool" install image env-2 /env/bin/python hardlink
    is '... all is linked' "$(shared env-2)" "$links"
    is '... the same' "$(listing env-2)" "$all"
    check '... of new files' test "$(find image/tree -type f -printf '%i\n' | sort)" != "$was"
    check '... and the image is whole' "$tool" read image
    is '... with nothing in it that was not' "$(ls image)" "manifest
tree"
    is '... the environment before has what it had' "$(listing env-1)" "$all"
  done
  rm -rf env-3; mkdir env-3
  check 'never more links' with '' "$tool" install image env-3 /env/bin/python hardlink
  is '... all is copied' "$(shared env-3) $(listing env-3)" "0 $all"
  is '... and nothing is left in the image' "$(ls image)" "manifest
tree"
  # In a cache that is only to be read.
  if [ "$(id -u)" = 0 ]; then
    skip 'an image that can only be read' 'root writes everywhere'
  else
    find image -type d -exec chmod -w {} +
    rm -rf env-4; mkdir env-4
    check 'an image that can only be read' with ':when=1' "$tool" install image env-4 /env/bin/python hardlink
    is '... is copied' "$(listing env-4)" "$all"
    chmod -R u+w image
  fi
fi

# With as many as there can be.
case $(stat -f -c %T .) in
  ext2/ext3)
    mkdir full
    "$base" - "$module" full <<'END'
import os, sys
n = 0
try:
    while n < 70000:
        os.link(sys.argv[1], '%s/%d' % (sys.argv[2], n))
        n += 1
except OSError:
    pass
END
    was=$(inode "$module")
    check 'with 65,000 links' put env-5
    is '... all is linked' "$(shared env-5)" "$links"
    check '... of a new file' test "$(inode "$module")" != "$was"
    is '... which has two' "$(stat -c %h "env-5/$path")" 2
    is '... the same' "$(listing env-5)" "$all"
    rm -rf full ;;
  *) skip 'with 65,000 links' 'this file system is not ext4' ;;
esac
finish
