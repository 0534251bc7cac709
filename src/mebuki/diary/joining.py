"""Names that the writer gives, made one word wherever their pieces stand one behind another, whatever the statistics of phrases say."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from .chance import Ints
from .phrases import Pieces
from .words import CONTENT

Keys = tuple[str, ...]  # of the pieces that a word is made of
Runs = tuple[Ints, Ints]  # the first and the last piece of each


def joined(pieces: Pieces, names: Iterable[Keys], numbers: dict[Keys, int]) -> Pieces:
    """The pieces with these names joined; a longer one goes before a shorter, and then what stands first.

    Args:
        names: each as the keys of its pieces; all get a number.
        numbers: of each word; those of new ones are added.
    """
    keys = list(pieces.keys)
    for name in names:
        if name not in numbers:
            numbers[name] = len(keys)
            keys.append(name)
    taken, found = np.zeros(len(pieces), bool), list[tuple[int, Runs]]()
    for name in sorted((name for name in names if len(name) > 1), key=len, reverse=True):
        first, last = _free(_standing(pieces, name, numbers), taken)
        if len(first):
            found.append((numbers[name], (first, last)))
    pieces = replace(pieces, keys=keys)
    return _merged(pieces, found) if found else pieces


def _merged(pieces: Pieces, found: list[tuple[int, Runs]]) -> Pieces:
    key, kind, end, spelling = (column.copy() for column in (pieces.key, pieces.kind, pieces.end, pieces.spelling))
    inside = np.zeros(len(pieces) + 1, np.int64)  # 1 from the second piece of each on
    for number, (first, last) in found:
        key[first], kind[first], end[first], spelling[first] = number, CONTENT, pieces.end[last], -1
        inside[first + 1] += 1
        inside[last + 1] -= 1
    kept = np.cumsum(inside)[:-1] == 0
    return replace(
        pieces,
        key=key[kept],
        kind=kind[kept],
        entry=pieces.entry[kept],
        sentence=pieces.sentence[kept],
        start=pieces.start[kept],
        end=end[kept],
        spelling=spelling[kept],
    )


def _standing(pieces: Pieces, name: Keys, numbers: dict[Keys, int]) -> Runs:
    """Where a name stands as several pieces, by its first; some of them may be phrases already."""
    runs = [(np.zeros(0, np.int64), np.zeros(0, np.int64))]
    for length in range(1, len(name)):
        if name[:length] in numbers:
            at = np.flatnonzero(pieces.key == numbers[name[:length]])
            runs += _gone_on(pieces, at, at, name[length:], numbers)
    first, last = (np.concatenate(ends) for ends in zip(*runs, strict=True))
    order = np.argsort(first)
    return first[order], last[order]


def _gone_on(pieces: Pieces, first: Ints, last: Ints, rest: Keys, numbers: dict[Keys, int]) -> list[Runs]:
    """Those of these beginnings that the rest of the name stands behind."""
    if not rest:
        return [(first, last)]
    behind = _behind(pieces, last)
    first, last = first[behind], last[behind]
    found: list[Runs] = []
    for length in range(1, len(rest) + 1):
        if rest[:length] in numbers and len(first):
            fits = pieces.key[last + 1] == numbers[rest[:length]]
            found += _gone_on(pieces, first[fits], last[fits] + 1, rest[length:], numbers)
    return found


def _behind(pieces: Pieces, at: Ints) -> NDArray[np.bool_]:
    """Whether a piece of the same sentence stands behind each, with a space between them at most."""
    there = np.minimum(at + 1, len(pieces) - 1)
    same = (pieces.entry[at] == pieces.entry[there]) & (pieces.sentence[at] == pieces.sentence[there])
    return (there > at) & same & (pieces.start[there] - pieces.end[at] <= 1)


def _free(runs: Runs, taken: NDArray[np.bool_]) -> Runs:
    """Those of these runs that hold no piece of another; theirs are taken."""
    kept = []
    for place, (first, last) in enumerate(zip(*(ends.tolist() for ends in runs), strict=True)):
        if not taken[first : last + 1].any():
            taken[first : last + 1] = True
            kept.append(place)
    return runs[0][kept], runs[1][kept]
