"""What runs measured, for other programs: CSV, JSON Lines, or event files of TensorBoard."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from ..errors import RunError, StorageError, unknown
from ..text.files import new_binary_file, new_file
from .kinds import kind_of
from .presence import read_json
from .records import all_records, read_records
from .tensorboard import Scalars, event_file

FORMATS = ("csv", "jsonl", "tensorboard")
TAGS = {"loss": "loss/training"}  # of what is measured while training; rate is a share of the full learning rate


def export_metrics(runs: Sequence[str | os.PathLike[str]], form: str, folder: str | os.PathLike[str]) -> list[Path]:
    """Write what some runs measured, one file for each, named after its run; files of before are replaced.

    Args:
        runs: folders of runs of any kind, also of those that are being trained.
        form: csv, a row for each record, with a column for each thing that was ever measured; jsonl, the rows that count;
            or tensorboard, for `tensorboard --logdir folder`.

    Raises:
        RecipeError: an unknown form.
        RunError: a folder is no run, has measured nothing yet, or two runs have one name.
        StorageError: the folder cannot be written.
    """
    if form not in FORMATS:
        raise unknown("form", form, FORMATS)
    folder, rows = Path(folder), {}
    for run in map(Path, runs):
        kind_of(run)
        name = run.resolve().name
        if name in rows:
            raise RunError(f"two runs are called {name}", hint="one after the other, into two folders")
        rows[name] = read_records(run / "metrics.jsonl")
        if not rows[name]:
            raise RunError(f"{run} has measured nothing yet", hint=f"mebuki train --resume {run}")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if form == "tensorboard":
            return [_events(folder / run.resolve().name, run) for run in map(Path, runs)]
        return [(_csv if form == "csv" else _jsonl)(folder / f"{name}.{form}", some) for name, some in rows.items()]
    except OSError as error:
        raise StorageError(f"{folder} cannot be written: {error.strerror or error}", hint="another folder") from error


def _csv(path: Path, rows: list[dict[str, Any]]) -> Path:
    flat = [_flat(row) for row in rows]
    names = dict.fromkeys(name for row in flat for name in row)
    with new_file(path) as file:
        writer = csv.DictWriter(file, list(names), lineterminator="\r\n")
        writer.writeheader()
        writer.writerows(flat)
    return path


def _jsonl(path: Path, rows: list[dict[str, Any]]) -> Path:
    with new_file(path) as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    return path


def _events(folder: Path, run: Path) -> Path:
    """An event file in a folder of its own, as TensorBoard has it.

    As rows are only appended to what a run measures, so are events to this file: a TensorBoard that is open goes on reading
    where it was. Rows that were taken back stay in it, and the start of a session behind them says so.
    """
    folder.mkdir(exist_ok=True)
    began, now = _began(run), 0.0
    told: list[Scalars] = []
    for row in all_records(run / "metrics.jsonl"):
        now = row.get("seconds", now)
        if type(step := row.get("step")) is not int or step < 0:
            continue
        if row["event"] == "resume":
            told.append(Scalars(began + now, step + 1, {}))
        elif values := _values(row):
            told.append(Scalars(began + now, step, values))
    path = folder / f"events.out.tfevents.{int(began):010d}.mebuki"
    content = event_file(told, began)
    before = path.read_bytes() if path.exists() else None
    if before is not None and content.startswith(before):
        with path.open("ab") as file:
            file.write(content[len(before) :])
    else:
        with new_binary_file(path) as file:
            file.write(content)
    return path


def _values(row: dict[str, Any]) -> dict[str, float]:
    """The numbers of a row by their tags: what one sees together has one beginning."""
    if row["event"] not in ("train", "evaluation"):
        return {}
    found = {}
    for name, value in _flat(row).items():
        if type(value) not in (int, float) or name in ("step", "seconds", "tokens"):
            continue
        if row["event"] == "train":
            found[TAGS.get(name, name)] = float(value)
        else:
            found[f"{name}/validation"] = float(value)
    return found


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    """
    >>> _flat({"event": "train", "step": 1, "gradient_norms": {"head": 0.5}})
    {'event': 'train', 'step': 1, 'gradient_norms/head': 0.5}
    """
    flat: dict[str, Any] = {}
    for name, value in row.items():
        flat |= {f"{name}/{part}": inner for part, inner in value.items()} if isinstance(value, dict) else {name: value}
    return flat


def _began(run: Path) -> float:
    """When a run began, in seconds since 1970."""
    try:
        return datetime.strptime(read_json(run / "run.json")["created"], "%Y-%m-%dT%H:%M:%S%z").timestamp()
    except (KeyError, ValueError, TypeError):
        return (run / "metrics.jsonl").stat().st_mtime
