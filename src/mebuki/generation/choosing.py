"""One text's next tokens: a sampler, with what a reader adds to some logits, and takes from those of tokens already written.

Shapes: V vocabulary.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from .compiled import Draw, samplers
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
        draw = Draw(sampling, vocabulary, list(history), never=never, seed=seed, stream=stream)
        self._bias_V, self._frequency, self._presence = draw.bias_V, frequency, presence
        for id, more in (bias or {}).items():
            self._bias_V[id] += more
        self._present: set[int] = set()
        compiled = samplers([draw])
        self._compiled = compiled[0] if compiled else None
        self._plain, self._history = Sampler(sampling, seed, stream), list(history)

    def __call__(self, logits_V: NDArray[np.float32]) -> int:
        """The next token's id; `logits_V` lie side by side in memory."""
        if self._compiled:
            token = self._compiled(logits_V)
        else:
            token = self._plain(logits_V.astype(np.float64) + self._bias_V, self._history)
            self._history.append(token)
        if self._frequency or self._presence:
            self._bias_V[token] -= self._frequency + (0 if token in self._present else self._presence)
            self._present.add(token)
        return token
