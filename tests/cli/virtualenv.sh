# shellcheck shell=bash
# The creator and the seeder of virtualenv that have venvb make the environment: chosen by a
# variable or a file, and never because they are installed.

# shellcheck source=tests/lib.sh
. "${srcdir:-.}/tests/lib.sh"

virtualenv=$(PATH=${TEST_ENV_TOOLS:+$TEST_ENV_TOOLS:}$PATH command -v virtualenv) || skip_all "there is no virtualenv"
read -r first <"$virtualenv"
python=${first#\#!}
[ -x "$python" ] || skip_all "'$virtualenv' is no script of a Python"
"$python" -c 'import virtualenv.create.via_global_ref.venv as v, virtualenv.seed.wheels.embed as e
v.Venv, e.get_embed_wheel' 2>/dev/null || skip_all "this virtualenv is too old"

# As it is installed.
mkdir -p site/virtualenv_venvb-0.1.0.dist-info bin config/venvb
cp "$srcdir/bindings/virtualenv/virtualenv_venvb.py" site/
printf 'Metadata-Version: 2.1\nName: virtualenv-venvb\nVersion: 0.1.0\n' >site/virtualenv_venvb-0.1.0.dist-info/METADATA
"$python" - "$srcdir/bindings/virtualenv/pyproject.toml" >site/virtualenv_venvb-0.1.0.dist-info/entry_points.txt <<'END'
import re, sys
for line in open(sys.argv[1]):
    group = re.match(r'\[project\.entry-points\."(.*)"\]', line)
    if group:
        print('[%s]' % group.group(1))
    elif re.match(r'venvb = "', line):
        print(line.strip().replace('"', ''))
END
ln -s "$VENVB" bin/venvb
printf '[venvb]\nplugin = audit-log\n[plugin audit-log]\nfile = %s\n' "$scratch/log" >config/venvb/venvb.conf
export PATH=$scratch/bin:$PATH PYTHONDONTWRITEBYTECODE=1 VIRTUALENV_APP_DATA=$scratch/app
run () { PYTHONPATH=$scratch/site "$python" -m virtualenv --no-periodic-update "$@"; }
touch log
made () { grep -c '"event": "created"' log; }
key () { sed -n "s/^$2 = //p" "$1/pyvenv.cfg"; } # DIR KEY

check "installed, and not chosen" run plain
is "virtualenv makes it" "$(made)" 0

check "chosen by a variable, both" env VIRTUALENV_CREATOR=venvb VIRTUALENV_SEEDER=venvb PYTHONPATH="$scratch/site" \
  "$python" -m virtualenv --no-periodic-update both
is "venvb has made it, once, with what its configuration says" "$(made)" 1
check "it works" works both
check "pip, too" both/bin/pip --version
is "it is the pip of virtualenv" "$(both/bin/pip --version | cut -d' ' -f2)" "$(plain/bin/pip --version | cut -d' ' -f2)"
is "pyvenv.cfg is virtualenv's" "$(key both version_info)" "$(key plain version_info)"
check "the scripts are its, too" test -e both/bin/activate_this.py
check "--check" "$VENVB" --check both

printf '[virtualenv]\ncreator = venvb\nseeder = venvb\n' >virtualenv.ini
check "a file" env VIRTUALENV_CONFIG_FILE="$scratch/virtualenv.ini" PYTHONPATH="$scratch/site" \
  "$python" -m virtualenv --no-periodic-update file
is "venvb has made it" "$(made)" 2

check "the creator alone" run --creator=venvb one
is "venvb has made it" "$(made)" 3
check "pip is virtualenv's" one/bin/pip --version
check "no pip" run --creator=venvb --seeder=venvb --no-pip none
check "no pip is there" test ! -e none/bin/pip
check "no seed" run --creator=venvb --seeder=venvb --no-seed bare
check "no pip is there" test ! -e bare/bin/pip
check "copies, a prompt, system site-packages" run --creator=venvb --copies --prompt 'a b' --system-site-packages more
check "a copy" test -f more/bin/python -a ! -L more/bin/python
is "the prompt" "$(key more prompt)" '"a b"'
is "the packages" "$(key more include-system-site-packages)" true

before=$(made)
check "the default, by a variable that means nothing elsewhere" env VENVB_VIRTUALENV=yes PYTHONPATH="$scratch/site" \
  "$python" -m virtualenv --no-periodic-update default
is "venvb has made it" "$(made)" $((before + 1))
check "without the package the variable stops nothing" env VENVB_VIRTUALENV=yes "$python" -m virtualenv --no-periodic-update elsewhere
is "virtualenv makes it" "$(made)" $((before + 1))

# What can't be.

fails () # NAME PATTERN ARG...
{
  local name=$1 pattern=$2; shift 2
  ! run "$@" >out 2>&1 && grep -q "$pattern" out
  tap_result $? "$name" || tap_diag "$(cat out)"
}
fails "a version that is not here" "with --pip=1.0 choose another --seeder" --creator=venvb --seeder=venvb --pip=1.0 wrong
fails "the seeder alone" "goes with --creator=venvb" --seeder=venvb wrong2
printf '[venvb]\nplugin = no-such\n' >config/venvb/venvb.conf
fails "what venvb says" "no-such" --creator=venvb wrong3
check "nothing is left" test ! -e wrong3/pyvenv.cfg
rm bin/venvb
fails "no command" "needs the command venvb" --creator=venvb wrong4

finish
