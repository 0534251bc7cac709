"""Problems made up ahead by other processes, where a GPU learns faster than one process can think of them.

What a batch holds is a function of settings and number, so that whoever makes it makes the same one. Worker w of n makes the
pools w, w + n, w + 2n … in order, and waits with each until it is fetched.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import subprocess
import sys
from itertools import count
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import MebukiError
from .calculator import POOL, ProblemBatches
from .calculator_settings import CalculatorSettings

Arrays = tuple[NDArray[np.int64], NDArray[np.int64]]


class DrawnAhead(ProblemBatches):
    """Call it as `ProblemBatches`; batches asked for in order are there already.

    The processes end with this one, however it ends.

    Args:
        settings: with their number of `workers`, at least one; no more are begun than there are processors.

    Attributes:
        workers: the processes, in the order of their next pools; none before the first call.

    Raises:
        MebukiError: at a call: a process is gone.

    >>> settings = CalculatorSettings(letters=512, steps=100, workers=1)
    >>> with contextlib.closing(DrawnAhead(settings)) as ahead:
    ...     bool((ahead(3)[0] == ProblemBatches(settings)(3)[0]).all())
    True
    """

    def __init__(self, settings: CalculatorSettings) -> None:
        super().__init__(settings)
        self.workers: list[subprocess.Popen[bytes]] = []
        self._next = -1  # pool
        self._fetched: tuple[int, list[Arrays]] = (-1, [])

    def __call__(self, number: int) -> Arrays:
        pool = number // POOL
        if self._fetched[0] != pool:
            self._fetched = pool, self._fetch(pool)
        x, y = self._fetched[1][number % POOL]
        return x.astype(np.int64), y.astype(np.int64)

    def close(self) -> None:
        """End the processes; a later call begins new ones."""
        for worker in self.workers:
            worker.kill()
            assert worker.stdout
            worker.stdout.close()
            worker.wait()
        self.workers, self._next = [], -1

    def __del__(self) -> None:
        self.close()

    def _fetch(self, pool: int) -> list[Arrays]:
        if pool != self._next:
            self.close()
            several = min(self.settings.workers, os.cpu_count() or 1)
            self.workers = [self._begun(pool + i, several) for i in range(several)]
        worker = self.workers[0]
        assert worker.stdout
        try:
            found = pickle.load(worker.stdout)  # from a process of our own
        except BaseException as error:
            self.close()  # what is half read is worth nothing
            if not isinstance(error, (EOFError, OSError, pickle.UnpicklingError)):
                raise
            raise MebukiError(
                "a process that makes up problems is gone",
                hint="--workers 0: this process makes them; or --resume, to try again",
            ) from error
        self._next = pool + 1
        self.workers.append(self.workers.pop(0))
        return found

    def _begun(self, pool: int, several: int) -> subprocess.Popen[bytes]:
        """A process that makes this pool, and of those after it each that is its own. Ctrl-C does not reach it."""
        command = [sys.executable, "-m", __name__]
        alone = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)  # of Windows
        worker = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True, creationflags=alone
        )  # it ends at its next word if nobody listens any more
        assert worker.stdin
        with contextlib.suppress(OSError), worker.stdin as told:
            told.write(pickle.dumps((self.settings, pool, several)))
        return worker


def _draw(settings: CalculatorSettings, first: int, several: int, out: Any) -> None:
    batches = ProblemBatches(settings)
    for pool in count(first, several):
        made = [batches(pool * POOL + i) for i in range(POOL)]
        small = [(x.astype(np.int16), y.astype(np.int16)) for x, y in made]  # a quarter to send
        pickle.dump(small, out)
        out.flush()


if __name__ == "__main__":
    with contextlib.suppress(OSError):  # nobody listens any more
        settings, first, several = pickle.load(sys.stdin.buffer)
        _draw(settings, first, several, sys.stdout.buffer)
    os._exit(0)  # nothing is left to be written, to nobody
