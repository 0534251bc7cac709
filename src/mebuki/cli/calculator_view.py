"""A training of the calculator in the terminal: a bar, the suites as they are learned, and samples with their steps."""

from __future__ import annotations

import time
from pathlib import Path

from rich.console import Console, Group
from rich.text import Text

from ..runs.calculator import CalculatorProgress, CalculatorRun
from ..runs.live import LEAF
from ..runs.words import duration
from ..training.calculator_settings import CalculatorSettings
from . import addition_view
from .addition_view import QUIET, exactly

BARS = " ▁▂▃▄▅▆▇█"


def suite_lines(exact: dict[str, float], width: int) -> list[Text]:
    """The suites with a small bar each, as many in a line as fit."""
    wide = max(map(len, exact), default=0)
    cells = []
    for suite, share in exact.items():
        style = LEAF if share >= 0.98 else "yellow" if share >= 0.8 else "bright_black"
        cell = Text(f"{suite:<{wide}} ")
        cell.append(BARS[min(8, int(share * 8.999))], style)
        cell.append(f"{100 * share:4.0f}  ")
        cells.append(cell)
    row = max(1, (width - 2) // (wide + 8))
    return [Text("  ").join([Text(""), *cells[i : i + row]]) for i in range(0, len(cells), row)]


class View(addition_view.View):
    """`with view: train_calculator(settings, folder, watch=view.watch)`; quiet: nothing is shown."""

    def __init__(self, console: Console | None = None, *, quiet: bool = False) -> None:
        super().__init__(console)
        self.quiet = quiet

    def __enter__(self) -> View:
        if not self.quiet:
            super().__enter__()
        return self

    def begin(self, settings: CalculatorSettings, folder: Path) -> None:
        what = {"steps": "steps and answers", "answer": "answers", "plain": "answers, highest digit first"}[
            settings.work
        ]
        self.say(f"芽吹き  mebuki calculator   {what}, width {settings.width}, {settings.layers} layers", "bold")
        self.say(f"  {settings.steps:,} steps of some {settings.letters:,} letters; kept in {folder}", "dim")

    def watch(self, progress: CalculatorProgress) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        if self._live:
            width = self.console.width
            long = min(width - 4, 72)
            done = round(progress.share * long)
            bar = Text.assemble("  ", ("━" * done, LEAF), ("━" * (long - done), "bright_black"))
            parts = [bar, Text("  " + numbers(progress)), *suite_lines(progress.exact, width)]
            for question, written in progress.samples:
                line = Text(f"  {question} = {written}", "dim")
                line.truncate(width - 1, overflow="ellipsis")
                parts.append(line)
            self._live.update(Group(*parts), refresh=True)
        elif time.monotonic() - self._said > QUIET:
            self._said = time.monotonic()
            mean = sum(progress.exact.values()) / len(progress.exact) if progress.exact else None
            self.say(
                "  " + numbers(progress) + (f"   {exactly(mean)} of unseen problems exact" if mean is not None else "")
            )

    def say(self, words: str = "", style: str = "") -> None:
        if not self.quiet:
            self.console.print(Text(words, style), soft_wrap=True)

    def ended(self, run: CalculatorRun, seconds: float) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        """How a training ended."""
        self.say(f"  {'done' if run.done else 'stopped, and kept'} after {duration(seconds)}", "dim")
        if rows := run.examinations:
            self.say(
                f"  at the last examination, after {rows[-1]['step']:,} steps, written exactly as taught, in %:", "dim"
            )
            for line in suite_lines(rows[-1]["exact"], self.console.width):
                self.console.print(line, soft_wrap=True)
        self.say()
        if not run.done:
            self.say(f"  go on    mebuki calculator --resume {run.folder}")
        self.say(f'  ask it   mebuki answer --model {run.folder} "12+39"')
        self.say(f"  exam     mebuki evaluate {run.folder} --suite all")


def numbers(progress: CalculatorProgress) -> str:
    """Where it stands, in one line."""
    words = [f"step {progress.step:,}", f"loss {progress.loss:.4f}", f"{progress.letters_per_second:,.0f} letters/s"]
    if progress.left is not None and progress.share < 1:
        words.append(f"{duration(progress.left)} left")
    return "   ".join(words)
