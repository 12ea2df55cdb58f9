# shellcheck shell=bash
# No environment takes the place of a Python: neither of one that is installed
# in the directory, nor of the one that it is being made of.
. "${srcdir:-.}/tests/lib.sh"

find_base
use_only_base
real=$(realpath "$base")
series=python$("$base" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
stdlib=$("$base" -c 'import os; print(os.path.dirname(os.path.abspath(os.__file__)))')

mk () { "$VENVB" --without-pip "$@"; }
# What Python compiles is its own affair.
full () { tree_of "$1" but=__pycache__; }
make_installation () # DIR
{
  mkdir -p "$1/bin" "$1/lib/$series/"{site-packages,__pycache__}
  cp "$real" "$1/bin/$series" && ln -s "$series" "$1/bin/python3"
  find "$stdlib" -mindepth 1 -maxdepth 1 ! -name '*-packages' ! -name __pycache__ \
    -exec ln -s -t "$1/lib/$series" {} +
}
prefix_of () { "$1" -c 'import sys; print(sys.prefix)'; }
refused () # NAME PATTERN DIR COMMAND...: DIR is as it was
{
  local name=$1 pattern=$2 dir=$3 before; shift 3
  before=$(full "$dir")
  check_fails "$name" 1 "^venvb: refusing to $pattern" "$@"
  is '... and all is as it was' "$(full "$dir")" "$before"
}
in_dir () (cd "$1" && shift && "$@")

make_installation bp
[ "$(prefix_of bp/bin/python3)" = "$scratch/bp" ] || skip_all "a copy of $base does not work"
ln -s . alias; ln -s bp linked
is_one="create an environment in '.*': it is a Python installation, as 'lib/$series/os.py' in it tells; choose another directory\$"

# An installation, whoever the base is.

refused 'its own installation' "$is_one" bp mk -p bp/bin/python3 bp
refused 'another installation' "$is_one" bp mk bp
refused '... with a slash' "$is_one" bp mk bp/
refused '... from inside of it' "$is_one" bp in_dir bp "$VENVB" --without-pip .
refused '... by way of a link' "$is_one" bp mk alias/bp
refused '... with --copies' "$is_one" bp mk --copies -p bp/bin/python3 bp
refused '... with --upgrade' "$is_one" bp mk --upgrade bp
refused '... with --clear' "$is_one" bp mk --clear bp
refused '... with --clear and --force' "$is_one" bp mk --clear --force -p bp/bin/python3 bp
refused '... with --keep-failed' "$is_one" bp mk --keep-failed bp
check_fails '... that a link names' 1 'linked' mk linked
is '... which all works still' "$(prefix_of bp/bin/python3)" "$scratch/bp"
refused 'where its interpreters lie' "create .*bin': it is where a Python interpreter lies, as '$series' in it tells" bp mk bp/bin
check 'a directory below it' mk -p bp/bin/python3 bp/env
check '... works' works bp/env
is '... the base, too' "$(prefix_of bp/bin/python3)" "$scratch/bp"
rm -r bp/env

# What tells one.

while read -r mark what; do
  rm -rf marked; mkdir -p "marked/$(dirname "$mark")"; echo >"marked/$mark"; echo mine >marked/file
  refused "$mark" "create .*: it is $what, as '$mark' in it tells" marked mk marked
  refused '... with --clear' "create .*: it is $what, as '$mark' in it tells" marked mk --clear --force marked
done <<'END'
lib/python2.7/os.py a Python installation
lib64/python3.13t/os.py a Python installation
lib/python3.12/os.pyc a Python installation
lib/python311.zip a Python installation
lib/python313t.zip a Python installation
lib/pypy3.9/os.py a Python installation
lib-python/3/os.py a Python installation
lib-python/2.7/os.py a Python installation
lib/graalpy24.1/os.py a Python installation
pybuilddir.txt where a Python was built
END
rm -rf marked; mkdir -p marked/libs/python3.11; touch marked/libs/python3.11/os.py; ln -s libs marked/lib
refused 'lib that is a link' "create .*: it is a Python installation" marked mk marked

while read -r file; do
  rm -rf marked; mkdir -p "marked/$(dirname "$file")"; echo >"marked/$file"
  check "none is told by $file" mk marked
  check '... which stays' [ -e "marked/$file" ]
  check '... works' works marked
done <<'END'
Lib/os.py
src/lib/python3.11/os.py
lib/package/os.py
lib/python3/dist-packages/x.py
lib/python3.11-embed.zip
lib/python3.11/LICENSE.txt
library
python3.11
lib-python/notes/os.py
END

rm -rf marked; mkdir marked; printf '#!/bin/sh\nexec docker run python python3 "$@"\n' >marked/python3; chmod +x marked/python3
check 'none is told by a script that runs one elsewhere' mk marked
check '... works' works marked
rm -rf marked; mkdir -p marked/lib/python3.5; touch marked/lib/python3.5/{os.py,orig-prefix.txt}
check 'an environment of an old virtualenv' mk marked
check '... works' works marked
rm -rf marked; mk marked; mkdir -p marked/lib-python/3; touch marked/lib-python/3/os.py
check 'an environment that has its own library' mk marked
check '... with --clear' mk --clear marked
check '... works' works marked

# The base.

mkdir -p outer/tools; make_installation outer/tools/python; ln -s outer/tools/python/bin/python3 by-link
mkdir towards; ln -s ../outer/tools/python towards/python
lost="clear '.*/outer': its base Python '.*' would be lost"
refused '--clear of what holds the base' "$lost" outer mk --clear -p outer/tools/python/bin/python3 outer
refused '... with --force' "$lost" outer mk --clear --force -p outer/tools/python/bin/python3 outer
refused '... by way of a link' "$lost" outer mk --clear -p ./by-link outer
refused '... which has another name' "clear '.*/alias/outer': its base" outer mk --clear -p ./by-link alias/outer
refused '... by way of a link to a directory' "$lost" outer mk --clear -p towards/python/bin/python3 outer
check 'without --clear it is no matter' mk -p outer/tools/python/bin/python3 outer
check '... works' works outer
is '... the base, too' "$(prefix_of outer/tools/python/bin/python3)" "$scratch/outer/tools/python"
refused '--clear of an environment that holds its base' "$lost" outer mk --clear -p outer/bin/python outer
check '--clear of one that holds another Python' mk --clear outer
check '... removes it' [ ! -e outer/tools ]

mkdir hop; ln -s "$base" hop/python3; ln -s "$(dirname "$base")" hop/programs; echo mine >hop/file
ln -s ../hop/python3 towards/python3; ln -s ../hop/programs towards/programs
refused '--clear of a link on the way to the base' "clear '.*/hop': its base" hop mk --clear -p towards/python3 hop
refused '... to a directory' "clear '.*/hop': its base" hop mk --clear -p "towards/programs/$(basename "$base")" hop

mk env; rm env/pyvenv.cfg
taken="create an environment in '.*/env': its base Python '.*/env/bin/python3?' would be lost; .* --python\$"
refused 'an active environment without a pyvenv.cfg' "$taken" env env PATH="$scratch/env/bin:$PATH" "$VENVB" --without-pip env
refused '... of copies' "$taken" env mk --copies -p env/bin/python env
refused '... with --clear' "clear '.*/env': its base" env mk --clear -p env/bin/python env
check '... of another Python' mk env
check '... works' works env
mkdir -p lone/python; cp "$real" lone/python/snake
if lone/python/snake -c 'import os' 2>/dev/null; then
  refused 'an interpreter that would obey the pyvenv.cfg' "create .*/lone': its base" lone mk -p lone/python/snake lone
  refused '... beside it' "create .*/python': its base" lone mk -p lone/python/snake lone/python
else
  skip 'an interpreter that would obey the pyvenv.cfg' 'a copy does not find its library'
fi

# A killed run has moved a part of an environment away, and left what looks like
# an installation.

mk env; mkdir -p env/lib-{a..l}/python3.11; for dir in env/lib-?; do touch "$dir/python3.11/os.py"; done
"$builddir/tests/signal-at" 9 one 1 result true 2>/dev/null
if [ $? -ne 77 ] && [ -e result ]; then
  : >out
  for n in {1..30}; do
    "$builddir/tests/signal-at" 9 one "$n" result "$VENVB" --without-pip --clear env >/dev/null 2>&1
    grep -q ended result && break
    [ -e env/pyvenv.cfg ] || ls -d env/lib-?/python3.11 >>half 2>/dev/null
    mk env >out 2>&1 || break
  done
  is 'after a run that was killed at any moment the next one recovers it' "$(grep -v 'was interrupted: what it had changed was taken back$' out)" ''
  if [ -s half ]; then
    check '... also where no pyvenv.cfg was left' [ -s half ]
  else
    skip '... also where no pyvenv.cfg was left' 'the file system lists a directory in another order'
  fi
  check '... works' works env
else
  skip 'after a run that was killed' 'no signal-at here'
fi

# What is not there is not looked at.

if command -v strace >/dev/null && strace -o /dev/null true 2>/dev/null; then
  strace -f -o trace "$VENVB" --without-pip new
  check 'a new directory costs nothing' sh -c 'grep -q pyvenv.cfg trace && ! grep -E "(stat|access).*\"pyvenv.cfg\"" trace'
else
  skip 'a new directory costs nothing' 'no strace'
fi

finish
