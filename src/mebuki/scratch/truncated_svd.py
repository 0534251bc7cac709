"""Singular value decomposition: the few directions in which the rows of a table differ most.

Shapes: V rows, C columns, D directions that are kept.

Every table is a product M = U S Wᵀ: the columns of U are at right angles to each other, those of W too, and S holds the
singular values s_1 ≥ s_2 ≥ … ≥ 0. Keep the first D and drop the rest, and there is no better table of rank D: the sum
of the squared errors is Σ_{d > D} s_d², the least possible (Eckart & Young 1936). A word's row of V numbers, most of
them 0, becomes a row U_d s_d of D numbers, and words with a similar company come to lie near each other, even where
they never met the very same words.

The exact decomposition takes time in proportion to V³. The randomised one (Halko, Martinsson & Tropp 2011) asks only
for what is needed: a few random mixtures of the columns, M Ω, already span the directions that matter; multiplying by M
and Mᵀ a few times more turns them closer still; and then a small table remains to be decomposed exactly.
"""

from __future__ import annotations

import numpy as np

from ..errors import out_of_range
from .checks import Array, check_floats


def truncated_svd(
    table_VC: Array, width: int, rng: int | np.random.Generator | None = None
) -> tuple[Array, Array, Array]:
    """U [V, D], S [D] and Wᵀ [D, C], so that (U * S) @ Wᵀ is the table as nearly as rank D allows.

    >>> table = np.outer([1.0, 2.0], [3.0, 0.0, 4.0])          # every row a multiple of one: a single direction
    >>> U, S, Wt = truncated_svd(table, 1)
    >>> U.shape, S.round(3), Wt.shape
    ((2, 1), array([11.18]), (1, 3))
    >>> np.allclose((U * S) @ Wt, table)
    True

    Args:
        table_VC: float32 or float64.
        width: D, at most the smaller of V and C.
        rng: None: exact. A seed or a generator: by random projection, for tables with thousands of rows.

    The sign of a direction is a matter of chance (U and W may both be turned); here the largest number in each column
    of U is positive.

    Raises:
        ShapeError, NotFiniteError: not a table of finite floats.
        RecipeError: a width below 1 or above the table's own.
    """
    check_floats("truncated_svd", "table", table_VC, ("V", "C"))
    least = min(table_VC.shape)
    if not 1 <= width <= least:
        raise out_of_range("width", width, 1, least)
    if rng is None:
        U, S, Wt = np.linalg.svd(table_VC, full_matrices=False)
    else:
        U, S, Wt = _randomised(table_VC, min(width + max(10, width), least), np.random.default_rng(rng))
    U, S, Wt = U[:, :width], S[:width], Wt[:width]
    largest = np.abs(U).argmax(0)
    signs = np.where(U[largest, np.arange(width)] < 0, -1, 1).astype(U.dtype)
    return U * signs, S, Wt * signs[:, None]


def _randomised(table_VC: Array, width: int, rng: np.random.Generator, rounds: int = 6) -> tuple[Array, Array, Array]:
    """Halko's algorithms 4.4 and 5.1. `width` is more than is wanted, the last directions being the least exact; between
    the multiplications QR sets the directions upright again, or all would fall into the first one."""
    Q = np.linalg.qr(table_VC @ rng.standard_normal((table_VC.shape[1], width)).astype(table_VC.dtype))[0]
    for _ in range(rounds):
        Q = np.linalg.qr(table_VC.T @ Q)[0]
        Q = np.linalg.qr(table_VC @ Q)[0]
    U, S, Wt = np.linalg.svd(Q.T @ table_VC, full_matrices=False)
    return Q @ U, S, Wt
