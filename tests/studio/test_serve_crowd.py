"""Many clients with different wishes at once: each gets its own text, and nothing is kept of those that have gone."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest
from crowds import Crowd


@pytest.mark.parametrize(("kind", "kernels"), [("transformer", ""), ("lstm", "off"), ("bigram", "")])
def test_everyone_in_a_crowd_gets_what_was_asked_for(make_served, runs, monkeypatch, kind, kernels) -> None:
    """With compiled kernels and without; more texts than there are seats."""
    monkeypatch.setenv("MEBUKI_KERNELS", kernels)
    served = make_served([str(runs(kind).folder), "calculator"])
    crowd = Crowd.of(served.port, runs(kind))
    crowd.ask(60, at_once=40)
    assert crowd.wrong == []
    assert sum(crowd.seen.values()) == 60


@pytest.mark.soak
@pytest.mark.parametrize("kind", ["transformer", "lstm", "bigram"])
def test_ten_thousand_requests_leave_nothing_behind(make_served, runs, kind) -> None:
    """What the first thousand need is kept for the next; nothing more comes to it but what the allocator leaves between."""
    served = make_served([str(runs(kind).folder), "calculator"])
    crowd, megabytes = Crowd.of(served.port, runs(kind)), []
    for part in range(10):
        crowd.ask(1000, seed=part)
        megabytes.append(_megabytes(served.process))
    print(kind, megabytes, dict(crowd.seen))
    assert crowd.wrong == []
    if os.path.exists("/proc/self/status"):
        assert megabytes[-1] < 1.15 * megabytes[0]


def _megabytes(process: Any) -> float:
    status = Path(f"/proc/{process.pid}/status")
    found = re.search(r"VmRSS:\s+(\d+)", status.read_text()) if status.exists() else None
    return int(found[1]) / 1024 if found else 0.0
