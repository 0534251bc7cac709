"""The first page: led on the first day, a day's own on every other."""

from __future__ import annotations

import urllib.request

import pytest


def write(studio, text: str, day: str = "2026-05-16") -> None:
    """An entry, as a page would send it."""
    from mebuki.diary.journal import Journal

    with Journal(studio.home / "diary") as journal:
        journal.write(text, day)


@pytest.mark.parametrize(("language", "ways"), [("ja", ["書く", "育てる", "話す"]), ("en", ["Write", "Grow", "Talk"])])
def test_the_first_day_leads_three_ways(own_studio, visit, violations, language, ways) -> None:
    page = visit(own_studio, language=language)
    beds = page.locator(".bed")
    assert [bed.locator("h2").inner_text() for bed in beds.all()] == ways
    for number, end in enumerate(("/diary", "/train", "/talk")):
        page.goto(own_studio.address)
        page.locator(".bed .btn").nth(number).click()
        page.wait_for_url(f"**{end}*")
        page.locator("main h1").wait_for()
    page.goto(own_studio.address)
    page.locator(".bed").first.wait_for()
    assert violations(page) == []


def test_later_days_begin_with_what_was_written(own_studio, visit, violations) -> None:
    write(own_studio, "<b>雨</b>、池まで。")
    page = visit(own_studio, language="ja")
    page.get_by_text("1日ぶんのことば").wait_for()
    assert violations(page) == []
    write(own_studio, "<script>alert(1)</script>", page.evaluate("new Date().toLocaleDateString('sv')"))
    page.reload()
    page.get_by_text("<script>alert(1)</script>").wait_for()


def test_looking_at_runs_makes_none(own_studio) -> None:
    asked = urllib.request.Request(own_studio.address + "/api/runs", headers=own_studio.bearer)
    urllib.request.urlopen(asked).close()
    assert not (own_studio.home / "runs").exists() or not list((own_studio.home / "runs").iterdir())
