"""Before the first step: the text is read, what must be beaten is counted, and the run's folder is made."""

from __future__ import annotations

import json
import platform
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..errors import RunError, TextError
from ..recipes import Recipe


def prepare(recipe: Recipe, folder: Path) -> Iterator[tuple[float, str]]:
    """Read the text, and make the run's folder: it appears whole, with corpus, tokenizer and recipe, or not at all."""
    from ..models import build
    from ..text import Corpus
    from ..text.folders import new_folder
    from ..training.batches import Batches

    if (folder / "recipe.toml").exists():
        raise RunError(
            f"{folder} holds a run already",
            allowed="a new folder",
            hint=f"--out {folder}-2, or to go on with it: mebuki train --resume {folder}",
        )
    if not recipe.text.sources:
        raise RunError(
            "the recipe names no text", allowed="files or folders (.txt, .md, .jsonl)", hint="mebuki train my.txt"
        )
    yield 0.0, "reading " + ", ".join(Path(s).name for s in recipe.text.sources[:3])
    corpus = Corpus.from_settings(recipe.text)
    yield 0.0, corpus.description()
    with new_folder(folder) as unfinished:
        corpus.write(unfinished / "corpus")
        Batches(corpus.train, recipe.shape.context, recipe.training.batch, recipe.seed)  # refuses a text too short
        if len(corpus.validation) < 2:
            raise TextError(
                f"the text for validation has {len(corpus.validation)} token(s)",
                allowed="at least 2",
                hint="a longer text, or --split 0.9",
            )
        corpus.tokenizer.save(unfinished / "tokenizer.json")
        absolute = tuple(str(Path(s).resolve()) for s in recipe.text.sources)
        recipe.change(sources=absolute).save(unfinished / "recipe.toml")
        yield 0.5, "counting what must be beaten"
        model = build(recipe.model, corpus.vocabulary, recipe.shape)
        _write_json(unfinished / "run.json", _facts(recipe, corpus, model))
        corpus.close()
    yield 1.0, "ready"


def _facts(recipe: Recipe, corpus: Any, model: Any) -> dict[str, Any]:
    """What `run.json` keeps."""
    import torch

    from .. import __version__
    from ..evaluation.baselines import baselines
    from ..training.trainer import precision

    threads = recipe.training.threads or torch.get_num_threads()
    device = recipe.training.device
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.set_num_threads(threads)
    model = to_device(model, device)
    return {
        "format": 1,
        "mebuki": __version__,
        "torch": torch.__version__,
        "machine": f"{platform.system()} {platform.machine()}",
        "created": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        "device": device,
        "threads": threads,
        "precision": precision.resolve(recipe.training.precision, model, recipe.training.batch),
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


def to_device(model: Any, device: str) -> Any:
    try:
        return model.to(device)
    except (RuntimeError, AssertionError) as error:
        raise RunError(
            f"the device {device} cannot be used: {str(error).splitlines()[0]}", hint="--device cpu"
        ) from error


def _write_json(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8", newline="\n")
