"""A study of Optuna that survives its workers: several may work on it, and any may be killed at any moment.

A trial is asked for with the settings that Optuna proposes; the proposals are a function of (seed, place, trials before).
Who works holds a lock in FOLDER/.workers; a trial whose worker lives no more is marked failed, and its settings are tried again.
Workers on other machines are known by the time at which they were last seen.
"""

from __future__ import annotations

import contextlib
import math
import os
import platform
import time
import uuid
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import filelock
import optuna
from optuna.exceptions import ExperimentalWarning
from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock
from optuna.trial import FrozenTrial, Trial, TrialState

from ..errors import RecipeError, RunError, StorageError, unknown
from ..training.batches import derive
from .presence import is_held
from .tuning_events import Seeded, Tried

SILENCE = 600.0  # seconds after which a worker on another machine counts as dead
JOURNAL = "journal.log"
PRUNERS = ("median", "hyperband", "none")
TASK = ("trial", "seed")  # what is wished in a study of seeds: whose settings, and with which seed


class Study:
    """An open study; for `with`.

    Args:
        folder: of this worker; those on one machine share it.
        name: of the study in its storage.
        storage: an address as of SQLAlchemy; None: a journal in the folder.
        seed: of the proposals.
        pruner: median, hyperband or none.
        about: what is tuned on what; other workers must have the same.

    Raises:
        RecipeError: an unknown pruner, or a storage that cannot be opened.
        RunError: the study is about something else.
        StorageError: the folder cannot be written.
    """

    def __init__(
        self, folder: Path, name: str, storage: str | None, seed: int, pruner: str, about: dict[str, Any]
    ) -> None:
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        self.folder, self.name, self._local = folder, name, storage is None
        try:
            (folder / ".workers").mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(f"{folder} cannot be written: {error.strerror or error}", hint="--out DIR") from error
        self._asking = filelock.FileLock(folder / ".workers" / ".asking")
        self._worker = f"{platform.node() or 'here'}-{os.getpid()}-{uuid.uuid4().hex[:8]}"
        self._held = filelock.FileLock(folder / ".workers" / self._worker)
        self._seen = 0.0
        sampler = _Seeded(seed, self._place)
        try:
            with self._asking:
                kept = optuna.storages.RDBStorage(storage) if storage else _journal(folder / JOURNAL)
                self.study = optuna.create_study(
                    study_name=name, storage=kept, sampler=sampler, pruner=_pruner(pruner), load_if_exists=True
                )
                self._kept = kept
                known = self.study.user_attrs.get("about")
                if known is None:
                    self.study.set_user_attr("about", about)
        except (OSError, ValueError, ImportError, _database_error()) as error:
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise RecipeError(
                f"the storage {storage or folder / JOURNAL} cannot be opened: {reason}",
                allowed="an address as of SQLAlchemy, whose driver is installed",
                hint="sqlite:///tuning.db",
            ) from error
        if known not in (None, about):
            different = [key for key in about if known.get(key) != about[key]]
            raise RunError(
                f"the study {name!r} is of another {' and '.join(different)}",
                allowed="the same text, recipe, seed and search as before",
                hint="--out or --name for a new study",
            )

    def __enter__(self) -> Study:
        with self._asking:
            self._held.acquire()
            for place in (self.folder / ".workers").glob("[!.]*") if self._local else ():
                if place.name != self._worker and not is_held(place):  # of one that was killed
                    place.unlink(missing_ok=True)
        return self

    def __exit__(self, *_: object) -> None:
        self._held.release()
        if isinstance(self._kept, optuna.storages.RDBStorage):
            self._kept.remove_session()
            self._kept.engine.dispose()
        with contextlib.suppress(OSError):
            (self.folder / ".workers" / self._worker).unlink(missing_ok=True)

    def begin_with(self, settings: dict[str, Any]) -> None:
        """Try these first, if nobody has."""
        with self._asking:
            if not any(t.user_attrs.get("start") and (_waits(t) or self._counts(t)) for t in self._all()):
                self.study.enqueue_trial(settings, user_attrs={"start": True})

    def ask(self, wanted: int) -> Trial | None:
        """The next trial of so many in all; None if there are enough, with those that others train."""
        with self._asking:
            self._bury()
            if sum(map(self._counts, self._all())) >= wanted:
                return None
            trial = self.study.ask()
            trial.set_user_attr("worker", self._worker)
            self.see(trial)
            if not self._local and self._place(trial.number) >= wanted:  # another machine was quicker
                self.study.tell(trial, state=TrialState.FAIL)
                return None
            return trial

    def place(self, trial: Trial) -> int:
        """Which of the trials that count it is, from 1."""
        return 1 + self._place(trial.number)

    def see(self, trial: Trial) -> None:
        """Tell workers on other machines that this one lives, once a minute."""
        if not self._local and time.monotonic() - self._seen > 60:
            self._seen = time.monotonic()
            trial.set_user_attr("seen", time.time())

    def again(self, trial: Trial | FrozenTrial) -> None:
        """Mark a trial failed that was not brought to its end, and let its settings be tried again."""
        frozen = next(t for t in self._all() if t.number == trial.number)
        if frozen.state.is_finished():
            return
        fixed = {**frozen.system_attrs.get("fixed_params", {}), **frozen.params}
        kept = {name: frozen.user_attrs[name] for name in ("start", *TASK) if name in frozen.user_attrs}
        with contextlib.suppress(ValueError, RuntimeError):  # another worker was quicker
            self.study.tell(trial.number, state=TrialState.FAIL)
            self.study.enqueue_trial(fixed, user_attrs={"again": trial.number, **kept})

    def close(self, trial: Trial, losses: list[float]) -> None:
        """Tell the end of a trial: its lowest loss; `losses` ends in nan if it was given up, or blew up."""
        if losses and math.isfinite(losses[-1]):
            self.study.tell(trial, min(losses))
        else:
            self.study.tell(trial, state=TrialState.PRUNED)

    def wish(self, tasks: list[dict[str, int]]) -> None:
        """Let these be done, as far as they are not done, under way or wished."""
        with self._asking:
            self._bury()
            known = [_task(t) for t in self._all() if _waits(t) or self._counts(t)]
            for task in tasks:
                if task not in known:
                    self.study.enqueue_trial({}, user_attrs=task)

    def ask_wished(self, tasks: list[dict[str, int]]) -> Trial | None:
        """The next of these that waits; None if none does. What was wished before and is no more is dropped."""
        with self._asking:
            self._bury()
            while any(map(_waits, self._all())):
                trial = self.study.ask()
                if _task(trial) in tasks:
                    trial.set_user_attr("worker", self._worker)
                    self.see(trial)
                    return trial
                self.study.tell(trial, state=TrialState.FAIL)
        return None

    def repeated(self) -> list[Seeded]:
        """All wishes that were brought to their end."""
        found = []
        for trial in self._all():
            if trial.state in (TrialState.COMPLETE, TrialState.PRUNED):
                loss = trial.value if trial.state == TrialState.COMPLETE else None
                found.append(Seeded(**_task(trial), loss=loss, seconds=trial.user_attrs.get("seconds", 0.0)))
        return found

    def tried(self) -> list[Tried]:
        """All trials that have ended, in their order."""
        return [_tried(t) for t in self._all() if t.state.is_finished() and self._counts(t)]

    def ends(self) -> tuple[Tried | None, Tried | None]:
        """The trial of the recipe's own settings, if it came to its end, and the best one."""
        tried = self.tried()
        return next((t for t in tried if t.start and t.state == "done"), None), best_of(tried)

    def busy(self) -> int:
        """How many trials are being trained, by this worker and others."""
        return sum(t.state == TrialState.RUNNING and self._counts(t) for t in self._all())

    def _all(self) -> list[FrozenTrial]:
        return self.study.get_trials(deepcopy=False)

    def _place(self, number: int) -> int:
        """How many trials that count stand before this one."""
        return sum(self._counts(t) for t in self._all() if t.number < number)

    def _counts(self, trial: FrozenTrial) -> bool:
        match trial.state:
            case TrialState.COMPLETE | TrialState.PRUNED:
                return True
            case TrialState.FAIL:
                return "error" in trial.user_attrs
            case TrialState.RUNNING:
                return self._alive(trial)
            case _:
                return False

    def _alive(self, trial: FrozenTrial) -> bool:
        worker = trial.user_attrs.get("worker")
        if worker and (place := self.folder / ".workers" / worker).exists():
            return worker == self._worker or is_held(place)
        if self._local:
            return False
        began = trial.datetime_start.timestamp() if trial.datetime_start else 0.0
        return time.time() - trial.user_attrs.get("seen", began) < SILENCE

    def _bury(self) -> None:
        for trial in self._all():
            if trial.state == TrialState.RUNNING and not self._alive(trial):
                self.again(trial)
                if worker := trial.user_attrs.get("worker"):
                    (self.folder / ".workers" / worker).unlink(missing_ok=True)


class _Seeded(optuna.samplers.BaseSampler):
    """TPE whose chance is a function of (seed, place of the trial), so that one that was killed goes on as it would have."""

    def __init__(self, seed: int, place: Callable[[int], int]) -> None:
        self._seed, self._place_of = seed, place
        self._tpe = self._made(0)

    def _made(self, place: int) -> optuna.samplers.TPESampler:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ExperimentalWarning)
            seed = derive(self._seed, "tune", place) % 2**32
            return optuna.samplers.TPESampler(seed=seed, constant_liar=True)

    def before_trial(self, study: Any, trial: FrozenTrial) -> None:
        self._tpe = self._made(self._place_of(trial.number))

    def infer_relative_search_space(self, study: Any, trial: FrozenTrial) -> Any:
        return self._tpe.infer_relative_search_space(study, trial)

    def sample_relative(self, study: Any, trial: FrozenTrial, search_space: Any) -> dict[str, Any]:
        return self._tpe.sample_relative(study, trial, search_space)

    def sample_independent(self, study: Any, trial: FrozenTrial, param_name: str, param_distribution: Any) -> Any:
        return self._tpe.sample_independent(study, trial, param_name, param_distribution)

    def after_trial(self, study: Any, trial: FrozenTrial, state: Any, values: Any) -> None:
        self._tpe.after_trial(study, trial, state, values)


class _Lock(JournalFileOpenLock):
    """A lock of the system, which ends with its process."""

    def __init__(self, path: Path) -> None:
        self._lock = filelock.FileLock(path)

    def acquire(self) -> bool:
        self._lock.acquire()
        return True

    def release(self) -> None:
        self._lock.release()


def _journal(path: Path) -> optuna.storages.JournalStorage:
    """The journal of a folder; half a line, which a killed worker may have left at its end, is taken away."""
    lock = _Lock(path.with_name(path.name + ".lock"))
    backend = JournalFileBackend(str(path), lock)
    lock.acquire()
    try:
        content = path.read_bytes()
        if content and not content.endswith(b"\n"):
            os.truncate(path, content.rfind(b"\n") + 1)
    finally:
        lock.release()
    return optuna.storages.JournalStorage(backend)


def _pruner(name: str) -> optuna.pruners.BasePruner:
    """Steps of a pruner are percents of a training."""
    if name == "median":
        return optuna.pruners.MedianPruner(n_startup_trials=4, n_warmup_steps=20)
    if name == "hyperband":
        return optuna.pruners.HyperbandPruner(min_resource=10, max_resource=100, reduction_factor=3)
    if name == "none":
        return optuna.pruners.NopPruner()
    raise unknown("pruner", name, PRUNERS)


def _database_error() -> type[Exception]:
    from sqlalchemy.exc import SQLAlchemyError

    return SQLAlchemyError


def _waits(trial: FrozenTrial) -> bool:
    return trial.state == TrialState.WAITING


def _task(trial: Trial | FrozenTrial) -> dict[str, int]:
    return {name: trial.user_attrs[name] for name in TASK if name in trial.user_attrs}


def _tried(trial: FrozenTrial) -> Tried:
    about, done = trial.user_attrs, trial.state == TrialState.COMPLETE
    curve = dict(sorted(trial.intermediate_values.items()))
    last = next(reversed(curve.values()), math.nan)
    return Tried(
        number=trial.number,
        state="done" if done else "failed" if "error" in about else "pruned",
        loss=trial.value if done else last if math.isfinite(last) else None,
        settings=about.get("settings", trial.params),
        start=bool(about.get("start")),
        parameters=about.get("parameters", 0),
        seconds=about.get("seconds", 0.0),
        curve={percent: loss for percent, loss in curve.items() if math.isfinite(loss)},
        error=about.get("error", ""),
    )


def best_of(trials: list[Tried]) -> Tried | None:
    """The one that was brought to its end with the lowest loss."""
    done = [trial for trial in trials if trial.state == "done"]
    return min(done, key=lambda trial: (trial.loss, trial.number), default=None)


def importance(study: Study) -> dict[str, float]:
    """Which share of what tells good trials from others each setting has (PED-ANOVA); empty if nothing can be said."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that there are few trials is told by the picture
        try:
            evaluator = optuna.importance.PedAnovaImportanceEvaluator()
            found = optuna.importance.get_param_importances(study.study, evaluator=evaluator)
        except (RuntimeError, ValueError):
            return {}
    return {name: float(share) for name, share in found.items()}
