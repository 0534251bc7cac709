"""The learning rate rises, stays and falls; the end is given in steps, or planned from the pace."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mebuki.training.schedule import Schedule
from mebuki.training.settings import TrainingSettings


@given(
    steps=st.integers(1, 5000),
    warmup=st.integers(0, 100),
    decay=st.floats(0, 1),
    final_rate=st.floats(0, 1),
)
def test_rates_rise_stay_and_fall(steps: int, warmup: int, decay: float, final_rate: float) -> None:
    """Never above 1, never below the final rate once it falls, and without a rise after the warmup.

    The line ends at nothing with the last step.
    """
    schedule = Schedule(TrainingSettings(steps=steps, warmup=warmup, decay=decay, final_rate=final_rate))
    rates = [schedule.factor(step) for step in range(1, steps + 1)]
    assert all(0 <= rate <= 1 for rate in rates)
    first = round(steps * (1 - decay))
    for step, rate in enumerate(rates, 1):
        if warmup <= step <= first and step < steps:
            assert rate == 1
        if step > first and decay > 0:
            assert rate >= final_rate
    after = rates[max(warmup, 1) - 1 :]
    assert after == sorted(after, reverse=True)


def test_the_fall_is_a_straight_line_to_the_final_rate() -> None:
    schedule = Schedule(TrainingSettings(steps=100, warmup=0, decay=0.5, final_rate=0.0))
    assert [schedule.factor(step) for step in (50, 60, 75, 100)] == pytest.approx([1.0, 0.8, 0.5, 0.0])
    assert Schedule(TrainingSettings(steps=100, decay=0.5, final_rate=0.1)).factor(100) == 0.1


def test_warmup_rises_from_the_first_step() -> None:
    schedule = Schedule(TrainingSettings(steps=100, warmup=4, decay=0))
    assert [schedule.factor(step) for step in (1, 2, 3, 4, 5, 100)] == [0.25, 0.5, 0.75, 1, 1, 1]


def test_steps_end_training() -> None:
    schedule = Schedule(TrainingSettings(steps=10))
    assert not schedule.over(9, 1e9)
    assert schedule.over(10, 0.0)
    assert not schedule.plan(5, 100.0, pace=1.0)


def test_minutes_are_planned_from_the_pace() -> None:
    """One minute, the last half of it falling: after 30 s at 10 steps a second about 300 more are planned."""
    schedule = Schedule(TrainingSettings(steps=None, minutes=1, decay=0.5, warmup=0))
    assert schedule.total is None
    assert schedule.factor(10**6) == 1.0
    assert not schedule.plan(0, 0.0, pace=10)
    assert not schedule.plan(299, 29.9, pace=10)
    assert schedule.plan(300, 30.0, pace=10)
    assert schedule.total is not None
    assert 580 <= schedule.total <= 600
    assert not schedule.plan(310, 31.0, pace=10)
    assert schedule.factor(450) == pytest.approx(0.5, abs=0.03)
    assert schedule.factor(schedule.total) == schedule.settings.final_rate
    assert not schedule.over(schedule.total - 1, 59.0)
    assert schedule.over(schedule.total, 59.0)


def test_a_plan_is_made_anew_when_the_pace_has_changed() -> None:
    """The rate goes on from where it is, and still reaches its end."""
    schedule = Schedule(TrainingSettings(steps=None, minutes=1, decay=0.5, warmup=0))
    schedule.plan(300, 30.0, pace=10)
    before, first = schedule.factor(400), schedule.total
    assert schedule.plan(400, 40.0, pace=5)
    assert schedule.total is not None
    assert first is not None
    assert 480 <= schedule.total <= 500 < first
    assert schedule.factor(400) == pytest.approx(before)
    rates = [schedule.factor(step) for step in range(400, schedule.total + 1)]
    assert rates == sorted(rates, reverse=True)
    assert rates[-1] == schedule.settings.final_rate


def test_minutes_end_training_even_if_the_pace_drops() -> None:
    schedule = Schedule(TrainingSettings(steps=None, minutes=1))
    schedule.plan(1000, 30.0, pace=30)
    assert schedule.over(1001, 60.0)


def test_a_plan_leaves_at_least_one_step() -> None:
    schedule = Schedule(TrainingSettings(steps=None, minutes=1))
    assert schedule.plan(1, 59.9, pace=0.01)
    assert schedule.total == 2
