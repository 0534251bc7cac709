"""The style of figures: Japanese letters everywhere, and a word where there are none."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import matplotlib
import pytest
from matplotlib import font_manager
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from mebuki import figures


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    before = list(font_manager.fontManager.ttflist)
    with matplotlib.rc_context():
        yield
    font_manager.fontManager.ttflist[:] = before


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without Japanese fonts."""
    own = [font for font in font_manager.fontManager.ttflist if font.name not in figures.JAPANESE]
    monkeypatch.setattr(font_manager.fontManager, "ttflist", own)


def draw(text: str) -> None:
    figure = Figure()
    figure.add_subplot().set_title(text)
    FigureCanvasAgg(figure).draw()


def test_letters_and_signs_have_glyphs() -> None:
    figures.use()
    draw("日本語のひらがな、カタカナ「芽吹き」 σ′ ≤ ¼ −1 ∂ √ ⏎ ␣ …")


def test_the_font_of_the_package_is_found(bare: None) -> None:
    pytest.importorskip("matplotlib_fontja", reason="in the extra lessons")
    figures.use()
    assert matplotlib.rcParams["font.family"] == ["DejaVu Sans", "IPAexGothic"]
    draw("芽吹き −1")


def test_without_japanese_letters_it_is_told(bare: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "_carried", lambda: None)
    with pytest.warns(UserWarning, match="pip install matplotlib-fontja"):
        figures.use()
    with pytest.warns(UserWarning, match="missing from font"):
        draw("芽")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        draw("-1")
