"""Cross-entropy: how surprised the model is by what really came. And why its gradient is (y - t) / N.

Shapes: N places in all (any leading axes), V vocabulary.

At one place the model gives scores x, softmax makes probabilities y, and the letter k comes. The surprise is

    L = -ln y_k = -ln (e^{x_k} / Σ_j e^{x_j}) = ln Σ_j e^{x_j} - x_k

Take the derivative with respect to one score x_i. The first term gives e^{x_i} / Σ_j e^{x_j}, which is y_i; the second
gives -1 if i is k, and 0 if not. Write t for the one-hot vector with the 1 at k, and both cases are

    ∂L/∂x_i = y_i - t_i

The loss is the mean over N places, so each place counts with 1/N: the gradient is (y - t) / N. It says: lower every
score by the probability it was given, and raise the right one by one. Nothing is left to learn when y = t.

e^L is the perplexity: a model that chooses blindly among M letters has y_k = 1/M and L = ln M, so e^L = M.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .checks import Array, Ids, check_floats, check_ids


def surprise(logits: Array, targets: Ids) -> Array:
    """-ln y_k at each place: [..., V] and [...] → [...]. The stable form, max + ln Σ e^{x - max} - x_k.

    >>> surprise(np.array([[0.0, 0.0], [2000.0, 0.0]]), np.array([0, 1])).tolist()
    [0.6931471805599453, 2000.0]
    """
    highest = logits.max(-1, keepdims=True)
    total = np.log(np.exp(logits - highest).sum(-1)) + highest[..., 0]
    return total - np.take_along_axis(logits, targets[..., None], -1)[..., 0]


def cross_entropy(logits: Array, targets: Ids) -> tuple[float, Callable[..., Array]]:
    """Mean surprise in nats over all places, softmax included.

    >>> loss, backward = cross_entropy(np.array([[0.0, 0.0]]), np.array([1]))
    >>> round(loss, 4), round(float(np.exp(loss)), 4)        # choosing blindly between two
    (0.6931, 2.0)
    >>> backward()                                           # (y - t) / N
    array([[ 0.5, -0.5]])

    Args:
        logits: scores, [..., V].
        targets: ids of what came, [...].

    Returns:
        the loss, and `backward(dloss=1.0)`, which gives the gradient of the logits.

    Raises:
        ShapeError, IdError, NotFiniteError: targets do not fit the logits, or scores are not finite.
    """
    check_floats("cross_entropy", "logits", logits, (..., "V"))
    V = logits.shape[-1]
    check_ids("cross_entropy", targets, V, logits.shape[:-1])
    N = targets.size
    powers = np.exp(logits - logits.max(-1, keepdims=True))
    sums = powers.sum(-1, keepdims=True)
    chosen = np.take_along_axis(logits - logits.max(-1, keepdims=True), targets[..., None], -1)
    loss = float((np.log(sums) - chosen).mean(dtype=np.float64))

    def backward(dloss: float = 1.0) -> Array:
        d = np.divide(powers, sums, order="C")  # y; in rows, so that the next line is a view of it and not a copy
        d_NV = d.reshape(-1, V)
        d_NV[np.arange(N), targets.reshape(-1)] -= 1  # - t
        d *= dloss / N
        return d

    return loss, backward
