"""Makes the notebooks of each lesson, in English and in Japanese, from its one source `NN_name.py`.

    python lessons/build.py              # write lessons/en/*.ipynb and lessons/ja/*.ipynb
    python lessons/build.py 03           # those of lesson 3 only
    python lessons/build.py --check      # are they up to date? 0 if so, else 1

A source is plain Python in cells:

    # %% [markdown] en        text of one language; each line begins with "# ", an empty one is "#"
    # %% [markdown] ja
    # %%                      code of both languages
    # %% ja                   code of one language: its texts, labels, data

`steps = 1000  # quick: 30` is `steps = 1000` in the notebook, and `steps = 30` in the quick form that the tests run.
The first text cell of each language begins with the title. It gets a line of links, and after it stands a cell that
installs what is needed.
"""

from __future__ import annotations

import argparse
import re
import sys
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

HOME = Path(__file__).parent
LANGUAGES = ("en", "ja")
_MARK = re.compile(r"# %%(?P<text> \[markdown\])?(?: (?P<language>en|ja))?")
_QUICK = re.compile(r"(?P<left>\s*[\w.]+(?:, [\w.]+)* = )(?P<full>.+?)  # quick: (?P<quick>.+)")
_OTHER = {"en": "日本語", "ja": "English"}
_INDEX = {"en": "all lessons", "ja": "目次"}
_COMMENT = {
    "en": "# Installs Mebuki where it is missing, and sets the look of the figures. Run this cell first.",
    "ja": "# Mebuki がなければインストールし、図の見た目を整えます。最初にこのセルを実行してください。",
}
_SETUP = """
import importlib.util
import subprocess
import sys
from pathlib import Path

if importlib.util.find_spec("mebuki") is None:
    checkout = Path("../..").resolve()
    source = f"{checkout}[lessons]" if (checkout / "pyproject.toml").exists() else "mebuki[lessons]"
    subprocess.run([sys.executable, "-m", "pip", "install", "-q", source], check=True)

from mebuki import figures

figures.use()
"""


class LessonError(Exception):
    """A source that is not written as it should be; the message begins with file:line."""


@dataclass(frozen=True)
class Cell:
    """A piece of a lesson.

    Attributes:
        text: whether it is text (Markdown), not code.
        language: "en", "ja", or "" for both.
        line: where its first line stands in the source, from 1.
        source: its lines.
    """

    text: bool
    language: str
    line: int
    source: str


def sources(home: Path = HOME) -> list[Path]:
    """The lessons in their order."""
    return sorted(home.glob("[0-9][0-9]_*.py"))


def cells(path: Path) -> list[Cell]:
    """The cells of a source, of both languages.

    Raises:
        LessonError: it is not written as it should be.
    """
    found: list[Cell] = []
    start, mark, lines = 0, None, []
    for number, line in enumerate([*path.read_text(encoding="utf-8").splitlines(), "# %%"], 1):
        if not line.startswith("# %%"):
            if mark is None and line.strip():
                raise LessonError(f"{path}:{number}: something stands before the first cell")
            lines.append(line)
            continue
        if mark is not None:
            found.append(_cell(path, start + 1, mark, lines))
        start, mark, lines = number, _MARK.fullmatch(line), []
        if mark is None or (mark["text"] and not mark["language"]):
            raise LessonError(f"{path}:{number}: allowed are '# %%', '# %% ja' and '# %% [markdown] ja' (or en)")
    return [cell for cell in found if cell.source]


def _cell(path: Path, first: int, mark: re.Match[str], lines: list[str]) -> Cell:
    while lines and not lines[0].strip():
        del lines[0]
        first += 1
    for number, line in enumerate(lines, first):
        if mark["text"] and line.strip() and line != "#" and not line.startswith("# "):
            raise LessonError(f"{path}:{number}: a line of text begins with '# '")
        if not mark["text"] and "# quick:" in line and not _QUICK.fullmatch(line):
            raise LessonError(f"{path}:{number}: wanted is 'name = number  # quick: number'")
    if mark["text"]:
        lines = joined([line[2:] for line in lines])
    return Cell(bool(mark["text"]), mark["language"] or "", first, "\n".join(lines).rstrip())


def joined(lines: list[str]) -> list[str]:
    """Lines of text in which Japanese runs on: a browser would show a gap at each end of a line.

    Two lines are joined where both sides are Japanese letters and no new block begins.
    """
    out: list[str] = []
    fenced = False
    for line in lines:
        before, after = (out[-1] if out else ""), line.lstrip()
        fenced ^= after.startswith("```")
        runs_on = before and after and _wide(before[-1]) and _wide(after[0]) and not before.startswith("#")
        if runs_on and not fenced:
            out[-1] += after
        else:
            out.append(line)
    return out


def _wide(letter: str) -> bool:
    return unicodedata.east_asian_width(letter) in "WF"


def lesson(path: Path, language: str) -> list[Cell]:
    """The cells of one language.

    Raises:
        LessonError: it is not written as it should be.
    """
    own = [cell for cell in cells(path) if cell.language in ("", language)]
    if not own or not own[0].text or not own[0].source.startswith("# "):
        raise LessonError(f"{path}: the first cell of {language} is a text that begins with the title: '# # …'")
    return own


def full(code: str) -> str:
    """Code as the reader sees it."""
    return "\n".join(re.sub(_QUICK, r"\g<left>\g<full>", line) for line in code.split("\n"))


def quick(code: str) -> str:
    """Code as the tests run it."""
    return "\n".join(re.sub(_QUICK, r"\g<left>\g<quick>", line) for line in code.split("\n"))


def title(path: Path, language: str) -> str:
    """The first heading of a lesson; its name if that cannot be read (the check of that lesson tells why)."""
    try:
        return lesson(path, language)[0].source.split("\n")[0].removeprefix("# ")
    except LessonError:
        return path.stem


def notebook(path: Path, language: str, form: str = "full") -> str:
    """A lesson as the text of an .ipynb file, without outputs.

    Args:
        form: "full", as the reader sees it; "quick", as the tests run it.

    Raises:
        LessonError: the source is not written as it should be.
    """
    import nbformat
    from nbformat import v4

    first, *rest = lesson(path, language)
    heading, *body = first.source.split("\n")
    made = [v4.new_markdown_cell("\n".join([heading, "", _links(path, language), *body]))]
    made.append(v4.new_code_cell(setup(language)))
    for cell in rest:
        code = quick(cell.source) if form == "quick" else full(cell.source)
        made.append(v4.new_markdown_cell(cell.source) if cell.text else v4.new_code_cell(code))
    for number, cell in enumerate(made):
        cell["id"] = f"{path.stem}-{number:03}"
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    book = v4.new_notebook(cells=made, metadata={"kernelspec": kernel, "language_info": {"name": "python"}})
    nbformat.validate(book)
    return nbformat.writes(book) + "\n"


def setup(language: str) -> str:
    """The first code cell."""
    return _COMMENT[language] + _SETUP.rstrip()


def _links(path: Path, language: str) -> str:
    """A line that leads to the neighbours, to the list of lessons, and to the other language."""
    row = sources(path.parent)
    place = row.index(path)
    links = [f"[← {title(p, language)}]({p.stem}.ipynb)" for p in row[max(0, place - 1) : place]]
    links += [f"[{_INDEX[language]}](../README.md)"]
    links += [f"[{title(p, language)} →]({p.stem}.ipynb)" for p in row[place + 1 : place + 2]]
    other = next(name for name in LANGUAGES if name != language)
    return " · ".join([*links, f"[{_OTHER[language]}](../{other}/{path.stem}.ipynb)"])


def target(path: Path, language: str) -> Path:
    """Where the notebook of a lesson stands."""
    return path.parent / language / f"{path.stem}.ipynb"


def outdated(home: Path = HOME, only: str = "") -> dict[Path, str]:
    """The notebooks that are not as their sources say, each with what it should hold; "" if it should not be there."""
    wanted = {
        target(path, lang): notebook(path, lang) for path in sources(home) if only in path.stem for lang in LANGUAGES
    }
    if not only:
        there = [book for language in LANGUAGES for book in (home / language).glob("*.ipynb")]
        wanted |= {book: "" for book in there if book not in wanted}
    return {
        book: text for book, text in wanted.items() if not book.exists() or book.read_text(encoding="utf-8") != text
    }


def main(arguments: Sequence[str] | None = None) -> int:
    p = argparse.ArgumentParser(description="Make the notebooks from the sources of the lessons.")
    p.add_argument("lesson", nargs="?", default="", help="a number, as 03; all without it")
    p.add_argument("--check", action="store_true", help="only tell whether they are up to date")
    given = p.parse_args(arguments)
    try:
        wrong = outdated(only=given.lesson)
    except LessonError as error:
        print(error, file=sys.stderr)
        return 2
    for book, text in wrong.items():
        print(
            ("not up to date: " if given.check else "written: " if text else "removed: ") + str(book.relative_to(HOME))
        )
        if not given.check and text:
            book.parent.mkdir(exist_ok=True)
            book.write_text(text, encoding="utf-8", newline="\n")
        elif not given.check:
            book.unlink()
    if given.check and wrong:
        print("make them anew: python lessons/build.py")
    return 1 if given.check and wrong else 0


if __name__ == "__main__":
    sys.exit(main())
