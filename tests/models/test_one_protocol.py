"""The law that every model keeps: starting and stepping give the logits of one full forward."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from mebuki.errors import RecipeError
from mebuki.models import LanguageModel, build, shape_of

V = 23
SHAPES: dict[str, tuple[str, dict[str, Any]]] = {
    "bigram": ("bigram", {"hidden": 7, "context": 6}),
    "rnn": ("rnn", {"width": 9, "layers": 2, "context": 6}),
    "lstm": ("lstm", {"width": 9, "layers": 2, "context": 6}),
    "lstm tied": ("lstm", {"width": 9, "context": 6, "tied": True}),
    "gru": ("gru", {"width": 9, "layers": 2, "context": 6}),
    "gru dropout": ("gru", {"width": 9, "context": 6, "dropout": 0.5}),
    "transformer": ("transformer", {"width": 24, "layers": 3, "heads": 4, "context": 6}),
    "grouped queries": (
        "transformer",
        {"width": 24, "layers": 2, "heads": 4, "key_value_heads": 2, "context": 6},
    ),
    "one key head": ("transformer", {"width": 24, "layers": 2, "heads": 4, "key_value_heads": 1, "context": 6}),
    "untied": ("transformer", {"width": 24, "layers": 2, "heads": 3, "context": 6, "tied": False}),
    "no qk_norm": ("transformer", {"width": 24, "layers": 2, "heads": 3, "context": 6, "qk_norm": False}),
    "dropout": ("transformer", {"width": 24, "layers": 2, "heads": 3, "context": 6, "dropout": 0.5}),
    "context 1": ("transformer", {"width": 24, "layers": 2, "heads": 3, "context": 1}),
}


@pytest.fixture(params=SHAPES)
def model(request: pytest.FixtureRequest) -> LanguageModel:
    """Each model in float64, its weights all drawn at random: fresh ones hold zeros that would hide mistakes."""
    kind, numbers = SHAPES[request.param]
    torch.manual_seed(5)
    model = build(kind, V, shape_of(kind, "tiny", **numbers)).double().eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.4)
    return model


def ids(B: int, T: int, seed: int = 0) -> torch.Tensor:
    return torch.randint(V, (B, T), generator=torch.Generator().manual_seed(seed))


def distance(a: torch.Tensor, b: torch.Tensor) -> float:
    return (a - b).abs().max().item()


@pytest.mark.parametrize("prompt", [1, 4, 6, 7, 17, 25])
@torch.no_grad()
def test_steps_equal_the_full_forward(model: LanguageModel, prompt: int) -> None:
    """Also far beyond the context, and after prompts longer than all layers together can look back."""
    ids_BT = ids(3, prompt + 20)
    expected_BTV = model(ids_BT)
    assert expected_BTV.shape == (3, prompt + 20, V)
    logits_BV, state = model.start(ids_BT[:, :prompt])
    assert distance(logits_BV, expected_BTV[:, prompt - 1]) <= 1e-10
    for t in range(prompt, prompt + 20):
        logits_BV, state = model.step(ids_BT[:, t], state)
        assert distance(logits_BV, expected_BTV[:, t]) <= 1e-10, t


@torch.no_grad()
def test_rows_of_a_batch_do_not_touch_each_other(model: LanguageModel) -> None:
    ids_BT = ids(4, 11)
    together = model(ids_BT)
    for row in range(4):
        assert distance(together[row], model(ids_BT[row : row + 1])[0]) <= 1e-12


@torch.no_grad()
def test_nothing_is_foretold_from_what_comes_later(model: LanguageModel) -> None:
    """Causality: another token at place t changes the logits at t, and none before."""
    ids_BT = ids(2, 13)
    before = model(ids_BT)
    for t in (0, 5, 12):
        changed = ids_BT.clone()
        changed[:, t] = (changed[:, t] + 1) % V
        after = model(changed)
        assert torch.equal(after[:, :t], before[:, :t])
        assert distance(after[:, t], before[:, t]) > 1e-6


@torch.no_grad()
def test_reading_twice_gives_the_same(model: LanguageModel) -> None:
    """No state stays behind in the model, and dropout is at rest in eval."""
    first = model(ids(2, 9))
    model.start(ids(2, 5, seed=1))
    model(ids(1, 30, seed=2))
    assert torch.equal(model(ids(2, 9)), first)


@pytest.mark.parametrize("wrong", [-1, V, 10**9])
def test_ids_out_of_range_are_refused(model: LanguageModel, wrong: int) -> None:
    given = ids(2, 4)
    given[1, 2] = wrong
    with pytest.raises(RecipeError, match=f"id {wrong} is outside the vocabulary\n  allowed: ids 0 to {V - 1}"):
        model.start(given)


def test_an_empty_prompt_is_refused(model: LanguageModel) -> None:
    with pytest.raises(RecipeError, match="no ids"):
        model.start(torch.zeros(1, 0, dtype=torch.long))


def test_matrices_name_parameters_and_their_rows(model: LanguageModel) -> None:
    """What optimizers treat as maps are parameters of the model, and their parts cover all rows."""
    own = {id(p) for p in model.parameters()}
    for matrix, pieces in model.matrices():
        assert id(matrix) in own
        assert sum(pieces) == matrix.shape[0]


def test_parameters_outside_the_look_back_have_no_gradient_from_it() -> None:
    """A Transformer's last logits do not depend on what stands before the reach of its layers."""
    torch.manual_seed(0)
    shape = shape_of("transformer", "tiny", width=8, heads=2, layers=2, context=3)
    model = build("transformer", V, shape).double()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter))
        given = ids(1, 12)
        last = model(given)[:, -1]
        given[:, :7] = (given[:, :7] + 1) % V  # the reach is 2 · (3 - 1) + 1 = 5
        assert distance(model(given)[:, -1], last) <= 1e-12
        given[:, 7] = (given[:, 7] + 1) % V
        assert distance(model(given)[:, -1], last) > 1e-9
