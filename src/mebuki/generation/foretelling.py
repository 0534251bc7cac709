"""A given text, token by token: how likely the model held each, and what it would rather have had.

Shapes: V vocabulary.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import RecipeError, out_of_range
from ..jsonable import jsonable
from ..text.tokenizer import Tokenizer
from .generate import Steps, Wrapped, never_drawn, readable, sampling_of
from .sampler import probabilities
from .telling import Namer, Told, softmax, tell


@dataclass(frozen=True)
class Foretold:
    """A text as a model sees it.

    Attributes:
        tokens: of the text; alternatives and probabilities as in `telling`.
        loss: mean surprise, in nats a token.
        perplexity: e to the loss: among how many tokens the model hesitated.
        left_out: tokens that the model has no id for, and was not given.
    """

    tokens: tuple[Told, ...]
    loss: float
    perplexity: float
    left_out: int

    def to_dict(self) -> dict[str, Any]:
        """As JSON holds it."""
        return jsonable(self)


def foretelling(
    model: Steps | Wrapped, tokenizer: Tokenizer, text: str, *, before: str = "", top: int = 10, **sampling: Any
) -> Foretold:
    """How likely each token of a text is after those that stand before it.

    Args:
        before: what stands before the text; empty: as `generate` begins, a line end.
        top: how many alternatives, 1 to 1000.
        sampling: with which it would be drawn, as for `generate`; by default as the model has it, at temperature 1.

    Raises:
        RecipeError: a number outside its range, or a text without any token that the model knows.
    """
    how = sampling_of({"temperature": 1.0, **sampling})
    if not 1 <= top <= 1000:
        raise out_of_range("top", top, 1, 1000)
    whole = [int(id) for id in tokenizer.encode(text)]
    ids = [id for id in whole if id < model.vocabulary]
    if not ids:
        raise RecipeError("the text has no letter that the model knows", hint="a text like the one it learned from")
    never, namer, stream = never_drawn(tokenizer, model.vocabulary), Namer(tokenizer), tokenizer.stream()
    history = readable(tokenizer, model.vocabulary, before)
    steps = model.arrays() if isinstance(model, Wrapped) else model
    logits_BV, state = steps.start(np.array([history]))
    tokens: list[Told] = []
    for place, id in enumerate(ids):
        logits_V = np.array(logits_BV[0], np.float32)
        p_V = softmax(logits_V)
        logits_V[never] = -np.inf
        last = place + 1 == len(ids)
        shown = stream.push(id) + (stream.finish() if last else "")
        tokens.append(tell(place, id, shown, p_V, probabilities(logits_V, how, history), top, namer))
        history.append(id)
        if not last:
            logits_BV, state = steps.step(np.array([id]), state)
    loss = -sum(math.log(max(token.probability, 1e-300)) for token in tokens) / len(tokens)
    return Foretold(tuple(tokens), loss, math.exp(loss), len(whole) - len(ids))
