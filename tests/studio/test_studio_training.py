"""What the Grow pages ask of the server: ids never become paths, long runs cost what short ones do, texts are looked into."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from planted_runs import plant
from starlette.testclient import TestClient

from mebuki.diary.encryption import encrypt
from mebuki.diary.journal import Journal
from mebuki.diary.vault import Cost
from mebuki.studio.app import create_app
from mebuki.studio.place import Place
from mebuki.studio.training_views import SHOWN


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path / "runs", tmp_path / "diary", tmp_path / "data")


@pytest.fixture
def asking(place):
    with TestClient(create_app(place)) as client:
        yield client


def code(answer) -> str:
    assert answer.status_code >= 400
    return answer.json()["code"]


def give(asking, content: bytes, name: str = "a.txt"):
    return asking.post("/api/texts", params={"name": name}, content=content)


@pytest.mark.parametrize("name", ["..%2F..%2Fetc", "%2Fetc", "nothing", ".texts", "..", "a%00b"])
@pytest.mark.parametrize("what", ["live", "about", "curve", "samples", "checkpoints", "gradients"])
def test_ids_come_from_the_table(asking, tmp_path, name, what) -> None:
    plant(tmp_path, "etc", steps=10)  # beside the folder of runs
    answer = asking.get(f"/api/runs/{name}/{what}")
    assert answer.status_code == 404
    assert code(answer) in ("run_missing", "not_found")


def test_a_run_that_went_away_is_missing(asking, place) -> None:
    folder = plant(place.runs, "rain", steps=10)
    assert asking.get("/api/runs/rain/live").json()["state"] == "done"
    folder.rename(place.runs.parent / "elsewhere")
    assert code(asking.get("/api/runs/rain/live")) == "run_missing"
    assert code(asking.get("/api/runs/rain/curve")) == "run_missing"


def test_of_a_long_run_as_little_is_told_as_of_a_short_one(asking, place) -> None:
    plant(place.runs, "long", steps=20_000)
    folder = plant(place.runs, "short", steps=200)
    sizes = {name: len(asking.get(f"/api/runs/{name}/curve?buckets=100").content) for name in ("long", "short")}
    assert sizes["long"] < 1.5 * sizes["short"]
    with (folder / "samples.jsonl").open("a") as file:
        for step in range(201, 9000):
            file.write(f'{{"event": "sample", "step": {step}, "prompt": "", "text": "{"x" * 100}"}}\n')
    found = asking.get("/api/runs/short/samples").json()
    assert len(found) == SHOWN
    assert found[0]["step"] == 0
    assert found[-1]["step"] == 8999


def test_rows_go_on_from_an_offset(asking, place) -> None:
    folder = plant(place.runs, "rain", steps=10, ends="")
    seen = asking.get("/api/runs/rain/live").json()["offsets"]
    with (folder / "metrics.jsonl").open("a") as file:
        file.write('{"event": "train", "step": 11, "loss": NaN}\n{"event": "train", "step": 12, "lo')
    new = asking.get("/api/runs/rain/rows", params=seen).json()
    assert [row["step"] for row in new["rows"]] == [11]
    assert new["rows"][0]["loss"] is None
    assert not new["again"]
    with (folder / "metrics.jsonl").open("a") as file:
        file.write('ss": 1.5}\n{"event": "resume", "step": 5}\n')
    assert asking.get("/api/runs/rain/rows", params=new["offsets"]).json()["again"]


def test_a_title_survives_the_trash(asking, place) -> None:
    plant(place.runs, "rain", steps=10)
    job = {"title": "Rain", "action": "train", "command": "train", "created": 0, "launched": 0}
    started = place.runs / ".started" / "rain"  # where a title stands until it is changed
    started.mkdir(parents=True)
    (started / "job.json").write_text(json.dumps(job))
    trash = asking.delete("/api/runs/rain").json()["trash"]
    assert asking.get("/api/runs").json() == []
    plant(place.runs, "rain", steps=10, title="Another")
    assert asking.post("/api/runs/restore", json={"trash": trash}).json() | {"name": "Rain", "id": "rain-2"}
    assert {row["name"] for row in asking.get("/api/runs").json()} == {"Rain", "Another"}
    for strange in (trash, "../x", ".trash", ""):
        assert code(asking.post("/api/runs/restore", json={"trash": strange})) == "run_missing"


def test_beside_each_other_only_what_differs(asking, place) -> None:
    plant(place.runs, "a", steps=10)
    plant(place.runs, "b,c", steps=10, learning_rate=0.001)
    found = asking.get("/api/compare", params={"run": ["a", "b,c"]}).json()
    assert [field["name"] for field in found["fields"]] == ["training.learning_rate"]
    assert [curve["step"] for curve in found["curves"]] == [10, 10]
    assert code(asking.get("/api/compare", params={"run": ["a", "../a"]})) == "run_missing"


def kept(place) -> list[str]:
    """Names of the texts that lie there; folders may go while it looks."""
    return [name for _, _, names in os.walk(place.runs / ".texts") for name in names if name.endswith(".txt")]


def test_texts_are_looked_into(asking, place) -> None:
    found = give(asking, "春はあけぼの。".encode("cp932"), "../../春.txt").json()
    assert (found["letters"], found["encoding"], found["name"]) == (7, "cp932", "春.txt")
    assert kept(place) == ["春.txt"]
    assert code(give(asking, b" \n")) == "text_empty"
    assert code(give(asking, bytes(range(256)) * 40)) == "text_unreadable"
    assert asking.delete(f"/api/texts/{found['id']}").status_code == 204
    assert kept(place) == []
    for name in (found["id"], "%2e%2e"):
        assert asking.get(f"/api/texts/{name}").status_code == 404


def test_an_estimate_of_every_size(asking) -> None:
    text = give(asking, b"The rain fell on the pond. " * 300).json()["id"]
    found = asking.post("/api/estimate", json={"texts": [text]}).json()["sizes"]
    times = [found[size]["seconds"] for size in ("small", "medium", "large")]
    assert times == sorted(times)
    assert found["small"]["low"] < found["small"]["perplexity"] < found["small"]["high"] < found["small"]["blind"]
    for learn in ("calculator", "addition"):
        task = asking.post("/api/estimate", json={"learn": learn}).json()["sizes"]
        assert task["small"]["seconds"] < task["large"]["seconds"]
        assert task["small"]["perplexity"] is None


def test_too_short_says_how_much_is_needed(asking) -> None:
    text = give(asking, b"abc def ghi").json()["id"]
    answer = asking.post("/api/estimate", json={"texts": [text]})
    assert code(answer) == "text_short"
    assert answer.json()["detail"]["needed"] > 64
    assert code(asking.post("/api/runs", json={"texts": [text], "title": "x"})) == "text_short"
    assert asking.get("/api/runs").json() == []


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"texts": []}, "text_none"),
        ({"texts": ["../../etc"]}, "text_missing"),
        ({"learn": "diary"}, "diary_empty"),
        ({"learn": "sample", "settings": {"sources": "/etc/passwd"}}, "setting_unknown"),
        ({"learn": "calculator", "settings": {"begin": "/etc"}}, "setting_unknown"),
        ({"learn": "addition", "settings": {"folder": "/etc"}}, "setting_unknown"),
        ({"learn": "sample", "settings": {"width": -1}}, "recipe"),
        ({"learn": "sample", "model": "elephant"}, "recipe"),
    ],
)
def test_what_is_refused(asking, place, asked, told) -> None:
    assert code(asking.post("/api/runs", json={**asked, "title": "x"})) == told
    assert asking.get("/api/runs").json() == []


def test_a_diary_is_learned_from_unless_it_is_locked(asking, place) -> None:
    with Journal(place.diary) as journal:
        for day in range(1, 29):
            journal.write("Rain at the pond, and the kettle sang all day. " * 5, f"2026-11-{day:02}")
    found = asking.post("/api/estimate", json={"learn": "diary"}).json()["sizes"]["small"]
    assert found["letters"] > 6000
    encrypt(place.diary, "a long passphrase of mine", cost=Cost(memory=64, passes=1, lanes=1))
    assert code(asking.post("/api/estimate", json={"learn": "diary"})) == "diary_locked"


def test_settings_come_with_what_they_take(asking) -> None:
    plan = asking.post("/api/plan", json={"size": "small", "model": "lstm", "settings": {"steps": 7}}).json()
    ways = {way["name"]: way for way in plan["ways"]}
    assert plan["model"] == "lstm"
    assert ways["steps"]["value"] == 7
    assert ways["steps"]["usual"] == 1000
    assert ways["optimizer"]["choices"] == ["adamw", "muon"]
    assert "sources" not in ways
    assert "depth" in {way["name"] for way in asking.post("/api/plan", json={"learn": "calculator"}).json()["ways"]}
