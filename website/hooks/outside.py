"""What stands beside docs/ and belongs to the site: its pages, and the links that lead there and back.

In the documents a link is the way from file to file, so that it holds wherever the files are read; here each becomes the way from
page to page. A link that leads to nothing of the site stops the build.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from reference import page_of  # beside this file

HOME = Path(__file__).parents[2]
PAGES = {  # file of the project -> page of the site
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "lessons/README.md": "lessons/index.md",
}
ELSEWHERE = {
    "LICENSE": "license.md",
    "README.md": "index.md",
    "README.ja.md": "index.md",
    "docs/index.ja.md": "index.md",
}
_CODE = re.compile(r"(```.*?```|`[^`\n]+`)", re.S)
_LINK = re.compile(r"(?<=\]\()([^)\s:#]+)(#[^)\s]*)?(?=\))")
_LESSON = re.compile(r"lessons/(?:en|ja)/(\d\d_\w+)\.ipynb")
_MODULE = re.compile(r"src/(mebuki/[\w/]+)\.py")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    for source, page in PAGES.items():
        if page != "lessons/index.md":  # hooks/lessons.py
            files.append(File.generated(config, page, abs_src_path=str(HOME / source)))
    text = "# License\n\n```text\n" + (HOME / "LICENSE").read_text(encoding="utf-8") + "```\n"
    files.append(File.generated(config, "license.md", content=text))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    home = file_of(page.file.src_uri, config.theme["language"])

    def lead(link: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(posixpath.dirname(home), link[1]))
        return posixpath.relpath(place(target, home), posixpath.dirname(page.file.src_uri) or ".") + (link[2] or "")

    pieces = _CODE.split(markdown)
    return "".join(piece if number % 2 else _LINK.sub(lead, piece) for number, piece in enumerate(pieces))


def file_of(page: str, language: str) -> str:
    """The file of the project that a page shows."""
    for here, there in PAGES.items():
        if there == page:
            return here
    return f"lessons/{language}/{Path(page).stem}.ipynb" if page.startswith("lessons/") else f"docs/{page}"


def place(target: str, home: str) -> str:
    """The page that shows a file of the project.

    Args:
        target: way to the file from the root of the project.
        home: the file that leads there.

    Raises:
        PluginError: the site has no such page.
    """
    if target in PAGES or target in ELSEWHERE:
        return PAGES.get(target) or ELSEWHERE[target]
    if lesson := _LESSON.fullmatch(target):
        return f"lessons/{lesson[1]}.md"
    if (module := _MODULE.fullmatch(target)) and (page := page_of(module[1].replace("/", "."))):
        return page
    if target.startswith("docs/"):
        return target.removeprefix("docs/").replace(".ja.md", ".md")
    raise PluginError(f"{home} leads to {target}, which is no page of the site: say which in {__file__}")
