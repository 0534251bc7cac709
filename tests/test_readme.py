"""What the documents say can be typed, can be typed."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

import mebuki
from mebuki.cli.main import COMMANDS, module_of

HOME = Path(__file__).parents[1]
PAGES = [HOME / name for name in ("README.md", "README.ja.md", "CONTRIBUTING.md")] + sorted(
    (HOME / "docs").glob("*.md")
)


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", page.read_text(encoding="utf-8"), flags=re.S)


def commands(page: Path) -> list[list[str]]:
    """Every `mebuki …` of a page, and every `torchrun … -m mebuki …`, as words."""
    text = page.read_text(encoding="utf-8")
    lines = [line for block in blocks(page, "sh") for line in block.replace("\\\n", " ").splitlines()] + re.findall(
        r"`(mebuki [^`]+)`", text
    )
    split = [shlex.split(line.partition(" -m ")[2] or line, comments=True) for line in lines]
    return [words[1:] for words in split if words[:1] == ["mebuki"] and words[1:2] != ["COMMAND"]]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_of_the_documents_parses(page: Path) -> None:
    for words in commands(page):
        assert words[0] in COMMANDS or words[0] == "--help", words
        if words[0] in COMMANDS and "--help" not in words:
            module_of(words[0]).parser().parse_args(words[1:])


def test_both_readmes_show_the_same_code() -> None:
    english, japanese = HOME / "README.md", HOME / "README.ja.md"
    assert blocks(english, "python") == blocks(japanese, "python")
    assert commands(english) == commands(japanese)


def test_the_first_lines_of_the_library_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The README's Python runs as it stands, on a smaller text and for fewer steps."""
    monkeypatch.chdir(tmp_path)
    Path("sherlock.txt").write_text("Watson, come here. I want to see you. " * 60, encoding="utf-8")
    names: dict[str, object] = {}
    for block in blocks(HOME / "README.md", "python"):
        small = block.replace("layers=4", "layers=1, steps=4").replace("width=128", "width=16, heads=2")
        small = small.replace(".lstm(corpus)", ".lstm(corpus, width=16, steps=4)").replace("% 500", "% 2")
        assert small != block
        exec(compile(small, "README.md", "exec"), names)
    assert len(capsys.readouterr().out) > 100


def test_what_is_said_about_looking_inside_runs(
    runs: Callable[[str], mebuki.Run], capsys: pytest.CaptureFixture[str]
) -> None:
    """Every block of the page as it stands, on a run of the tests."""
    names: dict[str, object] = {}
    for block in blocks(HOME / "docs" / "looking-inside.md", "python"):
        own = block.replace("runs/my-diary-transformer", runs("transformer").folder.as_posix())
        exec(compile(own, "looking-inside.md", "exec"), names)
    printed = capsys.readouterr().out
    assert "[4+5=9]" in printed
    assert "letter='⏎'" in printed


def test_links_of_the_documents_lead_somewhere() -> None:
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
