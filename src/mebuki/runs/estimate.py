"""Before a run: how long it will take on this machine, and how good such models get. No run is written.

>>> import mebuki
>>> from mebuki.samples import diary
>>> found = estimate(mebuki.recipes.rnn(diary("en"), size="tiny", engine="scratch", threads=1), seconds=0)
>>> found.steps, found.tokens, found.expected.low < found.expected.loss < found.expected.high
(1000, 2048000, True)
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from ..evaluation.baselines import Baselines, baselines
from ..evaluation.sequences import by_sequences
from ..recipes import Recipe
from ..text import Corpus
from .expected import Expected, Facts, expected
from .pace import Pace, measure, steps_and_evaluations
from .words import unit_of


@dataclass(frozen=True)
class Known:
    """What a text says before any model: read and counted once for all of them.

    Attributes:
        pairs, sequences: losses by counted pairs and by counted sequences of the best length, in nats a token; both
            discounted, so that `pairs` is below the baseline where the text is short.
        seconds: that reading and counting takes in a run.
    """

    corpus: Corpus
    baselines: Baselines
    pairs: float
    sequences: float
    seconds: float


@dataclass(frozen=True)
class Estimate:
    """What is to be expected of a recipe on this machine.

    Attributes:
        recipe: that was asked about.
        steps: of the run; with a limit in minutes, those that fit.
        evaluations: of the run.
        tokens: learned from, with repetition.
        epochs: how often the text is read.
        seconds: of the whole run, reading the text and getting ready included; `quick` and `slow`: at the pace of the
            quicker and the slower ones among the measured steps.
        pace: what was measured.
        expected: loss on text that it has not seen, in nats a token.
        warnings: what to know before.
    """

    recipe: Recipe
    steps: int
    evaluations: int
    tokens: int
    epochs: float
    seconds: float
    quick: float
    slow: float
    pace: Pace
    expected: Expected
    warnings: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain values, the perplexities beside the losses."""
        about = {"model": self.recipe.model, "engine": self.recipe.training.engine}
        plain = {**asdict(self), "recipe": self.recipe.to_dict(), "expected": self.expected.to_dict()}
        return about | plain | {"tokens_per_second": self.pace.tokens / self.pace.step}


def know(recipe: Recipe) -> Known:
    """Read the text of a recipe, and count what must be beaten.

    Raises:
        TextError: as training would.
    """
    began = time.perf_counter()
    corpus = Corpus.from_settings(recipe.text)
    counted = baselines(corpus.train, corpus.validation, corpus.vocabulary)
    seconds = time.perf_counter() - began
    losses = by_sequences(corpus.train, corpus.validation, corpus.vocabulary)
    return Known(corpus, counted, losses[0], min(losses), seconds)


def estimate(recipe: Recipe, known: Known | None = None, pace: Pace | None = None, *, seconds: float = 3.0) -> Estimate:
    """Measure a few steps, and say what is to be expected of the whole run.

    Args:
        recipe: what would be trained.
        known: its text, if it was read before.
        pace: of the same model, if it was measured before.
        seconds: to take steps for; five are taken at least.

    Raises:
        TextError, RecipeError, RunError: as training would.
    """
    known = known or know(recipe)
    pace = pace or measure(recipe, known.corpus, seconds)
    steps, evaluations = steps_and_evaluations(recipe, pace)
    facts = Facts(
        model=recipe.model,
        parameters=pace.parameters,
        text=len(known.corpus.train),
        tokens=steps * pace.tokens,
        unigram=known.baselines.unigram,
        pairs=known.pairs,
        sequences=known.sequences,
    )
    around = known.seconds + pace.ready + pace.first + evaluations * pace.evaluation
    return Estimate(
        recipe=recipe,
        steps=steps,
        evaluations=evaluations,
        tokens=facts.tokens,
        epochs=facts.tokens / facts.text,
        seconds=around + steps * pace.step,
        quick=around + steps * pace.quick,
        slow=around + steps * pace.slow,
        pace=pace,
        expected=(found := expected(facts)),
        warnings=tuple(_warnings(facts, found, recipe)),
    )


def reaching(loss: float, recipe: Recipe, known: Known, pace: Pace) -> Estimate | None:
    """The shortest run that is expected to reach a loss; None where even reading the text a hundred times does not."""
    most = max(2, 100 * len(known.corpus.train) // pace.tokens)

    def of(steps: int) -> Estimate:
        return estimate(recipe.change(steps=steps), known, pace)

    if of(most).expected.loss > loss:
        return None
    few, many = 0, most
    while many - few > max(1, many // 100):
        middle = (few + many) // 2
        few, many = (few, middle) if of(middle).expected.loss <= loss else (middle, many)
    return of(many)


def _warnings(facts: Facts, found: Expected, recipe: Recipe) -> Iterator[str]:
    if facts.text < 20_000:
        unit = unit_of(recipe.text.tokenizer)
        yield f"{facts.text:,} {unit} are little to learn from: much depends on what of them was kept aside"
    if facts.by_heart:
        yield (
            "it will begin to learn the text by heart and get worse; its best checkpoint is kept, and counts here: "
            "--patience 3 stops in time, --dropout 0.1 or a smaller --size may do better"
        )
    if not found.measured:
        yield "no model or text of about this size was measured: the range is twice as wide"
