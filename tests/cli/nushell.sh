#!/bin/bash
# The plugin nushell: its activation script in each Nushell there is, `nu` and
# what runtests fetches beside it.
# shellcheck disable=SC2016
. "${srcdir:-.}/tests/lib.sh"
. "$srcdir/tests/cli/activate.inc"

shells=()
for name in nu nu-oldest; do
  # Only one that runs here: what npm has is made for a few machines.
  [ -z "$("$name" --version 2>/dev/null)" ] || shells+=("$name")
done
[ ${#shells[@]} -gt 0 ] || skip_all 'nu is not installed'

env_options=(--plugin=nushell)
# An overlay has to be named literally.
use_env_here () { use_env "$1" && ln -sfn "$T_DIR" "$scratch/here"; }
use="overlay use '$scratch/here/bin/activate.nu'"
use_other="overlay use '$scratch/other/bin/activate.nu'"

printf '$env.config = {show_banner: false}\n' >config.nu
printf '$env.PROMPT_COMMAND = {|| "READY"}
$env.PROMPT_COMMAND_RIGHT = {|| ""}
$env.PROMPT_INDICATOR = "> "\n' >env.nu

# Tells what the programs that Nushell runs see of a variable.  What it should be
# comes from the input: old Nushells take quotes off arguments.
cat >"$scratch/old/exported" <<'EOS'
#!/bin/sh
eval "value=\${$1-unset}"
expected=$(cat; echo x)
[ "${value}x" = "$expected" ] || printf 'exported %s: <%s>, not <%s>\n' "$1" "$value" "$expected"
EOS
chmod +x "$scratch/old/exported"

prelude='
def same [what, got, expected] {
    if $got != $expected {
        print $"($what): <($got)>, not <($expected)>"
        exit 1
    }
}
def exported [name, expected] { $expected | ^exported $name }
def has [name] { $name in ($env | columns) }
def draw [] { if ($env.PROMPT_COMMAND | describe) == "string" { $env.PROMPT_COMMAND } else { do $env.PROMPT_COMMAND } }
$env.PROMPT_COMMAND = {|| "old" }
let before = (if (has PATH) { $env.PATH } else { [] })
let before_text = ($before | str join ":")
'

scenario values <<EOS
$use
same VIRTUAL_ENV \$env.VIRTUAL_ENV \$env.T_DIR
same VIRTUAL_ENV_PROMPT \$env.VIRTUAL_ENV_PROMPT \$env.T_PROMPT
exported VIRTUAL_ENV \$env.T_DIR
exported VIRTUAL_ENV_PROMPT \$env.T_PROMPT
exported PATH \$"(\$env.T_DIR)/bin:(\$before_text)"
same command (^tool | complete).stdout \$"(\$env.T_DIR)/bin/tool\n"
deactivate
same PATH \$env.PATH \$before
exported PATH \$before_text
exported VIRTUAL_ENV unset
same prompt (draw) old
EOS

scenario prompt <<EOS
$use
same prompt (draw) '(plain) old'
deactivate
\$env.PROMPT_COMMAND = 'text'
$use
same prompt (draw) '(plain) text'
deactivate
same prompt (draw) 'text'
EOS

# The overlay is kept with its variables when it is hidden, and used again.
scenario prompt-disabled <<EOS
$use
deactivate
\$env.VIRTUAL_ENV_DISABLE_PROMPT = '1'
$use
same prompt (draw) old
exported VIRTUAL_ENV \$env.T_DIR
deactivate
\$env.VIRTUAL_ENV_DISABLE_PROMPT = ''
$use
same prompt (draw) '(plain) old'
EOS

scenario pythonhome <<EOS
$use
same PYTHONHOME (has PYTHONHOME) false
deactivate
\$env.PYTHONHOME = '/odd  \$home '
$use
exported PYTHONHOME ''
same python (^python -c 'import sys; print (sys.prefix)' | complete).stdout \$"(\$env.T_DIR)\n"
$use
deactivate
exported PYTHONHOME '/odd  \$home '
EOS

scenario no-leaks <<EOS
\$env.PYTHONHOME = '/home'
let names = (\$env | columns | sort)
$use
overlay hide activate
same names (\$env | columns | sort) \$names
exported _OLD_VIRTUAL unset
EOS

scenario nested <<EOS
\$env.PYTHONHOME = '/home'
$use_other
$use_other
$use
exported VIRTUAL_ENV \$env.T_DIR
exported VIRTUAL_ENV_PROMPT \$env.T_PROMPT
exported PATH \$"(\$env.T_DIR)/bin:(\$before_text)"
exported _OLD_VIRTUAL unset
cd /
deactivate
same PWD \$env.PWD /
exported PATH \$before_text
exported PYTHONHOME /home
exported VIRTUAL_ENV unset
exported VIRTUAL_ENV_PROMPT unset
same prompt (draw) old
EOS

# Used again it sees what has changed meanwhile.
scenario again <<EOS
$use
deactivate
\$env.PATH = (\$env.PATH | append /meanwhile)
$use
exported PATH \$"(\$env.T_DIR)/bin:(\$before_text):/meanwhile"
deactivate
exported PATH \$"(\$before_text):/meanwhile"
EOS

scenario path-unset <<EOS
same before (has PATH) false
$use
same PATH (\$env.PATH | str join ':') \$"(\$env.T_DIR)/bin"
$use
same PATH (\$env.PATH | str join ':') \$"(\$env.T_DIR)/bin"
deactivate
same PATH (has PATH) false
EOS

scenario inherited <<EOS
same before \$env.VIRTUAL_ENV /elsewhere
$use
exported VIRTUAL_ENV \$env.T_DIR
deactivate
exported PATH \$before_text
EOS

nu_all_texts () # SHELL...
{
  local text failed=0
  for text in "${odd_texts[@]}"; do
    use_env_here "$text" && play_quiet values "$@" || { echo "with the text: $text"; failed=1; }
  done
  return $failed
}

test_nu () # NU
{
  local nu=("$1" --config "$scratch/play/config.nu" --env-config "$scratch/play/env.nu")
  local version name
  version="nu $("$1" --version)"
  check "$version: odd names and prompts" nu_all_texts "${nu[@]}"
  use_env "$nasty_text"
  ln -sfn "$T_DIR" "$scratch/other"
  use_env_here plain
  for name in prompt prompt-disabled pythonhome no-leaks nested again; do
    check "$version: $name" play_quiet "$name" "${nu[@]}"
  done
  check "$version: inherited" play_quiet inherited \
        env VIRTUAL_ENV=/elsewhere VIRTUAL_ENV_PROMPT=elsewhere "${nu[@]}"
  check "$version: path-unset" play_quiet path-unset \
        env -u PATH "$(command -v "$1")" "${nu[@]:1}"
  use_env_here "$nasty_text"
  check "$version: nested, an odd name" play_quiet nested "${nu[@]}"

  enter=$use
  draws "$version: draws the text as it is" "$nasty_text" "${nu[@]}"
  use_env_here "$control_text"
  draws "$version: draws no control characters" 'n?l?[31mx' "${nu[@]}"
  use_env_here plain
  session "${nu[@]}"
  is "$version: a session's prompts" "$(grep -o '\[[^]"]*READY]' "$scratch/.drawn")" \
     '[(plain) READY]
[READY]
[READY]
[(plain) READY]
[READY]'
}

# A script is parsed and run as a whole, and leaves no overlay behind: that they
# are kept when they are hidden is seen in a session only.
session () # SHELL...
{
  local say='print ("[" + (do $env.PROMPT_COMMAND) + "]")'
  printf '%s\n' "$use" "$say" deactivate "$say" \
         '$env.VIRTUAL_ENV_DISABLE_PROMPT = "yes"' "$use" "$say" deactivate \
         '$env.VIRTUAL_ENV_DISABLE_PROMPT = ""' "$use" "$say" 'overlay hide activate' "$say" |
    draw "$@" >"$scratch/.drawn" 2>&1
}

for name in "${shells[@]}"; do test_nu "$name"; done
not_run 'no text was run'
finish
