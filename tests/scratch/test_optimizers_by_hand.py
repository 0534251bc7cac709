"""Optimizers by hand take PyTorch's steps, number by number, in float64."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from laws import far, numbers

from mebuki.scratch import NotFiniteError, Parameter
from mebuki.scratch.muon import Muon, orthogonalise
from mebuki.scratch.optimizers import SGD, AdaGrad, Adam, AdamW, Momentum, RMSprop
from mebuki.training import optimizers as torchs

PAIRS: dict[str, tuple[Any, Any]] = {
    "SGD": (lambda p: SGD(p, 0.1), lambda p: torch.optim.SGD(p, lr=0.1)),
    "Momentum": (lambda p: Momentum(p, 0.1, 0.8), lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.8)),
    "AdaGrad": (lambda p: AdaGrad(p, 0.1), lambda p: torch.optim.Adagrad(p, lr=0.1, eps=1e-8)),
    "RMSprop": (lambda p: RMSprop(p, 0.01, 0.9), lambda p: torch.optim.RMSprop(p, lr=0.01, alpha=0.9)),
    "Adam": (lambda p: Adam(p, 0.05), lambda p: torch.optim.Adam(p, lr=0.05)),
    "AdamW": (
        lambda p: AdamW(p, 0.05, 0.8, 0.9, 0.3),
        lambda p: torch.optim.AdamW(p, 0.05, (0.8, 0.9), weight_decay=0.3),
    ),
}


@pytest.mark.parametrize("name", PAIRS)
def test_ten_steps_are_pytorchs(name: str) -> None:
    make, make_theirs = PAIRS[name]
    ours, theirs = Parameter(numbers(3, 4)), torch.tensor(numbers(3, 4), requires_grad=True)
    optimizer, their = make([ours]), make_theirs([theirs])
    for step in range(10):
        ours.zero()
        ours.add(gradient := numbers(3, 4, seed=step) * (step + 1))
        theirs.grad = torch.from_numpy(gradient)
        optimizer.step()
        their.step()
        assert far(ours.value, theirs.detach().numpy()) <= 1e-10


@pytest.mark.parametrize("shape", [(6, 4), (4, 6)])
def test_muon_takes_the_steps_of_the_pytorch_one(shape: tuple[int, int]) -> None:
    """Two pieces of one matrix, tall and wide."""
    ours, theirs = Parameter(numbers(*shape)), torch.nn.Parameter(torch.tensor(numbers(*shape)))
    rows = (shape[0] // 2, shape[0] - shape[0] // 2)
    optimizer = Muon({"w": ours}, 0.02, {"w": rows}, weight_decay=0.1)
    their = torchs.Muon({"w": (theirs, rows)}, 0.95, 0.1)
    their.dtype = torch.float64
    for step in range(5):
        ours.zero()
        ours.add(gradient := numbers(*shape, seed=step))
        theirs.grad = torch.from_numpy(gradient)
        optimizer.step(0.5)
        their.step(0.01)
        assert far(ours.value, theirs.detach().numpy()) <= 1e-10


def test_orthogonalised_matrices_keep_their_directions() -> None:
    matrices = numbers(3, 5, 8)
    u, _, v = np.linalg.svd(matrices, full_matrices=False)
    _, s, _ = np.linalg.svd(orthogonalise(matrices))
    assert s.min() > 0.3
    assert s.max() < 1.3
    middle = np.swapaxes(u, 1, 2) @ orthogonalise(matrices) @ np.swapaxes(v, 1, 2)
    assert far(middle, middle * np.eye(5)) < 1e-9  # diagonal in the same directions


def test_vectors_do_not_decay() -> None:
    vector = Parameter(np.ones(3))
    AdamW([vector], 0.1, weight_decay=0.5).step()
    assert vector.value.tolist() == [1.0, 1.0, 1.0]


@pytest.mark.parametrize("name", PAIRS)
def test_a_gradient_that_is_not_finite_is_named_and_changes_nothing(name: str) -> None:
    good, bad = Parameter(np.ones(3)), Parameter(np.ones(2))
    optimizer = PAIRS[name][0]({"hidden.bias": good, "output.bias": bad})
    good.add(np.ones(3))
    bad.add(np.array([0.0, np.nan]))
    with pytest.raises(NotFiniteError, match=r"the gradient of output\.bias.*\n.*\n  try: a lower learning rate"):
        optimizer.step()
    assert good.value.tolist() == [1.0, 1.0, 1.0]
    assert optimizer.steps == 0
