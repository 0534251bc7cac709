"""One language a build: NAME.ja.md stands in for NAME.md, and each page knows its twin in the other language.

Two builds instead of one, so that each has a search of its own: its words are cut by the rules of its language, and no
page is found twice. Where there is no Japanese page, the English one is shown, and says so.
"""

from __future__ import annotations

import re
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.nav import Navigation, Section
from mkdocs.structure.pages import Page

SUFFIX = ".ja.md"
_BROKEN = re.compile(
    r"(<pre.*?</pre>)|(?<=[\u3000-\u30ff\u3400-\u9fff\uff00-\uff60])\n(?=[\u3000-\u30ff\u3400-\u9fff\uff00-\uff60])",
    re.S,
)
ONLY_ENGLISH = "*このページは英語だけです。*"


def japanese(config: MkDocsConfig) -> bool:
    return config.theme["language"] == "ja"


def on_files(files: Files, config: MkDocsConfig) -> Files:
    for file in [file for file in files if file.src_uri.endswith(SUFFIX)]:
        files.remove(file)
        if japanese(config):
            plain = file.src_uri.removesuffix(SUFFIX) + ".md"
            if english := files.get_file_from_path(plain):
                files.remove(english)
            twin = File.generated(config, plain, abs_src_path=file.abs_src_path)
            twin.in_japanese = True  # type: ignore[attr-defined]
            files.append(twin)
    return files


def on_nav(nav: Navigation, config: MkDocsConfig, files: Files) -> Navigation:
    """The titles of sections, in the language of the build."""
    titles = config.extra.get("sections", {})

    def name(items: list[Any]) -> None:
        for item in items:
            if isinstance(item, Section):
                item.title = titles.get(item.title, item.title) if japanese(config) else item.title
                name(item.children)

    name(nav.items)
    return nav


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Below the heading of an English page among Japanese ones stands what it is."""
    if not japanese(config) or getattr(page.file, "in_japanese", False):
        return markdown
    heading, line, rest = markdown.partition("\n")
    return f"{heading}{line}\n{ONLY_ENGLISH}\n{rest}" if heading.startswith("# ") else markdown


def on_page_content(html: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Where a line of Japanese ends in the source no space stands in the sentence."""
    return _BROKEN.sub(lambda found: found[1] or "", html) if japanese(config) else html


def on_page_context(context: dict[str, Any], page: Page, config: MkDocsConfig, nav: Navigation) -> dict[str, Any]:
    """`other`: the way to this page in the other language, for partials/alternate.html."""
    up = "../" * page.file.dest_uri.count("/")
    context["other"] = f"{up}../{page.file.dest_uri}" if japanese(config) else f"{up}ja/{page.file.dest_uri}"
    return context
