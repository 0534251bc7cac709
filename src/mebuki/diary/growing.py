"""A language model grown on a diary, and grown on as the diary grows.

growth = grow(journal, minutes=3)
print(growth.entries, growth.perplexity)
grow(journal)                             # tomorrow: the new entries, with old ones among them

It is trained in memory and stands on the diary's shelf alone (`model.DiaryModel`). Entries kept aside, one in ten, are never learned: on
them it is tried, and by them it is known when to stop. The same seed, entries and threads grow the same model, unless the time is over before
its steps are.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np

from .. import kernels
from ..errors import out_of_range
from ..evaluation.baselines import baselines
from ..models.weights import load_weights
from ..recipes import Recipe
from ..runs.engines import ENGINES, to_device
from ..runs.events import Event, Prepared, Started
from ..runs.interrupt import Interrupt
from ..training.batches import derive
from ..training.stepping import Arrays, Drawn
from .entries import DiaryError
from .journal import Journal
from .material import Page, Stream, alphabet, head, limit_of, lot, name_of, pages
from .mixing import of_all, with_new
from .model import About, DiaryModel, Standing
from .plan import growing_on, outgrown, recipe_for
from .reciting import Recited, recited
from .sitting import UNKNOWN, Sitting, surprise

MINUTES = 3.0
ENTRIES, LETTERS = 10, 1_000  # that a diary needs to have
COUNTED = 2_000_000  # ids in which is counted what must be beaten
NOTHING = "nothing new"
UNREAD = 0  # stands for what an entry says that was begun to be learned


@dataclass(frozen=True)
class Growth:
    """What came of growing.

    Attributes:
        anew: why it did not grow on from what was there; "": it did.
        why: done, stopped, patience, or "nothing new".
        entries, letters: that it has learned from in all.
        new: entries that it was shown for the first time, or as they are now.
        aside: entries kept aside in all.
        steps, seconds: of this sitting.
        loss: nats a letter on the entries kept aside; `before`: the same before this sitting, None if it was grown anew.
        parameters: numbers that it learned.
        recited: how much of the diary it says word for word; None: that was not looked at.
        finished: whether it has learned as long as was planned for a diary of this length.
    """

    anew: str
    why: str
    entries: int
    letters: int
    new: int
    aside: int
    steps: int
    seconds: float
    loss: float
    before: float | None
    parameters: int
    recited: Recited | None
    finished: bool

    @property
    def perplexity(self) -> float:
        """As if choosing among so many letters."""
        return math.exp(min(self.loss, 700))

    def to_dict(self) -> dict[str, Any]:
        """As JSON holds it."""
        told = asdict(self) | {"perplexity": self.perplexity, "seconds": round(self.seconds, 2)}
        return told | {"recited": self.recited and self.recited.to_dict()}


def grow(
    journal: Journal,
    *,
    minutes: float | None = None,
    seed: int = 0,
    anew: bool = False,
    watch: Callable[[Event], None] = lambda event: None,
    **changes: Any,
) -> Growth:
    """Grow the model of a diary, or let it grow on. Ctrl-C keeps what was learned.

    Args:
        minutes: that it may take at most; by default `MINUTES`. If they are given and there is nothing new, it learns for so long
            from what it has read before.
        seed: of everything random, of a model that is grown anew.
        anew: do not go on from the one that is there.
        watch: called with every event.
        changes: of the recipe (`plan.recipe_for`), as `width=64` or `steps=200`.

    Raises:
        DiaryError: there is too little to learn from.
        StorageError: the model cannot be kept.
        RecipeError: a number out of its range, or a field that there is not.
    """
    growing = Growing(journal, minutes=minutes, seed=seed, anew=anew, **changes)
    for event in growing.events():
        watch(event)
    return growing.growth


class Growing:
    """The same as an iterator of events; closing it early keeps what was learned.

    Attributes:
        anew: why it does not grow on from what is there; "": it does.
        waiting: entries to be learned, or to be kept aside, for the first time or as they are now.
        growth: what came of it, once the events are over.
    """

    growth: Growth

    def __init__(
        self, journal: Journal, *, minutes: float | None = None, seed: int = 0, anew: bool = False, **changes: Any
    ) -> None:
        if minutes is not None and not 0.01 <= minutes <= 1e6:
            raise out_of_range("minutes", minutes, 0.01, 1e6)
        self.journal, self.changes, self._asked = journal, changes, (seed, anew)
        self.longer, self.minutes = minutes is not None, MINUTES if minutes is None else minutes

    def read(self) -> None:
        """Read the diary and the model that is there. `events` begins with it."""
        seed, anew = self._asked
        self.pages = pages(self.journal)
        _refuse_little(self.pages)
        self.model, self.anew = self._there(anew)
        self.about = about = self.model.about if self.model else self._begun(seed)
        standing = self.model.standing(self.pages) if self.model else Standing(tuple(self.pages), (), 0)
        self.waiting = [*standing.new, *standing.changed]
        lots = [lot(page.id, about.seed) < about.limit for page in self.pages]
        self.learned = [page for page, aside in zip(self.pages, lots, strict=True) if not aside]
        self.aside = [page for page, aside in zip(self.pages, lots, strict=True) if aside]
        self.tokenizer = alphabet((page.whole for page in self.learned), about.letters)
        self.text, self.tried = Stream(self.learned, self.tokenizer), Stream(self.aside, self.tokenizer)
        self.recipe = self._recipe()

    def events(self) -> Iterator[Event]:
        """Let it grow.

        Raises:
            DiaryError, StorageError, RecipeError: as `grow`.
        """
        yield Prepared(0, "reading the diary", 0.0)
        self.read()
        if self.model and not self.waiting and self.about.finished and not self.longer:
            self.growth = self._growth(self.model, NOTHING, 0, 0.0, self.about.loss)
            return
        maker = kernels.warm("passes", "attention")
        yield Prepared(0, "counting what must be beaten" + (", and compiling (once)" if maker else ""), 0.5)
        engine, vocabulary = ENGINES["torch"], self.tokenizer.vocabulary_size
        threads = engine.threads(self.recipe.training.threads)
        model = engine.model(self.recipe, vocabulary)
        facts = engine.facts(self.recipe, model)
        model, before = to_device(model, facts["device"]), None
        if self.model:
            load_weights(model, self.model.weights_for(self.tokenizer))
            before = surprise(model, self.tried)
        info = {**facts, "threads": threads, "vocabulary": vocabulary, "parameters": model.parameter_count}
        info |= {"corpus": self._described(), "baselines": self._baselines()}
        yield Prepared(0, "ready", 1.0)
        yield Started(self.about.steps, self.journal.folder, self.recipe, info, ())
        how = self.recipe, 60 * self.minutes, head(self.pages[-1].day)
        late = bool(self.model and self.about.finished)  # what is new wants to be read to the end
        sitting = Sitting(model, self._batches(), self.tried, self.tokenizer, *how, self._keep, late)
        with Interrupt() as interrupt:
            yield from sitting.events(interrupt)
            reached = sitting.steps >= 0.95 * (self.recipe.training.steps or 1)  # the time may have been over before
            finished = sitting.why == "patience" or (sitting.why == "done" and reached)
            grown = self._made(sitting.best, sitting.loss, sitting.steps, finished)
            if not interrupt.asked:
                grown = grown.with_about(recited=recited(grown, self.pages, self.about.seed).to_dict())
            grown.keep(self.journal)
        self.growth = self._growth(grown, sitting.why, sitting.steps, sitting.seconds, before)

    def _there(self, anew: bool) -> tuple[DiaryModel | None, str]:
        """The model to go on from, or why there is none."""
        if anew:
            return None, "asked for"
        try:
            model = DiaryModel.load(self.journal)
        except DiaryError as error:
            return None, error.given
        if model is None:
            return None, "the first"
        there = {name_of(id) for (id,) in self.journal.database.execute("SELECT id FROM entries")}
        lost = sum(name not in there for name in model.names.tolist())
        if lost:
            what = "1 entry that it had read was" if lost == 1 else f"{lost:,} entries that it had read were"
            return None, f"{what} deleted for ever"
        if any(model.about.shape.get(name, value) != value for name, value in self.changes.items()):
            return None, "another shape was asked for"
        if outgrown(model.shape, model.about.sized, _letters(self.pages)):
            return None, "the diary has outgrown the one before"
        return model, ""

    def _begun(self, seed: int) -> About:
        """What is known of a model before its first step."""
        letters = _letters(self.pages)
        recipe = recipe_for(letters, seed, **self.changes)
        return About(asdict(recipe.shape), "", recipe.seed, limit_of(self.pages, recipe.seed), 0, letters)

    def _recipe(self) -> Recipe:
        about = self.about
        whole = recipe_for(about.sized, about.seed, **about.shape)
        planned = whole.training.steps or 1
        if not about.finished:  # the first sitting, or one that goes on with it
            return whole.change(steps=max(planned - about.steps, planned // 4, 1)).change(**self.changes)
        if self.waiting:
            return growing_on(whole, _letters(self.waiting)).change(**self.changes)
        return growing_on(whole, 0).change(steps=UNKNOWN).change(**self.changes)  # as many as there is time for

    def _batches(self) -> Drawn:
        """What it learns from: all entries, and where it grows on, some more of those that are new."""
        seed = derive(self.about.seed, "order", self.about.steps)
        fresh = {page.name for page in self.waiting}
        if self.about.finished and fresh:
            return with_new(self.text, self.learned, fresh, self.tokenizer, self.recipe, seed)
        return of_all(self.text, self.recipe, seed)

    def _keep(self, weights: Arrays, loss: float, steps: int) -> None:
        """Put what was learned so far on the shelf."""
        self._made(weights, loss, steps, False).keep(self.journal)

    def _made(self, weights: Arrays, loss: float, steps: int, finished: bool) -> DiaryModel:
        """The model as it is now. Where it grows on and was stopped, it does not count as having read what is new."""
        known = dict(zip(self.model.names.tolist(), self.model.said.tolist(), strict=True)) if self.model else {}
        known |= {page.name: page.said for page in self.pages}
        if self.about.finished and not finished:
            known |= {page.name: UNREAD for page in self.waiting}
        about = About(
            self.about.shape, self.tokenizer.alphabet, self.about.seed, self.about.limit, self.text.letters, self.about.sized,
            self.about.steps + steps, loss, finished or self.about.finished, f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        )  # fmt: skip
        return DiaryModel(about, weights, np.array([*known], np.uint64), np.array([*known.values()], np.uint64))

    def _growth(self, model: DiaryModel, why: str, steps: int, seconds: float, before: float | None) -> Growth:
        return Growth(
            anew=self.anew,
            why=why,
            entries=len(self.learned),
            letters=self.text.letters,
            new=len(self.waiting),
            aside=len(self.aside),
            steps=steps,
            seconds=seconds,
            loss=model.about.loss,
            before=before,
            parameters=sum(array.size for array in model.weights.values()),
            recited=Recited.from_dict(model.about.recited) if model.about.recited else None,
            finished=model.about.finished,
        )

    def _described(self) -> dict[str, Any]:
        letters = self.text.letters + self.tried.letters
        different = len(set("".join(page.text for page in self.pages)))
        return {"description": f"{len(self.pages):,} entries, {letters:,} letters", "different": different}

    def _baselines(self) -> dict[str, float | None]:
        """Losses to beat, in nats a letter."""
        foretold = self.tried.foretold
        found = baselines(self.text.foretold[:COUNTED], foretold, self.tokenizer.vocabulary_size)  # pyright: ignore[reportArgumentType]
        each = len(foretold) / max(1, self.tried.letters)
        return {name: loss and loss * each for name, loss in found.to_dict().items()}


def _letters(found: list[Page]) -> int:
    return sum(len(page.text) for page in found)


def _refuse_little(found: list[Page]) -> None:
    letters = _letters(found)
    if len(found) < ENTRIES or letters < LETTERS:
        entries = "1 entry" if len(found) == 1 else f"{len(found):,} entries"
        raise DiaryError(
            f"a model needs more to grow on than {entries} of {letters:,} letters",
            allowed=f"from {ENTRIES} entries and {LETTERS:,} letters on",
            hint="mebuki diary write, or mebuki diary import",
        )
