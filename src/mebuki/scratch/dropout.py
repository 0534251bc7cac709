"""Dropout: while learning, leave out numbers at random, so that no unit can rely on another (Srivastava et al. 2014).

Of the numbers of x a share p is set to 0, anew in each forward. The others are divided by 1 - p ("inverted" dropout):
the mean of y is then x, as (1 - p) · x / (1 - p) + p · 0 = x. So in use, when nothing is left out, nothing need be done.

Backward: y = x m with m either 0 or 1 / (1 - p), a constant once it is drawn. So dx = dy m: what was left out did not
matter, and learns nothing.
"""

from __future__ import annotations

import numpy as np

from ..errors import out_of_range
from .checks import Array, check_floats
from .layer import Backward


def dropout(x: Array, share: float, rng: np.random.Generator | None) -> tuple[Array, Backward]:
    """Leave out a share of x's numbers, and make up for it in the rest.

    >>> y, backward = dropout(np.ones(8), 0.5, np.random.default_rng(1))
    >>> y, backward(np.full(8, 3.0))
    (array([0., 2., 2., 2., 0., 0., 2., 2.]), array([0., 6., 6., 6., 0., 0., 6., 6.]))

    Args:
        x: any shape.
        share: p, in [0, 1); 0: nothing is left out.
        rng: what draws; None, as in use: nothing is left out.

    Raises:
        RecipeError: p outside [0, 1).
        ShapeError, NotFiniteError: x is not of finite floats.
    """
    if not 0 <= share < 1:
        raise out_of_range("dropout", share, 0, 0.99)
    check_floats("dropout", "x", x, (...,))
    if share == 0 or rng is None:
        return x, lambda dy: dy
    mask = (rng.random(x.shape, np.float32) >= share).astype(x.dtype)
    mask /= 1 - share

    def backward(dy: Array) -> Array:
        check_floats("dropout", "dy", dy, mask.shape)
        return dy * mask

    return x * mask, backward
