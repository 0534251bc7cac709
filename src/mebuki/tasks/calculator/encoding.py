"""Texts of the calculator as ids: what its model is told of each letter, and what it has to foretell.

Shapes: B problems, T letters, F = 10 features.

    feature    table      of letter t
    0          96         the letter
    1, 2       96, 96     the letters one and two before it
    3          128        the place of a digit in its number, from 1; 0: no digit
    4          64         the part of its line
    5          32         the term of its line
    6          8          its depth in scratch
    7          16         its line
    8, 9       128, 64    the place of the letter before it as a digit, and its part: what follows it elsewhere stands behind the same
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .integers import NOT_LEARNED
from .notation import ALPHABET, END, ID, LAST, PAD, Places, places_of
from .problem import Problem

Ids = NDArray[np.int64]

VOCABULARY = 96
TABLES = (VOCABULARY, VOCABULARY, VOCABULARY, 128, 64, 32, 8, 16, 128, 64)
ORDERED = (3, 4, 5, 7, 8, 9)  # tables whose rows have an order
FIRST = np.cumsum((0, *TABLES[:-1]))
_FIRST = tuple(FIRST.tolist())
ROUND = 16  # windows are a multiple of so many letters long
NOTHING = -1  # target of a letter that is not learned

LETTERS_OF_IDS = ALPHABET.ljust(VOCABULARY)  # an id beyond the alphabet is a space

_CODES = np.zeros(256, np.int64)
_CODES[[ord(letter) for letter in ALPHABET]] = np.arange(len(ALPHABET))
assert len(ALPHABET) <= VOCABULARY
assert ID[PAD] == 0


def encode(texts: Sequence[str]) -> Ids:
    """Features of texts, shorter ones filled up, [B, T, F].

    >>> (encode(["21+3="])[0, :5] - FIRST).tolist()[:3]
    [[4, 0, 0, 1, 0, 0, 0, 0, 0, 0], [3, 4, 0, 2, 0, 0, 0, 0, 1, 0], [12, 3, 4, 0, 1, 1, 0, 0, 2, 0]]
    """
    T = max(map(len, texts))
    letters = np.zeros((len(texts), T + 2), np.int64)
    ids = np.zeros((len(texts), T, len(TABLES)), np.int64)
    for row, text in enumerate(texts):
        n = len(text)
        letters[row, 2 : n + 2] = _CODES[np.frombuffer(text.encode("ascii"), np.uint8)]
        ids[row, :n, 3:8] = places_of(text)
    ids[:, 1:, 8:] = ids[:, :-1, 3:5]
    ids[:, :, 0], ids[:, :, 1], ids[:, :, 2] = letters[:, 2:], letters[:, 1:-1], letters[:, :-2]
    return ids + FIRST


def examples(problems: Sequence[Problem], shifts: Sequence[int] = ()) -> tuple[Ids, Ids]:
    """What is read [B, T, F], and the letter that follows each [B, T]: NOTHING within questions and behind the end.

    Args:
        shifts: by how much each problem's places of digits are moved up; none: by 0.
    """
    whole = [problem.question + problem.work + END for problem in problems]
    plain = [text.replace(NOT_LEARNED, "") for text in whole]
    T = -(-(max(map(len, plain)) - 1) // ROUND) * ROUND
    ids = encode([text[:-1].ljust(T) for text in plain])
    if shifts:
        shift_B1 = np.array(shifts, np.int64)[:, None]
        for f in (3, 8):
            digits = ids[:, :, f]
            digits[:] = np.where(digits > FIRST[f], np.minimum(digits + shift_B1, FIRST[f] + LAST[0]), digits)
    targets = np.full((len(plain), T), NOTHING, np.int64)
    for row, (problem, text, marked) in enumerate(zip(problems, plain, whole, strict=True)):
        first, n = len(problem.question), len(text)
        targets[row, first - 1 : n - 1] = _CODES[np.frombuffer(text[first:].encode("ascii"), np.uint8)]
        place = marked.find(NOT_LEARNED)
        skipped = 0
        while place >= 0:
            targets[row, place - skipped - 1] = NOTHING
            skipped += 1
            place = marked.find(NOT_LEARNED, place + 1)
    return ids, targets


class Feed:
    """Reads one text letter by letter, as it is written: the features of each."""

    def __init__(self) -> None:
        self.places, self.last, self.last_but_one, self.digit, self.part = Places(), 0, 0, 0, 0

    def read(self, letter: str) -> tuple[int, ...]:
        """
        >>> feed = Feed()
        >>> [feed.read(letter) for letter in "21+"][2] == tuple(encode(["21+"])[0, 2])
        True
        """
        code, place = ID[letter], self.places.read(letter)
        features = code, self.last, self.last_but_one, *place, self.digit, self.part
        self.last, self.last_but_one, self.digit, self.part = code, self.last, place.digit, place.part
        return tuple(feature + first for feature, first in zip(features, _FIRST, strict=True))
