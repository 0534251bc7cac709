"""A run's model as what is exported; what no other program can compute is refused, with what to grow instead."""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import fields
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import RunError
from ..shapes import TransformerShape
from .grown import Grown

if TYPE_CHECKING:
    from ..runs.run import Run

SAMPLE = 1500  # ids of its own text that it is tried on
LEARNED = 4096  # ids that rows for tokens that never come are made on
KNOWN = {  # numbers of a shape that have a counterpart elsewhere
    *("width", "layers", "heads", "key_value_heads", "hidden", "context", "dropout", "tied", "qk_norm", "rope_base"),
}
OTHERS = {  # models that are no runs: why they cannot be exported, and what can be done with them
    "calculator": (
        "a calculator cannot be exported: it is told the place of every digit, and neither transformers nor llama.cpp has an "
        "architecture that adds such places up",
        'mebuki answer "3*(4+5)"; or a transformer on a text of worked problems',
    ),
    "addition": (
        "a model of sequence to sequence cannot be exported: its encoder and decoder are recurrent, and neither transformers nor "
        "llama.cpp has an architecture that computes them",
        "mebuki train TEXT --model transformer",
    ),
}


def of_run(run: Run) -> Grown:
    """A run's model, at the checkpoint that it was opened at.

    Raises:
        RunError: it is no Transformer, or one with parts that other programs do not know; it says what can be done.
    """
    from ..generation.weights import weight_shapes

    recipe = run.recipe
    refuse(recipe.model, recipe.shape)
    shape = recipe.shape
    assert isinstance(shape, TransformerShape)
    checkpoint = run.checkpoint(run.chosen)
    weights = run.weights(weight_shapes(recipe.model, run.info["vocabulary"], shape))
    facts = {"steps": f"{checkpoint.state.step:,}", "seed": str(recipe.seed)}
    found = [m for m in run.metrics() if m.get("event") == "evaluation" and m.get("step") == checkpoint.state.step]
    if found:
        facts["perplexity"] = f"{found[-1]['perplexity']:.3f} on the part of its text that it never learned"
        facts["loss"] = f"{found[-1]['loss']:.4f} nats a token"
        facts["bits per character"] = f"{found[-1]['bits_per_character']:.4f}"
    facts["made with"] = f"Mebuki {run.info.get('mebuki', '')}, {recipe.training.engine}".strip()
    names = tuple(PurePath(source.replace("\\", "/")).name for source in recipe.text.sources)
    return Grown(
        name=run.folder.resolve().name,
        shape=shape,
        tokenizer=run.tokenizer,
        weights={name: np.asarray(array, dtype=np.float32) for name, array in weights.items()},
        text=run.info["corpus"]["description"],
        recipe=recipe.change(sources=names).to_toml(),
        facts=facts,
        **_own_text(run),
    )


def open_grown(place: str | os.PathLike[str], checkpoint: str | None = None) -> Grown:
    """The model in the folder of a run, or of one of its checkpoints.

    Args:
        checkpoint: best, last or a step; None: the one that the folder names, else the best.

    Raises:
        RunError: there is none, or one that no other program can compute; it says why, and what can be done.
    """
    from ..runs.run import Run
    from ..runs.settings_file import NAME

    settings = Path(place) / NAME
    kind = "calculator" if str(place) == "calculator" and not Path(place).exists() else ""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        kind = kind or json.loads(settings.read_text(encoding="utf-8")).get("kind", "")
    if kind in OTHERS:
        raise RunError(OTHERS[kind][0], allowed="a run of the kind transformer", hint=OTHERS[kind][1])
    run = Run(place)
    run.chosen = checkpoint or run.chosen
    return of_run(run)


def refuse(kind: str, shape: Any) -> None:
    """Refuse a model that no other program can compute.

    Raises:
        RunError: it says why, and what to grow instead.
    """
    if kind != "transformer":
        raise RunError(
            f"a {kind} model cannot be exported: neither transformers nor llama.cpp has an architecture that computes it",
            allowed="a run of the kind transformer",
            hint="mebuki train TEXT --model transformer",
        )
    odd = {f.name: getattr(shape, f.name) for f in fields(shape) if f.name not in KNOWN and getattr(shape, f.name)}
    if odd:
        told = ", ".join(f"{name} = {value!r}" for name, value in odd.items())
        raise RunError(
            f"this Transformer has parts that neither transformers nor llama.cpp can compute: {told}",
            allowed="RMSNorm, rotary positions, grouped queries, QK-norm or none, SwiGLU",
            hint="mebuki train TEXT --model transformer, with the default recipe",
        )


def _own_text(run: Run) -> dict[str, Any]:
    """Some of its text, if it is kept with the run."""
    if not (run.folder / "corpus").is_dir():
        return {}
    learned, aside = run.corpus.train, run.corpus.validation
    sample = run.tokenizer.decode(aside[: min(SAMPLE, len(aside))]).replace("\ufffd", "")
    return {"sample": sample, "learned": np.asarray(learned[: min(LEARNED, len(learned))], dtype=np.int64)}
