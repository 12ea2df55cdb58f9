# shellcheck shell=bash
# What is secret, whichever way it comes in, comes out nowhere but in pip.conf:
# not in what is printed, logged or handed on, whether the run fails or not.

# shellcheck source=tests/lib.sh
. "${srcdir:-.}/tests/lib.sh"

find_base
umask 022
here=$builddir/tests/plugins/.libs/audit-log-here.so
log=$scratch/out/log

# All secrets have this in them: a password, and a user who is none.
mark=s3cr3t
url=http://me-$mark:a%40-$mark@127.0.0.1:1/simple
extra=https://tok-$mark@127.0.0.1:1/x
query="http://127.0.0.1:1/x.py?v=1&api_key=k-$mark"

# What a daemon receives goes to out/syslog.
mkdir out
cat >daemon.py <<'END'
import socket, sys
listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
listener.bind('log.socket')
open('ready', 'w').close()
while True:
    data = listener.recv(1 << 20)
    with open('out/syslog', 'ab') as file:
        file.write(data + b'\n')
END
"$base" daemon.py &
servers="$servers $!"
wait_for ready

# A hook notes what it is given on its standard input, and talks of its own
# variables, which are its user's.
mkdir -p hooks/post_setup.d hooks/finish.d
cat >hooks/finish.d/note <<END
#!/bin/sh
cat >>$scratch/out/hook; echo >>$scratch/out/hook
env | grep $mark
exit \${HOOK_STATUS:-0}
END
cp hooks/finish.d/note hooks/post_setup.d/note
chmod +x hooks/*/note
printf '#!/bin/sh\nfor word in "$@"; do echo "got $word"; done; echo "TOKEN=$PIP_TOKEN" >&2; exit ${UV_STATUS:-0}\n' >uv
chmod +x uv

run () # NAME STATUS VENVB-OPTION... : all that comes out, in out/NAME.*
{
  local name=$1 want=$2 status=0; shift 2
  rm -rf new
  PIP_INDEX_URL=$url PIP_TOKEN=env-$mark "$VENVB" -v --json --without-pip --keep-failed \
    --plugin="run-hooks,dir=$scratch/hooks" "$@" --plugin="$here,file=$log,syslog,failures" new \
    >"out/$name.stdout" 2>"out/$name.stderr" || status=$?
  is "$name: exit status" "$status" "$want" || tap_diag "$(cat "out/$name.stderr")"
}
clean () # NAME : nothing secret is in out, nor in the environment but for pip.conf
{
  is "$1: no secret comes out" "$(grep -rn "$mark" out new cache "$scratch"/cache 2>/dev/null | grep -v '^new[^:]*/pip\.conf:')" ""
}
heard () # NAME PATTERN FILE...: something that is not secret, and the blot
{
  local name=$1 pattern=$2; shift 2
  for file; do check "$name: it is in $file" grep -qF -- "$pattern" "$file"; done
}

# By the command line, in one word or two.
uv="requirements,installer=$scratch/uv,index-url=$url,package=git+$extra"
run words 0 --plugin="pip-conf,index-url=$url,extra-index-url=$extra,global.password=p $mark,timeout=3" --plugin "$uv"
clean words
heard words 'http://****@127.0.0.1:1/simple' out/words.stdout out/words.stderr out/log out/syslog out/hook new/pyvenv.cfg
heard words 'got git+https://****@127.0.0.1:1/x' out/words.stderr
heard words 'PIP_INDEX_URL=http://****@127.0.0.1:1/simple' out/words.stderr
heard words 'TOKEN=****' out/words.stderr
heard words 'global.password=****,timeout=3' out/words.stdout out/log out/syslog out/hook new/pyvenv.cfg
is "words: pip.conf has all of it" "$(grep -c "$mark" new/pip.conf)" 3
is "words: only its owner may read it" "$(stat -c %a new/pip.conf)" 600
is "words: the JSON is well-formed" "$("$base" -c 'import json, sys
print(json.load(open("out/words.stdout"))["command"][-1] == sys.argv[1])' "$PWD/new")" True
run password 0 --plugin="pip-conf,global.password=$mark"
is "a key is enough: only the owner may read pip.conf" "$(stat -c %a new/pip.conf)" 600

# What fails: a program, a hook, an option.
UV_STATUS=4 run program 1 --plugin "$uv"
clean program
heard program 'got http://****@127.0.0.1:1/simple' out/program.stderr out/log out/syslog
HOOK_STATUS=5 run hook 1 --plugin="pip-conf,index-url=$url"
clean hook
heard hook 'PIP_INDEX_URL=http://****@127.0.0.1:1/simple' out/hook.stderr out/log out/syslog
rm -rf .venvb-undo.failed new.venvb-undo.failed ./*.failed new
number=0
while IFS= read -r options; do
  number=$((number + 1))
  "$VENVB" --without-pip "$options" new >"out/wrong-$number" 2>&1
  is "wrong: ${options//$mark/...}" "$?" 2
done <<END
--plugin=pip-conf,trusted-host=https://u:p-$mark@x/
--plugin=pip-conf,index-url=x://u:p-$mark@x/
--plugin=pip-conf,index-url=https://u:p/$mark@x/
--plugin=pip-conf,index-url=ftp://x/?token=$mark
--plugin=pip-conf,timeout=https://$mark@x
--plugin=pip-conf,index-url=u:$mark@x/simple
--plugin=pip-conf,index-url=https:/u:$mark@x/simple
--plugin=pip-conf,trusted-host=u:$mark@x
--plugin=requirements,package=x,index-url=u:$mark@x/simple
--plugin=requirements,package=x,find-links=u:$mark@x/simple
--plugin=pip-conf,https://$mark@x=3
--plugin=requirements,package=-https://$mark@x
--plugin=,password=$mark
--link-mode=https://u:$mark@x
--no-such-option=https://u:$mark@x
--api-token=$mark
--clear=https://$mark@x
END
"$VENVB" --without-pip --plugin="https://u:$mark@x" new >out/wrong-plugin 2>&1
"$VENVB" --without-pip -p "https://u:$mark@x" new >out/wrong-python 2>&1
"$VENVB" --without-pip "https://u:$mark@x" >out/wrong-dir 2>&1
"$VENVB" --check-plugin="$here,file=/x,password=$mark,index-url=$url" >out/check-plugin 2>&1
clean "wrong options"
is "wrong options: all was told" "$(grep -L . out/wrong-* out/check-plugin)" ""

# By a file and by variables.
mkdir -p "$XDG_CONFIG_HOME/venvb"
cat >"$XDG_CONFIG_HOME/venvb/venvb.conf" <<END
[plugin pip-conf]
index-url = $url
extra-index-url[1] = $extra
extra-index-url[2] = https://x/
global.api-key = a $mark, b
END
export VENVB_PLUGIN="'requirements,installer=$scratch/uv,package=git+$extra,index-url=$url'"
run settings 0
clean settings
is "settings: pip.conf has all of it" "$(grep -c "$mark" new/pip.conf)" 3
UV_STATUS=4 run settings-fail 1
clean settings-fail
"$VENVB" --explain >out/explain 2>&1
is "--explain: exit status" "$?" 0 || tap_diag "$(cat out/explain)"
heard --explain 'index-url=http://****@127.0.0.1:1/simple' out/explain
heard --explain 'global.api-key=****  ' out/explain
for plugin in pip-conf requirements; do "$VENVB" --dump-plugin $plugin >>out/dump 2>&1; done
printf '[venvb]\nlink-mode = https://u:%s@x/\n' $mark >"$XDG_CONFIG_HOME/venvb/venvb.conf"
check_fails "a wrong value in a file" 2 'venvb.conf:2: link-mode: .https://\*\*\*\*@x/' "$VENVB" new
rm "$XDG_CONFIG_HOME/venvb/venvb.conf"
VENVB_LINK_MODE="https://u:$mark@x" "$VENVB" new >out/variable 2>&1
unset VENVB_PLUGIN
clean "files and variables"

# A script that can't be fetched, and pip that has no index.
if [ -e "$builddir/plugins/install-script/install-script.la" ]; then
  run script 1 --plugin="install-script,url=$query,args=--token $mark"
  clean script
  heard script 'api_key=****' out/script.stderr out/log
else
  skip "a script" "install-script was not built"
fi
if "$VENVB" pip-env 2>/dev/null && [ -e pip-env/bin/pip ]; then
  rm -rf new
  env -u PIP_NO_INDEX PIP_RETRIES=0 "$VENVB" -v --plugin="requirements,package=demo,index-url=$url" \
    --plugin="$here,file=$log,failures" new >out/pip.stdout 2>out/pip.stderr
  is "pip: exit status" "$?" 1
  clean pip
else
  skip "pip" "no environment with pip can be made"
fi

# The prompt is there to be shown.
line="venvb: the prompt has what looks like a secret in it: everybody may read it in '$scratch/prompted/pyvenv.cfg' and in the activation scripts"
for prompt in 'https://user:hunter2@example.org/' 'token=hunter2'; do
  is "a secret in --prompt: $prompt" "$("$VENVB" --without-pip --prompt "$prompt" prompted 2>&1)" "$line"
  is '... in VENVB_PROMPT' "$(VENVB_PROMPT=$prompt "$VENVB" --without-pip --system-site-packages --clear prompted 2>&1)" "$line"
  is '... with -q' "$("$VENVB" -q --without-pip --prompt "$prompt" prompted 2>&1)" ''
done
is 'none in it' "$("$VENVB" --without-pip --prompt 'my-token https://example.org/' prompted 2>&1)" ''

finish
