# shellcheck shell=bash
# What a subclass of venv.EnvBuilder can override, in a plugin: the whole run, clearing,
# linking or copying, each script, the directory of scripts; and what it leaves for
# another.  tests/unit/test-extend.c has the rest.

# shellcheck source=tests/lib.sh
. "${srcdir:-.}/tests/lib.sh"

umask 022
built=$builddir/tests/plugins/.libs
mkdir plugins work
cp "$built"/subclass*.so "$built/frozen-0.1.so" plugins/
find_base real && use_only_base
cd work || exit 1
dir=$scratch/plugins
run () { "$VENVB" --plugin-dir="$dir" --without-pip "$@"; }

is "the description tells of it" "$(run --dump-plugin=subclass | grep '^has_')" \
   "$(printf 'has_%s=1\n' unload stage_event ensure_directories create clear_directory symlink_or_copy install_script)"
is "--explain: what the core does alone is not told" "$(run --explain | grep -c 'create \|_or_copy\|install_script\|clear_dir')" 0
is "--explain: what it has a part in, where that is" \
   "$(run --explain --clear --plugin=subclass | sed -n 's/^stage *//p' | tr -s ' ' | grep -v 'left out\|create_')" \
   "create subclass > core (around all)
find_python core
clear_directory subclass > core (before ensure_directories)
ensure_directories subclass > core
setup_python core
symlink_or_copy subclass > core (in setup_python, for each file)
setup_scripts core
install_script subclass > core (in setup_scripts, for each file)
post_setup core
finish core"
is "--explain: without --clear" "$(run --explain --plugin=subclass | grep -c '^stage *clear_directory')" 0

# One that makes all of it different.

check "all of it" run --plugin=subclass-later --plugin=subclass new
is "data of another plugin, and the stages that began" "$(cat new/shared)" \
   "0 1 2 3 4 6 7 later"
is "a key of pyvenv.cfg" "$(tail -n 1 new/pyvenv.cfg)" "subclass = yes"
check "python is a script" grep -qx "exec '.*/new/bin/python3[.0-9]*' \"\$@\"" new/bin/python
is "and starts" "$(new/bin/python -c 'import sys; print(sys.prefix)')" "$PWD/new"
check "a script that is left out" test ! -e new/bin/activate.csh
is "a line in another, with a placeholder, quoted" "$(tail -n 1 new/bin/activate)" "# 'it'\\''s'"
is "which is quoted for its shell" "$(tail -n 1 new/bin/activate.fish)" "# 'it\\'s'"
is "nothing is left open in the JSON" \
   "$(run --json --plugin=subclass other | python3 -c 'import json,sys; e = json.load(sys.stdin)
print(e["script_target"], e["link_source"], e["link_target"], "create" in e["timings"])')" \
   "None None None False"
cp -a new/pyvenv.cfg new/bin/activate .
check "once more" run --plugin=subclass-later --plugin=subclass new
check "pyvenv.cfg is left as it is" test ! new/pyvenv.cfg -nt pyvenv.cfg -a ! new/pyvenv.cfg -ot pyvenv.cfg
check "a script, too" test ! new/bin/activate -nt activate -a ! new/bin/activate -ot activate
check "without the other one nothing is shared" run --plugin=subclass-later third
is "which is told by NULL" "$(cat third/shared)" nothing
check "a plugin of 0.1 beside it" run --plugin=subclass --plugin=frozen-0.1,key=value fourth

# Clearing.

mkdir -p new/kept/deep new/other/deep; echo kept >new/kept/deep/file; echo other >new/other/deep/file
ln new/other/deep/file linked
tree_of new >before
check_fails "a run that fails after it" 1 "no luck" \
  run --clear --plugin=subclass,keep --plugin="$misbehave,how=error" new
check "all is as it was" diff before <(tree_of new)
check "clearing" run --clear --plugin=subclass,keep new
is "what is kept" "$(cat new/kept/deep/file)" kept
check "what is not" test ! -e new/other
check "the environment is whole" works new
is "nothing is left aside" "$(find new -name '.venvb*')" ""
tree_of new | grep kept >before
check "the core's own clearing, with the plugin around it" run --clear --plugin=subclass new
check "all is cleared" test ! -e new/kept

# The whole run.

check "the run is replaced" run -q --plugin=subclass,skip none
check "nothing was made" test ! -e none
is "which is told" "$(run -v --plugin=subclass,skip none 2>&1 | tail -n 1)" "nothing was made in 'none'"
is "in an environment that is there, too" "$(run -v --plugin=subclass,skip new 2>&1 | tail -n 1)" "nothing was made in 'new'"
is "and with --clear" "$(run -v --clear --plugin=subclass,skip new 2>&1 | tail -n 1)" "nothing was made in 'new'"
is "--json: no change, as far as can be told" \
   "$(run --clear --json --plugin=subclass,skip new | python3 -c 'import json,sys; print(json.load(sys.stdin)["changed"])')" unknown
# A crash is named, and undone; by us, and not by a sanitizer.
export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}handle_segv=0:detect_leaks=0 UBSAN_OPTIONS=${UBSAN_OPTIONS:+$UBSAN_OPTIONS:}handle_segv=0

tree_of new >before
for stage in create clear_directory symlink_or_copy install_script; do
  check_fails "a crash in $stage" 1 "^venvb: plugin 'subclass', stage $stage: crashed with signal 11" \
    run --clear --plugin=subclass,crash=$stage new
  check "a crash in $stage: all is as it was" diff before <(tree_of new)
done
check_fails "a crash in stage_event" 1 "^venvb: plugin 'subclass', stage_event: crashed with signal 11" \
  run --clear --plugin=subclass,crash=stage_event new
check "a crash in stage_event: all is as it was" diff before <(tree_of new)
check_fails "a crash in destroy, of a run that has failed" 1 \
  "^venvb: plugin 'misbehave'.*no luck; then plugin 'subclass', data 'subclass.shared': crashed with signal 11 [^;]*$" \
  run --plugin=subclass,crash=destroy --plugin="$misbehave,how=error" fifth
check "nothing is left of it" test ! -e fifth
check_fails "a crash in destroy, when all is made" 1 \
  "^venvb: plugin 'subclass', data 'subclass.shared': crashed with signal 11 .* \(not made: 'sixth'; made before: 'fifth'\)$" \
  run --plugin=subclass,crash=destroy fifth sixth
check "the environment stands" works fifth
check_fails "a crash in unload, when all is made" 1 \
  "^venvb: plugin 'subclass', unload: crashed with signal 11 .* \(made before: 'fifth', 'sixth'\)$" \
  run --plugin=subclass,crash=unload fifth sixth
check_fails "the same with one" 1 "unload: crashed with signal 11 .* \(made before: 'fifth'\)$" \
  run --plugin=subclass,crash=unload fifth
check "they stand" works sixth
check_fails "a crash in unload, of a run that has failed" 1 \
  "no luck; then plugin 'subclass', unload: crashed with signal 11 [^;]*$" \
  run --plugin=subclass,crash=unload --plugin="$misbehave,how=error" seventh
check_fails "a crash in unload: what is wrong with the command line comes first" 2 \
  "^venvb: plugin 'subclass-later': unknown option 'nix'.*; then plugin 'subclass', unload: crashed with signal 11" \
  run --plugin=subclass,crash=unload --plugin=subclass-later,nix=1 seventh
check "nothing is left of these" test ! -e seventh

# The directory of scripts.

check "scripts elsewhere" "$VENVB" --plugin-dir="$dir" --plugin=subclass,bin=Scripts pip
check "pip's are there" test -x pip/Scripts/pip -a -x pip/Scripts/pip3 -a ! -e pip/bin
is "they run" "$(pip/Scripts/pip --version | sed 's/.* from //; s/ .*//; s|/lib.*||')" "$PWD/pip"
is "RECORD knows them" "$(grep -c '^../../../Scripts/pip[3.0-9]*,' pip/lib/python*/site-packages/pip-*/RECORD)" \
   "$(find pip/Scripts -name 'pip*' | wc -l)"
python3 - <<'END'
import os, zipfile
os.mkdir('wheels')
files = {'demo.py': 'def main():\n    print("demo")\n',
         'demo-1.dist-info/METADATA': 'Metadata-Version: 2.1\nName: demo\nVersion: 1\n',
         'demo-1.dist-info/WHEEL': 'Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
         'demo-1.dist-info/entry_points.txt': '[console_scripts]\ndemo = demo:main\n'}
with zipfile.ZipFile('wheels/demo-1-py3-none-any.whl', 'w') as wheel:
    for name, text in files.items():
        wheel.writestr(name, text)
    wheel.writestr('demo-1.dist-info/RECORD',
                   ''.join('%s,,\n' % name for name in [*files, 'demo-1.dist-info/RECORD']))
END
printf 'demo\n' >requirements.txt
check "what pip installs" "$VENVB" --plugin-dir="$dir" --plugin=subclass,bin=Scripts \
  --plugin=requirements,file=requirements.txt,find-links="$PWD/wheels",offline pip
is "its scripts are there, too" "$(pip/Scripts/demo)" demo
check "and nowhere else" test ! -e pip/bin
check_fails "a name that can't be" 1 "scripts can't have the directory 'a/b'" run --plugin=subclass,bin=a/b x

# Who looks for the interpreter of an environment finds it there.

elsewhere () { run --plugin=subclass,plain,bin=tools "$@"; }
check "an environment with scripts elsewhere" elsewhere tools
check "--check finds its interpreter" "$VENVB" --check tools
check "--upgrade finds its base" elsewhere --upgrade tools
check "--upgrade without the plugin leaves scripts where they are" "$VENVB" --upgrade tools
check "and makes no other directory for them" test ! -e tools/bin -a -x tools/tools/python
rm tools/tools/activate tools/tools/python3
is "--check: what is missing" "$("$VENVB" --check tools 2>/dev/null | grep -c "tools/tools/python3' can't be run\|tools/tools/activate' is missing")" 2
check "--repair mends it there" "$VENVB" --repair tools
check "and nowhere else" test ! -e tools/bin -a -x tools/tools/python3 -a -e tools/tools/activate
check "--check finds nothing then" "$VENVB" --check tools
mkdir tools/bin; echo mine >tools/bin/mine
check "a bin of somebody's is not the environment's" "$VENVB" --check tools
check "nor is it looked at by --check-plugin" "$VENVB" -q --check-plugin="$dir/subclass.so,plain,bin=tools"
printf '#!/bin/sh\necho script\n' >tools/tools/script; chmod +x tools/tools/script
tree_of tools >before
mkdir -p hooks/post_setup.d; printf '#!/bin/sh\nrm "$VENVB_HOOK_ENV_DIR/tools/script" && exit 7\n' >hooks/post_setup.d/10
chmod +x hooks/post_setup.d/10
check_fails "a run that fails, in which a program removes a script there" 1 "post_setup.d/10'.* 7" \
  elsewhere --plugin=run-hooks,dir="$PWD/hooks" tools
check "a script comes back" diff before <(tree_of tools)
check "nothing is left" test ! -e x

# A script in the place of python is what --check warns of.
"$VENVB" -q --check-plugin="$dir/subclass.so" >out 2>&1
is "--check-plugin finds nothing but the script in the place of python" \
   "$(grep '^problem' out | grep -vc "is not sound: 'env/bin/python' was not run: it is neither a link")" 0
"$VENVB" -q --check-plugin="$dir/subclass.so,fail" >out 2>/dev/null
is "a failure within two of its stages is told once" \
  "$(sed "s/'.*//" out)" "problem: stage symlink_or_copy: fails: cannot link "

finish
