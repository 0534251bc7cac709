"""Checkpoints: folders of safetensors and JSON that exist whole or not at all.

checkpoints/step-000500/
    model.safetensors      the weights to use
    training.safetensors   what is needed to go on: optimizer, raw weights beside averaged ones
    state.json             step, clock, plan, validation
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import RunError, StorageError
from ..text.folders import new_folder

FORMAT = 1
Array = NDArray[Any]


@dataclass(frozen=True)
class State:
    """What `state.json` says.

    Attributes:
        step: steps taken.
        seconds: spent in steps; `beside` around them.
        minutes: the limit in minutes, if there is one, and `fall`, its plan: (step, factor, total).
        loss: on the validation split, None if not evaluated at this step.
        best_step, best_loss: of the best evaluation so far.
        stale: evaluations since then.
        losses: of steps whose mean is not yet written.
    """

    step: int
    seconds: float = 0.0
    beside: float = 0.0
    minutes: float | None = None
    fall: tuple[int, float, int] | None = None
    loss: float | None = None
    best_step: int | None = None
    best_loss: float | None = None
    stale: int = 0
    losses: tuple[float, ...] = ()


@dataclass(frozen=True)
class Checkpoint:
    """One checkpoint on disk."""

    folder: Path
    state: State

    @property
    def name(self) -> str:
        return self.folder.name

    def weights(self) -> dict[str, Array]:
        """The weights to use."""
        return read_tensors(self.folder / "model.safetensors")

    def training(self) -> dict[str, Array]:
        """What is needed to go on."""
        return read_tensors(self.folder / "training.safetensors")


def save(checkpoints: Path, state: State, weights: dict[str, Array], training: dict[str, Array]) -> Checkpoint:
    """Write a checkpoint. One of the same step is the same (training is exact) and stays, unless it is damaged.

    Raises:
        StorageError: the folder may not be written or the disk is full; earlier checkpoints stay as they were.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import save_file

    folder = checkpoints / f"step-{state.step:06d}"
    if folder.exists():
        try:
            there = Checkpoint(folder, _read_state(folder))
            there.weights()
            there.training()
            if there.state.loss is not None or state.loss is None:
                return there
            _write_state(folder, state)  # it was saved before it was evaluated
            return Checkpoint(folder, state)
        except RunError:
            _put_aside(folder)
    with new_folder(folder) as unfinished:
        for name, tensors in (("model", weights), ("training", training)):
            whole = {key: np.array(value, order="C") for key, value in tensors.items()}
            try:
                save_file(whole, unfinished / f"{name}.safetensors", metadata={"format": "pt"})
            except SafetensorError as error:  # its name for a disk that is full
                raise StorageError(
                    f"{folder} cannot be written: {error}", hint="free some space on the disk, then go on with --resume"
                ) from error
        _write_state(unfinished, state)
    return Checkpoint(folder, state)


def _write_state(folder: Path, state: State) -> None:
    path = folder / "state.json"
    unfinished = folder / ".state.json.new"
    try:
        text = json.dumps({"format": FORMAT, **asdict(state)}, indent=1)
        unfinished.write_text(text + "\n", encoding="utf-8", newline="\n")
        unfinished.replace(path)
    except OSError as error:
        raise StorageError(
            f"{path} cannot be written: {error.strerror or error}", hint="free some space on the disk"
        ) from error


def find(checkpoints: Path) -> list[Checkpoint]:
    """All checkpoints, the earliest first. Unfinished ones have other names and are not seen, nor are those that are
    being removed, which have lost their state.

    Raises:
        RunError: a checkpoint's state cannot be read.
    """
    found, damaged = _look(checkpoints)
    if damaged:
        raise damaged[max(damaged)]
    return found


def _look(checkpoints: Path) -> tuple[list[Checkpoint], dict[Path, RunError]]:
    """Those whose state can be read, the earliest first, and what is wrong with the others."""
    found, damaged = [], {}
    for folder in checkpoints.glob("step-*"):
        try:
            found.append(Checkpoint(folder, _read_state(folder)))
        except RunError as error:
            if (folder / "state.json").exists():
                damaged[folder] = error
    return sorted(found, key=lambda checkpoint: checkpoint.state.step), damaged


def restore(checkpoints: Path, load: Callable[[Checkpoint], None]) -> tuple[Checkpoint | None, list[Path]]:
    """Load the last checkpoint that can be loaded, and put damaged ones aside. Only while no other process writes here.

    Returns:
        the checkpoint, None if there is none at all; and the folders that were damaged.

    Raises:
        RunError: there are checkpoints, but each is damaged. They stay where they are.
    """
    found, damaged = _look(checkpoints)
    while found:
        try:
            load(found[-1])
            break
        except RunError as error:
            damaged[found.pop().folder] = error
    if damaged and not found:
        raise damaged[max(damaged)]
    for folder in damaged:
        _put_aside(folder)
    return (found[-1] if found else None), sorted(damaged)


def _put_aside(folder: Path) -> None:
    """Give a damaged checkpoint a name under which it is not seen; `sweep` removes it."""
    try:
        folder.rename(folder.with_name(f".{folder.name}-damaged-{os.urandom(4).hex()}"))
    except OSError as error:
        raise StorageError(
            f"{folder} is damaged and cannot be renamed: {error.strerror or error}", hint=f"remove {folder}"
        ) from error


def best_of(found: list[Checkpoint]) -> Checkpoint:
    """The one with the lowest validation loss; without any evaluation the last."""
    judged = [c for c in found if c.state.loss is not None]
    return min(judged, key=lambda c: (c.state.loss, -c.state.step)) if judged else found[-1]


def prune(checkpoints: Path, keep: int) -> None:
    """Remove all but the last `keep` and the best, and what unfinished writing left behind."""
    found, _ = _look(checkpoints)
    if not found:
        return
    best = best_of(found)
    for checkpoint in found[:-keep]:
        if checkpoint.folder != best.folder:
            gone = checkpoint.folder.with_name(f".{checkpoint.name}-gone")  # at once, not file by file
            with contextlib.suppress(OSError):
                checkpoint.folder.rename(gone)
            shutil.rmtree(gone, ignore_errors=True)


def sweep(checkpoints: Path) -> None:
    """Remove what an interrupted writing left. Only while no other process writes here."""
    for folder in checkpoints.glob(".step-*"):
        shutil.rmtree(folder, ignore_errors=True)


def _read_state(folder: Path) -> State:
    path = folder / "state.json"
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content.pop("format") != FORMAT:
            raise ValueError("another format")
        state = State(**{**content, "fall": content["fall"] and tuple(content["fall"])})
        if not isinstance(state.step, int):
            raise ValueError("no step")
        return state
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise RunError(
            f"the checkpoint {folder} is damaged: {path.name} cannot be read ({error})",
            hint=f"remove {folder}; earlier checkpoints stand beside it",
        ) from error


def read_tensors(path: Path) -> dict[str, Array]:
    """Tensors of a safetensors file.

    Raises:
        RunError: it is missing, damaged, or a pickle.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    refuse_pickle(path)
    try:
        return load_file(path)
    except FileNotFoundError:
        raise RunError(f"{path} is missing", allowed="a checkpoint with model.safetensors") from None
    except (OSError, SafetensorError, ValueError, KeyError) as error:
        raise RunError(
            f"{path} is damaged: {error}", hint="another checkpoint of the run, see: mebuki runs RUN"
        ) from error


def refuse_pickle(path: Path) -> None:
    """Refuse pickle files: opening one can run any program.

    Raises:
        RunError: for .pt, .pth, .pkl, .pickle, .bin and .ckpt files.
    """
    if path.suffix.lower() in {".pt", ".pth", ".pkl", ".pickle", ".bin", ".ckpt"}:
        raise RunError(
            f"{path} is a pickle file, which could run any program when opened",
            allowed="a run's folder, or one of its checkpoints (safetensors and JSON)",
            hint="save the weights as safetensors where the file was made",
        )


def compare(what: str, tensors: dict[str, Array], wanted: dict[str, tuple[int, ...]], where: Path) -> None:
    """Refuse tensors whose names and shapes are not those the recipe says.

    Raises:
        RunError: they are not.
    """
    given = {name: tensor.shape for name, tensor in tensors.items()}
    if wanted != given:
        odd = next(n for n in [*wanted, *given] if wanted.get(n) != given.get(n))
        raise RunError(
            f"the {what} in {where} do not fit the run's recipe: {odd} is {given.get(odd, 'missing')}",
            allowed=f"{odd} {wanted.get(odd, 'absent')}",
            hint=f"the recipe.toml that was saved with these {what}",
        )
