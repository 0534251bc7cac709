"""JSON lines that are only appended to: torn lines are passed over, and what was taken back does not count."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path
from typing import Any

import pytest

from mebuki.errors import StorageError
from mebuki.runs.records import Records, read_records


def rows(*steps: int, event: str = "train") -> list[dict[str, Any]]:
    return [{"event": event, "step": step} for step in steps]


def write(path: Path, records: list[dict[str, Any]]) -> None:
    file = Records(path)
    for record in records:
        file.add(record)
    file.close()


def test_what_is_added_is_read(tmp_path) -> None:
    path = tmp_path / "a.jsonl"
    record = {"event": "sample", "step": 3, "text": "雨\n🐟 \N{LINE SEPARATOR}", "loss": 0.1 + 0.2}
    write(path, [record, *rows(4)])
    assert read_records(path) == [record, *rows(4)]
    assert "雨" in path.read_text(encoding="utf-8")


def test_records_reach_the_file_at_once(tmp_path) -> None:
    file = Records(tmp_path / "a.jsonl")
    file.add({"event": "train", "step": 1})
    assert read_records(tmp_path / "a.jsonl") == rows(1)
    file.sync()
    file.close()


def test_a_missing_file_has_no_records(tmp_path) -> None:
    assert read_records(tmp_path / "none.jsonl") == []


def test_a_second_opening_appends(tmp_path) -> None:
    path = tmp_path / "a.jsonl"
    write(path, rows(1))
    write(path, rows(2))
    assert read_records(path) == rows(1, 2)


@pytest.mark.parametrize("cut", range(1, 24))
def test_a_torn_last_line_is_passed_over_and_spoils_nothing_after_it(cut: int, tmp_path) -> None:
    """Wherever the writing was cut off, within a letter of several bytes too."""
    path = tmp_path / "a.jsonl"
    write(path, rows(1))
    line = json.dumps({"event": "雨雨雨"}, ensure_ascii=False).encode()
    whole = cut >= len(line)
    path.write_bytes(path.read_bytes() + line[:cut])
    assert read_records(path) == rows(1) + ([{"event": "雨雨雨"}] if whole else [])
    write(path, rows(2))
    assert [row["step"] for row in read_records(path) if "step" in row] == [1, 2]


@pytest.mark.parametrize("line", ["", "null", "3", '"a"', "[1]", "{", "\0", '{"event": }'])
def test_broken_lines_are_passed_over(line: str, tmp_path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(f'{{"event": "train", "step": 1}}\n{line}\n{{"event": "train", "step": 2}}\n', encoding="utf-8")
    assert read_records(path) == rows(1, 2)


def test_a_resume_takes_later_steps_and_ends_back(tmp_path) -> None:
    path = tmp_path / "a.jsonl"
    end, resume = {"event": "end", "step": 3}, {"event": "resume", "step": 3}
    write(path, [*rows(1, 2, 3, 4, 5), {"event": "resume", "step": 3}, end, resume, *rows(4, 5)])
    assert read_records(path) == [*rows(1, 2, 3), resume, resume, *rows(4, 5)]


def test_resuming_again_and_again_leaves_each_step_once(tmp_path) -> None:
    path = tmp_path / "a.jsonl"
    for resumed in (0, 2, 2, 0, 3):
        write(path, [{"event": "resume", "step": resumed}, *rows(*range(resumed + 1, 6))])
    assert [row["step"] for row in read_records(path) if row["event"] == "train"] == [1, 2, 3, 4, 5]


def test_a_folder_that_may_not_be_written_is_named(tmp_path) -> None:
    with pytest.raises(StorageError, match=r"a\.jsonl cannot be written"):
        Records(tmp_path / "missing" / "a.jsonl")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full")
def test_a_full_disk_is_told(tmp_path) -> None:
    """With what to do when there is space again."""
    (tmp_path / "a.jsonl").symlink_to("/dev/full")
    file = Records(tmp_path / "a.jsonl")
    with pytest.raises(StorageError, match=r"No space left(.|\n)*mebuki train --resume"):
        file.add({"event": "train"})
    file.close()


def test_what_could_not_be_written_is_gone(tmp_path) -> None:
    """When there is space again, records go on behind the torn line, and nothing late comes in between."""
    resource = pytest.importorskip("resource")
    file = Records(tmp_path / "a.jsonl")
    file.add({"event": "train", "step": 1})
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50, before[1]))  # a limit on size stands for a full disk
    try:
        with pytest.raises(StorageError):
            file.add({"event": "train", "step": 2, "text": "雨" * 50})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    file.add({"event": "train", "step": 3})
    file.close()
    assert read_records(tmp_path / "a.jsonl") == rows(1, 3)


def test_a_disk_that_fails_is_told(tmp_path, monkeypatch) -> None:
    file = Records(tmp_path / "a.jsonl")

    def fail(descriptor: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(StorageError, match=r"a\.jsonl cannot be written: Input/output error"):
        file.sync()
    file.close()
