"""Before a training on a task: about how long it will take here. Reckoned from how fast this machine multiplies; no step is taken."""

from __future__ import annotations

from dataclasses import dataclass

from ..training.addition_settings import AdditionSettings
from ..training.calculator_settings import CalculatorSettings
from .forecast import READY, TOGETHER, cores, speed_of_products

SHARE = 0.35  # of the speed of large products of matrices, what a training step has
SPREAD = 2.0
EXAMINED = 60  # letters written for one problem of an examination, about
KINDS = {"all": 29, "wide": 29, "addition": 5, "brackets": 3}  # of problems in an examination


@dataclass(frozen=True)
class TaskForecast:
    """What is to be expected.

    Attributes:
        parameters: numbers to learn, up to some hundreds.
        tokens: learned from in all.
        seconds: of the whole run; quick, slow: the range.
    """

    parameters: int
    tokens: int
    seconds: float
    quick: float
    slow: float


def forecast_calculator(settings: CalculatorSettings) -> TaskForecast:
    """Of a calculator.

    >>> forecast_calculator(CalculatorSettings()).parameters
    983040
    """
    parameters = 12 * settings.layers * settings.width**2
    written = settings.examinations * settings.examined * KINDS[settings.problems] * EXAMINED
    return _told(parameters, settings.steps * settings.letters, written / 3, settings.threads)


def forecast_addition(settings: AdditionSettings) -> TaskForecast:
    """Of sequence to sequence on addition; with a limit in minutes, those."""
    gates = 4 * settings.width * (settings.width + settings.embedding)
    parameters = 2 * gates + settings.width * settings.width * settings.attention
    letters = settings.batch * (3 * settings.digits + 4)
    if settings.minutes is not None:
        seconds = READY + 60 * settings.minutes
        return TaskForecast(parameters, 0, seconds, seconds, seconds)
    return _told(parameters, (settings.steps or 0) * letters, settings.heldout * 10.0, 0)


def _told(parameters: int, tokens: int, beside: float, threads: int) -> TaskForecast:
    speed = (threads or cores()) ** TOGETHER * speed_of_products() * SHARE
    steps = 6 * parameters * (tokens + beside) / speed
    return TaskForecast(parameters, tokens, READY + steps, READY + steps / SPREAD, READY + steps * SPREAD)
