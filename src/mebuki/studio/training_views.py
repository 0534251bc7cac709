"""One run as its page shows it; every answer costs the same for a million steps as for a thousand."""

from __future__ import annotations

import json
import math
import os
import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any

from ..errors import RunError
from ..runs.checkpoints import best_of, find
from ..runs.comparing import settings_of
from ..runs.last_rows import last_row
from ..runs.overview import glance
from ..runs.presence import read_json
from ..runs.starting import log_of, place_of
from ..runs.state import state
from ..runs.tail import Tail
from .training_forms import About, File, Kept, Live, Row, Rows, Sample
from .training_table import Table

WHOLE = 256 * 1024  # bytes of samples that are read whole; of longer files both ends
SHOWN = 40  # samples


def row(table: Table, folder: Path) -> Row:
    """A run at a glance."""
    return Row.model_validate({**glance(folder, table.runs), "unit": unit(folder)})


def unit(folder: Path) -> str:
    """What one token of a run is called."""
    path = folder / "recipe.toml"
    path = path if path.is_file() else place_of(folder) / "recipe.toml"
    try:
        return _unit(str(path), path.stat().st_mtime)
    except OSError:
        return "letters"


@lru_cache(maxsize=2000)
def _unit(path: str, modified: float) -> str:
    try:
        content = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except ValueError:
        return "letters"
    return "pieces" if content.get("text", {}).get("tokenizer") == "byte-pairs" else "letters"


def live(table: Table, folder: Path) -> dict[str, Any]:
    """Where a run stands, as JSON holds it."""
    stands = state(folder)
    now = stands.now or {}
    told = {name: now.get(name) for name in ("left", "loss", "rate", "joules")}
    found = row(table, folder).model_dump()
    found |= {name: value if _finite(value) else None for name, value in told.items()}
    found |= {"doing": now.get("doing"), "what": stands.what, "why": stands.why, "error": stands.error}
    found |= {
        "warnings": now.get("warnings") or [],
        "pace": now.get("tokens_per_second"),
        "saved": sorted(_steps(folder)),
    }
    found["seconds"] = (last_row(folder / "metrics.jsonl") or {}).get("seconds")
    found["offsets"] = {name: _size(folder / f"{name}.jsonl") for name in ("metrics", "samples")}
    return Live.model_validate(found).model_dump()


def _finite(value: Any) -> bool:
    return isinstance(value, (int, float)) and math.isfinite(value)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _steps(folder: Path) -> list[int]:
    try:
        names = os.listdir(folder / "checkpoints")
    except OSError:
        return []
    return [int(name[5:]) for name in names if name.startswith("step-") and name[5:].isdecimal()]


def about(folder: Path) -> About:
    """What stays as it is: settings, facts, files."""
    try:
        settings = settings_of(folder)
    except RunError:  # it is only being prepared
        settings = {}
    sources = [Path(str(source)).name for source in settings.pop("text.sources", ())]
    files = [File(name=path.name, size=_weight(path)) for path in sorted(folder.glob("*")) if path.name[0] != "."]
    info = read_json(folder / "run.json")
    return About(
        settings=settings, info=info, sources=sources, folder=str(folder), files=files, log=log_of(folder, 8000)
    )


def _weight(path: Path) -> int:
    """Bytes of a file, or of all files in a folder."""
    if not path.is_dir():
        return _size(path)
    return sum(_size(inner) for inner in path.rglob("*") if inner.is_file())


def checkpoints(folder: Path) -> list[Kept]:
    """The checkpoints, the latest first."""
    try:
        found = find(folder / "checkpoints")
    except RunError:  # one is being removed, or damaged: the page lists the others when it asks again
        return []
    if not found:
        return []
    best = best_of(found)
    return [
        Kept(
            step=one.state.step,
            perplexity=math.exp(one.state.loss) if one.state.loss is not None and one.state.loss < 700 else None,
            best=one is best and one.state.best_loss is not None,
        )
        for one in reversed(found)
    ]


def samples(folder: Path, kind: str) -> list[Sample]:
    """What the model wrote, the earliest first: `SHOWN` at most, the first and the last ones among them."""
    path = folder / ("samples.jsonl" if kind == "text" else "metrics.jsonl")
    found: list[Sample] = []
    for line in _ends(path):
        try:
            row = json.loads(line)
        except ValueError:
            continue
        if not isinstance(row, dict):
            continue
        if row.get("event") == "resume":
            found = [one for one in found if one.step <= row.get("step", 0)]
        elif row.get("event") == "sample" and (one := _sample(row)):
            found.append(one)
    if kind == "calculator" and found:
        return [one for one in found if one.step == found[-1].step]
    if len(found) <= SHOWN:
        return found
    places = {round(number * (len(found) - 1) / (SHOWN - 1)) for number in range(SHOWN)}
    return [found[place] for place in sorted(places)]


def _sample(row: dict[str, Any]) -> Sample | None:
    step = row.get("step")
    prompt, text = row.get("prompt", row.get("question", "")), row.get("text", row.get("written", ""))
    if type(step) is not int or not isinstance(prompt, str) or not isinstance(text, str):
        return None
    return Sample(step=step, prompt=prompt, text=text)


def _ends(path: Path) -> list[bytes]:
    """The lines of a file, of a long one those at both ends."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(0)
            if size <= WHOLE:
                return file.read().splitlines()
            first = file.read(WHOLE // 4).splitlines()[:-1]
            file.seek(size - WHOLE)
            return first + file.read().splitlines()[1:]
    except OSError:
        return []


def fresh_rows(folder: Path, metrics: int, written: int) -> Rows:
    """What was written since these offsets in bytes."""
    tail = Tail(folder, metrics, written)
    new = tail.read()
    again = any(row["event"] == "resume" for row in new["metrics"]) or tail.offsets["metrics"] < metrics
    rows = [{name: _plain(value) for name, value in row.items() if name != "gradient_norms"} for row in new["metrics"]]
    norms = [row["gradient_norms"] for row in new["metrics"] if isinstance(row.get("gradient_norms"), dict)]
    if norms:
        rows[-1]["gradient_norms"] = norms[-1]
    told = [one for row in new["samples"] if row["event"] == "sample" and (one := _sample(row))]
    return Rows(rows=rows, samples=told, offsets=tail.offsets, again=again)


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def gradients(folder: Path) -> dict[str, float]:
    """The norms of the last gradient, by the names of the parameters; empty where none was written."""
    for line in reversed(_ends(folder / "metrics.jsonl")):
        if b'"gradient_norms"' in line:
            try:
                norms = json.loads(line)["gradient_norms"]
            except (ValueError, KeyError, TypeError):
                continue
            if isinstance(norms, dict):
                return {str(name): norm for name, norm in norms.items() if _finite(norm)}
    return {}
