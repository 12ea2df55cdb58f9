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
for dir in loop loop/below; do
  is "--check of it, $dir" "$(mk --check $dir 2>/dev/null)" "cannot look at '$scratch/$dir': Too many levels of symbolic links"
done
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

# A file .venv.

umask 022
rm -rf p; mkdir -p p/sub; echo ../elsewhere >p/.venv
before=$(tree_of p)
check_fails 'a file .venv' 1 "^venvb: 'p/.venv' is a file that points to '$scratch/elsewhere': name that, or use --follow-redirect$" mk p/.venv
for option in --clear --upgrade; do check_fails "... $option" 1 "points to '$scratch/elsewhere'" mk $option p/.venv; done
mk --check p/.venv >out 2>/dev/null
is '... --check' "$? $(cat out)" "1 '$scratch/p/.venv' is a file that points to '$scratch/elsewhere': name that, or use --follow-redirect"
is '... nothing is changed' "$(tree_of p) $(ls -d elsewhere 2>&1 | grep -c 'No such')" "$before 1"
check '--follow-redirect' mk --follow-redirect p/.venv
is '... the environment is where it points to' "$(virtual_env "$scratch/elsewhere")" "$scratch/elsewhere"
is '... and holds what it held' "$(cat p/.venv)" ../elsewhere
check '... --check' mk --check --follow-redirect p/.venv
(cd p/sub && VENVB_FOLLOW_REDIRECT=yes mk --clear ../.venv)
is '... VENVB_FOLLOW_REDIRECT, --clear' $? 0
mkdir -p "$XDG_CONFIG_HOME/venvb"; echo 'follow-redirect = yes' >"$XDG_CONFIG_HOME/venvb/venvb.conf"
sed -i '1i[venvb]' "$XDG_CONFIG_HOME/venvb/venvb.conf"
check '... the configuration' mk p/.venv
check_fails '... --follow-redirect=no' 1 'is a file that points to' mk --follow-redirect=no p/.venv
rm "$XDG_CONFIG_HOME/venvb/venvb.conf"
rm -rf elsewhere; printf '%s\r\nrest\n' "$scratch/else where" >p/.venv
check 'an absolute path, a blank, another line' mk --follow-redirect p/.venv
check '... is there' test -e 'else where/pyvenv.cfg'
printf '../no newline' >p/.venv
check 'no line end' mk --follow-redirect p/.venv other
check '... both are there' test -e 'no newline/pyvenv.cfg' -a -e other/pyvenv.cfg
for text in '' '\n' '\n../x\n' 'a\0b\n' '\xff\n' "$(printf 'x%.0s' {1..5000})"; do
  # shellcheck disable=SC2059
  printf "$text" >p/.venv
  for option in --follow-redirect --no-wait; do
    check_fails "'${text:0:12}' is no path ($option)" 1 "^venvb: 'p/.venv' is a file, and its first line is not the path of an environment$" mk $option p/.venv
  done
done
# To the letter: what is no path there.
for text in '~/env' '~root/env' '~'; do
  echo "$text" >p/.venv
  for option in --follow-redirect --no-wait; do
    check_fails "$text ($option)" 1 "^venvb: 'p/.venv' is a file, and its first line begins with '~', which is not the home directory there: the path has to be written out$" mk $option p/.venv
  done
done
printf '\xef\xbb\xbf../elsewhere\n' >p/.venv
for option in --follow-redirect --no-wait; do
  check_fails "a byte order mark ($option)" 1 "^venvb: 'p/.venv' is a file, and its first line begins with a byte order mark, and not with a path$" mk $option p/.venv
done
is '... nothing is made' "$(ls -A p; ls -d elsewhere "$HOME/env" 2>/dev/null)" "$(printf 'sub\n.venv' | LC_ALL=C sort)"
# What others could put there.
mkdir -p all/deep; chmod 777 all
for target in all/env all/deep/env all/deep/not/there; do
  echo "../$target" >p/.venv
  check_fails "to $target, where everybody may write" 1 "'p/.venv' points to '$scratch/$target' and is not followed: '$scratch/all' is not to be trusted: everybody may write to it$" mk --follow-redirect p/.venv
done
is '... nothing is made' "$(ls -A all all/deep)" "$(printf 'all:\ndeep\n\nall/deep:')"
chmod 1777 all
check '... where only the owner may take it away (sticky)' mk --follow-redirect p/.venv
printf '../q/.venv\n' >p/.venv; mkdir q; echo ../p/.venv >q/.venv
check_fails 'one that points to another' 1 "'p/.venv' points to '$scratch/q/.venv', which is such a file itself" mk --follow-redirect p/.venv
echo / >p/.venv
check_fails 'the root directory' 1 "refusing to create an environment in '/'" mk --follow-redirect p/.venv
echo "$HOME" >p/.venv
check_fails 'the home directory, with --clear' 1 'refusing to clear .*home directory' mk --follow-redirect --clear --force p/.venv
echo ../elsewhere >p/.venv; chmod 666 p/.venv
check_fails 'one that everybody may write to' 1 "'p/.venv' points to '$scratch/elsewhere' and is not followed: .*everybody may write to it" mk --follow-redirect p/.venv
chmod 644 p/.venv
if [ "$(id -u)" -eq 0 ]; then
  chown 12345 p/.venv
  check_fails "another user's" 1 'is not followed: .*it belongs to another user' mk --follow-redirect p/.venv
else
  skip "another user's" 'only root can make one'
fi
rm p/.venv; mkfifo p/.venv
check_fails 'a FIFO' 1 "a file is in the way" timeout 20 "$VENVB" --without-pip --follow-redirect p/.venv
rm p/.venv; echo ../elsewhere >p/env
check_fails 'a file of another name' 1 "p/env': a file is in the way" mk --follow-redirect p/env
check 'a directory .venv, with the option' mk --follow-redirect r/.venv
is 'nothing was made elsewhere' "$(ls -d elsewhere 2>/dev/null)" ''

# --prompt . in a directory that was deleted, or can't be told.

mkdir gone-dir
for option in '' --clear; do
  # shellcheck disable=SC2086
  (cd gone-dir && rmdir ../gone-dir && "$VENVB" --without-pip --prompt . $option "$scratch/prompted" >../out 2>&1)
  is "--prompt . in a directory that is gone $option" "$? $(grep -v getcwd out)" "1 venvb: the prompt '.' is the name of the current directory: cannot tell the current directory: No such file or directory"
  check '... nothing is made' test ! -e prompted
  mkdir gone-dir
done
(cd gone-dir && rmdir ../gone-dir && VENVB_PROMPT=. "$VENVB" --without-pip "$scratch/prompted" >../out 2>&1)
is '... VENVB_PROMPT' "$? $(grep -c 'the prompt' out)" '1 1'
mkdir gone-dir
(cd gone-dir && rmdir ../gone-dir && "$VENVB" --without-pip --prompt here "$scratch/prompted" >../out 2>&1)
is 'another prompt there' "$? $(grep -v getcwd out)" '0 '

finish
