"""The first layers: by hand = by numbers = by PyTorch, in float64."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from laws import against_torch, keeps_the_law, numbers

from mebuki.scratch import Chain, Linear, relu
from mebuki.scratch.activations import ACTIVATIONS

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
