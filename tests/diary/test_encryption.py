"""An encrypted diary holds no plain letter on the disk, opens with its passphrase or recovery key alone, and is otherwise as a plain one."""

from __future__ import annotations

import gc
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from mebuki.diary import driver, encryption, keyring, recovery, sealing, store, vault
from mebuki.diary.encryption import decrypt, encrypt
from mebuki.diary.entries import DiaryError
from mebuki.diary.importing import export, import_into
from mebuki.diary.index import catch_up
from mebuki.diary.journal import Journal
from mebuki.diary.unlocking import change_passphrase, new_recovery_key, recover, unlock
from mebuki.diary.vault import Cost, LockedError, Vault
from mebuki.errors import StorageError

pytest.importorskip("sqlcipher3", reason='encryption is not installed: pip install "mebuki[encrypted]"')

TODAY = date(2026, 11, 21)
WEAK = Cost(memory=64, passes=1, lanes=1)
SAID = "correct horse battery"
SECRET = "秘密の亮太 and the quick fox"


def traces(folder: Path, secret: str = SECRET) -> list[str]:
    """Files that hold it, in any of three encodings."""
    words = [*secret.split(), secret]
    wanted = [word.encode(code) for word in words for code in ("utf-8", "utf-16-le", "utf-16-be") if len(word) > 3]
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return [path.name for path in files if any(bytes in path.read_bytes() for bytes in wanted)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A plain diary with everything that a diary can have."""
    folder = tmp_path / "diary"
    with Journal(folder) as journal:
        entry = journal.write(SECRET, TODAY, tags=["亮太太郎"], mood=3)
        journal.edit(entry.id, text=f"{SECRET}, changed")
        journal.delete(journal.write(f"{SECRET} thrown away", TODAY).id)
        journal.back_up(date(2026, 11, 20))
        journal.back_up(TODAY)
        catch_up(journal)
        journal.shelf.write("model.bin", SECRET.encode())
    (folder / "backups" / ".1-2.unfinished").write_bytes((folder / "backups" / "diary-2026-11-21.sqlite").read_bytes())
    (folder / "kept" / ".model.bin-0a1b").write_bytes(SECRET.encode())
    assert len(traces(folder)) == 6
    return folder


@pytest.fixture
def journal(folder: Path) -> Iterator[Journal]:
    encrypt(folder, SAID, cost=WEAK)
    with Journal(folder, passphrase=SAID) as opened:
        yield opened


def test_there_and_back(folder: Path) -> None:
    with Journal(folder) as journal:
        before = [*journal.entries(), *journal.entries(trash=True)]
        history = journal.history(before[0].id)
    found = encrypt(folder, SAID, cost=WEAK)
    assert (found.strangers, found.gone) == ((), ())
    assert traces(folder) == []
    with Journal(folder, passphrase=SAID) as journal:
        assert journal.encrypted
        assert journal.check() == "ok"
        assert [*journal.entries(), *journal.entries(trash=True)] == before
        assert journal.history(before[0].id) == history
        assert journal.shelf.read("model.bin") == SECRET.encode()
        assert [match.entry.id for match in journal.search("の亮")] == [before[0].id]
    assert decrypt(folder, SAID) == ()
    assert not keyring.exists(folder)
    with Journal(folder) as journal:
        assert not journal.encrypted
        assert [*journal.entries(), *journal.entries(trash=True)] == before
        assert journal.shelf.read("model.bin") == SECRET.encode()
        assert len(journal.search("fox")) == 1
    for backup in store.backups(folder):
        copy = sqlite3.connect(backup)
        assert copy.execute("SELECT count(*) FROM entries").fetchone() == (2,)
        copy.close()


def test_nothing_is_plain_while_it_is_used(journal: Journal, tmp_path: Path) -> None:
    """Also the log beside the database, while it is open, and backups."""
    many = tmp_path / "many.txt"
    many.write_text("".join(f"2026-01-{day:02d}\n{SECRET} {day}\n" for day in range(1, 29)), encoding="utf-8")
    assert len(import_into(journal, many).new) == 28
    catch_up(journal)
    journal.shelf.write("counts.bin", SECRET.encode() * 100)
    made = journal.back_up(date(2026, 11, 22))
    assert journal.path.with_name("diary.sqlite-wal").stat().st_size > 0
    assert traces(journal.folder) == []
    with pytest.raises(sqlite3.DatabaseError):
        sqlite3.connect(made).execute("SELECT * FROM entries")
    shutil.copy(made, journal.folder / "restored.sqlite")
    key = unlock(journal.folder, SAID)
    assert key
    copy = driver.opened(journal.folder / "restored.sqlite", key.database)
    assert copy.execute("SELECT count(*) FROM entries").fetchone() == (30,)
    copy.close()
    assert export(journal, tmp_path / "out.jsonl") == 29


def test_wrong_and_missing_passphrases(folder: Path) -> None:
    shown = encrypt(folder, SAID, cost=WEAK).recovery_key
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    with pytest.raises(LockedError, match="is encrypted"):
        Journal(folder)
    for said in ("", "correct horse batterz", SAID.upper()):
        with pytest.raises(LockedError, match="not the passphrase"):
            Journal(folder, passphrase=said)
    with pytest.raises(LockedError, match="another diary"):
        recover(folder, recovery.written(bytes(20)), "something else", cost=WEAK)
    with pytest.raises(DiaryError, match="already"):
        encrypt(folder, SAID, cost=WEAK)
    for short in ("", "seven77"):
        with pytest.raises(DiaryError, match="letters"):
            change_passphrase(folder, SAID, short, cost=WEAK)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    Journal(folder, passphrase="ｃｏｒｒｅｃｔ　horse battery").close()  # as an input method may type it
    decrypt(folder, SAID)
    with pytest.raises(DiaryError, match="not encrypted"):
        Journal(folder, passphrase=SAID)
    with pytest.raises(DiaryError, match="not encrypted"):
        recover(folder, shown, "something else", cost=WEAK)


def test_another_passphrase_and_recovery_key(folder: Path) -> None:
    first = encrypt(folder, SAID, cost=WEAK).recovery_key
    database = (folder / store.NAME).read_bytes()
    change_passphrase(folder, SAID, "second passphrase", cost=WEAK)
    with pytest.raises(LockedError):
        Journal(folder, passphrase=SAID)
    recover(folder, first.lower().replace("-", " ").replace("0", "o"), "third passphrase", cost=WEAK)
    with pytest.raises(LockedError):
        Journal(folder, passphrase="second passphrase")
    second = new_recovery_key(folder, "third passphrase")
    with pytest.raises(LockedError, match="old one"):
        recover(folder, first, "fourth passphrase", cost=WEAK)
    recover(folder, second, "fourth passphrase", cost=WEAK)
    assert (folder / store.NAME).read_bytes() == database  # only the key is wrapped anew
    Journal(folder, passphrase="fourth passphrase").close()


def test_the_recovery_key_tells_where_it_is_wrong() -> None:
    shown = recovery.written(bytes(range(100, 120)))
    assert recovery.read(shown.replace("1", "l").replace("0", "O").lower()) == bytes(range(100, 120))
    for place, sign in enumerate(shown):
        if sign != "-":
            wrong = shown[:place] + ("7" if sign != "7" else "9") + shown[place + 1 :]
            with pytest.raises(DiaryError, match=f"group {place // 6 + 1} "):
                recovery.read(wrong)
    groups = shown.split("-")
    with pytest.raises(DiaryError, match="group 1 "):
        recovery.read("-".join([groups[1], groups[0], *groups[2:]]))
    with pytest.raises(DiaryError, match="39 signs"):
        recovery.read(shown[:-1])


def test_lost_and_damaged_keys(folder: Path) -> None:
    encrypt(folder, SAID, cost=WEAK)
    main, copy = keyring.paths(folder)
    whole = main.read_bytes()
    main.unlink()
    Journal(folder, passphrase=SAID).close()
    assert main.read_bytes() == whole  # made again from its copy
    for damaged in (b"", whole[:100], whole.replace(b'"passes": 1', b'"passes": 2'), b"[]", b"\xff"):
        main.write_bytes(damaged)
        Journal(folder, passphrase=SAID).close()
        assert main.read_bytes() == whole
        copy.write_bytes(damaged)
        Journal(folder, passphrase=SAID).close()
        assert copy.read_bytes() == whole
    main.write_bytes(b"{}")
    copy.write_bytes(b"{}")
    with pytest.raises(DiaryError, match=r"keys\.json cannot be read: it is damaged"):
        Journal(folder, passphrase=SAID)
    newer = json.loads(whole) | {"form": 2}
    main.write_text(json.dumps(newer), encoding="utf-8")
    with pytest.raises(DiaryError, match="newer version"):
        Journal(folder, passphrase=SAID)
    main.unlink()
    copy.unlink()
    with pytest.raises(DiaryError, match=r"keys\.json is lost"):
        Journal(folder)


def test_a_damaged_database_and_one_of_another_key(folder: Path, tmp_path: Path) -> None:
    encrypt(folder, SAID, cost=WEAK)
    path = folder / store.NAME
    whole = path.read_bytes()
    other = tmp_path / "other"
    encrypt(other, SAID, cost=WEAK)
    path.write_bytes((other / store.NAME).read_bytes())
    with pytest.raises(DiaryError, match="other keys") as told:
        Journal(folder, passphrase=SAID)
    assert "diary-2026-11-21.sqlite" in str(told.value)
    path.write_bytes(b"")
    with pytest.raises(DiaryError, match="is empty"):
        Journal(folder, passphrase=SAID)
    path.unlink()
    with pytest.raises(DiaryError, match="is missing"):
        Journal(folder, passphrase=SAID)
    for place in (5000, len(whole) - 10):
        flipped = bytearray(whole)
        flipped[place] ^= 1
        path.write_bytes(flipped)
        try:
            with Journal(folder, passphrase=SAID) as journal:
                assert journal.check() != "ok"
        except DiaryError as error:
            assert "damaged" in str(error)  # noqa: PT017
        path.with_name("diary.sqlite-wal").unlink(missing_ok=True)
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DiaryError, match="damaged"):
        Journal(folder, passphrase=SAID)
    shutil.copy(store.backups(folder)[-1], path)  # as the message says
    with Journal(folder, passphrase=SAID) as journal:
        assert journal.day(TODAY)[0].text.startswith(SECRET)


def test_sealed_files_know_their_name_and_key(journal: Journal) -> None:
    journal.shelf.write("one.bin", b"1")
    file = journal.folder / "kept" / "one.bin"
    shutil.copy(file, file.with_name("two.bin"))
    with pytest.raises(DiaryError, match=r"two\.bin is damaged"):
        journal.shelf.read("two.bin")
    sealed = bytearray(file.read_bytes())
    sealed[-1] ^= 1
    file.write_bytes(sealed)
    with pytest.raises(DiaryError, match=r"one\.bin is damaged"):
        journal.shelf.read("one.bin")
    journal.shelf.write("one.bin", b"1")
    assert file.read_bytes() != sealing.seal(bytes(32), "one.bin", b"1")  # never the same twice
    journal.lock()
    with pytest.raises(DiaryError, match="locked"):
        journal.shelf.read("one.bin")


def test_what_is_open_elsewhere_is_left_alone(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "PATIENCE", 0.05)
    with Journal(folder) as journal:
        with pytest.raises(StorageError, match="another program"):
            encrypt(folder, SAID, cost=WEAK)
        journal.write("still here", TODAY)
    encrypt(folder, SAID, cost=WEAK)
    with Journal(folder, passphrase=SAID) as journal:
        with pytest.raises(StorageError, match="another program"):
            decrypt(folder, SAID)
        change_passphrase(folder, SAID, "second passphrase", cost=WEAK)  # which needs nobody to stop
        journal.write("and here", TODAY)
    with Journal(folder, passphrase="second passphrase") as journal:
        assert [entry.text for entry in journal.day(TODAY)][-2:] == ["still here", "and here"]


def test_nobody_comes_in_meanwhile(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from mebuki.diary import gate

    monkeypatch.setattr(gate, "PATIENCE", 0.05)
    with gate.gate(folder), gate.gate(folder):
        pass
    with gate.gate(folder, alone=True), pytest.raises(StorageError, match="another program"):
        Journal(folder)
    with gate.gate(folder), pytest.raises(StorageError, match="another program"):
        encrypt(folder, SAID, cost=WEAK)
    Journal(folder).close()


def test_a_new_diary_may_begin_encrypted(tmp_path: Path) -> None:
    with pytest.raises(DiaryError, match="there is no diary"):
        Journal(tmp_path / "new", passphrase=SAID)  # or else it would be plain
    encrypt(tmp_path / "new", SAID, cost=WEAK)
    with Journal(tmp_path / "new", passphrase=SAID) as journal:
        journal.write(SECRET, TODAY)
        assert traces(tmp_path) == []


def test_what_others_put_there_is_told(folder: Path) -> None:
    (folder / "notes.txt").write_text("mine", encoding="utf-8")
    damaged = folder / "backups" / "diary-2026-11-19.sqlite"
    damaged.write_bytes(driver.PLAIN + b"no database" * 99)
    found = encrypt(folder, SAID, cost=WEAK)
    assert found.strangers == (folder / "notes.txt",)
    assert found.gone == (damaged,)
    assert not damaged.exists()


def test_other_encrypted_backups_keep_their_keys(folder: Path, tmp_path: Path) -> None:
    old = tmp_path / "old"
    with Journal(old) as journal:
        journal.back_up(date(2025, 1, 1))
    encrypt(old, SAID, cost=WEAK)
    shutil.copy(store.backups(old)[0], folder / "backups")
    with pytest.raises(DiaryError, match="keys that would be lost"):
        encrypt(folder, SAID, cost=WEAK)
    Journal(folder).close()


@pytest.mark.skipif(os.name == "nt", reason="Windows gives no name of a file that is open")
def test_the_plain_file_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "old").write_bytes(b"plain" * 1000)
    (tmp_path / "new").write_bytes(b"sealed")
    with (tmp_path / "old").open("rb") as old:
        sealing.put_in_place(tmp_path / "new", tmp_path / "old")
        assert b"plain" not in old.read()
    (tmp_path / "twice").write_bytes(b"plain")
    os.link(tmp_path / "twice", tmp_path / "second name")
    sealing.shred(tmp_path / "twice")
    assert (tmp_path / "second name").read_bytes() == b"plain"  # somebody's backup


def test_what_is_half_written_over_has_no_name(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(sealing, "_overwrite", lambda descriptor: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            sealing.shred(folder / "kept" / "model.bin")
    assert traces(folder)
    with Journal(folder) as journal:
        assert journal.shelf.names() == []
    assert not list(folder.rglob("*turning*"))


def stopped_after(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The program dies before it gives a file its name for that time."""
    calls, put = iter(range(10**6)), encryption.put_in_place

    def die(new: Path, target: Path) -> None:
        if next(calls) == count:
            raise KeyboardInterrupt
        put(new, target)

    monkeypatch.setattr(encryption, "put_in_place", die)
    monkeypatch.setattr(encryption, "shred", lambda path: None)  # the dead take nothing away


@pytest.mark.parametrize("count", range(4))
def test_stopped_on_the_way_to_an_encrypted_one(folder: Path, count: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        stopped_after(count, patch)
        with pytest.raises(KeyboardInterrupt):
            encrypt(folder, SAID, cost=WEAK)
    encrypted = store.is_encrypted(folder / store.NAME)
    assert encrypted == (count > 0)
    with Journal(folder, passphrase=SAID if encrypted else None) as journal:
        assert len(journal.day(TODAY)) == 1
        assert journal.shelf.read("model.bin") == SECRET.encode()
        assert (traces(folder) == []) == encrypted
    assert not list(folder.rglob("*turning*"))
    if not encrypted:
        encrypt(folder, SAID, cost=WEAK)
        assert traces(folder) == []


@pytest.mark.parametrize("count", range(4))
def test_stopped_on_the_way_back(folder: Path, count: int) -> None:
    encrypt(folder, SAID, cost=WEAK)
    with pytest.MonkeyPatch.context() as patch:
        stopped_after(count, patch)
        with pytest.raises(KeyboardInterrupt):
            decrypt(folder, SAID)
    with Journal(folder, passphrase=SAID) as journal:
        assert len(journal.day(TODAY)) == 1
        assert traces(folder) == []
    assert not list(folder.rglob("*turning*"))
    decrypt(folder, SAID)
    Journal(folder).close()


def test_without_the_packages_it_says_what_to_install(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sqlcipher3", None)
    with pytest.raises(DiaryError, match="not installed") as told:
        encrypt(folder, SAID, cost=WEAK)
    assert "mebuki[encrypted]" in str(told.value)
    Journal(folder).close()


def test_what_the_keys_file_says_is_not_secret(folder: Path) -> None:
    encrypt(folder, SAID, cost=WEAK)
    keys = unlock(folder, SAID)
    assert keys
    assert keys.data.hex() not in repr(keys)
    content = keyring.paths(folder)[0].read_text(encoding="utf-8")
    said = json.loads(content)
    assert (said["passphrase"]["made_by"], said["passphrase"]["memory"]) == ("argon2id", WEAK.memory)
    assert Cost(128 * 1024, 3, 4) == vault.COST
    assert Vault.from_json(said).to_json() == said
    assert SAID not in content


@pytest.mark.skipif(os.name == "nt", reason="of POSIX")
def test_a_second_look_ends_no_lock_of_the_first(folder: Path) -> None:
    """Closing a file ends all locks that its program has on it: nobody may close the database that is open."""
    code = (
        "import sqlite3, sys; database = sqlite3.connect(sys.argv[1], timeout=0.05); "
        "database.execute('PRAGMA journal_mode = DELETE')"
    )
    with Journal(folder) as journal:
        assert not store.is_encrypted(journal.path)
        command = [sys.executable, "-c", code, str(journal.path)]
        done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8")
        assert "database is locked" in done.stderr
        journal.write("still here", TODAY)


def test_what_was_closed_is_not_held(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    path.write_bytes(b"")
    driver.opened(path)
    gc.collect()
    connection = driver.opened(path)
    assert driver.is_plain(path)
    connection.close()
    connection.close()
    path.write_bytes(b"something else")
    assert not driver.is_plain(path)
