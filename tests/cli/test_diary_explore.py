"""`mebuki diary explore` as a reader uses it: it asks before it sends, and remembers."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from rich.cells import cell_len
from wiki import Reply, Wiki, pond

from mebuki.cli.main import main
from mebuki.diary.consent import NAME
from mebuki.diary.journal import Journal


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def wiki() -> Iterator[Wiki]:
    with pond() as made:
        yield made


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MEBUKI_DIARY", str(tmp_path / "diary"))
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    with Journal(tmp_path / "diary") as journal:
        journal.write("池で水を見た。", "2026-01-03")
        journal.write("庭園の水。", "2026-02-01")
        journal.write("水と、また水。", "2026-02-01")
    return tmp_path / "diary"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, home: Path, wiki: Wiki) -> Iterator[object]:
    """`asked("y", word)`: at a terminal, with this typed; the exit code, and what stood on standard error."""

    def call(typed: str, *arguments: str) -> tuple[int, str]:
        said = Terminal()
        monkeypatch.setattr(sys, "stdin", Terminal(typed))
        monkeypatch.setattr(sys, "stderr", said)
        code = main(["diary", "explore", *arguments, "--endpoint", wiki.source])
        return code, said.getvalue()

    return call


def test_it_asks_once_and_remembers(asked, wiki: Wiki, capsys: pytest.CaptureFixture[str]) -> None:
    code, said = asked("y\n", "池")
    assert code == 0
    assert "池, and nothing else" in said
    assert f"to     {wiki.host}, by http, which all on the way can read" in said
    assert said.count("[y/N]") == 1
    assert f"asking {wiki.host} …" in said
    assert "❧ 水" in capsys.readouterr().out
    code, said = asked("", "池塘")
    assert code == 0
    assert "[y/N]" not in said
    assert len(wiki.requests) == 2


@pytest.mark.parametrize("typed", ["n\n", "\n", "", "no\n", "yesterday\n"])
def test_without_a_yes_nothing_is_sent(typed: str, asked, home: Path, wiki: Wiki) -> None:
    code, said = asked(typed, "池")
    assert code == 2
    assert "nothing was sent" in said
    assert wiki.requests == []
    assert not (home / NAME).exists()


def test_a_script_is_not_asked(home: Path, wiki: Wiki, capsys: pytest.CaptureFixture[str]) -> None:
    where = ["--endpoint", wiki.source]
    assert main(["diary", "explore", "池", *where]) == 2
    error = capsys.readouterr().err
    assert f"try: mebuki diary explore 池 --endpoint {wiki.source} --yes" in error
    assert wiki.requests == []
    assert main(["diary", "explore", "池", *where, "--yes"]) == 0
    assert capsys.readouterr().err == f"池 is sent to http://{wiki.host}, and nothing else\n"
    assert main(["diary", "explore", "池塘", *where]) == 2  # once is once
    assert len(wiki.requests) == 1


def test_allowed_and_forbidden(home: Path, wiki: Wiki, capsys: pytest.CaptureFixture[str]) -> None:
    where = ["--endpoint", wiki.source]
    assert main(["diary", "explore", "--allow", *where]) == 0
    said = capsys.readouterr().out
    assert "the word that you explore, and nothing else" in said
    assert f"Allowed for this diary: http://{wiki.host}" in said
    assert wiki.requests == []
    assert main(["diary", "explore", "池", *where]) == 0
    assert main(["diary", "explore", "--forbid"]) == 0
    said = capsys.readouterr().out
    assert f"nothing is sent any more to http://{wiki.host}\n1 answer taken away" in said
    assert main(["diary", "explore", "池", *where]) == 2
    assert main(["diary", "explore", "--forbid", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"forbidden": [], "answers": 0}
    assert main(["diary", "explore", "--allow", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"allowed": "wikipedia.org"}


def test_as_json(home: Path, wiki: Wiki, capsys: pytest.CaptureFixture[str]) -> None:
    where = ["--endpoint", wiki.source, "--json"]
    assert main(["diary", "explore", "池", *where, "--yes", "-n", "2"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["word"], found["source"], found["looked_up"]) == ("池", wiki.source, date.today().isoformat())
    assert [(one["title"], one["in_diary"], len(one["days"])) for one in found["related"]] == [
        ("水", True, 3),
        ("庭園", True, 1),
    ]
    assert main(["diary", "explore", "池", *where]) == 0  # kept: nothing is sent
    assert len(json.loads(capsys.readouterr().out)["related"]) == 10
    assert len(wiki.requests) == 1


def test_what_is_shown(home: Path, wiki: Wiki, capsys: pytest.CaptureFixture[str]) -> None:
    wiki.extracts["蓮"] = "蓮は、水の中に育つ花。" * 20
    wiki.extracts["池"] = "池は、水をたたえる場所である。" * 20
    assert main(["diary", "explore", "池", "--endpoint", wiki.source, "--yes"]) == 0
    lines = capsys.readouterr().out.split("\n")
    assert max(map(cell_len, lines)) <= 80
    assert lines[0] == f"池   http://{wiki.host}/wiki/池"
    assert "  ❧ 水      2 days  2026-01-03 – 2026-02-01" in lines
    assert "  ❧ 庭園    1 day   2026-02-01" in lines
    assert "    陸地   湖沼   沼   農業   溜池   ダム湖" in lines
    assert "    用水路  用水路は、灌漑などのために水を引く水路である。" in lines
    assert f"❧ 2 of 10 live in your diary; looked up {date.today()}" in lines


def test_what_is_shown_of_little(home: Path, wiki: Wiki, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diary", "explore", "xyz", "--endpoint", wiki.source, "--yes"]) == 0
    assert capsys.readouterr().out == f"no page is called xyz\n\nlooked up {date.today()}\n"
    wiki.pages, wiki.ambiguous = {"Xyz": "[[Alpha]] [b]", "Abc xyz": ""}, ("Xyz",)
    assert main(["diary", "explore", "xyz", "--endpoint", wiki.source, "--yes", "--fresh"]) == 0
    said = capsys.readouterr().out
    assert "several things are called so" in said
    assert "none of them lives in your diary yet" in said
    del wiki.pages["Xyz"]
    assert main(["diary", "explore", "xyz", "--endpoint", wiki.source, "--yes", "--fresh"]) == 0
    assert "no page is called xyz; these pages hold the word" in capsys.readouterr().out


def test_a_sample_remembers_nothing(asked, wiki: Wiki, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, said = asked("y\n", "池", "--sample", "ja")
    assert code == 0
    assert "Send it? [y/N]" in said
    assert not (home / NAME).exists()
    code, said = asked("", "--allow", "--sample", "ja")
    assert code == 2
    assert "remembers nothing" in said


def test_misfortunes_are_told(home: Path, wiki: Wiki, capsys: pytest.CaptureFixture[str]) -> None:
    wiki.answer = lambda request: Reply(b"", 429, {"Retry-After": "30"})
    assert main(["diary", "explore", "池", "--endpoint", wiki.source, "--yes"]) == 2
    told = capsys.readouterr().err.split("\n", 1)[1]
    assert told == "mebuki: 127.0.0.1 was asked too often (429)\n  try: again in 30 seconds\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "a word is wanted"),
        (["--forbid", "池"], "--forbid takes no word"),
        (["池", "--yes", "--allow"], "not allowed with argument"),
        (["池", "-n", "0"], "-n is 0"),
        (["a|b", "--yes"], "no word that an encyclopedia may have"),
        (["池", "--language", "x/y", "--yes"], "no code of a language"),
        (["池", "--endpoint", "ftp://x", "--yes"], "no address to ask at"),
    ],
)
def test_what_cannot_be(home: Path, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diary", "explore", *arguments]) == 2
    assert said in capsys.readouterr().err
