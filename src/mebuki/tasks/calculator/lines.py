"""Expressions of numbers, reduced line by line: in each line one operation is done, and the rest is copied.

    3*(4+5)-6/2=[4+5=9]3*9C-6/2=[3*9=72]72C-6/2=[6/2=A3:6;0=3]72C-3=42

The innermost, leftmost bracket comes first; within it powers, then * and / from the left, then + and - from the left. What is
done stands in square brackets with its work, and a line that is one operation alone is worked out where it stands. Behind the
result, unless it ends the line, a pointer names the part of the line before up to which it reaches, so that the rest is found
there (`Places`); as long as the result stands, its pointer is copied with it. A value that is negative keeps its bracket after an
operator, a fraction or a negative number under a power too; -(-5) is an operation of its own.

An expression is a list of `Written` numbers and of the signs + - * / ^ ( ).
"""

from __future__ import annotations

import random
from dataclasses import replace

from .integers import Written
from .notation import POINTERS, Places
from .rationals import Undefined, compute

Line = list["Written | str"]


def text_of(line: Line) -> str:
    """The line as the model reads and writes it."""
    parts = []
    for place, item in enumerate(line):
        if isinstance(item, str):
            parts.append(item)
        else:
            before = line[place - 1] if place else "("
            powered = place + 1 < len(line) and line[place + 1] == "^"
            bracket = (item.negative and before != "(") or (powered and (item.negative or bool(item.below)))
            parts.append((f"({item.text})" if bracket else item.text) + item.mark)
    return "".join(parts)


def _inner(line: Line) -> tuple[int, int]:
    """The innermost, leftmost bracket: its first place and the place behind its last, brackets not counted."""
    if ")" not in line:
        return 0, len(line)
    end = line.index(")")
    return max(place for place in range(end) if line[place] == "(") + 1, end


def _operation(line: Line, first: int, end: int) -> int:
    """The place of the operator that comes first."""
    for signs in ("^", "*/", "+-"):
        for place in range(first + 1, end):
            if isinstance(line[place], str) and str(line[place]) in signs and isinstance(line[place - 1], Written):
                return place
    return -1


def step(line: Line, slips: random.Random | None = None) -> tuple[str, Line, int, int]:
    """One operation: what follows "=", and the new line; the place of the result in it, and how many items behind it are
    copied. The place is -1 if the operation stood alone, so that the work ends with the new line.

    Raises:
        Undefined: a division by zero; its text is what the model writes.
    """
    first, end = _inner(line)
    place = _operation(line, first, end)
    if line[first] == "-" and (place < 0 or (place == first + 2 and str(line[place]) in "+-")):
        value = line[first + 1]
        assert isinstance(value, Written)
        result = Written(not value.negative, value.digits, value.below)
        new, place = _settle([*line[:first], result, *line[first + 2 :]], first)
        return f"[-{value.operand}={result.text}]", new, place, len(new) - place - 1
    x, op, y = line[place - 1], line[place], line[place + 1]
    assert isinstance(x, Written)
    assert isinstance(op, str)
    assert isinstance(y, Written)
    alone = len(line) == 3
    shown = text_of([replace(x, mark=""), op]) + y.operand
    try:
        work, value = compute(x, op, y, slips)
    except Undefined as error:
        raise Undefined(error.text if alone else f"[{shown}={error.text}]{error.text}") from None
    if alone:
        return work, [value], -1, 0
    new, place = _settle([*line[: place - 1], value.clean, *line[place + 2 :]], place - 1)
    return f"[{shown}={work}]", new, place, len(new) - place - 1


def _settle(line: Line, watched: int = 0) -> tuple[Line, int]:
    """Takes away brackets around single numbers, and joins a minus to a number that no power follows; and where the item
    went that stood at `watched`.
    """
    changed = True
    while changed:
        changed = False
        for place, item in enumerate(line):
            if not isinstance(item, Written):
                continue
            if 0 < place < len(line) - 1 and line[place - 1] == "(" and line[place + 1] == ")":
                line, changed = [*line[: place - 1], item, *line[place + 2 :]], True
                watched -= (watched >= place) + (watched > place)
                break
            prefix = place and line[place - 1] == "-" and (place == 1 or line[place - 2] == "(")
            powered = place + 1 < len(line) and line[place + 1] == "^"
            if prefix and not powered and not item.negative:
                joined = replace(item, negative=item.above != 0)
                line, changed = [*line[: place - 1], joined, *line[place + 1 :]], True
                watched -= watched >= place
                break
    return line, watched


def _pointer(part: int) -> str:
    if part >= len(POINTERS):
        raise OverflowError
    return POINTERS[part]


def work_out(line: Line, slips: random.Random | None = None, largest: int = 10**9) -> tuple[str, Written | None]:
    """All that follows the question's "=", and the value; None: there is none.

    Raises:
        OverflowError: a number on the way is larger than `largest`.

    >>> from .integers import number
    >>> work_out([number(3), "*", "(", number(4), "+", number(5), ")", "-", number(6)])[0]
    '[4+5=9]3*9C-6=[3*9=72]72C-6=12'
    """
    line, _ = _settle(line)
    if len(line) == 1:
        assert isinstance(line[0], Written)
        return line[0].text, line[0]
    text, places = "", Places()
    parts = [places.read(letter).part for letter in text_of(line)]
    places.read("=")
    while True:
        try:
            work, new, place, copied = step(line, slips)
        except Undefined as error:
            return text + error.text, None
        numbers = [item for item in new if isinstance(item, Written)]
        if any(max(abs(item.above), item.under) > largest for item in numbers):
            raise OverflowError
        if place < 0:
            return text + work, numbers[0]
        if len(new) == 1:
            return text + work + text_of(new), numbers[0]
        if copied:
            gone = len(text_of(line[: len(line) - copied]))  # what the result, and what stands before it, stand for
            result = new[place]
            assert isinstance(result, Written)
            new[place] = replace(result, mark=_pointer(parts[gone - 1]))
        line = new
        written = text_of(line)
        for letter in work:
            places.read(letter)
        parts = [places.read(letter).part for letter in written]
        places.read("=")
        text += work + written + "="
