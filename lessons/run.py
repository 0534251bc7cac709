"""Runs the notebooks of the lessons through real Jupyter kernels, and keeps them with their outputs to look at.

    python lessons/run.py                     # all, in both languages
    python lessons/run.py 03 --language ja    # one
    python lessons/run.py 03 --quick          # with the small numbers of the tests

Executed copies stand in lessons/executed/, as .ipynb and as .html. It stops at the first error.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from build import HOME, LANGUAGES, LessonError, notebook, sources


def execute(text: str, seconds: float = 600) -> Any:
    """Run all cells of a notebook in a fresh kernel, in a folder of its own.

    Args:
        text: of the .ipynb file.
        seconds: the most that one cell may take.

    Returns:
        the notebook with its outputs.

    Raises:
        nbclient.exceptions.CellExecutionError: a cell fails; its outputs are kept up to there.
    """
    import nbformat
    from jupyter_client.manager import KernelManager
    from nbclient import NotebookClient
    from traitlets.config import Config

    book = nbformat.reads(text, as_version=4)
    can_encrypt = hasattr(KernelManager, "transport_encryption")  # from jupyter_client 8.10 on, which asks for it
    config = Config(KernelManager={"transport_encryption": "auto"} if can_encrypt else {})
    with tempfile.TemporaryDirectory(prefix="mebuki-lesson-") as folder:
        where = {"metadata": {"path": folder}}
        client = NotebookClient(book, timeout=seconds, kernel_name="python3", resources=where, config=config)
        return client.execute()


def keep(book: Any, stem: Path) -> None:
    """Write an executed notebook as .ipynb and, where nbconvert is there, as .html."""
    import nbformat

    stem.parent.mkdir(parents=True, exist_ok=True)
    stem.with_suffix(".ipynb").write_text(nbformat.writes(book) + "\n", encoding="utf-8", newline="\n")
    try:
        from nbconvert import HTMLExporter
    except ModuleNotFoundError:
        return
    page, _ = HTMLExporter().from_notebook_node(book, resources={"metadata": {"name": stem.name}})
    stem.with_suffix(".html").write_text(page, encoding="utf-8", newline="\n")


def main(arguments: Sequence[str] | None = None) -> int:
    p = argparse.ArgumentParser(description="Run the lessons' notebooks through Jupyter.")
    p.add_argument("lesson", nargs="?", default="", help="a number, as 03; all without it")
    p.add_argument("--language", choices=LANGUAGES, help="only this one")
    p.add_argument("--quick", action="store_true", help="with the small numbers of the tests")
    given = p.parse_args(arguments)
    chosen = [path for path in sources() if path.stem.startswith(given.lesson)]
    if not chosen:
        print(f"there is no lesson {given.lesson}", file=sys.stderr)
        return 2
    begun = time.perf_counter()
    for path in chosen:
        for language in [given.language] if given.language else LANGUAGES:
            start = time.perf_counter()
            try:
                book = execute(notebook(path, language, "quick" if given.quick else "full"))
            except LessonError as error:
                print(error, file=sys.stderr)
                return 2
            except Exception as error:
                print(f"{path.stem} {language} fails:\n{error}", file=sys.stderr)
                return 1
            keep(book, HOME / "executed" / language / path.stem)
            print(f"{path.stem:24} {language}  {time.perf_counter() - start:6.1f} s", flush=True)
    print(f"{'all of it':24}     {time.perf_counter() - begun:6.1f} s; to look at: {HOME / 'executed'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
