#!/bin/bash
# The activation script in PowerShell, where that is installed.
# shellcheck disable=SC2016,SC2317
. "${srcdir:-.}/tests/lib.sh"
. "$srcdir/tests/cli/activate.inc"

command -v pwsh >/dev/null || skip_all 'pwsh is not installed'

# It takes its time to start: all texts are played in one shell.
for text in "${odd_texts[@]}"; do
  use_env "$text" && printf %s "$text" >"$T_DIR/prompt.txt"
done
export T_ENVS=$scratch/envs

prelude='
Set-StrictMode -Version Latest
$ErrorActionPreference = "Stop"
$PSNativeCommandUseErrorActionPreference = $false
function same ($what, $got, $expected) {
    if ($got -cne $expected) { "${what}: <$got>, not <$expected>"; exit 1 }
}
# What the prompt prints, and what it returns.
function drawn { -join (prompt 6>&1) }
function prompt { "old> " }
$before = $env:PATH
$dir, $other = $env:T_DIR, $env:T_OTHER
$activate = "$dir/bin/Activate.ps1"
'

# PowerShell takes a backslash for a slash: what lies in a directory of such a
# name can only be read by other means, and is where it was made then.
scenario values <<'EOS'
foreach ($dir in [IO.Directory]::GetDirectories($env:T_ENVS)) {
    if ($dir.Contains('\')) {
        Invoke-Expression ([IO.File]::ReadAllText("$dir/bin/Activate.ps1"))
    }
    else {
        . "$dir/bin/Activate.ps1"
        same command (@(tool) -join "`n") "$dir/bin/tool"
    }
    same VIRTUAL_ENV $env:VIRTUAL_ENV $dir
    same VIRTUAL_ENV_PROMPT $env:VIRTUAL_ENV_PROMPT ([IO.File]::ReadAllText("$dir/prompt.txt"))
    same PATH $env:PATH "$dir/bin:$before"
    deactivate
    same PATH $env:PATH $before
    same prompt (drawn) 'old> '
}
EOS

scenario restore <<'EOS'
$env:PYTHONHOME = '/home'
& $activate
& $activate
same PYTHONHOME $env:PYTHONHOME $null
same prompt (drawn) '(plain) old> '
deactivate
same PATH $env:PATH $before
same PYTHONHOME $env:PYTHONHOME '/home'
same prompt (drawn) 'old> '
same VIRTUAL_ENV $env:VIRTUAL_ENV $null
same VIRTUAL_ENV_PROMPT $env:VIRTUAL_ENV_PROMPT $null
same deactivate (Test-Path Function:deactivate) $false
EOS

scenario no-leaks <<'EOS'
function names {
    Get-ChildItem Variable:, Function:, Env: | ForEach-Object { $_.Name } | Sort-Object -Unique -CaseSensitive
}
$VenvDir, $Prompt, $names, $null = '', '', '', ('x' -match 'x')
$names = names
. $activate
deactivate
same names ((names) -join ' ') ($names -join ' ')
EOS

# AppLocker and the like leave a language in which only core types have methods.
scenario locked-down <<'EOS'
$ExecutionContext.SessionState.LanguageMode = 'ConstrainedLanguage'
. $activate
same VIRTUAL_ENV $env:VIRTUAL_ENV $dir
same PATH $env:PATH "${dir}/bin:$before"
same prompt (drawn) '(plain) old> '
. "$other/bin/Activate.ps1"
same PATH $env:PATH "${other}/bin:$before"
deactivate
same PATH $env:PATH $before
same prompt (drawn) 'old> '
EOS

scenario no-prompt <<'EOS'
Remove-Item Function:prompt
. $activate
same PATH $env:PATH "${dir}/bin:$before"
same prompt (Test-Path Function:prompt) $false
deactivate
same PATH $env:PATH $before
same prompt (Test-Path Function:prompt) $false
EOS

scenario read-only-prompt <<'EOS'
Set-Item -Path Function:prompt -Value { 'mine> ' } -Options ReadOnly
. $activate
same PATH $env:PATH "${dir}/bin:$before"
same prompt (drawn) 'mine> '
deactivate
same PATH $env:PATH $before
same prompt (drawn) 'mine> '
EOS

scenario prompt-disabled <<'EOS'
$env:VIRTUAL_ENV_DISABLE_PROMPT = '1'
. $activate
same prompt (drawn) 'old> '
deactivate
same prompt (drawn) 'old> '
EOS

scenario prompt-of-a-module <<'EOS'
Remove-Item Function:prompt
New-Module -Name Theirs { function prompt { 'module> ' } } | Import-Module -Global
. $activate
same prompt (drawn) '(plain) module> '
deactivate
same prompt (drawn) 'module> '
EOS

scenario last-status <<'EOS'
function prompt { "$? $LASTEXITCODE> " }
. $activate
sh -c 'exit 3'
$failed = prompt 6>$null
sh -c 'exit 0'
$succeeded = prompt 6>$null
same failed $failed 'False 3> '
same succeeded $succeeded 'True 0> '
EOS

scenario parameters <<'EOS'
Set-Location -LiteralPath $env:T_ENVS
& $activate -VenvDir (Split-Path -Leaf $other)
same VIRTUAL_ENV $env:VIRTUAL_ENV $other
same VIRTUAL_ENV_PROMPT $env:VIRTUAL_ENV_PROMPT $env:T_OTHER_PROMPT
& $activate -VenvDir $env:T_FOREIGN
same VIRTUAL_ENV $env:VIRTUAL_ENV $env:T_FOREIGN
same VIRTUAL_ENV_PROMPT $env:VIRTUAL_ENV_PROMPT foreign
& $activate -VenvDir $other -Prompt given
same VIRTUAL_ENV_PROMPT $env:VIRTUAL_ENV_PROMPT given
& $activate -Prompt given
same VIRTUAL_ENV $env:VIRTUAL_ENV $dir
same VIRTUAL_ENV_PROMPT $env:VIRTUAL_ENV_PROMPT given
$failed = $false
try { & $activate -VenvDir missing } catch { $failed = "$_" }
same missing $failed 'missing: not a virtual environment: there is no pyvenv.cfg'
same VIRTUAL_ENV $env:VIRTUAL_ENV $dir
same PATH $env:PATH "${dir}/bin:$before"
EOS

scenario alias <<'EOS'
Set-Alias -Name deactivate -Value Get-Location -Scope Global
. $activate
. "$other/bin/Activate.ps1"
same PATH $env:PATH "${other}/bin:$before"
& $function:deactivate
same PATH $env:PATH $before
EOS

scenario path-unset <<'EOS'
Remove-Item Env:PATH
. $activate
same PATH $env:PATH "$dir/bin"
deactivate
same PATH (Test-Path Env:PATH) $false
EOS

scenario moved <<'EOS'
. "$env:T_COPY/bin/Activate.ps1"
same VIRTUAL_ENV $env:VIRTUAL_ENV $env:T_COPY
same PATH $env:PATH "${env:T_COPY}/bin:$before"
deactivate
EOS

scenario from-a-string <<'EOS'
Invoke-Expression (Get-Content -Raw -LiteralPath $activate)
same VIRTUAL_ENV $env:VIRTUAL_ENV $dir
deactivate
same PATH $env:PATH $before
EOS

scenario functions <<'EOS'
function dotted { . $activate }
function called { & $activate }
New-Module -Name Enter { function entered ($script) { & $script } } | Import-Module
foreach ($enter in { dotted }, { called }, { entered $activate }) {
    & $enter
    same PATH $env:PATH "${dir}/bin:$before"
    same prompt (drawn) '(plain) old> '
    deactivate
    same PATH $env:PATH $before
    same prompt (drawn) 'old> '
}
EOS

scenario removed-by-hand <<'EOS'
. $activate
Remove-Item Env:VIRTUAL_ENV
. "$other/bin/Activate.ps1"
same PATH $env:PATH "${other}/bin:$before"
same prompt (drawn) "($env:T_OTHER_PROMPT) old> "
deactivate
same PATH $env:PATH $before
same prompt (drawn) 'old> '
EOS

scenario deleted <<'EOS'
. "$env:T_DELETED/bin/Activate.ps1"
Remove-Item -Recurse -Force -LiteralPath $env:T_DELETED
deactivate
same PATH $env:PATH $before
EOS

scenario case <<'EOS'
$env:T_case = 'was'
. "$env:T_CASES/bin/Activate.ps1"
same lower $env:T_case 1
same upper $env:T_CASE 2
deactivate
same lower $env:T_case 'was'
same upper (Test-Path Env:T_CASE) $false
EOS

scenario child <<'EOS'
. $activate
pwsh -NoProfile -File $env:T_CHILD
same child $LASTEXITCODE 0
deactivate
same PATH $env:PATH $before
EOS
cat >"$scratch/child.ps1" <<'EOS'
. "$env:T_OTHER/bin/Activate.ps1"
if ($env:PATH -cne "${env:T_OTHER}/bin:${env:T_DIR}/bin:$env:T_BEFORE") { "PATH: $env:PATH"; exit 1 }
deactivate
if ($env:PATH -cne "${env:T_DIR}/bin:$env:T_BEFORE") { "PATH afterwards: $env:PATH"; exit 1 }
EOS

scenario errors <<'EOS'
$Error.Clear()
. $activate
sh -c 'exit 3'
$null = prompt 6>$null
. "$other/bin/Activate.ps1"
deactivate
same errors $Error.Count 0
EOS

scenario help <<'EOS'
same synopsis (Get-Help -Name $activate).Synopsis 'Activates this virtual environment in the running PowerShell.'
EOS

# The script has to have the name of one.
play_quiet () # NAME SHELL...
{
  cp "$scratch/scenario-$1" "$scratch/scenario.ps1"
  "${@:2}" "$scratch/scenario.ps1" >"$scratch/.play" 2>&1 || { cat "$scratch/.play"; return 1; }
  cat "$scratch/.play"
  [ ! -s "$scratch/.play" ]
}

use_env "two  spaces "
export T_OTHER=$T_DIR T_OTHER_PROMPT=$T_PROMPT T_BEFORE=$PATH
use_env plain
export T_FOREIGN=$scratch/foreign T_COPY=$scratch/copy T_DELETED=$scratch/deleted \
       T_CASES=$scratch/cases T_CHILD=$scratch/child.ps1
mkdir "$T_FOREIGN" && echo 'home = /usr/bin' >"$T_FOREIGN/pyvenv.cfg"
cp -a "$T_DIR" "$T_COPY"
cp -a "$T_DIR" "$T_DELETED"
"$VENVB" --without-pip --plugin=env-vars,T_case=1,T_CASE=2 "$T_CASES" >/dev/null

for name in values restore no-leaks locked-down no-prompt read-only-prompt prompt-disabled \
            prompt-of-a-module last-status parameters alias path-unset moved from-a-string \
            functions removed-by-hand deleted case child errors help; do
  play "$name" pwsh -NoProfile -File
done
check "its exit status" pwsh -NoProfile -File "$T_DIR/bin/Activate.ps1"

relocatable=$scratch/relocatable
"$VENVB" --without-pip --prompt=plain --plugin=relocatable "$relocatable" >/dev/null
T_DIR=$relocatable
check "relocatable: locked-down" play_quiet locked-down pwsh -NoProfile -File
not_run 'no text was run'
finish
