"""Softmax: scores to probabilities.

    softmax(x)_i = e^{x_i} / Σ_j e^{x_j}

As it stands the formula overflows: e^89 is too large for float32, and ∞/∞ is not a number. But softmax does not change
when the same number c is taken from all scores, since e^{x-c} = e^x e^{-c} and e^{-c} cancels in the fraction. With c
the largest score, every exponent is at most 0 and every power at most 1. That is all there is to a stable softmax.
"""

from __future__ import annotations

import numpy as np

from .checks import Array, check_floats
from .layer import Backward


def probabilities(x: Array) -> Array:
    """Softmax over the last axis, without a way back. A score of -inf has the probability 0.

    >>> probabilities(np.array([1000.0, 1000.0, -np.inf]))
    array([0.5, 0.5, 0. ])
    """
    powers = np.exp(x - x.max(-1, keepdims=True))
    powers /= powers.sum(-1, keepdims=True)
    return powers


def softmax(x: Array) -> tuple[Array, Backward]:
    """Softmax over the last axis, [..., V] → [..., V]: numbers in (0, 1) that add up to 1.

    Backward: ∂y_i/∂x_j = y_i (δ_ij - y_j), so dx_j = Σ_i dy_i y_i (δ_ij - y_j) = y_j (dy_j - Σ_i dy_i y_i).

    >>> y, backward = softmax(np.array([0.0, 0.0]))
    >>> y, backward(np.array([1.0, 0.0]))
    (array([0.5, 0.5]), array([ 0.25, -0.25]))

    Raises:
        NotFiniteError: a score is NaN or infinite.
    """
    check_floats("softmax", "x", x, (..., "V"))
    y = probabilities(x)

    def backward(dy: Array) -> Array:
        check_floats("softmax", "dy", dy, y.shape)
        return softmax_backward(dy, y)

    return y, backward


def softmax_backward(dy: Array, y: Array) -> Array:
    """dx from dy and the probabilities y; see `softmax`."""
    dx = dy * y
    dx -= y * dx.sum(-1, keepdims=True)
    return dx
