"""The first layers: by hand = by numbers = by PyTorch, in float64."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from laws import against_torch, far, keeps_the_law, numbers, stir

from mebuki.errors import RunError
from mebuki.scratch import (
    Bigram,
    Chain,
    Embedding,
    GradientError,
    IdError,
    Linear,
    NotFiniteError,
    Parameter,
    ShapeError,
    check_gradients,
    cross_entropy,
    relu,
    softmax,
)
from mebuki.scratch.activations import ACTIVATIONS
from mebuki.scratch.cross_entropy import surprise
from mebuki.scratch.embedding import add_rows

X = numbers(4, 3, 5)


@pytest.mark.parametrize("bias", [True, False])
def test_linear(bias: bool) -> None:
    layer = Linear(5, 2, rng=1, bias=bias)
    keeps_the_law(layer, X)
    their = torch.nn.Linear(5, 2, bias=bias)
    against_torch(layer, their, X)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations(name: str) -> None:
    x = X + 0.2 * np.sign(X)  # away from the corner
    keeps_the_law(ACTIVATIONS[name], x)
    theirs = {"gelu": lambda x: F.gelu(x, approximate="tanh")}
    against_torch(ACTIVATIONS[name], theirs.get(name) or getattr(torch, name, None) or getattr(F, name), x)


def test_chain_and_the_notebooks_network() -> None:
    network = Chain(Linear(5, 7, rng=1), relu, Linear(7, 3, rng=2))
    keeps_the_law(network, X, step=1e-5)
    theirs = torch.nn.Sequential(torch.nn.Linear(5, 7), torch.nn.ReLU(), torch.nn.Linear(7, 3))
    against_torch(network, theirs, X, rename=lambda name: name.removeprefix("layers."))


def test_embedding() -> None:
    """Rows of ids that come several times gather all their gradients."""
    ids = np.array([[3, 1, 3], [0, 3, 1]])
    keeps_the_law(Embedding(5, 2), ids)
    against_torch(Embedding(5, 2), torch.nn.Embedding(5, 2), ids)


@given(st.lists(st.integers(0, 4), min_size=1, max_size=12))
def test_adding_rows_is_adding_one_after_another(ids: list[int]) -> None:
    rows, table, expected = numbers(len(ids), 3), np.ones((5, 3)), np.ones((5, 3))
    add_rows(table, np.array(ids), rows)
    for place, row in zip(ids, rows, strict=True):
        expected[place] += row
    assert far(table, expected) < 1e-12


def test_softmax() -> None:
    keeps_the_law(softmax, X)
    against_torch(softmax, lambda x: torch.softmax(x, -1), X)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@given(seed=st.integers(0, 99), shift=st.floats(-1e4, 1e4))
def test_softmax_does_not_mind_what_is_added_to_all_scores(dtype: type, seed: int, shift: float) -> None:
    """Also where the textbook formula overflows, and in float32."""
    x = (3 * numbers(2, 6, seed=seed)).astype(dtype)
    y, shifted = softmax(x)[0], softmax(x + dtype(shift))[0]
    assert y.dtype == dtype
    assert np.abs(y.sum(-1) - 1).max() < 1e-5
    assert np.abs(y - shifted).max() < (2e-2 if dtype is np.float32 else 1e-9)


def test_cross_entropy() -> None:
    targets = np.array([[1, 4, 0], [2, 2, 3], [0, 0, 0], [4, 3, 1]])
    keeps_the_law(lambda x: cross_entropy(x, targets), X)
    against_torch(
        lambda x: cross_entropy(x, targets),
        lambda x: F.cross_entropy(x.flatten(0, 1), torch.from_numpy(targets).flatten()),
        X,
    )


def test_the_gradient_of_cross_entropy_is_y_minus_t_over_n() -> None:
    """And the same by way of softmax and the logarithm, link by link."""
    logits, targets = X.reshape(-1, 5), np.array([1, 4, 0, 2, 2, 3, 0, 0, 0, 4, 3, 1])
    y, softmax_backward = softmax(logits)
    t = np.eye(5)[targets]
    loss, backward = cross_entropy(logits, targets)
    assert far(backward(), (y - t) / 12) < 1e-14
    assert far(backward(), softmax_backward(-t / y / 12)) < 1e-14
    assert loss == pytest.approx(-np.log(y[np.arange(12), targets]).mean())
    assert surprise(logits, targets).mean() == pytest.approx(loss)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_loss_of_a_certain_mistake_is_finite(dtype: type) -> None:
    loss, backward = cross_entropy(np.array([[5000.0, 0.0]], dtype), np.array([1]))
    assert loss == 5000.0
    assert backward().tolist() == [[1.0, -1.0]]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", [*ACTIVATIONS, "softmax"])
def test_the_kind_of_floats_stays_and_nothing_overflows(name: str, dtype: type) -> None:
    function = ACTIVATIONS.get(name, softmax)
    x = np.array([-1000.0, -100.0, 0.0, 100.0, 1000.0], dtype)
    y, backward = function(x)
    dx = backward(np.ones_like(x))
    assert y.dtype == dx.dtype == dtype
    assert np.isfinite(y).all()
    assert np.isfinite(dx).all()


def test_the_slope_of_the_sigmoid_never_exceeds_a_quarter() -> None:
    x = np.linspace(-20, 20, 10001)
    slopes = ACTIVATIONS["sigmoid"](x)[1](np.ones_like(x))
    assert slopes.max() == slopes[5000] == 0.25


@pytest.mark.parametrize("name", ["Linear", "Embedding", "chain"])
def test_float32_in_float32_out(name: str) -> None:
    layer: Any = {"Linear": Linear(5, 2), "Embedding": Embedding(5, 2), "chain": Chain(Linear(5, 3), relu)}[name]
    y, backward = layer(np.array([1, 2]) if name == "Embedding" else X.astype(np.float32))
    backward(np.ones_like(y))
    assert y.dtype == np.float32
    assert all(parameter.gradient.dtype == np.float32 for parameter in layer.parameters())


def test_shared_parameters_gather_both_gradients() -> None:
    """Weight tying: one matrix reads and writes."""
    table, output = Embedding(5, 3), Linear(3, 5, bias=False)
    output.weight = table.weight
    stir(output)
    rows, rows_backward = table(np.array([1, 2]))
    _, backward = output(rows)
    rows_backward(backward(dy := numbers(2, 5)))
    expected = dy.T @ rows
    expected[[1, 2]] += dy @ table.weight.value
    assert far(table.weight.gradient, expected) < 1e-12


def test_weights_are_taken_over_by_name() -> None:
    one, two = Chain(Linear(3, 4, rng=1), relu), Chain(Linear(3, 4, rng=2), relu)
    two.load(one.weights())
    assert np.array_equal(two.layers[0].weight.value, one.layers[0].weight.value)  # pyright: ignore
    assert one.parameter_count == 16
    with pytest.raises(RunError, match=r"do not fit Chain: layers\.0\.weight is missing\n  allowed: \(4, 3\)"):
        two.load({"layers.0.bias": np.zeros(4)})
    with pytest.raises(RunError, match=r"more is \(2,\)\n  allowed: absent"):
        two.load({**one.weights(), "more": np.zeros(2)})


def test_a_parameter_leaves_what_it_was_made_from() -> None:
    first = np.zeros(3)
    Parameter(first).value += 1
    assert not first.any()


BAD = [
    (lambda: Linear(3, 2)(numbers(4, 2)), ShapeError, r"Linear\(3 → 2\) was given x of shape \(4, 2\)\n.*\(…, 3\)"),
    (lambda: Linear(3, 2)(numbers(4, 3))[1](numbers(3, 2)), ShapeError, r"given dy of shape \(3, 2\)\n.*\(4, 2\)"),
    (lambda: Linear(3, 2)(np.ones((4, 3), int)), ShapeError, r"x of int64\n.*float32 or float64"),
    (lambda: Linear(3, 2)(np.full((4, 3), np.nan)), NotFiniteError, r"x with 12 of 12 numbers not finite"),
    (lambda: softmax(np.array([1.0, np.inf])), NotFiniteError, r"softmax was given x with 1 of 2 .*inf"),
    (lambda: relu(np.array([np.nan, 1.0])), NotFiniteError, "relu was given x"),
    (lambda: Embedding(5, 2)(np.array([0, -1])), IdError, r"Embedding\(5 → 2\) was given the id -1\n.*ids 0 to 4"),
    (lambda: Embedding(5, 2)(np.array([[7, 5]])), IdError, "given the id 7"),
    (lambda: Embedding(5, 2)(np.array([1.0])), IdError, "ids of float64\n.*integers"),
    (lambda: Embedding(5, 2)([1, 2]), IdError, "ids of list"),  # pyright: ignore
    (lambda: Embedding(5, 2)(np.array([], int)), IdError, "no ids"),
    (lambda: cross_entropy(X, np.zeros((4, 2), int)), ShapeError, r"ids of shape \(4, 2\)\n.*\(4, 3\)"),
    (lambda: cross_entropy(X, np.full((4, 3), 5)), IdError, "given the id 5\n.*0 to 4"),
    (lambda: Parameter(np.zeros((2, 2))).add(np.zeros(2)), ShapeError, r"gradient of shape \(2,\)\n.*\(2, 2\)"),
    (lambda: Bigram(5)(np.array([1, 2])), ShapeError, r"Bigram was given ids of shape \(2,\)\n.*\(B, T\)"),
    (lambda: Bigram(5).start(np.array([[5]])), IdError, "Bigram was given the id 5"),
    (lambda: Bigram(5).step(np.array([-1]), None), IdError, "Bigram was given the id -1"),
    (lambda: Bigram(5).step([1], None), IdError, "Bigram was given ids of list"),  # pyright: ignore
    (lambda: Linear(1, 2)([1.0]), ShapeError, r"x of list\n.*\n.*np\.array\(x, float\)"),  # pyright: ignore
]


@pytest.mark.parametrize(("call", "kind", "words"), BAD, ids=range(len(BAD)))
@pytest.mark.filterwarnings("error")
def test_bad_input_is_named(call: Any, kind: type[Exception], words: str) -> None:
    with pytest.raises(kind, match=words):
        call()


def test_a_sum_that_overflows_is_no_mistake() -> None:
    """float32 numbers that are large and finite pass, though their sum is not."""
    x = np.full((1, 40), 3e38, np.float32)
    assert np.isfinite(relu(x)[0]).all()


def test_a_gradient_check_leaves_the_layer_as_it_was() -> None:
    layer = Linear(5, 2, rng=3)
    before = layer.weight.value.copy()
    check_gradients(layer, X)
    assert layer.weight.value.dtype == np.float32
    assert np.array_equal(layer.weight.value, before)
    assert not layer.weight.gradient.any()


def test_a_backward_of_another_shape_is_caught() -> None:
    with pytest.raises(GradientError, match="input 0: relative error inf"):
        check_gradients(lambda x: (2 * x, lambda dy: 2 * dy.sum(0)), X)
    with pytest.raises(GradientError, match="input 0: relative error inf"):
        check_gradients(lambda x: (2 * x, lambda dy: np.nan * dy), X)
    with pytest.raises(ShapeError, match=r"gave 1 gradient\(s\)\n  allowed: 2, .*input 0, input 1"):
        check_gradients(lambda x, z: (x * z, lambda dy: dy * z), X, X)


def test_bigram() -> None:
    """A small step, since a ReLU has a corner."""
    keeps_the_law(Bigram(5, hidden=6, rng=2), np.array([[0, 4, 1], [1, 1, 2]]), step=1e-5)
