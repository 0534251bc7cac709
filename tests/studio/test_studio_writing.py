"""What the pages of the diary ask: two threads, locks, samples, and problems by their codes."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import Any

import pytest
from starlette.testclient import TestClient

from mebuki.studio import writing_room, writing_rooms
from mebuki.studio.app import create_app
from mebuki.studio.place import Place
from mebuki.studio.problems import Problem

DAY, ID = "2026-11-29", "2026-11-29-00000001"


@pytest.fixture
def client(tmp_path, monkeypatch):
    monkeypatch.setattr(writing_rooms, "LOOK", 0.05)
    with TestClient(create_app(Place(tmp_path / "runs", tmp_path / "diary", tmp_path / "data"))) as found:
        yield found


def write(client: TestClient, text: str, base: str = "", turn: int = 1, **query: str) -> Any:
    body = {"text": text, "day": DAY, "base": base, "writer": "test", "turn": turn}
    return client.put(f"/api/diary/entries/{ID}", json=body, params=query)


def rooms(client: TestClient) -> writing_rooms.Diaries:
    return client.app.state.studio.rooms[writing_rooms.NAME]  # pyright: ignore[reportAttributeAccessIssue, reportFunctionMemberAccess]


def test_a_draft_does_not_wait_for_an_analysis(client) -> None:
    assert write(client, "Rain").status_code == 200
    began, may_end = threading.Event(), threading.Event()

    def slow(journal: object) -> None:
        began.set()
        assert may_end.wait(60)

    rooms(client).room().analyses.later(slow)
    assert began.wait(60)
    assert write(client, "Rain again", turn=2).json()["entry"]["text"] == "Rain again"
    assert client.get("/api/diary/search", params={"q": "again"}).json()["hits"][0]["hit"] == "again"
    may_end.set()


def test_answers_are_remembered_until_the_diary_changes(client, monkeypatch) -> None:
    write(client, "The pond.")
    count = 0
    real = writing_rooms.Room.ask

    async def counted(self: Any, name: object, work: Any) -> Any:
        def counting(associations: Any) -> Any:
            nonlocal count
            count += 1
            return work(associations)

        return await real(self, name, counting)

    monkeypatch.setattr(writing_rooms.Room, "ask", counted)
    for _ in range(2):
        assert client.get("/api/diary/word", params={"word": "pond"}).json()["word"] == "pond"
    assert count == 1
    write(client, "The pond. The heron.", base=client.get(f"/api/diary/entries/{ID}").json()["mark"], turn=2)
    client.get("/api/diary/word", params={"word": "heron"})
    client.get("/api/diary/word", params={"word": "pond"})
    assert count == 3


def test_the_end_waits_for_no_analysis(tmp_path, monkeypatch) -> None:
    began = threading.Event()

    def long(journal: object, watch: Any) -> None:
        while True:
            began.set()
            watch(1, 2)
            time.sleep(0.001)

    monkeypatch.setattr(writing_room, "catch_up", long)
    room = writing_room.Room(tmp_path)
    codes = list[str]()

    def ask() -> None:
        try:
            asyncio.run(room.ask("something", lambda associations: None))
        except Problem as problem:
            codes.append(problem.code)

    thread = threading.Thread(target=ask)
    thread.start()
    assert began.wait(60)
    room.close()
    thread.join(60)
    assert codes == ["ending"]


def test_history_trash_and_back(client) -> None:
    mark = write(client, "It is a long text that will be missed.").json()["entry"]["mark"]
    write(client, "Short.", base=mark, turn=2)
    assert [one["text"] for one in client.get(f"/api/diary/entries/{ID}/history").json()] == [
        "It is a long text that will be missed."
    ]
    assert client.delete(f"/api/diary/entries/{ID}").json()["trashed"]
    assert client.get("/api/diary/day", params={"day": DAY}).json()["entries"] == []
    assert [one["id"] for one in client.get("/api/diary/trash").json()] == [ID]
    assert client.post(f"/api/diary/entries/{ID}/restore").json()["trashed"] is None
    client.delete(f"/api/diary/entries/{ID}")
    assert client.delete("/api/diary/trash").json() == 1
    assert client.get(f"/api/diary/entries/{ID}").json()["code"] == "no_entry"


def test_what_is_changed_is_changed_and_the_rest_stays(client) -> None:
    write(client, "Rain")
    path = f"/api/diary/entries/{ID}"
    assert (
        client.patch(path, json={"tags": ["#garden", "rain"], "star": True, "mood": 4, "time": "08:30"}).status_code
        == 200
    )
    told = client.patch(path, json={"mood": None}).json()
    assert (told["tags"], told["star"], told["mood"], told["time"], told["text"]) == (
        ["garden", "rain"],
        True,
        None,
        "08:30",
        "Rain",
    )
    assert client.patch(path, json={"mood": 6}).json()["code"] == "invalid"
    found = client.get("/api/diary/search", params={"tag": "rain", "star": "true"}).json()
    assert [hit["id"] for hit in found["hits"]] == [ID]


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/word?word=zzz", "no_word"),
        ("/chain?word=zzz", "no_word"),
        ("/chain?word=rain", "nothing_tied"),
        ("/between?word=rain&other=rain", "one_word"),
        ("/tie?word=rain&other=pond", "no_tie"),
        ("/interests", "too_little"),
        ("/dream?word=rain", "no_model"),
        ("/entries/nothing", "no_entry"),
        ("/day?day=2026-02-30", "invalid"),
    ],
)
def test_problems_have_codes(client, path, code) -> None:
    write(client, "Rain at the pond.")
    assert client.get("/api/diary" + path).json()["code"] == code


def test_a_sample_is_read_only(client) -> None:
    assert client.get("/api/diary", params={"of": "en"}).json()["entries"] == 310
    assert write(client, "Rain", of="en").json()["code"] == "read_only"
    assert client.delete("/api/diary/trash", params={"of": "en"}).json()["code"] == "read_only"
    assert client.post("/api/diary/import", params={"of": "en"}, files={"files": b""}).json()["code"] == "read_only"
    assert client.get("/api/diary").json()["entries"] == 0


def test_files_are_laid_nowhere_else(client, tmp_path) -> None:
    named = [("files", ("../../../2026-11-01.md", b"Rain")), ("files", ("/2026-11-02.md", b"Sun"))]
    told = client.post("/api/diary/import", files=named).text
    assert '"new": 2' in told
    assert not list(tmp_path.rglob("2026-11-0?.md"))


def test_it_locks_itself_when_nobody_is_there(client) -> None:
    pytest.importorskip("sqlcipher3")
    write(client, "Nobody else may read this.")
    assert client.post("/api/diary/encrypt", json={"passphrase": "four words nobody guesses"}).status_code == 200
    assert client.get("/api/diary").json()["encrypted"]
    diaries = rooms(client)
    diaries._touched -= 60 * diaries.lock_after + 1
    until = time.monotonic() + 30
    while diaries.room().keys and time.monotonic() < until:
        time.sleep(0.01)
    assert diaries.state("")["locked"]
    for method, path in (
        ("GET", ""),
        ("GET", "/trash"),
        ("POST", "/grow"),
        ("GET", "/export?format=text"),
        ("GET", "/own-words"),
    ):
        assert (
            client.request(method, "/api/diary" + path, json={} if method == "POST" else None).json()["code"]
            == "locked"
        ), path
    assert write(client, "More").json()["code"] == "locked"
    assert (
        client.post("/api/diary/unlock", json={"passphrase": "four words somebody guesses"}).json()["code"]
        == "wrong_passphrase"
    )
    assert client.post("/api/diary/unlock", json={"passphrase": "four words nobody guesses"}).json() == {
        "locked": False
    }
    assert (
        client.get("/api/diary/day", params={"day": DAY}).json()["entries"][0]["text"] == "Nobody else may read this."
    )
