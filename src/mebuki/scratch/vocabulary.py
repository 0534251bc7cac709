"""Words to ids: each word that comes often enough has a number, the commonest word the number 0.

Shapes: N words of text, one after another, V vocabulary.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from ..errors import TextError
from .checks import Ids


class Vocabulary:
    """The words of some sentences and how often each comes.

    >>> vocabulary = Vocabulary([["rain", "sings", "to", "rain"], ["to", "sleep"]], least=2)
    >>> vocabulary.words, vocabulary.counts_V.tolist()
    (['rain', 'to'], [2, 2])
    >>> vocabulary.ids["to"], len(vocabulary)
    (1, 2)
    >>> ids_N, sentence_N = vocabulary.encode([["rain", "sings", "to", "rain"], ["to", "sleep"]])
    >>> ids_N, sentence_N                      # rare words are left out, and their neighbours move together
    (array([0, 1, 0, 1]), array([0, 0, 0, 1]))

    Args:
        sentences: lists of words.
        least: words that come less often have no id. Of a word seen once or twice nothing can be learned.

    Attributes:
        words: the word of each id; words of equal count in the order in which they first came.
        ids: the id of each word.
        counts_V: how often each comes.

    Raises:
        TextError: no word comes often enough.
    """

    def __init__(self, sentences: Iterable[Sequence[str]], least: int = 1) -> None:
        counted = Counter(word for sentence in sentences for word in sentence)
        kept = [(word, count) for word, count in counted.most_common() if count >= least]
        if not kept:
            raise TextError(
                f"of {len(counted)} different words none comes {least} times", allowed="at least one that does"
            )
        self.words = [word for word, _ in kept]
        self.ids = {word: number for number, word in enumerate(self.words)}
        self.counts_V = np.array([count for _, count in kept])

    def __len__(self) -> int:
        return len(self.words)

    def encode(self, sentences: Iterable[Sequence[str]]) -> tuple[Ids, Ids]:
        """All words that have an id as one long array [N], and for each the number of its sentence [N]."""
        found = [(self.ids[word], n) for n, sentence in enumerate(sentences) for word in sentence if word in self.ids]
        ids_N, sentence_N = np.array(found, np.int64).reshape(-1, 2).T
        return ids_N, sentence_N
