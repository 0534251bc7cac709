"""The frame of the pages: languages, themes, addresses, and nothing asked of other hosts."""

from __future__ import annotations

import json
import urllib.request

import pytest


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_first_page(studio, visit, violations, language, theme, width) -> None:
    page = visit(studio, language=language, theme=theme, width=width)
    assert page.get_attribute("html", "lang") == language
    assert "token" not in page.url
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_language_and_theme_are_kept(own_studio, visit) -> None:
    page = visit(own_studio, "/settings", language="en")
    page.get_by_role("button", name="日本語").click()
    page.get_by_role("heading", name="設定").wait_for()
    with page.expect_response("**/api/preferences"):
        page.get_by_role("button", name="暗い").click()
    page.reload()
    page.get_by_role("heading", name="設定").wait_for()
    assert page.get_attribute("html", "data-theme") == "dark"
    own_studio.stop()
    own_studio.start()
    page.reload()
    page.get_by_role("heading", name="設定").wait_for()


def test_links_change_the_page_without_loading_it(studio, visit) -> None:
    page = visit(studio)
    page.evaluate("window.mark = 1")
    page.locator(".soil a").click()
    page.get_by_role("heading", name="Settings").wait_for()
    assert page.url.endswith("/settings")
    page.go_back()
    assert page.evaluate("window.mark") == 1


def test_an_address_that_is_none(studio, visit) -> None:
    page = visit(studio, "/nowhere/at/all")
    assert page.get_by_role("heading", level=1).inner_text() == "There is nothing here"


def test_health(studio) -> None:
    asked = urllib.request.Request(studio.address + "/api/health", headers=studio.bearer)
    with urllib.request.urlopen(asked) as answer:
        assert "version" in json.load(answer)


@pytest.mark.parametrize("width", [390, 1280])
def test_settings_say_where_everything_lies(studio, visit, violations, width) -> None:
    page = visit(studio, "/settings", width=width)
    page.get_by_text(str(studio.home / "data")).wait_for()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
