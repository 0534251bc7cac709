"""Diaries of other programs: there and back without loss, twice imported is once stored, nothing is dropped in silence."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from mebuki.diary import formats
from mebuki.diary.entries import DiaryError, Entry
from mebuki.diary.formats.found import Found, Passed
from mebuki.diary.importing import export, import_into
from mebuki.diary.journal import Journal
from mebuki.errors import MebukiError

DAY = date(2026, 11, 21)
letters = st.characters(exclude_categories=["Cs"])
moments = st.datetimes(datetime(1970, 1, 2), datetime(2100, 1, 1)).map(lambda m: m.replace(microsecond=0, tzinfo=UTC))
entries = st.builds(
    Entry,
    id=st.text(st.characters(categories=["L", "N", "P"]), min_size=1, max_size=20),
    date=st.dates(),
    time=st.none() | st.times().map(lambda at: at.replace(microsecond=0)),
    text=st.text(letters, min_size=1).filter(str.strip),
    tags=st.lists(st.text("aé日記-/ ", min_size=1).map(str.strip).filter(bool), unique=True, max_size=3).map(tuple),
    star=st.booleans(),
    mood=st.none() | st.integers(1, 5),
    created=moments,
)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal(tmp_path / "diary") as made:
        yield made


def taken(path: Path, format: str = "auto") -> list[Entry]:
    return [item.entry for item in formats.read(path, format) if isinstance(item, Found)]


def passed(path: Path, format: str = "auto") -> list[Passed]:
    return [item for item in formats.read(path, format) if isinstance(item, Passed)]


@pytest.mark.parametrize("name", ["all.jsonl", "all.json", "folder"])
@settings(deadline=None, max_examples=25)
@given(written=st.lists(entries, min_size=1, max_size=5, unique_by=lambda entry: entry.id))
def test_there_and_back(tmp_path_factory: pytest.TempPathFactory, name: str, written: list[Entry]) -> None:
    home = tmp_path_factory.mktemp("there")
    with Journal(home / "one") as one, Journal(home / "other") as other:
        kept = one.add(written)
        assert export(one, home / name) == len(kept)
        assert formats.detect(home / name) == {"all.jsonl": "jsonl", "all.json": "jrnl", "folder": "markdown"}[name]
        report = import_into(other, home / name)
        assert sorted(report.new) == sorted(entry.id for entry in kept)
        back = {entry.id: entry for entry in other.entries()}
        assert back == {entry.id: entry for entry in kept}
        again = import_into(other, home / name)
        assert (again.new, again.known, again.changed, again.kept) == ([], len(kept), [], [])


def test_jrnl_text(tmp_path: Path) -> None:
    path = tmp_path / "journal.txt"
    path.write_text(
        "[2020-06-28 18:22] Went to the pond. *\nA @grebe with its young.\n\n- two\n- lines\n\n"
        "[2020-06-29 06:05:11 AM] 朝、池まで自転車。\n\n[not a date] stays\n\n2020-06-30 09:00 Old form\nbody @a-b me@x.org\n",
        encoding="utf-8",
    )
    assert formats.detect(path) == "jrnl"
    found = taken(path)
    assert [(e.date, e.time, e.text, e.tags, e.star) for e in found] == [
        (
            date(2020, 6, 28),
            time(18, 22),
            "Went to the pond.\nA @grebe with its young.\n\n- two\n- lines",
            ("grebe",),
            True,
        ),
        (date(2020, 6, 29), time(6, 5, 11), "朝、池まで自転車。\n\n[not a date] stays", (), False),
        (date(2020, 6, 30), time(9, 0), "Old form\nbody @a-b me@x.org", ("a-b",), False),
    ]


def test_jrnl_json(tmp_path: Path) -> None:
    path = tmp_path / "export.json"
    entry = {
        "title": "Title.",
        "body": "Body\n@x",
        "date": "2020-06-28",
        "time": "18:22",
        "tags": ["@x"],
        "starred": True,
    }
    path.write_text(
        json.dumps({"tags": {"@x": 1}, "entries": [entry, {"title": "", "body": " ", "date": "2020-06-28"}]})
    )
    (found,) = taken(path)
    assert (found.text, found.time, found.tags, found.star) == ("Title.\nBody\n@x", time(18, 22), ("x",), True)
    assert [item.why for item in passed(path)] == ["nothing is written there"]


def test_day_one(tmp_path: Path, journal: Journal) -> None:
    content = {
        "metadata": {"version": "1.0"},
        "entries": [
            {
                "uuid": "81F0F3CA693F484792F76359E9E2ACE8",
                "creationDate": "2017-12-25T20:04:32Z",
                "timeZone": "Asia/Tokyo",
                "text": "# Rain\\. Again\\!\n\n![](dayone-moment://68D729)\n\n1\\. C:\\\\x",
                "tags": ["garden", "雨"],
                "starred": True,
            },
            {"uuid": "B", "creationDate": "soon", "text": "x"},
            {"uuid": "C", "creationDate": "2018-01-01T00:00:00Z"},
        ],
    }
    path = tmp_path / "export.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("Journal.json", json.dumps(content))
        archive.writestr("photos/68D729.jpeg", b"\xff\xd8")
    (found,) = taken(path)
    assert (found.id, found.date, found.time) == (
        "81F0F3CA693F484792F76359E9E2ACE8",
        date(2017, 12, 26),
        time(5, 4, 32),
    )
    assert (found.text, found.tags, found.star) == ("# Rain. Again!\n\n\n1. C:\\x", ("garden", "雨"), True)
    report = import_into(journal, path)
    assert (len(report.new), len(report.passed)) == (1, 3)
    assert "picture" in report.passed[0].why


def test_notes_of_obsidian_and_logseq(tmp_path: Path) -> None:
    home = tmp_path / "vault"
    notes = {
        "2026-11-21.md": "---\ntags: [garden, 雨]\nmood: 4\ntime: 08:30\n---\nRain on #grebe/young, not `#code` nor #1.\n",
        "journals/2026_11_20.md": "- woke early\n  - #dream",
        "20261119 Thursday.md": "compact",
        "Meeting 2026-11-18.md": "late in the name",
        "no date.md": "---\ndate: 2026-11-17T09:15\nstarred: true\n---\nin the head",
        "recipes.md": "flour",
        "2026-11-16.md": "\n\n",
        "2026-02-30.md": "no such day",
        "broken 2026-11-15.md": "---\na: [\n---\nx",
        "picture.png": "",
        ".obsidian/app.json": "{}",
    }
    for name, text in notes.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(text, encoding="utf-8")
    assert formats.detect(home) == "markdown"
    found = {entry.date.day: entry for entry in taken(home)}
    assert sorted(found) == [17, 18, 19, 20, 21]
    assert found[21].tags == ("garden", "雨", "grebe/young")
    assert (found[21].mood, found[21].time) == (4, time(8, 30))
    assert found[20].tags == ("dream",)
    assert (found[17].time, found[17].star) == (time(9, 15), True)
    assert sorted(item.where for item in passed(home)) == [
        "2026-02-30.md",
        "2026-11-16.md",
        "broken 2026-11-15.md",
        "picture.png",
        "recipes.md",
    ]


def test_rednotebook(tmp_path: Path) -> None:
    home = tmp_path / "data"
    home.mkdir()
    (home / "2026-11.txt").write_text(
        "21: {text: 'Rain, and **tea**. #garden', Tags: {雨: null}, Films: {Ikiru: null}}\n"
        "20:\n  text: |-\n    two\n    lines\n31: {text: no such day}\n19: {text: ''}\n",
        encoding="utf-8",
    )
    assert formats.detect(home) == "rednotebook"
    two, one = taken(home)
    assert (one.date, one.text) == (DAY, "Rain, and **tea**. #garden\n\nFilms\n- Ikiru")
    assert one.tags == ("雨", "garden")
    assert two.text == "two\nlines"
    assert len(passed(home)) == 2


def test_rednotebook_as_it_writes_it_itself(tmp_path: Path) -> None:
    """The form that RedNotebook 2.29's own code gives these days: folded lines, escapes, a null for each tag."""
    said = "Rain //again//. #garden and ＃散歩, #ff8800\n\n\nthree lines below   \n- 緑ヶ池: \"池\" 'x'\n\ttab\u2028a\u0085b \U0001f327"
    long = ("long line " * 60).strip()
    days = {
        1: {"text": "yes"},
        2: {"text": "2026"},
        4: {"text": "", "holiday": None},
        5: {"text": "", "Films": {"乱": None}},
        6: {"text": "  indented\nsecond"},
        7: {"text": long},
        9: {"text": "old", "Work": None, "Idea: A": {"yes: no": None, "beans": None}},
        21: {"text": said + "\n", "Films": {"Ikiru": None, "東京物語": None}, "雨の日": None},
    }
    home = tmp_path / "data"
    home.mkdir()
    written = yaml.dump(days, Dumper=yaml.SafeDumper, allow_unicode=True)
    assert "雨の日: null" in written
    (home / "2026-11.txt").write_text(written, encoding="utf-8")
    (home / "2026-11.CONFLICT_BACKUP1795.txt").write_text("1: {text: another}\n", encoding="utf-8")
    assert formats.detect(home) == "rednotebook"
    found = {entry.date.day: (entry.text, entry.tags) for entry in taken(home)}
    assert found == {
        1: ("yes", ()),
        2: ("2026", ()),
        4: ("#holiday", ("holiday",)),
        5: ("Films\n- 乱", ()),
        6: ("  indented\nsecond", ()),
        7: (long, ()),
        9: ("old\n\nIdea: A\n- beans\n- yes: no", ("Work",)),
        21: (said + "\n\nFilms\n- Ikiru\n- 東京物語", ("雨の日", "garden", "散歩")),
    }


def test_journey(tmp_path: Path) -> None:
    content = {
        "id": "1593368533000-3f",
        "text": "<p>Rain &amp; wind.</p><p>Home.</p>",
        "type": "html",
        "date_journal": 1593368533000,
        "timezone": "Asia/Tokyo",
        "tags": ["雨"],
        "favourite": True,
        "photos": ["a.jpg"],
    }
    path = tmp_path / "journey.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("1593368533000-3f.json", json.dumps(content))
        archive.writestr("broken.json", "{")
    (found,) = taken(path)
    assert (found.id, found.date, found.time) == ("1593368533000-3f", date(2020, 6, 29), time(3, 22, 13))
    assert (found.text, found.tags, found.star) == ("Rain & wind.\nHome.", ("雨",), True)
    assert len(passed(path)) == 2


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "euc_jp"])
def test_plain_text_with_dates(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "日記.txt"
    text = (
        "私の日記\r\n\r\n■2026年11月20日(金) 晴れ\r\n朝、池まで自転車。\r\n\r\nカイツブリがいた。\r\n"
        "令和8年11月21日　土曜日　8時30分\r\n雨だった。2026年の雨。\r\n2026-02-30\r\n続き\r\n# 11/22/2026: 短い\r\n"
    )
    path.write_bytes(text.encode(encoding))
    assert formats.detect(path) == "text"
    assert [(e.date.day, e.time, e.text) for e in taken(path)] == [
        (20, None, "晴れ\n朝、池まで自転車。\n\nカイツブリがいた。"),
        (21, time(8, 30), "雨だった。2026年の雨。\n2026-02-30\n続き"),
        (22, None, "短い"),
    ]
    assert [item.where.rpartition(",")[2].strip() for item in passed(path)] == ["line 9", "日記.txt"]


@pytest.mark.parametrize("sign", [",", ";", "\t"])
def test_tables(tmp_path: Path, sign: str) -> None:
    path = tmp_path / "table.csv"
    rows = [
        ["日付", "タイトル", "本文", "タグ", "気分"],
        ["2026/11/21 08:30", "雨", '"二行\n目"', "池 雨", "4"],
        ["", "", "x", "", ""],
    ]
    path.write_text("\n".join(sign.join(row) for row in rows), encoding="utf-8")
    (found,) = taken(path)
    assert (found.date, found.time, found.text) == (DAY, time(8, 30), "雨\n二行\n目")
    assert (found.tags, found.mood) == (("池", "雨"), 4)
    assert [item.why for item in passed(path)] == ["it has no date"]


def test_what_was_changed_here_stays(journal: Journal, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"

    def source(text: str, **more: str) -> None:
        path.write_text(json.dumps({"id": "a", "date": "2026-11-21", "text": text, **more}), encoding="utf-8")

    source("one")
    assert import_into(journal, path).new == ["a"]
    source("two")
    assert import_into(journal, path).changed == ["a"]
    assert [entry.text for entry in journal.history("a")] == ["one"]
    journal.edit("a", text="mine")
    source("three")
    assert import_into(journal, path).kept == ["a"]
    source("four", edited="2099-01-01T00:00:00Z")
    assert import_into(journal, path).changed == ["a"]
    journal.delete("a")
    source("five", edited="2099-01-02T00:00:00Z")
    assert import_into(journal, path).kept == ["a"]
    assert journal.entry("a").text == "four"


def test_twins_in_one_file(journal: Journal, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    rows = [{"id": "a", "date": "2026-11-21", "text": text} for text in ("one", "one", "two")]
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    report = import_into(journal, path)
    assert (report.new, report.known) == (["a", "a-2"], 1)
    again = import_into(journal, path)
    assert (again.new, again.changed, again.kept, again.known) == ([], [], [], 3)


def bomb(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("Journal.json", b" " * (200 << 20))


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("half.zip", b"PK\x03\x04 half", "no whole zip"),
        ("bomb.zip", bomb, "unpacks"),
        ("broken.json", b'{"entries": [', "no JSON"),
        ("other.json", b'{"a": 1}', "no diary"),
        ("prose.txt", b"It rained.\n", "no dates"),
        ("missing.txt", None, "does not exist"),
        ("image.txt", b"\x89PNG\0\0\0", "not a text file"),
        ("empty", "folder", "holds no diary"),
    ],
)
def test_what_is_no_diary(tmp_path: Path, journal: Journal, name: str, content: object, told: str) -> None:
    path = tmp_path / name
    if callable(content):
        content(path)
    elif isinstance(content, bytes):
        path.write_bytes(content)
    elif content == "folder":
        path.mkdir()
    with pytest.raises(MebukiError, match=told):
        import_into(journal, path)
    assert not list(journal.entries())


def test_formats_are_named(journal: Journal, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("2026-11-21\nx", encoding="utf-8")
    with pytest.raises(MebukiError, match="unknown"):
        import_into(journal, tmp_path / "a.txt", format="word")
    with pytest.raises(DiaryError, match="which format"):
        export(journal, tmp_path / "a.docx")
    with pytest.raises(MebukiError, match="unknown"):
        export(journal, tmp_path / "a.docx", format="word")


def test_text_to_read(journal: Journal, tmp_path: Path) -> None:
    journal.write("one\ntwo\n", DAY, "08:30")
    journal.write("three", DAY)
    assert export(journal, tmp_path / "all.txt") == 2
    assert [(e.time, e.text) for e in taken(tmp_path / "all.txt")] == [(None, "three"), (time(8, 30), "one\ntwo")]


def test_a_journal_that_jrnl_itself_has_written(tmp_path: Path, journal: Journal) -> None:
    """Its text and its JSON bring the same entries; what we write, it exports again as we mean it."""
    pytest.importorskip("jrnl")
    config, own = tmp_path / "jrnl.yaml", tmp_path / "own.txt"
    colours = "{body: none, date: none, tags: none, title: none}"
    config.write_text(
        f"colors: {colours}\ndefault_hour: 9\ndefault_minute: 0\ndisplay_format: pretty\neditor: ''\nencrypt: false\n"
        f"highlight: true\nindent_character: '|'\njournals: {{default: {{journal: {own}}}}}\nlinewrap: 79\n"
        "tagsymbols: '#@'\ntemplate: false\ntimeformat: '%F %r'\nversion: v4.2\n",
        encoding="utf-8",
    )
    own.touch()

    def jrnl(*words: str) -> str:
        command = [sys.executable, "-m", "jrnl", "--config-file", str(config), *words]
        return subprocess.run(
            command, check=True, capture_output=True, encoding="utf-8", stdin=subprocess.DEVNULL
        ).stdout

    jrnl("2020-06-28 18:22: Went to the pond. A @grebe with its young. #rain")
    jrnl("2021-01-02 at 7am: *朝、池まで自転車。カイツブリがいた。")
    exported = tmp_path / "export.json"
    exported.write_text(jrnl("--export", "json"), encoding="utf-8")
    found, others = ([replace(e, tags=tuple(sorted(e.tags))) for e in taken(path)] for path in (own, exported))
    assert found == others
    assert [(e.date, e.time, e.text, e.tags, e.star) for e in found] == [
        (
            date(2020, 6, 28),
            time(18, 22),
            "Went to the pond.\nA @grebe with its young. #rain",
            ("grebe", "rain"),
            False,
        ),
        (date(2021, 1, 2), time(7, 0), "朝、池まで自転車。\nカイツブリがいた。", (), True),
    ]
    assert len(import_into(journal, own).new) == 2
    assert import_into(journal, exported).known == 2


def test_dates_that_could_be_two_days(tmp_path: Path) -> None:
    """What a file itself says of the order of day and month counts; where it says nothing, nothing is guessed."""
    path = tmp_path / "a.txt"
    path.write_text("05/11/2026\nx\n13/11/2026\ny\n", encoding="utf-8")
    assert [entry.date for entry in taken(path)] == [date(2026, 11, 5), date(2026, 11, 13)]
    path.write_text("05/11/2026\nx\n11/13/2026\ny\n", encoding="utf-8")
    assert [entry.date for entry in taken(path)] == [date(2026, 5, 11), date(2026, 11, 13)]
    path.write_text("05/11/2026\nx\n", encoding="utf-8")
    assert not taken(path)
    assert "two days" in passed(path)[0].why
    found = [item for item in formats.read(path, "auto", "auto", "day") if isinstance(item, Found)]
    assert found[0].entry.date == date(2026, 11, 5)
    path.write_text("05.11.2026 Regen\n", encoding="utf-8")
    assert [(entry.date, entry.text) for entry in taken(path)] == [(date(2026, 11, 5), "Regen")]


def test_words_beside_a_date_stay(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(
        "2026-11-20 Sat by the pond\n2025年1月5日から英語を習った\n- 2026-12-01 dentist\n2026-11-21 08:30 Amy came\n"
        "2026年11月22日 3時間散歩した\n2026-11-23 -5℃ 雪\n2026-11-24T08:30 rain\n2026-02-30\nlast",
        encoding="utf-8",
    )
    assert [(entry.date.day, entry.time, entry.text) for entry in taken(path)] == [
        (20, None, "Sat by the pond\n2025年1月5日から英語を習った\n- 2026-12-01 dentist"),
        (21, time(8, 30), "Amy came"),
        (22, None, "3時間散歩した"),
        (23, None, "-5℃ 雪"),
        (24, time(8, 30), "rain\n2026-02-30\nlast"),
    ]


def test_one_that_cannot_be_taken_does_not_end_the_import(tmp_path: Path, journal: Journal) -> None:
    path = tmp_path / "a.jsonl"
    rows = [
        {"date": "2026-11-21", "text": "one", "tags": ["", "a\nb", "x" * 300]},
        {"date": "2026-11-21", "text": "half \ud83d"},
        {"date": "2026-11-21", "text": "late", "created": "0001-01-01T00:00:00Z"},
        {"date": "2026-11-21", "text": " "},
        {"date": "soon", "text": "x"},
        ["no object"],
    ]
    path.write_text("\n".join(map(json.dumps, rows)) + "\n{broken", encoding="utf-8")
    report = import_into(journal, path)
    assert (len(report.new), len(report.passed)) == (3, 4)
    with Journal(journal.folder) as again:
        assert [entry.text for entry in again.entries()] == ["one", "half \ufffd", "late"]
        assert next(again.entries()).tags == ("a b", "x" * 100)
    assert import_into(journal, path).known == 3


def test_a_note_that_grew_is_one_entry(tmp_path: Path, journal: Journal) -> None:
    note = tmp_path / "vault" / "2026-11-21.md"
    note.parent.mkdir()
    note.write_text("morning", encoding="utf-8")
    (id,) = import_into(journal, note.parent).new
    note.write_text("morning\nevening", encoding="utf-8")
    assert import_into(journal, note.parent).changed == [id]
    note.write_text("morning\nevening\nnight", encoding="utf-8")
    assert import_into(journal, note.parent).changed == [id]
    journal.edit(id, text="mine")
    note.write_text("other", encoding="utf-8")
    assert import_into(journal, note.parent).kept == [id]


def test_nothing_of_a_row_or_a_head_is_dropped_in_silence(tmp_path: Path) -> None:
    table = tmp_path / "a.csv"
    table.write_text("date,text\n2026-11-21,Rain, and then sun\n", encoding="utf-8")
    assert not taken(table)
    assert "more columns" in passed(table)[0].why
    note = tmp_path / "2026-11-21.md"
    note.write_text("---\ntitle: Pond\nweather: rain\n---\nGrebes.", encoding="utf-8")
    assert [entry.text for entry in taken(note)] == ["Pond\n\nGrebes."]
    assert "weather" in passed(note)[0].why
    archive = tmp_path / "a.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr(".obsidian/app.json", "{}")
        file.writestr("2026-11-21.md", "雨だった".encode("cp932"))
        file.writestr("2026-11-22.md", "晴れ")
    assert [entry.text for entry in taken(archive)] == ["晴れ"]
    assert "UTF-8" in passed(archive)[0].why


def test_an_export_writes_over_nothing(tmp_path: Path, journal: Journal) -> None:
    journal.write("x", DAY)
    (tmp_path / "a.txt").write_text("precious", encoding="utf-8")
    with pytest.raises(MebukiError, match="exists already"):
        export(journal, tmp_path / "a.txt")
    assert (tmp_path / "a.txt").read_text(encoding="utf-8") == "precious"
