# shellcheck shell=bash
# ensurepip, which venvb starts, is ended with the run: what it has written by then is not left,
# neither in the environment nor elsewhere, and nobody is told that it may be his.

# shellcheck source=tests/lib.sh
. "${srcdir:-.}/tests/lib.sh"

find_base real
stdlib=$("$base" -c 'import os; print(os.path.dirname(os.__file__))')
series=$("$base" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
mkdir -p own/bin "own/lib/python$series"
cp "$base" own/bin/python3
for entry in "$stdlib"/*; do ln -s "$entry" "own/lib/python$series/"; done
own/bin/python3 -c 'import sys; sys.exit(not sys.base_prefix.endswith("own"))' ||
  skip_all "a copy of '$base' does not look for its library beside it"
export TMPDIR=$scratch/temp; mkdir temp

# One that writes as Debian's of PyPy does, the second wheel by half, and does not end.
rm "own/lib/python$series/ensurepip"; mkdir "own/lib/python$series/ensurepip"
echo >"own/lib/python$series/ensurepip/__init__.py"
cat >"own/lib/python$series/ensurepip/__main__.py" <<END
import glob, os, shutil, sys, tempfile, time
with tempfile.TemporaryDirectory() as temp:
    open(os.path.join(temp, 'a.whl'), 'w').write('a wheel')
    wheels = os.path.join(sys.prefix, 'share', 'python-wheels')
    os.makedirs(wheels, exist_ok=True)
    for path in glob.glob('/usr/share/python-wheels/*.whl'):
        to = os.path.join(wheels, os.path.basename(path))
        if os.path.basename(path).startswith('pip-'):
            open(to, 'wb').write(open(path, 'rb').read()[:5000])
        else:
            shutil.copy(path, to)
    open('$scratch/reached', 'w').close()
    while not os.path.exists('$scratch/go-on'):
        time.sleep(.05)
END
run () { "$VENVB" -p own/bin/python3 --no-plugin=pip "$@"; }
starts () # ENV
{
  rm -f reached
  env --default-signal=HUP setsid "$VENVB" -p own/bin/python3 --no-plugin=pip "$1" >said 2>&1 & run=$!
  for _ in {1..1000}; do [ ! -e reached ] || break; sleep .01; done
}
ended () # NAME SIGNAL: ends the run by a signal to its first process
{
  kill -"$2" $run; wait $run
  is "$1, SIG$2" "$? $(find temp -mindepth 1 | wc -l)" "$((128 + $(kill -l "$2"))) 0"
}
has_wheels=; compgen -G '/usr/share/python-wheels/pip-*.whl' >/dev/null && has_wheels=yes

for number in TERM HUP; do
  starts new; ended "a new environment: nothing is left in TMPDIR" $number
  is "... nor is there an environment" "$(ls -d new 2>/dev/null)" ""
  [ -n "$has_wheels" ] || continue
  is "... of wheels that are the distributor's nothing is said" "$(grep -c 'others' said)" 0
done
touch go-on; check "one is made" run there; rm go-on
is "... and nothing is left in TMPDIR" "$(find temp -mindepth 1)" ""
rm -f there/share/python-wheels/*
before=$(tree_of there loose-directories)
for number in TERM HUP KILL; do
  starts there
  if [ $number = KILL ]; then
    kill_group $run; "$VENVB" -p own/bin/python3 --without-pip --upgrade there >said 2>&1
    rm -rf temp/*
  else
    ended "an environment that was there: nothing is left in TMPDIR" $number
  fi
  [ -n "$has_wheels" ] || continue
  is "... nor of the wheels, SIG$number" "$(ls there/share/python-wheels)" ""
  is "... and nothing is said of them" "$(grep -cE 'left there|others' said)" 0
done
if [ -n "$has_wheels" ]; then
  # What is not the distributor's is somebody's.
  starts there; for file in there/share/python-wheels/pip-*; do echo more >>"$file"; done
  kill -TERM $run; wait $run
  is "a wheel that somebody has changed stays" "$(find there/share/python-wheels -name 'pip-*' | wc -l) $(grep -c 'left there' said)" "1 1"
else
  skip "wheels of the distributor's" "there are none in /usr/share/python-wheels"
fi
finish
