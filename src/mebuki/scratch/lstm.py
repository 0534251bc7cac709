"""A cell with a memory: long short-term memory (Hochreiter & Schmidhuber 1997; forget gate: Gers et al. 2000).

Shapes: B batch, T time, D inputs, H hidden width, G = 4H.

    a = W_x x + b + W_h h                     four blocks of H rows: a_i, a_f, a_o, a_g
    i, f, o = σ(a_i), σ(a_f), σ(a_o)          gates between 0 and 1: write, keep, show
    g = tanh(a_g)                             what might be written
    c' = f c + i g                            the memory: keep some of the old, add some of the new
    h' = o tanh(c')                           what is shown of it

Backward, from the last line to the first. h' and c' both go on to the next step, so dh' and dc' both come back.

    h' = o tanh(c')    do = dh' tanh(c')      dc' += dh' o (1 - tanh² c')     c' has two ways out, so these are added
    c' = f c + i g     df = dc' c   dc = dc' f   di = dc' g   dg = dc' i
    σ and tanh         da_i = di i (1 - i)   da_f = df f (1 - f)   da_o = do o (1 - o)   da_g = dg (1 - g²)
    a                  dx = W_xᵀ da           dh = W_hᵀ da

Look at dc = dc' f: from step to step the gradient of the memory is multiplied with f alone, with no matrix and no slope
in between. Where the gate stays open (f ≈ 1) it comes back from far away as it was: that is the whole point. So b_f
begins with 1, which holds the gate open at first (Jozefowicz et al. 2015).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .activations import sigmoid, tanh
from .cell import Cell, State
from .checks import Array
from .lstm_over_time import lstm_over_time


class LSTMCell(Cell):
    """i, f, o = σ(…), g = tanh(…); c' = f c + i g; h' = o tanh(c'). Its state is (h, c).

    >>> cell = LSTMCell(3, 2, rng=0)
    >>> (h_BH, c_BH), backward = cell(np.ones((5, 3)), None)
    >>> h_BH.shape, c_BH.shape
    ((5, 2), (5, 2))
    >>> (h_TBH, state), backward = cell.over_time(np.ones((7, 5, 3)))
    >>> dx_TBD, dstate = backward(np.ones_like(h_TBH))
    >>> h_TBH.shape, dx_TBD.shape
    ((7, 5, 2), (7, 5, 3))
    """

    parts = 2
    gates = 4

    def __init__(self, inputs: int, width: int, rng: int | np.random.Generator = 0) -> None:
        super().__init__(inputs, width, rng)
        assert self.from_input.bias is not None
        self.from_input.bias.value[width : 2 * width] = 1  # the forget gate begins open

    def __call__(self, x_BD: Array, state: State | None) -> tuple[tuple[Array, Array], Callable[[Array, Array], tuple]]:
        h_BH, c_BH = self.opened(x_BD, state, ("B",))
        a_x, input_backward = self.from_input(x_BD)
        a_h, state_backward = self.from_state(h_BH)
        a_i, a_f, a_o, a_g = np.split(a_x + a_h, 4, axis=1)
        i, i_backward = sigmoid(a_i)
        f, f_backward = sigmoid(a_f)
        o, o_backward = sigmoid(a_o)
        g, g_backward = tanh(a_g)
        c_new = f * c_BH + i * g
        shown, shown_backward = tanh(c_new)
        h_new = o * shown

        def backward(dh_new: Array, dc_new: Array) -> tuple[Array, tuple[Array, Array] | None]:
            dc = dc_new + shown_backward(dh_new * o)
            da_i, da_f = i_backward(dc * g), f_backward(dc * c_BH)
            da_o, da_g = o_backward(dh_new * shown), g_backward(dc * i)
            da_BG = np.concatenate([da_i, da_f, da_o, da_g], axis=1)
            dx_BD, dh_BH = input_backward(da_BG), state_backward(da_BG)
            return dx_BD, None if state is None else (dh_BH, dc * f)

        return (h_new, c_new), backward

    def over_time(
        self, x_TBD: Array, state: State | None = None
    ) -> tuple[tuple[Array, tuple[Array, Array]], Callable[..., tuple]]:
        return lstm_over_time(self, x_TBD, state)
