"""Worked writing letter by letter, each with what the model was choosing among: `telling` for a `Writer`."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..errors import RecipeError, out_of_range
from .sampler import Sampling, probabilities
from .telling import Told, softmax, tell
from .worked import Writer

GREEDY = Sampling(temperature=0.0)


class _Letters:
    """Names of ids: the alphabet's letters."""

    def __init__(self, alphabet: str) -> None:
        self.letters = alphabet.__getitem__

    def name(self, id: int) -> str:
        return {"\n": "⏎", " ": "␣"}.get(letter := self.letters(id), letter)


def telling_worked(writer: Writer, question: str, *, after: str = "", top: int = 10) -> Iterator[Told]:
    """What `writer.stream` writes after a question, the likeliest letter each time; places count from the question's end.

    Args:
        after: letters that stand after the question already, as if they had been written.
        top: how many alternatives, 1 to 1000.

    Raises:
        RecipeError: `top` out of range, or a letter that is none of the alphabet's.
    """
    if not 1 <= top <= 1000:
        raise out_of_range("top", top, 1, 1000)
    known = writer.alphabet.rstrip()
    for letter in after:
        if letter not in known:
            raise RecipeError(f"the model has no letter {letter!r}", allowed=" ".join(known.split()))
    text = question + after
    if writer.end in after or len(text) >= writer.shape.context:
        return
    namer = _Letters(writer.alphabet)
    with writer.reading(text) as reading:
        for place in range(len(after), writer.shape.context - len(question)):
            p_V, sampled_V = softmax(reading.logits_V), probabilities(reading.logits_V, GREEDY)
            id = int(np.argmax(sampled_V))
            letter = writer.alphabet[id]
            yield tell(place, id, letter, p_V, sampled_V, top, namer)
            if letter == writer.end:
                return
            reading.read(letter)
