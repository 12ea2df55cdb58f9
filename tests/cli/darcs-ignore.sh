# shellcheck shell=bash
# The plugin darcs-ignore, against the real Darcs: an environment made with it
# does not show in "darcs whatsnew --look-for-adds", and is not added.

# shellcheck source=tests/lib.sh
. "${srcdir:-.}/tests/lib.sh"

export DARCS_DONT_COLOR=1 DARCS_EMAIL='Test <test@example.org>' DARCS_DONT_ESCAPE_ANYTHING=1
darcs --version >/dev/null 2>&1 || skip_all "Darcs is not installed"
export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}handle_segv=0:detect_leaks=0
umask 022
ulimit -c 0

run () { "$VENVB" --without-pip --plugin=darcs-ignore "$@"; }
in_dir () { (cd "$1" && shift && "$@"); }
# What would be added, directories only with what is in them.
status () { in_dir "$1" darcs whatsnew --look-for-adds 2>&1 | grep -av '^No changes!$'; }
boring () { printf '%s' "$1/_darcs/prefs/boring"; }
patterns () { grep -a '^^' "$(boring "$1")"; }

# A repository with a recorded file.
make_repo () # DIR
{
  darcs init -q "$1"
  mkdir -p "$1/sub/deep"
  echo text >"$1/sub/deep/file"
  (cd "$1" && darcs add -q -r sub && darcs record -q -a -m first)
}

# One environment.

make_repo repo
"$VENVB" --without-pip repo/shown
is "without the plugin it shows" "$(status repo | grep -c '^a ./shown/$')" 1
rm -rf repo/shown
before=$(cat "$(boring repo)")
check ".venv" in_dir repo run .venv
is ".venv: status at the root" "$(status repo)" ''
is ".venv: status in a subdirectory" "$(status repo/sub/deep)" ''
is ".venv: what was in the boring file is still there" \
   "$(head -n "$(printf '%s\n' "$before" | wc -l)" "$(boring repo)")" "$before"
: >repo/.venv/in-it
in_dir repo darcs add -q -r . >/dev/null 2>&1
is ".venv: nothing is added" "$(in_dir repo darcs whatsnew)" 'No changes!'
echo new >repo/new
is ".venv: a new file still shows" "$(status repo)" 'a ./new'
rm repo/new
cp "$(boring repo)" before
check ".venv, again" in_dir repo run .venv
check ".venv, again, cleared" in_dir repo run --clear .venv
check ".venv, again: the boring file is as it was" cmp before "$(boring repo)"

# Several, and what is not ours.

printf '%s\n' '' '# mine' '^mine($|/)' '' '# venvb: yours' '^theirs($|/)' >>"$(boring repo)"
cp "$(boring repo)" before
check "several" in_dir repo/sub run env1 deep/env2 ../env3
is "several: status" "$(status repo)" ''
check "several: what was there is still there" cmp -n "$(wc -c <before)" before "$(boring repo)"
rm -rf repo/sub/env1
check "a removed one" in_dir repo run .venv
is "a removed one is taken from the list" "$(grep -c env1 "$(boring repo)")" 0
is "a removed one: the others stay" "$(patterns repo | grep -c 'env[23]')" 2
check "a removed one: what was there is still there" \
  cmp -n "$(wc -c <before)" before "$(boring repo)"
mv repo moved
is "moved: status" "$(status moved)" ''
check "moved: one more" run moved/env4
is "moved: the others are still listed" "$(patterns moved | grep -c 'env[234(]')" 4
is "moved: status with one more" "$(status moved)" ''

# Names.

names=('with space' ' leading' 'trailing ' '#hash' 'st*r' 'br[a]c' 'q?x' 'back\slash' '$dollar'
       '(paren)' 'a|b' '^caret' 'dot.x' 'plus+' 'ünïcode' '日本' "it's" '"dq"' '{2}' 'a{2}'
       '!bang' '-dash' '(?=x)' 'x(?' $'tab\there' $'line\nbreak' $'lat\xe9in' 'sub/inner name' '~t')
make_repo names
check "names" in_dir names run -- "${names[@]}"
is "names: status" "$(status names)" ''
is "names: status in another locale" "$(LC_ALL=C status names)" ''
cp "$(boring names)" before
check "names, again" in_dir names run -- "${names[@]}"
check "names, again: the boring file is as it was" cmp before "$(boring names)"
: >names/dotyx; : >names/sttr; : >names/with; : >names/plusss; : >names/aa; : >names/q
is "names: what only looks like them shows" "$(status names)" \
   "$(printf 'a ./%s\n' aa dotyx plusss q sttr with)"

# A repository with a boring file of its own.

make_repo own
in_dir own darcs setpref boringfile .boring >/dev/null
cp "$(boring own)" before
run own/env >out 2>&1
is "a boring file of its own: done" $? 0
is "a boring file of its own: a warning" \
   "$(grep -c "darcs-ignore: .* has its own boring file, '.boring'; darcs will show 'env'" out)" 1
check "a boring file of its own: not written" test ! -e own/.boring
check "a boring file of its own: nor is the usual one" cmp before "$(boring own)"
in_dir own darcs setpref boringfile _darcs/prefs/mine >/dev/null
check "one that is not recorded, either" run own/env
is "one that is not recorded, either: status" "$(status own | grep -c '^a ./env')" 0

# A boring file that is a link: to a recorded file, and out of the repository.

make_repo linked
mv "$(boring linked)" linked/boring
in_dir linked darcs record -q -a -l -m boring
ln -s ../../boring "$(boring linked)"
check "a link" run linked/env
is "a link: it stays" "$(readlink "$(boring linked)")" ../../boring
is "a link: status" "$(status linked | grep -c '^a ')" 0
cp linked/boring dotfile
chmod 600 dotfile
ln -sf "$scratch/dotfile" "$(boring linked)"
check_fails "a link out of the repository" 1 "plugin 'darcs-ignore'.*/boring' is not used" run linked/env2
is "a link out of the repository: all is as it was" \
   "$(readlink "$(boring linked)"; stat -c %a dotfile; ls -d linked/env2 2>/dev/null)" "$scratch/dotfile
600"
check "a link out of the repository: so is the file" cmp dotfile linked/boring

# Where there is nothing to do.

mkdir plain
run -v plain/env >out 2>&1
is "outside a repository: said" \
   "$(grep -c "darcs-ignore: '$scratch/plain/env' is in no Darcs repository" out)" 1
run -v own >out 2>&1
is "a repository itself: said" "$(grep -c "'$scratch/own' is a Darcs repository itself" out)" 1
make_repo moved/inner
cp "$(boring moved)" before
check "nested repositories" run moved/inner/env
is "nested repositories: status" "$(status moved/inner)" ''
check "nested repositories: the outer is not touched" cmp before "$(boring moved)"
check "without ignore files" run --without-scm-ignore-files moved/env5
check "without ignore files: nothing written" cmp before "$(boring moved)"

# Many at once, and somebody else's.

make_repo many
for i in 1 2 3 4 5 6; do run "many/env$i" & done
wait
is "6 at once: all are listed" "$(patterns many | grep -c 'env[1-6]')" 6
is "6 at once: status" "$(status many)" ''
if [ "$(id -u)" -eq 0 ]; then
  chown -R 12345:12345 many/_darcs
  check "root in a user's repository" run many/env7
  is "root in a user's repository: owners" \
     "$(find many/_darcs -printf '%U:%G\n' | sort -u)" 12345:12345
else
  skip "root in a user's repository" "only root can be there"
fi

# A run that fails.

mkdir plugins
cp "$builddir/tests/plugins/.libs/misbehave.so" plugins/
for how in error segv; do
  check_fails "$how" 1 "misbehave" \
    run --plugin-dir=plugins --plugin="misbehave,how=$how" moved/env6
  check "$how: the boring file is as it was" cmp before "$(boring moved)"
done

finish
