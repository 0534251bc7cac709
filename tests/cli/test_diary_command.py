"""`mebuki diary` as a reader uses it."""

from __future__ import annotations

import io
import json
import os
import stat
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest

from mebuki.cli.main import main
from mebuki.diary.journal import Journal

TODAY = date.today()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MEBUKI_DIARY", str(tmp_path / "diary"))
    return tmp_path


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["diary", *arguments]) == 0
    return capsys.readouterr().out


def rows(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict]:
    return [json.loads(line) for line in told(capsys, *arguments, "--json").split("\n") if line]


def test_a_day_with_it(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (entry,) = rows(capsys, "write", "--text", "Rain again.", "--tag", "garden", "--mood", "4")
    assert (entry["date"], entry["tags"], entry["mood"]) == (TODAY.isoformat(), ["garden"], 4)
    assert entry["time"]
    told(capsys, "write", "yesterday", "--text", "朝、池まで自転車。", "--star")
    assert "朝、池まで自転車。" in told(capsys, "show", "yesterday")
    assert [row["text"] for row in rows(capsys, "list")] == ["朝、池まで自転車。", "Rain again."]
    assert [row["text"] for row in rows(capsys, "list", "--tag", "garden")] == ["Rain again."]
    assert [row["text"] for row in rows(capsys, "list", "--star", "--to", "today")] == ["朝、池まで自転車。"]
    assert "changed" in told(capsys, "edit", entry["id"], "--text", "Rain, then sun.", "--untag", "garden")
    assert "as it was" in told(capsys, "edit", entry["id"], "--text", "Rain, then sun.")
    assert [row["text"] for row in rows(capsys, "history", "today")] == ["Rain again.", "Rain, then sun."]
    assert "in the trash" in told(capsys, "delete", "yesterday")
    assert len(rows(capsys, "list")) == 1
    (gone,) = rows(capsys, "list", "--trash")
    told(capsys, "restore", gone["id"][:-2])
    assert len(rows(capsys, "list")) == 2
    assert "2 entries on 2 days" in told(capsys, "stats")
    assert "whole" in told(capsys, "check")
    assert list((home / "diary" / "backups").glob("*.sqlite"))
    told(capsys, "delete", gone["id"])
    assert "1 deleted" in told(capsys, "delete", "--forever")


def test_an_entry_from_standard_input(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("two\nlines\u2028one\n"))
    assert rows(capsys, "write", "2026-11-21")[0]["text"] == "two\nlines\u2028one"


def editor(home: Path, code: str) -> str:
    path = home / "editor.py"
    path.write_text(f"import sys\nfrom pathlib import Path\np = Path(sys.argv[1])\n{code}\n", encoding="utf-8")
    return f"{sys.executable} {path}"


def test_an_entry_in_the_editor(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.delenv("VISUAL", raising=False)
    private = "assert p.stat().st_mode & 0o077 == 0" if os.name != "nt" else ""
    monkeypatch.setenv(
        "EDITOR", editor(home, f"{private}\np.write_text(p.read_text() + 'typed 文字\\n', encoding='utf-8')")
    )
    assert rows(capsys, "write", "2026-11-21")[0]["text"] == "typed 文字"
    assert rows(capsys, "edit", "2026-11-21")[0]["text"] == "typed 文字typed 文字"
    monkeypatch.setenv("EDITOR", editor(home, "p.write_text('precious'); sys.exit(3)"))
    assert main(["diary", "edit", "2026-11-21"]) == 2
    kept = capsys.readouterr().err.split("what was written is in ")[1].split()[0]
    assert Path(kept).read_text(encoding="utf-8") == "precious"
    Path(kept).unlink()
    monkeypatch.setenv("EDITOR", editor(home, "p.write_bytes('café'.encode('latin-1'))"))
    assert main(["diary", "write", "2026-11-22"]) == 2
    kept = capsys.readouterr().err.split("what was written is in ")[1].split()[0]
    assert Path(kept).read_bytes() == b"caf\xe9"
    Path(kept).unlink()
    assert main(["diary", "write", "--mood", "9"]) == 2
    assert "mood" in capsys.readouterr().err
    monkeypatch.setenv("EDITOR", editor(home, "pass"))
    assert main(["diary", "write"]) == 2
    assert "nothing was written" in capsys.readouterr().err


def test_the_sample_is_a_copy(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = rows(capsys, "list", "--sample", "ja")
    assert len(before) > 300
    told(capsys, "delete", before[0]["id"], "--sample", "ja")
    assert rows(capsys, "list", "--sample", "ja") == before
    assert len(rows(capsys, "list", "--sample", "en", "-n", "3", "--newest")) == 3
    assert "entries on" in told(capsys, "stats", "--sample", "en")
    assert not (home / "diary").exists()


def test_search(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown = told(capsys, "search", "池", "--sample", "ja", "-n", "3")
    assert 0 < len(shown.splitlines()) <= 3
    assert all("池" in line for line in shown.splitlines())
    found = rows(capsys, "search", "the", "library", "--sample", "en", "--from", "2024-01-01")
    assert found
    assert all("the library" in row["text"].lower() and row["date"] >= "2024" and row["places"] for row in found)
    assert told(capsys, "search", "no such thing", "--sample", "en") == ""


def test_what_a_word_is_tied_to(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (found,) = rows(capsys, "associate", "亮太", "--sample", "ja")
    assert found["word"] == "亮太"
    assert "手すり" in [tie["word"] for tie in found["ties"][:3]]
    assert found["ties"][0]["claimed"]
    assert all(tie["days"] for tie in found["ties"])
    assert "❧ 手すり" in told(capsys, "associate", "亮太", "--sample", "ja", "-n", "3")
    assert "through" in told(capsys, "associate", "将棋", "--sample", "ja", "--hops", "2")
    (home / "words.txt").write_text("亮太\n\nnothing like it\n", encoding="utf-8")
    many = rows(capsys, "associate", "--words", str(home / "words.txt"), "--sample", "ja")
    assert [(row["word"], bool(row["ties"])) for row in many] == [("亮太", True), ("nothing like it", False)]


def test_in_and_out(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "a.txt").write_text("lost\n2025-11-21\none\n2026-11-21 08:30\ntwo\n", encoding="utf-8")
    shown = told(capsys, "import", str(home / "a.txt"))
    assert "2 new" in shown
    assert "4 letters before the first date" in shown
    assert "2 here already" in told(capsys, "import", str(home / "a.txt"))
    assert "2 entries" in told(capsys, "export", str(home / "out"))
    assert sorted(path.name for path in (home / "out").iterdir()) == ["2025-11-21.md", "2026-11-21.md"]
    assert [row["text"] for row in rows(capsys, "on-this-day", "2026-11-21")] == ["one"]


@pytest.mark.skipif(os.name == "nt", reason="other permissions")
def test_nobody_else_may_read_it(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told(capsys, "write", "--text", "private")
    for path in (home / "diary" / "diary.sqlite", *(home / "diary" / "backups").iterdir()):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["shw"], "show"),
        (["show"], "there is no diary"),
        (["show", "--sample", "fr"], "fr"),
        (["show", "2001-01-01", "--sample", "ja"], "nothing was written"),
        (["show", "nonsense", "--sample", "ja"], "no entry"),
        (["write", "2026-02-30", "--text", "x"], "2026-02-30"),
        (["write", "--text", " "], "nothing was written"),
        (["write", "--text", "x", "--mood", "9"], "mood"),
        (["delete", "--sample", "ja"], "nothing to delete"),
        (["import", "nowhere.txt"], "does not exist"),
        (["export", "x.docx", "--sample", "ja"], "which format"),
        (["associate", "--sample", "ja"], "a word"),
        (["associate", "zzz", "--sample", "ja"], "no word of this diary"),
    ],
)
def test_what_cannot_be(
    home: Path, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["diary", *arguments]) == 2
    assert said in capsys.readouterr().err


def test_several_entries_of_a_day_are_told_apart(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Journal(home / "diary") as journal:
        ids = [journal.write(text, TODAY - timedelta(3)).id for text in ("one", "two")]
    day = (TODAY - timedelta(3)).isoformat()
    assert len(rows(capsys, "show", day)) == 2
    assert main(["diary", "edit", day, "--star"]) == 2
    error = capsys.readouterr().err
    assert all(id in error for id in ids)
