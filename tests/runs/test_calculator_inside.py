"""Inside a calculator: the letters that it writes with what else they might have been, and the carries of a sum."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mebuki.errors import MebukiError, RecipeError
from mebuki.generation.worked import Writer
from mebuki.generation.worked_telling import telling_worked
from mebuki.runs.answering import Calculator
from mebuki.runs.calculator_inside import attention, judged, looked_at, telling
from mebuki.runs.carries import carries, other_carry
from mebuki.training.calculator_settings import recipe


@pytest.fixture(scope="module")
def ready() -> Calculator:
    return Calculator.ready()


@pytest.fixture(scope="module")
def plain(ready: Calculator) -> Writer:
    """The same without machine code."""
    writer = ready.writer
    return Writer(ready.weights, writer.shape, alphabet=writer.alphabet, end="\n", feed=writer.feed, compiled=False)


def test_telling_is_answering(ready: Calculator, plain: Writer) -> None:
    for text in ("12+39", "96÷41 のあまりは？", "7c-3n+5c+4"):
        told = list(telling(ready, text))
        written = "".join(one.text for one in told)
        assert written == ready.answer(text).written
        assert judged(ready, text, written) == ready.answer(text)
        assert [one.place for one in told] == list(range(len(written)))
        assert all(one.rank == 1 and one.sampled == 1.0 for one in told)
    question = "21+93="
    for one, other in zip(telling_worked(ready.writer, question), telling_worked(plain, question), strict=True):
        assert one.id == other.id
        assert one.probability == pytest.approx(other.probability, rel=1e-4)


def test_all_letters_together_sum_to_one(ready: Calculator) -> None:
    one = next(telling(ready, "12+39", top=96))
    assert sum(choice.probability for choice in one.alternatives) == pytest.approx(1)
    assert sum(choice.sampled for choice in one.alternatives) == 1


def test_going_on_is_never_having_stopped(ready: Calculator) -> None:
    text = "3*(4+5)-6"
    whole = list(telling(ready, text))
    written = "".join(one.text for one in whole)
    for stopped in (1, 7, len(whole)):
        rest = list(telling(ready, text, after=written[:stopped]))
        assert [(one.place, one.text) for one in rest] == [(one.place, one.text) for one in whole[stopped:]]


def test_another_letter_leads_another_way(ready: Calculator) -> None:
    """A wrong digit is believed, and gone on from; the checker says what became of it."""
    text = "3*(4+5)-6"
    written = "".join(one.text for one in telling(ready, text))
    assert written.startswith("[4+5=9]")
    other = "[4+5=8" + "".join(one.text for one in telling(ready, text, after="[4+5=8"))
    assert other.startswith("[4+5=8]3*8-6") or "3*8" in other
    assert not judged(ready, text, other).verdict.right


def test_what_is_refused(ready: Calculator) -> None:
    with pytest.raises(RecipeError, match="no letter '猫'"):
        list(telling(ready, "1+1", after="猫"))
    with pytest.raises(RecipeError):
        list(telling(ready, "1+1", top=0))
    with pytest.raises(RecipeError):
        attention(ready, "1+1", "猫")
    with pytest.raises(RecipeError, match="letters"):
        attention(ready, "1+1", "1" * 2000)
    with pytest.raises(MebukiError):
        carries(ready, -1, 5)
    with pytest.raises(RecipeError, match="highest digit first"):
        carries(Calculator({}, recipe("plain")), 1, 2)
    assert list(telling(ready, "1+1", after="2\n")) == []


def test_attention_of_an_answer(ready: Calculator) -> None:
    """Its logits are those that the letters came from; rows sum to one."""
    found = attention(ready, "12+39")
    assert "".join(found.tokens) == "21+93=15⏎"
    assert found.weights.shape == (ready.settings.layers, ready.settings.heads, 9, 9)
    assert np.allclose(found.weights.sum(-1), 1, atol=1e-5)
    _, logits = looked_at(ready, "21+93=15\n")
    assert [ready.writer.alphabet[id] for id in logits[5:8].argmax(-1)] == ["1", "5", "\n"]
    json.dumps(found.to_dict())


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 7))
@settings(deadline=None)
def test_another_carry(a: int, b: int, place: int) -> None:
    """The digits at the place and above stay, and so do the lengths; the carry is the other one."""
    found = other_carry(a, b, place)
    if found is None:
        return
    x, y = found
    power = 10**place
    assert (x // power, y // power) == (a // power, b // power)
    assert (len(str(x)), len(str(y))) == (len(str(a)), len(str(b)))
    assert (x % power + y % power) // power != (a % power + b % power) // power


def test_no_carry_is_missed() -> None:
    """Where none is found there is none: small numbers, all of them tried; and no number loses its first digit."""
    assert other_carry(10, 90, 2) == (10, 80)
    for a in range(0, 120, 7):
        for b in range(0, 120, 11):
            for place in (1, 2):
                power, lengths = 10**place, (len(str(a)), len(str(b)))
                carry = (a % power + b % power) // power
                possible = any(
                    (x % power + y % power) // power != carry
                    for x in range(a // power * power, a // power * power + power)
                    for y in range(b // power * power, b // power * power + power)
                    if (len(str(x)), len(str(y))) == lengths
                )
                assert (other_carry(a, b, place) is not None) == possible, (a, b, place)


def test_carries_of_a_sum(ready: Calculator) -> None:
    found = carries(ready, 999, 12)
    assert "".join(letter.letter for letter in found.letters) == "999+21=1101⏎"
    assert [letter.part for letter in found.letters] == ["a"] * 3 + ["sign"] + ["b"] * 2 + ["sign"] + ["sum"] * 4 + [
        "sign"
    ]
    assert [letter.place for letter in found.letters] == [0, 1, 2, None, 0, 1, None, 0, 1, 2, 3, None]
    assert [(digit.carry, digit.letter) for digit in found.digits] == [(0, "1"), (1, "1"), (1, "0"), (1, "1")]
    for digit in found.digits:
        assert len(digit.looks) == 7 + digit.place
        assert sum(digit.looks) == pytest.approx(1, abs=1e-5)
        assert np.allclose(np.mean(digit.layers, 0), digit.looks, atol=1e-6)
        assert digit.probability > 0.99
        if digit.flipped:  # a trained model follows the carry
            assert digit.flipped.probability > 0.99 > 0.01 > digit.flipped.kept
    assert found.digits[0].flipped is None
    last = found.digits[-1].flipped
    assert last is not None
    assert (last.a, last.b, last.letter) == (899, 12, "⏎")
    told = list(telling(ready, "999+12"))
    assert [one.probability for one in told[:4]] == pytest.approx([d.probability for d in found.digits], rel=1e-3)
    assert list(json.loads(json.dumps(found.to_dict()))) == ["a", "b", "letters", "digits"]
