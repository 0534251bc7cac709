"""SwiGLU: the part of a block that thinks about each place by itself; one half of its units opens or shuts the other.

Shapes: D width, H hidden; any number of leading axes.

Shazeer (2020). With W_g, W_u of [H, D] (kept as one matrix, `gate_up`, in this order) and W_d of [D, H]:

    gate = W_g x     up = W_u x     h = silu(gate) · up     y = W_d h

Backward: h is a product, so each factor is answered by the other one,

    dup = dh · silu(gate)        dgate = dh · up · silu'(gate)        silu'(g) = σ + g σ (1 - σ) = σ + silu (1 - σ)

and the matrices on both sides are linear layers, as in linear.py.
"""

from __future__ import annotations

import math

import numpy as np

from .checks import Array, check_floats, check_shape
from .layer import Backward, Layer
from .linear import Linear
from .parameter import Parameter


class SwiGLU(Layer):
    """down(silu(gate x) · up x), [..., D] → [..., D]. `down` starts at zero: a fresh block passes its input on.

    >>> layer = SwiGLU(4, 8)
    >>> {name: parameter.value.shape for name, parameter in layer.named_parameters().items()}
    {'gate_up.weight': (16, 4), 'down.weight': (4, 8)}
    >>> y, backward = layer(np.ones((2, 3, 4), np.float32))
    >>> y.shape, backward(np.ones((2, 3, 4), np.float32)).shape
    ((2, 3, 4), (2, 3, 4))

    Args:
        width: D.
        hidden: H.
        rng: a seed or a generator, of the first weights.

    Raises:
        ShapeError, NotFiniteError: the last axis of x is not D, or x is not finite.
    """

    def __init__(self, width: int, hidden: int, rng: int | np.random.Generator = 0) -> None:
        self.gate_up, self.down = Linear(width, 2 * hidden, bias=False), Linear(hidden, width, bias=False)
        self.gate_up.weight = normal((2 * hidden, width), 1 / math.sqrt(width), np.random.default_rng(rng))
        self.down.weight = Parameter(np.zeros((width, hidden), np.float32))

    def __call__(self, x: Array) -> tuple[Array, Backward]:
        gate_up, gate_up_backward = self.gate_up(x)
        h, gated_backward = gated_silu(gate_up)
        y, down_backward = self.down(h)
        return y, lambda dy: gate_up_backward(gated_backward(down_backward(dy)))


def gated_silu(gate_up: Array) -> tuple[Array, Backward]:
    """silu(gate) · up of the two halves of the last axis, [..., 2H] → [..., H].

    >>> gated_silu(np.array([100.0, -100.0, 5.0, 5.0]))[0]      # open, shut
    array([500.,  -0.])
    """
    check_floats("gated_silu", "gate_up", gate_up, (..., "2H"))
    H = gate_up.shape[-1] // 2
    check_shape("gated_silu", "gate_up", gate_up, (..., 2 * H))
    gate, up = gate_up[..., :H], gate_up[..., H:]
    s = np.tanh(gate * 0.5)  # σ(g) = (1 + tanh(g/2)) / 2 never overflows
    s *= 0.5
    s += 0.5
    silu = gate * s

    def backward(dh: Array) -> Array:
        check_floats("gated_silu", "dh", dh, silu.shape)
        d = np.empty_like(gate_up)
        dgate, dup = d[..., :H], d[..., H:]
        np.multiply(dh, silu, out=dup)
        slope = 1 - s
        slope *= silu
        slope += s
        slope *= up
        np.multiply(dh, slope, out=dgate)
        return d

    return silu * up, backward


def normal(shape: tuple[int, ...], std: float, rng: np.random.Generator) -> Parameter:
    """A matrix of normal random numbers in float32."""
    return Parameter(rng.standard_normal(shape, dtype=np.float32) * np.float32(std))
