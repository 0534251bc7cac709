"""What lies around a word outside, and which of it lives in the diary already: only when it was asked for, and allowed.

found = explore(journal, "池", ask=lambda question: input(f"send {question.word} to {question.source}? ") == "y")
for one in found.related:
    print(one.title, one.url, [day for day, entry in one.days])

What was looked up is kept with the diary, in one file whose name tells no word, so that the next look needs no network.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from ..errors import MebukiError
from . import consent
from .associations import Associations
from .encyclopedia import Article, Fetch, Page, address, checked_word, look_up
from .entries import DiaryError
from .fetching import ExploreError, fetch
from .journal import Journal
from .search import folded
from .words import BREAK, pieces

KEPT = "explored.json"
FORM = 1
MOST = 500  # words that are kept, the latest
LOOKED_AT = 40  # entries that tell in which language a word is written

Days = tuple[tuple[date, str], ...]


@dataclass(frozen=True)
class Question:
    """What would be sent, and where to.

    Attributes:
        word: this alone.
        language: in which it is written: ja, en, or what was given; empty: the encyclopedia's own.
        source: the address of the encyclopedia's API.
    """

    word: str
    language: str
    source: str


@dataclass(frozen=True)
class Related:
    """A page related to the word.

    Attributes:
        extract: how the page begins; may be empty.
        days: of the diary that hold its title, with the ids of the entries.
    """

    title: str
    url: str
    extract: str
    days: Days

    def to_dict(self) -> dict[str, Any]:
        """As JSON holds it."""
        extract = {"extract": self.extract} if self.extract else {}
        days = [{"date": day.isoformat(), "entry": entry} for day, entry in self.days]
        return {"title": self.title, "url": self.url, **extract, "in_diary": bool(days), "days": days}


@dataclass(frozen=True)
class Exploration:
    """What lies around a word.

    Attributes:
        question: what was asked, and where.
        looked_up: when.
        page: the word's own page; None: the encyclopedia has none of that name, and what is related only holds the word.
        ambiguous: whether that page lists several meanings.
        related: those whose titles live in the diary first.
        unkept: why the answer could not be kept for the next time; empty: it was.
    """

    question: Question
    looked_up: date
    page: Page | None
    ambiguous: bool
    related: tuple[Related, ...]
    unkept: str = ""

    def to_dict(self, limit: int | None = None) -> dict[str, Any]:
        """As JSON holds it, with at most so many related pages."""
        page = self.page
        return {
            "word": self.question.word,
            "language": self.question.language or None,
            "source": self.question.source,
            "looked_up": self.looked_up.isoformat(),
            "page": page and {"title": page.title, "url": page.url, "extract": page.extract},
            "ambiguous": self.ambiguous,
            "related": [one.to_dict() for one in self.related[:limit]],
        }


def explore(
    journal: Journal,
    word: str,
    *,
    language: str | None = None,
    endpoint: str | None = None,
    fresh: bool = False,
    ask: Callable[[Question], bool] = lambda question: False,
    fetch: Fetch = fetch,
    today: date | None = None,
) -> Exploration:
    """Look a word up in an encyclopedia, and its related pages in the diary.

    Nothing is sent where an earlier answer is kept; nor where it was not allowed, by `consent.allow` for this diary or by `ask` for
    this once. By itself nothing is allowed.

    Args:
        word: a word, or a name of several.
        language: of the Wikipedia; None: that of the entries with the word, or of the word itself, ja or en.
        endpoint: the API of another encyclopedia.
        fresh: ask again, also where an answer is kept.
        ask: is told what would be sent where it is not allowed yet; whether to send it.
        fetch: gets what stands at an address.
        today: the day to keep with the answer.

    Raises:
        ExploreError: it may not be sent, or there is no answer to be had.

    >>> import tempfile
    >>> page = b'{"title": "Pond", "revisions": [{"content": "Smaller than a [[lake]], with a [[frog]]."}]}'
    >>> with tempfile.TemporaryDirectory() as home, Journal(home) as journal:
    ...     entry = journal.write("The frogs sang.", "2026-11-21")
    ...     said = {"ask": lambda question: True, "fetch": lambda url: b'{"query": {"pages": [' + page + b"]}}"}
    ...     found = explore(journal, "pond", **said)
    >>> [(one.title, [day.isoformat() for day, entry in one.days]) for one in found.related]
    [('frog', ['2026-11-21']), ('lake', [])]
    """
    associations = Associations(journal)
    question = question_of(associations, word, language, endpoint)
    word = question.word
    kept, unkept = None if fresh else _kept(journal, question), ""
    if not kept:
        if not consent.allowed(journal.folder, question.source) and not ask(question):
            where = f" --endpoint {endpoint}" if endpoint else ""
            raise ExploreError(
                f"nothing was sent: {word!r} would go to {consent.receiver(question.source)}, and that is not allowed",
                allowed=f"once, by --yes; for this diary, by mebuki diary explore --allow{where}",
                hint=f"mebuki diary explore {word}{where} --yes",
            )
        kept = look_up(word, question.source, fetch), today or date.today()
        try:
            _keep(journal, question, *kept)
        except MebukiError as error:
            unkept = error.given
    article, day = kept
    related = [Related(one.title, one.url, one.extract, days_of(associations, one.title)) for one in article.related]
    related.sort(key=lambda one: not one.days)
    return Exploration(question, day, article.page, article.ambiguous, tuple(related), unkept)


def question_of(
    associations: Associations, word: str, language: str | None = None, endpoint: str | None = None
) -> Question:
    """What `explore` would send, and where to.

    Raises:
        ExploreError: no page can be called so, or this is no address to ask at.
    """
    word = checked_word(word)
    language = language or ("" if endpoint else _language(associations, word))
    return Question(word, language, address(language, endpoint))


def days_of(associations: Associations, title: str) -> Days:
    """The days of the diary that hold a title, in any of its forms, but for what it says in brackets to be told from others."""
    bare = title.partition(" (")[0].partition("（")[0].strip()
    number = associations.known(bare) if bare else None
    if number is None:
        return ()
    index = associations.index
    entries = index.entries_with(number).tolist()
    if any(piece.kind == BREAK for sentence in pieces(bare) for piece in sentence):  # Out of Africa is not Africa
        entries = [entry for entry in entries if folded(bare) in folded(index.text(entry))]
    return tuple((index.days[entry], index.ids[entry]) for entry in entries)


def forget(journal: Journal, word: str | None = None) -> int:
    """Take away what was looked up: of one word, or of all; how many answers that were."""
    answers = _answers(journal)
    left = [one for one in answers if word is not None and one["word"] != folded(checked_word(word))]
    if not left:
        journal.shelf.remove(KEPT)
    elif len(left) < len(answers):
        _write(journal, left)
    return len(answers) - len(left)


def _language(associations: Associations, word: str) -> str:
    """In which of the two languages the entries with the word are written, or else the word."""
    number = None if _japanese(word) else associations.known(word)
    if number is None:
        return "ja" if _japanese(word) else "en"
    index = associations.index
    entries = index.entries_with(number)[-LOOKED_AT:].tolist()
    return "ja" if 2 * sum(_japanese(index.text(entry)) for entry in entries) > len(entries) else "en"


def _japanese(text: str) -> bool:
    return any("ぁ" <= letter <= "ヿ" or "㐀" <= letter <= "鿿" for letter in text)


def _kept(journal: Journal, question: Question) -> tuple[Article, date] | None:
    for one in _answers(journal):
        if (one["word"], one["source"]) == (folded(question.word), question.source):
            try:
                return Article.from_dict(one["article"]), date.fromisoformat(one["day"])
            except (KeyError, TypeError, ValueError):
                return None
    return None


def _keep(journal: Journal, question: Question, article: Article, day: date) -> None:
    word = folded(question.word)
    others = [one for one in _answers(journal) if (one["word"], one["source"]) != (word, question.source)]
    new = {"word": word, "source": question.source, "day": day.isoformat(), "article": article.to_dict()}
    _write(journal, [*others, new][-MOST:])


def _answers(journal: Journal) -> list[dict[str, Any]]:
    """What is kept, the latest last; what is damaged counts as not there, since it can be asked for again."""
    try:
        content = json.loads(journal.shelf.read(KEPT) or b"{}")
        answers = content["answers"] if content.get("form") == FORM else []
        return [one for one in answers if isinstance(one["word"], str) and isinstance(one["source"], str)]
    except (DiaryError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return []


def _write(journal: Journal, answers: list[dict[str, Any]]) -> None:
    journal.shelf.write(KEPT, json.dumps({"form": FORM, "answers": answers}, ensure_ascii=False).encode())
