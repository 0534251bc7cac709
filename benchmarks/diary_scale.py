"""A diary of ten years, and one of 100,000 entries: writing, reading all words, asking for ties, searching, and the memory they take.

Planted diaries (`benchmarks/planted.py`), each in a process of its own. Times of asking are of words and of strings of all
frequencies, the commonest among them; beside the search stands a look at every entry (SQL's LIKE) for the same strings.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.machine import report
from benchmarks.planted import plant
from mebuki.diary.associations import Associations
from mebuki.diary.entries import Entry
from mebuki.diary.index import Index, catch_up
from mebuki.diary.journal import Journal

ASKED = 60


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--entries", type=int, nargs="+", default=[3650, 100_000], metavar="N")
    p.add_argument("--language", choices=("ja", "en"), nargs="+", default=["ja", "en"])
    p.add_argument("--keep", action="store_true", help="write benchmarks/results/diary_scale.json")
    p.add_argument("--one", nargs=2, metavar=("LANGUAGE", "N"), help=argparse.SUPPRESS)
    given = p.parse_args()
    if given.one:
        print(json.dumps(measured(given.one[0], int(given.one[1]))))
        return
    rows = []
    for entries in given.entries:
        for language in given.language:
            command = [sys.executable, "-m", "benchmarks.diary_scale", "--one", language, str(entries)]
            done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
            rows.append(json.loads(done.stdout.splitlines()[-1]))
            print(rows[-1], flush=True)
    report("diary_scale", {"rows": rows}, keep=given.keep)


def measured(language: str, entries: int) -> dict[str, Any]:
    """All figures of one diary."""
    rng = random.Random(entries)
    row: dict[str, Any] = {"language": language, "entries": entries}
    planted = plant(language, entries=entries)
    made = [Entry(str(n), day, None, text) for n, (day, text) in enumerate(planted.entries)]
    row["million_letters"] = round(sum(len(entry.text) for entry in made) / 1e6, 2)
    with tempfile.TemporaryDirectory() as folder, Journal(folder) as journal:
        row["add_all_s"] = seconds(lambda: journal.add(made))
        row["read_all_words_s"] = seconds(lambda: catch_up(journal))
        row["first_index_s"] = seconds(lambda: Index(journal))
        row["open_index_s"] = seconds(lambda: Index(journal))
        row["folder_mb"] = round(sum(file.stat().st_size for file in Path(folder).rglob("*") if file.is_file()) / 1e6)
        day, writes, cuts = made[-1].date, list[float](), list[float]()
        for _ in range(30):
            text = rng.choice(made).text
            writes.append(1000 * seconds(lambda text=text: journal.write(text, day), digits=9))
            cuts.append(1000 * seconds(lambda: catch_up(journal), digits=9))
        row["write_one_ms"], row["read_words_of_one_ms"] = of(writes), of(cuts)
        associations = Associations(journal)
        words = asked(associations, rng)
        associations.of(words[0])
        row["ties_ms"] = of([1000 * seconds(lambda word=word: associations.of(word), digits=9) for word in words])
        strings = parts(made, rng)
        row["search_ms"] = of([1000 * seconds(lambda one=one: journal.search(one), digits=9) for one in strings])
        like = "SELECT id FROM entries WHERE text LIKE ? ESCAPE '\\' ORDER BY date DESC"
        scan: Callable[[str], object] = lambda one: journal.database.execute(like, (f"%{one}%",)).fetchall()  # noqa: E731
        row["like_ms"] = of([1000 * seconds(lambda one=one: scan(one), digits=9) for one in strings[:20]])
        row["memory_mb"] = peak()
    return row


def seconds(work: Callable[[], object], digits: int = 2) -> float:
    start = time.perf_counter()
    work()
    return round(time.perf_counter() - start, digits)


def of(times: list[float]) -> dict[str, float]:
    """Median, nineteen in twenty, and the slowest."""
    times = sorted(times)
    found = {"median": times[len(times) // 2], "p95": times[int(len(times) * 0.95)], "most": times[-1]}
    return {name: float(f"{value:.3g}") for name, value in found.items()}


def asked(associations: Associations, rng: random.Random) -> list[str]:
    """Words of all frequencies: the ten commonest, and others."""
    index = associations.index
    order = sorted(range(len(index.keys)), key=lambda word: -int(index.entries_of[word]))
    some = order[:10] + rng.sample(order[10:], min(len(order) - 10, ASKED - 10))
    return [associations.spelled(word) for word in some]


def parts(made: list[Entry], rng: random.Random) -> list[str]:
    """Strings of one to six letters out of entries, spaces and line ends left out."""
    found = []
    while len(found) < ASKED:
        text = rng.choice(made).text
        start, size = rng.randrange(len(text)), rng.choice((1, 1, 2, 2, 3, 4, 6))
        part = text[start : start + size].strip()
        if part and part.isalnum():
            found.append(part)
    return found


def peak() -> int:
    """The most megabytes that this process held."""
    if os.name == "nt":
        return 0
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (1024 if sys.platform == "linux" else 1024 * 1024)


if __name__ == "__main__":
    main()
