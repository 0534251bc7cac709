"""A recurrent network's cell: it reads the letter and its own last output (Elman 1990).

Shapes: B batch, T time, D inputs, H hidden width.

    h' = tanh(a),   a = W_x x + b + W_h h

Backward. dh' is the gradient of h': from the layer above at this step, and from the next step, which read h' too; these
two were added before they came here. Through tanh it becomes da = dh' (1 - h'²). From there it goes to x and to h by
the same rule of linear layers: dx = W_xᵀ da and dh = W_hᵀ da.

dh is the dh' of the step before. So over k steps a gradient is multiplied k times with W_hᵀ and with slopes ≤ 1: if W_h
makes vectors shorter it vanishes like 0.9^k, if longer it explodes like 1.1^k (Bengio, Simard & Frasconi 1994). The
first is what LSTM and GRU are for, the second is met by clipping gradients.
"""

from __future__ import annotations

from collections.abc import Callable

from .activations import tanh
from .cell import Cell, State
from .checks import Array
from .rnn_over_time import rnn_over_time


class RNNCell(Cell):
    """h' = tanh(W_x x + b + W_h h). Its state is (h,).

    >>> import numpy as np
    >>> cell = RNNCell(3, 2, rng=0)
    >>> (h_BH,), backward = cell(np.ones((5, 3)), None)
    >>> h_BH.shape
    (5, 2)
    >>> (h_TBH, state), backward = cell.over_time(np.ones((7, 5, 3)))
    >>> h_TBH.shape
    (7, 5, 2)
    """

    def __call__(self, x_BD: Array, state: State | None) -> tuple[tuple[Array], Callable[[Array], tuple]]:
        (h_BH,) = self.opened(x_BD, state, ("B",))
        a_x, input_backward = self.from_input(x_BD)
        a_h, state_backward = self.from_state(h_BH)
        h_new, tanh_backward = tanh(a_x + a_h)

        def backward(dh_new: Array) -> tuple[Array, tuple[Array] | None]:
            da = tanh_backward(dh_new)
            dx_BD, dh_BH = input_backward(da), state_backward(da)
            return dx_BD, None if state is None else (dh_BH,)

        return (h_new,), backward

    def over_time(
        self, x_TBD: Array, state: State | None = None
    ) -> tuple[tuple[Array, tuple[Array]], Callable[..., tuple]]:
        return rnn_over_time(self, x_TBD, state)
