# shellcheck shell=bash
# The plugin git-ignore, on by default, against the real Git.

# shellcheck source=tests/lib.sh
. "${srcdir:-.}/tests/lib.sh"

git --version >/dev/null 2>&1 || skip_all "Git is not installed"
export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null GIT_CEILING_DIRECTORIES=$scratch
umask 022

run () { "$VENVB" --without-pip "$@"; }
status () { git -C "$1" status --porcelain 2>&1; }

git init -q repo
run --no-plugin=git-ignore repo/shown
is "without the plugin it shows" "$(status repo)" '?? shown/'
rm -rf repo/shown
check "an environment" run repo/.venv 'repo/with space' repo/sub/env
is "an environment: status" "$(status repo)" ''
is "an environment: status in it" "$(status repo/.venv/bin)" ''
is "an environment: the mode of the file" "$(stat -c %a repo/.venv/.gitignore)" 644
: >repo/file
is "a new file still shows" "$(status repo)" '?? file'
rm repo/file
cp -p repo/.venv/.gitignore before
check "again" run repo/.venv
check "again, cleared" run --clear repo/sub/env
check "again: the same file" cmp before repo/.venv/.gitignore
is "again: status" "$(status repo)" ''

# One that is there is somebody's.

for contents in '*.log' '' '# Created by venv; see https://docs.python.org/3/library/venv.html' \
                '# Created by venvb: with a line added'; do
  rm -rf project
  mkdir project
  printf '%s' "$contents" >project/.gitignore
  cp project/.gitignore before
  run -v project >out 2>&1
  check "an existing file ('${contents:0:20}') is left" cmp before project/.gitignore
  is "an existing file ('${contents:0:20}'): said" \
     "$(grep -c "git-ignore: '$scratch/project/.gitignore' is left as it is" out)" 1
done
rm -rf project
mkdir project
ln -s ../elsewhere project/.gitignore
check "a link that leads nowhere" run project
is "a link that leads nowhere stays" "$(readlink project/.gitignore)" ../elsewhere
check "a link that leads nowhere: nothing is written there" test ! -e elsewhere

# Switched off.

for args in --without-scm-ignore-files '--without-scm-ignore-files --plugin=git-ignore' \
            --no-plugin=git-ignore '--plugin=git-ignore --no-plugin=git-ignore'; do
  rm -rf off
  # shellcheck disable=SC2086
  check "$args" run $args off
  check "$args: no file" test ! -e off/.gitignore
done
if hg version -q >/dev/null 2>&1; then
  HGRCPATH='' hg init hgrepo
  before=$(tree_of hgrepo/.hg)
  check "--without-scm-ignore-files is for hg-ignore, too" \
    run --without-scm-ignore-files --plugin=hg-ignore hgrepo/env
  is "--without-scm-ignore-files is for hg-ignore, too: nothing written" \
     "$(tree_of hgrepo/.hg)" "$before"
fi

finish
