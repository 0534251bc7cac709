"""Addition as a task: exact answers, batches from seed and step alone, and nothing learned that is kept aside."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mebuki.errors import RecipeError, TextError
from mebuki.tasks import Addition, Problems
from mebuki.tasks.addition import LETTERS, PLUS, SPACE, START, written


def pairs(problems: Problems) -> list[tuple[int, int]]:
    return list(zip(problems.a_N.tolist(), problems.b_N.tolist(), strict=True))


@given(st.integers(1, 9), st.data())
def test_ids_and_back(digits: int, data: st.DataObject) -> None:
    number = st.integers(0, 10**digits - 1)
    a, b = data.draw(number), data.draw(number)
    for reverse in (False, True):
        task = Addition(digits, reverse=reverse)
        problems = task.parse(f"{a}+{b}")
        source, answer = task.source(problems), task.answer(problems)
        assert source.shape == (1, 2 * digits + 1)
        assert answer.shape == (1, digits + 1)
        assert written(source[:, ::-1] if reverse else source) == [f"{a}+{b}"]
        assert written(answer) == [str(a + b)]
        assert task.read(answer).tolist() == [[START, *answer[0, :-1]]]
        assert task.grade(problems, written(answer)).tolist() == [True]


def test_the_table_of_letters() -> None:
    assert len(set(LETTERS)) == len(LETTERS) == Addition.vocabulary
    assert [LETTERS.index(str(d)) for d in range(10)] == list(range(10))
    assert (LETTERS[PLUS], LETTERS[SPACE]) == ("+", " ")


def test_reversed_is_the_whole_question_backwards() -> None:
    plain, reverse = Addition(3), Addition(3, reverse=True)
    problems = plain.parse("57+5")
    assert plain.source(problems).tolist() == [[5, 7, PLUS, 5, SPACE, SPACE, SPACE]]
    assert reverse.source(problems).tolist() == [[SPACE, SPACE, SPACE, 5, PLUS, 7, 5]]


def test_batches_are_functions_of_seed_and_number() -> None:
    task = Addition(3, seed=1)
    for one, again in zip(task.batch(7, 16), Addition(3, seed=1).batch(7, 16), strict=True):
        np.testing.assert_array_equal(one, again)
    assert pairs(task.learned(7, 16)) != pairs(task.learned(8, 16))
    assert pairs(task.learned(7, 16)) != pairs(Addition(3, seed=2).learned(7, 16))


@pytest.mark.parametrize("digits", [1, 2, 3, 9])
def test_what_is_kept_aside_is_never_learned(digits: int) -> None:
    task = Addition(digits, seed=4)
    heldout = task.heldout(400)
    assert task.is_aside(heldout).all()
    assert len(set(pairs(heldout))) == len(heldout)
    mirrored = {(b, a) for a, b in pairs(heldout)}
    learned = set(pairs(task.learned(0, 20_000)))
    assert not learned & (set(pairs(heldout)) | mirrored)


def test_a_tenth_is_kept_aside_and_it_depends_on_the_seed() -> None:
    a, b = (grid.ravel() for grid in np.meshgrid(np.arange(300), np.arange(300)))
    everything = Problems(a, b)
    sides = [Addition(3, seed=seed).is_aside(everything) for seed in range(4)]
    for side in sides:
        assert abs(side.mean() - 0.1) < 0.01
        np.testing.assert_array_equal(side.reshape(300, 300), side.reshape(300, 300).T)  # 5+57 with 57+5
    together = np.mean(sides[0] & sides[1])
    assert abs(together - 0.01) < 0.005
    np.testing.assert_array_equal(Addition(5, seed=0).is_aside(everything), sides[0])  # whatever the longest may be


def test_numbers_of_all_lengths_come_often() -> None:
    problems = Addition(3).learned(0, 9000)
    lengths = Counter((len(str(a)), len(str(b))) for a, b in pairs(problems))
    assert len(lengths) == 9
    assert all(800 < count < 1200 for count in lengths.values())
    assert (problems.a_N == 0).any()


def test_short_numbers_have_few_problems() -> None:
    """All that are kept aside are found, and no more is promised."""
    task = Addition(1)
    a, b = (grid.ravel() for grid in np.meshgrid(np.arange(10), np.arange(10)))
    assert len(task.heldout(5000)) == task.is_aside(Problems(a, b)).sum() > 0


def test_a_seed_that_keeps_nothing_aside_is_refused() -> None:
    with pytest.raises(RecipeError, match="seed 159 keeps no sum"):
        Addition(1, seed=159).heldout(5)


def test_exact_means_letter_for_letter() -> None:
    task = Addition(3)
    problems = task.parse("57+5", "57+5", "57+5", "57+5", "0+0")
    assert task.grade(problems, ["62", "062", " 62", "6 2", "0"]).tolist() == [True, False, False, False, True]


@pytest.mark.parametrize("question", [" 57 + 5 ", "５７＋５", "57+5=", "057+05", "0" * 5000 + "57+5"])
def test_as_people_type(question: str) -> None:
    assert Addition(3).parse(question).questions == ["57+5"]


@pytest.mark.parametrize("question", ["57-5", "57+", "", "1234+5", "5+7+1", "-5+7", "1.5+2", "a+b", "5٣+1"])
def test_other_questions_are_refused(question: str) -> None:
    with pytest.raises(TextError, match="no question"):
        Addition(3).parse("1+1", question)


@pytest.mark.parametrize("numbers", [{"digits": 0}, {"digits": 10}, {"seed": -1}, {"aside": 0.0}, {"aside": 1.0}])
def test_numbers_out_of_range(numbers: dict[str, int]) -> None:
    with pytest.raises(RecipeError, match=next(iter(numbers))):
        Addition(**numbers)  # pyright: ignore[reportArgumentType]
