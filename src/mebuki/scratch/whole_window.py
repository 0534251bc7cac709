"""What is done for all steps of a window at once, before the first step and after the last.

Shapes: T time, B batch, N = T·B rows, D inputs, H hidden width, G gates · H.

A step needs the step before it, but only by way of the state. What x gives to the gates does not, so W_x x + b is one
product over all N rows before the first step; and the gradients of all weights, which are sums over all steps, are one
product each after the last: dW = Σ_t da_tᵀ x_t = daᵀ x over all N rows. One large product is several times quicker than
T small ones, since each number that is fetched into the processor is then used more often.

The bias is the weight of an input that is always 1: x with a column of ones, times [W_x b], has the bias in it, and
daᵀ [x 1] has the gradient of the bias as its last column.

Memory has its price too. What a window needs is freed after it and asked for again in the next one; a large array goes
back to the system when it is freed, and the system clears each page of it before it gives it out again. That can cost
as much as the arithmetic. One block for all arrays of a window (`carve`) is kept by the process far more often.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import DTypeLike

from .cell import Cell
from .checks import Array


def carve(dtype: DTypeLike, *shapes: Sequence[int]) -> list[Array]:
    """Arrays of these shapes, not filled, all cut from one block of memory.

    >>> [part.shape for part in carve(np.float32, (2, 3), (4,))]
    [(2, 3), (4,)]
    """
    ends = np.cumsum([math.prod(shape) for shape in shapes])
    parts = np.split(np.empty(ends[-1], dtype), ends[:-1])
    return [part.reshape(shape) for part, shape in zip(parts, shapes, strict=True)]


def with_one(x_TBD: Array) -> Array:
    """x as rows, with a last column of ones: [N, D + 1].

    >>> with_one(np.zeros((1, 2, 3)))
    array([[0., 0., 0., 1.],
           [0., 0., 0., 1.]])
    """
    D = x_TBD.shape[-1]
    x1_ND = np.ones((x_TBD.size // D, D + 1), x_TBD.dtype)
    x1_ND[:, :D] = x_TBD.reshape(-1, D)
    return x1_ND


def input_part(cell: Cell, x1_ND: Array, out_TBG: Array) -> None:
    """W_x x + b for all steps, written into an array [T, B, G]."""
    weight, bias = cell.from_input.weight.value, cell.from_input.bias
    assert bias is not None
    W1_GD = np.concatenate([weight, bias.value[:, None]], axis=1)
    np.matmul(x1_ND, W1_GD.T, out=out_TBG.reshape(len(x1_ND), -1))


def spread(cell: Cell, da_x_TBG: Array, da_h_TBG: Array, x1_ND: Array, h_TBH: Array) -> Array:
    """Add the gradients of all weights of a window, and give that of its input, [T, B, D].

    Args:
        cell: whose weights.
        da_x_TBG: gradient of W_x x + b at each step.
        da_h_TBG: gradient of W_h h at each step.
        x1_ND: from `with_one`.
        h_TBH: the state that each step began with.
    """
    W_x, bias, W_h = cell.from_input.weight, cell.from_input.bias, cell.from_state.weight
    assert bias is not None
    da_x_NG, da_h_NG = (da.reshape(-1, da.shape[-1]) for da in (da_x_TBG, da_h_TBG))
    dW1_GD = da_x_NG.T @ x1_ND
    W_x.add(dW1_GD[:, :-1])
    bias.add(dW1_GD[:, -1])
    W_h.add(da_h_NG.T @ h_TBH.reshape(-1, h_TBH.shape[-1]))
    return (da_x_NG @ W_x.value).reshape(*da_x_TBG.shape[:2], -1)
