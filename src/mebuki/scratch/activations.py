"""Activations: a bend after a linear layer. Without one, two linear layers are no more than a single one.

Each takes x of any shape and gives y of the same; each derivative is written beside its function.
"""

from __future__ import annotations

import math

import numpy as np

from .checks import Array, check_floats
from .layer import Backward


def _logistic(x: Array) -> Array:
    """σ(x) = 1 / (1 + e^-x), by way of tanh: e^-x would overflow for x below -88 in float32, tanh never does."""
    y = np.tanh(x * 0.5)
    y *= 0.5
    y += 0.5
    return y


def sigmoid(x: Array) -> tuple[Array, Backward]:
    """σ(x) = 1 / (1 + e^-x), between 0 and 1.   σ' = σ (1 - σ), which never exceeds 1/4 (at x = 0).

    >>> y, backward = sigmoid(np.array([0.0, 1000.0, -1000.0]))
    >>> y, backward(np.ones(3))
    (array([0.5, 1. , 0. ]), array([0.25, 0.  , 0.  ]))
    """
    check_floats("sigmoid", "x", x, (...,))
    y = _logistic(x)
    return y, lambda dy: _times("sigmoid", dy, y * (1 - y))


def tanh(x: Array) -> tuple[Array, Backward]:
    """tanh(x), between -1 and 1.   tanh' = 1 - tanh², at most 1 (at x = 0).

    >>> y, backward = tanh(np.array([0.0]))
    >>> y, backward(np.ones(1))
    (array([0.]), array([1.]))
    """
    check_floats("tanh", "x", x, (...,))
    y = np.tanh(x)
    return y, lambda dy: _times("tanh", dy, 1 - y * y)


def relu(x: Array) -> tuple[Array, Backward]:
    """max(x, 0).   ReLU' = 1 where x > 0, else 0: on the open side nothing shrinks (Nair & Hinton 2010).

    >>> y, backward = relu(np.array([-2.0, 3.0]))
    >>> y, backward(np.ones(2))
    (array([0., 3.]), array([0., 1.]))
    """
    check_floats("relu", "x", x, (...,))
    return np.maximum(x, 0), lambda dy: _times("relu", dy, (x > 0).astype(x.dtype))


def silu(x: Array) -> tuple[Array, Backward]:
    """x σ(x), a ReLU with a round corner (Elfwing et al. 2018).   SiLU' = σ + x σ (1 - σ).

    >>> y, backward = silu(np.array([0.0, 100.0]))
    >>> y, backward(np.ones(2))
    (array([  0., 100.]), array([0.5, 1. ]))
    """
    check_floats("silu", "x", x, (...,))
    s = _logistic(x)
    y = x * s
    return y, lambda dy: _times("silu", dy, s + y * (1 - s))


def gelu(x: Array) -> tuple[Array, Backward]:
    """x Φ(x), Φ the normal distribution, in the form with tanh (Hendrycks & Gimpel 2016):

    x/2 (1 + tanh u), u = √(2/π) (x + 0.044715 x³).   GELU' = (1 + tanh u)/2 + x/2 (1 - tanh² u) u'.

    >>> y, backward = gelu(np.array([0.0, 100.0]))
    >>> y, backward(np.ones(2))
    (array([  0., 100.]), array([0.5, 1. ]))
    """
    check_floats("gelu", "x", x, (...,))
    slope = math.sqrt(2 / math.pi)
    t = np.tanh(slope * (x + 0.044715 * x**3))

    def backward(dy: Array) -> Array:
        du = slope * (1 + 3 * 0.044715 * x**2)
        return _times("gelu", dy, 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * du)

    return 0.5 * x * (1 + t), backward


def _times(name: str, dy: Array, slope: Array) -> Array:
    """The chain rule for a function of single numbers: what comes back, times the slope at each."""
    check_floats(name, "dy", dy, slope.shape)
    return dy * slope


ACTIVATIONS = {"sigmoid": sigmoid, "tanh": tanh, "relu": relu, "silu": silu, "gelu": gelu}
