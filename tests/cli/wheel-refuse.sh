# SPDX-License-Identifier: BSD-2-Clause
# What is wrong with a wheel is said, with the wheel's name, and nothing is
# left of it.

. "$(dirname "$0")/../lib.sh"
export VENVB_MODULE_DIR=$builddir/wheel/.libs
tool=$builddir/tests/wheel-tool
python=$(command -v python3) || skip_all 'no python3'
version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')

"$python" "$srcdir/tests/cli/wheel-evil.py" "$scratch/wheels" >"$scratch/list" ||
  { echo 'Bail out! the wheels could not be made'; exit 1; }
mkdir images

while IFS=$'\t' read -r wheel pattern; do
  label=$(basename "$(dirname "$wheel")")
  if [ "$pattern" = OK ]; then
    check "accepted: $label" "$tool" make "$wheel" "images/$label" "$python" "$version"
    check "installed: $label" sh -c '
      mkdir "envs-$2" && "$1" install "images/$2" "envs-$2" /env/bin/python auto' \
      - "$tool" "$label"
    rm -rf "images/$label"
  else
    check_fails "refused: $label" 1 "wheel '$(basename "$wheel")': .*($pattern)" \
      "$tool" make "$wheel" "images/$label" "$python" "$version" source
  fi
done <"$scratch/list"

# What is large is never in memory as a whole.
large=$scratch/wheels/of-52428800/evil-1.0-py3-none-any.whl
if [ -n "${SANITIZER_FLAGS-}" ]; then
  skip 'a file of 50 MiB is unpacked in 24 MiB of memory' 'the sanitizers need more'
else
  check 'a file of 50 MiB is unpacked in 24 MiB of memory' sh -c '
    ulimit -d 24576 && exec "$@"' - "$tool" make "$large" images/large "$python" "$version" source
fi
rm -rf images/large

is 'nothing is left' "$(ls -A images)" ''
is 'nothing is elsewhere' "$(find . -newer list -name '*evil*' -path './evil*')" ''
check 'the absolute name was not created' test ! -e /etc/evil
finish
