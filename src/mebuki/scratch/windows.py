"""A text cut into examples: each word with the words around it.

Shapes: N places in the text, C = 2 · window words around each, M pairs.

At the ends of a sentence some neighbours do not exist. An id that stands for "nobody", such as -1 or 0, would silently
pick a row of the table; so beside the ids goes an array that says which of them are there.
"""

from __future__ import annotations

import numpy as np

from ..errors import out_of_range
from .checks import Array, Ids, ShapeError, check_array
from .counting import check_window


def contexts(ids_N: Ids, window: int = 5, sentence_N: Ids | None = None) -> tuple[Ids, Array]:
    """The words around each place: ids [N, C], and which of them are there [N, C] (the others have the id 0).

    "snow falls and snow melts", as in `cooccurrences`:

    >>> around_NC, there_NC = contexts(np.array([0, 1, 2, 0, 3]), window=1)
    >>> around_NC.tolist()
    [[0, 1], [0, 2], [1, 0], [2, 3], [0, 0]]
    >>> there_NC.tolist()[0], there_NC.tolist()[-1]
    ([False, True], [True, False])

    Args:
        ids_N: the text, words as ids.
        window: how many words to either side.
        sentence_N: the number of the sentence of each word; words of another sentence are not there.

    Raises:
        ShapeError: no words, or sentence_N of another length.
        RecipeError: a window below 1.
    """
    check_window(window)
    check_array("contexts", "ids", ids_N, ("N",))
    if not len(ids_N):
        raise ShapeError("contexts was given no words", allowed="at least one")
    if sentence_N is not None:
        check_array("contexts", "sentence_N", sentence_N, ids_N.shape)
    steps_C = np.array([step for step in range(-window, window + 1) if step])
    places_NC = np.arange(len(ids_N))[:, None] + steps_C
    there_NC = (places_NC >= 0) & (places_NC < len(ids_N))
    places_NC[~there_NC] = 0
    if sentence_N is not None:
        there_NC &= sentence_N[places_NC] == sentence_N[:, None]
    return np.where(there_NC, ids_N[places_NC], 0), there_NC


def pairs(ids_N: Ids, window: int = 5, sentence_N: Ids | None = None) -> tuple[Ids, Ids]:
    """All pairs of a word and a neighbour, [M] and [M]: the same pairs that `cooccurrences` counts.

    >>> pairs(np.array([7, 8, 9]), window=1)
    (array([7, 8, 8, 9]), array([8, 7, 9, 8]))
    """
    around_NC, there_NC = contexts(ids_N, window, sentence_N)
    return np.repeat(ids_N, there_NC.sum(1)), around_NC[there_NC]


def subsample(ids_N: Ids, counts_V: Array, rng: int | np.random.Generator, threshold: float = 1e-5) -> Array:
    """Which places to keep, [N] of bool, so that "the" and "of" do not crowd out all others (Mikolov et al. 2013).

    A word that makes up the share f of the text stays with the probability √(threshold / f), and always if f is below
    the threshold. 1e-5 suits texts of millions of words; for tens of thousands take 1e-3.

    >>> ids_N = np.array([0] * 9_900 + [1] * 100)
    >>> keep_N = subsample(ids_N, np.bincount(ids_N), rng=0, threshold=0.01)
    >>> bool(abs(keep_N[:9_900].mean() - 0.1) < 0.01), bool(keep_N[9_900:].all())
    (True, True)

    Raises:
        RecipeError: a threshold not above 0.
    """
    if not threshold > 0:
        raise out_of_range("threshold", threshold, 1e-12, 1)
    share_N = counts_V[ids_N] / counts_V.sum()
    return np.random.default_rng(rng).random(len(ids_N)) < np.sqrt(threshold / share_N)
