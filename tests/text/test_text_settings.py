"""Settings of a text: what may be said, and what is answered when it may not."""

import pytest

from mebuki.errors import RecipeError
from mebuki.text import TextSettings


def test_sources_and_days_take_one_form() -> None:
    assert TextSettings(sources="a.txt").sources == ("a.txt",)  # pyright: ignore[reportArgumentType]
    assert TextSettings(sources=["a.txt", "b"]).sources == ("a.txt", "b")  # pyright: ignore[reportArgumentType]
    assert TextSettings(split_date="20261121").split_date == "2026-11-21"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"split": 0.0}, "0.01 to 0.999"),
        ({"split": 1}, "0.01 to 0.999"),
        ({"split": "0.9"}, "split is '0.9'"),
        ({"split": float("nan")}, "split is nan"),
        ({"vocabulary": 100}, "260 to 65536"),
        ({"vocabulary": True}, "whole number"),
        ({"vocabulary": 2048.5}, "whole number"),
        ({"line_ends": "drop"}, "line_ends 'drop' is unknown"),
        ({"tokenizer": "charcters"}, "try: characters"),
        ({"encoding": 932}, "encoding is 932"),
        ({"byte_fallback": "no"}, "true or false"),
        ({"split_at": 0}, "split_at is 0\n  allowed: 1 to"),
        ({"split_at": 10.5}, "whole number"),
        ({"split_date": "2026-02-30"}, "a day that exists"),
        ({"split_date": 2026}, "a text"),
    ],
)
def test_wrong_values(settings: dict, message: str) -> None:
    with pytest.raises(RecipeError, match=message):
        TextSettings(**settings)
