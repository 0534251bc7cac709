"""Where a tuning looks: which settings of a recipe are tried, and within which limits.

The limits stand around the recipe's own settings, which are tried first. A model stays within a budget of parameters:
one that is too large is narrowed until it fits.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from ..errors import RecipeError, unknown
from ..fields import types_of
from ..recipes import Recipe
from ..shapes import SHAPES, BigramShape, TransformerShape
from ..training.settings import TrainingSettings
from .parameter_count import parameter_count

if TYPE_CHECKING:
    from optuna.trial import Trial

TRAINING = (  # settings of a training that decide how well it learns
    *("batch", "accumulation", "optimizer", "learning_rate", "matrix_rate", "beta1", "beta2", "momentum"),
    *("weight_decay", "warmup", "decay", "final_rate", "clip", "ema"),
)
LOGARITHMIC = ("learning_rate", "matrix_rate", "final_rate")
SIZES = ("width", "layers", "hidden")


@dataclass(frozen=True)
class Between:
    """Any number from `low` to `high`, both included; `step` of whole numbers, 0 for broken ones."""

    low: float
    high: float
    step: int = 0
    log: bool = False

    def suggest(self, trial: Trial, name: str) -> Any:
        if self.step:
            return trial.suggest_int(name, int(self.low), int(self.high), step=self.step)
        return trial.suggest_float(name, self.low, self.high, log=self.log)

    def nearest(self, value: Any) -> Any:
        """The allowed number that is nearest."""
        inside = min(max(value, self.low), self.high)
        if not self.step:
            return inside
        return int(self.low) + round((inside - self.low) / self.step) * self.step

    def ends(self) -> tuple[Any, ...]:
        return (self.low, self.high)

    def __str__(self) -> str:
        return f"{self.low:g}..{self.high:g}"


@dataclass(frozen=True)
class OneOf:
    """One of some values."""

    values: tuple[Any, ...]

    def suggest(self, trial: Trial, name: str) -> Any:
        return trial.suggest_categorical(name, self.values)

    def nearest(self, value: Any) -> Any:
        """The value itself if it is among them, else the nearest number, else the first."""
        if value in self.values or isinstance(value, (str, bool)):
            return value if value in self.values else self.values[0]
        return min(self.values, key=lambda other: abs(other - value))

    def ends(self) -> tuple[Any, ...]:
        return self.values

    def __str__(self) -> str:
        return ",".join(str(value).lower() if isinstance(value, bool) else str(value) for value in self.values)


Space = dict[str, Between | OneOf]


def setting(recipe: Recipe, name: str) -> Any:
    """A setting of the model or of its training."""
    return getattr(recipe.shape if hasattr(recipe.shape, name) else recipe.training, name)


def default_space(recipe: Recipe) -> Space:
    """What is tried if nothing else is said, by the kind of model.

    >>> from mebuki import recipes
    >>> space = default_space(recipes.gru("my.txt", width=64))
    >>> str(space["width"]), str(space["layers"]), "batch" in space
    ('32..128', '1..2', False)
    >>> "batch" in default_space(recipes.gru("my.txt", minutes=1))
    True
    """
    shape, training = recipe.shape, recipe.training
    space: Space = {"learning_rate": _around(training.learning_rate)}
    if training.optimizer == "muon":
        space["matrix_rate"] = _around(training.matrix_rate)
    if isinstance(shape, BigramShape):
        space["hidden"] = _sizes(shape.hidden, 8 if shape.hidden % 8 == 0 else 1)
    else:
        space["width"] = _sizes(shape.width, _grain(recipe))
        space["layers"] = Between(max(1, shape.layers // 2), 2 * shape.layers, 1)
        space["dropout"] = Between(0.0, max(0.3, shape.dropout))
    space["weight_decay"] = Between(0.0, max(0.2, training.weight_decay))
    space["warmup"] = Between(0, max(20, training.warmup, (training.steps or 2000) // 10), 1)
    space["decay"] = Between(min(0.2, training.decay), 1.0)
    if training.minutes is not None:  # in a number of steps the largest would always win
        space["batch"] = OneOf(tuple(sorted({max(1, training.batch // 2), training.batch, 2 * training.batch})))
    return space


def _around(rate: float) -> Between:
    return Between(float(f"{rate / 5:.3g}"), float(f"{rate * 4:.3g}"), log=True)


def _sizes(size: int, grain: int) -> Between:
    """From half of a size to twice, in steps that reach the size itself."""
    return Between(size - (size // 2) // grain * grain, 2 * size, grain)


def _grain(recipe: Recipe) -> int:
    """The step between widths, which divide into the heads."""
    heads = 2 * recipe.shape.heads if isinstance(recipe.shape, TransformerShape) else 1
    width = setting(recipe, "width")
    grain = math.lcm(16 if width >= 64 else 4, heads)
    return grain if width % grain == 0 else heads


def narrowed(recipe: Recipe, asked: Iterable[str] = ()) -> Space:
    """The default space with single settings searched elsewhere.

    Args:
        asked: `name=low..high`, or `name=value,value,…`; one value alone holds a setting fast.

    Raises:
        RecipeError: a setting that is not one of the model or its training, or a value that it cannot have.

    >>> from mebuki import recipes
    >>> space = narrowed(recipes.gru("my.txt"), ["dropout=0..0.5", "layers=1", "tied=true,false"])
    >>> {name: str(space[name]) for name in ("dropout", "layers", "tied")}
    {'dropout': '0..0.5', 'layers': '1', 'tied': 'true,false'}
    """
    space = default_space(recipe)
    owners = {about.name: type(recipe.shape) for about in fields(recipe.shape)}
    owners |= dict.fromkeys(TRAINING, TrainingSettings)
    for one in asked:
        name, sign, values = one.partition("=")
        name = name.strip().replace("-", "_")
        if not sign or not values:
            raise RecipeError(f"--search {one}", allowed="name=low..high, or name=value,value", hint="dropout=0..0.3")
        if name not in owners:
            raise unknown("setting", name, owners)
        kind = types_of(owners[name])[name][0]
        low, dots, high = values.partition("..")
        if dots:
            ends = _value(name, kind, low), _value(name, kind, high)
            if kind not in (int, float) or not ends[0] < ends[1]:
                raise RecipeError(f"--search {one}", allowed="a lower number .. a higher one", hint=f"{name}=1,2")
            space[name] = _between(recipe, name, kind, *ends)
        else:
            space[name] = OneOf(tuple(dict.fromkeys(_value(name, kind, value) for value in values.split(","))))
    for name, search in space.items():
        for value in search.ends():
            _check(recipe, name, value)
    return space


def _between(recipe: Recipe, name: str, kind: type, low: Any, high: Any) -> Between:
    if kind is float:
        return Between(low, high, log=name in LOGARITHMIC and low > 0)
    grain = _grain(recipe) if name == "width" else 1
    first = -(-low // grain) * grain
    if first > high:
        raise RecipeError(f"no {name} from {low} to {high} divides into heads", allowed=f"multiples of {grain}")
    return Between(first, first + (high - first) // grain * grain, grain)


def _value(name: str, kind: type, text: str) -> Any:
    text = text.strip()
    try:
        return {"true": True, "false": False}[text.lower()] if kind is bool else kind(text)
    except (ValueError, KeyError):
        word = {int: "a whole number", float: "a number", bool: "true or false"}[kind]
        raise RecipeError(f"{name} is {text!r}", allowed=word) from None


def _check(recipe: Recipe, name: str, value: Any) -> None:
    """Refuse a value that the field cannot have, whatever the others are."""
    if name in ("heads", "key_value_heads") and SHAPES[recipe.model] is TransformerShape:
        return  # it depends on the width: a trial in which they do not fit fails
    recipe.change(**{name: value})


def within(recipe: Recipe, budget: int, vocabulary: int, space: Space) -> Recipe:
    """The recipe, made narrower and then lower, as far as these are searched, until it has at most `budget` parameters."""

    def large(recipe: Recipe) -> bool:
        return parameter_count(recipe.model, recipe.shape, vocabulary) > budget

    for name in ("width", "hidden", "layers"):
        search = space.get(name)
        if not isinstance(search, Between):
            continue
        while large(recipe) and (smaller := setting(recipe, name) - search.step) >= search.low:
            recipe = recipe.change(**{name: smaller})
    return recipe
