"""`mebuki demo`: a model grown on a sample diary, live, in about a minute."""

from __future__ import annotations

import json
import locale
import math
import os
import shutil
import sys
import textwrap
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..samples import DIARIES, diary
from .main import Parser

EXAMPLE = """
mebuki demo
mebuki demo --language ja --minutes 0.5
"""

# What suits a diary of 160,000 English or 60,000 Japanese letters and a minute of two cores.
RECIPES: dict[str, dict[str, Any]] = {
    "en": {"width": 128, "layers": 4, "context": 64, "batch": 32, "dropout": 0.05},
    "ja": {"width": 128, "layers": 3, "context": 48, "batch": 32, "dropout": 0.2},
}
PROMPTS = {"en": ("Maho ", "The ferry ", "Gran ", "Onodera "), "ja": ("真帆が", "防波堤", "ばあちゃん", "小野寺くん")}


def parser() -> Parser:
    p = Parser(
        name="demo",
        about="Grow a language model on a sample diary (two years of an invented librarian) and let it write.",
        example=EXAMPLE,
    )
    p.add_argument("--language", default=None, metavar="L", help="ja or en (default: the language of this terminal)")
    p.add_argument("--minutes", type=float, default=0.9, metavar="M", help="how long it grows (default 0.9)")
    p.add_argument("--out", default=None, metavar="DIR", help="folder of the run (default runs/demo-L)")
    p.add_argument("--seed", type=int, default=0, metavar="N", help="of everything random (default 0)")
    p.add_argument("--json", action="store_true", help="print the result as one JSON object")
    return p


def spoken() -> str:
    """The language of this terminal, as far as there is a sample in it."""
    name = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or locale.getlocale()[0]
    return "ja" if (name or "").lower().startswith("ja") else "en"


def run(arguments: Sequence[str]) -> int:
    given = parser().parse_args(arguments)
    language = given.language or spoken()
    text = diary(language)  # refuses other languages before anything is loaded
    assert language in DIARIES
    began = time.monotonic()
    from ..recipes import transformer
    from ..runs.live import Live
    from ..runs.training import train
    from .train import free_folder

    recipe = transformer(text, minutes=given.minutes, seed=given.seed, **RECIPES[language])
    out = Path(given.out) if given.out else free_folder(Path("runs") / f"demo-{language}")
    if given.json:
        grown = train(recipe, out, watch=lambda event: None)
    else:
        with Live(title="芽吹き  mebuki demo") as live:
            grown = train(recipe, out, watch=live)
    samples = [row["text"] for row in grown.samples() if row["event"] == "sample"]
    texts = {p: "".join(grown.generate(p, tokens=90, temperature=0.6, seed=given.seed)) for p in PROMPTS[language]}
    result = {
        "run": str(out),
        "perplexity": grown.perplexity,
        "baselines": {name: math.exp(loss) for name, loss in grown.info["baselines"].items() if loss is not None},
        "before": samples[0] if samples else "",
        "texts": texts,
        "seconds": round(time.monotonic() - began, 1),
    }
    print(json.dumps(result, ensure_ascii=False)) if given.json else _tell(result)
    return 0


def _tell(result: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.text import Text

    from ..runs.words import choosing_among, duration

    console = Console(highlight=False)

    def say(words: str = "", style: str = "") -> None:
        console.print(Text(words, style))

    def quote(words: str, style: str = "italic") -> None:
        width = min(console.width, 96) - 4
        half = width if words.isascii() else width // 2
        for line in textwrap.wrap(" ".join(words.split()), half):
            say("    " + line, style)

    say("Before it learned anything, it wrote", "bold")
    quote(result["before"][:90], "dim italic")
    say()
    say("Now it writes on from", "bold")
    for prompt, words in result["texts"].items():
        quote(prompt + words)
        say()
    rungs = result["baselines"]
    if result["perplexity"]:
        say(f"At each letter it hesitates {choosing_among(result['perplexity'])},", "bold")
        say(
            f"where choosing blindly means {rungs['uniform']:,.0f}, by how often letters come {rungs['unigram']:.0f}"
            + (f", by counted pairs {rungs['bigram']:.0f}." if "bigram" in rungs else ".")
        )
    say(
        f"\nAll of it in {duration(result['seconds'])} on this computer; nothing left it. The model is in {result['run']}."
    )
    say("\nNow with your own words", "bold green")
    me = typed()
    rows = {
        f"{me} train my-diary.txt --minutes 5": "a text, several, or a folder (.txt .md .jsonl)",
        f'{me} generate {result["run"]} "…"': "let this model write on",
        f"{me} --help": "everything else",
    }
    wide = max(map(len, rows)) + 3
    for command, about in rows.items():
        say(f"  {command:<{wide}}{about}" if wide + len(about) + 2 <= console.width else f"  {command}")


def typed() -> str:
    """How this program is called from here: `mebuki`, or the path to it where it is not on the search path."""
    called = Path(sys.argv[0])
    if called.stem != "mebuki":
        return "mebuki"
    found = shutil.which("mebuki")
    if found and Path(found).resolve() == called.resolve():
        return "mebuki"
    try:
        return os.path.relpath(called) if called.is_absolute() else str(called)
    except ValueError:  # Windows knows no way from one drive to another
        return str(called)
