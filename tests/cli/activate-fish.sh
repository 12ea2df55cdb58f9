#!/bin/bash
# The activation script in fish.
# shellcheck disable=SC2016
. "${srcdir:-.}/tests/lib.sh"
. "$srcdir/tests/cli/activate.inc"

command -v fish >/dev/null || skip_all 'fish is not installed'

prelude='
function same # WHAT GOT EXPECTED
  if test (count $argv) -ne 3; or test "$argv[2]" != "$argv[3]"
    printf "%s: <%s>, not <%s>\n" $argv
    exit 1
  end
end
function fish_prompt
  set -g seen_status $status $pipestatus
  printf "old> "
end
'

scenario values <<'EOS'
set BEFORE_PATH $PATH
source $T_DIR/bin/activate.fish
same VIRTUAL_ENV "$VIRTUAL_ENV" $T_DIR
same VIRTUAL_ENV_PROMPT "$VIRTUAL_ENV_PROMPT" $T_PROMPT
same 'exported VIRTUAL_ENV' (printenv VIRTUAL_ENV | string collect -N) $T_DIR\n
same 'exported VIRTUAL_ENV_PROMPT' (printenv VIRTUAL_ENV_PROMPT | string collect -N) $T_PROMPT\n
same PATH "$PATH" "$T_DIR/bin:$BEFORE_PATH"
same command (tool | string collect -N) $T_DIR/bin/tool\n
deactivate
same PATH "$PATH" "$BEFORE_PATH"
same fish_prompt (fish_prompt) 'old> '
EOS

scenario relative <<'EOS'
cd $T_DIR
source bin/activate.fish
same VIRTUAL_ENV "$VIRTUAL_ENV" $T_DIR
deactivate
cd bin
. ./activate.fish
same VIRTUAL_ENV "$VIRTUAL_ENV" $T_DIR
EOS

# The old prompt sees the status of the last command and pipeline.
scenario prompt <<'EOS'
source $T_DIR/bin/activate.fish
false | true | false
same fish_prompt (fish_prompt | string collect -N) '(plain) old> '
false | sh -c 'exit 3'
fish_prompt >/dev/null
same 'status seen by the old prompt' "$seen_status" '3 1 3'
deactivate
same fish_prompt (fish_prompt) 'old> '
EOS

scenario prompt-disabled <<'EOS'
set VIRTUAL_ENV_DISABLE_PROMPT 1
source $T_DIR/bin/activate.fish
same fish_prompt (fish_prompt) 'old> '
deactivate
same fish_prompt (fish_prompt) 'old> '
set VIRTUAL_ENV_DISABLE_PROMPT ''
source $T_DIR/bin/activate.fish
same fish_prompt (fish_prompt) '(plain) old> '
EOS

scenario pythonhome <<'EOS'
source $T_DIR/bin/activate.fish
deactivate
set -q PYTHONHOME; and echo 'PYTHONHOME is set'
for home in '' ' odd  $home '
  set -gx PYTHONHOME $home
  source $T_DIR/bin/activate.fish
  set -q PYTHONHOME; and echo 'PYTHONHOME is set inside'
  source $T_DIR/bin/activate.fish
  deactivate
  same 'exported PYTHONHOME' (printenv PYTHONHOME | string collect -N) $home\n
end
true
EOS

scenario no-leaks <<'EOS'
set -gx PYTHONHOME /home
set --names >names.before
functions --all --names | string split , >functions.before
source $T_DIR/bin/activate.fish
fish_prompt >/dev/null
deactivate
set -eg seen_status
set --names >names.after
functions --all --names | string split , >functions.after
diff names.before names.after
diff functions.before functions.after
EOS

scenario nested <<'EOS'
set BEFORE_PATH $PATH
set -gx PYTHONHOME /home
source $T_OTHER/bin/activate.fish
source $T_OTHER/bin/activate.fish
source $T_DIR/bin/activate.fish
same VIRTUAL_ENV "$VIRTUAL_ENV" $T_DIR
same VIRTUAL_ENV_PROMPT "$VIRTUAL_ENV_PROMPT" $T_PROMPT
same PATH "$PATH" "$T_DIR/bin:$BEFORE_PATH"
deactivate
same PATH "$PATH" "$BEFORE_PATH"
same PYTHONHOME $PYTHONHOME /home
same fish_prompt (fish_prompt) 'old> '
set -q VIRTUAL_ENV VIRTUAL_ENV_PROMPT; and echo 'still set'
true
EOS

scenario nondestructive <<'EOS'
set BEFORE_PATH $PATH
source $T_DIR/bin/activate.fish
deactivate nondestructive
same PATH "$PATH" "$BEFORE_PATH"
set -q VIRTUAL_ENV; and echo 'VIRTUAL_ENV is still set'
functions -q deactivate; or echo 'deactivate is gone'
deactivate
functions -q deactivate; and echo 'deactivate is still there'
true
EOS

scenario inherited <<'EOS'
set BEFORE_PATH $PATH
source $T_DIR/bin/activate.fish
same VIRTUAL_ENV "$VIRTUAL_ENV" $T_DIR
same VIRTUAL_ENV_PROMPT "$VIRTUAL_ENV_PROMPT" $T_PROMPT
deactivate
same PATH "$PATH" "$BEFORE_PATH"
EOS

scenario path-unset <<'EOS'
set -e PATH
source $T_DIR/bin/activate.fish
same PATH "$PATH" $T_DIR/bin
source $T_DIR/bin/activate.fish
same PATH "$PATH" $T_DIR/bin
deactivate
set -q PATH; and echo 'PATH is set'
set -gx PATH
source $T_DIR/bin/activate.fish
same PATH "$PATH" $T_DIR/bin
deactivate
set -q PATH; or echo 'PATH is not set'
same PATH "$PATH" ''
EOS

scenario hash <<'EOS'
same 'tool before' (tool) old
source $T_DIR/bin/activate.fish
same 'tool inside' (tool) $T_DIR/bin/tool
deactivate
same 'tool after' (tool) old
EOS

scenario python <<'EOS'
source $T_DIR/bin/activate.fish
same python (python -c 'import sys; print (sys.prefix)') $T_DIR
EOS

# Every fish's: it stays, and is not seen by what runs in the environment.
scenario universal <<'EOS'
for export in -x -u
  set -e PYTHONHOME
  set -U $export PYTHONHOME /universal
  set -l before (printenv PYTHONHOME)
  source $T_DIR/bin/activate.fish
  printenv PYTHONHOME | string match -q '?*'; and echo 'PYTHONHOME is exported inside'
  source $T_DIR/bin/activate.fish
  deactivate
  same PYTHONHOME "$PYTHONHOME" /universal
  same 'exported PYTHONHOME' (printenv PYTHONHOME | string collect -a) "$before"
  set -qg PYTHONHOME; and echo 'one is new'
  set -gx PYTHONHOME /global
  source $T_DIR/bin/activate.fish
  printenv PYTHONHOME | string match -q '?*'; and echo 'PYTHONHOME is exported inside'
  deactivate
  same PYTHONHOME "$PYTHONHOME" /global
  set -eg PYTHONHOME
  same PYTHONHOME "$PYTHONHOME" /universal
end
set -eU PYTHONHOME
EOS

# The user's functions have the names of what the script uses.
scenario functions <<'EOS'
set BEFORE_PATH $PATH
for name in functions set_color dirname count realpath cygpath printenv hash
  function $name
    echo "a function of the user's" >&2
  end
end
function printf
  echo "a function of the user's" >&2
end
source $T_DIR/bin/activate.fish
source $T_DIR/bin/activate.fish
if test "$VIRTUAL_ENV" != "$T_DIR"; or test "$PATH" != "$T_DIR/bin:$BEFORE_PATH"
  echo "VIRTUAL_ENV $VIRTUAL_ENV, PATH $PATH"
end
function _old_fish_prompt; echo -n 'old> '; end
set shown (fish_prompt | string collect -N)
test "$shown" = "($T_PROMPT) old> "; or echo "prompt $shown"
deactivate
test "$PATH" = "$BEFORE_PATH"; or echo "PATH $PATH"
builtin functions -q deactivate; and echo 'deactivate is still there'
for name in functions set_color printf
  builtin functions -q $name; or echo "$name is gone"
end
true
EOS

fish=(fish --no-config)
check 'odd names and prompts' play_odd_texts values "${fish[@]}"
use_env "$nasty_text"
export T_OTHER=$T_DIR
use_env plain
for name in relative prompt prompt-disabled pythonhome no-leaks nested path-unset \
            nondestructive hash python functions; do
  play "$name" "${fish[@]}"
done
play universal fish
play inherited env VIRTUAL_ENV=/elsewhere VIRTUAL_ENV_PROMPT=elsewhere "${fish[@]}"
use_env "$nasty_text"
play nested "${fish[@]}"

mkdir -p "$XDG_CONFIG_HOME/fish"
printf 'set -g fish_greeting\nfunction fish_prompt; printf "READY> "; end\n' \
       >"$XDG_CONFIG_HOME/fish/config.fish"
enter='source $T_DIR/bin/activate.fish'
draws 'draws the text as it is' "$nasty_text" fish
use_env "$control_text"
draws 'draws no control characters' 'n?l?[31mx' fish

not_run 'no text was run'
finish
