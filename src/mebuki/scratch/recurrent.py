"""RNN, LSTM and GRU as language models: embedding → cells, one above the other → a score for every letter.

Shapes: B batch, T time, H hidden width, V vocabulary.

A window begins with an empty state, unless one is given: then it goes on where the last window ended, and only the
gradient ends at its edge (truncated backpropagation through time, `truncated.py`).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from ..shapes import RecurrentShape
from .cell import Cell, State
from .checks import Array, Ids, check_ids
from .dropout import dropout
from .embedding import Embedding
from .gru import GRUCell
from .language_model import LanguageModel
from .linear import Linear
from .lstm import LSTMCell
from .parameter import Parameter
from .rnn import RNNCell

States = list[State]  # one for each layer


class Recurrent(LanguageModel):
    """Embedding → recurrent layers → Linear. Its state is one cell's state for each layer.

    >>> model = GRU(65, width=16, context=8)
    >>> logits, backward = model(np.array([[3, 1, 4]]))
    >>> logits.shape
    (1, 3, 65)
    >>> logits, state = model.start(np.array([[3, 1, 4]]))
    >>> logits, state = model.step(np.array([1]), state)
    >>> logits.shape
    (1, 65)

    Args:
        vocabulary: V.
        width: H, of the embedding too.
        layers: cells, one above the other.
        context: T, letters in one training window.
        dropout: share of numbers left out at random while training.
        tied: one matrix for both embedding and output.
        rng: a seed or a generator, of the first weights.

    Raises:
        RecipeError: numbers out of their range.
    """

    cell: ClassVar[type[Cell]]

    def __init__(
        self,
        vocabulary: int,
        *,
        width: int = 256,
        layers: int = 1,
        context: int = 64,
        dropout: float = 0.0,
        tied: bool = False,
        rng: int | np.random.Generator = 0,
    ) -> None:
        rng = np.random.default_rng(rng)
        self.vocabulary, self.context, self.share = vocabulary, context, dropout
        self.shape = RecurrentShape(width, layers, context, dropout, tied)
        self.embedding = Embedding(vocabulary, width, rng, std=1 / math.sqrt(width) if tied else 1.0)
        self.layers = [self.cell(width, width, rng) for _ in range(layers)]
        self.output = Linear(width, vocabulary)
        self.output.weight = self.embedding.weight if tied else Parameter(np.zeros((vocabulary, width), np.float32))

    def __call__(self, ids_BT: Ids, rng: np.random.Generator | None = None) -> tuple[Array, Callable[[Array], None]]:
        (logits_BTV, _), backward = self.read(ids_BT, None, rng)
        return logits_BTV, backward

    def read(
        self, ids_BT: Ids, states: States | None = None, rng: np.random.Generator | None = None
    ) -> tuple[tuple[Array, States], Callable[[Array], None]]:
        """A window that goes on from `states` (None: from the beginning): logits [B, T, V], and the states after it."""
        check_ids(type(self).__name__, ids_BT, self.vocabulary, ("B", "T"))
        x_TBH, embedding_backward = self.embedding(ids_BT.T)
        x_TBH, dropout_backward = dropout(x_TBH, self.share, rng)
        backwards: list[Callable[..., Any]] = [embedding_backward, dropout_backward]
        after: States = []
        for number, layer in enumerate(self.layers):
            (x_TBH, state), layer_backward = layer.over_time(x_TBH, states[number] if states else None)
            x_TBH, dropout_backward = dropout(x_TBH, self.share, rng)
            backwards += [_first(layer_backward), dropout_backward]
            after.append(state)
        logits_TBV, output_backward = self.output(x_TBH)

        def backward(dlogits_BTV: Array) -> None:
            dx = output_backward(np.ascontiguousarray(dlogits_BTV.swapaxes(0, 1)))
            for back in reversed(backwards):
                dx = back(dx)

        return (logits_TBV.swapaxes(0, 1), after), backward

    def start(self, ids_BT: Ids) -> tuple[Array, States]:
        check_ids(type(self).__name__, ids_BT, self.vocabulary, ("B", "T"))
        states, logits_BTV = None, None
        for first in range(0, ids_BT.shape[1], self.context):  # a long prompt needs no more memory than a window
            (logits_BTV, states), _ = self.read(ids_BT[:, first : first + self.context], states)
        assert states is not None
        assert logits_BTV is not None
        return logits_BTV[:, -1], states

    def step(self, ids_B: Ids, state: States) -> tuple[Array, States]:
        check_ids(type(self).__name__, ids_B, self.vocabulary, ("B",))
        x_BH, after = self.embedding(ids_B)[0], []
        for layer, before in zip(self.layers, state, strict=True):
            now, _ = layer(x_BH, before)
            x_BH = now[0]
            after.append(now)
        return self.output(x_BH)[0], after

    def matrices(self) -> list[tuple[Parameter, tuple[int, ...]]]:
        rows = (self.layers[0].width,) * self.cell.gates
        return [(weight, rows) for cell in self.layers for weight in (cell.from_input.weight, cell.from_state.weight)]


def _first(backward: Callable[..., Any]) -> Callable[[Array], Array]:
    """The gradient of what came in; that of the state ends at the window's edge."""
    return lambda dh_TBH: backward(dh_TBH)[0]


class RNN(Recurrent):
    """Of plain cells (Elman 1990); arguments as for `Recurrent`."""

    kind = "rnn"
    cell = RNNCell


class LSTM(Recurrent):
    """Of cells with a gated memory (Hochreiter & Schmidhuber 1997); arguments as for `Recurrent`."""

    kind = "lstm"
    cell = LSTMCell


class GRU(Recurrent):
    """Of gated recurrent units (Cho et al. 2014); arguments as for `Recurrent`."""

    kind = "gru"
    cell = GRUCell
