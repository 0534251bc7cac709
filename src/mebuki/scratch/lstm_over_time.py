"""The LSTM over a whole window, quickly: the formulas of `lstm.py`, arranged for the machine.

Shapes: T time, B batch, D inputs, H hidden width, G = 4H: i, f, o, g.

What makes it quick, in order of what it saves:

1. Few large products. Only W_h h is left inside the loop; see `whole_window.py` for the rest.
2. Features first. Inside a step arrays are [G, B]: each gate is then one block of memory, and an operation on it, or on
   three gates together, is one run over it. In [B, G] a gate would be B pieces. What is [B, …] outside is turned where
   it enters or leaves a step. W_h h has the shape that the matrix library likes best, too.
3. One tanh for all four gates, as σ(a) = ½ tanh(½ a) + ½.
4. No new arrays inside a step. An array that was just used is still in the processor's cache, a new one is not. So
   results are written into arrays made before the loop (`out=`, `*=`).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .cell import Cell, State
from .checks import Array, check_floats
from .whole_window import carve, input_part, spread, with_one

Returned = tuple[Array, tuple[Array, Array] | None]


def lstm_over_time(
    cell: Cell, x_TBD: Array, state: State | None
) -> tuple[tuple[Array, tuple[Array, Array]], Callable[..., Returned]]:
    """((h_TBH, (h, c)), backward), as `LSTMCell.over_time`."""
    first_h, first_c = cell.opened(x_TBD, state, ("T", "B"))
    (T, B, _), H = x_TBD.shape, cell.width
    W_h, dtype = cell.from_state.weight, np.result_type(x_TBD, cell.from_state.weight.value)
    # What the backward will need, for all steps. Of h and c there is one more: the state before the first step.
    x_TBG, gates_T4HB, shown_THB, h_TBH, c_THB = carve(
        dtype, (T, B, 4 * H), (T, 4, H, B), (T, H, B), (T + 1, B, H), (T + 1, H, B)
    )
    x1_ND = with_one(x_TBD)
    input_part(cell, x1_ND, x_TBG)
    h_TBH[0], c_THB[0] = first_h, first_c.T
    h, x, written = first_h.T.astype(dtype, order="C"), np.empty((4 * H, B), dtype), np.empty((H, B), dtype)
    for t in range(T):
        i, f, o, g = gates_T4HB[t]
        a, i_f_o = gates_T4HB[t].reshape(4 * H, B), gates_T4HB[t, :3]
        x[...] = x_TBG[t].T
        np.matmul(W_h.value, h, out=a)
        a += x
        i_f_o *= 0.5
        np.tanh(a, out=a)
        i_f_o *= 0.5
        i_f_o += 0.5
        c = np.multiply(f, c_THB[t], out=c_THB[t + 1])
        np.multiply(i, g, out=written)
        c += written
        shown = np.tanh(c, out=shown_THB[t])
        np.multiply(o, shown, out=h)
        h_TBH[t + 1] = h.T

    def backward(dh_TBH: Array, dstate: State | None = None) -> Returned:
        check_floats(str(cell), "dh", dh_TBH, (T, B, H))
        last_dh, last_dc = cell.returned(dstate, (first_h, first_c))
        dh, dc = (part.T.astype(dtype, order="C") for part in (last_dh, last_dc))
        part = np.empty((H, B), dtype)
        W_hT = np.ascontiguousarray(W_h.value.T)
        da_TBG = x_TBG  # x is no longer needed: its memory is used again
        da_4HB = np.empty((4, H, B), dtype)
        da, (da_i, da_f, da_o, da_g), da_i_f_o = da_4HB.reshape(4 * H, B), da_4HB, da_4HB[:3]
        for t in reversed(range(T)):
            (i, f, o, g), i_f_o, shown = gates_T4HB[t], gates_T4HB[t, :3], shown_THB[t]
            part[...] = dh_TBH[t].T
            dh += part  # h had two readers: the layer above, and the next step
            np.multiply(shown, shown, out=part)
            np.subtract(1, part, out=part)
            part *= o
            part *= dh
            dc += part  # dc' += dh' o (1 - tanh² c')
            np.subtract(1, i_f_o, out=da_i_f_o)
            da_i_f_o *= i_f_o  # σ' = σ (1 - σ), of three gates at once
            np.multiply(g, g, out=da_g)
            np.subtract(1, da_g, out=da_g)  # tanh' = 1 - tanh²
            da_i *= g
            da_f *= c_THB[t]
            da_o *= shown
            da_g *= i
            da_4HB[:2] *= dc
            da_o *= dh
            da_g *= dc
            dc *= f
            np.matmul(W_hT, da, out=dh)
            da_TBG[t] = da.T
        dx_TBD = spread(cell, da_TBG, da_TBG, x1_ND, h_TBH[:-1])
        return dx_TBD, None if state is None else (np.ascontiguousarray(dh.T), np.ascontiguousarray(dc.T))

    return (h_TBH[1:], (h_TBH[-1].copy(), c_THB[-1].T.copy())), backward
