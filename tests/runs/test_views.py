"""What is shown of runs: true numbers, small memory, and names as they are."""

from __future__ import annotations

import io
import json
import re
import shutil
import warnings
from pathlib import Path

import pytest
from rich.console import Console

import mebuki
from mebuki.cli.main import main
from mebuki.runs.events import Stepped
from mebuki.runs.live import BINS, Bins, Live
from mebuki.runs.plot import COLOURS, plot
from mebuki.runs.training import training


@pytest.mark.parametrize("options", [{}, {"tokenizer": "byte-pairs", "vocabulary": 270}])
def test_different_letters_are_letters(options, tiny, tmp_path) -> None:
    out = io.StringIO()
    with Live(Console(file=out, width=100)) as live:
        for event in training(tiny("gru", **options), tmp_path / "run"):
            live(event)
    run = mebuki.open_run(tmp_path / "run")
    words = "270 different pieces" if options else f"{len(run.corpus.letters)} different letters"
    assert words in out.getvalue()


@pytest.mark.parametrize("steps", [1, 5, BINS, BINS + 1, 3 * BINS, 10_000])
def test_losses_are_kept_in_few_bins(steps: int) -> None:
    """All bins but the last stand for equally many steps, and each is the mean of its own."""
    losses = [100 / (n + 1) for n in range(steps)]
    bins = Bins()
    for loss in losses:
        bins.add(loss)
        assert len(bins.means()) <= BINS
    expected = [losses[n : n + bins.size] for n in range(0, steps, bins.size)]
    assert bins.means() == pytest.approx([sum(part) / len(part) for part in expected])
    assert steps < BINS or len(bins.means()) >= BINS // 2


def test_a_watcher_does_not_grow() -> None:
    with Live(Console(file=io.StringIO())) as live:
        for step in range(1, 5 * BINS):
            live(Stepped(step, 1.0, 0.1, 1e3, None, None, 0.5))
    assert len(live.losses.means()) <= BINS


def renamed(run: mebuki.Run, folder: Path) -> Path:
    return Path(shutil.copytree(run.folder, folder))


def test_names_with_brackets_are_shown_as_they_are(runs, tmp_path, capsys, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    renamed(runs("gru"), Path("[red]sea[/red]"))
    assert main(["runs", "[red]sea[/red]"]) == 0
    assert "[red]sea[/red]" in capsys.readouterr().out
    Path("[red]sea[/red]", "recipe.toml").write_text("[model", encoding="utf-8")
    assert main(["runs", "[red]sea[/red]"]) == 0
    out = capsys.readouterr().out
    assert "[red]sea[/red]" in out
    assert "damaged" in out


def test_the_time_is_that_of_the_last_row_that_knows_it(runs, tmp_path, capsys) -> None:
    folder = renamed(runs("gru"), tmp_path / "run")
    with (folder / "metrics.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps({"event": "resume", "step": 12}) + "\n")
    assert main(["runs", str(folder), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["seconds"] == runs("gru").metrics()[-1]["seconds"] is not None


@pytest.mark.parametrize("name", ["_quiet", "costs $5 or $6", "$\\frac$", "a_{b", "<b>&amp;", "100%"])
def test_any_name_stands_in_the_legend(name: str, runs, tmp_path) -> None:
    import html

    folder = renamed(runs("gru"), tmp_path / name)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        svg = plot([mebuki.open_run(folder)], tmp_path / "a.svg").read_text(encoding="utf-8")
    words = [html.unescape(text) for text in re.findall("<text[^>]*>([^<]*)</text>", svg)]
    assert [text for text in words if text.startswith(f"{name}  ")]


def test_more_runs_than_colours_differ_in_their_marks(runs, tmp_path) -> None:
    from matplotlib.figure import Figure

    figures = []
    keep = Figure.savefig
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Figure, "savefig", lambda figure, *a, **k: (figures.append(figure), keep(figure, *a, **k))[1])
        plot([runs("gru")] * (2 * len(COLOURS) + 1), tmp_path / "a.svg")
    legend = figures[0].axes[0].get_legend()
    looks = [(line.get_color(), line.get_marker()) for line in legend.get_lines()]
    assert len(looks) == len(set(looks)) == 2 * len(COLOURS) + 1
    drawn = [(line.get_color(), line.get_marker()) for line in figures[0].axes[0].get_lines() if len(line.get_xdata())]
    assert set(looks) <= set(drawn)
