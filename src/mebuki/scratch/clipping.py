"""Clipping gradients: never step further than a given length (Pascanu, Mikolov & Bengio 2013).

A gradient that went back through many steps of time is sometimes a thousand times as long as usual: it exploded. Its
direction is still good, its length is not. So take all gradients of a model together as one long vector g, and if |g|
is larger than allowed, shorten it to that length; the direction stays as it was:

    g ← g · min(1, longest / |g|)
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from ..errors import RecipeError
from .checks import NotFiniteError
from .parameter import Parameter


def clip_gradients(parameters: Iterable[Parameter], longest: float) -> float:
    """Shorten all gradients by one factor, if together they are longer than `longest`.

    >>> weight, bias = Parameter([0.0]), Parameter([0.0])
    >>> weight.add(np.array([30.0]))
    >>> bias.add(np.array([40.0]))
    >>> clip_gradients([weight, bias], 5.0)
    50.0
    >>> weight.gradient, bias.gradient
    (array([3.]), array([4.]))

    Args:
        parameters: all that learn together, each once.
        longest: the length allowed, above 0.

    Returns:
        the length |g| before.

    Raises:
        RecipeError: a length of 0 or less.
        NotFiniteError: a gradient holds NaN or infinity: no factor would make it good again.
    """
    if not longest > 0:
        raise RecipeError(f"gradients were to be clipped at {longest:g}", allowed="a length above 0", hint="1")
    parameters = list(parameters)
    norm = math.sqrt(sum(float(np.square(p.gradient, dtype=np.float64).sum()) for p in parameters))
    if not math.isfinite(norm):
        raise NotFiniteError(
            f"clip_gradients found a gradient of length {norm:g}",
            allowed="finite gradients",
            hint="a lower learning rate; and look for the layer whose gradient is the first that is not finite",
        )
    if norm > longest:
        for parameter in parameters:
            parameter.gradient *= longest / norm
    return norm
