# shellcheck shell=bash
# The plugin run-hooks: which files are hooks, when they run, what they are
# told, how they fail, and which are refused.

# shellcheck source=tests/lib.sh
. "${srcdir:-.}/tests/lib.sh"

umask 022
python=$(command -v /usr/bin/python3 || command -v python3) || skip_all "no python3"
system=$builddir/tests/hooks.d
trap 'chmod -R u+rwx "$scratch" 2>/dev/null; rm -rf "$scratch" "$system"' EXIT

hooks=$scratch/hooks
hook () # PATH-BELOW-HOOKS, text from standard input
{
  mkdir -p "$(dirname "$hooks/$1")"
  cat >"$hooks/$1"
  chmod +x "$hooks/$1"
}
create () { "$VENVB" --without-pip --plugin=run-hooks,dir="$hooks" "$@"; }
fails () # NAME PATTERN [VENVB-OPTION...]
{
  local name=$1 pattern=$2; shift 2
  check_fails "$name" 1 "$pattern" create "$@" bad && is "$name: nothing is left" "$(ls -d bad 2>/dev/null)" ""
}
wrong () # NAME PATTERN OPTIONS
{
  check_fails "$1" 2 "$2" "$VENVB" --plugin="run-hooks,$3" bad
}

# Which files are hooks, and in which order they run.

for name in 10-b 10-A 9 a_B-2 Z; do
  hook "post_setup.d/$name" <<'END'
#!/bin/sh
echo "${0##*/}" >>"$VENVB_HOOK_ENV_DIR/ran"
END
done
for name in .hidden 20-x~ 20-x.dpkg-old 20-x.sh 20-x.bak '#20-x#' '20 x' README.txt; do
  hook "post_setup.d/$name" <<<'exit 1'
done
printf 'exit 1\n' >"$hooks/post_setup.d/not-executable"
mkdir "$hooks/post_setup.d/directory"
ln -s nowhere "$hooks/post_setup.d/dangling"
check "hooks run" create new
is "in the order of their names, the others left out" "$(paste -sd ' ' new/ran)" "10-A 10-b 9 Z a_B-2"
create -v other other2 >out 2>&1
is "-v tells what is left out, once" "$(grep -c '^venvb: run-hooks: .* is left out: ' out)" 11
check "and why: not executable" grep -qF "'$hooks/post_setup.d/not-executable' is left out: it is not executable" out
check "and why: its name" grep -qF "20-x.sh' is left out: its name has more than" out
check "and why: it is a backup" grep -qF "20-x.dpkg-old' is left out: it looks like a backup or a hidden file" out
check "and what runs" grep -qxF "venvb: run-hooks: running '$hooks/post_setup.d/10-A'" out
create quiet quiet2 >out 2>&1
is "without -v those that may be meant as hooks are told, once" "$(sed "s|.*post_setup.d/||" out | LC_ALL=C sort)" \
"20 x' is left out: its name has more than letters, digits, '_' and '-'
20-x.sh' is left out: its name has more than letters, digits, '_' and '-'
README.txt' is left out: its name has more than letters, digits, '_' and '-'
dangling' is left out: No such file or directory
directory' is left out: it is not a file
not-executable' is left out: it is not executable"
rm -r "$hooks"/post_setup.d/{'20 x',20-x.sh,not-executable,dangling,directory}
chmod -x "$hooks/post_setup.d/README.txt"
is "of backups, hidden files and texts nothing is printed" "$(create quiet3 2>&1)" ""
check "an existing environment" create new
is "they ran once more" "$(wc -l <new/ran)" 10
check "--upgrade leaves the stage out" create --upgrade new
is "and its hooks" "$(wc -l <new/ran)" 10
rm -rf "$hooks"

# Every stage, before and after.

stages='find_python ensure_directories create_ignore_files create_configuration setup_python
        setup_pip setup_scripts post_setup upgrade_dependencies finish'
for stage in $stages; do
  for prefix in before- ''; do
    hook "$prefix$stage.d/log" <<END
#!/bin/sh
echo "$prefix\$VENVB_HOOK_STAGE \$PWD" >>$scratch/log
case \$0 in *before-setup_python.d*) ls "\$VENVB_HOOK_ENV_DIR/bin" ;; esac
case \$VENVB_HOOK_STAGE in find_python) test ! -e "\$VENVB_HOOK_ENV_DIR" ;; esac
END
  done
done
check "hooks for all stages" create new2
# shellcheck disable=SC2046,SC2183 # the format is used again for each pair of words
is "before and after each that is run" "$(cut -d ' ' -f 1 log)" \
   "$(printf 'before-%s\n%s\n' $(for s in $stages; do
        case $s in setup_pip|upgrade_dependencies) ;; *) echo "$s $s" ;; esac; done))"
is "in the environment as soon as it is there" "$(cut -d ' ' -f 2 log | uniq | paste -sd ' ')" "/ $PWD/new2"
rm log
check "--upgrade" create --upgrade new3
is "is finished, too" "$(cut -d ' ' -f 1 log | tail -n 2 | paste -sd ' ')" "before-finish finish"
is "without post_setup" "$(grep -c post_setup log)" 0
rm log
check "--system-site-packages" create --system-site-packages new4
is "runs those of create_configuration twice" "$(grep -c '^create_configuration ' log)" 2
mkdir "$hooks/post-setup.d" "$hooks/plain"
create new10 >out 2>&1
is "a folder that is no stage's is warned of" "$(cat out)" "venvb: run-hooks: there is no stage for '$hooks/post-setup.d'"
rm -rf "$hooks"

# What a hook is told.

odd=$'o"d\\d $x\tä'
hook "finish.d/tell" <<END
#!$python
import json, os, sys
told = json.load(sys.stdin)
with open(os.path.join(told['env_dir'], 'told'), 'w') as file:
    json.dump({'told': told, 'environ': dict(os.environ), 'cwd': os.getcwd(), 'argv': sys.argv[1:]}, file)
END
env VENVB_HOOK_SCRIPT_PATH=x VENVB_HOOK_PYTHON=x PYTHONPATH=/nowhere "$VENVB" \
  --plugin=run-hooks,dir="$hooks" --prompt "$odd" "$odd" >out 2>&1
is "it is told of an environment with an odd name" "$?$(cat out)" 0
cat >judge.py <<'END'
import hashlib, json, sys
data = json.load(open(sys.argv[1], encoding='utf-8'))
told, environ, env_dir, prompt = data['told'], data['environ'], sys.argv[2], sys.argv[3]
assert told['env_dir'] == env_dir == environ['VIRTUAL_ENV'] == data['cwd'], told['env_dir']
assert told['prompt'] == prompt == environ['VENVB_HOOK_PROMPT']
assert told['stage'] == 'finish' == environ['VENVB_HOOK_STAGE']
assert told['script_path'] is None and 'VENVB_HOOK_SCRIPT_PATH' not in environ
assert 'VENVB_HOOK_PYTHON' not in environ
assert told['is_new'] is True and data['argv'] == []
assert environ['PATH'].split(':')[0] == env_dir + '/bin' == told['bin_path']
assert 'PYTHONPATH' not in environ
flags = told.pop('flags')
assert {name for name in flags if flags[name]} == set(environ['VENVB_HOOK_FLAGS'].split()), environ['VENVB_HOOK_FLAGS']
assert flags['with_pip'] and not flags['clear']
for name in ('env_dir env_name prompt executable python_dir python_exe version inc_path lib_path '
             'platlib_path bin_path bin_name env_exe env_exec_cmd cfg_path').split():
    assert told[name] == environ['VENVB_HOOK_' + name.upper()], name
plugin = [p for p in told['plugins'] if p['name'] == 'run-hooks'][0]
assert plugin['path'].endswith('run-hooks.so') and plugin['version']
assert told['command'][-1] == env_dir
for wheel in told['wheels']:
    with open(wheel['path'], 'rb') as file:
        assert hashlib.sha256(file.read()).hexdigest() == wheel['sha256']
if told['wheels']:
    assert told['wheels'][-1]['name'] == 'pip' and told['wheels'][-1]['version']
assert told['facts']['implementation'] == 'cpython'
assert told['timings']['setup_pip'] > 0 and 'finish' not in told['timings']
END
check "variables and JSON agree with each other" "$python" -X utf8 judge.py "$odd/told" "$PWD/$odd" "$odd"
hook "finish.d/tell" <<'END'
#!/bin/sh
printf %s "$VENVB_HOOK_ENV_DIR" | od -An -tx1 >told.hex
END
if mkdir $'b\xff' 2>/dev/null; then
  check "a name that is not UTF-8" create $'b\xff'
  is "is told by its bytes" "$(cat $'b\xff/told.hex')" "$(printf %s "$PWD/"$'b\xff' | od -An -tx1)"
else
  skip "a name that is not UTF-8" "the file system has none"
fi
rm -rf "$hooks"

# What a hook answers.

answer () # PATH-BELOW-HOOKS LINE...: a hook that writes these lines
{
  local path=$1 line; shift
  { printf '#!/bin/sh\ncat >>"$VENVB_HOOK_ANSWER" <<"EOF"\n'
    for line; do printf '%s\n' "$line"; done
    printf 'EOF\n'; } | hook "$path"
}
asks () # NAME STAGE.d LINE PATTERN: the run fails, and says why
{
  local stage=${2%.d}
  answer "$2/10-ask" "$3"
  fails "$1" "^venvb: plugin 'run-hooks', stage ${stage#before-}: the answer of '$hooks/$2/10-ask', line 1: $4\$"
  rm -r "${hooks:?}/$2"
}
odd_prompt="it's \"\$HOME\" \`x\` \\"
# shellcheck disable=SC2016 # nothing is to be expanded
answer before-find_python.d/10 "VENVB_SET_PROMPT=$odd_prompt" "VENVB_SET_ENV_NAME=named" \
  "VENVB_SET_PYTHON=$python" 'VENVB_SET_VARIABLE=GREETING=hello $USER' "VENVB_SET_VARIABLE=GONE" '' \
  "VENVB_SET_HOOK_VARIABLE=SITE=a=b c" "VENVB_SET_HOOK_VARIABLE=HOME"
hook "post_setup.d/10" <<'END'
#!/bin/sh
printf '%s|' "$SITE" "${HOME-none}" "${GREETING-none}" "$VENVB_HOOK_PROMPT" "$VENVB_HOOK_ENV_NAME" >got
END
check "a hook answers" create -p /nowhere/python new11
is "attributes and variables of later hooks" "$(cat new11/got)" "a=b c|none|none|$odd_prompt|named|"
is "the prompt in pyvenv.cfg" "$(sed -n 's/^prompt = //p' new11/pyvenv.cfg)" \
  "$("$python" -c 'import sys; print(repr(sys.argv[1]))' "$odd_prompt")"
is "the Python asked for" "$(sed -n 's/^home = //p' new11/pyvenv.cfg)" \
  "$("$python" -c 'import os, sys; print(os.path.dirname(sys._base_executable))')"
# shellcheck disable=SC1091,SC2016
is "activation sets the variables" \
  "$(GONE=x; export GONE; . new11/bin/activate; printf '%s|%s|%s' "$GREETING" "${GONE-none}" "$VIRTUAL_ENV_PROMPT")" \
  'hello $USER|none|'"$odd_prompt"
rm "$hooks/post_setup.d/10"
check "once more" create -p /nowhere/python new11
before=$(tree_of new11)
check "and once more" create -p /nowhere/python new11
is "nothing is changed" "$(tree_of new11)" "$before"
hook "find_python.d/10" <<'END'
#!/bin/sh
case $VENVB_HOOK_ENV_DIR in */one) echo 'VENVB_SET_HOOK_VARIABLE=ONLY=one' >>"$VENVB_HOOK_ANSWER" ;; esac
END
hook "post_setup.d/10" <<<$'#!/bin/sh\necho "${ONLY-none}" >got'
rm -r "$hooks/before-find_python.d"
check "two environments" create one two
is "what was answered for one is not the other's" "$(cat one/got two/got)" $'one\nnone'
rm -rf "$hooks" one two

hook "ensure_directories.d/10" <<'END'
#!/bin/sh
mkdir -p "$VENVB_HOOK_ENV_DIR/tools"
echo "VENVB_SET_BIN_PATH=$VENVB_HOOK_ENV_DIR/tools" >>"$VENVB_HOOK_ANSWER"
END
hook "finish.d/10" <<<$'#!/bin/sh\necho "$VENVB_HOOK_BIN_NAME $VENVB_HOOK_ENV_EXE ${PATH%%:*}" >got'
check "another directory for programs" create new12
is "is told to later hooks" "$(cat new12/got | sed 's/python[0-9.]*/python/')" "tools $PWD/new12/tools/python $PWD/new12/tools"
is "has the interpreter" "$(new12/tools/python -c 'import sys; print(sys.prefix)')" "$PWD/new12"
check "and the scripts" test -e new12/tools/activate
rm -rf "$hooks"

asks "an unknown name" post_setup.d "VENVB_SET_PROMT=x" "there is no VENVB_SET_PROMT \(but for PROMPT, PYTHON, VARIABLE, .*: see venvb-run-hooks\(1\)\)"
asks "an attribute that is not a hook's to set" post_setup.d "VENVB_SET_ENV_DIR=/" "there is no VENVB_SET_ENV_DIR .*"
asks "something else, which may be secret" post_setup.d "s3cret" "it has not the form VENVB_SET_NAME=VALUE"
asks "no value" before-find_python.d "VENVB_SET_PROMPT=" "VENVB_SET_PROMPT has no value"
asks "no equals sign" before-find_python.d "VENVB_SET_PROMPT" "it has not the form VENVB_SET_NAME=VALUE"
asks "a prompt that comes too late" create_configuration.d "VENVB_SET_PROMPT=x" \
  "VENVB_SET_PROMPT comes too late here: it belongs in 'before-find_python.d' to 'before-create_configuration.d'"
asks "a Python that comes too late" find_python.d "VENVB_SET_PYTHON=3" "VENVB_SET_PYTHON comes too late here: it belongs in 'before-find_python.d'"
asks "a directory that comes too early" find_python.d "VENVB_SET_LIB_PATH=/x" \
  "VENVB_SET_LIB_PATH comes too early here: it belongs in 'ensure_directories.d' to 'before-setup_python.d'"
asks "a variable that comes too late" setup_scripts.d "VENVB_SET_VARIABLE=A=b" \
  "VENVB_SET_VARIABLE comes too late here: it belongs in 'before-find_python.d' to 'before-setup_scripts.d'"
for line in PROMPT=x ENV_NAME=x VARIABLE=A=b HOOK_VARIABLE=A=b PYTHON=3; do
  asks "a carriage return after $line" before-find_python.d "VENVB_SET_$line"$'\r' \
    "there is a carriage return at its end: a line ends in a line feed alone"
done
asks "a prompt with a carriage return in it" before-find_python.d $'VENVB_SET_PROMPT=a\rb' "there is a control character in it"
asks "a name with an escape in it" before-find_python.d $'VENVB_SET_ENV_NAME=\e[1mx' "there is a control character in it"
answer before-find_python.d/10 $'VENVB_SET_VARIABLE=A=\e[1mb\tc'
answer post_setup.d/x $'VENVB_SET_\e[1mX=y'
"$VENVB" --without-pip --plugin=run-hooks,dir="$hooks" --plugin="audit-log,file=$PWD/said.log,failures" bad 2>/dev/null
is "a name with an escape in it is told as plain text" \
   "$(grep -c 'VENVB_SET_\\\\x1b\[1mX' said.log) $(grep -c u001b said.log)" "1 0"
rm -rf "${hooks:?}/post_setup.d" said.log
check "a variable may have one" create controls
rm -rf "${hooks:?}/before-find_python.d" controls
asks "a relative Python" before-find_python.d "VENVB_SET_PYTHON=bin/python" "VENVB_SET_PYTHON: 'bin/python' is not an absolute path"
asks "a variable of activation's own" before-find_python.d "VENVB_SET_VARIABLE=PATH=/x" "VENVB_SET_VARIABLE: the variable 'PATH' is set by activation itself"
asks "a hook's variable of that kind" before-find_python.d "VENVB_SET_HOOK_VARIABLE=PATH=/x" "VENVB_SET_HOOK_VARIABLE: the variable 'PATH' .*"
asks "one of venvb's own" before-find_python.d "VENVB_SET_HOOK_VARIABLE=VENVB_HOOK_STAGE=x" "VENVB_SET_HOOK_VARIABLE: the variable 'VENVB_HOOK_STAGE' is set by venvb itself"
asks "no name" before-find_python.d "VENVB_SET_VARIABLE==x" "VENVB_SET_VARIABLE: '' is not the name of a variable"
asks "a directory elsewhere" ensure_directories.d "VENVB_SET_BIN_PATH=$scratch" "VENVB_SET_BIN_PATH: '$scratch' is not in the environment '$PWD/bad'"
asks "by way of .." ensure_directories.d "VENVB_SET_LIB_PATH=$PWD/bad/../home" "VENVB_SET_LIB_PATH: '.*' is not in the environment '$PWD/bad'"
asks "the environment itself" ensure_directories.d "VENVB_SET_LIB_PATH=$PWD/bad" "VENVB_SET_LIB_PATH: '$PWD/bad' is not in the environment .*"
asks "a directory that is not there" ensure_directories.d "VENVB_SET_LIB_PATH=$PWD/bad/x" "VENVB_SET_LIB_PATH: '$PWD/bad/x' is not a directory that is there: the hook has to make it"
asks "programs deep in the environment, where Python is none of it" ensure_directories.d "VENVB_SET_BIN_PATH=$PWD/bad/a/b" \
  "VENVB_SET_BIN_PATH: '$PWD/bad/a/b' is not on top of the environment: Python would not find pyvenv.cfg"
asks "programs among the packages" ensure_directories.d "VENVB_SET_BIN_PATH=$PWD/bad/lib" "VENVB_SET_BIN_PATH: '$PWD/bad/lib' holds headers or packages"
asks "a relative directory" ensure_directories.d "VENVB_SET_INC_PATH=include" "VENVB_SET_INC_PATH: 'include' is not an absolute path"
asks "a command that is relative" setup_python.d "VENVB_SET_ENV_EXEC_CMD=python" "VENVB_SET_ENV_EXEC_CMD: 'python' is not an absolute path"
hook "ensure_directories.d/10" <<'END'
#!/bin/sh
ln -s / "$VENVB_HOOK_ENV_DIR/root"
echo "VENVB_SET_LIB_PATH=$VENVB_HOOK_ENV_DIR/root/tmp" >>"$VENVB_HOOK_ANSWER"
END
fails "a directory that a link leads out to" "VENVB_SET_LIB_PATH: '$PWD/bad/root/tmp' is not in the environment"
rm -rf "$hooks"
hook "post_setup.d/10" <<<$'#!/bin/sh\nhead -c 70000 /dev/zero | tr "\\0" x >>"$VENVB_HOOK_ANSWER"'
fails "an answer without end" "stage post_setup: the answer of '$hooks/post_setup.d/10': it has more than 65536 bytes$"
hook "post_setup.d/10" <<<$'#!/bin/sh\nprintf "a\\0b" >>"$VENVB_HOOK_ANSWER"'
fails "an answer with a NUL" "stage post_setup: the answer of '$hooks/post_setup.d/10': there is a NUL in it$"
rm -rf "$hooks"
answer before-find_python.d/10 VENVB_SET_PYTHON=/nowhere/python
fails "a Python that is not there, and who wants it" "^venvb: .*as '$hooks/before-find_python.d/10' has asked: .*'/nowhere/python'"
rm -rf "$hooks"

# Only there: what a hook prints is often not its own.
mkdir new13
: >"new13/VENVB_SET_PROMPT=evil"
hook "before-create_configuration.d/10" <<<$'#!/bin/sh\nls; echo VENVB_SET_VARIABLE=API_TOKEN=s3cret'
create new13 >out 2>&1
is "what a hook prints is not obeyed" "$?$(sed -n 's/^prompt = //p' new13/pyvenv.cfg)" 0
is "which is told, once, without a value" "$(cat out)" \
  "venvb: run-hooks: '$hooks/before-create_configuration.d/10' prints 'VENVB_SET_PROMPT', which is not obeyed there: it belongs in the file \"\$VENVB_HOOK_ANSWER\""
rm -rf "$hooks"
answer before-setup_python.d/10 "VENVB_SET_HOOK_VARIABLE=PLAIN=s3cret" "VENVB_SET_VARIABLE=API_TOKEN=s3cret"
hook "post_setup.d/10" <<<$'#!/bin/sh\necho "VENVB_SET_VARIABLE=API_TOKEN=$PLAIN"; echo "API_TOKEN=$PLAIN"; exit 1'
create -v bad >out 2>&1
check "with -v it is said what is set" grep -qxF "venvb: run-hooks: '$hooks/before-setup_python.d/10' sets HOOK_VARIABLE PLAIN" out
is "no value of a variable is printed" "$(grep -c 'API_TOKEN=\*\*\*\*$' out) $(grep -c s3cret out)" "4 0"
rm -rf "$hooks"

# Hooks that read nothing, a part, slowly; that write much and read late.

hook "post_setup.d/1-reads-nothing" <<<$'#!/bin/sh\nexit 0'
hook "post_setup.d/2-closes" <<<$'#!/bin/sh\nexec <&-; sleep 0.1'
hook "post_setup.d/3-reads-a-byte" <<<$'#!/bin/sh\ndd bs=1 count=1 2>/dev/null'
hook "post_setup.d/4-reads-slowly" <<<$'#!/bin/sh\nwhile read -r l; do sleep 0.1; echo "$l"; done | wc -l'
hook "post_setup.d/5-writes-first" <<END
#!$python
import sys
for i in range(20000):
    print('output', i)
    print('error', i, file=sys.stderr)
sys.exit(len(sys.stdin.read()) < 100)
END
create -v new >out 2>&1
is "hooks need not read" "$?" 0
is "and may write much" "$(grep -c '^  | output' out) $(grep -c '^  | error' out)" "20000 20000"
rm -rf "$hooks"

hook "post_setup.d/stream" <<'END'
#!/bin/sh
echo first
i=0
while [ ! -e go ] && [ $i -lt 400 ]; do i=$((i + 1)); sleep 0.05; done
test -e go
END
create -v new5 >out 2>&1 &
pid=$!
check "output is shown while the hook runs" wait_for_line '^  | first$' out
touch new5/go
wait "$pid"
is "which then goes on" "$?" 0
rm -rf "$hooks"

# Hooks that fail.

hook "post_setup.d/bad" <<<$'#!/bin/sh\necho one; echo two >&2; touch "$VENVB_HOOK_ENV_DIR/x"; exit 3'
create bad >out 2>err
is "a hook that fails: exit status" "$?" 1
is "the message names hook, status, what went with it, output" "$(cat err)" \
"venvb: plugin 'run-hooks', stage post_setup: '$hooks/post_setup.d/bad' exited with status 3; was removed, and may be what others have put there: 'x'
  | one
  | two"
is "nothing is left" "$(ls -d bad 2>/dev/null)" ""
check_fails "in an existing environment" 1 "exited with status 3" sh -c '"$@" 2>&1 >/dev/null | head -n 1 >&2; exit 1' sh \
  "$VENVB" --without-pip --plugin=run-hooks,dir="$hooks" new
check "which is as it was, but for what the hook has put there" test -e new/x
rm new/x
check_fails "what is told" 1 "; left there: 'x' \(changed by others, or can't be removed\)$" sh -c '"$@" 2>&1 >/dev/null | head -n 1 >&2; exit 1' sh \
  "$VENVB" --without-pip --plugin=run-hooks,dir="$hooks" new
rm -f new/x
hook "post_setup.d/bad" <<<$'#!/bin/sh\nkill -KILL $$'
fails "death by signal" "stage post_setup: '$hooks/post_setup.d/bad' was ended by signal 9 \(Killed\)$"
hook "post_setup.d/bad" <<<$'#!/no/such/interpreter\n'
fails "an interpreter that is not there" "cannot run '$hooks/post_setup.d/bad': .*No such file"
rm -rf "$hooks"
hook "find_python.d/policy" <<<$'#!/bin/sh\nexit 4'
fails "before anything was made" "stage find_python: '.*' exited with status 4"
rm -rf "$hooks"

# The time limit, which nothing survives.

hook "post_setup.d/slow" <<END
#!$python
import os, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
code = 'import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); open("%s", "w"); time.sleep(60)'
subprocess.Popen([sys.executable, '-c', code % '$scratch/child-ready'])
while not os.path.exists('$scratch/child-ready'):
    time.sleep(0.01)
with open('$scratch/group', 'w') as file:
    file.write(str(os.getpgid(0)))
time.sleep(60)
END
before=$(date +%s)
fails "a hook that takes too long" "'$hooks/post_setup.d/slow' took longer than 1 second and was ended$" --plugin=run-hooks,dir="$hooks",timeout=1
check "soon" test $(($(date +%s) - before)) -lt 20
group_is_gone () { ! kill -0 -- "-$(cat group)" 2>/dev/null; }
check "its processes are gone, stubborn ones, too" group_is_gone
hook "post_setup.d/slow" <<'END'
#!/bin/sh
exec >/dev/null 2>&1
sleep 60
END
fails "one that has closed its output" "took longer than 1 second" --plugin=run-hooks,dir="$hooks",timeout=1
hook "post_setup.d/slow" <<'END'
#!/bin/sh
while :; do echo y; done
END
check_fails "one that does not stop writing" 1 "took longer than 1 second" sh -c '"$@" 2>&1 | head -n 1 >&2; exit 1' sh \
  "$VENVB" --without-pip --plugin=run-hooks,dir="$hooks",timeout=1 bad
hook "post_setup.d/slow" <<END
#!/bin/sh
sleep 60 &
echo \$\$ >$scratch/group
echo started
END
before=$(date +%s)
check "one that leaves something running" create new
check "does not wait for it" test $(($(date +%s) - before)) -lt 10
check "and it is ended" group_is_gone
if command -v setsid >/dev/null; then
  hook "post_setup.d/slow" <<END
#!/bin/sh
setsid sh -c 'echo \$\$ >$scratch/daemon.new; mv $scratch/daemon.new $scratch/daemon; exec sleep 60' >/dev/null 2>&1 </dev/null &
while [ ! -e $scratch/daemon ]; do sleep 0.02; done
END
  check "a daemon in a session of its own" create new
  check "goes on" kill "$(cat daemon)"
else
  skip "a daemon" "no setsid"
fi

# An interrupted run ends the hook.
hook "post_setup.d/slow" <<END
#!/bin/sh
echo \$\$ >$scratch/pid.new
mv $scratch/pid.new $scratch/pid
exec sleep 60
END
"$VENVB" --without-pip --plugin=run-hooks,dir="$hooks" bad >out 2>&1 &
run=$!
for _ in $(seq 200); do [ -e pid ] && break; sleep 0.05; done
kill -TERM "$run"
wait "$run"
is "an interrupted run leaves nothing" "$(ls -d bad 2>/dev/null)" ""
is_gone () { ! kill -0 "$1" 2>/dev/null; }
check "and ends the hook" is_gone "$(cat pid)"
rm -rf "$hooks"

# What must not be run.

hook "post_setup.d/x" <<<$'#!/bin/sh\ntouch '"$scratch/ran-untrusted"
chmod o+w "$hooks/post_setup.d/x"
fails "a hook that everybody may write" "stage post_setup: '$hooks/post_setup.d/x' is not to be trusted: everybody may write to it$"
chmod o-w "$hooks/post_setup.d/x"
chmod o+w "$hooks/post_setup.d"
fails "its folder" "'$hooks/post_setup.d' is not to be trusted: everybody may write to it$"
chmod 1777 "$hooks/post_setup.d"
fails "even a sticky one" "'$hooks/post_setup.d' is not to be trusted"
chmod 755 "$hooks/post_setup.d"
chmod o+w "$hooks"
fails "the directory" "'$hooks' is not to be trusted"
chmod 755 "$hooks"
mkdir open && cp "$hooks/post_setup.d/x" open/ && chmod 777 open
ln -s "$scratch/open/x" "$hooks/post_setup.d/y"
fails "where a link leads" "'$scratch/open' is not to be trusted"
is "none of them ran" "$(ls ran-untrusted 2>/dev/null)" ""
rm "$hooks/post_setup.d/y"
if [ "$(id -u)" -eq 0 ]; then
  chown 65534 "$hooks/post_setup.d/x"
  fails "a hook of another user" "'$hooks/post_setup.d/x' is not to be trusted: it belongs to another user"
  chown 0 "$hooks/post_setup.d/x"
else
  skip "a hook of another user" "not root"
fi
check "the same, trusted" create new
check "runs" test -e ran-untrusted
mkdir -p inside/hooks.d/post_setup.d
cp "$hooks/post_setup.d/x" inside/hooks.d/post_setup.d/
check_fails "hooks in the environment" 1 "'$PWD/inside/hooks.d/post_setup.d' lies in the environment to be created" \
  "$VENVB" --without-pip --plugin=run-hooks,dir="$PWD/inside/hooks.d" inside
ln -s inside alias
check_fails "by another name, too" 1 "'$PWD/alias/hooks.d/post_setup.d' lies in the environment to be created" \
  "$VENVB" --without-pip --plugin=run-hooks,dir="$PWD/alias/hooks.d" inside

wrong "a relative directory that is not there" "dir '$PWD/no-such' is not a directory" dir=no-such
wrong "a directory that is not there" "dir '/no/such' is not a directory" dir=/no/such
wrong "a timeout of nothing" "timeout is a number from 1 to 86400, not '0'" timeout=0
wrong "a timeout that is none" "timeout is a number from 1 to 86400, not '1m'" timeout=1m
check_fails "a relative directory in a variable" 2 "dir 'hooks' is a relative path" \
  env VENVB_PLUGIN=run-hooks,dir=hooks "$VENVB" bad
wrong "an unknown option" "unknown option 'dirs'" dirs=/
is "no environment was begun" "$(ls -d bad 2>/dev/null)" ""

# Where hooks are when nothing is said: the system's come first.

note () # DIR TEXT
{
  mkdir -p "$1/post_setup.d"
  printf '#!/bin/sh\necho %s >>"$VENVB_HOOK_ENV_DIR/notes"\n' "$2" >"$1/post_setup.d/50-note"
  chmod +x "$1/post_setup.d/50-note"
}
here=$builddir/tests/plugins/.libs/run-hooks-here.so
note "$XDG_CONFIG_HOME/venvb/hooks.d" user
check "the user's hooks" "$VENVB" --without-pip --plugin=run-hooks new6
is "ran" "$(cat new6/notes)" user
if note "$system" system 2>/dev/null; then
  check "the system's and the user's" "$VENVB" --without-pip --plugin="$here" new7
  is "ran in this order" "$(paste -sd ' ' new7/notes)" "system user"
  note "$scratch/d1" one
  note "$scratch/d2" two
  check "given directories" "$VENVB" --without-pip --plugin="$here,dir=$scratch/d2,dir=$scratch/d1" new8
  is "take their place, in the order given" "$(paste -sd ' ' new8/notes)" "two one"
  rm -rf "$system"
else
  skip "the system's hooks" "the build directory can't be written"
fi
rm -rf "$XDG_CONFIG_HOME"
mkdir -p cwd/hooks.d cwd/venvb/hooks.d
note "$PWD/cwd/hooks.d" cwd
note "$PWD/cwd/venvb/hooks.d" cwd
(cd cwd && XDG_CONFIG_HOME=. "$VENVB" --without-pip --plugin=run-hooks new)
is "never the current directory" "$?$(cat cwd/new/notes 2>/dev/null)" 0

# The examples of venvb-hooks(7).

example () # FOLDER/NAME: the text that follows in the manual
{
  awk -v name="F<$1>" 'index ($0, name) { found = 1 }
    found && /^  / { begun = 1 }
    begun && /^[^ ]/ { exit }
    begun { sub (/^  /, ""); print }' "$srcdir/docs/venvb-hooks.pod" | hook "$1"
}
rm -rf "$hooks"
example post_setup.d/10-index
example finish.d/50-inventory
example find_python.d/10-versions
create --prompt "$odd" -v new9 >out 2>&1
is "the examples of the manual run" "$?" 0
check "the one in sh" grep -qx '  | pip uses pypi.example.org' out
is "did its work" "$(cat new9/pip.conf)" "[global]
index-url = https://pypi.example.org/simple"
check "the one in Python did, too" grep -q '^plugins: .*run-hooks' new9/inventory
sed -i 's/3\.\[0-8\]\./3./' "$hooks/find_python.d/10-versions"
check_fails "the policy" 1 'exited with status 1' sh -c '"$@" 2>&1 | head -n 1 >&2; exit 1' sh \
  "$VENVB" --plugin=run-hooks,dir="$hooks" bad

finish
