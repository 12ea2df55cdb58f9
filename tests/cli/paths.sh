# shellcheck shell=bash
# Names of directories and interpreters: what works, and what is refused with
# one clear line and without a trace.
. "${srcdir:-.}/tests/lib.sh"

mk () { "$VENVB" --without-pip "$@"; }
works () { local dir=$1; [ "${dir#/}" != "$dir" ] || dir=./$dir; "$dir/bin/python" -c 'import sys; sys.exit(sys.prefix == sys.base_prefix)'; }
makes () { mk "$@" && works "${@: -1}"; }
find_base
use_only_base
# The cache may grow; all else in the scratch directory counts, but how large a directory is.
tree () { tree_of "$scratch" no-times loose-directories but=./cache but=.out but=.err; }

# refused NAME PATTERN COMMAND...: fails with one line, leaves nothing behind.
refused ()
{
  local name=$1 pattern=$2 before; shift 2
  before=$(tree)
  check_fails "$name" 1 "$pattern" "$@"
  is '... leaves nothing behind' "$(tree)" "$before"
}

# Names that work.

mkdir exists
check 'a directory that exists' makes exists
check 'nested parents' makes a/b/c/env
check 'an absolute path' makes "$scratch/abs"
check 'a trailing slash' makes slash/
check 'doubled slashes' makes a//b///double
check '... are one' [ -d a/b/double ]
check 'dots' makes ./a/./../dots
check '... are resolved' grep -qF "$scratch/dots" dots/bin/activate
check 'dots by way of what is not there' mk nowhere/../dots2
check '... do not make it' [ -d dots2 -a ! -e nowhere ]
check 'the current directory' sh -c 'mkdir here && cd here && "$0" --without-pip . && bin/python -c ""' "$VENVB"
for name in 'with space' "it's" 'a"b' 'a$HOME`id`;&|<>(){}*?[x]!#~' 'back\slash' 'grün-Ünïcødé-日本' \
    $'tab\there' $'escape\e[31m' -dash --dashes '=' '@' '%s%n' '__VENV_DIR__' ' ' "$(printf 'x%.0s' {1..255})"
do
  check "a name like $(printf %.24q "$name")" makes -- "$name"
done
for name in $'new\nline' $'\xff\xfe-not-utf8'
do
  check "a name like $(printf %q "$name") can be made" mk -- "$name"
  check '... and is found again' works "$name"
done
deep=$(printf 'd%.0s' {1..200})
check 'a path of more than a thousand characters' makes "$deep/$deep/$deep/$deep/$deep/env"
check 'two hundred environments at once' mk many/{1..200}
is '... are all there' "$(find many -name pyvenv.cfg | wc -l)" 200
rm -rf many
ln -s a alias
check 'a parent that is a link' makes alias/through
check '... is kept in the name' grep -qF "$scratch/alias/through" a/through/bin/activate

# Names that do not.

refused 'a colon' "'$scratch/a:b'|'a:b'.*':'" mk a:b
refused 'a colon in a parent' "':'" mk new/a:b/env
mkdir -p x:y/z
in_colon () (cd x:y/z && "$@")
refused 'a colon in the current directory' \
  "in 'env': the current directory '$scratch/x:y/z' contains the PATH separator ':'\$" in_colon "$VENVB" --without-pip env
refused '... and in the name' "in 'a:b': it contains the PATH separator ':'\$" in_colon "$VENVB" --without-pip a:b
refused '... of which a part stays' "in '../env': the current directory '$scratch/x:y/z' contains" in_colon "$VENVB" --without-pip ../env
check '... of which nothing stays' in_colon "$VENVB" --without-pip ../../beside
check '... works' works beside
refused 'an empty name' 'empty' mk ''
refused 'the root' 'root directory' mk -p /nonexistent /
refused 'the root by way of ..' 'root directory' mk -p /nonexistent "$scratch/../../../../../../.."
refused 'a name that is too long for the file system' 'too long' mk "new/par/$(printf 'x%.0s' {1..256})"
refused 'a path that is too long' 'too long' mk "new/$(printf 'xxx/%.0s' {1..1500})"
echo precious >file
refused 'a file in the way' "'$scratch/file': a file is in the way" mk file
refused 'a file as a parent' "'$scratch/file/env'" mk file/env
refused 'a file as a grandparent' "'$scratch/file/" mk file/new/env
is '... is untouched' "$(cat file)" precious
ln -s nowhere dangling
refused 'a dangling link' 'link' mk dangling
refused 'a dangling link as a parent' 'link' mk dangling/env
mkdir linked; ln -s linked alias2
check 'a link to a directory, with a slash' mk alias2/
check '... is kept in the name' grep -qF "$scratch/alias2" linked/bin/activate
ln -s loop loop
refused 'a link to itself' "'$scratch/loop" mk loop/env
mkfifo fifo
refused 'a fifo in the way' 'fifo' mk fifo
mkdir blocked && echo >blocked/bin
refused 'a file in place of bin' 'blocked/bin' mk blocked
refused '/proc' "'/proc" mk /proc/new/env
check_fails 'the first that fails ends the run' 1 'file' mk first file last
check '... those before it stand' works first
check '... those after it are not begun' [ ! -e last ]

# Interpreters.

script () # NAME TEXT
{
  printf '%s\n' "$2" >"tools/$1" && chmod +x "tools/$1"
}
script garbage $'#!/bin/sh\nprintf "\\001\\033[31m\\377 venvb=\\n"; exit 0'
script liar $'#!/bin/sh\nprintf "venvb-facts=1\\0implementation=cpython\\0version=3.12.1\\0"'
script oldliar $'#!/bin/sh\nprintf "venvb-facts=1\\0implementation=cpython\\0version=3.5.9\\0executable=/x\\0"'
script other $'#!/bin/sh\nprintf "venvb-facts=1\\0implementation=jython\\0version=3.10.1\\0executable=/x\\0"'
script endless $'#!/bin/sh\nexec yes'
script dies $'#!/bin/sh\nkill -SEGV $$'
script noise $'#!/bin/sh\necho secret >&2; echo out; exit 3'
script noshebang $'\001\002\003'
script badshebang $'#!/nonexistent/interpreter\n'
echo plain >tools/notexec
refused 'no such interpreter' "no Python 'python9.9' on PATH" mk -p python9.9 new/env
refused 'no such path' "'./none'.*No such file" mk -p ./none new/env
refused 'a directory' "'tools/': it is no installation, environment or build tree" mk -p tools/ new/env
refused 'a file that is not executable' "not an executable" mk -p tools/notexec new/env
refused '/bin/true' "'/bin/true' is not a Python" mk -p /bin/true new/env
refused '/bin/cat' "'/bin/cat' is not a Python" mk -p /bin/cat new/env
for name in garbage endless noise noshebang badshebang dies
do
  refused "an interpreter that is $name" "'$scratch/tools/$name' is not a Python" mk -p "tools/$name" new/env
done
refused 'an interpreter that tells half of it' "tools/liar'" mk -p tools/liar new/env
refused 'an interpreter that is too old' '3\.5\.9.*3\.6 or newer' mk -p tools/oldliar new/env
refused 'an interpreter that is not CPython' 'jython.*CPython' mk -p tools/other new/env
old=$(ls -d "${PYENV_ROOT:-/root/.pyenv}"/versions/2.7.*/bin/python2.7 2>/dev/null | tail -n 1)
if [ -x "$old" ]; then
  refused 'Python 2.7' '2\.7\.[0-9]+; .*newer' mk -p "$old" new/env
else
  skip 'Python 2.7' 'there is none'
fi
mkdir empty
for tool in sh ls sed cat rm expr grep dirname basename; do ln -s "$(command -v $tool)" empty/; done
refused 'no python3 on PATH' 'no python3 on PATH' env PATH="$scratch/empty" /bin/sh "$VENVB" --without-pip new/env

# A base Python that has no ensurepip: the directory where it would be is
# made to look elsewhere by a wrapper.
cat >tools/nopip <<END
#!/bin/sh
for last; do :; done
case \$5 in *venvb-facts*) "$base" "\$@" | sed -z 's|^stdlib=.*|stdlib=/nowhere|' ;; *) exec "$base" "\$@" ;; esac
END
chmod +x tools/nopip
refused 'a base Python without ensurepip' 'ensurepip.*--without-pip' "$VENVB" --no-plugin=pip -p tools/nopip new/env
check '... is good enough without pip' makes -p tools/nopip nopip

# Rights.

as_nobody () { setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }
chmod 755 "$scratch"
as_nobody test -x "$base" 2>/dev/null || ln -sf /usr/bin/python3 tools/python3
if [ "$(id -u)" -eq 0 ] && as_nobody test -x "$builddir/command/venvb" -a -r "$srcdir/templates" -a -x tools/python3 2>/dev/null
then
  mkdir -m 755 locked; mkdir -m 777 open
  nobody () { as_nobody env HOME="$scratch/open" PATH="$PATH" "$VENVB" --without-pip "$@"; }
  check 'an ordinary user' nobody open/env
  refused 'an unwritable parent' "'$scratch/locked/env'.*denied" nobody locked/env
  refused '... of a parent' "'$scratch/locked/new'.*denied" nobody locked/new/env
  refused 'an unwritable directory' "'$scratch/exists/[^']*'.*denied" nobody exists
else
  skip 'rights of an ordinary user' 'needs root, and a tree that others may read'
fi

# File systems.

if [ "$(id -u)" -eq 0 ] && mkdir small && mount -t tmpfs -o size=64k,nr_inodes=200 tmpfs small 2>/dev/null
then
  trap 'umount small/ro 2>/dev/null; umount -l "$scratch/small" 2>/dev/null; rm -rf "$scratch"' EXIT
  mkdir small/env && cp "$srcdir/tests/lib.sh" small/env/file
  refused 'a full file system' 'No space' mk --copies small/new/env
  refused 'a full file system, existing directory' 'No space' mk --copies small/env
  refused 'a full file system, --clear' 'No space' mk --copies --clear small/env
  head -c 44k /dev/zero >small/fill
  refused 'one that is full at once' 'No space' mk small/new/env
  refused 'one that is full at once, existing directory' 'No space' mk small/env
  rm small/fill
  mount -o remount,ro small
  refused 'a read-only file system' 'Read-only' mk small/new/env
  refused 'a read-only file system, existing directory' 'Read-only' mk small/env
  umount small
else
  skip 'a full file system' 'mount needs root'
fi

finish
