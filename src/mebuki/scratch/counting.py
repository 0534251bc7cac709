"""Counting which words stand near which: "You shall know a word by the company it keeps" (Firth 1957).

Shapes: N words of text, V vocabulary. Row x of a table [V, V] is the word x, column y a word in its company.

`cooccurrences` counts: C_xy is how often y stands at most `window` words away from x. But every word stands often
beside the commonest ones, so a large count says little. `ppmi` asks instead: how many times more often than by chance?
With N pairs in all, x in C_x of them and y in C_y, chance would bring C_x C_y / N of them together, and

    PMI(x, y) = log2 (C_xy / (C_x C_y / N)) = log2 (C_xy N / (C_x C_y))        pointwise mutual information, in bits

is 0 for words that do not care for each other, 1 for a pair seen twice as often as chance brings it about (Church &
Hanks 1990). Pairs never seen would have -∞, and rarer than chance is hard to tell from a text too short: whatever is
below 0 becomes 0, hence *positive* PMI.
"""

from __future__ import annotations

import numpy as np

from ..errors import out_of_range
from .checks import Array, Ids, NotFiniteError, check_array, check_ids


def cooccurrences(ids_N: Ids, vocabulary: int, window: int = 5, sentence_N: Ids | None = None) -> Array:
    """How often two words stand at most `window` words apart: integers [V, V], symmetric.

    Each pair of places counts for both of its words; a word beside itself therefore counts twice.

    The sentence "snow falls and snow melts", with the ids snow 0, falls 1, and 2, melts 3:

    >>> cooccurrences(np.array([0, 1, 2, 0, 3]), 4, window=1)
    array([[0, 1, 1, 1],
           [1, 0, 1, 0],
           [1, 1, 0, 0],
           [1, 0, 0, 0]])

    Args:
        ids_N: the text, words as ids in [0, V).
        vocabulary: V. The table has V² numbers: 30,000 words would fill 7 GB.
        window: how far the company reaches to either side.
        sentence_N: the number of the sentence of each word; words of different sentences are no company.

    Raises:
        IdError, ShapeError: an id outside the vocabulary, no words at all, or sentence_N of another length.
        RecipeError: a window below 1.
    """
    check_ids("cooccurrences", ids_N, vocabulary, ("N",))
    check_window(window)
    if sentence_N is not None:
        check_array("cooccurrences", "sentence_N", sentence_N, ids_N.shape)
    counts = np.zeros(vocabulary * vocabulary, np.int64)
    wide_N = ids_N.astype(np.int64)
    for distance in range(1, min(window, len(ids_N) - 1) + 1):
        pairs = wide_N[:-distance] * vocabulary + wide_N[distance:]  # left word and right word as one number
        if sentence_N is not None:
            pairs = pairs[sentence_N[:-distance] == sentence_N[distance:]]
        np.add.at(counts, pairs, 1)
    counts_VV = counts.reshape(vocabulary, vocabulary)
    return counts_VV + counts_VV.T  # who is on my right has me on its left


def ppmi(counts_VV: Array, smoothing: float = 1.0) -> Array:
    """Positive pointwise mutual information, max(0, log2 (C_xy N / (C_x C_y))), in bits: [V, V] → [V, V].

    PMI loves rare words: two that came once each, side by side, get the largest value of all. With a smoothing of 0.75
    the chance of company y is C_y^0.75 / Σ_j C_j^0.75 in place of C_y / N, which makes rare company a little more
    expected than it was (Levy, Goldberg & Dagan 2015). The table is then no longer symmetric.

    >>> ppmi(np.array([[0, 2], [2, 4]]))       # N = 8; log2 (2 · 8 / (2 · 6)), and log2 (4 · 8 / (6 · 6)) is below 0
    array([[0.       , 0.4150375],
           [0.4150375, 0.       ]], dtype=float32)

    Args:
        counts_VV: counts, none negative; a word without any company has a row of zeros, before and after. Need not be
            square: rows of words and columns of something else will do.
        smoothing: the exponent, 1 for none.

    Returns:
        float32, or float64 for counts in float64.

    Raises:
        NotFiniteError: a count that is negative, infinite or not a number.
        ShapeError: not two axes.
    """
    check_array("ppmi", "counts", counts_VV, ("V", "C"))
    if not (np.isfinite(counts_VV).all() and (counts_VV >= 0).all()):
        raise NotFiniteError("ppmi was given counts that are negative or not finite", allowed="counts of 0 or more")
    x, y = np.nonzero(counts_VV)  # the logarithm is taken only where there is something: no log of 0 anywhere
    C_xy = counts_VV[x, y].astype(np.float64)
    C_x = counts_VV.sum(1, dtype=np.float64)
    chance = counts_VV.sum(0, dtype=np.float64) ** smoothing
    values = np.log2(C_xy * chance.sum() / (C_x[x] * chance[y]))
    ppmi_VV = np.zeros(counts_VV.shape, np.float64 if counts_VV.dtype == np.float64 else np.float32)
    ppmi_VV[x, y] = np.maximum(values, 0)
    return ppmi_VV


def check_window(window: int) -> None:
    """Refuse a window below 1: a word without company means nothing.

    Raises:
        RecipeError: it is too small.
    """
    if window < 1:
        raise out_of_range("window", window, 1, 1000)
