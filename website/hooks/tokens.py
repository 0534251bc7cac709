"""The colours and measures of the studio, for the site: the same file, under the names by which the theme tells light from dark."""

from __future__ import annotations

import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

TOKENS = Path(__file__).parents[2] / "frontend" / "src" / "look" / "tokens.css"


def on_files(files: Files, config: MkDocsConfig) -> Files:
    files.append(File.generated(config, "assets/tokens.css", content=for_the_theme(TOKENS.read_text(encoding="utf-8"))))
    return files


def for_the_theme(css: str) -> str:
    """The theme decides what "as the system has it" means, so the block for it goes."""
    css, dark = re.subn(r':root\[data-theme="dark"\]', '[data-md-color-scheme="slate"]', css)
    css, system = re.subn(r"@media \(prefers-color-scheme: dark\) \{.*?\n\}\n", "", css, flags=re.S)
    css, light = re.subn(r"^:root \{", ':root, [data-md-color-scheme="default"] {', css, count=1, flags=re.M)
    assert (dark, system, light) == (1, 1, 1), "tokens.css is not built as it was"
    return css
