"""Runs as a training would have left them, written at once: for pages that show what there is."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import mebuki
from mebuki.runs.titles import rename

TRICK = "<script>window.caught = 1</script><img src=x onerror='window.caught = 1'>"


def plant(
    runs: Path, name: str, *, steps: int = 300, total: int = 0, ends: str = "done", title: str = "", **changes: Any
) -> Path:
    """A run on text: losses fall from 4 to 2, ten evaluations and samples; `ends`: done, stopped, or nothing (killed)."""
    folder = runs / name
    folder.mkdir(parents=True)
    recipe = mebuki.recipes.rnn(str(folder / "novel.txt"), size="tiny", steps=total or steps, **changes)
    recipe.save(folder / "recipe.toml")
    corpus = {
        "description": "novel.txt",
        "characters": 90_000,
        "different": 80,
        "train_tokens": 81_000,
        "validation_tokens": 9_000,
    }
    info = {
        "vocabulary": 336,
        "parameters": 42_000,
        "threads": 2,
        "machine": "Linux x86_64",
        "created": "2026-11-20T10:00:00+0900",
        "device": "cpu",
        "precision": "float32",
        "torch": "2.9",
        "corpus": corpus,
        "baselines": {"uniform": 4.38, "unigram": 3.2, "bigram": 2.5},
    }
    (folder / "run.json").write_text(json.dumps(info))
    each, loss = max(1, steps // 10), 4.0
    with (folder / "metrics.jsonl").open("w") as metrics, (folder / "samples.jsonl").open("w") as samples:
        _add(samples, event="sample", step=0, prompt="", text="xq zj\n\n\n k")
        for step in range(1, steps + 1):
            loss = 2 + 2 * math.exp(-4 * step / steps) + 0.1 * math.sin(step)
            row = {"step": step, "tokens": 2048 * step, "seconds": step / 10}
            norms = {"embedding.weight": 0.3, "layers.0.weight": 0.2, "head.weight": 0.9}
            _add(metrics, event="train", **row, loss=loss, rate=0.01, gradient_norm=1.0, gradient_norms=norms)
            if step % each == 0:
                looked = {"loss": loss + 0.1, "perplexity": math.exp(loss + 0.1), "bits_per_character": 3.0}
                _add(metrics, event="evaluation", step=step, seconds=step / 10, **looked)
                _add(samples, event="sample", step=step, prompt="It ", text=f"rained {step} times. {TRICK}")
        if ends:
            _add(metrics, event="end", step=steps, why=ends, seconds=steps / 10)
    state = {"step": steps, "seconds": steps / 10, "loss": loss + 0.1, "best_step": steps, "best_loss": loss + 0.1}
    place = folder / "checkpoints" / f"step-{steps:06}"
    place.mkdir(parents=True)
    whole = {"format": 1, "beside": 0.0, "minutes": None, "fall": None, "stale": 0, "losses": []}
    (place / "state.json").write_text(json.dumps({**whole, **state}))
    if title:
        rename(folder, title)
    return folder


def _add(file: Any, **row: Any) -> None:
    file.write(json.dumps(row) + "\n")
