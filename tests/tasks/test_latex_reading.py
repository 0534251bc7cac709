"""LaTeX as it is copied from books, pages and chats. That what `latex` writes is read again is held in test_latex."""

from __future__ import annotations

import pytest

from mebuki.tasks.latex_reading import from_latex
from mebuki.tasks.reading import QuestionError, read


@pytest.mark.parametrize(
    ("typed", "expression"),
    [
        (r"\frac{3}{4}+\frac{1}{2}", "3/4+1/2"),
        (r"$\dfrac{x+1}{2}-\tfrac{x-3}{4}$", "(x+1)/2-(x-3)/4"),
        (r"\(3 \times \left(4+5\right) \div 2\)", "3*(4+5)/2"),
        (r"\[ \frac{\left(a+b\right)^{2}}{3} \times 4 \]", "(a+b)^2/3*4"),
        (r"\frac{\frac{1}{2}}{\frac34}", "1/2/(3/4)"),
        (r"\frac{6}{(2+1)}", "6/(2+1)"),
        (r"\frac{1}{2}x+4\frac{x}{3}", "(1/2)*x+4*(x/3)"),
        (r"1\frac{2}{3} \cdot 3", "(1+2/3)*3"),
        (r"\frac{1}{2}^{2}", "(1/2)^2"),
        (r"3\cdot\left\{2+\left[1-4\right]\right\}", "3*(2+(1-4))"),
        (r"¥frac{1}{2}+3", "1/2+3"),
        (r"7 x^{2} - 7 p, \quad p = -7, \quad x = \frac{4}{5}", "7*x^2-7*p, p=-7, x=4/5"),
        (r"What is $\frac{6}{51}$?", "6/51"),
        (r"\frac{12}{5}を計算して", "12/5"),
        (r"17 \bmod 5", "17/5"),
    ],
)
def test_formulas_are_read(typed: str, expression: str) -> None:
    assert read(typed).expression == expression


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        (r"\sqrt{16}", r"\\sqrt is not known"),
        (r"\frac{1}", "lacks what stands above or below"),
        (r"\frac{}{3}", "lacks what stands above or below"),
        (r"3 \pm 4", r"\\pm is not known"),
        ("\\", "is not known"),
        (r"\frac" * 100, "lacks what stands"),
        (r"\frac{" * 160, "lacks what stands"),
    ],
)
def test_what_is_no_formula_is_refused(typed: str, message: str) -> None:
    with pytest.raises(QuestionError, match=message):
        read(typed)


def test_plain_text_is_left_alone() -> None:
    for text in ("3+4", "96÷41 のあまりは？", "円 ¥100", "{x}"):
        assert from_latex(text) == text
