"""What runs measured, read back: CSV, JSON Lines, and event files as TensorBoard reads them."""

from __future__ import annotations

import csv
import json
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from mebuki import Run
from mebuki.errors import RecipeError, RunError
from mebuki.runs.metrics_export import export_metrics
from mebuki.runs.tensorboard import Scalars, crc32c, event_file


def test_csv_has_a_row_for_each_record(runs: Callable[[str], Run], tmp_path: Path) -> None:
    run = runs("gru")
    [path] = export_metrics([run.folder], "csv", tmp_path)
    assert path == tmp_path / "gru.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["event"] for row in rows] == [row["event"] for row in run.metrics()]
    assert [float(row["loss"]) for row in rows if row["event"] == "train"] == [
        row["loss"] for row in run.metrics() if row["event"] == "train"
    ]
    assert any(name.startswith("gradient_norms/") and rows[0][name] for name in rows[0])


def test_json_lines_have_the_rows_that_count(runs: Callable[[str], Run], tmp_path: Path) -> None:
    folder = tmp_path / "again"
    folder.mkdir()
    for name in ("recipe.toml", "run.json", "metrics.jsonl"):
        (folder / name).write_bytes((runs("gru").folder / name).read_bytes())
    with (folder / "metrics.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"event": "resume", "step": 4}\n{"event": "train", "step": 5, "loss": 1.5}\n{"half')
    [path] = export_metrics([folder], "jsonl", tmp_path / "out")
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert rows == Run(folder).metrics()
    assert rows[-1] == {"event": "train", "step": 5, "loss": 1.5}


def frames(content: bytes) -> list[bytes]:
    """The data in a row of TFRecords, each checksum looked at."""
    found = []
    while content:
        (length,) = struct.unpack("<Q", content[:8])
        data = content[12 : 12 + length]
        for part, at in ((content[:8], 8), (data, 12 + length)):
            (masked,) = struct.unpack("<I", content[at : at + 4])
            turned = (masked - 0xA282EAD8) & 0xFFFFFFFF
            assert (turned >> 17 | turned << 15) & 0xFFFFFFFF == crc32c(part)
        found.append(data)
        content = content[16 + length :]
    return found


def test_event_files_are_framed_records() -> None:
    rows = [Scalars(1.5, 300, {"loss/training": 2.5, "損失": -1.0})]
    first, second = frames(event_file(rows, began=1.0))
    assert first == b"\x09" + struct.pack("<d", 1.0) + b"\x1a\x0dbrain.Event:2"
    one = b"\x0a\x0dloss/training\x15" + struct.pack("<f", 2.5)
    two = b"\x0a\x06" + "損失".encode() + b"\x15" + struct.pack("<f", -1.0)
    summary = b"\x0a" + bytes([len(one)]) + one + b"\x0a" + bytes([len(two)]) + two
    assert second == b"\x09" + struct.pack("<d", 1.5) + b"\x10\xac\x02\x2a" + bytes([len(summary)]) + summary


@pytest.mark.filterwarnings("ignore")  # those of TensorBoard
def test_tensorboard_reads_what_was_measured(runs: Callable[[str], Run], tmp_path: Path) -> None:
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    run = runs("gru")
    [path] = export_metrics([run.folder], "tensorboard", tmp_path)
    read = accumulator.EventAccumulator(str(path.parent)).Reload()
    for tag, event in (("loss/training", "train"), ("loss/validation", "evaluation")):
        rows, seen = [row for row in run.metrics() if row["event"] == event], read.Scalars(tag)
        assert [one.step for one in seen] == [row["step"] for row in rows]
        assert [one.value for one in seen] == pytest.approx([row["loss"] for row in rows])


def test_events_are_appended_and_say_what_was_taken_back(runs: Callable[[str], Run], tmp_path: Path) -> None:
    """A TensorBoard that is open holds the file: it is the same one, longer."""
    folder = tmp_path / "again"
    folder.mkdir()
    for name in ("recipe.toml", "run.json", "metrics.jsonl"):
        (folder / name).write_bytes((runs("gru").folder / name).read_bytes())
    [path] = export_metrics([folder], "tensorboard", tmp_path / "out")
    before = path.read_bytes()
    with (folder / "metrics.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"event": "resume", "step": 4}\n{"event": "train", "step": 5, "loss": 1.5, "seconds": 9}\n{"half')
    with path.open("rb") as held:
        for _ in range(2):
            export_metrics([folder], "tensorboard", tmp_path / "out")
        after = held.read()
    assert after == path.read_bytes()
    assert after.startswith(before)
    assert len(after) > len(before)
    start, row = frames(after)[len(frames(before)) :]
    assert start[9:] == b"\x10\x05\x3a\x02\x08\x01"  # step 5, a session log, which says START
    assert row.endswith(struct.pack("<f", 1.5))
    with path.open("ab") as file:
        file.write(b"of something else")
    export_metrics([folder], "tensorboard", tmp_path / "out")
    assert path.read_bytes() == after


@pytest.mark.filterwarnings("ignore")  # those of TensorBoard
def test_tensorboard_forgets_what_was_taken_back(runs: Callable[[str], Run], tmp_path: Path) -> None:
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    folder = tmp_path / "again"
    folder.mkdir()
    for name in ("recipe.toml", "run.json", "metrics.jsonl"):
        (folder / name).write_bytes((runs("gru").folder / name).read_bytes())
    with (folder / "metrics.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"event": "resume", "step": 4}\n{"event": "train", "step": 5, "loss": 1.5, "seconds": 9}\n')
    [path] = export_metrics([folder], "tensorboard", tmp_path / "out")
    read = accumulator.EventAccumulator(str(path.parent)).Reload()
    rows = [row for row in Run(folder).metrics() if row["event"] == "train"]
    assert [(one.step, one.value) for one in read.Scalars("loss/training")] == [
        (row["step"], pytest.approx(row["loss"])) for row in rows
    ]


def test_what_cannot_be_exported_is_told(runs: Callable[[str], Run], tmp_path: Path) -> None:
    run = runs("gru").folder
    with pytest.raises(RecipeError, match="csv, jsonl, tensorboard"):
        export_metrics([run], "excel", tmp_path)
    with pytest.raises(RunError, match="two runs are called gru"):
        export_metrics([run, run], "csv", tmp_path)
    with pytest.raises(RunError, match="no run"):
        export_metrics([tmp_path], "csv", tmp_path / "out")
    assert not (tmp_path / "out").exists()
