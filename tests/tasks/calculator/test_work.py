"""Worked problems: every line equals the question, every number is right, and an independent judge agrees with the answer."""

from __future__ import annotations

import random
import re
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mebuki.tasks.calculator import algebra, integers, lines, number_problems, rationals, terms
from mebuki.tasks.calculator.answers import UNDEFINED, Worked
from mebuki.tasks.calculator.integers import NOT_LEARNED, number
from mebuki.tasks.calculator.notation import END, POINTERS, places_of, renamed, turned
from mebuki.tasks.calculator.problem import Problem, question, tidy
from mebuki.tasks.calculator.suites import FIRST_LEVEL, LEARNED, SUITES, WIDER, chosen, draw, examination, made
from mebuki.tasks.expressions import parse, substitution, truth
from mebuki.tasks.grading import grade, second_opinion
from mebuki.tasks.reading import Question, read
from mebuki.training.calculator_shape import CONTEXT

small = st.integers(-999, 999)
long = st.integers(-(10**20), 10**20)
ratios = st.fractions(-50, 50, max_denominator=60)


def fraction(value: Fraction) -> integers.Written:
    return number(value.numerator, value.denominator)


def last_number(work: str) -> Fraction:
    """The number that a calculation ends with, digits turned round."""
    match = re.search(r"(-?)(\d+)(?:\|(\d+))?$", turned(work))
    assert match
    return Fraction(int(match[1] + match[2]), int(match[3] or 1))


@given(long, long, st.booleans())
def test_sums_and_differences(a: int, b: int, minus: bool) -> None:
    work, result = integers.add(number(a), number(b), minus=minus)
    right = a - b if minus else a + b
    assert last_number(work) == Fraction(result.above) == right


@given(st.integers(-99999, 99999), st.integers(-99999, 99999))
def test_products(a: int, b: int) -> None:
    work, result = integers.multiply(number(a), number(b))
    assert last_number(work) == result.above == a * b
    for part, running in re.findall(r"\+\d:(\d+)=-?(\d+)", turned(work)):
        assert int(part) <= int(running)


@given(st.integers(1, 10**7), st.integers(1, 9999), st.integers(0, 2**32))
def test_long_division_with_and_without_slips(a: int, b: int, seed: int) -> None:
    """A wrong digit of the quotient is mended at once, and quotient and rest stay right."""
    if a < b:
        a, b = b, a
    x, y = number(a).digits, number(b).digits
    plain, slipped = integers.divide(x, y), integers.divide(x, y, random.Random(seed), 0.7)
    for division in (plain, slipped):
        assert (int(division.quotient[::-1]), int(division.rest[::-1])) == divmod(a, b)
    assert NOT_LEARNED not in plain.text
    assert slipped.text.count("~") + slipped.text.count("!") == slipped.text.count(NOT_LEARNED)


@given(st.integers(1, 500), st.integers(2, 500))
def test_euclid_goes_on_until_the_rest_is_0_or_1(a: int, b: int) -> None:
    """Nothing that divides numerator and denominator has to be seen at once."""
    text, _ = rationals.quotient(number(a), number(b))
    rests = [int(rest[::-1]) for rest in re.findall(r"A\d:\d+;(\d+)(?=[&=\[])", re.sub(r"\[.*\]", "", text))]
    if a % b and "&" in text:
        assert rests[-1] in (0, 1), text
    if 1 < a < b:
        assert "&" in text


def test_a_digit_that_was_too_small_shows_a_rest_that_holds_the_divisor() -> None:
    rng = random.Random(1)
    for _ in range(300):
        a, b = rng.randint(10, 99999), rng.randint(2, 999)
        if a < b:
            continue
        text = integers.divide(number(a).digits, number(b).digits, rng, 0.9).text.replace(NOT_LEARNED, "")
        for place, rest in re.findall(r"([A-Z])\d:\d+;(\d+)!", text):
            over = int((rest[1:] if place != "A" else rest)[::-1])
            assert over >= b, (a, b, text)


@given(ratios, ratios, st.sampled_from("+-*/"))
def test_fractions(x: Fraction, y: Fraction, op: str) -> None:
    if op == "/" and y == 0:
        with pytest.raises(rationals.Undefined):
            rationals.compute(fraction(x), op, fraction(y))
        return
    work, result = rationals.compute(fraction(x), op, fraction(y))
    right = {"+": x + y, "-": x - y, "*": x * y, "/": x / y if y else x}[op]
    assert last_number(work) == right
    assert result.clean == fraction(right)


@given(ratios, st.integers(0, 4))
def test_powers(x: Fraction, n: int) -> None:
    work, result = rationals.compute(fraction(x), "^", number(n))
    assert last_number(work) == x**n == Fraction(result.above, result.under)


def work_lines(work: str) -> list[str]:
    """The lines of working, scratch and pointers taken out."""
    while "[" in work:
        work = re.sub(r"\[[^\[\]]*\]", "", work)
    return "".join(letter for letter in work if letter not in POINTERS).split("=")


@pytest.mark.parametrize("suite", [s for s in SUITES if s.startswith(("mixed", "brackets", "fractions"))])
def test_every_line_equals_the_question(suite: str) -> None:
    for problem in examination(suite, 25, 7):
        right = Fraction(truth(problem.expression, "value").replace(" ", ""))
        for line in Worked.read(problem.work + END).lines:
            assert Fraction(truth(line.text, "value")) == right, (problem.expression, line)


@pytest.mark.parametrize("suite", SUITES)
def test_an_independent_judge_agrees(suite: str) -> None:
    """The end of the taught work is equal and worked out, by the strict parser and by SymPy."""
    for number_, problem in enumerate(examination(suite, 30, 11)):
        names = question(problem.expression, problem.ask)[1]
        worked = Worked.read(problem.work + END, names)
        asked = Question(problem.expression, problem.ask)
        assert grade(asked, worked.answer).right, (problem, worked.answer)
        if number_ < 4:
            assert second_opinion(asked, worked.answer)


@pytest.mark.parametrize("kind", WIDER)
def test_wider_problems_are_right_and_read_as_they_stand(kind: str) -> None:
    rng = random.Random(f"wider {kind}")
    for _ in range(40):
        problem = made(lambda: WIDER[kind][0](rng, 1.0, rng))
        worked = Worked.read(problem.work + END, question(problem.expression, problem.ask)[1])
        if worked.answer != UNDEFINED:
            assert grade(Question(problem.expression, problem.ask), worked.answer).right, (problem, worked.answer)
        assert len(problem.text) < CONTEXT
        assert tidy(problem.expression) == problem.expression


def test_wider_problems_are_only_learned_when_asked_for() -> None:
    rng = random.Random(4)
    longest = {only: max(len(p.work) for p in draw(rng, 400, 1.0, only=only)) for only in ("all", "wide")}
    assert longest["all"] <= number_problems.LONGEST < longest["wide"]


@pytest.mark.parametrize("suite", SUITES)
def test_what_is_read_from_people_is_what_is_taught(suite: str) -> None:
    """Typing a problem's expression gives the same question to the model."""
    for problem in examination(suite, 20, 3):
        asked = read(problem.expression)
        expression, values = substitution(asked.expression)
        assert values == substitution(problem.expression)[1]
        assert expression.replace(" ", "") == substitution(problem.expression)[0].replace(" ", "")


@pytest.mark.parametrize("name", LEARNED)
def test_whatever_is_learned_is_right_and_is_read_as_it_stands(name: str) -> None:
    rng = random.Random(name)
    for level in (0.4, 1.0):
        for _ in range(15):
            problem = made(lambda at=level: LEARNED[name][0](rng, at, rng))
            asked, names = question(problem.expression, problem.ask)
            assert asked == problem.question
            assert (problem.ask == "poly") == (bool(names) and "," not in asked)
            typed = read(problem.expression) if problem.ask != "remainder" and not problem.work.endswith("?") else None
            if typed:
                assert question(typed.expression, typed.ask)[0] == asked
                answer = Worked.read(problem.work.replace(NOT_LEARNED, "") + END, names).answer
                assert grade(Question(problem.expression, problem.ask), answer).right, (problem, answer)


def test_equal_questions_have_equal_works() -> None:
    """What a model reads never asks for two different works, slips left out."""
    rng, works = random.Random(4), dict[str, str]()
    for name in LEARNED:
        for level in (0.1, 0.6, 1.0):
            for _ in range(60):
                problem = made(lambda at=level, of=name: LEARNED[of][0](rng, at, None))  # pyright: ignore[reportArgumentType]
                assert works.setdefault(problem.question, problem.work) == problem.work


@pytest.mark.parametrize(
    ("work", "equations", "side"),
    [
        ("[3*9=72]72D-6=12", [["3*9=27"], []], [["3*9=27"], []]),
        ("[AB:21*43=4:84+3:063=804,a:1+1=2]804*a^2", [["12*34=408"]], [["AB:12*34=4:48+3:360=408,x:1+1=2"]]),
        ("[a:7,b:-3,a:7+5=21,:4]21*a-3*b+4", [["x:7+5=12"]], [["x:7,y:-3,x:7+5=12,:4"]]),
        ("[-3+1=8~-2]-2", [["-3+1=-2"]], [["-3+1=8~-2"]]),
        ("54*3=531", [[], []], [[], []]),
        ("4:84+3:063=804", [[]], [["4:48+3:360=408"]]),
        ("&6%3=A2:6;0[3/3=A1:3;0=1]5/6=A0:0;5=5|6", [["3/3=1"]], [["&6%3=A2:6;0", "3/3=A1:3;0=1", "A0:0;5=5/6"]]),
        ("57~-52", [[]], [["75~-25"]]),
        ("9B3:21;78~B2:8;71A4:61;1=42", [[]], [["9B3:12;87~B2:8;17A4:16;1=24"]]),
        ("[a:-61,a:-61+8=80~-80]-8*a", [["x:-16+8=-8"]], [["x:-16,x:-16+8=08~-08"]]),
        ("02*02=0:00+2:004=004*02=0:000+2:0008=0008", [[], [], []], [[], ["0:00+2:400=400"], ["0:000+2:8000=8000"]]),
    ],
)
def test_calculations_on_the_side(work: str, equations: list[list[str]], side: list[list[str]]) -> None:
    """Whole ones, none torn; and in one equation what each comes to."""
    lines_ = Worked.read(work + END, {"a": "x", "b": "y"}).lines
    assert [line.equations for line in lines_] == equations
    assert [line.work for line in lines_] == side


def test_division_by_zero_has_no_answer() -> None:
    for _ in range(20):
        problem = made(lambda: LEARNED["undefined"][0](random.Random(), 1.0, random.Random()))
        assert Worked.read(problem.work + END).answer == UNDEFINED


@given(
    st.lists(
        st.tuples(small.filter(bool), st.sampled_from(((), (("a", 1),), (("b", 1),), (("a", 2),)))),
        min_size=1,
        max_size=8,
    )
)
def test_like_terms_by_hand(parts: list[tuple[int, terms.Letters]]) -> None:
    start = tuple(terms.term(number(c), letters) for c, letters in parts)
    text, end = algebra.simplify(start)
    keys = [terms.order(t.mono.letters) for t in end]  # only unlike monomials, in their order
    assert all(x < y for x, y in pairwise(keys))
    assert all(t.flat and t.mono.coefficient.above for t in end)
    sums: dict[terms.Letters, int] = {}
    for c, letters in parts:
        sums[letters] = sums.get(letters, 0) + c
    assert {t.mono.letters: t.signed.above for t in end} == {k: v for k, v in sums.items() if v}
    assert work_lines(text)[-1] == (terms.text_of(end) or "0")


def test_scratch_taken_out_leaves_the_lines() -> None:
    """What stands between scratch is the next line, letter for letter."""
    rng = random.Random(5)
    for _ in range(60):
        problem = made(lambda: LEARNED["expand"][0](rng, 1.0, rng))
        for line in work_lines(problem.work.replace(NOT_LEARNED, "")):
            parse(re.sub(r"(\d+)\|(\d+)", r"(\1/\2)", turned(line)))


@given(st.text("0123456789+-*/()=[]:abc,", max_size=40))
@settings(max_examples=60)
def test_places_restart_in_scratch_and_return(text: str) -> None:
    places = places_of(text)
    assert len(places) == len(text)
    for letter, before, place in zip(text, ["", *list(text)], places, strict=False):
        assert (place.digit > 0) == letter.isdigit()
        if place.digit > 1:
            assert before.isdigit()
    assert [place.part for place in places_of("1+2[9-9-9]+3")][-2:] == [2, 2]


def test_in_scratch_parts_of_a_calculation_have_places_of_their_own() -> None:
    text = "[57*408=4:003+0:000=003+8:00006=00306]"
    stretches = {}
    for letter, place in zip(text, places_of(text), strict=True):
        if place.digit:
            stretches.setdefault((place.part, place.digit), []).append(letter)
    assert all(len(letters) <= 2 for letters in stretches.values()), stretches  # a digit and the one written under it
    plain, scratch = "861/7=81C2:41;46B9:36;1", "[861/7=81C2:41;46B9:36;1]"
    steps = [[p.part for p in places_of(t)[start:][8:]] for t, start in ((plain, 0), (scratch, 1))]
    assert steps[0] == steps[1][:-1]


@pytest.mark.parametrize("suite", [s for s in SUITES if not s.startswith(("add", "long", "mult", "divide"))])
def test_what_is_copied_has_the_places_of_what_it_is_copied_from(suite: str) -> None:
    """Behind the result of a step every letter of a line, up to its "=", is a letter of the line before, in the same place; and so
    is every letter before it."""
    for problem in examination(suite, 25, 13):
        text = problem.question + problem.work
        lines, depth = [[]], 0
        for letter, place in zip(text, places_of(text), strict=True):
            depth += letter == "["
            if not depth:
                lines[-1].append((letter, place.digit, place.part))
                if letter == "=":
                    lines.append([])
            depth -= letter == "]"
        for before, line in pairwise(lines):
            if set("".join(letter for letter, *_ in line)) & set(":;&%"):
                continue  # worked out where it stands
            same = next((i for i, (x, y) in enumerate(zip(before, line, strict=False)) if x != y), 0)
            ends = [i for i, (letter, *_) in enumerate(line) if letter in POINTERS and i >= same]
            if ends:
                copied = list(line[ends[0] + 1 :])
                assert copied[:-1] == before[len(before) - len(copied) :][:-1], (text, line)


@given(st.text("xyzpqk0123456789+*", min_size=1, max_size=30))
def test_letters_keep_their_order_and_come_back(text: str) -> None:
    if len(set(text) & set("xyzpqk")) > 5:
        with pytest.raises(ValueError, match="6 letters"):
            renamed(text)
        return
    new, names = renamed(text)
    assert "".join(names.get(letter, letter) for letter in new) == text
    assert list(names) == sorted(names)
    assert list(names.values()) == sorted(names.values())
    assert turned(turned(text)) == text


def test_learned_and_examined_problems_have_nothing_in_common() -> None:
    rng = random.Random(0)
    learned = {p.question for level in (0.1, 0.5, 1.0) for p in draw(rng, 1500, level)}
    examined = {p.question for suite in SUITES for p in examination(suite, 60, 0)}
    assert not learned & examined
    assert Problem("7*v-3", "poly", "").held_out == Problem("7*a-3", "poly", "").held_out


def test_problems_grow() -> None:
    """Easy ones first: shorter, and no kind before its time."""
    rng = random.Random(1)
    means = []
    for level in (0.0, 0.3, 1.0):
        problems = draw(rng, 300, level)
        means.append(sum(len(p.text) for p in problems) / 300)
    assert means == sorted(means)
    assert all(FIRST_LEVEL.get(name, 0) <= 1 for name in LEARNED)
    assert not any("(" in p.expression and "^" in p.expression for p in draw(rng, 100, 0.0, only="addition"))


def test_limits_of_digits_and_depth() -> None:
    rng = random.Random(2)
    for problem in draw(rng, 200, 1.0, only="addition", digits=4):
        assert max(map(len, re.findall(r"\d+", problem.expression))) <= 4
    for problem in draw(rng, 200, 1.0, only="brackets", depth=1):
        inner = re.sub(r"\(-\d+\)", "n", problem.expression)
        assert not re.search(r"\([^)]*\(", inner)


def test_examinations_are_a_function_of_suite_and_seed() -> None:
    assert examination("expand", 10, 4) == examination("expand", 10, 4) != examination("expand", 10, 5)
    assert chosen("all") == list(SUITES)
    assert chosen("multiply 2x2,multiply") == ["multiply 2x2", "multiply 3x3", "multiply 4x4"]


@pytest.mark.parametrize(
    ("line", "work"),
    [
        ([number(-5), "+", number(3)], "2-"),
        (["-", "(", number(3), "-", number(8), ")", "*", number(2)], "01"),
        (["-", number(3), "^", number(2)], "9-"),
        ([number(2), "*", "(", number(-3), ")", "^", number(2)], "81"),
        (["-", number(-7), "+", number(1)], "8"),
        ([number(5), "/", number(10), "^", number(1)], "1|2"),
    ],
)
def test_signs(line: lines.Line, work: str) -> None:
    text, value = lines.work_out(line)
    assert value
    assert value.clean.text == (work[::-1] if work.endswith("-") else work)
    assert last_number(text) == Fraction(value.above, value.under)


@pytest.mark.parametrize("digits", [1, 60, 100])
def test_sums_of_any_length_can_be_made(digits: int) -> None:
    """Also those that are measured, and never taught."""
    rng = random.Random(digits)
    for _ in range(20):
        problem = number_problems.addition(rng, digits, digits)
        assert grade(Question(problem.expression, problem.ask), Worked.read(problem.work + END, None).answer).right
