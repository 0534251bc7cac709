"""How a model of a diary is grown: its size by how much there is to read, and how long it reads."""

from __future__ import annotations

import math
from typing import Any

from ..recipes import Recipe
from ..shapes import TransformerShape
from ..text.settings import TextSettings
from ..training.settings import TrainingSettings

SIZES = (  # up to so many letters: width, layers, heads, letters looked back on, dropout, times that all is read
    (25_000, 64, 2, 2, 64, 0.2, 20.0),
    (400_000, 128, 4, 4, 64, 0.15, 8.0),
    (3_000_000, 192, 4, 6, 96, 0.05, 4.0),
    (math.inf, 256, 5, 8, 128, 0.0, 2.0),
)
BATCH = 1536  # letters in one step
PASSES = 6.0  # times that new entries are read when a model grows on
GENTLY = 0.3  # share of the full rates, when it grows on
LEAST = 20  # steps of a sitting
OUTGROWN = 3.0  # times the letters that a shape was chosen for


def recipe_for(letters: int, seed: int = 0, **changes: Any) -> Recipe:
    """A recipe for a diary of so many letters.

    Args:
        changes: any fields of the shape and of training.

    Raises:
        RecipeError: a field that there is not, or a value that it cannot take.

    >>> recipe_for(50_000).shape.width, recipe_for(50_000).training.steps
    (128, 261)
    """
    _, width, layers, heads, context, dropout, epochs = next(size for size in SIZES if letters < size[0])
    training = TrainingSettings(
        steps=max(LEAST, math.ceil(epochs * letters / BATCH)),
        batch=max(1, BATCH // context),
        optimizer="muon",
        learning_rate=6e-3,
        matrix_rate=0.025,
        decay=0.5,
        patience=3,
        precision="float32",
    )
    shape = TransformerShape(width=width, layers=layers, heads=heads, context=context, dropout=dropout)
    return Recipe("transformer", TextSettings(), shape, training, seed).change(**changes)


def growing_on(recipe: Recipe, new: int, **changes: Any) -> Recipe:
    """The same model learning from so many new letters, with old ones among them: gently, and at falling rates.

    >>> growing_on(recipe_for(50_000), 2_000).training.steps
    20
    """
    training = recipe.training
    assert isinstance(recipe.shape, TransformerShape)
    half = training.batch * recipe.shape.context / 2
    return recipe.change(
        steps=max(LEAST, min(training.steps or LEAST, math.ceil(PASSES * new / half))),
        learning_rate=training.learning_rate * GENTLY,
        matrix_rate=training.matrix_rate * GENTLY,
        decay=1.0,
    ).change(**changes)


def outgrown(shape: TransformerShape, sized: int, letters: int) -> bool:
    """Whether a diary has become so much longer that a model of another shape serves it better.

    Args:
        sized: letters that it had when the shape was chosen.
    """
    return letters > OUTGROWN * sized and recipe_for(letters).shape != shape
