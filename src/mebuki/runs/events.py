"""What happens while a model is trained. Watchers (the terminal, the studio) are told these."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..recipes import Recipe


@dataclass(frozen=True)
class Event:
    """Something that happened while training; `step` is the last step taken."""

    step: int


@dataclass(frozen=True)
class Prepared(Event):
    """The run is prepared: `what` is being done, and `share` of the preparation is done (1.0: all)."""

    what: str
    share: float


@dataclass(frozen=True)
class Started(Event):
    """Training begins, or goes on if `step` > 0. `info` is what run.json says; `warnings` are for people."""

    folder: Path
    recipe: Recipe
    info: dict[str, Any]
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class Stepped(Event):
    """A step was taken. `total` is the last step as planned; `left` the seconds until then; None: not known yet."""

    loss: float
    rate: float
    tokens_per_second: float
    total: int | None
    left: float | None
    share: float


@dataclass(frozen=True)
class Evaluating(Event):
    """An evaluation begins: `share` of the validation text, 0.0, is read."""

    share: float


@dataclass(frozen=True)
class Evaluated(Event):
    """The validation split was read."""

    loss: float
    perplexity: float
    bits_per_character: float
    whole: bool
    best: bool


@dataclass(frozen=True)
class Sampled(Event):
    """The model wrote something."""

    text: str


@dataclass(frozen=True)
class Saved(Event):
    """A checkpoint is on the disk."""

    name: str


@dataclass(frozen=True)
class Finished(Event):
    """Training ended: `why` is done, stopped (Ctrl-C) or patience."""

    why: str
    seconds: float
