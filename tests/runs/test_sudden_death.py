"""A training that is killed (signal 9) at random moments goes on as if nothing had happened."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the trial forks")
def test_three_kills_change_nothing(book, tmp_path) -> None:
    """Weights, optimizer, losses and samples are those of a training that was never killed, bit for bit."""
    script = Path(__file__).parents[1] / "stories.py"
    command = [sys.executable, str(script), str(tmp_path), "transformer", "3", "1", str(book)]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=100)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["differences"] == []
    assert any(0 < step < 45 for step in found["steps"]), "it was killed at no moment that matters"
