"""bfloat16 or float32: measured once, remembered, and never taken where it would hurt."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from mebuki.models import LanguageModel, build, shape_of
from mebuki.training import precision


def small(kind: str = "transformer") -> LanguageModel:
    return build(kind, 9, shape_of(kind, "tiny"))


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(precision, "_file", lambda: tmp_path / "deep" / "precision.json")


def says(gain: float) -> Callable[..., float]:
    return lambda model, batch: gain


def never(model: LanguageModel, batch: int) -> float:
    raise AssertionError("it was measured although it was known")


@pytest.mark.parametrize(("gain", "chosen"), [(0.5, "float32"), (1.1, "float32"), (2.0, "bfloat16")])
def test_the_verdict_is_kept(gain: float, chosen: str, monkeypatch) -> None:
    monkeypatch.setattr(precision, "measure", says(gain))
    assert precision.choose(small(), 4) == chosen
    monkeypatch.setattr(precision, "measure", never)
    assert precision.choose(small(), 4) == chosen


def test_other_shapes_are_measured_anew(monkeypatch) -> None:
    monkeypatch.setattr(precision, "measure", says(0.5))
    precision.choose(small(), 4)
    monkeypatch.setattr(precision, "measure", says(2.0))
    assert precision.choose(small(), 8) == "bfloat16"


def test_recurrent_models_stay_in_float32(monkeypatch) -> None:
    monkeypatch.setattr(precision, "measure", never)
    assert [precision.choose(small(kind), 4) for kind in ("rnn", "lstm", "gru")] == ["float32"] * 3


@pytest.mark.parametrize("content", ["", "{", "[]", '{"a": "b"}', "\0"])
def test_a_damaged_cache_is_measured_again(content: str, monkeypatch) -> None:
    monkeypatch.setattr(precision, "measure", says(2.0))
    path = precision._file()
    path.parent.mkdir()
    path.write_text(content, encoding="utf-8")
    assert precision.choose(small(), 4) == "bfloat16"
    monkeypatch.setattr(precision, "measure", never)
    assert precision.choose(small(), 4) == "bfloat16"


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path, monkeypatch) -> None:
    (tmp_path / "deep").write_text("a file where the folder should be", encoding="utf-8")
    monkeypatch.setattr(precision, "measure", says(2.0))
    assert precision.choose(small(), 4) == "bfloat16"


def test_measuring_leaves_the_model_as_it_was() -> None:
    torch.manual_seed(0)
    model = small()
    before = {name: p.detach().clone() for name, p in model.named_parameters()}
    state = torch.get_rng_state()
    assert precision.measure(model, 2, rounds=1) > 0
    assert torch.equal(torch.get_rng_state(), state)
    for name, parameter in model.named_parameters():
        assert torch.equal(parameter, before[name])
        assert parameter.grad is None
