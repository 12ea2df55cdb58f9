# SPDX-License-Identifier: BSD-2-Clause
# What comes of ensurepip's wheels is what ensurepip makes of them, file by
# file.  Takes the oldest and the newest Python and the system's; all with
# TEST_ALL_PYTHONS=1.

. "$(dirname "$0")/../lib.sh"
export VENVB_MODULE_DIR=$builddir/wheel/.libs
tool=$builddir/tests/wheel-tool

pythons=$(ls -d "${PYENV_ROOT:-/nonexistent}"/versions/3.*/bin/python3 2>/dev/null | sort -V)
[ -n "${TEST_ALL_PYTHONS:-}" ] || pythons=$(printf '%s\n' "$pythons" | sed -n '1p;$p' | uniq)
pythons="$pythons /usr/bin/python3"

# The wheels that ensurepip of a Python installs, in its order.
wheels () # PYTHON
{
  "$1" -c '
import ensurepip, glob, os, sys, sysconfig
dirs = [sysconfig.get_config_var("WHEEL_PKG_DIR"), "/usr/share/python-wheels"]
bundled = os.path.join(os.path.dirname(ensurepip.__file__), "_bundled")
old = sys.version_info < (3, 12)
for name in ["setuptools", "pip"] if old else ["pip"]:
    version = ensurepip.version() if name == "pip" else getattr(ensurepip, "_SETUPTOOLS_VERSION", "")
    for directory in [bundled] + [d for d in dirs if d]:
        found = (glob.glob(os.path.join(directory, name + "-" + version + "-*.whl"))
                 or glob.glob(os.path.join(directory, name + "-*.whl")))
        if found:
            print(sorted(found)[-1])
            break
' 2>/dev/null
}

for python in $pythons; do
  version=$("$python" -c 'import os, sysconfig
print(os.path.basename(os.path.dirname(sysconfig.get_path("purelib")))[6:])' 2>/dev/null) || continue
  label=$("$python" -c 'import sys; print("%s.%s.%s" % sys.version_info[:3])')
  case $python in /usr/bin/*) label="$label of the system" ;; esac
  if ! "$python" -m venv env >"$scratch/.out" 2>&1; then
    skip "$label" "it has no venv with ensurepip"
    rm -rf env
    continue
  fi
  mv env theirs
  "$python" -m venv --without-pip env
  for wheel in $(wheels "$python"); do
    check "$label: image of $(basename "$wheel")" \
      "$tool" make "$wheel" "$scratch/image" "$python" "$version"
    check "$label: install" \
      "$tool" install "$scratch/image" "$scratch/env" "$scratch/env/bin/python3" hardlink requested
    check "$label: the image is intact" "$tool" read "$scratch/image"
    rm -rf "$scratch/image"
  done
  check "$label: all is as ensurepip makes it" \
    python3 "$srcdir/tests/cli/wheel-compare.py" theirs env
  env/bin/python3 -v -c 'import pip._internal.cli.main' 2>loaded
  is "$label: no byte code is stale" "$(grep -c 'wrote.*site-packages' loaded)" 0
  check "$label: the byte code is used" grep -q 'matches.*site-packages/pip' loaded
  check "$label: pip check" env/bin/pip check
  check "$label: pip list" sh -c 'env/bin/pip list 2>/dev/null | grep -q ^pip'
  check "$label: pip uninstall" sh -c 'env/bin/pip uninstall -y -q pip setuptools || env/bin/python3 -m pip uninstall -y -q pip'
  is "$label: nothing of them is left" \
    "$(find env -path '*site-packages/*' -o -name 'pip*' -o -name 'easy_install*')" ''
  rm -rf theirs env
done
finish
