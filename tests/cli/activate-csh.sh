#!/bin/bash
# The activation script in csh and tcsh.
# shellcheck disable=SC2016,SC2317
. "${srcdir:-.}/tests/lib.sh"
. "$srcdir/tests/cli/activate.inc"

# Neither shell has functions: what is printed is compared with what was
# expected, all of it.
scenario values <<'EOS'
set prompt = "old> "
source $T_DIR:q/bin/activate.csh
printenv VIRTUAL_ENV
printenv VIRTUAL_ENV_PROMPT
tool
deactivate
printenv VIRTUAL_ENV
printenv VIRTUAL_ENV_PROMPT
printenv PATH
echo $prompt:q
EOS
expect_values ()
{
  printf '%s\n' "$T_DIR" "$T_PROMPT" "$T_DIR/bin/tool" "$PATH" 'old> '
}

scenario relative <<'EOS'
cd $T_DIR:q
source bin/activate.csh
printenv VIRTUAL_ENV
deactivate
cd bin
source activate.csh
printenv VIRTUAL_ENV
EOS
expect_relative () { printf '%s\n' "$T_DIR" "$T_DIR"; }

scenario prompt <<'EOS'
set prompt = "100% \! old> "
source $T_DIR:q/bin/activate.csh
echo $prompt:q
deactivate
echo $prompt:q
unset prompt
source $T_DIR:q/bin/activate.csh
echo $?prompt
deactivate
echo $?prompt
EOS
expect_prompt ()
{
  printf '%s\n' '(plain) 100% ! old> ' '100% ! old> ' 0 0
}

scenario prompt-disabled <<'EOS'
set prompt = "old> "
setenv VIRTUAL_ENV_DISABLE_PROMPT 1
source $T_DIR:q/bin/activate.csh
echo $prompt:q
set prompt = "new> "
deactivate
echo $prompt:q
setenv VIRTUAL_ENV_DISABLE_PROMPT ""
source $T_DIR:q/bin/activate.csh
echo $prompt:q
EOS
expect_prompt-disabled () { printf '%s\n' 'old> ' 'new> ' '(plain) new> '; }

scenario pythonhome <<'EOS'
source $T_DIR:q/bin/activate.csh
deactivate
echo $?PYTHONHOME
setenv PYTHONHOME ""
source $T_DIR:q/bin/activate.csh
echo $?PYTHONHOME
deactivate
echo "$?PYTHONHOME<"$PYTHONHOME:q'>'
setenv PYTHONHOME ' odd  $home '\!
source $T_DIR:q/bin/activate.csh
echo $?PYTHONHOME
source $T_DIR:q/bin/activate.csh
deactivate
echo '<'$PYTHONHOME:q'>'
EOS
expect_pythonhome () { printf '%s\n' 0 0 '1<>' 0 '< odd  $home !>'; }

scenario no-leaks <<'EOS'
setenv PYTHONHOME /home
set prompt = "old> "
set >! before
alias >> before
source $T_DIR:q/bin/activate.csh
deactivate
set >! after
alias >> after
diff before after
EOS
expect_no-leaks () { :; }

scenario nested <<'EOS'
set prompt = "old> "
setenv PYTHONHOME /home
source $T_OTHER:q/bin/activate.csh
source $T_OTHER:q/bin/activate.csh
source $T_DIR:q/bin/activate.csh
printenv VIRTUAL_ENV
printenv VIRTUAL_ENV_PROMPT
printenv PATH
deactivate
printenv PATH
echo $prompt:q"$PYTHONHOME $?VIRTUAL_ENV $?VIRTUAL_ENV_PROMPT"
EOS
expect_nested ()
{
  printf '%s\n' "$T_DIR" "$T_PROMPT" "$T_DIR/bin:$PATH" "$PATH" 'old> /home 0 0'
}

scenario nondestructive <<'EOS'
source $T_DIR:q/bin/activate.csh
deactivate nondestructive
printenv PATH
echo $?VIRTUAL_ENV
alias deactivate | grep -c unalias
source $T_DIR:q/bin/activate.csh
deactivate
alias deactivate | grep -c unalias
EOS
expect_nondestructive () { printf '%s\n' "$PATH" 0 1 0; }

scenario inherited <<'EOS'
setenv VIRTUAL_ENV /elsewhere
setenv VIRTUAL_ENV_PROMPT elsewhere
source $T_DIR:q/bin/activate.csh
printenv VIRTUAL_ENV
printenv VIRTUAL_ENV_PROMPT
deactivate
printenv PATH
EOS
expect_inherited () { printf '%s\n' "$T_DIR" "$T_PROMPT" "$PATH"; }

scenario path-unset <<'EOS'
set before = ( $path:q )
unsetenv PATH
source $T_DIR:q/bin/activate.csh
echo $PATH:q
source $T_DIR:q/bin/activate.csh
echo $PATH:q
deactivate
echo $?PATH
if ( "$path" != "$before" ) echo $path:q
unset before
setenv PATH ""
source $T_DIR:q/bin/activate.csh
echo $PATH:q
deactivate
echo "$?PATH<"$PATH:q'>'
EOS
expect_path-unset () { printf '%s\n' "$T_DIR/bin" "$T_DIR/bin" 0 "$T_DIR/bin" '1<>'; }

scenario hash <<'EOS'
tool
source $T_DIR:q/bin/activate.csh
tool
deactivate
tool
EOS
expect_hash () { printf '%s\n' old "$T_DIR/bin/tool" old; }

scenario odd-settings <<'EOS'
set noclobber
set noglob
set backslash_quote
set histlit
set history = 10
source $T_DIR:q/bin/activate.csh
printenv VIRTUAL_ENV
printenv VIRTUAL_ENV_PROMPT
deactivate
printenv PATH
EOS
expect_odd-settings () { printf '%s\n' "$T_DIR" "$T_PROMPT" "$PATH"; }

scenario python <<'EOS'
source $T_DIR:q/bin/activate.csh
python -c 'import sys; print (sys.prefix)'
EOS
expect_python () { printf '%s\n' "$T_DIR"; }

play_quiet () # NAME SHELL...
{
  local status=0
  "${@:2}" "$scratch/scenario-$1" >"$scratch/.play" 2>&1 || status=$?
  "expect_$1" | diff - "$scratch/.play"
}

test_semantics () # SHELL...
{
  local name
  check "$*: odd names and prompts" play_odd_texts values "$@"
  check "$*: odd names and prompts, odd settings" play_odd_texts odd-settings "$@"
  use_env "$nasty_text"
  export T_OTHER=$T_DIR
  use_env plain
  for name in relative prompt prompt-disabled pythonhome no-leaks nested path-unset \
              nondestructive inherited hash odd-settings python; do
    play "$name" "$@"
  done
  use_env "$nasty_text"
  for name in nested no-leaks; do
    play "$name" "$@"
  done
}

enter='source $T_DIR:q/bin/activate.csh'
test_drawing () # SHELL
{
  printf 'set prompt = "READY> "\n' >"$HOME/.cshrc"
  use_env "$nasty_text"
  draws "$1: draws the text as it is" "$nasty_text" "$1"
  use_env 'py!env!!'
  draws "$1: draws exclamation marks" 'py!env!!' "$1"
  use_env "$control_text"
  draws "$1: draws no control characters" 'n?l?[31mx' "$1"
}

# csh is one of the others, as a rule.
tested=
for shell in tcsh bsd-csh csh; do
  command -v "$shell" >/dev/null || { skip "$shell" 'not installed'; continue; }
  file=$(readlink -f "$(command -v "$shell")")
  case $tested in *" $file "*) skip "$shell" "is $file"; continue ;; esac
  tested="$tested $file "
  test_semantics "$shell" -f
  test_drawing "$shell"
done
if command -v tcsh >/dev/null; then
  use_env "$nasty_text"
  for name in values nested; do
    play "$name" tcsh -f -e
  done
fi

not_run 'no text was run'
finish
