"""What the model of a diary has to say of two words: how much likelier it finds one once the other has been said.

    lift(A → B) = ln mean P(B | … A j) - ln mean P(B | … N j)

Both means go over the same beginnings of sentences of the diary, each behind the line of its day: the second as they stand, up to a
word N, the first with A in the place of N. Behind the word comes a joint j, each of those that stand oftenest between two words of this diary
(の, を; " the ", " and "). So only the word differs, and no sentence that is known by heart is asked for, since A does not stand there. The lift is
cut to ±2 nats: a model of a small text is not to be trusted further.

Shapes: W words, T letters of the longest, V vocabulary.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..generation.generate import Steps
from .associations import Associations
from .material import head
from .model import DiaryModel
from .passages import sentence

BEGINNINGS = 6
JOINTS = 3  # behind each
LOOKED = 3_000  # gaps between words, in which joints are counted
GAP = 12  # letters of a joint at most
BEGUN = 40  # letters of a beginning at most
COMMON = 3  # entries that hold its last word, at least
MOST = 2.0  # nats

Floats, Ints = NDArray[np.float64], NDArray[np.int64]


class Lift:
    """Asks a model of what words lead to; what it said of other words is remembered.

    >>> lift = Lift(model, associations)                                     # doctest: +SKIP
    >>> lift.of(associations.find("rain"), [associations.find("umbrella")])  # doctest: +SKIP
    [0.83]
    """

    def __init__(self, model: DiaryModel, associations: Associations) -> None:
        self.model, self.associations, self.index = model, associations, associations.index
        self._usual: dict[int, float] = {}
        self._texts: dict[int, str] = {}

    def of(self, word: int, others: Sequence[int]) -> list[float]:
        """The lift from a word to each of the others, in nats, -2 to 2; words by their numbers in the index."""
        found = np.zeros(len(others))
        for latin in (False, True):
            alike = [n for n, other in enumerate(others) if _latin(self._said(other)) == latin]
            if alike:
                chosen = [others[n] for n in alike]
                said = self._likely(self._behind(self._said(word), latin), chosen)
                found[alike] = said - self._usually(chosen, latin)
        return np.clip(found, -MOST, MOST).tolist()

    def _usually(self, others: list[int], latin: bool) -> Floats:
        """ln P of each word behind any."""
        unknown = [other for other in others if other not in self._usual]
        if unknown:
            said = self._likely(self._behind(None, latin), unknown)
            self._usual |= dict(zip(unknown, said.tolist(), strict=True))
        return np.array([self._usual[other] for other in others])

    def _behind(self, word: str | None, latin: bool) -> list[str]:
        """The beginnings with a word in the place of their last one (None: with that), and a joint behind it."""
        ends = [(begun, own if word is None else word) for begun, own in self._beginnings]
        return [begun + end + joint for begun, end in ends for joint in self.joints[latin]]

    @cached_property
    def _beginnings(self) -> list[tuple[str, str]]:
        """Sentences up to a word, and that word, spread over all of the diary."""
        index, found = self.index, list[tuple[str, str]]()
        common = np.flatnonzero(index.entries_of[index.word] >= min(COMMON, int(index.entries_of.max())))
        for place in _spread(common, BEGINNINGS).tolist():
            entry, start, end = (int(column[place]) for column in (index.entry, index.start, index.end))
            text = self._text(entry)
            begins = max(sentence(text, start)[0], start - BEGUN)
            found.append((head(index.days[entry]) + text[begins:start], text[start:end]))
        return found

    def _likely(self, beginnings: Sequence[str], words: Sequence[int]) -> Floats:
        """ln of the mean probability of each word behind some beginnings, [W]."""
        encode = self.model.tokenizer.encode
        wanted = [encode(self._said(word)).astype(np.int64) for word in words]
        room = self.model.shape.context
        read = [encode(text)[-room:].astype(np.int64) for text in beginnings]
        chances = np.exp([likelihoods(self.model.decoder, ids, wanted) for ids in read]).mean(0)
        return np.log(np.maximum(chances, 1e-300))

    @cached_property
    def joints(self) -> dict[bool, list[str]]:
        """What stands oftenest between two words of one sentence, before a word in Latin letters or in others."""
        index = self.index
        gap = index.start[1:] - index.end[:-1]
        same = (index.entry[1:] == index.entry[:-1]) & (index.sentence[1:] == index.sentence[:-1])
        counts: dict[bool, Counter[str]] = {False: Counter(), True: Counter()}
        for place in _spread(np.flatnonzero(same & (gap > 0) & (gap <= GAP)), LOOKED).tolist():
            text, start = self._text(int(index.entry[place])), int(index.start[place + 1])
            counts[_latin(text[start])][text[int(index.end[place]) : start]] += 1
        usual = {False: ["の"], True: [" "]}
        return {
            latin: [joint for joint, _ in sorted(found.items(), key=lambda one: (-one[1], one[0]))[:JOINTS]]
            or usual[latin]
            for latin, found in counts.items()
        }

    def _said(self, word: int) -> str:
        return self.index.written(word)

    def _text(self, entry: int) -> str:
        if entry not in self._texts:
            self._texts[entry] = self.index.text(entry)
        return self._texts[entry]


def likelihoods(steps: Steps, begun: NDArray[np.int64], words: Sequence[NDArray[np.int64]]) -> Floats:
    """ln P of each word behind a beginning, [W]; all are read side by side.

    Args:
        steps: the model.
        begun: ids of the beginning.
        words: ids of each word.
    """
    longest = max(map(len, words))
    ids_WT, counts_WT = np.zeros((len(words), longest), np.int64), np.zeros((len(words), longest), bool)
    for row, word in enumerate(words):
        ids_WT[row, : len(word)], counts_WT[row, : len(word)] = word, True
    total = np.zeros(len(words))
    logits_WV, state = steps.start(np.repeat(begun[None], len(words), 0))
    for place in range(longest):
        z = logits_WV - logits_WV.max(1, keepdims=True)
        said = z[np.arange(len(words)), ids_WT[:, place]] - np.log(np.exp(z).sum(1))
        total += np.where(counts_WT[:, place], said, 0.0)
        if place + 1 < longest:
            logits_WV, state = steps.step(ids_WT[:, place], state)
    return total


def _spread(places: Ints, most: int) -> Ints:
    """So many of them, from the first to the last."""
    return places[np.unique(np.linspace(0, len(places) - 1, min(most, len(places))).round().astype(int))]


def _latin(text: str) -> bool:
    return text[:1] < "\u0250"
