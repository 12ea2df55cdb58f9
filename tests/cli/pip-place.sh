# Whatever a user has told pip or uv for other occasions: what venvb has them
# install lands in the environment, and comes from where the user said.
. "${srcdir:-.}/tests/lib.sh"

find_base real
"$VENVB" -p "$base" e >out 2>&1 || { tap_diag "$(cat out)"; skip_all 'no environment with pip can be made'; }
[ -x e/bin/pip ] || skip_all 'no pip'
run_pip=$srcdir/stages/run-pip.py
helper=$srcdir/tests/cli/pip-place.py
export XDG_CONFIG_DIRS=$scratch/system PIP_NO_CACHE_DIR=1
conf=$XDG_CONFIG_HOME/pip/pip.conf
mkdir wheels "$XDG_CONFIG_HOME" "$XDG_CONFIG_HOME/pip" system system/pip "$HOME/.pip"
make_wheel wheels demo 1.0

# All options that there are, of each pip that is at hand: a new one is to be put
# into one of the two lists of run-pip.py.
classify () # NAME PYTHON
{
  "$2" -I "$helper" "$run_pip" options >options 2>err || tap_diag "$(cat err)"
  is "$1: each option of $("$2" -m pip --version | cut -d ' ' -f 1,2) has a class" \
    "$(grep -vE ' (kept|left-out) ' options) $(grep -cE '^(index-url|target|dry-run|user) ' options | sed 's/^[34]$/enough/')" " enough"
}
classify "$("$base" -V)" e/bin/python
cp options all-options
for python in "${PYENV_ROOT:-/nonexistent}"/versions/3.*/bin/python3; do
  if [ ! -x "$python" ] || [ -n "$again" ]; then continue; fi
  rm -rf other
  "$VENVB" -p "$python" other >out 2>&1 && classify "$("$python" -V)" other/bin/python
done

# Nothing is lost of what users may say, wherever they do: pip itself takes the same
# from its files and variables.
same () # NAME [VARIABLE=VALUE...]
{
  local name=$1; shift
  is "$name" "$(env "$@" e/bin/python -I "$helper" "$run_pip" same 2>&1)" end
}
printf '[global]\nindex-url = https://system.example/\ntimeout = 11\ntrusted-host = a b\nretries = 3\nproxy = http://p:1\n[install]\nretries = 4\n' >system/pip/pip.conf
printf '[global]\nextra-index-url = https://one.example/\n  https://two.example/\ntimeout = 12\nretries = 5\nno-cache-dir = yes\n' >"$HOME/.pip/pip.conf"
printf '[install]\nfind_links = /x\nindex-url = https://user.example/\nproxy =\n[global]\ncert = /c.pem\n--constraint = /con.txt\n[freeze]\ntimeout = 99\n' >"$conf"
printf '[global]\nonly-binary = :all:\nno-binary = demo\ntimeout =\n' >e/pip.conf
printf '[install]\nindex-url = https://file.example/\ntrusted-host = c\n' >pip.file
same "files of the system, the user and the environment"
same "... and a file of its own" PIP_CONFIG_FILE="$PWD/pip.file"
same "... that is not there" PIP_CONFIG_FILE="$PWD/none"
same "... or no file at all" PIP_CONFIG_FILE=/dev/null
same "variables come last" PIP_INDEX_URL=https://env.example/ PIP_Timeout=3 PIP_DEFAULT_TIMEOUT=4 PIP___RETRIES=7 PIP_FIND_LINKS= PIP_NO_DEPS=1
same "what moves is gone" PIP_TARGET=/t PIP_USER=1 PIP_DRY_RUN=1 PIP_SRC=/s PIP_RETRIES=7
same "other places for files" XDG_CONFIG_HOME="$PWD/system" XDG_CONFIG_DIRS=
printf 'no section\n' >"$conf"
check_conf=$("$VENVB" --plugin="requirements,package=demo,find-links=wheels" -p "$base" bad 2>&1)
is "a file that is none: its name, and what is wrong" \
  "$(grep -c "^  | cannot read '$conf': File contains no section headers" <<<"$check_conf") $(ls -d bad 2>/dev/null)" "1 "
rm "$conf" system/pip/pip.conf "$HOME/.pip/pip.conf" e/pip.conf
printf '[global]\nindex-url = https://system.example/\nflavour = sweet\n' >"$conf"
is "a setting that is new is not handed on, and named" \
  "$("$VENVB" -v --without-pip --plugin="requirements,package=demo,find-links=wheels,offline" -p "$base" e 2>&1 |
     grep "^  | pip's setting 'flavour' is not known here, and left out$" | sort -u | wc -l)" 1
rm "$conf"

# Paths that are relative are so to the current directory, not to that in which pip is
# started, where only root could write.
log=venvb-pip-place-$$.log
mkdir -p here/wheels; cp wheels/* here/wheels
relative () # NAME [VARIABLE=VALUE...]
{
  local name=$1; shift
  rm -f "here/$log"
  env -C here "$@" PIP_NO_INDEX=1 "$VENVB" --upgrade-deps -p "$base" "$scratch/relative" >out 2>&1
  is "$name" "$? $(ls here) $(ls -d "/$log" "relative/$log" 2>/dev/null)" "0 $log
wheels " || tap_diag "$(cat out)"
  is '... and is used' "$(grep -c 'Looking in links: wheels$' "here/$log") $(grep -c "Looking in links: $scratch/here/wheels$" "here/$log")" '0 1'
  [ ! -e "/$log" ] || rm -f "/$log"
}
relative 'a relative path in a variable' PIP_LOG="$log" PIP_FIND_LINKS=wheels
printf '[global]\nlog = %s\nfind-links = wheels\n' "$log" >"$conf"
relative '... in a file' PIP_TIMEOUT=3
mv "$conf" here.conf
relative '... in a file with a relative path' PIP_CONFIG_FILE=../here.conf

# Where it lands: demo is in the environment, and nothing is anywhere else.
site=$(echo e/lib/python3.*/site-packages)
gone () { rm -rf "$site"/demo* elsewhere; }
lands () # NAME COMMAND...: demo
{
  local name=$1; shift
  gone
  "$@" >out 2>&1 || tap_diag "$(cat out)"
  is "$name" "$(cd "$site" && echo demo*) $(ls -d elsewhere "$HOME"/.local/lib 2>/dev/null)" "demo-1.0.dist-info demo.py "
}
require () { "$VENVB" -p "$base" --without-pip --plugin="requirements,package=demo,find-links=$PWD/wheels,offline" e; }
hostile () # OPTION: a value to be afraid of
{
  case $1 in
    user | no-user | dry-run | only-dep* | help | version) echo 1 ;;
    abi) echo none ;;
    implementation) echo pp ;;
    platform) echo win32 ;;
    python) echo "$base" ;;
    python-version) echo 2.7 ;;
    install-option | global-option) echo "--root=$PWD/elsewhere" ;;
    requirement | group | editable | requirements-from-script) echo "$PWD/elsewhere/x" ;;
    *) echo "$PWD/elsewhere" ;;
  esac
}
# Each in another of the places.
n=0
while read -r option kind _; do
  [ "$kind" = left-out ] || continue
  value=$(hostile "$option") variable=$(tr a-z- A-Z_ <<<"$option")
  n=$((n + 1))
  case $((n % 9)) in
    0) file=$conf section=install ;;
    1) file=$conf section=global ;;
    2) file=system/pip/pip.conf section=install ;;
    3) file=$HOME/.pip/pip.conf section=global ;;
    4) file=e/pip.conf section=install ;;
    5) file=pip.file section=install ;;
    6) file='' variable=PIP_$variable ;;
    7) file='' variable=PIP_${variable,,} ;;
    8) file='' variable=PIP___$variable ;;
  esac
  if [ -n "$file" ]; then
    printf '[%s]\n%s = %s\n' "$section" "$option" "$value" >"$file"
    [ "$file" != pip.file ] || export PIP_CONFIG_FILE=$PWD/pip.file
    lands "$option in ${file#"$scratch"/}, section $section" require
    rm "$file"
    unset PIP_CONFIG_FILE
  else
    lands "$option by $variable" env "$variable=$value" "$VENVB" -p "$base" --without-pip \
      --plugin="requirements,package=demo,find-links=$PWD/wheels,offline" e
  fi
done <all-options

# Every way to run pip, with the worst of it in two places.
worst ()
{
  printf '[global]\n%s\n[install]\n%s\n' "$(printf '%s\n' "$1")" "$1" >"$conf"
}
for option in target root; do
  worst "$option = $(hostile $option)"
  rm -rf new
  "$VENVB" -p "$base" --no-plugin=pip new >out 2>&1
  is "ensurepip: $option" "$? $(new/bin/python -c 'import pip, sys; print(pip.__file__.startswith(sys.prefix))') $(ls -d elsewhere "$HOME"/.local/lib 2>/dev/null)" "0 True "
done
ENSUREPIP_OPTIONS=altinstall "$VENVB" -p "$base" --no-plugin=pip new2 >out 2>&1
is "ensurepip: no command is left out" "$(cd new2/bin && echo pip*)" "$(cd new/bin && echo pip*)"

make_wheel wheels setuptools 0.1
make_wheel wheels setuptools 0.2
site=$(echo new/lib/python3.*/site-packages)
for option in target root dry-run; do
  worst "$option = $(hostile $option)"
  for version in 0.1 0.2; do
    "$VENVB" -p "$base" --without-pip --plugin="setuptools,wheel-dir=wheels,version=$version" new >out 2>&1 || tap_diag "$(cat out)"
  done
  is "setuptools, replaced by pip: $option" "$(cd "$site" && echo setuptools-*) $(ls -d elsewhere "$HOME"/.local/lib 2>/dev/null)" "setuptools-0.2.dist-info "
  make_wheel wheels pip 9999
  rm -rf up
  printf 'find-links = %s\n' "$PWD/wheels" >>"$conf"
  "$VENVB" -p "$base" --upgrade-deps up >out 2>&1 || tap_diag "$(cat out)"
  is "--upgrade-deps, from where the user said: $option" "$(cd up/lib/python3.*/site-packages && echo pip-*) $(ls -d elsewhere "$HOME"/.local/lib 2>/dev/null)" \
    "pip-9999.dist-info "
  rm wheels/pip-*
done
rm "$conf"
serve_index wheels
export no_proxy=127.0.0.1
printf '[global]\nindex-url = %s\n[install]\nroot = %s\n' "$index" "$PWD/elsewhere" >"$conf"
"$VENVB" -p "$base" --without-pip --plugin=setuptools,source=index,version=0.1 new >out 2>&1 || tap_diag "$(cat out)"
is "setuptools from the index of a pip.conf" "$(cd "$site" && echo setuptools-*) $(ls -d elsewhere 2>/dev/null)" "setuptools-0.1.dist-info "
gone

# What pip starts to build a package: it gets its tools, and none of them elsewhere.
mkdir src
printf '[build-system]\nrequires = ["demo"]\nbuild-backend = "backend"\nbackend-path = ["."]\n[project]\nname = "built"\nversion = "1"\n' >src/pyproject.toml
cat >src/backend.py <<'END'
import zipfile
def build_wheel(folder, config_settings=None, metadata_directory=None):
    import demo
    name = 'built-1-py3-none-any.whl'
    with zipfile.ZipFile(folder + '/' + name, 'w') as wheel:
        wheel.writestr('built.py', '')
        wheel.writestr('built-1.dist-info/METADATA', 'Metadata-Version: 2.1\nName: built\nVersion: 1\n')
        wheel.writestr('built-1.dist-info/WHEEL', 'Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n')
        wheel.writestr('built-1.dist-info/RECORD', 'built.py,,\nbuilt-1.dist-info/METADATA,,\nbuilt-1.dist-info/WHEEL,,\nbuilt-1.dist-info/RECORD,,\n')
    return name
END
site=$(echo e/lib/python3.*/site-packages)
for option in target root; do
  worst "$option = $(hostile $option)"
  rm -rf "$site"/built*
  "$VENVB" -p "$base" --without-pip --plugin="requirements,package=./src,find-links=$PWD/wheels,offline" e >out 2>&1 || tap_diag "$(cat out)"
  is "a package that is built: $option" "$(cd "$site" && echo built*) $(ls -d elsewhere 2>/dev/null)" "built-1.dist-info built.py "
done
rm "$conf"

# uv: what no option contradicts is refused.
uv=$(PATH="${TEST_ENV_TOOLS:+$TEST_ENV_TOOLS:}$PATH" command -v uv)
if [ -n "$uv" ]; then
  export UV_CACHE_DIR=$scratch/uv-cache
  mkdir "$XDG_CONFIG_HOME/uv" project
  uvconf=$XDG_CONFIG_HOME/uv/uv.toml
  with_uv () { "$VENVB" -p "$base" --without-pip --plugin="requirements,installer=$uv,package=demo,find-links=$scratch/wheels,offline" "$scratch/e"; }
  # Its own list of settings, and ours.
  printf '[pip]\nx = 1\n' >"$uvconf"
  "$uv" pip install x 2>&1 | tr -d '\n │' | grep -o 'expectedoneof.*' | grep -oE '`[a-z-]+`' | tr -d '`' | sort >uv-settings
  known='all-extras allow-empty-requirements annotation-style break-system-packages compile-bytecode
    config-settings config-settings-package custom-compile-command dependency-metadata emit-build-options
    emit-find-links emit-index-annotation emit-index-url emit-marker-expression exclude-newer
    exclude-newer-package extra extra-build-dependencies extra-build-variables extra-index-url find-links
    fork-strategy generate-hashes group index-strategy index-url keyring-provider link-mode no-annotate
    no-binary no-build no-build-isolation no-build-isolation-package no-deps no-emit-package no-extra
    no-header no-index no-sources no-sources-package no-strip-extras no-strip-markers only-binary
    output-file prefix prerelease python python-platform python-version reinstall reinstall-package
    require-build-hashes require-hashes resolution strict system target torch-backend universal upgrade
    upgrade-package verify-hashes'
  is "each setting of $("$uv" --version | cut -d ' ' -f 1,2) is known" "$(grep -vxFf <(printf '%s\n' $known) uv-settings) $(grep -cxE 'target|prefix' uv-settings)" " 2"
  for setting in target prefix; do
    printf '[pip]\n"%s" = "%s"\n' "$setting" "$PWD/elsewhere" >"$uvconf"
    check_fails "uv: $setting of a user" 1 "uv is told to install to '$PWD/elsewhere', by '$setting' in .*UV_NO_CONFIG=1$" with_uv
    printf '[tool.uv]\npip.%s = "else where"\n' "$setting" >project/pyproject.toml
    rm "$uvconf"
    (cd project && check_fails "uv: $setting of a project" 1 "uv is told to install to 'else where', by '$setting' in " with_uv
     echo "$tap_failed" >../failed)
    tap_count=$((tap_count + 1)) tap_failed=$(cat failed)
    lands "uv: not from there" with_uv
    printf '[pip]\n%s = "elsewhere"\n' "$setting" >file.toml
    UV_CONFIG_FILE=$PWD/file.toml check_fails "uv: $setting of a file of its own" 1 "told to install to 'elsewhere'" with_uv
    printf '[pip]\n%s = "elsewhere"\n' "$setting" >"$uvconf"
    UV_NO_CONFIG=1 lands "uv: the way out" with_uv
  done
  printf '[pip]\nsystem = true\nbreak-system-packages = true\npython = "%s"\n' "$base" >"$uvconf"
  lands "uv: another Python" with_uv
  rm "$uvconf"
  for variable in UV_PYTHON="$base" UV_SYSTEM_PYTHON=1 UV_WORKING_DIR=/ UV_PROJECT=/ UV_PROJECT_ENVIRONMENT="$PWD/elsewhere" \
      UV_TOOL_DIR="$PWD/elsewhere" UV_PYTHON_BIN_DIR="$PWD/elsewhere" VIRTUAL_ENV="$PWD/elsewhere" CONDA_PREFIX="$PWD/elsewhere"; do
    lands "uv: ${variable%%=*}" env "$variable" "$VENVB" -p "$base" --without-pip \
      --plugin="requirements,installer=$uv,package=demo,find-links=$scratch/wheels,offline" "$scratch/e"
  done
else
  skip "uv" "no uv on PATH"
fi
finish
