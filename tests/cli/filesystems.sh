# shellcheck shell=bash
# File systems that lack something: no symbolic links, no modes, renames that fail,
# what can't be removed, ...  The table of what venvb does there is in HACKING.md,
# and each cell is tried: see filesystems.py, which knows the rows and columns.
# FILESYSTEMS_ONLY='row;another row' picks rows; FILESYSTEMS_TABLE=FILE keeps the table.
. "${srcdir:-.}/tests/lib.sh"

oddfs=$builddir/tests/oddfs/oddfs
find_base
"$base" -c 'import sys; sys.exit(sys.version_info < (3, 7))' || skip_all 'python3 is too old'
need_misbehave
[ -x "$oddfs" ] || skip_all 'oddfs was not built, for want of libfuse 3'
use_only_base
mkdir wheels top
make_wheel wheels pip 99.1
make_wheel wheels setuptools 99.1
IFS=';' read -ra rows <<<"${FILESYSTEMS_ONLY-}"
alone=()
# Whatever becomes of the test, what root has mounted goes with it.
if [ "$(id -u)" -eq 0 ] && unshare -m true 2>/dev/null; then alone=(unshare -m); fi
ulimit -c 0
status=0
"${alone[@]}" "$base" "$srcdir/tests/cli/filesystems.py" "$oddfs" "$VENVB" "$base" "$misbehave" \
  "$scratch/wheels" "$scratch/top" "$srcdir/HACKING.md" "${rows[@]}" || status=$?
[ -z "${FILESYSTEMS_TABLE-}" ] || cp top/table "$FILESYSTEMS_TABLE"
tap_diag "$SECONDS s"
exit "$status"
