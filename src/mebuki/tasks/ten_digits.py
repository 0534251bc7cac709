"""Sums of two numbers of up to ten digits as rows of digits, for a model that writes one digit after another.

Shapes: N problems, T ids in a row.

Every number is 11 digits wide and written backwards, the ones first, because that is the order in which sums are made:

    57 + 5:   0   75000000000   50000000000   26000000000
            start      a             b           a + b       34 ids; the first 23 are the question

There is no letter but the ten digits: neither a plus nor an equals sign, since each number is as wide as the next. Digits
of the same value stand 11 places apart, and nothing else says which belong together.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .addition import Ids, Problems

DIGITS, WIDTH = 10, 11  # digits of the numbers; places that each takes, for a sum may have one digit more
QUESTION, ROW = 1 + 2 * WIDTH, 3 * WIDTH  # ids of a question; ids that a model reads while it learns

EDGES = (  # chains of carries, none at all, the smallest and the largest numbers
    (0, 0),
    (0, 1),
    (1, 9_999_999_999),
    (9_999_999_999, 1),
    (9_999_999_999, 9_999_999_999),
    (5_000_000_000, 5_000_000_000),
    (1_234_567_890, 9_876_543_210),
    (1_111_111_111, 8_888_888_889),
    (9_090_909_090, 909_090_909),
    (5_555_555_555, 4_444_444_445),
)


class TenDigits:
    """Problems to learn from, and 10,010 others to be tried on.

    >>> task = TenDigits()
    >>> question, answer = task.question(task.pair(57, 5)), task.answer(task.pair(57, 5))
    >>> "".join(map(str, question[0])), "".join(map(str, answer[0]))
    ('07500000000050000000000', '26000000000')
    >>> task.numbers(answer)
    array([62])

    Args:
        seed: of all batches; the tests are the same for every seed.
    """

    vocabulary = 10

    def __init__(self, seed: int = 0) -> None:
        self.seed = seed
        self._aside = np.sort(_keys(self.tests()))

    @staticmethod
    def pair(a: int, b: int) -> Problems:
        """One problem."""
        return Problems(np.array([a], np.int64), np.array([b], np.int64))

    @staticmethod
    def tests() -> Problems:
        """The ten of `EDGES`, then 10,000 pairs drawn evenly from 0 to 9,999,999,999."""
        pairs = np.random.default_rng(2025).integers(0, 10**DIGITS, (10_000, 2))
        pairs = np.concatenate([np.array(EDGES, np.int64), pairs])
        return Problems(pairs[:, 0], pairs[:, 1])

    @staticmethod
    def chains(count: int, seed: int = 0) -> Problems:
        """Problems with long carries: three digits of four add up to 9.

        >>> TenDigits.chains(1).questions
        ['2935368985+7064621016']
        """
        rng = np.random.default_rng([seed, 3])
        a, b = rng.integers(0, 10, (2, count, DIGITS))
        b = np.where(rng.random((count, DIGITS)) < 0.75, 9 - a, b)
        powers = 10 ** np.arange(DIGITS)
        return Problems(a @ powers, b @ powers)

    def batch(self, number: int, size: int) -> tuple[Ids, Ids]:
        """Batch `number` (from 0): what is read [N, 33], and the digit that follows each of the last 11 [N, 11]."""
        problems = self.learned(number, size)
        answer = self.answer(problems)
        return np.concatenate([self.question(problems), answer[:, :-1]], 1), answer

    def learned(self, number: int, size: int) -> Problems:
        """The problems of a batch: none is ever a test, nor a test with its numbers exchanged.

        Nine of ten are drawn evenly from all pairs. In the tenth, each number is cut to a random length.
        """
        rng = np.random.default_rng([self.seed, 1, number])
        kept = np.empty((0, 2), np.int64)
        while len(kept) < size:
            drawn = rng.integers(0, 10**DIGITS, (size, 2))
            short = 10 ** rng.integers(1, DIGITS + 1, (size, 2))
            drawn = np.where(rng.random((size, 1)) < 0.1, drawn % short, drawn)
            kept = np.concatenate([kept, drawn[~self.is_aside(Problems(drawn[:, 0], drawn[:, 1]))]])[:size]
        return Problems(kept[:, 0], kept[:, 1])

    def is_aside(self, problems: Problems) -> NDArray[np.bool_]:
        """Which problems are tests, in either order of the numbers.

        >>> TenDigits().is_aside(TenDigits.pair(9_999_999_999, 1))
        array([ True])
        """
        keys = _keys(problems)
        places = np.searchsorted(self._aside, keys).clip(max=len(self._aside) - 1)
        return self._aside[places] == keys

    @staticmethod
    def question(problems: Problems) -> Ids:
        """What a model reads before it answers, [N, 23]."""
        start = np.zeros((len(problems), 1), np.int64)
        return np.concatenate([start, _digits(problems.a_N), _digits(problems.b_N)], 1)

    @staticmethod
    def answer(problems: Problems) -> Ids:
        """The digits of the sums, [N, 11]."""
        return _digits(problems.a_N + problems.b_N)

    @staticmethod
    def numbers(answer: Ids) -> NDArray[np.int64]:
        """The numbers that answers [N, 11] mean."""
        return answer @ 10 ** np.arange(WIDTH)


def _digits(numbers_N: Ids) -> Ids:
    return numbers_N[:, None] // 10 ** np.arange(WIDTH) % 10


def _keys(problems: Problems) -> NDArray[np.uint64]:
    """One 64-bit number for each pair, the same for its mirror; that two pairs share one is next to impossible."""
    low_N, high_N = np.minimum(problems.a_N, problems.b_N), np.maximum(problems.a_N, problems.b_N)
    return low_N.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + high_N.astype(np.uint64)
