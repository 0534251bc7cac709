"""Examinations of a calculator: fresh problems of every suite, written out greedily, graded by the checker.

An answer counts when it is equal and worked out. Problems come from a seed and are all of those that no training learns from.
"""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from ..tasks.calculator.suites import SUITES, examination
from ..tasks.grading import carries, digits, wilson
from .answering import Answer, Calculator

GROUPS = ("digits", "carries")  # into which sums are divided in reports
KEPT = 20  # wrong answers that a report shows, of each suite


@dataclass
class Tally:
    """How many of some problems were right.

    >>> tally = Tally(right=198, total=200)
    >>> [round(end, 4) for end in tally.interval]
    [0.9643, 0.9973]
    """

    right: int = 0
    total: int = 0

    def add(self, right: bool) -> None:
        self.right += right
        self.total += 1

    @property
    def share(self) -> float:
        return self.right / self.total if self.total else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Where the true share lies, in 95 of 100 examinations (Wilson 1927)."""
        return wilson(self.right, self.total)

    def to_dict(self) -> dict[str, Any]:
        return {"right": self.right, "total": self.total, "share": self.share, "interval": list(self.interval)}


@dataclass
class SuiteReport:
    """What came out of one suite.

    Attributes:
        digits, carries: of sums of two numbers, by the digits of the longer one, and by carries or borrows.
        wrong: some of the answers that do not count.
    """

    suite: str
    tally: Tally = field(default_factory=Tally)
    digits: dict[int, Tally] = field(default_factory=lambda: defaultdict(Tally))
    carries: dict[int, Tally] = field(default_factory=lambda: defaultdict(Tally))
    wrong: list[Answer] = field(default_factory=list)
    seconds: float = 0.0

    def add(self, answer: Answer) -> None:
        right = answer.verdict.right
        self.tally.add(right)
        if self.suite.startswith(("add", "long")):
            self.digits[digits(answer.question)].add(right)
            self.carries[_carries(answer.question.expression)].add(right)
        if not right and len(self.wrong) < KEPT:
            self.wrong.append(answer)

    def to_dict(self) -> dict[str, Any]:
        found = {"suite": self.suite, **self.tally.to_dict(), "seconds": round(self.seconds, 2)}
        for name in GROUPS:
            if parts := getattr(self, name):
                found[name] = {str(key): tally.to_dict() for key, tally in sorted(parts.items())}
        wrong = [{"question": str(a.question), "answer": a.answer, "why": a.verdict.why} for a in self.wrong]
        return {**found, "wrong": wrong}


def _carries(expression: str) -> int:
    """Carries or borrows of a sum of two numbers."""
    body = expression.replace("(", "").replace(")", "")
    sign = next(i for i in range(1, len(body)) if body[i] in "+-" and body[i - 1].isdigit())
    a, b = int(body[:sign]), int(body[sign + 1 :])
    return carries(a, b if body[sign] == "+" else -b)


def examine(
    calculator: Calculator,
    suites: Iterable[str] = SUITES,
    *,
    count: int = 200,
    seed: int = 0,
    threads: int | None = None,
    told: Callable[[SuiteReport], None] = lambda report: None,
) -> list[SuiteReport]:
    """Examine a calculator in some suites.

    Args:
        count: problems of each suite; suites of short numbers may hold fewer.
        seed: of the problems.
        told: is called with each suite's report.

    Raises:
        RecipeError: an unknown suite.
    """
    reports = []
    for suite in suites:
        begun = time.perf_counter()
        report = SuiteReport(suite)
        problems = examination(suite, count, seed)
        for answer in calculator.ask([(p.expression, p.ask) for p in problems], threads=threads):
            report.add(answer)
        report.seconds = time.perf_counter() - begun
        reports.append(report)
        told(report)
    return reports


def as_jsonl(reports: Iterable[SuiteReport]) -> str:
    """A line of JSON for each suite."""
    return "".join(json.dumps(report.to_dict(), ensure_ascii=False) + "\n" for report in reports)
