"""A training on addition in the terminal: a bar and a line beneath it; into a file or a pipe, a line now and then."""

from __future__ import annotations

import time
from types import TracebackType

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from ..runs.addition import AdditionProgress, AdditionRun
from ..runs.live import LEAF, Paper
from ..runs.words import duration
from ..training.addition_settings import AdditionSettings

QUIET = 10.0  # seconds between lines where nothing is drawn in place


def exactly(share: float) -> str:
    """A share in percent, near the end with more decimals; only all is 100.

    >>> exactly(0.99999), exactly(1.0), exactly(0.9994), exactly(0.5)
    ('99.99 %', '100 %', '99.94 %', '50.0 %')
    """
    if share == 1:
        return "100 %"
    return f"{100 * share:.1f} %" if share < 0.99 else f"{min(100 * share, 99.99):.2f} %"


def about(settings: AdditionSettings, variant: str = "") -> str:
    """The model in a few words."""
    hands = "NumPy, by hand" if settings.engine == "scratch" else "PyTorch"
    digits = "1 digit" if settings.digits == 1 else f"{settings.digits} digits"
    return f"{variant or settings.variant}   {digits}, width {settings.width}, {hands}"


def numbers(progress: AdditionProgress) -> str:
    """Where it stands, in one line."""
    words = [f"step {progress.step:,}", f"loss {progress.loss:.4f}"]
    if progress.exact is not None:
        words.append(f"{exactly(progress.exact)} of unseen sums right")
    if progress.left is not None and progress.share < 1:
        words.append(f"{duration(progress.left)} left")
    return "   ".join(words)


class View:
    """`with View() as view: train_addition(settings, folder, watch=view.watch)`."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Paper(highlight=False)
        self._live: Live | None = None
        self._said = 0.0

    def __enter__(self) -> View:
        if self.console.is_terminal and not self.console.is_dumb_terminal:
            self._live = Live(console=self.console, auto_refresh=False, transient=True)
            self._live.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live:
            self._live.update(Text(""), refresh=True)
            self._live.__exit__(kind, error, trace)
            self._live = None

    def watch(self, progress: AdditionProgress) -> None:
        if self._live:
            width = min(self.console.width - 4, 72)
            done = round(progress.share * width)
            bar = Text.assemble("  ", ("━" * done, LEAF), ("━" * (width - done), "bright_black"))
            self._live.update(Group(bar, Text("  " + numbers(progress))), refresh=True)
        elif time.monotonic() - self._said > QUIET:
            self._said = time.monotonic()
            self.say("  " + numbers(progress))

    def say(self, words: str = "", style: str = "") -> None:
        self.console.print(Text(words, style), soft_wrap=True)

    def ended(self, run: AdditionRun) -> None:
        """How a training ended."""
        end = run.result
        kept = "stopped, and kept" if end["why"] == "stopped" else "done"
        self.say(f"  {kept} after {end['step']:,} steps, {duration(end['seconds'])}", "dim")
        self.say(f"  {exactly(end['exact'])} of {end['problems']:,} sums it never saw are exactly right", "bold")

    def solved(self, rows: list[dict[str, object]]) -> None:
        """Questions and answers, with what would have been right."""
        wide = max((len(str(row["question"])) for row in rows), default=0)
        for row in rows:
            line = Text(f"    {row['question']!s:>{wide}} = {row['answer']!s:<5}")
            line.append("  ✓" if row["right"] else f"  ✗ {row['expected']}", LEAF if row["right"] else "red")
            self.console.print(line, soft_wrap=True)

    def table(self, runs: dict[str, AdditionRun]) -> None:
        """The variants beside each other."""
        self.say(f"\n  {'variant':<22}{'exactly right':>14}{'loss':>10}{'steps':>8}   time", "dim")
        for variant, run in runs.items():
            end = run.result
            row = f"  {variant:<22}{exactly(end['exact']):>14}{end['loss']:>10.4f}{end['step']:>8,}"
            self.say(f"{row}   {duration(end['seconds'])}")
