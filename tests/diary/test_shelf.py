"""What lies beside the database is whole or not there, and is sealed where the diary is."""

from __future__ import annotations

from pathlib import Path

import pytest

from mebuki.diary.shelf import Shelf
from mebuki.errors import StorageError


def test_what_was_written_last_is_read(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "kept")
    shelf.write("model.bin", b"one")
    shelf.write("model.bin", b"two\r\n\x00")
    assert Shelf(tmp_path / "kept").read("model.bin") == b"two\r\n\x00"
    shelf.remove("model.bin")
    shelf.remove("model.bin")
    assert shelf.read("model.bin") is None
    assert shelf.names() == []


def test_it_is_sealed_under_its_name(tmp_path: Path) -> None:
    def turned(name: str, content: bytes) -> bytes:
        return bytes(byte ^ len(name) for byte in content)

    shelf = Shelf(tmp_path, turned, turned)
    shelf.write("index", b"plain words")
    assert b"plain" not in (tmp_path / "index").read_bytes()
    assert shelf.read("index") == b"plain words"


def test_a_place_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("a file stands here", encoding="utf-8")
    with pytest.raises(StorageError, match="kept"):
        Shelf(tmp_path / "kept").write("index", b"")
    assert (tmp_path / "kept").read_text(encoding="utf-8") == "a file stands here"
