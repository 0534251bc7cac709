"""Language models of recurrent cells: RNN, LSTM and GRU.

Shapes: B batch, T time, H hidden width, V vocabulary.

    ids → embedding → dropout → cell → dropout → … → Linear → logits

The state is all that the model knows of what it read: one `State` for each layer, of a fixed size however long the text
was. So reading on from a state costs the same for the millionth letter as for the first.

Tied (Press & Wolf 2017): one matrix [V, H] is both the embedding and the output's weights. It is used twice, so its
gradient has two parts; as gradients are added, nothing need be done about it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from ..shapes import RecurrentShape
from .cell import Cell, State
from .checks import Array, Ids, ShapeError, check_array, check_ids
from .dropout import dropout as drop
from .embedding import Embedding
from .gru import GRUCell
from .language_model import LanguageModel
from .linear import Linear
from .lstm import LSTMCell
from .parameter import Parameter
from .rnn import RNNCell

States = tuple[State, ...]  # one of each layer


class Recurrent(LanguageModel):
    """Embedding → recurrent layers → Linear.

    >>> model = LSTM(83, width=16, layers=2)
    >>> logits, backward = model(np.array([[0, 1, 2]]))
    >>> logits.shape
    (1, 3, 83)
    >>> logits, states = model.start(np.array([[0, 1]]))
    >>> logits, states = model.step(np.array([2]), states)
    >>> logits.shape, len(states), states[0][0].shape
    ((1, 83), 2, (1, 16))

    Args:
        vocabulary: V.
        width: H, of the embedding and of every layer.
        layers: how many cells stand on each other.
        context: letters in one training window.
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
        self.vocabulary, self.context, self.width, self.share = vocabulary, context, width, dropout
        self.shape = RecurrentShape(width, layers, context, dropout, tied)
        self.embedding = Embedding(vocabulary, width, rng, std=1 / math.sqrt(width) if tied else 1.0)
        self.layers = [self.cell(width, width, rng) for _ in range(layers)]
        self.output = Linear(width, vocabulary)
        # Output weights of zero give every letter the same probability: the first loss is ln V, and not worse.
        self.output.weight = self.embedding.weight if tied else Parameter(np.zeros((vocabulary, width), np.float32))

    def __call__(self, ids_BT: Ids, rng: np.random.Generator | None = None) -> tuple[Array, Callable[[Array], None]]:
        (logits_BTV, _), window_backward = self.window(ids_BT, None, rng)

        def backward(dlogits_BTV: Array) -> None:
            window_backward(dlogits_BTV)

        return logits_BTV, backward

    def window(
        self, ids_BT: Ids, states: States | None, rng: np.random.Generator | None = None
    ) -> tuple[tuple[Array, States], Callable[..., tuple[States | None]]]:
        """A window that goes on from given states: (logits, the states after it), and the way back.

        Args:
            ids_BT: integers in [0, V), T ≥ 1.
            states: one for each layer; None: from the beginning.
            rng: where dropout draws from; None: nothing is left out.

        Returns:
            (logits [B, T, V], states), and backward(dlogits, dstates=None) → (dstates0,), the gradient of the states
            that were given (None if there were none). Truncated back-propagation throws it away.
        """
        (h_TBH, after), read_backward = self._read(ids_BT, states, rng)
        logits_TBV, output_backward = self.output(h_TBH)

        def backward(dlogits_BTV: Array, dstates: States | None = None) -> tuple[States | None]:
            check_array(type(self).__name__, "dlogits", dlogits_BTV, (*ids_BT.shape, self.vocabulary))
            return (read_backward(output_backward(dlogits_BTV.transpose(1, 0, 2)), dstates),)

        return (logits_TBV.transpose(1, 0, 2), after), backward

    def start(self, ids_BT: Ids) -> tuple[Array, States]:
        check_ids(type(self).__name__, ids_BT, self.vocabulary, ("B", "T"))
        h_TBH, states = np.empty(0), None
        for first in range(0, ids_BT.shape[1], self.context):  # a long prompt needs no more memory than a window
            (h_TBH, states), _ = self._read(ids_BT[:, first : first + self.context], states)
        assert states is not None
        return self.output(h_TBH[-1])[0], states

    def step(self, ids_B: Ids, state: States) -> tuple[Array, States]:
        check_ids(type(self).__name__, ids_B, self.vocabulary, ("B",))
        (h_TBH, states), _ = self._read(ids_B[:, None], state)
        return self.output(h_TBH[-1])[0], states

    def matrices(self) -> list[tuple[Parameter, tuple[int, ...]]]:
        rows = (self.width,) * self.cell.gates
        return [(part.weight, rows) for layer in self.layers for part in (layer.from_input, layer.from_state)]

    def _read(
        self, ids_BT: Ids, states: States | None, rng: np.random.Generator | None = None
    ) -> tuple[tuple[Array, States], Callable[..., States | None]]:
        """Hidden vectors [T, B, H] of a window that goes on from states, and the states after it."""
        check_ids(type(self).__name__, ids_BT, self.vocabulary, ("B", "T"))
        self._one_for_each_layer("states", states)
        backwards, after = [], []
        x_TBH, embedding_backward = self.embedding(ids_BT.T)
        x_TBH, first_drop_backward = drop(x_TBH, self.share, rng)
        for number, layer in enumerate(self.layers):
            (x_TBH, state), layer_backward = layer.over_time(x_TBH, states[number] if states else None)
            x_TBH, drop_backward = drop(x_TBH, self.share, rng)
            backwards.append((layer_backward, drop_backward))
            after.append(state)

        def backward(dx_TBH: Array, dstates: States | None = None) -> States | None:
            self._one_for_each_layer("gradients of states", dstates)
            before: list[Any] = []
            for number in reversed(range(len(backwards))):
                layer_backward, drop_backward = backwards[number]
                dx_TBH, dstate = layer_backward(drop_backward(dx_TBH), dstates[number] if dstates else None)
                before.insert(0, dstate)
            embedding_backward(first_drop_backward(dx_TBH))
            return None if states is None else tuple(before)

        return (x_TBH, tuple(after)), backward

    def _one_for_each_layer(self, what: str, states: States | None) -> None:
        if states is not None and len(states) != (wanted := len(self.layers)):
            name = type(self).__name__
            raise ShapeError(f"{name} was given {len(states)} {what}", allowed=f"{wanted}, one for each layer")


class RNN(Recurrent):
    """h' = tanh(W_x x + b + W_h h)."""

    kind = "rnn"
    cell = RNNCell


class LSTM(Recurrent):
    """A memory c beside h, with gates to write, keep and show."""

    kind = "lstm"
    cell = LSTMCell


class GRU(Recurrent):
    """One memory h, with gates to reset and to keep."""

    kind = "gru"
    cell = GRUCell
