"""What text is read, and how: the `[text]` section of a recipe. Light: imports neither NumPy nor torch."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field

from mebuki.errors import RecipeError
from mebuki.fields import check_all


@dataclass(frozen=True)
class TextSettings:
    """The text a model grows on.

    `split`, `split_at` and `split_date` are three ways to say where validation begins; the first one set of
    `split_date`, `split_at`, `split` counts.

    Raises:
        RecipeError: a value is out of range, or of the wrong type.

    >>> TextSettings(split=1.5)
    Traceback (most recent call last):
    mebuki.errors.RecipeError: split is 1.5
      allowed: 0.01 to 0.999
      try: 0.999
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
        default=None, metadata={"help": "learn from this many letters; the rest is validation", "range": (1, 10**15)}
    )
    split_date: str | None = field(
        default=None, metadata={"help": "entries dated on or after this day (YYYY-MM-DD) are validation"}
    )

    def __post_init__(self) -> None:
        check_all(self)
        if self.split_date is not None:
            try:
                object.__setattr__(self, "split_date", datetime.date.fromisoformat(self.split_date).isoformat())
            except ValueError:
                raise RecipeError(
                    f"split_date is {self.split_date!r}", allowed="a day that exists, YYYY-MM-DD"
                ) from None
