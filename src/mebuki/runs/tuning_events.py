"""What happens in a tuning. Watchers are told these."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .events import Event


@dataclass(frozen=True)
class Tried:
    """A trial that has ended.

    Attributes:
        number: of the trial in its study.
        state: done, pruned (given up early: others were better by then) or failed.
        loss: the lowest validation loss; of a pruned one the last; None: it has none, or blew up.
        settings: what was tried, as fields of a recipe.
        start: whether these are the recipe's own settings.
        parameters: numbers to learn; seconds: of its training.
        curve: validation loss after so many percent of the training.
        error: why it failed.
    """

    number: int
    state: str
    loss: float | None
    settings: dict[str, Any]
    start: bool = False
    parameters: int = 0
    seconds: float = 0.0
    curve: dict[int, float] = field(default_factory=dict)
    error: str = ""


@dataclass(frozen=True)
class Seeded:
    """A trial's settings, trained to the end with another seed.

    Attributes:
        trial: whose settings.
        seed: with which.
        loss: the lowest validation loss; None: it blew up.
        seconds: of the training.
    """

    trial: int
    seed: int
    loss: float | None
    seconds: float


@dataclass(frozen=True)
class TuningEvent:
    """Something that happened while tuning."""


@dataclass(frozen=True)
class Opened(TuningEvent):
    """The study is open: `tried` before, of `trials` in all; `space` says what is searched, `seeds` how many the winner
    is trained again with in the end."""

    study: str
    folder: Path
    trials: int
    tried: tuple[Tried, ...]
    space: dict[str, str]
    budget: int
    seeds: int = 0


@dataclass(frozen=True)
class Began(TuningEvent):
    """A trial begins; `place` counts from 1."""

    number: int
    place: int
    settings: dict[str, Any]
    parameters: int


@dataclass(frozen=True)
class Trained(TuningEvent):
    """What happens in the training of a trial, or of its settings with another seed."""

    number: int
    event: Event


@dataclass(frozen=True)
class Ended(TuningEvent):
    """A trial has ended; `best` is the best so far, of all workers; `busy` workers are at it."""

    trial: Tried
    best: Tried | None
    ended: int
    busy: int


@dataclass(frozen=True)
class Waiting(TuningEvent):
    """All trials are taken, `busy` of them by other workers that are not done yet: the best is not known."""

    busy: int


@dataclass(frozen=True)
class Repeating(TuningEvent):
    """The settings of a trial are trained with another seed: those of the recipe (`start`), or of the winner.

    `place` counts from 1, of `total` trainings.
    """

    trial: int
    start: bool
    seed: int
    place: int
    total: int
    settings: dict[str, Any]
    parameters: int


@dataclass(frozen=True)
class Repeated(TuningEvent):
    """That has ended; `done` are all so far, of all workers, of `total`; `busy` workers are at it."""

    seeded: Seeded
    done: tuple[Seeded, ...]
    total: int
    busy: int


@dataclass(frozen=True)
class Tuned(TuningEvent):
    """All is done (`why` is done), or somebody wished to stop (stopped); the report is written.

    `waiting`: trials that other workers still train.
    """

    why: str
    best: Tried | None
    report: dict[str, Any]
    waiting: int
