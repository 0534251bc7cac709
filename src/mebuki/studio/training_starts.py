"""A new run: what each size means, which settings there are, and how it is begun."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any, Literal, cast

from ..fields import types_of
from ..recipes import Recipe, all_fields, named
from ..runs.forecast import PRESETS
from ..runs.starting import Job, free_run, start_addition, start_calculator, start_training
from ..samples import diary as sample
from ..shapes import SHAPES
from ..text.settings import TextSettings
from ..training.addition_settings import AdditionSettings
from ..training.calculator_settings import CalculatorSettings
from ..training.calculator_settings import recipe as calculator
from ..training.settings import TrainingSettings
from .problems import Problem
from .training_forms import Asked, Begin, Plan, Setting, Size, Way
from .training_texts import Texts, diary_text

CALCULATORS: dict[Size, str] = {"small": "addition", "medium": "calculator", "large": "calculator-large"}
ADDITIONS: dict[Size, dict[str, Any]] = {
    "small": {"digits": 2, "steps": 1000},
    "medium": {},
    "large": {"digits": 5, "width": 256, "steps": 12_000},
}
HIDDEN = ("sources", "split_at", "split_date")  # what a page does not ask
KINDS: dict[type, Literal["whole", "number", "switch", "text"]] = {
    int: "whole",
    float: "number",
    bool: "switch",
    str: "text",
}


def recipe_of(asked: Asked, sources: tuple[str, ...] = ()) -> Recipe:
    """The recipe of a run on text.

    Raises:
        RecipeError: a setting that this kind of model does not have, or a value that it cannot take.
    """
    recipe = named(asked.model or "transformer", sources, size=PRESETS[asked.size])
    if asked.settings.keys() & set(HIDDEN):
        raise Problem("setting_unknown", name=", ".join(asked.settings.keys() & set(HIDDEN)))
    return recipe.change(**asked.settings)


def sources_of(asked: Asked, texts: Texts, diary: Path, *, keep: bool = True) -> tuple[str, ...]:
    """The files that a run on text shall learn from; the diary is written out for it.

    Args:
        keep: for a run, and not only to look at it: the diary is written out anew, and stays.

    Raises:
        Problem: text_none, text_missing, diary_empty, diary_locked.
    """
    if asked.learn == "sample":
        return (str(sample(asked.language)),)
    if asked.learn == "diary":
        return (str(texts.keep_diary(diary_text(diary), keep=keep)),)
    if not asked.texts:
        raise Problem("text_none")
    return tuple(str(texts.path(name)) for name in asked.texts)


def plan(asked: Asked) -> Plan:
    """Every setting of what is asked for, with its usual value and the one that was chosen.

    Raises:
        RecipeError: as training would.
    """
    usual = asked.model_copy(update={"settings": {}})
    if asked.learn in ("calculator", "addition"):
        first, chosen = task_of(usual), task_of(asked)
        ways = [_way("task", type(first), one, first, chosen) for one in fields(first)]
        return Plan(models=[], model="", ways=ways)
    first, chosen = recipe_of(usual), recipe_of(asked)
    ways = [_way("", Recipe, next(one for one in fields(Recipe) if one.name == "seed"), first, chosen)]
    for section, about in all_fields((first.model,)):
        if about.name not in HIDDEN:
            part = {"text": "text", "model": "shape", "training": "training"}[section]
            owner = {"text": TextSettings, "model": SHAPES[first.model], "training": TrainingSettings}[section]
            ways.append(_way(section, owner, about, getattr(first, part), getattr(chosen, part)))
    return Plan(models=list(SHAPES), model=first.model, ways=ways)


def task_of(asked: Asked) -> CalculatorSettings | AdditionSettings:
    """The settings of a task.

    Raises:
        Problem: setting_unknown.
        RecipeError: a value that a setting cannot take.
    """
    owner = CalculatorSettings if asked.learn == "calculator" else AdditionSettings
    if strange := asked.settings.keys() - {one.name for one in fields(owner)}:
        raise Problem("setting_unknown", name=", ".join(sorted(strange)))
    if asked.learn == "calculator":
        return calculator(CALCULATORS[asked.size], **asked.settings)
    return AdditionSettings(**_addition(asked))


def _addition(asked: Asked) -> dict[str, Any]:
    changes = {**ADDITIONS[asked.size], **asked.settings}
    if changes.get("minutes") is not None and "steps" not in asked.settings:
        changes["steps"] = None
    return changes


def _way(section: str, owner: type, about: Any, usual: Any, chosen: Any) -> Way:
    kind, _ = types_of(owner)[about.name]
    low, high = about.metadata.get("range", (None, None))
    choices = about.metadata.get("choices")
    return Way(
        name=about.name,
        section=section,
        kind="choice" if choices else KINDS[kind],
        help=about.metadata["help"],
        value=cast(Setting, getattr(chosen, about.name)),
        usual=cast(Setting, getattr(usual, about.name)),
        low=low,
        high=high,
        choices=list(choices) if choices else None,
    )


def begin(asked: Begin, runs: Path, texts: Texts, diary: Path) -> Job:
    """Start a run; it goes on when everything here ends.

    Raises:
        Problem: as for `sources_of`.
        MebukiError: as the training itself would.
    """
    folder = free_run(runs, asked.title)
    if asked.learn in ("calculator", "addition"):
        task_of(asked)  # only settings that there are go on from here
        changes: dict[str, Any] = dict(asked.settings)
        if asked.learn == "calculator":
            return start_calculator(folder, CALCULATORS[asked.size], title=asked.title, **changes)
        return start_addition(folder, title=asked.title, **_addition(asked))
    recipe = recipe_of(asked)  # refused before the diary is written out
    sources = sources_of(asked, texts, diary)
    return start_training(recipe.change(sources=sources), folder, title=asked.title)
