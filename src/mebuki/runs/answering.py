"""The calculator as it is used: a text is read, the model writes steps and answer, a checker says what it thinks of them.

    calculator = Calculator.ready()                       # the one in the package
    answer = calculator.answer("3×(4+5)-6/2は？")
    answer.answer, answer.steps[0].text, answer.verdict.right

Reading turns what was typed into canonical text, nothing more; the answer comes letter by letter from the model; the checker sees
question and answer when both are done, and changes neither.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from ..errors import MebukiError
from ..generation.worked import Writer
from ..tasks.calculator.answers import UNDEFINED, Line, Worked
from ..tasks.calculator.encoding import LETTERS_OF_IDS, Feed
from ..tasks.calculator.notation import END
from ..tasks.calculator.problem import Problem, question
from ..tasks.expressions import Ask
from ..tasks.grading import Verdict, grade
from ..tasks.latex import latex
from ..tasks.reading import Question, QuestionError, read
from ..training.calculator_settings import CalculatorSettings

ASKS = ("value", "remainder", "poly")
NO_END = Verdict(False, False, False, "the model came to no end")
NONE = Verdict(False, False, False, "the model says that there is no answer")


@dataclass(frozen=True)
class Answer:
    """What became of a question.

    Attributes:
        question: as it was understood.
        written: what the model wrote, letter by letter.
        steps: the lines of working, each with the calculations on the side that led to it; the last is the answer.
        answer: in canonical text: `36`, `2/17`, `2 r 14`, `12*c-3*n+4`; "undefined" if the model says that there is none, empty if
            it came to no end.
        verdict: the checker's.
    """

    question: Question
    written: str
    steps: list[Line]
    answer: str
    verdict: Verdict

    @property
    def latex(self) -> str:
        """The answer as LaTeX; empty if it is none that can be read."""
        return _latex(self.answer)

    @property
    def latex_lines(self) -> list[str]:
        """Question and lines of working as LaTeX."""
        return [latex(self.question.expression, ask=self.question.ask), *(_latex(line.text) for line in self.steps)]

    @property
    def shown(self) -> str:
        """The lines of working in one line."""
        return " = ".join(line.text for line in self.steps)

    def to_dict(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {
            "answer": self.answer,
            "latex": self.latex,
            "steps": [asdict(line) for line in self.steps],
            "verdict": {"right": self.verdict.right, "why": self.verdict.why},
        }


def _latex(text: str) -> str:
    try:
        return latex(text) if text and text != UNDEFINED else ""
    except MebukiError:
        return ""


class Calculator:
    """A model that calculates.

    Args:
        weights: by name, as `mebuki.models.placed` names them.
        settings: of its training.
        name: for people.
    """

    def __init__(self, weights: dict[str, Any], settings: CalculatorSettings, *, name: str = "calculator") -> None:
        self.weights, self.settings, self.name = weights, settings, name

    @classmethod
    def ready(cls) -> Calculator:
        """The calculator that comes with the package.

        Raises:
            RunError: the package has been damaged.
        """
        from ..samples import calculator
        from .checkpoints import read_tensors

        path = calculator()
        about = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        return cls(read_tensors(path), CalculatorSettings(**about["settings"]))

    @classmethod
    def open(cls, name: str) -> Calculator:
        """The one in the package for "calculator" where no folder is called so, or that of a run.

        Raises:
            RunError: there is no such run.
        """
        if name == "calculator" and not Path(name).exists():
            return cls.ready()
        from .calculator import CalculatorRun

        return CalculatorRun(name).calculator()

    @cached_property
    def writer(self) -> Writer:
        from ..training.calculator_shape import shape_of

        return Writer(self.weights, shape_of(self.settings), alphabet=LETTERS_OF_IDS, end=END, feed=Feed)

    def answer(self, text: str, ask: Ask | None = None) -> Answer:
        """Read a question as people type it, and answer it.

        Raises:
            QuestionError: it cannot be read, or has no answer, as a division by zero.
        """
        return self.answers([text], [ask])[0]

    def answers(self, texts: Sequence[str], asks: Sequence[Ask | None] = ()) -> list[Answer]:
        """The same for several questions at once.

        Raises:
            QuestionError: one cannot be read.
        """
        asks = asks or [None] * len(texts)
        found = [read(text) for text in texts]
        return self.ask([(q.expression, ask or q.ask) for q, ask in zip(found, asks, strict=True)])

    def ask(
        self,
        questions: Sequence[tuple[str, Ask]],
        *,
        threads: int | None = None,
        told: Callable[[int], None] = lambda done: None,
    ) -> list[Answer]:
        """Answer questions in canonical text.

        Args:
            questions: expression and what is asked for: value, remainder or poly.
            threads: of the processor; None: all, for more than a few questions.
            told: is called with the number of questions that are done.
        """
        asked = [Question(*one) for one in questions]
        written = self.writer.write([self.posed(one) for one in asked], threads=threads, told=told)
        return [self.judge(one, text) for one, text in zip(asked, written, strict=True)]

    def posed(self, asked: Question) -> str:
        """A question as the model reads it.

        >>> Calculator({}, CalculatorSettings()).posed(read("12+39"))
        '21+93='
        """
        if self.settings.work == "plain":
            return Problem(asked.expression, asked.ask, "", plain=True).question
        return question(asked.expression, asked.ask)[0]

    def judge(self, asked: Question, written: str) -> Answer:
        """What was written after a question, as people read it, with the checker's verdict."""
        plain = self.settings.work == "plain"
        names = None if plain else question(asked.expression, asked.ask)[1]
        worked = Worked.read(written, names, plain=plain)
        if worked.answer == UNDEFINED:
            verdict = NONE
        elif not worked.answer:
            verdict = NO_END
        else:
            verdict = grade(asked, worked.answer)
        return Answer(asked, written, worked.lines, worked.answer, verdict)

    def lines(
        self, rows: Iterable[str], *, told: Callable[[int], None] = lambda done: None
    ) -> Iterator[dict[str, Any]]:
        """Answer JSON lines `{"id", "expr", "ask"}`, in their order: `{"id", "answer", "latex", "steps", "verdict"}`.

        A line that cannot be read gets no answer, and a verdict that says why.
        """
        found: list[dict[str, Any] | None] = []
        asked: list[tuple[str, Ask]] = []
        for row in rows:
            if not row.strip():
                continue
            own = None
            try:
                content = json.loads(row)
                own = content.get("id")
                asked.append(_asked(content))
                found.append({"id": own})
            except (ValueError, AttributeError, TypeError, KeyError, MebukiError) as error:
                why = error.given if isinstance(error, MebukiError) else "no JSON object with id, expr and ask"
                verdict = {"right": False, "why": why}
                found.append({"id": own, "answer": None, "latex": "", "steps": [], "verdict": verdict, "refused": True})
        answers = iter(self.ask(asked, told=told))
        for row in found:
            assert row is not None
            yield row if row.pop("refused", False) else {**row, **next(answers).to_dict()}


def _asked(content: dict[str, Any]) -> tuple[str, Ask]:
    ask = content.get("ask")
    if ask is not None and ask not in ASKS:
        raise QuestionError(f"ask is {ask!r}", allowed=", ".join(ASKS))
    if not isinstance(content["expr"], str):
        raise QuestionError(f"expr is {content['expr']!r}", allowed="a text")
    asked = read(content["expr"])
    if ask:
        asked = replace(asked, ask=ask)
        grade(asked, "")  # refused if it cannot be asked so
    return asked.expression, asked.ask
