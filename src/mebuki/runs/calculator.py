"""A training of the calculator as a folder: what it was made from, how it went, and the model.

settings.json          the settings, and what the run is
metrics.jsonl          one line for each thing measured: losses, examinations by suite, samples with their steps
begin.safetensors      the weights it began with, if they were not drawn
checkpoints/           the last two, from which a stopped or killed training goes on bit for bit
model.safetensors      the weights to use, replaced whole each time
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import RecipeError, RunError
from ..text.folders import new_folder
from ..training.calculator_settings import CalculatorSettings
from . import checkpoints
from .interrupt import Interrupt
from .presence import Presence
from .records import Records, read_records
from .settings_file import read_settings, write_settings
from .weights_file import save_weights

if TYPE_CHECKING:
    from .answering import Calculator

KIND = "calculator"
LOCK = ".training"
BEGIN = "begin.safetensors"
PART = 50  # steps whose loss is written as one
SAMPLED = ("mixed 3 operators", "expand", "fractions + -")  # a problem of each is written out at every examination


@dataclass(frozen=True)
class CalculatorProgress:
    """Where a training stands, for who watches.

    Attributes:
        step, share: the last step taken, and how much of all is done.
        loss: in nats a letter, a mean over the last steps.
        exact: of each suite, the share written exactly at the last examination; empty before the first.
        samples: questions and what was written after them, at the last examination.
        left: seconds to go, None while nobody knows.
    """

    step: int
    share: float
    loss: float
    exact: dict[str, float]
    samples: list[tuple[str, str]]
    left: float | None
    letters_per_second: float


def train_calculator(
    settings: CalculatorSettings,
    folder: str | os.PathLike[str],
    *,
    begin: Calculator | None = None,
    watch: Callable[[CalculatorProgress], None] = lambda progress: None,
) -> CalculatorRun:
    """Train a model, and keep it in a new folder. After Ctrl-C or a power cut `resume` goes on.

    Args:
        begin: a calculator whose weights are those to begin with; none: they are drawn.

    Raises:
        RecipeError: `begin` has another shape.
        StorageError: the folder holds something already, or cannot be written.
        MebukiError: the training has blown up.
    """
    folder = Path(folder)
    with new_folder(folder) as unfinished:
        if begin:
            for name in ("width", "layers", "heads", "work"):
                if (wanted := getattr(settings, name)) != (has := getattr(begin.settings, name)):
                    raise RecipeError(f"{begin.name} has {name} {has}, not {wanted}", hint=f"--{name} {has}")
            save_weights(unfinished / BEGIN, begin.weights)
        write_settings(unfinished, KIND, settings)
        (unfinished / "checkpoints").mkdir()
    return resume(folder, watch=watch)


def resume(
    folder: str | os.PathLike[str], *, watch: Callable[[CalculatorProgress], None] = lambda progress: None
) -> CalculatorRun:
    """Go on with a training that was stopped or killed, bit for bit as if it had not been; one that is done is left alone.

    Raises:
        RunError: the folder is no run of a calculator, or another process trains it.
        StorageError: it cannot be written.
    """
    run = CalculatorRun(folder)
    if run.done:
        return run
    with Presence(run.folder, LOCK) as presence:
        _Training(run, watch, presence).go()
    return CalculatorRun(folder)


class _Training:
    """The loop around the steps."""

    def __init__(self, run: CalculatorRun, watch: Callable[[CalculatorProgress], None], presence: Presence) -> None:
        from ..training.calculator import CalculatorTrainer

        self.run, self.watch, self.presence = run, watch, presence
        self.trainer = CalculatorTrainer(run.settings)
        self.home = run.folder / "checkpoints"
        self.records = Records(run.folder / "metrics.jsonl", again=f"mebuki calculator --resume {run.folder}")
        self.losses: list[float] = []
        self.exact: dict[str, float] = {}
        self.samples: list[tuple[str, str]] = []
        self.saved, self.shown, self.letters = time.monotonic(), 0.0, 0
        checkpoints.sweep(self.home)
        found, _ = checkpoints.restore(self.home, self._load)
        if not found and (run.folder / BEGIN).exists():
            weights = checkpoints.read_tensors(run.folder / BEGIN)
            checkpoints.compare("weights", weights, self._shapes, run.folder)
            self.trainer.begin_with(weights)
        if found:
            self.records.add({"event": "resume", "step": self.trainer.number})
            self.losses = list(found.state.losses)
            if run.examinations:
                self.exact = run.examinations[-1]["exact"]
        self.begun, self.first = time.monotonic(), self.trainer.number

    @property
    def _shapes(self) -> dict[str, tuple[int, ...]]:
        return {name: tuple(p.shape) for name, p in self.trainer.model.named_parameters()}

    def _load(self, checkpoint: checkpoints.Checkpoint) -> None:
        weights, state = checkpoint.weights(), checkpoint.training()
        checkpoints.compare("weights", weights, self._shapes, checkpoint.folder)
        checkpoints.compare("state", state, self.trainer.shapes(checkpoint.state.step), checkpoint.folder)
        self.trainer.load(weights, state)
        self.trainer.number, self.trainer.seconds = checkpoint.state.step, checkpoint.state.seconds

    def go(self) -> None:
        settings, trainer = self.run.settings, self.trainer
        try:
            with Interrupt(wish=lambda: self.presence.asked) as interrupt:
                while not trainer.over and not interrupt.asked:
                    step = trainer.step()
                    self.losses.append(step.loss)
                    self.letters += step.tokens
                    if trainer.number % PART == 0:
                        loss = sum(self.losses) / len(self.losses)
                        self._record("train", loss=loss, norm=step.gradient_norm)
                        self.losses = []
                    if trainer.number * settings.examinations // settings.steps > self._looks(trainer.number - 1):
                        self._examine()
                    if time.monotonic() - self.saved > settings.save_seconds:
                        self.save()
                    if time.monotonic() - self.shown > 0.2:
                        self._show(step.loss)
                self.save()
                if trainer.over and (not (rows := self.run.metrics) or rows[-1]["event"] != "end"):
                    self._record("end", exact=self.exact)
                    self.records.sync()
                if trainer.over:
                    self.presence.tell(why="done")
        finally:
            self.records.close()

    def _looks(self, step: int) -> int:
        return step * self.run.settings.examinations // self.run.settings.steps

    def _record(self, event: str, **facts: Any) -> None:
        trainer = self.trainer
        self.records.add({"event": event, "step": trainer.number, "seconds": round(trainer.seconds, 2), **facts})

    def _examine(self) -> None:
        from ..tasks.calculator.suites import SUITES, examination

        kinds = {"addition": ("add", "long"), "brackets": "brackets"}.get(self.run.settings.problems, "")
        suites = [name for name in SUITES if name.startswith(kinds)]
        self.presence.tell(step=self.trainer.number, doing="evaluating")
        self.exact = self.trainer.examine(suites, self.run.settings.examined)
        self._record("examination", exact=self.exact)
        self.save()
        calculator, self.samples = self.run.calculator(self.trainer.weights()), []
        for suite in SAMPLED if not kinds else suites[-1:]:
            problem = examination(suite, 1, self.trainer.number)[0]
            written = calculator.ask([(problem.expression, problem.ask)])[0]
            self.samples.append((problem.expression, written.shown))
            self._record("sample", suite=suite, question=problem.expression, ask=problem.ask, written=written.written)

    def save(self) -> None:
        trainer = self.trainer
        state = checkpoints.State(trainer.number, seconds=trainer.seconds, losses=tuple(self.losses))
        weights = trainer.weights()
        self.records.sync()
        checkpoints.save(self.home, state, weights, trainer.state())
        checkpoints.prune(self.home, 2)
        save_weights(self.run.folder / "model.safetensors", weights)
        self.saved = time.monotonic()

    def _show(self, loss: float) -> None:
        self.shown = now = time.monotonic()
        taken, trainer = self.trainer.number - self.first, self.trainer
        pace = taken / max(now - self.begun, 1e-9)
        left = (self.run.settings.steps - trainer.number) / pace if taken > 5 else None
        loss = sum(self.losses) / len(self.losses) if self.losses else loss
        rate = self.letters / max(now - self.begun, 1e-9)
        self.presence.tell(
            doing="training",
            step=trainer.number,
            total=self.run.settings.steps,
            share=trainer.share,
            loss=loss,
            tokens_per_second=rate,
            left=left,
        )
        self.watch(CalculatorProgress(trainer.number, trainer.share, loss, self.exact, self.samples, left, rate))


class CalculatorRun:
    """A training of a calculator, opened.

    Raises:
        RunError: the folder is missing, or no run of a calculator.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder)
        self.settings = read_settings(folder, KIND, CalculatorSettings)

    def __repr__(self) -> str:
        return f"CalculatorRun({str(self.folder)!r})"

    @property
    def metrics(self) -> list[dict[str, Any]]:
        """Everything measured, in order."""
        return read_records(self.folder / "metrics.jsonl")

    @property
    def examinations(self) -> list[dict[str, Any]]:
        """The examinations: step, seconds, and of each suite the share written exactly."""
        return [row for row in self.metrics if row["event"] == "examination"]

    @property
    def done(self) -> bool:
        """Whether the training came to its end."""
        return any(row["event"] == "end" for row in self.metrics)

    def calculator(self, weights: dict[str, Any] | None = None) -> Calculator:
        """The model as it can be asked; by default with the weights that were saved last.

        Raises:
            RunError: there are none yet, or they are damaged.
        """
        from .answering import Calculator

        return Calculator(self._saved if weights is None else weights, self.settings, name=self.folder.name)

    @cached_property
    def _saved(self) -> dict[str, Any]:
        path = self.folder / "model.safetensors"
        if not path.exists():
            raise RunError(
                f"{path} is missing: nothing was learned yet", hint=f"mebuki calculator --resume {self.folder}"
            )
        return checkpoints.read_tensors(path)
