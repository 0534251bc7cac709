"""A run outlives kills, damage and second thoughts: what is whole is used, and what cannot be done is refused first."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file
from stories import story

import mebuki
from mebuki.errors import RunError
from mebuki.runs import checkpoints
from mebuki.runs.events import Evaluated, Event, Finished, Saved, Started, Stepped
from mebuki.runs.records import read_records
from mebuki.runs.training import training

Tiny = Callable[..., mebuki.Recipe]


def quiet(event: Event) -> None:
    pass


@pytest.fixture
def copy(runs, tmp_path) -> Path:
    """A run of 12 steps that may be damaged."""
    return Path(shutil.copytree(runs("gru").folder, tmp_path / "run"))


def go_on(folder: Path, **changes: Any) -> list[Event]:
    return list(training(None, folder, resume=True, **changes))


# Removing checkpoints.


def test_a_checkpoint_that_is_being_removed_is_not_seen(copy: Path) -> None:
    """Its state has gone first; what is left is no damage."""
    (copy / "checkpoints" / "step-000008" / "state.json").unlink()
    assert 8 not in [c.state.step for c in mebuki.open_run(copy).checkpoints()]
    go_on(copy, steps=16)
    assert mebuki.open_run(copy).checkpoint("last").state.step == 16


def test_damage_beside_it_does_not_stop_a_training(copy: Path) -> None:
    """It is found out by those who want to use the damaged one."""
    events = training(None, copy, resume=True, steps=16)
    for event in events:
        if isinstance(event, Started):
            (copy / "checkpoints" / "step-000008" / "state.json").write_bytes(b"half")
    with pytest.raises(RunError, match="step-000008 is damaged"):
        mebuki.open_run(copy).model()


def test_a_reader_beside_a_training_chooses_again(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The checkpoint it chose was removed before its weights were read."""
    run, chosen = mebuki.open_run(copy), []

    def weights(checkpoint: checkpoints.Checkpoint) -> dict[str, np.ndarray]:
        chosen.append(checkpoint.name)
        if len(chosen) == 1:
            shutil.rmtree(checkpoint.folder)
        return checkpoints.read_tensors(checkpoint.folder / "model.safetensors")

    monkeypatch.setattr(checkpoints.Checkpoint, "weights", weights)
    assert "".join(mebuki.generate(run.model("last"), run.tokenizer, "The", tokens=3))
    assert chosen == ["step-000012", "step-000008"]


# Damage.


@pytest.mark.parametrize("file", ["model.safetensors", "training.safetensors", "state.json"])
def test_going_on_passes_over_a_damaged_last_checkpoint(file: str, copy: Path) -> None:
    """It is named, put aside, and the run comes to the same end from the one before."""
    expected = story(copy)
    (copy / "checkpoints" / "step-000012" / file).write_bytes(b"half")
    events = go_on(copy)
    started = next(event for event in events if isinstance(event, Started))
    assert started.step == 8
    assert "step-000012 is damaged" in started.warnings[0]
    assert [path.name[:20] for path in (copy / "checkpoints").glob(".*")] == [".step-000012-damaged"]
    assert story(copy) == expected


def test_a_damaged_state_of_an_earlier_checkpoint_does_not_stop_going_on(copy: Path) -> None:
    (copy / "checkpoints" / "step-000008" / "state.json").write_bytes(b"half")
    started = next(event for event in go_on(copy, steps=14) if isinstance(event, Started))
    assert started.step == 12
    assert "step-000008 is damaged" in started.warnings[0]
    assert mebuki.open_run(copy).checkpoint("last").state.step == 14


@pytest.mark.parametrize("kind", ["gru", "transformer"])
@pytest.mark.parametrize("damage", ["nothing", "one missing", "another shape", "another name"])
def test_optimizers_that_do_not_fit_are_refused(kind: str, damage: str, tiny: Tiny, tmp_path: Path) -> None:
    """Going on with a fresh optimizer would be another training."""
    run = mebuki.train(tiny(kind, steps=4, optimizer="muon", ema=0.9), tmp_path / "run", watch=quiet)
    (checkpoint,) = run.checkpoints()
    tensors = checkpoint.training()
    name = next(name for name in tensors if "adamw.exp_avg." in name)
    if damage == "nothing":
        tensors = {}
    elif damage == "one missing":
        del tensors[name]
    elif damage == "another shape":
        tensors[name] = np.zeros(1)
    else:
        tensors[name + "s"] = tensors.pop(name)
    save_file(tensors, checkpoint.folder / "training.safetensors")
    with pytest.raises(RunError, match=r"training tensors in .*step-000004 do not fit"):
        go_on(run.folder, steps=6)


@pytest.mark.parametrize("changes", [{}, {"optimizer": "muon", "ema": 0.9}])
def test_a_run_that_was_stopped_before_its_first_step_goes_on(changes: dict[str, Any], tiny: Tiny, tmp_path) -> None:
    recipe = tiny("gru", **changes)
    for event in (events := training(recipe, tmp_path / "run")):
        if isinstance(event, Started):
            events.close()
    go_on(tmp_path / "run")
    mebuki.train(recipe, tmp_path / "whole", watch=quiet)
    assert story(tmp_path / "run") == story(tmp_path / "whole")


# How long.


def impatient(tiny: Tiny) -> mebuki.Recipe:
    return tiny("bigram", learning_rate=50.0, steps=500, evaluate_every=1, patience=3, sample_tokens=0, decay=0.0)


def test_a_run_ended_by_patience_has_ended(tiny: Tiny, tmp_path) -> None:
    """Going on changes nothing; with more steps it is patient anew."""
    run = mebuki.train(impatient(tiny), tmp_path / "run", watch=quiet)
    before, step = story(run.folder), run.checkpoint("last").state.step
    for _ in range(2):
        end = go_on(run.folder)[-1]
        assert isinstance(end, Finished)
        assert (end.why, end.step) == ("patience", step)
    assert story(run.folder) == before
    end = go_on(run.folder, steps=600)[-1]
    assert isinstance(end, Finished)
    assert step + 1 <= end.step <= 600


@pytest.mark.parametrize("kind", [Evaluated, Saved])
def test_a_kill_before_the_end_is_written_changes_nothing(kind: type[Event], tiny: Tiny, tmp_path) -> None:
    whole = mebuki.train(impatient(tiny), tmp_path / "whole", watch=quiet)
    last = whole.checkpoint("last").state.step
    for event in (events := training(impatient(tiny), tmp_path / "run")):
        if isinstance(event, kind) and event.step == last:
            events.close()
    go_on(tmp_path / "run")
    assert story(tmp_path / "run") == story(whole.folder)


@pytest.mark.parametrize("steps", [5, 12])
def test_fewer_steps_than_are_done_are_refused(steps: int, copy: Path) -> None:
    before = (copy / "recipe.toml").read_bytes(), (copy / "metrics.jsonl").read_bytes()
    with pytest.raises(RunError, match=r"12 steps are done\n  allowed: more than 12"):
        go_on(copy, steps=steps)
    assert before == ((copy / "recipe.toml").read_bytes(), (copy / "metrics.jsonl").read_bytes())


def test_fewer_minutes_than_are_spent_are_refused(copy: Path) -> None:
    path = copy / "checkpoints" / "step-000012" / "state.json"
    state = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps({**state, "seconds": 50.0, "beside": 70.0}), "utf-8")
    with pytest.raises(RunError, match=r"2\.00 minutes are spent\n  allowed: more than 2\.00, in all"):
        go_on(copy, minutes=2)
    assert any(isinstance(event, Stepped) for event in go_on(copy, minutes=2 + 0.5 / 60))


# Facts and rows.


@pytest.mark.parametrize(
    "name",
    [
        "vocabulary",
        "parameters",
        "threads",
        "torch",
        "machine",
        "created",
        "device",
        "precision",
        "corpus",
        "baselines",
    ],
)
def test_a_fact_that_is_missing_is_named(name: str, copy: Path) -> None:
    path = copy / "run.json"
    content = json.loads(path.read_text("utf-8"))
    for wrong in ({}, {name: None}):
        path.write_text(json.dumps({k: v for k, v in content.items() if k != name} | wrong), "utf-8")
        with pytest.raises(RunError, match=rf"run\.json is missing or damaged \(no {name}\)"):
            _ = mebuki.open_run(copy).info
        with pytest.raises(RunError, match=rf"no {name}"):
            go_on(copy)


ROWS = ['{"step": 3}', '{"event": 3, "step": 3}', '{"event": "train"}', '{"event": "train", "step": "3"}']
ROWS += ['{"event": "resume", "step": null}', '{"event": "resume", "step": 1.5}', '{"event": "note", "step": true}']


@pytest.mark.parametrize("row", ROWS)
def test_rows_that_say_nothing_are_passed_over(row: str, copy: Path) -> None:
    path = copy / "metrics.jsonl"
    before = read_records(path)
    path.write_text(path.read_text("utf-8") + row + "\n", "utf-8")
    assert read_records(path) == before
    go_on(copy)
    assert story(copy)["metrics"] == [
        {name: value for name, value in record.items() if name != "seconds"}
        for record in before
        if record["event"] in ("train", "evaluation")
    ]
