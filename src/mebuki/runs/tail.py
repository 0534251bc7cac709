"""Follow what a run writes, from where one has read to: metrics.jsonl and samples.jsonl are only appended to."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from .records import counts

MOST = 1 << 20  # bytes read at once


class Tail:
    """The rows that were written since the last `read`.

    A row `{"event": "resume", "step": s}` takes back what came before it with a later step, also what was read earlier.

    Args:
        folder: of the run.
        metrics, samples: offsets in bytes to begin at, as `offsets` gave them; 0: the beginning.
    """

    def __init__(self, folder: str | os.PathLike[str], metrics: int = 0, samples: int = 0) -> None:
        self.folder = Path(folder)
        self.offsets = {"metrics": metrics, "samples": samples}

    def read(self) -> dict[str, list[dict[str, Any]]]:
        """New rows of both files, in order: {"metrics": […], "samples": […]}; a line that is still being written waits."""
        return {name: self._read(name) for name in self.offsets}

    def _read(self, name: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        try:
            with (self.folder / f"{name}.jsonl").open("rb") as file:
                if file.seek(0, os.SEEK_END) < self.offsets[name]:
                    self.offsets[name] = 0  # another file
                file.seek(self.offsets[name])
                content = file.read(MOST)
                if b"\n" not in content and len(content) == MOST:
                    content += file.readline()
        except OSError:
            return rows
        whole = content[: content.rfind(b"\n") + 1]
        self.offsets[name] += len(whole)
        for line in whole.split(b"\n"):
            try:
                row = json.loads(line)
            except ValueError:
                continue
            if counts(row):
                rows.append(row)
        return rows
