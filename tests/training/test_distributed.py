"""Two processes train as one does: the same losses, weights and optimizer state up to rounding, from each to the other."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from subprocess import PIPE
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch.distributed as dist

import mebuki
from mebuki.errors import RunError
from mebuki.runs.checkpoints import find
from mebuki.runs.crews import refuse
from mebuki.runs.events import Stepped
from mebuki.runs.training import training
from mebuki.training import processes
from mebuki.training.distributed import rows_of

pytestmark = pytest.mark.skipif(
    not dist.is_available() or not dist.is_gloo_available(), reason="this torch has no gloo"
)

# Rows that do not fall into equal halves, gradients of two batches, a moving average, and all that is measured.
LONG = {"steps": 50, "batch": 7, "accumulation": 2, "ema": 0.9, "evaluate_every": 25, "dropout": 0.0}
RECIPES: dict[str, tuple[str, dict[str, Any]]] = {
    "transformer": ("transformer", LONG),
    "lstm": ("lstm", LONG | {"optimizer": "adamw"}),
    "tied": ("transformer", LONG | {"optimizer": "adamw", "tied": True, "steps": 20, "evaluate_every": 10}),
}
HALF = {"bfloat16": ("transformer", LONG | {"precision": "bfloat16"})}
SHARING = {"copied": False, "shared out": True}


def launch(*words: str | Path, processes: int = 2) -> subprocess.CompletedProcess[str]:
    """Run something under torchrun."""
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(processes)]
    with subprocess.Popen([*command, *map(str, words)], stdout=PIPE, stderr=PIPE, text=True) as started:
        try:
            out, err = started.communicate(timeout=400)
        except subprocess.TimeoutExpired:
            started.terminate()  # politely: what it started would live on
            raise
    return subprocess.CompletedProcess(started.args, started.returncode, out, err)


@pytest.fixture(scope="module")
def alone(tiny: Callable[..., mebuki.Recipe], tmp_path_factory: pytest.TempPathFactory) -> dict[str, mebuki.Run]:
    """Each recipe, trained by one process."""
    home = tmp_path_factory.mktemp("alone")
    return {
        name: mebuki.train(tiny(kind, **changes), home / name, watch=lambda event: None)
        for name, (kind, changes) in (RECIPES | HALF).items()
    }


@pytest.fixture(scope="module")
def together(tiny: Callable[..., mebuki.Recipe], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all that two processes trained, from one launch of theirs."""
    home = tmp_path_factory.mktemp("together")
    jobs: list[dict[str, Any]] = []

    def add(name: str, recipe: mebuki.Recipe | None, **how: Any) -> None:
        if recipe:
            recipe.save(home / f"{name}.toml")
        told = {"recipe": str(home / f"{name}.toml") if recipe else None, "folder": str(home / name)}
        jobs.append({"shard": False, "until": 0, "press": False, "dies": 0, **told, **how})

    for sharing, shard in SHARING.items():
        for name, (kind, changes) in (RECIPES | HALF).items():
            add(f"{name} {sharing}", tiny(kind, **changes), shard=shard)
        begun = training(tiny("transformer", **LONG), home / f"begun {sharing}")
        for event in begun:  # alone, and broken off
            if isinstance(event, Stepped) and event.step == 20:
                begun.close()
        add(f"begun {sharing}", None, shard=shard, until=35)
        add(f"pressed {sharing}", tiny("gru", steps=10**6, evaluate_every=10**6), shard=shard, press=True)
    add("minutes", tiny("bigram", minutes=0.02, evaluate_every=0))
    (home / "jobs.json").write_text(json.dumps(jobs), encoding="utf-8")
    done = launch(Path(__file__).with_name("crew.py"), home / "jobs.json")
    assert done.returncode == 0, done.stderr[-4000:]
    return home


@pytest.fixture(scope="module", params=SHARING)
def killed(
    request: pytest.FixtureRequest, tiny: Callable[..., mebuki.Recipe], tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, Path, subprocess.CompletedProcess[str]]:
    """A folder in which two processes trained until one was killed in the middle of step 11, and what was printed."""
    home = tmp_path_factory.mktemp("killed")
    tiny("transformer", **LONG).save(home / "recipe.toml")
    told = {"recipe": str(home / "recipe.toml"), "folder": str(home / "run"), "shard": SHARING[request.param]}
    (home / "jobs.json").write_text(json.dumps([{**told, "until": 0, "press": False, "dies": 21}]), encoding="utf-8")
    return request.param, home / "run", launch(Path(__file__).with_name("crew.py"), home / "jobs.json")


def assert_alike(run: mebuki.Run, other: mebuki.Run) -> None:
    """Equal weights, optimizer state and metrics within 1e-5, by the same names and kinds."""
    for one, two in zip(find(run.folder / "checkpoints"), find(other.folder / "checkpoints"), strict=True):
        assert one.state.step == two.state.step
        for part in ("weights", "training"):
            ours, theirs = getattr(one, part)(), getattr(two, part)()
            assert {n: (v.shape, v.dtype) for n, v in ours.items()} == {
                n: (v.shape, v.dtype) for n, v in theirs.items()
            }
            for name, value in ours.items():
                np.testing.assert_allclose(value, theirs[name], atol=1e-5, rtol=1e-4, err_msg=name)
    for row, same in zip(run.metrics(), other.metrics(), strict=True):
        assert row.keys() == same.keys()
        assert [row.get(name) for name in ("event", "step", "tokens")] == [
            same.get(name) for name in ("event", "step", "tokens")
        ]
        assert row.get("loss", 0.0) == pytest.approx(same.get("loss", 0.0), abs=1e-5)
        assert row.get("gradient_norms", {}) == pytest.approx(same.get("gradient_norms", {}), rel=2e-3, abs=1e-5)


@pytest.mark.parametrize("sharing", SHARING)
@pytest.mark.parametrize("name", RECIPES)
def test_two_are_as_one(name: str, sharing: str, alone: dict[str, mebuki.Run], together: Path) -> None:
    assert_alike(alone[name], mebuki.open_run(together / f"{name} {sharing}"))


@pytest.mark.parametrize("sharing", SHARING)
def test_two_are_as_one_in_bfloat16_but_for_its_rounding(
    sharing: str, alone: dict[str, mebuki.Run], together: Path
) -> None:
    """A number of bfloat16 has eight binary digits: losses agree to a hundredth, where they fell by far more."""
    rows, same = ([row["loss"] for row in run.metrics() if row["event"] == "train"] for run in (
        alone["bfloat16"], mebuki.open_run(together / f"bfloat16 {sharing}")
    ))  # fmt: skip
    assert mebuki.open_run(together / f"bfloat16 {sharing}").info["precision"] == "bfloat16"
    assert rows == pytest.approx(same, abs=0.02)
    assert rows != pytest.approx(same, abs=1e-7)  # it is bfloat16 that was taken
    assert rows[0] - rows[-1] > 0.5


@pytest.mark.parametrize("sharing", SHARING)
def test_one_goes_on_as_two_and_two_as_one(sharing: str, alone: dict[str, mebuki.Run], together: Path) -> None:
    """20 steps alone, 15 together, 15 alone: nothing is lost on the way, and none is taken twice."""
    run = mebuki.train(None, together / f"begun {sharing}", resume=True, watch=lambda event: None)
    assert [row["step"] for row in run.metrics() if row["event"] == "resume"] == [20, 35]
    whole = find(alone["transformer"].folder / "checkpoints")[-1]
    last = find(run.folder / "checkpoints")[-1]
    assert last.state.step == whole.state.step == 50
    for part in ("weights", "training"):
        ours, theirs = getattr(last, part)(), getattr(whole, part)()
        assert ours.keys() == theirs.keys()
        for name, value in ours.items():
            np.testing.assert_allclose(value, theirs[name], atol=1e-5, rtol=1e-4, err_msg=name)
    assert [row["step"] for row in run.metrics() if row["event"] == "train"] == list(range(1, 51))


@pytest.mark.parametrize("sharing", SHARING)
def test_interrupting_any_of_them_saves_and_ends_all(sharing: str, together: Path) -> None:
    run = mebuki.open_run(together / f"pressed {sharing}")
    end = run.metrics()[-1]
    assert (end["event"], end["why"]) == ("end", "stopped")
    assert end["step"] == find(run.folder / "checkpoints")[-1].state.step


@pytest.mark.skipif(sys.platform == "win32", reason="no kill -9")
def test_where_one_is_killed_the_other_says_so_and_the_run_goes_on(
    killed: tuple[str, Path, subprocess.CompletedProcess[str]], alone: dict[str, mebuki.Run]
) -> None:
    """Copied, all steps that both took are kept; shared out, what was saved before."""
    sharing, folder, done = killed
    assert done.returncode != 0
    assert "another process of this training is gone" in done.stderr
    assert f"mebuki train --resume {folder}" in done.stderr
    run = mebuki.open_run(folder)
    kept = [checkpoint.state.step for checkpoint in find(folder / "checkpoints")]
    assert (kept, run.metrics()[-1]["why"]) == ([10] if sharing == "copied" else [], "failed")
    run = mebuki.train(None, folder, resume=True, watch=lambda event: None)
    last, whole = (find(one.folder / "checkpoints")[-1] for one in (run, alone["transformer"]))
    assert last.state.step == whole.state.step == 50
    for name, value in last.weights().items():
        np.testing.assert_allclose(value, whole.weights()[name], atol=1e-5, rtol=1e-4, err_msg=name)


def test_one_clock_ends_all(together: Path) -> None:
    """A limit in minutes is planned by one of them: with plans of their own they would wait for each other for ever."""
    rows = mebuki.open_run(together / "minutes").metrics()
    assert rows[-1]["why"] == "done"
    assert any(row["event"] == "plan" for row in rows)


def test_only_one_writes(alone: dict[str, mebuki.Run], together: Path) -> None:
    """No row and no sample twice, and no file more than one process leaves."""
    run, other = alone["lstm"], mebuki.open_run(together / "lstm copied")
    assert [row["step"] for row in other.samples()] == [row["step"] for row in run.samples()]
    files = [sorted(str(p.relative_to(r.folder)) for p in r.folder.rglob("*") if p.is_file()) for r in (run, other)]
    assert files[0] == files[1]


def test_the_command_line_speaks_once(book: Path, tmp_path: Path) -> None:
    numbers = [
        "--size",
        "tiny",
        "--layers",
        "1",
        "--context",
        "8",
        "--steps",
        "4",
        "--batch",
        "4",
        "--sample-tokens",
        "4",
    ]
    words = [
        "-m",
        "mebuki",
        "train",
        book,
        "--shard",
        "--json",
        "--precision",
        "float32",
        "--threads",
        "1",
        "--out",
        tmp_path / "run",
    ]
    done = launch("--no-python", sys.executable, *words, *numbers)
    assert done.returncode == 0, done.stderr[-4000:]
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert [event["step"] for event in events if event["event"] == "stepped"] == [1, 2, 3, 4]
    assert "".join(mebuki.open_run(tmp_path / "run").generate("The", tokens=3))


def test_an_attempt_does_not_meet_those_who_are_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    """torchrun on one machine keeps its store when it starts the processes anew."""
    kept = dist.HashStore()
    monkeypatch.setenv("GROUP_WORLD_SIZE", "1")
    corners = []
    for attempt in ("0", "1"):
        monkeypatch.setenv("TORCHELASTIC_RESTART_COUNT", attempt)
        corners.append(processes._of_this_attempt(kept))
    corners[0].set("address", "of one that is gone")
    assert (corners[0].check(["address"]), corners[1].check(["address"])) == (True, False)
    monkeypatch.setenv("GROUP_WORLD_SIZE", "2")
    assert processes._of_this_attempt(kept) is kept


def test_every_row_is_taken_once() -> None:
    for batch in range(1, 12):
        for size in range(1, batch + 1):
            shares = [rows_of(batch, rank, size) for rank in range(size)]
            assert (shares[0].start, shares[-1].stop) == (0, batch)
            assert all(one.stop == two.start for one, two in pairwise(shares))
            assert {s.stop - s.start for s in shares} <= {batch // size, -(-batch // size)}


@pytest.mark.parametrize(
    ("changes", "words"), [({"engine": "scratch"}, "engine scratch"), ({"batch": 2}, "cannot be shared by 3")]
)
def test_what_several_cannot_do_is_refused(
    changes: dict[str, Any], words: str, tiny: Callable[..., mebuki.Recipe]
) -> None:
    crew: Any = SimpleNamespace(size=3, shard=False)
    with pytest.raises(RunError, match=words):
        refuse(tiny("rnn", **changes).training, crew)


def test_one_alone_shares_out_nothing(tiny: Callable[..., mebuki.Recipe], tmp_path: Path) -> None:
    assert "RANK" not in os.environ
    with pytest.raises(RunError, match="alone"):
        mebuki.train(tiny("bigram"), tmp_path / "run", shard=True, watch=lambda event: None)
    assert not (tmp_path / "run").exists()
