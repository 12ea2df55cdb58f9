# One line that says what is wrong, where, and what to do: of what used to be a
# traceback, a path left out, or nothing at all.
. "${srcdir:-.}/tests/lib.sh"

find_base real
series=$("$base" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
stdlib=$("$base" -c 'import os; print(os.path.dirname(os.__file__))')

# An installation of our own, with an ensurepip that lacks things.
mkdir -p own/bin "own/lib/python$series"
cp "$base" own/bin/python3
for entry in "$stdlib"/*; do ln -s "$entry" "own/lib/python$series/"; done
bundled=own/lib/python$series/ensurepip/_bundled
without_pip () { "$VENVB" -p own/bin/python3 --no-plugin=pip bad; }
if [ -d "$stdlib/ensurepip/_bundled" ] && own/bin/python3 -c 'import sys; sys.exit(sys.base_prefix.endswith("own") - 1)'; then
  rm "own/lib/python$series/ensurepip" && cp -r "$stdlib/ensurepip" "own/lib/python$series/"
  check "an ensurepip with its wheels" "$VENVB" -p own/bin/python3 --no-plugin=pip good
  mkdir aside && mv "$bundled"/pip-* aside/
  check_fails "its wheel of pip is missing" 1 \
    "cannot install pip: '$PWD/own/bin/python3' has no wheel '[^']*/pip-[^']*\.whl'; install .* use --without-pip$" without_pip
  check_fails "... with the plugin pip, too" 1 "has no wheel '[^']*/pip-[^']*\.whl'; install " "$VENVB" -p own/bin/python3 bad
  for wheel in aside/*; do cp "$wheel" "$bundled/pip-0.1-py3-none-any.whl"; done
  check_fails "there is another one" 1 "has no wheel '[^']*/pip-[^']*\.whl'; install " without_pip
  rm "$bundled"/pip-*
  for wheel in aside/*; do : >"$bundled/${wheel##*/}"; done
  check_fails "it is empty" 1 "cannot install pip \(--without-pip leaves it out, -v tells more\): ensurepip of '.*': [A-Za-z.]*Error" without_pip
  rm -r "$bundled"
  check_fails "all of them are missing" 1 "has no wheel '[^']*\.whl'; install .* use --without-pip$" without_pip
  printf 'raise ValueError("no\\nway")\n' >"own/lib/python$series/ensurepip/__init__.py"
  check_fails "it is broken otherwise" 1 "cannot install pip \(.*\): ensurepip of '.*': ValueError: no$" without_pip
  "$VENVB" -v -p own/bin/python3 --no-plugin=pip bad >out 2>&1
  check "-v tells all" grep -q '^  | Traceback' out
  is "nothing is left" "$(ls -d bad 2>/dev/null)" ""
else
  skip "ensurepip" "'$base' has its wheels elsewhere, or a copy of it does not look for its library beside it"
fi

# Files that can't be read: the path, whoever looks.
mkdir -p project/sub; cd project || exit 1
mkdir .python-version
check_fails "a .python-version that is a directory" 1 "cannot read '$PWD/.python-version': Is a directory" "$VENVB" -p project e
check_fails "... named to the plugin pyenv" 1 "cannot read '$PWD/.python-version': Is a directory" \
  env PYENV_ROOT="$PWD" "$VENVB" --plugin=pyenv,file=.python-version e
rmdir .python-version
mkdir pyproject.toml
check_fails "a pyproject.toml that is a directory" 1 "cannot read '$PWD/pyproject.toml': Is a directory" "$VENVB" -p project e
rmdir pyproject.toml
check_fails "a file of variables that is none" 2 "cannot read '$PWD/sub': Is a directory" "$VENVB" --plugin=env-vars,file=sub e
check_fails "... or not there" 2 "cannot read '$PWD/none.env': No such file" "$VENVB" --plugin=env-vars,file=none.env e
if [ "$(id -u)" -ne 0 ]; then
  echo 3.11 >.python-version && chmod 000 .python-version
  check_fails "a .python-version that may not be read" 1 "cannot read '$PWD/.python-version': Permission denied" "$VENVB" -p project e
  check_fails "... by the plugin pyenv" 1 "cannot read '$PWD/.python-version': Permission denied" env PYENV_ROOT="$PWD" "$VENVB" --plugin=pyenv e
else
  skip "a file that may not be read" "root may read all"
fi
cd .. || exit 1

# An environment of another series.
mine=3.$((${series#*.} - 1)).1
warned () # NAME ENV COUNT OPTION...
{
  local name=$1 env=$2 count=$3; shift 3
  "$VENVB" -p "$base" --without-pip "$@" "$env" >out 2>&1
  is "$name" "$? $(grep -cE "^venvb: .*'$PWD/$env' was made for Python $mine: its packages stay where $series\.[0-9]+ does not look; to make it anew: venvb --clear '$PWD/$env'\$" out) $(wc -l <out)" "0 $count $count"
}
made () { rm -rf "$1"; "$VENVB" -p "$base" --without-pip "$1"; sed -i "s/^version = .*/version = $mine/" "$1/pyvenv.cfg"; }
made 'an env'
warned "another series: a warning, with the way out" 'an env' 1
warned "and then no more" 'an env' 0
made old
warned "not when it is cleared" old 0 --clear
made old
warned "nor with -q" old 0 -q
made old
sed -i 's/^version = /version_info = /' old/pyvenv.cfg
warned "one that virtualenv made" old 1
made old
check_fails "--upgrade refuses" 1 "was made for Python $mine: with " "$VENVB" -p "$base" --upgrade old
# What a run has left unfinished is no environment of another series.
mkdir -p hooks/post_setup.d
cat >hooks/post_setup.d/10-hang <<END
#!/bin/sh
sed 's/^version = .*/version = $mine/' pyvenv.cfg >"$scratch/cfg" && cat "$scratch/cfg" >pyvenv.cfg
touch "$scratch/reached"; exec sleep 100
END
chmod +x hooks/post_setup.d/10-hang
hangs () # ENV
{
  rm -f reached
  setsid "$VENVB" -p "$base" --without-pip --plugin=run-hooks,dir="$scratch/hooks" "$1" 2>/dev/null & run=$!
  for _ in {1..1000}; do [ ! -e reached ] || break; sleep .01; done
}
told () # NAME OPTION...: another run on 'half', of which nothing is told but that one was killed
{
  local name=$1; shift
  "$VENVB" -p "$base" --without-pip "$@" half >out 2>&1
  is "$name" "$? $(grep -c 'was made for' out)" "0 0"
}
"$VENVB" -p "$base" --without-pip half
hangs half; check "a run that was killed had written another version" grep -q "^version = $mine" half/pyvenv.cfg
"$VENVB" -p "$base" --without-pip --no-wait half >out 2>&1
is "another run is at work: what that writes is not told of" "$? $(grep -c 'was made for' out)" "1 0"
kill_group $run; told "it is killed: nor then"
check "... that it was, is told" grep -q 'was interrupted' out
hangs half; kill_group $run; told "--upgrade after one that was killed is not refused" --upgrade
finish
