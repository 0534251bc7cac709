"""Text on disk to ids on disk: megabytes a second, ASCII and Japanese, against a dictionary in Python and `tokenizers`.

The peers get the text in memory already and only have to encode it; ours reads, decodes, scans, encodes and writes.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from benchmarks.machine import median, report
from mebuki.samples import diary
from mebuki.text import Corpus

SIZE = 40_000_000  # bytes of each text


def main() -> None:
    import json

    from tokenizers import Tokenizer

    result = {}
    for language in ("en", "ja"):
        lines = diary(language).read_text(encoding="utf-8").splitlines()
        text = "\n\n".join(json.loads(line)["text"] for line in lines) + "\n"
        text *= SIZE // len(text.encode("utf-8"))
        size = len(text.encode("utf-8")) / 1e6
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "text.txt")
            path.write_text(text, encoding="utf-8", newline="\n")
            speeds: dict[str, list[float]] = {
                "scan and write": [],
                "write alone": [],
                "dictionary": [],
                "tokenizers": [],
            }
            for number in range(3):
                start = time.perf_counter()
                corpus = Corpus.from_text(path)
                scanned = time.perf_counter()
                corpus.write(Path(folder, f"corpus{number}"))
                done = time.perf_counter()
                speeds["scan and write"].append(size / (done - start))
                speeds["write alone"].append(size / (done - scanned))
                ids = {letter: number for number, letter in enumerate(corpus.letters)}
                start = time.perf_counter()
                _ = [ids[letter] for letter in text]
                speeds["dictionary"].append(size / (time.perf_counter() - start))
                peer = Tokenizer.from_file(str(Path(folder, f"corpus{number}", "tokenizer.json")))
                part = text[: len(text) // 20]
                start = time.perf_counter()
                peer.encode_batch(part.split("\n"))
                speeds["tokenizers"].append(size / 20 / (time.perf_counter() - start))
                corpus.close()
        result[language] = {name: round(median(values), 1) for name, values in speeds.items()}
    report("encoding", {"megabytes_per_second": result})


if __name__ == "__main__":
    main()
