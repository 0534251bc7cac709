"""Backpropagation through time written by hand: a window at once equals one step after the other."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from mebuki.models.by_hand_recurrent import GRUOverTime, LSTMOverTime, RNNOverTime
from mebuki.models.recurrent import Cell, GRUCell, LSTMCell, RNNCell

T, B, H = 5, 2, 3
CELLS: dict[str, tuple[type[Cell], Any]] = {
    "rnn": (RNNCell, RNNOverTime),
    "lstm": (LSTMCell, LSTMOverTime),
    "gru": (GRUCell, GRUOverTime),
}


def drawn(kind: str) -> tuple[Cell, tuple[Tensor, ...]]:
    """A cell with weights drawn at random, and what the function takes: x, W, the bias of a GRU, and a state."""
    torch.manual_seed(8)
    cell = CELLS[kind][0](H).double()
    for parameter in cell.parameters():
        parameter.data = torch.randn_like(parameter)
    x = torch.randn(T, B, cell.gates * H, dtype=torch.float64, requires_grad=True)
    state = [torch.randn(B, H, dtype=torch.float64, requires_grad=True) for _ in range(cell.parts)]
    bias = [cell.reset_bias] if isinstance(cell, GRUCell) else []
    return cell, (x, cell.from_state.weight, *bias, *state)


@pytest.mark.parametrize("kind", CELLS)
def test_a_window_equals_its_steps(kind: str) -> None:
    """Outputs, the last state, and the gradients of the letters, the weights and the state it began with."""
    cell, given = drawn(kind)
    window = CELLS[kind][1].apply(*given)
    outputs, last = (window[0], window[1]) if kind == "lstm" else (window, None)

    state, steps = given[-cell.parts :], []
    for x_BG in given[0]:
        state = cell.step(x_BG, state)
        steps.append(state[0])
    expected = torch.stack(steps)
    assert (outputs - expected).abs().max() <= 1e-12

    weight = torch.randn_like(expected)
    mine, plain = (outputs * weight).sum(), (expected * weight).sum()
    if last is not None:
        assert (last - state[1]).abs().max() <= 1e-12
        mine, plain = mine + last.square().sum(), plain + state[1].square().sum()
    for a, b in zip(torch.autograd.grad(mine, given), torch.autograd.grad(plain, given), strict=True):
        assert (a - b).abs().max() <= 1e-10


@pytest.mark.parametrize("kind", CELLS)
def test_gradients_by_finite_differences(kind: str) -> None:
    _, given = drawn(kind)
    assert torch.autograd.gradcheck(CELLS[kind][1].apply, given)


@pytest.mark.parametrize("kind", CELLS)
def test_two_windows_are_one(kind: str) -> None:
    """A layer's state, carried from window to window, loses nothing."""
    cell, _ = drawn(kind)
    x_TBH = torch.randn(T, B, H, dtype=torch.float64)
    whole, end = cell(x_TBH, cell.zero_state(x_TBH))
    first, state = cell(x_TBH[:2], cell.zero_state(x_TBH))
    second, state = cell(x_TBH[2:], state)
    assert (torch.cat((first, second)) - whole).abs().max() <= 1e-12
    for a, b in zip(state, end, strict=True):
        assert (a - b).abs().max() <= 1e-12


@pytest.mark.parametrize("kind", CELLS)
def test_a_gradient_can_be_asked_for_twice(kind: str) -> None:
    """What is kept for the backward is not used up by it."""
    _, given = drawn(kind)
    y = CELLS[kind][1].apply(*given)
    total = sum(part.sum() for part in y) if isinstance(y, tuple) else y.sum()
    first = torch.autograd.grad(total, given, retain_graph=True)
    assert all(torch.equal(a, b) for a, b in zip(first, torch.autograd.grad(total, given), strict=True))
