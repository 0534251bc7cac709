"""The list of models that can be talked to, and how one of them is found by its name in an address."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

from pydantic import BaseModel

from ..diary.vault import Keys
from ..errors import MebukiError
from .place import Place
from .problems import Problem
from .speakers import DIARY, PREFIX, READY, Calculating, Dreaming, Kind, Opened, Speaker, calculator_steps, open_run

Architecture = Literal["transformer", "rnn", "lstm", "gru", "bigram"]


class Step(BaseModel):
    """A checkpoint: best, last, or the name of a step's."""

    name: str
    step: int
    best: bool = False


class Model(BaseModel):
    """One that can be talked to.

    Attributes:
        id: as in an address.
        name: the run's title, or its folder's name; empty for the package's calculator and the diary's model, which the pages name themselves.
        grown: when, as an ISO time; empty: it came with the package.
        locked: it stands in an encrypted diary that was not opened yet.
        private: talks with it are not kept on the disk.
        text: what it has learned from, in a few words.
    """

    id: str
    kind: Kind
    name: str = ""
    architecture: Architecture = "transformer"
    parameters: int | None = None
    grown: str = ""
    steps: list[Step] = []
    locked: bool = False
    private: bool = False
    text: str = ""
    vocabulary: int | None = None


class Shelf:
    """All of a studio's models.

    Args:
        keys: of an encrypted diary while it is unlocked; None: it is locked.
    """

    def __init__(self, place: Place, keys: Callable[[], Keys | None]) -> None:
        self.place, self.opened, self._keys = place, Opened(), keys
        self._diary: tuple[Keys, int, Dreaming] | None = None  # of an encrypted one, for as long as it is unlocked

    def close(self) -> None:
        self._diary = None

    def list(self) -> list[Model]:
        """Runs, the latest first; the diary's model; the package's calculator."""
        return [*self._runs(), *self._diarys(), self._ready()]

    def speaker(self, id: str, checkpoint: str) -> Speaker:
        """Open one.

        Raises:
            Problem: there is none of this name; it is locked.
            RunError, DiaryError: it cannot be read, or has no such checkpoint.
        """
        if id == READY:
            return self.opened.get((READY,), _calculator)
        if id == DIARY:
            return self._dreaming()
        return open_run(self.folder(id), checkpoint or "best", self.opened)

    def folder(self, id: str) -> Path:
        """Of a run. Problem: there is none."""
        parts = id.removeprefix(PREFIX).split("/")
        if not id.isprintable() or not all(parts) or any(part.startswith(".") or "\\" in part for part in parts):
            raise Problem("model_missing", 404, name=id)
        folder = self.place.runs.joinpath(*parts)
        if not folder.is_dir():
            raise Problem("model_missing", 404, name=id)
        return folder

    def look_for(self, id: str) -> None:
        """Problem: there is none of this name, or it is locked."""
        if id == DIARY:
            self._dreaming()
        elif id != READY:
            self.folder(id)

    def is_private(self, id: str) -> bool:
        """Whether talks with it stay off the disk."""
        return id == DIARY and self._encrypted()

    def _encrypted(self) -> bool:
        from ..diary import store

        return store.is_encrypted(self.place.diary / store.NAME)

    def _dreaming(self) -> Speaker:
        path, keys = self._kept(), self._unlocked()
        if not path.is_file():
            raise Problem("model_missing", 404, name=DIARY)
        grown = path.stat().st_mtime_ns
        if not self._encrypted():
            return self.opened.get((DIARY, grown), lambda: self._read(None))
        if keys is None:
            raise Problem("model_locked", 423)
        if self._diary is None or self._diary[0] is not keys or self._diary[1] != grown:
            self._diary = keys, grown, self._read(keys)
        return self._diary[2]

    def _unlocked(self) -> Keys | None:
        """The keys; what was opened with others is forgotten."""
        keys = self._keys()
        if keys is None:
            self._diary = None
        return keys

    def _kept(self) -> Path:
        from ..diary.model import NAME
        from ..diary.shelf import PLACE

        return self.place.diary / PLACE / NAME

    def _read(self, keys: Keys | None) -> Dreaming:
        from ..diary.journal import Journal
        from ..diary.model import DiaryModel

        with Journal(self.place.diary, create=False, keys=keys) as journal:
            model = DiaryModel.load(journal)
        if model is None:
            raise Problem("model_missing", 404, name=DIARY)
        return Dreaming(model)

    def _ready(self) -> Model:
        from ..samples import calculator

        size = calculator().stat().st_size // 4
        return Model(id=READY, kind="calculator", parameters=size)

    def _diarys(self) -> Iterator[Model]:
        if not self._kept().is_file():
            return
        encrypted = self._encrypted()
        about = Model(id=DIARY, kind="diary", locked=encrypted and self._unlocked() is None, private=encrypted)
        with contextlib.suppress(MebukiError, Problem, OSError):
            if not about.locked and isinstance(speaker := self._dreaming(), Dreaming):
                model = speaker.model
                about.parameters = sum(array.size for array in model.weights.values())
                about.grown, about.vocabulary = model.about.grown, model.vocabulary
        yield about

    def _runs(self) -> list[Model]:
        from ..runs.kinds import runs_in

        tellers = {"text": self._text, "calculator": self._calculating}  # addition is no model to talk to
        found: list[tuple[float, Model]] = []
        for folder, kind in runs_in(self.place.runs).items():
            with contextlib.suppress(MebukiError, OSError):
                if kind in tellers:
                    found.append((_when(folder), tellers[kind](folder)))
        return [model for _, model in sorted(found, key=lambda pair: -pair[0])]

    def _id(self, folder: Path) -> str:
        name = folder.relative_to(self.place.runs).as_posix()
        return PREFIX + name if name in (READY, DIARY) or name.startswith(PREFIX) else name

    def _text(self, folder: Path) -> Model:
        """RunError: it has no checkpoint yet, or is damaged."""
        from ..runs.run import Run
        from ..runs.titles import about

        run = Run(folder)
        best = run.checkpoint("best").name
        return Model(
            id=self._id(folder),
            kind="text",
            name=about(folder)["title"] or folder.name,
            architecture=run.recipe.model,  # pyright: ignore[reportArgumentType]
            parameters=run.info["parameters"],
            grown=run.info["created"],
            steps=[Step(name=one.name, step=one.state.step, best=one.name == best) for one in run.checkpoints()],
            text=run.info["corpus"]["description"],
            vocabulary=run.info["vocabulary"],
        )

    def _calculating(self, folder: Path) -> Model:
        """RunError: it is no calculator's, or nothing was learned yet."""
        from ..runs.calculator import CalculatorRun
        from ..runs.titles import about

        run = CalculatorRun(folder)
        path = run.folder / "model.safetensors"
        return Model(
            id=self._id(folder),
            kind="calculator",
            name=about(folder)["title"] or folder.name,
            parameters=path.stat().st_size // 4,
            grown=_iso(path.stat().st_mtime),
            steps=[Step(name=one.name, step=one.state.step) for one in calculator_steps(folder)],
        )


def _calculator() -> Speaker:
    from ..runs.answering import Calculator

    return Calculating(Calculator.ready())


def _when(folder: Path) -> float:
    for name in ("run.json", "settings.json"):
        with contextlib.suppress(OSError):
            return (folder / name).stat().st_mtime
    return 0.0


def _iso(seconds: float) -> str:
    from datetime import UTC, datetime

    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"
