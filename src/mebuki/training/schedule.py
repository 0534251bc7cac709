"""The learning rate over time: it rises, stays, and falls in a straight line.

How far training goes is either given in steps or planned once from the pace, when a limit in minutes is set.
"""

from __future__ import annotations

from .settings import TrainingSettings


class Schedule:
    """Learning rate factors and the end of training.

    Attributes:
        total: the last step's number; None while a limit in minutes is not planned yet.

    >>> schedule = Schedule(TrainingSettings(steps=100, warmup=10, decay=0.5, final_rate=0.0))
    >>> [round(schedule.factor(step), 2) for step in (1, 10, 50, 75, 99)]
    [0.1, 1.0, 1.0, 0.5, 0.02]
    """

    def __init__(self, settings: TrainingSettings, total: int | None = None) -> None:
        self.settings = settings
        self.limit = settings.minutes * 60 if settings.minutes is not None else None  # seconds
        self.total = total if total is not None or self.limit is not None else settings.steps

    def factor(self, step: int) -> float:
        """Share of the full learning rate at a step, counted from 1."""
        s = self.settings
        rising = min(1.0, step / s.warmup) if s.warmup else 1.0
        falling = 1.0
        if self.total is not None and s.decay > 0:
            first = round(self.total * (1 - s.decay))
            falling = min(1.0, (self.total - step) / max(1, self.total - first))
        return max(s.final_rate, rising * falling) if falling < 1 else rising

    def plan(self, step: int, seconds: float) -> bool:
        """With a limit in minutes: fix the total once the decay has to begin. True in the moment it is fixed."""
        if self.limit is None or self.total is not None or step == 0:
            return False
        if seconds < self.limit * (1 - self.settings.decay):
            return False
        pace = step / seconds
        self.total = max(step + 1, int(step + 0.96 * (self.limit - seconds) * pace))
        return True

    def over(self, step: int, seconds: float) -> bool:
        """Whether training ends after this step."""
        if self.total is not None and step >= self.total:
            return True
        return self.limit is not None and seconds >= self.limit
