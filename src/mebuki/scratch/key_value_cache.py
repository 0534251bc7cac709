"""What attention remembers while it writes: keys and values of the last C places, so that none is computed twice.

Shapes: B batch, T time, C context, K key-value heads, E width of a head.

Position p lies in slot p mod C: the newest takes the place of the oldest, which is out of sight. So the slots are not
in the order of time, and need not be: a weighted mean does not mind the order, and every key carries its position in
itself, by rotation.
"""

from __future__ import annotations

import numpy as np

from .checks import Array, check_shape


class KeyValueCache:
    """A ring of the last C keys and values of one layer.

    >>> cache = KeyValueCache(1, 1, 3, 1, np.float64)
    >>> for number in (10.0, 20.0, 30.0, 40.0):
    ...     cache.add(np.full((1, 1, 1, 1), number), np.zeros((1, 1, 1, 1)))
    >>> cache.filled[0].ravel(), cache.position
    (array([40., 20., 30.]), 4)

    Args:
        batch, heads, context, width: B, K, C, E.
        dtype: of keys and values.

    Attributes:
        position: of the next place.
    """

    def __init__(self, batch: int, heads: int, context: int, width: int, dtype: np.dtype | type = np.float32) -> None:
        self.keys_BKCE = np.zeros((batch, heads, context, width), dtype)
        self.values_BKCE = np.zeros_like(self.keys_BKCE)
        self.position = 0

    @property
    def filled(self) -> tuple[Array, Array]:
        """Keys and values that there are, each [B, K, up to C, E]."""
        return self.keys_BKCE[:, :, : self.position], self.values_BKCE[:, :, : self.position]

    def add(self, keys_BKTE: Array, values_BKTE: Array) -> None:
        """T places more; of many, the last C stay.

        Raises:
            ShapeError: another batch, other heads, or another width.
        """
        B, K, C, E = self.keys_BKCE.shape
        check_shape("KeyValueCache", "keys", keys_BKTE, (B, K, "T", E))
        T = keys_BKTE.shape[2]
        check_shape("KeyValueCache", "values", values_BKTE, (B, K, T, E))
        kept = np.arange(max(0, T - C), T)
        slots = (self.position + kept) % C
        self.keys_BKCE[:, :, slots] = keys_BKTE[:, :, kept]
        self.values_BKCE[:, :, slots] = values_BKTE[:, :, kept]
        self.position += T
