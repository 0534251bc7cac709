"""The model of a diary, to be taken out of its folder; it is as private there as it was, and nothing seals it any more."""

from __future__ import annotations

import math

from ..export.grown import Grown
from .entries import DiaryError
from .journal import Journal
from .model import DiaryModel
from .reciting import Recited


def taken_out(journal: Journal) -> Grown:
    """The model on a diary's shelf, with how much of the diary it recites. None of the diary's own text goes along.

    Raises:
        DiaryError: none was grown, or its file is damaged.
    """
    model = DiaryModel.load(journal)
    if model is None:
        raise DiaryError("no model was grown on this diary yet", hint="mebuki diary grow")
    about = model.about
    facts = {"steps": f"{about.steps:,}", "seed": str(about.seed)}
    if math.isfinite(about.loss):
        facts["perplexity"] = f"{math.exp(min(about.loss, 700)):.3f} on entries that it never learned"
    recites = None
    if about.recited:
        told = Recited.from_dict(about.recited)
        recites = max((told.free, told.prompted), key=lambda pair: pair[0] / max(1, pair[1]))
    return Grown(
        name="diary",
        shape=model.shape,
        tokenizer=model.tokenizer,
        weights=model.weights,
        text=f"a diary: {about.learned:,} letters of {len(model.names):,} entries",
        facts=facts,
        recites=recites,
        diary=True,
    )
