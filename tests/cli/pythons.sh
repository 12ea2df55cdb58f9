# shellcheck shell=bash
# Which Python is asked for, and which there are; python-requests.sh asks for real
# ones.

# shellcheck source=tests/lib.sh
. "${srcdir:-.}/tests/lib.sh"

find_base real
version=$("$base" -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])')
minor=${version%.*}
[ "$("$base" -c 'import sys; print(sys.implementation.name + str(len(sys.abiflags)))')" = cpython0 ] ||
  skip_all 'python3 is no plain CPython'
unset PYENV_ROOT PYENV_VERSION ASDF_DATA_DIR MISE_DATA_DIR UV_PYTHON_INSTALL_DIR CONDA_PREFIX HOMEBREW_PREFIX
mkdir bin work; cd work || exit 1
ln -s "$base" "$scratch/bin/python$minor"
export PATH=$scratch/bin:$PATH

# Which base an environment gets.
base_of ()
{
  rm -rf new
  "$VENVB" --without-pip "$@" new 2>&1 && new/bin/python -c 'import os, sys
print(os.path.realpath(sys._base_executable if hasattr(sys, "_base_executable") else sys.executable))'
}
versions_of () { rm -rf new; "$VENVB" --without-pip "$@" new 2>&1 && new/bin/python -c 'import sys
print(sys.implementation.name, "%d.%d.%d" % sys.version_info[:3])'; }
unmet () { check_fails "$1" 1 "no Python '$2' on PATH.*; there is: .*cpython .*venvb --list-pythons\\); get one with" "$VENVB" -p "$2" new; }

# Forms of a request.

next=${minor%.*}.$((${minor#*.} + 1))
bits=$("$base" -c 'import sys; print(64 if sys.maxsize > 2**32 else 32)')
for request in "$minor" "$version" "${minor%.*}" "${minor/./}" "python$minor" "python@$minor" "cpython@$minor" \
    "cpython$minor" "cp${minor/./}" "cpython@$version" "$minor-$bits" ">=$minor,<$next" "==$version" "==$minor.*" \
    "~=$minor.0" "===$version" ">= $minor , != $next, <$next" "cpython>=$minor,<$next" "cpython==$version" \
    "$base" "$scratch/bin/python$minor" "../bin/python$minor"
do
  case $request in
    "${minor%.*}") is "-p $request" "$(versions_of -p "$request" | cut -d. -f1)" "cpython ${minor%.*}" ;;
    *) is "-p $request" "$(versions_of -p "$request")" "cpython $version" ;;
  esac
done
is '-pX.Y' "$(base_of "-p$minor")" "$base"
is 'VENVB_PYTHON' "$(VENVB_PYTHON=$minor base_of)" "$base"
is 'the first that is found' "$(base_of -p 3.99 -p "$minor" -p nonsense)" "$base"
is 'VENVB_PYTHON with two' "$(VENVB_PYTHON="3.99 '>=$minor,<$next'" base_of)" "$base"
mkdir -p "$XDG_CONFIG_HOME/venvb"
(umask 022; printf '[venvb]\npython=3.99;%s\n' "$minor" >"$XDG_CONFIG_HOME/venvb/venvb.conf")
is 'the configuration' "$(base_of)" "$base"
check_fails 'the command line replaces it' 1 "no Python '3.98'" "$VENVB" -p 3.98 new
rm -rf "$XDG_CONFIG_HOME"
check 'an environment' "$VENVB" --without-pip outer
is 'an environment as a directory' "$(base_of -p outer)" "$base"
is '... with a slash' "$(base_of -p ./outer/)" "$base"
mkdir -p "$scratch/install/bin"; ln -s "$base" "$scratch/install/bin/python3"
is 'an installation' "$(base_of -p "$scratch/install")" "$base"

# What can't be met, or makes no sense.

unmet 'a version that is not there' 3.99
unmet 'an exact one' "$minor.99"
unmet 'a specifier' '<3.5'
unmet 'free-threaded' "${version}t"
if "$VENVB" --list-pythons | grep -q "^${version}d "; then
  skip 'debug' 'there is one'
else
  unmet 'debug' "${version}d"
fi
unmet 'another width' "$minor-$((96 - bits))"
unmet 'another implementation' "graalpy@$minor"
unmet 'a strict bound' ">$version,<$version.1"
rm -rf new
check_fails 'several' 1 "no Python '3.99'.*; no Python '3.98'" "$VENVB" -p 3.99 -p 3.98 new
check_fails 'a command' 1 "^venvb: no Python interpreter 'no-such' on PATH; venvb --list-pythons lists those that there are$" "$VENVB" -p no-such new
check_fails 'a directory' 1 "no Python interpreter in './': it is no installation, environment or build tree" "$VENVB" -p ./ new
check_fails 'an empty one' 2 "^venvb: --python: it is empty; leave it out, or give it PYTHON$" "$VENVB" -p '' new
for wrong in '>=' '>=x' '>=3.8,foo' '~=3' '>=3.8,,<4' '=3.8' '>=3.8.*' '==3.8.*.1'; do
  check_fails "nonsense: $wrong" 2 "^venvb: --python '.*'( is not a version specifier|: did you mean '.*', or '==.*'[?])$" "$VENVB" -p "$wrong" new
done
check '... nothing is left' test ! -e new

# The project in the current directory.

check_fails 'no project' 1 '^venvb: --python project: neither .python-version nor' "$VENVB" -p project new
is 'the next request' "$(base_of -p project -p "$minor")" "$base"
printf '[project]\nname = "x"\nrequires-python = ">=%s,<%s" # why\n' "$minor" "$next" >pyproject.toml
is 'requires-python' "$(versions_of -p project)" "cpython $version"
printf '[tool.x]\nrequires-python = "<3"\n' >pyproject.toml
check_fails 'in another table' 1 'neither .python-version' "$VENVB" -p project new
printf '# comment\n\n  %s \r\n3.99\n' "$version" >.python-version
is '.python-version' "$(versions_of -p project)" "cpython $version"
printf '3.99\n' >.python-version
unset_python () { "$VENVB" --without-pip new; }
check 'not followed unless asked' unset_python
rm -rf new
check_fails 'a version that is not there' 1 "no Python '3.99'" "$VENVB" -p project new
printf 'my-env\n' >.python-version
check_fails 'the name of an environment' 1 "the project asks for 'my-env', which is not a version" "$VENVB" -p project new
printf '[project]\nrequires-python = ">=x"\n' >pyproject.toml; rm .python-version
check_fails 'nonsense in a file' 2 "pyproject.toml.*'>=x' is not a version specifier" "$VENVB" -p project new
rm pyproject.toml

# Lists.

listed () { "$VENVB" --list-pythons 2>&1; }
is 'the list has it' "$(listed | awk -v p="$scratch/bin/python$minor" '$4 == p { print $1, $2, $3 }')" "$version cpython PATH"
is 'once' "$(listed | grep -c " $version  *cpython\|^$version  *cpython.*$scratch")" 1
check 'JSON' bash -c "'$VENVB' --list-pythons --json | python3 -c '
import json, sys
found = [json.loads(line) for line in sys.stdin]
assert any(p[\"version\"] == \"$version\" and p[\"source\"] == \"PATH\" and p[\"implementation\"] == \"cpython\" for p in found), found'"
"$VENVB" --list-pythons >one
strace -f -e trace=execve -o trace "$VENVB" --list-pythons >two 2>/dev/null && {
  is 'nothing is run the second time' "$(grep -cE 'execve\("[^"]*/(python|pypy)[^/"]*"' trace)" 0
}
is '... and the list is the same' "$(cat "$scratch/work/one")" "$(listed)"

# What is known costs few look-ups at files, and one in a directory for each.

for i in $(seq 20); do mkdir -p "$scratch/twenty/$i/bin"; cp "$base" "$scratch/twenty/$i/bin/python$minor"; done
export UV_PYTHON_INSTALL_DIR=$scratch/twenty
is 'twenty more are listed' "$(listed | grep -c "^$version  *cpython  *uv  *$scratch/twenty/")" 20
look_ups () { strace -f -e trace=file,getdents64 -o trace "$@" "$VENVB" --list-pythons >/dev/null 2>&1 && grep -c '(' trace; }
if many=$(look_ups) && few=$(look_ups env UV_PYTHON_INSTALL_DIR=/nonexistent); then
  tap_diag "$((many - few)) look-ups for twenty interpreters"
  check 'they cost up to 40 look-ups each' test $((many - few)) -le 800
  is '... none is run' "$(grep -c 'execve("[^"]*/twenty/' trace)" 0
else
  skip 'what twenty interpreters cost' 'strace does not work'
fi
unset UV_PYTHON_INSTALL_DIR
rm -rf "$scratch/twenty"

# Places: what is put there are links to the one Python of this machine.

rm "$scratch/bin/python$minor"
mkdir "$scratch/tools"
for tool in sed ls awk env dirname basename cat rm expr grep; do
  ln -s "$(command -v $tool)" "$scratch/tools/$tool"
done
place () # SOURCE DIRECTORY [VARIABLE=VALUE]
{
  mkdir -p "$2"; ln -s "$base" "$2/python$minor"
  is "$1: listed" "$(env PATH="$scratch/tools" ${3:+"$3"} "$VENVB" --list-pythons | awk -v p="$2/python$minor" '$4 == p { print $3 }')" "$1"
  is "$1: found" "$(env PATH="$scratch/tools" ${3:+"$3"} "$VENVB" --without-pip -p "$minor" new && sed -n 's/^home = //p' new/pyvenv.cfg)" "$2"
  rm -rf new "$2"
}
place pyenv "$HOME/.pyenv/versions/$version/bin"
place pyenv "$scratch/p/versions/$version/bin" "PYENV_ROOT=$scratch/p"
place asdf "$HOME/.asdf/installs/python/$version/bin"
place mise "$HOME/.local/share/mise/installs/python/$version/bin"
place uv "$HOME/.local/share/uv/python/cpython-$version-linux-x86_64-gnu/bin"
place uv "$scratch/u/x/bin" "UV_PYTHON_INSTALL_DIR=$scratch/u"
for name in miniconda3 miniforge3 anaconda3; do
  place conda "$HOME/$name/bin"
  place conda "$HOME/$name/envs/of-that-name/bin"
done
place conda "$HOME/.conda/envs/of-that-name/bin"
place conda "$scratch/conda/bin" "CONDA_PREFIX=$scratch/conda"
place homebrew "$scratch/brew/bin" "HOMEBREW_PREFIX=$scratch/brew"

# Those outside of any home, in a namespace where a directory is ours.
in_namespace () { unshare "$([ "$(id -u)" -eq 0 ] && echo -m || echo -rm)" "$@"; }
place_outside () # SOURCE TOP DIRECTORY
{
  case $base$VENVB$scratch in *"$2"/*) skip "$1: $3" "what is tested is in $2"; return ;; esac
  in_namespace mount -t tmpfs tmpfs "$2" 2>/dev/null || { skip "$1: $3" 'it takes a namespace'; return; }
  # shellcheck disable=SC2016
  is "$1: $3" "$(in_namespace env "base=$base" "minor=$minor" "venvb=$VENVB" "tools=$scratch/tools" bash -c '
    mount -t tmpfs tmpfs "$1" && mkdir -p "$2" && cp "$base" "$2/python$minor" || exit
    PATH=$tools
    "$venvb" --list-pythons | while read -r version kind source path; do
      [ "$path" != "$2/python$minor" ] || echo "$source"
    done
    "$venvb" --without-pip -p "$2/python$minor" new && sed -n "s/^home = //p" new/pyvenv.cfg' - "$2" "$3" 2>&1)" "$1
$3"
  rm -rf new
}
place_outside system /opt /opt/python-3/bin
place_outside conda /opt /opt/conda/bin
place_outside conda /opt /opt/conda/envs/of-that-name/bin
place_outside homebrew /opt /opt/homebrew/bin
place_outside homebrew /home /home/linuxbrew/.linuxbrew/bin
place_outside system /usr/local /usr/local/bin
if [ -x /usr/bin/python3 ]; then
  is '/usr/bin' "$(env PATH="$scratch/tools" "$VENVB" --list-pythons | awk '$4 ~ "^/usr/bin/python3" { print $3; exit }')" system
else
  skip '/usr/bin' 'no python3 is there'
fi

# Shims are not run, but stand for what they would run.

shim () # TOOL ROOT
{
  mkdir -p "$2/shims" "$2/$3/$version/bin"
  ln -sf "$base" "$2/$3/$version/bin/python3"
  printf '#!/bin/sh\ntouch %s/ran\nexec %s exec python3 "$@"\n' "$scratch" "$1" >"$2/shims/python3"
  chmod +x "$2/shims/python3"
  rm -f .python-version .tool-versions mise.toml
}
home_of () { rm -rf new; PATH="$1/shims:$PATH" "$VENVB" --without-pip "${@:2}" new && sed -n 's/^home = //p' new/pyvenv.cfg; }
root=$HOME/.pyenv; shim pyenv "$root" versions
echo "$minor" >.python-version
is 'pyenv: .python-version' "$(home_of "$root")" "$root/versions/$version/bin"
is 'pyenv: -p python3' "$(home_of "$root" -p python3)" "$root/versions/$version/bin"
is 'pyenv: a specifier' "$(home_of "$root" -p ">=$minor,<$next")" "$root/versions/$version/bin"
rm .python-version; echo "$version" >"$root/version"
is 'pyenv: the global version' "$(home_of "$root")" "$root/versions/$version/bin"
is 'pyenv: PYENV_VERSION' "$(PYENV_VERSION=3.99:$version home_of "$root")" "$root/versions/$version/bin"
mkdir -p "$root/versions/$next.0rc1/bin"; ln -s "$base" "$root/versions/$next.0rc1/bin/python3"
is 'pyenv: no pre-release is meant by a series' "$(PYENV_VERSION=$next:$version home_of "$root")" "$root/versions/$version/bin"
rm -r "$root/versions/$next.0rc1"
mkdir -p "$root/versions/$next.0t/bin"; ln -s "$base" "$root/versions/$next.0t/bin/python3"
is 'pyenv: a free-threaded series' "$(PYENV_VERSION=${next}t home_of "$root")" "$root/versions/$next.0t/bin"
is 'pyenv: ... is not meant by the other' "$(PYENV_VERSION=$next:$version home_of "$root")" "$root/versions/$version/bin"
rm -r "$root/versions/$next.0t"
is 'pyenv: a name does not lead elsewhere' "$(PYENV_VERSION=../versions/../../tools:$version home_of "$root")" "$root/versions/$version/bin"
check 'pyenv: system' test "$(PYENV_VERSION=system home_of "$root")" != "$root/versions/$version/bin"
mkdir -p below; echo "$version" >.python-version; rm "$root/version"
is 'pyenv: of a directory above' "$(cd below && home_of "$root")" "$root/versions/$version/bin"
rm -rf "$root"
root=$HOME/.asdf; shim asdf "$root" installs/python
printf 'nodejs 20\npython 3.99 %s # which\n' "$version" >.tool-versions
is 'asdf: .tool-versions' "$(home_of "$root")" "$root/installs/python/$version/bin"
rm -rf "$root" .tool-versions
root=$HOME/.local/share/mise; shim mise "$root" installs/python
cp /bin/false "$root/mise"
ln -sf ../mise "$root/shims/python3"
printf '[tools]\npython = ["%s", "3.8"]\n' "$minor" >mise.toml
is 'mise: mise.toml' "$(home_of "$root")" "$root/installs/python/$version/bin"
rm -rf "$root" mise.toml
check 'no shim was run' test ! -e "$scratch/ran"

# What is broken, strange, slow or too much.

mkdir "$scratch/odd"
ln -s /nonexistent "$scratch/odd/python3.21"
printf '#!/bin/sh\ntouch %s/ran\n' "$scratch" >"$scratch/odd/python3.22"
cp /bin/true "$scratch/odd/python3.23"
echo text >"$scratch/odd/python3.24"
mkdir "$scratch/odd/python3.25"
cp /bin/true "$scratch/odd/python3-config"
chmod +x "$scratch"/odd/*
PATH=$scratch/odd:$PATH "$VENVB" -v --list-pythons >out 2>err
is 'broken ones are not listed' "$(grep -c odd out)" 0
check '... a broken link is told' grep -q "skipped '$scratch/odd/python3.21': it is a broken link" err
check '... a script is told, and not run' grep -q "skipped '$scratch/odd/python3.22': it is a script" err
check '... something else is told' grep -q "skipped '$scratch/odd/python3.23': .* is not a Python interpreter" err
is '... other names are no interpreters' "$(grep -c python3-config err)" 0
check 'no script was run' test ! -e "$scratch/ran"
printf 'int main (void) { for (;;) ; }\n' >hang.c
if cc -o "$scratch/odd/python3.26" hang.c 2>/dev/null; then
  start=$SECONDS
  PATH=$scratch/odd:$PATH "$VENVB" -v --list-pythons >out 2>err
  check 'one that hangs is given up' grep -q "skipped '$scratch/odd/python3.26': " err
  check '... soon' test $((SECONDS - start)) -lt 20
  rm "$scratch/odd/python3.26"
else
  skip 'one that hangs' 'no compiler'
fi
mkdir "$scratch/many"
for i in $(seq 500); do cp /bin/true "$scratch/many/python3.$((i + 100))"; done
check '500 executables do no harm' bash -c "PATH=$scratch/many:\$PATH '$VENVB' -p $minor --without-pip new"

finish
