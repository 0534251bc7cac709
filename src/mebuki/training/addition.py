"""Training on addition as an iterator of steps: the reader holds the loop, in either engine.

    trainer = AdditionTrainer(AdditionSettings(reverse=True, peeky=True, steps=2000))
    for step in trainer:
        if step.number % 200 == 0:
            print(step.number, step.loss, trainer.look(1000).exact)
    print(trainer.answers("57+5"))

Everything is a function of the seed and of the step, so equal settings give equal weights on one machine.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..errors import RunError
from ..tasks.addition import LETTERS, Addition, Problems, written
from .addition_settings import AdditionSettings
from .schedule import Schedule
from .seq2seq_engines import Weights, engine
from .stepping import Step, check_finite

PART = 1000  # problems tried at once


@dataclass(frozen=True)
class Look:
    """How well a model does on problems kept aside.

    Attributes:
        loss: in nats a letter, each time with the right letters before it.
        exact: share of the problems whose whole answer is right, written without help.
    """

    loss: float
    exact: float


class AdditionTrainer:
    """Trains a fresh model.

    >>> trainer = AdditionTrainer(AdditionSettings(engine="scratch", width=8, steps=2, batch=4))
    >>> [step.number for step in trainer]
    [1, 2]

    Attributes:
        task: the problems.
        number: of the last step taken.
        seconds: since the first step began, everything counted.
    """

    def __init__(self, settings: AdditionSettings) -> None:
        self.settings = settings
        self.task = Addition(settings.digits, reverse=settings.reverse, seed=settings.seed)
        self.engine = engine(settings, self.task.vocabulary)
        self.schedule = Schedule(settings.training)
        self.number, self._began = 0, 0.0

    def __iter__(self) -> Iterator[Step]:
        while not self.schedule.over(self.number, self.seconds):
            yield self.step()

    @property
    def seconds(self) -> float:
        return time.perf_counter() - self._began if self._began else 0.0

    @property
    def share(self) -> float:
        """How much of the training is done, 0 to 1."""
        if self.number and self.schedule.over(self.number, self.seconds):
            return 1.0
        if self.schedule.limit is not None:
            return min(1.0, self.seconds / self.schedule.limit)
        return self.number / (self.schedule.total or 1)

    @property
    def left(self) -> float | None:
        """Seconds to go, None before the first step."""
        share = self.share
        return self.seconds * (1 - share) / share if share else None

    def step(self) -> Step:
        """Take one step.

        Raises:
            MebukiError: the loss is not a finite number any more.
        """
        began = time.perf_counter()
        self._began = self._began or began
        if self.number:
            self.schedule.plan(self.number, self.seconds, self.number / self.seconds)
        self.number += 1
        rate = self.schedule.factor(self.number)
        batch = self.task.batch(self.number - 1, self.settings.batch)
        loss, norm = self.engine.learn(*batch, rate)
        check_finite(loss, norm, self.number, self.settings.learning_rate)
        tokens = self.settings.batch * self.task.answer_length
        return Step(self.number, loss, rate, norm, tokens, time.perf_counter() - began)

    @cached_property
    def heldout(self) -> Problems:
        """Problems kept aside, all different."""
        return self.task.heldout(self.settings.heldout)

    def look(self, count: int | None = None) -> Look:
        """Try the model on the first `count` of the problems kept aside; None: on all of them."""
        problems = self.heldout.first(count or len(self.heldout))
        answer = self.task.answer(problems)
        source, read = self.task.source(problems), self.task.read(answer)
        losses = [self.engine.losses(*(array[at] for array in (source, read, answer))) for at in _parts(len(answer))]
        right = self.task.grade(problems, self.write(problems))
        return Look(float(np.concatenate(losses).mean(dtype=np.float64)), float(right.mean()))

    def write(self, problems: Problems) -> list[str]:
        """The model's answers, each letter the likeliest after those it wrote before."""
        source, length = self.task.source(problems), self.task.answer_length
        parts = [self.engine.generate(source[at], length, self.task.start) for at in _parts(len(source))]
        return [text for part in parts for text in written(part)]

    def answers(self, *questions: str) -> list[str]:
        """The same for questions as people type them.

        Raises:
            TextError: one is no sum of two numbers of at most so many digits.
        """
        return self.write(self.task.parse(*questions)) if questions else []

    def attention_map(self, question: str) -> tuple[str, str, NDArray[np.floating]]:
        """Where the decoder looks while it writes: the letters read, the letters written, and weights [T, S].

        Raises:
            RunError: this model has no attention.
        """
        if not self.settings.attention:
            raise RunError("this model has no attention", hint="mebuki addition --attention")
        problems = self.task.parse(question)
        source = self.task.source(problems)
        ids = self.engine.generate(source, self.task.answer_length, self.task.start)
        weights = self.engine.attention_map(source, self.task.read(ids))[0]
        return _letters(source), _letters(ids), weights

    def weights(self) -> Weights:
        return self.engine.weights()


def _letters(ids: NDArray[np.int64]) -> str:
    return "".join(LETTERS[id] for id in ids[0])


def _parts(count: int) -> list[slice]:
    return [slice(first, first + PART) for first in range(0, count, PART)]
