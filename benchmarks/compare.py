"""Two commits, our side of one benchmark in turn: how many times as good the second is as the first.

    python -m benchmarks.compare HEAD~5 HEAD training_speed --case '{"batch": 12}'
    python -m benchmarks.compare HEAD . generation --rounds 11     # . is the working tree

The source of both commits is unpacked into temporary folders; the script is the one that stands here. What is behind NAME
goes to it, as `--threads 1`.
"""

from __future__ import annotations

import argparse
import io
import os
import subprocess
import sys
import tarfile
from pathlib import Path

from benchmarks.machine import report
from benchmarks.ours import folder
from benchmarks.turns import Worker, summary, table, take_turns

HOME = Path(__file__).parents[1]


def source_of(revision: str) -> Path:
    """The folder `src` of a revision."""
    if revision == ".":
        return HOME / "src"
    command = ["git", "-C", str(HOME), "archive", "--format=tar", revision, "src"]
    packed = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
    place = folder()
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        archive.extractall(place, filter="data")
    return place / "src"


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("before", metavar="REV1")
    p.add_argument("after", metavar="REV2")
    p.add_argument("name", metavar="NAME", help="a benchmark")
    p.add_argument("--rounds", type=int, default=9)
    p.add_argument("--side", default="mebuki")
    given, rest = p.parse_known_args()
    if given.before == given.after:
        p.error("both are the same commit")
    workers: dict[str, Worker] = {}
    try:
        for revision in (given.before, given.after):
            command = [sys.executable, "-m", f"benchmarks.{given.name}", "--side", given.side, *rest]
            places = os.pathsep.join([str(source_of(revision)), str(HOME)])
            workers[revision] = Worker(command, {"PYTHONPATH": places})
        turns = take_turns(workers, given.rounds, warm=1)
    finally:
        for worker in workers.values():
            worker.close()
    found = {"ready_seconds": {side: worker.ready for side, worker in workers.items()}, **summary(turns, given.after)}
    report("compare", {"compared": given.name, **found, "rounds": turns}, keep=False)
    print(table([{"case": {"benchmark": given.name}, **found}]))


if __name__ == "__main__":
    main()
