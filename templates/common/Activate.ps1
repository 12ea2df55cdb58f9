<#
SPDX-License-Identifier: BSD-2-Clause

.SYNOPSIS
Activates this virtual environment in the running PowerShell.

.DESCRIPTION
    bin/Activate.ps1          (Scripts\Activate.ps1 on Windows)

Leave the environment with "deactivate".  With $env:VIRTUAL_ENV_DISABLE_PROMPT
set to any text the prompt is left alone.

.PARAMETER VenvDir
Another environment to be activated instead.

.PARAMETER Prompt
What the prompt shows, in parentheses.
#>
[CmdletBinding()]
param (
    [string] $VenvDir = __VENV_DIR__,
    [string] $Prompt = __VENV_PROMPT__
)

__VENV_RELOCATE__
# The environment that is active, whoever made it, is left by its own function.
if ($env:VIRTUAL_ENV -and (Test-Path -Path Function:global:deactivate)) {
    deactivate -NonDestructive
}

function global:deactivate ([switch] $NonDestructive) {
__VENV_VARIABLES_RESTORE__
    if (Test-Path -Path Variable:global:_OLD_VIRTUAL) {
        $old = $global:_OLD_VIRTUAL
        $env:PATH = $old.Path
        if ($old.HasPythonHome) {
            $env:PYTHONHOME = $old.PythonHome
        }
        if ($old.Prompt) {
            Set-Item -Path Function:global:prompt -Value $old.Prompt
        }
        Remove-Variable -Name _OLD_VIRTUAL -Scope Global
    }
    Remove-Item -Path Env:VIRTUAL_ENV, Env:VIRTUAL_ENV_PROMPT -ErrorAction SilentlyContinue
    if (-not $NonDestructive) {
        Remove-Item -Path Function:deactivate
    }
}

# All that deactivate needs, in one place.
$global:_OLD_VIRTUAL = @{
    Path = $env:PATH
    HasPythonHome = Test-Path -Path Env:PYTHONHOME
    PythonHome = $env:PYTHONHOME
    Prompt = $null
}

$env:VIRTUAL_ENV = $VenvDir
$env:VIRTUAL_ENV_PROMPT = $Prompt
$env:PATH = [IO.Path]::Combine($VenvDir, __VENV_BIN_NAME__) + [IO.Path]::PathSeparator + $env:PATH

if ($global:_OLD_VIRTUAL.HasPythonHome) {
    Remove-Item -Path Env:PYTHONHOME
}

if (-not $env:VIRTUAL_ENV_DISABLE_PROMPT) {
    $global:_OLD_VIRTUAL.Prompt = (Get-Item -Path Function:prompt).ScriptBlock
    function global:prompt {
        $shown = $env:VIRTUAL_ENV_PROMPT -replace '\p{Cc}', '?'
        Write-Host -NoNewline -ForegroundColor Green "($shown) "
        & $global:_OLD_VIRTUAL.Prompt
    }
}
__VENV_VARIABLES_SET__
