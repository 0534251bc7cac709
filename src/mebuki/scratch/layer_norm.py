"""LayerNorm: every vector is brought to mean 0 and variance 1, whatever the layers before made of its size.

Shapes: N rows (any number of leading axes), D width.

Ba, Kiros & Hinton (2016). For one row, with m its mean and s = √(mean((x - m)²) + ε):

    n = (x - m) / s            y = γ n + β

The numbers of a row are tied together by m and s: moving one moves all. Two directions lead nowhere: adding the same
number to all of x changes nothing, since m takes it off again; and making x - m longer changes nothing, since s grows
with it. So of the gradient dn = γ dy exactly these two parts have to be taken away: its mean, and its part along n.

    dx = (dn - mean(dn) - n · mean(dn · n)) / s

This is what the chain rule gives: ∂m/∂x_j = 1/D and ∂s/∂x_j = n_j / D, so ∂n_i/∂x_j = (δ_ij - 1/D - n_i n_j / D) / s.
γ_d and β_d meet every row: their gradients are sums over the rows, Σ dy · n and Σ dy.
"""

from __future__ import annotations

import numpy as np

from .checks import Array, check_floats
from .layer import Backward, Layer
from .parameter import Parameter

EPSILON = 1e-5  # keeps a row of equal numbers from being divided by zero


class LayerNorm(Layer):
    """Mean 0 and variance 1 over the last axis, then a learned scale γ (`weight`) and shift β (`bias`), 1 and 0 at first.

    >>> norm = LayerNorm(4)
    >>> y, backward = norm(np.array([[1.0, 2.0, 3.0, 4.0], [10.0, 20.0, 30.0, 40.0]]))
    >>> y.round(2)                                       # ten times as large, and yet the same
    array([[-1.34, -0.45,  0.45,  1.34],
           [-1.34, -0.45,  0.45,  1.34]])
    >>> np.allclose(backward(np.ones((2, 4))), 0)        # to raise all of y at once, no x helps
    True

    Args:
        width: D.

    Raises:
        ShapeError, NotFiniteError: the last axis of x is not D, or x is not finite.
    """

    def __init__(self, width: int) -> None:
        self.weight = Parameter(np.ones(width, np.float32))
        self.bias = Parameter(np.zeros(width, np.float32))

    def __call__(self, x: Array) -> tuple[Array, Backward]:
        weight, bias = self.weight.value, self.bias.value
        D = len(weight)
        name = f"LayerNorm({D})"
        check_floats(name, "x", x, (..., D))
        n = x - x.mean(-1, keepdims=True)
        inverse = 1 / np.sqrt((n * n).mean(-1, keepdims=True) + EPSILON)  # 1/s
        n *= inverse
        y = n * weight + bias

        def backward(dy: Array) -> Array:
            check_floats(name, "dy", dy, y.shape)
            self.weight.add((dy * n).reshape(-1, D).sum(0))
            self.bias.add(dy.reshape(-1, D).sum(0))
            dn = dy * weight
            dx = dn - dn.mean(-1, keepdims=True) - n * (dn * n).mean(-1, keepdims=True)
            dx *= inverse
            return dx

        return y, backward
