"""What is said before a run: the steps it will take, a loss that more steps only lower, and no run written."""

from __future__ import annotations

import json
import math
import os
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

import mebuki
from mebuki.errors import TextError
from mebuki.evaluation.baselines import Baselines
from mebuki.runs.estimate import Known, estimate, know, reaching
from mebuki.runs.events import Evaluated, Stepped
from mebuki.runs.expected import LAWS, Facts, expected
from mebuki.runs.pace import Pace, measure, steps_and_evaluations
from mebuki.shapes import SHAPES

ROWS = Path(__file__).parents[2] / "benchmarks" / "results" / "quality.jsonl"
FACTS = Facts("transformer", 800_000, 500_000, 1_000_000, unigram=3.1, pairs=2.4, sequences=1.5)
PACE = Pace(9_000, {}, 32, 9, ready=0.5, first=0.25, step=0.01, quick=0.008, slow=0.02, evaluation=0.1)


@pytest.fixture(scope="module")
def known(tiny) -> Known:
    return know(tiny("rnn"))


# How long.


@pytest.mark.parametrize("changes", [{"steps": 25}, {"steps": 7}, {"steps": 12, "evaluate_every": 5}], ids=str)
def test_it_counts_the_steps_and_evaluations_that_a_run_has(changes: dict[str, int], tiny, tmp_path) -> None:
    recipe = tiny(
        "rnn", evaluate_every=changes.get("evaluate_every", 0), **{k: v for k, v in changes.items() if k == "steps"}
    )
    events: list[object] = []
    mebuki.train(recipe, tmp_path / "run", watch=events.append)
    counted = [sum(isinstance(event, kind) for event in events) for kind in (Stepped, Evaluated)]
    assert list(steps_and_evaluations(recipe, PACE)) == counted


@pytest.mark.parametrize("every", [0, 100])
def test_steps_of_a_limit_in_minutes_fit_into_it(every: int, tiny) -> None:
    steps, evaluations = steps_and_evaluations(tiny("rnn", minutes=1.0, evaluate_every=every), PACE)
    assert steps * PACE.step + evaluations * PACE.evaluation + PACE.first == pytest.approx(60, rel=0.02)


def test_the_time_is_made_of_its_parts(tiny, known) -> None:
    found = estimate(tiny("rnn", steps=1000, evaluate_every=100), known, PACE)
    assert found.seconds == pytest.approx(known.seconds + 0.5 + 0.25 + 1000 * 0.01 + 10 * 0.1)
    assert found.slow - found.seconds == pytest.approx(1000 * 0.01)
    assert (found.tokens, found.epochs) == (32_000, pytest.approx(32_000 / len(known.corpus.train)))


@pytest.mark.parametrize("engine", ["torch", "scratch"])
def test_the_run_that_was_measured_is_the_one_that_is_trained(engine: str, tiny, tmp_path) -> None:
    recipe = tiny("rnn", engine=engine, steps=3, width=64, context=32)
    found = estimate(recipe, seconds=0.05)
    mebuki.train(recipe, tmp_path / "run", watch=lambda event: None)
    assert found.pace.parameters == mebuki.open_run(tmp_path / "run").info["parameters"]


@pytest.mark.soak
@pytest.mark.parametrize("engine", ["torch", "scratch"])
def test_a_run_takes_about_as_long_as_was_said(engine: str, tiny, tmp_path) -> None:
    """Within a factor of five, on a machine that does little else."""
    recipe = tiny("rnn", engine=engine, steps=300, width=64, context=32, evaluate_every=100)
    found = estimate(recipe, seconds=0.2)
    spent: list[float] = []
    mebuki.train(recipe, tmp_path / "run", watch=lambda event: spent.append(getattr(event, "seconds", 0.0)))
    assert isinstance(spent[-1], float)
    assert 0.2 < (300 * found.pace.step + 3 * found.pace.evaluation + found.pace.first) / spent[-1] < 5


def test_nothing_is_written(tiny, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    estimate(tiny("gru"), seconds=0)
    assert os.listdir() == []


def test_a_text_too_short_is_refused_as_training_refuses_it(tiny, known) -> None:
    with pytest.raises(TextError, match="one window needs"):
        measure(tiny("rnn", context=60_000), known.corpus)


# How good.


@pytest.mark.parametrize("model", SHAPES)
def test_more_steps_never_make_it_worse(model: str) -> None:
    facts = replace(FACTS, model=model)
    by_tokens = [expected(replace(facts, tokens=10**n)).loss for n in range(3, 9)]
    assert by_tokens == sorted(by_tokens, reverse=True)


@pytest.mark.parametrize("model", SHAPES)
def test_it_lies_in_its_range_and_begins_at_the_unigram(model: str) -> None:
    for tokens in (10, 10**5, 10**9):
        found = expected(replace(FACTS, model=model, tokens=tokens))
        assert 0 <= found.low < found.loss < found.high
        assert found.loss <= FACTS.unigram
        assert found.to_dict()["perplexity_low"] == pytest.approx(math.exp(found.low))
    assert expected(replace(FACTS, model=model, tokens=1)).loss == FACTS.unigram


def test_a_bigram_does_not_pass_the_counted_pairs() -> None:
    assert expected(replace(FACTS, model="bigram", tokens=10**10)).loss >= FACTS.pairs


def test_far_from_what_was_measured_the_range_is_wider() -> None:
    near, large, long = (expected(replace(FACTS, **far)) for far in ({}, {"parameters": 10**9}, {"text": 10**9}))
    assert (near.measured, large.measured, long.measured) == (True, False, False)
    for far in (large, long):
        assert far.high - far.low == pytest.approx(2 * (near.high - near.low))


def test_the_law_fits_the_runs_that_it_came_from() -> None:
    rows = [json.loads(line) for line in ROWS.read_text(encoding="utf-8").splitlines()]
    names = {"parameters": "parameters", "text": "length", "tokens": "tokens", "unigram": "unigram"}
    names |= {"pairs": "pairs", "sequences": "sequences", "model": "model"}
    within = 0
    for row in rows:
        found = expected(Facts(**{name: row[column] for name, column in names.items()}))
        within += found.low <= row["loss"] <= found.high
    assert {row["model"] for row in rows} == set(LAWS) == set(SHAPES)
    assert within / len(rows) >= 0.8


def test_learning_by_heart_is_foretold(tiny, known) -> None:
    often, once = (estimate(tiny("rnn", steps=steps), known, PACE).warnings for steps in (200_000, 100))
    assert any("by heart" in warning for warning in often)
    assert not any("by heart" in warning for warning in once)
    assert not any("by heart" in w for w in estimate(tiny("bigram", steps=200_000), known, PACE).warnings)


# How long until.


def test_the_shortest_run_that_reaches_a_loss(tiny) -> None:
    recipe, corpus = tiny("rnn"), cast("Any", SimpleNamespace(train=range(500_000)))
    novel = Known(corpus, Baselines(4.4, 3.1, 2.4), pairs=2.4, sequences=1.5, seconds=1.0)
    pace = replace(PACE, parameters=300_000, tokens=2048)
    found = reaching(1.7, recipe, novel, pace)
    assert found is not None
    assert found.expected.loss <= 1.7
    assert estimate(recipe.change(steps=found.steps * 97 // 100 - 1), novel, pace).expected.loss > 1.7
    assert reaching(0.0, recipe, novel, pace) is None
