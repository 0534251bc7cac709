"""What recurrent cells share: weights that are used at every step, and a state that is carried from step to step.

Shapes: B batch, T time, D inputs, H hidden width, G gates · H.

A cell is a function of what comes in now and of what it remembers:

    state', backward = cell(x_BD, state)              # one step
    (h_TBH, state), backward = cell.over_time(x_TBD)  # all steps of a window: the same, quicker

Arrays over time are [T, B, H]: x_TBD[t] is what comes in at step t, one row for each of the B streams, and rows never
meet. A state is a tuple of [B, H]; its first array, h, is also the output. Both backwards take the gradient of all that
was given out and return that of all that was taken in, so dstate walks backwards through time just as state walked on.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from .checks import Array, ShapeError, check_floats
from .layer import Layer
from .linear import Linear

State = tuple[Array, ...]  # each [B, H]; the first is the output


class Cell(Layer, ABC):
    """One recurrent layer: x goes in by `from_input` [G, D] with a bias, the state by `from_state` [G, H] without.

    Input weights begin uniform with variance 1/D, biases with 0, and the map of the state to each gate with a random
    orthogonal matrix: it turns a state without making it longer or shorter (Saxe et al. 2014).

    Args:
        inputs: D.
        width: H.
        rng: a seed or a generator, of the first weights.

    Attributes:
        parts: how many arrays there are in a state.
        gates: how many blocks of H rows there are in the weights.
    """

    parts: ClassVar[int] = 1
    gates: ClassVar[int] = 1

    def __init__(self, inputs: int, width: int, rng: int | np.random.Generator = 0) -> None:
        rng = np.random.default_rng(rng)
        self.inputs, self.width = inputs, width
        self.from_input = Linear(inputs, self.gates * width, rng)
        self.from_state = Linear(width, self.gates * width, rng, bias=False)
        self.from_input.weight.value *= math.sqrt(3)  # ±√(3/D) has the variance 1/D
        for gate_HH in self.from_state.weight.value.reshape(self.gates, width, width):
            gate_HH[...] = orthogonal(width, rng)

    @abstractmethod
    def __call__(self, x_BD: Array, state: State | None) -> tuple[Any, Callable[..., Any]]:
        """One step: the new state, and backward(dh, …) → (dx, dstate). Written for reading.

        Args:
            x_BD: what comes in.
            state: what is remembered; None: zeros, to which no gradient is given.

        Raises:
            ShapeError, NotFiniteError: x or the state do not fit, or are not finite.
        """

    @abstractmethod
    def over_time(self, x_TBD: Array, state: State | None = None) -> tuple[Any, Callable[..., Any]]:
        """All steps of a window: (h_TBH, the last state), and backward(dh_TBH, dstate) → (dx_TBD, dstate0).

        The same as `unroll(cell, x_TBD, state)`. Written for speed. dstate None: nothing comes back from later windows.
        """

    def opened(self, x: Array, state: State | None, leading: tuple[str, ...]) -> tuple[Array, ...]:
        """The state to begin with, zeros if there is none, after a look at x and at it."""
        name = str(self)
        check_floats(name, "x", x, (*leading, self.inputs))
        if x.size == 0:
            raise ShapeError(f"{name} was given x of shape {x.shape}", allowed="at least one step and one row")
        shape = (x.shape[-2], self.width)
        if state is None:
            dtype = np.result_type(x, self.from_state.weight.value)
            return tuple(np.zeros(shape, dtype) for _ in range(self.parts))
        if not isinstance(state, tuple) or len(state) != self.parts:
            given = f"a tuple of {len(state)}" if isinstance(state, tuple) else f"a {type(state).__name__}"
            raise ShapeError(f"{name} was given as state {given}", allowed=f"a tuple of {self.parts} arrays, or None")
        for part in state:
            check_floats(name, "state", part, shape)
        return state

    def returned(self, dstate: State | None, state: State) -> State:
        """The gradient of the last state, zeros if there is none."""
        if dstate is None:
            return tuple(np.zeros_like(part) for part in state)
        if len(dstate) != self.parts:
            allowed = f"a tuple of {self.parts} arrays, or None"
            raise ShapeError(f"the backward of {self} was given {len(dstate)} gradients of its state", allowed=allowed)
        for part, value in zip(dstate, state, strict=True):
            check_floats(str(self), "dstate", part, value.shape)
        return dstate

    def __str__(self) -> str:
        return f"{type(self).__name__}({self.inputs} → {self.width})"


def orthogonal(width: int, rng: np.random.Generator) -> Array:
    """A random matrix [H, H] with rows of length 1 at right angles, every one as likely as any other.

    Gram and Schmidt's orthogonalization of normal numbers; the signs make it fair (Mezzadri 2007).

    >>> turn = orthogonal(3, np.random.default_rng(0))
    >>> bool(np.allclose(turn @ turn.T, np.eye(3)))
    True
    """
    q, r = np.linalg.qr(rng.standard_normal((width, width)))
    return q * np.sign(np.diag(r))
