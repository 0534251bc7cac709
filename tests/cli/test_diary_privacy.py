"""`mebuki diary` encrypt, decrypt, passphrase, recover, unlock, lock and forget, as a reader uses them."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mebuki.cli import editor, passphrases
from mebuki.cli.main import main
from mebuki.diary import agent, store, vault
from mebuki.diary.journal import Journal

pytest.importorskip("sqlcipher3", reason='encryption is not installed: pip install "mebuki[encrypted]"')

SAID, SECOND = "correct horse", "battery staple"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("MEBUKI_DIARY", str(tmp_path / "diary"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.delenv(passphrases.VARIABLE, raising=False)
    monkeypatch.setattr(vault, "COST", vault.Cost(memory=64, passes=1, lanes=1))
    monkeypatch.setattr(passphrases, "terminal", lambda: False)
    for name, said in (("first", SAID), ("second", SECOND), ("wrong", "something else")):
        (tmp_path / name).write_text(f"{said}\r\nnot this line\n", encoding="utf-8")
    yield tmp_path
    for socket in tmp_path.glob("mebuki/*"):
        agent.forget(socket.name)


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["diary", *arguments]) == 0, capsys.readouterr().err
    return capsys.readouterr().out


def failed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["diary", *arguments]) == 2
    return capsys.readouterr().err


def file(home: Path, name: str = "first") -> list[str]:
    return ["--passphrase-file", str(home / name)]


def test_a_life_with_a_passphrase(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told(capsys, "write", "2026-11-21", "--text", "Rain again.")
    shown = json.loads(told(capsys, "encrypt", *file(home), "--json"))["recovery_key"]
    assert "terminal" in failed(capsys, "list")
    assert "not the passphrase" in failed(capsys, "list", *file(home, "wrong"))
    assert "Rain again." in told(capsys, "list", *file(home))
    told(capsys, "write", "--text", "And now?", *file(home))
    assert "whole, encrypted" in told(capsys, "check", *file(home))
    assert main(["diary", "export", str(home / "out.txt"), *file(home)]) == 0
    assert "can read it" in capsys.readouterr().err
    assert "already" in failed(capsys, "encrypt", *file(home))
    told(capsys, "passphrase", *file(home), "--new-passphrase-file", str(home / "second"))
    assert "not the passphrase" in failed(capsys, "show", "2026-11-21", *file(home))
    (home / "key").write_text(shown.lower(), encoding="utf-8")
    key = ["--recovery-key-file", str(home / "key")]
    told(capsys, "recover", *key, "--new-passphrase-file", str(home / "first"))
    assert "from now on" in told(capsys, "passphrase", *file(home), "--new-recovery-key")
    assert "old one" in failed(capsys, "recover", *key, "--new-passphrase-file", str(home / "first"))
    assert "is plain" in told(capsys, "decrypt", *file(home))
    assert "Rain again." in told(capsys, "list")
    for command in ("decrypt", "passphrase", "recover", "unlock", "lock"):
        assert "not encrypted" in failed(capsys, command)
    assert "not encrypted" in failed(capsys, "list", *file(home))


def test_unlocked_for_a_while(home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    told(capsys, "encrypt", *file(home))
    assert "unlocked until" in told(capsys, "unlock", *file(home), "--minutes", "5")
    (socket,) = (home / "mebuki").iterdir()
    told(capsys, "write", "--text", "No passphrase.")
    assert "No passphrase." in told(capsys, "list")
    told(capsys, "unlock")  # from then on
    assert told(capsys, "lock") == "locked\n"
    assert told(capsys, "lock") == "it was locked already\n"
    assert not socket.exists()
    assert "terminal" in failed(capsys, "list")
    assert "--minutes" in failed(capsys, "unlock", "--minutes", "0")
    monkeypatch.setenv(passphrases.VARIABLE, SAID)
    assert "No passphrase." in told(capsys, "list")


def test_the_key_is_kept_until_the_time_is_over(home: Path) -> None:
    keys = vault.Keys("0123456789abcdef", bytes(range(32)))
    agent.start(keys, 600)
    assert agent.ask(keys.id) == keys
    assert agent.ask("another") is None
    agent.start(keys, 0.5)
    while agent.ask(keys.id):
        pass
    assert not agent.forget(keys.id)
    (home / "mebuki").chmod(0o755)
    with pytest.raises(agent.StorageError, match="entered by others"):
        agent.start(keys, 600)


def test_a_new_diary_is_not_plain_by_accident(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(passphrases.VARIABLE, SAID)
    assert "would be plain" in failed(capsys, "write", "--text", "Rain.")
    assert not (home / "diary" / store.NAME).exists()
    assert "recovery key" in told(capsys, "encrypt")
    told(capsys, "write", "--text", "Rain.")
    assert not any(b"Rain" in path.read_bytes() for path in (home / "diary").rglob("*") if path.is_file())


def test_what_is_asked_at_the_terminal(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter(["one of them", "another one", SAID, SAID, "wrong one", SAID, "w", "w", "w"])
    monkeypatch.setattr(passphrases, "terminal", lambda: True)
    monkeypatch.setattr("getpass.getpass", lambda question: next(answers))
    told(capsys, "encrypt")
    assert main(["diary", "list"]) == 0
    assert capsys.readouterr().err.count("not the passphrase") == 1
    assert failed(capsys, "list").count("not the passphrase") == 3


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="there are no such terminals here")
def test_a_real_terminal_shows_no_passphrase(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told(capsys, "write", "2026-11-21", "--text", "Rain again.")
    told(capsys, "encrypt", *file(home))
    ours, theirs = os.openpty()
    code = "import os, sys; os.setsid(); os.open(sys.argv[1], os.O_RDWR); os.execv(sys.executable, [sys.executable, '-m', 'mebuki', *sys.argv[2:]])"
    command = [sys.executable, "-c", code, os.ttyname(theirs), "diary", "list"]
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, close_fds=True) as process:
        os.close(theirs)
        seen = b""
        while b"passphrase of" not in seen:
            seen += os.read(ours, 1024)
        os.write(ours, SAID.encode() + b"\n")
        try:
            while part := os.read(ours, 1024):
                seen += part
        except OSError:  # the other end is closed
            pass
        assert process.wait() == 0
    os.close(ours)
    assert b"Rain again." in seen
    assert SAID.encode() not in seen


@pytest.mark.parametrize("memory", [True, False])
def test_a_draft_is_in_memory_or_written_over(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, memory: bool
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    place = home / "memory"
    place.mkdir()
    monkeypatch.setattr(editor, "memory", lambda: place if memory else None)
    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.delenv("VISUAL", raising=False)
    code = (
        "import sys; from pathlib import Path; p = Path(sys.argv[1]); p.write_text('typed'); p.with_name('x.swp').write_text('typed'); "
        f"Path({str(home / 'where')!r}).write_text(str(p))"
    )
    (home / "editor.py").write_text(code, encoding="utf-8")
    monkeypatch.setenv("EDITOR", f"{sys.executable} {home / 'editor.py'}")
    told(capsys, "encrypt", *file(home))
    monkeypatch.setenv(passphrases.VARIABLE, SAID)
    assert main(["diary", "write", "2026-11-21"]) == 0
    assert ("lies unencrypted in" in capsys.readouterr().err) != memory
    draft = Path((home / "where").read_text(encoding="utf-8"))
    assert (draft.parent.parent == place) == memory
    assert not draft.parent.exists()
    assert "typed" in told(capsys, "show", "2026-11-21")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="of Linux")
def test_memory_is_no_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))  # on a disk
    assert editor.memory() in (None, Path("/dev/shm"))


def test_forget(home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    for day, text in (("2026-11-20", "Rain. Ann came to tea!"), ("2026-11-21", "Ann again, all day.")):
        told(capsys, "write", day, "--text", text)
    assert "nobody can be asked" in failed(capsys, "forget", "Ann")
    looked = told(capsys, "forget", "ann", "--dry-run")
    assert "ann: 2 entries from 2026-11-20 to 2026-11-21, 2 times" in looked
    assert "2026-11-20  Ann came to tea!" in looked
    monkeypatch.setattr(sys, "stdin", type("Terminal", (io.StringIO,), {"isatty": lambda self: True})("no\n"))
    assert "nothing was changed" in told(capsys, "forget", "ann")
    monkeypatch.setattr(sys, "stdin", type("Terminal", (io.StringIO,), {"isatty": lambda self: True})("y\n"))
    assert "forgotten" in told(capsys, "forget", "ann")
    with Journal(home / "diary") as journal:
        assert [entry.text for entry in journal.entries()] == ["Rain."]
    done = json.loads(told(capsys, "forget", "--day", "2026-11-20", "--yes", "--json"))
    assert (done["forgotten"], done["deleted"], done["backups"]) == (True, 1, 1)
    assert "stands nowhere" in told(capsys, "forget", "Ann", "--yes")
    assert "is wanted" in failed(capsys, "forget")
    assert "--day takes all" in failed(capsys, "forget", "--day", "2026-11-20", "--entries", "--yes")
    assert json.loads(told(capsys, "forget", "亮太", "--sample", "ja", "--dry-run", "--json"))["changed"] > 10
