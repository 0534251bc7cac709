"""Weights of a module as arrays by name, there and back: what checkpoints hold, and what the engine by hand can load."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor, nn


def to_arrays(tensors: Mapping[str, Tensor]) -> dict[str, NDArray[Any]]:
    """Tensors as arrays; those on the CPU share their memory."""
    return {name: tensor.detach().cpu().numpy() for name, tensor in tensors.items()}


def weights_of(module: nn.Module) -> dict[str, NDArray[Any]]:
    """Every parameter once, by name.

    >>> {name: array.shape for name, array in weights_of(nn.Linear(3, 2)).items()}
    {'weight': (2, 3), 'bias': (2,)}
    """
    return to_arrays(dict(module.named_parameters()))


@torch.no_grad()
def load_weights(module: nn.Module, weights: Mapping[str, NDArray[Any] | Tensor]) -> None:
    """Copy weights into the parameters of the same names."""
    for name, parameter in module.named_parameters():
        value = weights[name]
        parameter.copy_(value if isinstance(value, Tensor) else torch.tensor(value))
