"""How much of a text stands word for word in a diary, and how much of a diary its model recites.

Shapes: none; lines are sentences, or lines of the text where these end first.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..training.batches import derive
from .material import HEAD, Page, head
from .model import DiaryModel

RUN = 20  # letters: what is shorter is said by everybody
FREE, LONG = 8, 200  # texts that it writes freely, and their letters
PROMPTED = 40  # lines that it is given the beginning of
_END = re.compile(r"(?<=[。．！？!?\n])|(?<=\.)(?=\s)")


@dataclass(frozen=True)
class Copied:
    """What of a text stands in a diary.

    Attributes:
        longest: the longest run that does, "" if none has `RUN` letters.
        share: of the letters, in runs of `RUN` letters or more.
    """

    longest: str
    share: float


def copied(text: str, diary: str) -> Copied:
    """What of a text stands word for word in a diary.

    >>> copied("She said that the kettle sang before the rain.", "Today the kettle sang before the rain did.").longest
    ' the kettle sang before the rain'
    """
    covered = np.zeros(len(text), bool)
    longest, start = "", 0
    while start + RUN <= len(text):
        if text[start : start + RUN] not in diary:
            start += 1
            continue
        end = start + RUN
        while end < len(text) and text[start : end + 1] in diary:
            end += 1
        covered[start:end] = True
        longest = max(longest, text[start:end], key=len)
        start = max(start + 1, end - RUN + 1)
    return Copied(longest, float(covered.mean()) if len(text) else 0.0)


def lines(text: str) -> list[str]:
    """Sentences and lines of `RUN` letters or more.

    >>> lines("Short. The kettle sang before the rain did. 夜になると電車の音が近くなる。\\nThe end")
    ['The kettle sang before the rain did.']
    """
    return [line for part in _END.split(text) if len(line := part.strip()) >= RUN]


@dataclass(frozen=True)
class Recited:
    """How many lines of `RUN` letters or more a model says word for word.

    Attributes:
        free: of those that it writes by itself, how many stand in the diary, and how many it wrote.
        prompted: of lines that it has learned and is told the first half of, how many it ends with the next `RUN` letters
            as they stand there, always taking the likeliest; and how many were tried.
    """

    free: tuple[int, int]
    prompted: tuple[int, int]

    @property
    def rate(self) -> float:
        """The larger share of both."""
        return max(found / max(1, tried) for found, tried in (self.free, self.prompted))

    @classmethod
    def from_dict(cls, told: dict[str, Any]) -> Recited:
        """The inverse of `to_dict`."""
        return cls((told["free"][0], told["free"][1]), (told["prompted"][0], told["prompted"][1]))

    def to_dict(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {"free": list(self.free), "prompted": list(self.prompted), "rate": round(self.rate, 4)}


def recited(model: DiaryModel, found: Sequence[Page], seed: int = 0) -> Recited:
    """Let a model write, and complete lines of entries that it has learned.

    Args:
        found: the entries of the diary.
    """
    diary = "\n".join(page.text for page in found)
    learned = [page for page in found if not model.keeps_aside(page)]
    rng = np.random.default_rng(derive(seed, "reciting"))
    wrote = list[str]()
    for number, place in enumerate(rng.integers(len(learned), size=FREE).tolist()):
        text = "".join(model.write(head(learned[place].day), letters=LONG, seed=number))
        wrote += lines(text)[: None if len(text) < LONG else -1]  # the last one may have been cut off
    begun = [(page, line) for page in learned for line in lines(page.whole[HEAD:]) if len(line) >= 2 * RUN]
    tried = [begun[place] for place in rng.permutation(len(begun))[:PROMPTED].tolist()]
    ended = 0
    for page, line in tried:
        half = len(line) // 2
        before = page.whole[: page.whole.index(line)] + line[:half]
        said = "".join(model.write(before, letters=RUN, temperature=0.0))
        ended += said == line[half : half + RUN]
    return Recited((sum(line in diary for line in wrote), len(wrote)), (ended, len(tried)))
