"""A calculator that answers several at once answers each as it does alone."""

from __future__ import annotations

import pytest

from mebuki.generation.batching import Ended, Piece, Text
from mebuki.runs.answering import Calculator
from mebuki.runs.calculator_batch import CalculatorBatch
from mebuki.tasks.reading import QuestionError

QUESTIONS = ("3*(4+5)-6/2", "12+39", "96÷41 のあまりは？", "1/2+1/3", "(x+3)(2x-1)")


@pytest.fixture(scope="module")
def calculator() -> Calculator:
    return Calculator.ready()


def all_of(batch: CalculatorBatch, texts: list[Text]) -> dict[Text, list[object]]:
    told: dict[Text, list[object]] = {text: [] for text in texts}
    waiting = list(texts)
    while waiting or batch.texts:
        while waiting and batch.free:
            batch.join(waiting.pop(0))
        for text, event in batch.turn():
            told[text].append(event)
    return told


def test_lines_of_working_and_the_answer(calculator) -> None:
    batch = CalculatorBatch(calculator, seats=2)
    texts = [Text(batch, batch.wanted(question)) for question in QUESTIONS]
    answers = calculator.answers(QUESTIONS)
    for events, answer in zip(all_of(batch, texts).values(), answers, strict=True):
        lines = "\n".join(f"= {line.text}" for line in answer.steps)
        assert events == [Piece(lines), Ended("stop", len(answer.written))]
        assert lines.rpartition("= ")[2] == answer.answer


def test_limits(calculator) -> None:
    batch = CalculatorBatch(calculator)
    short, none, stopped = (
        Text(batch, batch.wanted("3*(4+5)", tokens=tokens, stop=stop))
        for tokens, stop in ((4, ()), (0, ()), (None, ("27",)))
    )
    told = all_of(batch, [short, none, stopped])
    assert told[short][-1] == Ended("length", 4)
    assert told[none] == [Ended("length", 0)]
    assert isinstance(piece := told[stopped][0], Piece)
    assert piece.text.endswith("= ")
    assert told[stopped][-1].why == "stop"  # pyright: ignore[reportAttributeAccessIssue]


def test_who_leaves_gives_the_decoder_back(calculator) -> None:
    batch = CalculatorBatch(calculator, seats=1)
    text = Text(batch, batch.wanted("999*999"))
    batch.join(text)
    batch.turn()
    batch.leave(text)
    assert batch.free == 1
    assert len(calculator.writer._idle) >= 1


def test_what_cannot_be_read_is_refused(calculator) -> None:
    with pytest.raises(QuestionError):
        CalculatorBatch(calculator).wanted("hello")
