# shellcheck shell=bash
# Homes that are not what one expects: none, another user's, one that can't be
# written to; users who are not known; and places that are read-only.
. "${srcdir:-.}/tests/lib.sh"

find_base real
use_only_base
unset XDG_CACHE_HOME XDG_CONFIG_HOME XDG_DATA_HOME
mk () { "$VENVB" --without-pip "$@"; }
quiet () { "$@" >out 2>&1 && [ ! -s out ]; }
# What is said when there is no home, and with every plugin that looks for things there.
plugins=(--plugin=pyenv,required=no --plugin=run-hooks)

mkdir no-home
check 'HOME is not set' quiet env -u HOME "$VENVB" --without-pip "${plugins[@]}" no-home/env
check '... works' works no-home/env
check 'HOME is relative' quiet env HOME=no-home "$VENVB" --without-pip no-home/other
check 'HOME is not there' quiet env HOME="$scratch/nowhere/at/all" "$VENVB" --without-pip no-home/third
check '... nothing is made there' test ! -e "$scratch/nowhere"
check '... but where XDG_CACHE_HOME says' quiet env HOME="$scratch/nowhere" XDG_CACHE_HOME="$scratch/cache-home" "$VENVB" --without-pip fourth
check '... it is' test -d cache-home/venvb
check '... also where its name begins as that of HOME' quiet env HOME="$scratch/nowhere" XDG_CACHE_HOME="$scratch/nowhere-else" "$VENVB" --without-pip fifth
check '... it is' test -d nowhere-else/venvb
# A Breezy that is asked what it ignores by itself.
mkdir -p breezy tree/.bzr/checkout
printf '#!/bin/sh\necho "*.pyc"\n' >breezy/brz
chmod +x breezy/brz
check 'bzr-ignore, HOME is not there' env -u BRZ_HOME -u BZR_HOME HOME="$scratch/nowhere" PATH="$scratch/breezy:$PATH" \
  "$VENVB" --without-pip --plugin=bzr-ignore tree/env
cp .out said
check '... is said' grep -q 'there is no home directory' said
check '... nothing is made there' test ! -e "$scratch/nowhere"
mkdir closed closed/.config closed/.config/venvb
echo '[venvb' >closed/.config/venvb/venvb.conf
chmod 0 closed
if [ "$(id -u)" -ne 0 ]; then
  check_fails "one's own that can't be entered is told" 1 "'$scratch/closed/.config/venvb/venvb.conf' is not to be trusted: Permission" \
    env HOME="$scratch/closed" "$VENVB" --without-pip own
else
  skip "one's own that can't be entered is told" 'root enters all'
fi
chmod 700 closed

# Other users, who are to reach what is built.
user=(setpriv --reuid=54321 --regid=54321 --clear-groups)
chmod 755 "$scratch"
install -d -m 777 theirs
if [ "$(id -u)" -ne 0 ] || ! "${user[@]}" test -x "$VENVB" -a -w "$scratch/theirs" 2>/dev/null ||
  ! "${user[@]}" "$base" -c '' 2>/dev/null; then
  skip 'other users' 'not root, or no Python or build for them'
else
  getent passwd 54321 >/dev/null && skip_all 'there is a user 54321'
  for how in "HOME=$scratch/closed" "HOME=$scratch/closed/deeper" '-u HOME'; do
    rm -rf theirs/*
    # shellcheck disable=SC2086 # words
    as () { (cd theirs && "${user[@]}" env $how "$@"); }
    check "an unknown user, $how" quiet as "$VENVB" --without-pip "${plugins[@]}" env
    check '... works' works theirs/env
    check '... once more, -q' quiet as "$VENVB" -q --without-pip env
    check '... --clear' quiet as "$VENVB" -q --without-pip --clear env
    check '... --check' as "$VENVB" --check env
    check '... --list-pythons' as "$VENVB" --list-pythons
    is '... says nothing on stderr' "$(as "$VENVB" --list-pythons 2>&1 >/dev/null; as "$VENVB" --explain env 2>&1 >/dev/null)" ''
  done
  # What is not theirs to read is in the environment.
  rm -rf theirs/*
  how="HOME=$scratch/theirs"
  as "$VENVB" --without-pip env 2>/dev/null
  (umask 077; echo secret >theirs/env/lib/secret; echo secret >theirs/env/secret)
  for args in '' --upgrade --clear; do
    # shellcheck disable=SC2086
    check "what can't be read in it, $args" as "$VENVB" --without-pip --no-cache $args env
    check '... works' works theirs/env
  done
fi

# Read-only.
if ! unshare --mount true 2>/dev/null; then
  skip 'read-only file systems' 'no mounts'
else
  mkdir ro
  # shellcheck disable=SC2016
  in_ro () { unshare --mount sh -c 'mount -t tmpfs none "$0" && shift 0 && "$VENVB" --without-pip "$0/env" && mount -o remount,ro "$0" && exec "$@"' "$scratch/ro" "$@"; }
  export VENVB
  check 'read-only, as it is' in_ro "$VENVB" --without-pip ro/env
  check_fails 'read-only, new' 1 "^venvb: cannot create directory '$scratch/ro/new': Read-only file system$" in_ro "$VENVB" --without-pip ro/new
  check_fails 'read-only, --clear' 1 "^venvb: cannot write to '$scratch/ro/env': Read-only file system$" in_ro "$VENVB" --without-pip --clear ro/env
  check_fails 'read-only, another prompt' 1 "'$scratch/ro/env[^']*': Read-only file system$" in_ro "$VENVB" --without-pip --prompt=x ro/env
fi
finish
