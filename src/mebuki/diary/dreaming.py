"""Dreams: from a word the model of a diary writes on in its writer's voice. What it writes is invented, and says so.

dream = Dream(journal, "緑ヶ池", letters=300, seed=1)
print(dream.opening, end="")
for piece in dream:
    print(piece, end="", flush=True)
print(dream.copied.share)
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from ..errors import out_of_range
from ..training.batches import derive
from .entries import DiaryError
from .journal import Journal
from .material import head, pages
from .model import DiaryModel
from .passages import sentence
from .reciting import Copied, copied

LONGEST = 100_000  # letters
OPENING = 24  # letters of an opening at most
SOON = 0.6  # share of the letters from which on an end is an end
ENTRIES = 20  # at most, and one more for so many letters
LOOKED = 200  # entries, for openings
LATIN = "\u0250"  # letters below it make words of several
LEAST = 0.05  # no letter that is less likely than so much of the likeliest
NO_MODEL = "there is no model of this diary yet"


class Dream:
    """A text that the model of a diary writes from a word; an iterator of its pieces.

    Args:
        journal: the diary.
        word: what it begins from: in any spelling, or what stands nowhere in the diary.
        letters: at most so many. Where an entry ends long before, the next day's begins, behind an empty line.
        temperature: 0 takes the likeliest letter, 1 draws as learned.
        seed: the same gives the same dream.
        day: that it dreams of; by default the one after the last entry's.

    Attributes:
        opening: what the model was given: the beginning of a sentence of the diary, up to the word; or the word alone.
        day: of the entry that it dreams.
        text: what it has written so far, without the opening.

    Raises:
        DiaryError: there is no model, or it cannot be read.
        RecipeError: letters or temperature out of range.
    """

    def __init__(
        self,
        journal: Journal,
        word: str,
        *,
        letters: int = 300,
        temperature: float = 0.8,
        seed: int = 0,
        day: date | None = None,
    ) -> None:
        if not 1 <= letters <= LONGEST:
            raise out_of_range("letters", letters, 1, LONGEST)
        if not word.strip():
            raise DiaryError("a dream begins from a word, and none was given", hint="mebuki diary dream 池")
        model = DiaryModel.load(journal)
        if model is None:
            raise DiaryError(NO_MODEL, hint="mebuki diary grow")
        self.model, self.word, self.seed = model, word.strip(), seed
        self._pages = pages(journal)
        last = self._pages[-1].day if self._pages else date.today()
        self.day = day or (last + timedelta(1) if last < date.max else last)
        self.opening = opening(journal, self.word, seed)
        self.text, self._letters, self._temperature = "", letters, temperature
        self._pieces = self._written()

    def __iter__(self) -> Iterator[str]:
        return self._pieces

    def _written(self) -> Iterator[str]:
        day, begun, entry = self.day, self.opening, 0
        while entry < ENTRIES + self._letters // ENTRIES and len(self.text) < (
            self._letters if entry == 0 else SOON * self._letters
        ):
            if entry:
                self.text += "\n\n"
                yield "\n\n"
            left, seed = self._letters - len(self.text), derive(self.seed, "dream", entry) % 2**32
            for piece in self.model.write(
                head(day) + begun, letters=left, temperature=self._temperature, seed=seed, min_p=LEAST
            ):
                self.text += piece
                yield piece
            day, begun, entry = day + timedelta(1) if day < date.max else day, "", entry + 1

    @property
    def copied(self) -> Copied:
        """How much of what it has written stands word for word in the diary."""
        return copied(self.text, "\n".join(page.text for page in self._pages))

    def to_dict(self) -> dict[str, Any]:
        """As JSON holds it; what is left to write is written first."""
        for _ in self:
            pass
        found = self.copied
        return {
            "invented": True,
            "word": self.word,
            "day": self.day.isoformat(),
            "opening": self.opening,
            "text": self.text,
            "seed": self.seed,
            "copied": {"longest": found.longest, "letters": len(found.longest), "share": round(found.share, 4)},
        }


def opening(journal: Journal, word: str, seed: int) -> str:
    """The beginning of a sentence of the diary that leads to a word, one of several; the word alone, if none soon comes to it.

    Args:
        seed: which of them.
    """
    found = set[str]()
    for match in journal.search(word, limit=LOOKED):
        text = match.entry.text
        for start, end in match.places:
            begins = sentence(text, start)[0]
            if end - begins <= OPENING and "\n" not in text[begins:end] and _whole(text, start, end):
                found.add(text[begins:end])
    if found:
        return sorted(found)[derive(seed, "opening") % len(found)]
    return word[:1].upper() + word[1:]


def _whole(text: str, start: int, end: int) -> bool:
    """Whether a part is no piece of a word in Latin letters.

    >>> _whole("a heron", 2, 7), _whole("a heronry", 2, 7), _whole("白鷺の池", 0, 1)
    (True, False, True)
    """
    edges = (text[max(0, start - 1) : start + 1], text[end - 1 : end + 1])
    return not any(len(edge) == 2 and edge.isalnum() and max(edge) < LATIN for edge in edges)
