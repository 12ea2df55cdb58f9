# SPDX-License-Identifier: BSD-2-Clause
"""A creator and a seeder of virtualenv that have the command venvb make the environment.

They are used where the user says so, and not because they are installed::

    VIRTUALENV_CREATOR=venvb VIRTUALENV_SEEDER=venvb tox

or in virtualenv.ini; a virtualenv that does not have this package stops then.
``VENVB_VIRTUALENV=yes`` makes the creator the default instead, where it is installed, and
means nothing elsewhere.  Configuration files and variables of venvb(1) count for all of it.
"""

from __future__ import annotations

import logging
import os
import shutil
from typing import Any, List, Optional, Type

from virtualenv.create.pyenv_cfg import PyEnvCfg
from virtualenv.create.via_global_ref.api import ViaGlobalRefApi
from virtualenv.create.via_global_ref.builtin.cpython.cpython3 import CPython3Posix
from virtualenv.create.via_global_ref.venv import Venv
from virtualenv.seed.embed.base_embed import BaseEmbed
from virtualenv.seed.wheels.embed import get_embed_wheel
from virtualenv.util.error import ProcessCallFailedError
from virtualenv.util.subprocess import run_cmd

logger = logging.getLogger(__name__)

#: What --pip and --setuptools may say that venvb can do: the version that is at hand.
_AT_HAND = (None, "", "bundle", "embed")


def find_program() -> str:
    """The path of the command: that of the module venvb, else of PATH."""
    try:
        from venvb.__main__ import find_program as find
    except ImportError:
        program = shutil.which("venvb")
    else:
        program = find()
    if program is None:
        raise RuntimeError(
            "the creator 'venvb' needs the command venvb, which is neither beside this Python "
            "nor on PATH: install the package venvb, or choose another --creator"
        )
    return program


def _wheels(name: str, interpreter: Any) -> Optional[str]:
    """The directory of the wheel that virtualenv has for a Python."""
    wheel = get_embed_wheel(name, "%d.%d" % tuple(interpreter.version_info[:2]))
    return None if wheel is None else os.path.dirname(str(wheel.path))


def _option(text: str) -> str:
    """The value of a plugin's option, as --plugin takes it."""
    return text.replace("\\", "\\\\").replace(",", "\\,")


class _ByVenvb(ViaGlobalRefApi):
    """What both creators do."""

    def __init__(self, options: Any, interpreter: Any) -> None:
        self._seeds = _seeds(options)
        self._made: dict[str, str] = {}
        super().__init__(options, interpreter)

    def create(self) -> None:
        """Has venvb make the environment, with pip if its seeder was chosen, too.

        :raises ProcessCallFailedError: venvb failed; then nothing is left of it
        """
        command = self._command()
        logger.info("create by %s", " ".join(command))
        code, out, err = run_cmd(command)
        if err:
            logger.warning("%s", err.rstrip("\n"))
        if code != 0:
            raise ProcessCallFailedError(code, out, err, command)
        self._made = dict(PyEnvCfg.from_folder(self.dest).content)
        ViaGlobalRefApi.create(self)

    def _command(self) -> List[str]:
        command = [find_program(), "-q", "-p", str(self.interpreter.system_executable)]
        command.append("--symlinks" if self.symlinks else "--copies")
        command.append("--without-scm-ignore-files")
        if self.enable_system_site_package:
            command.append("--system-site-packages")
        if self.prompt is not None:
            command.append("--prompt=%s" % self.prompt)
        if "pip" not in self._seeds:
            command.append("--without-pip")
        for name in self._seeds:
            wheels = _wheels(name, self.interpreter)
            place = "" if wheels is None else ",wheel-dir=" + _option(wheels)
            command.append("--plugin=%s%s" % (name, place))
        return [*command, "--", str(self.dest)]

    def set_pyenv_cfg(self) -> None:
        """Sets the keys that virtualenv has, and those that plugins of venvb have set."""
        super().set_pyenv_cfg()
        for key, value in self._made.items():
            if key not in self.pyenv_cfg:
                self.pyenv_cfg[key] = value


class Creator(_ByVenvb, Venv):
    """The creator for those who ask for it by its name."""


class DefaultCreator(_ByVenvb, CPython3Posix):
    """The same, as the default: virtualenv takes the first of its own kind for that."""


def _seeds(options: Any) -> List[str]:
    """What venvb is to install: of pip and setuptools what its seeder is asked for.

    :raises RuntimeError: a version is wanted that is not at hand
    """
    if getattr(options, "seeder", None) != "venvb" or options.no_seed:
        return []
    names = []
    for name in ("pip", "setuptools"):
        version = getattr(options, name, None)
        if getattr(options, "no_" + name, False) or version == "none":
            continue
        if name == "setuptools" and version in (None, ""):
            continue
        if version not in _AT_HAND:
            raise RuntimeError(
                "the seeder 'venvb' installs the %s that virtualenv brings along: with --%s=%s "
                "choose another --seeder" % (name, name, version)
            )
        names.append(name)
    return names


class Seeder(BaseEmbed):
    """Leaves the work to the creator, so that there is one run of venvb."""

    def run(self, creator: Any) -> None:
        """Nothing: it was done.

        :raises RuntimeError: another creator has made the environment
        """
        if not isinstance(creator, _ByVenvb):
            raise RuntimeError("--seeder=venvb goes with --creator=venvb alone")


def chosen() -> Type[ViaGlobalRefApi]:
    """The creator's class: that which becomes the default where the user says so."""
    says = os.environ.get("VENVB_VIRTUALENV", "").lower()
    return DefaultCreator if says in ("yes", "true", "on", "1") else Creator


Chosen = chosen()
