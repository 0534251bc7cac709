"""The line of those who wait, the talks on the disk, refusals, what is looked at."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from mebuki.studio.refusals import code_of_refusal
from mebuki.studio.speakers import Inside
from mebuki.studio.talk_inside import SMALL, UNITS, view
from mebuki.studio.talk_line import Full, Left, Line
from mebuki.studio.talk_store import NoTalk, Talks
from mebuki.tasks.reading import QuestionError, read


@pytest.fixture
def talks(tmp_path):
    found = Talks(tmp_path / "talks.db")
    yield found
    found.close()


def test_first_come_first_served() -> None:
    line, order, first = Line(), [], threading.Event()
    threads = []

    def waiting(number: int) -> None:
        with line.turn(threading.Event()):
            order.append(number)

    with line.turn(threading.Event()):
        for number in range(4):
            threads.append(threading.Thread(target=waiting, args=(number,)))
            threads[-1].start()
            while line.waiting <= number:
                first.wait(0.001)
        assert order == []
    for thread in threads:
        thread.join()
    assert order == [0, 1, 2, 3]


def test_who_waits_is_told_its_place_and_may_leave() -> None:
    line, told, left = Line(), [], threading.Event()
    with line.turn(threading.Event()):

        def said(before: int) -> None:
            told.append(before)
            left.set()

        with pytest.raises(Left), line.turn(left, said):
            pass
        assert line.waiting == 0
    assert told == [1]


def test_a_line_that_is_full() -> None:
    line = Line(longest=0)
    with line.turn(threading.Event()), pytest.raises(Full), line.turn(threading.Event()):
        pass
    with line.turn(threading.Event()):  # and is not any more
        pass


def test_a_talk_is_thrown_away_and_brought_back(talks) -> None:
    talk, answer, turn = talks.ask(None, None, "calculator", "", "1+2\nand more", {})
    talks.add(answer, [{"id": 1}])
    talks.add(answer, [{"id": 2}, {"id": 3}])
    assert [token["id"] for token in talks.read(talk)["answers"][0]["tokens"]] == [1, 2, 3]
    assert talks.ask(talk, turn, "calculator", "", "1+2", {})[2] == turn
    assert talks.ask(talk, None, "calculator", "", "2+2", {})[2] == turn + 1
    talks.rename(talk, "Sums")
    assert [(one["title"], one["turns"]) for one in talks.list()] == [("Sums", 2)]
    talks.throw(talk)
    assert talks.list() == []
    for lost in (lambda: talks.read(talk), lambda: talks.ask(talk, None, "m", "", "?", {}), lambda: talks.throw(talk)):
        with pytest.raises(NoTalk):
            lost()
    talks.bring_back(talk)
    assert len(talks.read(talk)["answers"]) == 3


def test_what_was_being_written_is_cut_off_for_the_next_who_opens(talks) -> None:
    talk, answer, _ = talks.ask(None, None, "rain", "", "It ", {}, [{"id": 7}])
    talks.add(answer, [{"id": 8}])
    talks.close()
    found = talks.read(talk)["answers"][0]
    assert (found["state"], [token["id"] for token in found["tokens"]]) == ("cut", [7, 8])


def test_an_answer_that_is_extended_is_a_part_of_the_new_one(talks) -> None:
    talk, answer, turn = talks.ask(None, None, "rain", "", "It ", {})
    talks.add(answer, [{"id": 1}])
    longer = talks.ask(talk, turn, "rain", "", "It ", {}, talks.tokens(answer), answer)[1]
    assert [(one["id"], len(one["tokens"])) for one in talks.read(talk)["answers"]] == [(longer, 1)]


@pytest.mark.parametrize(
    ("question", "code"),
    [
        ("1++", "ends"), ("5/0", "zero"), ("7 mod 0", "zero"), ("", "empty"), ("x=1", "empty"), ("3*(4+", "ends"),
        ("こんにちは", "sign"), ("hello world", "word"), ("1/2x", "division"), ("2**500", "digits"), ("x+1=3", "equation"),
        ("1+2, 3+4", "two"), ("X+x", "cases"), ("3x4+x", "missing"), ("-3の2乗", "power"), ("1+*2", "place"),
        ("1" * 1001, "long"), ("a+b+c+d+e+f", "letters"), ("7 mod x", "remainder"), ("10/x", "below"), ("x+y, x=1", "value"),
        ("2^99", "exponent"), ("9^12^3", "towers"), ("x=1, x=2, x+1", "values"), ("3x 4", "times_or_x"),
        (r"\sqrt{4}", "command"), (r"\frac{1}", "fraction"), ("3\\", "command"),
    ],
)  # fmt: skip
def test_refusals_have_codes(question: str, code: str) -> None:
    with pytest.raises(QuestionError) as refused:
        read(question)
    assert code_of_refusal(refused.value)[0] == code


def test_one_head_whole_and_all_heads_small() -> None:
    T = 100
    weights = np.tril(np.random.default_rng(0).random((2, 3, T, T)))
    weights /= weights.sum(-1, keepdims=True)
    found = view(Inside((0,) * T, ("a",) * T, 5, attention=weights), -1, 99)
    assert (found.layer, found.head, found.cut) == (1, 2, 5)
    assert [len(row) for row in found.rows] == list(range(1, T + 1))
    assert found.rows[0] == [255]
    assert max(map(max, found.small[1][2])) == 255
    assert len(found.small[0]) == 3
    assert len(found.small[0][0]) == SMALL


def test_units_that_move_most() -> None:
    states = np.zeros((1, 10, 200))
    states[0, :, 150] = np.linspace(-1, 1, 10)
    found = view(Inside((0,) * 10, ("a",) * 10, 0, states=states), 0, 0)
    assert len(found.rows) == UNITS
    row = found.rows[(found.units or []).index(150)]
    assert (row[0], row[-1]) == (1, 255)
