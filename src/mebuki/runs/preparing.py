"""Before the first step: the text is read, what must be beaten is counted, and the run's folder is made."""

from __future__ import annotations

import contextlib
import copy
import json
import math
import os
import platform
import queue
import threading
import time
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import kernels
from ..errors import RecipeError, RunError, TextError
from ..recipes import Recipe
from .engines import ENGINES
from .presence import PREPARING, replace_json

if TYPE_CHECKING:
    from ..text import Corpus

WRITING = 0.9  # share of the preparation in which the text is written


def prepare(recipe: Recipe, folder: Path, corpus: Corpus | None = None) -> Iterator[tuple[float, str]]:
    """Read the text, and make the run's folder: it appears whole, with corpus, tokenizer and recipe, or not at all.

    What can be refused without reading the text is refused before.
    """
    from ..text import Corpus
    from ..text.folders import new_folder
    from ..training.batches import Batches

    if (folder / "recipe.toml").exists():
        raise RunError(
            f"{folder} holds a run already",
            allowed="a new folder",
            hint=f"--out {folder}-2, or to go on with it: mebuki train --resume {folder}",
        )
    if corpus is not None:
        recipe = _with_text_of(corpus, recipe)
    elif not recipe.text.sources:
        raise RunError(
            "the recipe names no text", allowed="files or folders (.txt, .md, .jsonl)", hint="mebuki train my.txt"
        )
    _refuse_machine(recipe)
    maker = kernels.warm()
    with new_folder(folder) as unfinished:
        tell = _teller(unfinished)
        yield tell(0.0, "reading " + ", ".join(Path(s).name for s in recipe.text.sources[:3]))
        corpus = Corpus.from_settings(recipe.text) if corpus is None else copy.copy(corpus)
        with contextlib.closing(shares(lambda tell: corpus.write(unfinished / "corpus", tell))) as written:
            for share in written:
                yield tell(WRITING * share, corpus.description())
        Batches(corpus.train, recipe.shape.context, recipe.training.batch, recipe.seed)  # refuses a text too short
        if len(corpus.validation) < 2:
            raise TextError(
                f"the text for validation has {len(corpus.validation)} token(s)",
                allowed="at least 2",
                hint="a longer text, or --split 0.9",
            )
        corpus.tokenizer.save(unfinished / "tokenizer.json")
        absolute = tuple(str(Path(os.path.expanduser(s)).resolve()) for s in recipe.text.sources)
        recipe.change(sources=absolute).save(unfinished / "recipe.toml")
        yield tell(WRITING, "counting what must be beaten" + ("" if maker is None else ", and compiling (once)"))
        _write_json(unfinished / "run.json", _facts(recipe, corpus))
        corpus.close()
    (folder / PREPARING).unlink(missing_ok=True)
    yield 1.0, "ready"


def _teller(unfinished: Path) -> Callable[[float, str], tuple[float, str]]:
    """Gives back what it is told, and writes it into the folder for those who watch, five times a second at most."""
    written = -math.inf

    def tell(share: float, what: str) -> tuple[float, str]:
        nonlocal written
        if (now := time.monotonic()) - written > 0.2 or share == WRITING:
            written = now
            with contextlib.suppress(OSError):
                replace_json(unfinished / PREPARING, {"pid": os.getpid(), "share": share, "what": what})
        return share, what

    return tell


def shares(work: Callable[[Callable[[float], None]], object]) -> Generator[float]:
    """The shares done that some work tells, while it goes on in a thread of its own; its errors are raised here.

    >>> list(shares(lambda tell: [tell(0.25), tell(0.2501), tell(1.0)]))
    [0.0, 0.25, 1.0]
    """
    told: queue.SimpleQueue[float | None] = queue.SimpleQueue()
    unwanted = threading.Event()

    def tell(share: float) -> None:
        if unwanted.is_set():
            raise InterruptedError("nobody waits for it any more")
        told.put(share)

    def run() -> None:
        try:
            work(tell)
        finally:
            told.put(None)

    with ThreadPoolExecutor(1) as pool:
        last = 0.0
        try:
            future = pool.submit(run)
            yield last
            while (share := told.get()) is not None:
                if share >= last + 0.01:
                    last = share
                    yield share
        finally:
            unwanted.set()
        future.result()


def _with_text_of(corpus: Corpus, recipe: Recipe) -> Recipe:
    """The recipe for a corpus that was read before, which it must describe."""
    for about in fields(corpus.settings):
        asked, read = getattr(recipe.text, about.name), getattr(corpus.settings, about.name)
        if about.name not in ("sources", "encoding") and asked != read:
            raise RecipeError(
                f"{about.name} is {asked!r} in the recipe, but the corpus was read with {read!r}",
                allowed=f"{about.name} {read!r}",
                hint="a recipe made from this corpus",
            )
    return replace(recipe, text=corpus.settings)


def _refuse_machine(recipe: Recipe) -> None:
    """Refuse a device or a precision that this model cannot be trained with."""
    if recipe.training.device != "auto" or recipe.training.precision != "auto":
        engine = ENGINES[recipe.training.engine]
        asked = (
            recipe if recipe.training.precision != "auto" else recipe.change(precision="float32")
        )  # measures nothing
        engine.facts(asked, engine.model(recipe, 2), wait=False)


def made_here(engine: Any) -> dict[str, Any]:
    """What every `run.json` begins with: by which programs, on what machine, and when."""
    from .. import __version__

    return {
        "format": 1,
        "mebuki": __version__,
        engine.package: engine.version,
        "machine": f"{platform.system()} {platform.machine()}",
        "created": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
    }


def _facts(recipe: Recipe, corpus: Any) -> dict[str, Any]:
    """What `run.json` keeps."""
    from ..evaluation.baselines import baselines

    engine = ENGINES[recipe.training.engine]
    threads = engine.threads(recipe.training.threads)
    model = engine.model(recipe, corpus.vocabulary)
    return {
        **made_here(engine),
        **engine.facts(recipe, model),
        "threads": threads,
        "vocabulary": corpus.vocabulary,
        "parameters": model.parameter_count,
        "corpus": {
            "description": corpus.description(),
            "characters": corpus.characters,
            "different": len(corpus.letters),
            "train_tokens": len(corpus.train),
            "validation_tokens": len(corpus.validation),
            "sha256": corpus.sha256,
        },
        "baselines": baselines(corpus.train, corpus.validation, corpus.vocabulary).to_dict(),
    }


def _write_json(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8", newline="\n")
