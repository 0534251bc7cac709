"""How matrices lie in memory for products with one vector at a time. Light: NumPy alone.

Shapes: R rows of a matrix, K columns, L lanes of a vector register.

A row times x would end in a sum over the lanes of a register. So rows are the lanes: a block of ROWS = 4 L rows lies
column after column, and x[k] times column k is added to ROWS sums that never leave the registers. A whole matrix is
one contiguous stream, block after block; rows and columns that are missing are zeros.

    float32   [block, K, ROWS]
    bfloat16  the same in 16 bits; in each group of 2 L rows, row i and row i + L share a word of 32 bits (i the low half)
    int8      for each group of 64 columns [16, ROWS, 4] bytes, weight + 128, then ROWS scales in float32
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import unknown
from .loading import processor

STORAGES = ("float32", "bfloat16", "int8")
GROUP = 64  # columns that share a scale in int8


def _lanes() -> int:
    features = processor()[1].split(",")
    return 16 if "+avx512f" in features else 8 if "+avx" in features else 4


LANES = _lanes()
ROWS = 4 * LANES


def up(number: int, multiple: int) -> int:
    """The smallest multiple that is not below a number."""
    return -(-number // multiple) * multiple


def columns(K: int, storage: str) -> int:
    """Columns as stored, those of zeros included; x must have as many, in float32, with zeros or any finite numbers."""
    return up(K, GROUP if storage == "int8" else 4)


def block_bytes(K: int, storage: str) -> int:
    """Bytes of one block of ROWS rows with K columns."""
    stored = columns(K, storage)
    if storage == "int8":
        return ROWS * (stored + stored // GROUP * 4)
    return ROWS * stored * (4 if storage == "float32" else 2)


def bfloat16_bits(x: NDArray[np.float32]) -> NDArray[np.uint16]:
    """The nearest bfloat16 of each number, ties to even."""
    bits = np.ascontiguousarray(x, np.float32).view(np.uint32)
    return ((bits + np.uint32(0x7FFF) + ((bits >> 16) & 1)) >> 16).astype(np.uint16)


def pack(weight_RK: NDArray[Any], storage: str) -> NDArray[np.uint8]:
    """A matrix as the kernels read it, flat bytes.

    >>> pack(np.ones((3, 5), np.float32), "float32").size == block_bytes(5, "float32")
    True

    Raises:
        RecipeError: an unknown storage.
    """
    if storage not in STORAGES:
        raise unknown("storage", storage, STORAGES)
    R, K = weight_RK.shape
    blocks, stored = up(R, ROWS) // ROWS, columns(K, storage)
    w = np.zeros((blocks * ROWS, stored), np.float32)
    w[:R, :K] = weight_RK
    if storage == "int8":
        return _pack_int8(w.reshape(blocks, ROWS, stored // GROUP, GROUP))
    w = w.reshape(blocks, ROWS, stored).swapaxes(1, 2)
    if storage == "bfloat16":
        w = bfloat16_bits(w).reshape(blocks, stored, 2, 2, LANES).swapaxes(3, 4)
    return np.ascontiguousarray(w).reshape(-1).view(np.uint8)


def _pack_int8(w: NDArray[np.float32]) -> NDArray[np.uint8]:
    """[block, ROWS, group, GROUP] → bytes."""
    scale = np.abs(w).max(-1) / np.float32(127)
    q = np.rint(w / np.where(scale > 0, scale, 1)[..., None]) + 128
    blocks, _, groups, _ = w.shape
    whole = np.empty((blocks, groups, ROWS * (GROUP + 4)), np.uint8)
    quads = q.astype(np.uint8).reshape(blocks, ROWS, groups, GROUP // 4, 4).transpose(0, 2, 3, 1, 4)
    whole[..., : ROWS * GROUP] = quads.reshape(blocks, groups, -1)
    whole[..., ROWS * GROUP :] = np.ascontiguousarray(scale.swapaxes(1, 2)).view(np.uint8)
    return whole.reshape(-1)
