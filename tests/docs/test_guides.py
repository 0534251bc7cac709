"""What the documents say can be typed, can be typed; where they lead, something is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from documents import HOME, PAGES, anchors, blocks, commands, links, name

from mebuki.cli.main import COMMANDS, module_of


def of_mebuki(words: list[str]) -> list[str] | None:
    """What stands behind `mebuki`, also where Python or torchrun starts it; None: another program."""
    if "-m" in words and words[words.index("-m") + 1 :][:1] == ["mebuki"]:
        return words[words.index("-m") + 2 :]
    return words[1:] if Path(words[0]).name == "mebuki" else None


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_command_of_the_documents_parses(page: Path) -> None:
    for words in commands(page):
        given = of_mebuki(words)
        if not given or given[0] in ("--help", "--version") or re.fullmatch("COMMAND|…", given[0]):
            continue
        assert given[0] in COMMANDS, words
        if "--help" not in given:
            module_of(given[0]).parser().parse_args(given[1:])


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_target_of_make_and_every_benchmark_is_there(page: Path) -> None:
    targets = re.findall(r"^([\w-]+):", (HOME / "Makefile").read_text(encoding="utf-8"), flags=re.M)
    for words in commands(page):
        if words[0] == "make":
            assert {word for word in words[1:] if "=" not in word} <= set(targets), words
        if words[:3] == ["python", "-m", "benchmarks"] and len(words) > 3:
            assert (HOME / "benchmarks" / f"{words[3]}.py").is_file(), words
        if words[:2] == ["python", "-m"] and words[2].startswith("benchmarks."):
            assert (HOME / f"{words[2].replace('.', '/')}.py").is_file(), words


def test_both_readmes_show_the_same_code() -> None:
    english, japanese = HOME / "README.md", HOME / "README.ja.md"
    assert blocks(english, "python") == blocks(japanese, "python")
    assert commands(english) == commands(japanese)


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_of_the_documents_lead_somewhere(page: Path) -> None:
    """To a file that is there, and to a heading in it, in its Japanese twin too, which the site shows in its place."""
    for file, anchor in links(page):
        there = page.parent / file if file else page
        assert there.exists(), f"{file} is not there"
        twin = there.with_name(there.name.replace(".md", ".ja.md"))
        for target in [there, *([twin] if page.name.endswith(".ja.md") and twin.exists() else [])]:
            assert not anchor or anchor in anchors(target), f"{target.name} has no heading for #{anchor}"
