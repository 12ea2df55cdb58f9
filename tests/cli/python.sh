# shellcheck shell=bash
# The module venvb of Python: what a subclass can do, CPython's own tests of venv run on it,
# and `python -m venvb`.

# shellcheck source=tests/lib.sh
. "${srcdir:-.}/tests/lib.sh"

# The library is loaded into a Python: nothing may have to be loaded before it.
[ -z "${SANITIZER_FLAGS-}" ] || skip_all "the sanitizers have to be in the program, which is Python"
[ -e "$builddir/.libs/libvenvb.so.0" ] || skip_all "there is no shared library"
python=$(python3 -c 'import sys; print(sys.executable)') || skip_all "there is no python3"

# As build/venvb has it.
own=
for dir in "$builddir"/plugins/*/.libs; do own=${own:+$own:}$dir; done
export VENVB_OWN_PLUGIN_PATH=$own VENVB_KIT_DIR=$srcdir/kit/template
export VENVB_TEMPLATE_DIR=$srcdir/templates VENVB_PLUGIN_DATA_PATH=$srcdir/plugins
export VENVB_MODULE_DIR=$builddir/wheel/.libs:$builddir/base/.libs:$builddir/lock/.libs
export LD_LIBRARY_PATH=$builddir/.libs${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
export PYTHONPATH=$srcdir/bindings/python PYTHONDONTWRITEBYTECODE=1
[ -z "$stress" ] || export VENVB_STRESS=$stress
unset PIP_NO_INDEX PIP_DISABLE_PIP_VERSION_CHECK

# Passes on what a script in Python says in TAP, each line under a name of ours.
tap_of () # NAME COMMAND...
{
  local name=$1 line status=0; shift
  "$@" >"$scratch/.tap" 2>"$scratch/.tap-err" || status=$?
  while IFS= read -r line; do
    case $line in
      "ok "*"# SKIP "*) tap_count=$((tap_count + 1)); echo "ok $tap_count - $name: ${line#*- }" ;;
      "ok "*) tap_result 0 "$name: ${line#*- }" ;;
      "not ok "*) tap_result 1 "$name: ${line#*- }" ;;
      "1..0 # SKIP "*) skip "$name" "${line#*# SKIP }"; return ;;
      "1.."*) ;;
      *) printf '%s\n' "$line" ;;
    esac
  done <"$scratch/.tap"
  [ "$status" -eq 0 ] && grep -q '^1\.\.[1-9]' "$scratch/.tap"
  tap_result $? "$name: came to its end"
  [ "$status" -eq 0 ] || tap_diag "$(tail -n 20 "$scratch/.tap-err")"
}

# The interpreters: python3, those of TEST_PYTHONS and, in the long form, of pyenv.
pythons ()
{
  local place
  printf '%s\n' "$python"
  printf '%s\n' "${TEST_PYTHONS-}" | tr : '\n' | while IFS= read -r place; do
    [ -n "$place" ] || continue
    [ -d "$place" ] && place=$(find "$place" -maxdepth 1 -name 'python3.[0-9]*' ! -name '*-*' | head -n 1)
    [ -x "$place" ] && printf '%s\n' "$place"
  done
  [ -z "$stress" ] || find "${PYENV_ROOT:-/root/.pyenv}/versions" -maxdepth 3 -path '*/bin/python3' 2>/dev/null
}

if ! "$python" -c 'import ctypes, venvb' 2>"$scratch/err"; then
  "$python" -c 'import ctypes' 2>/dev/null || skip_all "python3 has no ctypes"
fi
is "the module is there" "$("$python" -c 'import venvb; print(venvb.EnvBuilder.__name__)' 2>&1)" EnvBuilder
[ -z "$(/usr/bin/python3 -c 'import gi' 2>&1)" ] && export TEST_GI_PYTHON=/usr/bin/python3

pythons | awk '!seen[$0]++' >"$scratch/pythons"
while IFS= read -r one <&3; do
  version=$("$one" -c 'import sys; print("%d.%d.%d" % sys.version_info[:3], sys.version_info >= (3, 8))')
  case $version in
    *" True") ;;
    *) skip "${version% *}" "the module is for Python 3.8 and later"; continue ;;
  esac
  version=${version% *}
  tap_of "$version" "$one" "$srcdir/tests/python/test_builder.py"
  tap_of "$version" "$one" "$srcdir/tests/python/test_extended.py"
  tap_of "$version, its own tests" "$one" "$srcdir/tests/python/exchange.py"
done 3<"$scratch/pythons"

# python -m venvb.

mkdir bin && ln -s "$VENVB" bin/venvb
check "python -m venvb is the command" env PATH="$scratch/bin:$PATH" "$python" -m venvb -q --without-pip env
is "which takes the Python that runs it" "$(env/bin/python -c 'import sys; print(sys.base_prefix)')" \
   "$("$python" -c 'import sys; print(sys.base_prefix)')"
mkdir "a b" && ln -s "$("$python" -c 'import sys; print(sys._base_executable)')" "a b/python3"
for call in "$scratch/a b/python3" "a b/python3"; do
  PATH="$scratch/bin:$PATH" "$python" -c 'import runpy, sys
sys._base_executable, sys.argv[1:] = sys.argv[1], ["-q", "--without-pip", "spaced"]
runpy.run_module("venvb", run_name="__main__")' "$call" 2>"$scratch/err"
  is "a Python in a directory with a blank: ${call#"$scratch"/}" "$?$(cat "$scratch/err")" 0
  rm -rf spaced
done
check "and tells its status" \
  test "$(PATH=$scratch/bin:$PATH "$python" -m venvb --nosuch 2>/dev/null; echo $?)" = 2
check_fails "where there is no command" 1 "^venvb: there is no program venvb beside " \
  env PATH=/nonexistent "$python" -m venvb x

# A library that is not there, and one that is too old.

check_fails_with () # NAME PATTERN
{
  "$python" -c 'import venvb' >"$scratch/out" 2>&1
  tail -n 1 "$scratch/out" | grep -q "$2"
  tap_result $? "$1"
}
if ldconfig -p 2>/dev/null | grep -q 'libvenvb\.so\.0'; then
  skip "no library" "one is installed"
else
  LD_LIBRARY_PATH='' check_fails_with "no library" "^ImportError: venvb needs libvenvb.so.0, which comes with"
fi
mkdir old && echo 'int venvb_old;' | "${CC:-cc}" -shared -fPIC -x c -o old/libvenvb.so.0 - 2>/dev/null &&
  LD_LIBRARY_PATH=$scratch/old check_fails_with "an old library" "^ImportError: libvenvb.so.0 is too old for this package"

finish
