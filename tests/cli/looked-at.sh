# shellcheck shell=bash
# What lies in a directory does not run because venvb looks at it, or works in it:
# each thing that is planted here leaves a mark when it runs.
. "${srcdir:-.}/tests/lib.sh"

umask 022
find_base real
use_only_base
series=$("$base" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
mark=$scratch/ran
mk () { timeout -k 5 60 "$VENVB" "$@"; }
quiet () { "$@" >out 2>&1; }
ran () { [ ! -e "$mark" ] || { cat "$mark"; rm -f "$mark"; }; }
plant () # FILE: a program that marks and is the interpreter otherwise
{
  mkdir -p "$(dirname "$1")"; rm -f "$1"
  # shellcheck disable=SC2016
  printf '#!/bin/sh\necho "%s" >>%s\nexec %s "$@"\n' "$(basename "$1")" "$mark" "$base" >"$1"
  chmod 755 "$1"
}
names () # DIR EXECUTABLE [HOME]: what pyvenv.cfg says of its base
{
  sed -i '/^executable = /d; /^home = /d' "$1/pyvenv.cfg"
  [ -z "$2" ] || echo "executable = $2" >>"$1/pyvenv.cfg"
  echo "home = ${3-$(dirname "$2")}" >>"$1/pyvenv.cfg"
}
again () { rm -rf env; quiet mk --without-pip env; }
untouched () # NAME PATTERN COMMAND...
{
  local name=$1 before; shift
  before=$(tree_of env)
  check_fails "$name" 1 "$@"
  is '... did not run' "$(ran)" ''
  is '... nothing is changed' "$(tree_of env)" "$before"
}

# The base that only pyvenv.cfg names.

again
plant env/own/bin/python3; names env "$scratch/env/own/bin/python3"
untouched '--upgrade: an interpreter in the environment' "^venvb: .*its base Python '$scratch/env/own/bin/python3' is not run, since only the environment names it: it lies in the environment; name one with -p$" mk --upgrade --without-pip env
names env '' "$scratch/env/own/bin"; plant "env/own/bin/python$series"
untouched '--upgrade: a home in the environment' 'it lies in the environment; name one with -p$' mk --upgrade --without-pip env
touch env/own/pybuilddir.txt; plant env/own/python; names env '' "$scratch/env/own"
untouched '--upgrade: a build tree in the environment' 'it lies in the environment; name one with -p$' mk --upgrade --without-pip env
again
plant near/python3; names env near/python3
untouched '--upgrade: a relative path' "'near/python3' is not run, .*: the path is relative; name one with -p$" mk --upgrade --without-pip env
chmod 777 near; names env "$scratch/near/python3"
untouched '--upgrade: a directory that everybody may write to' "'$scratch/near' is not to be trusted: everybody may write to it; name one with -p$" mk --upgrade --without-pip env
ln -s "$scratch/near" through; names env "$scratch/through/python3"
untouched '--upgrade: the same by a link' "is not to be trusted: everybody may write to it; name one with -p$" mk --upgrade --without-pip env
plant env/bin/evil; ln -s "$scratch/env/bin/evil" back3; mkdir -p back; mv back3 back/python3; names env "$scratch/back/python3"
untouched '--upgrade: a link back into the environment' 'it lies in the environment; name one with -p$' mk --upgrade --without-pip env
plant fine/rm; names env "$scratch/fine/rm"
untouched '--upgrade: a program that is no interpreter' 'it is not called as an interpreter is; name one with -p$' mk --upgrade --without-pip env
check '--upgrade -p: what the user names runs, whoever may write there' mk --upgrade --without-pip -p near/python3 env
is '... it ran' "$(ran | sort -u)" python3
names env "$scratch/near/python3"
PATH=$scratch/near:$PATH check '--upgrade: so does what lies on PATH' mk --upgrade --without-pip env
rm -f "$mark"
again
plant fine/python3; names env "$scratch/fine/python3"
check '--upgrade: one that nobody else could have put there' mk --upgrade --without-pip env
is '... it ran' "$(ran | sort -u)" python3

# --check: neither the environment's interpreter, nor what that would load.

again
check '--check: as it should be' mk --check env
plant env/bin/evil; ln -sf evil env/bin/python
untouched_check () # NAME PATTERN
{
  local before; before=$(tree_of env)
  mk --check env >out 2>&1
  is "$1" "$? $(grep -cE "$2" out)" '1 1' || tap_diag "$(cat out)"
  is '... did not run' "$(ran)" ''
  is '... nothing is changed' "$(tree_of env)" "$before"
}
untouched_check '--check: another program in place of the interpreter' "'.*/env/bin/python' was not run: it is neither a link to its base Python '.*' nor a copy of it"
rm env/bin/python; cp env/bin/evil env/bin/python
untouched_check '--check: the same as a file' 'was not run: it is neither'
ln -sf ../../near/python3 env/bin/python; chmod 777 near
untouched_check '--check: a link to what others may have put there' "'.*/near/python3' is not run, .*everybody may write to it; name one with -p"
mk --check -p "$scratch/near/python3" env >out 2>&1
is '--check -p: what the user names is asked' "$(ran)" python3
ln -s "$scratch/env" other; ln -sf "$scratch/other/bin/deep/python3" env/bin/python; mkdir env/bin/deep; ln -s "$base" env/bin/deep/python3
names env "$scratch/env/bin/deep/python3"
check '--check: links under other names of the environment' mk --check env
rm -r env/bin/deep
again
mkdir -p "env/stolen/lib/python$series/encodings"
echo "open('$mark', 'a').write('encodings')" >"env/stolen/lib/python$series/encodings/__init__.py"
cp "env/stolen/lib/python$series/encodings/__init__.py" "env/stolen/lib/python$series/os.py"
names env '' "$scratch/env/stolen/bin"
mk --check env >out 2>&1
is '--check: a standard library in the environment does not run' "$(ran)" ''
rm -rf env; quiet mk --without-pip --copies env
check '--check: a copy' mk --check env
printf x >>env/bin/python3; cp env/bin/python3 env/bin/python
untouched_check '--check: a copy that was edited' 'was not run: it is neither'
for name in pth:env-look.pth py:sitecustomize.py; do
  again; site=$(echo env/lib/python*/site-packages)
  echo "import sys; open('$mark', 'a').write('${name#*:}')" >"$site/${name#*:}"
  check "--check: ${name#*:}" mk --check env
  is '... did not run' "$(ran)" ''
done

# PATH: the environment's bin, the current directory, relative directories.

again
hooks=$scratch/hooks
for stage in before-setup_python setup_python post_setup; do
  mkdir -p "$hooks/$stage.d"
  # shellcheck disable=SC2016
  printf '#!/bin/sh\nprintf "%%s " %s "$(command -v planted)" "$(command -v python)" >>%s/hooks.log\n' "$stage" "$scratch" >"$hooks/$stage.d/log"
  chmod 755 "$hooks/$stage.d/log"
done
plant env/bin/planted; plant env/bin/python; plant env/planted
check 'hooks' mk --without-pip --plugin="run-hooks,dir=$hooks" env
is '... find bin on PATH when it is filled' "$(sed "s,$scratch/,,g" hooks.log)" \
  'before-setup_python   setup_python env/bin/planted env/bin/python post_setup env/bin/planted env/bin/python '
is '... nothing else ran' "$(ran)" ''
mkdir cwd; plant cwd/python3; plant cwd/python; plant cwd/below/python3; plant "cwd/python$series"
for path in ":$PATH" "$PATH:" "/nonexistent::$PATH" ".:$PATH" "below:$PATH" ''; do
  rm -rf new hooks.log; mkdir new
  plant new/planted
  (cd cwd && timeout 60 env PATH="$path" "$VENVB" --without-pip --plugin="run-hooks,dir=$hooks" ../new >../out 2>&1; timeout 60 env PATH="$path" "$VENVB" -p "$series" --without-pip ../new2 >../out2 2>&1)
  is "PATH '${path//$PATH/...}': what is in the current directory does not run" "$(ran)" ''
  is '... nor is what is in ENV_DIR on the PATH of programs' "$(grep -c planted hooks.log)" 0
  rm -rf new2
done
if command -v uv >/dev/null; then uv=$(command -v uv); else uv=$base; fi
mkdir -p cwd/tool; ln -s "$uv" cwd/uv
(cd cwd && timeout 60 env PATH=:/usr/bin:/bin "$VENVB" --without-pip --plugin=requirements,package=x,installer=uv ../new3 >../out 2>&1)
is 'uv is not taken from the current directory' "$? $(grep -c "there is no program" out)" "2 1" || tap_diag "$(cat out)"
mkdir -p tree/.bzr/checkout tree/env; plant tree/env/brz; plant cwd/brz
(cd cwd && timeout 60 env PATH=:/nonexistent "$VENVB" -p "$base" --without-pip --plugin=bzr-ignore ../tree/env >../out 2>&1)
is 'a program of a plugin is not taken from ENV_DIR' "$? $(ran)" '0 ' || tap_diag "$(cat out)"

# Seeding: modules in ENV_DIR and in the current directory, and in site-packages.

module () # FILE: one that marks
{
  mkdir -p "$(dirname "$1")"
  echo "open('$mark', 'a').write('$(basename "$1")')" >"$1"
}
modules='ensurepip.py pip.py runpy.py sitecustomize.py usercustomize.py zipfile.py os.py subprocess.py'
if "$base" -c 'import ensurepip' 2>/dev/null; then
  mkdir -p "wheels"; make_wheel wheels demo 1.0
  for how in --no-plugin=pip --no-plugin=pip\ --upgrade-deps; do
    rm -rf new; mkdir -p new here
    for name in $modules; do module "new/$name"; module "here/$name"; done
    # shellcheck disable=SC2086
    (cd here && PYTHONPATH=. PIP_FIND_LINKS=$scratch/wheels mk $how ../new >../out 2>&1)
    is "$how: modules in ENV_DIR and in the current directory do not run" "$(ran)" '' || tap_diag "$(cat out)"
    check '... pip is there' env -C / "$scratch/new/bin/python" -Im pip --version
  done
else
  skip 'ensurepip' 'the base has none'
fi
rm -rf new; quiet mk --without-pip new; site=$(echo new/lib*/python*/site-packages)
module "$site/sitecustomize.py"; module "$site/runs.py"; echo 'import runs' >"$site/runs.pth"
mk -v new >out 2>&1
if grep -q 'left to ensurepip' out; then
  skip 'native seeding' 'there is no wheel of pip'
else
  is 'pip into an environment that is there: nothing in site-packages runs' "$(ran)" ''
  mk new >out 2>&1
  is '... nor the next time' "$(ran)" ''
fi

finish
