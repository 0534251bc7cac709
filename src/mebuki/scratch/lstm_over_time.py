"""The LSTM over a whole window, quickly: the formulas of `lstm.py`, arranged for the machine.

Shapes: T time, B batch, D inputs, H hidden width, G = 4H, a G = i, f, o, g.

placeholder
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from .checks import Array, check_floats

if TYPE_CHECKING:
    from .cell import State
    from .lstm import LSTMCell


def lstm_over_time(
    cell: LSTMCell, x_TBD: Array, state: State | None
) -> tuple[tuple[Array, tuple[Array, Array]], Callable[..., tuple]]:
    h_BH, c_BH = cell.opened(x_TBD, state, ("T", "B"))
    (T, B, D), H, G = x_TBD.shape, cell.width, 4 * cell.width
    assert cell.from_input.bias is not None
    W_x, bias, W_h = cell.from_input.weight, cell.from_input.bias, cell.from_state.weight
    dtype = np.result_type(x_TBD, W_h.value)

    # The letters' part of all gates, of all steps, is one product. An input that is always 1 has the bias as its weight.
    x1_ND = np.ones((T * B, D + 1), dtype)
    x1_ND[:, :D] = x_TBD.reshape(-1, D)
    W1_GD = np.concatenate([W_x.value, bias.value[:, None]], 1)
    x_GTB = (W1_GD @ x1_ND.T).reshape(G, T, B)

    h_TBH = np.empty((T + 1, B, H), dtype)
    gates_TGB, c_THB, shown_THB = np.empty((T, G, B), dtype), np.empty((T + 1, H, B), dtype), np.empty((T, H, B), dtype)
    h_TBH[0], c_THB[0] = h_BH, c_BH.T
    new_HB = np.empty((H, B), dtype)
    for t in range(T):
        a_GB = np.matmul(W_h.value, h_TBH[t].T, out=gates_TGB[t])
        a_GB += x_GTB[:, t]
        sigmoids = a_GB[: 3 * H]
        sigmoids *= 0.5
        np.tanh(a_GB, out=a_GB)
        sigmoids *= 0.5
        sigmoids += 0.5
        i, f, o, g = a_GB.reshape(4, H, B)
        c = np.multiply(f, c_THB[t], out=c_THB[t + 1])
        np.multiply(i, g, out=new_HB)
        c += new_HB
        shown = np.tanh(c, out=shown_THB[t])
        np.multiply(o, shown, out=h_TBH[t + 1].T)

    def backward(dh_TBH: Array, dstate: State | None = None) -> tuple:
        check_floats(str(cell), "dh", dh_TBH, (T, B, H))
        dh_last, dc_last = cell.returned(dstate, (h_BH, c_BH))
        W_HG = np.ascontiguousarray(W_h.value.T)
        da_GTB = np.empty((G, T, B), dtype)
        dh, dc = dh_last.T.astype(dtype), dc_last.T.astype(dtype)
        slope, part = np.empty((4, H, B), dtype), np.empty((H, B), dtype)
        for t in reversed(range(T)):
            gates = gates_TGB[t].reshape(4, H, B)
            i, f, o, g = gates
            shown = shown_THB[t]
            dh += dh_TBH[t].T
            np.multiply(shown, shown, out=part)
            np.subtract(1, part, out=part)
            part *= o
            part *= dh
            dc += part
            s_i, s_f, s_o, s_g = slope
            np.subtract(1, gates[:3], out=slope[:3])
            slope[:3] *= gates[:3]
            np.multiply(g, g, out=s_g)
            np.subtract(1, s_g, out=s_g)
            s_i *= g
            s_f *= c_THB[t]
            s_o *= shown
            s_g *= i
            slope[:2] *= dc
            s_o *= dh
            s_g *= dc
            dc *= f
            da_GB = slope.reshape(G, B)
            da_GTB[:, t] = da_GB
            np.matmul(W_HG, da_GB, out=dh)
        da_GN = da_GTB.reshape(G, T * B)
        dW = da_GN @ x1_ND
        W_x.gradient += dW[:, :D]
        bias.gradient += dW[:, D]
        W_h.gradient += da_GN @ h_TBH[:-1].reshape(-1, H)
        dx_TBD = (da_GN.T @ W_x.value).reshape(T, B, D)
        return dx_TBD, None if state is None else (dh.T, dc.T)

    return (h_TBH[1:], (h_TBH[-1], c_THB[-1].T)), backward
