# SPDX-License-Identifier: BSD-2-Clause
"""Python virtual environments, made natively: ``venv`` with the library of venvb.

``import venvb as venv`` is all that a program has to change: EnvBuilder, create() and
main() are those of the standard library's venv, with subclasses and ``super()``.  The
command line is ``python -m venvb``, which is the command venvb(1) with all its options.
"""

from ._builder import CORE_VENV_DEPS, EnvBuilder, create, logger, main
from ._errors import Error, ProgramError

__all__ = [
    "CORE_VENV_DEPS",
    "EnvBuilder",
    "Error",
    "ProgramError",
    "create",
    "logger",
    "main",
]
