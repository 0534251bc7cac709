"""A gated cell with one memory: the gated recurrent unit (Cho et al. 2014), resetting after the product, as in cuDNN.

Shapes: B batch, T time, D inputs, H hidden width, G = 3H.

    r, z = σ(x_r + W_r h), σ(x_z + W_z h)     x_r, x_z, x_n: the blocks of W_x x + b
    m = W_n h + b_m                           what the memory says, b_m the `reset_bias`
    n = tanh(x_n + r m)                       what might be new: r lets the memory speak, or not
    h' = n + z (h - n)                        z keeps the old, 1 - z takes the new

Backward, from the last line to the first.

    h' = (1 - z) n + z h       dz = dh' (h - n)      dn = dh' (1 - z)      dh = dh' z (one part of it)
    n  = tanh(x_n + r m)       da_n = dn (1 - n²)    dr = da_n m           dm = da_n r
    σ                          da_r = dr r (1 - r)   da_z = dz z (1 - z)
    x's part                   da = [da_r, da_z, da_n] goes to W_x, b and x
    h's part                   [da_r, da_z, dm] goes to W_h and h: the same but for the last block; dm goes to b_m

h went four ways, by r, z, m, and directly: dh is the sum. The direct one, dh' z, has no matrix in it, just as dc' f in
an LSTM: where z ≈ 1 a gradient comes back from far away as it was.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .activations import sigmoid, tanh
from .cell import Cell, State
from .checks import Array
from .gru_over_time import gru_over_time
from .parameter import Parameter


class GRUCell(Cell):
    """r, z = σ(…); n = tanh(x_n + r (W_n h + b_m)); h' = n + z (h - n). Its state is (h,).

    >>> cell = GRUCell(3, 2, rng=0)
    >>> (h_BH,), backward = cell(np.ones((5, 3)), None)
    >>> h_BH.shape
    (5, 2)
    >>> (h_TBH, state), backward = cell.over_time(np.ones((7, 5, 3)))
    >>> h_TBH.shape
    (7, 5, 2)
    """

    gates = 3

    def __init__(self, inputs: int, width: int, rng: int | np.random.Generator = 0) -> None:
        super().__init__(inputs, width, rng)
        self.reset_bias = Parameter(np.zeros(width, np.float32))

    def __call__(self, x_BD: Array, state: State | None) -> tuple[tuple[Array], Callable[[Array], tuple]]:
        (h_BH,) = self.opened(x_BD, state, ("B",))
        a_x, input_backward = self.from_input(x_BD)
        a_h, state_backward = self.from_state(h_BH)
        (x_r, x_z, x_n), (h_r, h_z, h_n) = np.split(a_x, 3, axis=1), np.split(a_h, 3, axis=1)
        r, r_backward = sigmoid(x_r + h_r)
        z, z_backward = sigmoid(x_z + h_z)
        m = h_n + self.reset_bias.value
        n, n_backward = tanh(x_n + r * m)
        h_new = n + z * (h_BH - n)

        def backward(dh_new: Array) -> tuple[Array, tuple[Array] | None]:
            da_z = z_backward(dh_new * (h_BH - n))
            da_n = n_backward(dh_new * (1 - z))
            da_r, dm = r_backward(da_n * m), da_n * r
            self.reset_bias.add(dm.sum(0))
            dx_BD = input_backward(np.concatenate([da_r, da_z, da_n], axis=1))
            dh_BH = state_backward(np.concatenate([da_r, da_z, dm], axis=1)) + dh_new * z
            return dx_BD, None if state is None else (dh_BH,)

        return (h_new,), backward

    def over_time(
        self, x_TBD: Array, state: State | None = None
    ) -> tuple[tuple[Array, tuple[Array]], Callable[..., tuple]]:
        return gru_over_time(self, self.reset_bias, x_TBD, state)
