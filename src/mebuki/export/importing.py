"""A folder in the form of Hugging Face becomes a run: one that has no text of its own, and generates and evaluates like any other.

from mebuki.export.importing import import_model
run = import_model("stories15M", "runs/stories")
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from ..recipes import transformer
from ..runs.checkpoints import State, save
from ..runs.engines import ENGINES
from ..runs.preparing import made_here
from ..runs.run import Run
from ..text.folders import new_folder
from ..text.settings import TextSettings
from .grown import Grown
from .reading import read_folder


def import_model(source: str | os.PathLike[str], folder: str | os.PathLike[str]) -> Run:
    """Read a model and keep it as a run.

    Args:
        source: a folder with config.json, model.safetensors and tokenizer.json.
        folder: of the run, a new one; it appears whole or not at all.

    Raises:
        RunError: the model cannot be read or computed here; it says why.
        StorageError: the folder holds something already, or cannot be written.
    """
    grown = read_folder(Path(source))
    with new_folder(folder) as unfinished:
        grown.tokenizer.save(unfinished / "tokenizer.json")
        _recipe(grown).save(unfinished / "recipe.toml")
        text = json.dumps(_facts(grown), ensure_ascii=False, indent=1) + "\n"
        (unfinished / "run.json").write_text(text, encoding="utf-8", newline="\n")
        save(unfinished / "checkpoints", State(0), grown.weights, {})
    return Run(folder)


def _recipe(grown: Grown) -> Any:
    """The recipe that has its shape; its text is that of no file."""
    letters = grown.tokenizer.kind == "characters"
    text = TextSettings(tokenizer="characters" if letters else "byte-pairs")
    shape = {name: getattr(grown.shape, name) for name in grown.shape.__dataclass_fields__}
    return transformer(text, **shape)


def _facts(grown: Grown) -> dict[str, Any]:
    """What `run.json` keeps of it."""
    engine = ENGINES["torch"]
    return {
        **made_here(engine),
        "device": "cpu",
        "precision": "float32",
        "threads": engine.threads(0),
        "vocabulary": grown.vocabulary,
        "parameters": grown.parameters,
        "imported": {"from": grown.name, "notes": list(grown.notes)},
        "corpus": {"description": f"imported from {grown.name}"},
        "baselines": {},
    }
