"""Training in the terminal: a bar, the loss as a curve, perplexity in plain words, and what the model writes.

In a terminal the view is drawn anew in place; into a file or a pipe it is one line for each thing that happened.
"""

from __future__ import annotations

import math
import os
import sys
import time
from types import TracebackType
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.live import Live as RichLive
from rich.padding import Padding
from rich.text import Text

from .events import Evaluated, Evaluating, Event, Finished, Prepared, Sampled, Saved, Started, Stepped
from .words import by_hand, choosing_among, count, duration, short, unit_of

LEAF = "green"
BLOCKS = " ▁▂▃▄▅▆▇█"
BINS = 512


class Bins:
    """A row of numbers of any length, kept as the means of at most `BINS` equal parts; `size` numbers in each.

    >>> bins = Bins()
    >>> for n in range(BINS + 4):
    ...     bins.add(n)
    >>> bins.size, bins.means()[:3], bins.means()[-2:]
    (2, [0.5, 2.5, 4.5], [512.5, 514.5])
    """

    def __init__(self) -> None:
        self.size = 1
        self._bins: list[tuple[float, int]] = []  # sum and count

    def add(self, number: float) -> None:
        if self._bins and self._bins[-1][1] < self.size:
            total, count = self._bins.pop()
            self._bins.append((total + number, count + 1))
            return
        if len(self._bins) == BINS:  # full: two become one
            pairs = zip(self._bins[::2], self._bins[1::2], strict=True)
            self._bins = [(a + b, m + n) for (a, m), (b, n) in pairs]
            self.size *= 2
        self._bins.append((number, 1))

    def means(self) -> list[float]:
        return [total / count for total, count in self._bins]


def curve(losses: list[float], width: int, height: int = 6) -> list[str]:
    """Losses as rows of block characters, the first row on top; each column is the mean of its part.

    >>> curve([4.0, 2.0, 1.0, 0.0], width=4, height=1)
    ['█▅▃▁']
    """
    if not losses:
        return [" " * width] * height
    columns = min(width, len(losses))
    means = []
    for column in range(columns):
        part = losses[
            column * len(losses) // columns : max(
                (column + 1) * len(losses) // columns, column * len(losses) // columns + 1
            )
        ]
        means.append(sum(part) / len(part))
    low, high = min(means), max(means)
    eighths = [1 + round((mean - low) / ((high - low) or 1) * (8 * height - 1)) for mean in means]
    rows = []
    for row in range(height - 1, -1, -1):
        rows.append("".join(BLOCKS[min(8, max(0, e - 8 * row))] for e in eighths))
    return rows


def nobody_reads() -> None:
    """Let what is printed from now on go nowhere: the reader has left, as in `mebuki train … | head -1`."""
    with open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())


class Paper(Console):
    """A console that outlives its reader: training goes on, unseen."""

    def on_broken_pipe(self) -> None:
        self.quiet = True
        nobody_reads()


class Live:
    """A watcher of events: `with Live() as live: train(recipe, folder, watch=live)`.

    Args:
        console: where to draw; the standard output.
        title: what stands on top.
    """

    def __init__(self, console: Console | None = None, title: str = "") -> None:
        self.console = console or Paper(highlight=False)
        self.title = title
        self.losses = Bins()
        self.started: Started | None = None
        self.stepped: Stepped | None = None
        self.evaluated: Evaluated | None = None
        self.finished: Finished | None = None
        self.first_sample = self.sample = ""
        self.note, self._preparing, self._drawn, self._printed = "", "", 0.0, 0.0
        self.unit = "letters"
        self._live: RichLive | None = None

    def __enter__(self) -> Live:
        if self.console.is_terminal and not self.console.is_dumb_terminal:
            self._live = RichLive(console=self.console, auto_refresh=False, transient=False)
            self._live.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live:
            if self.started:
                self._live.update(self._view(), refresh=True)
            else:
                self._live.update(Text(""), refresh=True)
            self._live.__exit__(kind, error, trace)

    def __call__(self, event: Event) -> None:
        match event:
            case Started():
                self.started, self.unit = event, unit_of(event.recipe.text.tokenizer)
            case Prepared():
                self.note = event.what + (f"   {event.share:.0%}" if 0 < event.share < 1 else "")
            case Stepped():
                self.stepped = event
                self.losses.add(event.loss)
                self.note = ""
            case Evaluating():
                self.note = "reading the validation text"
            case Evaluated():
                self.evaluated, self.note = event, ""
            case Sampled():
                self.first_sample, self.sample = self.first_sample or event.text, event.text
            case Finished():
                self.finished = event
            case _:
                pass
        if self._live:
            now = time.monotonic()
            if not isinstance(event, Stepped) or now - self._drawn > 0.1:
                self._drawn = now
                self._live.update(self._view() if self.started else Text(f"  {self.note}", "dim"), refresh=True)
        else:
            self._line(event)

    # A terminal: one view.

    def _view(self) -> RenderableType:
        assert self.started is not None
        width = min(self.console.width - 2, 92)
        parts: list[RenderableType] = [self._head(), Text("")]
        parts += [self._bar(width), self._numbers(), Text("")]
        if len(losses := self.losses.means()) > 1:
            parts += [*self._curve(losses, width), Text("")]
        parts += [self._words(), *self._ladder(width)]
        if self.sample:
            shown = " ".join(self.sample.split())
            parts += [Text(""), Text(f"it writes, after {self.stepped.step if self.stepped else 0:,} steps", "dim")]
            parts += [Text(shown[: 3 * width], "italic", no_wrap=False)]
        parts += [Text(warning, "yellow") for warning in self.started.warnings]
        return Padding(Group(*parts), (1, 1, 1, 1))

    def _head(self) -> Text:
        assert self.started is not None
        info, recipe = self.started.info, self.started.recipe
        head = Text(self.title or "芽吹き  mebuki", f"bold {LEAF}")
        head.append(
            f"   {recipe.model}{by_hand(recipe)}, {count(info['parameters'])} numbers to learn", "default not bold"
        )
        head.append(f"   {info['corpus']['description']}", "dim not bold")
        return head

    def _bar(self, width: int) -> Text:
        share = 1.0 if self.finished and self.finished.why == "done" else (self.stepped.share if self.stepped else 0.0)
        done = round(share * width)
        return Text.assemble(("━" * done, LEAF), ("━" * (width - done), "bright_black"))

    def _numbers(self) -> Text:
        line = Text()
        if self.finished:
            words = {
                "done": "done",
                "stopped": "stopped; everything is kept",
                "patience": "stopped: it no longer gets better",
            }
            line.append(f"step {self.finished.step:,}   {words[self.finished.why]}   {duration(self.finished.seconds)}")
            return line
        s = self.stepped
        if s is None:
            return line.append(self.note or "starting", "dim")
        line.append(f"step {s.step:,}" + (f" of {s.total:,}" if s.total else ""))
        line.append(f"   {s.tokens_per_second:,.0f} {self.unit}/s")
        if s.left is not None:
            line.append(f"   {duration(s.left)} left")
        if self.note:
            line.append(f"   {self.note}", "dim")
        return line

    def _curve(self, losses: list[float], width: int) -> list[Text]:
        rows = curve(losses, width - 18)
        high, low = max(losses), min(losses[-max(1, len(losses) // 20) :])
        out = []
        for number, row in enumerate(rows):
            label = f"{high:5.2f}" if number == 0 else f"{low:5.2f}" if number == len(rows) - 1 else " " * 5
            line = Text(f"{label} ", "dim")
            line.append(row, LEAF)
            out.append(line)
        out[0].append("  loss", "dim")
        return out

    def _words(self) -> Text:
        line = Text()
        loss = self.evaluated.loss if self.evaluated else None
        if loss is None:
            return line.append("not yet tried on the text kept aside", "dim")
        line.append(choosing_among(math.exp(loss), self.unit), "bold")
        line.append(f"   on text it has not seen: perplexity {short(math.exp(min(loss, 700)))}, loss {loss:.3f}", "dim")
        return line

    def _ladder(self, width: int) -> list[Text]:
        """What it must beat, and whether it has."""
        assert self.started is not None
        rungs = self.started.info["baselines"]
        loss = self.evaluated.loss if self.evaluated else math.inf
        names = {"uniform": "blindly", "unigram": "by how often each comes", "bigram": "by counted pairs"}
        line = Text("to beat: ", "dim")
        for name, words in names.items():
            if rungs.get(name) is not None:
                passed = loss < rungs[name]
                line.append("✓ " if passed else "· ", LEAF if passed else "dim")
                line.append(f"{words} {math.exp(rungs[name]):.4g}   ", "default" if passed else "dim")
        return [line]

    # A file or a pipe: lines.

    def _line(self, event: Event) -> None:
        say = self._say
        match event:
            case Prepared() if event.share < 1:
                now = time.monotonic()
                if event.what != self._preparing or now - self._printed > 10:
                    say(self.note)
                    self._preparing, self._printed = event.what, now
            case Started():
                info, rungs = event.info, event.info["baselines"]
                different = info["corpus"]["different"] if self.unit == "letters" else info["vocabulary"]
                say(
                    f"{event.recipe.model}{by_hand(event.recipe)}: {info['parameters']:,} numbers to learn, {different:,} different "
                    f"{self.unit}, {info['precision']}, {info['threads']} threads"
                )
                for warning in event.warnings:
                    say(f"note: {warning}")
                known = [f"{name} {math.exp(loss):.2f}" for name, loss in rungs.items() if loss is not None]
                say("perplexity to beat: " + ", ".join(known))
                if event.step:
                    say(f"going on after step {event.step:,}")
            case Stepped():
                now = time.monotonic()
                if event.step == 1 or now - self._printed > 10:
                    self._printed = now
                    left = f", {duration(event.left)} left" if event.left is not None else ""
                    of = f"/{event.total:,}" if event.total else ""
                    say(
                        f"step {event.step:,}{of}  loss {event.loss:.3f}  {event.tokens_per_second:,.0f} {self.unit}/s{left}"
                    )
            case Evaluated():
                part = "" if event.whole else " (evenly spread blocks)"
                words = choosing_among(event.perplexity, self.unit)
                say(
                    f"step {event.step:,}  validation loss {event.loss:.4f}  perplexity {short(event.perplexity)}: {words}{part}"
                )
            case Sampled():
                say(f"  it writes: {' '.join(event.text.split())[:100]}")
            case Finished():
                words = {
                    "done": "done",
                    "stopped": "stopped, everything is kept",
                    "patience": "it no longer gets better",
                }
                say(f"{words[event.why]} after {event.step:,} steps, {duration(event.seconds)}")
            case Saved() | Evaluating():
                pass
            case _:
                pass

    def _say(self, text: str, **how: Any) -> None:
        self.console.print(text, markup=False, soft_wrap=True, **how)
