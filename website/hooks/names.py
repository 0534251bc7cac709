"""Names for what the theme leaves unnamed to those who hear a page: the box of the search, and the lists of pages."""

from __future__ import annotations

import re

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.pages import Page

SEARCH = {"en": "Search", "ja": "検索"}


def on_post_page(output: str, page: Page, config: MkDocsConfig) -> str:
    name = SEARCH[config.theme["language"]]
    output = output.replace('role="dialog"', f'role="dialog" aria-label="{name}"', 1)
    # a list whose section has a page of its own is named by an icon without words: its title stands inside
    output = re.sub(r'aria-labelledby="(__nav_[\d_]+)_label"', r'aria-labelledby="\1_title"', output)
    return re.sub(
        r'class="md-nav__title" for="(__nav_[\d_]+)"', r'class="md-nav__title" id="\1_title" for="\1"', output
    )
