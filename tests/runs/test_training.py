"""`train`: what a run's folder holds, and that going on equals never stopping, bit for bit."""

from __future__ import annotations

import json
import math
import shutil
import signal
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from stories import story

import mebuki
from mebuki.errors import MebukiError, RecipeError, RunError, StorageError, TextError
from mebuki.runs.events import Evaluated, Evaluating, Event, Finished, Prepared, Sampled, Saved, Started, Stepped
from mebuki.runs.training import training
from mebuki.text import TextSettings

KINDS = ("bigram", "rnn", "lstm", "gru", "transformer")
Tiny = Callable[..., mebuki.Recipe]


def quiet(event: Event) -> None:
    pass


def go_on(folder: Path, **changes: Any) -> mebuki.Run:
    return mebuki.train(None, folder, resume=True, watch=quiet, **changes)


@pytest.mark.parametrize("kind", KINDS)
def test_a_run_is_a_folder_that_anyone_can_read(kind: str, runs, book) -> None:
    """Recipe, facts, tokenizer, metrics, samples, corpus and checkpoints; plain formats, never a pickle."""
    folder = runs(kind).folder
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} - {
        ".lock",
        ".now.json",
    }
    best = runs(kind).checkpoint("best").name
    steps = sorted({"step-000008", "step-000012", best})
    parts = ("model.safetensors", "training.safetensors", "state.json")
    assert files == {
        *("recipe.toml", "run.json", "tokenizer.json", "metrics.jsonl", "samples.jsonl"),
        *(f"corpus/{name}" for name in ("corpus.json", "tokenizer.json", "train.bin", "validation.bin")),
        *(f"checkpoints/{step}/{part}" for step in steps for part in parts),
    }
    assert tomllib.loads((folder / "recipe.toml").read_text(encoding="utf-8"))["model"]["kind"] == kind
    info = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    assert info["parameters"] == runs(kind).model().parameter_count
    assert info["baselines"]["uniform"] > info["baselines"]["unigram"] > 0
    for name in ("metrics", "samples"):
        lines = (folder / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
        assert all(json.loads(line)["event"] for line in lines)
    assert [row["step"] for row in runs(kind).metrics() if row["event"] == "train"] == list(range(1, 13))
    assert [row["step"] for row in runs(kind).metrics() if row["event"] == "evaluation"] == [4, 8, 12]
    assert [row["step"] for row in runs(kind).samples()] == [0, 4, 8, 12]
    assert all(row["text"] for row in runs(kind).samples())


@pytest.mark.parametrize("kind", KINDS)
def test_it_learns(kind: str, runs) -> None:
    rows = [row["loss"] for row in runs(kind).metrics() if row["event"] == "train"]
    assert rows[-1] < rows[0]
    assert runs(kind).perplexity == pytest.approx(
        math.exp(min(row["loss"] for row in runs(kind).metrics() if row["event"] == "evaluation"))
    )


def test_events_tell_what_happens(tiny: Tiny, tmp_path) -> None:
    """Each step; and after every fourth, how well it does, what it writes, and that it is saved."""
    events = list(training(tiny("gru"), tmp_path / "run"))
    names = [type(event).__name__ for event in events if not isinstance(event, Prepared)]
    look = ["Evaluating", "Evaluated", "Sampled", "Saved"]
    assert names == ["Started", "Sampled", *(["Stepped"] * 4 + look) * 3, "Finished"]
    assert [event.step for event in events if isinstance(event, Stepped)] == list(range(1, 13))
    assert [event.name for event in events if isinstance(event, Saved)] == [f"step-{n:06d}" for n in (4, 8, 12)]
    assert isinstance(events[-1], Finished)
    assert events[-1].why == "done"
    shares = [event.share for event in events if isinstance(event, Stepped)]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    started = next(event for event in events if isinstance(event, Started))
    assert started.warnings == ()


def test_the_same_recipe_gives_the_same_run(runs, tiny: Tiny, tmp_path) -> None:
    mebuki.train(tiny("lstm"), tmp_path / "again", watch=quiet)
    mebuki.train(tiny("lstm", seed=1), tmp_path / "other", watch=quiet)
    assert story(tmp_path / "again") == story(runs("lstm").folder)
    assert story(tmp_path / "other")["tensors"] != story(runs("lstm").folder)["tensors"]


def stop_at(recipe: mebuki.Recipe | None, folder: Path, kind: type[Event], step: int, **how: Any) -> None:
    """Train, and close the iterator right after an event."""
    events = training(recipe, folder, **how)
    for event in events:
        if isinstance(event, kind) and event.step == step:
            events.close()
            return
    raise AssertionError("it never came")


@pytest.mark.parametrize("kind", KINDS)
def test_closing_and_going_on_equals_never_stopping(kind: str, runs, tiny: Tiny, tmp_path) -> None:
    stop_at(tiny(kind), tmp_path / "run", Stepped, 6)
    run = mebuki.open_run(tmp_path / "run")
    assert run.checkpoint("last").state.step == 6
    assert run.metrics()[-1]["why"] == "stopped"
    assert "".join(run.generate("The", tokens=5, seed=1))
    go_on(tmp_path / "run")
    assert story(tmp_path / "run") == story(runs(kind).folder)


MOMENTS = [
    *((Started, 0), (Sampled, 0), (Stepped, 1), (Stepped, 4), (Evaluating, 4), (Evaluated, 4), (Sampled, 8)),
    *((Saved, 8), (Stepped, 12), (Evaluating, 12), (Evaluated, 12), (Sampled, 12), (Saved, 12)),
]


@pytest.mark.parametrize(("event", "step"), MOMENTS, ids=[f"{event.__name__}{step}" for event, step in MOMENTS])
def test_any_moment_is_a_moment_to_stop(event: type[Event], step: int, runs, tiny: Tiny, tmp_path) -> None:
    """What the last step still owed, an evaluation or a sample, is done when training goes on."""
    stop_at(tiny("bigram"), tmp_path / "run", event, step)
    go_on(tmp_path / "run")
    assert story(tmp_path / "run") == story(runs("bigram").folder)


def test_stopping_after_every_step_changes_nothing(tiny: Tiny, runs, tmp_path) -> None:
    stop_at(tiny("gru"), tmp_path / "run", Stepped, 1)
    for step in range(2, 13):
        stop_at(None, tmp_path / "run", Stepped, step, resume=True)
    go_on(tmp_path / "run")
    assert story(tmp_path / "run") == story(runs("gru").folder)


@pytest.mark.parametrize("kind", ["lstm", "transformer"])
def test_everything_at_once_goes_on_bit_for_bit(kind: str, tiny: Tiny, tmp_path) -> None:
    """Muon, averaged weights, dropout, accumulation, clipping, and checkpoints by the clock."""
    changes: dict[str, Any] = {"optimizer": "muon", "ema": 0.9, "dropout": 0.2, "accumulation": 2, "clip": 0.1}
    recipe = tiny(kind, **changes, weight_decay=0.1, save_seconds=0.0)
    mebuki.train(recipe, tmp_path / "whole", watch=quiet)
    stop_at(recipe, tmp_path / "run", Stepped, 3)
    stop_at(None, tmp_path / "run", Evaluated, 8, resume=True)
    go_on(tmp_path / "run")
    assert story(tmp_path / "run") == story(tmp_path / "whole")


def test_means_over_several_steps_do_not_lose_any(tiny: Tiny, tmp_path) -> None:
    """A long run writes every second loss as a mean; stopping in between gives the same means."""
    recipe = tiny("bigram", steps=1000, evaluate_every=1000, batch=1, context=2, sample_tokens=0, hidden=2)
    mebuki.train(recipe, tmp_path / "whole", watch=quiet)
    stop_at(recipe, tmp_path / "run", Stepped, 501)
    go_on(tmp_path / "run")
    assert story(tmp_path / "run") == story(tmp_path / "whole")
    assert [row["step"] for row in story(tmp_path / "run")["metrics"]][:3] == [2, 4, 6]


@pytest.mark.parametrize(("kind", "step"), [(Stepped, 6), (Evaluating, 8), (Stepped, 12)])
def test_ctrl_c_keeps_everything(kind: type[Event], step: int, runs, tiny: Tiny, tmp_path) -> None:
    """It ends after the step, or in the middle of an evaluation; going on equals never stopping."""
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    seen: list[Event] = []

    def watch(event: Event) -> None:
        seen.append(event)
        if isinstance(event, kind) and event.step == step:
            signal.raise_signal(signal.SIGINT)

    mebuki.train(tiny("gru"), tmp_path / "run", watch=watch)
    assert isinstance(seen[-1], Finished)
    assert (seen[-1].why, seen[-1].step) == ("stopped", step)
    assert isinstance(seen[-2], Saved)
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before
    go_on(tmp_path / "run")
    assert story(tmp_path / "run") == story(runs("gru").folder)


def test_a_second_ctrl_c_stops_at_once(runs, tiny: Tiny, tmp_path) -> None:
    def watch(event: Event) -> None:
        if isinstance(event, Stepped) and event.step == 6:
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        mebuki.train(tiny("gru"), tmp_path / "run", watch=watch)
    go_on(tmp_path / "run")
    assert story(tmp_path / "run") == story(runs("gru").folder)


def test_a_torn_last_line_does_not_hinder(runs, tiny: Tiny, tmp_path) -> None:
    stop_at(tiny("gru"), tmp_path / "run", Stepped, 6)
    for name in ("metrics", "samples"):
        with (tmp_path / "run" / f"{name}.jsonl").open("ab") as file:
            file.write('{"event": "train", "step": 7, "lo雨'.encode()[:-1])
    go_on(tmp_path / "run")
    assert story(tmp_path / "run") == story(runs("gru").folder)


def test_a_run_that_is_done_stays_as_it_is(runs, tiny: Tiny, tmp_path) -> None:
    mebuki.train(tiny("gru"), tmp_path / "run", watch=quiet)
    before = story(tmp_path / "run")
    for _ in range(2):
        go_on(tmp_path / "run")
    assert story(tmp_path / "run") == before
    assert [row["event"] for row in mebuki.open_run(tmp_path / "run").metrics()].count("end") == 1


def test_a_run_that_is_done_may_be_made_longer(tiny: Tiny, tmp_path) -> None:
    """It then has the new length: stopping and going on without saying it again ends there."""
    folder = tmp_path / "run"
    mebuki.train(tiny("gru"), folder, watch=quiet)
    stop_at(None, folder, Stepped, 14, resume=True, steps=16)
    run = go_on(folder)
    assert run.checkpoint("last").state.step == 16
    assert run.recipe.training.steps == 16
    assert [row["step"] for row in run.metrics() if row["event"] == "train"] == list(range(1, 17))


def test_a_run_stands_on_its_own(tiny: Tiny, runs, text: str, tmp_path) -> None:
    """Moved elsewhere, its source text deleted, it can be used and goes on."""
    source = tmp_path / "source.txt"
    source.write_text(text, encoding="utf-8", newline="\n")
    stop_at(tiny("gru", source), tmp_path / "run", Stepped, 6)
    source.unlink()
    (tmp_path / "else where").mkdir()
    moved = tmp_path / "else where" / "走る"
    shutil.move(tmp_path / "run", moved)
    run = mebuki.open_run(moved)
    assert "".join(run.generate("The", tokens=5))
    assert run.evaluate().perplexity > 1
    go_on(moved)
    assert story(moved) == story(runs("gru").folder)


def test_patience_ends_a_training_that_gets_no_better(tiny: Tiny, tmp_path) -> None:
    recipe = tiny("bigram", learning_rate=50.0, steps=500, evaluate_every=1, patience=3, sample_tokens=0, decay=0.0)
    events = list(training(recipe, tmp_path / "run"))
    assert isinstance(events[-1], Finished)
    assert events[-1].why == "patience"
    found = [event for event in events if isinstance(event, Evaluated)]
    best = min(found, key=lambda event: event.loss)
    assert [event.best for event in found[-4:]] == [True, False, False, False]
    assert best.step == events[-1].step - 3
    assert mebuki.open_run(tmp_path / "run").checkpoint("best").state.step == best.step


def test_minutes_end_in_time(tiny: Tiny, tmp_path) -> None:
    """Two seconds and a half, evaluations included; the rate has fallen by then."""
    recipe = tiny("gru", minutes=2.5 / 60, evaluate_every=0, save_seconds=60.0)
    events = list(training(recipe, tmp_path / "run"))
    last = events[-1]
    assert isinstance(last, Finished)
    assert last.why == "done"
    assert 0.6 * 2.5 < last.seconds < 2.5 + 1.5  # a busy machine is forgiven a little
    steps = [event for event in events if isinstance(event, Stepped)]
    assert steps[-1].rate < 0.3
    assert steps[-1].total is not None
    evaluations = [event for event in events if isinstance(event, Evaluated)]
    assert 3 <= len(evaluations) <= 12
    assert evaluations[-1].step == last.step


def test_the_time_that_was_spent_counts_when_training_goes_on(tiny: Tiny, tmp_path) -> None:
    recipe = tiny("gru", minutes=20.0, sample_tokens=0)
    stop_at(recipe, tmp_path / "run", Stepped, 3)
    path = tmp_path / "run" / "checkpoints" / "step-000003" / "state.json"
    state = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps({**state, "seconds": 500.0, "beside": 700.0}), "utf-8")
    events: list[Event] = []
    for event in training(None, tmp_path / "run", resume=True):
        assert not isinstance(event, Stepped), "it went on although its time was over"
        events.append(event)
    assert isinstance(events[-1], Finished)
    assert (events[-1].step, events[-1].why) == (3, "done")
    assert events[-1].seconds >= 1200
    assert mebuki.open_run(tmp_path / "run").perplexity is not None


@pytest.mark.parametrize("kind", ["bigram", "transformer"])
def test_averaged_weights_are_those_that_are_kept(kind: str, tiny: Tiny, tmp_path) -> None:
    """Evaluations, samples and checkpoints use them; training itself goes on with the raw ones."""
    run = mebuki.train(tiny(kind, ema=0.99), tmp_path / "run", watch=quiet)
    last = run.checkpoint("last")
    weights, training = last.weights(), last.training()
    raw = {name.removeprefix("raw."): tensor for name, tensor in training.items() if name.startswith("raw.")}
    assert raw.keys() == weights.keys()
    assert any(not np.array_equal(raw[name], weights[name]) for name in raw)
    assert run.evaluate(checkpoint="last").loss == pytest.approx(last.state.loss, abs=1e-6)


def test_two_processes_cannot_train_one_run(tiny: Tiny, tmp_path) -> None:
    """The second one is refused and changes nothing; afterwards the run is free."""
    folder = tmp_path / "run"
    events = training(tiny("gru"), folder)
    assert any(isinstance(event, Stepped) for event in events)
    before = (folder / "recipe.toml").read_bytes(), (folder / "metrics.jsonl").read_bytes()
    with pytest.raises(RunError, match="another process is training"):
        go_on(folder, steps=99)
    assert before == ((folder / "recipe.toml").read_bytes(), (folder / "metrics.jsonl").read_bytes())
    events.close()
    assert go_on(folder).checkpoint("last").state.step == 12


def test_a_run_is_never_overwritten(runs, tiny: Tiny) -> None:
    before = story(runs("gru").folder)
    with pytest.raises(RunError, match=r"holds a run already(.|\n)*--resume"):
        mebuki.train(tiny("gru"), runs("gru").folder, watch=quiet)
    assert story(runs("gru").folder) == before


def test_a_folder_of_other_things_is_left_alone(tiny: Tiny, tmp_path) -> None:
    (tmp_path / "photo.jpg").write_bytes(b"cat")
    with pytest.raises(StorageError, match="exists already"):
        mebuki.train(tiny("gru"), tmp_path, watch=quiet)
    assert [path.name for path in tmp_path.iterdir()] == ["photo.jpg"]


def put(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "changes", "words"),
    [
        ("abc", {}, "one window needs 9|leaves nothing"),
        ("Rain. " * 3, {"context": 20}, "the text to learn from has 16 tokens, one window needs 21"),
        ("Rain. " * 5, {"split_at": 29}, "validation"),
        ("", {}, "empty"),
    ],
)
@pytest.mark.parametrize("kind", ["bigram", "transformer"])
def test_a_text_too_short_leaves_nothing_behind(
    kind: str, text: str, changes: dict[str, Any], words: str, tiny: Tiny, tmp_path
) -> None:
    source = put(tmp_path / "short.txt", text)
    with pytest.raises(TextError, match=words):
        mebuki.train(tiny(kind, source, **changes), tmp_path / "run", watch=quiet)
    assert [path.name for path in tmp_path.iterdir()] == ["short.txt"]


def test_the_shortest_text_that_can_be_learned(tiny: Tiny, tmp_path) -> None:
    source = put(tmp_path / "short.txt", "Rain again")
    run = mebuki.train(tiny("gru", source, context=7, split_at=8), tmp_path / "run", watch=quiet)
    assert run.perplexity > 1


@pytest.mark.parametrize(
    ("recipe", "how", "error", "words"),
    [
        (None, {}, RunError, "no recipe was given"),
        (None, {"resume": True}, RunError, "there is no run"),
        (None, {"resume": True, "steps": 5}, RunError, "there is no run"),
        ("gru", {"stpes": 5}, RecipeError, "'stpes' is unknown"),
        ("no text", {}, RunError, "names no text"),
    ],
)
def test_mistakes_are_told_before_anything_is_written(
    recipe: str | None, how: dict[str, Any], error: type[MebukiError], words: str, tiny: Tiny, tmp_path
) -> None:
    given = None if recipe is None else tiny("gru", TextSettings()) if recipe == "no text" else tiny(recipe)
    with pytest.raises(error, match=words):
        mebuki.train(given, tmp_path / "run", watch=quiet, **how)
    assert list(tmp_path.iterdir()) == []


def test_only_the_length_may_change_when_a_run_goes_on(runs) -> None:
    with pytest.raises(RunError, match=r"learning_rate cannot be changed(.|\n)*steps, minutes"):
        go_on(runs("gru").folder, learning_rate=0.1)


def test_a_blown_up_training_keeps_what_came_before(tiny: Tiny, tmp_path) -> None:
    """It says so, its end is on record, and its last checkpoint opens."""
    events = training(tiny("rnn"), tmp_path / "run")
    with pytest.raises(MebukiError, match="blown up"):  # noqa: PT012
        for event in events:
            if isinstance(event, Saved):
                next(_trainer(events).model.parameters()).data.fill_(float("nan"))
    run = mebuki.open_run(tmp_path / "run")
    assert run.metrics()[-1]["why"] == "failed"
    assert run.checkpoint("last").state.step == 4
    assert "".join(run.generate(tokens=5))


def _trainer(events: Any) -> Any:
    """The trainer inside a training that is under way."""
    return events.gi_frame.f_locals["loop"].trainer


def test_other_versions_are_warned_of(runs, tmp_path) -> None:
    """A run that goes on with another torch is equal only up to rounding."""
    shutil.copytree(runs("gru").folder, tmp_path / "run")
    path = tmp_path / "run" / "run.json"
    path.write_text(path.read_text("utf-8").replace(torch.__version__, "1.0"), "utf-8")
    started = next(e for e in training(None, tmp_path / "run", resume=True) if isinstance(e, Started))
    assert "begun with torch 1.0" in started.warnings[0]


@pytest.mark.parametrize("kind", KINDS)
def test_byte_pairs_and_no_byte_fallback_train_too(kind: str, tiny: Tiny, tmp_path) -> None:
    for name, how in (("pairs", {"tokenizer": "byte-pairs", "vocabulary": 280}), ("plain", {"byte_fallback": False})):
        run = mebuki.train(tiny(kind, steps=2, **how), tmp_path / name, watch=quiet)
        assert run.model().vocabulary == run.info["vocabulary"] == run.corpus.vocabulary
        assert "".join(run.generate("猫 𝄞", tokens=5, seed=1))
