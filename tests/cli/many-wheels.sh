# shellcheck shell=bash
# Many wheels at once: what comes of it is what comes of one after the other, and
# nothing is left of the processes that do it, however it ends.

# shellcheck source=tests/lib.sh
. "${srcdir:-.}/tests/lib.sh"

plugin=$builddir/tests/plugins/.libs/wheels.so
[ -e "$plugin" ] || skip_all 'the plugin that installs wheels was not built'
find_base real
use_only_base
cp "$plugin" wheels.so
umask 022
mkdir wheels
"$base" - wheels 12 <<'EOF' || exit 1
import base64, hashlib, sys, textwrap, zipfile
with open(textwrap.__file__) as source:
    text = source.read()
for number in range(int(sys.argv[2])):
    name = 'many%d' % number
    info = name + '-1.0.dist-info/'
    files = {info + 'METADATA': 'Metadata-Version: 2.1\nName: %s\nVersion: 1.0\n' % name,
             info + 'WHEEL': 'Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
             info + 'entry_points.txt': '[console_scripts]\n%s = %s:main\n' % (name, name),
             name + '/__init__.py': 'def main():\n    pass\n', name + '/bad.py': 'def\n'}
    for n in range(4 * number):
        files['%s/m%d.py' % (name, n)] = '# %d\n' % n + text
    with zipfile.ZipFile('%s/%s-1.0-py3-none-any.whl' % (sys.argv[1], name), 'w',
                         zipfile.ZIP_DEFLATED) as wheel:
        rows = info + 'RECORD,,\n'
        for path, content in files.items():
            digest = base64.urlsafe_b64encode(hashlib.sha256(content.encode()).digest()).rstrip(b'=')
            rows += '%s,sha256=%s,%d\n' % (path, digest.decode(), len(content.encode()))
            wheel.writestr(path, content)
        wheel.writestr(info + 'RECORD', rows)
EOF
printf '%s\n' "$scratch"/wheels/*.whl >list
sed 's/many3-/missing-/' list >list-missing
cp -r wheels wheels-bad
printf x | dd of=wheels-bad/many5-1.0-py3-none-any.whl bs=1 seek=300 conv=notrunc 2>/dev/null
sed 's,/wheels/,/wheels-bad/,' list >list-bad

mk () # CACHE LIST AT-ONCE ARGUMENT...
{
  local cache=$1 list=$2 at_once=$3; shift 3
  VENVB_CACHE_DIR=$scratch/$cache "$VENVB" -p "$base" --without-pip \
    --plugin="$scratch/wheels.so,list=$list,at-once=$at_once" "$@"
}
# But for what has the path of the environment in it.
content () { tree_of "$1/lib" no-times loose-directories | grep -v '/RECORD *$'; }
images () { find "$1/v1/images" -mindepth 1 -maxdepth 1 ! -name '*.lock' -printf '%f\n' | sort; }
# Byte code has the time of its source in it, so that by content alone others differ.
shape () { tree_of "$1" no-times no-contents loose-directories but=pyvenv.cfg | sed 's/ [0-9]* \(.*RECORD\)/ \1/'; }
differs () { diff <(shape "$1") <(shape env-1) | head -n 5; }
# What one of the processes has left.
left () { find "$1" -name '*.new' -o -name '*.old' -o -name modules -o -name wheel; }

check 'one after the other' mk cache-1 list no env-1
check 'all at once' mk cache-2 list yes env-2
is '... makes the same' "$(differs env-2)" ''
is '... of the same images' "$(images cache-2)" "$(images cache-1)"
is '... each of them' "$(images cache-2 | wc -l)" 12
is '... leaves nothing else' "$(left cache-2)" ''
check '... which works' env-2/bin/python -c 'import many0, many11.m40'
check '... as do its scripts' env-2/bin/many3
check 'all at once, without byte code' mk cache-2 list yes --no-compile env-s
is '... there is none' "$(find env-s -name '*.pyc')" ''
is '... is twice as many images' "$(images cache-2 | wc -l)" 24
check 'all at once, without a cache' mk cache-0 list yes --no-cache env-3
is '... makes the same, too' "$(differs env-3)" ''
check 'all at once, one of them there' mk cache-1 list yes env-4
is '... makes the same, too' "$(differs env-4)" ''
if command -v taskset >/dev/null; then
  check 'on one processor' taskset -c "$(taskset -cp $$ | sed 's/.*: *//; s/[,-].*//')" \
    env VENVB_CACHE_DIR="$scratch/cache-3" "$VENVB" -p "$base" --without-pip \
    --plugin="$scratch/wheels.so,list=list,at-once=yes" env-5
  is '... makes the same, too' "$(differs env-5)" ''
else
  skip 'on one processor' 'no taskset'
  skip '... makes the same, too' 'no taskset'
fi

# With SOURCE_DATE_EPOCH, byte for byte.
export SOURCE_DATE_EPOCH=1700000000
check 'one after the other, the same each time' mk cache-4 list no env-6
check 'all at once, the same each time' mk cache-5 list yes env-7
is '... is the same' "$(diff <(content env-6) <(content env-7))" ''
unset SOURCE_DATE_EPOCH

# How many processes there are.
if [ "$(nproc)" -lt 2 ]; then
  skip 'a Python for each processor' 'there is one processor'
  skip '... and none of them warm' 'there is one processor'
elif ! strace -f -o /dev/null true 2>/dev/null; then
  skip 'a Python for each processor' 'no strace'
  skip '... and none of them warm' 'no strace'
else
  pythons () { grep -c 'execve(.*one after the other' "$1"; }
  VENVB_CACHE_DIR=$scratch/cache-6 "$VENVB" -p "$base" --without-pip first
  export VENVB_CACHE_DIR=$scratch/cache-6
  strace -f -s 4000 -o log -e trace=execve "$VENVB" -p "$base" --without-pip \
    --plugin="$scratch/wheels.so,list=list,at-once=yes" traced
  most=$(nproc)
  [ "$most" -lt 8 ] || most=8
  check 'a Python for each processor' test "$(pythons log)" -ge 2 -a "$(pythons log)" -le "$most"
  strace -f -o log -e trace=execve,clone,clone3,fork,vfork "$VENVB" -p "$base" --without-pip \
    --plugin="$scratch/wheels.so,list=list,at-once=yes" traced-warm
  strace -f -o log-one -e trace=execve,clone,clone3,fork,vfork "$VENVB" -p "$base" --without-pip \
    --plugin="$scratch/wheels.so,list=list,at-once=no" traced-one
  is '... and none of them warm' "$(grep -c . log)" "$(grep -c . log-one)"
  unset VENVB_CACHE_DIR
fi

# What fails.
for list in list-bad list-missing; do
  # The same is said, but for the directory.
  mk cache-7 $list no failed 2>one.said
  mk cache-8 $list yes failed 2>many.said
  is "$list: the same is said" "$(cat many.said)" "$(cat one.said)"
  check '... something' test -s many.said
  check '... and nothing is there' test ! -e failed
  is '... nor left' "$(left cache-8)" ''
done
chmod 555 cache-1/v1/images
if [ -w cache-1/v1/images ]; then
  skip 'a cache that can only be read' 'root writes everywhere'
else
  check 'a cache that can only be read' mk cache-1 list yes --no-compile only-read
fi
chmod 755 cache-1/v1/images

# What is killed.  Whom: the process that installs and the one that watches it, or one of
# those that help it.
helpers () # PID : of the process that has the list, those that it has started
{
  local pid
  cat /proc/"$1"/task/*/children 2>/dev/null | xargs -n 1 echo | while read -r pid; do
    [ -z "$pid" ] || { echo "$pid"; helpers "$pid"; }
  done
}
alive () { kill -0 "$1" 2>/dev/null && ! grep -q '^State:.*Z' "/proc/$1/status" 2>/dev/null; }
still () # PID...
{
  local pid some
  for _ in $(seq 250); do
    some=
    for pid; do ! alive "$pid" || some="$some $pid"; done
    [ -n "$some" ] || return 0
    sleep 0.02
  done
  echo "still there:$some"
}
try_kill () # WHOM
{
  local pid all
  rm -rf cache-9 env-8
  VENVB_CACHE_DIR=$scratch/cache-9 "$VENVB" -p "$base" --without-pip first-9; rm -rf first-9
  VENVB_CACHE_DIR=$scratch/cache-9 exec_killed & pid=$!
  for _ in $(seq 500); do
    all=$(helpers $pid)
    if [ "$(wc -w <<<"$all")" -ge 4 ] && ls cache-9/v1/images/*.new >/dev/null 2>&1; then break; fi
    sleep 0.01
  done
  # shellcheck disable=SC2086 # a list of numbers
  set -- $1 $all
  case $1 in
    all) kill -KILL $pid "$(head -n 1 <<<"$all")" ;;
    interrupted) kill -TERM $pid ;;
    *) kill -KILL "$(tail -n 1 <<<"$all")" ;;
  esac
  wait $pid 2>/dev/null
  shift
  still "$@"
}
exec_killed ()
{
  exec "$VENVB" -p "$base" --without-pip --plugin="$scratch/wheels.so,list=list,at-once=yes" env-8 \
    2>killed.said
}
if [ "$(nproc)" -lt 2 ] || [ ! -e /proc/self/task/self/children ] && [ ! -e "/proc/$$/task/$$/children" ]; then
  skip 'what is killed' 'one processor, or no lists of children in /proc'
else
  for whom in all interrupted one; do
    is "killed: $whom: nobody stays" "$(try_kill $whom | grep -v '^#')" ''
    case $whom in
      all) check '... nor has gone on' test "$(images cache-9 | grep -vc '\.new$')" -lt 12 ;;
      interrupted) check '... nothing is there' test ! -e env-8 ;;
      one) is '... the others do its work' "$(differs env-8)" '' ;;
    esac
    rm -rf env-8
    check '... the next run' mk cache-9 list yes env-8
    is '... makes the same' "$(differs env-8)" ''
    is '... and leaves nothing' "$(left cache-9)" ''
  done
fi
finish
