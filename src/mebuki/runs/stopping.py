"""Pause, stop and remove runs, whoever began them: here, in a terminal, or before this program was started."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import time
from pathlib import Path

from ..errors import RunError, StorageError
from .presence import STOP
from .started import WISH
from .starting import forget_job, is_trained, job_of, place_of
from .state import State, state

TRASH = ".trash"


def pause(folder: str | os.PathLike[str]) -> State:
    """Let the process end after its step, everything saved; `resume_training` goes on bit for bit.

    Returns:
        how it stands now; it is `paused` as soon as the process has ended.

    Raises:
        RunError: it is not being trained, or it is of a kind that cannot go on.
        StorageError: the wish cannot be written.
    """
    return _end(folder, "pause")


def stop(folder: str | os.PathLike[str]) -> State:
    """The same, and it is marked as meant to be the end; also for what is paused. What is being prepared is given up.

    Raises:
        RunError: it has come to its end already.
        StorageError: the wish cannot be written.
    """
    return _end(folder, "stop")


def _end(folder: str | os.PathLike[str], wish: str) -> State:
    folder = Path(folder).absolute()
    found = state(folder)
    if wish not in found.can:
        allowed = {"pause": "a run that is being trained", "stop": "a run that is being trained, or paused"}[wish]
        raise RunError(f"{folder.name} is {found.state}", allowed=allowed)
    if found.state == "preparing" and not is_trained(folder):
        if found.pid is None:
            raise RunError(f"{folder.name} is only just starting", hint="the same again in a moment")
        with contextlib.suppress(OSError):  # it lives, since it holds its lock: the id is its own
            os.kill(found.pid, signal.SIGTERM if os.name == "nt" else signal.SIGINT)
            if job_of(folder):
                (place_of(folder) / WISH).touch()
    if folder.is_dir():
        try:
            (folder / STOP).write_text(wish + "\n", encoding="utf-8")
        except OSError as error:
            raise StorageError(f"{folder} cannot be written: {error.strerror or error}") from error
    return state(folder)


def delete(folder: str | os.PathLike[str]) -> Path | None:
    """Move a run that nobody trains into the trash, a folder `.trash` beside it, and forget how it was started.

    Returns:
        where it lies now; None if it never had a folder.

    Raises:
        RunError: it is being trained or prepared, or there is no run.
        StorageError: it cannot be moved.
    """
    folder = Path(folder).absolute()
    found = state(folder)
    if "delete" not in found.can:
        raise RunError(f"{folder.name} is {found.state}", allowed="a run that nobody trains", hint="stop it first")
    moved: Path | None = None
    if folder.is_dir():
        trash = folder.parent / TRASH
        moved = trash / f"{time.strftime('%Y%m%d-%H%M%S')}-{os.urandom(2).hex()}-{folder.name}"
        try:
            trash.mkdir(exist_ok=True)
            folder.rename(moved)
        except OSError as error:
            raise StorageError(f"{folder} cannot be moved: {error.strerror or error}") from error
    if job_of(folder):
        forget_job(folder)
    return moved


def empty_trash(runs: str | os.PathLike[str]) -> int:
    """Remove for good what was deleted in a folder of runs; how many runs that were."""
    trash = Path(runs) / TRASH
    found = [path for path in trash.iterdir() if path.is_dir()] if trash.is_dir() else []
    for path in found:
        shutil.rmtree(path, ignore_errors=True)
    return len(found)
