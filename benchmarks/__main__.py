"""`python -m benchmarks`: what can be measured, and what each needs; `python -m benchmarks NAME …` measures it."""

from __future__ import annotations

import argparse
import subprocess
import sys

NANOGPT = "--peer NANOGPT"
SCRIPTS = {  # what it measures, and what it cannot do without; scripts with a peer in brackets leave it out
    "startup": ("`mebuki --help` and `import mebuki`", ""),
    "encoding": ("text on disk to ids on disk, against plain Python and the tokenizers library", ""),
    "first_token": ("from the command in the shell to the first letter", ""),
    "generation": ("tokens a second, one stream or many, against nanoGPT and transformers", f"[{NANOGPT}]"),
    "serving": ("many streams at once through `mebuki serve`, against one: speed, memory, none mixed up", ""),
    "training_speed": ("training tokens a second at equal size, against nanoGPT", f"[{NANOGPT}]"),
    "gpu_training": ("a step of 124 M numbers on a GPU, against GPT-2 of transformers", "a GPU, [transformers]"),
    "numpy_lstm": ("an LSTM layer in NumPy, against torch.nn.LSTM and ゼロつく2", "[--peer ZERO2]"),
    "memory": ("training on a text of 1 GB: memory beyond torch's own", ""),
    "scaling": ("what a token costs as width, depth, context, corpus and run grow", ""),
    "decoding": ("generation thread for thread, against llama.cpp", "llama-cpp-python"),
    "time_to_loss": ("time to a validation loss, against nanoGPT", f"--text FILE [{NANOGPT}]"),
    "loss_in_time": ("the validation loss within nanoGPT's wall time", f"--text FILE {NANOGPT}"),
    "ladder": ("bigram, rnn, lstm, gru, transformer on one text", "--text FILE"),
    "calculator": ("the calculator on fresh problems of every suite, with confidence intervals", ""),
    "calculator_ablations": ("what the parts of the calculator's recipe are worth, over seeds", ""),
    "calculator_length": ("calculators beyond the lengths and depths that they were taught", ""),
    "quality": ("the law of `mebuki estimate`, fitted to runs", "[--texts FILE ...]"),
    "diary_ties": ("ties of planted diaries, against Dunning, PPMI and word2vec", "[gensim]"),
    "diary_scale": ("diaries of 3,650 and of 100,000 entries: times and memory", ""),
    "smallest_adder": ("sixteen numbers learn to add ten digits: sums right, seed by seed", ""),
    "compare": ("our side of two commits in turn", "REV1 REV2 NAME"),
}
QUICK = ("startup", "encoding", "first_token", "generation", "training_speed", "numpy_lstm")  # some minutes


def main() -> int:
    p = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    p.add_argument(
        "name", nargs="?", choices=list(SCRIPTS), metavar="NAME", help="without one, a few that need nothing"
    )
    given, rest = p.parse_known_args()
    if given.name is None:
        for name, (about, needs) in SCRIPTS.items():
            print(f"{name:<15} {about}" + (f"   needs {needs}" if needs and needs[0] != "[" else f"   {needs}"))
        print()
    for name in [given.name] if given.name else QUICK:
        print(f"== {name}", flush=True)
        code = subprocess.run([sys.executable, "-m", f"benchmarks.{name}", *rest], check=False).returncode
        if code:
            return code
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
