"""Tuning: the same seed looks in the same places, whoever is killed on the way, and a study ends with as many trials as were asked."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mebuki.errors import RecipeError, RunError
from mebuki.recipes import Recipe, named
from mebuki.runs import tuning as tuning_module
from mebuki.runs.events import Stepped
from mebuki.runs.parameter_count import parameter_count
from mebuki.runs.run import Run
from mebuki.runs.tuning import tune, tuning
from mebuki.runs.tuning_events import Ended, Opened, Trained, Tried, Tuned
from mebuki.runs.tuning_space import Between, default_space, narrowed, setting, within

KINDS = ("bigram", "rnn", "lstm", "gru", "transformer")
Small = Callable[..., Recipe]


@pytest.fixture
def small(tiny: Callable[..., Recipe]) -> Small:
    """A bigram of some steps."""
    return lambda **changes: tiny("bigram", **{"steps": 6, "evaluate_every": 2, **changes})


def tried(recipe: Recipe, folder: Path, trials: int, **how: Any) -> list[Tried]:
    """All trials, as the report has them."""
    last = list(tuning(recipe, folder, trials=trials, **{"seeds": 0, **how}))[-1]
    assert isinstance(last, Tuned)
    assert (last.why, last.waiting) == ("done", 0)
    return [Tried(**{key: row[key] for key in Tried.__dataclass_fields__}) for row in last.report["trials"]]


def what(trials: list[Tried]) -> list[tuple[str, float | None, dict[str, Any]]]:
    """What does not depend on clocks and numbers."""
    return [(trial.state, trial.loss, trial.settings) for trial in trials]


# Where it looks.


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("length", [{"steps": 100}, {"minutes": 1}])
def test_the_recipes_own_settings_lie_within_the_space(kind: str, length: dict[str, Any]) -> None:
    recipe = named(kind, "my.txt", **length)
    space = default_space(recipe)
    assert {name: search.nearest(setting(recipe, name)) for name, search in space.items()} == {
        name: setting(recipe, name) for name in space
    }
    for name, search in space.items():
        for end in search.ends():
            recipe.change(**{name: end})


@pytest.mark.parametrize("kind", KINDS)
def test_a_large_model_is_narrowed_into_the_budget(kind: str) -> None:
    recipe = named(kind, "my.txt")
    space = default_space(recipe)
    budget = parameter_count(kind, recipe.shape, 80)
    sizes = {name: space[name].ends()[-1] for name in ("width", "layers", "hidden") if name in space}
    fitting = within(recipe.change(**sizes), budget, 80, space)
    assert 0.5 * budget < parameter_count(kind, fitting.shape, 80) <= budget
    assert within(recipe, budget, 80, space) == recipe


def test_whole_numbers_stay_on_their_grid() -> None:
    assert [Between(8, 32, 12).nearest(value) for value in (1, 13, 15, 99)] == [8, 8, 20, 32]


@pytest.mark.parametrize(
    ("asked", "word"),
    [
        ("dropout", "name=low..high"),
        ("droput=0..1", "dropout"),
        ("steps=5..9", "setting 'steps' is unknown"),
        ("dropout=0.3..0.1", "a lower number"),
        ("dropout=0..2", "0.95"),
        ("layers=one", "a whole number"),
        ("width=65..66", "divides into heads"),
    ],
)
def test_a_search_that_cannot_be_is_told(asked: str, word: str) -> None:
    with pytest.raises(RecipeError, match=word):
        narrowed(named("transformer", "my.txt"), [asked])


# What it does.


def test_one_seed_looks_in_the_same_places(small: Small, tmp_path: Path) -> None:
    first = tried(small(steps=2), tmp_path / "a", 12, pruner="none")
    assert what(first) == what(tried(small(steps=2), tmp_path / "b", 12, pruner="none"))
    other = tried(small(steps=2, seed=1), tmp_path / "c", 3)
    assert first[0].settings == other[0].settings  # the recipe's own
    assert first[1].settings != other[1].settings


def test_the_report_the_winner_and_the_pictures(small: Small, tmp_path: Path) -> None:
    recipe = small()
    events = list(tuning(recipe, tmp_path, trials=5, search=["hidden=4..8"], pruner="none", seeds=0))
    ends = [event for event in events if isinstance(event, Ended)]
    assert isinstance(events[0], Opened)
    assert [event.ended for event in ends] == [1, 2, 3, 4, 5]
    assert ends[0].trial.start
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    best = min(ends, key=lambda event: event.trial.loss or 0).trial
    assert report["best"]["number"] == best.number
    assert report["default"]["number"] == 0
    assert sum(report["importance"].values()) == pytest.approx(1)
    assert list(report["best"]["curve"]) == ["33", "67", "100"]
    winner = Recipe.load(tmp_path / "recipe.toml")
    assert winner == recipe.change(**best.settings)
    for name in ("history", "settings", "importance"):
        assert (tmp_path / f"{name}.svg").read_text(encoding="utf-8").count("<text") > 3
    whole = [path.parent.name for path in (tmp_path / "trials").glob("*/checkpoints")]
    assert whole == [f"{best.number:04d}"]  # of the others what they measured is left
    assert Run(tmp_path / "trials" / whole[0]).perplexity == pytest.approx(report["best"]["perplexity"])
    assert tune(recipe, tmp_path, trials=5, search=["hidden=4..8"], seeds=0) == winner


def test_hopeless_trials_are_given_up(small: Small, tmp_path: Path) -> None:
    found = tried(small(steps=10, evaluate_every=1), tmp_path, 8, search=["learning_rate=0.005,0.000000001"])
    slow = [trial.state for trial in found[4:] if trial.settings["learning_rate"] < 1e-3]
    assert "pruned" in slow
    assert {trial.state for trial in found if trial.settings["learning_rate"] > 1e-3} >= {"done"}


def test_settings_that_do_not_fit_fail_alone(tiny: Callable[..., Recipe], tmp_path: Path) -> None:
    recipe = tiny("transformer", steps=2, evaluate_every=0)
    found = tried(recipe, tmp_path, 5, search=["heads=2,3", "width=16", "layers=1"])
    assert {trial.state for trial in found if trial.settings.get("heads") == 2} <= {"done", "pruned"}
    failed = [trial for trial in found if trial.state == "failed"]
    assert failed
    assert "does not divide" in failed[0].error


def test_a_training_that_blows_up_is_given_up(small: Small, tmp_path: Path) -> None:
    recipe = small(steps=40, evaluate_every=10, clip=0.0)
    found = tried(recipe, tmp_path, 5, search=["learning_rate=0.005,95"], pruner="none")
    assert ("pruned", None) in {(trial.state, trial.loss) for trial in found if trial.settings["learning_rate"] == 95}
    assert {trial.state for trial in found} == {"done", "pruned"}


# Who stops, is killed, or works beside others.


def test_a_trial_that_was_stopped_is_done_again(small: Small, tmp_path: Path) -> None:
    events = tuning(small(), tmp_path / "a", trials=4)
    steps = (event for event in events if isinstance(event, Trained) and isinstance(event.event, Stepped))
    next(steps)  # of the recipe's own settings
    events.close()
    assert what(tried(small(), tmp_path / "a", 4)) == what(tried(small(), tmp_path / "b", 4))


def command(recipe: Recipe, folder: Path, trials: int, seeds: int = 0) -> list[str]:
    path = folder.with_suffix(".toml")
    recipe.save(path)
    asked = ["tune", str(path), "--trials", str(trials), "--seeds", str(seeds), "--out", str(folder), "--json"]
    return [sys.executable, "-m", "mebuki", *asked]


def ended(process: subprocess.Popen[str]) -> Iterator[dict[str, Any]]:
    assert process.stdout
    for line in process.stdout:
        yield json.loads(line)


@pytest.mark.skipif(sys.platform == "win32", reason="no kill -9")
def test_one_that_was_killed_goes_on_as_if_it_had_not_been(small: Small, tmp_path: Path) -> None:
    recipe = small(steps=100, evaluate_every=25)
    with subprocess.Popen(command(recipe, tmp_path / "a", 4), stdout=subprocess.PIPE, text=True) as process:
        seen = 0
        for event in ended(process):
            seen += event["event"] == "ended"
            if seen == 1 and event["event"] == "trained" and event["what"]["event"] == "stepped":
                os.kill(process.pid, signal.SIGKILL)
                break
    journal = tmp_path / "a" / "journal.log"
    with journal.open("ab") as file:
        file.write(b'{"op_code": 4, "half')  # as the power may leave it
    found = tried(recipe, tmp_path / "a", 4)
    assert len(found) == 4
    assert what(found) == what(tried(recipe, tmp_path / "b", 4))
    assert len(list((tmp_path / "a" / ".workers").glob("[!.]*"))) == 0


def test_several_workers_share_the_trials(small: Small, tmp_path: Path) -> None:
    recipe, how = small(steps=30, evaluate_every=10), {"stdout": subprocess.PIPE, "text": True}
    with (
        subprocess.Popen(command(recipe, tmp_path / "a", 5), **how) as one,
        subprocess.Popen(command(recipe, tmp_path / "a", 5), **how) as two,
    ):
        counts = [sum(event["event"] == "ended" for event in ended(process)) for process in (one, two)]
    assert (one.returncode, two.returncode) == (0, 0)
    assert sum(counts) == 5
    found = tried(recipe, tmp_path / "a", 5)
    assert len({json.dumps(trial.settings) for trial in found}) == 5


def test_a_database_keeps_a_study_for_workers_elsewhere(small: Small, tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path / 'study.db'}"
    first = tried(small(), tmp_path / "here", 2, storage=address, name="ours")
    both = tried(small(), tmp_path / "there", 4, storage=address, name="ours")
    assert what(both[:2]) == what(first)
    assert len(both) == 4
    assert not (tmp_path / "here" / "journal.log").exists()
    with pytest.raises(RunError, match="of another recipe and search"):
        list(tuning(small(learning_rate=0.01), tmp_path / "there", trials=4, storage=address, name="ours"))


@pytest.mark.parametrize("address", ["nowhere", "unknown://x", "sqlite:////no/such/folder/x.db"])
def test_a_storage_that_cannot_be_opened_is_told(address: str, small: Small, tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"cannot be opened"):
        list(tuning(small(), tmp_path, trials=1, storage=address))


def test_without_optuna_it_says_what_to_install(small: Small, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(tuning_module, "find_spec", lambda name: None)
    with pytest.raises(RecipeError, match=r"mebuki\[tune\]"):
        list(tuning(small(), tmp_path, trials=1))


def test_a_text_that_is_too_short_ends_it_at_once(small: Small, tmp_path: Path) -> None:
    recipe = small()
    short = tmp_path / "short.txt"
    short.write_text("ab\n", encoding="utf-8")
    with pytest.raises(Exception, match="token"):
        list(tuning(replace(recipe, text=replace(recipe.text, sources=(str(short),))), tmp_path / "a", trials=3))
    assert not list((tmp_path / "a" / "trials").glob("*"))
