"""A linear layer: every output is a weighted sum of all inputs.

Shapes: N rows (any number of leading axes), D inputs, H outputs.
"""

from __future__ import annotations

import math

import numpy as np

from .checks import Array, check_floats
from .layer import Backward, Layer
from .parameter import Parameter


class Linear(Layer):
    """y = x Wᵀ + b, over the last axis: [..., D] → [..., H].

    W is kept as [H, D], one row for each output, as in PyTorch; so y[h] is the inner product of x with row h.
    The weights begin uniform in ±1/√D, a little on the small side: numbers shrink somewhat from layer to layer.

    >>> layer = Linear(2, 1, rng=0)
    >>> layer.weight.value[...], layer.bias.value[...] = [[3.0, 4.0]], [5.0]
    >>> y, backward = layer(np.array([[1.0, 10.0]]))
    >>> y
    array([[48.]])
    >>> backward(np.ones((1, 1)))              # dx: each input is answered by its weight
    array([[3., 4.]])
    >>> layer.weight.gradient                  # dW: each weight is answered by its input
    array([[ 1., 10.]], dtype=float32)

    Args:
        inputs: D.
        outputs: H.
        rng: a seed or a generator, of the first weights.
        bias: whether b is there.

    Raises:
        ShapeError, NotFiniteError: the last axis of x is not D, or x is not finite.
    """

    def __init__(self, inputs: int, outputs: int, rng: int | np.random.Generator = 0, bias: bool = True) -> None:
        bound = 1 / math.sqrt(inputs)
        self.weight = Parameter(np.random.default_rng(rng).uniform(-bound, bound, (outputs, inputs)).astype(np.float32))
        self.bias = Parameter(np.zeros(outputs, np.float32)) if bias else None

    def __call__(self, x: Array) -> tuple[Array, Backward]:
        W = self.weight.value
        H, D = W.shape
        name = f"Linear({D} → {H})"
        check_floats(name, "x", x, (..., D))
        x_ND = x.reshape(-1, D)  # all rows in one product: many small ones would be slower
        y = (x_ND @ W.T).reshape(*x.shape[:-1], H)
        if self.bias is not None:
            y += self.bias.value

        def backward(dy: Array) -> Array:
            check_floats(name, "dy", dy, y.shape)
            # y[n, h] = Σ_d x[n, d] W[h, d] + b[h]. Each W[h, d] met x[n, d] in every row n: its gradient is a sum.
            dy_NH = dy.reshape(-1, H)
            self.weight.add(dy_NH.T @ x_ND)
            if self.bias is not None:
                self.bias.add(dy_NH.sum(0))
            return (dy_NH @ W).reshape(x.shape)

        return y, backward
