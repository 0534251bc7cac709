"""Talking with the model of a diary: it is invented, and where the diary is encrypted, nothing of it is kept."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sprouts
from starlette.testclient import TestClient

from mebuki.diary.encryption import encrypt
from mebuki.diary.growing import grow
from mebuki.diary.vault import Cost
from mebuki.studio.app import create_app
from mebuki.studio.place import Place

SAID = "correct horse battery staple"


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A diary with a model."""
    folder = tmp_path_factory.mktemp("grown") / "diary"
    with sprouts.diary(folder, 40) as journal:
        grow(journal, seed=1, **sprouts.QUICK)
    return folder


@pytest.fixture
def client(grown: Path, tmp_path: Path) -> Iterator[Any]:
    """A client of a studio with that diary."""
    shutil.copytree(grown, tmp_path / "diary")
    app = create_app(Place(tmp_path / "runs", tmp_path / "diary", tmp_path / "data"))
    with TestClient(app) as client:
        yield client


def ask(client: Any, **asked: Any) -> list[dict[str, Any]]:
    answer = client.post("/api/talk", json={"model": "diary", **asked})
    return [json.loads(line) for line in answer.text.splitlines()]


def model(client: Any) -> dict[str, Any]:
    return next(one for one in client.get("/api/models").json() if one["id"] == "diary")


def test_a_plain_diary(client) -> None:
    assert model(client)["kind"] == "diary"
    assert not model(client)["private"]
    lines = ask(client, question="Saw the ", how={"tokens": 20, "seed": 1})
    assert 0 < len([line for line in lines if line["kind"] == "token"]) <= 20
    assert all("\x1e" not in line.get("text", "") for line in lines)
    assert len(client.get("/api/talks").json()) == 1
    seen = client.post("/api/talk/inside", json={"model": "diary", "question": "Saw the ", "written": "heron"}).json()
    assert (seen["layers"], seen["heads"]) == (1, 1)
    assert "".join(seen["tokens"]).endswith("Saw␣the␣heron")


def test_an_encrypted_diary_is_asked_for_and_never_kept(client, tmp_path) -> None:
    pytest.importorskip("sqlcipher3", reason='encryption is not installed: pip install "mebuki[encrypted]"')
    encrypt(tmp_path / "diary", SAID, cost=Cost(64, 1, 1))
    assert (model(client)["locked"], model(client)["private"]) == (True, True)
    assert client.post("/api/talk", json={"model": "diary", "question": "Saw"}).json()["code"] == "model_locked"
    assert client.post("/api/diary/unlock", json={"passphrase": SAID}).status_code == 200
    assert not model(client)["locked"]
    first = ask(client, question="Saw the ", how={"tokens": 8, "seed": 1})
    assert (first[0]["talk"], first[0]["answer"]) == (None, None)
    tokens = [line for line in first if line["kind"] == "token"]
    after = [token["id"] for token in tokens[:3]]
    further = ask(client, question="Saw the ", after=after, how={"tokens": 5, "seed": 1})
    assert [line["id"] for line in further if line["kind"] == "token"] == [token["id"] for token in tokens[3:]]
    assert client.get("/api/talks").json() == []
    kept = b"".join(path.read_bytes() for path in (tmp_path / "data").rglob("*") if path.is_file())
    assert b"Saw the" not in kept
    client.post("/api/diary/lock")
    assert client.post("/api/talk", json={"model": "diary", "question": "Saw"}).json()["code"] == "model_locked"
