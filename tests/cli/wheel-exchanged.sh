# shellcheck shell=bash
# Somebody exchanges a wheel for another, or writes to it, while it is looked at and
# unpacked.  The run may get either, or fail; what is kept for the next one under
# what a wheel is known by has to be that wheel.
# shellcheck source=tests/lib.sh
. "${srcdir:-.}/tests/lib.sh"

find_base real
use_only_base
swap=$builddir/tests/swap
mkdir gold dross wheels
make_wheel gold pip 99.1 'Summary: gold' 'Requires-Python: >=3'
make_wheel dross pip 99.1 'Summary: dross' 'Requires-Python: <9'
make_wheel wheels setuptools 99.1
wheel=pip-99.1-py3-none-any.whl
mk () { "$VENVB" --plugin="pip,wheel-dir=$scratch/wheels" "$@"; }

# What the program does is drawn apart, so that others come in between.
slow=
if command -v strace >/dev/null && strace -f -o /dev/null -e inject=?openat,?mmap:delay_enter=100 true 2>/dev/null; then
  slow="strace -f -qq -o /dev/null -e inject=?openat:delay_enter=300"
  export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0
else
  tap_diag 'no strace: few races are won'
fi

# The wheel in its place stays what it is from here on, and is known by its hash.
true_of () # KIND
{
  rm -rf env
  cat "$1/$wheel" >wheels/new && mv wheels/new "wheels/$wheel"
  mk env >out 2>&1 || return 1
  grep -qx "Summary: $1" env/lib/python*/site-packages/pip-99.1.dist-info/METADATA
}

rounds=${stress:+200}; rounds=${rounds:-12}
lies=0 exchanges=0 failures=0
# race COMMAND...: COMMAND stirs until it is ended, and writes to count how often.
race ()
{
  local pid status=0
  rm -rf env cache ready count; : >ready
  cp "gold/$wheel" wheels/; cp "dross/$wheel" wheels/other
  "$@" >ready & pid=$!
  wait_for_line ready ready
  # shellcheck disable=SC2086
  $slow "$VENVB" --plugin="pip,wheel-dir=$scratch/wheels" env >out 2>&1 || failures=$((failures + 1))
  kill -TERM $pid 2>/dev/null; wait $pid || status=$?
  [ $status -ne 77 ] || skip_all 'the file system can not exchange'
  exchanges=$((exchanges + $(cat count))); rm -f wheels/other
  if ! true_of gold || ! true_of dross; then lies=$((lies + 1)); fi
}

check 'all is well without' true_of gold
check '... and with the other' true_of dross
for ((i = 0; i < rounds; i++)); do race "$swap" two wheels $wheel other count; done
is "exchanged: nothing is kept as what it is not, $rounds times" $lies 0
check '... it was exchanged' [ $exchanges -gt $((rounds * 10)) ]
tap_diag "$exchanges exchanges, $failures of $rounds runs failed"

# Written in place, in one step: both are of one size.
cat >write.py <<'END'
import os, signal, sys, time
path, *others = sys.argv[1:]
texts = [open(other, 'rb').read() for other in others]
size = max(map(len, texts))
texts = [text.ljust(size, b'\0') for text in texts]
over = []
signal.signal(signal.SIGTERM, lambda number, frame: over.append(number))
count = 0
fd = os.open(path, os.O_RDWR)
print('ready', flush=True)
while not over:
    os.pwrite(fd, texts[count % 2], 0)
    count += 1
    time.sleep(count % 997 / 1e6)
print(count, file=open('count', 'w'))
END
for n in gold dross; do
  rm "$n/$wheel"; make_wheel $n pip 99.1 "Summary: $n" "Keywords: $([ $n = gold ] && echo xx || echo x)" 'Requires-Python: >=3'
done
is 'two of one size' "$(stat -c %s "gold/$wheel")" "$(stat -c %s "dross/$wheel")"
lies=0 failures=0
for ((i = 0; i < rounds; i++)); do race python3 write.py wheels/$wheel gold/$wheel dross/$wheel; done
is "written to: nothing is kept as what it is not, $rounds times" $lies 0
tap_diag "$failures of $rounds runs failed"
finish
