# SPDX-License-Identifier: BSD-2-Clause
"""libvenvb, loaded: what of it the package calls, with its types.

The library is looked for beside the package, where a wheel has it, else by the system's
loader as libvenvb.so.0.  What the functions do, who owns what and in which units is in
venvb-builder(3) and venvb-plugin(3), from which all of this is taken.
"""

from __future__ import annotations

import ctypes
import os
from ctypes import POINTER, c_char_p, c_int, c_uint32, c_void_p
from typing import Any, Dict, List, Optional

NAME = "libvenvb.so.0"
PACKAGE = os.path.dirname(os.path.abspath(__file__))

#: Directories beside the package that may hold what a wheel brings along.
BESIDE = (os.path.join(PACKAGE, "lib"), PACKAGE)


class GError(ctypes.Structure):
    """GLib's error: domain, code and message."""

    _fields_ = [("domain", c_uint32), ("code", c_int), ("message", c_char_p)]


#: VenvbStage: the stages that a method of EnvBuilder stands for (venvb-plugin.h).
STAGES = {
    "ensure_directories": 1,
    "create_ignore_files": 2,
    "create_configuration": 3,
    "setup_python": 4,
    "setup_pip": 5,
    "setup_scripts": 6,
    "post_setup": 7,
    "upgrade_dependencies": 8,
    "clear_directory": 11,
    "symlink_or_copy": 12,
    "install_script": 13,
}

#: VenvbSource: where a line of the progress comes from (venvb-context.h).
SOURCES = ("main", "stdout", "stderr", "warning")

StageFunc = ctypes.CFUNCTYPE(c_int, c_void_p, c_void_p, c_void_p, c_void_p)
EventFunc = ctypes.CFUNCTYPE(None, c_void_p, c_int, c_int, c_void_p)
ProgressFunc = ctypes.CFUNCTYPE(None, c_void_p, c_int, c_char_p, c_void_p)

#: name: (what it returns, what it takes)
_PROTOTYPES: Dict[str, Any] = {
    "g_error_free": (None, [c_void_p]),
    "g_set_error_literal": (None, [c_void_p, c_uint32, c_int, c_char_p]),
    "venvb_attr_name": (c_char_p, [c_int]),
    "venvb_builder_add_hook": (
        None,
        [c_void_p, c_int, c_char_p, StageFunc, c_void_p, c_void_p],
    ),
    "venvb_builder_add_plugin": (c_int, [c_void_p, c_char_p, c_void_p]),
    "venvb_builder_free": (None, [c_void_p]),
    "venvb_builder_new": (c_void_p, []),
    "venvb_builder_remove_plugin": (None, [c_void_p, c_char_p]),
    "venvb_builder_set_command": (None, [c_void_p, c_void_p]),
    "venvb_builder_set_flag": (None, [c_void_p, c_int, c_int]),
    "venvb_builder_set_fork_hooks": (None, [c_void_p] * 6),
    "venvb_builder_set_progress": (None, [c_void_p, ProgressFunc, c_void_p, c_void_p]),
    "venvb_builder_set_prompt": (None, [c_void_p, c_char_p]),
    "venvb_builder_set_python": (None, [c_void_p, c_char_p]),
    "venvb_builder_set_stage_event": (None, [c_void_p, EventFunc, c_void_p, c_void_p]),
    "venvb_context_get": (c_char_p, [c_void_p, c_int]),
    "venvb_context_get_flag": (c_int, [c_void_p, c_int]),
    "venvb_context_get_script": (c_void_p, [c_void_p, c_void_p]),
    "venvb_context_save_file": (c_int, [c_void_p, c_char_p, c_void_p]),
    "venvb_context_set": (None, [c_void_p, c_int, c_char_p]),
    "venvb_context_set_flag": (None, [c_void_p, c_int, c_int]),
    "venvb_context_set_script": (None, [c_void_p, c_char_p, ctypes.c_ssize_t]),
    "venvb_context_stop": (None, [c_void_p, c_char_p]),
    "venvb_context_install_scripts": (c_int, [c_void_p, c_char_p, c_void_p]),
    "venvb_context_write_file": (
        c_int,
        [c_void_p, c_char_p, c_char_p, ctypes.c_ssize_t, ctypes.c_uint, c_void_p],
    ),
    "venvb_error_quark": (c_uint32, []),
    "venvb_flag_name": (c_char_p, [c_int]),
    "venvb_next": (c_int, [c_void_p, c_void_p, c_void_p]),
    "venvb_template_dir": (c_char_p, []),
}


def _candidates() -> List[str]:
    """Paths of a library that came with the package; last its name, for the system."""
    beside = [os.path.join(directory, NAME) for directory in BESIDE]
    return [path for path in beside if os.path.isfile(path)] + [NAME]


def _load() -> ctypes.CDLL:
    path = _candidates()[0]
    try:
        return ctypes.CDLL(path)
    except OSError as error:
        raise ImportError(
            "venvb needs %s, which comes with venvb's wheel or the package libvenvb0: %s"
            % (NAME, error),
            name="venvb",
            path=path,
        ) from error


def _declare(library: ctypes.CDLL) -> None:
    for name, (result, arguments) in _PROTOTYPES.items():
        try:
            function = getattr(library, name)
        except AttributeError:
            raise ImportError(
                "%s is too old for this package, which needs %s() of version 0.2"
                % (NAME, name),
                name="venvb",
            ) from None
        function.restype = result
        function.argtypes = arguments


lib: Any = _load()
_declare(lib)


def _names(function: Any) -> Dict[str, int]:
    """The names of an enumeration of the library, with their numbers."""
    names: Dict[str, int] = {}
    for number in range(100):
        name: Optional[bytes] = function(number)
        if name is None:
            break
        names[name.decode()] = number
    return names


ATTRS = _names(lib.venvb_attr_name)
FLAGS = _names(lib.venvb_flag_name)


def create_function(keeps_gil: bool) -> Any:
    """venvb_builder_create(), with Python's lock held all the time, or let go.

    A child process that is forked of a Python with threads needs it held from before the
    fork on; else other threads may run meanwhile.
    """
    kind: Any = ctypes.PYFUNCTYPE if keeps_gil else ctypes.CFUNCTYPE
    return kind(c_int, c_void_p, c_char_p, c_void_p)(("venvb_builder_create", lib))


def fork_hooks() -> List[Optional[int]]:
    """What Python wants to hear of a fork: before, in the parent, in the child.

    They are functions of C that take nothing; what they are given does them no harm.
    """
    names = ("PyOS_BeforeFork", "PyOS_AfterFork_Parent", "PyOS_AfterFork_Child")
    return [ctypes.cast(getattr(ctypes.pythonapi, name), c_void_p).value for name in names]


def strings(words: List[str]) -> Any:
    """An array of C strings that ends with NULL; the caller keeps it while it is used."""
    return (c_char_p * (len(words) + 1))(*[os.fsencode(word) for word in words], None)


def error_pointer() -> Any:
    """Where a function of the library is to put its GError."""
    return POINTER(GError)()
