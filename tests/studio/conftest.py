"""A real studio in a process of its own, and a real browser that looks at it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from chromium import CHROMIUM, FLAGS
from studios import Running, Served, opened

from mebuki.studio.pages import BUILT


@pytest.fixture
def own_studio(tmp_path: Path) -> Iterator[Running]:
    """A studio for one test alone."""
    running = Running(tmp_path)
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A studio that the tests of a file share."""
    running = Running(tmp_path_factory.mktemp("studio"))
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Chromium, started once."""
    if not CHROMIUM:
        pytest.skip("there is no Chromium on this machine (apt-get install chromium)")
    if not (BUILT / "index.html").is_file():
        pytest.skip("the pages are not built (python frontend/build_pages.py)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        started.close()


@pytest.fixture
def visit(browser: Any) -> Iterator[Any]:
    """Open pages; all are closed after the test, which fails if one asked another host or met an error of its script."""
    pages: list[Any] = []

    def visit(running: Running, path: str = "/", *, errors: bool = False, **how: Any) -> Any:
        page = opened(browser, running, path, **how)
        page.errors_are_meant = errors
        pages.append(page)
        return page

    yield visit
    for page in pages:
        seen = page.seen
        page.context.close()
        assert not seen.elsewhere
        assert page.errors_are_meant or not seen.errors


@pytest.fixture
def violations() -> Any:
    """What axe finds wrong with a page as it is, a line each."""
    from axe_playwright_python.sync_playwright import Axe

    def violations(page: Any) -> list[str]:
        found = Axe().run(page).response["violations"]
        return [f"{one['id']}: {one['help']}: {node['html'][:200]}" for one in found for node in one["nodes"]]

    return violations


@pytest.fixture(scope="module")
def served(runs: Any, kernels: None) -> Iterator[Served]:
    """Runs and the calculator, served; no key."""
    running = Served([str(runs(kind).folder) for kind in ("transformer", "gru")] + ["calculator"])
    running.start()
    yield running
    running.stop()


@pytest.fixture
def make_served(kernels: None) -> Iterator[Any]:
    """`make_served(models, *options)`: servers for one test alone."""
    made: list[Served] = []

    def make(models: list[str], *options: str) -> Served:
        made.append(Served(models, list(options)))
        made[-1].start()
        return made[-1]

    yield make
    for one in made:
        one.stop()
