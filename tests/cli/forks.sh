# shellcheck shell=bash
# A program with Python in it and several threads makes environments in child processes.

# shellcheck source=tests/lib.sh
. "${srcdir:-.}/tests/lib.sh"

[ -z "${SANITIZER_FLAGS:-}" ] || skip_all "a Python without the sanitizers can't load the library"
library=$builddir/.libs/libvenvb.so
[ -e "$library" ] || skip_all "there is no shared library"
find_base
"$base" -c 'import ctypes; ctypes.PyDLL(None).PyOS_BeforeFork' 2>out ||
  skip_all "this Python has no ctypes, or its functions for forks can't be found"
use_only_base
export VENVB_TEMPLATE_DIR=$srcdir/templates
mkdir made
runs=10
[ -z "$stress" ] || runs=50
# What a run without these functions comes to, nobody can tell: some hang, and some don't.
is "Python is told of forks: no run hangs" "$("$base" "$srcdir/tests/cli/forks.py" "$library" made $runs 2>&1 | tail -n 5)" \
  "0 hung, 0 failed"
is "all environments stand" "$(find made -name pyvenv.cfg | wc -l)" $runs

finish
