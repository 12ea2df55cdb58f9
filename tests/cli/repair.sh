# shellcheck shell=bash
# What --check finds, --repair mends: each cause is broken, found as one problem, mended by
# what is said to mend it and by --repair, and sound then, with all else as it was.
# shellcheck source=tests/lib.sh
. "${srcdir:-.}/tests/lib.sh"

find_base real
export VENVB PIP_NO_INDEX=1 PIP_FIND_LINKS=$scratch/wheels PIP_DISABLE_PIP_VERSION_CHECK=1
series=$("$base" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
site=lib/python$series/site-packages
mkdir -p wheels own/bin "$scratch/bin"
make_wheel wheels demo 1.0 && make_wheel wheels demo 2.0 && make_wheel wheels other 1.0
ln -s "$base" "own/bin/python$series" && ln -s "python$series" own/bin/python3
PATH=$(dirname "$base"):$PATH

fresh () # what is broken in turn: with a package of the index, one of a file, and a file of the user's
{
  local kept="kept$*"
  rm -rf e moved
  if [ -e "$kept" ]; then cp -a "$kept" e; return; fi
  make_fresh "$@" && cp -a e "$kept"
}
make_fresh ()
{
  "$VENVB" -q -p "$base" --prompt "it's" "$@" \
    --plugin="requirements,package=demo==1.0,find-links=$scratch/wheels,offline" e >out 2>&1 &&
    e/bin/python -m pip -q install --no-deps "$scratch/wheels/other-1.0-py3-none-any.whl" >out 2>&1 &&
    echo mine >e/mine && echo 'tool = 7' >>e/pyvenv.cfg
}
fresh || skip_all 'no environment can be made with pip'
is 'it is sound' "$("$VENVB" --check e)" "'e' is sound"

works_whole () # DIR
{
  "$VENVB" --check -q "$1" && "$1/bin/python" -c 'import demo, other' &&
    [ "$(cat "$1/mine")" = mine ] &&
    "$1/bin/pip" freeze --all 2>/dev/null | grep -qx 'demo==1\.0' &&
    grep -q '^tool = 7$' "$1/pyvenv.cfg" && grep -q "^prompt = \"it's\"$" "$1/pyvenv.cfg"
}
mended () # NAME PROBLEMS CODE DIR BREAK [OPTION...]: broken by a function
{
  local name=$1 problems=$2 code=$3 dir=$4 break=$5 mends; shift 5
  fresh "$@"; "$break"
  "$VENVB" --check "$dir" >said 2>/dev/null
  is "$name: found, as $problems" "$? $(grep -c '  to mend it: ' said)" "1 $problems" || tap_diag "$(cat said)"
  is '... its code' "$("$VENVB" --check --json "$dir" 2>/dev/null | "$base" -c 'import json, sys
print(*sorted({p["code"] for p in json.load(sys.stdin)["problems"]}))')" "$code"
  mends=$(sed -n 's/^  to mend it: //p' said | sort -u)
  # shellcheck disable=SC2016
  check '... what is said is typed, and mends it' bash -ec 'venvb () { "$VENVB" "$@"; }; eval "$1"' - "$mends"
  check '... all works' works_whole "$dir" || tap_diag "$("$VENVB" --check "$dir")"
  fresh "$@"; "$break"
  check '... --repair mends it' "$VENVB" --repair "$dir"
  is '... and says what' "$(grep -c ': mended: ' "$scratch/.out") $(tail -n 1 "$scratch/.out")" "$problems '$dir' is sound" ||
    tap_diag "$(cat "$scratch/.out")"
  check '... all works then' works_whole "$dir" || tap_diag "$("$VENVB" --check "$dir")"
  is '... nothing of the run is left' "$(find "$dir" -name '.venvb-*')" ''
}

# pip, which can't be asked to mend itself.
no_module () { rm "e/$site/pip/_internal/__init__.py"; }
mended 'pip lacks a file' 1 package e no_module
no_scripts () { rm e/bin/pip*; }
mended 'pip lacks its scripts' 1 package e no_scripts
bad_metadata () { rm e/"$site"/pip-*.dist-info/METADATA; }
mended 'pip lacks its METADATA' 1 package e bad_metadata
half_pip () { rm e/"$site"/pip-*.dist-info/RECORD; rm -r "e/$site/pip/_vendor"; }
mended 'pip was not installed to the end' 1 package e half_pip
bad_record () { printf 'a,b,c,d\n"' >"$(echo e/"$site"/pip-*.dist-info/RECORD)"; }
mended "pip's RECORD is spoilt" 1 package e bad_record
# Half of what pip removes.
rest () { cp -r "$(echo e/"$site"/pip-*.dist-info)" "e/$site/~ip-1.0.dist-info"; rm "e/$site/~ip-1.0.dist-info/METADATA"; }
mended 'what pip has left of a package' 1 package e rest

# A file that is shared with the cache.
shared () { local file=e/$site/pip/__init__.py; chmod u+w "$file"; echo '# mine' >>"$file"; }
mended 'a file was changed' 1 package e shared
rm -rf f; "$VENVB" -q -p "$base" f
is '... in no other one' "$("$VENVB" --check f)" "'f' is sound"

# Packages.
no_source () { rm "e/$site/demo.py"; }
mended 'a package lacks a file' 1 package e no_source
half () { rm e/"$site"/demo-1.0.dist-info/{RECORD,METADATA} "e/$site/demo.py"; }
mended 'a package was not installed to the end' 1 package e half
half_by_pip () { rm e/"$site"/demo-1.0.dist-info/RECORD; }
mended 'a package has no RECORD, though pip has installed it' 1 package e half_by_pip
of_file () { rm "e/$site/other.py"; }
mended 'one that has come from a file' 1 package e of_file
both () { no_source; no_module; of_file; }
mended 'pip and packages' 3 package e both

# The interpreter.
no_python () { rm e/bin/python; }
no_python3 () { rm e/bin/python3 e/bin/python; }
mended 'no python' 1 python e no_python
mended 'no python3 either' 1 python e no_python3
mended 'no python, and it was a copy' 1 python e no_python --copies
check '... it is one again' test ! -L e/bin/python3
version () { sed -i "s/^version = .*/version = $series.0/" e/pyvenv.cfg; }
mended 'the base was upgraded' 1 version e version
base_moved () # what it was made of is gone; another one of the series is on PATH
{
  for name in e/bin/*; do
    if [ -L "$name" ] && [ "$(readlink "$name")" = "$base" ]; then ln -sf "$scratch/gone/bin/python$series" "$name"; fi
  done
  sed -i "s,^home = .*,home = $scratch/gone/bin,; s,^executable = .*,executable = $scratch/gone/bin/python$series," e/pyvenv.cfg
}
mended 'the base has gone elsewhere' 1 python e base_moved
library () { rm -rf "e/lib64"; mv e/lib e/was; mv e/was/python*/site-packages keep; rm -rf e/was; }
fresh; library
is 'where packages are is gone: found' "$("$VENVB" --check e | grep -c "site-packages' is missing")" 1
rm -rf keep
check '... --repair mends it' "$VENVB" --repair e
check '... pip works' e/bin/pip --version

# The place.
move () { mv e moved; }
mended 'it was moved' 1 moved moved move
is '... what it shows' "$(bash -c '. moved/bin/activate; echo "$VIRTUAL_ENV"')" "$scratch/moved"
move_and_break () { mv e moved; rm "moved/$site/pip/__init__.py" moved/bin/python; }
fresh; move_and_break
check 'it was moved, and more is broken' "$VENVB" --repair moved
check '... all works' works_whole moved
copy () { cp -a e moved; }
mended 'it was copied' 1 moved moved copy
is '... the other one stays what it was' "$("$VENVB" --check e)" "'e' is sound"
scripts () { sed -i "1s,.*,#!$scratch/elsewhere/bin/python," e/bin/pip*; }
fresh; scripts
is 'scripts that run with what is gone: one problem, besides that pip does not list them so' \
  "$("$VENVB" --check --json e 2>/dev/null | "$base" -c 'import json, sys
print(*sorted(p["code"] for p in json.load(sys.stdin)["problems"]))')" 'package script'
check '... --repair mends it' "$VENVB" --repair e
check '... all works' works_whole e
activation () { rm e/bin/activate; }
mended 'it can not be activated' 1 activation e activation

# What it was made with stays.
fresh --system-site-packages
no_module
check 'one that shows the base is mended' "$VENVB" --repair e
check '... and shows it' grep -qx 'include-system-site-packages = true' e/pyvenv.cfg
rm -rf n; "$VENVB" -q -p "$base" --without-pip --without-scm-ignore-files n; rm n/bin/python
check 'one without pip is mended' "$VENVB" --repair n
is '... and has none' "$(ls n/bin | grep -c pip) $(ls -A n | grep -c gitignore)" '0 0'
# What an eye sees, and a file that is there does not tell.

seen () # NAME CODE BREAK
{
  fresh; "$3"
  is "$1: found, and its code" "$("$VENVB" --check --json e 2>/dev/null | "$base" -c 'import json, sys
print(*[p["code"] for p in json.load(sys.stdin)["problems"]])')" "$2"
  is '... --repair mends it' "$("$VENVB" --repair e 2>&1 | tail -n 1)" "'e' is sound"
}
other_home () { sed -i "s|^home.*|home = $PWD/own/bin|; s|^executable.*|executable = $PWD/own/bin/python$series|" e/pyvenv.cfg; }
seen 'pyvenv.cfg names another base' home other_home
other_name () { ln -sf /bin/bash e/bin/python3; }
seen 'another program has its name' python other_name
empty_script () { : >e/bin/activate; }
seen 'an activation script that activates nothing' activation empty_script
cut_record () { : >"e/$site/demo-1.0.dist-info/RECORD"; }
seen 'a RECORD that lists nothing' package cut_record
half_record () { sed -i '/METADATA/d' "e/$site/demo-1.0.dist-info/RECORD"; }
seen 'a RECORD that does not list METADATA' package half_record
closed_script () { chmod -x e/bin/pip; }
seen 'a script that nobody may run' package closed_script
recorded_twice () { cp -a "e/$site/demo-1.0.dist-info" "e/$site/demo-0.9.dist-info"; sed -i 's/^demo-1/demo-0/' "e/$site/demo-0.9.dist-info/RECORD"; }
seen 'a package that is recorded twice' package recorded_twice
fresh
mv "e/bin/python$series" old && mkdir "e/bin/python$series" && echo mine >"e/bin/python$series/mine"
"$VENVB" --repair e >said 2>err
is 'a directory where a name of the interpreter has to be: no run mends that' "$? $(cat "e/bin/python$series/mine")" '1 mine'
# shellcheck disable=SC2016
check '... what is said is typed, and mends it' bash -ec 'venvb () { "$VENVB" "$@"; }; eval "$1"' - "$(sed -n 's/^  to mend it: //p' said)"
is '... what was in it is kept' "$(cat "e/bin/python$series.old/mine")" mine
fresh
cp -a "e/$site" "e/lib/more" && mkdir -p e/lib/python2.9 && mv e/lib/more e/lib/python2.9/site-packages && : >e/lib/python2.9/site-packages/demo.py
is 'what no interpreter finds is no problem' "$("$VENVB" --check e)" "'e' is sound"
fresh
chmod 0 "e/$site"
if [ -r "e/$site" ]; then
  skip 'packages that can not be read' 'root reads all'
else
  is 'packages that can not be read' "$("$VENVB" --check e 2>/dev/null | grep -c "site-packages' can't be read: Permission denied")" 1
fi
chmod 755 "e/$site"

state () { find "$1" -printf '%p %y %i %s %T@ %C@ %m %l\n' | sort; }
fresh; before=$(state e)
check 'where there is nothing to mend' "$VENVB" --repair e
is '... nothing is changed' "$(diff <(echo "$before") <(state e) | head -n 5)" ''

# What can't be mended without loss, or by nobody, is left.
fresh; sed -i 's/^version = .*/version = 2.5.1/' e/pyvenv.cfg; no_module; before=$(state e)
"$VENVB" --repair e >said 2>err
is 'one of another Python: exit status' "$?" 1
check '... what there is to do' grep -q "  to mend it: venvb --clear '$scratch/e', and install its packages again" said
is '... and nothing was done' "$(diff <(echo "$before") <(state e) | head -n 5)" ''
fresh; no_source; PIP_FIND_LINKS=$scratch/own; before=$(tree_of e)
"$VENVB" --repair e >said 2>err
is 'a package that pip can not find: exit status' "$?" 1
check '... why' grep -q "^venvb: plugin 'repair', stage finish: cannot install packages again: " err
check '... it is told what is left' grep -q "'e': demo: .*demo.py' is missing" said
is '... and all is as it was' "$(diff <(echo "$before") <(tree_of e) | head -n 5)" ''
PIP_FIND_LINKS=$scratch/wheels
"$VENVB" --repair wheels >out 2>err
is 'what is no environment' "$? $(grep -c "/wheels' is not an environment: " err)" '1 1'
for option in --clear --upgrade --upgrade-deps --requirement=x; do
  check_fails "with $option" 2 "--repair and ${option%%=*} can't be used together" "$VENVB" --repair "$option" e
done

# As JSON, by the schema.
fresh; no_module
"$VENVB" --repair --json e wheels >out 2>err
is 'as JSON: exit status' "$?" 1
is '... what was mended, what is left' "$("$base" -c 'import json
for row in map(json.loads, open("out")):
    print(row["sound"], [p["code"] for p in row["repaired"]], [p["code"] for p in row["problems"]], row["error"])')" \
  "True ['package'] [] None
False [] ['none'] None"
if /usr/bin/python3 -c 'import jsonschema' 2>/dev/null; then
  is '... by the schema' "$(/usr/bin/python3 "$srcdir/tests/cli/json-valid.py" "$srcdir/command/venvb.schema.json" check <out 2>&1)" ''
  fresh; no_source
  PIP_FIND_LINKS=$scratch/own "$VENVB" --repair --json e >out 2>err
  is '... and a run that has failed' "$(/usr/bin/python3 "$srcdir/tests/cli/json-valid.py" "$srcdir/command/venvb.schema.json" check <out 2>&1)" ''
  is '... which is told' "$("$base" -c 'import json; print(*[json.loads(open("out").read())["error"][k] for k in ("code", "stage", "plugin")])')" 'failed finish repair'
else
  skip '... by the schema' 'no jsonschema for /usr/bin/python3'
fi

# By a lock, from the cache.
if [ -e "$builddir/plugins/lock/lock.la" ]; then
  printf 'demo==1.0 --hash=sha256:%s\n' "$(sha256sum wheels/demo-1.0-*.whl | cut -d ' ' -f 1)" >lock.txt
  lock=("--lock=$scratch/lock.txt" "--plugin=lock,wheel-dir=$scratch/wheels,file=$scratch/lock.txt")
  locked () { rm -rf e; "$VENVB" -q -p "$base" "${lock[@]}" e; }
  unset PIP_FIND_LINKS
  locked; rm "e/$site/demo.py"
  "$VENVB" --check "${lock[@]}" e >said 2>/dev/null
  check 'by a lock: what is said' grep -q "to mend it: venvb --repair --lock=$scratch/lock.txt '$scratch/e'" said
  check '... --repair mends it' "$VENVB" --repair "${lock[@]}" e
  is '... it is sound' "$("$VENVB" --check "${lock[@]}" e)" "'e' is sound"
  check '... and works' e/bin/python -c 'import demo'
  locked; half; cp -r "e/$site/pip" "e/$site/more"
  check '... half a package' "$VENVB" --repair "${lock[@]}" e
  is '... it is sound' "$("$VENVB" --check "${lock[@]}" e)" "'e' is sound"
  check '... and what nobody lists stays' test -e "e/$site/more"
  locked; rm -r "e/$site"/demo*
  check '... one that is gone' "$VENVB" --check --repair "${lock[@]}" e
  check '... is there' e/bin/python -c 'import demo'
  PIP_FIND_LINKS=$scratch/wheels; export PIP_FIND_LINKS
else
  skip 'by a lock' 'the plugin was not built'
fi

# Interrupted.
"$builddir/tests/signal-at" 15 one 1 result true 2>/dev/null
if [ $? -eq 77 ]; then
  skip 'a signal' 'no signal-at here'
else
  fresh; no_module; before=$(tree_of e)
  for n in 8 40 200; do
    "$builddir/tests/signal-at" 15 all "$n" result "$VENVB" --repair e >out 2>&1
    is "interrupted at $n" "$?" 143
    is '... all is as it was' "$(diff <(echo "$before") <(tree_of e) | head -n 5)" ''
  done
  check '... and is mended then' "$VENVB" --repair e
fi
finish
