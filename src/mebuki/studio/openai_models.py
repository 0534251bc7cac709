"""Which models the compatible endpoints offer: runs named on the command line, or all of a studio's."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import RunError
from .models import Shelf
from .openai_errors import ApiError
from .problems import Problem
from .speakers import READY, Calculating, Dreaming, Writing

if TYPE_CHECKING:
    from ..generation.batching import TextBatch
    from ..runs.calculator_batch import CalculatorBatch
    from ..runs.run import Run

KEPT = 4  # models of a studio that stay open


@dataclass(frozen=True)
class Card:
    """A model's name, and when it was made, in seconds since 1970."""

    id: str
    created: int

    def to_dict(self) -> dict[str, Any]:
        return {"id": self.id, "object": "model", "created": self.created, "owned_by": "mebuki"}


class Models(ABC):
    """Models by name."""

    @abstractmethod
    def cards(self) -> list[Card]: ...

    @abstractmethod
    def open(self, id: str) -> TextBatch | CalculatorBatch:
        """Make a model ready; the same one each time, as long as it is kept. ApiError, MebukiError: it cannot be had."""

    def card(self, id: str) -> Card:
        """ApiError: there is none of this name."""
        for card in self.cards():
            if card.id == id:
                return card
        raise missing(id)


def missing(id: str) -> ApiError:
    return ApiError(404, f"there is no model {id[:100]!r}", param="model", code="model_not_found")


class Given(Models):
    """Runs by their folders, and `calculator` for the one in the package. All are opened at once.

    Raises:
        RunError: one is no run, or two have one name.
        MebukiError: one cannot be opened.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._batches: dict[str, TextBatch | CalculatorBatch] = {}
        self._created: dict[str, int] = {}
        for name in names:
            id, created, batch = _opened(name)
            if id in self._batches:
                raise RunError(f"two models are called {id}", hint="rename one of the folders")
            self._batches[id], self._created[id] = batch, created

    def cards(self) -> list[Card]:
        return [Card(id, created) for id, created in self._created.items()]

    def open(self, id: str) -> TextBatch | CalculatorBatch:
        if id not in self._batches:
            raise missing(id)
        return self._batches[id]


class OfStudio(Models):
    """What the pages can talk to, but for the model of an encrypted diary."""

    def __init__(self, shelf: Shelf) -> None:
        self.shelf, self._lock = shelf, threading.Lock()
        self._kept: OrderedDict[str, tuple[Any, TextBatch | CalculatorBatch]] = OrderedDict()

    def cards(self) -> list[Card]:
        return [Card(model.id, _seconds(model.grown)) for model in self.shelf.list() if not model.private]

    def open(self, id: str) -> TextBatch | CalculatorBatch:
        try:
            if self.shelf.is_private(id):
                raise missing(id)
            speaker = self.shelf.speaker(id, "")
        except Problem:
            raise missing(id) from None
        with self._lock:
            source, batch = self._kept.pop(id, (None, None))
            if batch is None or source is not speaker:
                batch = _batch_of(speaker)
            self._kept[id] = speaker, batch
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
            return batch


def _batch_of(speaker: Any) -> TextBatch | CalculatorBatch:
    if isinstance(speaker, Writing):
        return text_batch(speaker.run)
    if isinstance(speaker, Dreaming):
        from ..diary.material import BEGIN
        from ..generation.batching import TextBatch

        model = speaker.model
        return TextBatch(model.decoder, model.tokenizer, context=model.shape.context, stop=(BEGIN,))
    assert isinstance(speaker, Calculating)
    from ..runs.answering import Calculator

    given = speaker.calculator
    return _calculating(Calculator(given.weights, given.settings, name=given.name))


def text_batch(run: Run) -> TextBatch:
    """A run to generate with, by its best checkpoint."""
    from ..generation.batching import TextBatch
    from ..runs.writers import writer

    context = run.recipe.shape.context if run.recipe.model == "transformer" else 0
    return TextBatch(writer(run), run.tokenizer, context=context)


def _calculating(calculator: Any) -> CalculatorBatch:
    from ..runs.calculator_batch import CalculatorBatch

    return CalculatorBatch(calculator)


def _opened(name: str) -> tuple[str, int, TextBatch | CalculatorBatch]:
    from ..runs.answering import Calculator

    folder = Path(name)
    if (folder / "settings.json").is_file() or (name == READY and not folder.exists()):
        calculator = Calculator.open(name)
        made = _age(folder / "model.safetensors") if folder.exists() else 0
        return (folder.resolve().name if folder.exists() else READY), made, _calculating(calculator)
    from ..generation.compiled import available
    from ..runs.run import Run

    run = Run(folder)
    available(run.recipe.model, wait=True)
    return run.folder.resolve().name, _seconds(run.info["created"]), text_batch(run)


def _age(path: Path) -> int:
    return int(path.stat().st_mtime)


def _seconds(iso: str) -> int:
    try:
        when = datetime.fromisoformat(iso)
    except ValueError:
        return 0
    return int(when.replace(tzinfo=when.tzinfo or UTC).timestamp())
