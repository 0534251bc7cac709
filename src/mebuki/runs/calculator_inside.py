"""Looking inside a calculator: what it was choosing among, and where it looks.

    calculator = Calculator.ready()
    for told in telling(calculator, "12+39"):
        print(told.token, told.probability)

Letters are those that the model reads and writes: numbers with their lowest digit first (`tasks.calculator.notation`).

Shapes: L layers, N heads, T letters of question and answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..errors import RecipeError
from ..generation.telling import Told
from ..generation.worked_telling import telling_worked
from ..tasks.calculator.notation import ID
from ..tasks.expressions import Ask
from ..tasks.reading import Question, read
from .inspecting import Attention

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .answering import Answer, Calculator


def asked(text: str, ask: Ask | None = None) -> Question:
    """A question as people type it, read.

    Raises:
        QuestionError: it cannot be read.
    """
    found = read(text)
    return replace(found, ask=ask) if ask else found


def telling(
    calculator: Calculator, text: str, ask: Ask | None = None, *, after: str = "", top: int = 10
) -> Iterator[Told]:
    """What the calculator writes, letter by letter with its alternatives.

    Args:
        text: as people type it.
        ask: value, remainder or poly; None: as the text says.
        after: letters that are written already, as `Told.token` of those before or others: going on after what it wrote is as if it
            had never stopped. A line end is `\\n`, not ⏎.
        top: how many alternatives, 1 to 1000.

    Raises:
        QuestionError: the question cannot be read.
        RecipeError: `top` out of range, or a letter that the model does not have.
    """
    return telling_worked(calculator.writer, calculator.posed(asked(text, ask)), after=after, top=top)


def judged(calculator: Calculator, text: str, written: str, ask: Ask | None = None) -> Answer:
    """What was written after a question (the texts of `telling` joined), as people read it, with the checker's verdict."""
    return calculator.judge(asked(text, ask), written)


def attention(calculator: Calculator, text: str, written: str | None = None, ask: Ask | None = None) -> Attention:
    """Where the calculator looks in a question and its answer.

    Args:
        written: after the question; None: what it writes.

    Raises:
        QuestionError: the question cannot be read.
        RecipeError: a letter that the model does not have, or more letters than its context has room for.
    """
    question = calculator.posed(asked(text, ask))
    whole = question + ("".join(calculator.writer.stream(question)) if written is None else written)
    weights, _ = looked_at(calculator, whole)
    names = ("⏎" if letter == "\n" else letter for letter in whole)
    return Attention(tuple(ID[letter] for letter in whole), tuple(names), 0, weights)


def looked_at(calculator: Calculator, whole: str) -> tuple[NDArray[Any], NDArray[Any]]:
    """Attention weights [L, N, T, T] and logits [T, V] of a text in the model's letters."""
    import torch

    from ..models.attention_weights import attention_weights

    writer = calculator.writer
    if wrong := next((letter for letter in whole if letter not in ID), ""):
        raise RecipeError(f"the model has no letter {wrong!r}", allowed=" ".join("".join(ID).split()))
    if not 0 < len(whole) <= writer.shape.context:
        raise RecipeError(f"the text has {len(whole)} letters", allowed=f"1 to {writer.shape.context}")
    feed = writer.feed()
    weights, logits = attention_weights(writer.model, torch.tensor([[feed.read(letter) for letter in whole]]))
    return weights[:, 0].numpy(), logits[0].numpy()
