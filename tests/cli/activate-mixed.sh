#!/bin/bash
# Environments of venvb, venv, virtualenv and uv, activated one on top of the
# other in each shell there is: the one that is left leaves nothing, whoever made
# the next.  virtualenv and uv take part where they are found on PATH, or in the
# directory TEST_ENV_TOOLS.
# shellcheck disable=SC2015,SC2016,SC2059,SC2119,SC2317
. "${srcdir:-.}/tests/lib.sh"
find_base

export T=$scratch/envs LOOK=$scratch/look XONSH_DATA_DIR=$scratch/data XONSHRC='' TERM=dumb
PATH=$PATH${TEST_ENV_TOOLS:+:$TEST_ENV_TOOLS}
mkdir "$T"
# Notes what is to be seen of an activation: the prompt, and what programs get.
# An empty PYTHONHOME is none to Python.
cat >"$LOOK" <<EOS
#!/bin/sh
{
  printf 'prompt=%s\\n' "\$1"
  $(command -v env) | $(command -v sed) -n '/^PATH=/p; /^PYTHONHOME=./p; /^T_VARIABLE=/p; /^VIRTUAL_ENV=/p'
} | LC_ALL=C $(command -v sort)
echo
EOS
chmod +x "$LOOK"

# The environments: `first` sets a variable, `second` does not know of it.
venvb () { "$VENVB" --without-pip --plugin=nushell --plugin=xonsh "$@"; }
check "venvb's environments" \
  eval 'venvb --plugin=env-vars,T_VARIABLE=first "$T/first" && venvb "$T/second"'
others=()
other () # NAME COMMAND...
{
  if ! command -v "$2" >/dev/null; then
    skip "an environment of $1" "$2 is not installed"
  elif check "an environment of $1" "${@:2}" "$T/$1"; then
    others+=("$1")
  fi
}
other venv "$base" -m venv --without-pip
other virtualenv virtualenv -q --no-seed --python "$base"
other uv uv venv -q --offline --no-config --python "$base"

# What each shell is told, in its own language: "+ENV" is to activate, "-" to
# deactivate; a note is taken after each.
declare -A start note activate
start[posix]='export PYTHONHOME=/home T_VARIABLE=before; PS1="old> "'
note[posix]='"$LOOK" "$(eval "printf %s \"$PS1\"")"'
activate[posix]='. "$T/%s/bin/activate"'
start[fish]='set -gx PYTHONHOME /home; set -gx T_VARIABLE before; function fish_prompt; echo -n "old> "; end'
note[fish]='$LOOK (fish_prompt | string collect)'
activate[fish]='source $T/%s/bin/activate.fish'
start[csh]='setenv PYTHONHOME /home; setenv T_VARIABLE before; set prompt = "old> "'
note[csh]='$LOOK:q $prompt:q'
activate[csh]='source $T:q/%s/bin/activate.csh'
start[xonsh]='$PYTHONHOME = "/home"; $T_VARIABLE = "before"; $PROMPT = "{env_name}old> "
def drawn():
    __xonsh__.shell.prompt_formatter.fields = $PROMPT_FIELDS
    $PROMPT_FIELDS.reset()
    return __xonsh__.shell.prompt_formatter($PROMPT)'
note[xonsh]='$LOOK @(drawn())'
activate[xonsh]='source @($T)/%s/bin/activate.xsh'
start[nu]='$env.PYTHONHOME = "/home"; $env.T_VARIABLE = "before"; $env.PROMPT_COMMAND = {|| "old> " }'
note[nu]='^$env.LOOK (do $env.PROMPT_COMMAND)'
activate[nu]="overlay use '$T/%s/bin/activate.nu'"
start[pwsh]='$env:PYTHONHOME = "/home"; $env:T_VARIABLE = "before"; function prompt { "old> " }'
note[pwsh]='& $env:LOOK (-join (prompt 6>&1))'
activate[pwsh]='. "$env:T/%s/bin/Activate.ps1"'

tell () # LANGUAGE STEP...
{
  local language=$1 step; shift
  printf '%s\n' "${start[$language]}" "${note[$language]}"
  for step; do
    case $step in
    +*) printf "${activate[$language]}\n" "${step#+}" ;;
    *) echo deactivate ;;
    esac
    printf '%s\n' "${note[$language]}"
  done
}

# Compares the notes with what is to be there: the environment's bin before the
# original PATH and nothing else, one prefix, and in the end all as it was.
compare_notes () # LANGUAGE NOTES STEP...
{
  python3 - "$T" "$PATH" "$@" <<'EOS'
import re, sys
root, path, language, notes, *steps = sys.argv[1:]
ours = 'first', 'second'
blocks = [dict(line.split('=', 1) for line in block.split('\n') if '=' in line)
          for block in open(notes).read().split('\n\n')]
active = left = None  # `left` was left by a script that does not know all of it
for step, got in zip(['', *steps], blocks):
    before, active = active, step[1:] if step[:1] == '+' else None
    if active in ours or not active and (before in ours or language == 'nu'):
        left = None
    elif before in ours:
        left = before
    wanted = {'PATH': path, 'PYTHONHOME': '/home', 'T_VARIABLE': 'before', 'prompt': 'old> '}
    if active:
        wanted.update(PATH=root + '/' + active + '/bin:' + path, VIRTUAL_ENV=root + '/' + active,
                      prompt='(' + active + ') old> ')
        del wanted['PYTHONHOME']
    if 'first' in (active, left):
        # Only the next script of venvb knows of variables.
        wanted['T_VARIABLE'] = 'first'
    if active and active not in ours:
        # Not all others put PYTHONHOME aside; virtualenv has shells look up the
        # prompt elsewhere, or leaves it alone.
        got.pop('PYTHONHOME', None)
        got['prompt'] = re.sub(r'^(\(%\d+v\) |\(\$\{?_VIRTUAL_ENV_PROMPT\}?\) |)old> $', wanted['prompt'], got['prompt'])
    if left and not active and (language, before) in [
            ('csh', 'venv'), ('csh', 'uv'), ('pwsh', 'uv'), ('pwsh', 'virtualenv')]:
        # Their deactivate knows nothing of PYTHONHOME.
        got['PYTHONHOME'] = wanted['PYTHONHOME']
    if language == 'nu' and active and active not in ours and left:
        # An overlay takes the place of another as it is; hiding it restores all.
        got.update(PATH=wanted['PATH'], prompt=wanted['prompt'])
    if got != wanted:
        sys.exit(f'after {step or "the start"}: {got} and not {wanted}')
assert len(blocks) == len(steps) + 2
EOS
}

mixes () # LANGUAGE SEQUENCE SHELL...
{
  local language=$1 sequence=$2; shift 2
  # shellcheck disable=SC2086
  tell "$language" $sequence >steps.ps1
  "$@" steps.ps1 >notes 2>errors || { cat errors; return 1; }
  # shellcheck disable=SC2086
  [ ! -s errors ] && compare_notes "$language" notes $sequence || { cat errors; return 1; }
}

test_shell () # NAME LANGUAGE SHELL...
{
  local name=$1 language=$2 other sequence; shift 2
  local sequences=('+second -' '+first -' '+first +second -' '+first +second +first -' '+first +first -')
  for other in "${others[@]}"; do
    if mixes "$language" "+$other -" "$@" >/dev/null 2>&1; then
      sequences+=("+second +$other -" "+$other +second -" "+second +$other +second -"
                  "+$other +second +$other -" "+first +$other +first -" "+first +$other +second -"
                  "+first +$other - +second -")
    else
      skip "$name: environments of $other" 'their script does not do here by itself'
    fi
  done
  for sequence in "${sequences[@]}"; do
    check "$name: $sequence" mixes "$language" "$sequence" "$@"
  done
}

for shell in bash 'bash --posix' dash 'zsh -f' 'zsh --emulate sh' ksh93 mksh yash 'busybox sh'; do
  # shellcheck disable=SC2086
  if command -v ${shell%% *} >/dev/null; then test_shell "$shell" posix $shell
  else skip "$shell" 'not installed'; fi
done
if command -v fish >/dev/null; then test_shell fish fish fish --no-config; else skip fish 'not installed'; fi
for shell in tcsh bsd-csh; do
  if command -v "$shell" >/dev/null; then test_shell "$shell" csh "$shell" -f
  else skip "$shell" 'not installed'; fi
done
for shell in 'xonsh --no-rc' 'nu --no-config-file' 'pwsh -NoProfile -File'; do
  name=${shell%% *}
  [ -n "$("$name" --version 2>/dev/null)" ] || { skip "$name" 'not installed'; continue; }
  # shellcheck disable=SC2086
  test_shell "$name" "$name" $shell
done
finish
