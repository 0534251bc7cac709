"""The long form of tests/runs/test_sudden_death.py: every model, killed twenty times. Run by `make soak`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

KINDS = ("bigram", "rnn", "lstm", "gru", "transformer", "lstm:scratch", "transformer:scratch")


@pytest.mark.soak
@pytest.mark.skipif(not hasattr(os, "fork"), reason="the trial forks")
@pytest.mark.parametrize("kind", KINDS)
def test_twenty_kills_change_nothing(kind: str, book, tmp_path) -> None:
    script = Path(__file__).parents[1] / "stories.py"
    command = [sys.executable, str(script), str(tmp_path), kind, "20", "7", str(book)]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=1200)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    print(kind, found["steps"])
    assert found["differences"] == []
    assert found["steps"] == sorted(found["steps"])
    assert len(set(found["steps"])) > 3, "it was killed at too few different moments"
