"""Looking inside a run: what it is choosing among while it writes, how it sees a text, where it looks, what it carries.

    for told in telling(run, "Watson, ", temperature=0.8):
        print(told.text, told.probability)
    attention(run, "Watson, come here").weights          # [layers, heads, T, T]

Shapes: L layers, N heads, T time, H hidden width.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import RecipeError, RunError
from ..generation import foretelling as foretold
from ..generation import telling as told
from ..jsonable import jsonable
from .writers import writer

if TYPE_CHECKING:
    from .run import Run

RECURRENT = ("rnn", "lstm", "gru")


@dataclass(frozen=True)
class Attention:
    """Where each position of a text looks.

    Attributes:
        ids, tokens: of the text, and their names; the last ones that the context has room for.
        cut: how many stood before them.
        weights: float32 [L, N, T, T]; row t sums to 1 over the positions 0 … t, and is 0 behind them.
    """

    ids: tuple[int, ...]
    tokens: tuple[str, ...]
    cut: int
    weights: NDArray[np.float32]

    def to_dict(self) -> dict[str, Any]:
        """As JSON holds it; of each row only what it may look at, so that row t has t + 1 numbers."""
        rows = [
            [[row[: t + 1] for t, row in enumerate(head)] for head in layer]
            for layer in jsonable(self.weights)
        ]  # fmt: skip
        return {"ids": list(self.ids), "tokens": list(self.tokens), "cut": self.cut, "weights": rows}


@dataclass(frozen=True)
class HiddenStates:
    """What a recurrent model carries through a text.

    Attributes:
        hidden: float32 [L, T, H], after each token.
        cell: the same of an LSTM's memory; None for the others.
        gates: by name, each [L, T, H]: of an LSTM input, forget, output and candidate, of a GRU reset, update and candidate.
    """

    ids: tuple[int, ...]
    tokens: tuple[str, ...]
    hidden: NDArray[np.float32]
    cell: NDArray[np.float32] | None
    gates: dict[str, NDArray[np.float32]]

    def to_dict(self) -> dict[str, Any]:
        """As JSON holds it."""
        return jsonable(self)


@dataclass(frozen=True)
class Reach:
    """How far the gradient of the loss at a text's last token reaches back.

    Attributes:
        ids, tokens: that were read, all but the last.
        target: the name of the last, which had to be foretold.
        loss: at it, in nats.
        hidden: for each layer and each token that was read, the length of the loss's gradient by the state after it.
        cell: the same of an LSTM's memory; None for the others.
    """

    ids: tuple[int, ...]
    tokens: tuple[str, ...]
    target: str
    loss: float
    hidden: tuple[tuple[float, ...], ...]
    cell: tuple[tuple[float, ...], ...] | None

    def to_dict(self) -> dict[str, Any]:
        """As JSON holds it."""
        return jsonable(self)


def telling(
    run: Run, prompt: str = "", *, engine: str | None = None, weights: str = "float32", threads: int = 0, **how: Any
) -> Iterator[told.Told]:
    """What the run writes, token by token with its alternatives; further keywords as for `mebuki.generation.telling.telling`.

    Args:
        engine, weights, threads: as for `run.generate`.
    """
    return told.telling(writer(run, engine or run.engine, weights, threads), run.tokenizer, prompt, **how)


def foretelling(run: Run, text: str, *, engine: str | None = None, **how: Any) -> foretold.Foretold:
    """How likely each token of a text is to the run; further keywords as for `mebuki.generation.foretelling.foretelling`."""
    return foretold.foretelling(writer(run, engine or run.engine), run.tokenizer, text, **how)


def attention(run: Run, text: str) -> Attention:
    """Where a Transformer looks in a text, of which the last tokens count that its context has room for.

    Raises:
        RunError: the run is no Transformer.
        RecipeError: a text without any token that the model knows.
    """
    from ..models.attention_weights import attention_weights

    _must_be(run, ("transformer",), "attention")
    ids = _ids(run, text)
    seen = ids[-run.recipe.shape.context :]
    weights, _ = attention_weights(writer(run, "torch"), _batch(seen))
    return Attention(tuple(seen), _names(run, seen), len(ids) - len(seen), weights[:, 0].numpy())


def hidden_states(run: Run, text: str) -> HiddenStates:
    """The states and gates of an RNN, LSTM or GRU while it reads a text, from an empty state on.

    Raises:
        RunError: the run is no recurrent model.
        RecipeError: a text without any token that the model knows.
    """
    from ..models import hidden_states as states

    _must_be(run, RECURRENT, "state that it carries")
    ids = _ids(run, text)
    found = states.hidden_states(writer(run, "torch"), _batch(ids))
    gates = {name: gate[:, 0].numpy() for name, gate in found.gates.items()}
    cell = None if found.cell is None else found.cell[:, 0].numpy()
    return HiddenStates(tuple(ids), _names(run, ids), found.hidden[:, 0].numpy(), cell, gates)


def gradient_reach(run: Run, text: str) -> Reach:
    """How strongly the loss at a text's last token hangs on the state after each token before it: |dL/dh_t|.

    Raises:
        RunError: the run is no recurrent model.
        RecipeError: a text of fewer than two tokens that the model knows.
    """
    from ..models import hidden_states as states

    _must_be(run, RECURRENT, "state that it carries")
    *ids, target = _ids(run, text, least=2)
    hidden, cell, loss = states.gradient_reach(writer(run, "torch"), _batch(ids)[0], target)
    rows = [None if norms is None else tuple(map(tuple, norms.tolist())) for norms in (hidden, cell)]
    assert rows[0] is not None
    return Reach(tuple(ids), _names(run, ids), run.tokenizer.token(target), loss, rows[0], rows[1])


def _must_be(run: Run, kinds: tuple[str, ...], what: str) -> None:
    if run.recipe.model not in kinds:
        raise RunError(f"the model {run.recipe.model} has no {what}", allowed="a run of " + ", ".join(kinds))


def _ids(run: Run, text: str, least: int = 1) -> list[int]:
    ids = [int(id) for id in run.tokenizer.encode(text) if id < run.info["vocabulary"]]
    if len(ids) < least:
        raise RecipeError(
            f"the text has {len(ids)} tokens that the model knows",
            allowed=f"at least {least}",
            hint="a text like the one it learned from",
        )
    return ids


def _names(run: Run, ids: list[int]) -> tuple[str, ...]:
    return tuple(run.tokenizer.token(id) for id in ids)


def _batch(ids: list[int]) -> Any:
    import torch

    return torch.tensor([ids])
