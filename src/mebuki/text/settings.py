"""What text is read, and how: the `[text]` section of a recipe. Light: imports neither NumPy nor torch."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field, fields

from mebuki.errors import RecipeError, unknown


@dataclass(frozen=True)
class TextSettings:
    """The text a model grows on.

    `split`, `split_at` and `split_date` are three ways to say where validation begins; the first one set of
    `split_date`, `split_at`, `split` counts.

    Raises:
        RecipeError: a value is out of range, or of the wrong type.

    >>> TextSettings(split=1.5)
    Traceback (most recent call last):
    mebuki.errors.RecipeError: split = 1.5
      allowed: 0.01 to 0.999
    """

    sources: tuple[str, ...] = field(default=(), metadata={"help": "files or folders (.txt, .md, .jsonl)"})
    encoding: str = field(default="auto", metadata={"help": "auto, or any encoding Python knows, as cp932 or euc_jp"})
    line_ends: str = field(
        default="keep", metadata={"help": "keep line ends, or read them as a space", "choices": ("keep", "space")}
    )
    tokenizer: str = field(
        default="characters",
        metadata={"help": "what one token is: a letter, or a frequent group", "choices": ("characters", "byte-pairs")},
    )
    vocabulary: int = field(
        default=2048, metadata={"help": "how many byte-pair tokens to learn", "range": (260, 65536)}
    )
    byte_fallback: bool = field(
        default=True, metadata={"help": "give the model 256 byte tokens, so that it can read letters it never saw"}
    )
    split: float = field(
        default=0.9,
        metadata={"help": "share of the text to learn from; the rest is validation", "range": (0.01, 0.999)},
    )
    split_at: int | None = field(
        default=None, metadata={"help": "learn from this many letters; the rest is validation"}
    )
    split_date: str | None = field(
        default=None, metadata={"help": "entries dated on or after this day (YYYY-MM-DD) are validation"}
    )

    def __post_init__(self) -> None:
        sources = (self.sources,) if isinstance(self.sources, str) else tuple(str(source) for source in self.sources)
        object.__setattr__(self, "sources", sources)
        for known in fields(self):
            value, choices, bounds = (
                getattr(self, known.name),
                known.metadata.get("choices"),
                known.metadata.get("range"),
            )
            if choices and value not in choices:
                raise unknown(known.name, value, choices)
            if bounds and not (isinstance(value, int | float) and bounds[0] <= value <= bounds[1]):
                raise RecipeError(f"{known.name} = {value!r}", allowed=f"{bounds[0]} to {bounds[1]}")
        if type(self.vocabulary) is not int:
            raise RecipeError(f"vocabulary = {self.vocabulary!r}", allowed="a whole number")
        if type(self.encoding) is not str:
            raise RecipeError(f"encoding = {self.encoding!r}", allowed="the name of an encoding, as cp932, or auto")
        if type(self.byte_fallback) is not bool:
            raise RecipeError(f"byte_fallback = {self.byte_fallback!r}", allowed="true or false")
        if self.split_at is not None and not (type(self.split_at) is int and self.split_at > 0):
            raise RecipeError(f"split_at = {self.split_at!r}", allowed="a number of letters, 1 or more")
        if self.split_date is not None:
            try:
                object.__setattr__(self, "split_date", datetime.date.fromisoformat(self.split_date).isoformat())
            except (ValueError, TypeError):
                raise RecipeError(
                    f"split_date = {self.split_date!r}", allowed="a day that exists, YYYY-MM-DD"
                ) from None
