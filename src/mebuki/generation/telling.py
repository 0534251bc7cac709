"""Text token by token, each with what the model was choosing among.

    for told in telling(model, tokenizer, "Watson, ", temperature=0.8):
        print(told.text, told.probability, [choice.token for choice in told.alternatives])

What is written is what `generate` writes with the same keywords. It can be gone on with after any tokens (`after`), also after
ones that were never drawn: so a reader takes another way.

Shapes: V vocabulary.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import out_of_range
from ..jsonable import jsonable
from ..text.tokenizer import Tokenizer
from .compiled import checked
from .generate import Steps, Stream, Wrapped, never_drawn, readable, sampling_of, stops
from .sampler import Sampler, probabilities


@dataclass(frozen=True)
class Choice:
    """A token that might come.

    Attributes:
        token: its name, fit to print: a letter, `␣`, `<0xE3>` for a byte.
        text: its letters; empty if it is only a part of one.
        probability: by the model alone, at temperature 1.
        sampled: that it was drawn with, after temperature and filters; 0: it could not be, as special tokens never are.
    """

    id: int
    token: str
    text: str
    probability: float
    sampled: float


@dataclass(frozen=True)
class Told:
    """A token that was written, and what else might have come.

    Attributes:
        place: its number, from 0, those that were gone on after counted.
        token: its name, fit to print.
        text: what can be shown once it is there: nothing, if a letter is not complete yet or a stop string may follow. All texts
            joined are what `generate` gives.
        probability, sampled: as in `Choice`.
        rank: 1 for the likeliest by the model.
        alternatives: the likeliest by the model, the best first; this token may be among them.
    """

    place: int
    id: int
    token: str
    text: str
    probability: float
    sampled: float
    rank: int
    alternatives: tuple[Choice, ...]

    def to_dict(self) -> dict[str, Any]:
        """As JSON holds it."""
        return jsonable(self)


class Namer:
    """Names and letters of ids.

    >>> from ..text import Characters
    >>> namer = Namer(Characters("rain"))
    >>> namer.name(0), namer.letters(0), namer.name(4 + 0xE9), namer.letters(4 + 0xE9)
    ('a', 'a', '<0xE9>', '')
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        self.name, self._bytes = tokenizer.token, tokenizer.token_bytes

    def letters(self, id: int) -> str:
        try:
            return self._bytes[id].decode("utf-8")
        except UnicodeDecodeError:
            return ""


def tell(
    place: int,
    id: int,
    text: str,
    p_V: NDArray[np.float64],
    sampled_V: NDArray[np.float64],
    top: int,
    namer: Any,
) -> Told:
    """What is told of one token.

    Args:
        p_V, sampled_V: probabilities by the model, and those drawn from.
        namer: a `Namer`.
    """
    best = np.argsort(-p_V, kind="stable")[:top].tolist()
    choices = (Choice(i, namer.name(i), namer.letters(i), float(p_V[i]), float(sampled_V[i])) for i in best)
    rank = 1 + int((p_V > p_V[id]).sum())
    return Told(place, id, namer.name(id), text, float(p_V[id]), float(sampled_V[id]), rank, tuple(choices))


def softmax(logits_V: NDArray[np.floating]) -> NDArray[np.float64]:
    """Probabilities by the model, in float64."""
    p = np.exp(np.asarray(logits_V, np.float64) - logits_V.max())
    return p / p.sum()


def telling(
    model: Steps | Wrapped,
    tokenizer: Tokenizer,
    prompt: str = "",
    *,
    after: Sequence[int] = (),
    tokens: int = 200,
    seed: int = 0,
    stop: str | Sequence[str] = (),
    top: int = 10,
    **sampling: Any,
) -> Iterator[Told]:
    """What `generate` writes, token by token with its alternatives; prompt, seed, stop and sampling as there.

    Args:
        after: ids that stand between the prompt and what is to come, as if they had been drawn: those of tokens told before, or
            others. Going on after tokens that were drawn is as if it had never stopped.
        tokens: most tokens to draw, ≥ 0.
        top: how many alternatives, 1 to 1000.

    Raises:
        RecipeError: a number outside its range, an id outside the vocabulary, or an empty stop string.
    """
    how, stop = sampling_of(sampling), stops(stop)
    if tokens < 0:
        raise out_of_range("tokens", tokens, 0, 10**9)
    if not 1 <= top <= 1000:
        raise out_of_range("top", top, 1, 1000)
    history = [*readable(tokenizer, model.vocabulary, prompt), *map(int, after)]
    checked(np.array(history), model.vocabulary)
    never, namer = never_drawn(tokenizer, model.vocabulary), Namer(tokenizer)
    stream, sampler = Stream(tokenizer.stream(), stop), Sampler(how, seed)
    for id in after:
        stream.push(int(id))
    sampler.random.random(len(after))  # what those were drawn with
    if tokens == 0 or stream.done:
        return
    steps = model.arrays() if isinstance(model, Wrapped) else model
    logits_BV, state = steps.start(np.array([history]))
    for place in range(len(after), len(after) + tokens):
        logits_V = np.array(logits_BV[0], np.float32)
        p_V = softmax(logits_V)
        logits_V[never] = -np.inf
        sampled_V = probabilities(logits_V, how, history)
        history.append(sampler.pick(sampled_V))
        text, last = stream.push(history[-1]), place + 1 == len(after) + tokens
        if last:
            text += stream.finish()
        yield tell(place, history[-1], text, p_V, sampled_V, top, namer)
        if last or stream.done:
            return
        logits_BV, state = steps.step(np.array(history[-1:]), state)
