# shellcheck shell=bash
# The plugin bzr-ignore, against the real Breezy: an environment made with it
# does not show in "brz status", and nothing in the tree changes.

# shellcheck source=tests/lib.sh
. "${srcdir:-.}/tests/lib.sh"

unset BRZ_HOME BZR_HOME BRZ_PLUGIN_PATH
export BRZ_LOG=/dev/null BRZ_EMAIL='Test <test@example.org>'
brz version >/dev/null 2>&1 || skip_all "Breezy is not installed"
export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}handle_segv=0:detect_leaks=0
umask 022
ulimit -c 0

run () { "$VENVB" --without-pip --plugin=bzr-ignore "$@"; }
in_dir () { (cd "$1" && shift && "$@"); }
status () { in_dir "$1" brz status --short 2>&1; }
list=$XDG_CONFIG_HOME/breezy/ignore
patterns () { grep -a '^RE:' "$list"; }

# A tree with a versioned file and a versioned .bzrignore.
make_tree () # DIR
{
  brz init -q "$1"
  mkdir -p "$1/sub/deep"
  echo '*.log' >"$1/.bzrignore"
  echo text >"$1/sub/deep/file"
  (cd "$1" && brz add -q && brz commit -q -m first)
}

# One environment.

make_tree tree
rm -rf "$XDG_CONFIG_HOME"
"$VENVB" --without-pip tree/shown
is "without the plugin it shows" "$(status tree)" '?   shown/'
rm -rf tree/shown "$XDG_CONFIG_HOME"
check ".venv" in_dir tree run .venv
is ".venv: status at the top" "$(status tree)" ''
is ".venv: status in a subdirectory" "$(status tree/sub/deep)" ''
is ".venv: status in the environment" "$(status tree/.venv/bin)" ''
check ".venv: Breezy's defaults are in the list" grep -qxF '*~' "$list"
in_dir tree brz add -q
is ".venv: is not added" "$(in_dir tree brz ls --versioned --kind=directory)" 'sub/'
echo new >tree/new
is ".venv: a new file still shows" "$(status tree)" '?   new'
rm tree/new
cp "$list" before
check ".venv, again" in_dir tree run .venv
check ".venv, again, cleared" in_dir tree run --clear .venv
check ".venv, again: the list is as it was" cmp before "$list"

# Several, and what is not ours.

printf '%s\n' '' '# mine' 'RE:mine' '' "# venvb: $scratch/tree/./mine" 'no pattern of ours' >>"$list"
cp "$list" before
check "several" in_dir tree/sub run env1 deep/env2 ../env3
is "several: status" "$(status tree)" ''
check "several: what was there is still there" cmp -n "$(wc -c <before)" before "$list"
rm -rf tree/sub/env1
check "a removed one" in_dir tree run .venv
is "a removed one is taken from the list" "$(grep -c env1 "$list")" 0
is "a removed one: the others stay" "$(patterns | grep -c 'env[23]')" 2
check "a removed one: what was there is still there" cmp -n "$(wc -c <before)" before "$list"

# Other trees of the same user.

make_tree other
check "another tree" run other/.venv other/env4
is "another tree: status" "$(status other)$(status tree)" ''
rm -rf other/.venv
check "another tree: without one that the first has" run other/env4
is "another tree: the first still has it" "$(status tree)" ''
mkdir -p other/sub/env4 other/env44 other/xenv4
is "another tree: only this path is hidden" "$(status other)" "$(printf '?   %s\n' env44/ xenv4/ sub/env4/ | sort)"
rm -rf other/sub/env4 other/env44 other/xenv4

# Names.

names=('with space' ' leading' 'trailing ' '#hash' 'st*r' 'br[a]c' 'q?x' 'back\slash' '$dollar'
       '(paren)' 'a|b' '^caret' 'dot.x' 'plus+' 'ünïcode' '日本' "it's" '"dq"' 'REx' '{2}'
       '!bang' '-dash' '(?=x)' 'x(?' $'tab\there' $'line\nbreak' './sub/inner name')
make_tree names
check "names" in_dir names run -- "${names[@]}"
is "names: status" "$(status names)" ''
cp "$list" before
check "names, again" in_dir names run -- "${names[@]}"
check "names, again: the list is as it was" cmp before "$list"
: >names/dotyx; : >names/sttr; : >names/with; : >names/plusss
is "names: what only looks like them shows" "$(status names)" \
   "$(printf '?   %s\n' dotyx plusss sttr with)"
rm -rf names
make_tree names
check "names that are gone" run names/env
is "names that are gone are not in the list" "$(grep -c names/./ "$list")" 1
run $'names/lat\xe9in' >out 2>&1
is "a name that is not UTF-8: done" $? 0
is "a name that is not UTF-8: a warning" "$(grep -ac 'bzr-ignore: .* UTF-8, .*; brz will show' out)" 1
mkdir -p $'tr\xe9e/.bzr/checkout'
check "a tree whose name is not UTF-8" run $'tr\xe9e/env'
is "a tree whose name is not UTF-8: Breezy can read the list" "$(status tree)" ''
is "a tree whose name is not UTF-8: listed" "$(grep -acF 'tr\351e' "$list")" 1
rm -rf $'tr\xe9e'
check "a tree whose name is not UTF-8, gone" run tree/.venv
is "a tree whose name is not UTF-8, gone: not in the list" "$(grep -acF 'tr\351e' "$list")" 0

# Where the list is.

for dir in "$HOME/.config/breezy" "$HOME/.config/bazaar" "$HOME/.bazaar"; do
  rm -rf "$HOME/.config" "$HOME/.bazaar"
  mkdir -p "$dir"
  echo '*.mine' >"$dir/ignore"
  (unset XDG_CONFIG_HOME; run --clear tree/.venv)
  is "${dir#"$scratch/"}: listed" "$(grep -c '^RE:\\x2evenv$' "$dir/ignore")" 1
  is "${dir#"$scratch/"}: status" \
     "$(unset XDG_CONFIG_HOME; in_dir tree brz status --short | grep -c venv)" 0
done
mkdir -p brz/breezy
: >brz/breezy/ignore
BRZ_HOME=$scratch/brz run tree/.venv
is "BRZ_HOME" "$(grep -c '^RE:\\x2evenv$' brz/breezy/ignore)" 1
# Nothing of the tree is looked at to begin a list, which others may have filled.
for file in .bzr/checkout/format .bzr/branch/format .bzr/branch-format .bzr/repository/format .bzr/checkout/dirstate .bzrignore; do
  make_tree piped; rm -f "piped/$file" "$list"; mkfifo "piped/$file"
  check "a FIFO, $file, and no list" timeout -k 5 60 "$VENVB" --without-pip --plugin=bzr-ignore piped/.venv
  is "... it is begun with Breezy's defaults" "$(brz ignore --default-rules)" "$(head -n -2 "$list")"
  rm -rf piped
done
rm "$list"
if [ -n "$stress" ]; then
  mkdir slow; printf '#!/bin/sh\nsleep 600\n' >slow/brz; chmod +x slow/brz
  PATH=$scratch/slow:$PATH timeout 120 "$VENVB" --without-pip --plugin=bzr-ignore tree/.venv >out 2>&1
  is "a brz that does not answer: done" $? 0
else
  skip "a brz that does not answer" "it takes half a minute: make stress"
fi
mkdir bin
printf '#!/bin/sh\nexit 3\n' >bin/brz
chmod +x bin/brz
PATH=$scratch/bin:$PATH run tree/.venv >out 2>&1
is "a brz that fails, and no list: done" $? 0
is "a brz that fails, and no list: a warning" \
   "$(grep -c "bzr-ignore: Breezy did not tell.*; brz will show '.venv'" out)" 1
check "a brz that fails, and no list: none is written" test ! -e "$list"

# Where there is nothing to do.

mkdir plain
run -v plain/env >out 2>&1
is "outside a tree: said" \
   "$(grep -c "bzr-ignore: '$scratch/plain/env' is in no Breezy working tree" out)" 1
run -v other >out 2>&1
is "a tree itself: said" "$(grep -c "'$scratch/other' is a Breezy working tree itself" out)" 1
make_tree tree/inner
check "nested trees" run tree/inner/env
is "nested trees: status" "$(status tree/inner)" ''
check "nested trees: the inner one is listed" grep -qF "$scratch/tree/inner/./env" "$list"
cp "$list" before
check "without ignore files" run --without-scm-ignore-files tree/env9
check "without ignore files: nothing written" cmp before "$list"

# Many at once, and somebody else's.

make_tree many
for i in 1 2 3 4 5 6; do run "many/env$i" & done
wait
is "6 at once: all are listed" "$(grep -c many/./env "$list")" 6
is "6 at once: status" "$(status many)" ''
if [ "$(id -u)" -eq 0 ]; then
  chown 12345 many
  run many/env7 >out 2>&1
  is "another user's tree: a warning" \
     "$(grep -c "belongs to another user, whose brz will show 'env7'" out)" 1
else
  skip "another user's tree" "only root can make one"
fi

# A run that fails.

cp "$list" before

mkdir plugins
cp "$builddir/tests/plugins/.libs/misbehave.so" plugins/
for how in error segv; do
  check_fails "$how" 1 "misbehave" \
    run --plugin-dir=plugins --plugin="misbehave,how=$how" tree/env10
  check "$how: the list is as it was" cmp before "$list"
done
cp "$list" "$scratch/dotfile"
ln -sf "$scratch/dotfile" "$list"
check "a link" run tree/env11
is "a link: it stays" "$(readlink "$list")" "$scratch/dotfile"
rm "$list"; mkfifo "$list"
check_fails "a FIFO" 1 "cannot read '.*/ignore': it is not a regular file" timeout 60 "$VENVB" --without-pip --plugin=bzr-ignore tree/env12
is "a FIFO: it stays" "$(stat -c %F "$list")" fifo
ln -sf "$scratch/dotfile" "$list"
check "a link: listed" grep -q env11 dotfile
printf 'a\0b\n' >dotfile
check_fails "a list that is no text" 1 "dotfile' is not a text file|breezy/ignore' is not a text file" run tree/env12
is "a list that is no text: as it was" "$(od -An -c dotfile)" "$(printf 'a\0b\n' | od -An -c)"

# Breezy is asked somewhere else, and yet says it to the file that is meant.

rm "$list"; mkdir temporary
TMPDIR=../temporary in_dir tree run env13
is "TMPDIR is relative: the list is begun with Breezy's defaults" "$(head -n -2 "$list")" "$(brz ignore --default-rules)"
is "... nothing is left there" "$(ls -A temporary)" ''

finish
