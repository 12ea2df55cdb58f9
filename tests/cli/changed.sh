# shellcheck shell=bash
# What --json says in `changed`: a first run true, a second one over an environment that
# nobody has touched false, with every plugin of the tree, and then all is as it was; what
# does not say, or has run a program, unknown.
# shellcheck source=tests/lib.sh
. "${srcdir:-.}/tests/lib.sh"

find_base real

changed_of () # ENV ARGUMENT...: what the run says
{
  local env=$1; shift
  "$VENVB" --json "$@" "$env" >out.json 2>out.err || { cat out.err; return 1; }
  python3 -c '
import json, sys
for line in sys.stdin:
    print(json.dumps(json.loads(line)["changed"]))' <out.json
}
# All that there is to know of an environment and of the directory that it is in.
state () { find "$1/.." ! -name 'out.*' -printf '%p %y %i %s %T@ %C@ %m %l\n' | sort; }

# With what each plugin is run, in a directory of its own.
mkdir wheels hooks scripts data
make_wheel wheels demo 1.0 && make_wheel wheels setuptools 80.0
printf 'print("hello")\n' >scripts/hello.py
printf 'A=b\n' >data/env
printf 'demo==1.0 --hash=sha256:%s\n' "$(sha256sum wheels/demo-*.whl | cut -d ' ' -f 1)" >data/requirements.txt
mkdir -p data/hooks/post_setup.d pyenv/versions/3.99.0/bin
printf '#!/bin/sh\n:\n' >data/hooks/post_setup.d/hello
chmod +x data/hooks/post_setup.d/hello
ln -s "$base" pyenv/versions/3.99.0/bin/python3
export PYENV_ROOT=$scratch/pyenv
options_of () # PLUGIN
{
  case $1 in
    audit-log) echo "file=$scratch/audit.log" ;;
    env-vars) echo "file=$scratch/data/env" ;;
    lock) echo "file=$scratch/data/requirements.txt,wheel-dir=$scratch/wheels" ;;
    pip) echo '' ;;
    pip-conf) echo "index-url=https://example.org/simple" ;;
    pyenv) echo "version=3.99.0" ;;
    requirements) echo "package=demo,find-links=$scratch/wheels,offline" ;;
    setuptools) echo "wheel-dir=$scratch/wheels" ;;
    install-script) echo "url=file://$scratch/scripts/hello.py" ;;
    run-hooks) echo "dir=$scratch/hooks" ;;
  esac
}
# What has to be in the directory so that the plugin has something to do.
prepare () # PLUGIN
{
  case $1 in
    git-ignore) git init -q . ;;
    hg-ignore) mkdir -p .hg ;;
    bzr-ignore) mkdir -p .bzr/branch .bzr/checkout ;;
    darcs-ignore) mkdir -p _darcs/prefs ;;
    fossil-ignore) : >.fslckout ;;
  esac
}

for file in "$srcdir"/plugins/*/local.mk; do
  plugin=$(basename "$(dirname "$file")")
  if [ "$plugin" = common ]; then continue; fi
  if [ ! -e "$builddir/plugins/$plugin/$plugin.la" ]; then
    skip "$plugin" "it was not built"; continue
  fi
  options=$(options_of "$plugin")
  mkdir -p "work/$plugin"
  cd "work/$plugin" || exit 1
  prepare "$plugin"
  with=(-p "$base" "--plugin=$plugin${options:+,$options}")
  [ "$plugin" != pyenv ] || with=("${with[2]}")
  is "$plugin: the first run" "$(changed_of "$PWD/env" "${with[@]}")" true
  before=$(state "$PWD/env")
  is "$plugin: the second" "$(changed_of "$PWD/env" "${with[@]}")" false
  is "$plugin: and all is as it was" "$(diff <(echo "$before") <(state "$PWD/env") | head -n 5)" ""
  cd "$scratch" || exit 1
done
hooks=(-p "$base" "--plugin=run-hooks,dir=$scratch/data/hooks")
changed_of work/run-hooks/env "${hooks[@]}" >/dev/null
is "a hook may have changed anything" \
  "$(changed_of work/run-hooks/env "${hooks[@]}")" '"unknown"'
script="url=file://$scratch/scripts/hello.py"
changed_of work/install-script/env -p "$base" "--plugin=install-script,$script,again" >/dev/null
is "a script that is to run again" \
  "$(changed_of work/install-script/env -p "$base" "--plugin=install-script,$script,again")" true

# With other settings.
for settings in --copies --system-site-packages '--without-pip --prompt x' --upgrade '--no-compile --link-mode=copy'; do
  read -ra with <<<"$settings"
  changed_of work/set/env -p "$base" "${with[@]}" >/dev/null
  changed_of work/set/env -p "$base" "${with[@]}" >/dev/null # the first may have found another
  before=$(state work/set/env)
  is "$settings: again" "$(changed_of work/set/env -p "$base" "${with[@]}")" false
  is "$settings: and all is as it was" "$(diff <(echo "$before") <(state work/set/env) | head -n 5)" ""
  rm -rf work/set
done
"$VENVB" -p "$base" --system-site-packages work/hidden >/dev/null 2>&1
mkdir -p look/post_setup.d && printf '#!/bin/sh\ngrep include-system "$VENVB_HOOK_CFG_PATH" >&2\n' >look/post_setup.d/cfg
chmod +x look/post_setup.d/cfg
is "base packages are hidden from a program all the same" \
  "$("$VENVB" -v -p "$base" --system-site-packages --plugin="run-hooks,dir=$scratch/look" work/hidden 2>&1 | grep -c 'include-system-site-packages = false')" 1
is "and shown in the end" "$(grep include-system work/hidden/pyvenv.cfg)" "include-system-site-packages = true"

# What has come and gone in one run is no change.
for what in 'fleeting false' 'claim true'; do
  with=(-p "$base" "--plugin=$builddir/tests/plugins/.libs/bad.so,do=${what% *}")
  changed_of "work/${what% *}" "${with[@]}" >/dev/null
  is "${what% *}, and again" "$(changed_of "work/${what% *}" "${with[@]}")" "${what#* }"
done

# What is changed is told.
printf 'A=c\n' >data/env
is "another setting" \
  "$(changed_of work/env-vars/env -p "$base" "--plugin=env-vars,file=$scratch/data/env")" true
make_wheel wheels other 1.0
is "another requirement" "$(changed_of work/requirements/env -p "$base" \
  "--plugin=requirements,package=other,find-links=$scratch/wheels,offline")" true
rm work/pip/env/bin/activate
is "what somebody has removed" "$(changed_of work/pip/env -p "$base")" true
is "and then no more" "$(changed_of work/pip/env -p "$base")" false
is "--clear" "$(changed_of work/pip/env -p "$base" --clear)" true
changed_of work/pip/env -p "$base" --no-plugin=pip >/dev/null
is "ensurepip" "$(changed_of work/pip/env -p "$base" --no-plugin=pip)" '"unknown"'

# Two that do not say; one of them is of the first release, and writes the same file each time.
for row in 'wrapper "unknown"' 'frozen-0.1 "unknown"'; do
  name=${row% *} file=$builddir/tests/plugins/.libs/${row% *}.so
  [ -e "$file" ] || { skip "$name" "it was not built"; continue; }
  is "$name, and the directory is new" "$(changed_of "work/$name" -p "$base" --plugin="$file")" true
  is "$name, again" "$(changed_of "work/$name" -p "$base" --plugin="$file")" "${row#* }"
done
finish
