# shellcheck shell=bash
# ENV_DIR that is a link to a directory, and a .venv that is a file which points to
# one; what others have put there is not followed.
. "${srcdir:-.}/tests/lib.sh"

umask 022
find_base
use_only_base
mk () { "$VENVB" --without-pip "$@"; }
virtual_env () # DIR: as its scripts have it
{
  # shellcheck disable=SC2016
  env -C / bash -c '. "$1/bin/activate"; echo "$VIRTUAL_ENV"' - "$1"
}
sound () { mk --check "$1" >out 2>&1 || { tap_diag "$(cat out)"; return 1; }; }

# A link to a directory.

mkdir disk project; ln -s ../disk project/.venv
check 'a link to an empty directory' mk project/.venv
is '... stays one' "$(readlink project/.venv)" ../disk
is '... VIRTUAL_ENV is the path as typed' "$(virtual_env "$scratch/project/.venv")" "$scratch/project/.venv"
is '... and the command' "$(sed -n 's/^command = .* //p' disk/pyvenv.cfg)" "$scratch/project/.venv"
check '... works' works project/.venv
check '... is sound' sound project/.venv
mk --without-scm-ignore-files --clear project/.venv plain
is '... the tree is that of a directory' "$(tree_of disk no-times no-contents no-sizes)" "$(tree_of plain no-times no-contents no-sizes)"
mk --without-scm-ignore-files project/.venv
before=$(tree_of disk untouched)
check '... once more' mk --without-scm-ignore-files project/.venv
is '... changes nothing' "$(tree_of disk untouched)" "$before"
echo mine >disk/mine
check '... --upgrade' mk --upgrade project/.venv
check '... --clear' mk --clear project/.venv
is '... has emptied the directory' "$(ls disk/mine 2>&1; readlink project/.venv)" "$(ls disk/mine 2>&1; echo ../disk)"
check '... and mine is gone' test ! -e disk/mine
need_misbehave
for how in error segv kill; do
  before=$(tree_of disk no-times)
  for option in --no-wait --clear; do
    mk $option --plugin="$misbehave,how=$how" project/.venv >out 2>&1
    is "... a run that fails ($how, $option): undone" "$? $(tree_of disk no-times)" "1 $before"
  done
  rm -rf empty; mkdir empty; ln -sfn empty new
  mk --plugin="$misbehave,how=$how" new >out 2>&1
  is "... and in an empty directory ($how)" "$? $(ls -A empty) $(readlink new)" '1  empty'
done
ln -s .venv project/twice
check 'a link to a link' mk project/twice
is '... VIRTUAL_ENV' "$(virtual_env "$scratch/project/twice")" "$scratch/project/twice"
mkdir base; ln -s "$scratch/base" up; mkdir base/disk; ln -s disk base/link
check 'a link below one' mk up/link
is '... VIRTUAL_ENV' "$(virtual_env "$scratch/up/link")" "$scratch/up/link"
if "$VENVB" pip-disk >out 2>&1 && [ -x pip-disk/bin/pip ]; then
  mkdir d2; ln -s d2 l2
  check 'with pip' "$VENVB" l2
  check '... works' env -C / "$scratch/l2/bin/pip" --version
fi
ln -s nowhere dangling; : >file; ln -s file to-file; ln -s loop loop
for link in dangling to-file; do
  check_fails "a link, $link" 1 "cannot create directory '.*/$link': a symbolic link is in the way" mk "$link"
done
check 'a link to nowhere still is one' test -L dangling -a ! -e nowhere
check_fails 'a link to itself' 1 "'.*/loop'" mk loop
ln -s "$HOME" to-home
check_fails '--clear of a link to the home directory' 1 'refusing to clear .*home directory' mk --clear --force to-home

# Links that others could turn elsewhere.

mkdir -p open/in; ln -s ../disk open/link; ln -s ../../disk open/in/link; chmod 777 open
before=$(tree_of disk untouched)
refused () # NAME LINK WHY
{
  check_fails "$1" 1 "^venvb: the symbolic link '$scratch/$2' is not followed: '.*' is not to be trusted: $3" mk "$2"
  is '... nothing is changed' "$(tree_of disk untouched)" "$before"
}
refused 'a link where everybody may write' open/link 'everybody may write to it'
refused 'a link below that' open/in/link 'everybody may write to it'
ln -s open/link through
refused 'a link to one of these' through 'everybody may write to it'
chmod 1777 open
check 'where only its owner may turn it (sticky)' mk open/link
if [ "$(id -u)" -eq 0 ]; then
  before=$(tree_of disk untouched)
  chown -h 12345 open/link
  refused "another user's link" open/link 'it belongs to another user'
  mkdir other; chown 12345 other; ln -s ../disk other/link
  refused "another user's directory" other/link 'it belongs to another user'
else
  skip "another user's link" 'only root can make one'
fi

finish
