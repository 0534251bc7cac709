"""One sitting in which a model learns from a diary: the loop around the trainer that tries it on what is kept aside, keeps the best, and stops.

Everything is in memory: nothing that a model learns from, or becomes, is written anywhere but where `keep` puts it.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..evaluation.perplexity import Foreteller
from ..generation.generate import generate
from ..models.protocol import LanguageModel
from ..recipes import Recipe
from ..runs.events import Evaluated, Evaluating, Event, Finished, Sampled, Stepped
from ..runs.interrupt import Interrupt
from ..training.batches import derive
from ..training.schedule import Fall
from ..training.stepping import Arrays, Drawn
from ..training.trainer import Trainer
from .material import BEGIN, Stream, split

AT_ONCE = 4096  # ids read at once when a model is tried
TRIALS = 10  # in all
BESIDE = 0.2  # of the time of the steps, that trials may take
UNKNOWN = 10**6  # steps: as many as there is time for
SAVING = 20.0  # seconds between two savings at least
WRITTEN = 80  # letters that it writes when it was tried


class Sitting:
    """Learns from batches until the steps are done, the time is over, it gets no better, or somebody asks it to stop.

    Args:
        model: with the weights to begin from; it is changed.
        batches: what it learns from.
        aside: what it is tried on.
        tokenizer: of the letters that it writes.
        recipe: how; its steps are taken if the time suffices.
        limit: seconds that it may take.
        prompt: what it is told before it writes.
        keep: is given the best weights so far, their loss, and the steps so far, now and then and in the end.
        late: what is found in the first half of the steps gives way to anything later.

    Attributes:
        loss: of the best weights, nats a letter of `aside`; infinite before the first trial.
        best: the weights with which that was.
        steps, seconds: so far.
        why: done, stopped or patience, once it has ended.
    """

    def __init__(
        self,
        model: LanguageModel,
        batches: Drawn,
        aside: Stream,
        tokenizer: Any,
        recipe: Recipe,
        limit: float,
        prompt: str,
        keep: Callable[[Arrays, float, int], None],
        late: bool = False,
    ) -> None:
        self.aside, self.tokenizer, self.prompt, self._keep = aside, tokenizer, prompt, keep
        self.recipe, self.limit, self.late = recipe, limit, late
        self.trainer = Trainer(model, batches, recipe.training, seed=recipe.seed, chosen="float32")
        self.loss, self.why = math.inf, "stopped"
        self.best: Arrays = {}
        self._stale, self._tried, self._saved_at, self._unsaved = 0, 0, time.monotonic(), False
        self._pace: list[tuple[float, int]] = []
        self.trials, self._best_at = 0, 0

    @property
    def steps(self) -> int:
        return self.trainer.number

    @property
    def seconds(self) -> float:
        return self.trainer.seconds + self.trainer.beside

    def events(self, interrupt: Interrupt) -> Iterator[Event]:
        """Learn; closing the iterator early saves what was learned.

        Raises:
            MebukiError: training has blown up.
            StorageError: what was learned cannot be kept.
        """
        trainer = self.trainer
        self._every = self._between()
        try:
            while not trainer.over:
                yield self._step()
                if interrupt.asked:
                    break
                if trainer.over or trainer.number >= self._tried + self._every:
                    yield from self._try()
                    if self._stale >= (self.recipe.training.patience or math.inf):
                        self.why = "patience"
                        break
            else:
                self.why = "done"
        finally:
            if self._tried < trainer.number:
                self._judge()
            self._save()
        yield Finished(trainer.number, self.why, self.seconds)

    def _step(self) -> Stepped:
        step = self.trainer.step()
        self._pace = [*self._pace[-49:], (step.seconds, step.tokens)]
        seconds, tokens = (sum(part) for part in zip(*self._pace, strict=True))
        each = seconds / len(self._pace) + self.trainer.beside / step.number
        if step.number >= 10 and step.number % 5 == 0:
            self._plan(step.number + max(0, int((self.limit - self.seconds) / each)))
        total = self.trainer.schedule.total or 1
        known = total < UNKNOWN
        left, share = (total - step.number) * each, step.number / total
        return Stepped(
            step.number,
            step.loss,
            step.rate,
            tokens / seconds,
            total if known else None,
            left if known else None,
            share,
        )

    def _plan(self, fits: int) -> None:
        """End where the recipe says, or where the time is over: after so many steps."""
        schedule, number = self.trainer.schedule, self.trainer.number
        assert schedule.fall is not None
        total, planned = min(self.recipe.training.steps or 1, fits), schedule.fall.total
        if abs(total - planned) <= 0.03 * planned and total != number:
            return
        begins = round(total * (1 - self.recipe.training.decay))
        falling = number > min(begins, schedule.fall.step)
        schedule.fall = Fall(number, schedule.fall.at(number), total) if falling else Fall(begins, 1.0, total)
        self._every = self._between()

    def _between(self) -> int:
        """Steps from one trial to the next: `TRIALS` in all, and fewer where they would take too much of the time."""
        least = 0.0
        if self.trials:
            step = self.trainer.seconds / max(1, self.trainer.number)
            least = self.trainer.beside / self.trials / (BESIDE * step)
        return max(1, (self.trainer.schedule.total or 1) // TRIALS, round(least))

    def _try(self) -> Iterator[Event]:
        number = self.trainer.number
        yield Evaluating(number, 0.0)
        best = self._judge()
        loss = self._last
        yield Evaluated(number, loss, math.exp(min(loss, 700)), loss / math.log(2), True, best)
        with self._beside():
            how = {"tokens": WRITTEN, "seed": derive(self.recipe.seed, "sample", number), "stop": BEGIN}
            text = "".join(generate(self.trainer.model, self.tokenizer, self.prompt, **how))
        self.trials += 1
        self._every = self._between()
        yield Sampled(number, text)

    def _judge(self) -> bool:
        """Try the model on what is kept aside; whether it is the best so far, which is remembered."""
        with self._beside():
            self._last = surprise(self.trainer.model, self.aside)
            early = self.late and 2 * self._best_at < (self.trainer.schedule.total or 0)
            self._tried, best = self.trainer.number, early or self._last < self.loss
            if best:
                self._best_at = self._tried
                self.loss, self._unsaved = self._last, True
                self.best = {name: np.array(value) for name, value in self.trainer.weights().items()}
            self._stale = 0 if best else self._stale + 1
            if self._unsaved and time.monotonic() - self._saved_at > SAVING:
                self._save()
        return best

    def _save(self) -> None:
        if self._unsaved:
            self._keep(self.best, self.loss, self.steps)
            self._unsaved, self._saved_at = False, time.monotonic()

    @contextmanager
    def _beside(self) -> Iterator[None]:
        """Time that is spent around the steps."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self.trainer.beside += time.perf_counter() - began


def surprise(model: Foreteller, stream: Stream) -> float:
    """How surprised a model is, in nats a letter: each block of its context is read from a fresh start.

    The letters of days are read and do not count; a letter that is spelt in bytes counts once.
    """
    size = min(model.context, len(stream) - 1)
    starts = np.arange(0, len(stream) - 1, size)
    rest = len(stream) - 1 - int(starts[-1])
    total = 0.0
    for length, part in ((size, starts[:-1]), (rest, starts[-1:])):
        for first in range(0, len(part), max(1, AT_ONCE // length)):
            at: NDArray[np.int64] = part[first : first + max(1, AT_ONCE // length)]
            given, wanted = split(stream.windows(at, length + 1))
            total += float(model.losses(given, np.maximum(wanted, 0))[wanted >= 0].sum())
    return total / max(1, stream.letters)
