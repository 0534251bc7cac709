"""A guide and its Japanese twin show the same things in the same order; only the words differ."""

from __future__ import annotations

from pathlib import Path

import pytest
from documents import ENGLISH, JAPANESE, fences, headings, name, without_comments

ONLY_ENGLISH = {
    "LOG.md",  # dated trials, as they were written down
    "releasing.md",  # for those who upload
    "calculator-card.md",  # written by `python -m benchmarks calculator --card`
}


def twin(page: Path) -> Path:
    return page.with_name(page.name.replace(".ja.md", ".md"))


@pytest.mark.parametrize("page", JAPANESE, ids=name)
def test_a_japanese_page_has_the_headings_and_the_code_of_its_twin(page: Path) -> None:
    english = twin(page)
    assert english.is_file(), "there is no English page of this name"
    assert [depth for depth, _ in headings(page)] == [depth for depth, _ in headings(english)]
    ours, theirs = fences(page), fences(english)
    assert [language for language, _ in ours] == [language for language, _ in theirs]
    for (_, code), (_, original) in zip(ours, theirs, strict=True):
        assert without_comments(code) == without_comments(original)


def test_every_guide_has_a_japanese_twin() -> None:
    translated = {twin(page).name for page in JAPANESE}
    assert {page.name for page in ENGLISH} - translated == ONLY_ENGLISH
