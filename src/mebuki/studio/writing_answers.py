"""What the pages are told of a diary, and what they tell it."""

from __future__ import annotations

from datetime import date
from datetime import time as Time

from pydantic import BaseModel, Field

from ..diary.around import Bridge
from ..diary.associations import Association
from ..diary.chains import Link
from ..diary.drafts import text_mark
from ..diary.entries import Entry
from ..diary.frequencies import Frequency
from ..diary.months import Written
from ..diary.part import Day
from ..diary.passages import Passage
from ..diary.report import WordTie
from ..diary.shifts import Shift


class ToldEntry(BaseModel):
    """An entry. `mark` is of its text: whoever writes on sends it along."""

    id: str
    day: date
    time: str | None
    text: str
    tags: list[str]
    star: bool
    mood: int | None
    created: str | None
    edited: str | None
    trashed: str | None
    mark: str

    @classmethod
    def of(cls, entry: Entry) -> ToldEntry:
        created, edited, trashed = (
            at.isoformat() if at else None for at in (entry.created, entry.edited, entry.trashed)
        )
        return cls(
            id=entry.id,
            day=entry.date,
            time=entry.time.strftime("%H:%M") if entry.time else None,
            text=entry.text,
            tags=list(entry.tags),
            star=entry.star,
            mood=entry.mood,
            created=created,
            edited=edited,
            trashed=trashed,
            mark=text_mark(entry.text),
        )


class GrownModel(BaseModel):
    """The model that was grown on a diary."""

    grown: str


class AboutDiary(BaseModel):
    """A diary as a whole."""

    encrypted: bool
    can_encrypt: bool
    install_encryption: str
    read_only: bool
    entries: int
    days: int
    first: date | None
    last: date | None
    tags: dict[str, int]
    trash: int
    lock_after: int
    model: GrownModel | None


class OneDay(BaseModel):
    """A day: its entries, and what was written on it in other years."""

    day: date
    entries: list[ToldEntry]
    other_years: list[ToldEntry]


class WrittenMonth(BaseModel):
    """The days of a part of the calendar that have entries."""

    days: list[Written]


class Draft(BaseModel):
    """What is written so far; see `mebuki.diary.drafts`."""

    text: str
    day: date
    time: Time | None = None
    base: str
    writer: str = Field(max_length=60)
    turn: int


class KeptDraft(BaseModel):
    """The entry that holds a draft now; `beside`: what stands where it could not be written."""

    entry: ToldEntry
    beside: ToldEntry | None


class Changes(BaseModel):
    """What is to be changed of an entry; what is left out stays."""

    day: date | None = None
    time: Time | None = None
    tags: list[str] | None = None
    star: bool | None = None
    mood: int | None = Field(None, ge=1, le=5)


class Hit(BaseModel):
    """An entry that was found, and where what was searched stands in it first."""

    id: str
    day: date
    time: str | None
    star: bool
    mood: int | None
    tags: list[str]
    before: str
    hit: str
    behind: str
    times: int


class FoundEntries(BaseModel):
    """What a search found; `more`: there is more."""

    query: str
    hits: list[Hit]
    more: bool


class Word(BaseModel):
    """A word that was asked: its days, what is tied to it, and what may be by chance."""

    word: str
    days: list[Day]
    diary_first: date
    diary_last: date
    ties: list[Association]
    perhaps: list[Association]


class Tie(BaseModel):
    """A tie and what proves it: passages of some of its days, or of all."""

    tie: Association
    passages: list[Passage]


class Between(BaseModel):
    """How two words are tied: by themselves, and through others."""

    one: str
    other: str
    direct: Association | None
    bridges: list[Bridge]
    met: Day | None


class Chain(BaseModel):
    """A chain; `model`: whether that of the diary drew it, `unread`: entries that it does not know yet."""

    word: str
    seed: int
    model: bool
    unread: int
    links: list[Link]


class Dreamt(BaseModel):
    """What the model made up."""

    word: str
    day: date
    opening: str
    text: str
    seed: int
    copied: float
    longest: str


class Frequent(BaseModel):
    """The commonest words, and apart those of nearly every day."""

    days: int
    words: list[Frequency]
    everyday: list[Frequency]


class Shifts(BaseModel):
    """Words that are written more of late, and less."""

    rising: list[Shift]
    fading: list[Shift]


class MarkOf(BaseModel):
    """A word that marks a period out."""

    word: str
    days: int
    claimed: bool


class MarkedPeriod(BaseModel):
    """A month, a quarter or a year, and its words."""

    name: str
    days: int
    marks: list[MarkOf]


class OwnWords(BaseModel):
    """Words that count as another, and words that do not count."""

    aliases: dict[str, str]
    stops: list[str]


class BurstOf(BaseModel):
    """A time with much more of a word than else."""

    word: str
    since: date
    until: date
    days: int
    q: float
    claimed: bool


class InterestOf(BaseModel):
    """A word with a time of its own, or that grew out of another."""

    word: str
    born: date
    last: date
    faded: bool
    days: int
    by_period: list[int]
    source: str | None
    bursts: list[BurstOf]


class LeadOf(BaseModel):
    """One interest that led to another."""

    source: str
    word: str
    met: Day
    first_days: list[Day]
    days: int


class PeriodOf(BaseModel):
    """What a period is about."""

    name: str
    start: date
    end: date
    entries: int
    marks: list[str]
    new: list[WordTie]
    faded: list[WordTie]


class Interests(BaseModel):
    """What a diary is about over time; `names`: all periods, those without entries too."""

    by: str
    start: date
    end: date
    entries: int
    names: list[str]
    periods: list[PeriodOf]
    interests: list[InterestOf]
    leads: list[LeadOf]
