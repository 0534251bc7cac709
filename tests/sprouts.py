"""A diary whose ties are known, and a model of it that grows in a second or two."""

from __future__ import annotations

import random
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from mebuki.diary.entries import Entry
from mebuki.diary.journal import Journal

FIRST = date(2024, 1, 1)
PAIRS = {"heron": "reeds", "kettle": "steam", "ferry": "fog", "violin": "attic", "baker": "flour", "comet": "orchard"}
TINY: dict[str, Any] = {"width": 32, "layers": 2, "heads": 2, "context": 48, "dropout": 0.0, "batch": 12, "steps": 160}
QUICK: dict[str, Any] = {"width": 16, "layers": 1, "heads": 1, "context": 32, "batch": 4, "steps": 12}
ENDS = ("again", "today", "before noon", "after the rain", "for an hour", "and was glad")


def entries(count: int = 120, seed: int = 0, first: date = FIRST) -> list[Entry]:
    """Each with three sentences of two words: three times in four of a pair, else of any two that are none."""
    rng, found = random.Random(seed), []
    for place in range(count):
        said = []
        for one in rng.sample(sorted(PAIRS), 3):
            other = PAIRS[one] if rng.random() < 0.75 else rng.choice([w for w in PAIRS.values() if w != PAIRS[one]])
            said.append(f"Saw the {one} and the {other} {rng.choice(ENDS)}.")
        day = first + timedelta(place)
        found.append(Entry(f"{day}-{seed}", day, None, " ".join(said)))
    return found


def diary(folder: Path, count: int = 120, seed: int = 0) -> Journal:
    """A journal with such entries."""
    journal = Journal(folder)
    journal.add(entries(count, seed))
    return journal
