# shellcheck shell=bash
# What root has made mandatory holds against all that an ordinary user can say; and what
# could be the user's makes nothing mandatory.  An ordinary user is root in a namespace of
# his own here.

# shellcheck source=tests/lib.sh
. "${srcdir:-.}/tests/lib.sh"

if [ "$(id -u)" -ne 0 ]; then
  unshare -rm true 2>/dev/null || skip_all 'neither root nor user namespaces'
  cd "$builddir" && rm -rf "$scratch" && TMPDIR=${TMPDIR:-/tmp} exec unshare -rm bash "$srcdir/tests/cli/mandatory.sh"
fi

umask 022
chmod 755 "$scratch"
mkdir -p plugins etc/venvb.d share/venvb.d config/venvb data/venvb/plugins work theirs
for name in a b note; do cp "$builddir/tests/plugins/.libs/note.so" "plugins/$name.so"; done
export VENVB_PLUGIN_PATH=$scratch/plugins
system=$scratch/etc/venvb.conf
drop=$scratch/etc/venvb.d/50-x.conf
user=$scratch/config/venvb/venvb.conf
cd work || exit 1

put () { cat >"$1"; }
fresh () { rm -f "$system" "$user" "$drop"; rm -rf new; }
setting () { "$VENVB" -v --explain "${@:2}" 2>/dev/null | awk -v name="$1" '$1 == "setting" && $2 == name { print $3, $4, $5, $6 }'; }
chain () { "$VENVB" --explain | awk '$2 == "post_setup" { $1 = $2 = ""; print }' | sed 's/^ *//'; }
notes () { "$VENVB" --without-pip "$@" new && tr '\n' ';' <new/notes; rm -rf new; }

printf '[plugin %s/plugins/a.so]\nmandatory=yes\n' "$scratch" | put "$system"
"$VENVB" --explain >/dev/null 2>err
if grep -q "^venvb: .*is not to be trusted: it does not belong to root" err; then
  skip_all "$(sed 's/^venvb: //' err)"
fi
fresh

# A key.

printf '[venvb]\nlink-mode=copy\nprompt=theirs\nno-compile=yes\nmandatory=link-mode;no-compile\n' | put "$system"
is '--explain shows the lock' "$(setting link-mode)" "copy $system:2, mandatory "
is '... of these keys only' "$(setting prompt)" "theirs $system:3  "
printf '[venvb]\nlink-mode=clone\nno-compile=no\nprompt=mine\n' | put "$user"
is "the user's file" "$(setting link-mode)$(setting no-compile)$(setting prompt)" "copy $system:2, mandatory yes $system:4, mandatory mine $user:4  "
is 'a variable' "$(VENVB_LINK_MODE=hardlink setting link-mode)" "copy $system:2, mandatory "
rm "$user"
for say in link-mode=hardlink no-compile=no; do
  check_fails "--$say" 2 "^venvb: --${say%%=*}: that is decided by $system:., which is mandatory" "$VENVB" "--$say" new
  check '... nothing is made' test ! -e new
done
check 'the same on the command line' "$VENVB" --link-mode=copy --no-compile --without-pip new
is 'what is not locked' "$(setting prompt --prompt=mine)" 'mine command line '
printf '[venvb]\nlink-mode=clone\n' | put "$drop"
is 'a stronger file of root without a lock' "$(setting link-mode)" "copy $system:2, mandatory "
printf '[venvb]\nlink-mode=auto\nmandatory=yes\n' | put "$drop"
is '... with one' "$(setting link-mode)" "auto $drop:2, mandatory "
fresh
printf '[venvb]\nmandatory=yes\ncopies=yes\nclear=no\npython=python3\n' | put "$system"
check_fails 'an option that excludes it' 2 "^venvb: --symlinks: that is decided by $system:3" "$VENVB" --symlinks new
check_fails 'a flag that is off' 2 "^venvb: --clear: that is decided by $system:4" "$VENVB" --clear new
check_fails 'one of several values' 2 "^venvb: --python: that is decided by $system:5" "$VENVB" -p 3.1 -p 3.2 new
is 'a variable that excludes it' "$(VENVB_SYMLINKS=1 setting copies)" "yes $system:3, mandatory "
fresh

# What a hook answers, wherever it lies.

hooks=$scratch/config/venvb/hooks.d
export VENVB_PLUGIN_PATH=$builddir/plugins/.libs:$VENVB_PLUGIN_PATH
answers () # STAGE.d LINE: a hook of the user's that says so
{
  rm -rf "$hooks"; mkdir -p "$hooks/$1"
  printf '#!/bin/sh\necho "%s" >>"$VENVB_HOOK_ANSWER"\n' "$2" >"$hooks/$1/10"; chmod +x "$hooks/$1/10"
}
hooked () { XDG_CONFIG_HOME="$scratch/config" "$VENVB" --without-pip --plugin=run-hooks "$@" new; }
printf '[venvb]\nprompt=theirs\npython=python3\nmandatory=yes\n' | put "$system"
answers before-find_python.d VENVB_SET_PROMPT=mine
check_fails "a hook's prompt" 1 "the answer of '$hooks/before-find_python.d/10', line 1: VENVB_SET_PROMPT: that is decided by $system:2, which is mandatory\$" hooked
check '... nothing is made' test ! -e new
answers before-create_configuration.d VENVB_SET_PROMPT=mine
check_fails '... later' 1 "line 1: VENVB_SET_PROMPT: that is decided by $system:2, " hooked
answers before-find_python.d VENVB_SET_PYTHON=3.9
check_fails "a hook's Python" 1 "line 1: VENVB_SET_PYTHON: that is decided by $system:3, which is mandatory\$" hooked
answers before-find_python.d VENVB_SET_PROMPT=theirs
check 'what it answers is the same' hooked
is '... the prompt' "$(sed -n 's/^prompt = //p' new/pyvenv.cfg)" "'theirs'"; rm -rf new
printf '[venvb]\nprompt=theirs\npython=python3\nmandatory=python\n' | put "$system"
answers before-find_python.d VENVB_SET_PROMPT=mine
check 'what is not locked a hook sets' hooked
is '... the prompt' "$(sed -n 's/^prompt = //p' new/pyvenv.cfg)" "'mine'"
rm -rf "$hooks"; fresh

# A plugin.

printf '[plugin %s/plugins/a.so]\nmandatory=yes\ntag=A\n' "$scratch" | put "$system"
is '--explain shows the lock' "$("$VENVB" --explain | awk '$1 == "plugin" && $2 == "a" { print $4, $5 }')" "$system:1, mandatory"
printf '[venvb]\nno-plugin=a\n[plugin a]\nenabled=no\ntag=U\ntext=U\n[plugin b]\n' | put "$user"
is "the user's file" "$(notes)" 'A begin;note begin;note end;A end;'
is '... adds what it likes, inside' "$(chain)" 'a > b > core'
rm "$user"
is 'a variable' "$(VENVB_NO_PLUGIN=a VENVB_PLUGIN=a,tag=V notes)" 'A begin;A end;'
is '... that names another file' "$(VENVB_PLUGIN=$scratch/data/a.so notes)" 'A begin;A end;'
check_fails '--no-plugin' 2 "^venvb: --no-plugin: plugin 'a' is mandatory: $system:1" "$VENVB" --no-plugin=a new
check_fails '--no-plugin, its file' 2 "is mandatory: $system:1" "$VENVB" --no-plugin="$scratch/plugins/a.so" new
check_fails '--plugin, with options' 2 "^venvb: plugin 'a': its options are set by $system:1, which is mandatory" "$VENVB" --plugin=a,tag=x new
check_fails '--plugin, another file' 2 "its file is chosen by $system:1" "$VENVB" --plugin="$scratch/data/a.so" new
check '... nothing is made' test ! -e new
is '--plugin' "$(notes --plugin=a)" 'A begin;A end;'
is 'a plugin that replaces the stage' "$(notes --plugin=b,replace=1)" 'A begin;note begin;note end;A end;'
printf '[plugin a]\nenabled=no\ntag=D\n' | put "$drop"
is 'a stronger file of root without a lock: its options count' "$(notes)" 'D begin;D end;'
rm "$drop"
printf '[plugin git-ignore]\nenabled=no\nmandatory=yes\n[plugin b]\nmandatory=yes\nenabled=no\n' | put "$system"
is 'that must not be used' "$("$VENVB" --explain --plugin=note | grep -c '^plugin .*git-ignore.*(off).*mandatory')" 1
is '... by a variable' "$(VENVB_PLUGIN=b chain)" core
check_fails '... by the command line' 2 "^venvb: plugin 'b': it is switched off by $system:4, which is mandatory" "$VENVB" --plugin=b new
check_fails '... by its file' 2 "it is switched off by $system:4" "$VENVB" --plugin="$scratch/plugins/b.so" new
fresh

# One that can't be loaded fails closed, by its name.

printf '[plugin note]\nmandatory=yes\n' | put "$system"
cp "$scratch/plugins/note.so" "$scratch/data/venvb/plugins"
check_fails 'no directory but that of the installation counts' 1 \
  "^venvb: $system:1: plugin 'note' is not installed; searched: [^,]*; it is mandatory" \
  "$VENVB" --plugin-dir="$scratch/plugins" --without-pip new
check '... nor what the build tree is told' test 1 = "$(VENVB_OWN_PLUGIN_PATH=$scratch/plugins "$VENVB" new 2>&1 | grep -c 'note.*is not installed')"
check '... nothing is made' test ! -e new
"$VENVB" --explain >out 2>err
is '... --explain goes on' $? 0
check '... and warns' grep -q "passed over: $system:1: plugin 'note' is not installed" err
printf '[plugin %s/plugins/gone.so]\nmandatory=yes\n' "$scratch" | put "$system"
check_fails 'its file is gone' 1 "^venvb: $system:1: .*$scratch/plugins/gone.so.*it is mandatory" "$VENVB" new
echo nonsense >"$scratch/plugins/gone.so"
check_fails 'it is no plugin' 1 "^venvb: $system:1: plugin 'gone': " "$VENVB" new
printf '[plugin %s/plugins/a.so]\nmandatory=yes\nno-such=1\n' "$scratch" | put "$system"
check_fails 'an option it does not have' 2 "^venvb: $system:3: plugin 'a': unknown option" "$VENVB" new
printf '[plugin a]\nmandatory=yes\noptional=yes\n' | put "$system"
check_fails 'it is optional' 2 "^venvb: $system:2: what is optional can't be mandatory" "$VENVB" new
fresh

# Who replaces the whole run leaves nothing out.

cp "$builddir/tests/plugins/.libs/subclass.so" "$scratch/plugins/"
check 'the whole run replaced, where nothing is mandatory' "$VENVB" -q --plugin=subclass,skip new
printf '[plugin %s/plugins/a.so]\nmandatory=yes\n' "$scratch" | put "$system"
check_fails 'where a plugin is' 1 \
  "^venvb: stage create was replaced, and plugin 'a', which is mandatory, had no part in it$" \
  "$VENVB" --plugin=subclass,skip new
check '... which has its part else' "$VENVB" --without-pip --plugin=subclass new
fresh

# What can't be mandatory.

printf '[venvb]\nprompt=x\nmandatory=yes\n' | put "$user"
check_fails "the user's file" 2 "^venvb: $user:3: only the system's configuration" "$VENVB" new
printf '[plugin a]\nmandatory=yes\n' | put "$user"
check_fails "... a plugin" 2 "^venvb: $user:2: only the system's configuration" "$VENVB" new
rm "$user"
printf '[venvb]\nprompt=x\nmandatory=promt\n' | put "$system"
check_fails 'a key that is not there' 2 "^venvb: $system:3: mandatory: 'promt' is not a key of this group here" "$VENVB" new
printf '[venvb]\nplugin-dir=/\nmandatory=yes\n' | put "$system"
check_fails 'where plugins are' 2 "^venvb: $system:2: this key can't be mandatory: what is" "$VENVB" new
printf '[venvb]\nplugin=./a.so\nmandatory=yes\n' | put "$system"
check_fails 'a relative path' 2 "^venvb: $system:2: .*relative path|^venvb: $system:2: what is mandatory needs" "$VENVB" new

# Lists, and what does not count is told with -v.

printf '[venvb]\nplugin=%s/plugins/a.so,tag=root\nno-plugin=note\nprompt=root\nmandatory=plugin;no-plugin;prompt\n' "$scratch" | put "$system"
is 'a plugin of a list' "$(notes)" 'root begin;root end;'
check_fails '--no-plugin' 2 "^venvb: --no-plugin: plugin 'a' is mandatory: $system:2" "$VENVB" --no-plugin=a new
check_fails 'one that is listed to be left out' 2 "^venvb: plugin 'note': it is switched off by $system:3" "$VENVB" --plugin=note new
printf '[venvb]\nprompt=mine\nno-plugin=a\n[plugin a]\ntag=mine\n' | put "$user"
is "the user's file says otherwise" "$(notes 2>/dev/null)" 'root begin;root end;'
"$VENVB" -v --explain >/dev/null 2>err
check '-v: the prompt' grep -qx "venvb: prompt: 'root' of $system:4 counts, not 'mine' of $user:2" err
check '-v: the option' grep -qx "venvb: $user:5: the option 'tag' of plugin 'a' does not count: $system:2, which is mandatory" err
check '-v: leaving it out' grep -qx "venvb: $user:3: leaving out of plugin 'a' does not count: $system:2, which is mandatory" err
fresh
printf '[venvb]\nprompt=weak\n' | put "$system"
VENVB_PROMPT=strong "$VENVB" -v --explain >/dev/null 2>err
check '-v: what is no lock' grep -qx "venvb: prompt: 'strong' of VENVB_PROMPT counts, not 'weak' of $system:2" err
fresh
printf '[venvb]\nprompt=x\nmandatory=no\n' | put "$system"
is 'mandatory=no' "$(setting prompt --prompt=y)" 'y command line '
printf '[venvb]\nprompt=x\nmandatory=yes\n' | put "$system"
chmod g+w "$system"
check_fails 'a file that a group may write to' 1 "^venvb: $system:3: what is mandatory only root may be able to write: '$system' is not to be trusted: its group" "$VENVB" new
chmod g-w "$system"
fresh

# The system's own directories, which no variable moves.

is 'where they are is shown' "$("$VENVB" --explain | sed -n 's/^config  *directories *//p')" \
   "$scratch/etc, $scratch/share  VENVB_SYSCONFDIR, VENVB_DATADIR"
own () { env -u VENVB_SYSCONFDIR -u VENVB_DATADIR "$VENVB" "$@"; }
read -r built_in _ < <(own --explain | sed -n 's/^config  *directories *//p' | tr -d ,)
top=/$(printf %s "$built_in" | cut -d/ -f2)
cat >own-etc <<'END'
# As root in mounts of its own: the file $1 is $2/venvb.conf; then does the rest.
file=$1 built_in=$2 top=$3 copy=$4; shift 4
[ -d "$copy" ] || cp -a "$top" "$copy" 2>/dev/null
mkdir -p "$copy${built_in#"$top"}" && cp "$file" "$copy${built_in#"$top"}/venvb.conf" &&
mount --bind "$copy" "$top" && "$@"
status=$?
umount "$top" 2>/dev/null
exit $status
END
in_own () { unshare -m bash "$scratch/work/own-etc" "$scratch/policy" "$built_in" "$top" "$scratch/top" "$@"; }
printf '[venvb]\nlink-mode=copy\nprompt=theirs\nmandatory=link-mode\n[plugin %s/plugins/a.so]\nmandatory=yes\ntag=A\n[plugin b]\n' "$scratch" >"$scratch/policy"
if [ "$(du -sm "$top" 2>/dev/null | cut -f1)" -gt 50 ] || ! in_own true 2>/dev/null; then
  skip 'the directories of the system' "no mounts, or '$top' can't be copied"
else
  locked () # NAME COMMAND...
  {
    in_own "${@:2}" >out 2>err
    check "$1: the key" grep -q "^setting  link-mode  *copy  *$built_in/venvb.conf:2, mandatory" out
    check '... the plugin' grep -q "^plugin   a .*$built_in/venvb.conf:5, mandatory" out
    check '... its option' grep -q "^option   a  *tag=A  *$built_in/venvb.conf:7" out
  }
  locked 'nothing is said' env -u VENVB_SYSCONFDIR -u VENVB_DATADIR "$VENVB" --explain
  locked '--no-config' env -u VENVB_SYSCONFDIR -u VENVB_DATADIR "$VENVB" --no-config --explain
  check '... what is not mandatory does not count' test 0 = "$(grep -c 'theirs\|^plugin   b' out)"
  locked 'VENVB_NO_CONFIG' env -u VENVB_SYSCONFDIR -u VENVB_DATADIR VENVB_NO_CONFIG=1 "$VENVB" --explain
  printf '[venvb]\nlink-mode=clone\nmandatory=yes\nno-compile=1\n[plugin a]\nenabled=no\nmandatory=yes\ntag=U\n' | put "$system"
  locked 'VENVB_SYSCONFDIR' "$VENVB" --explain
  check '... what it locks counts where nobody else does' grep -q "^setting  no-compile .*$system:4, mandatory" out
  printf '[plugin a]\ntag=U\nenabled=no\n' | put "$scratch/share/venvb.d/50-y.conf"; rm "$system"
  locked 'VENVB_DATADIR' env -u VENVB_SYSCONFDIR "$VENVB" --explain
  rm "$scratch/share/venvb.d/50-y.conf"
  printf 'junk\n[venvb]\nunknown=1\n' | cat - "$scratch/policy" >both; mv both "$scratch/policy"
  in_own env -u VENVB_SYSCONFDIR "$VENVB" --no-config --without-pip new >out 2>err
  check '--no-config, and a bad line beside what is mandatory' test $? -ne 0 -a ! -e new
  check '... is told' grep -q "^venvb: $built_in/venvb.conf:1: neither" err

  # An ordinary user, as far as one can be had here.
  as=(setpriv --reuid=65534 --regid=65534 --clear-groups env -u VENVB_SYSCONFDIR -u VENVB_DATADIR
      HOME="$scratch/theirs" XDG_CONFIG_HOME="$scratch/theirs" XDG_CACHE_HOME="$scratch/theirs/cache")
  printf '[plugin %s/plugins/a.so]\nmandatory=yes\ntag=A\n' "$scratch" >"$scratch/policy"
  mkdir -p "$scratch/theirs/venvb"
  printf '[venvb]\nno-plugin=a\n' >"$scratch/theirs/venvb/venvb.conf"; chown -R 65534 "$scratch/theirs" 2>/dev/null
  if "${as[@]}" "$VENVB" --version >/dev/null 2>&1; then
    in_own "${as[@]}" "$VENVB" --without-pip "$scratch/theirs/env" 2>err
    is "an ordinary user's file" "$(tr '\n' ';' <"$scratch/theirs/env/notes")" 'A begin;A end;'
    in_own "${as[@]}" "$VENVB" --no-config --clear --without-pip --no-plugin=a "$scratch/theirs/env" 2>err
    is '... --no-plugin, --no-config' "$(cat err)" "venvb: --no-plugin: plugin 'a' is mandatory: $built_in/venvb.conf:1"
    chown 65534 "$scratch/plugins/a.so"
    in_own "${as[@]}" "$VENVB" --without-pip "$scratch/theirs/env2" 2>err
    is "... a plugin that is his" "$(cat err)" "venvb: $built_in/venvb.conf:1: plugin 'a': '$scratch/plugins/a.so' is not to be trusted: it does not belong to root"
    chown 0 "$scratch/plugins/a.so"; : >"$scratch/policy"
    printf '[venvb]\nprompt=x\nmandatory=yes\n' | put "$system"; chown 65534 "$system"
    in_own "${as[@]}" VENVB_SYSCONFDIR="$scratch/etc" "$VENVB" --without-pip "$scratch/theirs/env2" 2>err
    rm "$scratch/theirs/venvb/venvb.conf"
    is '... a file that is his' "$(cat err)" "venvb: $system:3: what is mandatory only root may be able to write: '$system' is not to be trusted: it does not belong to root"
  else
    skip 'an ordinary user' 'none can be had here, or what was built can not be reached'
  fi
fi

finish
