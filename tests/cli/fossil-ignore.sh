# shellcheck shell=bash
# The plugin fossil-ignore, against the real Fossil: an environment made with
# it is neither shown nor added nor cleaned away, and the checkout around it
# stays as it is.

# shellcheck source=tests/lib.sh
. "${srcdir:-.}/tests/lib.sh"

export USER=test FOSSIL_HOME=$HOME
fossil version >/dev/null 2>&1 || skip_all "Fossil is not installed"
umask 022

run () { "$VENVB" --without-pip --plugin=fossil-ignore "$@"; }
in_dir () { (cd "$1" && shift && "$@"); }
status () { in_dir "$1" fossil extras --dotfiles 2>&1; }

# A checkout with a committed file.
make_checkout () # DIR [OPTION...]
{
  local dir=$1; shift
  fossil init "$scratch/${dir//\//-}.fossil" >/dev/null
  mkdir -p "$dir"
  (cd "$dir" && fossil open "$@" "$scratch/${dir//\//-}.fossil" && mkdir -p sub/deep &&
     echo text >sub/deep/file && fossil add sub && fossil commit --no-warnings -m first) >/dev/null 2>&1
}

make_checkout co
is "the test's checkout is one" "$(status co; in_dir co fossil changes)" ''
"$VENVB" --without-pip co/shown
is "without the plugin it shows" "$(status co | grep -c '^shown/pyvenv.cfg$')" 1
rm -rf co/shown
sum=$(sha256sum <co.fossil)
check "environments" in_dir co run .venv env 'sub/with space' 'sub/ünï*[c]'
is "environments: extras" "$(status co)" ''
is "environments: extras in a subdirectory" "$(status co/sub)" ''
is "environments: extras in one" "$(status co/env/bin)" ''
is "environments: changes --extra" "$(in_dir co fossil changes --extra)" ''
in_dir co fossil addremove --dotfiles >/dev/null
is "environments: addremove adds nothing" "$(in_dir co fossil changes)" ''
in_dir co fossil add --dotfiles . >/dev/null
is "environments: add . adds nothing" "$(in_dir co fossil changes)" ''
: >co/new
is "a new file still shows" "$(status co)" new
in_dir co fossil clean --force --dotfiles --emptydirs >/dev/null 2>&1
check "clean leaves environments alone" co/env/bin/python -c ''
check "clean leaves the marker alone" test -s co/env/.fslckout
check "clean removes the rest" test ! -e co/new
is "in an environment the checkout is the one around it" \
   "$(in_dir co/env/bin fossil status | sed -n 's/^local-root: *//p')" "$scratch/co/"
is "the repository is as it was" "$(sha256sum <co.fossil)" "$sum"
cp co/env/.fslckout before
check "again" in_dir co run env
check "again, cleared" in_dir co run --clear env
check "again: the same file" cmp before co/env/.fslckout
is "again: extras" "$(status co)" ''

# What has the marker's name, and is none.

cp co/env/.fslckout dotfile
ln -sf "$scratch/dotfile" co/env/.fslckout
check_fails "a link out of the environment" 1 "plugin 'fossil-ignore'.*/.fslckout' is not used" run co/env
is "a link out of the environment: it stays" "$(readlink co/env/.fslckout)" "$scratch/dotfile"
rm co/env/.fslckout; mkfifo co/env/.fslckout
check_fails "a FIFO" 1 "cannot read '$scratch/co/env/.fslckout': it is not a regular file" run co/env
rm co/env/.fslckout
check "nothing" run co/env

# With versioned settings, which a setting of the repository would give way to.

mkdir co/.fossil-settings
echo '*.log' >co/.fossil-settings/ignore-glob
in_dir co fossil add --dotfiles .fossil-settings >/dev/null
check "versioned settings" run co/env2
is "versioned settings: extras" "$(status co)" ''

# Where there is nothing to do.

mkdir plain
run -v plain/env >out 2>&1
is "outside a checkout: said" \
   "$(grep -c "fossil-ignore: '$scratch/plain/env' is in no Fossil checkout" out)" 1
check "outside a checkout: nothing written" test ! -e plain/env/.fslckout
make_checkout co/inner --nested
sum=$(sha256sum <co/inner/.fslckout)
run -v co/inner >out 2>&1
is "a checkout itself: said" "$(grep -c "'$scratch/co/inner' is a Fossil checkout itself" out)" 1
is "a checkout itself: not touched" "$(sha256sum <co/inner/.fslckout)" "$sum"
rm -rf co/inner/{bin,include,lib,lib64,pyvenv.cfg,.gitignore}
check "a nested checkout" run co/inner/env
is "a nested checkout: extras" "$(status co/inner)" ''
check "an environment in an environment" run co/env/env
is "an environment in an environment: extras" "$(status co)" ''
check "without ignore files" run --without-scm-ignore-files co/env3
is "without ignore files: it shows" "$(status co | grep -c '^env3/pyvenv.cfg$')" 1

finish
