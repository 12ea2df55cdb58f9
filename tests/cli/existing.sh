# shellcheck shell=bash
# Directories that hold something: an environment to be worked over, or
# whatever --clear is asked to replace, and must not.
. "${srcdir:-.}/tests/lib.sh"

mk () { "$VENVB" --without-pip "$@"; }
# All of a tree that does not depend on where it is, nor on when it was made.
names () { tree_of "$1" no-times no-sizes no-contents; }
gone () { [ ! -e "$1" ] && [ ! -L "$1" ]; }
home () { sed -n 's/^home = //p' "$1/pyvenv.cfg"; }
find_base
use_only_base

# Over an environment.

mk env; before=$(tree_of env no-times loose-directories)
check 'a second run' mk env
is '... gives the same tree' "$(tree_of env no-times loose-directories)" "$before"
mkdir -p env/src env/data
for i in {1..1000}; do echo "$i" >"env/src/$i"; done
echo mine >env/notes.txt; echo mine >env/data/file; ln -s data env/link; mkfifo env/fifo
echo mine >env/lib/own; echo mine >env/bin/own; chmod 700 env/bin/own; echo '*.tmp' >env/.gitignore
own () { (cd env && find src data notes.txt link fifo lib/own .gitignore bin/own -printf '%i %T@ %C@ %m %p\n' | sort); }
own >before
check 'a run over an environment with other files' mk env
own >after
check '... leaves them as they are' cmp before after
check '... works' works env
if command -v strace >/dev/null && strace -o /dev/null true 2>/dev/null; then
  strace -f -o trace "$VENVB" --without-pip env
  check '... does not even look into other directories' sh -c '! grep -qE "\"(\./)?src/|\"src\", O_" trace'
else
  skip '... does not even look into other directories' 'no strace'
fi
chmod u+w env/bin/activate # its mode is that of the template, which may be read-only
echo rubbish >env/bin/activate; echo rubbish >env/pyvenv.cfg
check 'a run over damaged files' mk env
check '... mends activate' grep -q VIRTUAL_ENV env/bin/activate
check '... mends pyvenv.cfg' grep -q '^home = ' env/pyvenv.cfg
rm env/bin/python env/bin/python3; echo old >env/bin/python
check 'a run over a file in place of the interpreter' mk env
check '... works' works env

mk up; chmod u+w up/bin/activate; echo marker >up/bin/activate; rm up/bin/activate.csh; sed -i "s/^version.*/version = $("$base" -c 'import sys; print("%d.%d" % sys.version_info[:2])').99/" up/pyvenv.cfg
check '--upgrade' mk --upgrade up
is '... leaves the scripts alone' "$(cat up/bin/activate)" marker
check '... and does not make them' gone up/bin/activate.csh
check '... rewrites the configuration' sh -c '! grep -q "^version = [0-9.]*\.99$" up/pyvenv.cfg'

mk kind
check '--copies over links' mk --copies kind
check '... copies' [ ! -L kind/bin/python3 ]
check '... works' works kind
check 'links over copies' mk kind
check '... links' [ -L kind/bin/python3 -a -L kind/bin/python ]
check '... works' works kind

other=
for candidate in "${PYENV_ROOT:-/root/.pyenv}"/versions/3.*/bin/python3 /usr/bin/python3 /usr/local/bin/python3; do
  [ -x "$candidate" ] && [ "$(dirname "$candidate")" != "$(dirname "$base")" ] && other=$candidate
done
if [ -n "$other" ]; then
  mk change
  check 'another base Python over an old environment' mk -p "$other" change
  is '... is the new home' "$(home change)" "$(dirname "$other")"
  is '... is what python leads to' "$(change/bin/python -c 'import sys; print(sys.base_prefix)')" \
    "$("$other" -c 'import sys; print(sys.base_prefix)')"
  is '... and python3' "$(change/bin/python3 -c 'import sys; print(sys.base_prefix)')" \
    "$("$other" -c 'import sys; print(sys.base_prefix)')"
  check '... works' works change
else
  skip 'another base Python' 'there is none'
fi

if [ -z "$again" ] && [ "$("$base" -c 'import ensurepip' 2>&1)" = '' ]; then
  check 'pip into an environment without' "$VENVB" --no-plugin=pip up
  check '... works' up/bin/python -m pip --version
  check 'a run over pip' "$VENVB" --no-plugin=pip up
  check '... works' up/bin/python -m pip --version
  wheels=$("$base" -c 'import ensurepip, os; print(os.path.join(os.path.dirname(ensurepip.__file__), "_bundled"))')
  check '--upgrade-deps' env PIP_FIND_LINKS="$wheels" "$VENVB" --no-plugin=pip --upgrade-deps deps
  check '... leaves pip' deps/bin/pip --version
  before=$(tree_of up)
  check_fails '--upgrade-deps without an index' 1 'cannot upgrade pip' sh -c \
    '"$@" 2>&1 | head -n 1 >&2; exit 1' sh env PIP_NO_INDEX= PIP_INDEX_URL=http://127.0.0.1:9/ PIP_RETRIES=0 \
    PIP_IGNORE_INSTALLED=1 "$VENVB" --no-plugin=pip --upgrade-deps up
  is '... leaves all as it was' "$(tree_of up)" "$before"
fi

# --clear.

mkdir -p clear/src; echo old >clear/src/file; echo old >clear/top; ln -s /nowhere clear/dangling; mkfifo clear/pipe
mk clear; echo >clear/lib/stale
check '--clear' mk --clear clear
mk plain
is '... leaves nothing of the old' "$(names clear)" "$(names plain)"
check '--clear of what is not there' mk --clear notthere
check '... works' works notthere
mkdir hollow
check '--clear of an empty directory' mk --clear hollow
check '... works' works hollow
mk inode; before=$(stat -c %i inode)
check '--clear keeps the directory itself' mk --clear inode
is '... the inode' "$(stat -c %i inode)" "$before"

mkdir -p precious/sub; echo gold >precious/file; echo gold >precious/sub/file; chmod 500 precious/sub
before=$(tree_of precious)
mk linked; ln -s ../precious linked/link; ln -s ../../precious linked/lib/link; ln -s ../precious/file linked/file
rm -rf linked/include; ln -s ../precious linked/include
ln linked/../precious/file linked/hard
check '--clear with links to the outside' mk --clear linked
is '... follows none' "$(tree_of precious)" "$before"
mk linked2; rm -rf linked2/bin; ln -s ../precious linked2/bin
check_fails 'a link in place of bin' 1 "bin': a symbolic link is in the way" mk linked2
is '... is not followed' "$(tree_of precious)" "$before"

refused () # NAME PATTERN COMMAND...
{
  local name=$1 pattern=$2 before; shift 2
  before=$(tree_of guard)
  check_fails "$name" 1 "refusing to clear .*$pattern" "$@"
  is '... and all is as it was' "$(tree_of guard)" "$before"
}
mkdir -p guard/home guard/project/sub guard/work; echo work >guard/project/code; ln -s guard/project toproject
ln -s guard away; HOME=$scratch/guard/home
for mark in .git .hg .svn pyproject.toml setup.py setup.cfg; do
  if [ "${mark#.}" = "$mark" ]; then touch "guard/project/$mark"; else mkdir "guard/project/$mark"; fi
  refused "a project with $mark" "'$mark'" mk --clear guard/project
  rm -r "guard/project/$mark"
done
echo 'gitdir: elsewhere' >guard/project/.git
refused 'a worktree, where .git is a file' "'.git'" mk --clear guard/project
ln -sf nowhere guard/project/.git
refused 'a .git that leads nowhere' "'.git'" mk --clear guard/project
refused 'a project by way of ..' "'.git'" mk --clear guard/project/sub/..
refused 'a project by way of a link' "'.git'" mk --clear away/project
refused 'a project by way of doubled slashes' "'.git'" mk --clear guard//project/./
refused 'the home directory' 'home directory' mk --clear guard/home
refused 'the home directory by way of a link' 'home directory' mk --clear away/home
refused 'one above the home directory' 'home directory' mk --clear guard
in_work () (cd guard/work && "$@")
refused 'the current directory' 'current directory' in_work "$VENVB" --without-pip --clear .
refused 'one above the current directory' 'current directory' in_work "$VENVB" --without-pip --clear ..
refused 'the current directory by its name' 'current directory' in_work "$VENVB" --without-pip --clear "$scratch/guard/work"
# A test that fails must not do harm: this would not get further than to the
# search for the interpreter.
check_fails 'the root' 1 'root directory' mk --clear -p /nonexistent /
check_fails 'the root, with --force' 1 'root directory' mk --clear --force -p /nonexistent /
HOME=$scratch/home
check 'a project above is no matter' mk --clear guard/project/env
check '... and is left' [ -L guard/project/.git -a -f guard/project/code ]
check '--force empties a project' mk --clear --force guard/project
check '... works' works guard/project
check '... nothing is left of it' gone guard/project/code
check '--force of the current directory' in_work "$VENVB" --without-pip --clear --force .
check '... works' works guard/work
mkdir -p nest/.git; mk nest/.git/../env
check 'an environment that holds a project deeper down' sh -c 'mkdir -p nest/env/src/x/.git && "$0" --without-pip --clear nest/env' "$VENVB"

# Rights.

hard_tree ()
{
  mkdir -p "$1/closed/in" "$1/ro/in" "$1/lib/ro"; echo >"$1/closed/in/file"; echo >"$1/ro/in/file"
  echo >"$1/unread"; echo >"$1/lib/ro/file"
  chmod 000 "$1/unread" "$1/closed/in"; chmod 100 "$1/closed"; chmod 555 "$1/ro/in" "$1/ro" "$1/lib/ro"
}
as_nobody () { setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }
chmod 755 "$scratch"
as_nobody test -x "$base" 2>/dev/null || ln -sf /usr/bin/python3 tools/python3
fails_late () { "$@" --plugin="$misbehave,how=error"; }
if [ "$(id -u)" -ne 0 ]; then
  mkdir open; user () { "$@"; }; run_user=yes
elif as_nobody test -x "$builddir/command/venvb" -a -r "$srcdir/templates" -a -x tools/python3 2>/dev/null; then
  mkdir -m 777 open; user () { as_nobody env HOME="$scratch/open" PATH="$PATH" "$@"; }; run_user=yes
fi
hard_tree hard
check '--clear of closed directories' mk --clear hard
is '... leaves nothing of them' "$(names hard)" "$(names plain)"
if [ -n "${run_user-}" ]; then
  export -f hard_tree
  user bash -c 'hard_tree open/env'
  before=$(tree_of open/env)
  if [ -e "$misbehave" ]; then
    check_fails 'an ordinary user: a failed --clear of closed directories' 1 'no luck' \
      fails_late user "$VENVB" --without-pip --clear open/env
    is '... leaves them as they were' "$(tree_of open/env)" "$before"
  fi
  check 'an ordinary user: --clear of closed directories' user "$VENVB" --without-pip --clear open/env
  check '... leaves nothing of them' gone open/env/ro -a gone open/env/closed
  check '... nor of the work' [ -z "$(find open/env -name '.venvb*')" ]
  user bash -c 'hard_tree open/env2'
  chmod -R u+rx open/env2/closed
  before=$(tree_of open/env2)
  if [ -e "$misbehave" ]; then
    check_fails 'an ordinary user: a failed run over closed files' 1 'no luck' \
      fails_late user "$VENVB" --without-pip open/env2
    is '... leaves them as they were' "$(tree_of open/env2)" "$before"
  fi
  check 'an ordinary user: a run over closed files' user "$VENVB" --without-pip open/env2
  if [ "$(id -u)" -eq 0 ]; then
    user mkdir open/foreign; mkdir open/foreign/roots; echo gold >open/foreign/roots/file
    before=$(tree_of open/foreign)
    check_fails "another user's directory" 1 "move aside 'roots'.*(denied|permitted)" user "$VENVB" --without-pip --clear open/foreign
    is '... is as it was' "$(tree_of open/foreign)" "$before"
  fi
else
  skip 'rights of an ordinary user' 'needs a tree that others may read'
fi

finish
