"""Further seeds: what they say of the winner is true, trained once, and the same whoever is killed on the way."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import mebuki
from mebuki.recipes import Recipe
from mebuki.runs.tuning import tuning
from mebuki.runs.tuning_events import Opened, Repeated, Repeating, Seeded, Tried, Tuned, TuningEvent
from mebuki.runs.tuning_seeds import Seeds, lower_by

FROM_BELOW = ["learning_rate=0.0001,0.02", "hidden=4", "weight_decay=0", "warmup=1", "decay=0.6"]


@pytest.fixture
def slow(tiny: Callable[..., Recipe]) -> Recipe:
    """A bigram with a rate that is far too low: what is tried next is better, whatever the seed."""
    return tiny("bigram", hidden=4, steps=30, evaluate_every=15, learning_rate=1e-4, warmup=1, seed=5)


def events(recipe: Recipe, folder: Path, trials: int = 6, **how: Any) -> list[TuningEvent]:
    return list(tuning(recipe, folder, trials=trials, search=FROM_BELOW, **how))


def seeds_of(found: list[TuningEvent]) -> Any:
    assert isinstance(found[-1], Tuned)
    return found[-1].report["seeds"]


def taught(found: list[TuningEvent]) -> list[tuple[bool, int]]:
    return [(event.start, event.seed) for event in found if isinstance(event, Repeating)]


def losses(seeds: dict[str, Any]) -> list[tuple[int, float, float]]:
    """What depends on no clock."""
    return [(row["seed"], row["default"]["loss"], row["best"]["loss"]) for row in seeds["rows"]]


def test_the_winner_is_trained_again_and_its_gain_is_told(slow: Recipe, tmp_path: Path) -> None:
    found = events(slow, tmp_path / "a", seeds=2)
    assert taught(found) == [(True, 6), (False, 6), (True, 7), (False, 7)]
    assert [len(event.done) for event in found if isinstance(event, Repeated)] == [1, 2, 3, 4]
    told = seeds_of(found)
    report = json.loads((tmp_path / "a" / "report.json").read_text(encoding="utf-8"))
    assert report["seeds"] == told
    winner = Recipe.load(tmp_path / "a" / "recipe.toml")
    for row in told["rows"]:
        for name, recipe in (("default", slow), ("best", winner)):
            alone = mebuki.train(
                recipe.change(seed=row["seed"]), tmp_path / f"{name}{row['seed']}", watch=lambda event: None
            )
            lowest = min(line["loss"] for line in alone.metrics() if line["event"] == "evaluation")
            assert row[name]["loss"] == lowest
    gains = [row["default"]["loss"] - row["best"]["loss"] for row in told["rows"]]
    assert told["gain"]["mean"] == pytest.approx(sum(gains) / 2)
    assert told["gain"]["low"] < told["gain"]["mean"] < told["gain"]["high"]
    assert (told["gain"]["pairs"], told["gain"]["better"]) == (2, 2)
    assert (tmp_path / "a" / "seeds.svg").read_text(encoding="utf-8").count("<text") > 5
    assert not list((tmp_path / "a" / "seeds").glob("*/checkpoints"))
    assert len(list((tmp_path / "a" / "seeds").glob("*/metrics.jsonl"))) == 4


def test_nothing_is_trained_twice(slow: Recipe, tmp_path: Path) -> None:
    first = events(slow, tmp_path, seeds=1, trials=2)
    assert taught(first) == [(True, 6), (False, 6)]
    assert taught(events(slow, tmp_path, seeds=1, trials=2)) == []
    more = events(slow, tmp_path, seeds=2, trials=2)
    assert taught(more) == [(True, 7), (False, 7)]
    assert losses(seeds_of(more))[:1] == losses(seeds_of(first))
    again = events(slow, tmp_path, seeds=2, trials=9)
    old, new = (found[-1].report["best"]["number"] for found in (more, again) if isinstance(found[-1], Tuned))
    assert set(taught(again)) == (set() if old == new else {(False, 6), (False, 7)})
    assert {row["best"]["trial"] for row in seeds_of(again)["rows"]} == {new}


def test_where_nothing_was_better_there_is_nothing_to_ask(slow: Recipe, tmp_path: Path) -> None:
    found = events(slow, tmp_path, trials=1, seeds=3)
    assert taught(found) == []
    assert seeds_of(found) is None
    assert isinstance(found[0], Opened)
    assert found[0].seeds == 3


def test_one_that_was_stopped_is_done_again(slow: Recipe, tmp_path: Path) -> None:
    begun = tuning(slow, tmp_path / "a", trials=2, search=FROM_BELOW, seeds=2)
    for event in begun:
        if isinstance(event, Repeating) and event.place == 2:
            begun.close()
    rest = events(slow, tmp_path / "a", trials=2, seeds=2)
    assert taught(rest) == [(False, 6), (True, 7), (False, 7)] or taught(rest) == [(True, 7), (False, 7), (False, 6)]
    whole = events(slow, tmp_path / "b", trials=2, seeds=2)
    assert losses(seeds_of(rest)) == losses(seeds_of(whole))


def command(recipe: Recipe, folder: Path) -> list[str]:
    path = folder.with_suffix(".toml")
    recipe.save(path)
    asked = ["tune", str(path), "--trials", "2", "--seeds", "2", "--out", str(folder), "--json"]
    return [sys.executable, "-m", "mebuki", *asked, *(word for one in FROM_BELOW for word in ("--search", one))]


@pytest.mark.skipif(sys.platform == "win32", reason="no kill -9")
def test_one_that_was_killed_goes_on_as_if_it_had_not_been(slow: Recipe, tmp_path: Path) -> None:
    recipe = slow.change(steps=300, evaluate_every=100)
    with subprocess.Popen(command(recipe, tmp_path / "a"), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        seen = 0
        for line in process.stdout:
            event = json.loads(line)
            seen += event["event"] == "repeating"
            if seen == 2 and event["event"] == "trained" and event["what"]["event"] == "stepped":
                os.kill(process.pid, signal.SIGKILL)
                break
    rest = events(recipe, tmp_path / "a", trials=2, seeds=2)
    assert len(taught(rest)) == 3
    assert losses(seeds_of(rest)) == losses(seeds_of(events(recipe, tmp_path / "b", trials=2, seeds=2)))
    assert len(list((tmp_path / "a" / ".workers").glob("[!.]*"))) == 0


@pytest.mark.skipif(sys.platform == "win32", reason="no kill -9")
def test_what_a_killed_worker_was_at_is_done_by_another(slow: Recipe, tmp_path: Path) -> None:
    recipe = slow.change(steps=300, evaluate_every=100)
    with subprocess.Popen(command(recipe, tmp_path / "a"), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        for line in process.stdout:
            if json.loads(line)["event"] == "repeating":
                break
        os.kill(process.pid, signal.SIGSTOP)  # it is at it, and holds its lock
        found = []
        for event in tuning(recipe, tmp_path / "a", trials=2, search=FROM_BELOW, seeds=2):
            found.append(event)
            if isinstance(event, Repeating):
                process.kill()
    assert sorted(taught(found)) == [(False, 6), (False, 7), (True, 6), (True, 7)]
    assert seeds_of(found)["gain"]["pairs"] == 2


def test_several_workers_share_the_seeds(slow: Recipe, tmp_path: Path) -> None:
    words = command(slow.change(steps=300, evaluate_every=100), tmp_path / "a")
    printed = [tmp_path / "one.jsonl", tmp_path / "two.jsonl"]  # no pipes: each waits for the other
    with printed[0].open("w") as first, printed[1].open("w") as second:
        workers = [subprocess.Popen(words, stdout=out) for out in (first, second)]
        assert [worker.wait(timeout=300) for worker in workers] == [0, 0]
    rows = [json.loads(line) for path in printed for line in path.read_text(encoding="utf-8").splitlines()]
    assert sum(row["event"] == "repeated" for row in rows) == 4
    assert len({(row["trial"], row["seed"]) for row in rows if row["event"] == "repeating"}) == 4
    report = json.loads((tmp_path / "a" / "report.json").read_text(encoding="utf-8"))
    assert report["seeds"]["gain"]["pairs"] == 2


def test_a_pair_of_which_one_blew_up_stands_in_no_mean(slow: Recipe, tmp_path: Path, monkeypatch: Any) -> None:
    start, best = (Tried(number, "done", 3.0, {}, start=number == 0) for number in (0, 4))
    seeds = Seeds(slow, tmp_path, None, None, start, best, 3)  # pyright: ignore[reportArgumentType]
    done = [Seeded(0, 6, 3.2, 1.0), Seeded(4, 6, None, 1.0), Seeded(0, 7, 3.1, 1.0), Seeded(4, 7, 3.3, 1.0)]
    monkeypatch.setattr(seeds, "done", lambda: [*done, Seeded(0, 8, 3.1, 1.0)])
    told = seeds.report()
    assert told
    assert len(told["rows"]) == 3
    assert (told["gain"]["pairs"], told["gain"]["better"], told["gain"]["low"]) == (1, 0, None)
    assert lower_by(told["gain"]) == "higher by 0.200"
    monkeypatch.setattr(seeds, "done", lambda: done[:2])
    assert (seeds.report() or {})["gain"] is None
