"""What lies around a word: its days, the passages that prove its ties, the words through which two are tied, and the net of all these.

associations = Associations(journal)
for link in between(associations, "緑ヶ池", "将棋"):
    print(link.through, link.strength)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from .associations import Association, Associations
from .part import Day
from .passages import Passage, Span, excerpt, passage
from .search import folded, places
from .ties import Tie, ties

MANY = 400  # ties of a word that are looked through


def days_of(associations: Associations, word: str) -> list[Day]:
    """The days that a word stands on, each with an entry.

    Raises:
        DiaryError: it stands nowhere.
    """
    index = associations.index
    entries = sorted(set(associations.standing(word).entry.tolist()))
    return [(index.days[entry], index.ids[entry]) for entry in entries]


def spread(days: Sequence[Day], most: int) -> list[Day]:
    """So many of them, the first and the last among them, one for each day.

    >>> spread([(date(2026, 1, n), "") for n in range(1, 10)], 3)
    [(datetime.date(2026, 1, 1), ''), (datetime.date(2026, 1, 5), ''), (datetime.date(2026, 1, 9), '')]
    """
    found = list({day: (day, entry) for day, entry in reversed(days)}.values())[::-1]
    if len(found) <= most:
        return found
    return [found[round(n * (len(found) - 1) / (most - 1))] for n in range(most)]


def proofs(associations: Associations, word: str, tied: str, days: Sequence[Day]) -> list[Passage]:
    """Of entries that hold both words, the passages in which they stand nearest to each other."""
    index, one, other = associations.index, associations.known(word), associations.known(tied)
    found = []
    for day, entry in days:
        said = passage(index, one, other, [entry]) if one is not None and other is not None else None
        said = said or _anywhere(associations, word, tied, day, entry)
        if said:
            found.append(said)
    return found


def _anywhere(associations: Associations, word: str, tied: str, day: date, entry: str) -> Passage | None:
    """The same of a string that is no word by itself."""
    text = associations.index.journal.entry(entry).text
    pairs = [(one, other) for one in places(text, folded(word)) for other in _words(associations, tied, entry, text)]
    if not pairs:
        return None
    nearest = min(pairs, key=lambda pair: abs(pair[0][0] - pair[1][0]))
    said, spans = excerpt(text, list(nearest))
    return Passage(day, entry, said, spans[0], spans[1])


def _words(associations: Associations, word: str, entry: str, text: str) -> list[Span]:
    index, number = associations.index, associations.known(word)
    place = index.ids.index(entry)
    at = range(int(index.first[place]), int(index.first[place + 1]))
    found = [(int(index.start[n]), int(index.end[n])) for n in at if int(index.word[n]) == number]
    return found or list(places(text, folded(word)))


@dataclass(frozen=True)
class Bridge:
    """A word through which two others are tied.

    Attributes:
        strength: of the weaker of its two ties.
        first, second: the days that hold it with the one, and with the other.
    """

    through: str
    strength: float
    first: tuple[Day, ...]
    second: tuple[Day, ...]


def direct(associations: Associations, word: str, other: str) -> Association | None:
    """The tie between two words; None: no two entries hold both.

    Raises:
        DiaryError: one of them stands nowhere.
    """
    number = associations.find(other)
    said = associations.spelled(number)
    return next((tie for tie in associations.of(word, limit=MANY) if tie.word == said), None)


def between(associations: Associations, word: str, other: str, limit: int = 6) -> list[Bridge]:
    """Third words that are claimed to be tied to both, the strongest first.

    Raises:
        DiaryError: one of the two is no word of the diary.
    """
    one, two = associations.find(word), associations.find(other)
    firsts = {tie.word: tie for tie in _claimed(associations, one)}
    both = [
        (firsts[tie.word], tie)
        for tie in _claimed(associations, two)
        if tie.word in firsts and tie.word not in (one, two)
    ]
    both.sort(key=lambda pair: -min(pair[0].strength, pair[1].strength))
    return [
        Bridge(
            associations.spelled(a.word),
            min(a.strength, b.strength),
            _days(associations, a),
            _days(associations, b),
        )
        for a, b in both[:limit]
    ]


def _claimed(associations: Associations, word: int) -> list[Tie]:
    return [tie for tie in ties(associations.index, word) if tie.claimed]


def _days(associations: Associations, tie: Tie) -> tuple[Day, ...]:
    index = associations.index
    return tuple((index.days[entry], index.ids[entry]) for entry in tie.entries.tolist())


@dataclass(frozen=True)
class Node:
    """A word of a net.

    Attributes:
        days: entries that hold it.
        steps: from the word in the middle.
    """

    word: str
    days: int
    steps: int


@dataclass(frozen=True)
class Edge:
    """A claimed tie between two words of a net."""

    one: str
    other: str
    strength: float
    days: int


@dataclass(frozen=True)
class Net:
    """Words around a word, and their ties."""

    nodes: list[Node]
    edges: list[Edge]


def net(associations: Associations, word: str, near: int = 9, beyond: int = 2, keep: Sequence[str] = ()) -> Net:
    """The words that are claimed to be tied to a word, and those tied to them.

    Args:
        near: words next to it, at most.
        beyond: words behind each of these, at most.
        keep: words that are in it in any case, as those of a chain.

    Raises:
        DiaryError: it is no word of the diary.
    """
    middle = associations.find(word)
    steps, known = {middle: 0}, {middle: _claimed(associations, middle)}
    for tie in known[middle][:near]:
        steps[tie.word] = 1
    for said in keep:
        number = associations.known(said)
        if number is not None:
            steps.setdefault(number, 2)
    for number in [one for one in steps if one != middle]:
        known[number] = _claimed(associations, number)
        fresh = [tie.word for tie in known[number] if tie.word not in steps][: beyond if steps[number] == 1 else 0]
        steps |= dict.fromkeys(fresh, 2)
    edges: dict[tuple[int, int], Tie] = {}
    for number, found in known.items():
        for tie in found:
            if tie.word in steps:
                pair = min(number, tie.word), max(number, tie.word)
                edges[pair] = max(edges.get(pair, tie), tie, key=lambda one: one.strength)
    spelled, count = associations.spelled, associations.index.entries_of
    return Net(
        [Node(spelled(number), int(count[number]), step) for number, step in steps.items()],
        [Edge(spelled(a), spelled(b), tie.strength, len(tie.entries)) for (a, b), tie in edges.items()],
    )
