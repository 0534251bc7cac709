"""The GRU over a whole window, quickly: the formulas of `gru.py`, arranged like those of `lstm_over_time.py`.

Shapes: T time, B batch, D inputs, H hidden width, G = 3H: r, z, n.

Inside a step arrays are features first, [G, B], so that each gate is one block of memory.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .cell import Cell, State
from .checks import Array, check_floats
from .parameter import Parameter
from .whole_window import carve, input_part, spread, with_one

Returned = tuple[Array, tuple[Array] | None]


def gru_over_time(
    cell: Cell, reset_bias: Parameter, x_TBD: Array, state: State | None
) -> tuple[tuple[Array, tuple[Array]], Callable[..., Returned]]:
    """((h_TBH, (h,)), backward), as `GRUCell.over_time`."""
    (first_h,) = cell.opened(x_TBD, state, ("T", "B"))
    (T, B, _), H = x_TBD.shape, cell.width
    W_h, dtype = cell.from_state.weight, np.result_type(x_TBD, cell.from_state.weight.value)
    b_m = reset_bias.value[:, None]
    # What the backward will need, for all steps: r, z, n; m; and h, once more than there are steps.
    x_TBG, da_h_TBG, gates_T3HB, m_THB, h_TBH, h_THB = carve(
        dtype, (T, B, 3 * H), (T, B, 3 * H), (T, 3, H, B), (T, H, B), (T + 1, B, H), (T + 1, H, B)
    )
    x1_ND = with_one(x_TBD)
    input_part(cell, x1_ND, x_TBG)
    h_TBH[0], h_THB[0] = first_h, first_h.T
    from_h, part = np.empty((3, H, B), dtype), np.empty((H, B), dtype)
    for t in range(T):
        (r, z, n), r_z, m = gates_T3HB[t], gates_T3HB[t, :2], m_THB[t]
        gates_T3HB[t].reshape(3 * H, B)[...] = x_TBG[t].T
        np.matmul(W_h.value, h_THB[t], out=from_h.reshape(3 * H, B))
        r_z += from_h[:2]
        r_z *= 0.5
        np.tanh(r_z, out=r_z)  # σ(a) = ½ tanh(½ a) + ½
        r_z *= 0.5
        r_z += 0.5
        np.add(from_h[2], b_m, out=m)
        np.multiply(r, m, out=part)
        n += part
        np.tanh(n, out=n)
        h = np.subtract(h_THB[t], n, out=h_THB[t + 1])
        h *= z
        h += n  # n + z (h - n)
        h_TBH[t + 1] = h.T

    def backward(dh_TBH: Array, dstate: State | None = None) -> Returned:
        check_floats(str(cell), "dh", dh_TBH, (T, B, H))
        (last_dh,) = cell.returned(dstate, (first_h,))
        dh, part, dm_sum = last_dh.T.astype(dtype, order="C"), np.empty((H, B), dtype), np.zeros((H, B), dtype)
        W_hT = np.ascontiguousarray(W_h.value.T)
        da_x_TBG = x_TBG  # x is no longer needed: its memory is used again
        da_3HB = np.empty((3, H, B), dtype)
        da, (da_r, da_z, da_n), da_r_z = da_3HB.reshape(3 * H, B), da_3HB, da_3HB[:2]
        for t in reversed(range(T)):
            (r, z, n), r_z, m = gates_T3HB[t], gates_T3HB[t, :2], m_THB[t]
            part[...] = dh_TBH[t].T
            dh += part  # h had two readers: the layer above, and the next step
            np.subtract(1, r_z, out=da_r_z)
            np.multiply(da_z, dh, out=part)  # dn = dh' (1 - z)
            da_r_z *= r_z  # σ' = σ (1 - σ)
            np.multiply(n, n, out=da_n)
            np.subtract(1, da_n, out=da_n)  # tanh' = 1 - tanh²
            da_n *= part
            da_r *= da_n
            da_r *= m
            np.subtract(h_THB[t], n, out=part)
            part *= dh
            da_z *= part
            da_x_TBG[t] = da.T
            da_n *= r  # dm: from here on the last block is the gradient of W_n h, no longer of x_n
            dm_sum += da_n
            da_h_TBG[t] = da.T
            np.multiply(dh, z, out=part)
            np.matmul(W_hT, da, out=dh)
            dh += part
        reset_bias.add(dm_sum.sum(1))
        dx_TBD = spread(cell, da_x_TBG, da_h_TBG, x1_ND, h_TBH[:-1])
        return dx_TBD, None if state is None else (np.ascontiguousarray(dh.T),)

    return (h_TBH[1:], (h_TBH[-1].copy(),)), backward
