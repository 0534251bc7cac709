"""From logits to a choice. NumPy only, so that every engine draws alike.

Shapes: V vocabulary. One sampler belongs to one stream of text: its random numbers are its own, so a stream does not
depend on how many others are drawn beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import out_of_range


@dataclass(frozen=True)
class Sampling:
    """How the next token is chosen. The filters apply in the order of the fields.

    Attributes:
        repetition_penalty: logits of tokens already there are divided by it (or multiplied, if negative), ≥ 1
            (Keskar et al. 2019, CTRL); 1 leaves them.
        repetition_window: how many of the last tokens count as already there.
        temperature: logits are divided by it; 0 always takes the likeliest (greedy).
        top_k: only the k likeliest; 0: all.
        top_p: only the likeliest that together reach this probability (Holtzman et al. 2020), in (0, 1].
        min_p: only tokens at least this share as likely as the likeliest (Nguyen et al. 2024), in [0, 1].

    Raises:
        RecipeError: a number outside its range.
    """

    repetition_penalty: float = 1.0
    repetition_window: int = 64
    temperature: float = 0.8
    top_k: int = 0
    top_p: float = 1.0
    min_p: float = 0.0

    def __post_init__(self) -> None:
        ranges = {
            "repetition_penalty": (1, 100),
            "repetition_window": (0, 10**9),
            "temperature": (0, 100),
            "top_k": (0, 10**9),
            "top_p": (1e-9, 1),
            "min_p": (0, 1),
        }
        for name, (low, high) in ranges.items():
            if not low <= getattr(self, name) <= high:
                raise out_of_range(name, getattr(self, name), low, high)


def probabilities(
    logits_V: NDArray[np.floating], sampling: Sampling, history: Sequence[int] = ()
) -> NDArray[np.float64]:
    """The probabilities that a choice is drawn from, [V] in float64, summing to 1.

    >>> p = probabilities(np.log([0.5, 0.3, 0.2]), Sampling(temperature=1.0, top_p=0.7))
    >>> p.round(3).tolist()
    [0.625, 0.375, 0.0]
    """
    z = np.array(logits_V, dtype=np.float64)
    if sampling.repetition_penalty != 1 and len(history) and sampling.repetition_window:
        seen = np.unique(np.asarray(history[-sampling.repetition_window :], dtype=np.int64))
        z[seen] = np.where(z[seen] > 0, z[seen] / sampling.repetition_penalty, z[seen] * sampling.repetition_penalty)
    if sampling.temperature == 0:
        p = np.zeros_like(z)
        p[z.argmax()] = 1.0
        return p
    with np.errstate(over="ignore"):  # next to greedy
        z = (z - z.max()) / sampling.temperature
    if 0 < sampling.top_k < len(z):
        kept = np.argsort(-z, kind="stable")[: sampling.top_k]
        z = _only(z, kept)
    p = np.exp(z)
    p /= p.sum()
    if sampling.top_p < 1:
        order = np.argsort(-p, kind="stable")
        before = np.cumsum(p[order]) - p[order]
        p = np.where(_mask(len(p), order[before < sampling.top_p]), p, 0)
    if sampling.min_p > 0:
        p = np.where(p >= sampling.min_p * p.max(), p, 0)
    return p / p.sum()


def _mask(size: int, kept: NDArray[np.int64]) -> NDArray[np.bool_]:
    mask = np.zeros(size, dtype=bool)
    mask[kept] = True
    return mask


def _only(z: NDArray[np.float64], kept: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.where(_mask(len(z), kept), z, -np.inf)


class Sampler:
    """Draws one stream of tokens.

    Args:
        sampling: how.
        seed: the same seed and logits give the same choices.
        stream: number of the stream, for several at once.
    """

    def __init__(self, sampling: Sampling, seed: int = 0, stream: int = 0) -> None:
        self.sampling = sampling
        self.random = np.random.default_rng([abs(seed), stream, int(seed < 0)])

    def __call__(self, logits_V: NDArray[np.floating], history: Sequence[int] = ()) -> int:
        """The next token's id."""
        return self.pick(probabilities(logits_V, self.sampling, history))

    def pick(self, p_V: NDArray[np.float64]) -> int:
        """The next token's id, drawn from what `probabilities` gives."""
        if self.sampling.temperature == 0:
            return int(p_V.argmax())
        ends = p_V.cumsum()
        return int(np.searchsorted(ends, self.random.random() * ends[-1], side="right"))
