"""Names and phrases of several pieces: 緑ヶ池, Blue Note night, black tea. What stands together far more often than by chance is one word.

Pairs of neighbours are joined where they stand together in three entries or more, with a likelihood ratio (Dunning 1993) that chance does
not give, and where each of the two is often beside the other; then pairs of what was joined, up to eight pieces. Nothing goes across
the end of a sentence, a stop, or a Japanese particle, nor to a verb or adjective, but for one that is said of the word behind it.

Shapes: P pieces of all entries, in order.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .chance import Ints, likelihood_ratio
from .words import BREAK, CONTENT, JOINT, LEADING

ENTRIES = 3  # in which a pair has to stand together
RATIO = 12.0  # log likelihood ratio, 2 ln λ
MUTUAL = 0.03  # share of one that stands before the other, times the share of the other behind it
BOUND = 0.5  # the same for two with の between, as 梅の湯: most that stand so are two words
ROUNDS = 3


@dataclass(frozen=True)
class Pieces:
    """The pieces of all entries, one behind another.

    Attributes:
        key: [P], a number for each key.
        kind: [P], BREAK, JOINT, CONTENT, ALONE or LEADING.
        entry, sentence, start, end: [P], where each stands.
        spelling: [P], a number for how it is shown; -1: as it stands in the text.
        keys: of each number, the keys of the pieces it is made of.
    """

    key: Ints
    kind: Ints
    entry: Ints
    sentence: Ints
    start: Ints
    end: Ints
    spelling: Ints
    keys: list[tuple[str, ...]]

    def __len__(self) -> int:
        return len(self.key)

    @property
    def glued(self) -> NDArray[np.bool_]:
        """[P], whether a piece may be one word with the piece before it."""
        found = np.zeros(len(self), bool)
        same = (self.entry[1:] == self.entry[:-1]) & (self.sentence[1:] == self.sentence[:-1])
        before, kind = self.kind[:-1], self.kind[1:]
        named = (before == JOINT) | (before == CONTENT)
        whole = ((kind == CONTENT) & (named | (before == LEADING))) | ((kind == JOINT) & named)
        found[1:] = same & whole & (self.start[1:] - self.end[:-1] <= 1)
        return found


def pairs_to_join(pieces: Pieces, gap: int = 0, mutual: float = MUTUAL, between: int = -1) -> tuple[Ints, Ints]:
    """Pairs of numbers that are one word, first and second of each.

    Args:
        gap: pieces between the two.
        mutual: how often each has to stand beside the other, as a product of shares.
        between: the number of what stands between.
    """
    at, codes = _neighbours(pieces, gap, between)
    codes, where, both = np.unique(codes, return_inverse=True, return_counts=True)
    if not len(codes):
        return codes, codes
    size, width = len(pieces.keys), int(pieces.entry.max()) + 1
    whole = pieces.kind != BREAK
    single = np.bincount(pieces.key[whole], minlength=size).astype(float)
    entries = np.bincount(np.unique(where * width + pieces.entry[at]) // width, minlength=len(codes))
    first, second = codes // size, codes % size
    n, m = single[first], single[second]
    ratio = likelihood_ratio(both.astype(float), n * m / whole.sum())
    good = (entries >= ENTRIES) & (ratio >= RATIO) & (both / n * both / m >= mutual)
    return first[good], second[good]


def _neighbours(pieces: Pieces, gap: int = 0, between: int = -1) -> tuple[Ints, Ints]:
    """Where the second of two that could be one word stands, and a number for the two."""
    glued = pieces.glued
    at = np.flatnonzero(glued)
    if gap:
        at = at[(at > 1) & glued[at - 1] & (pieces.key[at - 1] == between)]
        at = at[(pieces.kind[at] == CONTENT) & (pieces.kind[at - 2] == CONTENT)]
    return at, pieces.key[at - 1 - gap] * len(pieces.keys) + pieces.key[at]


def join(pieces: Pieces, first: Ints, second: Ints, gap: int = 0, between: int = -1) -> Pieces:
    """The pieces with these pairs joined, from the left."""
    size = len(pieces.keys)
    wanted = np.sort(first * size + second)
    at, codes = _neighbours(pieces, gap, between)
    chosen = np.isin(codes, wanted)
    at, codes = at[chosen], codes[chosen]
    if not len(at):
        return pieces
    run = np.cumsum(np.diff(at, prepend=at[0] - 2 - gap) != 1 + gap)  # of three in a row, the first two
    begins = np.flatnonzero(np.diff(run, prepend=-1))
    alternate = (np.arange(len(at)) - begins[run - run[0]]) % 2 == 0
    at, codes = at[alternate], codes[alternate]
    middle = pieces.keys[between] if gap else ()
    number = {code: size + place for place, code in enumerate(wanted.tolist())}
    keys = pieces.keys + [pieces.keys[code // size] + middle + pieces.keys[code % size] for code in wanted.tolist()]
    key, kind, end, spelling = (column.copy() for column in (pieces.key, pieces.kind, pieces.end, pieces.spelling))
    here = at - 1 - gap
    key[here] = [number[code] for code in codes.tolist()]
    kind[here] = np.maximum(kind[here], kind[at])
    end[here] = end[at]
    spelling[here] = -1
    kept = np.ones(len(pieces), bool)
    for place in range(gap + 1):
        kept[at - place] = False
    return replace(
        pieces,
        key=key[kept],
        kind=kind[kept],
        entry=pieces.entry[kept],
        sentence=pieces.sentence[kept],
        start=pieces.start[kept],
        end=end[kept],
        spelling=spelling[kept],
        keys=keys,
    )


def with_phrases(pieces: Pieces) -> Pieces:
    """The pieces with their names and phrases joined; what counts as a word is CONTENT now.

    Two ways of making one phrase, (a b) c and a (b c), count as one word.
    """
    if ("の",) in pieces.keys:
        between = pieces.keys.index(("の",))
        pieces = join(pieces, *pairs_to_join(pieces, 1, BOUND, between), 1, between)
        pieces = replace(pieces, kind=np.where(pieces.key == between, BREAK, pieces.kind))
    for _ in range(ROUNDS):
        first, second = pairs_to_join(pieces)
        if not len(first):
            break
        pieces = join(pieces, first, second)
    numbers: dict[tuple[str, ...], int] = {}
    same = np.array([numbers.setdefault(key, number) for number, key in enumerate(pieces.keys)], np.int64)
    return replace(pieces, key=same[pieces.key] if len(pieces) else pieces.key, kind=np.minimum(pieces.kind, CONTENT))
