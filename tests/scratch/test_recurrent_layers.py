"""Recurrent cells, unrolled and over a window: by hand = by numbers = by PyTorch, in float64."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from laws import CLOSE, against_torch, far, keeps_the_law, leaves, numbers, stir
from torch import Tensor, nn

from mebuki.errors import RecipeError
from mebuki.scratch import NotFiniteError, Parameter, ShapeError, check_gradients
from mebuki.scratch.cell import Cell, orthogonal
from mebuki.scratch.clipping import clip_gradients
from mebuki.scratch.dropout import dropout
from mebuki.scratch.gru import GRUCell
from mebuki.scratch.layer import Layer
from mebuki.scratch.lstm import LSTMCell
from mebuki.scratch.rnn import RNNCell
from mebuki.scratch.unroll import unroll

CELLS = [RNNCell, LSTMCell, GRUCell]
T, B, D, H = 5, 3, 2, 4
X = numbers(T, B, D, seed=1)


def state_of(kind: type[Cell], seed: int = 2) -> tuple[np.ndarray, ...]:
    return tuple(numbers(B, H, seed=seed + n) for n in range(kind.parts))


class Called(Layer):
    """A cell that is called in one of three ways."""

    def __init__(self, cell: Cell, way: Callable[..., Any]) -> None:
        self.cell, self.way = cell, way

    def __call__(self, x: np.ndarray, state: Any) -> Any:
        return self.way(self.cell, x, state)


WAYS = {"unroll": unroll, "over_time": lambda cell, x, state: cell.over_time(x, state)}


class Theirs(nn.Module):
    """torch.nn's layer, with parameters in our names and our order of gates."""

    def __init__(self, kind: type[Cell]) -> None:
        super().__init__()
        self.from_input, self.from_state = nn.Linear(D, kind.gates * H), nn.Linear(H, kind.gates * H, bias=False)
        self.whole = [{RNNCell: nn.RNN, LSTMCell: nn.LSTM, GRUCell: nn.GRU}[kind](D, H).double()]  # not a part of this
        self.order = [0, 1, 3, 2] if kind is LSTMCell else list(range(kind.gates))
        if kind is GRUCell:
            self.reset_bias = nn.Parameter(torch.zeros(H))

    def forward(self, x: Tensor, state: tuple[Tensor, ...]) -> Any:
        def turned(rows: Tensor) -> Tensor:
            return torch.cat([rows[gate * H : (gate + 1) * H] for gate in self.order])

        second = torch.zeros_like(self.from_input.bias)
        if hasattr(self, "reset_bias"):
            second = torch.cat([second[: 2 * H], self.reset_bias])
        weights = {
            "weight_ih_l0": turned(self.from_input.weight),
            "weight_hh_l0": turned(self.from_state.weight),
            "bias_ih_l0": turned(self.from_input.bias),
            "bias_hh_l0": second,
        }
        first = tuple(part[None] for part in state)
        h, last = torch.func.functional_call(self.whole[0], weights, (x, first if len(first) == 2 else first[0]))
        return h, tuple(part[0] for part in last) if isinstance(last, tuple) else (last[0],)


@pytest.mark.parametrize("kind", CELLS)
def test_one_step(kind: type[Cell]) -> None:
    keeps_the_law(kind(D, H, rng=1), X[0], state_of(kind))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", CELLS)
def test_all_steps(kind: type[Cell], way: str) -> None:
    layer = Called(kind(D, H, rng=1), WAYS[way])
    keeps_the_law(layer, X, state_of(kind))
    against_torch(layer, Theirs(kind), X, state_of(kind), rename=lambda name: name.removeprefix("cell."))


@pytest.mark.parametrize("given", [True, False])
@pytest.mark.parametrize("kind", CELLS)
def test_over_time_is_unroll(kind: type[Cell], given: bool) -> None:
    """Also without a state to begin with, without a gradient of the last one, and for arrays that lie turned."""
    cell, state = stir(kind(D, H, rng=1)), state_of(kind) if given else None
    x, dh = np.asfortranarray(X), numbers(B, T, H, seed=8).transpose(1, 0, 2)
    for dstate in (state_of(kind, 9), None):
        found = []
        for way in WAYS.values():
            cell.zero_gradients()
            y, backward = way(cell, x, state)
            found.append((y, backward(dh, dstate), tuple(p.gradient for p in cell.parameters())))
            found[-1] = [leaf.copy() for leaf in leaves(found[-1])]
        for one, other in zip(*found, strict=True):
            assert far(one, other) <= CLOSE
    assert (cell.over_time(x, state)[1](dh)[1] is None) is not given
    check_gradients(Called(cell, WAYS["over_time"]), x, state)


@pytest.mark.parametrize("kind", CELLS)
def test_float32_stays_and_what_was_given_stays(kind: type[Cell]) -> None:
    cell = kind(D, H)
    x, state, dh = X.astype(np.float32), tuple(part.astype(np.float32) for part in state_of(kind)), numbers(T, B, H)
    before = [leaf.copy() for leaf in leaves((x, state))]
    (h_TBH, last), backward = cell.over_time(x, state)
    kept = h_TBH.copy()
    results = leaves((h_TBH, last, backward(dh.astype(np.float32), state)))
    assert {leaf.dtype for leaf in results} == {np.dtype(np.float32)}
    assert all(np.array_equal(a, b) for a, b in zip(before, leaves((x, state)), strict=True))
    assert np.array_equal(h_TBH, kept)
    assert np.array_equal(h_TBH[-1], last[0])
    assert not np.shares_memory(h_TBH, last[0])  # a state that is kept must not keep all steps alive


@pytest.mark.parametrize("kind", CELLS)
def test_windows_join(kind: type[Cell]) -> None:
    """Two windows, the state and its gradient handed over, are one."""
    cell, dh = stir(kind(D, H, rng=1)), numbers(T, B, H, seed=8)
    (h, last), backward = cell.over_time(X, state_of(kind))
    dx, dfirst = backward(dh)
    whole = [p.gradient.copy() for p in cell.parameters()]
    cell.zero_gradients()
    (h1, between), backward1 = cell.over_time(X[:2], state_of(kind))
    (h2, last2), backward2 = cell.over_time(X[2:], between)
    dx2, dbetween = backward2(dh[2:])
    dx1, dfirst1 = backward1(dh[:2], dbetween)
    joined = (np.concatenate([h1, h2]), last2, np.concatenate([dx1, dx2]), dfirst1)
    for one, other in zip(leaves(joined), leaves((h, last, dx, dfirst)), strict=True):
        assert far(one, other) <= CLOSE
    for parameter, gradient in zip(cell.parameters(), whole, strict=True):
        assert far(parameter.gradient, gradient) <= CLOSE


@pytest.mark.parametrize("kind", CELLS)
def test_first_weights(kind: type[Cell]) -> None:
    cell = kind(3, 64, rng=1)
    again = kind(3, 64, rng=1)
    assert all(np.array_equal(a.value, b.value) for a, b in zip(cell.parameters(), again.parameters(), strict=True))
    for gate in cell.from_state.weight.value.reshape(cell.gates, 64, 64):
        assert np.allclose(gate @ gate.T, np.eye(64), atol=1e-5)
    assert cell.from_input.weight.value.var() == pytest.approx(1 / 3, rel=0.2)
    assert cell.from_input.bias is not None
    bias = cell.from_input.bias.value.reshape(cell.gates, 64)
    assert bias.sum(1).tolist() == ([0, 64, 0, 0] if kind is LSTMCell else [0] * cell.gates)


def test_orthogonal_has_no_favourite_sign() -> None:
    corners = [orthogonal(2, np.random.default_rng(seed))[0, 0] for seed in range(400)]
    assert abs(np.mean(corners)) < 0.15


@pytest.mark.parametrize("way", ["step", *WAYS])
@pytest.mark.parametrize("kind", CELLS)
def test_what_cells_refuse(kind: type[Cell], way: str) -> None:
    cell = kind(D, H)
    call = (lambda x, state: cell(x, state)) if way == "step" else (lambda x, state: WAYS[way](cell, x, state))
    x, state = (X[0] if way == "step" else X), state_of(kind)
    with pytest.raises(ShapeError, match=r"was given x of shape .*"):
        call(x[..., :1], None)
    with pytest.raises(ShapeError, match="x of shape"):
        call(x[None], None)
    with pytest.raises(ShapeError, match="int64"):
        call(x.astype(int), None)
    with pytest.raises(NotFiniteError):
        call(x * np.nan, None)
    with pytest.raises(ShapeError, match="state of shape"):
        call(x, tuple(part[:1] for part in state))
    with pytest.raises(ShapeError, match=f"a tuple of {kind.parts + 1}"):
        call(x, (*state, state[0]))
    with pytest.raises(ShapeError, match="as state a ndarray"):
        call(x, state[0])
    with pytest.raises(NotFiniteError, match="state"):
        call(x, tuple(part * np.inf for part in state))
    with pytest.raises(ShapeError):
        call(x[:0], None)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", CELLS)
def test_what_their_backwards_refuse(kind: type[Cell], way: str) -> None:
    (h_TBH, _), backward = WAYS[way](kind(D, H), X, None)
    with pytest.raises(ShapeError, match="dh"):
        backward(h_TBH[:1], None)
    with pytest.raises(NotFiniteError, match="dh"):
        backward(h_TBH * np.nan, None)
    with pytest.raises(ShapeError, match="dstate"):
        backward(h_TBH, tuple(part[:1] for part in state_of(kind)))
    with pytest.raises(ShapeError, match="gradients of its state"):
        backward(h_TBH, (*state_of(kind), X))


def test_dropout() -> None:
    keeps_the_law(lambda x: dropout(x, 0.4, np.random.default_rng(3)), X)
    mask = torch.from_numpy((dropout(np.ones_like(X), 0.4, np.random.default_rng(3))[0] > 0).astype(float))
    against_torch(lambda x: dropout(x, 0.4, np.random.default_rng(3)), lambda x: x * mask / 0.6, X)
    y, _ = dropout(np.ones(100_000, np.float32), 0.4, np.random.default_rng(0))
    assert y.dtype == np.float32
    assert y.mean() == pytest.approx(1, abs=0.02)
    assert (y == 0).mean() == pytest.approx(0.4, abs=0.01)
    assert set(np.unique(y).tolist()) == {0.0, float(np.float32(1) / np.float32(0.6))}


def test_dropout_that_leaves_nothing_out() -> None:
    for share, rng in ((0.0, np.random.default_rng(0)), (0.5, None)):
        y, backward = dropout(X, share, rng)
        assert np.array_equal(y, X)
        assert np.array_equal(backward(X), X)


def test_what_dropout_refuses() -> None:
    rng = np.random.default_rng(0)
    for share in (1.0, -0.1, float("nan")):
        with pytest.raises(RecipeError, match="dropout"):
            dropout(X, share, rng)
    with pytest.raises(NotFiniteError):
        dropout(X * np.nan, 0.5, rng)
    with pytest.raises(ShapeError):
        dropout(X, 0.5, rng)[1](X[:1])


def test_clipping_is_that_of_torch() -> None:
    for longest in (0.5, 1e6):
        ours = [Parameter(numbers(3, 2, seed=n)) for n in range(3)]
        theirs = [torch.zeros(3, 2, dtype=torch.float64, requires_grad=True) for _ in ours]
        for n, (our, their) in enumerate(zip(ours, theirs, strict=True)):
            our.add(numbers(3, 2, seed=10 + n))
            their.grad = torch.from_numpy(our.gradient.copy())
        norm = clip_gradients(iter(ours), longest)
        assert norm == pytest.approx(float(nn.utils.clip_grad_norm_(theirs, longest)), rel=1e-12)
        for our, their in zip(ours, theirs, strict=True):
            assert their.grad is not None
            assert far(our.gradient, their.grad.numpy()) <= 1e-5  # torch adds 1e-6 to the length
    assert clip_gradients(ours, norm / 2) == pytest.approx(norm)
    assert clip_gradients(ours, norm) == pytest.approx(norm / 2, rel=1e-12)


def test_clipping_of_huge_and_of_broken_gradients() -> None:
    huge = Parameter(np.zeros(4, np.float32))
    huge.add(np.full(4, 1e30, np.float32))
    assert clip_gradients([huge], 1.0) == pytest.approx(2e30)
    assert huge.gradient == pytest.approx(0.5)
    huge.gradient[0] = np.nan
    with pytest.raises(NotFiniteError, match="length nan"):
        clip_gradients([huge], 1.0)
    for longest in (0.0, -1.0, float("nan")):
        with pytest.raises(RecipeError, match="clipped"):
            clip_gradients([huge], longest)
