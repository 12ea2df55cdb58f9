# shellcheck shell=bash
# Options, arguments, and what is printed where.
. "${srcdir:-.}/tests/lib.sh"

mk () { "$VENVB" --without-pip "$@"; }
cfg () { sed -n "s/^$2 = //p" "$1/pyvenv.cfg"; }
gone () { [ ! -e "$1" ] && [ ! -L "$1" ]; }
exits () # STATUS COMMAND...
{
  local want=$1 status=0; shift
  "$@" || status=$?
  [ "$status" -eq "$want" ] || { echo "exit status $status, not $want"; return 1; }
}
PYTHON=$(command -v python3) || skip_all 'no python3'

# Help and version.

"$VENVB" --help >help 2>help.err
is '--help exits with 0' $? 0
is '--help is silent on stderr' "$(cat help.err)" ''
check '-h is --help' cmp help <("$VENVB" -h)
is 'the help fits 80 columns' "$(awk 'length > 80' help)" ''
check 'the help fits a page' [ "$(wc -l <help)" -le 66 ]
for option in --help --system-site-packages --symlinks --copies --clear --upgrade \
    --without-pip --prompt --upgrade-deps --without-scm-ignore-files --python \
    --force --plugin --no-plugin --plugin-dir --list-pythons --list-plugins --dump-plugin --explain \
    --follow-redirect --progress --quiet --verbose --version --json --timings
do
  check "the help has $option" grep -qE -- "^ +(-., )?$option( |\$)" help
done
check '--version' grep -qxE 'venvb [0-9][0-9.]*' <("$VENVB" --version)
check '--help wins over a missing ENV_DIR' "$VENVB" --clear --help

# Wrong usage: status 2, one line, nothing made.

check_fails 'no ENV_DIR' 2 'ENV_DIR' "$VENVB"
check_fails 'no ENV_DIR, but options' 2 'ENV_DIR' "$VENVB" --without-pip
check_fails 'no ENV_DIR after --' 2 'ENV_DIR' "$VENVB" --
check_fails 'an unknown option' 2 '--no-such' "$VENVB" --no-such env
check_fails 'an unknown letter' 2 '-x' "$VENVB" -x env
check_fails '--prompt without PROMPT' 2 '--prompt' "$VENVB" env --prompt
check_fails '--python without PYTHON' 2 '--python' "$VENVB" env --python
check_fails '-p without PYTHON' 2 '-p' "$VENVB" env -p
check_fails '--upgrade and --clear' 2 '--upgrade.*--clear' "$VENVB" --upgrade --clear env
check_fails '--symlinks and --copies' 2 '--symlinks.*--copies' "$VENVB" --symlinks --copies env
check_fails '--quiet and --verbose' 2 '--quiet.*--verbose' "$VENVB" -q -v env
for option in help version list-plugins list-pythons explain
do
  check_fails "--$option takes no value" 2 "option --$option takes no value" "$VENVB" "--$option=no" env
done
for option in clear upgrade without-pip copies json follow-redirect
do
  check_fails "--$option=maybe" 2 "--$option: 'maybe' is neither yes nor no" "$VENVB" "--$option=maybe" env
done
check_fails '--color=blue' 2 "--color: 'blue' is not auto, always or never" "$VENVB" --color=blue env
check_fails 'control characters of an argument are not printed' 2 '\\x1b\[31m' \
  "$VENVB" $'--\e[31mred' env
check 'nothing was made' gone env

# Prefixes of options: of venv's own only, as its parser takes them, which is
# told of those that it does not have yet.

venvs='help system-site-packages symlinks copies clear upgrade without-pip prompt upgrade-deps without-scm-ignore-files'
own=$(grep -oE -- '--[a-z][a-z-]*' help | cut -c 3- | sort -u | grep -vxF "$(printf '%s\n' $venvs)")
printf '%s\n' $venvs $own | awk '{ for (i = 1; i <= length; i++) print substr($0, 1, i) }' |
  sort -u | grep -vxF "$own" >prefixes
cat >prefixes.py <<'END'
import argparse, contextlib, io, sys, venv
class Found(Exception):
    pass
def note(self, *arguments):
    raise Found(self.option_strings[-1][2:])
plain = argparse.ArgumentParser.parse_args
def parse_args(parser, *arguments):
    for name in sys.argv[1:]:
        if '--' + name not in parser._option_string_actions:
            parser.add_argument('--' + name, action='store_true')
    for action in parser._actions:
        if action.option_strings:
            action.__class__ = type('Noted', (type(action),), {'__call__': note})
    return plain(parser, *arguments)
argparse.ArgumentParser.parse_args = parse_args
for prefix in sys.stdin.read().split():
    said = io.StringIO()
    try:
        with contextlib.redirect_stderr(said):
            venv.main(['--' + prefix + ('=x' if 'prompt'.startswith(prefix) else ''), 'env'])
    except Found as found:
        print(prefix, found)
    except SystemExit:
        print(prefix, 'ambiguous' if 'ambiguous' in said.getvalue() else 'unknown')
END
stands_for () # PREFIX
{
  local value="" said status=0
  [[ prompt != "$1"* ]] || value="=x"
  said=$("$VENVB" --no-config --explain "--$1$value" 2>&1 </dev/null) || status=$?
  case $status$said in
    2*' is ambiguous: '*) echo "$1 ambiguous" ;;
    2*'unknown option'*) echo "$1 unknown" ;;
    0Usage:*) echo "$1 help" ;;
    0*) printf '%s %s\n' "$1" "$(awk '$2 != "no-config" && / command line$/ { print $2 }' <<<"$said")" ;;
    *) echo "$1 $status$said" ;;
  esac
}
# shellcheck disable=SC2086
"$PYTHON" prefixes.py $venvs <prefixes >theirs
while read -r prefix; do stands_for "$prefix"; done <prefixes >ours
check "the same prefixes will do as for venv ($(wc -l <theirs) of them)" diff theirs ours
for name in $venvs; do
  check "... among them --$name" grep -qx "$name $name" ours
done
check_fails 'an ambiguous prefix' 2 '^venvb: option --up is ambiguous: --upgrade, --upgrade-deps$' "$VENVB" --up env
check_fails '... with a value' 2 '^venvb: option --without- is ambiguous: --without-pip, --without-scm-ignore-files$' \
  "$VENVB" --without-=no env
check_fails 'a prefix of an option that venv has not' 2 'unknown option --pyth' "$VENVB" --pyth 3 env
check_fails 'a prefix of nothing' 2 'unknown option --=' "$VENVB" --=x env
check_fails 'a prefix that lacks its value' 2 '--prompt' "$VENVB" env --prom
check_fails 'what looks like a prefix, as a value' 1 "'--up'" "$VENVB" -p --up env
check_fails '... after several letters' 1 "'--up'" "$VENVB" -qp --up env
check 'nothing was made' gone env
check 'prefixes' "$VENVB" --without-p --sys --cop --prom --up prefixed
is '... are in the configuration in full' "$(cfg prefixed command)" \
  "$(cfg prefixed command | sed 's/ --.*//') --without-pip --system-site-packages --copies --prompt=\"--up\" $scratch/prefixed"
is '... system-site-packages' "$(cfg prefixed include-system-site-packages)" true
is '... prompt' "$(cfg prefixed prompt)" "'--up'"
check '... copies' [ ! -L prefixed/bin/python3 ]
check 'a prefix with a value' "$VENVB" --without-p --copi=yes prefixed2
check '... which counts' [ -f prefixed2/bin/python3 -a ! -L prefixed2/bin/python3 ]
check 'after -- there are none' mk -- --up
check '... but an ENV_DIR' [ -x ./--up/bin/python3 ]

# What the options do.

mk plain >out 2>err
is 'success is silent on stdout' "$(cat out)" ''
is 'success is silent on stderr' "$(cat err)" ''
check 'the environment works' plain/bin/python -c \
  'import sys; sys.exit(sys.prefix == sys.base_prefix)'
is 'include-system-site-packages is false' "$(cfg plain include-system-site-packages)" false
is 'no prompt in the configuration' "$(cfg plain prompt)" ''
check 'no pip' gone plain/bin/pip
check '.gitignore' [ -s plain/.gitignore ]
check 'an interpreter that is linked' [ -L plain/bin/python3 ]

check '--system-site-packages' mk --system-site-packages site
is '... is in the configuration' "$(cfg site include-system-site-packages)" true
check '--symlinks' mk --symlinks links
check '... links' [ -L links/bin/python3 ]
check '--copies' mk --copies copies
check '... copies' [ -f copies/bin/python3 -a ! -L copies/bin/python3 -a ! -L copies/bin/python ]
check '--without-scm-ignore-files' mk --without-scm-ignore-files bare
check '... leaves .gitignore out' gone bare/.gitignore
check '--prompt' mk --prompt "it's" prompted
is '... is in the configuration' "$(cfg prompted prompt)" '"it'\''s"'
mkdir work
check '--prompt .' sh -c 'cd work && "$0" --without-pip --prompt . ../dotted' "$VENVB"
is '... is the name of the current directory' "$(cfg dotted prompt)" "'work'"
check '--prompt=PROMPT' mk --prompt=same joined
is '... is in the configuration' "$(cfg joined prompt)" "'same'"
check 'an empty prompt' mk --prompt '' empty
is '... is in the configuration' "$(cfg empty prompt)" "''"
command_with () # WORD...: what a prompt is recorded as
{
  rm -rf recorded; "$VENVB" --without-pip "$@" recorded || return
  cfg recorded command | sed "s|.* --without-pip ||; s| $scratch/recorded\$||"
}
is 'a prompt is recorded as venv does it' "$(command_with --prompt "it's ü, #1; (a|b) *")" "--prompt=\"it's ü, #1; (a|b) *\""
is '... when it is given in one word' "$(command_with --prompt=x)" '--prompt="x"'
is '... when it is empty' "$(command_with --prompt '')" '--prompt=""'
is '... when it is that of an ENV_DIR' "$(command_with --prompt recorded)" '--prompt="recorded"'
# shellcheck disable=SC2016
for prompt in '$HOME' '`id`' '"' '\' 'a!b' "'" $'a\tb'; do
  is "a prompt can be typed as it is recorded: $prompt" \
    "$(eval "printf '%s' $(command_with --prompt "$prompt")")" "--prompt=$prompt"
done
is 'a password in a prompt is not recorded' "$(command_with --prompt https://me:secret@host/)" '--prompt="https://****@host/"'
check 'the last prompt counts' mk --prompt one --prompt two twice
is '... and is in the configuration' "$(cfg twice prompt)" "'two'"
check '--upgrade makes an environment, too' mk --upgrade fresh
check 'several ENV_DIRs' mk m1 m2 m3/deep
check '... all work' sh -c 'for d in m1 m2 m3/deep; do $d/bin/python -c "" || exit; done'
check 'options after ENV_DIR' "$VENVB" after --without-pip --copies
check '... count' [ ! -L after/bin/python3 ]

version=$("$PYTHON" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
base=$("$PYTHON" -c 'import sys; print(getattr(sys, "_base_executable", sys.executable))')
check '-p with a path' mk -p "$base" p1
check '-p with a command name' mk -p python3 p2
check '-pNAME in one word' mk -ppython3 p3
is '... takes what is asked for' "$(cfg p1 home)" "$(dirname "$base")"
mkdir path; ln -s "$base" "path/python$version"
check '--python with a version' env PATH="$scratch/path:$PATH" "$VENVB" --without-pip --python "$version" p4
check '-p with a relative path' mk -p "./path/python$version" p5
check '-p with an environment leads to its base' mk -p p1/bin/python p6
is '... home' "$(cfg p6 home)" "$(cfg p1 home)"
check_fails 'no such version' 1 "no Python '9.99'" mk -p 9.99 none
check_fails 'no such command' 1 "'nosuch'" mk -p nosuch none
check_fails 'an empty name' 2 '^venvb: --python: it is empty' mk -p '' none
check '-p without PATH does not try the current directory' sh -c \
  'cp /bin/true pyfoo && ! env -u PATH "$0" --without-pip -p pyfoo none 2>err && grep -q "on PATH" err' "$VENVB"

# What is printed.

check '--json is JSON, a line for each environment' sh -c '
  "$0" --without-pip --json j1 "j 2" >json 2>err && test ! -s err &&
  "$1" - json <<END
import json, sys
rows = [json.loads(line) for line in open(sys.argv[1])]
assert [row["env_name"] for row in rows] == ["j1", "j 2"], rows
row = rows[0]
assert row["env_exe"].startswith(row["bin_path"]) and row["seconds"] > 0
assert list(row["timings"])[0] == "find_python", row
assert row["cfg_path"].endswith("/j1/pyvenv.cfg")
END
' "$VENVB" "$PYTHON"
odd=$'odd "\\ \t\e\x9b\xff\u00e4\u2028\u009b'
check '--json with an odd name' sh -c '
  "$0" --without-pip --json "$2" >json && "$1" -c "
import json
row = json.loads(open(\"json\", encoding=\"utf-8\").read())
assert \"\\\\\" in row[\"env_name\"] and \"\\t\\x1b\" in row[\"env_name\"], row
"' "$VENVB" "$PYTHON" "$odd"
check '--timings on stderr' sh -c \
  '"$0" --without-pip --timings t1 >out 2>err && test ! -s out && grep -q "^setup_python  .* ms  *[0-9]* %" err &&
   grep -q "^all " err' "$VENVB"
check '--verbose on stdout' sh -c '"$0" --without-pip -v v1 >out && grep -q "v1.*activate" out && grep -qx "  \. v1/bin/activate" out' "$VENVB"
check '--quiet' sh -c '"$0" --without-pip -q q1 >out 2>&1 && test ! -s out' "$VENVB"

if command -v script >/dev/null
then
  tty () { script -qec "$1" /dev/null </dev/null >tty.out; }
  check 'a hint on a terminal' tty "'$VENVB' --without-pip tty1"
  is '... of two lines' "$(wc -l <tty.out)" 2
  check '... of which the last can be typed' sh -c \
    'eval "$(tr -d "\r" <tty.out | tail -n 1)" && test "$VIRTUAL_ENV" = "$0/tty1"' "$scratch"
  check 'none with --quiet' tty "'$VENVB' -q --without-pip tty2"
  is '... at all' "$(wc -c <tty.out)" 0
  export odd
  check 'an odd name on a terminal' tty "'$VENVB' --without-pip \"\$odd-2\""
  check '... prints no control character' "$PYTHON" -c '
import re
text = open("tty.out", "rb").read()
assert text.count(b"\n") == 2, text
text = text.replace(b"\r\n", b"").decode("utf-8", "strict")
assert not re.search("[\x00-\x08\x0a-\x1f\x7f-\x9f]", text), repr(text)'
else
  skip 'a terminal' 'no script(1)'
fi

if [ -e /dev/full ]
then
  full () { "$@" >/dev/full; }
  check_fails '--version to a full device' 1 'standard output' full "$VENVB" --version
  check_fails '--json to a full device' 3 '^venvb: cannot write to standard output: No space left on device; what was to be made is there$' full mk --json full
  check '... it is' full/bin/python -c ''
  check_fails '... two of them' 3 'what was to be made is there$' full mk --json full1 full2
  check '... both are' test -x full1/bin/python -a -x full2/bin/python
  full mk -v full3 2>err
  is '-v to a full device: a warning' "$? $(grep -c '^venvb: cannot write to standard output: No space left on device; what was to be made is there$' err)" '0 1'
  is '... none with -q' "$(full mk -q full4 2>&1; echo $?)" 0
  check_fails '--json of what fails, to a full device' 1 "no Python interpreter" full mk --json -p /nowhere/python full5
  check_fails '--cache-info and an environment, to a full device' 3 'what was to be made is there$' full mk --cache-info full6
  # With --keep-failed, a child process makes it.
  check_fails '--json of a child process, to a full device' 3 '^venvb: cannot write to standard output: No space left on device; what was to be made is there$' full mk --keep-failed --json full8 full9
  check '... it is' test -x full8/bin/python -a -x full9/bin/python
  check_fails '--explain to a full device' 1 'standard output: No space left on device$' full mk --explain full7
  check_fails '--dump-plugin to a full device' 1 'standard output: No space left on device$' full "$VENVB" --dump-plugin git-ignore
else
  skip 'a full device' 'no /dev/full'
fi
closed () { "$@" >&-; }
check_fails 'stdout closed' 1 'standard output' closed "$VENVB" --version
check 'stdout closed, nothing to print' closed mk closed1
check_fails 'stdout closed, --json' 3 'Bad file descriptor; what was to be made is there$' closed mk --json closed3
check '... it is' closed3/bin/python -c ''
allclosed () { "$@" <&- >&- 2>&-; }
check 'all closed' allclosed "$VENVB" --without-pip closed2
check '... is an environment' closed2/bin/python -c ''
# shellcheck disable=SC2016
check 'a reader that went away ends it silently' sh -c \
  '{ "$0" --without-pip --json pipe 2>pipe.err; echo $? >pipe.status; } | :; test ! -s pipe.err' "$VENVB"
check '... and the environment stands' pipe/bin/python -c ''

# What surrounds the run.

check 'HOME unset' env -u HOME "$VENVB" --without-pip nohome
check 'an empty environment' env -i "$VENVB" --without-pip -p "$base" noenv
gone_cwd () (mkdir gone && cd gone && rmdir ../gone && "$@")
check 'a current directory that is gone' exits 1 gone_cwd "$VENVB" -p "$base" --without-pip relative
is '... is named' "$(grep -c '^venvb: cannot tell the current directory: ' .out)" 1
check '... does not mean the root' gone /relative
check '... does not matter to an absolute path' gone_cwd \
  "$VENVB" -p "$base" --without-pip "$scratch/absolute"
ln -s work alias
check 'PWD that goes through a link' sh -c 'cd -L alias && "$0" --without-pip here' "$VENVB"
check '... is not believed, as in venv' grep -qF "$scratch/work/here" work/here/bin/activate

modes () { tree_of "$1" no-times no-sizes no-contents but=.gitignore 'but=[aA]ctivate*'; }
for mask in 077 002 022
do
  (umask $mask; mk "mask$mask"; "$base" -m venv --without-pip "venv$mask")
  is "modes with umask $mask are those of venv" "$(modes "mask$mask")" "$(modes "venv$mask")"
done

finish
