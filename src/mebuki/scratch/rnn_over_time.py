"""The simple recurrent network over a whole window, quickly: the formulas of `rnn.py`.

Shapes: T time, B batch, D inputs, H hidden width.

Everything that does not wait for the step before is done for all steps at once (see `whole_window.py`). What is left
in a step is one product and one tanh, written straight into the array of all outputs.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .cell import Cell, State
from .checks import Array, check_floats
from .whole_window import carve, input_part, spread, with_one

Returned = tuple[Array, tuple[Array] | None]


def rnn_over_time(
    cell: Cell, x_TBD: Array, state: State | None
) -> tuple[tuple[Array, tuple[Array]], Callable[..., Returned]]:
    """((h_TBH, (h,)), backward), as `RNNCell.over_time`."""
    (first_h,) = cell.opened(x_TBD, state, ("T", "B"))
    (T, B, _), H = x_TBD.shape, cell.width
    W_h, dtype = cell.from_state.weight, np.result_type(x_TBD, cell.from_state.weight.value)
    x_TBH, h_TBH = carve(dtype, (T, B, H), (T + 1, B, H))
    x1_ND = with_one(x_TBD)
    input_part(cell, x1_ND, x_TBH)
    h_TBH[0] = first_h
    W_hT = np.ascontiguousarray(W_h.value.T)  # turned once, not at each step
    for t in range(T):
        h = np.matmul(h_TBH[t], W_hT, out=h_TBH[t + 1])
        h += x_TBH[t]
        np.tanh(h, out=h)

    def backward(dh_TBH: Array, dstate: State | None = None) -> Returned:
        check_floats(str(cell), "dh", dh_TBH, (T, B, H))
        (last_dh,) = cell.returned(dstate, (first_h,))
        dh, da_TBH = last_dh.astype(dtype), x_TBH  # x is no longer needed: its memory is used again
        for t in reversed(range(T)):
            dh += dh_TBH[t]  # h had two readers: the layer above, and the next step
            h, da = h_TBH[t + 1], da_TBH[t]
            np.multiply(h, h, out=da)
            np.subtract(1, da, out=da)  # tanh' = 1 - tanh²
            da *= dh
            np.matmul(da, W_h.value, out=dh)
        dx_TBD = spread(cell, da_TBH, da_TBH, x1_ND, h_TBH[:-1])
        return dx_TBD, None if state is None else (dh,)

    return (h_TBH[1:], (h_TBH[-1].copy(),)), backward
