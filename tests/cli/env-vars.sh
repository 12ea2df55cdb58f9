#!/bin/bash
# The plugin env-vars: what its activation scripts do in each shell that is
# installed, and what it refuses.
# shellcheck disable=SC2016,SC2034,SC2059
. "${srcdir:-.}/tests/lib.sh"
. "$srcdir/tests/cli/activate.inc"

export T=$scratch/envs LOOK=$scratch/look
cat >"$LOOK" <<'EOS'
#!/bin/sh
# Notes the environment: one variable after the other, NUL after each.
exec env -0 >"$1"
EOS
chmod +x "$LOOK"

venvb () { "$VENVB" --without-pip "$@"; }
escape () { printf '%s' "$1" | sed 's/[,\\]/\\&/g'; printf x; }

# The variables of an environment, NAME to value, as an argument for venvb.
declare -A wanted
add () # NAME VALUE
{
  local escaped
  wanted[$1]=$2
  escaped=$(escape "$2")
  plugin=$plugin,$1=${escaped%x}
}
plugin=--plugin=env-vars
i=0
for text in "${odd_texts[@]}"; do
  add "T_ODD_$((i++))" "$text"
done
add T_EMPTY ''
add T_LONG "$(printf '%05000d' 0)"
add T_SEARCH_PATH 'a b::c:'
add T_WAS_EMPTY new
add T_WAS_ODD "$nasty_text"
add T_WAS_PATH '/new'
add _t_lower 'lower case'
check "an environment with variables" venvb "$plugin,unset=T_GONE,unset=T_NEVER" "$T/vars"
check "another with fewer" venvb --plugin=env-vars,T_ODD_0=other,T_OTHER=yes "$T/other"
check "one with none" venvb "$T/none"
export T_GONE="gone $nasty_text" T_WAS_EMPTY='' T_WAS_ODD=$'old\n!$PATH `x` \\ \'"' \
       T_WAS_PATH=/old:/older

# Compares what was noted with what was there before: each "=FILE" and, after
# it, "NAME=VALUE" or "-NAME" for what is to be different.
compare_notes () # BEFORE =FILE [CHANGE...]...
{
  python3 - "$@" <<'EOS'
import os, sys
def read(name):
    items = (item.split(b'=', 1) for item in open(name, 'rb').read().split(b'\0') if b'=' in item)
    ignored = b'_', b'SHLVL', b'PWD', b'OLDPWD', b'PATH', b'VIRTUAL_ENV', b'VIRTUAL_ENV_PROMPT', b'PS1', \
              b'CURRENT_FILE', b'FILE_PWD', b'PROCESS_PATH', b'LAST_EXIT_CODE', b'PROMPT'
    return {name: value for name, value in items
            if name not in ignored and not name.startswith(b'_OLD_')}
before = read(sys.argv[1])
notes = []
for arg in map(os.fsencode, sys.argv[2:]):
    if arg[:1] == b'=':
        expected = dict(before)
        notes.append((arg[1:], expected))
    elif arg[:1] == b'-':
        expected.pop(arg[1:], None)
    else:
        name, value = arg.split(b'=', 1)
        expected[name] = value
for note, expected in notes:
    now = read(note)
    for name in sorted(expected.keys() | now.keys()):
        if expected.get(name) != now.get(name):
            sys.exit(f'{note}: {name} {now.get(name)} and not {expected.get(name)}')
EOS
}

# What each shell is told, in its own language: "+ENV" is to activate, "-" to
# deactivate, any other word a file for a note.
tell () # LANGUAGE STEP...
{
  local step language=$1; shift
  for step; do
    case $language$step in
    posix+*) printf '. "$T/%s/bin/activate"\n' "${step#+}" ;;
    fish+*) printf 'source "$T/%s/bin/activate.fish"\n' "${step#+}" ;;
    csh+*) printf 'source $T:q/%s/bin/activate.csh\n' "${step#+}" ;;
    pwsh+*) printf '. "$env:T/%s/bin/Activate.ps1"\n' "${step#+}" ;;
    nu+*) printf "overlay use '%s/%s/bin/activate.nu'\\n" "$T" "${step#+}" ;;
    xonsh+*) printf 'source "%s/%s/bin/activate.xsh"\n' "$T" "${step#+}" ;;
    *-) echo deactivate ;;
    csh*) printf '$LOOK:q %s\n' "$step" ;;
    pwsh*) printf '& $env:LOOK %s\n' "$step" ;;
    fish*) printf '$LOOK %s\n' "$step" ;;
    nu*) printf '^$env.LOOK %s\n' "$step" ;;
    xonsh*) printf '$LOOK %s\n' "$step" ;;
    *) printf '"$LOOK" %s\n' "$step" ;;
    esac
  done
}

sets_and_restores () # LANGUAGE SHELL...
{
  local language=$1 changes=(-T_GONE) name; shift
  for name in "${!wanted[@]}"; do
    changes+=("$name=${wanted[$name]}")
  done
  rm -f note.*
  tell "$language" note.0 +vars note.in - note.out +vars +vars note.twice - note.out2 \
       +vars +none note.none - note.out3 +vars +other note.other +vars note.back - note.out4 \
       >steps.ps1
  "$@" steps.ps1 >steps.out 2>&1 || { cat steps.out; return 1; }
  cat steps.out
  [ "$language" = pwsh ] || [ ! -s steps.out ] || return
  compare_notes note.0 =note.in "${changes[@]}" =note.twice "${changes[@]}" \
                =note.back "${changes[@]}" =note.other T_ODD_0=other T_OTHER=yes \
                =note.out =note.out2 =note.out3 =note.out4 =note.none
}

# Variables of the shell that programs don't get, and names left behind.
prelude='
same () # WHAT GOT EXPECTED
{
  if [ "$2" != "$3" ]; then
    printf "%s: <%s>, not <%s>\n" "$1" "$2" "$3"
    exit 1
  fi
}
'
scenario unexported <<'EOS'
T_ODD_0="in the \$shell
export T_ODD_0"
before=$T_ODD_0
case ${ZSH_VERSION-} in ?*) setopt warn_create_global ;; esac
. "$T/vars/bin/activate"
same 'exported' "$(printenv T_ODD_0)" plain
deactivate
same 'value' "$T_ODD_0" "$before"
same 'exported' "$(printenv T_ODD_0)" ""
same 'never set' "${T_ODD_1-unset}" unset
T_ODD_0=
unset before
EOS
scenario no-leaks <<'EOS'
IFS=/._TxO
T_ODD_0="exported   now" T_EMPTY=
export T_ODD_0
names=
for names in before after; do
  set | sed -n 's/^\([A-Za-z_][A-Za-z_0-9]*\)=.*/\1/p' | grep '^_OLD\|_virt\|^T_' | sort >names.$names
  . "$T/vars/bin/activate"
  deactivate
done
diff names.before names.after
same 'exported' "$(printenv T_ODD_0)" "exported   now"
same 'not exported' "$(printenv T_EMPTY || echo no)" no
same 'set' "${T_EMPTY-unset}" ""
EOS

test_posix () # SHELL...
{
  check "$*: sets and restores" sets_and_restores posix "$@"
  check "$*: sets and restores, set -eu" sets_and_restores posix "$@" -eu
  play unexported "$@" -eu
  play no-leaks "$@" -eu
}
for shell in bash 'bash --posix' dash 'zsh -f' 'zsh --emulate sh' ksh93 mksh 'busybox sh'; do
  # shellcheck disable=SC2086
  if command -v ${shell%% *} >/dev/null; then test_posix $shell; else skip "$shell" 'not installed'; fi
done

prelude='
function same # WHAT GOT EXPECTED
  test "$argv[2]" = "$argv[3]"; or begin; printf "%s: <%s>, not <%s>\n" $argv; exit 1; end
end
'
scenario lists <<'EOS'
set -g T_ODD_0 in 'the  shell' ''
set -gx T_ODD_1 exported '' list
set -g T_ODD_2
set -U T_ODD_3 universal
set --names >names.before
source $T/vars/bin/activate.fish
same exported (printenv T_ODD_0) plain
deactivate
set --names >names.after
diff names.before names.after
same count (count $T_ODD_0) 3
same value "$T_ODD_0[2]" 'the  shell'
set -qgx T_ODD_0; and echo 'is exported now'
same 'count of the exported one' (count $T_ODD_1) 3
same exported (printenv T_ODD_1) 'exported  list'
same 'an empty list' (set -qg T_ODD_2; and count $T_ODD_2) 0
same universal "$T_ODD_3" universal
set -qg T_ODD_3; and echo 'is global now'
true
EOS
if command -v fish >/dev/null; then
  check "fish: sets and restores" sets_and_restores fish fish --no-config
  # Without its configuration it has no universal variables.
  play lists fish
else
  skip fish 'not installed'
fi

tested=
for shell in tcsh bsd-csh csh; do
  command -v "$shell" >/dev/null || { skip "$shell" 'not installed'; continue; }
  file=$(readlink -f "$(command -v "$shell")")
  case $tested in *" $file "*) skip "$shell" "is $file"; continue ;; esac
  tested="$tested $file "
  check "$shell: sets and restores" sets_and_restores csh "$shell" -f
done
if command -v tcsh >/dev/null; then
  check "tcsh -e: sets and restores" sets_and_restores csh tcsh -f -e
fi

if command -v pwsh >/dev/null; then
  # Before 7.5 it has no empty variables.
  unset T_WAS_EMPTY 'wanted[T_EMPTY]'
  venvb "${plugin/,T_EMPTY=,/,},unset=T_GONE,unset=T_NEVER" "$T/vars" >/dev/null
  check "pwsh: sets and restores" sets_and_restores pwsh pwsh -NoProfile -File
  export T_WAS_EMPTY=''
  wanted[T_EMPTY]=''
else
  skip pwsh 'not installed'
fi

# The scripts of other plugins have them, too.  xonsh makes lists of paths.
unset T_GONE 'wanted[T_SEARCH_PATH]' 'wanted[T_WAS_PATH]'
plugin=${plugin/,T_SEARCH_PATH=a b::c:/}
plugin=${plugin/,T_WAS_PATH=\/new/}
for shell in 'nu --no-config-file' 'xonsh --no-rc'; do
  name=${shell%% *}
  [ -n "$("$name" --version 2>/dev/null)" ] || { skip "$name" 'not installed'; continue; }
  rm -rf "${T:?}"/*
  scripts=--plugin=${name/#nu/nushell}
  venvb "$scripts" "$plugin" "$T/vars" >/dev/null
  venvb "$scripts" --plugin=env-vars,T_ODD_0=other,T_OTHER=yes "$T/other" >/dev/null
  venvb "$scripts" "$T/none" >/dev/null
  # shellcheck disable=SC2086
  check "$name: sets and restores" sets_and_restores "$name" $shell
done

not_run 'no text was run'

# Without variables, nothing of them is in the scripts.
venvb "$plugin" "$T/vars" >/dev/null; venvb "$T/none" >/dev/null
is "scripts without variables" "$(grep -lE '_OLD_VIRTUAL_VAR|__VENV' "$T"/none/bin/*ctivate*)" ''
is "pyvenv.cfg has a line for each key" \
   "$(grep -cvE '^(home|include-system-site-packages|version|executable|command) = ' "$T/vars/pyvenv.cfg")" 0

# A file.

is_in_shell () # NAME EXPECTED
{
  local got
  got=$(dash -c '. "$1/bin/activate"; eval "printf %sx \"\${$2-unset}\""' dash "$T/file" "$1" 2>/dev/null ||
        sh -c '. "$1/bin/activate"; eval "printf %sx \"\${$2-unset}\""' sh "$T/file" "$1")
  is "$1" "${got%x}" "$2"
}
printf '\xef\xbb\xbfFIRST=1\n' >file
cat >>file <<'EOS'
# A comment
   # another

PLAIN=a b  c
 export  SPACED =  two words 	 # a comment
HASH=a#b
EMPTY=
EMPTY_TOO=   # a comment
SINGLE='it is $HOME \n "so" # no comment'   # a comment
DOUBLE="a\nb\tc\"d\\e\$f\`g\h $HOME `x`"#
LINES='one
 two # no comment
'
LINES_TOO="one
two"
DOLLAR=$HOME${HOME}$(touch PWNED)`touch PWNED`
QUOTED=say "so"
EQUALS=a=b
export=5
TWICE=1
TWICE=2
file=a file
EOS
printf 'CRLF=one \r\nCRLF_TOO="two"\r\nLAST=no newline' >>file
check "a file" venvb --plugin=env-vars,file=file,PLAIN=later "$T/file"
is_in_shell FIRST 1
is_in_shell PLAIN later
is_in_shell SPACED 'two words'
is_in_shell HASH a#b
is_in_shell EMPTY ''
is_in_shell EMPTY_TOO ''
is_in_shell SINGLE 'it is $HOME \n "so" # no comment'
is_in_shell DOUBLE $'a\nb\tc"d\\e$f`g\\h $HOME `x`'
is_in_shell LINES $'one\n two # no comment\n'
is_in_shell LINES_TOO $'one\ntwo'
is_in_shell DOLLAR '$HOME${HOME}$(touch PWNED)`touch PWNED`'
is_in_shell QUOTED 'say "so"'
is_in_shell EQUALS a=b
is_in_shell export 5
is_in_shell TWICE 2
is_in_shell file 'a file'
is_in_shell CRLF one
is_in_shell CRLF_TOO two
is_in_shell LAST 'no newline'
check "the file after the option" venvb --plugin=env-vars,PLAIN=earlier,file=file "$T/file"
is_in_shell PLAIN 'a b  c'
not_run 'nothing of the file was run'

# Again, and with --upgrade.

check "--upgrade" venvb --upgrade --plugin=env-vars,PLAIN=upgraded "$T/file"
is_in_shell PLAIN 'a b  c'
check "again" venvb --plugin=env-vars,PLAIN=again "$T/file"
is_in_shell PLAIN again
is_in_shell LAST unset

# What is refused; nothing is made then.

refuses () # NAME PATTERN OPTIONS
{
  check_fails "$1" 2 "^venvb: plugin 'env-vars': $2$" \
    venvb "--plugin=env-vars$3" "$T/refused"
}
refuses "no variable" 'no variable is given' ''
for name in 1A 'A B' 'A-B' 'A;touch PWNED' 'ä' ''; do
  refuses "the name '$name'" "'$name' is not the name of a variable" ",$name=x"
done
for name in PATH Path VIRTUAL_ENV VIRTUAL_ENV_DISABLE_PROMPT PYTHONHOME PS1 prompt \
            _OLD_VIRTUAL_PATH ZSH_VERSION; do
  refuses "$name" "the variable '$name' is set by activation itself" ",$name=x"
done
for name in _ IFS UID SECONDS status history; do
  refuses "$name" "the variable '$name' belongs to the shells themselves" ",$name=x"
done
refuses "unset=PATH" "the variable 'PATH' is set by activation itself" ,unset=PATH
refuses "unset=" "'' is not the name of a variable" ,unset=
refuses "a value that is not UTF-8" "the value of the variable 'A' is not UTF-8 text" ",A=$(printf 'a\xff')"
refuses "a file that is missing" ".*missing.*: No such file or directory" ,file=missing
refuses "a file that is a directory" ".*/.*: Is a directory" ,file=/
bad_file () # NAME PATTERN TEXT
{
  printf "$3" >bad
  refuses "a file with $1" "$2" ,file=bad
}
bad_file "a word" "'.*/bad', line 2: this is not NAME=VALUE" 'A=1\nB\n'
bad_file "two words" "'.*/bad', line 1: this is not NAME=VALUE" 'set A=1\n'
bad_file "a bad name" "'.*/bad', line 3: 'A-B' is not the name of a variable" '\n#\nA-B=1\n'
bad_file "a refused name" "'.*/bad', line 1: the variable 'PATH' is set by activation itself" 'export PATH=1\n'
bad_file "an open quote" "'.*/bad', line 2: the value has no closing quote" 'B=\nA="x\n\ny\n'
bad_file "text after the quote" "'.*/bad', line 1: there is more after the closing quote" 'A="x" y\n'
bad_file "a NUL" "'.*/bad' is not a text file" 'A=x\0y\n'
bad_file "other bytes" "'.*/bad', line 1: the value of the variable 'A' is not UTF-8 text" 'A=\xff\n'
check "nothing was made" test ! -e "$T/refused"

finish
