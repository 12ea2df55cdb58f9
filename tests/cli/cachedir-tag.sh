# shellcheck shell=bash
# The plugin cachedir-tag, against real backup programs: an environment made
# with it is left out, and nothing else is.

# shellcheck source=tests/lib.sh
. "${srcdir:-.}/tests/lib.sh"

umask 022
ulimit -c 0
signature='Signature: 8a477f597d28d172789f06886806bc55'

run () { "$VENVB" --without-pip --plugin=cachedir-tag "$@"; }
tag=CACHEDIR.TAG

mkdir data
echo text >data/file
check "an environment" run data/env
is "the signature is the first line" "$(head -n 1 data/env/$tag)" "$signature"
is "the signature is at the first byte" "$(head -c 43 data/env/$tag)" "$signature"
is "the mode of the file" "$(stat -c %a data/env/$tag)" 644
check "it is a file, no link" test ! -L data/env/$tag
"$VENVB" --without-pip data/plain

# Backups: of what is in data/env nothing but, at most, the tag.

kept () { grep -E '(^|/)data/' | sed 's,^.*data/,,; s,/$,,' | grep . | grep -vx "env\(/$tag\)\{0,1\}" | sort; }
expected=$(find data -path data/env -prune -o -print | grep / | kept)
is "(what is expected is not nothing)" "$(grep -cx 'file\|plain/pyvenv.cfg' <<<"$expected")" 2

if tar --version 2>/dev/null | grep -q 'GNU tar'; then
  for option in '' -all -under; do
    is "tar --exclude-caches$option" "$(tar "--exclude-caches$option" -cf - data | tar -tf - | kept)" "$expected"
  done
  is "tar without" "$(tar -cf - data | tar -tf - | grep -c env/pyvenv.cfg)" 1
else
  skip "tar" "GNU tar is not installed"
fi
if borg --version >/dev/null 2>&1; then
  # It asks for the user's name, which in a container he may not have.
  export LOGNAME=test
  export BORG_BASE_DIR=$scratch/borg-base BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK=yes
  borg init -e none borg-repo >/dev/null 2>&1
  borg create --exclude-caches borg-repo::one data >out 2>&1 || tap_diag "$(cat out)"
  is "borg create --exclude-caches" "$(borg list --short borg-repo::one | kept)" "$expected"
else
  skip "borg" "BorgBackup is not installed"
fi
if restic version >/dev/null 2>&1; then
  export RESTIC_PASSWORD=test RESTIC_REPOSITORY=$scratch/restic-repo
  restic -q init >/dev/null 2>&1
  restic -q backup --exclude-caches data >out 2>&1 || tap_diag "$(cat out)"
  is "restic backup --exclude-caches" "$(restic -q ls latest 2>/dev/null | kept)" "$expected"
else
  skip "restic" "restic is not installed"
fi

# One that is there.

check "again" run data/env
check "again, cleared" run --clear data/env
is "again: one that is tagged" "$(head -n 1 data/env/$tag)" "$signature"
printf '%s\nmine\n' "$signature" >data/env/$tag
cp data/env/$tag before
run data/env >out 2>&1
check "a tag of the user's stays" cmp before data/env/$tag
is "a tag of the user's: nothing is said of it" "$(grep -c cachedir out)" 0
for contents in '' 'notes' 'signature: 8a477f597d28d172789f06886806bc55' " $signature"; do
  printf '%s' "$contents" >data/env/$tag
  cp data/env/$tag before
  run data/env >out 2>&1
  check "no tag ('${contents:0:10}') stays" cmp before data/env/$tag
  is "no tag ('${contents:0:10}'): a warning" \
     "$(grep -c "cachedir-tag: '$scratch/data/env/$tag' is left as it is; it has no signature" out)" 1
done
rm data/env/$tag
echo "$signature" >elsewhere
ln -s "$scratch/elsewhere" data/env/$tag
run data/env >out 2>&1
is "a link is no tag" "$(grep -c "$tag' is left as it is" out)" 1
is "a link stays" "$(readlink data/env/$tag)" "$scratch/elsewhere"
rm data/env/$tag

# On top of something.

check "an environment made without it" run data/plain
check "an environment made without it: tagged" test -s data/plain/$tag
mkdir project
echo text >project/precious
run project >out 2>&1
is "a directory with something of the user's: done" $? 0
check "a directory with something of the user's: not tagged" test ! -e project/$tag
is "a directory with something of the user's: a warning" \
   "$(grep -c "cachedir-tag: '$scratch/project' is not tagged: it holds 'precious'" out)" 1
check "cleared" run --clear project
check "cleared: tagged" test -s project/$tag

# A run that fails.

mkdir plugins
cp "$builddir/tests/plugins/.libs/misbehave.so" plugins/
cp -a data/plain before-plain
rm before-plain/$tag data/plain/$tag
check_fails "a failure" 1 misbehave \
  run --plugin-dir=plugins --plugin=misbehave,how=error data/plain
check "a failure: no tag is left" test ! -e data/plain/$tag

finish
