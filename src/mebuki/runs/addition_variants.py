"""Addition in every variant: the same problems, the same seed, and only the means differ."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from ..errors import StorageError
from ..training.addition_settings import VARIANTS, AdditionSettings
from .addition import AdditionProgress, AdditionRun, train_addition


def compare_variants(
    settings: AdditionSettings,
    folder: str | os.PathLike[str],
    *,
    watch: Callable[[str, AdditionProgress], None] = lambda variant, progress: None,
) -> dict[str, AdditionRun]:
    """Train all of `VARIANTS`, each in a folder of its own inside `folder`. Ctrl-C ends with the one it meets.

    A folder that holds some of them already is gone on with: those that came to their end are not trained again.

    Raises:
        StorageError: a folder cannot be written, or holds a variant with other settings, or one that was stopped.
    """
    runs: dict[str, AdditionRun] = {}
    for variant, means in VARIANTS.items():
        home = Path(folder) / variant.replace(" + ", "-")
        wanted = replace(settings, **means)
        if home.is_dir() and any(home.iterdir()):
            run = AdditionRun(home)
            if run.settings != wanted or not any(row["event"] == "end" and row["why"] == "done" for row in run.metrics):
                raise StorageError(
                    f"{home} holds a run with other settings, or one that was stopped", hint=f"rm -r {home}, or --out"
                )
        else:
            run = train_addition(wanted, home, watch=lambda progress, variant=variant: watch(variant, progress))
        runs[variant] = run
        if run.result["why"] == "stopped":
            break
    return runs
