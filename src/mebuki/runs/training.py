"""`train(recipe, folder)`: holds the loop, writes the run, and says what happens as events."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import RunError
from ..recipes import Recipe
from ..training import processes
from .crews import attended, led, refuse
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
    shard: bool = False,
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
        shard: under torchrun, share out the weights over the processes; by default each has a copy.
        changes: of the recipe; with `resume`, only `steps` or `minutes`, to train longer: so many in all.

    Under torchrun, all processes train it together, each from a call of its own; the first one's arguments count.

    Returns:
        the run, which can be opened again with `mebuki.open_run(folder)`.

    Raises:
        TextError, RecipeError, RunError, StorageError: with what to try.
    """
    if processes.follows():
        from .crews import follow

        return follow()
    if watch is None:
        from .live import Live

        with Live() as live:
            for event in training(recipe, folder, corpus=corpus, resume=resume, shard=shard, **changes):
                live(event)
    else:
        for event in training(recipe, folder, corpus=corpus, resume=resume, shard=shard, **changes):
            watch(event)
    return Run(folder)


def training(
    recipe: Recipe | None,
    folder: str | os.PathLike[str],
    *,
    corpus: Corpus | None = None,
    resume: bool = False,
    shard: bool = False,
    **changes: Any,
) -> Generator[Event]:
    """The same as an iterator of events; closing it early saves what was learned. Under torchrun, in the first process;
    the others call `train`, or `mebuki.runs.crews.follow`."""
    from .loop import Loop
    from .preparing import prepare

    folder = Path(folder)
    with led(shard) as crew:
        if resume:
            if recipe is not None or corpus is not None:
                raise RunError(
                    f"{folder} has a recipe and a text of its own",
                    allowed="None as the recipe, and no corpus, with resume",
                    hint=f'mebuki.train(None, "{folder}", resume=True)',
                )
            recipe = _longer(Run(folder).recipe, changes)
            if crew:
                refuse(recipe.training, crew)
        else:
            if recipe is None:
                raise RunError("no recipe was given", hint='mebuki.recipes.transformer("my.txt")')
            recipe = recipe.change(**changes)
            if crew:
                refuse(recipe.training, crew)
            with Interrupt(patient=False):  # Ctrl-C: at once, and nothing is left behind
                for share, what in prepare(recipe, folder, corpus):
                    yield Prepared(0, what, share)
        presence = Presence(folder)

        def wish() -> bool:
            return presence.asked or (crew is not None and crew.asked)

        with (
            Interrupt(wish=wish) as interrupt,
            presence,
            attended(interrupt, folder, leads=True),
        ):  # Ctrl-C: after the step, everything is kept
            if crew:
                crew.tell("open", folder=str(folder.resolve()), shard=crew.shard, changes=changes if resume else {})
            loop = Loop(Run(folder), recipe, interrupt, resume, longer=resume and bool(changes), crew=crew)
            with contextlib.closing(loop.events()) as events:
                for event in events:
                    presence.see(event)
                    yield event


def _longer(recipe: Recipe, changes: dict[str, Any]) -> Recipe:
    for name in changes:
        if name not in ("steps", "minutes"):
            raise RunError(f"{name} cannot be changed when a run goes on", allowed="steps, minutes", hint="a new run")
    return recipe.change(**changes)
