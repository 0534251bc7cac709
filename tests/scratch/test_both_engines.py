"""Each language model by hand is the PyTorch model of the same name: weights go across, logits and gradients are equal."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from laws import far, numbers, stir

import mebuki.scratch
from mebuki import models, scratch
from mebuki.errors import RecipeError
from mebuki.scratch import IdError
from mebuki.shapes import shape_of

HOME = Path(mebuki.scratch.__file__).parent
V = 13
SHAPES: dict[str, tuple[str, dict[str, Any]]] = {
    "bigram": ("bigram", {"hidden": 7, "context": 6}),
    "rnn": ("rnn", {"width": 9, "layers": 2, "context": 6}),
    "lstm": ("lstm", {"width": 9, "layers": 2, "context": 6}),
    "lstm tied": ("lstm", {"width": 9, "context": 6, "tied": True}),
    "gru": ("gru", {"width": 9, "layers": 2, "context": 6, "dropout": 0.5}),
    "transformer": ("transformer", {"width": 24, "layers": 2, "heads": 4, "key_value_heads": 2, "context": 6}),
    "untied": ("transformer", {"width": 24, "layers": 2, "heads": 3, "context": 6, "tied": False, "qk_norm": False}),
}


@pytest.fixture(params=SHAPES)
def pair(request: pytest.FixtureRequest) -> tuple[scratch.LanguageModel, models.LanguageModel]:
    kind, sizes = SHAPES[request.param]
    shape = shape_of(kind, "tiny", **sizes)
    ours, theirs = stir(scratch.build(kind, V, shape)), models.build(kind, V, shape).double().eval()
    assert ours.shape == theirs.shape == shape
    with torch.no_grad():
        for name, parameter in theirs.named_parameters():
            parameter.copy_(torch.from_numpy(ours.weights()[name]))
    return ours, theirs


def ids(B: int, T: int) -> np.ndarray:
    return np.random.default_rng(1).integers(0, V, (B, T))


def test_weights_have_the_same_names_and_shapes(pair: Any) -> None:
    ours, theirs = pair
    assert {n: v.shape for n, v in ours.weights().items()} == {n: tuple(p.shape) for n, p in theirs.named_parameters()}
    assert ours.parameter_count == theirs.parameter_count
    names = {id(p): name for name, p in ours.named_parameters().items()}
    theirs_names = {id(p): name for name, p in theirs.named_parameters()}
    rows = [(names[id(p)], pieces) for p, pieces in ours.matrices()]
    assert rows == [(theirs_names[id(p)], pieces) for p, pieces in theirs.matrices()]


def test_logits_and_gradients_are_equal(pair: Any) -> None:
    ours, theirs = pair
    ids_BT, dlogits_BTV = ids(3, 15), numbers(3, 15, V)
    logits, backward = ours(ids_BT)
    expected = theirs(torch.from_numpy(ids_BT))
    assert far(logits, expected.detach().numpy()) <= 1e-10
    (expected * torch.from_numpy(dlogits_BTV)).sum().backward()
    for times in (1, 2):  # gradients are added
        assert backward(dlogits_BTV) is None
        for name, parameter in ours.named_parameters().items():
            assert far(parameter.gradient, times * theirs.get_parameter(name).grad.numpy()) <= 1e-10, name


def test_losses_are_equal(pair: Any) -> None:
    ours, theirs = pair
    window = ids(5, 10)
    mine = ours.losses(window[:, :-1], window[:, -4:])
    assert mine.shape == (5, 4)
    assert far(mine, theirs.losses(window[:, :-1], window[:, -4:])) <= 1e-6  # there in float32


@pytest.mark.parametrize("prompt", [1, 6, 17])
def test_steps_equal_the_full_forward(pair: Any, prompt: int) -> None:
    ours, _ = pair
    ids_BT = ids(3, prompt + 15)
    expected, _ = ours(ids_BT)
    logits_BV, state = ours.start(ids_BT[:, :prompt])
    assert far(logits_BV, expected[:, prompt - 1]) <= 1e-10
    for t in range(prompt, prompt + 15):
        logits_BV, state = ours.step(ids_BT[:, t], state)
        assert far(logits_BV, expected[:, t]) <= 1e-10, t


@pytest.mark.parametrize("wrong", [-1, V, 10**9])
def test_ids_out_of_range_are_refused(pair: Any, wrong: int) -> None:
    ours, _ = pair
    given = ids(2, 4)
    _, state = ours.start(given)
    given[1, 2] = wrong
    for call in (lambda: ours(given), lambda: ours.start(given), lambda: ours.step(given[:, 2], state)):
        with pytest.raises(IdError, match=f"was given the id {wrong}\n  allowed: ids 0 to {V - 1}"):
            call()


@pytest.mark.parametrize("kind", ["bigram", "rnn", "lstm", "gru", "transformer"])
def test_fresh_weights_are_drawn_alike(kind: str) -> None:
    """Of both engines each weight has the same mean and spread, and models of the same seed are equal."""
    shape = shape_of(kind, "small")
    torch.manual_seed(0)
    theirs = models.build(kind, 200, shape)
    ours, again = scratch.build(kind, 200, shape, 5), scratch.build(kind, 200, shape, 5)
    for name, value in ours.weights().items():
        other = theirs.get_parameter(name).detach().numpy()
        assert value.dtype == np.float32
        assert np.array_equal(value, again.weights()[name])
        if value.ndim > 1:
            assert value.std() == pytest.approx(other.std(), rel=0.05), name
            assert abs(value.mean() - other.mean()) < 0.02 + 0.1 * other.std(), name
        elif kind != "bigram":
            assert np.allclose(value, other), name


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(RecipeError, match=r"model 'lstn' is unknown(.|\n)*try: lstm"):
        scratch.build("lstn", V, shape_of("lstm"))


def test_nothing_but_numpy_is_loaded() -> None:
    code = (
        "import sys, numpy\nbefore = set(sys.modules)\nimport mebuki.scratch\n"
        "print(*{name.split('.')[0] for name in set(sys.modules) - before} - set(sys.stdlib_module_names))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) <= {"mebuki", "numpy"}


@pytest.mark.parametrize("path", sorted(HOME.glob("*.py")), ids=lambda path: path.stem)
def test_a_file_is_one_screen_and_its_backward_stands_under_its_forward(path: Path) -> None:
    """At most 200 lines; and a function that is called backward is written inside the one whose backward it is."""
    source = path.read_text(encoding="utf-8")
    assert len(source.splitlines()) <= 200
    tree = ast.parse(source)
    inside = {
        inner
        for outer in ast.walk(tree)
        if isinstance(outer, ast.FunctionDef)
        for inner in ast.walk(outer)
        if inner is not outer
    }
    lonely = [
        n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef) and n.name == "backward" and n not in inside
    ]
    assert lonely == []
    documented = ast.get_docstring(tree) or ""
    assert len(documented) > 40, "a file begins with its idea"
