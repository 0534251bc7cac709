"""A tuning in the terminal: how far it is, the trial under way with its curve, and the best so far.

In a terminal the view is drawn anew in place; into a file or a pipe it is one line for each trial.
"""

from __future__ import annotations

import math
import time
from pathlib import Path
from types import TracebackType
from typing import Any

from rich.console import Group, RenderableType
from rich.live import Live as RichLive
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ..recipes import Recipe
from ..runs.events import Evaluating, Prepared, Stepped
from ..runs.live import LEAF, Bins, Paper, curve
from ..runs.tuning_events import (
    Began,
    Ended,
    Opened,
    Repeated,
    Repeating,
    Seeded,
    Trained,
    Tried,
    Tuned,
    TuningEvent,
    Waiting,
)
from ..runs.tuning_seeds import lower_by
from ..runs.words import choosing_among, count, duration, short, unit_of

ROWS = 5  # of the best trials that are shown


class View:
    """A watcher of a tuning's events; for `with`."""

    def __init__(self, recipe: Recipe) -> None:
        self.recipe, self.console = recipe, Paper(highlight=False)
        self.unit = unit_of(recipe.text.tokenizer)
        self.opened: Opened | None = None
        self.began: Began | None = None
        self.stepped: Stepped | None = None
        self.best: Tried | None = None
        self.tuned: Tuned | None = None
        self.tried: list[Tried] = []
        self.repeating: Repeating | None = None
        self.repeated: tuple[Seeded, ...] = ()
        self.losses, self.note, self.ended, self.busy = Bins(), "", 0, 1
        self._live: RichLive | None = None
        self._drawn, self._said = 0.0, ""

    def __enter__(self) -> View:
        if self.console.is_terminal and not self.console.is_dumb_terminal:
            self._live = RichLive(console=self.console, auto_refresh=False)
            self._live.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live:
            self._live.update(self._view() if self.opened else Text(""), refresh=True)
            self._live.__exit__(kind, error, trace)

    def __call__(self, event: TuningEvent) -> None:
        match event:
            case Opened():
                self.opened, self.tried, self.ended = event, list(event.tried), len(event.tried)
                done = [trial for trial in self.tried if trial.state == "done"]
                self.best = min(done, key=_loss, default=None)
            case Began():
                self.began, self.stepped, self.losses = event, None, Bins()
            case Trained(event=Stepped() as stepped):
                self.stepped, self.note = stepped, ""
                self.losses.add(stepped.loss)
            case Trained(event=Prepared() as prepared):
                self.note = prepared.what
            case Trained(event=Evaluating()):
                self.note = "reading the validation text"
            case Ended():
                self.tried.append(event.trial)
                self.best, self.ended, self.busy, self.began = event.best, event.ended, event.busy + 1, None
            case Waiting():
                self.note = f"other workers are at {event.busy}"
            case Repeating():
                self.began, self.repeating, self.stepped, self.losses = None, event, None, Bins()
            case Repeated():
                self.repeated, self.busy, self.stepped = event.done, event.busy + 1, None
            case Tuned():
                self.tuned = event
            case _:
                pass
        if self._live:
            now = time.monotonic()
            stepped = isinstance(event, Trained) and isinstance(event.event, Stepped)
            if self.opened and (not stepped or now - self._drawn > 0.1):
                self._drawn = now
                self._live.update(self._view(), refresh=True)
        else:
            self._line(event)

    def left(self) -> float | None:
        """Seconds until all trials are done, and the seeds, as those before went; None: not known yet."""
        if not self.opened or not self.tried:
            return None
        mean = sum(trial.seconds for trial in self.tried) / len(self.tried)
        trials = max(0, self.opened.trials - self.ended) * mean
        whole = [trial.seconds for trial in self.tried if trial.start or trial is self.best] or [mean]
        repeats = (self._repeats() - len(self.repeated)) * sum(whole) / len(whole)
        under_way = self.stepped.share if self.stepped else 0.0
        now = under_way * (sum(whole) / len(whole) if self.repeating else mean if self.began else 0.0)
        return max(0.0, (trials + repeats - now) / max(1, self.busy))

    def _repeats(self) -> int:
        """How many trainings there are with further seeds, as far as is known."""
        if self.repeating:
            return self.repeating.total
        return 2 * self.opened.seeds if self.opened and self.opened.trials > 1 and not self.tuned else 0

    # A terminal: one view.

    def _view(self) -> RenderableType:
        assert self.opened
        width = min(self.console.width - 2, 92)
        head = Text("芽吹き  mebuki tune", f"bold {LEAF}")
        head.append(f"   {self.recipe.model}, at most {count(self.opened.budget)} numbers to learn", "default not bold")
        searched = Text("searched: " + "   ".join(self.opened.space), "dim")
        parts: list[RenderableType] = [head, searched, Text(""), self._bar(width), self._numbers(), Text("")]
        if (under_way := self.began or self.repeating) and not self.tuned:
            parts += [self._settings(under_way.settings)]
            if len(losses := self.losses.means()) > 1:
                parts += [Text(row, LEAF) for row in curve(losses, width, height=3)]
            parts += [Text("")]
        return Padding(Group(*parts, *self._words(), self._table(), *self._seeds()), (1, 1, 1, 1))

    def _bar(self, width: int) -> Text:
        assert self.opened
        done = self.ended + len(self.repeated) + (self.stepped.share if self.stepped and not self.tuned else 0.0)
        full = min(width, round(done / (self.opened.trials + self._repeats()) * width))
        return Text.assemble(("━" * full, LEAF), ("━" * (width - full), "bright_black"))

    def _numbers(self) -> Text:
        assert self.opened
        line = Text(f"{min(self.ended, self.opened.trials):,} of {self.opened.trials:,} trials")
        if self.tuned:
            words = {"done": "done", "stopped": "stopped; everything is kept"}
            return line.append(f"   {words[self.tuned.why]}")
        if self.repeating:
            line.append(f"   seed {self.repeating.seed}, {_side(self.repeating.start)}")
        elif self.began and self.stepped:
            line.append(f"   trial {self.began.place:,}")
        if self.stepped:
            of = f" of {self.stepped.total:,}" if self.stepped.total else ""
            line.append(f", step {self.stepped.step:,}{of}")
        if (left := self.left()) is not None:
            line.append(f"   {duration(left)} left")
        if self.note:
            line.append(f"   {self.note}", "dim")
        return line

    def _settings(self, settings: dict[str, Any]) -> Text:
        return Text("now: " + told(settings), "dim")

    def _words(self) -> list[Text]:
        if not self.best or self.best.loss is None:
            return [Text("no trial has come to its end yet", "dim")]
        loss = self.best.loss
        line = Text(choosing_among(math.exp(loss), self.unit), "bold")
        line.append(f"   the best so far, on text it has not seen: perplexity {short(math.exp(loss))}", "dim")
        return [line]

    def _table(self) -> Table:
        table = Table(box=None, pad_edge=False, header_style="dim")
        for name in ("trial", "loss", "numbers", "settings"):
            table.add_column(name, justify="left" if name == "settings" else "right", overflow="fold")
        done = sorted((trial for trial in self.tried if trial.state == "done"), key=_loss)
        for trial in done[:ROWS]:
            mark = "  as the recipe was" if trial.start else ""
            table.add_row(
                str(trial.number),
                f"{trial.loss:.4f}",
                count(trial.parameters),
                Text(told(trial.settings) + mark, "dim"),
            )
        return table

    def _seeds(self) -> list[RenderableType]:
        """What other seeds say, the recipe as it was beside the best."""
        if not self.repeated or not self.best:
            return []
        table = Table(box=None, pad_edge=False, header_style="dim")
        for name in ("seed", "as the recipe was", "the best", "lower by"):
            table.add_column(name, justify="right")
        for seed in dict.fromkeys(one.seed for one in self.repeated):
            own = {one.trial == self.best.number: one.loss for one in self.repeated if one.seed == seed}
            one, two = own.get(False, ""), own.get(True, "")
            gain = f"{one - two:.4f}" if isinstance(one, float) and isinstance(two, float) else ""
            table.add_row(str(seed), _loss_told(one), _loss_told(two), gain)
        return [Text(""), table]

    # A file or a pipe: lines.

    def _line(self, event: TuningEvent) -> None:
        match event:
            case Opened():
                before = f", {len(event.tried)} of them done" if event.tried else ""
                self._say(
                    f"{self.recipe.model}: {event.trials:,} trials{before}, at most {event.budget:,} numbers to learn"
                )
                self._say("searched: " + "  ".join(f"{name} {limits}" for name, limits in event.space.items()))
            case Ended(trial=trial):
                left, of = self.left(), self.opened.trials if self.opened else event.ended
                loss = "" if trial.loss is None else f"  loss {trial.loss:.4f}"
                why = {"done": "", "pruned": "  given up early", "failed": f"  failed: {trial.error}"}[trial.state]
                best = f"  best {event.best.loss:.4f}" if event.best else ""
                self._say(
                    f"{event.ended:,} of {of:,}: trial {trial.number}{loss}{why}{best}  {told(trial.settings)}"
                    + (f"  {duration(left)} left" if left else "")
                )
            case Waiting() if self.note != self._said:
                self._said = self.note
                self._say(f"all trials are taken, {self.note}: waiting for them")
            case Repeated(seeded=one):
                assert self.repeating
                left = self.left()
                self._say(
                    f"{len(event.done):,} of {event.total:,}: seed {one.seed}, {_side(self.repeating.start)}"
                    f"  loss {_loss_told(one.loss)}" + (f"  {duration(left)} left" if left else "")
                )
            case Tuned():
                self._say({"done": "done", "stopped": "stopped, everything is kept"}[event.why])
            case _:
                pass

    def verdict(self, tuned: Tuned, out: Path) -> None:
        """The best beside the recipe's own settings, and what to do with it."""
        best, start = tuned.report["best"], tuned.report["default"]
        self._say(f"\nbest: perplexity {best['perplexity']:.2f}, loss {best['loss']:.4f}, trial {best['number']}")
        if start and start["perplexity"]:
            self._say(f"as the recipe was: perplexity {start['perplexity']:.2f}, loss {start['loss']:.4f}")
        if tuned.report["seeds"]:
            self._say(gain_told(tuned.report["seeds"]))
        for name, pair in tuned.report["settings"].items():
            if pair["default"] != pair["best"]:
                share = tuned.report["importance"].get(name)
                weight = "" if share is None else f"   importance {share:.0%}"
                self._say(f"  {name:<14} {_shown(pair['default'])} → {_shown(pair['best'])}{weight}")
        if tuned.waiting:
            self._say(f"other workers are at {tuned.waiting} more")
        self._say(f"\nkept in {out}")
        self._say(f"  train with it      mebuki train --recipe {out / 'recipe.toml'}")
        more = ["settings.svg"] + ["importance.svg"] * bool(tuned.report["importance"])
        more += ["seeds.svg"] * bool(tuned.report["seeds"])
        self._say(f"  see it             {', '.join([str(out / 'history.svg'), *more])}")
        if tuned.why == "stopped":
            self._say("  go on              the same command again")

    def _say(self, text: str) -> None:
        self.console.print(text, markup=False, soft_wrap=True)


def gain_told(seeds: dict[str, Any]) -> str:
    """What further seeds say of the winner, in one sentence or two.

    >>> gain = {"pairs": 3, "better": 3, "mean": 0.05, "deviation": 0.01, "low": 0.025, "high": 0.075}
    >>> gain_told({"gain": gain, "default": {"perplexity": 4.55}, "best": {"perplexity": 4.33}})
    'with 3 other seeds: perplexity 4.55 → 4.33, the loss is lower by 0.050 (0.025 to 0.075), with 3 of 3'
    >>> worse = {"pairs": 3, "better": 0, "mean": -0.05, "deviation": 0.01, "low": -0.075, "high": -0.025}
    >>> print(gain_told({"gain": worse, "default": {"perplexity": 4.33}, "best": {"perplexity": 4.55}}))
    with 3 other seeds: perplexity 4.33 → 4.55, the loss is higher by 0.050 (0.025 to 0.075), with 3 of 3
      its lead is not confirmed: keep the recipe as it was, or try more --trials
    """
    gain = seeds["gain"]
    if not gain:
        return "with other seeds: no pair of trainings has come to its end"
    pairs, better = gain["pairs"], gain["better"]
    line = f"with {pairs} other seeds" if pairs > 1 else "with one other seed"
    line += f": perplexity {seeds['default']['perplexity']:.2f} → {seeds['best']['perplexity']:.2f}"
    line += f", the loss is {lower_by(gain)}"
    if gain["low"] is not None:
        line += f", with {better if gain['mean'] >= 0 else pairs - better} of {pairs}"
    if gain["mean"] <= 0:
        return line + "\n  its lead is not confirmed: keep the recipe as it was, or try more --trials"
    if gain["low"] is None:
        return line
    return line + ("\n  this may be chance: more --seeds, or more --trials" if gain["low"] <= 0 else "")


def told(settings: dict[str, Any]) -> str:
    """
    >>> told({"learning_rate": 0.0051234, "layers": 2})
    'learning_rate 0.00512  layers 2'
    """
    return "  ".join(f"{name} {_shown(value)}" for name, value in settings.items())


def _shown(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _side(start: bool) -> str:
    return "as the recipe was" if start else "the best"


def _loss_told(loss: Any) -> str:
    return "blew up" if loss is None else f"{loss:.4f}" if isinstance(loss, float) else loss


def _loss(trial: Tried) -> float:
    return math.inf if trial.loss is None else trial.loss
