"""A run opened again: its recipe, what it measured, its checkpoints, and the model in them."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import RunError, unknown
from ..recipes import Recipe
from .engines import ENGINES
from .kinds import runs_in
from .records import read_records
from .writers import writer

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..evaluation.perplexity import Evaluation
    from ..text import Corpus, Tokenizer
    from .checkpoints import Checkpoint


FACTS = {  # that run.json must have
    **dict.fromkeys(("vocabulary", "parameters", "threads"), int),
    **dict.fromkeys(("machine", "created", "device", "precision"), str),
    **dict.fromkeys(("corpus", "baselines"), dict),
}


class Run:
    """A folder with a trained model.

    Args:
        folder: of the run, or of one of its checkpoints.

    Attributes:
        chosen: the checkpoint whose weights are used: best, last, or a step.
        engine: that computes, torch or scratch (to generate also compiled); None: the one that trained it (to generate
            compiled, where it can be had).

    Raises:
        RunError: it is missing, is no run, or is a file of another kind.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder)
        self.chosen = "best"
        self.engine: str | None = None
        self.writers: dict[Any, Any] = {}  # what has generated so far
        if self.folder.parent.name == "checkpoints" and (self.folder / "state.json").is_file():
            self.chosen, self.folder = self.folder.name, self.folder.parent.parent
        if self.folder.is_file():
            from .checkpoints import refuse_pickle

            refuse_pickle(self.folder)
            raise RunError(f"{folder} is a file", allowed="the folder of a run", hint="mebuki runs")
        if not self.folder.exists():
            raise RunError(f"there is no run {folder}", allowed="the folder of a run", hint="mebuki runs")
        if not (self.folder / "recipe.toml").is_file():
            raise RunError(
                f"{folder} is no run: it has no recipe.toml", allowed="the folder of a run", hint="mebuki runs"
            )

    def __repr__(self) -> str:
        return f"Run({str(self.folder)!r})"

    @cached_property
    def recipe(self) -> Recipe:
        return Recipe.load(self.folder / "recipe.toml")

    @cached_property
    def info(self) -> dict[str, Any]:
        """What was found out when it began: parameters, vocabulary, precision, threads, baselines, versions."""
        path = self.folder / "run.json"
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            if not isinstance(content, dict):
                raise ValueError("no facts")
            package = ENGINES[self.recipe.training.engine].package
            for name, kind in {**FACTS, package: str}.items():
                if type(content.get(name)) is not kind:
                    raise ValueError(f"no {name}")
            if not isinstance(content["corpus"].get("description"), str):
                raise ValueError("no description of the corpus")
            return content
        except (OSError, ValueError) as error:
            raise RunError(
                f"{path} is missing or damaged ({error})", hint="a copy of the run, or training it again"
            ) from error

    @property
    def imported(self) -> bool:
        """Whether it was made elsewhere, and has no text of its own."""
        return "imported" in self.info

    @cached_property
    def tokenizer(self) -> Tokenizer:
        from ..text import load_tokenizer

        return load_tokenizer(self.folder / "tokenizer.json", elsewhere=self.imported)

    @cached_property
    def corpus(self) -> Corpus:
        """The text as ids, kept with the run. RunError: it was imported, and has none."""
        from ..text import Corpus

        if self.imported:
            raise RunError(
                f"{self.folder} was imported, and has no text of its own",
                allowed="what needs none: to generate, and to evaluate on files",
                hint=f"mebuki evaluate {self.folder} TEXT",
            )
        return Corpus.open(self.folder / "corpus")

    def metrics(self) -> list[dict[str, Any]]:
        """The rows of metrics.jsonl that count."""
        return read_records(self.folder / "metrics.jsonl")

    def samples(self) -> list[dict[str, Any]]:
        """The rows of samples.jsonl that count."""
        return read_records(self.folder / "samples.jsonl")

    def checkpoints(self) -> list[Checkpoint]:
        """All checkpoints, the earliest first."""
        from .checkpoints import find

        return find(self.folder / "checkpoints")

    def checkpoint(self, which: str | int = "best") -> Checkpoint:
        """The best, the last, or the one of a step.

        Raises:
            RunError: there is none, or not this one.
        """
        from .checkpoints import best_of

        found = self.checkpoints()
        if not found:
            raise RunError(
                f"{self.folder} has no checkpoint yet",
                allowed="a run that was saved at least once",
                hint=f"mebuki train --resume {self.folder}",
            )
        if which == "best":
            return best_of(found)
        if which == "last":
            return found[-1]
        for checkpoint in found:
            if str(which) in (checkpoint.name, str(checkpoint.state.step)):
                return checkpoint
        steps = (str(checkpoint.state.step) for checkpoint in found)
        raise RunError(
            f"checkpoint {str(which)!r} is unknown", allowed=", ".join(("best", "last", *steps)), hint="best"
        )

    def model(self, which: str | int | None = None, *, engine: str | None = None) -> Any:
        """The model with the weights of a checkpoint (default: the one the run was opened at, else the best).

        Args:
            engine: torch gives a model of `mebuki.models`, scratch one of `mebuki.scratch`, each with equal logits
                whichever engine trained it; None: the one that did.
        """
        name = engine or self.engine or self.recipe.training.engine
        if name not in ENGINES:
            raise unknown("engine", name, ENGINES)
        model = ENGINES[name].model(self.recipe, self.info["vocabulary"])
        return ENGINES[name].load(model, self.weights(ENGINES[name].shapes(model), which))

    def weights(self, wanted: dict[str, tuple[int, ...]], which: str | int | None = None) -> dict[str, NDArray[Any]]:
        """The weights of a checkpoint.

        Args:
            wanted: the names and shapes that they must have.

        Raises:
            RunError: they have others, or cannot be read.
        """
        from .checkpoints import compare

        which = self.chosen if which is None else which
        checkpoint = self.checkpoint(which)
        try:
            weights = checkpoint.weights()
        except RunError:
            if checkpoint.folder.exists():
                raise
            checkpoint = self.checkpoint(which)  # a training under way removed it meanwhile
            weights = checkpoint.weights()
        compare("weights", weights, wanted, checkpoint.folder)
        return weights

    @property
    def perplexity(self) -> float | None:
        """On the validation split, of the best checkpoint; None before the first evaluation."""
        found = [row["perplexity"] for row in self.metrics() if row.get("event") == "evaluation"]
        return min(found, default=None)

    def generate(
        self, prompt: str = "", *, engine: str | None = None, weights: str = "float32", threads: int = 0, **how: Any
    ) -> Iterator[str]:
        """Text piece by piece; further keywords as for `mebuki.generate`, the first ones as for `writers.writer`.

        Args:
            engine: compiled, torch or scratch; None: that of the attribute, else compiled where it can be had.
            weights: float32, bfloat16 or int8, for the engine compiled.
            threads: of the processor; 0: as the engine chooses.
        """
        from ..generation.generate import generate

        return generate(writer(self, engine or self.engine, weights, threads), self.tokenizer, prompt, **how)

    def generate_many(
        self, prompt: str = "", *, engine: str | None = None, weights: str = "float32", threads: int = 0, **how: Any
    ) -> Iterator[tuple[int, str]]:
        """Several texts at once; further keywords as for `mebuki.generate_many`, the first ones as for `generate`."""
        from ..generation.generate import generate_many

        return generate_many(writer(self, engine or self.engine, weights, threads), self.tokenizer, prompt, **how)

    def evaluate(
        self,
        files: Sequence[str | os.PathLike[str]] = (),
        *,
        split: str = "validation",
        checkpoint: str | int | None = None,
        block: int = 0,
        stride: int = 0,
        limit: int = 0,
        encoding: str | None = None,
        progress: Callable[[float], None] | None = None,
    ) -> Evaluation:
        """How well the model foretells a split of its own text, or other files.

        Args:
            files: read instead of a split.
            split: train or validation.
            checkpoint: best, last or a step.
            encoding: of the files, as for a text to learn from; None: as that of the run's own text was given.
            block, stride, limit, progress: as for `mebuki.evaluation.perplexity.evaluate`.
        """
        from ..evaluation.perplexity import evaluate

        model = self.model(checkpoint)
        about = {"block": block, "stride": stride, "limit": limit, "progress": progress}
        if files:
            from .texts import ids_of_files

            settings = replace(self.recipe.text, encoding=encoding) if encoding else self.recipe.text
            ids, ratio = ids_of_files(files, settings, self.tokenizer, self.info["vocabulary"])
            return evaluate(model, ids, characters_per_token=ratio, **about)
        if split not in ("train", "validation"):
            raise unknown("split", split, ("train", "validation"))
        ids = self.corpus.train if split == "train" else self.corpus.validation
        return evaluate(model, ids, characters_per_token=characters_per_token(self.corpus, split), **about)


def characters_per_token(corpus: Corpus, split: str) -> float:
    """Characters that one token of a split stands for, on average."""
    train = corpus.train_characters
    if split == "train":
        return train / len(corpus.train)
    return (corpus.characters - train) / len(corpus.validation)


def find_runs(folder: str | os.PathLike[str]) -> list[Run]:
    """All runs in a folder and one level below it, the latest first."""
    home = Path(folder)
    if not home.is_dir():
        return []
    folders = [home] if (home / "recipe.toml").is_file() else []
    folders += [path for path, kind in runs_in(home).items() if kind == "text"]
    runs = [path for path in folders if (path / "run.json").is_file()]
    ages: dict[Path, float] = {}
    for path in runs:
        with contextlib.suppress(OSError):  # removed meanwhile
            ages[path] = (path / "run.json").stat().st_mtime
    return [Run(path) for path in sorted(ages, key=lambda path: (ages[path], str(path)), reverse=True)]
