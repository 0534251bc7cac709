"""The short form of tests/soak/test_diary_kills.py."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the trial forks")
def test_fifteen_kills_lose_nothing(tmp_path: Path) -> None:
    script = Path(__file__).parents[1] / "kills.py"
    command = [sys.executable, str(script), str(tmp_path / "diary"), "15", "3"]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=600)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["failures"] == []
    assert found["kills"] == 15
    assert sum(found["acknowledged"].values()) > 5, "it was killed before it did anything"
