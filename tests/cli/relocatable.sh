#!/bin/bash
# The plugin relocatable: an environment is moved and copied, and its scripts,
# pip and the activation scripts are used there.
# shellcheck disable=SC2015,SC2016,SC2034
. "${srcdir:-.}/tests/lib.sh"
. "$srcdir/tests/cli/activate.inc"

cd "$scratch" || exit 1

venvb () { "$VENVB" --plugin=relocatable "$@"; }
# What the manual tells to do after a move, or after installing something.
again () { venvb --upgrade --without-pip -p "$1/bin/python" "$1"; }
prefix () { "$1" -c 'import sys; print(sys.prefix)'; }

# Looks up each file of each RECORD.
records_are_sound () # ENV
{
  "$1/bin/python" - <<'EOS'
import base64, hashlib, sys
from importlib import metadata
for dist in metadata.distributions(path=[p for p in sys.path if p.startswith(sys.prefix)]):
    assert dist.files
    for file in dist.files:
        data = file.locate().read_bytes()
        if file.hash is not None:
            digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b'=').decode()
            assert file.hash.value == digest and int(file.size) == len(data), file
EOS
}

# A wheel with a script of each kind.
cat >make-wheel.py <<'EOS'
import base64, hashlib, zipfile
info = 'demo-1.dist-info/'
files = {
    'demo.py': 'import sys\ndef main():\n    print(sys.prefix, *sys.argv[1:])\n',
    'demo-1.data/scripts/demo-own': '#!python\nimport demo; demo.main()\n',
    'demo-1.data/scripts/demo-other': '#!/usr/bin/env python3\nprint("other")\n',
    info + 'METADATA': 'Metadata-Version: 2.1\nName: demo\nVersion: 1\n',
    info + 'WHEEL': 'Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
    info + 'entry_points.txt': '[console_scripts]\ndemo = demo:main\n',
}
record = ''
with zipfile.ZipFile('demo-1-py3-none-any.whl', 'w') as wheel:
    for name, text in files.items():
        member = zipfile.ZipInfo(name)
        member.external_attr = 0o100755 << 16
        wheel.writestr(member, text)
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b'=')
        record += f'{name},sha256={digest.decode()},{len(text)}\n'
    wheel.writestr(info + 'RECORD', record + info + 'RECORD,,\n')
EOS
python3 make-wheel.py || exit 1

# Moving.

made=$scratch/made
if python3 -c 'import ensurepip' 2>/dev/null; then
  check "an environment with pip" venvb "$made"
  check "pyvenv.cfg tells it" grep -qx 'relocatable = true' "$made/pyvenv.cfg"
  check "RECORD is right" records_are_sound "$made"
  is "only what has to names the place" \
     "$(cd "$made" && grep -rlF "$made" . --exclude-dir=__pycache__ | LC_ALL=C sort | tr '\n' ' ')" \
     './bin/Activate.ps1 ./bin/activate ./bin/activate.csh ./bin/activate.fish ./pyvenv.cfg '
  mkdir "moved  to"
  moved="$scratch/moved  to/a place"
  mv "$made" "$moved"
  is "moved: sys.prefix" "$(prefix "$moved/bin/python")" "$moved"
  check "moved: pip" grep -qF "from $moved/lib" <("$moved/bin/pip" --version)
  check "moved: pip check" "$moved/bin/pip" check
  ln -s "$moved/bin/pip" "a pip"
  check "moved: pip by a link" grep -qF "from $moved/lib" <("./a pip" --version)
  check "moved: pip by name, in another directory" \
    env -C / "PATH=$moved/bin:$PATH" pip --version
  check "moved: pip by the shell" env -C "$moved/bin" sh pip --version

  check "pip installs a wheel" "$moved/bin/pip" install -q ./demo-1-py3-none-any.whl
  is "its script" "$("$moved/bin/demo" 'a  b')" "$moved a  b"
  cp -a "$moved" copy
  is "a copy has the new script of the original" "$(copy/bin/demo)" "$moved"
  check "the copy is repaired" again copy
  check "moved: repaired" again "$moved"
  second="$scratch/second place"
  mv "$moved" "$second"
  for env in "$scratch/copy" "$second"; do
    for script in demo demo-own; do
      is "${env##*/}: its script $script" "$("$env/bin/$script" x)" "$env x"
    done
    check "${env##*/}: pip" grep -qF "from $env/lib" <("$env/bin/pip" --version)
    check "${env##*/}: RECORD is right" records_are_sound "$env"
    is "${env##*/}: a script for another interpreter stays" \
       "$(head -n 1 "$env/bin/demo-other")" '#!/usr/bin/env python3'
  done
  cp copy/bin/demo before
  check "once more" again copy
  check "nothing changes" cmp before copy/bin/demo
  check "pip uninstall" "$second/bin/pip" uninstall -qy demo
  is "takes the scripts away" "$(cd "$second/bin" && echo demo*)" 'demo*'

  # What was made without the plugin, and moved afterwards.
  "$VENVB" fixed >/dev/null
  is "without the plugin" "$(grep -l 'pyvenv.cfg\|_virtual_env_file' fixed/bin/activate*)$(
     grep relocatable fixed/pyvenv.cfg)$(grep -l dirname fixed/bin/pip*)" ''
  mv fixed "fixed later"
  is "without the plugin, moved" "$("fixed later/bin/pip" --version 2>/dev/null || echo fails)" fails
  check "repaired" venvb --without-pip -p "fixed later/bin/python" "fixed later"
  check "repaired: pip" grep -qF "from $scratch/fixed later/lib" <("fixed later/bin/pip" --version)
  check "repaired: RECORD is right" records_are_sound "fixed later"
else
  skip "an environment with pip" "no ensurepip"
fi

# Scripts of all kinds.

check "an environment without pip" venvb --without-pip kinds
script () # NAME FIRST-LINES...
{
  printf '%s\n' "${@:2}" >"kinds/bin/$1"
  printf 'import sys\nprint(sys.prefix, sys.flags.isolated, "\xe9", *sys.argv[1:])\n' >>"kinds/bin/$1"
  chmod 755 "kinds/bin/$1"
}
script plain "#!$scratch/kinds/bin/python" '# -*- coding: latin-1 -*-'
script blanks "#! $scratch/kinds/bin/python  -I " '# vim: set fileencoding=latin-1 :'
script long '#!/bin/sh' "'''exec' \"$scratch/kinds/bin/python\" \"\$0\" \"\$@\"" "' '''"
script long-args '#!/bin/sh' "'''exec' $scratch/kinds/bin/python -I \"\$0\" \"\$@\"" "' '''"
sed -i 's/"\xe9"/"\xc3\xa9"/' kinds/bin/long kinds/bin/long-args
script pip-blanks "#!$scratch/old place/bin/python"
sed -i 's/"\xe9"/"\xc3\xa9"/' kinds/bin/pip-blanks
script special "#!$scratch/kinds/bin/python -W'x"
script foreign "#!$scratch/elsewhere/bin/python"
script absent "#!$scratch/kinds/bin/ruby"
printf '#!/bin/sh\necho "$0"\n' >kinds/bin/shell
printf 'no script' >kinds/bin/text
printf '#!' >kinds/bin/short
printf '\0#!' >kinds/bin/binary
ln -s plain kinds/bin/link
chmod 700 kinds/bin/long
cp -a kinds/bin before.bin
# What is listed as installed may have come from elsewhere.
site=$(echo kinds/lib/python3*/site-packages)
mkdir "$site/x-1.dist-info"
printf '../../../bin/%s,sha256=x,1\r\n' pip-blanks special >"$site/x-1.dist-info/RECORD"
printf '"../../../bin/absent",,\n../../../bin/shell,,\nx,,' >>"$site/x-1.dist-info/RECORD"
venvb --without-pip kinds >out 2>&1
is "a warning for what can't be rewritten" "$(cat out)" \
   "venvb: relocatable: '$scratch/kinds/bin/special' can't be moved: its first line is too special"
is "what changes" "$(diff -rq before.bin kinds/bin | grep -v activate | sed 's/.* \(.*\) differ/\1/' | sort | tr '\n' ' ')" \
   'kinds/bin/blanks kinds/bin/link kinds/bin/long kinds/bin/long-args kinds/bin/pip-blanks kinds/bin/plain '
is "its rows" "$(tr '\r' R <"$site/x-1.dist-info/RECORD")" "../../../bin/pip-blanks,sha256=$(
  python3 -c 'import base64, hashlib, sys
print(base64.urlsafe_b64encode(hashlib.sha256(open(sys.argv[1], "rb").read()).digest()).decode().rstrip("="), end=",")
' kinds/bin/pip-blanks)$(stat -c %s kinds/bin/pip-blanks)R
../../../bin/special,sha256=x,1R
\"../../../bin/absent\",,
../../../bin/shell,,
x,,"
is "the mode stays" "$(stat -c %a kinds/bin/long kinds/bin/plain | tr '\n' ' ')" '700 755 '
is "a link stays" "$(readlink kinds/bin/link)" plain
mkdir new
mv kinds 'new/k'
for name in plain link blanks long long-args pip-blanks; do
  case $name in blanks | *args) isolated=1 ;; *) isolated=0 ;; esac
  is "a script: $name" "$(PYTHONIOENCODING=utf-8 "new/k/bin/$name" 'a b' 2>&1)" "$scratch/new/k $isolated é a b"
done
if command -v busybox >/dev/null; then
  mkdir bb
  for tool in sh dirname realpath; do ln -s "$(command -v busybox)" "bb/$tool"; done
  is "a script with busybox" "$(PYTHONIOENCODING=utf-8 PATH=$scratch/bb sh new/k/bin/plain 2>&1)" "$scratch/new/k 0 é"
  rm bb/realpath
  is "a script without realpath" "$(PYTHONIOENCODING=utf-8 PATH=$scratch/bb sh new/k/bin/plain 2>&1)" "$scratch/new/k 0 é"
fi

# Activation: in each shell, by each name that leads to the script, in each
# place.

export T_MADE=$scratch/envs/made
check "an environment to be moved" venvb --plugin=env-vars,T_VARIABLE=set --prompt=p --without-pip "$T_MADE"
cat >"$scratch/look" <<'EOS'
#!/bin/sh
# Prints what activation has set.
printf '%s|' "$VIRTUAL_ENV" "$T_VARIABLE" "$VIRTUAL_ENV_PROMPT" "${PATH%%:/*}"
EOS
chmod +x "$scratch/look"
export LOOK=$scratch/look
mkdir "$scratch/links"

# How each language activates what lies in $T_DIR, by each of its names.
tell () # LANGUAGE
{
  case $1 in
  posix)
    printf '%s\n' '. "$T_DIR/bin/activate"; "$LOOK"' '. "$T_LINK/bin/activate"; "$LOOK"' \
           '. "$T_LINKED/activate"; "$LOOK"' 'cd "$T_DIR"' '. bin/activate; "$LOOK"' \
           '. ./bin/activate; "$LOOK"' 'cd bin' '(. ./activate; "$LOOK")' 'deactivate' ;;
  fish)
    printf '%s\n' 'source $T_DIR/bin/activate.fish; $LOOK' 'source $T_LINK/bin/activate.fish; $LOOK' \
           'source $T_LINKED/activate.fish; $LOOK' 'cd $T_DIR' 'source bin/activate.fish; $LOOK' \
           '. ./bin/activate.fish; $LOOK' 'cd bin' '. activate.fish; $LOOK' deactivate ;;
  csh)
    printf '%s\n' 'source $T_DIR:q/bin/activate.csh; $LOOK' 'source $T_LINK:q/bin/activate.csh; $LOOK' \
           'source $T_LINKED:q/activate.csh; $LOOK' 'cd $T_DIR:q' 'source bin/activate.csh; $LOOK' \
           'source ./bin/activate.csh; $LOOK' 'cd bin' 'source activate.csh; $LOOK' deactivate ;;
  pwsh)
    printf '%s\n' '. "$env:T_DIR/bin/Activate.ps1"; & $env:LOOK' '. "$env:T_DIR/bin/Activate.ps1"; & $env:LOOK' \
           '. "$env:T_DIR/bin/Activate.ps1"; & $env:LOOK' 'Set-Location -LiteralPath $env:T_DIR' \
           '. bin/Activate.ps1; & $env:LOOK' '. ./bin/Activate.ps1; & $env:LOOK' \
           'Set-Location bin' '. ./Activate.ps1; & $env:LOOK' deactivate ;;
  esac
}

# The shells that ask where they are get the name that they were told; others
# the real one.
activates () # LANGUAGE SHELL...
{
  local language=$1 text at link failed=0; shift
  at=$T_MADE
  # Not all can tell a place with control characters in its name.
  case $language$* in csh* | *emulate*) local texts=("${texts[@]/*[[:cntrl:]]*/x}") ;; esac
  tell "$language" >steps.ps1
  for text in 'plain' "${texts[@]}"; do
    export T_DIR="$scratch/envs/$text" T_LINK=$scratch/links/env T_LINKED=$scratch/links/scripts
    mv "$at" "$T_DIR"
    at=$T_DIR
    ln -sfn "$T_DIR" "$T_LINK"
    mkdir -p "$T_LINKED"
    ln -sf "$T_DIR"/bin/activate* "$T_LINKED"
    link=$T_LINK
    case $language$* in fish* | csh* | posixdash* | posixmksh* | *busybox*) link=$T_DIR ;; esac
    [ "$language" = pwsh ] && link=$T_DIR
    for _ in "$T_DIR" "$link" "$T_DIR" "$T_DIR" "$T_DIR" "$T_DIR"; do
      printf '%s|set|p|%s/bin|' "$_" "$_"
    done >expected
    "$@" steps.ps1 >got 2>err || failed=1
    cmp expected got && [ ! -s err ] || { failed=1; echo "at: $T_DIR"; cat got err; }
  done
  mv "$at" "$T_MADE"
  return $failed
}

texts=('two  spaces ' "$nasty_text" $'\nnew\nline' '-dash' '(){}[]*?~#<>|&=^@,+' $'tab\tesc\e[31m')
for shell in bash 'bash --posix' dash 'zsh -f' 'zsh --emulate sh' ksh93 mksh 'busybox sh'; do
  # shellcheck disable=SC2086
  if ! command -v ${shell%% *} >/dev/null; then
    skip "$shell" 'not installed'
  elif [ ! -e /proc/self/fd ] && [[ $shell =~ ^(dash|mksh|busybox) ]]; then
    skip "$shell" 'no /proc'
  else
    check "$shell: finds the environment" activates posix $shell -eu
  fi
done
if command -v fish >/dev/null; then
  check "fish: finds the environment" activates fish fish --no-config
else
  skip fish 'not installed'
fi
tested=
for shell in tcsh bsd-csh csh; do
  command -v "$shell" >/dev/null || { skip "$shell" 'not installed'; continue; }
  [ -e /proc/self/fd ] || { skip "$shell" 'no /proc'; continue; }
  file=$(readlink -f "$(command -v "$shell")")
  case $tested in *" $file "*) skip "$shell" "is $file"; continue ;; esac
  tested="$tested $file "
  check "$shell: finds the environment" activates csh "$shell" -f
done
is "Activate.ps1 finds it without the plugin, too" \
   "$("$VENVB" --prompt=p --plugin=env-vars,T_VARIABLE=set --without-pip unaided &&
      sed "s|$PWD/unaided|$T_MADE|" unaided/bin/Activate.ps1 | diff - "$T_MADE/bin/Activate.ps1")" ''
if command -v pwsh >/dev/null; then
  # It can't enter a directory with a backslash in its name.
  texts=("${nasty_text//\\}")
  check "pwsh: finds the environment" activates pwsh pwsh -NoProfile -File
else
  skip pwsh 'not installed'
fi

# Where nobody knows, it is where it was made.
for shell in bash dash zsh mksh; do
  command -v "$shell" >/dev/null || { skip "$shell: from a string" 'not installed'; continue; }
  is "$shell: from a string" \
     "$("$shell" -euc 'eval "$(cat "$1")"; printf %s "$VIRTUAL_ENV"' x "$T_MADE/bin/activate")" "$T_MADE"
done

mv "$T_MADE" "$scratch/envs/away"
for shell in bash dash zsh mksh; do
  command -v "$shell" >/dev/null || { skip "$shell: from a string, moved" 'not installed'; continue; }
  is "$shell: from a string, moved" \
     "$("$shell" -euc 'eval "$(cat "$1")"; printf %s "$VIRTUAL_ENV"' x "$scratch/envs/away/bin/activate" 2>&1)" \
     "activate: the environment is not in $T_MADE any more
$T_MADE"
done
mv "$scratch/envs/away" "$T_MADE"
if command -v tcsh >/dev/null && [ -e /proc/self/fd ]; then
  mkdir newline
  mv "$T_MADE" $'newline/new\nline'
  is "tcsh: line breaks" "$(T_DIR=$'newline/new\nline' tcsh -fc 'source $T_DIR:q/bin/activate.csh')" \
     "activate.csh: the environment is not in $T_MADE any more"
  mv $'newline/new\nline' "$T_MADE"
else
  skip "tcsh: line breaks" 'not installed, or no /proc'
fi

# Names that are left behind, and things that get in the way.
prelude='
same () { [ "$2" = "$3" ] || { printf "%s: <%s>, not <%s>\n" "$@"; exit 1; }; }
'
scenario in-the-way <<'EOS'
cd () { echo 'cd was called'; }
pwd () { echo 'pwd was called'; }
chpwd () { echo 'chpwd was called'; }
alias cd='echo aliased'
CDPATH=$T_DIR:/tmp
IFS=/._Tx
set -C
same before "$(set | grep -c '^_virtual\|^_OLD')" 0
. "$T_DIR/bin/activate"
same VIRTUAL_ENV "$VIRTUAL_ENV" "$T_DIR"
deactivate
same after "$(set | grep '^_virtual\|^_OLD\|^_VIRT')" ""
EOS
export T_DIR=$scratch/envs/elsewhere
mv "$T_MADE" "$T_DIR"
for shell in bash dash 'zsh -f' ksh93 mksh 'busybox sh'; do
  # shellcheck disable=SC2086
  if command -v ${shell%% *} >/dev/null; then play in-the-way $shell -u; else skip "$shell" 'not installed'; fi
done

check_fails "an option" 2 "plugin 'relocatable': unknown option 'x' \(it has no options\)" \
  "$VENVB" --plugin=relocatable,x=1 refused

not_run 'no text was run'
finish
