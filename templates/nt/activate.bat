@rem SPDX-License-Identifier: BSD-2-Clause
@rem
@rem Activates this virtual environment in the running cmd:
@rem
@rem     Scripts\activate.bat
@rem
@rem Leave the environment with "deactivate".  With VIRTUAL_ENV_DISABLE_PROMPT
@rem set to any text the prompt is left alone.

@rem Leaves the environment that is active.  Doubled, the percent signs have the
@rem path expanded last, when nothing in it is special any more.
@if defined _OLD_VIRTUAL_DEACTIVATE call "%%_OLD_VIRTUAL_DEACTIVATE%%"
@if defined _OLD_VIRTUAL_PATH set "PATH=%_OLD_VIRTUAL_PATH%"
@if defined _OLD_VIRTUAL_PATH_UNSET set "PATH="
@if defined _OLD_VIRTUAL_PYTHONHOME set "PYTHONHOME=%_OLD_VIRTUAL_PYTHONHOME%"
@if defined _OLD_VIRTUAL_PROMPT set "PROMPT=%_OLD_VIRTUAL_PROMPT%"
@for %%v in (PATH PATH_UNSET PYTHONHOME PROMPT) do @set "_OLD_VIRTUAL_%%v="

@rem This file is in UTF-8.  The texts are quoted for use without quotes.
@set "_OLD_CODEPAGE="
@for /f "tokens=2 delims=:." %%c in ('"%SystemRoot%\System32\chcp.com"') do @set "_OLD_CODEPAGE=%%c"
@if defined _OLD_CODEPAGE "%SystemRoot%\System32\chcp.com" 65001 >nul
@set VIRTUAL_ENV=__VENV_DIR__
__VENV_RELOCATE__
@set VIRTUAL_ENV_PROMPT=__VENV_PROMPT__
__VENV_VARIABLES_SET__
@if defined _OLD_CODEPAGE "%SystemRoot%\System32\chcp.com" %_OLD_CODEPAGE% >nul
@set "_OLD_CODEPAGE="

@set "_OLD_VIRTUAL_PATH=%PATH%"
@if not defined PATH set "_OLD_VIRTUAL_PATH_UNSET=1"
@if defined PATH set "PATH=%VIRTUAL_ENV%\__VENV_BIN_NAME__;%PATH%"
@if not defined PATH set "PATH=%VIRTUAL_ENV%\__VENV_BIN_NAME__"

@if defined PYTHONHOME set "_OLD_VIRTUAL_PYTHONHOME=%PYTHONHOME%"
@set "PYTHONHOME="

@rem A double quote is drawn as a single one, which keeps the line in one
@rem piece, and "$", which means something in a prompt, is doubled.
@if defined VIRTUAL_ENV_DISABLE_PROMPT goto :eof
@if not defined VIRTUAL_ENV_PROMPT goto :eof
@if not defined PROMPT set "PROMPT=$P$G"
@set "_OLD_VIRTUAL_PROMPT=%PROMPT%"
@set "_VIRTUAL_ENV_SHOWN=%VIRTUAL_ENV_PROMPT:"='%"
@set "PROMPT=(%_VIRTUAL_ENV_SHOWN:$=$$%) %PROMPT%"
@set "_VIRTUAL_ENV_SHOWN="
