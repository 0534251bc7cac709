"""`tune(recipe, folder, trials=…)`: look for settings with which a model learns a text best.

FOLDER/journal.log      the study, unless it is kept elsewhere
FOLDER/trials/0007/     runs; the best one is kept whole, of the others what they measured
FOLDER/seeds/           runs with further seeds, of the recipe as it was and of the winner
FOLDER/recipe.toml      the winner
FOLDER/report.json      what was tried, and what it says; *.svg: the same as pictures
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import os
import shutil
import time
from collections.abc import Callable, Generator, Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import DivergenceError, MebukiError, RecipeError, TextError, out_of_range
from ..extras import install
from ..recipes import Recipe
from .events import Evaluated, Finished, Started, Stepped
from .training import training
from .tuning_events import Began, Ended, Opened, Trained, Tried, Tuned, TuningEvent, Waiting
from .tuning_seeds import Seeds, tidy
from .tuning_space import Space, narrowed, setting, within

if TYPE_CHECKING:
    from optuna.trial import Trial

    from ..text import Corpus
    from .tuning_study import Study


def tune(
    recipe: Recipe,
    folder: str | os.PathLike[str],
    *,
    trials: int,
    watch: Callable[[TuningEvent], None] = lambda event: None,
    **how: Any,
) -> Recipe | None:
    """Look for better settings of a recipe; the winner, which is also `folder/recipe.toml`. None: no trial came to its end.

    Args:
        recipe: where to begin; its steps or minutes are those of each trial, its seed also that of the search.
        folder: where the study is kept; the same call goes on with a study that was stopped or killed.
        trials: so many in all, those of other workers and of earlier calls included.
        watch: called with every event.
        how: as for `tuning`.

    Raises:
        MebukiError: as for `tuning`.
    """
    best = None
    for event in tuning(recipe, folder, trials=trials, **how):
        watch(event)
        if isinstance(event, Tuned):
            best = event.best
    return recipe.change(**best.settings) if best else None


def tuning(
    recipe: Recipe,
    folder: str | os.PathLike[str],
    *,
    trials: int,
    search: Iterable[str] = (),
    budget: int | None = None,
    storage: str | None = None,
    name: str | None = None,
    pruner: str = "median",
    seeds: int = 3,
) -> Generator[TuningEvent]:
    """The same as an iterator of events; a trial that is under way when it is closed is tried again the next time.

    Args:
        search: limits of single settings, as for `narrowed`.
        budget: most parameters of a model; None: as many as the recipe's.
        storage: where a study of many workers is kept, an address as of SQLAlchemy; None: in the folder.
        name: of the study; None: that of the folder.
        pruner: how hopeless trials are known early: median, hyperband or none.
        seeds: with so many further seeds the recipe as it was and the winner are trained in the end, so that it is known
            by how much the winner is better; 0: with none.

    Raises:
        RecipeError: Optuna is missing, or a setting, an address or a number is wrong.
        RunError: the study is of something else.
        TextError, StorageError: as for `train`.
    """
    if find_spec("optuna") is None:
        raise RecipeError("tuning needs the package optuna, which is not installed", hint=install("tune"))
    if not 1 <= trials <= 10**6:
        raise out_of_range("trials", trials, 1, 10**6)
    if not 0 <= seeds <= 1000:
        raise out_of_range("seeds", seeds, 0, 1000)
    space = narrowed(recipe, search)
    from ..text import Corpus
    from .parameter_count import parameter_count
    from .tuning_study import Study

    folder = Path(folder)
    corpus = Corpus.from_settings(recipe.text)
    budget = budget or parameter_count(recipe.model, recipe.shape, corpus.vocabulary)
    about = _about(recipe, corpus, space, budget)
    name = name or folder.resolve().name
    with (
        contextlib.closing(corpus),
        Study(folder, name, storage, recipe.seed, pruner, about) as study,
    ):
        study.begin_with({name: search.nearest(setting(recipe, name)) for name, search in space.items()})
        worker = _Worker(recipe, folder, corpus, space, budget, study)
        shown = {name: str(search) for name, search in space.items()}
        yield Opened(name, folder, trials, tuple(study.tried()), shown, budget, seeds)
        while not worker.stopped:
            if trial := study.ask(trials):
                with contextlib.closing(worker.events(trial)) as events:
                    yield from events
            elif seeds and (busy := study.busy()):
                yield Waiting(busy)  # what other workers train may be better; where one is killed it is done here
                try:
                    time.sleep(1)
                except KeyboardInterrupt:
                    worker.stopped = True
            else:
                break
        start, best = study.ends()
        if not seeds or not start or not best or start == best:
            yield worker.report("stopped" if worker.stopped else "done")
            return
        with Study(folder, f"{name} seeds", storage, recipe.seed, "none", about) as others:
            repeats = Seeds(recipe, folder, corpus, others, start, best, seeds)
            repeats.stopped = worker.stopped
            with contextlib.closing(repeats.events()) as events:
                yield from events
            yield worker.report("stopped" if repeats.stopped else "done", repeats.report(), others.busy())


class _Worker:
    """What brings trials to their end."""

    def __init__(self, recipe: Recipe, folder: Path, corpus: Corpus, space: Space, budget: int, study: Study) -> None:
        self.recipe, self.folder, self.corpus = recipe, folder, corpus
        self.space, self.budget, self.study = space, budget, study
        self.stopped = False

    def events(self, trial: Trial) -> Generator[TuningEvent]:
        """One trial. What ends it from outside, Ctrl-C or an error of the machine, lets it be tried again."""
        home, began = self.folder / "trials" / f"{trial.number:04d}", time.monotonic()
        try:
            losses: list[float] = []
            error = ""
            try:
                yield from self._train(trial, home, losses)
            except DivergenceError:
                trial.report(math.nan, 1 + max((0, *trial.study.trials[trial.number].intermediate_values)))
                losses.append(math.nan)
            except (RecipeError, TextError, MemoryError, RuntimeError) as problem:
                error = _told(problem)
                if not error or not self.study.tried():  # nor would the others go better
                    raise
            if self.stopped:
                return
            trial.set_user_attr("seconds", round(time.monotonic() - began, 3))
            self._tell(trial, losses, error)
        finally:
            self.study.again(trial)  # nothing, if it has ended
            if not any(t.number == trial.number for t in self.study.tried()):
                shutil.rmtree(home, ignore_errors=True)
        from .tuning_study import best_of

        tried = self.study.tried()
        best = best_of(tried)
        self._tidy(tried, best)
        ended = next(t for t in tried if t.number == trial.number)
        yield Ended(ended, best, len(tried), self.study.busy())

    def _train(self, trial: Trial, home: Path, losses: list[float]) -> Generator[TuningEvent]:
        settings = {name: search.suggest(trial, name) for name, search in self.space.items()}
        recipe = within(self.recipe.change(**settings), self.budget, self.corpus.vocabulary, self.space)
        settings = {name: setting(recipe, name) for name in settings}
        trial.set_user_attr("settings", settings)
        shutil.rmtree(home, ignore_errors=True)  # of a study that was thrown away
        recipe, share = recipe.change(sample_tokens=0, keep=1), 0.0
        percent = 0
        with contextlib.closing(training(recipe, home, corpus=self.corpus)) as events:
            for event in events:
                self.study.see(trial)
                if isinstance(event, Started):
                    trial.set_user_attr("parameters", event.info["parameters"])
                    yield Began(trial.number, self.study.place(trial), settings, event.info["parameters"])
                elif isinstance(event, Stepped):
                    share = event.share
                elif isinstance(event, Finished):
                    self.stopped = event.why == "stopped"
                yield Trained(trial.number, event)
                if isinstance(event, Evaluated):
                    losses.append(event.loss)
                    if (
                        now := _percent(share, recipe.training.minutes)
                    ) > percent:  # a plan that is made anew goes back
                        trial.report(event.loss, now)
                        percent = now
                    if not math.isfinite(event.loss) or (share < 1 and trial.should_prune()):
                        losses.append(math.nan)
                        return

    def _tell(self, trial: Trial, losses: list[float], error: str) -> None:
        """Give Optuna the end of a trial; `losses` ends in nan if it was given up."""
        if error:
            from optuna.trial import TrialState

            trial.set_user_attr("error", error)
            self.study.study.tell(trial, state=TrialState.FAIL)
        else:
            self.study.close(trial, losses)

    def _tidy(self, tried: list[Tried], best: Tried | None) -> None:
        """Of trials that are not the best only keep what they measured."""
        for trial in tried:
            if best and trial.number != best.number:
                tidy(self.folder / "trials" / f"{trial.number:04d}")

    def report(self, why: str, seeds: dict[str, Any] | None = None, busy: int = 0) -> Tuned:
        """Write the report, with what further seeds say, and the winner."""
        from .tuning_report import report, write
        from .tuning_study import best_of, importance

        tried = self.study.tried()
        found = report(self.study.name, self.recipe, tried, self.space, importance(self.study), self.budget, seeds)
        best = best_of(tried)
        if best:
            write(self.folder, found, self.recipe.change(**best.settings))
        return Tuned(why, best, found, self.study.busy() + busy)


def _percent(share: float, minutes: float | None) -> int:
    """How far a training is: with minutes in tenths, since each trial has other steps."""
    return round(100 * share) if minutes is None else max(10, 10 * round(10 * share))


def _told(problem: Exception) -> str:
    """What is wrong with the settings of a trial; empty if it is not the settings."""
    if isinstance(problem, MebukiError):
        return problem.given
    names = {type(problem).__name__} | ({"OutOfMemoryError"} if "can't allocate memory" in str(problem) else set())
    return "there is not enough memory" if names & {"MemoryError", "OutOfMemoryError"} else ""


def _about(recipe: Recipe, corpus: Corpus, space: Space, budget: int) -> dict[str, Any]:
    """What workers on one study must have in common; no word of the text, and no path."""
    content = recipe.to_dict()
    content["text"].pop("sources")
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    search = {name: str(search) for name, search in space.items()}
    return {"text": corpus.sha256, "recipe": digest, "search": search, "budget": budget}
