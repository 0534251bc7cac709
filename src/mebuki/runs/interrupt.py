"""Ctrl-C as a wish to stop soon, so that what was learned can be saved first."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any


class Interrupt:
    """While entered, the first Ctrl-C (or a polite request to end) sets `asked`; the second one stops at once.

    Args:
        patient: False: the first one stops at once.
        wish: also asked whether to stop soon.
    """

    def __init__(self, patient: bool = True, wish: Callable[[], bool] = lambda: False) -> None:
        self._signalled, self._wish = not patient, wish
        self._before: dict[int, Any] = {}

    @property
    def asked(self) -> bool:
        """Whether to stop soon."""
        return self._signalled or self._wish()

    def __enter__(self) -> Interrupt:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._before[number] = signal.signal(number, self._on)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._before.clear()

    def ignore(self) -> None:
        """From here on, and afterwards, none of them does anything: this process ends by itself, and says why."""
        self._before |= dict.fromkeys(self._before, signal.SIG_IGN)

    def _on(self, number: int, frame: FrameType | None) -> None:
        if self._signalled:
            raise KeyboardInterrupt
        self._signalled = True
