# shellcheck shell=bash
# venvb --check-plugin: each mistake that it knows is found, by a line of its
# own, and nothing is found in plugins that make none.

# shellcheck source=tests/lib.sh
. "${srcdir:-.}/tests/lib.sh"

umask 022
built=$builddir/tests/plugins/.libs
export VENVB_CHECK_VALGRIND='' TMPDIR=$scratch/tmp
mkdir tmp
# The interpreter itself: a script in front of it takes its time in each run.
python=$(python3 -c 'import os, sys; print(os.path.realpath(sys.executable))')
PATH=$(dirname "$python"):$PATH

# Finds one problem, in one line.
finds () # NAME LINE SPEC
{
  local status=0
  "$VENVB" -q --check-plugin="$3" >out 2>err </dev/null || status=$?
  is "$1" "$(cat out)" "problem: $2"
  [ "$status" -eq 1 ] && [ "$(cat err)" = "venvb: plugin '$(basename "${3%%.so*}")': 1 problem was found" ]
  tap_result $? "$1: exit status 1, and a line that says so"
}

bad () { finds "$1${3:+ in $3}" "${3:-stage post_setup}: $2" "$built/bad.so,do=$1${3:+,in=$3}"; }

# The process.

bad chdir "changes the current directory to '/'"
bad umask 'changes the umask to 012'
bad setenv "sets the environment variable 'VENVB_BAD'"
bad unsetenv "removes the environment variable 'HOME'"
if [ "$(locale -a 2>/dev/null | grep -ci '^C.utf-\{0,1\}8$')" -gt 0 ]; then
  bad locale "changes the locale to 'C.UTF-8'"
else
  skip "locale" "there is no C.UTF-8"
fi
bad handler 'changes how signal 10 (User defined signal 1) is handled'
bad mask 'changes whether signal 12 (User defined signal 2) is blocked'
bad umask 'changes the umask to 012' ready
bad umask 'changes the umask to 012' unload
export VENVB_TEST_BAD=umask
finds "umask in load" 'load: changes the umask to 012' "$built/bad.so"
unset VENVB_TEST_BAD

# What is left.

"$VENVB" -q --check-plugin="$built/bad.so,do=fd" >out 2>/dev/null
check "a file descriptor" grep -qE \
  "^problem: stage post_setup: leaves file descriptor [0-9]+ \('/dev/null'\) open$" out
"$VENVB" -q --check-plugin="$built/bad.so,do=fd,in=unload" >out 2>/dev/null
check "a file descriptor of unload" grep -qE "^problem: unload: leaves file descriptor" out
"$VENVB" -q --check-plugin="$built/bad.so,do=child" >out 2>/dev/null
check "a process" grep -qE \
  "^problem: stage post_setup: leaves process [0-9]+ \('.*venvb'\) running$" out
"$VENVB" -q --check-plugin="$built/bad.so,do=home" >out 2>/dev/null
is "a file in the home directory" "$(cat out)" \
  "problem: a run that fails has left the file '~/bad'; call venvb_context_save_file() before (in a run that fails at its end)"
"$VENVB" -q --check-plugin="$built/bad.so,do=cwd" >out 2>/dev/null
check "a file in the current directory" grep -q "has left the file 'bad';" out
check "a file is not left here" test ! -e bad -a ! -e "$HOME/bad"
finds "a temporary file" "leaves '\$TMPDIR/bad' behind" "$built/bad.so,do=tmp"
export VENVB_TEST_BAD=cwd
"$VENVB" -q --check-plugin="$built/bad.so" >out 2>/dev/null
check "a file that load writes" grep -q "^problem: loading has left the file 'bad'" out
unset VENVB_TEST_BAD
finds "standard output" "writes to standard output, where venvb_context_message() would do: 'bad'" \
  "$built/bad.so,do=stdout"
finds "standard error" "writes to standard error, where venvb_context_message() would do: 'bad'" \
  "$built/bad.so,do=stderr"

# The environment that is left.

for row in "no-cfg|'env' is not an environment: cannot read 'env/pyvenv.cfg': No such file or directory" \
           "no-python|'env/bin/python3.*' can't be run: No such file or directory"; do
  check_fails "${row%%|*}: exit status" 1 "^venvb: plugin 'bad': [1-9] problems? w(as|ere) found$" \
    sh -c '"$@" >/dev/null' sh "$VENVB" -q --check-plugin="$built/bad.so,do=${row%%|*}"
  "$VENVB" -q --check-plugin="$built/bad.so,do=${row%%|*}" >out 2>/dev/null
  check "${row%%|*}" grep -qx "problem: leaves an environment that is not sound: ${row#*|}" out
done
"$VENVB" --check-plugin="$built/bad.so,do=edit" >out 2>/dev/null
if grep -q "^note: no files are linked where pip can't be installed" out; then
  skip "files that are linked" "there is no pip to be installed"
else
  for what in edit chmod; do
    "$VENVB" -q --check-plugin="$built/bad.so,do=$what" >out 2>/dev/null
    check "$what: a file that is linked into the cache" grep -qE \
      "^problem: stage post_setup: changes 'lib/python3[^']*/pip/__init__.py' in place, which is a hard link .* \(with pip\)$" out
  done
  "$VENVB" -q --check-plugin="$built/bad.so,do=rewrite" >out 2>/dev/null
  is "one that is written anew is no other environment's" "$(grep -c 'in place' out)" 0
fi

"$VENVB" -q --check-plugin="$built/bad.so,do=direct" >out 2>/dev/null
is "a file that is written directly into an environment that was there before" "$(cat out)" \
  "problem: a run that fails has left the file 'env/direct'; call venvb_context_save_file() before (in a run that fails in an environment that exists)"

finds "a file that is written directly into a new environment" \
  "writes 'direct' directly: when the run fails, nobody can tell whether others have put it there; venvb_context_write_file() notes it" \
  "$built/bad.so,do=direct-new"

# Reports on a plugin that crashes: it has to die of its signal, with AddressSanitizer as without.
crashing() {
  ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}handle_abort=0:handle_segv=0:detect_leaks=0 \
    "$VENVB" -q --check-plugin="$1" 2>/dev/null
}

# What is no stage.

bad umask 'changes the umask to 012' stage_event
bad umask 'changes the umask to 012' changed
for where in stage_event changed; do
  crashing "$built/bad.so,do=crash,in=$where" >out
  check "a crash in $where" grep -q "^problem: $where: crashes with signal 11" out
done
crashing "$built/bad.so,do=leave" >out
check "a crash where data are freed" grep -q "^problem: what it gave venvb_context_set_data() to free data: crashes with signal 11" out
finds "an answer that there is not" \
  "changed: returns 7, which is none of VENVB_CHANGED_NO, VENVB_CHANGED_YES and VENVB_CHANGED_UNKNOWN" "$built/bad.so,do=lie"

"$VENVB" -q --check-plugin="$built/bad.so,do=deny" >out 2>/dev/null
check "an answer that is not true" grep -qx \
  "problem: changed: says that nothing was changed, but 'env/direct' was (in an environment that exists)" out
check "one that is" "$VENVB" -q --check-plugin="$built/bad.so,do=fleeting"
"$VENVB" --check-plugin="$built/bad.so,do=claim" >out 2>/dev/null
check "a change that nothing is seen of" grep -qx \
  "note: changed: says that something was changed, where the environment is as it was (in an environment that exists)" out

# What is changed elsewhere, by whatever program.

# Below /dev nothing is looked at.
outside=$scratch/outside
case $scratch in /dev/*) outside=$(mktemp -d /tmp/venvb-test-outside-XXXXXX) ;; *) mkdir outside ;; esac
export VENVB_TEST_OUTSIDE=$outside
"$VENVB" --check-plugin="$built/bad.so" >out 2>/dev/null
if grep -q "^note: what is changed outside of HOME can't be seen here" out; then
  skip "what is changed elsewhere" "$(grep 'outside of HOME' out)"
else
  for what in outside program link; do
    rm -f "$outside"/bad*
    "$VENVB" -q --check-plugin="$built/bad.so,do=$what" >out 2>/dev/null
    check "$what: a file elsewhere" grep -qE \
      "^problem: stage post_setup: changes '$outside/bad[^']*', which is neither in the environment nor in HOME or TMPDIR$" out
    is "$what: once" "$(wc -l <out)" 1
  done
  for where in ready unload; do
    rm -f "$outside"/bad*
    "$VENVB" -q --check-plugin="$built/bad.so,do=outside,in=$where" >out 2>/dev/null
    check "a file elsewhere in $where" grep -q "^problem: $where: changes '$outside/bad" out
  done
  rm -f "$outside"/bad*
  check "one that is not there can't be removed" "$VENVB" -q --check-plugin="$built/bad.so,do=remove"
  : >"$outside/bad"
  "$VENVB" -q --check-plugin="$built/bad.so,do=remove" >out 2>/dev/null
  check "one that is" grep -q "^problem: stage post_setup: changes '$outside/bad'" out
fi
[ "$outside" = "$scratch/outside" ] || rm -r "$outside"

# The chain.

bad swallow 'goes on although venvb_next() failed (when post_setup fails below it)'
bad twice 'calls venvb_next() 2 times'
finds "fails with --upgrade" 'stage setup_python: fails: no upgrade, please (with --upgrade)' \
  "$built/bad.so,do=no-upgrade"
check "replacing is no problem" "$VENVB" --check-plugin="$built/bad.so,do=replace"
is "replacing is said" "$(head -n 1 "$scratch/.out")" \
  'note: stage post_setup: replaces what is below it: it does not call venvb_next()'

# Not coming back.

export VENVB_CHECK_SECONDS=2
bad hang 'does not come back within 2 seconds'
unset VENVB_CHECK_SECONDS
mis=$built/misbehave.so
for row in "segv|crashes with signal 11 (Segmentation fault)" \
           "abort|crashes with signal 6 (Aborted)" "_exit0|ends the process with exit status 0" \
           "exit3|ends the process with exit status 3" "both|returns TRUE with an error set: 'half done'" \
           "silent|returns FALSE without setting an error" \
           "lines|its error is not one line of plain text: 'one\\ntwo\\x1b[31m'" \
           "error|fails: cannot do it: no luck"; do
  for early in '' ,early; do
    crashing "$mis,how=${row%%|*}$early" >out
    check "${row%%|*}$early" grep -qxF "problem: stage post_setup: ${row#*|}" out
  done
done
VENVB_TEST_LOAD=error "$VENVB" -q --check-plugin="$mis" >out 2>/dev/null
check "load fails" grep -qxF 'problem: load: fails: cannot do it: no luck' out

# Options.

for row in "failed|refuses an unknown option, but not with VENVB_ERROR_OPTION" \
           "unnamed|does not name the option that it refuses: 'that is no option'" \
           "accept|accepts an option that there is not ('no-such-option')" \
           "silent|returns FALSE without setting an error"; do
  VENVB_TEST_BAD_OPTION=${row%%|*} "$VENVB" -q --check-plugin="$built/bad.so" >out 2>/dev/null
  check "options: ${row%%|*}" grep -qxF "problem: set_option: ${row#*|}" out
done
check_fails "options that it refuses" 2 \
  "^venvb: plugin 'bad' can't be checked: an option is missing$" \
  "$VENVB" -q --check-plugin="$built/bad.so,do=refuse"
check_fails "options it does not know" 2 "can't be checked: unknown option 'x'$" \
  "$VENVB" -q --check-plugin="$built/bad.so,x=y"
"$VENVB" -q --check-plugin="$built/bad-help.so" >out 2>/dev/null
is "the option help" "$(cat out)" "problem: its name is 'bad', but its file is 'bad-help.so'
problem: options_help: the line '?not one of an option' has not the form \"key=VALUE  what it does\"
problem: set_option: does not know the option 'nothing', which options_help names"

# The description, and the file.

"$VENVB" -q --check-plugin="$built/unsaid.so" >out 2>/dev/null
while read -r line; do
  check "$line" grep -qx "problem: $line" out
done <<'END'
exports 'unsaid_exported'; a plugin exports nothing but venvb_plugin
its struct_size is [0-9]*, but the description has [0-9]* bytes
uses functions of libvenvb and is not linked with it; link with what "pkg-config --libs venvb" prints
its name is 'another', but its file is 'unsaid.so'
it has no version
it has no summary
it has set_option, but no options_help
set_option: accepts an option that there is not ('no-such-option')
END
for row in "newer|can't be loaded: plugin 'newer': it needs plugin interface" \
           "odd|can't be loaded: plugin 'odd': its description has the impossible size" \
           "nosymbol|is not a venvb plugin: it has no symbol venvb_plugin" \
           "undefined|the symbol 'venvb_no_such_function' is defined nowhere" \
           "nameless|its description has no name" "oldest|it takes part in no stage" \
           "constructor|loading: crashes with signal 6"; do
  ASAN_OPTIONS=handle_abort=0 "$VENVB" -q --check-plugin="$built/${row%%|*}.so" >out 2>/dev/null
  check "${row%%|*}" grep -qF "${row#*|}" out
done
"$VENVB" --check-plugin="$built/older.so" >out 2>/dev/null
check "an older one is no problem" grep -qxF \
  'note: it was compiled for an older venvb, which will do' out
if echo 'int f (void); int f (void) { return 0; }' >gone.c && ${CC:-cc} -shared -fPIC -o libgone.so gone.c \
   && echo 'int f (void); int venvb_plugin (void); int venvb_plugin (void) { return f (); }' >user.c \
   && ${CC:-cc} -shared -fPIC -o user.so user.c -L. -lgone; then
  rm libgone.so
  "$VENVB" -q --check-plugin=user.so >out 2>/dev/null
  check "a library that is not there" grep -qxF "problem: the library 'libgone.so' is not found" out
else
  skip "a library that is not there" "no compiler"
fi
printf 'not a shared object' >text.so
"$VENVB" -q --check-plugin=text.so >out 2>/dev/null
check "no shared object" grep -q "^problem: can't be loaded: plugin 'text': " out
for size in 10 100 1000 5000; do
  head -c $size "$built/bad.so" >cut.so
  "$VENVB" -q --check-plugin=cut.so >out 2>/dev/null
  check "half a file ($size bytes)" grep -q '^problem: ' out
done
chmod o+w text.so
"$VENVB" -q --check-plugin=text.so >out 2>/dev/null
check "one that others may write" grep -q "not to be trusted: everybody may write to it" out
check_fails "a file that is not there" 1 "^venvb: cannot read plugin 'none.so': No such file" \
  "$VENVB" --check-plugin=none.so
check_fails "no name" 2 "^venvb: plugin ',a=b' has no name$" "$VENVB" --check-plugin=,a=b
check_fails "no Python" 1 "can't be checked: there is no environment without it: " \
  "$VENVB" -q --check-plugin="$built/bad.so" --python=/nowhere

# Memory.

if [ -n "${SANITIZER_FLAGS:-}" ]; then
  skip "memory" "the sanitizers look after it"
else
  "$VENVB" -q --check-plugin="$built/bad.so,do=leak" >out 2>/dev/null
  if grep -q '^note' out; then
    skip "memory, by the heap" "$(cat out)"
  else
    check "memory, by the heap" grep -qE '^problem: memory: each run leaves about 12[0-9]{2} bytes' out
  fi
  if command -v valgrind >/dev/null; then
    VENVB_CHECK_VALGRIND=valgrind "$VENVB" -q --check-plugin="$built/bad.so,do=leak" >out 2>/dev/null
    check "memory, by valgrind" grep -qE \
      '^problem: memory: 1,?234 bytes that come from lose_memory .*are never freed$' out
  else
    skip "memory, by valgrind" "valgrind is not installed"
  fi
fi

# Plugins that are as they should be.

export VENVB_CHECK_VALGRIND=${VENVB_CHECK_VALGRIND_ALL-}
printf '#!/usr/bin/env python3\n' >script.py
printf 'lock-version = "1.0"\ncreated-by = "somebody"\npackages = []\n' >pylock.toml
declare -A options=([install-script]=",url=file://$scratch/script.py" [audit-log]=",file=$scratch/log"
                    [env-vars]=,A=b [pip-conf]=,timeout=60)
for plugin in "$builddir"/plugins/*/.libs/*.so; do
  name=$(basename "$plugin" .so)
  [ "$name" != requirements ] || { skip "$name" 'it needs pip, which these environments lack'; continue; }
  check "$name: no problem" "$VENVB" -q --check-plugin="$plugin${options[$name]-}"
done
check "bad, doing nothing: no problem" "$VENVB" --check-plugin="$built/bad.so"
is "bad, doing nothing: said so" "$(tail -n 1 "$scratch/.out")" 'bad: no problem was found'
is "nothing is left of the checks" "$(ls -A tmp)" ''

finish
