"""A word is looked up outside only where it was allowed: the page says before what would be sent, and to whom."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from starlette.testclient import TestClient
from wiki import Wiki, pond

from mebuki.diary.journal import Journal
from mebuki.studio.app import create_app
from mebuki.studio.place import Place

WRITTEN = (("2026-01-03", "池で水を見た。水は青い。"), ("2026-02-01", "庭園の水がにごる。池は凍った。"))


@pytest.fixture
def wiki() -> Iterator[Wiki]:
    with pond() as made:
        yield made


@pytest.fixture
def client(tmp_path) -> Iterator[TestClient]:
    place = Place(tmp_path / "runs", tmp_path / "diary", tmp_path / "data")
    with Journal(place.diary) as journal:
        for day, text in WRITTEN:
            journal.write(text, day)
    with TestClient(create_app(place)) as found:
        yield found


def look(client: TestClient, wiki: Wiki, word: str = "池", **query: str) -> Any:
    return client.get("/api/diary/explore", params={"word": word, "endpoint": wiki.source, **query}).json()


def send(client: TestClient, wiki: Wiki, word: str = "池", **said: Any) -> Any:
    return client.post("/api/diary/explore", json={"word": word, "endpoint": wiki.source, **said}).json()


def test_nothing_is_sent_before_it_is_allowed(client, wiki) -> None:
    told = look(client, wiki)
    assert (told["allowed"], told["found"], told["host"], told["open"]) == (False, None, wiki.host, True)
    refused = send(client, wiki)
    assert refused["code"] == "explore"
    assert refused["detail"]["given"].startswith("nothing was sent")
    assert wiki.requests == []


def test_once_is_once_and_one_word(client, wiki) -> None:
    found = send(client, wiki, may="once")["found"]
    assert {one["title"]: [day for day, _ in one["days"]] for one in found["related"]}["水"] == [
        "2026-01-03",
        "2026-02-01",
    ]
    (request,) = wiki.requests
    asked = dict(request.query)
    assert (asked["titles"], asked["srsearch"]) == ("池", "morelike:池")
    assert "cookie" not in {name.lower() for name, _ in request.headers}
    assert look(client, wiki)["found"] == found  # kept: the next look needs no network
    assert send(client, wiki, "水")["code"] == "explore"
    assert len(wiki.requests) == 1


def test_allowed_until_it_is_forbidden(client, wiki) -> None:
    assert send(client, wiki, may="always")["allowed"]
    assert "found" in send(client, wiki, "水")
    gone = client.delete("/api/diary/explore").json()
    assert (gone["receivers"], gone["answers"]) == ([f"http://{wiki.host}"], 2)
    count = len(wiki.requests)
    told = look(client, wiki)
    assert (told["allowed"], told["found"]) == (False, None)
    assert send(client, wiki)["code"] == "explore"
    assert len(wiki.requests) == count


def test_a_sample_remembers_nothing(client, wiki) -> None:
    refused = client.post(
        "/api/diary/explore?of=ja", json={"word": "池", "endpoint": wiki.source, "may": "always"}
    ).json()
    assert refused["code"] == "read_only"
    assert not look(client, wiki, of="ja")["may_allow"]
    assert wiki.requests == []


@pytest.mark.parametrize(("language", "width"), [("en", 1280), ("ja", 390)])
def test_the_page_asks_first(own_studio, visit, violations, wiki, language, width) -> None:
    with Journal(own_studio.home / "diary") as journal:
        for day, text in WRITTEN:
            journal.write(text, day)
    page = visit(own_studio, "/diary?" + urlencode({"word": "池", "day": "2026-01-03"}), language=language, width=width)
    page.locator(".explore summary").first.click()
    page.locator(".explore .may").wait_for()
    page.locator(".explore input[type=url]").fill(wiki.source)
    page.get_by_text(
        f"May the word “池” be sent to {wiki.host}?" if language == "en" else f"を、{wiki.host} へ"
    ).wait_for()
    assert not violations(page)
    assert wiki.requests == []
    page.get_by_role("button", name="Send it, this once" if language == "en" else "今回だけ送る").click()
    page.locator(".explore .inside a", has_text="水").wait_for()
    assert "2026-01-03" in page.locator(".explore .inside a", has_text="水").get_attribute("href")
    assert len(wiki.requests) == 1
    assert not violations(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    settings = own_studio.home / "diary" / "settings.json"
    assert not settings.is_file() or not json.loads(settings.read_text())["explore"]["allowed"]
    page.reload()
    page.locator(".explore summary").first.click()
    page.locator(".explore .may").wait_for()  # Wikipedia has not been asked
    assert len(wiki.requests) == 1
