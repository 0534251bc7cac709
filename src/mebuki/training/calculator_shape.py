"""The shape of a calculator's model, known without torch: decoders need it too."""

from __future__ import annotations

from ..shapes import TransformerShape
from .calculator_settings import CalculatorSettings

CONTEXT = 1024  # letters of question and work


def shape_of(settings: CalculatorSettings) -> TransformerShape:
    """The numbers of the model."""
    return TransformerShape(
        width=settings.width,
        layers=settings.layers,
        heads=settings.heads,
        context=CONTEXT,
        tied=False,
        qk_norm=False,
        rope_base=10000.0,
    )
