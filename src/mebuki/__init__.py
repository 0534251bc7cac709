"""Mebuki (芽吹き): grow a language model from your own words, understand every step of it, and really use it.

    import mebuki

    corpus = mebuki.Corpus.from_text("sherlock.txt")
    recipe = mebuki.recipes.transformer(corpus, width=96, layers=3)
    run = mebuki.train(recipe, "runs/sherlock")
    for piece in run.generate("Watson, ", temperature=0.8):
        print(piece, end="")

Importing it is quick: what needs NumPy or torch is loaded on first use.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

# Threads of torch that wait, wait asleep. By default they spin, and training nearly stops (five times slower was
# measured) as soon as another program wants a core. torch reads this when it is loaded, so it has to stand here.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

if TYPE_CHECKING:
    from . import recipes
    from .diary.diary import Diary
    from .errors import MebukiError
    from .evaluation.perplexity import evaluate
    from .generation.generate import generate, generate_many
    from .generation.sampler import Sampling
    from .recipes import Recipe
    from .runs.run import Run
    from .runs.run import Run as open_run
    from .runs.training import train
    from .text import Corpus
    from .training.trainer import Trainer

_HOMES = {
    "Corpus": "text",
    "Diary": "diary.diary",
    "MebukiError": "errors",
    "Recipe": "recipes",
    "Run": "runs.run",
    "Sampling": "generation.sampler",
    "Trainer": "training.trainer",
    "evaluate": "evaluation.perplexity",
    "generate": "generation.generate",
    "generate_many": "generation.generate",
    "train": "runs.training",
}


def __getattr__(name: str) -> Any:
    if name == "recipes":
        return import_module(".recipes", __name__)
    if name == "open_run":
        return import_module(".runs.run", __name__).Run
    if name in _HOMES:
        return getattr(import_module(f".{_HOMES[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*_HOMES, "__version__", "open_run", "recipes"])


__all__ = [
    "Corpus",
    "Diary",
    "MebukiError",
    "Recipe",
    "Run",
    "Sampling",
    "Trainer",
    "__version__",
    "evaluate",
    "generate",
    "generate_many",
    "open_run",
    "recipes",
    "train",
]
