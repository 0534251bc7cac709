"""Training of the calculator as an iterator of steps: the reader holds the loop.

    trainer = CalculatorTrainer(recipe("addition", steps=500))
    for step in trainer:
        if step.number % 100 == 0:
            print(step.number, step.loss, trainer.examine(["add 1-3 digits"], 50))

Everything is a function of the seed and of the step, so equal settings give equal weights on one machine.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from ..models.placed import PlacedTransformer
from ..models.weights import load_weights
from ..tasks.calculator.encoding import ORDERED, ROUND, TABLES, VOCABULARY, examples
from ..tasks.calculator.problem import Problem
from ..tasks.calculator.suites import SUITES, draw, examination
from .calculator_settings import CalculatorSettings
from .calculator_shape import shape_of
from .trainer import Trainer

POOL = 16  # batches
MEAN = 100  # letters of a problem, about
EXAMINATION = 1  # seed of the examinations while training; those of reports have others


class ProblemBatches:
    """Call it with a number from 0: what is read [B, T, F] and the letters that follow [B, T].

    Problems of like length stand together, so that little is filled up; within a pool batches come in any order.

    >>> batches = ProblemBatches(CalculatorSettings(letters=512, steps=100))
    >>> x, y = batches(3)
    >>> bool((x == batches(3)[0]).all()), x.shape[1] == y.shape[1]
    (True, True)
    """

    def __init__(self, settings: CalculatorSettings) -> None:
        self.settings = settings
        self._pool: tuple[int, list[list[Problem]]] = (-1, [])

    def level(self, number: int) -> float:
        """How hard the problems of a batch are, 0 to 1."""
        grown = self.settings.rise * self.settings.steps
        return min(1.0, number / grown) if grown else 1.0

    def __call__(self, number: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        pool = number // POOL
        if self._pool[0] != pool:
            self._pool = pool, self._draw(pool)
        problems = self._pool[1][number % POOL]
        if not self.settings.shift:
            return self.read(problems)
        rng = random.Random(f"{self.settings.seed} shifts {number}")
        return examples(problems, [rng.randint(0, self.settings.shift) for _ in problems])

    def chosen(self, problem: Problem) -> Problem:
        """A problem that was drawn, or another to be learned in its place."""
        return problem

    def written(self, problem: Problem) -> Problem:
        """A problem as the settings want it written: steps, answer or plain."""
        work = self.settings.work
        return problem if work == "steps" else problem.without_steps(plain=work == "plain")

    def read(self, problems: Sequence[Problem]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Problems as the model is shown them, in batches and in examinations."""
        return examples(problems)

    def _draw(self, pool: int) -> list[list[Problem]]:
        s = self.settings
        rng = random.Random(f"{s.seed} problems {pool}")
        level = self.level(pool * POOL)
        wanted, problems, letters = POOL * s.letters, [], 0
        while letters < wanted:
            more = draw(rng, max(1, (wanted - letters) // MEAN), level, only=s.problems, digits=s.digits, depth=s.depth)
            more = [self.written(self.chosen(problem)) for problem in more]
            problems += more
            letters += sum(-(-len(p.text) // ROUND) * ROUND for p in more)
        problems.sort(key=lambda p: len(p.text))
        batches: list[list[Problem]] = []
        share, used = letters / POOL, 0.0
        for problem in problems:
            if used >= share * len(batches):
                batches.append([])
            batches[-1].append(problem)
            used += -(-len(problem.text) // ROUND) * ROUND
        while len(batches) < POOL:  # few long problems
            batches.append(batches[-1])
        rng.shuffle(batches)
        return batches


class CalculatorTrainer(Trainer):
    """Trains a fresh model.

    Args:
        settings: of the model, the problems and the training.
        compiled: whether compiled kernels are used where there are some.
        problems: what it learns from, if not what the settings say.
        model: what learns, if not a fresh one of the settings' shape.

    >>> trainer = CalculatorTrainer(CalculatorSettings(width=16, layers=1, heads=1, letters=256, steps=2))
    >>> [step.number for step in trainer]
    [1, 2]
    """

    def __init__(
        self,
        settings: CalculatorSettings,
        *,
        compiled: bool = True,
        problems: ProblemBatches | None = None,
        model: PlacedTransformer | None = None,
    ) -> None:
        if problems is None and settings.workers:
            from .drawing import DrawnAhead

            problems = DrawnAhead(settings)
        self.calculator, self.problems = settings, problems or ProblemBatches(settings)
        if settings.threads:
            torch.set_num_threads(settings.threads)
        torch.manual_seed(settings.seed)
        model = model or PlacedTransformer(VOCABULARY, TABLES, shape_of(settings), ordered=ORDERED)
        device = settings.device
        if device == "auto":
            device = "cuda" if torch.cuda.is_available() else "cpu"
        model.to(device)
        if compiled:
            model.quicken(settings.precision, wait=True)
        super().__init__(model, self.problems, settings.training, seed=settings.seed, compiled=compiled)

    @property
    def share(self) -> float:
        """How much of the training is done, 0 to 1."""
        return self.number / self.calculator.steps

    def begin_with(self, weights: Mapping[str, NDArray[np.float32]]) -> None:
        """Weights of another training, of the same shape, instead of the drawn ones; before the first step."""
        load_weights(self.model, dict(weights))
        self.averaged = {name: p.detach().clone() for name, p in self.model.named_parameters()} if self.averaged else {}

    def examine(self, suites: Iterable[str] = SUITES, count: int = 48) -> dict[str, float]:
        """The share of problems kept aside whose whole work would be written exactly as it is taught, by suite.

        Each letter is looked at with the right ones before it, so that all are read at once; for a work to be written exactly,
        all of them have to be the likeliest.
        """
        found = {}
        with self.usable() as model, torch.no_grad():
            for suite in suites:
                problems = [self.problems.written(p) for p in examination(suite, count, EXAMINATION)]
                problems.sort(key=lambda p: len(p.text))
                right = 0
                for first in range(0, len(problems), 24):
                    x, y = self.problems.read(problems[first : first + 24])
                    letters = model(torch.from_numpy(x).to(model.device)).argmax(-1).cpu().numpy()
                    right += int(((letters == y) | (y < 0)).all(1).sum())
                found[suite] = right / len(problems)
        return found
