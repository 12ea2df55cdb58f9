# shellcheck shell=bash
# What README.md says of speed is what the last `make bench` has measured: docs/bench.md.
# shellcheck source=tests/lib.sh
. "${srcdir:-.}/tests/lib.sh"

compare () { python3 "$srcdir/tests/cli/figures.py" "$1" "$srcdir/docs/bench.md"; }
compare "$srcdir/README.md" >said || tap_diag "$(cat said)"
tap_diag "$(grep -A 1 '^not ok' said)"
is 'all figures are as measured' "$(grep -c '^not ok' said)" 0
check '... and there are some' grep -qx '1\.\.30' said
# It can fail.
sed 's/^| `venvb` | [0-9.]* ms/| `venvb` | 9.9 ms/' "$srcdir/README.md" >other.md
compare other.md >said
is 'another figure is found' "$(grep -c '^not ok' said)" 1
finish
