"""Words as their writer wants them counted: several that are one, and some that do not count at all.

An alias makes one word of two, shown under the second; what counts as that word may be counted as another in turn. A stop word is left
out of all that is counted, like the little words of the language. Both may be names of several words, and then hold wherever these stand
one behind another in a sentence.

add_alias(journal, "スマホ", "スマートフォン")
add_alias(journal, "black tea", "紅茶")
add_stops(journal, ["はず"])
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np

from ..text.encodings import without_surrogates
from . import store
from .entries import DiaryError
from .joining import Keys, joined
from .journal import Journal
from .phrases import Pieces
from .words import CONTENT, JOINT, pieces

LONGEST = 100  # letters of a name
LINES = '{"alias": …, "word": …} or {"stop": …}'


def keys_of(name: str) -> Keys:
    """The keys of all pieces of a name; one with a capital is taken as it stands within a sentence.

    Raises:
        DiaryError: it is no name: empty, too long, or of several sentences.

    >>> keys_of("Black Tea"), keys_of("woods"), keys_of("Woods")
    (('black', 'tea'), ('wood',), ('woods',))
    """
    said = name.strip()
    sentences = pieces(said) if len(said) <= LONGEST and said == without_surrogates(said) else []
    if len(sentences) != 1 or "\n" in said:
        raise DiaryError(f"{said[:40]!r} is no word", allowed=f"a word, or a name of several, up to {LONGEST} letters")
    return _keys(said)


def _keys(said: str) -> Keys:
    before = "word " if said[:1].isupper() else ""
    return tuple(piece.key for sentence in pieces(before + said) for piece in sentence)[bool(before) :]


def aliases(journal: Journal) -> dict[str, str]:
    """Names, and the word that each counts as, as they were given."""
    return dict(journal.database.execute("SELECT name, word FROM aliases ORDER BY word, name").fetchall())


def stops(journal: Journal) -> list[str]:
    """The writer's own stop words, as they were given."""
    return [word for (word,) in journal.database.execute("SELECT word FROM stops ORDER BY word")]


def add_alias(journal: Journal, name: str, word: str) -> bool:
    """Count a name as a word from now on; whether that is new.

    Raises:
        DiaryError: both are one word already, the name counts as another, or the word counts as the name.
    """
    name, word = name.strip(), word.strip()
    with store.transaction(journal.database, journal.path):
        own = OwnWords(journal)
        keys, target = keys_of(name), keys_of(word)
        if keys == target:
            raise DiaryError(f"{name} and {word} are one word already", hint="mebuki diary alias")
        if before := own.said.get(keys):
            if keys_of(before[1]) == target:
                return False
            raise DiaryError(f"{name} counts as {before[1]}", hint=f"mebuki diary alias --remove {_quoted(before[0])}")
        if own.same.get(target) == keys:
            other = own.said[target]
            raise DiaryError(
                f"{word} counts as {other[1]}: if {name} counted as {word}, they would go round in a circle",
                hint=f"mebuki diary alias --remove {_quoted(other[0])}",
            )
        journal.database.execute("INSERT INTO aliases (name, word) VALUES (?, ?)", (name, word))
    return True


def remove_alias(journal: Journal, name: str) -> str:
    """Count a name as itself again; the word that it counted as.

    Raises:
        DiaryError: it counts as itself.
    """
    with store.transaction(journal.database, journal.path):
        found = OwnWords(journal).said.get(keys_of(name))
        if not found:
            raise DiaryError(f"{name.strip()} counts as no other word", hint="mebuki diary alias")
        journal.database.execute("DELETE FROM aliases WHERE name = ?", (found[0],))
    return found[1]


def add_stops(journal: Journal, words: Iterable[str]) -> list[str]:
    """Leave words out of all that is counted, all of them or none; those that were not left out before.

    Raises:
        DiaryError: one of them is no word.
    """
    found = []
    with store.transaction(journal.database, journal.path):
        known = {keys_of(word) for word in stops(journal)}
        for word in words:
            if (keys := keys_of(word)) not in known:
                known.add(keys)
                journal.database.execute("INSERT INTO stops (word) VALUES (?)", (word.strip(),))
                found.append(word.strip())
    return found


def remove_stops(journal: Journal, words: Iterable[str]) -> list[str]:
    """Count words again, all of them or none; as they had been given.

    Raises:
        DiaryError: one of them is not left out.
    """
    found = []
    with store.transaction(journal.database, journal.path):
        known = {keys_of(word): word for word in stops(journal)}
        for word in words:
            said = known.pop(keys_of(word), None)
            if said is None:
                raise DiaryError(f"{word.strip()} is none of your stop words", hint="mebuki diary stop")
            journal.database.execute("DELETE FROM stops WHERE word = ?", (said,))
            found.append(said)
    return found


def settings_of(journal: Journal) -> list[dict[str, str]]:
    """Aliases and stop words, each as JSON holds it: {"alias": …, "word": …} or {"stop": …}."""
    both = [{"alias": name, "word": word} for name, word in aliases(journal).items()]
    return both + [{"stop": word} for word in stops(journal)]


def take_settings(journal: Journal, lines: Iterable[str]) -> int:
    """Aliases and stop words of another diary, a line of JSON each, all of them or none; how many are new.

    Raises:
        DiaryError: a line is none of them, or goes against what is there; the message says which.
    """
    count = 0
    with store.transaction(journal.database, journal.path):
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                count += _taken(journal, json.loads(line))
            except ValueError:
                raise DiaryError(f"line {number} is no JSON: {line.strip()[:40]!r}", allowed=LINES) from None
            except DiaryError as error:
                raise DiaryError(f"line {number}: {error.given}", allowed=error.allowed, hint=error.hint) from None
    return count


def _taken(journal: Journal, row: Any) -> int:
    match row:
        case {"stop": str(word), **rest} if not rest:
            return len(add_stops(journal, [word]))
        case {"alias": str(name), "word": str(word), **rest} if not rest:
            return int(add_alias(journal, name, word))
        case _:
            raise DiaryError("neither an alias nor a stop word", allowed=LINES)


def _quoted(name: str) -> str:
    return f'"{name}"' if " " in name else name


class OwnWords:
    """The aliases and stop words of a diary, and what becomes of its pieces by them.

    Attributes:
        said: of the keys of each alias, the name and the word as they were given.
    """

    def __init__(self, journal: Journal) -> None:
        self._stops = stops(journal)
        self.said = {keys_of(name): (name, word) for name, word in aliases(journal).items()}

    @cached_property
    def same(self) -> dict[Keys, Keys]:
        """Of the keys of each alias, those of the word that it counts as in the end.

        Raises:
            DiaryError: they go round in a circle.
        """
        steps = {keys: keys_of(word) for keys, (_, word) in self.said.items()}
        steps = {keys: word for keys, word in steps.items() if keys != word}
        found = {}
        for keys, word in steps.items():
            for _ in steps:
                word = steps.get(word, word)
            if word in steps:
                raise DiaryError(
                    f"aliases go round in a circle with {self.said[keys][0]}",
                    hint=f"mebuki diary alias --remove {_quoted(self.said[keys][0])}",
                )
            found[keys] = word
        return found

    @cached_property
    def shown(self) -> dict[Keys, str]:
        """Words under which others are counted, as the writer named them."""
        ends = set(self.same.values())
        return {keys: word for _, word in self.said.values() if (keys := keys_of(word)) in ends}

    @cached_property
    def out(self) -> frozenset[Keys]:
        """Words that are left out; with one of several that count as one, all of them are."""
        found = [keys_of(word) for word in self._stops]
        return frozenset(self.same.get(keys, keys) for keys in found)

    def meant(self, word: str) -> Keys | None:
        """The keys of the word that a word counts as; None: it is no alias.

        Raises:
            DiaryError: it is left out.
        """
        if not (self.said or self._stops) or not word.strip():
            return None
        keys = _keys(word.strip())
        keys = self.same.get(keys, keys)
        if keys in self.out:
            raise DiaryError(
                f"{word.strip()!r} is one of your stop words",
                hint=f"mebuki diary stop --remove {_quoted(word.strip())}",
            )
        return keys if keys in self.shown else None

    def applied(self, found: Pieces) -> Pieces:
        """The pieces of all entries, after names and phrases were found, with aliases under one number and stop words out."""
        if not (self.said or self._stops):
            return found
        named = {*self.same, *self.same.values(), *self.out}
        numbers: dict[Keys, int] = {}
        for number, keys in enumerate(found.keys):
            numbers.setdefault(keys, number)
        found = joined(found, sorted(named), numbers)
        size = len(found.keys)
        target = np.arange(size)
        for keys, word in self.same.items():
            target[numbers[keys]] = numbers[word]
        content, lost = np.zeros(size, bool), np.zeros(size, bool)
        content[found.key[found.kind == CONTENT]] = True
        gained = np.zeros(size, bool)  # little words, if the writer gives them another name
        gained[[numbers[keys] for keys in {*self.same, *self.same.values()}]] = True
        gained &= ~content
        lost[[numbers[keys] for keys in self.out]] = True
        key = target[found.key]
        kind = np.where(gained[found.key], CONTENT, found.kind)
        kind = np.where(lost[key] & (kind == CONTENT), JOINT, kind)
        return replace(found, key=key, kind=kind)
