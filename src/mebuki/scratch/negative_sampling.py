"""Negative sampling: "which of V words comes?" becomes 1 + K small questions, "does this word come, yes or no?".

Shapes: N places, K negative words for each, M = 1 + K, D width, V vocabulary.

A softmax over V words needs V scores at every step, though only one word came. Mikolov et al. (2013) ask instead for
one word that did come (t = 1) and for K words drawn by lot (t = 0). Each score is an inner product s = h · u, the
probability of "yes" is σ(s), and since 1 - σ(s) = σ(-s), the surprise is

    L = -ln σ(h · u_target) - Σ_k ln σ(-h · u_k)

The derivative of -ln σ(s) is σ(s) - 1, that of -ln σ(-s) is σ(s): both together, ∂L/∂s = σ(s) - t. The rule of
cross-entropy once more. As s = h · u, it comes back to h as (σ - t) u, and to u as (σ - t) h. All other rows of the
table are left in peace: that is the whole gain.

What is learned in the end is the pointwise mutual information of `counting`: with negatives drawn as often as they come,
h · u tends to ln (C_xy N / (C_x C_y)) - ln K (Levy & Goldberg 2014).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .activations import sigmoid
from .checks import Array, Ids, ShapeError, check_array, check_floats, check_ids, check_shape
from .embedding import add_rows
from .parameter import Parameter


def log_sigmoid(x: Array) -> Array:
    """ln σ(x) = -ln (1 + e^-x). As it stands e^1000 would overflow; `logaddexp(0, -x)` is the same and does not.

    >>> log_sigmoid(np.array([0.0, 1000.0, -1000.0])).round(4)
    array([-6.931e-01, -0.000e+00, -1.000e+03])
    """
    return -np.logaddexp(np.zeros_like(x), -x)


def negative_sampling(
    h_ND: Array, table: Parameter, targets_N: Ids, negatives_NK: Ids
) -> tuple[float, Callable[..., Array]]:
    """Mean over N places of -ln σ(h · u_target) - Σ ln σ(-h · u_negative).

    >>> table = Parameter(np.array([[0.0, 0.0], [0.0, 1.0], [5.0, 5.0]]))
    >>> loss, backward = negative_sampling(np.array([[2.0, 0.0]]), table, np.array([0]), np.array([[1]]))
    >>> round(loss, 4)                         # both scores are 0: two questions answered blindly, 2 ln 2
    1.3863
    >>> backward()                             # (σ - t) u, summed: 1/2 · [0, 1] for the negative, -1/2 · 0
    array([[0. , 0.5]])
    >>> table.gradient                         # (σ - t) h; the third word was not asked about
    array([[-1.,  0.],
           [ 1.,  0.],
           [ 0.,  0.]])

    Args:
        h_ND: what is known at each place.
        table: [V, D], a row u for each word.
        targets_N: the word that came.
        negatives_NK: words that did not, K ≥ 0 for each place; see `NegativeSampler`.

    Returns:
        the loss, and `backward(dloss=1.0)`, which adds to the table's gradient and gives that of h.

    Raises:
        ShapeError, IdError, NotFiniteError: shapes that do not fit, ids outside the table, h not finite.
    """
    V, D = table.value.shape
    check_floats("negative_sampling", "h", h_ND, ("N", D))
    N = len(h_ND)
    check_ids("negative_sampling", targets_N, V, (N,))
    check_shape("negative_sampling", "negatives", negatives_NK, (N, "K"))
    ids_NM = np.concatenate((targets_N[:, None], negatives_NK), axis=1)
    check_ids("negative_sampling", ids_NM, V)
    rows_NMD = table.value[ids_NM]
    scores_NM = (rows_NMD @ h_ND[:, :, None])[:, :, 0]
    signs_M = np.where(np.arange(ids_NM.shape[1]) == 0, 1, -1).astype(scores_NM.dtype)
    loss = -float(log_sigmoid(signs_M * scores_NM).sum(dtype=np.float64)) / N

    def backward(dloss: float = 1.0) -> Array:
        dscores_NM, _ = sigmoid(scores_NM)  # σ
        dscores_NM[:, 0] -= 1  # - t
        dscores_NM *= dloss / N
        add_rows(table.gradient, ids_NM.reshape(-1), (dscores_NM[:, :, None] * h_ND[:, None, :]).reshape(-1, D))
        return (dscores_NM[:, None, :] @ rows_NMD)[:, 0]

    return loss, backward


class NegativeSampler:
    """Draws words in proportion to count^0.75: rare words a little more often than they come (Mikolov et al. 2013).

    All probabilities are laid end to end on a line of length 1, and a random number in [0, 1) falls on one of them.

    >>> sampler = NegativeSampler(np.array([1, 0, 16]))        # 1 : 0 : 8
    >>> sampler.probabilities_V.round(3)
    array([0.111, 0.   , 0.889])
    >>> sampler.draw((3, 4), rng=0).shape
    (3, 4)
    >>> sampler.draw((2, 3), rng=0, targets_N=np.array([0, 2]))  # anything but the word that came
    array([[2, 2, 2],
           [0, 0, 0]])

    Args:
        counts_V: how often each word comes; one that never comes is never drawn.
        power: 1: as often as they come; 0: all alike.

    Raises:
        ShapeError: not counts of at least two words that come.
    """

    def __init__(self, counts_V: Array, power: float = 0.75) -> None:
        check_array("NegativeSampler", "counts", counts_V, ("V",))
        if not ((counts_V >= 0).all() and np.count_nonzero(counts_V) >= 2 and np.isfinite(counts_V).all()):
            raise ShapeError("NegativeSampler was given counts of fewer than two words", allowed="counts of 0 or more")
        weights_V = np.where(counts_V > 0, counts_V.astype(np.float64) ** power, 0)  # 0 ** 0 would be 1
        self.probabilities_V = weights_V / weights_V.sum()
        self.ends_V = np.cumsum(self.probabilities_V)
        self.ends_V /= self.ends_V[-1]  # the line ends at 1 exactly, so that no number falls beyond it

    def draw(self, shape: tuple[int, ...], rng: int | np.random.Generator, targets_N: Ids | None = None) -> Ids:
        """Words in an array of a shape; with targets [N] and the shape (N, …), none equals the target of its row."""
        rng = np.random.default_rng(rng)
        ids = np.searchsorted(self.ends_V, rng.random(shape), side="right")
        if targets_N is not None:
            check_ids("NegativeSampler", targets_N, len(self.ends_V), shape[:1])
            targets = np.broadcast_to(targets_N.reshape(-1, *[1] * (len(shape) - 1)), shape)
            while (same := ids == targets).any():
                ids[same] = np.searchsorted(self.ends_V, rng.random(np.count_nonzero(same)), side="right")
        return ids
