"""Trainings as processes of their own: what is told of them is true, whoever began them and whatever is killed when."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import mebuki
from mebuki.errors import RecipeError, RunError
from mebuki.runs import starting
from mebuki.runs.events import Stepped
from mebuki.runs.presence import NOW, STOP, Presence, is_held
from mebuki.runs.run import Run
from mebuki.runs.starting import free_run, job_of, log_of, resume_training, start_training
from mebuki.runs.state import ACTIVE, State, now, state
from mebuki.runs.stopping import TRASH, delete, empty_trash, pause, stop
from mebuki.runs.tail import Tail
from mebuki.runs.training import training

LONG = {"steps": 100_000, "threads": 1, "save_seconds": 0.2}


def recipe(book: Path, **changes: Any) -> mebuki.recipes.Recipe:
    tiny = {"width": 8, "context": 8, "batch": 2, "steps": 6, "sample_tokens": 3, "engine": "scratch"}
    return mebuki.recipes.gru(book, size="tiny", **{**tiny, **changes})


def wait(folder: Path, fits: Callable[[State], bool]) -> State:
    """The first state that fits; the tests' own clock would end a training that never gets there."""
    began = time.monotonic()
    while not fits(found := state(folder)):
        assert time.monotonic() - began < 100, (found, log_of(folder))
        time.sleep(0.02)
    return found


def until_idle(folder: Path) -> State:
    return wait(folder, lambda found: found.state not in ACTIVE)


def until_steps(folder: Path, steps: int = 5) -> State:
    return wait(folder, lambda found: found.state == "training" and (found.step or 0) >= steps)


@pytest.fixture
def home(tmp_path) -> Iterator[Path]:
    """A folder for runs; what still trains in it at the end is killed."""
    home = tmp_path / "runs"
    home.mkdir()
    yield home
    for job in starting.jobs(home):
        if job.alive and job.pid:
            os.kill(job.pid, signal.SIGKILL)


def test_a_training_goes_through_its_states_to_the_end(home, book) -> None:
    folder = free_run(home, "Kettle & rain")
    job = start_training(recipe(book), folder, title="Kettle & rain")
    assert (job.alive, job.action, folder.name) == (True, "train", "Kettle-rain")
    assert state(folder).state == "preparing"
    with pytest.raises(RunError, match="another process"):
        start_training(recipe(book), folder)
    found = until_idle(folder)
    assert (found.state, found.why, found.step, found.can) == ("done", "done", 6, ("longer", "delete"))
    wait(folder, lambda _: not (one := job_of(folder)) or not one.alive)
    ended = job_of(folder)
    assert ended
    assert (ended.code, ended.error) == (0, None)
    assert "kept in" in log_of(folder)
    assert now(folder)["doing"] == "ended"
    assert json.dumps(found.to_dict())
    assert not {path.name for path in folder.iterdir()} & {".preparing.json", ".stop"}


def test_paused_and_resumed_is_bit_for_bit_as_never_paused(home, book) -> None:
    folder, straight = home / "paused", home / "straight"
    start_training(recipe(book, **LONG), folder)
    until_steps(folder)
    assert pause(folder).state in ("pausing", "paused")
    found = until_idle(folder)
    assert (found.state, found.can) == ("paused", ("resume", "delete", "stop"))
    steps = found.step or 0
    assert 5 <= steps < 100_000
    assert [c.state.step for c in Run(folder).checkpoints()][-1] == steps
    resume_training(folder)
    until_steps(folder, steps + 3)
    stop(folder)
    found = until_idle(folder)
    assert (found.state, found.can) == ("stopped", ("resume", "delete"))
    last = Run(folder).checkpoint("last")
    with contextlib.closing(training(recipe(book, **LONG), straight)) as events:
        for event in events:
            if isinstance(event, Stepped) and event.step == last.state.step:
                break
    same = Run(straight).checkpoint("last")
    assert same.state.step == last.state.step > steps
    assert {n: w.tobytes() for n, w in same.weights().items()} == {n: w.tobytes() for n, w in last.weights().items()}


@pytest.mark.skipif(os.name == "nt", reason="signals")
@pytest.mark.parametrize("wish", [pause, stop])
def test_a_training_of_a_terminal_is_seen_and_stopped_alike(wish, home, book) -> None:
    folder = home / "terminal"
    recipe(book, **LONG).save(home / "r.toml")
    command = [sys.executable, "-m", "mebuki", "train", "--recipe", str(home / "r.toml"), "--out", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while not folder.exists():
            time.sleep(0.02)
        found = until_steps(folder)
        assert found.pid == process.pid
        wish(folder)
        assert process.wait(60) == 0
    assert state(folder).state == ("paused" if wish is pause else "stopped")
    assert job_of(folder) is None


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_a_killed_training_is_told_as_interrupted_and_goes_on(home, book) -> None:
    folder = home / "killed"
    start_training(recipe(book, **LONG), folder)
    found = until_steps(folder)
    assert found.pid
    os.kill(found.pid, signal.SIGKILL)
    found = until_idle(folder)
    assert (found.state, found.can) == ("interrupted", ("resume", "delete"))
    assert now(folder)["doing"] != "ended"
    with pytest.raises(RunError, match="is interrupted"):
        pause(folder)
    resume_training(folder)
    until_steps(folder)
    stop(folder)
    assert until_idle(folder).state == "stopped"


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_killed_at_any_moment_of_its_beginning_the_state_is_true(home, book) -> None:
    """Before the run's folder is there nothing is left; after that, it can go on."""
    for number in range(6):
        folder = home / f"early-{number}"
        job = start_training(recipe(book, **LONG), folder)
        while (job := job_of(folder)) and job.pid is None:
            time.sleep(0.01)
        assert job
        time.sleep(0.1 * number)
        assert job.pid
        os.kill(job.pid, signal.SIGKILL)
        found = until_idle(folder)
        assert found.state == ("interrupted" if folder.exists() else "failed"), found
        if folder.exists():
            assert "resume" in found.can


def test_mistakes_before_the_first_step_are_told(home, book, tmp_path) -> None:
    short = tmp_path / "short.txt"
    short.write_text("a", encoding="utf-8")
    start_training(recipe(short), home / "short")
    found = until_idle(home / "short")
    assert (found.state, found.can) == ("failed", ("delete",))
    assert found.error
    assert "short.txt" in found.error["given"] or "text" in found.error["given"]
    with pytest.raises(RecipeError, match="problems"):
        starting.start_calculator(home / "c", problems="all of them")
    assert delete(home / "short") is None
    with pytest.raises(RunError, match="no run"):
        state(home / "short")


def test_a_preparation_is_given_up(home, tmp_path) -> None:
    large = tmp_path / "large.txt"
    large.write_text("The kettle sang before the rain did.\n" * 400_000, encoding="utf-8")
    start_training(recipe(large, tokenizer="byte-pairs", **LONG), home / "given-up")
    found = wait(home / "given-up", lambda found: found.pid is not None)
    assert (found.state, found.can) == ("preparing", ("stop",))
    stop(home / "given-up")
    assert until_idle(home / "given-up").state == "stopped"
    assert {path.name for path in home.iterdir()} == {".started"}


def test_a_stop_whose_signal_was_lost_is_heard(home, tmp_path) -> None:
    """Among imports an interrupt may be swallowed; the word that is left with it is not."""
    large = tmp_path / "large.txt"
    large.write_text("The kettle sang before the rain did.\n" * 400_000, encoding="utf-8")
    start_training(recipe(large, tokenizer="byte-pairs", **LONG), home / "unheard")
    wait(home / "unheard", lambda found: found.pid is not None)
    (home / ".started" / "unheard" / "stop").touch()
    assert until_idle(home / "unheard").state == "stopped"


def test_deleting_moves_into_the_trash(home, book) -> None:
    folder = home / "one"
    mebuki.train(recipe(book), folder, watch=lambda event: None)
    with Presence(folder):
        with pytest.raises(RunError, match="stop it first"):
            delete(folder)
        with pytest.raises(RunError, match="another process"):
            resume_training(folder)
    moved = delete(folder)
    assert moved
    assert (moved.parent.name, (moved / "recipe.toml").exists(), folder.exists()) == (TRASH, True, False)
    assert empty_trash(home) == 1
    assert not moved.exists()


def test_a_lock_is_looked_at_without_being_taken(tmp_path) -> None:
    assert not is_held(tmp_path / ".lock")
    with Presence(tmp_path):
        assert is_held(tmp_path / ".lock")
        with pytest.raises(RunError, match="another process is training"), Presence(tmp_path):
            pass
    assert not is_held(tmp_path / ".lock")
    assert json.loads((tmp_path / NOW).read_text())["why"] == "stopped"


def test_a_wish_of_before_does_not_stop_who_goes_on(home, book) -> None:
    mebuki.train(recipe(book), home / "one", watch=lambda event: None)
    (home / "one" / ".stop").write_text("pause")
    mebuki.train(None, home / "one", resume=True, steps=9, watch=lambda event: None)
    assert (state(home / "one").state, state(home / "one").step) == ("done", 9)


def test_a_tail_gives_each_row_once_and_waits_for_whole_lines(tmp_path) -> None:
    tail, path = Tail(tmp_path), tmp_path / "metrics.jsonl"
    assert tail.read() == {"metrics": [], "samples": []}
    path.write_text('{"event": "train", "step": 1}\n{"event": "tr')
    assert [row["step"] for row in tail.read()["metrics"]] == [1]
    assert tail.read()["metrics"] == []
    with path.open("a") as file:
        file.write('ain", "step": 2}\nbroken\n{"event": "resume", "step": 1}\n')
    assert [(row["event"], row["step"]) for row in tail.read()["metrics"]] == [("train", 2), ("resume", 1)]
    assert tail.offsets["metrics"] == path.stat().st_size
    assert Tail(tmp_path, metrics=tail.offsets["metrics"]).read()["metrics"] == []
    path.write_text('{"event": "train", "step": 7}\n')
    assert [row["step"] for row in tail.read()["metrics"]] == [7]


@pytest.mark.parametrize("kind", ["calculator", "addition"])
def test_tasks_are_started_watched_and_stopped(kind, home) -> None:
    folder = home / kind
    if kind == "calculator":
        tiny: dict[str, Any] = {"width": 16, "layers": 1, "heads": 2, "letters": 256, "examined": 1, "examinations": 1}
        starting.start_calculator(folder, "addition", steps=100_000, **tiny)
    else:
        starting.start_addition(
            folder, digits=1, width=8, embedding=4, steps=100_000, engine="scratch", attention=False
        )
    found = wait(folder, lambda found: found.state == "training" and (found.now or {}).get("step", 0) > 2)
    assert found.kind == kind
    assert now(folder)["total"] == 100_000
    if kind == "addition":
        with pytest.raises(RunError, match="is training"):
            pause(folder)
        stop(folder)
        assert until_idle(folder).state == "stopped"
        with pytest.raises(RunError, match="cannot go on"):
            resume_training(folder)
        return
    pause(folder)
    found = until_idle(folder)
    assert (found.state, found.can) == ("paused", ("resume", "delete", "stop"))


def test_a_wish_of_before_is_passed_over_and_a_new_one_is_not(tmp_path) -> None:
    """Whoever goes on takes the last wish away, but not one that was made while it was taking hold of the run."""
    for earlier, kept in ((10.0, False), (-10.0, True)):
        presence = Presence(tmp_path)
        (tmp_path / STOP).write_text("stop\n")
        made = time.time() - earlier
        os.utime(tmp_path / STOP, (made, made))
        with presence:
            assert presence.asked is kept
