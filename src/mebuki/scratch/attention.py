"""Attention: a weighted mean of what others have to say, with weights that are computed anew for each who asks.

Shapes: T queries, S keys and values, E width of queries and keys, F width of values; any number of leading axes.

Vaswani et al. (2017). Each query is compared with every key; the better they agree, the more of that key's value comes
into the mean:

    scores_ts = q_t · k_s / √E         weights_t = softmax(scores_t)         mixed_t = Σ_s weights_ts v_s

Why √E: a product of two vectors of E random numbers of size 1 is of size √E. Scores that large drive softmax to 0 and
1, where its derivative is nearly zero, and nothing would be learned.

Backward, line by line from the last to the first:

    mixed  = weights v      dweights = dmixed vᵀ          dv = weightsᵀ dmixed
    weights = softmax       dscores  = weights · (dweights - Σ_s weights · dweights)     see softmax.py
    scores = q kᵀ / √E      dq = dscores k / √E           dk = dscoresᵀ q / √E

The sum in the middle needs no pass over all T × S weights: Σ_s weights_ts (dmixed_t · v_s) = dmixed_t · mixed_t.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from .checks import Array, ShapeError, check_array, check_floats, shown
from .softmax import probabilities


def window_mask(queries: int, keys: int, window: int) -> Array:
    """True where a query may look: at itself and the window - 1 keys before it, never ahead. [T, S]

    The last query stands at the last key.

    >>> window_mask(3, 3, 2).astype(int)
    array([[1, 0, 0],
           [1, 1, 0],
           [0, 1, 1]])
    """
    distance_TS = np.arange(keys - queries, keys)[:, None] - np.arange(keys)
    return (distance_TS >= 0) & (distance_TS < window)


def attention_weights(q: Array, k: Array, mask: Array | None = None) -> Array:
    """softmax(q kᵀ / √E), [..., T, S]: how much each query takes from each key. Rows add up to 1.

    >>> attention_weights(np.zeros((3, 4)), np.zeros((3, 4)), window_mask(3, 3, 3)).round(2)
    array([[1.  , 0.  , 0.  ],
           [0.5 , 0.5 , 0.  ],
           [0.33, 0.33, 0.33]])
    """
    scores = (q / math.sqrt(q.shape[-1])) @ np.swapaxes(k, -1, -2)
    if mask is not None:  # e^-inf = 0: what is hidden has no weight
        scores += np.where(mask, 0.0, -np.inf).astype(scores.dtype)
    return probabilities(scores)


def attend(
    q: Array, k: Array, v: Array, mask: Array | None = None
) -> tuple[Array, Callable[[Array], tuple[Array, Array, Array]]]:
    """Scaled dot-product attention.

    >>> q, k = np.array([[0.0, 100.0]]), np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]])
    >>> v = np.array([[1.0], [2.0], [3.0]])
    >>> attend(q, k, v)[0]                                  # the query agrees with the second key: its value comes
    array([[2.]])
    >>> attend(q, k, v, np.array([[True, False, True]]))[0] # that one hidden, the others agree equally little
    array([[2.]])

    Args:
        q: queries [..., T, E].
        k: keys [..., S, E].
        v: values [..., S, F].
        mask: booleans [T, S] (or with the leading axes), True where a query may look; None: everywhere.

    Returns:
        the mixed values [..., T, F], and backward(dmixed) → (dq, dk, dv).

    Raises:
        ShapeError, NotFiniteError: shapes that do not fit, a query that may look nowhere, numbers not finite.
    """
    check_floats("attend", "q", q, (..., "T", "E"))
    *leading, T, E = q.shape
    check_floats("attend", "k", k, (*leading, "S", E))
    S = k.shape[-2]
    check_floats("attend", "v", v, (*leading, S, "F"))
    if mask is not None:
        check_array("attend", "mask", mask, (..., T, S))
        ahead = mask.shape[:-2]
        over = zip(reversed(ahead), reversed(leading), strict=False)
        if len(ahead) > len(leading) or any(given not in (1, size) for given, size in over):
            raise ShapeError(
                f"attend was given mask of shape {mask.shape}",
                allowed=f"mask of shape {shown((T, S))}" + f" or {shown((*leading, T, S))}" * bool(leading),
            )
        if mask.dtype != bool or not mask.any(-1).all():
            raise ShapeError(
                "attend was given a mask that hides everything from a query, or is of numbers",
                allowed="booleans, True where a query may look, at least once for each query",
            )
    weights = attention_weights(q, k, mask)
    mixed = weights @ v

    def backward(dmixed: Array) -> tuple[Array, Array, Array]:
        check_floats("attend", "dmixed", dmixed, mixed.shape)
        dv = np.swapaxes(weights, -1, -2) @ dmixed
        dscores = dmixed @ np.swapaxes(v, -1, -2)  # dweights so far
        dscores -= np.einsum("...f,...f->...", dmixed, mixed)[..., None]
        dscores *= weights
        dq = (dscores @ k) / math.sqrt(E)
        dk = np.swapaxes(dscores, -1, -2) @ (q / math.sqrt(E))
        return dq, dk, dv

    return mixed, backward
