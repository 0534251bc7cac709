"""What disks, other programs and strange texts do to a diary is told in a sentence, and nothing is lost by it."""

from __future__ import annotations

import io
import json
import random
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from mebuki.cli.main import main
from mebuki.diary import store
from mebuki.diary.entries import DiaryError
from mebuki.diary.importing import export, import_into
from mebuki.diary.index import catch_up
from mebuki.diary.journal import Journal
from mebuki.errors import MebukiError

TODAY = date(2026, 11, 21)
STRANGE = "👩‍👩‍👧‍👦 🏳️‍🌈 family\u2028second\u2029third\x85fourth\u200bé\u0301 ｶﾞ 𠮷野家 \ufeff\x0b\x0c\x1c end 🐟"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with Journal(tmp_path / "diary") as journal:
        for number in range(60):
            journal.write(f"Rain on day {number}, 雨の日。" * 20, TODAY)
        catch_up(journal)
        journal.back_up(TODAY)
    return tmp_path / "diary"


def flipped(content: bytes, chance: random.Random) -> bytes:
    place = chance.randrange(len(content))
    return content[:place] + bytes([content[place] ^ 1 << chance.randrange(8)]) + content[place + 1 :]


def overwritten(content: bytes, chance: random.Random) -> bytes:
    place = chance.randrange(len(content) - 4096)
    return content[:place] + bytes(4096) + content[place + 4096 :]


def truncated(content: bytes, chance: random.Random) -> bytes:
    return content[: chance.randrange(1, len(content))]


@pytest.mark.parametrize("damage", [flipped, overwritten, truncated])
def test_a_damaged_database_is_told(
    folder: Path, capsys: pytest.CaptureFixture[str], damage: Callable[[bytes, random.Random], bytes]
) -> None:
    """Every command ends with an answer or a message, whatever is damaged; and the backup goes in its place."""
    path, chance, told = folder / store.NAME, random.Random(5), 0
    whole = path.read_bytes()
    for _ in range(12):
        for name in ("-wal", "-shm"):
            path.with_name(path.name + name).unlink(missing_ok=True)
        path.write_bytes(damage(whole, chance))
        for command in (["check"], ["list"], ["search", "雨"], ["associate", "rain"]):
            code = main(["diary", *command, "--diary", str(folder)])
            out, err = capsys.readouterr()
            assert code in (0, 2)
            told += code == 2
            if code == 2 and "no word" not in err and "whole" not in out:
                assert "backup" in out + err, (command, out, err)
            if command == ["list"] and code == 0:
                assert out.count("\n") == 60
    assert told
    for name in ("-wal", "-shm"):
        path.with_name(path.name + name).unlink(missing_ok=True)
    shutil.copy(store.backups(folder)[-1], path)
    with Journal(folder) as journal:
        assert journal.check() == "ok"
        assert len(journal.day(TODAY)) == 60


def test_an_empty_or_missing_database_is_no_new_diary(folder: Path, tmp_path: Path) -> None:
    """Or else thirty days later the last backup of it would be gone."""
    (folder / store.NAME).write_bytes(b"")
    with pytest.raises(DiaryError, match=r"is empty") as told:
        Journal(folder)
    assert "diary-2026-11-21.sqlite" in str(told.value)
    (folder / store.NAME).unlink()
    with pytest.raises(DiaryError, match=r"is missing"):
        Journal(folder)
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / store.NAME).write_bytes(b"")  # where a program was killed while it made one
    Journal(tmp_path / "new").close()


WRITER = """
import sys
from mebuki.diary.index import catch_up
from mebuki.diary.journal import Journal
with Journal(sys.argv[1]) as journal:
    for number in range(25):
        journal.write(f"{sys.argv[2]} wrote word{number}", "2026-11-21")
        if number % 5 == 4:
            catch_up(journal)
"""


def test_programs_that_write_at_once_lose_nothing(tmp_path: Path) -> None:
    Journal(tmp_path).close()
    command = [sys.executable, "-c", WRITER, str(tmp_path)]
    names = ("one", "two", "three")
    programs = [subprocess.Popen([*command, name], stderr=subprocess.PIPE, text=True) for name in names]
    with Journal(tmp_path) as journal:
        journal.back_up(TODAY)
    for program in programs:
        assert program.communicate(timeout=300)[1] == ""
    with Journal(tmp_path) as journal:
        found = [entry.text for entry in journal.day(TODAY)]
        assert journal.check() == "ok"
        assert len(journal.search("word24")) == 3
    for name in names:
        assert [text for text in found if text.startswith(f"{name} ")] == [f"{name} wrote word{n}" for n in range(25)]


@pytest.mark.parametrize("ending", ["", ".jsonl", ".json"])
def test_strange_letters_come_back(tmp_path: Path, ending: str) -> None:
    with Journal(tmp_path / "one") as one, Journal(tmp_path / "other") as other:
        entry = one.write(STRANGE, TODAY, tags=["🐟", "池 と 雨"])
        export(one, tmp_path / f"out{ending}")
        assert import_into(other, tmp_path / f"out{ending}").passed == []
        assert [(e.text, e.tags) for e in other.entries()] == [(STRANGE, entry.tags)]
        for part in ("👩‍👩‍👧‍👦", "second", "ガ", "𠮷", "🐟", "\u2028second"):
            assert [match.entry.id for match in other.search(part)] == [entry.id], part
        assert catch_up(other) == 1


def test_strange_letters_in_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = ["--diary", str(tmp_path)]
    assert main(["diary", "write", "2026-11-21", "--text", STRANGE, *place]) == 0
    capsys.readouterr()
    for command in (["show", "2026-11-21"], ["list"], ["search", "family"]):
        assert main(["diary", *command, "--json", *place]) == 0
        (line,) = capsys.readouterr().out.split("\n")[:-1]
        assert json.loads(line)["text"] == STRANGE
        assert main(["diary", *command, *place]) == 0
        assert "👩‍👩‍👧‍👦" in capsys.readouterr().out


def test_a_very_long_entry(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Three megabytes here; fifty were timed once."""
    text = "".join(f"Line {n}: it rained, 雨が降った。\n" for n in range(80_000)) + "x" * 300_000 + " the last word\n"
    place = ["--diary", str(tmp_path)]
    with Journal(tmp_path) as journal:
        entry = journal.write(text, TODAY)
        assert journal.entry(entry.id).text == text
        (match,) = journal.search("last word")
        assert match.passage(5) == ("… the ", "last word", "")
    assert main(["diary", "show", entry.id, *place]) == 0
    shown = capsys.readouterr().out
    assert "Line 79999: it rained" in shown
    assert "the last word" in shown
    assert main(["diary", "list", *place]) == 0
    assert len(capsys.readouterr().out) < 1000
    assert main(["diary", "export", str(tmp_path / "out.jsonl"), *place]) == 0
    assert json.loads((tmp_path / "out.jsonl").read_text(encoding="utf-8"))["text"] == text


def archive() -> bytes:
    """A whole zip of Day One."""
    file = io.BytesIO()
    entries = [{"creationDate": f"2026-11-{day:02d}T08:00:00Z", "text": f"Day {day} " * 99} for day in range(1, 29)]
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as zip:
        zip.writestr("Journal.json", json.dumps({"entries": entries}))
        zip.writestr("photos/a.jpeg", random.Random(1).randbytes(5000))
    return file.getvalue()


def test_half_a_zip(tmp_path: Path) -> None:
    whole, path = archive(), tmp_path / "half.zip"
    with Journal(tmp_path / "diary") as journal:
        for size in (1, 100, len(whole) // 2, len(whole) - 1):
            path.write_bytes(whole[:size])
            with pytest.raises(MebukiError, match="no whole zip"):
                import_into(journal, path)
        damaged = bytearray(whole)
        damaged[200] ^= 255  # within the entries, which the sum at the end of them shows
        path.write_bytes(damaged)
        with pytest.raises(MebukiError, match=r"no whole zip|no diary"):
            import_into(journal, path)
        assert not list(journal.entries())
        path.write_bytes(whole)
        assert len(import_into(journal, path).new) == 28


def test_a_zip_that_lies_about_its_size(tmp_path: Path) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as zip:
        zip.writestr("Journal.json", b" " * (5 << 20))
    size = (5 << 20).to_bytes(4, "little")
    (tmp_path / "lies.zip").write_bytes(file.getvalue().replace(size, (99).to_bytes(4, "little")))
    with Journal(tmp_path / "diary") as journal, pytest.raises(MebukiError, match=r"no whole zip|no diary"):
        import_into(journal, tmp_path / "lies.zip")


def test_references_that_multiply(tmp_path: Path) -> None:
    """Nine lines of YAML that would be a billion words."""
    lines = ["a: &a [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    lines += [
        f"{name}: &{name} [{', '.join(['*' + before] * 10)}]"
        for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    ]
    bomb = "\n".join(lines)
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "2026-11-21.md").write_text(f"---\n{bomb}\nstar: *i\n---\nRain.\n", encoding="utf-8")
    (tmp_path / "notes" / "2026-11-20.md").write_text("---\na: &a [*a]\nstar: *a\n---\nSun.\n", encoding="utf-8")
    (tmp_path / "months").mkdir()
    month = "1:\n  " + bomb.replace("\n", "\n  ") + "\n  text: *i\n"
    (tmp_path / "months" / "2026-11.txt").write_text(month, encoding="utf-8")
    with Journal(tmp_path / "diary") as journal:
        assert len(import_into(journal, tmp_path / "notes").passed) == 2
        found = import_into(journal, tmp_path / "months" / "2026-11.txt", format="rednotebook").passed
        assert "multiply" in found[0].why
        assert not list(journal.entries())
