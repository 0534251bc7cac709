"""Text from a model, as a generator of pieces: what is drawn is given at once.

Shapes: B streams, V vocabulary.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from ..errors import RecipeError
from ..text.tokenizer import Tokenizer
from .compiled import CompiledSampler, Decoder, Draw, samplers
from .sampler import Sampler, Sampling

TOGETHER = 32  # tokens that a decoder writes at a time
PAUSE = 0.01  # seconds that it may take for them


class Steps(Protocol):
    """What generation needs of a model: arrays of ids in, arrays of logits out."""

    vocabulary: int

    def start(self, ids_BT: NDArray[np.int64], /) -> tuple[NDArray[Any], Any]: ...
    def step(self, ids_B: NDArray[np.int64], state: Any, /) -> tuple[NDArray[Any], Any]: ...


@runtime_checkable
class Wrapped(Protocol):
    """A PyTorch model, which takes tensors and gives such steps by `arrays()`."""

    vocabulary: int

    def arrays(self) -> Steps: ...


def readable(tokenizer: Tokenizer, vocabulary: int, prompt: str) -> list[int]:
    """A prompt's ids as far as a model with this vocabulary can read them; letters it has no id for are left out.

    An empty prompt becomes a line end (or the nearest thing the model knows), as if a new line began.
    """
    ids = [int(i) for i in tokenizer.encode(prompt) if i < vocabulary]
    if ids:
        return ids
    for beginning in ("\n", " ", "。", "."):
        ids = [int(i) for i in tokenizer.encode(beginning) if i < vocabulary]
        if ids:
            return ids
    return [0]


def never_drawn(tokenizer: Tokenizer, vocabulary: int) -> np.ndarray:
    """Ids that are never drawn: special tokens, and bytes, which stand for letters that no text had while learning."""
    special = [i for i in tokenizer.special.values() if i < tokenizer.letters]
    return np.array([*special, *range(tokenizer.letters, vocabulary)], dtype=np.int64)


def stops(stop: str | Sequence[str]) -> tuple[str, ...]:
    """The strings that a text ends before. RecipeError: one of them is empty."""
    found = (stop,) if isinstance(stop, str) else tuple(stop)
    if any(not s for s in found):
        raise RecipeError("a stop string is empty", allowed="strings of at least one letter", hint="no stop string")
    return found


def sampling_of(keywords: dict[str, Any]) -> Sampling:
    """A `Sampling` of the keywords of `generate`. RecipeError: one is unknown, or out of range."""
    try:
        return Sampling(**keywords)
    except TypeError as error:
        raise RecipeError(f"generate: {error}", allowed=", ".join(Sampling.__dataclass_fields__)) from None


@dataclass
class Stream:
    """One text that grows: what was drawn, and what of it may be shown already."""

    decoder: Any
    stop: Sequence[str]
    held: str = ""
    done: bool = False

    def push(self, token: int) -> str:
        """Take a token; give the text that no stop string can swallow any more."""
        piece = self.decoder.push(token)
        return self._show(self.held + piece) if self.stop else piece

    def finish(self) -> str:
        """The rest, once no token follows."""
        text = "" if self.done else self._show(self.held + self.decoder.finish(), last=True)
        self.done = True
        return text

    def _show(self, text: str, last: bool = False) -> str:
        ends = [place for s in self.stop if (place := text.find(s)) >= 0]
        if ends:
            self.done, self.held = True, ""
            return text[: min(ends)]
        keep = 0
        if not last:
            for s in self.stop:
                keep = max(keep, next((n for n in range(min(len(s) - 1, len(text)), 0, -1) if text.endswith(s[:n])), 0))
        self.held = text[len(text) - keep :] if keep else ""
        return text[: len(text) - keep]


def generate_many(
    model: Steps | Wrapped,
    tokenizer: Tokenizer,
    prompt: str = "",
    *,
    samples: int = 1,
    tokens: int = 200,
    sampling: Sampling | None = None,
    seed: int = 0,
    stop: str | Sequence[str] = (),
) -> Iterator[tuple[int, str]]:
    """Several texts at once: pairs of a sample's number and the next piece of its text, without the prompt.

    A sample's text does not depend on how many are drawn beside it.

    Args:
        tokens: most tokens to draw for each sample, ≥ 0.
        stop: a text ends before this string, or the first of several.

    Raises:
        RecipeError: a number outside its range, or an empty stop string.
    """
    if samples < 1 or tokens < 0:
        raise RecipeError(
            f"{samples} samples of {tokens} tokens",
            allowed="at least 1 sample, at least 0 tokens",
            hint="1" if samples < 1 else "0",
        )
    stop = stops(stop)
    steps = model.arrays() if isinstance(model, Wrapped) else model
    begin = readable(tokenizer, model.vocabulary, prompt)
    never = never_drawn(tokenizer, model.vocabulary)
    streams = [Stream(tokenizer.stream(), stop) for _ in range(samples)]
    if tokens == 0:
        return
    how = sampling or Sampling()
    choosing: Sequence[Sampler | CompiledSampler] | None = None
    if isinstance(steps, Decoder):
        draws = [Draw(how, steps.vocabulary, begin, never=never, seed=seed, stream=n) for n in range(samples)]
        if samples == 1:
            yield from ((0, piece) for piece in _written(steps, streams[0], draws[0], begin, tokens))
            return
        choosing = samplers(draws)
    choosing = choosing or [Sampler(how, seed, n) for n in range(samples)]
    yield from _stepped(steps, streams, choosing, begin, never, tokens)


def _stepped(
    steps: Steps,
    streams: list[Stream],
    choosing: Sequence[Sampler | CompiledSampler],
    begin: list[int],
    never: NDArray[np.int64],
    tokens: int,
) -> Iterator[tuple[int, str]]:
    """Each token is chosen here, then read by the model."""
    histories = [list(begin) for _ in streams]
    logits_BV, state = steps.start(np.array(histories))
    for drawn in range(1, tokens + 1):
        logits_BV = np.asarray(logits_BV).astype(np.float32)
        logits_BV[:, never] = -np.inf
        for number, (stream, history) in enumerate(zip(streams, histories, strict=True)):
            if not stream.done:
                history.append(choosing[number](logits_BV[number], history))
                if piece := stream.push(history[-1]):
                    yield number, piece
        if drawn == tokens or all(stream.done for stream in streams):
            break
        logits_BV, state = steps.step(np.array([history[-1] for history in histories]), state)
    for number, stream in enumerate(streams):
        if piece := stream.finish():
            yield number, piece


def _written(decoder: Decoder, stream: Stream, draw: Draw, begin: list[int], tokens: int) -> Iterator[str]:
    """Tokens are chosen and read in the kernel, a few at a time: one at first, then as many as take no time to wait for."""
    logits_BV, state = decoder.start(np.array([begin]))
    count = 1
    while tokens > 0:
        count = min(count, tokens)
        began = time.perf_counter()
        drawn = decoder.write(state, logits_BV[0], count, draw)
        quick = time.perf_counter() - began < PAUSE
        tokens -= count
        count = min(2 * count, TOGETHER) if quick else max(1, count // 2)
        for token in drawn:
            if piece := stream.push(token):
                yield piece
            if stream.done:
                return
    if piece := stream.finish():
        yield piece


def generate(
    model: Steps | Wrapped,
    tokenizer: Tokenizer,
    prompt: str = "",
    *,
    tokens: int = 200,
    seed: int = 0,
    stop: str | Sequence[str] = (),
    **sampling: Any,
) -> Iterator[str]:
    """One text, piece by piece, without the prompt; further keywords are those of `Sampling`.

    >>> "".join(generate(model, tokenizer, "Watson, ", temperature=0.8, seed=1))  # doctest: +SKIP
    'I have seen the matter in the '
    """
    how = sampling_of(sampling)
    for _, piece in generate_many(model, tokenizer, prompt, tokens=tokens, sampling=how, seed=seed, stop=stop):
        yield piece
