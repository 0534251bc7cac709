"""What training shows: one view in a terminal, lines in a file; the same numbers in both."""

from __future__ import annotations

import io
import math

import pytest
from rich.console import Console

import mebuki
from mebuki.runs.live import Live, curve
from mebuki.runs.training import training


def shown(tiny, folder, **console) -> str:
    out = io.StringIO()
    with Live(Console(file=out, width=100, highlight=False, **console)) as live:
        for event in training(tiny("gru"), folder):
            live(event)
    return out.getvalue()


def test_a_pipe_gets_lines(tiny, tmp_path) -> None:
    text = shown(tiny, tmp_path / "run")
    run = mebuki.open_run(tmp_path / "run")
    assert "\x1b" not in text
    assert f"gru: {run.info['parameters']:,} numbers to learn" in text
    assert "perplexity to beat: uniform" in text
    for row in run.metrics():
        if row["event"] == "evaluation":
            assert f"step {row['step']}  validation loss {row['loss']:.4f}  perplexity {row['perplexity']:.2f}" in text
    assert "done after 12 steps" in text


def test_a_terminal_gets_a_view(tiny, tmp_path) -> None:
    text = shown(tiny, tmp_path / "run", force_terminal=True, color_system=None)
    run = mebuki.open_run(tmp_path / "run")
    assert "it writes, after 12 steps" in text
    assert "step 12   done" in text
    assert run.perplexity is not None
    assert f"perplexity {run.metrics()[-2]['perplexity']:.2f}" in text
    assert f"blindly {math.exp(run.info['baselines']['uniform']):.4g}" in text


def test_an_error_leaves_the_terminal_whole(tiny, tmp_path) -> None:
    """The view is closed, and the cursor comes back."""
    out = io.StringIO()
    with pytest.raises(ZeroDivisionError), Live(Console(file=out, width=80, force_terminal=True)) as live:  # noqa: PT012
        for event in training(tiny("bigram"), tmp_path / "run"):
            live(event)
            if event.step == 3:
                raise ZeroDivisionError
    assert out.getvalue().rstrip().endswith("\x1b[?25h")


@pytest.mark.parametrize("losses", [[], [2.0], [2.0, 2.0], [5.0, 1.0, 3.0], [float(n) for n in range(500)]])
@pytest.mark.parametrize("width", [1, 7, 80])
def test_curves_fit_their_place(losses: list[float], width: int) -> None:
    rows = curve(losses, width, height=4)
    assert len(rows) == 4
    assert all(len(row) <= width for row in rows)
    assert len({len(row) for row in rows}) == 1


def test_a_falling_loss_is_drawn_falling() -> None:
    rows = curve([4.0, 3.0, 2.0, 1.0], width=4, height=4)
    heights = [sum(row[column] != " " for row in rows) for column in range(4)]
    assert heights == sorted(heights, reverse=True)
    assert heights[0] == 4
    assert heights[-1] == 1
