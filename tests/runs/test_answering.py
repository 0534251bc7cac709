"""The calculator in use: answers come from the model's letters, and the checker changes none of them."""

from __future__ import annotations

import json

import numpy as np
import pytest

from mebuki.errors import RunError
from mebuki.generation.worked import Writer
from mebuki.runs.answering import Calculator
from mebuki.runs.examination import Tally, as_jsonl, examine
from mebuki.tasks.calculator.suites import examination
from mebuki.tasks.reading import QuestionError
from mebuki.training.calculator_settings import recipe
from mebuki.training.calculator_shape import shape_of


@pytest.fixture(scope="module")
def ready() -> Calculator:
    return Calculator.ready()


@pytest.fixture(scope="module")
def questions() -> list[str]:
    suites = ("add 1-3 digits", "mixed 2 operators", "divide with remainder", "like terms 1 letters", "multiply 2x2")
    return [p.question for suite in suites for p in examination(suite, 5, 1)]


def test_it_calculates(ready: Calculator) -> None:
    """What a first user would try."""
    for text, answer in (
        ("12+39", "51"),
        ("3×(4+5)-6/2は？", "24"),
        ("96÷41 のあまりは？", "2 r 14"),
        ("7c-3n+5c+4", "12*c-3*n+4"),
    ):
        found = ready.answer(text)
        assert found.answer == answer
        assert found.verdict.right


def test_steps_lead_to_the_answer(ready: Calculator) -> None:
    found = ready.answer("3*(4+5)-6/2")
    assert [line.text for line in found.steps] == ["3*9-6/2", "27-6/2", "27-3", "24"]
    assert found.steps[0].work == ["4+5=9"]
    assert found.latex == "24"
    assert found.latex_lines[0].startswith("3")


def test_many_at_once_equal_one_at_a_time(ready: Calculator, questions: list[str]) -> None:
    """Streams side by side, in one thread or in two, do not disturb each other."""
    several = ready.writer.write(questions * 2, threads=1)
    assert several == ready.writer.write(questions * 2, threads=2)
    assert several[: len(questions)] == ["".join(ready.writer.stream(question)) for question in questions]


def test_without_kernels_the_same_letters(ready: Calculator, questions: list[str]) -> None:
    plain = Writer(
        ready.weights,
        ready.writer.shape,
        alphabet=ready.writer.alphabet,
        end="\n",
        feed=ready.writer.feed,
        compiled=False,
    )
    assert plain.write(questions[:6]) == ready.writer.write(questions[:6])


def test_the_answer_comes_from_the_weights(ready: Calculator) -> None:
    """With the weights of the output exchanged between two digits, the digits of the answer are exchanged, wrong as it is;
    with no weights at all there is no answer. The checker says so, and changes nothing."""
    weights = {name: np.array(w) for name, w in ready.weights.items()}
    three, four = 2 + 3, 2 + 4  # their ids
    weights["output.weight"][[three, four]] = weights["output.weight"][[four, three]]
    spoilt = Calculator(weights, ready.settings)
    assert ready.answer("20+3").answer == "23"
    found = spoilt.answer("20+3")
    assert found.answer == "24"
    assert not found.verdict.right
    assert found.verdict.why == "not equal: it is 23"
    empty = Calculator({name: np.zeros_like(w) for name, w in ready.weights.items()}, ready.settings)
    found = empty.answer("20+3")
    assert (found.answer, found.latex, found.verdict.right) == ("", "", False)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "1++",
        "5/0",
        "5/(3-3)",
        "9" * 3000 + "+1",
        "привет",
        "こんにちは",
        "💥",
        "1+",
        "(((",
        "2x+3=7",
        "\x00",
        "1" * 999,
    ],
)
def test_what_cannot_be_answered_is_refused(ready: Calculator, text: str) -> None:
    with pytest.raises(QuestionError) as caught:
        ready.answer(text)
    assert caught.value.given
    assert len(str(caught.value)) < 700


def test_too_long_a_work_is_no_answer(ready: Calculator) -> None:
    """Beyond what fits, nothing is made up and called checked."""
    found = ready.answer("+".join(["123456"] * 90))
    assert not found.verdict.right


def test_json_lines(ready: Calculator) -> None:
    rows = [
        '{"id": 1, "expr": "12+39", "ask": "value"}',
        "",
        '{"id": "b", "expr": "96/41", "ask": "remainder"}',
        '{"id": 3, "expr": "1++", "ask": "value"}',
        '{"id": 4, "expr": "2*x", "ask": "remainder"}',
        '{"id": 5, "expr": 7}',
        "[]",
        "no json",
        '{"id": 6, "expr": "7*c-3*n+5*c+4", "ask": "poly"}',
        '{"id": 7, "expr": "1+1", "ask": "root"}',
    ]
    found = list(ready.lines(rows))
    assert [row["id"] for row in found] == [1, "b", 3, 4, 5, None, None, 6, 7]
    assert [row["answer"] for row in found] == ["51", "2 r 14", None, None, None, None, None, "12*c-3*n+4", None]
    assert [row["verdict"]["right"] for row in found] == [True, True, False, False, False, False, False, True, False]
    assert all(set(row) == {"id", "answer", "latex", "steps", "verdict"} for row in found)
    json.dumps(found)


def test_an_examination(ready: Calculator) -> None:
    reports = examine(ready, ["add 1-3 digits", "expand"], count=12, seed=5)
    assert [report.tally.total for report in reports] == [12, 12]
    addition = reports[0]
    assert sum(t.total for t in addition.digits.values()) == sum(t.total for t in addition.carries.values()) == 12
    assert set(addition.digits) <= {1, 2, 3}
    assert as_jsonl(reports).count("\n") == 2
    assert Tally(0, 0).share == 0.0


def test_plain_answers_are_read_as_they_are() -> None:
    """A model that writes plain answers is asked in plain digits."""
    settings = recipe("plain", width=16, layers=1, heads=1)
    shape = shape_of(settings)
    rng = np.random.default_rng(0)
    from mebuki.models.placed import PlacedTransformer
    from mebuki.models.weights import weights_of
    from mebuki.tasks.calculator.encoding import TABLES, VOCABULARY

    weights = weights_of(PlacedTransformer(VOCABULARY, TABLES, shape))
    weights["output.weight"][:] = rng.normal(size=weights["output.weight"].shape)
    answer = Calculator(weights, settings).answer("12+39")
    assert answer.written
    assert not answer.verdict.right


def test_unknown_models_are_named(tmp_path) -> None:
    with pytest.raises(RunError, match="no run of calculator"):
        Calculator.open(str(tmp_path / "nothing"))
