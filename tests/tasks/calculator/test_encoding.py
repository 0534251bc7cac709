"""Texts as ids: what is read equals what is fed letter by letter, and only the work is learned."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mebuki.errors import TextError
from mebuki.tasks.calculator.answers import Worked
from mebuki.tasks.calculator.encoding import FIRST, LETTERS_OF_IDS, NOTHING, TABLES, VOCABULARY, Feed, encode, examples
from mebuki.tasks.calculator.integers import NOT_LEARNED
from mebuki.tasks.calculator.notation import ALPHABET, DIGITS, ID, LAST, turned
from mebuki.tasks.calculator.problem import Problem, tidy
from mebuki.tasks.calculator.suites import SUITES, draw, examination
from mebuki.tasks.expressions import truth


@given(st.text(ALPHABET, min_size=1, max_size=80))
def test_feeding_letter_by_letter_gives_the_same(text: str) -> None:
    feed = Feed()
    assert encode([text])[0].tolist() == [list(feed.read(letter)) for letter in text]


def test_every_id_stays_in_its_table() -> None:
    problems = draw(random.Random(0), 200, 1.0)
    ids, targets = examples(problems)
    for f, rows in enumerate(TABLES):
        assert ids[:, :, f].min() >= FIRST[f]
        assert ids[:, :, f].max() < FIRST[f] + rows
    assert targets.max() < VOCABULARY
    assert len(LETTERS_OF_IDS) == VOCABULARY


@pytest.mark.parametrize("level", [0.1, 1.0])
def test_only_the_work_is_learned(level: float) -> None:
    """Targets spell the work and its end, but for letters that are wrong on purpose."""
    problems = draw(random.Random(3), 60, level)
    ids, targets = examples(problems)
    letters = np.array(list(LETTERS_OF_IDS))
    for row, problem in enumerate(problems):
        learned = targets[row] != NOTHING
        marked = problem.work + "\n"
        wanted, skip = [], False
        for letter in marked:
            if letter == NOT_LEARNED:
                skip = True
            elif not skip:
                wanted.append(letter)
            else:
                skip = False
        assert "".join(letters[targets[row][learned]]) == "".join(wanted)
        read = "".join(letters[ids[row, :, 0]]).rstrip()
        assert read == (problem.question + problem.work.replace(NOT_LEARNED, "")).rstrip()
        assert not learned[: len(problem.question) - 1].any()


def test_shifted_places_move_digits_alone() -> None:
    problems = examination("mixed 2 operators", 5, 0)
    plain, shifted = examples(problems)[0], examples(problems, [7] * 5)[0]
    digits = np.isin(plain[:, :, 0], [ID[d] for d in DIGITS])
    assert (shifted[digits][:, 3] - plain[digits][:, 3] == 7).all()
    assert (shifted[~digits][:, :8] == plain[~digits][:, :8]).all()
    assert (shifted[:, 1:, 8] - shifted[:, :-1, 3] == FIRST[8] - FIRST[3]).all()
    assert examples(problems, [1000] * 5)[0][:, :, 3].max() == FIRST[3] + LAST[0]


@pytest.mark.parametrize("suite", SUITES)
def test_answers_without_steps(suite: str) -> None:
    """The short forms hold the answer of the long one."""
    for problem in examination(suite, 10, 2):
        answer = Worked.read(problem.work + "\n").answer
        short, plain = problem.without_steps(), problem.without_steps(plain=True)
        assert Worked.read(short.work + "\n").answer.replace(" ", "") == answer.replace(" ", "")
        assert plain.question.removesuffix("=").removesuffix("%") == problem.expression.replace(" ", "")
        assert short.question == problem.question
        if problem.ask != "poly":
            assert Worked.read(plain.work + "\n", plain=True).answer == answer
            assert turned(short.work) == plain.work


@pytest.mark.parametrize(
    ("written", "answer", "lines"),
    [
        ("51\n", "15", ["15"]),
        ("58~-52\n", "-25", ["-25"]),
        ("100\n", "1", ["1"]),
        ("2|51\n", "2/15", ["2/15"]),
        ("A2:28;41=2%41\n", "2 r 14", ["2 r 14"]),
        ("[5/0=?]?\n", "undefined", ["undefined"]),
        ("12", "", ["21"]),  # no end
        ("[1+2\n", "", []),  # scratch that never closed
        ("", "", []),
        ("\n", "", []),
        ("]]]=\n", "]]]", ["]]]"]),
    ],
)
def test_what_is_made_of_model_text(written: str, answer: str, lines: list[str]) -> None:
    worked = Worked.read(written)
    assert worked.answer == answer
    assert [line.text for line in worked.lines] == lines


@given(st.text(ALPHABET, max_size=60))
def test_any_text_of_the_model_can_be_read(text: str) -> None:
    """A model can write anything; nothing of it is an error."""
    worked = Worked.read(text + "\n", {"a": "x"})
    assert worked.answer == "" or worked.lines[-1].text == worked.answer


@pytest.mark.parametrize("suite", SUITES)
def test_tidying_changes_no_taught_question(suite: str) -> None:
    for problem in examination(suite, 40, 8):
        body = problem.expression.replace(" ", "").partition(",")[0]
        assert tidy(body) == body


@given(st.text("()1+-*x", max_size=14))
def test_tidying_keeps_the_value(text: str) -> None:
    try:
        right = truth(text, "poly")
    except TextError:
        return
    assert truth(tidy(text), "poly") == right


def test_held_out_problems_are_a_function_of_the_question() -> None:
    kept = [Problem(f"{a}+{b}", "value", "").held_out for a in range(60) for b in range(60)]
    assert 0.03 < sum(kept) / len(kept) < 0.07
    assert Problem("1+2", "value", "3").held_out == Problem("1+2", "value", "other work").held_out
