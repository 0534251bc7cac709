"""Back-propagation through time: a recurrent cell, unrolled, is a chain (Werbos 1990).

Shapes: T time, B batch, D inputs, H hidden width.

    x₀    x₁    x₂             Seen over T steps a recurrent network is a deep one: T copies of a cell, one after
    ↓     ↓     ↓              another, the state going from each to the next. So there is nothing new to learn:
  → cell → cell → cell →       its backward is the closures of all steps, walked in reverse.
    ↓     ↓     ↓
    h₀    h₁    h₂

Two things to see:

    a state has two readers    h_t goes out as the output of step t, and on to step t + 1. Its gradient is the sum of
                               what comes back from both.
    weights have T readers     All copies are the same cell with the same weights. Each step *adds* its part of their
                               gradient: dW = Σ_t dW_t. Since gradients are always added here, that happens by itself.

This is the definition; `cell.over_time` gives the same numbers in a fraction of the time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .cell import Cell, State
from .checks import Array, ShapeError, check_floats


def unroll(
    cell: Cell, x_TBD: Array, state: State | None = None
) -> tuple[tuple[Array, State], Callable[..., tuple[Array, State | None]]]:
    """Call a cell once a time step: (h_TBH, the last state), and backward(dh_TBH, dstate=None) → (dx_TBD, dstate0).

    >>> from .rnn import RNNCell
    >>> (h_TBH, state), backward = unroll(RNNCell(3, 2), np.ones((7, 5, 3)))
    >>> dx_TBD, _ = backward(np.ones_like(h_TBH))
    >>> h_TBH.shape, dx_TBD.shape
    ((7, 5, 2), (7, 5, 3))

    Args:
        cell: any cell.
        x_TBD: what comes in at each step, T ≥ 1.
        state: what is remembered from before; None: zeros, to which no gradient is given.
    """
    check_floats("unroll", "x", x_TBD, ("T", "B", cell.inputs))
    if len(x_TBD) == 0:
        raise ShapeError("unroll was given no time steps", allowed="T ≥ 1")
    now: State = cell.opened(x_TBD, state, ("T", "B"))
    outputs: list[Array] = []
    backwards: list[Callable[..., Any]] = []
    for x_BD in x_TBD:
        now, step_backward = cell(x_BD, now)
        outputs.append(now[0])
        backwards.append(step_backward)
    h_TBH, last = np.stack(outputs), now

    def backward(dh_TBH: Array, dstate: State | None = None) -> tuple[Array, State | None]:
        check_floats("unroll", "dh", dh_TBH, h_TBH.shape)
        dnow: State = cell.returned(dstate, last)
        dx_TBD = np.empty(x_TBD.shape, h_TBH.dtype)
        for t in reversed(range(len(backwards))):
            dh_BH, *rest = dnow
            dx_TBD[t], dnow = backwards[t](dh_BH + dh_TBH[t], *rest)
        return dx_TBD, None if state is None else dnow

    return (h_TBH, last), backward
