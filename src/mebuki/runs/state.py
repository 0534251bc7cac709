"""Where a run stands: cheap to ask, and right whatever was killed when.

    preparing     the text is read, or Python and the model are being loaded
    training      steps are taken; pausing, stopping: it was asked to end after the step
    paused        ended early, everything saved: it goes on bit for bit; stopped: the same, and meant to be the end
    interrupted   its process died: what was saved last is there, and it goes on from there
    done          came to its end, or was imported; failed: gave up, and `error` says why

A run begun in a terminal is seen alike: the lock in its folder decides who lives, its own files where it stands.
"""

from __future__ import annotations

import os
import re
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ..errors import RunError
from ..text.folders import LOCK as WRITING
from .kinds import kind_of
from .last_rows import last_row
from .presence import NOW, PREPARING, STOP, is_held, read_json
from .starting import Job, is_trained, job_of

ACTIVE = ("preparing", "training", "pausing", "stopping")


@dataclass(frozen=True)
class State:
    """Where a run stands.

    Attributes:
        state: one of those above.
        kind: text, calculator or addition.
        can: what may be asked of it: pause, stop, resume, longer, delete.
        pid: of the process that trains it.
        share, what: of a preparation: how far, and what is being done.
        step: the last one that was written down.
        why: how it ended: done, patience, stopped, failed; None while it lives, or if its process died.
        error: why it gave up, or why it would not begin or go on: given, allowed, hint.
        now: what the process tells of itself, empty if none does: see `now`.
    """

    state: str
    kind: str
    can: tuple[str, ...]
    pid: int | None = None
    share: float | None = None
    what: str | None = None
    step: int | None = None
    why: str | None = None
    error: dict[str, str] | None = None
    now: dict[str, Any] | None = None

    def to_dict(self) -> dict[str, Any]:
        return {**asdict(self), "can": list(self.can)}


def state(folder: str | os.PathLike[str]) -> State:
    """Where the run in a folder stands; the folder may not be there yet.

    Raises:
        RunError: there is no run, and none is being prepared.
    """
    folder = Path(folder).absolute()
    job = job_of(folder)
    try:
        kind = kind_of(folder)
    except RunError:
        return _before(folder, job)
    if is_trained(folder):
        return _alive(folder, kind)
    if job and job.alive:
        what = "starting" if job.action == "resume" else "ready"
        return State("preparing", kind, ("stop",), job.pid, 1.0, what, _step(folder, {}))
    if is_trained(folder):  # began between the two looks
        return _alive(folder, kind)
    return _ended(folder, kind, job)


def now(folder: str | os.PathLike[str]) -> dict[str, Any]:
    """What the process that trains a run, or trained it last, tells of itself; empty if nothing.

    pid, time (of writing, seconds since 1970), began, doing (opening, training, evaluating, writing, saving, ended), step,
    total, share, loss, rate, tokens_per_second, left, perplexity, joules (of the whole processor since it began, or None),
    warnings; at its end also why and error. Only pid, time, began, doing and joules are always there. `age`: seconds since.
    """
    found = read_json(Path(folder) / NOW)
    return {**found, "age": round(max(0.0, time.time() - found["time"]), 3)} if "time" in found else {}


def _before(folder: Path, job: Job | None) -> State:
    """There is no run in the folder yet."""
    kind = "text" if job is None or job.command == "train" else job.command
    for unfinished in folder.parent.glob(f".{_literal(folder.name)}-????????"):
        whole = re.fullmatch(rf"\.{re.escape(folder.name)}-[0-9a-f]{{8}}", unfinished.name)
        if whole and _writes(unfinished / WRITING) and (about := read_json(unfinished / PREPARING)):
            return State("preparing", kind, ("stop",), about["pid"], about["share"], about["what"])
    if job is None:
        raise RunError(f"there is no run {folder}", allowed="the folder of a run", hint="mebuki runs")
    if job.alive:
        return State("preparing", kind, ("stop",), job.pid, 0.0, "starting")
    if job.code == 130:
        return State("stopped", kind, ("delete",), why="stopped")
    error = job.error or {"given": "the process ended before its first step", "allowed": "", "hint": ""}
    return State("failed", kind, ("delete",), why="failed", error=error)


def _writes(lock: Path) -> bool:
    """Whether a folder is being written: the lock in it is held, or was just taken away as the last thing of all."""
    return is_held(lock) or not lock.exists()


def _literal(name: str) -> str:
    return re.sub(r"([*?\[])", r"[\1]", name)


def _alive(folder: Path, kind: str) -> State:
    told, wish = now(folder), _wish(folder)
    step = _step(folder, told)
    if told.get("doing") == "opening" and not wish:
        can = ("pause", "stop") if kind != "addition" else ("stop",)
        return State("preparing", kind, can, told.get("pid"), 1.0, "loading the model", step, now=told)
    if wish:
        name = "stopping" if wish == "stop" else "pausing"
        return State(name, kind, ("stop",) * (wish != "stop"), told.get("pid"), step=step, now=told)
    can = ("pause", "stop") if kind != "addition" else ("stop",)
    return State("training", kind, can, told.get("pid"), step=step, now=told)


def _ended(folder: Path, kind: str, job: Job | None) -> State:
    """Nobody trains it."""
    if "imported" in read_json(folder / "run.json"):
        return State("done", kind, ("delete",), why="done")
    told, last = now(folder), last_row(folder / "metrics.jsonl") or {}
    why = last.get("why", "done") if last.get("event") == "end" else None
    if why is None and kind == "calculator" and told.get("doing") == "ended":
        why = told.get("why")
    if why is None and told.get("why") == "failed" and told.get("doing") == "ended":
        why = "failed"
    step = _step(folder, {}) or last.get("step")
    error = told.get("error") if why == "failed" else None
    error = error or (job.error if job else None)
    if why in ("done", "patience"):
        can = ("longer", "delete") if kind == "text" else ("delete",)
        return State("done", kind, can, step=step, why=why, error=error)
    can = ("delete",) if kind == "addition" else ("resume", "delete")
    if why == "failed":
        return State("failed", kind, can, step=step, why=why, error=error)
    if _wish(folder) == "stop" or (why == "stopped" and kind == "addition"):
        return State("stopped", kind, can, step=step, why=why or "stopped", error=error)
    if why == "stopped":
        return State("paused", kind, (*can, "stop"), step=step, why=why, error=error)
    return State("interrupted", kind, can, step=step, error=error)


def _wish(folder: Path) -> str:
    try:
        return (folder / STOP).read_text(encoding="utf-8").strip() or "pause"
    except OSError:
        return ""


def _step(folder: Path, told: dict[str, Any]) -> int | None:
    step = told.get("step")
    if step is None:
        row = last_row(folder / "metrics.jsonl")
        step = row.get("step") if row else None
    return step
