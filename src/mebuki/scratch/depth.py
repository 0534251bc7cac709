"""What depth does to numbers: how large they are in each layer on the way up, and how large the gradient is on the way down.

Shapes: N samples, D width.

A chain of Linear → activation, again and again, at its first weights. If a layer makes numbers a little smaller, thirty layers make
them nothing, and with them the gradient: 0.8 to the power of 30 is 0.001. Weights of size √(gain / D) with the right gain keep both as they
are: 1 for tanh (Glorot & Bengio 2010), 2 for ReLU (He et al. 2015), which loses half of what comes in.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import out_of_range, unknown
from ..jsonable import jsonable
from .activations import ACTIVATIONS
from .layer import Backward
from .linear import Linear

BINS = 40


@dataclass(frozen=True)
class Depth:
    """One layer, the first one first.

    Attributes:
        mean, std: of what comes out of its activation.
        still: share of its units times samples whose slope is next to 0 (below 0.01): nothing is learned through them.
        histogram: how many of the numbers that come out lie in each of the bins of `DeepChain.edges`; those beyond are in the last ones.
        gradient: length of the loss's gradient at what comes out, a sample's on average.
        weight_gradient: length of the gradient of its weights.
    """

    mean: float
    std: float
    still: float
    histogram: tuple[int, ...]
    gradient: float
    weight_gradient: float


@dataclass(frozen=True)
class DeepChain:
    """What `deep_chain` saw.

    Attributes:
        edges: of the bins of the histograms, one more than there are bins.
    """

    activation: str
    gain: float
    edges: tuple[float, ...]
    layers: tuple[Depth, ...]

    def to_dict(self) -> dict[str, Any]:
        """As JSON holds it."""
        return jsonable(self)


def deep_chain(
    activation: str = "tanh",
    depth: int = 20,
    *,
    width: int = 64,
    gain: float = 1.0,
    samples: int = 128,
    rng: int | np.random.Generator = 0,
) -> DeepChain:
    """Send normal random numbers up a deep chain, and a random gradient of length 1 for each sample down again.

    >>> first, *_, last = deep_chain("sigmoid", 10).layers
    >>> first.gradient < 1e-5 < 0.1 < last.gradient
    True

    Args:
        activation: sigmoid, tanh, relu, silu or gelu.
        depth: layers, 1 to 200.
        width: D, 1 to 1024.
        gain: the weights' variance is gain / D, 0 to 100.
        samples: N, 1 to 4096.
        rng: of weights, inputs and gradient.

    Raises:
        RecipeError: an unknown activation, or a number outside its range.
    """
    if activation not in ACTIVATIONS:
        raise unknown("activation", activation, ACTIVATIONS)
    ranges = {
        "depth": (depth, 1, 200),
        "width": (width, 1, 1024),
        "gain": (gain, 0, 100),
        "samples": (samples, 1, 4096),
    }
    for name, (value, low, high) in ranges.items():
        if not low <= value <= high:
            raise out_of_range(name, value, low, high)
    random, bend = np.random.default_rng(rng), ACTIVATIONS[activation]
    x = random.standard_normal((samples, width))
    layers = [Linear(width, width, bias=False).astype(np.float64) for _ in range(depth)]
    outputs, slopes, backwards = [], [], list[tuple[Backward, Backward]]()
    for layer in layers:
        layer.weight.value[...] = random.standard_normal((width, width)) * math.sqrt(gain / width)
        z, linear_backward = layer(x)
        x, bend_backward = bend(z)
        outputs.append(x)
        slopes.append(bend_backward(np.ones_like(x)))
        backwards.append((linear_backward, bend_backward))
    dx = random.standard_normal(x.shape)
    dx /= np.linalg.norm(dx, axis=1, keepdims=True)
    gradients = []
    for linear_backward, bend_backward in reversed(backwards):
        gradients.append(float(np.linalg.norm(dx, axis=1).mean()))
        dx = linear_backward(bend_backward(dx))
    reach = max(1e-9, *(float(np.quantile(np.abs(y), 0.995)) for y in outputs))
    edges = np.linspace(-reach, reach, BINS + 1)
    seen = [
        Depth(
            float(y.mean()),
            float(y.std()),
            float((np.abs(slope) < 0.01).mean()),
            tuple(np.histogram(y.clip(-reach, reach), edges)[0].tolist()),
            gradient,
            float(np.linalg.norm(layer.weight.gradient)) / samples,
        )
        for y, slope, gradient, layer in zip(outputs, slopes, reversed(gradients), layers, strict=True)
    ]
    return DeepChain(activation, gain, tuple(edges.tolist()), tuple(seen))
