"""The lessons as pages to read: text, formulas and code of the notebooks, in the language of the build.

Nothing is run here; `make lessons` keeps the notebooks with what they print and draw. Formulas become MathML, which browsers set
by themselves.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from latex2mathml.converter import convert
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

LESSONS = Path(__file__).parents[2] / "lessons"
_CODE = re.compile(r"(```.*?```|`[^`\n]+`)", re.S)
_FORMULA = re.compile(r"\$\$(?P<block>.+?)\$\$|(?<![\w\\$])\$(?P<inline>[^$\s](?:[^$]*?[^$\s])?)\$(?![\w$])", re.S)
_ROW = re.compile(r"\| (\d+) \| \[(.+?)\]\(en/(\w+)\.ipynb\) \| \[(.+?)\]\(ja/\w+\.ipynb\) \| (.+?) · (.+?) \|")


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    for section in config.nav or []:
        if "Understand" in section:
            pages = sorted(path.stem for path in (LESSONS / "en").glob("*.ipynb"))
            section["Understand"] = [
                {"Lessons": ["lessons/index.md", *(f"lessons/{name}.md" for name in pages)]},
                "scratch.md",
                "looking-inside.md",
            ]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    language = config.theme["language"]
    made = {f"lessons/{path.stem}.md": as_page(path) for path in sorted((LESSONS / language).glob("*.ipynb"))}
    made["lessons/index.md"] = index((LESSONS / "README.md").read_text(encoding="utf-8"), language)
    for name, text in made.items():
        file = File.generated(config, name, content=text)
        file.in_japanese = language == "ja"  # type: ignore[attr-defined]
        files.append(file)
    return files


def as_page(path: Path) -> str:
    """A notebook as Markdown: its cells one below the other, without the line of links and the cell that installs."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    parts = [cell(each) for each in cells if "find_spec" not in "".join(each["source"])]
    heading, links, *rest = parts[0].split("\n\n")
    assert "](../README.md)" in links, path
    return "\n\n".join([heading, *rest, *parts[1:]])


def cell(given: dict[str, Any]) -> str:
    source = "".join(given["source"])
    return f"```python\n{source}\n```" if given["cell_type"] == "code" else with_formulas(source)


def with_formulas(text: str) -> str:
    """$…$ and $$…$$ outside code become MathML."""

    def formula(found: re.Match[str]) -> str:
        block = found["block"] is not None
        tex = (found["block"] or found["inline"]).strip()
        mathml = convert(tex, display="block" if block else "inline")
        if block:
            return f"\n\n<div class='formula' tabindex='0'>{mathml}</div>\n\n"
        return (
            f"<span class='formula' tabindex='0'>{mathml}</span>" if len(tex) > 40 else mathml
        )  # scrolls by itself on a phone

    pieces = _CODE.split(text)
    return "".join(piece if number % 2 else _FORMULA.sub(formula, piece) for number, piece in enumerate(pieces))


def index(readme: str, language: str) -> str:
    """lessons/README.md holds both languages side by side: this is one of them."""
    first, english, japanese = readme.split("\n## ")
    _, in_english, in_japanese, table = first.split("\n\n", 3)
    rows = [_ROW.match(line) for line in table.strip().splitlines()[2:]]
    own = 1 if language == "en" else 2
    lines = [
        "# Lessons" if own == 1 else "# 講座",
        with_formulas((in_english, in_japanese)[own - 1]),
        "\n".join(
            ["| | afterwards you can |" if own == 1 else "| | できるようになること |", "|---|---|"]
            + [f"| {row[1]} [{row[2 * own]}]({language}/{row[3]}.ipynb) | {row[4 + own]} |" for row in rows if row]
        ),
        "## " + (english, japanese)[own - 1],
    ]
    assert all(rows), "the table of lessons/README.md is not built as it was"
    return "\n\n".join(lines)
