"""`python -m benchmarks`: what can be measured, and what each needs."""

from __future__ import annotations

import argparse
import subprocess
import sys

SCRIPTS = {
    "startup": ("`mebuki --help` and `import mebuki`", []),
    "encoding": ("text on disk to ids on disk, against plain Python and the tokenizers library", []),
    "memory": ("training on a text of 1 GB: memory beyond torch's own", []),
    "numpy_lstm": (
        "an LSTM layer in NumPy, forward and backward, against torch.nn.LSTM (and a clone of ゼロつく2)",
        [],
    ),
    "ladder": ("bigram, rnn, lstm, gru, transformer on one text", ["--text FILE"]),
    "time_to_loss": ("time to a validation loss, against nanoGPT on the CPU", ["--text FILE", "--peer FOLDER"]),
}


def main() -> int:
    p = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    p.add_argument("name", nargs="?", help="one of those listed; without a name those that need nothing are run")
    given, rest = p.parse_known_args()
    if given.name is None:
        for name, (about, needs) in SCRIPTS.items():
            print(f"{name:<14} {about}" + (f"   needs {' '.join(needs)}" if needs else ""))
        print()
    names = [given.name] if given.name else [name for name, (_, needs) in SCRIPTS.items() if not needs]
    for name in names:
        if name not in SCRIPTS:
            p.error(f"{name!r} is unknown; allowed: {', '.join(SCRIPTS)}")
        print(f"== {name}", flush=True)
        code = subprocess.run([sys.executable, "-m", f"benchmarks.{name}", *rest], check=False).returncode
        if code:
            return code
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
