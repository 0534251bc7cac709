"""The learning rate over time: it rises, stays, and falls in a straight line.

How far training goes is either given in steps, or planned from the pace when a limit in minutes is set. A plan that
the pace no longer fits is made anew: the line then falls from where it is to the new end.
"""

from __future__ import annotations

from dataclasses import dataclass

from .settings import TrainingSettings


@dataclass(frozen=True)
class Fall:
    """The learning rate's straight way down: from `factor` at `step` to nothing at `total`."""

    step: int
    factor: float
    total: int

    def at(self, step: int) -> float:
        return self.factor * min(1.0, (self.total - step) / max(1, self.total - self.step))


class Schedule:
    """Learning rate factors and the end of training.

    Attributes:
        fall: how the rate falls; None while a limit in minutes is not planned yet.

    >>> schedule = Schedule(TrainingSettings(steps=100, warmup=10, decay=0.5, final_rate=0.0))
    >>> [round(schedule.factor(step), 2) for step in (1, 10, 50, 75, 99)]
    [0.1, 1.0, 1.0, 0.5, 0.02]
    """

    def __init__(self, settings: TrainingSettings) -> None:
        self.settings = settings
        self.limit = settings.minutes * 60 if settings.minutes is not None else None  # seconds
        self.fall: Fall | None = None
        if self.limit is None and settings.steps is not None:
            self.fall = Fall(round(settings.steps * (1 - settings.decay)), 1.0, settings.steps)

    @property
    def total(self) -> int | None:
        """The last step's number, as planned."""
        return self.fall.total if self.fall else None

    def factor(self, step: int) -> float:
        """Share of the full learning rate at a step, counted from 1."""
        rising = min(1.0, step / self.settings.warmup) if self.settings.warmup else 1.0
        falling = self.fall.at(step) if self.fall and self.settings.decay else 1.0
        return rising if falling >= 1 else max(self.settings.final_rate, rising * falling)

    def plan(self, step: int, seconds: float, pace: float) -> bool:
        """With a limit in minutes: plan the end once the fall has to begin, and again when the pace has changed.

        Args:
            step: the last one taken.
            seconds: spent so far.
            pace: steps a second of late, everything counted.

        Returns:
            whether there is a new plan.
        """
        if self.limit is None or step == 0:
            return False
        left = 0.97 * (self.limit - seconds) * pace
        if self.fall is None:
            if seconds < self.limit * (1 - self.settings.decay):
                return False
        elif step % 10 or abs(left - (self.fall.total - step)) < 0.05 * (self.fall.total - self.fall.step):
            return False
        now = self.fall.at(step) if self.fall else 1.0
        self.fall = Fall(step, now, step + max(1, int(left)))
        return True

    def over(self, step: int, seconds: float) -> bool:
        """Whether training ends after this step."""
        if self.fall is not None and step >= self.fall.total:
            return True
        return self.limit is not None and seconds >= self.limit
