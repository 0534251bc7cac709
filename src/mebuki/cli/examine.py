"""`mebuki evaluate` of a calculator: fresh problems of every suite, graded."""

from __future__ import annotations

import argparse
import json

from ..errors import RecipeError, out_of_range


def run_examination(given: argparse.Namespace) -> int:
    """The command, its arguments read."""
    for name in ("block", "stride", "limit", "files", "encoding", "checkpoint", "engine"):
        if getattr(given, name):
            raise RecipeError(f"--{name} is for models of texts", allowed="--suite, --count, --seed, --wrong, --json")
    count, seed = given.count if given.count is not None else 200, given.seed or 0
    if not 1 <= count <= 10**6:
        raise out_of_range("count", count, 1, 10**6)
    from rich.console import Console
    from rich.text import Text

    from ..runs.answering import Calculator
    from ..runs.examination import SuiteReport, examine
    from ..tasks.calculator.suites import chosen

    suites = chosen(given.suite or "all")
    calculator, console = Calculator.open(given.run), Console(highlight=False)

    def show(report: SuiteReport) -> None:
        if given.json:
            print(json.dumps(report.to_dict(), ensure_ascii=False), flush=True)
            return
        low, high = report.tally.interval
        row = f"{report.suite:<24}{100 * report.tally.share:7.2f} %   {100 * low:6.2f} - {100 * high:6.2f}"
        console.print(Text(f"{row}   {report.tally.right:,} of {report.tally.total:,}"), soft_wrap=True)
        if given.wrong:
            for answer in report.wrong[:5]:
                line = f"    {answer.question} = {answer.shown}   {answer.verdict.why}"
                console.print(Text(line, "bright_black"), soft_wrap=True)

    if not given.json:
        console.print(Text(f"{'suite':<24}{'right':>9}   95 % between", "dim"))
    reports = examine(calculator, suites, count=count, seed=seed, told=show)
    if not given.json and len(reports) > 1:
        mean = sum(report.tally.share for report in reports) / len(reports)
        console.print(Text(f"{'mean of the suites':<24}{100 * mean:7.2f} %", "bold"))
    return 0
