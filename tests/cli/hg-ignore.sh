# shellcheck shell=bash
# The plugin hg-ignore, against the real Mercurial: an environment made with
# it does not show in "hg status", wherever it lies, and no tracked file
# changes.

# shellcheck source=tests/lib.sh
. "${srcdir:-.}/tests/lib.sh"

hg version -q >/dev/null 2>&1 || skip_all "Mercurial is not installed"
export HGRCPATH='' HGPLAIN=1 HGUSER=test
export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}handle_segv=0:detect_leaks=0
umask 022
ulimit -c 0

run () { "$VENVB" --without-pip --plugin=hg-ignore "$@"; }
in_dir () { (cd "$1" && shift && "$@"); }
list () { grep -av '^# venvb:' "$1/.hg/venvb-ignore"; }
# hg itself writes the dirstate and its caches.
sums () { tree_of "$1/.hg" no-times loose-directories 'but=dirstate*' 'but=*cache/*'; }

# A repository with a tracked file and a tracked .hgignore.
make_repo () # DIR [OPTION...]
{
  local dir=$1; shift
  hg init "$@" "$dir"
  mkdir -p "$dir/sub/deep"
  echo 'syntax: glob' >"$dir/.hgignore"
  echo text >"$dir/sub/deep/file"
  hg -R "$dir" -q commit -A -m first
}

# Compares a repository's files with what sums said.
unchanged () # NAME DIR SUMS
{
  check "$1" diff <(printf '%s\n' "$3") <(printf '%s\n' "$(sums "$2")")
}

# What hg has to say, complaints included.
status () { in_dir "$1" hg status 2>&1; }

# One environment.

make_repo repo
"$VENVB" --without-pip repo/shown
is "without the plugin it shows" "$(status repo | grep -c shown/)" \
   "$(find repo/shown ! -type d | wc -l)"
rm -rf repo/shown
check ".venv" in_dir repo run .venv
is ".venv: status at the root" "$(status repo)" ''
is ".venv: status in a subdirectory" "$(status repo/sub/deep)" ''
is ".venv: status in the environment" "$(status repo/.venv/bin)" ''
is ".venv: tracked files are as they were" "$(hg -R repo diff; hg -R repo status -mard)" ''
echo new >repo/new
is ".venv: a new file still shows" "$(status repo)" '? new'
rm repo/new
before=$(sums repo)
check ".venv, again" in_dir repo run .venv
check ".venv, again, cleared" in_dir repo run --clear .venv
check ".venv, again, upgraded" in_dir repo run --upgrade .venv
is ".venv, again: the repository is as it was" "$(sums repo)" "$before"

# Several.

check "several" in_dir repo/sub run env1 deep/env2 ../env3
is "several: status" "$(status repo)" ''
list=$(list repo)
check "several, again, in another order" in_dir repo/sub run ../env3 env1
is "several, again: the list is as it was" "$(list repo)" "$list"
is "several: listed once" "$(list repo | grep -c '[/^]env')" 3
rm -rf repo/sub/env1
check "a removed one" in_dir repo run .venv
is "a removed one is taken from the list" "$(list repo | grep -c env1)" 0
is "a removed one: the others stay" "$(list repo | grep -c 'env[23]')" 2
echo text >repo/sub/env1
is "a file in its place shows" "$(status repo)" '? sub/env1'
rm repo/sub/env1
echo 'rootglob:build' >>repo/.hg/venvb-ignore
check "a line of the user's" in_dir repo run .venv
is "a line of the user's stays" "$(list repo | tail -n 1)" 'rootglob:build'

# Moved, and through a link.

mv repo moved
is "moved: status" "$(status moved)" ''
check "moved: one more" in_dir moved run env4
is "moved: one more: status" "$(status moved)" ''
ln -s moved linked
check "through a link" run linked/env5
is "through a link: status" "$(status moved)$(status linked)" ''
is "no path outside is written" "$(grep -c "$scratch" moved/.hg/venvb-ignore moved/.hg/hgrc*)" \
   "$(cd moved && ls .hg/hgrc* | sed 's/^/moved\//; s/$/:0/; 1i moved/.hg/venvb-ignore:0')"

# Names.

names=('with space' ' leading' 'trailing ' '#hash' 'a#b' 'a\#b' 'st*r' 'br[a]c' 'q?x'
       'back\slash' 'end\' '$dollar' '${HOME}' '(paren)' 'a|b' '^caret' 'dot.x' 'plus+'
       'ünïcode' '日本' "it's" '"dq"' 'syntax' 're=x' '{2}' '~t' '!bang' '%pct' '-dash'
       '(?=x)' 'x(?' $'tab\there' $'lat\xe9in' 'a&b;c')
make_repo names
check "names" in_dir names run -- "${names[@]}"
is "names: status" "$(status names)" ''
is "names: all are listed" "$(list names | grep -c '^re:')" "${#names[@]}"
list=$(list names)
check "names, again" in_dir names run -- "${names[@]}"
is "names, again: the list is as it was" "$(list names)" "$list"
: >names/dotyx; : >names/sttr; : >names/with; : >names/plusss; : >names/xdot.x
: >names/dot.xx; : >names/brac
is "names: what only looks like them shows" "$(status names)" \
   "$(printf '? %s\n' brac dot.xx dotyx plusss sttr with xdot.x)"
rm -rf "names/${names[0]}" names/dotyx names/sttr names/with names/plusss names/xdot.x \
  names/dot.xx names/brac
check "names: one less" in_dir names run -- "${names[1]}"
is "names: one less in the list" "$(list names | grep -c '^re:')" "$((${#names[@]} - 1))"
rm -rf names
make_repo names
check "a line break in a name" in_dir names run $'line\nbreak'
is "a line break in a name: status" "$(status names)" ''
is "a line break in a name: one line in the list" "$(list names | wc -l)" 2

# Shares, and repositories without share-safe.

for safe in 0 1; do
  make_repo "source$safe" --config format.use-share-safe=$safe
  hg --config extensions.share= -q share "source$safe" "share$safe"
  check "share-safe=$safe: an environment in the share" in_dir "share$safe" run .venv
  is "share-safe=$safe: status in the share" "$(status "share$safe")" ''
  mkdir "source$safe/.venv"; : >"source$safe/.venv/file"
  is "share-safe=$safe: the source is not touched" "$(status "source$safe")" '? .venv/file'
  check "share-safe=$safe: an environment in the source" in_dir "source$safe" run other
  is "share-safe=$safe: status in the source" "$(status "source$safe")" '? .venv/file'
  mkdir "share$safe/other"; : >"share$safe/other/file"
  is "share-safe=$safe: the share is not touched" "$(status "share$safe")" '? other/file'
  hg --config extensions.share= -q share "source$safe" "bare$safe"
  is "share-safe=$safe: nor is a share without environments" "$(status "bare$safe")" ''
  hg --config format.use-share-safe=$safe -q clone "source$safe" "clone$safe"
  check "share-safe=$safe: an environment in a clone" in_dir "clone$safe" run .venv
  is "share-safe=$safe: status in a clone" "$(status "clone$safe")" ''
done

# The user's own configuration.

for safe in 0 1; do
  dir=config$safe
  make_repo $dir --config format.use-share-safe=$safe
  file=$dir/.hg/hgrc
  [ $safe = 0 ] || file=$dir/.hg/hgrc-not-shared
  printf '%s\n' '# mine' '[ui]' 'username = Me' "ignore = $scratch/ignore" \
    '# ignore.venvb = .hg/venvb-ignore' '[paths]' 'ignore.venvb = .hg/venvb-ignore' >$file
  printf 'default = /somewhere' >>$file
  chmod 640 $file
  cp $file old-config
  echo mine >ignore
  : >$dir/mine
  check "configuration, share-safe=$safe" in_dir $dir run .venv
  is "configuration, share-safe=$safe: status" "$(status $dir)" ''
  check "configuration, share-safe=$safe: what was there is still there" \
    cmp -n "$(wc -c <old-config)" old-config $file
  is "configuration, share-safe=$safe: the settings are" \
     "$(hg -R $dir config ui.username paths.default; hg -R $dir config ui.username
        hg -R $dir config paths.default)" \
     "$(hg -R $dir config ui.username paths.default; echo Me; echo /somewhere)"
  is "configuration, share-safe=$safe: its mode is" "$(stat -c %a $file)" 640
  sum=$(sums $dir)
  check "configuration, share-safe=$safe: again" in_dir $dir run .venv
  is "configuration, share-safe=$safe: again: as it was" "$(sums $dir)" "$sum"
  printf '[ui]\n%%unset ignore.venvb\n' >>$file
  check "configuration, share-safe=$safe: unset since" in_dir $dir run .venv
  is "configuration, share-safe=$safe: unset since: status" "$(status $dir)" ''
  # A link: one within the repository is followed, one out of it is not.
  cp old-config $dir/dotfile
  hg -R $dir -q commit -A -m dotfile
  ln -sf ../dotfile $file
  check "configuration, share-safe=$safe: a link" in_dir $dir run .venv
  is "configuration, share-safe=$safe: a link: it stays" "$(readlink $file)" ../dotfile
  is "configuration, share-safe=$safe: a link: status" "$(status $dir)" 'M dotfile'
  cp old-config dotfile
  chmod 600 dotfile
  ln -sf "$scratch/dotfile" $file
  rm -rf $dir/.venv
  sum=$(sums $dir)
  check_fails "configuration, share-safe=$safe: a link out of the repository" 1 \
    "plugin 'hg-ignore'.*'$scratch/$file' is not used" in_dir $dir run .venv
  is "configuration, share-safe=$safe: a link out of the repository: all is as it was" \
     "$(sums $dir; ls -d $dir/.venv 2>/dev/null; stat -c %a dotfile)" "$sum
600"
  check "configuration, share-safe=$safe: a link out of the repository: so is the file" \
    cmp old-config dotfile
done

# Where there is nothing to do.

mkdir plain
run -v plain/env >out 2>&1
is "outside a repository: said" \
   "$(grep -c "hg-ignore: '$scratch/plain/env' is in no Mercurial repository" out)" 1
is "outside a repository: nothing written" "$(ls -A plain)" env
make_repo itself
before=$(sums itself)
run -v itself >out 2>&1
is "a repository itself: said" "$(grep -c "'$scratch/itself' is a Mercurial repository itself" out)" 1
is "a repository itself: nothing written" "$(sums itself)" "$before"
make_repo outer
make_repo outer/inner
before=$(sums outer)
check "nested repositories" run outer/inner/env
is "nested repositories: status" "$(status outer/inner)" ''
is "nested repositories: the outer is not touched" "$(sums outer)" "$before"
before=$(sums outer/inner)
check "without ignore files" run --without-scm-ignore-files outer/inner/env2
is "without ignore files: nothing written" "$(sums outer/inner)" "$before"

# A run that fails.

mkdir plugins
cp "$builddir/tests/plugins/.libs/misbehave.so" plugins/
make_repo failing
for times in first second; do
  before=$(sums failing)
  for how in error segv; do
    check_fails "$how, $times time" 1 "misbehave" \
      run --plugin-dir=plugins --plugin="misbehave,how=$how" failing/env
    unchanged "$how, $times time: the repository is as it was" failing "$before"
    is "$how, $times time: status" "$(status failing)" ''
  done
  check "$times time, without a failure" run failing/other
done

# Somebody else's.

if [ "$(id -u)" -eq 0 ] && command -v setpriv >/dev/null; then
  as () { local id=$1; shift; setpriv --reuid="$id" --regid="$id" --clear-groups "$@"; }
  chmod 755 "$scratch"
  make_repo theirs
  chown -R 12345:12345 theirs
  check "root in a user's repository" run theirs/env
  is "root in a user's repository: owners" "$(find theirs/.hg -printf '%U:%G\n' | sort -u)" 12345:12345
  is "root in a user's repository: the user's status" \
     "$(in_dir theirs as 12345 env HOME=/ hg status 2>&1)" ''
  check_fails "root in a user's repository: a run that fails" 1 misbehave \
    run --plugin-dir=plugins --plugin=misbehave,how=error theirs/env2
  is "root in a user's repository: a run that fails: owners" \
     "$(find theirs/.hg -printf '%U:%G\n' | sort -u)" 12345:12345
  if as 23456 test -x "$builddir/command/venvb" && as 23456 env PATH=/usr/bin:/bin python3 -c ''; then
    make_repo open
    chmod -R go+w open
    before=$(sums open)
    as 23456 env HOME=/ XDG_CACHE_HOME=/nonexistent PATH=/usr/bin:/bin \
      "$VENVB" --without-pip --plugin=hg-ignore open/env >out 2>&1
    is "a user in another's repository: done" $? 0
    is "a user in another's repository: a warning" \
       "$(grep -c "belongs to another user; hg will show 'env'" out)" 1
    is "a user in another's repository: nothing written" "$(sums open)" "$before"
  else
    skip "a user in another's repository" "the build tree or Python is not readable by others"
  fi
else
  skip "somebody else's repository" "only root can make one"
fi

# Many at once.

make_repo many
for ((i = 0; i < 20; i++)); do
  run "many/env$i" &
done
wait
is "20 at once: all are listed" "$(list many | grep -c '^re:.env')" 20
is "20 at once: status" "$(status many)" ''
is "20 at once: the setting is there once" "$(cat many/.hg/hgrc* | grep -c '^ignore.venvb')" 1

finish
