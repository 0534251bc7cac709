"""A thousand kills of a program that keeps a diary, encrypts it, forgets in it and takes it all back. Run by `make soak`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.soak
@pytest.mark.skipif(not hasattr(os, "fork"), reason="the trial forks")
@pytest.mark.parametrize("seed", range(4))
def test_a_quarter_of_a_thousand_kills_lose_nothing(tmp_path: Path, seed: int) -> None:
    script = Path(__file__).parents[1] / "kills.py"
    command = [sys.executable, str(script), str(tmp_path / "diary"), "250", str(seed)]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=7200)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    print(found)
    assert found["failures"] == []
    assert found["kills"] == 250
    assert found["encryption"], 'encryption is not installed: pip install "mebuki[encrypted]"'
    assert {"encrypt", "decrypt", "passphrase", "forget", "backup"} <= set(found["struck"]) | set(found["acknowledged"])
