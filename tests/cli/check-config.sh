# shellcheck shell=bash
# One bad line of the configuration: --check-config tells all that is wrong, who asks
# something gets an answer, and keys of newer versions may be let pass.

# shellcheck source=tests/lib.sh
. "${srcdir:-.}/tests/lib.sh"

umask 022
mkdir -p plugins etc/venvb.d share/venvb.d config/venvb work
cp "$builddir/tests/plugins/.libs/note.so" plugins/note.so
export VENVB_PLUGIN_PATH=$scratch/plugins
system=$scratch/etc/venvb.conf
drop=$scratch/share/venvb.d/50-x.conf
user=$scratch/config/venvb/venvb.conf
cd work || exit 1
problems () { "$VENVB" --check-config "$@" 2>err; }

is 'nothing to read' "$(problems)" 'the configuration is sound; files read: 0'
printf '[venvb]\nprompt=x\n[plugin note]\ntag=T\n' >"$system"
is 'a sound file' "$(problems)" 'the configuration is sound; files read: 1'
is '... -q' "$(problems -q)" ''
check '... exit status' "$VENVB" --check-config

# All that is wrong, of all files, variables and plugins.

printf '[venvb]\nlink-mode=bogus\n\nquark\n[plugin x\ntag=1\nprompt=y\n[zork]\na=1\n' >"$drop"
printf 'early=1\n[venvb]\nfoo=1\nprompt=\\x\nno-compile=perhaps\n[plugin note]\nxx=1\nyy=2\ntext=1\ntext=2\n[plugin missing]\n' >"$user"
VENVB_QUIET=maybe problems >out
is 'the exit status' $? 1
is '... one line that says how many' "$(cat err)" 'venvb: the configuration has 13 problems'
while read -r line; do
  check "told: $line" grep -q -- "$line" out
done <<END
^$drop:2: link-mode: 'bogus' is not auto
^$drop:4: neither a \[group\] nor a key=value
^$drop:5: neither a
^$drop:8: unknown group \[zork\]
^$user:1: neither a
^$user:3: unknown key 'foo'
^$user:4: the value is not UTF-8
^$user:5: no-compile: 'perhaps' is neither
^$user:7: plugin 'note': unknown option 'xx'
^$user:8: plugin 'note': unknown option 'yy'
^$user:10: 'text' stands twice
^$user:11: plugin 'missing' is not installed
^VENVB_QUIET: 'maybe' is neither
END
is '... and no more' "$(wc -l <out)" 13
VENVB_QUIET=maybe problems --json >json
is '--json, the exit status' $? 1
is '... is one line' "$(wc -l <json)" 1
is '... has the same' "$(python3 -c 'import json, sys
told = json.load (sys.stdin)
assert told["sound"] is False and len (told["files"]) == 3 and not told["remarks"], told
assert told["sysconfdir"] == sys.argv[1] + "/etc" and told["datadir"] == sys.argv[1] + "/share"
for problem in told["problems"]:
    where = problem["variable"] or "%s:%s" % (problem["file"], problem["line"])
    print (where + ": " + problem["what"])' "$scratch" <json)" "$(cat out)"
printf '[venvb]\nprompt=a\0b\n' >"$user"
check 'a NUL byte' grep -q "^$user: it holds a NUL byte" <(problems)
rm "$user"; mkdir "$user"
check 'a file that is none' grep -q "cannot read configuration: .*$user" <(problems)
rmdir "$user"
printf '[plugin note]\ntext=https://me:hidden@x/\\x\n[venvb]\nlink-mode=https://me:hidden@x/\n' >"$user"
problems >out
check 'a secret is not told' test "$(grep -c hidden out)" = 0

# Plugins that are off: their options are looked at all the same.

rm "$drop"; export VENVB_PLUGIN_PATH=$VENVB_PLUGIN_PATH:$builddir/plugins/.libs
mistakes="$user:3: plugin 'run-hooks': timeout is a number from 1 to 86400, not 'soon'
$user:4: plugin 'run-hooks': unknown option 'tiemout'; did you mean 'timeout'?"
wrong () # LINE...: what is told of a group with these and two wrong options
{
  printf '[plugin run-hooks]\n%s\ntimeout=soon\ntiemout=3\n' "$1" >"$user"
  problems | sed 's/ (.*//'
}
is 'enabled=no' "$(wrong enabled=no)" "$mistakes"
is '... in a file that is stronger' "$(VENVB_NO_PLUGIN=run-hooks wrong enabled=yes)" "$mistakes"
is 'enabled=maybe hides nothing' "$(wrong enabled=maybe)" "$user:2: enabled: 'maybe' is neither yes nor no
$mistakes"
printf '[plugin git-ignore]\nenabled=no\nno-such=1\n[plugin missing]\nenabled=no\na=1\n[plugin env-vars]\nenabled=no\n' >"$user"
problems >out
is 'one that is on by default, and one that is not there' "$(sed 's/ (.*//' out)" "$user:3: plugin 'git-ignore': unknown option 'no-such'"
printf '[plugin run-hooks]\nenabled=no\ntimeout=5\n' >"$user"
check '... what is right is sound' test 0 = "$(problems | grep -c run-hooks)"
check 'a run is not hindered' "$VENVB" --explain

# Who asks something gets an answer, and is warned.

printf '[venvb]\nprompt=good\nlink-mode=bogus\nfoo=1\n[plugin note]\nno-such=1\n' >"$user"
# LeakSanitizer itself crashes here, when it looks through a process that has closed
# modules; whether anything is lost the other tests of these questions tell.
answers () # NAME PATTERN ARGUMENT...
{
  local ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0
  export ASAN_OPTIONS
  "$VENVB" "${@:3}" >out 2>err
  is "$1: the exit status" $? 0
  check '... answers' grep -q -- "$2" out
  check '... warns' grep -q "^venvb: passed over: $user:3: link-mode: 'bogus'" err
  "$VENVB" -q "${@:3}" >out 2>err
  check '... not with -q' test ! -s err
}
answers '--list-plugins' '^note ' --list-plugins
answers '--list-pythons' cpython --list-pythons
answers '--dump-plugin' '^name=' --dump-plugin note
answers '--explain' "^setting  prompt  *good  *$user:2" --explain
answers '--cache-info' '^directory ' --cache-info
"$VENVB" --no-config --without-pip env
answers '--check' 'is sound\|^$' --check env
check '--explain passes over what plugins refuse' grep -q "$user:6: plugin 'note': unknown option 'no-such'" <("$VENVB" --explain 2>&1)
check '--version' "$VENVB" --version
for action in new --cache-clean --cache-prune --cache-warm; do
  check_fails "$action does nothing" 2 "^venvb: $user:3: link-mode: .*first of 2 problems: venvb --check-config" "$VENVB" "$action"
done
check '... is not there' test ! -e new
check_fails 'a variable that is wrong' 2 '^venvb: VENVB_COLOR: ' env VENVB_COLOR=no "$VENVB" --no-config new
check '... is passed over by who asks' env VENVB_COLOR=no "$VENVB" --no-config --explain

# What stands below a header that is none is nobody's.

printf '[venvb]\n[plugin note\nprompt=lost\n[venvb]\nno-compile=1\n' >"$user"
"$VENVB" --explain 2>/dev/null >out
is 'a broken header' "$(awk '$2 == "prompt" { print $3 }' out)" x
is '... the rest counts' "$(awk '$2 == "no-compile" { print $3 }' out)" yes

# Keys of newer versions.

printf '[venvb]\nallow-unknown=yes\nfrom-the-future=1\nprompt=new\n[future]\na=1\n' >"$user"
check 'allow-unknown' "$VENVB" --without-pip new
is '... the rest counts' "$(sed -n 's/^prompt = //p' new/pyvenv.cfg)" "'new'"
problems >out
is '... is sound' $? 0
is '... with remarks' "$(cat out)" "remark: $user:3: unknown key 'from-the-future' in [venvb]
remark: $user:5: unknown group [future]
the configuration is sound; files read: 2"
is '... -q' "$(problems -q)" ''
mv "$user" "$user.1"
printf '[venvb]\nallow-unknown=yes\n[plugin setuptools]\nfrom-the-future=1\nenabled=no\n' >"$user"
is '... an option of a plugin' "$(problems | grep remark)" \
   "remark: $user:4: plugin 'setuptools': unknown option 'from-the-future'"
sed -i /enabled/d "$user"
check '... which is used' "$VENVB" -v --explain
cp "$scratch/.out" said
check '... and told with -v' grep -q "$user:4: plugin 'setuptools': unknown option 'from-the-future'" said
printf 'source=bogus\n' >>"$user"
check_fails '... but its values count' 2 "^venvb: $user:5: plugin 'setuptools': source is one of" "$VENVB" other
mv "$user.1" "$user"
printf '[venvb]\nolder=1\n' >>"$system"
check_fails '... for that file only' 2 "^venvb: $system:6: unknown key 'older'" "$VENVB" other
printf '[venvb]\nallow-unknown=yes\nlink-mode=bogus\n' >"$user"; printf '[venvb]\n' >"$system"
check_fails '... not for values' 2 "^venvb: $user:3: link-mode" "$VENVB" other
printf '[venvb]\nallow-unknown=perhaps\nx=1\n' >"$user"
check_fails '... is yes or no' 2 "^venvb: $user:2: allow-unknown: 'perhaps' is neither" "$VENVB" other

finish
