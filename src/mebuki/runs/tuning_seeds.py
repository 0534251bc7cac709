"""The closing step of a tuning: the recipe as it was and the winner, trained again with seeds that chose neither.

The winner won with one seed, and among many: part of its lead is luck. What other seeds say is not.

FOLDER/seeds/0007-seed-1/   runs: trial 7 with seed 1, what they measured

Each training is a trial of a study of its own beside the first, "NAME seeds", so that it survives, is shared by workers,
and is done once, as a trial is.
"""

from __future__ import annotations

import contextlib
import math
import shutil
import time
from collections.abc import Generator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import DivergenceError
from ..evaluation.paired import paired
from ..recipes import Recipe
from .events import Evaluated, Finished
from .training import training
from .tuning_events import Repeated, Repeating, Seeded, Trained, Tried, TuningEvent

if TYPE_CHECKING:
    from optuna.trial import Trial

    from ..text import Corpus
    from .tuning_study import Study

KEPT = ("recipe.toml", "run.json", "metrics.jsonl", "tokenizer.json")  # of runs that are not the best


class Seeds:
    """The trainings of two trials with further seeds.

    Args:
        recipe: where the tuning began; its seed is that of the trials, and those after it are the further ones.
        folder: of the tuning.
        corpus: the text.
        study: where the trainings are kept.
        start: the trial of the recipe as it was; best: that of the winner.
        count: how many further seeds.

    Attributes:
        stopped: whether somebody wished to stop.
    """

    def __init__(
        self, recipe: Recipe, folder: Path, corpus: Corpus, study: Study, start: Tried, best: Tried, count: int
    ) -> None:
        self.recipe, self.folder, self.corpus, self.study = recipe, folder, corpus, study
        self.start, self.best, self.count = start, best, count
        self.stopped = False

    def wanted(self) -> list[dict[str, int]]:
        """All trainings, in their order: by seeds, so that each pair that is done says something."""
        seeds = range(self.recipe.seed + 1, self.recipe.seed + 1 + self.count)
        return [{"trial": trial.number, "seed": seed} for seed in seeds for trial in (self.start, self.best)]

    def done(self) -> list[Seeded]:
        """Those that were brought to their end, in their order."""
        found = {(one.trial, one.seed): one for one in self.study.repeated()}
        return [found[key] for task in self.wanted() if (key := (task["trial"], task["seed"])) in found]

    def events(self) -> Generator[TuningEvent]:
        """Train what is not done."""
        if not self.stopped:
            self.study.wish(self.wanted())
        while not self.stopped and (trial := self.study.ask_wished(self.wanted())):
            with contextlib.closing(self._train(trial)) as events:
                yield from events

    def _train(self, trial: Trial) -> Generator[TuningEvent]:
        """One training. What ends it from outside lets it be done again, from its beginning."""
        number, seed = trial.user_attrs["trial"], trial.user_attrs["seed"]
        tried = self.start if number == self.start.number else self.best
        home, began = self.folder / "seeds" / f"{number:04d}-seed-{seed}", time.monotonic()
        done = False
        try:
            shutil.rmtree(home, ignore_errors=True)  # of a study that was thrown away
            place = 1 + len(self.done())
            yield Repeating(number, tried.start, seed, place, len(self.wanted()), tried.settings, tried.parameters)
            losses: list[float] = []
            try:
                yield from self._learn(trial, tried, home, losses)
            except DivergenceError:
                losses.append(math.nan)
            if self.stopped:
                return
            trial.set_user_attr("seconds", round(time.monotonic() - began, 3))
            self.study.close(trial, losses)
            done = True
        finally:
            self.study.again(trial)  # nothing, if it has ended
            if not done:
                shutil.rmtree(home, ignore_errors=True)
        tidy(home)
        found = self.done()
        ended = next(one for one in found if (one.trial, one.seed) == (number, seed))
        yield Repeated(ended, tuple(found), len(self.wanted()), self.study.busy())

    def _learn(self, trial: Trial, tried: Tried, home: Path, losses: list[float]) -> Generator[TuningEvent]:
        seed = trial.user_attrs["seed"]
        recipe = self.recipe.change(**tried.settings, seed=seed, sample_tokens=0, keep=1)
        with contextlib.closing(training(recipe, home, corpus=self.corpus)) as events:
            for event in events:
                self.study.see(trial)
                if isinstance(event, Evaluated):
                    losses.append(event.loss)
                elif isinstance(event, Finished):
                    self.stopped = event.why == "stopped"
                yield Trained(tried.number, event)

    def report(self) -> dict[str, Any] | None:
        """What the seeds say; None if no training has ended. Pairs of which one blew up stand in no mean.

        `gain` is by how much the loss of the winner is lower: its mean, the deviation of the differences, and the limits
        between which it lies with a confidence of 95%.
        """
        found = {(one.trial, one.seed): asdict(one) for one in self.done()}
        if not found:
            return None
        rows = []
        for seed in dict.fromkeys(seed for _, seed in found):
            both = {name: found.get((t.number, seed)) for name, t in (("default", self.start), ("best", self.best))}
            rows.append({"seed": seed, **both})
        whole = [
            row for row in rows if all(row[name] and row[name]["loss"] is not None for name in ("default", "best"))
        ]
        told: dict[str, Any] = {"wanted": self.count, "rows": rows, "default": None, "best": None, "gain": None}
        if whole:
            losses = {name: [row[name]["loss"] for row in whole] for name in ("default", "best")}
            means = paired(losses["default"], losses["best"])
            told["default"] = {"loss": means.first, "perplexity": math.exp(min(means.first, 700))}
            told["best"] = {"loss": means.second, "perplexity": math.exp(min(means.second, 700))}
            told["gain"] = {
                "pairs": means.pairs,
                "better": means.better,
                "mean": means.gain,
                "deviation": means.deviation,
                "low": means.low,
                "high": means.high,
            }
        return told


def lower_by(gain: dict[str, Any]) -> str:
    """By how much the winner's loss is lower, with the limits of its confidence interval.

    >>> lower_by({"mean": 0.05, "low": 0.025, "high": 0.075}), lower_by({"mean": -0.01, "low": None, "high": None})
    ('lower by 0.050 (0.025 to 0.075)', 'higher by 0.010')
    """
    word, sign = ("lower", 1) if gain["mean"] >= 0 else ("higher", -1)
    if gain["low"] is None:
        return f"{word} by {abs(gain['mean']):.3f}"
    low, high = sorted((sign * gain["low"], sign * gain["high"]))
    return f"{word} by {abs(gain['mean']):.3f} ({low:.3f} to {high:.3f})"


def tidy(home: Path) -> None:
    """Keep what a run measured, and no more."""
    for path in home.iterdir() if home.is_dir() else ():
        if path.name not in KEPT:
            with contextlib.suppress(OSError):
                shutil.rmtree(path) if path.is_dir() else path.unlink()
