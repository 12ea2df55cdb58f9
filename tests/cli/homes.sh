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
check_fails '~/ of no home is no directory of that name' 2 "'~/c' is in no home directory: there is none" \
  env HOME="$scratch/nowhere" VENVB_CACHE_DIR='~/c' "$VENVB" --without-pip fifth
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

# Another user's home that can be entered: all that she could have put there, to be run.
hers=$scratch/hers
home_of_hers ()
{
  local bin
  for bin in .pyenv/versions/3.99.0/bin .local/share/uv/python/cpython-3.99/bin .local/share/mise/installs/python/3.99/bin \
      .asdf/installs/python/3.99/bin miniconda3/bin .local/bin; do
    install -d "$hers/$bin"
    cp "$base" "$hers/$bin/python3"
  done
  install -d "$hers"/.config/venvb/hooks.d "$hers"/.local/share/venvb/plugins "$hers"/.config/breezy
  echo '[venvb' >"$hers/.config/venvb/venvb.conf"
  printf '#!/bin/sh\ntouch %s/hook-ran\n' "$scratch" >"$hers/.config/venvb/hooks.d/hook"
  chmod +x "$hers/.config/venvb/hooks.d/hook"
  echo junk >"$hers/.local/share/venvb/plugins/hers.so"
  chown -R 54322:54322 "$hers"
}
if [ "$(id -u)" -ne 0 ]; then
  skip "another user's home that can be entered" 'not root'
else
  home_of_hers
  tree_of "$hers" untouched >before
  printf '#!/bin/sh\necho "$HOME" >%s/brz-home\nexit 1\n' "$scratch" >breezy/brz
  her_words="what is in HOME, '$hers', does not count, as it is another user's"
  for as in '' "${user[*]}"; do
    who=${as:+an ordinary user}; who=${who:-root}
    [ "$who" = root ] || "${user[@]}" test -x "$VENVB" -a -w theirs 2>/dev/null ||
      { skip "$who in another user's home" 'no build for others'; continue; }
    # shellcheck disable=SC2086 # words
    run_as () { (cd theirs && $as env HOME="$hers" "$@"); }
    rm -rf theirs/*
    check "$who, another user's home" quiet run_as "$VENVB" --without-pip env
    check '... works' works theirs/env
    check '... plugins that look there' quiet run_as "$VENVB" --without-pip "${plugins[@]}" other
    check '... no hook ran' test ! -e hook-ran
    is '... --list-pythons' "$(run_as "$VENVB" --list-pythons 2>&1 | grep -F "$hers")" ''
    # shellcheck disable=SC2016
    is '... nor what of it is on PATH' \
      "$(run_as sh -c 'PATH=$HOME/.local/bin:/usr/bin:/bin; exec "$@"' sh "$VENVB" --list-pythons 2>&1 | grep -F "$hers")" ''
    is '... nor where a variable leads' "$(run_as PYENV_ROOT="$hers/.pyenv" "$VENVB" --list-pythons 2>&1 | grep -F "$hers")" ''
    ln -s "$hers" "link-$who"
    is '... nor by another name of it' "$(run_as UV_PYTHON_INSTALL_DIR="$scratch/link-$who/.local/share/uv/python" "$VENVB" --list-pythons 2>&1 | grep -F .local/share/uv)" ''
    way="; $her_words"
    [ "$who" = root ] && way="$way: set HOME=$(getent passwd 0 | cut -d: -f6), as 'sudo -H' does"
    check_fails '... a version that is nowhere' 1 "; there is: .*$way\$" run_as "$VENVB" -p 3.99 env
    check_fails '... its plugins' 1 "plugin 'hers' is not installed; searched: .*$way\$" run_as "$VENVB" --plugin=hers env
    check '... -v says so' run_as "$VENVB" -v --without-pip env
    cp .out said
    check '... so' grep -qF "$her_words" said
    mkdir -p theirs/tree/.bzr/checkout; chmod -R a+rwX theirs/tree
    check '... bzr-ignore' run_as PATH="$scratch/breezy:$PATH" "$VENVB" --without-pip --plugin=bzr-ignore tree/env
    cp .out said
    check '... says why the environment shows' grep -qF "bzr-ignore: $her_words" said
    check_fails '... ~/ of it' 2 "'~/c' is in no home directory: $her_words" run_as VENVB_CACHE_DIR='~/c' "$VENVB" --without-pip env
    check '... a command that is named runs' run_as PATH="$hers/.local/bin:$PATH" "$VENVB" --without-pip --clear -p python3 env
    is '... that one' "$(sed -n 's/^home = //p' theirs/env/pyvenv.cfg)" "$hers/.local/bin"
    is '... nothing there has changed' "$(tree_of "$hers" untouched | diff - before)" ''
    install -d -m 777 theirs/xdg
    check '... programs' run_as XDG_CONFIG_HOME="$PWD/theirs/xdg" PATH="$scratch/breezy:$PATH" "$VENVB" --without-pip --plugin=bzr-ignore tree/third
    if [ "$who" = root ]; then
      is '... get the right one' "$(cat brz-home)" "$(getent passwd 0 | cut -d: -f6)"
    fi
  done
  # HOME that is open to all, and what others have put there.
  install -d -m 1777 everybodys
  mkdir -p everybodys/.pyenv/versions/3.99.0/bin everybodys/.config/venvb everybodys/.local/share/uv/python/mine/bin
  cp "$base" everybodys/.pyenv/versions/3.99.0/bin/python3
  cp "$base" everybodys/.local/share/uv/python/mine/bin/python3
  echo '[venvb' >everybodys/.config/venvb/venvb.conf
  chown -R 54322:54322 everybodys/.pyenv everybodys/.config
  check 'a home that is open to all' quiet env HOME="$scratch/everybodys" "$VENVB" --without-pip in-open
  is '... what others have put there' "$(env HOME="$scratch/everybodys" "$VENVB" --list-pythons 2>&1 | grep -F everybodys/.pyenv)" ''
  check '... and what is one'"'"'s own' grep -qF everybodys/.local/share/uv <(env HOME="$scratch/everybodys" "$VENVB" --list-pythons 2>&1)
  check '... the cache' test -d everybodys/.cache/venvb
  echo demo >everybodys/list; chown -h 65534 everybodys/list
  check_fails "... nor as a plugin's file" 2 "file '~/list' is in no home directory" \
    env HOME="$scratch/everybodys" "$VENVB" --plugin='requirements,file=~/list' --without-pip in-open
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
  check_fails 'read-only, --clear' 1 "^venvb: cannot clear '$scratch/ro/env': cannot write to '$scratch/ro/env': Read-only file system$" in_ro "$VENVB" --without-pip --clear ro/env
  check_fails 'read-only, another prompt' 1 "'$scratch/ro/env[^']*': Read-only file system$" in_ro "$VENVB" --without-pip --prompt=x ro/env
fi
finish
