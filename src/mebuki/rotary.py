"""Angles of rotary positions: the same numbers in every engine, and in transformers.

Shapes: T time, E width of a head (even).

transformers computes frequencies and angles in float32. With exact ones here, an exported model would answer otherwise the longer its
text: logits of size 12 differed by 2e-3 after 20,000 tokens. So a model in float32 has its angles in float32 too, one in float64 exact.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

ROUNDED = 1 << 16  # positions whose angles are rounded; those that follow are not, so that a text may go on for ever


def frequencies(width: int, base: float) -> NDArray[np.float32]:
    """base^(-2j/E) for each pair j, rounded to float32 after each of three steps, as transformers does → [E/2].

    The power itself is the nearest float32 on every machine; that of PyTorch is another neighbour once in ninety times.

    >>> frequencies(4, 10000.0).tolist() == [1.0, float(np.float32(0.01))]
    True
    """
    exponent = np.arange(0, width, 2, dtype=np.float32) / np.float32(width)
    power = np.float64(np.float32(base)) ** exponent.astype(np.float64)
    return np.float32(1) / power.astype(np.float32)


def angles(positions_T: ArrayLike, width: int, base: float, *, exact: bool = False) -> NDArray[np.float64]:
    """position · base^(-2j/E), in radians, for each pair j → [T, E/2].

    In float32 an angle is off by 6e-5 at most at position 1,000, by 2e-3 at 20,000: far less than a model tells apart, but the law
    that a product depends on the distance alone holds only so far. From position 65,536 on, where it would grow without end, what is
    rounded is the frequency alone.

    >>> angles([0, 3], 4, 16.0).tolist()
    [[0.0, 0.0], [3.0, 0.75]]

    Args:
        positions_T: whole numbers from 0 on.
        width: E.
        base: of the wavelengths.
        exact: in float64 throughout.
    """
    positions = np.asarray(positions_T, np.float64)
    if exact:
        return np.outer(positions, base ** (-np.arange(0, width, 2, dtype=np.float64) / width))
    found = np.outer(positions, frequencies(width, base).astype(np.float64))
    near = positions < ROUNDED
    found[near] = found[near].astype(np.float32)  # a product of two float32 is exact in float64: it is rounded once
    return found
