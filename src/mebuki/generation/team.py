"""Several threads on one stream of text, for as long as they are quicker than one."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

LINE = 128  # bytes between the counters of two threads: two lines of the processor's cache
RARELY = 1024  # runs after which the slower way is tried again, at most
GONE = 1 << 62


class Team:
    """Runs a kernel on several threads that meet inside it, or on one: what was quicker of late.

    Threads that meet a thousand times a second are quick on a machine of their own, and wait for each other most of
    the time where other programs want the same cores. So each way is timed; the slower one is tried again after 1 run,
    then after 2, 4, 8 and so on.

    Args:
        size: threads, this one included.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self.meeting = size * LINE  # bytes of counters that a kernel wants
        self._others = ThreadPoolExecutor(size - 1, "mebuki-decoder") if size > 1 else None
        self._threads, self._seconds = size, 0.0  # the quicker way, and what a token took in its last run
        self._pause = self._left = 1  # runs between two trials of the slower way, and until the next

    def run(self, kernel: Callable[[int, int], None], meeting: NDArray[np.uint8], tokens: int = 0) -> None:
        """kernel(me, threads) on each thread; `meeting` holds their counters.

        Args:
            tokens: that it writes. Only such runs are timed; without any it goes the quicker way.
        """
        trial = tokens > 0 and self.size > 1 and self._left == 0
        threads = (1 if self._threads > 1 else self.size) if trial else self._threads
        start = time.perf_counter()
        self._go(kernel, meeting, threads)
        if tokens > 0:
            self._learn(threads, (time.perf_counter() - start) / tokens, trial)

    def _learn(self, threads: int, seconds: float, trial: bool) -> None:
        if not trial:
            self._seconds, self._left = seconds, self._left - 1
            return
        better = seconds < self._seconds
        self._pause = 1 if better else min(2 * self._pause, RARELY)
        self._left = self._pause
        if better:
            self._threads, self._seconds = threads, seconds

    def _go(self, kernel: Callable[[int, int], None], meeting: NDArray[np.uint8], threads: int) -> None:
        if self._others is None or threads == 1:
            kernel(0, 1)
            return
        meeting[:] = 0
        others = [self._others.submit(kernel, me, threads) for me in range(1, threads)]
        try:
            kernel(0, threads)
        except BaseException:
            meeting[:8].view(np.int64)[0] = GONE  # nobody waits for a thread that was interrupted
            raise
        finally:
            for other in others:
                other.result()
