"""The documents of the project, and what stands in them: blocks of code, commands, headings, links."""

from __future__ import annotations

import re
import shlex
import unicodedata
from pathlib import Path

HOME = Path(__file__).parents[2]
GUIDES = sorted((HOME / "docs").glob("*.md"))
PAGES = [HOME / name for name in ("README.md", "README.ja.md", "CONTRIBUTING.md", "lessons/README.md")] + GUIDES
ENGLISH = [page for page in GUIDES if not page.name.endswith(".ja.md")]
JAPANESE = [page for page in GUIDES if page.name.endswith(".ja.md")]
_FENCE = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```", re.S | re.M)
_HEADING = re.compile(r"^(#+) (.+)$", re.M)


def name(page: Path) -> str:
    return page.relative_to(HOME).as_posix()


def fences(page: Path) -> list[tuple[str, str]]:
    """Language ("" where none is said) and content of every block of code."""
    return _FENCE.findall(page.read_text(encoding="utf-8"))


def blocks(page: Path, language: str) -> list[str]:
    return [content for said, content in fences(page) if said == language]


def prose(page: Path) -> str:
    """A page without its blocks of code."""
    return _FENCE.sub("", page.read_text(encoding="utf-8"))


def headings(page: Path) -> list[tuple[int, str]]:
    """Depth and text."""
    return [(len(signs), text) for signs, text in _HEADING.findall(prose(page))]


def anchors(page: Path) -> set[str]:
    """Where links may lead to in a page: {#id} where it is given, else the heading in small letters, dashes for spaces."""
    found = set()
    for _, heading in headings(page):
        given = re.search(r"\{#([\w-]+)\}$", heading)
        plain = unicodedata.normalize("NFKD", heading).encode("ascii", "ignore").decode()
        found.add(given[1] if given else re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", plain).strip().lower()))
    return found


def links(page: Path) -> list[tuple[str, str]]:
    """File ("" for the page itself) and anchor ("" for none) of every link to another file or place of the project."""
    text = re.sub(r"`[^`\n]*`", "", prose(page))
    return [(file, anchor) for file, anchor in re.findall(r"\]\(([^)\s:#]*)(?:#([^)\s]+))?\)", text) if file or anchor]


def commands(page: Path) -> list[list[str]]:
    """Every line of a page's `sh` blocks, and every command in its prose, as words; each part of a pipe by itself."""
    lines = [line for block in blocks(page, "sh") for line in block.replace("\\\n", " ").splitlines()]
    found = []
    for line in lines + re.findall(r"`((?:mebuki|make|python -m) [^`]+)`", prose(page)):
        reader = shlex.shlex(line, posix=True, punctuation_chars="|&;")
        reader.whitespace_split, reader.commenters = True, "#"
        part: list[str] = []
        for word in [*reader, "|"]:
            if set(word) <= set("|&;"):
                found += [part] if part else []
                part = []
            elif part or not re.fullmatch(r"[A-Z_]+=.*", word):
                part.append(word)
    return found


def without_comments(code: str) -> list[str]:
    """The lines of a block without what stands behind a `#`, which is said in the language of the page."""
    return [re.sub(r"(?:^|\s)\s*#(?:\s.*)?$", "", line).rstrip() for line in code.rstrip().splitlines()]
