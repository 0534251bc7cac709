"""RMSNorm: every vector is brought to the same length. LayerNorm without the mean, and as good.

Shapes: N rows (any number of leading axes), D width.

Zhang & Sennrich (2019). For one row, with r = √(mean(x²) + ε), the root of its mean square:

    y = x / r

Making x longer changes nothing, since r grows with it; so a gradient along y itself is of no use, and has to be taken
away. By the chain rule, with ∂r/∂x_j = x_j / (D r) = y_j / D:

    ∂y_i/∂x_j = δ_ij / r - x_i / r² · y_j / D = (δ_ij - y_i y_j / D) / r

    dx = (dy - y · mean(dy · y)) / r

A long vector has a large r, hence a small dx: gradients stay of one size however large the numbers in the model grow.
"""

from __future__ import annotations

import numpy as np

from .checks import Array, check_floats, check_shape
from .layer import Backward, Layer
from .parameter import Parameter

EPSILON = 1e-6  # keeps a row of zeros from being divided by zero


def normalise(x: Array) -> tuple[Array, Backward]:
    """RMSNorm without a weight, over the last axis. Inside a block the matrix that follows would take the weight up.

    >>> y, backward = normalise(np.array([[3.0, 4.0], [30.0, 40.0]]))
    >>> y.round(4)
    array([[0.8485, 1.1314],
           [0.8485, 1.1314]])
    >>> backward(np.array([[4.0, -3.0], [4.0, -3.0]])).round(4)   # across y: passes, by 1/r
    array([[ 1.1314, -0.8485],
           [ 0.1131, -0.0849]])

    Raises:
        ShapeError, NotFiniteError: x has no axis, or is not finite.
    """
    check_floats("normalise", "x", x, (..., "D"))
    inverse = 1 / np.sqrt(mean_product(x, x) + EPSILON)  # 1/r
    y = x * inverse

    def backward(dy: Array) -> Array:
        check_floats("normalise", "dy", dy, y.shape)
        dx = y * mean_product(dy, y)
        np.subtract(dy, dx, out=dx)
        dx *= inverse
        return dx

    return y, backward


def mean_product(a: Array, b: Array) -> Array:
    """mean(a · b) over the last axis, which stays with size 1; the product itself is never written down.

    >>> mean_product(np.array([1.0, 2.0, 3.0]), np.array([1.0, 1.0, 4.0]))
    array([5.])
    """
    mean = np.einsum("...d,...d->...", a, b)[..., None]
    mean /= a.shape[-1]
    return mean


class RMSNorm(Layer):
    """`normalise(x)` times a learned weight, 1 at first.

    >>> norm = RMSNorm(2)
    >>> norm.weight.value[...] = [10.0, 1.0]
    >>> norm(np.array([3.0, 4.0]))[0].round(4)
    array([8.4853, 1.1314])

    Args:
        width: D.

    Raises:
        ShapeError, NotFiniteError: the last axis of x is not D, or x is not finite.
    """

    def __init__(self, width: int) -> None:
        self.weight = Parameter(np.ones(width, np.float32))

    def __call__(self, x: Array) -> tuple[Array, Backward]:
        weight = self.weight.value
        D = len(weight)
        check_shape(f"RMSNorm({D})", "x", x, (..., D))  # and normalise checks the numbers
        n, normalise_backward = normalise(x)

        def backward(dy: Array) -> Array:
            check_floats(f"RMSNorm({D})", "dy", dy, n.shape)
            self.weight.add(np.einsum("nd,nd->d", dy.reshape(-1, D), n.reshape(-1, D)))
            return normalise_backward(dy * weight)

        return n * weight, backward
