"""The laws that every hand-written layer keeps, and how they are checked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from mebuki.scratch import GradientError, Layer, check_gradients

CLOSE = 1e-10  # to PyTorch, in float64, relative to the largest number


def numbers(*shape: int, seed: int = 0) -> np.ndarray:
    """Normal random numbers in float64."""
    return np.random.default_rng(seed).standard_normal(shape)


def stir(layer: Any, seed: int = 0, std: float = 0.4) -> Any:
    """Move every parameter at random and make it float64: fresh weights hold zeros that would hide mistakes."""
    rng = np.random.default_rng(seed)
    layer.astype(np.float64)
    for parameter in layer.parameters():
        parameter.value += std * rng.standard_normal(parameter.value.shape)
    return layer


def far(a: Any, b: Any) -> float:
    """The largest difference of two arrays, relative to the largest number in the second."""
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    assert a.shape == b.shape, f"{a.shape} is not {b.shape}"
    return float(np.abs(a - b).max(initial=0.0) / max(1.0, np.abs(b).max(initial=0.0)))


def leaves(tree: Any) -> list[Any]:
    """The arrays, tensors and numbers in nested tuples."""
    if tree is None:
        return []
    return [leaf for part in tree for leaf in leaves(part)] if isinstance(tree, (tuple, list)) else [tree]


def against_torch(
    ours: Any, theirs: Callable[..., Any], *inputs: Any, rename: Callable[[str], str] = lambda name: name
) -> None:
    """Values and all gradients equal PyTorch's. Parameters of `theirs` (a module) are set to those of `ours` by name.

    Inputs are arrays or tuples of arrays, floats and ids; outputs may be nested tuples.
    """
    if isinstance(ours, Layer):
        stir(ours)
    if isinstance(theirs, torch.nn.Module):
        theirs.double()
        with torch.no_grad():
            own = dict(theirs.named_parameters())
            for name, parameter in ours.named_parameters().items():
                own[rename(name)].copy_(torch.from_numpy(parameter.value))
            assert len(own) == len(ours.named_parameters())

    def tensor(value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(tensor(part) for part in value)
        if isinstance(value, np.ndarray):
            return torch.from_numpy(value.copy()).requires_grad_(value.dtype.kind == "f")
        return value

    given = [tensor(value) for value in inputs]
    y, backward = ours(*inputs)
    expected = theirs(*given)
    dy = [numbers(*np.shape(leaf), seed=7 + n) for n, leaf in enumerate(leaves(y))]
    for mine, their in zip(leaves(y), leaves(expected), strict=True):
        assert far(mine, their.detach().numpy()) <= CLOSE
    sum((their * torch.from_numpy(d)).sum() for their, d in zip(leaves(expected), dy, strict=True)).backward()  # pyright: ignore
    parts = iter(dy)

    def shaped(tree: Any) -> Any:
        return tuple(shaped(part) for part in tree) if isinstance(tree, tuple) else next(parts)

    for _ in range(2):  # the second time to see that gradients are added, and that nothing was used up
        back = backward(*shaped(y)) if isinstance(y, tuple) else backward(dy[0])
        parts = iter(dy)
    floats = [leaf for leaf in leaves(tuple(given)) if isinstance(leaf, torch.Tensor) and leaf.requires_grad]
    for mine, their in zip(leaves(back), floats, strict=True):
        assert far(mine, their.grad.numpy()) <= CLOSE
    if isinstance(ours, Layer):
        assert isinstance(theirs, torch.nn.Module)
        own = dict(theirs.named_parameters())
        for name, parameter in ours.named_parameters().items():
            assert far(parameter.gradient, 2 * own[rename(name)].grad.numpy()) <= CLOSE, name  # pyright: ignore


def spoilt(layer: Any, *, output: int | None = None, parameter: str | None = None, by: float = 1.001) -> Any:
    """The layer with a backward that is wrong by a thousandth, at one of its results or at one of its parameters."""

    class Spoilt(Layer):
        def __init__(self) -> None:
            self.layer = layer

        def __call__(self, *inputs: Any) -> Any:
            y, backward = self.layer(*inputs)

            def wrong(*dy: Any) -> Any:
                before = {n: p.gradient.copy() for n, p in self.named_parameters().items()}
                back = backward(*dy)
                for name, p in self.named_parameters().items():
                    if parameter is not None and name == f"layer.{parameter}":
                        p.gradient[...] = before[name] + (p.gradient - before[name]) * by
                if output is None:
                    return back
                if not isinstance(back, tuple):
                    return back * by
                return tuple(_scaled(part, by) if n == output else part for n, part in enumerate(back))

            return y, wrong

    return Spoilt()


def _scaled(tree: Any, by: float) -> Any:
    return tuple(_scaled(part, by) for part in tree) if isinstance(tree, tuple) else tree * by


def keeps_the_law(layer: Any, *inputs: Any, step: float = 1e-3) -> None:
    """By hand = by numbers at every input and parameter; and each, spoilt by a thousandth, is caught."""
    if isinstance(layer, Layer):
        stir(layer)
    errors = check_gradients(layer, *inputs, step=step)
    results = [n for n, value in enumerate(v for v in inputs if _is_floats(v))]
    names = [name for name in errors if not name.startswith("input ")]
    for mistake in [{"output": n} for n in results] + [{"parameter": name} for name in names]:
        with pytest.raises(GradientError):
            check_gradients(spoilt(layer, **mistake), *inputs, step=step)


def _is_floats(value: Any) -> bool:
    return any(isinstance(leaf, np.ndarray) and leaf.dtype.kind == "f" for leaf in leaves(value))
