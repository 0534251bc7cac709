"""Numbers as sentences: what training shows to people."""

from __future__ import annotations

from ..recipes import Recipe


def choosing_among(perplexity: float, unit: str = "letters") -> str:
    """Perplexity in plain words.

    >>> choosing_among(5.08)
    'as if choosing among 5.1 letters'
    """
    return (
        f"as if choosing among {perplexity:,.0f} {unit}"
        if perplexity >= 100
        else (f"as if choosing among {perplexity:.{2 if perplexity < 3 else 1}f} {unit}")
    )


def by_hand(recipe: Recipe) -> str:
    """What is said behind a model's name, if NumPy alone trains it."""
    return " by hand in NumPy" if recipe.training.engine == "scratch" else ""


def duration(seconds: float) -> str:
    """
    >>> duration(5), duration(125), duration(7322)
    ('5 s', '2 min 5 s', '2 h 2 min')
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min" + (f" {whole % 60} s" if whole % 60 else "")
    return f"{whole // 3600} h" + (f" {whole % 3600 // 60} min" if whole % 3600 // 60 else "")


def count(number: int) -> str:
    """
    >>> count(795_392), count(1_500), count(83)
    ('795 k', '1,500', '83')
    """
    if number >= 10_000_000:
        return f"{number / 1e6:,.1f} M"
    return f"{number / 1000:,.0f} k" if number >= 10_000 else f"{number:,}"


def unit_of(tokenizer: str) -> str:
    """What one token is called."""
    return "letters" if tokenizer == "characters" else "pieces"
