# SPDX-License-Identifier: BSD-2-Clause
"""One run: a builder of the library, which calls back what a subclass has overridden."""

from __future__ import annotations

import contextlib
import ctypes
import logging
import os
import sys
import types
import venv
from typing import Any, Callable, Dict, Iterator, List, Optional

from . import _aside, _errors, _library
from ._library import ATTRS, FLAGS, STAGES, lib
from ._signals import Signals

logger = logging.getLogger("venvb")

#: The attributes of a context that are venv's, and two more: version, platlib_path.
ATTRIBUTES = (
    "env_dir env_name prompt executable python_dir python_exe version inc_path lib_path "
    "platlib_path bin_path bin_name env_exe env_exec_cmd cfg_path"
).split()

#: The settings of a builder that are flags in the library.
SETTINGS = "system_site_packages clear symlinks upgrade with_pip upgrade_deps".split()

#: Whether this Python's venv has the prompt in parentheses on the context.
PARENTHESES = "(%s) " in venv.EnvBuilder.ensure_directories.__code__.co_consts


class Frame:
    """A stage that the library has called back: what ``super()`` goes on with."""

    def __init__(self, stage: str, pointer: int) -> None:
        self.stage = stage
        self.pointer = pointer


class Run:
    """What there is from the beginning of ``create()`` to its end."""

    def __init__(self, builder: Any, env_dir: str, signals: Signals) -> None:
        self.builder = builder
        self.env_dir = env_dir
        self.context: Any = types.SimpleNamespace()
        self.ctx: Optional[int] = None
        self.progress: Optional[Callable[[str, str], Any]] = None
        self.exception: Optional[BaseException] = None
        self._signals = signals
        self._frames: List[Frame] = []
        self._callbacks: List[Any] = []
        self._attributes: Dict[str, Any] = {}
        self._flags = {name: bool(getattr(builder, name)) for name in SETTINGS}
        self._prompt = builder.prompt

    # What the library calls.

    def add_hook(self, native: int, stage: str, function: Callable[[], Any]) -> None:
        """Has the library call function in a stage; it may call :meth:`next`."""

        def call(pointer: int, ctx: int, _data: Any, error: int) -> int:
            self.ctx = ctx
            return self._guarded(lambda: self._in_stage(stage, pointer, function), error)

        callback = _library.StageFunc(call)
        self._callbacks.append(callback)
        lib.venvb_builder_add_hook(
            native, STAGES[stage], b"EnvBuilder", callback, None, None
        )

    def listen(self, native: int) -> None:
        """Has the library tell what goes on, and stops it when a signal says so."""

        def event(ctx: int, _stage: int, _event: int, _data: Any) -> None:
            self.ctx = ctx
            self._guarded(self._signals.deliver)
            self._stop()

        def line(ctx: int, source: int, text: bytes, _data: Any) -> None:
            self._guarded(lambda: self._tell(source, text))
            self._stop()

        self._callbacks += [_library.EventFunc(event), _library.ProgressFunc(line)]
        lib.venvb_builder_set_stage_event(native, self._callbacks[-2], None, None)
        lib.venvb_builder_set_progress(native, self._callbacks[-1], None, None)

    def _guarded(self, function: Callable[[], Any], error: Optional[int] = None) -> int:
        """Runs code that may raise anything, also at a signal.  Returns whether it has not.

        The exception is kept: it comes out of ``create()`` once all is undone.
        """
        before = self._signals.may_raise
        try:
            self._signals.may_raise = True
            self._signals.deliver()
            function()
            self._signals.may_raise = before
            return 1
        except BaseException as exception:  # SystemExit and KeyboardInterrupt, too
            self._signals.may_raise = before
            self.exception = exception
        if error is not None:
            text = str(self.exception) or type(self.exception).__name__
            lib.g_set_error_literal(
                error, lib.venvb_error_quark(), 0, text.encode("utf-8", "replace")
            )
        return 0

    def _stop(self) -> None:
        if self.exception is not None and self.ctx is not None:
            text = str(self.exception) or type(self.exception).__name__
            lib.venvb_context_stop(self.ctx, text.encode("utf-8", "replace"))

    def _tell(self, source: int, text: bytes) -> None:
        line = text.decode("utf-8", "replace")
        where = _library.SOURCES[source] if source < len(_library.SOURCES) else "main"
        if where == "warning":
            logger.warning("%s", line)
        if self.progress is not None:
            self.progress(line, "main" if where == "warning" else where)

    def _in_stage(self, stage: str, pointer: int, function: Callable[[], Any]) -> None:
        self._frames.append(Frame(stage, pointer))
        try:
            self.pull()
            function()
            self.push()
        finally:
            self._frames.pop()

    # What methods of EnvBuilder call.

    def is_in(self, *stages: str) -> bool:
        """Whether the innermost stage that is running in Python is one of these."""
        return bool(self._frames) and self._frames[-1].stage in stages

    def next(self) -> None:
        """Goes on with the stage that is running: ``super()``.

        Raises what failed in it: the exception of a method further inside, or Error.
        """
        frame = self._frames[-1]
        self.push()
        self.call(lambda error: lib.venvb_next(frame.pointer, self.ctx, error))
        self.pull()

    def call(self, function: Callable[[Any], int]) -> None:
        """Calls a function of the library that may fail, and raises what it says."""
        error = _library.error_pointer()
        before = self._signals.may_raise
        self._signals.may_raise = False
        try:
            ok = function(ctypes.byref(error))
        finally:
            self._signals.may_raise = before
        exception, self.exception = self.exception, None
        failure = None if ok else _errors.take(error)
        if exception is not None:
            raise exception
        if before:
            self._signals.deliver()
        if failure is not None:
            raise failure

    def save(self, path: str) -> None:
        """Has a file put back if the run fails that is about to be changed without next()."""
        name = os.fsencode(os.path.join(self.env_dir, path))
        self.call(lambda error: lib.venvb_context_save_file(self.ctx, name, error))

    def write(self, name: str, text: str) -> None:
        """Writes a file of the environment, aside first."""
        data = text.encode("utf-8")
        self.call(
            lambda error: lib.venvb_context_write_file(
                self.ctx, os.fsencode(name), data, len(data), 0o666, error
            )
        )

    def install_scripts(self, path: str) -> None:
        """Installs scripts from a directory with ``common`` and ``posix`` in it."""
        self.push()
        self.call(
            lambda error: lib.venvb_context_install_scripts(
                self.ctx, os.fsencode(path), error
            )
        )
        self.pull()

    def get(self, name: str) -> Optional[str]:
        """An attribute of the library's context."""
        value = lib.venvb_context_get(self.ctx, ATTRS[name])
        return None if value is None else os.fsdecode(value)

    def set(self, name: str, value: Any) -> None:
        """Sets an attribute of the library's context."""
        text = None if value is None else os.fsencode(os.fspath(value))
        lib.venvb_context_set(self.ctx, ATTRS[name], text)

    @property
    def script(self) -> Optional[str]:
        """The text of the script that is about to be installed; None where it is no text."""
        length = ctypes.c_size_t()
        data = lib.venvb_context_get_script(self.ctx, ctypes.byref(length))
        if not data:
            return None
        try:
            return ctypes.string_at(data, length.value).decode("utf-8")
        except UnicodeDecodeError:
            return None

    @script.setter
    def script(self, text: str) -> None:
        data = text.encode("utf-8")
        lib.venvb_context_set_script(self.ctx, data, len(data))

    @contextlib.contextmanager
    def put_aside(self) -> Iterator[None]:
        """Puts all that is in the directory aside, where it is safe, and shows it once more.

        What code removes meanwhile is only another link.  What it leaves is the new
        environment's.  The library's own files, ``.venvb-undo`` and its log, are beside
        the directory until then, so that code that removes all it sees does no harm; if
        the process is killed there, the next run of ours puts them back.
        """
        with _aside.place_beside(self.env_dir) as place:
            hidden = os.path.join(place, _aside.HIDDEN)
            os.mkdir(hidden)
            shown = _aside.show_tree(self.env_dir, place)
            self.next()
            _aside.move(self.env_dir, hidden, ours=True)
            try:
                _aside.move(shown, self.env_dir)
                yield
            finally:
                _aside.move(hidden, self.env_dir, ours=True)
            _aside.unlink_tree(self.env_dir)

    # The library's context and ours.

    def pull(self) -> None:
        """Takes over what the library has set since, on the context and the builder."""
        for name in ATTRIBUTES:
            value: Any = self.get(name)
            if name == "prompt" and PARENTHESES and value is not None:
                value = "(%s) " % value
            if value is not None and value != self._attributes.get(name):
                self._attributes[name] = value
                setattr(self.context, name, value)
        for name in SETTINGS:
            flag = bool(lib.venvb_context_get_flag(self.ctx, FLAGS[name]))
            if flag != self._flags[name]:
                setattr(self.builder, name, flag)
            self._flags[name] = flag

    def push(self) -> None:
        """Tells the library what Python code has set since."""
        for name in ATTRIBUTES:
            value = getattr(self.context, name, None)
            if value is not None and value != self._attributes.get(name):
                self._attributes[name] = value
                self.set(name, _bare(value) if name == "prompt" else value)
        for name in SETTINGS:
            flag = bool(getattr(self.builder, name))
            if flag != self._flags[name]:
                self._flags[name] = flag
                lib.venvb_context_set_flag(self.ctx, FLAGS[name], flag)
        if self.builder.prompt != self._prompt:
            self._prompt = self.builder.prompt
            if self._prompt is not None:
                self.set("prompt", str(self._prompt))


def _bare(prompt: str) -> str:
    """The prompt without the parentheses that venv puts around it."""
    if PARENTHESES and prompt.startswith("(") and prompt.endswith(") "):
        return prompt[1:-2]
    return prompt


def base_executable() -> str:
    """The Python that environments are made of: that which is running, or its base."""
    executable = getattr(sys, "_base_executable", sys.executable)
    if not executable:
        raise ValueError("cannot tell which Python is running: sys._base_executable is empty")
    return os.path.abspath(executable)
