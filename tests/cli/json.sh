# shellcheck shell=bash
# What --json prints, for what is done and for what fails: each line is as the schema has
# it that is installed, and nothing else is on standard output.
# shellcheck source=tests/lib.sh
. "${srcdir:-.}/tests/lib.sh"

/usr/bin/python3 -c 'import jsonschema' 2>/dev/null || skip_all 'no jsonschema for /usr/bin/python3'
find_base real
schema=$srcdir/command/venvb.schema.json
unset VENVB_JSON

# Who runs the tests may have them ignore what is to interrupt a run.
default=(env); ! env --default-signal=INT true 2>/dev/null || default+=(--default-signal=INT)
run () # STATUS ARGUMENT...: standard output is in out
{
  local want=$1 status=0; shift
  "${default[@]}" "$VENVB" --json "$@" >out 2>err </dev/null || status=$?
  [ "$status" = "$want" ] || { echo "exit status $status"; cat err; }
}
valid () # NAME KINDS STATUS ARGUMENT...
{
  local name=$1 kinds=$2 problem; shift 2
  problem=$(run "$@"; /usr/bin/python3 "$srcdir/tests/cli/json-valid.py" "$schema" "$kinds" <out 2>&1)
  is "$name" "$problem" ""
}
value () # EXPRESSION of d, the last line, and all
{
  "$base" -c 'import json, sys
all = [json.loads(line) for line in open("out", encoding="utf-8")]
d = all[-1]
print(eval(sys.argv[1]))' "$1" 2>&1
}

# What is done.
valid 'an environment' environment 0 -p "$base" e
is '... what is installed' "$(value '[p["name"] for p in d["packages"]][:1]')" "['pip']"
is '... changed' "$(value 'd["changed"]')" True
valid 'two of them' environment 0 -p "$base" --without-pip a b
is '... are two lines' "$(value '[r["env_name"] for r in all]')" "['a', 'b']"
make_wheel . demo 1.0
valid 'what pip has installed' environment 0 -p "$base" --plugin="requirements,package=demo,find-links=$PWD,offline" e
is '... is a package' "$(value '[(p["name"], p["version"], p["installer"]) for p in d["packages"] if p["name"] == "demo"]')" \
  "[('demo', '1.0', 'pip')]"
is '... and was not wanted as a wheel' "$(value 'd["wheels"]')" "[]"
half=$(echo e/lib/python*/site-packages)/half-2.0.dist-info
mkdir "$half" && mkfifo "$half/METADATA"
valid 'half a package' environment 0 -p "$base" e
is '... has its name, and a FIFO is not read' "$(value '[p["version"] for p in d["packages"] if p["name"] == "half"]')" "['2.0']"
rm -r "$half"
mkdir new.d
valid 'the Pythons' python 0 --list-pythons
valid 'the plugins' plugin 0 --list-plugins
mkdir broken && echo x >broken/half.so
valid 'one that is none' plugin 0 --plugin-dir=broken --list-plugins
valid 'one plugin' plugin 0 --dump-plugin requirements
valid 'an explanation' explanation 0 --explain --prompt p --plugin=requirements,package=demo e
is '... who said so' "$(value '[s["origin"] for s in d["settings"] if s["name"] == "prompt"]')" "['command line']"
valid 'the cache' cache 0 --cache-info
valid 'the configuration' configuration 0 --check-config
VENVB_LINK_MODE=bad valid 'one that is not sound, and nothing more' configuration 1 --check-config
valid 'a sound environment' check 0 --check e
rm e/bin/activate
valid 'one that is not, and nothing more' check 1 --check e a new.d
valid 'and is mended' environment 0 -p "$base" e
is '... so that something has changed' "$(value 'd["changed"]')" True
valid 'and not again' environment 0 -p "$base" e
is '... nothing has changed' "$(value 'd["changed"]')" False

# `changed` is each one's own.
rm a/bin/activate
valid 'one that changes before one that does not' environment 0 -p "$base" --without-pip a b
is '... tells them apart' "$(value '[r["changed"] for r in all]')" "[True, False]"
rm b/bin/activate
valid 'one that changes after one that does not' environment 0 -p "$base" --without-pip a b c
is '... too, and one that is new' "$(value '[r["changed"] for r in all]')" "[False, True, True]"

# What fails.
error () { value "d['error']['$1']"; }
valid 'an unknown option' error 2 --nonesuch x
is '... is wrong usage' "$(error code) $(value 'd["exit_status"]')" 'usage 2'
valid 'an option without its value' error 2 x --prompt
valid 'no ENV_DIR' error 2
VENVB_JSON=yes valid 'a variable asks for it' error 2 --nonesuch
"$VENVB" --json=no --nonesuch x >out 2>err
is 'not where it is off' "$(cat out)" ''
"$VENVB" --nonesuch -- --json >out 2>err
is 'not where it is a name' "$(cat out)" ''
VENVB_LINK_MODE=bad valid 'a setting that is wrong' error 2 x
valid 'a Python that is not there' error 1 -p "$PWD/none" x
is '... code, stage, plugin and path' "$(error code) $(error stage) $(error plugin) $(error path)" "failed find_python None $PWD/none"
is '... which environment' "$(value 'd["env_dir"]')" "$PWD/x"
valid 'a plugin that is not there' error 1 --plugin=nonesuch x
is '... code, stage, plugin' "$(error code) $(error stage) $(error plugin)" 'plugin None nonesuch'
valid "a plugin's option" error 2 --plugin=requirements,packag=x x
is '... code and plugin' "$(error code) $(error plugin)" 'option requirements'
echo x >file
valid 'one that stands before one that can not' 'environment error' 1 -p "$base" --without-pip a file
is '... which environment' "$(value 'd["env_dir"]')" "$PWD/file"
valid 'a project is not cleared' error 1 --clear "$PWD"
mkdir -p hooks/post_setup.d
printf '#!/bin/sh\necho "not today"; exit 3\n' >hooks/post_setup.d/no
chmod +x hooks/post_setup.d/no
valid 'a hook that fails' error 1 -p "$base" --without-pip --plugin="run-hooks,dir=$PWD/hooks" x
is '... stage, plugin, path, output' "$(error stage) $(error plugin) $(error path) $(error output)" \
  "post_setup run-hooks $PWD/hooks/post_setup.d/no ['not today']"
misbehave=$builddir/tests/plugins/.libs/misbehave.so
if [ -e "$misbehave" ]; then
  ulimit -c 0
  valid 'a plugin that crashes' error 1 -p "$base" --without-pip --plugin="$misbehave,how=segv" x
  is '... code and plugin' "$(error code) $(error plugin)" 'plugin misbehave'
else
  skip 'a plugin that crashes' 'it was not built'
fi
check 'nothing is left of what has failed' test ! -e x
valid 'a warning' environment 0 -p "$base" --without-pip --prompt 'https://u:secret@host/' x
is '... is in it, and what is secret is not' "$(value 'len(d["warnings"]), "secret@" in str(d["warnings"])')" '(1, False)'

# What is interrupted.
printf '#!/bin/sh\nkill -s "$SIGNAL" "$(ps -o ppid= -p "$PPID" | tr -d " ")"; exec sleep 60\n' >hooks/post_setup.d/no
if command -v ps >/dev/null; then
  for signal in INT TERM; do
    number=$((128 + $(kill -l $signal)))
    SIGNAL=$signal valid "SIG$signal, in a child process" error $number -p "$base" --without-pip --plugin="run-hooks,dir=$PWD/hooks" y
    is '... code, signal, directory' "$(error code) $(value 'd["signal"]') $(value 'd["exit_status"]') $(value 'd["env_dir"]')" \
      "interrupted $(kill -l $signal) None $PWD/y"
    check '... and nothing is there' test ! -e y
  done
else
  skip 'a signal' 'no ps'
fi
"$builddir/tests/signal-at" 15 one 1 result true 2>/dev/null
if [ $? -eq 77 ]; then
  skip 'a signal, in this process' 'no signal-at here'
else
  real=$VENVB
  cat >killed <<END
#!/bin/sh
exec "$builddir/tests/signal-at" 15 one 12 result "$real" "\$@"
END
  chmod +x killed
  VENVB=$PWD/killed valid 'SIGTERM, in this process' error 143 -p "$base" --without-pip z
  is '... code, signal, directory' "$(error code) $(value 'd["signal"]') $(value 'd["env_dir"]')" "interrupted 15 $PWD/z"
  check '... and nothing is there' test ! -e z
fi

# Nothing in it is translated, nor is what it is made of.
check 'the schema is one' "$base" -c 'import json, sys; json.load(open(sys.argv[1]))' "$schema"
locale=$(locale -a 2>/dev/null | grep -im1 '^de_DE')
if [ -n "$locale" ]; then
  LC_ALL=$locale LANGUAGE=de valid 'in another language' environment 0 -p "$base" --without-pip b
  is '... a number has a point' "$(value 'type(d["seconds"]).__name__')" float
else
  skip 'in another language' 'no German locale'
fi
finish
