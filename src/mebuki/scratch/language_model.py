"""What all language models by hand share: the contract of `mebuki.models`, with arrays in place of tensors.

Shapes: B batch, T time, V vocabulary.

    logits_BTV, backward = model(ids_BT)              # all positions at once; backward(dlogits_BTV) adds all gradients
    logits_BV, state     = model.start(ids_BT)        # read a prompt
    logits_BV, state     = model.step(ids_B, state)   # one token more

Starting with some tokens and stepping through the rest gives the logits of one full forward over all of them. The
parameters have the names and shapes of the PyTorch model of the same name: weights of one can be loaded into the other.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from ..shapes import Shape
from .checks import Array, Ids
from .cross_entropy import surprise
from .layer import Layer
from .parameter import Parameter


class LanguageModel(Layer, ABC):
    """A model that gives logits of the next token.

    Attributes:
        kind: its name, as in recipes.
        vocabulary: V, the number of ids it reads and writes; ids are in [0, V).
        context: letters in one training window; a Transformer looks back on at most so many.
        shape: the numbers that it was made from.
    """

    kind: ClassVar[str]
    vocabulary: int
    context: int
    shape: Shape

    @abstractmethod
    def __call__(self, ids_BT: Ids, rng: np.random.Generator | None = None) -> tuple[Array, Callable[[Array], None]]:
        """Logits [B, T, V] of the token after each position, and the way back.

        Args:
            ids_BT: integers in [0, V), T ≥ 1.
            rng: where dropout draws from, while training; None: nothing is left out.

        Raises:
            IdError, ShapeError: ids outside the vocabulary, or not of two axes.
        """

    @abstractmethod
    def start(self, ids_BT: Ids) -> tuple[Array, Any]:
        """Read a prompt, [B, T], T ≥ 1: logits [B, V] of what follows, and the state to step on from."""

    @abstractmethod
    def step(self, ids_B: Ids, state: Any) -> tuple[Array, Any]:
        """Read one token more, [B]: logits [B, V] and the new state. The old state must not be used again."""

    def losses(self, ids_BT: Ids, targets_BC: Ids, precision: str = "float32") -> Array:
        """Surprise in nats at what follows the last C positions of each row, [B, C] float64.

        Read in parts, since a forward keeps every value that its backward would need.
        """
        rows, C = max(1, 4096 // ids_BT.shape[1]), targets_BC.shape[1]
        parts = [
            surprise(self(ids_BT[i : i + rows])[0][:, -C:], targets_BC[i : i + rows])
            for i in range(0, len(ids_BT), rows)
        ]
        return np.concatenate(parts).astype(np.float64)

    def matrices(self) -> list[tuple[Parameter, tuple[int, ...]]]:
        """The inner matrices, for optimizers that treat them as maps, each with the row counts of its parts."""
        return []
