@rem SPDX-License-Identifier: BSD-2-Clause
@rem
@rem Leaves the virtual environment that activate.bat has entered:
@rem
@rem     deactivate

@if defined _OLD_VIRTUAL_PATH set "PATH=%_OLD_VIRTUAL_PATH%"
@if defined _OLD_VIRTUAL_PATH_UNSET set "PATH="
@if defined _OLD_VIRTUAL_PYTHONHOME set "PYTHONHOME=%_OLD_VIRTUAL_PYTHONHOME%"
@if defined _OLD_VIRTUAL_PROMPT set "PROMPT=%_OLD_VIRTUAL_PROMPT%"
@for %%v in (PATH PATH_UNSET PYTHONHOME PROMPT) do @set "_OLD_VIRTUAL_%%v="
@set "VIRTUAL_ENV="
@set "VIRTUAL_ENV_PROMPT="
__VENV_VARIABLES_RESTORE__
