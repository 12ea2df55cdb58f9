# Killed at any moment, a run leaves a cache that the next one can use.
. "${srcdir:-.}/tests/lib.sh" || exit 1

[ -z "${GCOV-}" ] || skip_all "lines are counted: that would be hit, too"
find_base real
points=4 modules=20
[ -z "$stress" ] || points=40 modules=60

# Wheels that can be unpacked and compiled many times over; with pip itself
# some of the points have to do.
mkdir small
"$base" - small "$modules" <<'EOF' || exit 1
import base64, hashlib, sys, textwrap, zipfile
def make(name, modules):
    info = name + '-99.1.dist-info/'
    files = {info + 'METADATA': 'Metadata-Version: 2.1\nName: %s\nVersion: 99.1\n' % name,
             info + 'WHEEL': 'Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n'}
    with open(textwrap.__file__) as source:
        text = source.read()
    for n in range(modules):
        files['%s/_internal/m%d.py' % (name, n)] = text
    if modules:
        files[name + '/__init__.py'] = files[name + '/_internal/__init__.py'] = ''
        files[name + '/__main__.py'] = 'import pip._internal.m1\n'
    with zipfile.ZipFile('%s/%s-99.1-py3-none-any.whl' % (sys.argv[1], name), 'w') as wheel:
        rows = info + 'RECORD,,\n'
        for path, content in files.items():
            digest = base64.urlsafe_b64encode(hashlib.sha256(content.encode()).digest()).rstrip(b'=')
            rows += '%s,sha256=%s,%d\n' % (path, digest.decode(), len(content.encode()))
            wheel.writestr(path, content)
        wheel.writestr(info + 'RECORD', rows)
make('pip', int(sys.argv[2]))
make('setuptools', 0)
EOF
mkdir large
cp small/setuptools* large

# Runs venvb with a cache of its own.
mk () # WHEELS LANE ARGUMENT...
{
  local wheels=$1 lane=$2; shift 2
  VENVB_CACHE_DIR=$scratch/$lane/cache exec "$VENVB" -v -p "$base" --plugin="pip,wheel-dir=$scratch/$wheels" "$@"
}
# pyvenv.cfg has the command line in it.
listing () { tree_of "$1" no-times no-contents loose-directories but=pyvenv.cfg; }
now () { date +%s%N; }

# Starts a run and kills it after so many nanoseconds; false when it had ended.
kill_after () # WHEELS LANE NANOSECONDS
{
  local killed early=true
  rm -rf "${2:?}"/*
  set -m
  (mk "$1" "$2" "$2/env") >/dev/null 2>&1 &
  killed=$!
  set +m
  sleep "$(awk "BEGIN { print $3 / 1e9 }")"
  kill -KILL -- -"$killed" 2>/dev/null || early=false
  wait "$killed" 2>/dev/null
  $early
}

# Kills a run after a share of its time, sooner when the machine has become
# faster meanwhile; then makes an environment; prints what is wrong with that.
try () # WHEELS LANE POINT OF
{
  local wheels=$1 lane=$2 share=100
  while ! kill_after "$wheels" "$lane" $(($3 * total / ($4 + 1) * share / 100)); do
    share=$((share * 3 / 4))
    test "$share" -gt 10 || { echo late >>"$wheels.late"; break; }
  done
  (cd "$lane/cache/v1" 2>/dev/null && ls ./* | sed 's/^[0-9a-f]\{32\}/KEY/; s/\.venvb-.*/.TEMP/' | xargs) >>"$wheels.left"
  (mk "$wheels" "$lane" "$lane/env") >"$lane.out" 2>&1 || cat "$lane.out"
  grep 'not from the cache' "$lane.out"
  listing "$lane/env" | diff - "$wheels.reference"
  "$lane/env/bin/python" -m pip check >/dev/null || echo 'pip does not work'
  "$lane/env/bin/python" -c 'import pip._internal' || echo 'pip._internal does not work'
  find "$lane/cache" -name '*.new' -o -name '*.old'
  # What is kept now is whole, too.
  rm -rf "$lane/env"
  (mk "$wheels" "$lane" "$lane/env") >"$lane.out" 2>&1 || cat "$lane.out"
  listing "$lane/env" | diff - "$wheels.reference"
}

series () # WHEELS POINTS
{
  local wheels=$1 of=$2 begin point early
  rm -rf lane1; mkdir -p lane1
  begin=$(now)
  (mk "$wheels" lane1 lane1/env) >out 2>&1 || { check "a run ($wheels)" cat out false; return; }
  total=$(($(now) - begin))
  tap_diag "$wheels: a run on an empty cache takes $((total / 1000000)) ms"
  listing lane1/env >"$wheels.reference"
  for point in $(seq 1 "$of"); do
    is "$wheels: killed after $point/$((of + 1))" "$(try "$wheels" lane1 "$point" "$of" 2>&1)" ''
  done
  early=$((of - $(cat "$wheels.late" 2>/dev/null | wc -l)))
  check "$wheels: $early of $of were killed before their end" test "$early" -ge $((of / 2))
  tap_diag "$(sort "$wheels.left" | uniq -c)"
}

series small "$points"
if [ -n "$stress" ]; then
  (mk large lane1 first) >out 2>&1
  if grep -q 'left to ensurepip' out; then
    skip 'pip itself' 'no wheel of it'
  else
    series large 8
  fi
fi
check 'the tree has byte code' grep -q '/m1\.[^/]*\.pyc ' small.reference
finish
