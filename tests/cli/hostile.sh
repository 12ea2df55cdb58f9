# shellcheck shell=bash
# Plugins, caches, directories and names that somebody else has prepared; and a
# venvb that has rights which its user has not.
. "${srcdir:-.}/tests/lib.sh"

find_base
umask 022
chmod 755 "$scratch"
use_only_base
built=$builddir/tests/plugins/.libs
[ -e "$built/note.so" ] || skip_all 'the plugins of the tests were not built'
mk () { "$VENVB" --without-pip "$@"; }
gone () { [ ! -e "$1" ] && [ ! -L "$1" ]; }
is_root () { [ "$(id -u)" -eq 0 ]; }

# Plugins that others could have written.

distrusted () # NAME WHY PLUGIN
{
  check_fails "$1" 1 "is not to be trusted: $2$" mk --plugin="$3" new
  check '... nothing is made' gone new
}
mkdir -p mine sticky open/mine chain; cp "$built/note.so" mine; cp "$built/note.so" sticky; cp "$built/note.so" open/mine
chmod 1777 sticky open
check 'a folder of ours in a sticky one' mk --plugin=open/mine/note.so new
rm -rf new
distrusted 'a file of ours in a sticky folder' 'everybody may write to it' sticky/note.so
ln -s ../mine/note.so chain/1; ln -s 1 chain/2; ln -s 2 chain/note.so
check 'a chain of links' mk --plugin=chain/note.so new
rm -rf new
chmod 777 chain
distrusted 'a chain of links in an open folder' 'everybody may write to it' chain/note.so
chmod 755 chain; chmod 666 mine/note.so
distrusted '... to a file that all may write to' 'everybody may write to it' chain/note.so
chmod 644 mine/note.so
cat >acl.py <<'END'
import os, struct, sys
entries = ((1, 6, -1), (2, 6, 12345), (4, 4, -1), (16, 6, -1), (32, 4, -1))
os.setxattr(sys.argv[1], 'system.posix_acl_access', struct.pack('<I', 2)
            + b''.join(struct.pack('<HHi', *entry) for entry in entries))
END
if "$base" acl.py mine/note.so 2>/dev/null; then
  distrusted 'an access control list' 'its (access control list lets others|group may) write to it' mine/note.so
else
  skip 'an access control list' 'the file system has none'
fi
cp "$built/note.so" mine/fresh.so
if is_root; then
  for mode in 1777 755; do
    mkdir theirs; cp "$built/note.so" theirs; chmod $mode theirs; chown 12345 theirs theirs/note.so
    distrusted "another user's file in a folder of mode $mode" 'it belongs to another user' theirs/note.so
    rm -r theirs
  done
else
  skip "another user's file" 'only root can give files away'
fi
mkdir -p env/plugins; cp "$built/note.so" env/plugins; ln -s env/plugins in; ln -s "$scratch/mine" env/out
lies='lies in the environment to be created$'
for dir in env/plugins "$PWD/in" env/../env/plugins env/out; do
  check_fails "--plugin-dir=${dir#"$PWD/"}, in the environment" 1 "$lies" mk --plugin-dir="$dir" --plugin=note env
done
for path in : .:mine: 'mine' './mine' '../x'; do
  check_fails "VENVB_PLUGIN_PATH=$path" 1 "'fresh' is not installed" env VENVB_PLUGIN_PATH="$path" "$VENVB" --without-pip --plugin=fresh new
done

# With rights that the user has not.

evil=$scratch/evil; mkdir -p "$evil/bin" "$evil/etc" "$evil/config/venvb" "$evil/data/venvb/plugins"
printf '#!/bin/sh\n: >%s/ran\nexec %s "$@"\n' "$evil" "$base" >"$evil/bin/python3"; chmod 755 "$evil/bin/python3"
printf '[venvb]\nprompt = evil\n' | tee "$evil/etc/venvb.conf" >"$evil/config/venvb/venvb.conf"
cp mine/fresh.so "$evil/data/venvb/plugins/"
secure=
ldconfig=$(PATH=$PATH:/sbin:/usr/sbin command -v ldconfig)
if is_root && [ -n "$ldconfig" ] && [ -x "$builddir/command/.libs/venvb" ] && unshare -m true 2>/dev/null; then
  mkdir -m 755 own; cp "$builddir"/.libs/libvenvb.so.0 own/; cp "$builddir/command/.libs/venvb" own/plain
  { echo "$scratch/own"; cat /etc/ld.so.conf /etc/ld.so.conf.d/*.conf 2>/dev/null | grep '^/'; } >own/conf
  "$ldconfig" -X -f own/conf -C own/cache 2>/dev/null && secure=yes
  chown -R 65534 "$evil"
fi
as_user () # PROGRAM ARGUMENT...: run by an ordinary user who has set all there is
{
  local program=$1; shift
  unshare -m sh -c 'mount --bind "$1" /etc/ld.so.cache && shift && exec "$@"' sh "$scratch/own/cache" \
    setpriv --reuid=65534 --regid=65534 --clear-groups env -i HOME="$evil" XDG_CONFIG_HOME="$evil/config" \
    XDG_DATA_HOME="$evil/data" XDG_CACHE_HOME="$evil/cache" VENVB_SYSCONFDIR="$evil/etc" VENVB_PROMPT=evil \
    VENVB_PLUGIN_PATH="$evil/data/venvb/plugins" VENVB_PLUGIN_DIR="$evil/data/venvb/plugins" VENVB_CACHE_DIR="$evil/cache" \
    VENVB_PYTHON="$evil/bin/python3" VENVB_FORCE=1 VENVB_CLEAR=1 PATH="$evil/bin:/usr/bin:/bin" "$program" "$@"
}
# The sanitizers look at the process in ways that the kernel then forbids.
[ -z "${SANITIZER_FLAGS-}" ] || secure=
if [ -n "$secure" ] && as_user "$scratch/own/plain" --version >/dev/null 2>&1; then
  as_user "$scratch/own/plain" --explain x >explain 2>&1
  is 'as usual: variables count' "$(grep -c "^setting.*$evil" explain)" 2
  rm -f "$evil/ran" # it is the Python that would be taken
  cp own/plain own/setuid; chmod 4755 own/setuid
  cp own/plain own/setgid; chgrp 12345 own/setgid; chmod 2755 own/setgid
  cp own/plain own/capable; PATH=$PATH:/sbin:/usr/sbin setcap cap_dac_override+ep own/capable 2>/dev/null || rm own/capable
  for how in setuid setgid capable; do
    [ -e own/$how ] || { skip "$how" 'no setcap'; continue; }
    as_user "$scratch/own/$how" --explain -v --without-pip x >explain 2>&1
    check "$how: --explain works" grep -q '^stage' explain
    is '... no variable counts' "$(grep -c 'evil\|VENVB_' explain)" 0
    is '... --clear is not set' "$(awk '$2 == "clear" || $2 == "force" { print $3 }' explain | xargs)" 'no no'
    as_user "$scratch/own/$how" --dump-plugin=fresh >dump 2>&1
    check "... no directory of plugins, either" sh -c 'grep -q "is not installed" dump && ! grep -q evil dump'
    as_user "$scratch/own/$how" --list-pythons >pythons 2>&1
    is '... PATH is not looked at' "$(grep -c evil pythons)" 0
    as_user "$scratch/own/$how" --without-pip "$evil/env" >out 2>&1
    check '... nor run from' gone "$evil/ran"
    check '... nothing is kept in the cache' gone "$evil/cache"
    rm -rf "$evil/env"
  done
  check_fails 'setuid: an interpreter of the user' 1 "evil' is not to be trusted|python3' is not to be trusted" \
    as_user "$scratch/own/setuid" --without-pip -p "$evil/bin/python3" "$evil/env"
  check '... is not run' gone "$evil/ran"
else
  skip 'setuid, setgid, capabilities' 'needs root, a file system that takes them, and no sanitizers'
fi

# The umask.

rm -rf env
if "$VENVB" env >/dev/null 2>&1 && [ -x env/bin/pip ]; then
  init=$(cd env && ls lib/python*/site-packages/pip/__init__.py)
  for mask in 077 000; do
    check "umask $mask" bash -c "umask $mask; exec '$VENVB' --link-mode=hardlink --no-compile env-$mask"
    is '... is that of the environment' "$(stat -c %a "env-$mask/pyvenv.cfg" "env-$mask/$init" | uniq)" \
      "$(printf %o $((0666 & ~0$mask)))"
    is '... nobody else comes to the cache' "$(find "$XDG_CACHE_HOME/venvb/v1" -maxdepth 1 -perm /022)" ''
  done
  is 'what all may write to is no link' "$(stat -c %h "env-000/$init")" 1
  rm -rf "$XDG_CACHE_HOME"
  check '--cache-warm with umask 000' bash -c "umask 000; exec '$VENVB' --no-compile --cache-warm --cache-dir shared"
  is '... others may write to nothing of it' "$(find shared ! -type l -perm /022)" ''
  long=$(printf 'l%.0s' {1..200})
  check 'a path that no kernel reads as the first line of a script' "$VENVB" "$long/$long/$long/env"
  check '... pip runs' "$long/$long/$long/env/bin/pip" --version
  check 'a path with spaces, quotes and that length' "$VENVB" "it's a \"$long\" \$HOME"
  check '... pip runs' "./it's a \"$long\" \$HOME/bin/pip" --version
else
  skip 'umask' 'no pip here'
fi

# A cache that is somebody else's, or open to all.

distrusted_cache () # NAME WHAT WHY
{
  rm -rf new; mk new >out 2>err
  is "$1" "$? $(cat err)" "0 venvb: the cache is not used: '$2' is not to be trusted: $3"
}
cache=$XDG_CACHE_HOME/venvb
rm -rf "$XDG_CACHE_HOME"; mk new >/dev/null
mk again 2>err; is 'a cache of ours' "$(cat err)" ''
chmod 777 "$cache"; distrusted_cache 'open to all' "$cache" 'everybody may write to it'; chmod 755 "$cache"
mv "$cache" moved; mkdir "$cache"; chmod 777 "$cache"
distrusted_cache 'open to all, where nothing is yet' "$cache" 'everybody may write to it'
is '... nothing is put there' "$(ls -A "$cache")" ''; rmdir "$cache"; mv moved "$cache"
chmod 777 "$XDG_CACHE_HOME"; distrusted_cache 'one above is' "$XDG_CACHE_HOME" 'everybody may write to it'; chmod 755 "$XDG_CACHE_HOME"
chmod 775 "$cache/v1"; distrusted_cache 'a part is open to the group' "$cache/v1" 'others may write to it'; chmod 755 "$cache/v1"
mv "$cache/v1" moved; ln -s "$scratch/moved" "$cache/v1"
distrusted_cache 'a part is a link' "$cache/v1" 'it is not a directory'
check '--cache-clean and a link' sh -c '! "$0" --cache-clean' "$VENVB"
check '... does not follow it' [ -d moved/pythons ]
check '--cache-prune and a link' sh -c '! "$0" --cache-prune' "$VENVB"
rm "$cache/v1"; mv moved "$cache/v1"
mv "$cache" elsewhere; ln -s "$scratch/elsewhere" "$cache"; rm -rf new; mk new 2>err
is 'a cache by way of a link of ours' "$(cat err)" ''
rm "$cache"; mv elsewhere "$cache"
if is_root; then
  chown 12345 "$cache"; distrusted_cache "another user's" "$cache" 'it belongs to another user'; chown 0 "$cache"
  chown 12345 "$cache/v1/pythons"; distrusted_cache "another user's part" "$cache/v1/pythons" 'it belongs to another user'; chown 0 "$cache/v1/pythons"
  mkdir theirs; ln -s "$scratch/tools" theirs/v1; chmod 700 tools; chown -h 12345 theirs theirs/v1
  check_fails "--cache-warm of another user's directory" 1 "cannot fill the cache: '.*/theirs'.*another user" \
    "$VENVB" --cache-warm --cache-dir theirs
  is '... changes no mode' "$(stat -c %a tools)" 700
  chmod 755 tools
fi
mkdir -p "$XDG_CONFIG_HOME/venvb"; echo '[venvb]' >"$XDG_CONFIG_HOME/venvb/venvb.conf"; chmod 666 "$XDG_CONFIG_HOME/venvb/venvb.conf"
check_fails 'a configuration that all may write to' 1 "cannot read configuration: '.*/venvb/venvb.conf' is not to be trusted: everybody" mk new
chmod 644 "$XDG_CONFIG_HOME/venvb/venvb.conf"; chmod 777 "$XDG_CONFIG_HOME/venvb"
check_fails 'a configuration in a folder open to all' 1 "cannot read configuration: '.*/venvb' is not to be trusted: everybody" mk new
rm -r "$XDG_CONFIG_HOME/venvb"

# Names that a terminal would obey.

odd=$'a\e[31m\xc2\x9b\xe2\x80\xae\r\b\x7f\xff\xe2\x80\xa8z'
# inert NAME COMMAND...: prints something, and nothing of that sort
inert ()
{
  local name=$1; shift
  "$@" >shown 2>&1 </dev/null
  [ -s shown ] && ! LC_ALL=C grep -qaP '[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\xa8-\xae]|\xff' shown
  tap_result $? "shown as what it is: $name" || tap_diag "$(cat -v shown)"
}
mkdir -p names "names/$odd" "plugins/$odd"; echo x >"names/file$odd"; echo 'no object' >"plugins/$odd/$odd.so"; cp "$built/note.so" "plugins/note$odd.so"
inert 'an environment' mk -v "names/$odd/env"
inert 'a file in the way' mk "names/file$odd"
inert 'an option' mk "--$odd"
inert 'a prompt' mk --explain --prompt "$odd" x
inert 'a Python' mk -p "$odd" x
inert 'the path of a Python' mk -p "./$odd" x
inert 'a plugin' mk --plugin="$odd" x
inert 'the path of a plugin' mk --plugin="./plugins/$odd/$odd.so" x
inert 'an option of a plugin' mk --plugin="$built/note.so,$odd=$odd" x
inert 'the value of one' mk --explain --plugin="$built/note.so,tag=$odd" x
inert 'a directory of plugins' "$VENVB" --plugin-dir="plugins/$odd" --list-plugins
inert 'a plugin that is listed' "$VENVB" --plugin-dir="plugins" --list-plugins
inert 'a plugin that is described' "$VENVB" --plugin-dir="plugins" --dump-plugin="note$odd"
[ -z "$stress" ] || inert 'a plugin that is checked' "$VENVB" --check-plugin="plugins/$odd/$odd.so"
inert 'an environment that is checked' "$VENVB" --check "names/$odd"
inert 'the same as JSON' "$VENVB" --json --check "names/$odd"
inert 'an environment as JSON' mk --json "names/$odd/json"
inert 'a cache' "$VENVB" --cache-info --cache-dir "$odd"
inert 'a variable' env VENVB_LINK_MODE="$odd" "$VENVB" x
inert 'a new plugin' "$VENVB" --new-plugin "$odd" "names/$odd"
mkdir -p "$XDG_CONFIG_HOME/venvb"
for text in "$odd" "[venvb]"$'\n'"$odd = 1" "[$odd]" "[venvb]"$'\n'"prompt = $odd" "[plugin $odd]" "[venvb]"$'\n'"link-mode = $odd"; do
  printf '%s\n' "$text" >"$XDG_CONFIG_HOME/venvb/venvb.conf"
  inert "a configuration like $(printf '%.12q' "$text")" mk --explain x
done
rm "$XDG_CONFIG_HOME/venvb/venvb.conf"
mkdir liars
for fact in "version=$odd" "implementation=$odd" "executable=$odd"; do
  printf '#!/bin/sh\nprintf "venvb-facts=1\\0implementation=cpython\\0version=3.12.1\\0%%s\\0" "$(cat "$0.txt")"\n' >"liars/python3.12"
  printf %s "$fact" >liars/python3.12.txt; chmod +x liars/python3.12
  inert "a Python that lies about ${fact%%=*}" mk -p liars/python3.12 x
  [ -z "$stress" ] || inert '... when it is listed' env PATH="$PWD/liars:$PATH" "$VENVB" -v --list-pythons
done
mkdir -p hooks/post_setup.d; printf '#!/bin/sh\nprintf "%%s\\n" "$(cat "%s/text")"; exit 1\n' "$PWD" >hooks/post_setup.d/10-odd
chmod +x hooks/post_setup.d/10-odd; printf '%s\n  | %s' "$odd" "$odd" >text
inert "a program's output" mk -v --plugin="run-hooks,dir=$PWD/hooks" x
inert "a program's output in an error" mk --plugin="run-hooks,dir=$PWD/hooks" x
mkdir -p wheels; echo x >"wheels/pip-1$odd-py3-none-any.whl"; echo x >"wheels/pip-99.0-py3-none-any.whl"
inert "a wheel's name" "$VENVB" -v --plugin="pip,wheel-dir=$PWD/wheels" x
inert "a directory of wheels" "$VENVB" -v --plugin="pip,wheel-dir=$PWD/$odd" x
rm -rf new; mk new; printf 'home = %s\nversion = %s\n' "$odd" "$odd" >new/pyvenv.cfg
inert 'a pyvenv.cfg' mk --upgrade new
inert '... that is checked' "$VENVB" --check new
rm -rf x; mk --json --prompt "$(printf '\342\200\256\302\233')" x >json
check '--json is exact nevertheless' "$base" -c 'import json; assert json.load(open("json", "rb"))["prompt"] == "\u202e\u009b"'

# Names that are long.

long=$(printf 'n%.0s' {1..252})
check_fails 'a plugin with a long name' 1 "plugin '$long' is not installed" mk --plugin="$long" x2
cp "$built/note.so" "plugins/$long.so"
check 'a plugin with the longest name' mk --plugin-dir=plugins --plugin="$long" x2
check_fails 'a path of a plugin that is too long' 1 'too long' mk --plugin="./$(printf 'p/%.0s' {1..3000})x.so" x3
check 'a prompt of many bytes' mk --prompt "$(printf 'p%.0s' {1..60000})" x3
finish
