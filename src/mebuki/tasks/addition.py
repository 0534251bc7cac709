"""Addition, letter by letter: "57+5" is read, "62" is to be written.

Shapes: N problems, S letters of a question, T letters of an answer. For numbers of up to D digits S = 2D + 1, T = D + 1.

Every question has S letters and every answer T, short ones are filled with spaces on the right, and a space is a letter
like any other. For D = 3:

    question   5 7 + 5 _ _ _       (_ stands here for a space)
    reversed   _ _ _ 5 + 7 5       the whole question backwards, the padding too: its first digit is now read last
    answer     6 2 _ _             never reversed
    read       > 6 2 _             what the decoder is given to write the answer: the start sign, then the answer so far

Which pairs are kept aside for testing is a keyed hash of the pair, so that nobody needs a list of the 1,000,000 pairs.
5+57 is on the same side as 57+5: an answer cannot be copied from the mirrored problem.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import RecipeError, TextError, out_of_range

Ids = NDArray[np.int64]

LETTERS = "0123456789+ >"  # an id is a place in this table: the digit d has the id d
PLUS, SPACE, START = 10, 11, 12
LARGEST = 9  # digits; two such numbers fit into one 64-bit integer


@dataclass(frozen=True)
class Problems:
    """Pairs of numbers, a_N and b_N."""

    a_N: Ids
    b_N: Ids

    def __len__(self) -> int:
        return len(self.a_N)

    @property
    def questions(self) -> list[str]:
        return [f"{a}+{b}" for a, b in zip(self.a_N, self.b_N, strict=True)]

    @property
    def answers(self) -> list[str]:
        return [str(c) for c in self.a_N + self.b_N]

    def first(self, count: int) -> Problems:
        return Problems(self.a_N[:count], self.b_N[:count])


class Addition:
    """The sums of two numbers of up to `digits` digits.

    >>> task = Addition(digits=3, reverse=True)
    >>> task.source(task.parse("57+5"))                # 11 is the space, 10 the plus
    array([[11, 11, 11,  5, 10,  7,  5]])
    >>> task.answer(task.parse("57+5"))
    array([[ 6,  2, 11, 11]])

    Args:
        digits: D, 1 to 9.
        reverse: whether questions are read backwards.
        seed: of what is kept aside and of all batches.
        aside: the share of pairs that is kept aside.

    Raises:
        RecipeError: a number out of its range.
    """

    vocabulary = len(LETTERS)
    start = START

    def __init__(self, digits: int = 3, *, reverse: bool = False, seed: int = 0, aside: float = 0.1) -> None:
        for name, value, low, high in (("digits", digits, 1, LARGEST), ("seed", seed, 0, 2**63 - 1)):
            if not low <= value <= high:
                raise out_of_range(name, value, low, high)
        if not 0 < aside < 1:
            raise out_of_range("aside", aside, 0.001, 0.999)
        self.digits, self.reverse, self.seed, self.aside = digits, reverse, seed, aside
        self.source_length, self.answer_length = 2 * digits + 1, digits + 1

    @property
    def example(self) -> str:
        """A question to begin with."""
        return "57+5" if self.digits > 1 else "5+7"

    def is_aside(self, problems: Problems) -> NDArray[np.bool_]:
        """Which problems are kept aside, a function of the seed and of the pair alone.

        >>> task = Addition(seed=3)
        >>> pairs = task.parse("57+5", "5+57", "1+2")
        >>> task.is_aside(pairs)[0] == task.is_aside(pairs)[1]
        np.True_
        """
        low_N, high_N = np.minimum(problems.a_N, problems.b_N), np.maximum(problems.a_N, problems.b_N)
        key = np.random.default_rng([self.seed, 0]).integers(1 << 64, dtype=np.uint64, size=2)
        x_N = (low_N * 10**LARGEST + high_N).astype(np.uint64) ^ key[0]
        for factor in (0xBF58476D1CE4E5B9, 0x94D049BB133111EB):  # the mixing of splitmix64 (Steele et al. 2014)
            x_N = (x_N ^ (x_N >> np.uint64(30))) * np.uint64(factor) + key[1]
        return (x_N >> np.uint64(32)) < self.aside * 2**32

    def batch(self, number: int, size: int) -> tuple[Ids, Ids, Ids]:
        """Batch `number` (from 0) for learning: question [N, S], what the decoder reads [N, T], answer [N, T]."""
        problems = self.learned(number, size)
        answer = self.answer(problems)
        return self.source(problems), self.read(answer), answer

    def learned(self, number: int, size: int) -> Problems:
        """The problems of batch `number`: none of them is ever kept aside."""
        rng = np.random.default_rng([self.seed, 1, number])
        return self._draw(rng, size, aside=False)

    def heldout(self, count: int) -> Problems:
        """Up to `count` different problems that are kept aside, drawn like the others; the same ones at each call.

        Raises:
            RecipeError: this seed keeps none aside, as may happen with one digit.
        """
        rng = np.random.default_rng([self.seed, 2])
        found: dict[tuple[int, int], None] = {}
        for _ in range(20):  # few short problems exist: the first draws hold nearly all of them
            drawn = self._draw(rng, 2 * count, aside=True)
            found |= dict.fromkeys(zip(drawn.a_N.tolist(), drawn.b_N.tolist(), strict=True))
            if len(found) >= count:
                break
        if not found:
            raise RecipeError(
                f"the seed {self.seed} keeps no sum of {self.digits} digit(s) aside",
                allowed="at least one",
                hint="another seed",
            )
        pairs = np.array(list(found), np.int64).reshape(-1, 2)[:count]
        return Problems(pairs[:, 0], pairs[:, 1])

    def _draw(self, rng: np.random.Generator, size: int, *, aside: bool) -> Problems:
        """Each number's length is uniform in 1 … D, so that short numbers are as frequent as long ones."""
        share = self.aside if aside else 1 - self.aside
        kept = np.empty((0, 2), np.int64)
        for _ in range(100):
            more = int((size - len(kept)) / share * 1.2) + 16
            lengths = rng.integers(1, self.digits + 1, (more, 2))
            drawn = rng.integers(np.where(lengths == 1, 0, 10 ** (lengths - 1)), 10**lengths)
            drawn = drawn[self.is_aside(Problems(drawn[:, 0], drawn[:, 1])) == aside]
            kept = np.concatenate([kept, drawn])[:size]
            if len(kept) == size:
                break
        return Problems(kept[:, 0], kept[:, 1])

    def source(self, problems: Problems) -> Ids:
        """Questions as ids, [N, S]; backwards if this task is reversed."""
        ids = _ids(problems.questions, self.source_length)
        return ids[:, ::-1].copy() if self.reverse else ids

    def answer(self, problems: Problems) -> Ids:
        """Answers as ids, [N, T]."""
        return _ids(problems.answers, self.answer_length)

    def read(self, answer: Ids) -> Ids:
        """What the decoder reads to write an answer: the start sign, then all of it but the last letter, [N, T]."""
        return np.concatenate([np.full_like(answer[:, :1], START), answer[:, :-1]], 1)

    def parse(self, *questions: str) -> Problems:
        """Questions as people type them, spaces and full-width digits too.

        Raises:
            TextError: it is no sum of two numbers, or a number is too long.

        >>> Addition().parse("５７＋ 5").questions
        ['57+5']
        """
        pairs = []
        for question in questions:
            match = re.fullmatch(r"\s*([0-9]+)\s*\+\s*([0-9]+)\s*=?\s*", unicodedata.normalize("NFKC", question))
            if not match or any(len(number.lstrip("0")) > self.digits for number in match.groups()):
                raise TextError(
                    f"{question!r} is no question for this model",
                    allowed=f"a+b with numbers of up to {self.digits} digits",
                    hint=self.example,
                )
            pairs.append([int(number[-self.digits :]) for number in match.groups()])  # before them only zeros
        found = np.array(pairs, np.int64).reshape(-1, 2)
        return Problems(found[:, 0], found[:, 1])

    def grade(self, problems: Problems, written: Sequence[str]) -> NDArray[np.bool_]:
        """Which answers are exactly right, letter for letter, [N].

        >>> task = Addition()
        >>> task.grade(task.parse("57+5", "1+2"), ["62", "4"])
        array([ True, False])
        """
        return np.array([right == given for right, given in zip(problems.answers, written, strict=True)], np.bool_)


def _ids(texts: Sequence[str], length: int) -> Ids:
    codes = np.frombuffer("".join(text.ljust(length) for text in texts).encode("ascii"), np.uint8)
    return _ID[codes].reshape(-1, length)


def written(ids: Ids) -> list[str]:
    """Ids [N, T] as texts, without the padding on the right.

    >>> written(np.array([[6, 2, 11, 11]]))
    ['62']
    """
    return ["".join(LETTERS[id] for id in row).rstrip(" ") for row in ids]


_ID = np.full(256, -1, np.int64)
_ID[[ord(letter) for letter in LETTERS]] = np.arange(len(LETTERS))
