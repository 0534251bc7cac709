"""Numbers as sentences: what training shows to people."""

from __future__ import annotations

from ..recipes import Recipe


def choosing_among(perplexity: float, unit: str = "letters") -> str:
    """Perplexity in plain words.

    >>> choosing_among(5.08)
    'as if choosing among 5.1 letters'
    """
    digits = 0 if perplexity >= 100 else 1 if perplexity >= 3 else 2
    return f"as if choosing among {short(perplexity, digits)} {unit}"


def short(number: float, digits: int = 2) -> str:
    """A number as people write it; a huge one, as of a training that went wrong, by its power of ten.

    >>> short(1234.5), short(1e300)
    ('1,234.50', '1e+300')
    """
    return f"{number:,.{digits}f}" if number < 1e9 else f"{number:.0e}"


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
