"""A text for trainers to learn from: what follows is nearly always certain."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

V = 7


class Clock:
    """A text that counts 0, 1 … 6 over and over, now and then skipping one."""

    def __init__(self, size: int = 600) -> None:
        jumps = np.random.default_rng(0).random(size) < 0.05
        self.ids = (np.arange(size) + np.cumsum(jumps)) % V

    def __len__(self) -> int:
        return len(self.ids)

    def windows(self, starts: NDArray[np.int64], length: int) -> NDArray[np.int64]:
        return self.ids[starts[:, None] + np.arange(length)].astype(np.int64)
