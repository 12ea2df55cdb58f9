# shellcheck shell=bash
# What the variables of markers are: what each Python that is found says itself, by the
# table of the dependency specifiers specification.

# shellcheck source=tests/lib.sh
. "${srcdir:-.}/tests/lib.sh"
# shellcheck source=tests/cli/fidelity.inc
. "$srcdir/tests/cli/fidelity.inc"

tool=$builddir/tests/lock-select
[ -x "$tool" ] || skip_all 'built without toml++'
export VENVB_MODULE_DIR=$builddir/lock/.libs

cat >own.py <<'END'
import os, platform, sys
v = sys.implementation.version
kind = {'alpha': 'a', 'beta': 'b', 'candidate': 'rc', 'final': ''}[v.releaselevel]
print('os_name=' + os.name)
print('sys_platform=' + sys.platform)
print('platform_machine=' + platform.machine())
print('platform_python_implementation=' + platform.python_implementation())
print('platform_release=' + platform.release())
print('platform_system=' + platform.system())
print('platform_version=' + platform.version())
print('python_version=' + '.'.join(platform.python_version_tuple()[:2]))
# What was built of no release ends in '+', which makes no difference to a marker.
print('python_full_version=' + platform.python_version().rstrip('+'))
print('implementation_name=' + sys.implementation.name)
print('implementation_version=%d.%d.%d' % v[:3] + (kind + str(v.serial) if kind else ''))
END

discover | some >list
for other in pypy3 graalpy; do
  program=$(command -v "$other") && printf '%s %s\n' "$other" "$(realpath "$program")" >>list
done
[ -s list ] || skip_all 'no Python is found'
while read -r version python; do
  case $version in 2.*|3.[0-5]|3.[0-5].*) skip "$version $python" 'it is too old for venvb'; continue ;; esac
  "$python" own.py >theirs
  "$tool" --environment "$python" >ours 2>&1
  check "$version $python" diff theirs ours
  read -r python_version < <(sed -n 's/^python_version=//p' theirs)
  printf '%s\n' 'lock-version = "1.0"' 'created-by = "test"' '[[packages]]' 'name = "foo"' \
    "marker = \"python_version == '$python_version' and platform_release == '$(uname -r)'\"" \
    'wheels = [{url = "https://files.invalid/foo-1-py3-none-any.whl", hashes = {sha256 = "'"$(printf '%064d' 0)"'"}}]' >pylock.toml
  is "$version: a lock for it" "$("$tool" --interpreter="$python" pylock.toml 2>&1)" \
    'take foo foo-1-py3-none-any.whl (the one that fits, of 1 wheel)'
done <list
finish
