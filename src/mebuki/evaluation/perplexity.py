"""How well a model foretells a text: loss, perplexity, bits per character, and 1/q.

Shapes: B blocks, T tokens in a block, V vocabulary.

The text is cut into blocks of T tokens, each read from a fresh start, and every token but the first is foretold
once. With a stride smaller than T, blocks overlap and only the last `stride` tokens of each count, so that each is
foretold from a longer past.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import groupby, islice
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ..errors import TextError
from ..text.ids import Readable

AT_ONCE = 2**22  # numbers in one batch of logits, or of scores of attention: 16 MB


class Foreteller(Protocol):
    """What evaluation needs of a model, of either engine."""

    vocabulary: int
    context: int

    @property
    def shape(self) -> Any: ...
    def losses(
        self, ids_BT: NDArray[np.int64], targets_BC: NDArray[np.int64], precision: str = ..., /
    ) -> NDArray[np.float64]: ...


@dataclass(frozen=True)
class Evaluation:
    """What an evaluation found.

    Attributes:
        loss: mean cross-entropy in nats a token.
        perplexity: e^loss, as if choosing among so many tokens.
        bits_per_character: the surprise in bits, over the number of characters that the foretold tokens stand for.
        probability: q, the mean probability given to the token that came.
        one_over_q: 1/q, the notebook's measure; never above the perplexity.
        tokens: foretold.
        unknown: tokens left out, because the model has no id for them (a letter may be several, its bytes).
        whole: whether the whole text was read, or evenly spread blocks of it.
    """

    loss: float
    perplexity: float
    bits_per_character: float
    probability: float
    one_over_q: float
    tokens: int
    unknown: int = 0
    whole: bool = True

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def evaluate(
    model: Foreteller,
    ids: Readable,
    *,
    block: int = 0,
    stride: int = 0,
    limit: int = 0,
    characters_per_token: float = 1.0,
    precision: str = "float32",
    progress: Callable[[float], None] | None = None,
) -> Evaluation:
    """Read a text with a model.

    Args:
        block: T; 0: the model's context.
        stride: tokens counted in each block; 0: all.
        limit: most tokens read, in evenly spread blocks; 0: all.
        characters_per_token: of the tokens that the model knows, for bits per character.
        progress: called with the share done, now and then; may raise to stop.

    Raises:
        TextError: fewer than two tokens.
    """
    T = min(block or model.context, max(1, len(ids) - 1))
    stride = min(stride or T, T)
    if len(ids) < 2:
        raise TextError(f"the text to evaluate has {len(ids)} token(s)", allowed="at least 2")
    total = probability = 0.0
    tokens = unknown = 0
    whole = not limit or len(ids) - 1 <= limit
    wanted = len(ids) - 1 if whole else limit // min(T, limit) * min(T, limit)
    scores = getattr(model.shape, "heads", 0) * T  # of one token
    batches = _batches(_spans(len(ids), T, stride, limit), max(1, AT_ONCE // (T * max(model.vocabulary, scores))))
    for starts, length, counted in batches:
        window = ids.windows(starts, length + 1)
        known = window < model.vocabulary
        window = np.where(known, window, 0)
        mask = known[:, -counted:]
        losses = model.losses(window[:, :-1], window[:, -counted:], precision)[mask]
        total += float(losses.sum())
        probability += float(np.exp(-losses).sum())
        tokens += len(losses)
        unknown += int((~mask).sum())
        if progress:
            progress((tokens + unknown) / wanted)
    if not tokens:
        raise TextError("the model knows none of the letters of this text", hint="a text like the one it grew on")
    loss, q = total / tokens, probability / tokens
    bits = loss / math.log(2) / characters_per_token
    return Evaluation(loss, math.exp(min(loss, 700)), bits, q, 1 / max(q, 1e-300), tokens, unknown, whole)


Span = tuple[int, int, int]  # start of the block, its length, how many of its last tokens count


def _spans(size: int, T: int, stride: int, limit: int) -> Iterator[Span]:
    """Blocks that count every token from 1 to size - 1 once; or evenly spread whole ones, `limit` tokens in all."""
    if limit and size - 1 > limit:
        T = min(T, limit)
        blocks = max(1, limit // T)
        yield from ((i * (size - 1 - T) // max(1, blocks - 1), T, T) for i in range(blocks))
        return
    end = 0
    while end < size - 1:
        counted = min(T if end == 0 else stride, size - 1 - end)
        end += counted
        start = max(0, end - T)
        if stride == T:  # no overlap: a shorter last block begins afresh
            start = end - counted
        yield start, end - start, counted


def _batches(spans: Iterable[Span], at_once: int) -> Iterator[tuple[NDArray[np.int64], int, int]]:
    """Neighbouring blocks of equal shape together: where they start, their length, and how many tokens count."""
    for (length, counted), alike in groupby(spans, key=lambda span: span[1:]):
        while starts := [start for start, _, _ in islice(alike, at_once)]:
            yield np.array(starts, dtype=np.int64), length, counted
