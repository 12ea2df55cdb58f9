# SPDX-License-Identifier: BSD-2-Clause
"""``python -m venvb``: the command, with this Python as the default base."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
import sysconfig
from typing import List, Optional

PACKAGE = os.path.dirname(os.path.abspath(__file__))


def _places() -> List[str]:
    """Where the command may be that came with this package, the nearest first."""
    scripts = [sysconfig.get_path("scripts"), sysconfig.get_path("scripts", "posix_user")]
    beside = [os.path.join(PACKAGE, "bin"), os.path.join(os.path.dirname(PACKAGE), "bin")]
    return [os.path.join(place, "venvb") for place in beside + scripts]


def find_program() -> Optional[str]:
    """The path of the command: that beside the package, else PATH's; None for none."""
    for path in _places():
        if os.path.isfile(path) and os.access(path, os.X_OK):
            return path
    return shutil.which("venvb")


def run() -> int:
    """Becomes the command.  Returns an exit status where that can't be."""
    program = find_program()
    if program is None:
        print(
            "venvb: there is no program venvb beside '%s' nor on PATH: "
            "install the package venvb" % PACKAGE,
            file=sys.stderr,
        )
        return 1
    executable = getattr(sys, "_base_executable", sys.executable)
    if executable:
        os.environ.setdefault("VENVB_PYTHON", shlex.quote(os.path.abspath(executable)))
    try:
        os.execv(program, [program, *sys.argv[1:]])
    except OSError as error:
        print("venvb: cannot run '%s': %s" % (program, error.strerror), file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(run())
