"""What is forgotten is in no file of the diary's folder any more, and all else is as it was."""

from __future__ import annotations

import sqlite3
from datetime import date
from pathlib import Path

import pytest

from mebuki.diary import driver, forgetting, settings, store
from mebuki.diary.entries import DiaryError, Entry
from mebuki.diary.index import Index, catch_up
from mebuki.diary.journal import Journal
from mebuki.diary.sentences import blanked, said, sentences, without
from mebuki.errors import StorageError

TODAY = date(2026, 11, 21)
PERSON = "Philomena"
NAME = "緑川亮太郎"


def traces(folder: Path, *words: str) -> list[str]:
    """Files that hold one of them, in any of three encodings."""
    wanted = [word.encode(code) for word in words for code in ("utf-8", "utf-16-le", "utf-16-be")]
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return [path.name for path in files if any(bytes in path.read_bytes() for bytes in wanted)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with Journal(tmp_path / "diary") as journal:
        journal.write(
            f"Rain. {PERSON} came to tea! We baked bread.\n{NAME}から電話。雨の匂い。", TODAY, tags=["tea", PERSON]
        )
        journal.write(f"Only {PERSON.upper()}", TODAY, id=f"with-{PERSON.lower()}")
        journal.write("Rain the whole day.", TODAY, id="rain")
        journal.edit("rain", text=f"Rain, and {PERSON}.")
        journal.edit("rain", text="Rain again.")
        journal.delete(journal.write(f"{NAME}と喧嘩。もう書かない。", "2025-03-01").id)
        journal.write(f"{PERSON}s are flowers here.", "2024-01-01", id="flowers")
        for number in range(60):
            journal.write(f"{NAME}の{number}回目。それから散歩。", "2023-05-05")
        catch_up(journal)
        journal.database.executemany("INSERT INTO aliases VALUES (?, ?)", [(PERSON, "x"), ("tea", "お茶")])
        journal.back_up(date(2026, 11, 20))
        journal.back_up(TODAY)
        journal.shelf.write("model.safetensors", f"{PERSON} {NAME}".encode())
    return tmp_path / "diary"


def test_a_person_is_nowhere_any_more(folder: Path) -> None:
    with Journal(folder) as journal:
        assert traces(folder, PERSON, NAME)
        plan = journal.would_forget(PERSON)
        assert (plan.changed, plan.deleted, plan.times, plan.versions, plan.backups) == (1, 1, 2, 1, 2)
        assert plan.days == [TODAY.isoformat()]
        assert plan.examples[0] == (TODAY.isoformat(), f"{PERSON} came to tea!")
        done = journal.forget(PERSON.lower())
        assert (done.plan.changed, done.backups, done.removed, done.kept) == (1, 2, (), ("model.safetensors",))
        journal.forget(NAME)
        first = journal.day(TODAY)[0]
        assert (first.text, first.tags) == ("Rain. We baked bread.\n雨の匂い。", ("tea",))
        assert [entry.id for entry in journal.day(TODAY)][1:] == ["rain"]
        assert [old.text for old in journal.history("rain")] == ["Rain the whole day."]
        assert [entry.text for entry in journal.entries(trash=True)] == ["もう書かない。"]
        assert journal.entry("flowers").text == f"{PERSON}s are flowers here."
        assert {entry.text for entry in journal.entries(date(2023, 5, 5), date(2023, 5, 5))} == {"それから散歩。"}
        assert journal.search(NAME[:2]) == []
        assert len(journal.search("散歩")) == 50
        assert journal.tags() == {"tea": 1}
        assert journal.database.execute("SELECT name FROM aliases").fetchall() == [("tea",)]
        assert settings.setting(journal.database, settings.REGROW)
        assert settings.setting(journal.database, settings.UNFINISHED) is None
        assert journal.database.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        journal.forget(PERSON + "s")
        assert journal.check() == "ok"
        assert traces(folder, PERSON, PERSON.lower(), PERSON.upper(), NAME) == []
        terms = "CREATE VIRTUAL TABLE temp.terms USING fts5vocab('main', 'grams', 'row')"
        journal.database.execute(terms)
        left = {term for (term,) in journal.database.execute("SELECT term FROM temp.terms")}
        assert not left & {PERSON.lower(), "緑川", "川亮", "亮太", "太郎"}
        assert "散歩" in left
        index = Index(journal)
        assert not any(NAME in "".join(keys) or "緑川" in keys for keys in index.keys)
        assert not journal.would_forget(PERSON)
    for backup in store.backups(folder):
        copy = sqlite3.connect(backup)
        assert store.check(copy) == "ok"
        assert copy.execute("SELECT count(*) FROM entries").fetchone() == (63,)
        copy.close()


def test_only_the_word_or_whole_entries(folder: Path) -> None:
    with Journal(folder) as journal:
        journal.forget(PERSON, way="word")
        assert journal.day(TODAY)[0].text == f"Rain. ＿ came to tea! We baked bread.\n{NAME}から電話。雨の匂い。"
        assert [old.text for old in journal.history("rain")] == ["Rain the whole day.", "Rain, and ＿."]
        journal.forget(NAME, way="entries")
        assert [entry.text for entry in journal.entries()][1:] == ["Only ＿", "Rain again."]
        assert list(journal.entries(trash=True)) == []
        assert traces(folder, NAME, "喧嘩") == []


def test_a_day_is_as_if_it_had_not_been(folder: Path) -> None:
    with Journal(folder) as journal:
        journal.edit("flowers", day=TODAY)
        journal.edit("flowers", day="2024-01-02", text="Flowers.")
        assert len(journal.history("flowers")) == 2
        assert journal.would_forget(day=TODAY).deleted == 3
        journal.forget(day="2026-11-21")
        assert journal.day(TODAY) == []
        assert [old.date for old in journal.history("flowers")] == [date(2024, 1, 1)]
        assert journal.check() == "ok"
    assert traces(folder, "baked bread", f"Only {PERSON.upper()}") == []


def test_forgetting_in_an_encrypted_diary(folder: Path) -> None:
    pytest.importorskip("sqlcipher3", reason='encryption is not installed: pip install "mebuki[encrypted]"')
    from mebuki.diary.encryption import decrypt, encrypt
    from mebuki.diary.vault import Cost

    encrypt(folder, "correct horse", cost=Cost(64, 1, 1))
    with Journal(folder, passphrase="correct horse") as journal:
        assert journal.would_forget(NAME).backups == 2
        assert journal.forget(NAME).backups == 2
        assert not journal.would_forget(NAME)
        assert journal.check() == "ok"
    decrypt(folder, "correct horse")
    assert traces(folder, NAME) == []


def test_a_backup_that_cannot_be_read_goes(folder: Path) -> None:
    bad = folder / "backups" / "diary-2026-11-19.sqlite"
    bad.write_bytes(driver.PLAIN + PERSON.encode() * 99)
    with Journal(folder) as journal:
        assert journal.would_forget(NAME).backups == 3
        assert journal.forget(NAME).removed == (bad,)
    assert not bad.exists()


def test_it_waits_for_no_other_program(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "PATIENCE", 0.05)
    with Journal(folder) as journal, Journal(folder) as other:
        with pytest.raises(StorageError, match="another program"):
            journal.forget(PERSON)
        assert other.would_forget(PERSON).backups == 2
        journal.write("still here", TODAY)


def test_stopped_before_the_pages_are_cut(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Journal(folder) as journal:
        with monkeypatch.context() as patch:
            patch.setattr(forgetting, "_cut", lambda database, path: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                journal.forget(NAME)
        assert settings.setting(journal.database, settings.UNFINISHED)
        with Journal(folder) as other:  # two have it open, so that it stays to be done
            assert settings.setting(other.database, settings.UNFINISHED)
    with Journal(folder) as journal:
        assert settings.setting(journal.database, settings.UNFINISHED) is None
        assert journal.database.execute("PRAGMA freelist_count").fetchone() == (0,)
        assert journal.database.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert traces(folder, NAME) == []


def test_what_is_in_the_trash_leaves_no_word(tmp_path: Path) -> None:
    with Journal(tmp_path) as journal:
        journal.write("Rain.", TODAY)
        entry = journal.write(f"{PERSON} and {NAME}", TODAY)
        catch_up(journal)
        journal.delete(entry.id)
        journal.empty_trash()
        assert traces(tmp_path, PERSON, PERSON.lower(), NAME) == []


def test_two_programs_cut_words_at_once(tmp_path: Path) -> None:
    """Neither counts on what it saw of the words before the other wrote."""

    def name(number: int) -> str:
        return "x" + "".join(chr(97 + int(digit)) for digit in f"{number:03d}")

    with Journal(tmp_path) as one, Journal(tmp_path) as other:
        one.add(Entry(f"e{n}", TODAY, None, f"Walk. {name(n)}") for n in range(501))

        def meanwhile(done: int, all: int) -> None:
            if done == 500:
                gone = other.write("walk with a heron", TODAY)
                catch_up(other)
                other.delete(gone.id, "e500")
                other.empty_trash()

        assert catch_up(one, meanwhile) == 501
        index = Index(one)
        assert {"walk", name(0), name(499)} <= {"".join(keys) for keys in index.keys}
        assert len(index) == len(index.entries_with([*map("".join, index.keys)].index("walk"))) == 500


@pytest.mark.parametrize(
    ("text", "word", "left", "taken"),
    [
        ("雨。「亮太が来た。嬉しい。」と母。晴れ。", "亮太", "雨。晴れ。", ["「亮太が来た。嬉しい。」と母。"]),
        ("「亮太が来た。", "亮太", "", ["「亮太が来た。"]),
        ("I saw Mr. Brown today. He was late...", "brown", "He was late...", ["I saw Mr. Brown today."]),
        ('"Ann!" he said. Then rain.', "ann", "he said. Then rain.", ['"Ann!"']),
        ("- tea\n- Ann\n\n- bread", "ann", "- tea\n\n- bread", ["- Ann"]),
        ("  Rain.  Ann.  Sun.", "ann", "  Rain.  Sun.", ["Ann."]),
        ("Ann\u2028left. Rain", "ann", "Rain", ["Ann\u2028left."]),
        ("ＡＮＮ？ はい", "ann", "はい", ["ＡＮＮ？"]),
        ("Anniversary. Joanna, ann2.", "ann", "Anniversary. Joanna, ann2.", []),
        ("v3.14 of Ann, 5 p.m. sharp", "ann", "sharp", ["v3.14 of Ann, 5 p.m."]),
        ("🐟と亮太🐟。🐟", "亮太", "🐟", ["🐟と亮太🐟。"]),
    ],
)
def test_sentences_that_hold_a_word(text: str, word: str, left: str, taken: list[str]) -> None:
    assert without(text, said(text, word)) == (left, taken)
    for line in text.split("\n"):
        assert "".join(line[a:b] for a, b in sentences(line)) == line
    assert not said(blanked(text, said(text, word)), word)


def test_what_is_wanted_must_be_said() -> None:
    for given in ({}, {"word": " "}, {"word": "a", "day": TODAY}):
        with pytest.raises(DiaryError, match="is wanted"):
            forgetting.Wanted(**given)
