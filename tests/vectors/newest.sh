#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Compares with the newest packaging that there is: "make check-vectors", never a
# part of check, since it asks an index.
#
#     newest.sh TEST-PROGRAM
set -eu
here=$(cd "$(dirname "$0")" && pwd)
program=$(cd "$(dirname "$1")" && pwd)/${1##*/}
dir=$(mktemp -d "${TMPDIR:-/tmp}/venvb-vectors-XXXXXX")
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM

python3 -m venv "$dir/env"
"$dir/env/bin/python" -m pip install --quiet --disable-pip-version-check --upgrade packaging
mkdir "$dir/vectors"
"$dir/env/bin/python" -B "$here/make-vectors.py" "$dir/vectors"
head -n 1 "$dir/vectors/markers.tsv"
TEST_VECTORS=$dir/vectors "$program"
for file in "$dir"/vectors/*; do
  cmp -s "$file" "$here/${file##*/}" || echo "${file##*/} is not as it is in the tree: look why, and take it over"
done
