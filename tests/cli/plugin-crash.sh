# shellcheck shell=bash
# Plugins that fail, crash, exit, or leave programs running: the message names
# plugin, stage and cause on one line, the exit status is 1, and what was
# there before the run is there after it, and nothing else.

# shellcheck source=tests/lib.sh
. "${srcdir:-.}/tests/lib.sh"

# The sanitizers are not to catch the crashes, nor to report what a process
# that ends in the middle of its work has not freed.
export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}handle_segv=0:handle_abort=0:handle_sigbus=0:detect_leaks=0
export UBSAN_OPTIONS=${UBSAN_OPTIONS:+$UBSAN_OPTIONS:}handle_segv=0:handle_abort=0
ulimit -c 0

umask 022
mkdir plugins work
cp "$builddir"/tests/plugins/.libs/*.so plugins/
cd work || exit 1
run () { "$VENVB" --plugin-dir="$scratch/plugins" --without-pip "$@"; }

# The time of a directory is not part of what it holds.
tree () { tree_of . loose-directories; }
empty=$(tree)

# An environment of a user with a file, a script and a package of their own.
make_old ()
{
  rm -rf old
  "$VENVB" --without-pip old >/dev/null
  echo mine >old/mine.txt
  chmod 640 old/mine.txt
  printf '#!/bin/sh\n' >old/bin/tool
  chmod 755 old/bin/tool
  ln -s mine.txt old/link
  mkdir -p old/lib/own old/data/deep
  echo data >old/data/deep/file
  touch -d '2001-02-03 04:05:06' old/mine.txt old/bin/tool
}

# Compares the working directory with a tree.
leaves () # NAME EXPECTED-TREE
{
  check "$1" diff <(printf '%s\n' "$2") <(printf '%s\n' "$(tree)")
}

# How plugins fail, and what is said of it.

declare -A says=(
  [error]='cannot do it: no luck$'
  [lines]='one\\ntwo\\x1b\[31m$'
  [silent]='failed without saying why, which is a bug of the plugin$'
  [both]='returned TRUE with an error set, which is a bug of the plugin: half done$'
  [segv]='crashed with signal 11 \(.*\)'
  [thread]='crashed with signal 11 \(.*\)'
  [abort]='crashed with signal 6 \(.*\)'
  [kill]='crashed with signal 9 \(.*\)'
  [exit0]='ended the process with exit status 0'
  [_exit0]='ended the process with exit status 0'
  [exit3]='ended the process with exit status 3'
)
ways='error lines silent both segv thread abort kill exit0 _exit0 exit3'

for how in $ways; do
  check_fails "$how: the message" 1 \
    "^venvb: plugin 'misbehave', stage post_setup: ${says[$how]}" \
    run --plugin="misbehave,how=$how,write=file" new
  leaves "$how: nothing is left" "$empty"
done

make_old
before=$(tree)
for how in $ways; do
  check_fails "$how, over an environment" 1 "'misbehave', stage post_setup: ${says[$how]}" \
    run --plugin="misbehave,how=$how,write=mine.txt,write=bin/tool,write=lib/own/x,write=bin/python" old
  leaves "$how, over an environment: it is as before" "$before"
  check_fails "$how, with --clear" 1 "'misbehave', stage post_setup: ${says[$how]}" \
    run --clear --plugin="misbehave,how=$how,write=mine.txt,write=lib/new" old
  leaves "$how, with --clear: it is as before" "$before"
done
check_fails "segv, with --upgrade" 1 "'misbehave', stage setup_python: crashed" \
  run --upgrade --plugin=misbehave,how=segv,stage=setup_python,write=pyvenv.cfg old
leaves "segv, with --upgrade: it is as before" "$before"

# In every stage.

for stage in find_python ensure_directories create_ignore_files \
             create_configuration setup_python setup_scripts post_setup; do
  check_fails "$stage: error" 1 "^venvb: plugin 'misbehave', stage $stage: cannot do it" \
    run --plugin="misbehave,how=error,stage=$stage" a/b/new
  check_fails "$stage: crash" 1 "^venvb: plugin 'misbehave', stage $stage: crashed" \
    run --plugin="misbehave,how=segv,stage=$stage" a/b/new
  leaves "$stage: nothing is left" "$before"
done
check_fails "setup_pip: crash" 1 "^venvb: plugin 'misbehave', stage setup_pip: crashed" \
  "$VENVB" --plugin-dir="$scratch/plugins" --plugin=misbehave,early,how=segv,stage=setup_pip new
check_fails "upgrade_dependencies: crash" 1 \
  "^venvb: plugin 'misbehave', stage upgrade_dependencies: crashed" \
  run --upgrade-deps --plugin=misbehave,early,how=segv,stage=upgrade_dependencies new
leaves "setup_pip, upgrade_dependencies: nothing is left" "$before"
rm -rf old

# Before the stages.

for how in error silent both segv exit0; do
  check_fails "load, $how" 1 "^venvb: plugin 'misbehave', load: ${says[$how]%'$'}" \
    env VENVB_TEST_LOAD=$how "$VENVB" --plugin-dir="$scratch/plugins" --plugin=misbehave new
  check_fails "set_option, $how" 1 "^venvb: plugin 'misbehave', (option|set_option): ${says[$how]%'$'}" \
    run --plugin="misbehave,option=$how" new
  check_fails "ready, $how" 1 "^venvb: plugin 'misbehave', ready: ${says[$how]%'$'}" \
    run --plugin="misbehave,ready=$how" new
done
check_fails "while it is opened" 1 "^venvb: plugin 'constructor', loading: crashed with signal 6" \
  run --plugin=constructor new
mkdir "$scratch/ours"
cp "$scratch/plugins/misbehave.so" "$scratch/ours/git-ignore.so"
check_fails "a plugin in the place of one of venvb's own" 1 \
  "^venvb: plugin 'git-ignore', load: ended the process with exit status 0$" \
  env VENVB_TEST_LOAD=exit0 "$VENVB" --plugin-dir="$scratch/ours" --without-pip new
leaves "failing before the stages: nothing is left" "$empty"

# At the end: the environment stands by then.

check_fails "unload" 1 "^venvb: plugin 'misbehave', unload: crashed with signal 11 \([^;]*\)$" \
  env VENVB_TEST_UNLOAD=1 "$VENVB" --plugin-dir="$scratch/plugins" --without-pip \
  --plugin=misbehave new
check "unload: the environment stands" test -e new/bin/python
rm -rf new

# Blame: the innermost plugin that failed is named, and once.

check_fails "error of a wrapped plugin" 1 \
  "^venvb: plugin 'misbehave', stage post_setup: cannot do it: no luck; was removed, .*: 'notes'$" \
  run --plugin=misbehave,how=error --plugin=note new
check_fails "crash of a wrapped plugin" 1 "^venvb: plugin 'misbehave', stage post_setup: crashed" \
  run --plugin=misbehave,how=segv --plugin=note new
check_fails "crash of a wrapping plugin" 1 "^venvb: plugin 'misbehave', stage post_setup: crashed" \
  run --plugin=note --plugin=misbehave,how=segv new
check_fails "a wrapping plugin prefixes" 1 \
  "^venvb: while wrapping: plugin 'misbehave', stage post_setup: cannot do it: no luck$" \
  run --plugin=misbehave,how=error --plugin=wrapper,do=prefix new
check_fails "a wrapping plugin says it in its own words" 1 \
  "^venvb: plugin 'wrapper', stage post_setup: in other words$" \
  run --plugin=misbehave,how=error --plugin=wrapper,do=reword new
check_fails "a wrapping plugin fails without a word" 1 \
  "^venvb: plugin 'wrapper', stage post_setup: failed without saying why" \
  run --plugin=misbehave,how=error --plugin=wrapper,do=silent new
leaves "blame: nothing is left" "$empty"
check "a wrapping plugin may live with an error" \
  run --plugin=misbehave,how=error --plugin=wrapper,do=hide new
rm -rf new

# Of several environments, those before the failed one stand.

: >two
check_fails "the second of two environments" 1 "^venvb: .*'$scratch/work/two" run one two/new three
is "the second of two environments: the first stands" "$(ls)" "$(printf 'one\ntwo')"
rm -rf one two

# Files outside of the environment.

mkdir outside
echo changed-before >outside/changed
chmod 604 outside/changed
echo removed-before >outside/removed
ln -s changed outside/linked
touch -d '2002-02-02' outside/changed outside/removed
[ "$(id -u)" -ne 0 ] || chown 12345:23456 outside/changed outside/removed
outside=$scratch/work/outside
acts="change=$outside/changed,change=$outside/created,remove=$outside/removed,change=$outside/linked"
make_old
before=$(tree)
for how in error segv _exit0; do
  for args in new old '--clear old'; do
    # shellcheck disable=SC2086
    check_fails "outside, $how, $args" 1 "'misbehave', stage post_setup" \
      run --plugin="misbehave,how=$how,$acts,write=file" $args
    leaves "outside, $how, $args: all is as before" "$before"
  done
done
check "outside, without a failure" run --plugin="misbehave,$acts" new
is "outside, without a failure: changed" "$(cat outside/changed outside/created)" \
   "$(printf 'changed\nchanged')"
check "outside, without a failure: removed" test ! -e outside/removed
is "outside, without a failure: nothing else" "$(ls -A outside)" \
   "$(printf 'changed\ncreated\nlinked')"
check "outside, without a failure: no snapshot" test ! -e new/.venvb-undo
check_fails "a relative path is not remembered" 1 \
  "'misbehave', stage post_setup: cannot remember 'relative': the path is not absolute" \
  run --plugin=misbehave,change=relative new2
check_fails "nothing is remembered before the directory" 1 \
  "'misbehave', stage find_python: cannot remember '/x': the environment has no directory yet" \
  run --plugin=misbehave,stage=find_python,change=/x new2
rm -rf outside new old

# What a plugin leaves running.

for act in fork spawn; do
  for how in segv exit0 error; do
    check_fails "$act, $how" 1 "'misbehave', stage post_setup" \
      run --plugin="misbehave,how=$how,$act=$scratch/alive,$act=$scratch/work/new/alive" new
    check "$act, $how: it ran" test -e "$scratch/alive"
    leaves "$act, $how: nothing is left" "$empty"
    rm -f "$scratch/alive"
    sleep 0.1
    check "$act, $how: it writes no more" test ! -e "$scratch/alive"
    leaves "$act, $how: nothing came back" "$empty"
  done
done

# A run that is killed with all its processes: the next one recovers what an
# environment consists of.  What else is there may be somebody's work since.

kill_run () # ARGS...: starts a run, and kills it in the middle of a stage
{
  rm -f "$scratch/reached"
  setsid "$VENVB" --plugin-dir="$scratch/plugins" --without-pip \
    --no-plugin=git-ignore \
    --plugin="misbehave,how=hang,write=bin/tool,write=lib/x,mark=$scratch/reached" "$@" &
  local pid=$!
  for ((i = 0; i < 1000; i++)); do
    [ ! -e "$scratch/reached" ] && kill -0 $pid 2>/dev/null || break
    sleep 0.02
  done
  kill_group $pid
}

for args in '--clear old' old; do
  make_old
  before=$(tree)
  # shellcheck disable=SC2086
  kill_run $args
  check "killed, $args: it was in the middle of it" test -e old/.venvb-undo
  check_fails "killed, $args: then a run that fails" 1 "no luck" \
    recovers run --plugin=misbehave,how=error old
  leaves "killed, $args: then a run that fails: all is as before" "$before"
  # shellcheck disable=SC2086
  kill_run $args
  check "killed, $args: then a run that succeeds" recovers run old
  is "killed, $args: then a run that succeeds: what was there" \
     "$(cat old/mine.txt old/bin/tool old/data/deep/file; readlink old/link)" \
     "$(printf 'mine\n#!/bin/sh\ndata\nmine.txt')"
  check "killed, $args: then a run that succeeds: no snapshot" test ! -e old/.venvb-undo
done
rm -rf old
kill_run new
check "killed in a new directory: then a run" run new
check "killed in a new directory: then a run: all is there" test -e new/bin/python
check "killed in a new directory: then a run: and nothing else" \
  test ! -e new/lib/x -a ! -e new/bin/tool -a ! -e new/.venvb-undo
rm -rf new

# Asked what it has changed.

make_old
run --json --plugin=misbehave,how=fine old >/dev/null
is "what is no answer leaves it unknown" \
  "$(run --json --plugin=misbehave,how=fine old | grep -o '"changed": [a-z"]*')" '"changed": "unknown"'
before=$(tree)
run_json () { run --json "$@" >/dev/null; }
VENVB_TEST_CHANGED=1 check_fails "changed: a crash" 1 "^venvb: plugin 'misbehave', changed: crashed with signal 11" \
  run_json --plugin=misbehave,how=fine old
leaves "changed: all is as it was" "$before"
rm -rf old

finish
