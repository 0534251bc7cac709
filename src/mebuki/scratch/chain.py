"""A chain of layers: the way back is the way there, walked in reverse.

If y = f(g(x)), then dx = g'(x)ᵀ (f'(g(x))ᵀ dy): the last layer answers first. That is the chain rule, and all of
back-propagation (Rumelhart, Hinton & Williams 1986).
"""

from __future__ import annotations

from collections.abc import Callable

from .checks import Array
from .layer import Backward, Layer


class Chain(Layer):
    """Layers one after another; each a `Layer` or a function with the same contract.

    >>> import numpy as np
    >>> from .activations import relu
    >>> from .linear import Linear
    >>> network = Chain(Linear(4, 8, rng=0), relu, Linear(8, 3, rng=1))
    >>> y, backward = network(np.ones((2, 4), np.float32))
    >>> y.shape, backward(np.ones((2, 3), np.float32)).shape
    ((2, 3), (2, 4))
    >>> list(network.named_parameters())
    ['layers.0.weight', 'layers.0.bias', 'layers.2.weight', 'layers.2.bias']
    """

    def __init__(self, *layers: Callable[[Array], tuple[Array, Backward]]) -> None:
        self.layers = list(layers)

    def __call__(self, x: Array) -> tuple[Array, Backward]:
        backwards: list[Backward] = []
        for layer in self.layers:
            x, layer_backward = layer(x)
            backwards.append(layer_backward)

        def backward(dy: Array) -> Array:
            for layer_backward in reversed(backwards):
                dy = layer_backward(dy)
            return dy

        return x, backward
