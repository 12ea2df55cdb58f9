#!/bin/bash
# The plugin xonsh: its activation script in the real xonsh.
# shellcheck disable=SC2016,SC2317
. "${srcdir:-.}/tests/lib.sh"
. "$srcdir/tests/cli/activate.inc"

command -v xonsh >/dev/null || skip_all 'xonsh is not installed'
export XONSH_DATA_DIR=$scratch/data XONSHRC=
env_options=(--plugin=xonsh)

# It takes its time to start: all texts are played in one shell.
for text in "${odd_texts[@]}"; do
  use_env "$text"
done
export T_ENVS=$scratch/envs

prelude='
import os, sys
raising = "XONSH_SUBPROC_CMD_RAISE_ERROR"
${raising if raising in ${...} else "RAISE_SUBPROC_ERROR"} = True
def same(what, got, expected):
    if got != expected:
        print("{}: <{}>, not <{}>".format(what, got, expected))
        sys.exit(1)
def exported():
    return eval($(@(sys.executable) -IS -c "import os, sys; sys.stdout.write(ascii(dict(os.environ)))"))
# Newer versions leave out the last line end of a capture.
def line(text):
    return text[:-1] if text.endswith("\n") else text
def drawn():
    __xonsh__.shell.prompt_formatter.fields = $PROMPT_FIELDS
    $PROMPT_FIELDS.reset()
    return __xonsh__.shell.prompt_formatter($PROMPT)
def activate(env_dir):
    source @(os.path.join(env_dir, "bin", "activate.xsh"))
before = ${...}.detype()["PATH"]
$PROMPT = "old> "
'

scenario values <<'EOS'
for name in os.listdir($T_ENVS):
    env_dir = os.path.join($T_ENVS, name)
    activate(env_dir)
    same("VIRTUAL_ENV", $VIRTUAL_ENV, env_dir)
    same("VIRTUAL_ENV_PROMPT", $VIRTUAL_ENV_PROMPT, name)
    seen = exported()
    same("exported VIRTUAL_ENV", seen["VIRTUAL_ENV"], env_dir)
    same("exported VIRTUAL_ENV_PROMPT", seen["VIRTUAL_ENV_PROMPT"], name)
    same("exported PATH", seen["PATH"], env_dir + "/bin:" + before)
    same("command", line($(tool)), env_dir + "/bin/tool")
    deactivate
    same("PATH", ${...}.detype()["PATH"], before)
    same("VIRTUAL_ENV", "VIRTUAL_ENV" in ${...}.detype(), False)
same("exported VIRTUAL_ENV", "VIRTUAL_ENV" in exported(), False)
EOS

scenario relative <<'EOS'
cd $T_DIR
source bin/activate.xsh
same("VIRTUAL_ENV", $VIRTUAL_ENV, $T_DIR)
EOS

# The field env_name is where xonsh shows an environment; it is there once.
scenario prompt <<'EOS'
activate($T_DIR)
same("prompt", drawn(), "(plain) old> ")
deactivate
same("prompt", drawn(), "old> ")
$PROMPT = "[{env_name}] old> "
activate($T_DIR)
same("prompt with the field", drawn(), "[(plain) ] old> ")
deactivate
same("prompt with the field", drawn(), "[] old> ")
$PROMPT = lambda: "called> "
activate($T_DIR)
same("prompt that is called", drawn(), "(plain) called> ")
deactivate
same("prompt that is called", drawn(), "called> ")
$PROMPT_FIELDS["env_name"] = "mine "
activate($T_DIR)
same("a field of the user", drawn(), "mine called> ")
deactivate
same("a field of the user", $PROMPT_FIELDS["env_name"], "mine ")
EOS

scenario prompt-default <<'EOS'
del $PROMPT
name = drawn()
activate($T_DIR)
same("default prompt", drawn().replace("(plain) ", "", 1), name)
same("default prompt, the environment", "(plain) " in drawn(), True)
deactivate
same("default prompt", drawn(), name)
EOS

scenario prompt-disabled <<'EOS'
$VIRTUAL_ENV_DISABLE_PROMPT = "1"
$PROMPT = "{env_name}old> "
activate($T_DIR)
same("prompt", drawn(), "old> ")
deactivate
$VIRTUAL_ENV_DISABLE_PROMPT = ""
activate($T_DIR)
same("prompt", drawn(), "(plain) old> ")
EOS

scenario pythonhome <<'EOS'
activate($T_DIR)
deactivate
same("PYTHONHOME", "PYTHONHOME" in ${...}, False)
for home in ("", " odd  $home "):
    $PYTHONHOME = home
    activate($T_DIR)
    same("PYTHONHOME inside", "PYTHONHOME" in ${...}, False)
    activate($T_DIR)
    deactivate
    same("PYTHONHOME", $PYTHONHOME, home)
EOS

scenario no-leaks <<'EOS'
def everything():
    return (sorted(k for k in __xonsh__.ctx if k != "names"), sorted(${...}.detype()),
            sorted(aliases), sorted($PROMPT_FIELDS), $PROMPT)
names = everything()
activate($T_DIR)
deactivate
same("names", everything(), names)
aliases["deactivate"] = "echo mine"
activate($T_DIR)
deactivate
same("alias", line($(deactivate)), "mine")
EOS

scenario nested <<'EOS'
$PYTHONHOME = "/home"
activate($T_OTHER)
activate($T_OTHER)
activate($T_DIR)
same("VIRTUAL_ENV", $VIRTUAL_ENV, $T_DIR)
same("VIRTUAL_ENV_PROMPT", $VIRTUAL_ENV_PROMPT, $T_PROMPT)
same("PATH", ${...}.detype()["PATH"], $T_DIR + "/bin:" + before)
deactivate
same("PATH", ${...}.detype()["PATH"], before)
same("PYTHONHOME", $PYTHONHOME, "/home")
same("VIRTUAL_ENV", "VIRTUAL_ENV" in ${...}, False)
same("VIRTUAL_ENV_PROMPT", "VIRTUAL_ENV_PROMPT" in ${...}, False)
same("prompt", drawn(), "old> ")
EOS

# What was in PATH is kept as it was written, and as it is expanded.
scenario path <<'EOS'
$LATER = "/first"
$PATH = $PATH + ["$LATER/bin"]
activate($T_DIR)
deactivate
$LATER = "/second"
same("PATH", ${...}.detype()["PATH"], before + ":/second/bin")
EOS

scenario path-unset <<'EOS'
del $PATH
activate($T_DIR)
same("PATH", ${...}.detype()["PATH"], $T_DIR + "/bin")
activate($T_DIR)
same("PATH", ${...}.detype()["PATH"], $T_DIR + "/bin")
deactivate
same("PATH", "PATH" in ${...}.detype(), False)
EOS

scenario inherited <<'EOS'
same("VIRTUAL_ENV", $VIRTUAL_ENV, "/elsewhere")
activate($T_DIR)
same("VIRTUAL_ENV", $VIRTUAL_ENV, $T_DIR)
deactivate
same("PATH", ${...}.detype()["PATH"], before)
EOS

scenario python <<'EOS'
activate($T_DIR)
same("python", line($(python -c "import sys; print(sys.prefix)")), $T_DIR)
EOS

# Either leaves what the other has entered.
scenario vox <<'EOS'
xontrib load vox
activate($T_OTHER)
vox activate @($T_DIR) >/dev/null
same("VIRTUAL_ENV of vox", $VIRTUAL_ENV, $T_DIR)
same("PATH of vox", ${...}.detype()["PATH"], $T_DIR + "/bin:" + before)
same("deactivate", "deactivate" in aliases, False)
activate($T_OTHER)
same("VIRTUAL_ENV", $VIRTUAL_ENV, $T_OTHER)
same("PATH", ${...}.detype()["PATH"], $T_OTHER + "/bin:" + before)
vox deactivate >/dev/null
same("PATH", ${...}.detype()["PATH"], before)
same("VIRTUAL_ENV_PROMPT", "VIRTUAL_ENV_PROMPT" in ${...}, False)
activate($T_OTHER)
deactivate
vox activate @($T_DIR) >/dev/null
vox deactivate >/dev/null
same("PATH", ${...}.detype()["PATH"], before)
same("VIRTUAL_ENV", "VIRTUAL_ENV" in ${...}, False)
EOS

use_env "$nasty_text"
export T_OTHER=$T_DIR
use_env plain
for name in values relative prompt prompt-default prompt-disabled pythonhome no-leaks \
            path path-unset nested python; do
  play "$name" xonsh --no-rc
done
play inherited env VIRTUAL_ENV=/elsewhere VIRTUAL_ENV_PROMPT=elsewhere xonsh --no-rc
export T_OTHER="$scratch/envs/two  spaces "
if xonsh --no-rc -c 'import xontrib.vox' 2>/dev/null; then
  play vox xonsh --no-rc
else
  skip 'xonsh --no-rc: vox' 'this xonsh has no vox'
fi
use_env "$nasty_text"
export T_OTHER=$scratch/envs/plain
play nested xonsh --no-rc

printf '$PROMPT = "READY> "\n$COMPLETIONS_MENU_ROWS = 0\n' >"$scratch/rc.xsh"
enter='source @($T_DIR)/bin/activate.xsh'
test_drawing () # SHELL-TYPE
{
  local text xonsh=(xonsh --rc "$scratch/rc.xsh" -i -D "SHELL_TYPE=$1")
  for text in "$nasty_text" 'a{RED}{env_name}{}' plain; do
    use_env "$text"
    draws "$1: draws $text" "$text" "${xonsh[@]}"
  done
  use_env "$control_text"
  draws "$1: draws no control characters" 'n?l?[31mx' "${xonsh[@]}"
}
test_drawing readline
if xonsh --no-rc -c 'import prompt_toolkit' 2>/dev/null; then
  TERM=xterm test_drawing prompt_toolkit
else
  skip 'prompt_toolkit' 'not installed'
fi

not_run 'no text was run'
finish
