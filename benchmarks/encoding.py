"""Text on disk to ids on disk: megabytes a second, ASCII and Japanese, against a dictionary in Python and `tokenizers`.

The peers get the text in memory already and only have to encode it; ours reads, decodes, scans, encodes and writes.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.ours import folder
from benchmarks.turns import Repeat, Side, run
from mebuki.samples import diary
from mebuki.text import Corpus


def made(language: str, megabytes: float) -> str:
    """The sample diary again and again."""
    lines = diary(language).read_text(encoding="utf-8").splitlines()
    text = "\n\n".join(json.loads(line)["text"] for line in lines) + "\n"
    return text * max(1, round(1e6 * megabytes / len(text.encode("utf-8"))))


def timed(work: Callable[[int], object], text: str) -> Repeat:
    size = len(text.encode("utf-8")) / 1e6

    def repeat(number: int, before: Any) -> dict[str, float]:
        start = time.perf_counter()
        work(number)
        return {"megabytes_per_second": round(size / (time.perf_counter() - start), 2)}

    return repeat


def ours(given: argparse.Namespace) -> Repeat:
    home, text = folder(), made(given.language, given.megabytes)
    path = home / "text.txt"
    path.write_text(text, encoding="utf-8", newline="\n")
    return timed(lambda number: Corpus.from_text(path).write(home / f"corpus{number}").close(), text)


def dictionary(given: argparse.Namespace) -> Repeat:
    text = made(given.language, given.megabytes)
    ids = {letter: number for number, letter in enumerate(sorted(set(text)))}
    return timed(lambda number: [ids[letter] for letter in text], text)


def tokenizers(given: argparse.Namespace) -> Repeat:
    from tokenizers import Tokenizer

    text, home = made(given.language, given.megabytes / 20), folder()  # it is slow: a twentieth
    path = Path(home, "text.txt")
    path.write_text(text, encoding="utf-8", newline="\n")
    Corpus.from_text(path).write(home / "corpus").close()
    peer = Tokenizer.from_file(str(home / "corpus" / "tokenizer.json"))
    return timed(lambda number: peer.encode_batch(text.split("\n")), text)


def main() -> None:
    sides = {"mebuki": Side(ours), "dictionary": Side(dictionary), "tokenizers": Side(tokenizers)}
    run(
        "encoding",
        __doc__,
        sides,
        options=lambda p: p.add_argument("--megabytes", type=float, default=40, help="of each text") and None,
        cases=lambda given: [{"language": language} for language in ("en", "ja")],
        rounds=5,
    )


if __name__ == "__main__":
    main()
