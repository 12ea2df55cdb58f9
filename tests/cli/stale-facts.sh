# What is known of an interpreter holds as long as nothing has changed of what it
# is made of; and a program is taken for what it is, not for what its text holds.
. "${srcdir:-.}/tests/lib.sh"

find_base real
series=$("$base" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
made () # ENV OPTION...: the version of Python and the directory that an environment is of
{
  local env=$1; shift
  rm -rf "$env"
  "$VENVB" --without-pip "$@" "$env" >out 2>&1 || { cat out; return; }
  sed -n 's/^version = //p; s/^home = //p' "$env/pyvenv.cfg" | xargs
}
full () { "$1" -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])'; }

# An installation of our own: the program, and links to the standard library.
stdlib=$("$base" -c 'import os; print(os.path.dirname(os.__file__))')
mkdir -p own/bin "own/lib/python$series"
cp "$base" own/bin/python3
for entry in "$stdlib"/*; do ln -s "$entry" "own/lib/python$series/"; done
for name in os.py sysconfig.py; do
  [ -e "$stdlib/$name" ] || continue
  rm "own/lib/python$series/$name"
  cp "$stdlib/$name" "own/lib/python$series/$name"
done
[ -d "$stdlib/sysconfig" ] && {
  rm "own/lib/python$series/sysconfig"; cp -r "$stdlib/sysconfig" "own/lib/python$series/"
}
marked=$(ls "own/lib/python$series/sysconfig.py" "own/lib/python$series/sysconfig/__init__.py" 2>/dev/null)
printf "\nwith open('%s/asked', 'a') as asked: asked.write('x')\n" "$scratch" >>"$marked"
asked () { : >asked; made "$@" >/dev/null; wc -c <asked; }
if [ "$(own/bin/python3 -c 'import os; print(os.__file__)')" = "$scratch/own/lib/python$series/os.py" ]; then
  is "an installation that is new is asked" "$(asked e -p own/bin/python3 | sed 's/^[1-9].*/yes/')" yes
  is "and then no more" "$(asked e -p own/bin/python3)" 0
  touch -d 2001-01-01 "own/lib/python$series/os.py"
  is "nor when another file of it changes; but for its standard library" "$(asked e -p own/bin/python3 | sed 's/^[1-9].*/yes/')" yes
  is "and then no more" "$(asked e -p own/bin/python3)" 0
  mv "own/lib/python$series" was && cp -a was "own/lib/python$series" && rm -rf was
  is "a standard library that was put in the place of another" "$(asked e -p own/bin/python3 | sed 's/^[1-9].*/yes/')" yes
else
  skip "the standard library" "a copy of '$base' does not look for one beside it"
fi

# The library that the interpreter is in, exchanged under an unchanged program.
two=()
for python in "$base" "${PYENV_ROOT:-/nonexistent}"/versions/3.1*/bin/python3; do
  library=$("$python" -c 'import sysconfig; print(sysconfig.get_config_var("LIBDIR") + "/" + sysconfig.get_config_var("INSTSONAME"))' 2>/dev/null)
  case $library in *.so.*) [ -e "$library" ] && two+=("$(realpath "$python")|$library") ;; esac
done
first=${two[0]-} second=
for each in "${two[@]}"; do [ "${each##*/}" = "${first##*/}" ] || second=$each; done
if [ -n "$second" ]; then
  name=${first##*/}
  mkdir -p shared/bin shared/lib
  cp "${first%|*}" shared/bin/python3
  for each in "$first" "$second"; do
    python=${each%|*}
    ln -s "$("$python" -c 'import os; print(os.path.dirname(os.__file__))')" shared/lib/
  done
  export LD_LIBRARY_PATH=$scratch/shared/lib
  cp "${first#*|}" "shared/lib/$name"
  is "a shared build" "$(made e -p shared/bin/python3)" "$scratch/shared/bin $(full shared/bin/python3)"
  before=$(full shared/bin/python3)
  cp "${second#*|}" "shared/lib/$name.new" && mv "shared/lib/$name.new" "shared/lib/$name"
  after=$(full shared/bin/python3)
  is "its library is another version's" "$(made e -p shared/bin/python3)" "$scratch/shared/bin $after"
  check "which it is" test "$before" != "$after"
  # By a link, as stow and alternatives have it.
  mkdir shared/a shared/b
  cp "${first#*|}" shared/a/lib; cp "${second#*|}" shared/b/lib
  ln -sfn a shared/now; ln -sf ../now/lib "shared/lib/$name"
  is "a library behind links" "$(made e -p shared/bin/python3)" "$scratch/shared/bin $before"
  ln -sfn b shared/now
  is "that lead to another" "$(made e -p shared/bin/python3)" "$scratch/shared/bin $after"
  unset LD_LIBRARY_PATH
else
  skip "libpython" "no two Pythons that are built as shared libraries"
fi

# A program that becomes another one, and says it is itself.
other=
for python in "${PYENV_ROOT:-/nonexistent}"/versions/3.*/bin/python3 /usr/bin/python3; do
  [ -x "$python" ] && [ "$(full "$python")" != "$(full "$base")" ] && other=$python
done
if [ -n "$other" ] && "${CC:-cc}" --version >/dev/null 2>&1; then
  printf '#include <unistd.h>\nint main (int n, char **args) { return execv ("%s/which", args); }\n' "$scratch" >hand.c
  mkdir hand && "${CC:-cc}" -o hand/python3 hand.c
  # What it leads to finds its library by its own place.
  ln -s "$base" which
  is "a wrapper that is a program" "$(made e -p hand/python3 | sed 's/.* //')" "$(full "$base")"
  ln -sf "$other" which
  is "is asked anew each time" "$(made e -p hand/python3 | sed 's/.* //')" "$(full "$other")"
else
  skip "a wrapper that is a program" "no C compiler, or no two Pythons"
fi

# On PATH: a wrapper is an interpreter, whatever is in its text and wherever it lies.
real=$(dirname "$base") version=$(full "$base")
answer="$real $version"
wrapper () # FILE LINE...: and then the interpreter
{
  mkdir -p "${1%/*}"
  { printf '#!/bin/sh\n'; printf '%s\n' "${@:2}"; printf 'exec "%s" "$@"\n' "$base"; } >"$1"
  chmod +x "$1"
}
for root in tool/pyenv:versions tool/asdf:installs/python tool/mise:installs/python; do
  # What would be taken instead.
  mkdir -p "${root%:*}/${root#*:}/3.99.0/bin"
  ln -s /bin/false "${root%:*}/${root#*:}/3.99.0/bin/python3"
  echo 3.99.0 >"${root%:*}/version"
done
export PYENV_VERSION=3.99.0 ASDF_PYTHON_VERSION=3.99.0 MISE_PYTHON_VERSION=3.99.0
on_path () # NAME DIR
{
  is "$1" "$(PATH=$PWD/$2:/usr/bin:/bin made e)" "$answer"
}
for text in '# not by pyenv' '# the premises of asdf and mise' 'export PYENV_ROOT=/opt/pyenv' ': exec pyenv exec' \
    'exec_pyenv=no; true exec'; do
  for dir in wrap tool/pyenv/shims tool/asdf/shims tool/mise/shims; do
    wrapper $dir/python3 "$text"
    on_path "'$text' in $dir" $dir
  done
done
shim () # ROOT LINE...
{
  mkdir -p "$1/shims"
  { printf '#!/usr/bin/env bash\n'; printf '%s\n' "${@:2}"; } >"$1/shims/python3"
  chmod +x "$1/shims/python3"
}
for root in tool/pyenv:versions tool/asdf:installs/python; do
  mkdir -p "${root%:*}/${root#*:}/1.0/bin"
  ln -s "$base" "${root%:*}/${root#*:}/1.0/bin/python3"
done
export PYENV_VERSION=1.0 ASDF_PYTHON_VERSION=1.0
shim tool/pyenv 'set -e' '[ -n "$PYENV_DEBUG" ] && set -x' 'program="${0##*/}"' 'touch ran' 'export PYENV_ROOT="/x/.pyenv"' 'exec "/x/y z/libexec/pyenv" exec "$program" "$@"'
shim tool/asdf '# asdf-plugin: python 1.0' 'touch ran' "exec /x/bin/asdf exec \"python3\" \"\$@\" # asdf_allow: ' asdf '"
for tool in pyenv asdf; do
  bin=$(cd tool/$tool && ls -d "$PWD"/versions/1.0/bin "$PWD"/installs/python/1.0/bin 2>/dev/null)
  is "the shim of $tool stands for what it would run" \
    "$(PATH=$PWD/tool/$tool/shims:/usr/bin:/bin made e) $(ls ran 2>/dev/null)" "$bin $version "
  mkdir links-$tool && ln -s ../tool/$tool/shims/python3 links-$tool/python3
  is "... by a link, too" \
    "$(PATH=$PWD/links-$tool:/usr/bin:/bin made e) $(ls ran 2>/dev/null)" "$bin $version "
done

# What it prints besides is not the interpreter's answer.
for say in 'echo Loading python/3' 'printf "no end of line"' 'printf "a=b\0c\n"' 'printf "venvb-facts=1\n"' 'seq 20000'; do
  wrapper loud/python3 "$say"
  is "a wrapper that begins with: $say" "$(made e -p loud/python3)" "$answer"
done
printf '#!/bin/sh\n"%s" "$@"\nstatus=$?\necho good bye\nexit $status\n' "$base" >loud/python3
is "a wrapper that ends with something" "$(made e -p loud/python3)" "$answer"
printf '#!/bin/sh\necho hello\n' >loud/python3
check_fails "what only prints is none" 1 "loud/python3' is not a Python interpreter" "$VENVB" -p loud/python3 bad
finish
