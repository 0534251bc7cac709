"""The calculator, examined: every suite on fresh problems, greedily written, equal and worked out.

python -m benchmarks calculator                                  the one in the package, 200 problems a suite
python -m benchmarks calculator --count 2000 --card docs/calculator-card.md
python -m benchmarks calculator --run runs/mine --suite add      another one, some suites
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

from benchmarks.machine import facts
from mebuki import __version__
from mebuki.runs.answering import Calculator
from mebuki.runs.examination import SuiteReport, examine
from mebuki.samples import calculator as packaged
from mebuki.tasks.calculator.suites import chosen

RESULTS = Path(__file__).parent / "results" / "calculator.json"


def row(found: SuiteReport) -> str:
    low, high = found.tally.interval
    share = f"{100 * found.tally.share:.2f}"
    return f"| {found.suite} | {share} | {100 * low:.2f} – {100 * high:.2f} | {found.tally.right:,} of {found.tally.total:,} |"


def card(about: dict[str, object], reports: list[SuiteReport], seed: int) -> str:
    """The model's card as Markdown."""
    settings = about["settings"]
    assert isinstance(settings, dict)
    facts = "\n".join(f"| {name} | {value} |" for name, value in about.items() if name != "settings")
    numbers = ", ".join(f"{name} {value}" for name, value in settings.items())
    kinds: dict[str, list[str]] = {}
    for found in reports:
        for answer in found.wrong[:2]:
            kinds.setdefault(found.suite, []).append(f"`{answer.question}` → `{answer.answer or '…'}`")
    failures = "\n".join(f"- {suite}: {', '.join(some)}" for suite, some in kinds.items())
    by_digits = [(n, t) for found in reports for n, t in sorted(found.digits.items()) if found.suite.startswith("add")]
    digits = "\n".join(f"| {n} | {100 * t.share:.2f} | {t.right:,} of {t.total:,} |" for n, t in by_digits)
    return f"""# The calculator in the package

What `mebuki answer` uses. Made by `python -m benchmarks calculator --card FILE`; the examination is of seed {seed}, its problems are kept
aside from every training by a hash of their text.

| | |
|---|---|
{facts}

Settings: {numbers}.

Data: made up as it goes by `mebuki.tasks.calculator`, from the seed and the number of the step alone; nothing else.

## Right answers, %

An answer counts when it is equal and worked out, judged by a checker that is no part of the model. Intervals are Wilson's, 95%.

| suite | right | between | |
|---|---|---|---|
{chr(10).join(row(found) for found in reports)}

Sums and differences by the digits of the longer number:

| digits | right | |
|---|---|---|
{digits}

## Wrong ones, for example

{failures or "None in this examination."}
"""


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--run", default="calculator")
    p.add_argument("--suite", default="all")
    p.add_argument("--count", type=int, default=200)
    p.add_argument("--seed", type=int, default=2000)
    p.add_argument("--card", type=Path, help="write the card of the one in the package")
    given = p.parse_args()
    print(json.dumps(facts()))
    calculator, begun = Calculator.open(given.run), time.perf_counter()
    told = lambda found: print(row(found), flush=True)  # noqa: E731
    reports = examine(calculator, chosen(given.suite), count=given.count, seed=given.seed, told=told)
    mean = sum(found.tally.share for found in reports) / len(reports)
    print(f"mean of the suites {100 * mean:.2f} %, {time.perf_counter() - begun:.0f} s")
    if given.card:
        about = json.loads(packaged().with_suffix(".json").read_text(encoding="utf-8"))
        given.card.write_text(card(about, reports, given.seed), encoding="utf-8", newline="\n")
        content = {"version": __version__, "seed": given.seed, "suites": [found.to_dict() for found in reports]}
        RESULTS.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
