"""Draws docs/demo.svg: the terminal while `mebuki demo` runs, as it ends. `python docs/make_picture.py [FOLDER]`"""

from __future__ import annotations

import io
import re
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import TerminalTheme

from mebuki import recipes, train
from mebuki.cli.demo import RECIPES
from mebuki.runs.live import Live
from mebuki.samples import diary

PAPER, BLACK = (251, 249, 244), (43, 42, 39)
HUES = [(176, 58, 46), (74, 124, 63), (154, 106, 0), (0, 95, 153), (140, 80, 120), (0, 115, 115)]
INK = TerminalTheme(PAPER, BLACK, [BLACK, *HUES, (119, 115, 106)], [(214, 208, 195), *HUES, BLACK])


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(tempfile.mkdtemp(), "demo")
    live = Live(Console(file=io.StringIO(), highlight=False, width=100, force_terminal=True), "芽吹き  mebuki demo")
    train(recipes.transformer(diary("en"), minutes=0.9, **RECIPES["en"]), folder, watch=live)
    console = Console(record=True, width=100, file=io.StringIO(), highlight=False)
    console.print(live._view())
    picture = console.export_svg(title="mebuki demo", theme=INK, unique_id="mebuki")
    picture = re.sub(r"@font-face \{.*?\}", "", picture, flags=re.DOTALL)  # no font is fetched from anywhere
    picture = picture.replace("Fira Code", "DejaVu Sans Mono, Menlo, Consolas")
    Path(__file__).with_name("demo.svg").write_text(picture, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
