"""One text's next tokens: a sampler, with what a reader adds to some logits, and takes from those of tokens already written.

Shapes: V vocabulary.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from ..kernels import load
from .compiled import Draw, drawn_each
from .sampler import Sampler, Sampling


class Chooser:
    """Draws the tokens of one text. Without bias and penalties they are those of `Sampler`.

    Args:
        history: ids of the prompt.
        never: ids that are never drawn, whatever their bias.
        bias: is added to the logits of some ids.
        frequency: is taken from a token's logit each time that it was drawn.
        presence: is taken once from those that were drawn at all. Tokens of the prompt do not count for either.
    """

    def __init__(
        self,
        sampling: Sampling,
        vocabulary: int,
        history: Sequence[int],
        *,
        never: NDArray[np.int64],
        seed: int = 0,
        stream: int = 0,
        bias: Mapping[int, float] | None = None,
        frequency: float = 0.0,
        presence: float = 0.0,
    ) -> None:
        self._draw = Draw(sampling, vocabulary, list(history), never=never, seed=seed, stream=stream)
        self._frequency, self._presence = frequency, presence
        for id, more in (bias or {}).items():
            self._draw.bias_V[id] += more
        self._present: set[int] = set()
        self.kernels = load("sampling", wait=False)  # a text is drawn in one way from its beginning to its end
        self._plain, self._history = Sampler(sampling, seed, stream), list(history)

    def __call__(self, logits_V: NDArray[np.float32]) -> int:
        """The next token's id; `logits_V` lie side by side in memory."""
        return choose_each([self], logits_V[None])[0]

    def _pick(self, logits_V: NDArray[np.float32]) -> int:
        """Without kernels."""
        self._history.append(self._plain(logits_V.astype(np.float64) + self._draw.bias_V, self._history))
        return self._history[-1]

    def _chosen(self, token: int) -> None:
        if self._frequency or self._presence:
            self._draw.bias_V[token] -= self._frequency + (0 if token in self._present else self._presence)
            self._present.add(token)


def choose_each(choosers: Sequence[Chooser], logits_nV: NDArray[np.float32]) -> list[int]:
    """The next token of each of several texts, from a row of logits for each."""
    kernels = choosers[0].kernels
    if kernels and all(one.kernels for one in choosers):
        tokens = drawn_each(kernels, [one._draw for one in choosers], logits_nV)
    elif len(choosers) == 1:
        tokens = [choosers[0]._pick(logits_nV[0])]
    else:
        return [one(logits_V) for one, logits_V in zip(choosers, logits_nV, strict=True)]
    for one, token in zip(choosers, tokens, strict=True):
        one._chosen(token)
    return tokens
