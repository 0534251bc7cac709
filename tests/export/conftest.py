"""Tiny models of every form that can be exported, trained once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import mebuki
from mebuki.export import exporting
from mebuki.export.grown import Grown
from mebuki.export.opening import of_run
from mebuki.models import Transformer, build
from mebuki.models.weights import load_weights

FORMS: dict[str, dict[str, Any]] = {
    "letters": {},
    "untied, grouped, no QK-norm": {"tied": False, "qk_norm": False, "heads": 4, "key_value_heads": 2},
    "byte pairs": {"tokenizer": "byte-pairs", "vocabulary": 330},
    "byte pairs, no QK-norm": {"tokenizer": "byte-pairs", "vocabulary": 300, "qk_norm": False, "key_value_heads": 1},
    "no byte fallback": {"byte_fallback": False, "tied": False},
}


@pytest.fixture(scope="session")
def form(tmp_path_factory: pytest.TempPathFactory, book: Path) -> Callable[[str], mebuki.Run]:
    """`form(name)`: a run of one of `FORMS`, that has learned a little; not to be changed."""
    home, trained = tmp_path_factory.mktemp("forms"), {}

    def run(name: str) -> mebuki.Run:
        if name not in trained:
            settings = {
                "width": 32,
                "layers": 2,
                "heads": 2,
                "context": 48,
                "steps": 40,
                "batch": 8,
                "sample_tokens": 0,
            }
            recipe = mebuki.recipes.transformer(
                book, size="tiny", **{**settings, "precision": "float32", **FORMS[name]}
            )
            trained[name] = mebuki.train(recipe, home / name.replace(",", ""), watch=lambda event: None)
        return mebuki.open_run(trained[name].folder)

    return run


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """No other program is there to open what was written."""
    monkeypatch.setattr(exporting, "find_spec", lambda name: None)


def model_of(grown: Grown) -> Transformer:
    """The model here, with a row for every id."""
    model = build("transformer", grown.vocabulary, grown.shape)
    assert isinstance(model, Transformer)
    load_weights(model, grown.weights)
    return model.eval()


def whole(run: mebuki.Run) -> Grown:
    return of_run(run).whole()
