"""Rotary positions (RoPE): a vector is turned by its position, so that a product of two knows how far apart they stand.

Shapes: T time, E width of a head (even).

Attention compares by inner products, and an inner product does not know where its vectors stood. So (Su et al. 2021)
take the numbers of a vector in pairs (x_j, x_{j + E/2}), see each pair as a point in the plane, and turn it by

    position · base^(-2j/E)      radians

the first pair fast, each later one slower, as the hands of a clock: together they tell the position. To turn one vector
by p and another by s and then multiply them is to turn only one of them, by p - s: the product depends on the distance.

    y_j       = x_j cos - x_{j+E/2} sin
    y_{j+E/2} = x_{j+E/2} cos + x_j sin

Backward: turning is a matrix R with orthogonal columns, so R⁻¹ = Rᵀ. The gradient of y = R x is dx = Rᵀ dy: turn back,
by the same angle the other way. Lengths stay as they are, there and back.
"""

from __future__ import annotations

import numpy as np

from ..rotary import angles
from .checks import Array, Ids, ShapeError, check_floats, check_shape
from .layer import Backward

BASE = 10000.0


def turns(positions_T: Ids, width: int, base: float = BASE, dtype: np.dtype | type = np.float64) -> tuple[Array, Array]:
    """(cos, cos) and (-sin, sin) of the angles at some positions, each [T, E] and of a dtype.

    In float64 angles are exact; in float32 they are rounded as other programs round them, see `mebuki.rotary`.

    >>> cos_TE, sin_TE = turns(np.array([0, 1]), 4)
    >>> cos_TE.round(4)
    array([[1.    , 1.    , 1.    , 1.    ],
           [0.5403, 1.    , 0.5403, 1.    ]])
    """
    check_shape("turns", "positions", positions_T, ("T",))
    if width < 2 or width % 2:
        raise ShapeError(f"turns was given the width {width}", allowed="an even width, since numbers turn in pairs")
    angle = angles(positions_T, width, base, exact=np.dtype(dtype) == np.float64)
    cos, sin = np.cos(angle).astype(dtype), np.sin(angle).astype(dtype)
    return np.concatenate((cos, cos), -1), np.concatenate((-sin, sin), -1)


def turn(x: Array, cos_TE: Array, sin_TE: Array) -> Array:
    """Turn the pairs of x [..., T, E] by tables from `turns`; with -sin it turns back."""
    half = x.shape[-1] // 2
    y = np.empty_like(x)  # the other one of each pair, times ±sin
    y[..., :half], y[..., half:] = x[..., half:], x[..., :half]
    y *= sin_TE
    y += x * cos_TE
    return y


def rotate(x: Array, positions_T: Ids, base: float = BASE) -> tuple[Array, Backward]:
    """Turn each vector of x [..., T, E] by its position.

    >>> x = np.array([[1.0, 0.0], [1.0, 0.0]])
    >>> y, backward = rotate(x, np.array([0, 1]))
    >>> y.round(4)                                # the vector at position 1 turned by one radian
    array([[1.    , 0.    ],
           [0.5403, 0.8415]])
    >>> np.allclose(backward(y), x)               # the way back turns back
    True

    Args:
        x: vectors, of an even width E.
        positions_T: integers, one for each place in time.
        base: how much slower the last pair turns than the first (nearly).

    Raises:
        ShapeError, NotFiniteError: E is odd, there are more or fewer positions than places, x is not finite.
    """
    T = len(np.atleast_1d(positions_T))
    check_floats("rotate", "x", x, (..., T, "E"))
    cos, sin = turns(positions_T, x.shape[-1], base, x.dtype)

    def backward(dy: Array) -> Array:
        check_floats("rotate", "dy", dy, x.shape)
        return turn(dy, cos, -sin)

    return turn(x, cos, sin), backward
