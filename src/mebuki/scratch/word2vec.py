"""word2vec: vectors of words learned by predicting, in place of counting, who stands beside whom (Mikolov et al. 2013).

Shapes: N examples, C words around a place, M of all N · C are there, K negative words, D width,
V vocabulary.

    CBOW        the words around → their mean → which word stands in the middle?   ("continuous bag of words")
    SkipGram    the word in the middle → which word stands near it?                one example for each neighbour

Both hold two vectors for each word: one in `input.weight` for what is read, one in `output.weight` for what is asked.
The score of a word is an inner product, of a hidden vector and the word's output vector. Loss and gradient are those of
`negative_sampling`, or without negatives those of a softmax over all V words. The input vectors are the result.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .checks import Array, Ids, ShapeError, check_array, check_ids, check_shape
from .cross_entropy import cross_entropy
from .embedding import Embedding, add_rows
from .layer import Layer
from .linear import Linear
from .negative_sampling import negative_sampling


class SkipGram(Layer):
    """From a word to one of its neighbours.

    >>> model = SkipGram(100, 16)
    >>> words_N, neighbours_N, negatives_NK = np.array([3, 3]), np.array([7, 8]), np.array([[1, 2], [5, 6]])
    >>> loss, backward = model(words_N, neighbours_N, negatives_NK)
    >>> round(loss, 3)                         # output vectors begin at 0: three questions answered blindly, 3 ln 2
    2.079
    >>> loss, _ = model(words_N, neighbours_N)
    >>> round(loss, 3)                         # one of a hundred chosen blindly, ln 100
    4.605

    Args:
        vocabulary: V.
        width: D.
        rng: a seed or a generator, of the first input vectors.

    Raises:
        IdError, ShapeError: ids outside the vocabulary, or shapes that do not fit.
    """

    def __init__(self, vocabulary: int, width: int = 50, rng: int | np.random.Generator = 0) -> None:
        self.input = Embedding(vocabulary, width, rng, std=0.01)
        self.output = Linear(width, vocabulary, bias=False)
        self.output.weight.value.fill(0)

    def __call__(
        self, words_N: Ids, neighbours_N: Ids, negatives_NK: Ids | None = None
    ) -> tuple[float, Callable[..., None]]:
        check_shape("SkipGram", "words", words_N, ("N",))
        h_ND, input_backward = self.input(words_N)
        loss, output_backward = _ask(h_ND, self.output, neighbours_N, negatives_NK)

        def backward(dloss: float = 1.0) -> None:
            input_backward(output_backward(dloss))

        return loss, backward


class CBOW(Layer):
    """From the words around a place, in any order, to the word in the middle.

    h is the mean of their input vectors, so on the way back each of them receives dh / (how many there were).

    >>> model = CBOW(100, 16)
    >>> around_NC, there_NC = np.array([[3, 7], [7, 0]]), np.array([[True, True], [True, False]])
    >>> loss, backward = model(around_NC, np.array([5, 3]), np.array([[1, 2], [8, 9]]), there_NC)
    >>> round(loss, 3)
    2.079
    >>> backward()

    Args: as for `SkipGram`. Each call takes `there_NC` beside the ids, True where there is a word (see `contexts`);
        None: everywhere.
    """

    def __init__(self, vocabulary: int, width: int = 50, rng: int | np.random.Generator = 0) -> None:
        self.input = Embedding(vocabulary, width, rng, std=0.01)
        self.output = Linear(width, vocabulary, bias=False)
        self.output.weight.value.fill(0)

    def __call__(
        self, around_NC: Ids, targets_N: Ids, negatives_NK: Ids | None = None, there_NC: Array | None = None
    ) -> tuple[float, Callable[..., None]]:
        table = self.input.weight
        check_ids("CBOW", around_NC, len(table.value), ("N", "C"))
        if there_NC is None:
            there_NC = np.ones(around_NC.shape, bool)
        check_array("CBOW", "there", there_NC, around_NC.shape)
        if there_NC.dtype != bool or not there_NC.any(1).all():
            raise ShapeError("CBOW was given a place without any word around it", allowed="one True in each row")
        shares_NC = (there_NC / there_NC.sum(1, keepdims=True)).astype(table.value.dtype)
        h_ND = (shares_NC[:, None, :] @ table.value[around_NC])[:, 0]
        loss, output_backward = _ask(h_ND, self.output, targets_N, negatives_NK)

        def backward(dloss: float = 1.0) -> None:
            dh_ND = output_backward(dloss)
            places_M, _ = np.nonzero(there_NC)  # the place of each word that was read
            add_rows(table.gradient, around_NC[there_NC], shares_NC[there_NC][:, None] * dh_ND[places_M])

        return loss, backward


def _ask(
    h_ND: Array, output: Linear, targets_N: Ids, negatives_NK: Ids | None
) -> tuple[float, Callable[[float], Array]]:
    """Loss of the target given h, against the negatives or, without any, against all V words."""
    if negatives_NK is not None:
        return negative_sampling(h_ND, output.weight, targets_N, negatives_NK)
    scores_NV, scores_backward = output(h_ND)
    loss, loss_backward = cross_entropy(scores_NV, targets_N)
    return loss, lambda dloss: scores_backward(loss_backward(dloss))
