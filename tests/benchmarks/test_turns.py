"""Benchmarks: what is better, what counts in a round, and that a script runs from end to end."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

HOME = Path(__file__).parents[2]
sys.path.insert(0, str(HOME))

from benchmarks.__main__ import SCRIPTS  # noqa: E402
from benchmarks.machine import spread  # noqa: E402
from benchmarks.turns import summary, table  # noqa: E402


def test_a_ratio_is_how_many_times_as_good_ours_is_in_a_round() -> None:
    rounds = [
        {
            "mebuki": {"seconds": 2.0, "tokens_per_second": 30.0, "loss": 1.0},
            "it": {"seconds": 6.0, "tokens_per_second": 10.0},
        },
        {
            "mebuki": {"seconds": 4.0, "tokens_per_second": 10.0, "loss": 1.0},
            "it": {"seconds": 4.0, "tokens_per_second": 20.0},
        },
        {
            "mebuki": {"seconds": 1.0, "tokens_per_second": 20.0, "loss": 1.0},
            "it": {"seconds": 2.0, "tokens_per_second": 20.0},
        },
    ]
    found = summary(rounds, "mebuki")
    assert found["times_as_good_as"] == {
        "it": {
            "seconds": {"median": 2.0, "low": 1.0, "high": 3.0},
            "tokens_per_second": {"median": 1.0, "low": 0.5, "high": 3.0},
        }
    }
    assert found["medians"]["mebuki"] == {"seconds": 2.0, "tokens_per_second": 20.0, "loss": 1.0}


@pytest.mark.parametrize("kind", [("seconds", 2.0), ("tokens_per_second", 4.0)])
def test_of_several_ways_to_run_a_peer_the_best_of_each_round_counts(kind: tuple[str, float]) -> None:
    figure, best = kind
    rounds = [{"mebuki": {figure: 1.0}, "it/a": {figure: 4.0}, "it/b": {figure: 2.0}}] * 2
    assert summary(rounds, "mebuki")["medians"]["it"][figure] == best


def test_the_spread_is_the_middle_half() -> None:
    assert spread([9.0, 1.0, 3.0, 2.0, 5.0]) == {"median": 3.0, "low": 2.0, "high": 5.0}
    assert spread([2.0, 4.0]) == {"median": 3.0, "low": 2.0, "high": 4.0}


def test_every_script_is_listed() -> None:
    parts = {"__init__", "__main__", "machine", "turns", "ours", "nanogpt", "planted"}
    scripts = {path.stem for path in (HOME / "benchmarks").glob("*.py")} - parts
    assert scripts <= set(SCRIPTS)


@pytest.fixture(scope="module")
def told() -> dict[str, object]:
    command = [sys.executable, "-m", "benchmarks.startup", "--rounds", "2", "--sides", "python", "import mebuki"]
    done = subprocess.run(command, cwd=HOME, capture_output=True, text=True, check=True)
    return json.loads(done.stdout[: done.stdout.rindex("}") + 1])


def test_a_script_says_what_stands_beside_a_figure(told) -> None:
    assert {"command", "commit", "cpu", "python", "numpy", "date"} <= set(told)
    (case,) = told["cases"]
    assert len(case["rounds"]) == 2
    assert set(case["ready_seconds"]) == {"python", "import mebuki"}
    assert "| import mebuki |" in table(told["cases"])


def test_one_side_alone_answers_each_line_with_a_line() -> None:
    command = [sys.executable, "-m", "benchmarks.startup", "--side", "python"]
    done = subprocess.run(command, cwd=HOME, input="\n\n", capture_output=True, text=True, check=True)
    ready, *turns = map(json.loads, done.stdout.splitlines())
    assert list(ready) == ["ready"]
    assert [list(turn) for turn in turns] == [["seconds"]] * 2


def test_a_peer_that_is_not_there_is_left_out() -> None:
    command = [sys.executable, "-m", "benchmarks.numpy_lstm", "--rounds", "1", "--sides", "mebuki", "zero2"]
    command += ["--case", '{"shape": [1, 1, 2, 2]}', "--threads", "1"]
    done = subprocess.run(command, cwd=HOME, capture_output=True, text=True, check=True)
    assert "zero2 is left out: --peer was not given" in done.stderr
    assert '"mebuki"' in done.stdout
