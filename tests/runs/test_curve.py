"""Curves in buckets are those of the rows that count, whether an index was kept, is of another file, or is damaged."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mebuki.errors import RecipeError, RunError
from mebuki.runs import curve_index
from mebuki.runs.curve import curve
from mebuki.runs.curve_index import CurveIndex
from mebuki.runs.records import read_records


def row(step: int, loss: float, event: str = "train", **more: Any) -> dict[str, Any]:
    tokens = {"tokens": 16 * step} if event == "train" else {}
    return {"event": event, "step": step, "loss": loss, "seconds": step / 10, **tokens, **more}


def write(folder: Path, rows: list[dict[str, Any]], mode: str = "w") -> None:
    folder.mkdir(exist_ok=True)
    (folder / "recipe.toml").touch()
    with (folder / "metrics.jsonl").open(mode) as file:
        file.writelines(json.dumps(one) + "\n" for one in rows)


@given(
    st.lists(st.integers(-40, 3), min_size=1, max_size=80),
    st.integers(1, 20),
    st.sampled_from(["step", "seconds", "tokens"]),
)
@settings(max_examples=60, deadline=None)
def test_buckets_hold_every_row_that_counts(tmp_path_factory, moves, buckets, axis) -> None:
    """A walk of steps, where going back is a run that goes on from a checkpoint: plain reading and the curve agree."""
    folder, step, rows = tmp_path_factory.mktemp("run"), 0, []
    for number, move in enumerate(moves):
        if move < 0:
            step = max(0, step + move)
            rows.append({"event": "resume", "step": step})
        step += max(1, move)
        rows.append(row(step, float(number % 7 + 1)))
    write(folder, rows)
    found = curve(folder, buckets, axis)
    expected = [one for one in read_records(folder / "metrics.jsonl") if one["event"] == "train"]
    train, losses = found["train"], [one["loss"] for one in expected]
    assert sum(train["count"]) == len(expected)
    assert len(train["x"]) <= buckets
    assert train["x"] == sorted(train["x"])
    assert (min(train["min"]), max(train["max"])) == (min(losses), max(losses))
    assert np.dot(train["mean"], train["count"]) == pytest.approx(sum(losses), rel=1e-4)
    x = [one[axis] for one in expected]
    assert min(x) <= train["x"][0] <= train["x"][-1] <= max(x)


def test_an_index_that_is_kept_gives_the_same_and_is_read_from_where_it_ends(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(curve_index, "WORTH", 1000)
    folder = tmp_path / "run"
    write(folder, [row(step, 9 / step) for step in range(1, 100)] + [row(99, 3.0, "evaluation", perplexity=20.0)])
    first = curve(folder, 10, "tokens")
    assert (folder / ".curve").exists()
    assert curve(folder, 10, "tokens") == first
    write(folder, [{"event": "resume", "step": 50}, row(51, 1.0), row(51, 2.0, "evaluation")], "a")
    found = curve(folder, 100)
    (folder / ".curve").unlink()
    assert curve(folder, 100) == found
    assert (found["step"], sum(found["train"]["count"])) == (51, 51)
    assert [(one["step"], one["loss"]) for one in found["evaluations"]] == [(51, 2.0)]
    assert found["offset"] == (folder / "metrics.jsonl").stat().st_size
    (folder / ".curve").unlink()
    assert [*CurveIndex(folder).catching_up()] == [1.0]


@pytest.mark.parametrize("damage", ["another", "shorter", "broken", "empty"])
def test_an_index_that_does_not_fit_is_made_again(damage, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(curve_index, "WORTH", 1000)
    folder = tmp_path / "run"
    write(folder, [row(step, 9 / step) for step in range(1, 100)])
    curve(folder)
    kept = folder / ".curve"
    if damage == "another":
        write(folder, [row(step, 8 / step) for step in range(1, 200)])
    elif damage == "shorter":
        write(folder, [row(1, 2.0)])
    else:
        kept.write_bytes(kept.read_bytes()[:-9] if damage == "broken" else b"")
    found = curve(folder)
    kept.unlink(missing_ok=True)
    assert found == curve(folder)


def test_evaluations_lie_on_every_axis_and_are_thinned_to_the_last_of_each_bucket(tmp_path) -> None:
    rows: list[dict[str, Any]] = []
    for step in range(10, 1001, 10):
        rows += [row(step, 2.0), row(step, 1000 / step, "evaluation", perplexity=float("nan"))]
    write(tmp_path / "run", rows)
    found = curve(tmp_path / "run", 20, "tokens")["evaluations"]
    assert len(found) == 20
    assert [one["x"] for one in found] == [16 * one["step"] for one in found]
    assert found[-1]["step"] == 1000
    assert found[0]["perplexity"] is None


def test_a_line_that_is_being_written_waits(tmp_path) -> None:
    write(tmp_path / "run", [row(1, 2.0)])
    index = CurveIndex(tmp_path / "run")
    with (tmp_path / "run" / "metrics.jsonl").open("a") as file:
        file.write('{"event": "train", "step": 2, "lo')
        file.flush()
        assert curve(tmp_path / "run", index=index)["step"] == 1
        file.write('ss": 1.5, "seconds": 1}\n')
    assert curve(tmp_path / "run", index=index)["train"]["mean"] == [2.0, 1.5]


@pytest.mark.parametrize("kind", ["calculator", "addition"])
def test_runs_of_tasks_have_curves_too(kind, tmp_path) -> None:
    (tmp_path / "settings.json").write_text(json.dumps({"kind": kind}))
    exact = {"add": 0.5} if kind == "calculator" else 0.5
    rows = [{"event": "train", "step": 50, "seconds": 1.0, "loss": 2.0, "norm": 1.0}] if kind == "calculator" else []
    event = "examination" if kind == "calculator" else "evaluation"
    rows += [{"event": event, "step": 60, "seconds": 1.5, "exact": exact, "learning": 1.0, "loss": 3.0}]
    with (tmp_path / "metrics.jsonl").open("w") as file:
        file.writelines(json.dumps(one) + "\n" for one in rows)
    found = curve(tmp_path)
    assert found["axes"] == ["step", "seconds"]
    assert found["train"]["mean"] == ([2.0, 1.0] if kind == "calculator" else [1.0])
    assert found["evaluations"][0]["exact"] == exact
    assert curve(tmp_path, axis="tokens")["train"]["x"] == []


def test_an_empty_run_has_an_empty_curve_and_mistakes_are_told(tmp_path) -> None:
    write(tmp_path / "run", [])
    assert curve(tmp_path / "run")["train"]["x"] == []
    with pytest.raises(RecipeError, match="axis"):
        curve(tmp_path / "run", axis="time")
    with pytest.raises(RecipeError, match="buckets"):
        curve(tmp_path / "run", 0)
    with pytest.raises(RunError):
        curve(tmp_path)
