#!/bin/bash
# The activation script in PowerShell, where that is installed.
# shellcheck disable=SC2016,SC2317
. "${srcdir:-.}/tests/lib.sh"
. "$srcdir/tests/cli/activate.inc"

command -v pwsh >/dev/null || skip_all 'pwsh is not installed'

# It takes its time to start: all texts are played in one shell.
for text in "${odd_texts[@]}"; do
  use_env "$text"
done
export T_ENVS=$scratch/envs

prelude='
Set-StrictMode -Version Latest
$ErrorActionPreference = "Stop"
function same ($what, $got, $expected) {
    if ($got -cne $expected) { "${what}: <$got>, not <$expected>"; exit 1 }
}
function prompt { "old> " }
$before = $env:PATH
'

scenario values <<'EOS'
foreach ($dir in Get-ChildItem -LiteralPath $env:T_ENVS) {
    . ([IO.Path]::Combine($dir.FullName, 'bin', 'Activate.ps1'))
    same VIRTUAL_ENV $env:VIRTUAL_ENV $dir.FullName
    same VIRTUAL_ENV_PROMPT $env:VIRTUAL_ENV_PROMPT $dir.Name
    same command (@(tool) -join "`n") "$($dir.FullName)/bin/tool"
    deactivate
    same PATH $env:PATH $before
    same prompt (prompt) 'old> '
}
EOS

scenario restore <<'EOS'
$activate = [IO.Path]::Combine($env:T_DIR, 'bin', 'Activate.ps1')
$env:PYTHONHOME = '/home'
& $activate
& $activate
same PYTHONHOME $env:PYTHONHOME $null
same prompt (prompt) 'old> '
deactivate
same PATH $env:PATH $before
same PYTHONHOME $env:PYTHONHOME '/home'
same VIRTUAL_ENV $env:VIRTUAL_ENV $null
same VIRTUAL_ENV_PROMPT $env:VIRTUAL_ENV_PROMPT $null
same state (Test-Path Variable:global:_OLD_VIRTUAL) $false
same deactivate (Test-Path Function:deactivate) $false
EOS

play_quiet () # NAME SHELL...
{
  cp "$scratch/scenario-$1" "$scratch/scenario.ps1"
  "${@:2}" "$scratch/scenario.ps1" >"$scratch/.play" 2>&1 || { cat "$scratch/.play"; return 1; }
  # What the prompt writes in front is all there may be.
  ! grep -v '^(plain) *$' "$scratch/.play"
}

use_env plain
play values pwsh -NoProfile -File
play restore pwsh -NoProfile -File
not_run 'no text was run'
finish
