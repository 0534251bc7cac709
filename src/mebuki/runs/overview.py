"""All runs of a folder at a glance: of every kind, also those that are only being prepared or never began."""

from __future__ import annotations

import contextlib
import math
import os
import re
import tomllib
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from statistics import fmean
from typing import Any

from ..errors import MebukiError, RunError
from .kinds import DEEP, runs_in
from .last_rows import last_row
from .presence import PREPARING, read_json
from .settings_file import NAME as SETTINGS
from .starting import jobs, place_of
from .state import State, state
from .titles import about
from .weights_file import count_weights


def overview(runs: str | os.PathLike[str]) -> list[dict[str, Any]]:
    """Every run in a folder and two levels below it, the latest first, as `glance` tells of it."""
    home = Path(runs).absolute()
    found = set(runs_in(home)) | {job.folder for job in jobs(home)} | _unfinished(home)
    rows: list[dict[str, Any]] = []
    for folder in found:
        with contextlib.suppress(RunError):  # removed meanwhile
            rows.append(glance(folder, home))
    return sorted(rows, key=lambda row: (row["created"] or 0.0, row["id"]), reverse=True)


def glance(folder: str | os.PathLike[str], runs: str | os.PathLike[str]) -> dict[str, Any]:
    """What an overview tells of one run.

    Returns:
        id: the folder below `runs`, with slashes; name: its title, or the folder's name; title, note;
        kind: text, calculator or addition; model: bigram … transformer, or the calculator's problems, or addition's variant;
        engine; created: seconds since 1970, or None; state, can: as `state` says; step, total, share: None where not known;
        perplexity: the best on text kept aside; exact: of a calculator the mean over its suites, of addition the share solved;
        parameters; text: what it learned from, in words. What does not apply, or is not known yet, is None.

    Raises:
        RunError: there is no run, and none is being prepared.
    """
    folder, home = Path(folder).absolute(), Path(runs).absolute()
    stands = state(folder)
    named = about(folder)
    told = stands.now or {}
    facts = _facts(folder, stands)
    step, total = stands.step, told.get("total") or facts.get("total")
    share = told.get("share", stands.share if stands.state == "preparing" else None)
    if share is None and total and step is not None:
        share = min(1.0, step / total)
    row: dict[str, Any] = dict.fromkeys(("model", "engine", "created", "perplexity", "exact", "parameters", "text"))
    row |= {name: value for name, value in facts.items() if name in row}
    return {
        "id": folder.relative_to(home).as_posix(),
        "name": named["title"] or folder.name,
        **named,
        "kind": stands.kind,
        **row,
        "state": stands.state,
        "can": list(stands.can),
        "step": step,
        "total": total,
        "share": 1.0 if stands.state == "done" else share,
    }


def run_folder(runs: str | os.PathLike[str], name: str) -> Path:
    """The folder of a run by its id, which must lie below `runs`; it need not be there yet.

    Raises:
        RunError: the id leads elsewhere.
    """
    parts = name.split("/")
    if not 1 <= len(parts) <= DEEP or any(
        re.fullmatch(r"\.*|\..*", p) or re.search(r'[\\:*?"<>|\0]', p) for p in parts
    ):
        raise RunError(f"{name!r} names no run", allowed="an id as the overview gives it")
    return Path(runs).absolute().joinpath(*parts)


def _unfinished(home: Path) -> set[Path]:
    """Runs that a terminal's training is only preparing."""
    names = (re.fullmatch(r"\.(.+)-[0-9a-f]{8}", path.parent.name) for path in home.glob(f".*/{PREPARING}"))
    return {home / name[1] for name in names if name}


def _facts(folder: Path, stands: State) -> dict[str, Any]:
    if stands.kind == "text":
        return _of_text(folder) if folder.is_dir() else _of_recipe(folder)
    settings = read_json(folder / SETTINGS)
    return {
        "model": settings.get("problems") if stands.kind == "calculator" else _variant(settings),
        "engine": settings.get("engine", "torch"),
        "created": _modified(folder / SETTINGS),
        "total": settings.get("steps") if settings.get("minutes") is None else None,
        "exact": _exact(folder, stands.kind),
        "parameters": count_weights(folder / "model.safetensors"),
        "text": None,
    }


def _variant(settings: dict[str, Any]) -> str | None:
    from ..training.addition_settings import AdditionSettings

    with contextlib.suppress(MebukiError, TypeError):
        return AdditionSettings(**{k: v for k, v in settings.items() if k != "kind"}).variant
    return None


def _exact(folder: Path, kind: str) -> float | None:
    path = folder / "metrics.jsonl"
    row = last_row(path, "examination") if kind == "calculator" else last_row(path)
    exact = (row or {}).get("exact")
    if isinstance(exact, dict):
        numbers = [value for value in exact.values() if isinstance(value, (int, float))]
        return fmean(numbers) if numbers else None
    return exact if isinstance(exact, (int, float)) else None


def _of_text(folder: Path) -> dict[str, Any]:
    info = read_json(folder / "run.json")
    facts = _of_recipe(folder)
    with contextlib.suppress(ValueError, TypeError):
        facts["created"] = datetime.strptime(info["created"], "%Y-%m-%dT%H:%M:%S%z").timestamp() if info else None
    corpus = info.get("corpus")
    facts["text"] = corpus.get("description") if isinstance(corpus, dict) else None
    facts["parameters"] = info.get("parameters")
    facts["perplexity"] = _best(folder)
    return facts


def _of_recipe(folder: Path) -> dict[str, Any]:
    """What the recipe says, of the run or of its start."""
    if not folder.is_dir():
        path = place_of(folder) / "recipe.toml"
        return {"created": _modified(path), **_recipe(str(path), _modified(path))}
    path = folder / "recipe.toml"
    return dict(_recipe(str(path), _modified(path)))


@lru_cache(maxsize=2000)
def _recipe(path: str, modified: float | None) -> dict[str, Any]:
    """A recipe, read once as long as it is not changed."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        content = tomllib.loads(Path(path).read_text(encoding="utf-8"))
        training = content.get("training", {})
        kind = content.get("model", {}).get("kind")
        return {"model": kind, "engine": training.get("engine", "torch"), "total": training.get("steps")}
    return {}


def _best(folder: Path) -> float | None:
    """The best perplexity so far: what the last checkpoint remembers, and the last evaluation, if it is newer."""
    losses: list[float] = []
    with contextlib.suppress(OSError):
        steps = [name for name in os.listdir(folder / "checkpoints") if re.fullmatch(r"step-\d+", name)]
        if steps:
            last = max(steps, key=lambda name: int(name.removeprefix("step-")))
            losses.append(read_json(folder / "checkpoints" / last / "state.json").get("best_loss") or math.inf)
    row = last_row(folder / "metrics.jsonl", "evaluation") if not losses else None
    losses += [row["loss"]] if row and isinstance(row.get("loss"), float) else []
    best = min(losses, default=math.inf)
    return math.exp(best) if best < 700 else None


def _modified(path: Path) -> float | None:
    try:
        return path.stat().st_mtime
    except OSError:
        return None
