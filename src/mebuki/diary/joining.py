"""Names that the writer gives, made one word wherever their pieces stand one behind another, whatever the statistics of phrases say."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from .phrases import Ints, Pieces
from .words import CONTENT

Keys = tuple[str, ...]  # of the pieces that a word is made of


def joined(pieces: Pieces, names: Iterable[Keys], numbers: dict[Keys, int]) -> Pieces:
    """The pieces with these names joined, the longest first.

    Args:
        names: each as the keys of its pieces; all get a number.
        numbers: of each word; those of new ones are added.
    """
    keys = list(pieces.keys)
    for name in names:
        if name not in numbers:
            numbers[name] = len(keys)
            keys.append(name)
    pieces = replace(pieces, keys=keys)
    for name in sorted((name for name in names if len(name) > 1), key=len, reverse=True):
        pieces = _one_word(pieces, name, numbers)
    return pieces


def _one_word(pieces: Pieces, name: Keys, numbers: dict[Keys, int]) -> Pieces:
    beside = _beside(pieces)
    runs = [run for length in range(1, len(name)) for run in _begun(pieces, beside, name, length, numbers)]
    if not runs:
        return pieces
    first, last = (np.concatenate(ends) for ends in zip(*runs, strict=True))
    order = np.argsort(first)
    first, last = _apart(first[order], last[order])
    inside = np.zeros(len(pieces) + 1, np.int64)  # of what stands behind the first piece of each
    inside[first + 1] += 1
    inside[last + 1] -= 1
    kept = np.cumsum(inside)[:-1] == 0
    key, kind, end, spelling = (column.copy() for column in (pieces.key, pieces.kind, pieces.end, pieces.spelling))
    key[first], kind[first], end[first], spelling[first] = numbers[name], CONTENT, end[last], -1
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


def _beside(pieces: Pieces) -> NDArray[np.bool_]:
    """[P], whether a piece stands in a sentence with the one before, and a space between them at most."""
    found = np.zeros(len(pieces), bool)
    found[1:] = (
        (pieces.entry[1:] == pieces.entry[:-1])
        & (pieces.sentence[1:] == pieces.sentence[:-1])
        & (pieces.start[1:] - pieces.end[:-1] <= 1)
    )
    return found


def _begun(
    pieces: Pieces, beside: NDArray[np.bool_], name: Keys, length: int, numbers: dict[Keys, int]
) -> list[tuple[Ints, Ints]]:
    """First and last pieces of where the name stands, if its first so many keys are one word of the index."""
    if name[:length] not in numbers:
        return []
    at = np.flatnonzero(pieces.key == numbers[name[:length]])
    return _gone_on(pieces, beside, at, at, name[length:], numbers)


def _gone_on(
    pieces: Pieces, beside: NDArray[np.bool_], first: Ints, last: Ints, rest: Keys, numbers: dict[Keys, int]
) -> list[tuple[Ints, Ints]]:
    """Those of these beginnings that the rest of the name stands behind; parts of it may be phrases already."""
    if not rest:
        return [(first, last)]
    inside = last + 1 < len(pieces)
    first, last = first[inside], last[inside]
    found = []
    for length in range(1, len(rest) + 1):
        if rest[:length] in numbers and len(first):
            fits = beside[last + 1] & (pieces.key[last + 1] == numbers[rest[:length]])
            found += _gone_on(pieces, beside, first[fits], last[fits] + 1, rest[length:], numbers)
    return found


def _apart(first: Ints, last: Ints) -> tuple[Ints, Ints]:
    """Those of these runs that do not overlap one before them."""
    kept, end = [], -1
    for place, (one, other) in enumerate(zip(first.tolist(), last.tolist(), strict=True)):
        if one > end:
            kept.append(place)
            end = other
    return first[kept], last[kept]
