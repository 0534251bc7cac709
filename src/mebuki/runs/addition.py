"""A training on addition as a folder: what it was made from, how it went, and the model.

settings.json        the settings, and what the run is
metrics.jsonl        one line for each thing measured
model.safetensors    the weights, replaced whole each time
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import RunError
from ..text.folders import new_folder
from ..training.addition_settings import AdditionSettings
from .interrupt import Interrupt
from .presence import Presence
from .records import Records, read_records
from .settings_file import read_settings, write_settings
from .weights_file import save_weights

if TYPE_CHECKING:
    from ..training.addition import AdditionTrainer, Look

KIND = "addition"
LOOK = 1000  # problems kept aside, that it is tried on while it learns


@dataclass(frozen=True)
class AdditionProgress:
    """Where a training stands, for who watches.

    Attributes:
        step, share: the last step taken, and how much of all is done.
        loss: in nats a letter, a mean over the last steps.
        exact: share of problems kept aside that were solved at the last look, None before the first.
        left: seconds to go, None while nobody knows.
    """

    step: int
    share: float
    loss: float
    exact: float | None
    left: float | None
    seconds: float


def train_addition(
    settings: AdditionSettings,
    folder: str | os.PathLike[str],
    *,
    watch: Callable[[AdditionProgress], None] = lambda progress: None,
) -> AdditionRun:
    """Train a model from the beginning, and keep it in a new folder. Ctrl-C ends it early; what it learned is kept.

    Raises:
        StorageError: the folder holds something already, or cannot be written.
        RecipeError: the seed keeps no problem aside.
        MebukiError: the training has blown up.
    """
    from ..tasks import Addition
    from ..training.addition import AdditionTrainer

    folder = Path(folder)
    Addition(settings.digits, seed=settings.seed).heldout(1)  # refused before a folder is made
    with new_folder(folder) as unfinished:
        write_settings(unfinished, KIND, settings)
    records = Records(folder / "metrics.jsonl", again="mebuki addition")
    presence = Presence(folder)
    try:
        with Interrupt(wish=lambda: presence.asked) as interrupt, presence:
            trainer = AdditionTrainer(settings)
            _learn(trainer, interrupt, presence, folder, records, watch)
            save_weights(
                folder / "model.safetensors", trainer.weights()
            )  # first: a second Ctrl-C may end the last look
            found = trainer.look()
            why = "stopped" if interrupt.asked else "done"
            _record(records, trainer, found, event="end", why=why, problems=len(trainer.heldout))
            records.sync()
            presence.tell(step=trainer.number, why=why)
    finally:
        records.close()
    return AdditionRun(folder)


def _learn(
    trainer: AdditionTrainer,
    interrupt: Interrupt,
    presence: Presence,
    folder: Path,
    records: Records,
    watch: Callable[[AdditionProgress], None],
) -> None:
    """All steps, with a look at the problems kept aside after each of so many equal parts."""
    found, losses, looks, shown = trainer.look(LOOK), [], 0, 0.0
    _record(records, trainer, found, event="evaluation")
    for step in trainer:
        losses.append(step.loss)
        if trainer.share * trainer.settings.evaluations >= looks + 1:
            looks = int(trainer.share * trainer.settings.evaluations)
            found = trainer.look(LOOK)
            _record(records, trainer, found, event="evaluation", learning=sum(losses) / len(losses))
            save_weights(folder / "model.safetensors", trainer.weights())
            losses, shown = losses[-1:], 0.0
        if time.monotonic() - shown > 0.1:
            shown = time.monotonic()
            loss = sum(losses[-50:]) / len(losses[-50:])
            presence.tell(
                doing="training",
                step=step.number,
                total=trainer.settings.steps,
                share=trainer.share,
                loss=loss,
                left=trainer.left,
                exact=found.exact,
            )
            watch(AdditionProgress(step.number, trainer.share, loss, found.exact, trainer.left, trainer.seconds))
        if interrupt.asked:
            break


def _record(records: Records, trainer: AdditionTrainer, found: Look, **facts: Any) -> None:
    seconds = round(trainer.seconds, 2)
    records.add({**facts, "step": trainer.number, "seconds": seconds, "loss": found.loss, "exact": found.exact})


class AdditionRun:
    """A trained model, opened again.

    Raises:
        RunError: the folder is missing, or no run of addition.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder)
        self.settings = read_settings(folder, KIND, AdditionSettings)

    def __repr__(self) -> str:
        return f"AdditionRun({str(self.folder)!r})"

    @cached_property
    def model(self) -> AdditionTrainer:
        """The model with what it learned, and the problems it learned from.

        Raises:
            RunError: the weights are missing, damaged or of another model.
        """
        from safetensors import SafetensorError
        from safetensors.numpy import load

        from ..training.addition import AdditionTrainer

        path = self.folder / "model.safetensors"
        trainer = AdditionTrainer(self.settings)
        try:
            weights = load(path.read_bytes())
        except FileNotFoundError:
            raise RunError(f"{path} is missing: this run was ended too early", hint="training it again") from None
        except (OSError, SafetensorError, ValueError, KeyError) as error:
            raise RunError(f"{path} is damaged: {error}", hint="training it again") from error
        if {n: w.shape for n, w in weights.items()} != {n: w.shape for n, w in trainer.weights().items()}:
            raise RunError(f"the weights in {path} do not fit {self.folder / 'settings.json'}")
        trainer.engine.load(weights)
        return trainer

    @property
    def metrics(self) -> list[dict[str, Any]]:
        """Everything measured, in order; damaged rows are passed over."""
        return [row for row in read_records(self.folder / "metrics.jsonl") if _is_whole(row)]

    @property
    def evaluations(self) -> list[dict[str, Any]]:
        """The looks at problems kept aside: step, seconds, loss and exact; the last one at the most problems."""
        return [row for row in self.metrics if row["event"] in ("evaluation", "end")]

    @property
    def result(self) -> dict[str, Any]:
        """How it ended.

        Raises:
            RunError: it did not end.
        """
        ends = [row for row in self.metrics if row["event"] == "end"]
        if not ends:
            raise RunError(f"{self.folder} did not come to its end", hint="training it again")
        return ends[-1]

    def ask(self, *questions: str) -> list[str]:
        """The model's answers to "57+5" and the like."""
        return self.model.answers(*questions)


def _is_whole(row: dict[str, Any]) -> bool:
    """Whether a look has all that it should have."""
    kinds: dict[str, Any] = dict.fromkeys(("seconds", "loss", "exact"), (int, float))
    if row["event"] == "end":
        kinds |= {"why": str, "problems": int}
    return row["event"] not in ("evaluation", "end") or all(isinstance(row.get(n), kind) for n, kind in kinds.items())
