"""`mebuki runs`: list and compare, and hand on what was measured."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..errors import MebukiError, RunError
from .main import Parser

EXAMPLE = """
mebuki runs
mebuki runs runs/sherlock-lstm runs/sherlock-transformer
mebuki runs runs/sherlock-lstm --export csv sherlock
tensorboard --logdir sherlock          (after --export tensorboard sherlock)
"""


def parser() -> Parser:
    p = Parser(
        name="runs",
        about="List the runs in a folder, or compare some: what they reached, and only the settings that differ.",
        example=EXAMPLE,
    )
    p.add_argument("runs", nargs="*", metavar="RUN", help="runs to compare; or one folder of runs (default runs)")
    p.add_argument(
        "--export",
        nargs=2,
        metavar=("FORM", "DIR"),
        help="write what the runs measured into a folder: csv, jsonl, or tensorboard (its event files)",
    )
    p.add_argument("--json", action="store_true", help="print one JSON object for each run")
    return p


def run(arguments: Sequence[str]) -> int:
    given = parser().parse_args(arguments)
    from ..runs.run import Run, find_runs

    if given.export:
        return _export(given.runs, *given.export, as_json=given.json)
    folders = [Path(folder) for folder in given.runs]
    alone = folders[0] if len(folders) == 1 else Path("runs")
    listing = not folders or (len(folders) == 1 and alone.is_dir() and not (alone / "recipe.toml").exists())
    opened = find_runs(alone) if listing else [Run(folder) for folder in folders]
    rows = [_row(run) for run in opened]
    if given.json:
        for row in rows:
            print(json.dumps(row, ensure_ascii=False))
    elif not rows:
        print(f"no runs in {alone} yet\n  try: mebuki train my-diary.txt")
    else:
        _table(rows)
        if not listing and len(opened) > 1:
            _differences(rows)
        if not listing and len(opened) == 1:
            _checkpoints(opened[0])
    return 0


def _export(runs: Sequence[str], form: str, folder: str, *, as_json: bool) -> int:
    from ..runs.metrics_export import export_metrics

    if not runs:
        raise RunError(
            "no run was given", allowed="folders of runs", hint=f"mebuki runs runs/* --export {form} {folder}"
        )
    for run, path in zip(runs, export_metrics(runs, form, folder), strict=True):
        print(json.dumps({"run": run, "path": str(path)}, ensure_ascii=False) if as_json else f"written: {path}")
    if form == "tensorboard" and not as_json:
        print(f"  see it: tensorboard --logdir {folder}")
    return 0


def _row(run: Any) -> dict[str, Any]:
    """What a run has to say for itself; a damaged one says what is wrong."""
    row: dict[str, Any] = {"run": str(run.folder)}
    try:
        metrics = run.metrics()
        found = [m for m in metrics if m.get("event") == "evaluation"]
        best = min(found, key=lambda m: m["loss"], default=None)
        checkpoints = run.checkpoints()
        return row | {
            "model": run.recipe.model,
            "engine": run.recipe.training.engine,
            "parameters": run.info["parameters"],
            "text": run.info["corpus"]["description"],
            "steps": checkpoints[-1].state.step if checkpoints else 0,
            "seconds": next((m["seconds"] for m in reversed(metrics) if "seconds" in m), None),
            "loss": best["loss"] if best else None,
            "perplexity": best["perplexity"] if best else None,
            "state": "imported" if run.imported else _how_it_ended(metrics),
            "created": run.info["created"],
            "recipe": run.recipe.to_dict(),
        }
    except MebukiError as error:
        return row | {"error": str(error)}
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        return row | {"error": f"{run.folder} is damaged: {type(error).__name__} {error}"}


def _how_it_ended(metrics: list[dict[str, Any]]) -> str:
    last = metrics[-1] if metrics else {}
    return last["why"] if last.get("event") == "end" else "unfinished"


def _table(rows: list[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from ..runs.words import count, duration, short

    table = Table(box=None, pad_edge=False, header_style="dim")
    for name, side in (
        ("run", "left"),
        ("model", "left"),
        ("numbers", "right"),
        ("steps", "right"),
        ("time", "right"),
        ("loss", "right"),
        ("perplexity", "right"),
        ("", "left"),
    ):
        table.add_column(name, justify=side, no_wrap=name != "run", overflow="fold")  # pyright: ignore[reportArgumentType]
    for row in rows:
        if "error" in row:
            table.add_row(Text(row["run"]), Text("damaged", "red"))
            continue
        loss = ["-", "-"] if row["loss"] is None else [f"{row['loss']:.4f}", short(row["perplexity"])]
        spent = "-" if row["seconds"] is None else duration(row["seconds"])
        state = "" if row["state"] == "done" else row["state"]
        table.add_row(
            Text(row["run"]), row["model"], count(row["parameters"]), f"{row['steps']:,}", spent, *loss, state
        )
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = 200  # a file or a pipe has no edge: names of folders stay whole
    console.print(table)
    for row in rows:
        if "error" in row:
            print(f"\n{row['error']}")


def _differences(rows: list[dict[str, Any]]) -> None:
    """Only the settings in which the runs differ."""
    flat = []
    for row in rows:
        sections = row.get("recipe", {})
        flat.append(
            {k: v for s in sections.values() if isinstance(s, dict) for k, v in s.items()}
            | {"seed": sections.get("seed")}
        )
    names = {name: None for values in flat for name in values if name != "sources"}
    print("\nwhat differs")
    for name in names:
        values = [values.get(name, "-") for values in flat]
        if any(value != values[0] for value in values):
            print(f"  {name:<18} " + "   ".join(str(value) for value in values))


def _checkpoints(run: Any) -> None:
    print("\ncheckpoints")
    best = run.checkpoint("best").name if run.checkpoints() else ""
    for checkpoint in run.checkpoints():
        loss = "" if checkpoint.state.loss is None else f"  loss {checkpoint.state.loss:.4f}"
        print(f"  {checkpoint.name}{loss}" + ("  best" if checkpoint.name == best else ""))
