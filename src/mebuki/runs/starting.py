"""Start a training as a process of its own, which outlives the one that started it and its Ctrl-C.

What is kept of the start lies beside the run, since the run's folder appears only once the text was read:

RUNS/.started/NAME/job.json       what was started, and when
RUNS/.started/NAME/process.json   its id, and its exit code once it has ended
RUNS/.started/NAME/log.txt        what it printed
RUNS/.started/NAME/errors.txt     why it gave up
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Literal

from ..errors import RunError, StorageError
from ..fields import types_of
from ..recipes import Recipe
from ..training.addition_settings import AdditionSettings
from ..training.calculator_settings import recipe as calculator_recipe
from .kinds import kind_of
from .presence import LOCK, is_held, read_json
from .started import PROCESS

HOME = ".started"
JOB, LOG, ERRORS = "job.json", "log.txt", "errors.txt"
Action = Literal["train", "resume"]
_STARTING = threading.Lock()


@dataclass(frozen=True)
class Job:
    """A process that was started.

    Attributes:
        folder: of the run.
        action: train or resume.
        command: of mebuki: train, calculator or addition.
        created: when, in seconds since 1970.
        pid: of the process; None in its first moment.
        alive: whether it lives.
        code: it ended with; None while it lives, and if it was killed.
        error: why it gave up: given, allowed, hint; None if it did not.
        title: of the run, as it was asked for.
    """

    folder: Path
    action: str
    command: str
    created: float
    pid: int | None
    alive: bool
    code: int | None
    error: dict[str, str] | None
    title: str = ""

    def to_dict(self) -> dict[str, Any]:
        return {**asdict(self), "folder": str(self.folder)}


def free_run(runs: str | os.PathLike[str], title: str) -> Path:
    """A folder for a new run, named after its title, with the first number behind it that is free.

    >>> free_run("/nowhere", "Rain & roses").name
    'Rain-roses'
    """
    words = re.sub(r"[^\w.-]+", "-", title)[:60].encode()[:120].decode(errors="ignore").strip("-._") or "run"
    number, free = 1, Path(runs).absolute() / words
    while free.exists() or place_of(free).exists():
        number += 1
        free = free.with_name(f"{words}-{number}")
    return free


def start_training(recipe: Recipe, folder: str | os.PathLike[str], *, title: str = "") -> Job:
    """Train a recipe on the text that it names, as `mebuki train --recipe` would.

    Args:
        folder: of the run, such as `free_run` gives.
        title: of the run, to be shown instead of the folder's name.

    Raises:
        RunError: the folder holds something, or is being trained.
        StorageError: nothing can be written beside it.
    """
    folder = Path(folder).absolute()
    sources = tuple(str(Path(source).expanduser().resolve()) for source in recipe.text.sources)
    if not sources:
        raise RunError("the recipe names no text", allowed="files or folders (.txt, .md, .jsonl)")
    arguments = ["--recipe", str(place_of(folder) / "recipe.toml"), "--out", str(folder)]
    return _launch(folder, "train", "train", arguments, recipe.change(sources=sources), title)


def start_calculator(
    folder: str | os.PathLike[str],
    recipe: str = "addition",
    *,
    begin: str | None = None,
    title: str = "",
    **changes: Any,
) -> Job:
    """Train a calculator by the name of a recipe, with single settings changed.

    Args:
        begin: the folder of a run to begin with, or `calculator`, the package's own.

    Raises:
        RecipeError: an unknown recipe, or a setting that cannot have this value.
        RunError, StorageError: as for `start_training`.
    """
    settings = calculator_recipe(recipe, **changes)  # refused here and not later
    folder = Path(folder).absolute()
    arguments = ["--recipe", recipe, "--out", str(folder), *_options(type(settings), changes)]
    arguments += ["--begin", begin] if begin else []
    return _launch(folder, "train", "calculator", arguments, title=title)


def start_addition(folder: str | os.PathLike[str], *, title: str = "", **changes: Any) -> Job:
    """Train sequence to sequence on addition; `changes` are fields of `AdditionSettings`.

    Raises:
        RecipeError, RunError, StorageError: as for `start_calculator`.
    """
    AdditionSettings(**changes)
    folder = Path(folder).absolute()
    arguments = ["--out", str(folder), *_options(AdditionSettings, changes)]
    return _launch(folder, "train", "addition", arguments, title=title)


def resume_training(folder: str | os.PathLike[str], **longer: Any) -> Job:
    """Go on with a run that was paused, stopped or killed, bit for bit.

    Args:
        longer: for a training on text: `steps` or `minutes`, in all.

    Raises:
        RunError: there is none, it is being trained, or it is of a kind that cannot go on.
    """
    folder = Path(folder).absolute()
    command = {"text": "train", "calculator": "calculator", "addition": ""}[kind_of(folder)]
    if not command or (longer and command != "train"):
        raise RunError(f"{folder.name} cannot go on" + " longer" * bool(command), hint="a new training")
    arguments = ["--resume", str(folder)]
    for name, value in longer.items():
        arguments += [f"--{name}", f"{value}"]
    return _launch(folder, "resume", command, arguments)


def is_trained(folder: Path) -> bool:
    """Whether a living process trains this run."""
    return any(is_held(folder / name) for name in (LOCK, ".training"))


def job_of(folder: str | os.PathLike[str], *, alive_only: bool = False) -> Job | None:
    """The process that was started for a run last; None if there is none, as for runs begun in a terminal."""
    folder = Path(folder).absolute()
    place = place_of(folder)
    about = read_json(place / JOB)
    if not about:
        return None
    alive = is_held(place / LOCK)
    process = read_json(place / PROCESS)
    code = process.get("code")
    if not (alive or process) and time.time() - about["created"] < _STARTS_WITHIN and _runs(about["launched"]):
        alive = True  # Python itself is still being loaded
    if alive_only and not alive:
        return None
    error = None if alive or code in (0, None) else _error(place, code)
    return Job(
        folder=folder,
        action=about["action"],
        command=about["command"],
        created=about["created"],
        pid=process.get("pid"),
        alive=alive,
        code=None if alive else code,
        error=error,
        title=about.get("title", ""),
    )


_STARTS_WITHIN = 60.0


def _runs(pid: int) -> bool:
    """Whether there is a process of this id that has not ended."""
    if os.name == "nt":
        return True  # asking would be ending it
    try:
        os.kill(pid, 0)
    except PermissionError:
        return True
    except OSError:
        return False
    return True


def jobs(runs: str | os.PathLike[str]) -> list[Job]:
    """All that was started in a folder of runs, the latest first."""
    home = Path(runs).absolute()
    found = [job_of(home / path.parent.name) for path in (home / HOME).glob(f"*/{JOB}")]
    return sorted((job for job in found if job), key=lambda job: job.created, reverse=True)


def log_of(folder: str | os.PathLike[str], last: int = 20_000) -> str:
    """The end of what the process printed, in `last` bytes at most; empty if none was started."""
    try:
        with (place_of(Path(folder).absolute()) / LOG).open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - last))
            return file.read().decode(errors="replace")
    except OSError:
        return ""


def forget_job(folder: str | os.PathLike[str]) -> None:
    """Remove what is kept of a start that has ended.

    Raises:
        RunError: the process lives.
    """
    if job_of(folder, alive_only=True):
        raise RunError(f"{Path(folder).name} is being trained", hint="stop it first")
    shutil.rmtree(place_of(Path(folder).absolute()), ignore_errors=True)


def place_of(folder: Path) -> Path:
    """Where is kept what is known of a start."""
    return folder.parent / HOME / folder.name


def _refuse(folder: Path, action: Action) -> None:
    if is_trained(folder) or job_of(folder, alive_only=True):
        raise RunError(f"another process is training {folder}", hint="wait for it, or pause it first")
    if action == "train" and folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise RunError(f"{folder} holds something already", allowed="a new folder", hint=f"{folder}-2")


def _options(settings: type, changes: dict[str, Any]) -> list[str]:
    """Settings as options of the command line."""
    options: list[str] = []
    kinds = types_of(settings)
    for name, value in changes.items():
        option = name.replace("_", "-")
        if value is None:
            continue
        options += [f"--{option}" if value else f"--no-{option}"] if kinds[name][0] is bool else [f"--{option}={value}"]
    assert set(changes) <= {f.name for f in fields(settings)}
    return options


def _launch(
    folder: Path,
    action: Action,
    command: str,
    arguments: Sequence[str],
    recipe: Recipe | None = None,
    title: str = "",
) -> Job:
    with _STARTING:  # of two wishes at once the second sees the first
        _refuse(folder, action)
        try:
            place = place_of(folder)
            before = read_json(place / JOB)
            shutil.rmtree(place, ignore_errors=True)
            place.mkdir(parents=True, exist_ok=True)
            if recipe:
                recipe.save(place / "recipe.toml")
            process = _open(place, [command, *arguments])
            about = {"action": action, "command": command, "created": time.time(), "launched": process.pid}
            about["title"] = title or before.get("title", "")
            (place / JOB).write_text(json.dumps({**about, "arguments": list(arguments)}), encoding="utf-8")
        except OSError as error:
            raise StorageError(
                f"no training can be started: {error.strerror or error}", hint="a folder that you may write"
            ) from error
    threading.Thread(target=process.wait, name=f"end of {folder.name}", daemon=True).start()  # or it stays a zombie
    found = job_of(folder)
    assert found
    return found


def _open(place: Path, arguments: Sequence[str]) -> subprocess.Popen[Any]:
    """The process, on its way."""
    environment = {
        **os.environ,
        "PYTHONUNBUFFERED": "1",
        "PYTHONIOENCODING": "utf-8",
        "NO_COLOR": "1",
        "COLUMNS": "120",
    }
    whole = [sys.executable, "-m", "mebuki.runs.started", str(place), *arguments]
    how: dict[str, Any] = (
        {"creationflags": 0x00000200 | 0x08000000}  # a process group of its own, without a window
        if sys.platform == "win32"
        else {"start_new_session": True}
    )
    with (place / LOG).open("wb") as log, (place / ERRORS).open("wb") as errors:
        return subprocess.Popen(
            whole, stdin=subprocess.DEVNULL, stdout=log, stderr=errors, env=environment, close_fds=True, **how
        )


def _error(place: Path, code: int | None) -> dict[str, str]:
    """The message that a command printed when it gave up, taken apart again."""
    try:
        text = (place / ERRORS).read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        text = ""
    parts = re.split(r"^mebuki: ", text, flags=re.MULTILINE)
    if len(parts) < 2:
        last = text.splitlines()[-1] if text else f"the process ended with code {code}"
        return {"given": last, "allowed": "", "hint": ""}
    found = {"given": "", "allowed": "", "hint": ""}
    name = "given"
    for line in parts[-1].splitlines():
        for start, other in (("  allowed: ", "allowed"), ("  try: ", "hint")):
            if line.startswith(start):
                name, line = other, line.removeprefix(start)
        found[name] += ("\n" if found[name] else "") + line
    return found
