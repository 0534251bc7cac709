"""A run trained by several processes, as torchrun starts them: the first one leads, the others follow.

The first alone reads the text, evaluates, samples, writes and talks; the run's folder must lie where all can read it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import RunError
from ..recipes import Recipe
from ..training.processes import Crew, is_gone, several
from .checkpoints import find
from .engines import ENGINES, to_device
from .interrupt import Interrupt
from .run import Run

if TYPE_CHECKING:
    from ..training.distributed import DistributedTrainer
    from ..training.settings import TrainingSettings


@contextlib.contextmanager
def led(shard: bool = False) -> Iterator[Crew | None]:
    """The processes that this one leads, while entered; None if it is alone.

    Raises:
        RunError: weights cannot be shared out in one process.
    """
    if not several():
        if shard:
            raise RunError(
                "--shard shares out the weights over several processes, and this one is alone",
                allowed="--shard under torchrun",
                hint="torchrun --nproc-per-node 2 -m mebuki train …",
            )
        yield None
        return
    crew = Crew(shard)
    try:
        yield crew
    finally:
        crew.part()


@contextlib.contextmanager
def attended(interrupt: Interrupt, folder: Path | None, leads: bool = False) -> Iterator[None]:
    """While entered, it is told as such if another process is gone. torchrun then asks all others to end: this one does,
    after its words.

    Raises:
        RunError: another process is gone.
    """
    try:
        yield
    except RuntimeError as error:
        if not is_gone(error):
            raise
        interrupt.ignore()
        found = find(folder / "checkpoints") if leads and folder else []  # the others would ask while it is saved
        raise RunError(
            "another process of this training is gone: it was killed, or its machine is out of reach"
            + (f"; {found[-1].state.step:,} steps are kept" if found else ""),
            hint=f"torchrun … -m mebuki train --resume {folder}" if folder else "the same command again",
        ) from error


def refuse(settings: TrainingSettings, crew: Crew) -> None:
    """Refuse what several processes cannot do.

    Raises:
        RunError: with what to try.
    """
    if settings.engine != "torch":
        raise RunError(
            f"the engine {settings.engine} computes in one process, here are {crew.size}",
            allowed="engine torch under torchrun",
            hint="mebuki train, without torchrun",
        )
    if settings.batch < crew.size:
        raise RunError(
            f"a batch of {settings.batch} cannot be shared by {crew.size} processes",
            allowed="at least one window for each of them",
            hint=f"--batch {crew.size}, or fewer processes",
        )


def crew_trainer(run: Run, recipe: Recipe, crew: Crew, asked: Callable[[], bool]) -> DistributedTrainer:
    """This process's trainer of a run; made by all processes at the same time."""
    from ..training.batches import Batches
    from ..training.distributed import DistributedTrainer

    info, settings = run.info, recipe.training
    crew.engaged = True
    model = to_device(ENGINES[settings.engine].model(recipe, info["vocabulary"]), info["device"])
    batches = Batches(run.corpus.train, recipe.shape.context, settings.batch, recipe.seed)
    how = {"seed": recipe.seed, "chosen": info["precision"], "asked": asked}
    trainer = DistributedTrainer(model, batches, settings, crew, **how)
    crew.engaged = False
    return trainer


def follow() -> Run:
    """What every process but the first does: as the first one says, until the end. Ctrl-C here ends the whole training.

    Raises:
        RunError, StorageError: the run cannot be opened from here.
    """
    crew, run = Crew(), None
    with Interrupt(patient=False) as interrupt, attended(interrupt, None):
        told = crew.hear()
    if told["do"] == "open":
        run = _follow(crew, Path(told["folder"]), told["shard"], told["changes"])
    crew.part()
    if run is None:
        raise SystemExit(2)  # the first one has said why
    return run


def _follow(crew: Crew, folder: Path, shard: bool, changes: dict[str, int | float]) -> Run:
    if not folder.is_dir():
        raise RunError(
            f"process {crew.rank} does not find {folder}",
            allowed="a folder on a disk that every machine sees",
            hint="--out on a shared disk",
        )
    crew.shard, run = shard, Run(folder)
    recipe = run.recipe.change(**changes)
    ENGINES[recipe.training.engine].threads(recipe.training.threads)
    with Interrupt() as interrupt, attended(interrupt, folder):
        crew_trainer(run, recipe, crew, lambda: interrupt.asked).follow()
    return run
