"""Training word vectors: an iterator of losses, so that whoever reads them holds the loop.

Shapes: N places in the text, B examples in a batch, C words around a place, K negatives for each example.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..errors import out_of_range
from .checks import Ids, ShapeError, check_array, check_ids
from .negative_sampling import NegativeSampler
from .optimizers import Adam
from .windows import contexts, pairs, subsample
from .word2vec import CBOW, SkipGram


def train(
    model: CBOW | SkipGram,
    ids_N: Ids,
    sentence_N: Ids | None = None,
    *,
    window: int = 5,
    negatives: int = 5,
    epochs: int = 10,
    batch: int = 256,
    learning_rate: float = 0.005,
    threshold: float | None = None,
    rng: int | np.random.Generator = 0,
) -> Iterator[float]:
    """Teach a model a text with Adam, giving the loss of each batch. The learning rate falls to 0 in a straight line.

    >>> ids_N = np.array([0, 1, 2, 3, 4] * 50)                 # 2 alone stands between 1 and 3
    >>> model = CBOW(5, 8)
    >>> losses = list(train(model, ids_N, window=1, negatives=2, epochs=20, batch=20, learning_rate=0.1))
    >>> losses[0] > 2 > 0.1 > losses[-1]
    True

    Args:
        model: changed in place.
        ids_N: the text, words as ids.
        sentence_N: the number of the sentence of each word.
        window: how many words to either side are its company.
        negatives: K; 0: the full softmax over all words, which is exact and slow.
        epochs: how many times to go through the text.
        batch: B, examples in one step.
        learning_rate: Adam's, at the beginning.
        threshold: see `subsample`; drawn anew in each epoch. None: every word stays.
        rng: a seed or a generator, of order, subsampling and negatives.

    Raises:
        IdError, ShapeError: an id outside the vocabulary, no two words in one sentence, sentence_N of another length.
        RecipeError: a window, batch or number of epochs below 1, or negatives below 0.
    """
    V = model.input.weight.value.shape[0]
    check_ids("train", ids_N, V, ("N",))
    for name, value, least in (("batch", batch, 1), ("epochs", epochs, 1), ("negatives", negatives, 0)):
        if value < least:
            raise out_of_range(name, value, least, 100_000)
    if sentence_N is not None:
        check_array("train", "sentence_N", sentence_N, ids_N.shape)
    rng = np.random.default_rng(rng)
    counts_V = np.bincount(ids_N, minlength=V)
    sampler = NegativeSampler(counts_V) if negatives else None
    optimizer = Adam(model.named_parameters(), learning_rate)
    for epoch in range(epochs):
        keep_N = subsample(ids_N, counts_V, rng, threshold) if threshold else np.ones(len(ids_N), bool)
        examples = _examples(model, ids_N[keep_N], None if sentence_N is None else sentence_N[keep_N], window)
        if not len(examples[-1]):
            raise ShapeError("train was given no two words in one sentence", allowed="words that have company")
        order = rng.permutation(len(examples[-1]))
        for start in range(0, len(order), batch):
            chosen = order[start : start + batch]
            read, targets_B, *there = (array[chosen] for array in examples)
            negatives_BK = sampler.draw((len(chosen), negatives), rng, targets_B) if sampler else None
            model.zero_gradients()
            loss, backward = model(read, targets_B, negatives_BK, *there)
            backward()
            optimizer.step(factor=1 - (epoch + start / len(order)) / epochs)
            yield loss


def _examples(model: CBOW | SkipGram, ids_N: Ids, sentence_N: Ids | None, window: int) -> tuple[Ids, ...]:
    """What is read, what is asked for, and for CBOW which of the words around are there."""
    if isinstance(model, SkipGram):
        return pairs(ids_N, window, sentence_N)
    around_NC, there_NC = contexts(ids_N, window, sentence_N)
    some_N = there_NC.any(1)  # a sentence of one word is nobody's company
    return around_NC[some_N], ids_N[some_N], there_NC[some_N]
