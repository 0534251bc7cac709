"""Batches of problems with their work, made as they are needed: a pure function of seed and step.

Problems of like length stand together, so that little is filled up; within a pool batches come in any order.
"""

from __future__ import annotations

import random

import numpy as np
from numpy.typing import NDArray

from ..tasks.calculator.encoding import ROUND, examples
from ..tasks.calculator.problem import Problem
from ..tasks.calculator.suites import draw

POOL = 16  # batches
RISE = 0.3  # share of all batches in which problems grow to their full size
MEAN = 100  # letters of a problem, about


class ProblemBatches:
    """Call it with a number from 0: what is read [B, T, F] and the letters that follow [B, T].

    >>> batches = ProblemBatches(total=100, letters=512, seed=0)
    >>> x, y = batches(3)
    >>> bool((x == batches(3)[0]).all()), x.shape[1] == y.shape[1]
    (True, True)

    Args:
        total: batches of the whole training, from which it follows how hard the problems are.
        letters: of one batch, about, those that fill it up counted.
        seed: of the problems.
    """

    def __init__(self, total: int, letters: int, seed: int) -> None:
        self.total, self.letters, self.seed = total, letters, seed
        self._pool: tuple[int, list[list[Problem]]] = (-1, [])

    def level(self, number: int) -> float:
        """How hard the problems of a batch are, 0 to 1."""
        return min(1.0, number / (RISE * self.total))

    def __call__(self, number: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        pool = number // POOL
        if self._pool[0] != pool:
            self._pool = pool, self._draw(pool)
        return examples(self._pool[1][number % POOL])

    def _draw(self, pool: int) -> list[list[Problem]]:
        rng = random.Random(f"{self.seed} problems {pool}")
        level = self.level(pool * POOL)
        wanted, problems, letters = POOL * self.letters, [], 0
        while letters < wanted:
            more = draw(rng, max(1, (wanted - letters) // MEAN), level)
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
        rng.shuffle(batches)
        return batches
