# shellcheck shell=bash
# --lock and -r: locks on the command line, what --check and --explain tell of them.

# shellcheck source=tests/lib.sh
. "${srcdir:-.}/tests/lib.sh"

[ -e "$builddir/lock/.libs/lock.so" ] || skip_all 'built without toml++'

declare -A sums
wheel () # NAME VERSION [PATH=TEXT...]
{
  sums[$1-$2]=$(python3 -B "$srcdir/tests/wheel.py" "$1-$2-py3-none-any.whl" "$1/__init__.py=VERSION = '$2'" "${@:3}")
}
wheel foo 1.0 foo/a.py= foo/b.py= foo/c.py= foo/d.py= foo/e.py=; wheel foo 2.0; wheel bar 1.0; wheel baz 1.0
lock () # FILE NAME-VERSION...
{
  local file=$1 one; shift
  { printf 'lock-version = "1.0"\ncreated-by = "test"\n'
    for one; do
      printf '[[packages]]\nname = "%s"\nversion = "%s"\n[[packages.wheels]]\nurl = "https://files.invalid/%s-py3-none-any.whl"\nhashes = {sha256 = "%s"}\n' \
        "${one%-*}" "${one#*-}" "$one" "${sums[$one]}"
    done; } >"$file"
}
mk () { "$VENVB" --without-pip "$@"; }
has () { (cd "$1"/lib/python3.*/site-packages && printf '%s\n' *.dist-info | sed 's/\.dist-info//' | tr '\n' ' '); }

# --- --lock ------------------------------------------------------------------

lock pylock.toml foo-1.0; lock pylock.dev.toml foo-1.0 bar-1.0
check 'a bare --lock' mk --lock env
is '... is ./pylock.toml' "$(has env)" 'foo-1.0 '
check 'at the end' mk env --lock
check 'of another file' mk --lock=pylock.dev.toml env
is '... has it' "$(has env)" 'bar-1.0 foo-1.0 '
for file in pylock.toml pylock.dev.toml pylock.none.toml; do
  check_fails "a bare --lock, and $file" 2 "'$file' is taken for an ENV_DIR; a lock is named with --lock=$file" mk --lock "$file" env
done
printf 'foo==1.0 --hash=sha256:%s\n' "${sums[foo-1.0]}" >requirements.txt
check_fails 'a bare --lock, and requirements' 2 "a lock is named with --lock=requirements.txt" mk env --lock requirements.txt
check_fails 'one that is not there' 2 "cannot read file '$scratch/none.toml'" mk --lock=none.toml env
check 'a variable' env VENVB_LOCK="$scratch/pylock.toml" "$VENVB" --without-pip env
is '... names one' "$(has env)" 'foo-1.0 '
mkdir -p "$XDG_CONFIG_HOME/venvb" && printf '[venvb]\nlock = %s/pylock.dev.toml\n' "$scratch" >"$XDG_CONFIG_HOME/venvb/venvb.conf"
check 'a configuration file' mk env
is '... names one' "$(has env)" 'bar-1.0 foo-1.0 '
check 'the command line' mk --lock env
is '... counts more' "$(has env)" 'foo-1.0 '
check 'a plugin that is left out' mk --no-plugin=lock env
rm "$XDG_CONFIG_HOME/venvb/venvb.conf"
check_fails 'with -r' 2 "--lock and --requirement can't be used together" mk --lock -r requirements.txt env
is 'what is recorded' "$(mk --lock other && sed -n 's/^command = //p' other/pyvenv.cfg | grep -c -- '--lock=pylock.toml')" 1

# --- --check -----------------------------------------------------------------

lock pylock.toml foo-1.0 bar-1.0
mk --lock env
check 'it is that lock' mk --check --lock env
lock pylock.toml foo-2.0 baz-1.0
mk --check --lock env >said 2>err
is '... and not another one' $? 1
is '... of which is told what differs' "$(grep -v 'to mend it' said)" "'env': baz 1.0 is missing
'env': bar 1.0 is not in the lock
'env': foo is of version 1.0, and the lock has 2.0"
is '... and what to do' "$(grep -c "to mend it: venvb --lock=$scratch/pylock.toml '$scratch/env'" said)" 3
mk --check --lock --json env >said
is '... as JSON' "$(python3 -c 'import json, sys; d = json.load(sys.stdin); print(d["sound"], *[p["what"] for p in d["problems"]], sep="|")' <said)" \
  'False|baz 1.0 is missing|bar 1.0 is not in the lock|foo is of version 1.0, and the lock has 2.0'
check 'keep-extras counts' mk --check --lock=pylock.dev.toml --plugin=lock,keep-extras env
check 'without --lock' mk --check env
for file in a b c d; do echo changed >"$(echo env/lib/python3.*/site-packages/foo/$file.py)"; done
rm env/lib/python3.*/site-packages/foo/e.py
mk --check --lock=pylock.dev.toml env >said 2>err
for file in a b c d; do check "a file that was changed: $file" grep -q "foo/$file.py' has been changed" said; done
check '... and that is gone' grep -q "foo/e.py' is missing" said
check '... what to do' grep -q "to mend it: venvb --repair --lock=$scratch/pylock.dev.toml '$scratch/env'" said
mk --clear --lock=pylock.dev.toml env
check '... does it' mk --check --lock=pylock.dev.toml env
echo '{}' >broken.toml
mk --check --lock=broken.toml env >said 2>err
check 'a lock that is none' grep -q "'env': .*broken.toml" said

# --- --explain ---------------------------------------------------------------

lock pylock.toml foo-2.0 bar-1.0
printf 'marker = "sys_platform == %s"\n' "'win32'" | sed -i '/^name = "bar"/r /dev/stdin' pylock.toml
mk --explain --lock | grep '^package' | sed 's/  */ /g' >said
is 'what is taken, and why' "$(sed "s,$scratch,," said)" "package foo 2.0 /foo-2.0-py3-none-any.whl the one that fits, of 1 wheel
package bar 1.0 (left out) its marker does not hold: sys_platform == 'win32'" ||
  tap_diag "$(cat said)"
check '... nothing is made' test ! -e none

# --- -r ----------------------------------------------------------------------

printf 'bar==1.0 --hash=sha256:%s\n' "${sums[bar-1.0]}" >more.txt
mk -v -r requirements.txt --requirement=more.txt new >said 2>&1
is 'two files' "$(has new)" 'bar-1.0 foo-1.0 '
check '... by no pip' grep -q "lock: installing '.*bar-1.0" said
check 'joined' mk -rrequirements.txt new
is '... and what there is else stays' "$(has new)" 'bar-1.0 foo-1.0 '
echo baz >>more.txt
mk -v -r more.txt pips >said 2>&1
check 'a line that is not pinned' grep -q "requirements: left to pip: $scratch/more.txt:2: .*pin it to a version" said
check '... nothing is left' test ! -e pips
check_fails '... and no pip' 1 "more.txt:2: .*; else there is no pip in the environment to install with" mk -r more.txt pips
printf 'none==1.0 --hash=sha256:%s\n' "${sums[bar-1.0]}" >more.txt
mk -v -r more.txt pips >said 2>&1
check 'a wheel that is not here' grep -q "left to pip: $scratch/more.txt:1: package 'none': there is no wheel" said

# --- Paths below the home ----------------------------------------------------

# As a configuration file has them, where no shell was before.
mkdir -p house/whl && mv baz-1.0-py3-none-any.whl house/whl/
own () { HOME=$scratch/house "$VENVB" --without-pip "$@"; }
lock house/pylock.toml baz-1.0
tilde='~'
check 'a lock below the home' own --lock="$tilde/pylock.toml" --plugin="lock,wheel-dir=$tilde/whl" below
is '... what it wants is there' "$(has below)" 'baz-1.0 '
check '... which --check finds' own --check --lock="$tilde/pylock.toml" below
own --explain --lock="$tilde/pylock.toml" --plugin="lock,wheel-dir=$tilde/whl" none >said
check '... and --explain, with its wheels' grep -q "$scratch/house/whl/baz-1.0-py3-none-any.whl" said
printf 'baz==1.0 --hash=sha256:%s\n' "${sums[baz-1.0]}" >house/whl/req.txt
check 'requirements below the home' own -r "$tilde/whl/req.txt" below-too
is '... what they want is there' "$(has below-too)" 'baz-1.0 '

# --- What a file asks for, taken out -------------------------------------------

mkdir -p "$XDG_CONFIG_HOME/venvb" && printf '[venvb]\nrequirement = %s/requirements.txt\n' "$scratch" >"$XDG_CONFIG_HOME/venvb/venvb.conf"
check 'a file asks for requirements' mk asked
is '... they are there' "$(has asked)" 'foo-1.0 '
check 'an empty --requirement=' mk --requirement= unasked
is '... takes them out' "$(has unasked)" '* '
lock pylock.toml bar-1.0
check '... so that there can be a lock' mk --requirement= --lock unasked
is '... which is there' "$(has unasked)" 'bar-1.0 '
rm "$XDG_CONFIG_HOME/venvb/venvb.conf"
finish
