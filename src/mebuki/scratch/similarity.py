"""Words near words: vectors are compared by the angle between them.

Shapes: V vocabulary, D width.

The cosine of the angle is 1 for the same direction, 0 for a right angle, -1 for opposite ones. Lengths do not count:
a word's length tells mostly how often it comes.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

import numpy as np

from ..errors import TextError
from .checks import Array, check_floats


def unit(x: Array) -> Array:
    """Each vector [..., D] at length 1; a vector of zeros has no direction and stays.

    >>> unit(np.array([[3.0, 4.0], [0.0, 0.0]]))
    array([[0.6, 0.8],
           [0. , 0. ]])
    """
    largest = np.abs(x).max(-1, keepdims=True, initial=0)
    x = x / np.where(largest > 0, largest, 1)  # first to the size of 1, or the squares of 1e-30 would vanish
    length = np.sqrt((x * x).sum(-1, keepdims=True))
    return x / np.where(length > 0, length, 1)


def cosine_similarity(x: Array, y: Array) -> Array:
    """x · y / (|x| |y|), over the last axis: [..., D], [..., D] → [...]. With a vector of zeros it is 0.

    >>> cosine_similarity(np.array([[1.0, 0.0], [1.0, 1.0]]), np.array([2.0, 0.0])).round(4)
    array([1.    , 0.7071])

    Raises:
        ShapeError, NotFiniteError: not floats of the same width, or not finite.
    """
    check_floats("cosine_similarity", "x", x, (..., "D"))
    check_floats("cosine_similarity", "y", y, (..., x.shape[-1]))
    return (unit(x) * unit(y)).sum(-1)


class WordVectors:
    """Words and their vectors.

    >>> vectors = WordVectors(["cat", "dog", "rain"], np.array([[2.0, 1.0], [1.0, 1.0], [-1.0, 3.0]]))
    >>> [(word, round(nearness, 2)) for word, nearness in vectors.most_similar("cat")]
    [('dog', 0.95), ('rain', 0.14)]

    Args:
        words: V words, each once.
        vectors_VD: the vector of each; kept at length 1.

    Raises:
        ShapeError, NotFiniteError: not one vector of finite floats for each word.
    """

    def __init__(self, words: Sequence[str], vectors_VD: Array) -> None:
        check_floats("WordVectors", "vectors", vectors_VD, (len(words), "D"))
        self.words = list(words)
        self.ids = {word: number for number, word in enumerate(self.words)}
        self.vectors_VD = unit(vectors_VD)

    def __getitem__(self, word: str) -> Array:
        """The vector [D] of a word, of length 1.

        Raises:
            TextError: the word has none.
        """
        if word not in self.ids:
            near = difflib.get_close_matches(str(word), self.words, n=1)
            raise TextError(
                f"{word!r} has no vector", allowed=f"one of {len(self.words)} words", hint=near[0] if near else ""
            )
        return self.vectors_VD[self.ids[word]]

    def similarity(self, a: str, b: str) -> float:
        """Cosine of the angle between two words."""
        return float(self[a] @ self[b])

    def most_similar(self, word: str, count: int = 10) -> list[tuple[str, float]]:
        """The words nearest to a word, nearest first, with their cosines; not the word itself."""
        return self.nearest(self[word], count, without=[word])

    def analogy(self, a: str, b: str, c: str, count: int = 10) -> list[tuple[str, float]]:
        """a is to b as c is to …: the words nearest to b - a + c, without these three (Mikolov, Yih & Zweig 2013).

        That the three are left out matters: the nearest of all is very often b or c itself (Linzen 2016).

        >>> words = ["man", "woman", "king", "queen", "tea"]
        >>> vectors = np.array([[0.0, 0, 1], [1, 0, 1], [0, 1, 1], [1, 1, 1], [-1, 0, 0]])
        >>> WordVectors(words, vectors).analogy("man", "woman", "king", count=1)[0][0]
        'queen'
        """
        return self.nearest(self[b] - self[a] + self[c], count, without=[a, b, c])

    def nearest(self, vector_D: Array, count: int = 10, without: Iterable[str] = ()) -> list[tuple[str, float]]:
        """The words whose direction is nearest to a vector's, nearest first, with their cosines."""
        cosines_V = cosine_similarity(self.vectors_VD, vector_D)
        left_out = {self.ids[word] for word in without}
        order = [number for number in np.argsort(-cosines_V, kind="stable") if number not in left_out]
        return [(self.words[number], float(cosines_V[number])) for number in order[:count]]
