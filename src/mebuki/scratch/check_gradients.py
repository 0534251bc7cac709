"""Is a backward right? A whole Jacobian tested with two random vectors.

A layer with many inputs and outputs has a matrix of derivatives J that is too large to compare number by number. But for
any vectors u (as large as the output) and v (as large as the input), uᵀ J v is one number, and it can be had in two ways:

    by hand:     backward(u) gives Jᵀ u; its inner product with v
    by numbers:  how fast uᵀ y changes when the input moves along v

A wrong entry of J changes the first and not the second, unless a random v happens to be blind to it. The slope is
measured at four points, (8 [f(h) - f(-h)] - [f(2h) - f(-2h)]) / 12h, whose error shrinks with h⁴ (Abramowitz & Stegun,
25.3.6). All in float64: in float32 rounding drowns everything below 1e-4.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ..errors import MebukiError
from .checks import Array, ShapeError
from .layer import Layer


class GradientError(MebukiError):
    """A backward that does not agree with the forward. `errors` are the relative errors by name."""

    def __init__(self, layer: str, errors: dict[str, float], tolerance: float) -> None:
        self.errors = errors
        worst = max(errors, key=lambda name: errors[name])
        table = ", ".join(f"{name} {error:.1e}" for name, error in errors.items())
        super().__init__(
            f"the backward of {layer} is wrong at {worst}: relative error {errors[worst]:.1e} ({table})",
            allowed=f"at most {tolerance:g}",
            hint="compare each line of backward with its line of forward, the last first; a corner as in ReLU needs "
            "inputs away from it, or a smaller step",
        )


def check_gradients(
    layer: Callable[..., tuple[Any, Callable[..., Any]]],
    *inputs: Any,
    seed: int = 0,
    directions: int = 2,
    step: float = 1e-3,
    tolerance: float = 1e-8,
) -> dict[str, float]:
    """Compare a backward with its forward, at each input and each parameter, by random projection in float64.

    Args:
        layer: called with the inputs, gives y and backward. y may be a number, an array, or a tuple of these (a tuple
            inside is a state); backward is then called with one gradient for each, and gives one for each input of
            floats. A `Layer`'s parameters are checked too, on a copy in float64: the layer stays as it is.
        inputs: arrays, or tuples of arrays; integers (ids) and None are passed on and have no gradient.
        seed: of the directions.
        directions: how many pairs of random vectors.
        step: h, as a share of the numbers' usual size.
        tolerance: largest relative error allowed. Errors are relative to the size that such a projection has for a
            gradient of this length, so that a chance near zero does no harm.

    Returns:
        the relative error of every input ("input 0", …) and every parameter (by its name).

    Raises:
        GradientError: one is larger than the tolerance.
        ShapeError: backward gives fewer or more gradients than there are inputs.

    >>> from .linear import Linear
    >>> sorted(check_gradients(Linear(3, 2), np.ones((4, 3))))
    ['bias', 'input 0', 'weight']

    A backward that is wrong by a thousandth:

    >>> def cube(x):
    ...     return x**3, lambda dy: dy * 3.003 * x**2
    >>> check_gradients(cube, np.array([1.0, 2.0]))  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    mebuki.scratch.check_gradients.GradientError: the backward of cube is wrong at input 0: relative error ...
    """
    name = getattr(layer, "__name__", type(layer).__name__)
    owner = layer if isinstance(layer, Layer) else getattr(layer, "__self__", None)  # also of a bound method
    call: Any = layer
    if isinstance(owner, Layer):
        whole: Any = copy.deepcopy(owner).astype(np.float64)
        call, owner = (whole if layer is owner else getattr(whole, name)), whole
    given = tuple(_as_float64(value) for value in inputs)
    places: dict[str, Array] = {}
    for number, value in enumerate(given):
        leaves = list(_leaves(value))
        places |= {f"input {number}" + (f".{n}" if len(leaves) > 1 else ""): leaf for n, leaf in enumerate(leaves)}
    inputs_at = list(places)
    parameters = owner.named_parameters() if isinstance(owner, Layer) else {}
    places |= {path: parameter.value for path, parameter in parameters.items()}
    rng, errors = np.random.default_rng(seed), dict.fromkeys(places, 0.0)
    for _ in range(directions):
        y, backward = call(*given)
        u = _like(y, rng)
        usual = 1e-3 * float(np.linalg.norm(_flat(u)) * np.linalg.norm(_flat(y)) / max(1, _flat(y).size) ** 0.5)
        for parameter in parameters.values():
            parameter.zero()
        back = backward(*u) if isinstance(y, tuple) else backward(u)
        found = list(_leaves(back))
        if len(found) != len(inputs_at):
            raise ShapeError(
                f"the backward of {name} gave {len(found)} gradient(s)",
                allowed=f"{len(inputs_at)}, one for each input of floats: {', '.join(inputs_at)}",
            )
        gradients = dict(zip(inputs_at, found, strict=True))
        gradients |= {path: parameter.gradient.copy() for path, parameter in parameters.items()}
        for place, value in places.items():
            v = rng.standard_normal(value.shape)
            if np.shape(gradients[place]) != value.shape:
                errors[place] = float("inf")
                continue
            by_hand = float(np.sum(gradients[place] * v))
            by_numbers = _slope(lambda u=u: _project(call(*given)[0], u), value, v, step)
            size = max(float(np.linalg.norm(gradients[place])), abs(by_numbers), usual)
            if size:
                error = abs(by_hand - by_numbers) / size
                errors[place] = max(errors[place], error if np.isfinite(error) else np.inf)
    if not all(error <= tolerance for error in errors.values()):
        raise GradientError(name, errors, tolerance)
    return errors


def _slope(f: Callable[[], float], place: Array, direction: Array, step: float) -> float:
    """How fast f changes when the array `place` moves along a direction; the array ends as it was."""
    here, found = place.copy(), {}
    h = step / max(1.0, float(np.abs(direction).max(initial=0.0)))
    for times in (-2, -1, 1, 2):
        place[...] = here + times * h * direction
        found[times] = f()
    place[...] = here
    return (8 * (found[1] - found[-1]) - (found[2] - found[-2])) / (12 * h)


def _as_float64(value: Any) -> Any:
    if isinstance(value, (tuple, list)):
        return tuple(_as_float64(part) for part in value)
    if isinstance(value, np.ndarray) and value.dtype.kind == "f":
        return value.astype(np.float64)
    return value


def _leaves(tree: Any) -> Iterator[Array]:
    """The arrays of floats in nested tuples, in order."""
    if isinstance(tree, (tuple, list)):
        for part in tree:
            yield from _leaves(part)
    elif isinstance(tree, (float, np.floating)) or (isinstance(tree, np.ndarray) and tree.dtype.kind == "f"):
        yield tree  # pyright: ignore[reportReturnType]


def _like(tree: Any, rng: np.random.Generator) -> Any:
    """Random numbers in the shape of an output."""
    if isinstance(tree, (tuple, list)):
        return tuple(_like(part, rng) for part in tree)
    if isinstance(tree, (float, np.floating)):
        return float(rng.standard_normal())
    return rng.standard_normal(tree.shape)


def _flat(tree: Any) -> Array:
    return np.concatenate([np.ravel(leaf) for leaf in _leaves(tree)])


def _project(y: Any, u: Any) -> float:
    return float(_flat(y) @ _flat(u))
