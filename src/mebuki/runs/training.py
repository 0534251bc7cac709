"""`train(recipe, folder)`: holds the loop, writes the run, and says what happens as events."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import RunError
from ..recipes import Recipe
from .events import Event, Prepared
from .interrupt import Interrupt
from .presence import Presence
from .run import Run

if TYPE_CHECKING:
    from ..text import Corpus


def train(
    recipe: Recipe | None,
    folder: str | os.PathLike[str],
    *,
    corpus: Corpus | None = None,
    resume: bool = False,
    watch: Callable[[Event], None] | None = None,
    **changes: Any,
) -> Run:
    """Train what the recipe says and keep it in a folder. Ctrl-C keeps everything.

    Args:
        recipe: what to train; None with `resume`.
        folder: of the run; it must not hold one, unless `resume` is set.
        corpus: the text, if it was read before: its files are copied into the run, and its tokenizer is used.
            By default the text that the recipe names is read.
        resume: go on from the last checkpoint, bit for bit as if never stopped.
        watch: called with every event; by default the progress is shown in the terminal.
        changes: of the recipe; with `resume`, only `steps` or `minutes`, to train longer: so many in all.

    Returns:
        the run, which can be opened again with `mebuki.open_run(folder)`.

    Raises:
        TextError, RecipeError, RunError, StorageError: with what to try.
    """
    if watch is None:
        from .live import Live

        with Live() as live:
            for event in training(recipe, folder, corpus=corpus, resume=resume, **changes):
                live(event)
    else:
        for event in training(recipe, folder, corpus=corpus, resume=resume, **changes):
            watch(event)
    return Run(folder)


def training(
    recipe: Recipe | None,
    folder: str | os.PathLike[str],
    *,
    corpus: Corpus | None = None,
    resume: bool = False,
    **changes: Any,
) -> Generator[Event]:
    """The same as an iterator of events; closing it early saves what was learned."""
    from .loop import Loop
    from .preparing import prepare

    folder = Path(folder)
    if resume:
        if recipe is not None or corpus is not None:
            raise RunError(
                f"{folder} has a recipe and a text of its own",
                allowed="None as the recipe, and no corpus, with resume",
                hint=f'mebuki.train(None, "{folder}", resume=True)',
            )
        recipe = _longer(Run(folder).recipe, changes)
    else:
        if recipe is None:
            raise RunError("no recipe was given", hint='mebuki.recipes.transformer("my.txt")')
        recipe = recipe.change(**changes)
        with Interrupt(patient=False):  # Ctrl-C: at once, and nothing is left behind
            for share, what in prepare(recipe, folder, corpus):
                yield Prepared(0, what, share)
    presence = Presence(folder)
    with Interrupt(wish=lambda: presence.asked) as interrupt, presence:  # Ctrl-C: after the step, everything is kept
        loop = Loop(Run(folder), recipe, interrupt, resume, longer=resume and bool(changes))
        with contextlib.closing(loop.events()) as events:
            for event in events:
                presence.see(event)
                yield event


def _longer(recipe: Recipe, changes: dict[str, Any]) -> Recipe:
    for name in changes:
        if name not in ("steps", "minutes"):
            raise RunError(f"{name} cannot be changed when a run goes on", allowed="steps, minutes", hint="a new run")
    return recipe.change(**changes)
