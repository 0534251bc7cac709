"""Overviews, titles, comparisons and forecasts of real runs."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

import mebuki
from mebuki.errors import RunError, TextError
from mebuki.runs.addition import train_addition
from mebuki.runs.comparing import compare
from mebuki.runs.forecast import PRESETS, forecast
from mebuki.runs.given_texts import keep_texts
from mebuki.runs.kinds import runs_in
from mebuki.runs.last_rows import PART, last_row
from mebuki.runs.overview import glance, overview, run_folder
from mebuki.runs.parameter_count import parameter_count
from mebuki.runs.run import find_runs
from mebuki.runs.titles import about, note, rename
from mebuki.training.addition_settings import AdditionSettings


@pytest.fixture
def home(runs, tmp_path) -> Path:
    """Two runs on text, one of them a level deeper, and one of addition."""
    home = tmp_path / "runs"
    shutil.copytree(runs("gru").folder, home / "gru")
    shutil.copytree(runs("transformer").folder, home / "deeper" / "transformer")
    tiny = AdditionSettings(engine="scratch", digits=1, width=8, embedding=4, steps=2, heldout=4, attention=False)
    train_addition(tiny, home / "sums")
    return home


def test_all_runs_of_every_kind_are_told_of(home) -> None:
    found = {row["id"]: row for row in overview(home)}
    assert set(found) == {"gru", "deeper/transformer", "sums"}
    run = mebuki.open_run(home / "gru")
    row = found["gru"]
    assert row["perplexity"] == pytest.approx(run.perplexity)
    assert (row["parameters"], row["text"]) == (run.info["parameters"], run.info["corpus"]["description"])
    assert (row["model"], row["kind"], row["state"], row["share"]) == ("gru", "text", "done", 1.0)
    assert row["step"] == row["total"] == run.recipe.training.steps
    sums = found["sums"]
    assert (sums["kind"], sums["model"], sums["engine"], sums["state"]) == ("addition", "reversed", "scratch", "done")
    assert sums["exact"] is not None
    assert sums["parameters"] > 100
    assert [row["created"] for row in overview(home)] == sorted((r["created"] for r in found.values()), reverse=True)
    assert json.dumps(overview(home))
    assert overview(home / "nowhere") == []


def test_titles_and_notes_are_kept(home) -> None:
    rename(home / "gru", "  雨の\n日記 ")
    note(home / "gru", "learns\nwell")
    assert about(home / "gru") == {"title": "雨の 日記", "note": "learns\nwell"}
    row = glance(home / "gru", home)
    assert (row["id"], row["name"], row["note"]) == ("gru", "雨の 日記", "learns\nwell")
    rename(home / "gru", "")
    assert glance(home / "gru", home)["name"] == "gru"
    with pytest.raises(RunError, match="201"):
        rename(home / "gru", "x" * 201)
    with pytest.raises(RunError):
        rename(home, "no run")


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../x", "a/../b", "/etc", "a//b", ".trash", "a/.started", "a\\b", "c:", "a/b/c"]
)
def test_ids_stay_below_the_folder(name, tmp_path) -> None:
    with pytest.raises(RunError):
        run_folder(tmp_path, name)


def test_ids_are_folders(tmp_path) -> None:
    assert run_folder(tmp_path, "雨 1.2/b") == tmp_path / "雨 1.2" / "b"


def test_only_what_differs_is_compared(home) -> None:
    found = compare([home / "gru", home / "deeper" / "transformer", home / "sums"], home)
    fields = {field["name"]: field["values"] for field in found["fields"]}
    assert fields["model.kind"] == ["gru", "transformer", None]
    assert fields["digits"] == [None, None, 1]
    alone = compare([home / "gru", home / "gru"], home)
    assert alone["fields"] == []
    assert alone["runs"][0]["curve"]["train"]["x"]
    assert alone["runs"][0]["id"] == "gru"


@pytest.mark.parametrize("length", [10, PART - 1, PART, PART + 1, 3 * PART])
def test_the_last_row_is_found_from_the_end(length, tmp_path) -> None:
    path = tmp_path / "metrics.jsonl"
    first, long = {"event": "evaluation", "step": 1}, {"event": "train", "step": 2, "x": "雨" * (length // 3)}
    path.write_text("\n".join(json.dumps(one, ensure_ascii=False) for one in (first, long)) + '\n{"event": "tra')
    assert last_row(path) == long
    assert last_row(path, "evaluation") == first
    assert last_row(path, "end") is None
    assert last_row(tmp_path / "none") is None


def test_given_texts_are_kept_under_safe_names(tmp_path) -> None:
    paths = keep_texts(tmp_path / ".texts", [("../a.txt", "one"), ("a.txt", b"\xff\xfe"), ("日記", "雨")])
    assert [path.name for path in paths] == ["a.txt", "a-2.txt", "日記.txt"]
    assert {path.parent.parent for path in paths} == {tmp_path / ".texts"}
    assert [path.read_bytes() for path in paths] == [b"one", b"\xff\xfe", "雨".encode()]
    with pytest.raises(TextError, match="empty"):
        keep_texts(tmp_path, [("a", " \n")])


@pytest.mark.parametrize("kind", ["bigram", "rnn", "lstm", "gru", "transformer"])
@pytest.mark.parametrize("changes", [{}, {"tied": True}, {"tied": False, "layers": 2}, {"key_value_heads": 1}])
def test_numbers_are_counted_as_the_models_have_them(kind, changes, tiny) -> None:
    from mebuki.errors import RecipeError
    from mebuki.runs.engines import ENGINES

    try:
        recipe = tiny(kind, **changes)
    except RecipeError:
        pytest.skip("no such field")
    assert parameter_count(kind, recipe.shape, 37) == ENGINES["torch"].model(recipe, 37).parameter_count


def test_a_forecast_tells_of_all_presets(home, book) -> None:
    found = forecast(book, model="gru", steps=50)
    assert list(found["presets"]) == list(PRESETS)
    parameters = [row["parameters"] for row in found["presets"].values()]
    assert parameters == sorted(parameters)
    for row in found["presets"].values():
        assert row["quick"] < row["seconds"] < row["slow"]
        assert (row["steps"], row["measured"]) == (50, False)
        assert row["expected"]["low"] <= row["expected"]["loss"] <= row["expected"]["high"]
    assert json.dumps(found)


def test_a_forecast_uses_the_pace_of_an_earlier_run_of_the_same_shape(book, tmp_path) -> None:
    mebuki.train(
        mebuki.recipes.gru(book, size="tiny", engine="scratch", steps=10, sample_tokens=0),
        tmp_path / "one",
        watch=lambda event: None,
    )
    found = forecast(book, model="gru", engine="scratch", runs=tmp_path)["presets"]
    assert [row["measured"] for row in found.values()] == [True, False, False]
    row = mebuki.open_run(tmp_path / "one").metrics()[-2]
    pace = found["small"]["tokens"] / found["small"]["steps"] / found["small"]["tokens_per_second"]
    assert pace == pytest.approx(row["seconds"] / row["step"], rel=0.3)


def test_there_is_one_walk(tmp_path: Path) -> None:
    """The overview, `find_runs` and the models to talk to know the same runs: none that is hidden, nor one within another."""
    for name in ("a", "b/c", ".hidden", "a/within", "b/.hidden", "b/c/within", "d/e/f"):
        (tmp_path / name).mkdir(parents=True)
        for file in ("recipe.toml", "run.json"):
            (tmp_path / name / file).write_text("{}" if file == "run.json" else "", encoding="utf-8")
    (tmp_path / "sums").mkdir()
    (tmp_path / "sums" / "settings.json").write_text('{"kind": "calculator"}', encoding="utf-8")
    walked = runs_in(tmp_path)
    assert {path.relative_to(tmp_path).as_posix(): kind for path, kind in walked.items()} == {
        "a": "text",
        "b/c": "text",
        "sums": "calculator",
    }
    assert {run.folder for run in find_runs(tmp_path)} == {path for path, kind in walked.items() if kind == "text"}
    assert {row["id"] for row in overview(tmp_path)} == {"a", "b/c", "sums"}
    assert tmp_path / "a" in {run.folder for run in find_runs(tmp_path / "a")}
    assert runs_in(tmp_path / "nowhere") == {}
