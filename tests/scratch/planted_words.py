"""A text with a plan: words of one group are interchangeable, so whoever knows their company finds the groups."""

from __future__ import annotations

import numpy as np

from mebuki.scratch.similarity import WordVectors

FAMILY = 4  # words in each group


def two_groups(sentences: int = 400, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Sentences of five ids: a word of group 0 (ids 0-3) among companions 8-13, of group 1 (ids 4-7) among 14-19.

    Two more words, 20 and 21, stand in every sentence and say nothing.
    """
    rng = np.random.default_rng(seed)
    lines = []
    for _ in range(sentences):
        group = int(rng.integers(2))
        word = group * FAMILY + int(rng.integers(FAMILY))
        left, right = 8 + 6 * group + rng.integers(0, 6, 2)
        lines.append([20, left, word, right, 21])
    ids_N = np.array(lines).reshape(-1)
    return ids_N, np.repeat(np.arange(sentences), 5)


def finds_the_groups(vectors_VD: np.ndarray) -> bool:
    """Whether each of the eight words has just its three siblings as the nearest among the eight."""
    vectors = WordVectors([str(number) for number in range(2 * FAMILY)], vectors_VD[: 2 * FAMILY])
    for number in range(2 * FAMILY):
        near = {int(word) // FAMILY for word, _ in vectors.most_similar(str(number), FAMILY - 1)}
        if near != {number // FAMILY}:
            return False
    return True
