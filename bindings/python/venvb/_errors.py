# SPDX-License-Identifier: BSD-2-Clause
"""What the library says went wrong, as exceptions that callers of venv know."""

from __future__ import annotations

import errno
import os
import re
import subprocess
from typing import Any, Dict, Optional, Type

from ._library import lib


class Error(OSError, ValueError):
    """An environment could not be made; all is as it was before.

    venv raises OSError for what the system refuses and ValueError for what makes no
    sense, so this is both.  Where the system gave a reason it is that subclass of OSError,
    too: a PermissionError, say, with ``errno``.

    ``code`` is the library's: 0 failed, 1 usage, 2 a plugin's option, 3 a plugin, 4 output.
    ``str()`` is one line, which the output of a program may follow.
    """

    code: int = 0

    def __init__(self, message: str, number: Optional[int] = None) -> None:
        super().__init__(*([message] if number is None else [number, message]))
        self._message = message

    def __str__(self) -> str:
        return self._message

    def __reduce__(self) -> Any:
        return _again, (self._message, self.code)


class ProgramError(Error, subprocess.CalledProcessError):
    """A program that a stage ran has failed: ensurepip or pip, say.

    ``cmd`` is the program, ``returncode`` its exit status or minus the signal that ended
    it, and ``output`` the end of what it wrote, as text.
    """

    def __init__(self, message: str, number: Optional[int] = None) -> None:
        Error.__init__(self, message)
        found = _PROGRAM.search(message)
        signal, status = (found.group(2), found.group(3)) if found else (None, None)
        self.cmd = found.group(1) if found else ""
        self.returncode = -int(signal) if signal else int(status or 1)
        self.output = "".join(line + "\n" for line in _OUTPUT.findall(message))
        self.stderr = None

    def __str__(self) -> str:
        return Error.__str__(self)


_PROGRAM = re.compile(r"'([^\n]*)' (?:was ended by signal (\d+)|exited with status (\d+))")
_OUTPUT = re.compile(r"^  \| (.*)$", re.MULTILINE)

#: errno: the subclass of Error that is OSError's for it, too
_KINDS: Dict[int, Type[Error]] = {}
for _number in errno.errorcode:
    _kind = type(OSError(_number, ""))
    if _kind is not OSError:
        _KINDS[_number] = type(_kind.__name__, (Error, _kind), {"__module__": __name__})

#: what strerror(3) says: errno
_REASONS = {os.strerror(number): number for number in errno.errorcode}


def _reason(message: str) -> Optional[int]:
    """The errno that a message ends with, in words."""
    return _REASONS.get(message.split("\n", 1)[0].rsplit(": ", 1)[-1])


def _again(message: str, code: int) -> Error:
    number = _reason(message)
    kind: Type[Error] = Error if number is None else _KINDS.get(number, Error)
    if _PROGRAM.search(message):
        kind = ProgramError
    error = kind(message, number)
    error.code = code
    return error


def take(pointer: Any) -> Error:
    """The exception for a GError, which is freed."""
    if not pointer:
        return Error("libvenvb failed without saying why")
    message = pointer.contents.message.decode("utf-8", "surrogateescape")
    code = pointer.contents.code
    lib.g_error_free(pointer)
    return _again(message, code)
