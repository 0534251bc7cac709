"""The site of the documents, built as `make docs` builds it: nothing of it comes from elsewhere, every way leads somewhere,
and both languages find their words.
"""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from chromium import CHROMIUM, FLAGS
from documents import HOME
from filelock import FileLock

LOADED = {"src", "srcset", "data", "poster", "action", "xlink:href"}  # attributes by which a browser asks by itself
WANTED = ("mkdocs", "material", "mkdocstrings", "latex2mathml")


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """The site in both languages; built once, whichever process of the tests comes first."""
    if missing := [name for name in WANTED if importlib.util.find_spec(name) is None]:
        pytest.skip(f"not installed: {', '.join(missing)} (pip install -e '.[docs]')")
    base = tmp_path_factory.getbasetemp()
    home = (base if worker_id == "master" else base.parent) / "site"
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    with FileLock(f"{home}.lock"):
        for config, folder in (("mkdocs.yml", home), ("mkdocs.ja.yml", home / "ja")):
            if not (folder / "index.html").is_file():
                command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict", "-f", f"website/{config}"]
                done = subprocess.run(
                    [*command, "-d", str(folder)], cwd=HOME, env=environment, capture_output=True, encoding="utf-8"
                )
                assert done.returncode == 0, done.stderr
                assert "WARNING" not in done.stderr, done.stderr
    return home


class Read(HTMLParser):
    """A page: what the browser asks for by itself, where its links lead, and the places in it."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.links: list[str] = []
        self.ids: set[str] = set()
        self.language = ""
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "id" and value:
                self.ids.add(value)
            elif tag == "html" and name == "lang":
                self.language = value or ""
            elif name in LOADED or (name == "href" and tag in ("link", "use", "image")):
                self.loaded.append(value or "")
            elif name == "href":
                self.links.append(value or "")


@pytest.fixture(scope="session")
def pages(site: Path) -> dict[Path, Read]:
    return {path: Read(path) for path in sorted(site.rglob("*.html"))}


def test_nothing_is_asked_of_other_hosts(site: Path, pages: dict[Path, Read]) -> None:
    for path, page in pages.items():
        for address in page.loaded:
            assert not urlsplit(address).netloc, f"{path.relative_to(site)} loads {address}"
    for path in site.rglob("*.css"):
        style = path.read_text(encoding="utf-8")
        assert not re.search(r"(?:url\(|@import)\s*['\"]?(?:https?:)?//", style), path.relative_to(site)


def test_every_way_leads_somewhere(site: Path, pages: dict[Path, Read]) -> None:
    for path, page in pages.items():
        if path.name == "404.html":  # is shown anywhere, so its ways begin at the root of a server
            continue
        for address in {*page.links, *page.loaded}:
            parts = urlsplit(address)
            if parts.scheme or parts.netloc or address in ("", "#"):
                continue
            there = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            assert there.is_file(), f"{path.relative_to(site)} leads to {address}"
            if parts.fragment and there in pages and not parts.fragment.startswith("__"):
                assert unquote(parts.fragment) in pages[there].ids, f"{path.relative_to(site)} leads to {address}"


def test_both_languages_have_the_same_pages_and_lead_to_each_other(site: Path, pages: dict[Path, Read]) -> None:
    english = {path.relative_to(site) for path in pages if not path.is_relative_to(site / "ja")}
    japanese = {path.relative_to(site / "ja") for path in pages if path.is_relative_to(site / "ja")}
    assert english == japanese
    assert {page.language for path, page in pages.items() if not path.is_relative_to(site / "ja")} == {"en"}
    for name in english - {Path("404.html")}:
        for here, there in ((site / name, site / "ja" / name), (site / "ja" / name, site / name)):
            assert there in {(here.parent / address).resolve() for address in pages[here].links}, name


def test_the_reference_shows_examples_as_code_and_whole_classes(site: Path) -> None:
    text = (site / "reference" / "scratch-time.html").read_text(encoding="utf-8")
    assert "<blockquote>" not in text
    lstm = text[text.index('id="mebuki.scratch.lstm.LSTMCell"') :]
    source = lstm[lstm.index("<details") : lstm.index("</details>")]
    assert "__call__" in source
    assert "backward" in source


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    class Silent(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Silent, directory=str(site)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if not CHROMIUM:
        pytest.skip("there is no Chromium on this machine (apt-get install chromium)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        started.close()


def opened(browser: Any, address: str, theme: str = "light", width: int = 1280) -> tuple[Any, list[str]]:
    """A page in a fresh profile, and what went wrong on it: requests to other hosts, errors of its script."""
    page = browser.new_context(color_scheme=theme, viewport={"width": width, "height": 900}).new_page()
    page.set_default_timeout(30_000)
    wrong: list[str] = []
    own = f"http://{urlsplit(address).netloc}/"
    page.on("request", lambda asked: None if asked.url.startswith((own, "blob:", "data:")) else wrong.append(asked.url))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    page.goto(address)
    page.wait_for_load_state("networkidle")
    return page, wrong


@pytest.mark.parametrize(
    ("language", "asked", "found"),
    [
        ("", "clip gradients", "reference/scratch-learning.html"),
        ("", "recipes.lstm", "reference/recipes.html"),
        ("ja/", "消えていく勾配", "lessons/02_activations.html"),
        ("ja/", "言語モデル", "lessons/03_letters.html"),
        ("ja/", "LSTMCell", "reference/scratch-time.html"),
    ],
)
def test_searching_finds(browser: Any, address: str, language: str, asked: str, found: str) -> None:
    page, wrong = opened(browser, f"{address}/{language}index.html")
    page.locator(".md-search__input").click()
    page.keyboard.insert_text(asked)
    page.keyboard.press("End")
    page.locator(f'.md-search-result__link[href*="{address}/{language}{found}"]').first.wait_for()
    assert wrong == []
    page.context.close()


@pytest.mark.parametrize("name", ["index", "getting-started", "lessons/02_activations", "reference/scratch-layers"])
@pytest.mark.parametrize(("language", "theme", "width"), [("", "light", 1280), ("ja/", "dark", 390)])
def test_pages_can_be_read_by_everybody(
    browser: Any, address: str, name: str, language: str, theme: str, width: int
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page, wrong = opened(browser, f"{address}/{language}{name}.html", theme, width)
    found = [(each["id"], each["nodes"][0]["html"]) for each in Axe().run(page).response["violations"]]
    assert found == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert wrong == []
    page.context.close()


def test_the_other_language_is_one_press_away(browser: Any, address: str) -> None:
    page, wrong = opened(browser, f"{address}/reference/scratch-time.html")
    page.get_by_role("link", name="日本語").click()
    page.wait_for_url(f"{address}/ja/reference/scratch-time.html")
    page.get_by_role("link", name="English").click()
    page.wait_for_url(f"{address}/reference/scratch-time.html")
    assert wrong == []
    page.context.close()
