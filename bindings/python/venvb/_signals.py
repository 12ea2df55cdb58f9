# SPDX-License-Identifier: BSD-2-Clause
"""Signals while the library is at work."""

from __future__ import annotations

import signal
import threading
from typing import Any, Callable, Dict, List, Tuple


class Signals:
    """Keeps signals for moments at which their handlers may raise an exception.

    Python calls the handlers of signals between any two of its instructions.  One that
    raises, as that of Ctrl-C, would do so in the first of a function that the library has
    called, where nobody can catch it: it would be printed and forgotten.  So while the
    library is at work handlers wait; while code of the user runs they don't.
    """

    def __init__(self) -> None:
        self.may_raise = True
        self._waiting: List[Tuple[Callable[..., Any], int, Any]] = []
        self._kept: Dict[int, Tuple[Any, Any]] = {}

    def __enter__(self) -> "Signals":
        if threading.current_thread() is threading.main_thread():
            for number in signal.valid_signals():
                self._keep(number)
        return self

    def __exit__(self, *_: Any) -> None:
        for number, (handler, ours) in self._kept.items():
            if signal.getsignal(number) is ours:
                signal.signal(number, handler)

    def _keep(self, number: int) -> None:
        handler = signal.getsignal(number)
        if not callable(handler) or isinstance(handler, signal.Handlers):
            return

        def ours(number: int, frame: Any) -> Any:
            if self.may_raise:
                return handler(number, frame)
            self._waiting.append((handler, number, frame))
            return None

        try:
            signal.signal(number, ours)
        except (ValueError, OSError):  # not the main interpreter
            return
        self._kept[number] = (handler, ours)

    def deliver(self) -> None:
        """Calls the handlers of the signals that have come; they may raise anything."""
        while self._waiting:
            handler, number, frame = self._waiting.pop(0)
            handler(number, frame)
