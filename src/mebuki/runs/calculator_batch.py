"""A calculator answers several questions at once, a letter for each in turn: a `Batch` for the scheduler.

batch = CalculatorBatch(Calculator.ready())
batch.join(Text(batch, batch.wanted("3*(4+5)")))
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..generation.batching import Ended, Event, Piece, Text
from ..tasks.calculator.notation import END
from ..tasks.reading import Question, read

if TYPE_CHECKING:
    from .answering import Calculator

SEATS = 4  # each has a decoder of its own


@dataclass(frozen=True)
class Posed:
    """A question that is to be answered.

    Attributes:
        posed: as the model reads it.
        tokens: most letters to write; None: until it comes to its end.
        stop: strings that the answer ends before.
    """

    question: Question
    posed: str
    tokens: int | None = None
    stop: tuple[str, ...] = ()


@dataclass
class _Answering:
    text: Text
    letters: Generator[str, None, None] | Any
    written: str = ""


class CalculatorBatch:
    """Questions to one calculator."""

    def __init__(self, calculator: Calculator, *, seats: int = SEATS) -> None:
        self.calculator, self._seats = calculator, seats
        self._all: list[_Answering] = []

    def wanted(self, question: str, *, tokens: int | None = None, stop: tuple[str, ...] = ()) -> Posed:
        """A question as people type it. QuestionError: it cannot be read."""
        asked = read(question)
        return Posed(asked, self.calculator.posed(asked), tokens, stop)

    @property
    def texts(self) -> list[Text]:
        return [one.text for one in self._all]

    @property
    def free(self) -> int:
        return self._seats - len(self._all)

    def join(self, text: Text) -> None:
        self._all.append(_Answering(text, self.calculator.writer.stream(text.wanted.posed)))

    def leave(self, text: Text) -> None:
        for one in self._all:
            if one.text is text:
                one.letters.close()
                self._all.remove(one)
                return

    def turn(self) -> list[tuple[Text, Event]]:
        told: list[tuple[Text, Event]] = []
        for one in list(self._all):
            wanted: Posed = one.text.wanted
            if wanted.tokens == 0:
                letter = None
            elif letter := next(one.letters, None):
                one.written += letter
            if letter in (None, END) or len(one.written) == wanted.tokens:
                told += [(one.text, event) for event in self._end(one)]
                self.leave(one.text)
        return told

    def _end(self, one: _Answering) -> list[Event]:
        """The lines of working, the last of them the answer."""
        wanted: Posed = one.text.wanted
        steps = self.calculator.judge(wanted.question, one.written).steps if one.written else []
        text = "\n".join(f"= {line.text}" for line in steps)
        why = "stop" if one.written.endswith(END) else "length"
        ends = [place for stop in wanted.stop if (place := text.find(stop)) >= 0]
        if ends:
            text, why = text[: min(ends)], "stop"
        ended = Ended(why, len(one.written))
        return [Piece(text), ended] if text else [ended]
