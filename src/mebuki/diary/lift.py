"""What the model of a diary has to say of two words: how much likelier it finds one once the other has been said.

    lift(A → B) = ln mean P(B | … A j) - ln mean P(B | … N j)

The first mean goes over real beginnings of sentences that end with A, each behind the line of its day, and over joints j: what stands oftenest
between two words of this diary (の, を; " the ", " and "). The second goes over beginnings that end with other words N, spread over
all of the diary. Beginnings from entries that hold B are left out, so that what counts is not a sentence known by heart; where all of them do,
A is said in a sentence that stands nowhere. The lift is cut to ±2 nats: a model of a small text is not to be trusted further.

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

PLACES = 4  # of a word, from which beginnings are taken
JOINTS = 4  # that are asked behind them, two at each
LOOKED = 3_000  # gaps between words, in which joints are counted
GAP = 6  # letters of a joint at most
BEGUN = 40  # letters of a beginning at most
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
        found = [0.0] * len(others)
        for latin in (False, True):
            alike = [n for n, other in enumerate(others) if _latin(self._said(other)) == latin]
            if alike:
                chosen = [others[n] for n in alike]
                for n, lift in zip(alike, self._lifts(word, chosen, self.joints[latin]), strict=True):
                    found[n] = lift
        return found

    def _lifts(self, word: int, others: list[int], joints: list[str]) -> list[float]:
        index = self.index
        at = _spread(np.flatnonzero(index.word == word), PLACES)
        likely = self._likely(self._beginnings(at, joints), others)
        away = np.array([[not np.isin(index.entry[p], index.entries_with(o)) for o in others] for p in at.tolist()])
        away = np.repeat(away, 2, 0)
        chances = (likely * away).sum(0) / np.maximum(1, away.sum(0))
        always = np.flatnonzero(~away.any(0)).tolist()
        if always:
            alone = [head(index.days[-1]) + self._said(word) + joint for joint in joints]
            chances[always] = self._likely(alone, [others[n] for n in always]).mean(0)
        usual = self._usually(others, joints)
        return np.clip(np.log(np.maximum(chances, 1e-30)) - usual, -MOST, MOST).tolist()

    def _usually(self, others: list[int], joints: list[str]) -> Floats:
        """ln P of each word behind other words."""
        unknown = [other for other in others if other not in self._usual]
        if unknown:
            index = self.index
            common = np.flatnonzero(index.entries_of[index.word] >= min(3, int(index.entries_of.max())))
            chances = self._likely(self._beginnings(_spread(common, PLACES), joints), unknown).mean(0)
            self._usual |= dict(zip(unknown, np.log(np.maximum(chances, 1e-30)).tolist(), strict=True))
        return np.array([self._usual[other] for other in others])

    def _beginnings(self, at: Ints, joints: list[str]) -> list[str]:
        """The sentences up to these occurrences, each with two of the joints behind it."""
        found = []
        for number, place in enumerate(at.tolist()):
            entry, end = int(self.index.entry[place]), int(self.index.end[place])
            text = self._text(entry)
            begins = max(sentence(text, int(self.index.start[place]))[0], end - BEGUN)
            for turn in range(2):
                joint = joints[(2 * number + turn) % len(joints)]
                found.append(head(self.index.days[entry]) + text[begins:end] + joint)
        return found

    def _likely(self, beginnings: Sequence[str], words: Sequence[int]) -> Floats:
        """The probability of each word behind each of some beginnings."""
        encode = self.model.tokenizer.encode
        wanted = [encode(self._said(word)).astype(np.int64) for word in words]
        room = self.model.shape.context
        read = [encode(text)[-room:].astype(np.int64) for text in beginnings]
        return np.exp([likelihoods(self.model.decoder, ids, wanted) for ids in read])

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
        return self.associations.spelled(word)

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
