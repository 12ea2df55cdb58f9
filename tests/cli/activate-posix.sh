#!/bin/bash
# The activation script in each POSIX shell that is installed.
# shellcheck disable=SC2016
. "${srcdir:-.}/tests/lib.sh"
. "$srcdir/tests/cli/activate.inc"

prelude='
same () # WHAT GOT EXPECTED
{
  if [ "$2" != "$3" ]; then
    printf "%s: <%s>, not <%s>\n" "$1" "$2" "$3"
    exit 1
  fi
}
# The names of all variables but those that change by themselves.
names ()
{
  set | sed -n "s/^\([A-Za-z_][A-Za-z_0-9]*\)=.*/\1/p" |
    grep -vE "^(_|LINENO|RANDOM|SECONDS|PIPESTATUS|pipestatus|status|EPOCH.*|BASH.*|FUNC.*|KSH_MATCH|argv|before|after|TTYIDLE|LC_ALL|LANG)$" | sort
}
PS1="old> "
'

scenario values <<'EOS'
before_path=$PATH
. "$T_DIR"/bin/activate
same VIRTUAL_ENV "$VIRTUAL_ENV" "$T_DIR"
same VIRTUAL_ENV_PROMPT "$VIRTUAL_ENV_PROMPT" "$T_PROMPT"
same 'exported VIRTUAL_ENV' "$(printenv VIRTUAL_ENV; echo x)" "$T_DIR
x"
same 'exported VIRTUAL_ENV_PROMPT' "$(printenv VIRTUAL_ENV_PROMPT; echo x)" "$T_PROMPT
x"
same PATH "$PATH" "$T_DIR/bin:$before_path"
same command "$(tool)" "$T_DIR/bin/tool"
deactivate
same PATH "$PATH" "$before_path"
same PS1 "$PS1" "old> "
EOS

scenario relative <<'EOS'
cd "$T_DIR"
. bin/activate
same VIRTUAL_ENV "$VIRTUAL_ENV" "$T_DIR"
deactivate
cd bin
. ./activate
same VIRTUAL_ENV "$VIRTUAL_ENV" "$T_DIR"
EOS

scenario prompt <<'EOS'
. "$T_DIR"/bin/activate
same PS1 "$PS1" "(plain) old> "
same 'exported PS1' "$(printenv PS1 || :)" ""
deactivate
export PS1
. "$T_DIR"/bin/activate
same 'exported PS1' "$(printenv PS1)" "(plain) old> "
deactivate
same 'exported PS1' "$(printenv PS1)" "old> "
PS1=
. "$T_DIR"/bin/activate
same PS1 "$PS1" "(plain) "
deactivate
same PS1 "${PS1-unset}" ""
unset PS1
. "$T_DIR"/bin/activate
same PS1 "$PS1" "(plain) "
. "$T_DIR"/bin/activate
deactivate
same PS1 "${PS1-unset}" unset
EOS

scenario prompt-disabled <<'EOS'
VIRTUAL_ENV_DISABLE_PROMPT=1
. "$T_DIR"/bin/activate
same PS1 "$PS1" "old> "
PS1="new> "
deactivate
same PS1 "$PS1" "new> "
same VIRTUAL_ENV_DISABLE_PROMPT "$VIRTUAL_ENV_DISABLE_PROMPT" 1
unset PS1
. "$T_DIR"/bin/activate
deactivate
same PS1 "${PS1-unset}" unset
VIRTUAL_ENV_DISABLE_PROMPT=
. "$T_DIR"/bin/activate
same PS1 "$PS1" "(plain) "
EOS

scenario pythonhome <<'EOS'
unset PYTHONHOME
. "$T_DIR"/bin/activate
deactivate
same PYTHONHOME "${PYTHONHOME-unset}" unset
for home in '' ' odd  $home '; do
  export PYTHONHOME="$home"
  . "$T_DIR"/bin/activate
  same PYTHONHOME "${PYTHONHOME-unset}" unset
  . "$T_DIR"/bin/activate
  deactivate
  same PYTHONHOME "${PYTHONHOME-unset}" "$home"
  same 'exported PYTHONHOME' "$(printenv PYTHONHOME)" "$home"
done
EOS

scenario no-leaks <<'EOS'
export PYTHONHOME=/home
command=$(command -v deactivate || :)
names >names.before
. "$T_DIR"/bin/activate
deactivate
names >names.after
diff names.before names.after
for f in _virtual_env_replace _virtual_env_prompt; do
  same $f "$(command -v $f || :)" ""
done
same deactivate "$(command -v deactivate || :)" "$command"
EOS

scenario nested <<'EOS'
before=$PATH
export PYTHONHOME=/home
. "$T_OTHER"/bin/activate
. "$T_OTHER"/bin/activate
. "$T_DIR"/bin/activate
same VIRTUAL_ENV "$VIRTUAL_ENV" "$T_DIR"
same VIRTUAL_ENV_PROMPT "$VIRTUAL_ENV_PROMPT" "$T_PROMPT"
same PATH "$PATH" "$T_DIR/bin:$before"
deactivate
same PATH "$PATH" "$before"
same PS1 "$PS1" "old> "
same PYTHONHOME "$PYTHONHOME" /home
same VIRTUAL_ENV "${VIRTUAL_ENV-unset}" unset
same VIRTUAL_ENV_PROMPT "${VIRTUAL_ENV_PROMPT-unset}" unset
EOS

scenario nondestructive <<'EOS'
before=$PATH
command=$(command -v deactivate || :)
. "$T_DIR"/bin/activate
deactivate nondestructive
same PATH "$PATH" "$before"
same PS1 "$PS1" "old> "
same VIRTUAL_ENV "${VIRTUAL_ENV-unset}" unset
deactivate nondestructive
deactivate
same PATH "$PATH" "$before"
same deactivate "$(command -v deactivate || :)" "$command"
EOS

scenario inherited <<'EOS'
export VIRTUAL_ENV=/elsewhere VIRTUAL_ENV_PROMPT=elsewhere
before=$PATH
. "$T_DIR"/bin/activate
same VIRTUAL_ENV "$VIRTUAL_ENV" "$T_DIR"
same VIRTUAL_ENV_PROMPT "$VIRTUAL_ENV_PROMPT" "$T_PROMPT"
deactivate
same PATH "$PATH" "$before"
EOS

scenario hash <<'EOS'
same 'tool before' "$(tool; tool)" "old
old"
tool >/dev/null
. "$T_DIR"/bin/activate
same 'tool inside' "$(tool)" "$T_DIR/bin/tool"
tool >/dev/null
deactivate
same 'tool after' "$(tool)" old
EOS

# A stand-in for hash tells what becomes of the table: the shells forget it
# when PATH is assigned, too.
scenario hash-reset <<'EOS'
unalias hash 2>/dev/null || :
hash () { same 'argument of hash' "$*" -r; resets=x$resets; return 1; }
resets=
. "$T_DIR"/bin/activate
same 'resets when activated' "${#resets}" 2
deactivate
same 'resets when deactivated' "${#resets}" 3
EOS

scenario odd-settings <<'EOS'
set -C
IFS=/.:_av
before=$PATH
. "$T_DIR"/bin/activate
same VIRTUAL_ENV "$VIRTUAL_ENV" "$T_DIR"
deactivate
same PATH "$PATH" "$before"
same PS1 "$PS1" "old> "
same IFS "$IFS" /.:_av
EOS

scenario python <<'EOS'
. "$T_DIR"/bin/activate
same python "$(python -c 'import sys; print (sys.prefix)')" "$T_DIR"
EOS

# What Cygwin would do, played with a stand-in for its program.
scenario cygwin <<'EOS'
cygpath () { printf '/cygdrive%s\n' "$1"; }
OSTYPE=cygwin
. "$T_DIR"/bin/activate
same VIRTUAL_ENV "$VIRTUAL_ENV" "/cygdrive$T_DIR"
deactivate
cygpath () { return 1; }
. "$T_DIR"/bin/activate
same VIRTUAL_ENV "$VIRTUAL_ENV" "$T_DIR"
deactivate
OSTYPE=linux
cygpath () { echo 'cygpath was called' >&2; }
. "$T_DIR"/bin/activate
EOS

scenario empty-path <<'EOS'
unset PATH
. "$T_DIR"/bin/activate
same PATH "$PATH" "$T_DIR/bin"
. "$T_DIR"/bin/activate
same PATH "$PATH" "$T_DIR/bin"
deactivate
same PATH "${PATH-unset}" unset
PATH=
. "$T_DIR"/bin/activate
same PATH "$PATH" "$T_DIR/bin"
deactivate
same PATH "${PATH-unset}" ""
EOS

# psvar, through which zsh draws the prompt, and options that change the
# language.
scenario zsh <<'EOS'
psvar=(one two)
setopt warn_create_global
. "$T_DIR"/bin/activate
same psvar "${(j:,:)psvar}" "one,two,$T_PROMPT"
deactivate
same psvar "${(j:,:)psvar}" one,two
setopt err_return ksh_arrays sh_word_split glob_subst
. "$T_DIR"/bin/activate
same 'length of psvar' "${#psvar[@]}" 3
psvar+=(later)
deactivate
same psvar "${(j:,:)psvar[@]}" one,two,,later
unsetopt ksh_arrays
. "$T_DIR"/bin/activate
psvar=()
deactivate
same psvar "${#psvar[@]}" 0
same PS1 "$PS1" "old> "
EOS

scenario junkie <<'EOS'
before_path=$PATH
setopt csh_junkie_quotes
. "$T_DIR"/bin/activate
same VIRTUAL_ENV "$VIRTUAL_ENV" "$T_DIR"
same VIRTUAL_ENV_PROMPT "$VIRTUAL_ENV_PROMPT" "$T_PROMPT"
[[ -o csh_junkie_quotes ]] || echo 'the option is off'
deactivate
same PATH "$PATH" "$before_path"
[[ -o csh_junkie_quotes ]] || echo 'the option is off'
unsetopt csh_junkie_quotes
. "$T_DIR"/bin/activate
[[ ! -o csh_junkie_quotes ]] || echo 'the option is on'
deactivate
EOS

# Assignments are words of "export", too, then.
scenario keyword <<'EOS'
[ -n "${ZSH_VERSION-}" ] || (set -k) 2>/dev/null || exit 0
before_path=$PATH
PYTHONHOME=/home
export PYTHONHOME
set -k
. "$T_DIR"/bin/activate
same PATH "$PATH" "$T_DIR/bin:$before_path"
same 'exported PATH' "$(printenv PATH)" "$PATH"
same 'exported VIRTUAL_ENV' "$(printenv VIRTUAL_ENV)" "$T_DIR"
same PYTHONHOME "${PYTHONHOME-unset}" unset
deactivate
same PATH "$PATH" "$before_path"
same 'exported PYTHONHOME' "$(printenv PYTHONHOME)" /home
EOS

scenario alias <<'EOS'
case ${KSH_VERSION-} in *93*) exit 0 ;; esac # it reads the whole file before it runs any of it
[ -z "${BASH_VERSION-}" ] || shopt -s expand_aliases
alias deactivate='echo "it'"'"'s an alias"' other='echo other'
before=$(alias deactivate)
before_path=$PATH
. "$T_DIR"/bin/activate
. "$T_DIR"/bin/activate
same PATH "$PATH" "$T_DIR/bin:$before_path"
deactivate
same PATH "$PATH" "$before_path"
same alias "$(alias deactivate)" "$before"
same 'other alias' "$(other)" other
same 'kept alias' "${_OLD_VIRTUAL_ALIAS-unset}" unset
unalias deactivate
. "$T_DIR"/bin/activate
deactivate
same PATH "$PATH" "$before_path"
if alias deactivate >/dev/null 2>&1; then echo 'an alias is new'; fi
EOS

scenarios='keyword alias relative prompt prompt-disabled pythonhome no-leaks nested
  nondestructive inherited hash hash-reset odd-settings python
  cygwin empty-path'

test_semantics () # SHELL...
{
  local name
  use_env "$nasty_text"
  export T_OTHER=$T_DIR
  check "$*: odd names and prompts" play_odd_texts values "$@"
  check "$*: odd names and prompts, set -eu" play_odd_texts values "$@" -eu
  use_env plain
  for name in $scenarios; do
    play "$name" "$@" -eu
  done
  play prompt "$@"
  use_env "$nasty_text"
  for name in nested no-leaks odd-settings; do
    play "$name" "$@" -eu
  done
}

# The settings that each shell may be in when the prompt is drawn, besides its
# own: they are typed before and after activating.
enter='. "$T_DIR"/bin/activate'
test_drawing () # RC SHELL...
{
  local how="${*:2}, $1"
  printf 'PS1="READY> "\n%s\n' "$1" | tee "$HOME/.zshrc" >"$HOME/.rc"
  use_env "$nasty_text"
  draws "$how: draws the text as it is" "$nasty_text" "${@:2}"
  use_env "$control_text"
  draws "$how: draws no control characters" "$control_shown" "${@:2}"
}

test_shell () # SHELL...
{
  command -v "$1" >/dev/null || { skip "$*" 'not installed'; return; }
  control_shown='n?l?[31mx'
  export ENV=$HOME/.rc
  case $1 in
  zsh) control_shown='n\nl^[[31mx' test_drawing '' zsh ;;
  bash) test_drawing '' bash --rcfile "$HOME/.rc" ;;
  *) test_drawing '' "$@" ;;
  esac
  unset ENV
  [ "$1" != zsh ] || set -- zsh -f
  test_semantics "$@"
}

for shell in bash dash zsh ksh93 mksh 'busybox sh'; do
  # shellcheck disable=SC2086
  test_shell $shell
done

if command -v bash >/dev/null; then
  use_env "$nasty_text"
  for name in values nested no-leaks; do
    play "$name" bash +h -eu
    play "$name" bash --posix -eu
  done
  control_shown='n?l?[31mx'
  ENV=$HOME/.rc test_drawing '' bash --posix
  use_env "$nasty_text"
  careful_text=${nasty_text//[\$\`]/?}
  printf 'PS1="READY> "\nshopt -u promptvars\n' >"$HOME/.rc"
  draws 'bash without promptvars: draws what cannot be expanded' \
        "$careful_text" bash --rcfile "$HOME/.rc"
  enter="$enter; shopt -s promptvars"
  draws 'bash, promptvars switched on later: runs nothing' \
        "${careful_text//\\\\/\\}" bash --rcfile "$HOME/.rc"
fi

if command -v zsh >/dev/null; then
  use_env "$nasty_text"
  play zsh zsh -f -eu
  play values zsh -f -o rc_quotes -o ksh_arrays -o sh_word_split -eu
  play values zsh --emulate sh -eu
  play junkie zsh -f
  play nested zsh -f -o csh_junkie_quotes
  enter='. "$T_DIR"/bin/activate'
  control_shown='n\nl^[[31mx'
  test_drawing 'setopt prompt_subst' zsh
  test_drawing 'setopt prompt_subst prompt_bang' zsh
  test_drawing 'psvar=(one two); setopt ksh_arrays' zsh
  enter='. "$T_DIR"/bin/activate; setopt prompt_subst prompt_bang'
  test_drawing '' zsh
  enter='. "$T_DIR"/bin/activate'
  control_shown='n?l?[31mx'
  ENV=$HOME/.rc test_drawing '' zsh --emulate sh
  ENV=$HOME/.rc test_drawing '' zsh --emulate ksh
fi

not_run 'no text was run'
finish
