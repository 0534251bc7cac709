"""Reading: what people type in both languages, what is refused, and that no text at all does any harm."""

from __future__ import annotations

import re
import time
from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from test_expressions import IN_LETTERS, IN_NUMBERS

from mebuki.errors import TextError
from mebuki.tasks.expressions import truth
from mebuki.tasks.reading import LENGTH, Question, QuestionError, read


@pytest.mark.parametrize(
    ("typed", "expression"),
    [
        # signs
        ("3*(4+5)-6/2=", "3*(4+5)-6/2"),
        ("3 × (4 ＋ 5) − 6 ÷ 2 ＝", "3*(4+5)-6/2"),
        ("３＊（４＋５）－６／２", "3*(4+5)-6/2"),
        ("3✕4·5∙6⋅7・8", "3*4*5*6*7*8"),
        ("8–3—2", "8-3-2"),
        ("8➕3➖2✖️4➗2", "8+3-2*4/2"),
        ("１２ー５", "12-5"),
        ("【3+［2×{4-1}］】×２", "(3+(2*(4-1)))*2"),
        ("2**3", "2^3"),
        ("5² + 2³", "5^2+2^3"),
        ("x¹⁰", "x^10"),
        ("x^{10}·x^(2)", "x^10*x^2"),
        ("½ + ⅓", "(1/2)+(1/3)"),
        ("1½ + 2 ¾", "(1+1/2)+(2+3/4)"),
        ("1⁄2+1∕3", "1/2+1/3"),
        ("𝑥+𝑦", "x+y"),
        ("1\u200b+ 2\u3000+\t3", "1+2+3"),
        # numbers
        ("1,234+5,678=", "1234+5678"),
        ("１，２３４，５６７＋１", "1234567+1"),
        ("007+00", "7+0"),
        ("1.5*2", "(3/2)*2"),
        (".5+2.0", "(1/2)+2"),
        ("9" * 100, "9" * 100),
        # products without a sign
        ("2x", "2*x"),
        ("3(4+5)", "3*(4+5)"),
        ("(a+b)(a-b)", "(a+b)*(a-b)"),
        ("x y", "x*y"),
        ("2xy", "2*x*y"),
        ("2ab^2c", "2*a*b^2*c"),
        ("6xy÷2x", "6*x*y/(2*x)"),
        ("12a²b ÷ 3ab × 2", "12*a^2*b/(3*a*b)*2"),
        ("(8x÷-2x)÷4", "(8*x/((-2)*x))/4"),
        ("6x^3÷x^2+1", "6*x^3/x^2+1"),
        ("½x + (1/2)(x+4)", "(1/2)*x+(1/2)*(x+4)"),
        ("4x割る2x", "4*x/(2*x)"),
        ("x(x+1)", "x*(x+1)"),
        ("2X+3X", "2*x+3*x"),
        ("3 x 4", "3*4"),
        ("3x4x5", "3*4*5"),
        ("2 X (3+4)", "2*(3+4)"),
        ("2x(x+1)", "2*x*(x+1)"),
        ("2x(y+1)", "2*x*(y+1)"),
        # signs after operators
        ("1--2", "1-(-2)"),
        ("3*-4", "3*(-4)"),
        ("3/-4", "3/(-4)"),
        ("3*-4^2+1", "3*(-4^2)+1"),
        ("3*-(4+5)*2", "3*(-(4+5))*2"),
        ("2*-(3*-4)^2", "2*(-(3*(-4))^2)"),
        ("1---2", "1-2"),
        ("+5 - +3", "5-3"),
        ("--5", "5"),
        ("(-3)^2", "(-3)^2"),
        ("-3^2", "-3^2"),
        # English
        ("What is 3*(4+5)?", "3*(4+5)"),
        ("what's 12 + 30", "12+30"),
        ("How much is 12 times 12?", "12*12"),
        ("Calculate: 3 + 4.", "3+4"),
        ("compute 3+4 please", "3+4"),
        ("3 plus 4 times 5", "3+4*5"),
        ("three plus four", "3+4"),
        ("20 minus negative 4", "20-(-4)"),
        ("84 divided by 7 =", "84/7"),
        ("3 multiplied by 4 equals?", "3*4"),
        ("3 squared plus 2 cubed", "3^2+2^3"),
        ("2 to the power of 10", "2^10"),
        ("Expand (x + 2)(x − 3)", "(x+2)*(x-3)"),
        ("EXPAND (X+2)^2", "(x+2)^2"),
        ("simplify 7c - 3n + 5c + 4", "7*c-3*n+5*c+4"),
        ("Solve 3+4", "3+4"),
        ("3 + 4 = ?", "3+4"),
        ("3+4=□", "3+4"),
        ("=3+4", "3+4"),
        # Japanese
        ("３＋４＝？", "3+4"),
        ("3×(4+5)は？", "3*(4+5)"),
        ("3+4はいくつ？", "3+4"),
        ("3+4はいくつですか。", "3+4"),
        ("3+4を計算して", "3+4"),
        ("3+4を計算してください。", "3+4"),
        ("次の計算をしなさい。12÷4", "12/4"),
        ("次の式を展開しなさい：(a+b)²", "(a+b)^2"),
        ("(a+b)² を展開して", "(a+b)^2"),
        ("7c−3n+5c をまとめて", "7*c-3*n+5*c"),
        ("2x+3x を簡単にしなさい", "2*x+3*x"),
        ("6/51 を約分して", "6/51"),
        ("「3+4」の答えは何ですか？", "3+4"),
        ("3足す4は？", "3+4"),
        ("3たす4かける5", "3+4*5"),
        ("3 かける 4", "3*4"),
        ("8割る2", "8/2"),
        ("5引く3は", "5-3"),
        ("3プラス4マイナス1", "3+4-1"),
        ("5から3を引くと？", "5-3"),
        ("8を2で割ると？", "8/2"),
        ("3に4を足すといくつ", "3+4"),
        ("3に4をかけると", "3*4"),
        ("2分の1足す3分の1", "(1/2)+(1/3)"),
        ("3の2乗", "3^2"),
        ("5 - 3の2乗", "5-3^2"),
        ("xの二乗＋１", "x^2+1"),
        # values
        ("7x²-7p, x=1, p=-7", "7*x^2-7*p, p=-7, x=1"),
        ("7*x^2-7*p+5*c, c=4/5, p=-7, x=1", "7*x^2-7*p+5*c, c=4/5, p=-7, x=1"),
        ("7x^2 - p when x=1 and p=-7", "7*x^2-p, p=-7, x=1"),
        ("7x^2 - p if x is 1 and p equals −7", "7*x^2-p, p=-7, x=1"),
        ("Evaluate 3x + 1 for x = 0.5", "3*x+1, x=1/2"),
        ("Let x = 2, y = 3; x y", "x*y, x=2, y=3"),
        ("Substitute x=1 into 7x^2+1", "7*x^2+1, x=1"),
        ("x=1, p=−7 のとき 7x²−7p", "7*x^2-7*p, p=-7, x=1"),
        ("x＝1、p＝－7のとき、7x²−7pの値を求めよ。", "7*x^2-7*p, p=-7, x=1"),
        ("7x²にx=2を代入して", "7*x^2, x=2"),
        ("x=-½ のとき 2x", "2*x, x=-1/2"),
        ("2x\nx=1,234", "2*x, x=1234"),
    ],
)
def test_what_people_type(typed: str, expression: str) -> None:
    question = read(typed)
    assert question.expression == expression
    assert question.ask != "remainder"
    assert read(expression) == question


@pytest.mark.parametrize(
    "typed",
    [
        "96 mod 41",
        "96 % 41",
        "96 modulo 41 =",
        "96/41 r",
        "96 ÷ 41 R ?",
        "remainder of 96 / 41",
        "What is the remainder when 96 is divided by 41?",
        "96 divided by 41 with remainder",
        "quotient and remainder of 96/41",
        "96÷41 余り",
        "96÷41 のあまりは？",
        "９６÷４１の商と余りを求めなさい",
        "96割る41の余りは",
        "96を41で割った余りはいくつですか",
        "96を41でわったあまり",
    ],
)
def test_a_remainder_is_asked(typed: str) -> None:
    question = read(typed)
    assert question == Question("96/41", "remainder")
    assert read(str(question)) == question


def test_what_is_asked() -> None:
    assert [read(typed).ask for typed in ("2x", "2x, x=1", "6/51", "-7 mod 2")] == [
        "poly",
        "value",
        "value",
        "remainder",
    ]


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("", "nothing to work out"),
        ("  ？ ", "nothing to work out"),
        ("は？", "nothing to work out"),
        ("x=1", "nothing to work out"),
        ("1++", r"ends with '\+'"),
        ("1+*2", r"'\*' is at place 3"),
        ("*2", r"'\*' is at place 1"),
        ("2-*3", r"'\*' is at place 3"),
        ("2+-*3", r"'\*' follows '-'"),
        ("(1+2", "ends too early"),
        ("1+2)", "is at place 4"),
        ("()", "is at place 2"),
        ("12 34", "'34' follows without an operator"),
        ("x2", "'2' follows without an operator"),
        ("(x+1)2", "'2' follows without an operator"),
        ("1.2.3", "follows without an operator"),
        ("1e5", "follows without an operator"),
        ("-3の2乗", "two things"),
        ("2*(-xの2乗)", "two things"),
        ("negative 3 squared", "two things"),
        ("1/2x", "product without a sign follows a division"),
        ("1/2(x+4)", "product without a sign follows a division"),
        ("6÷2(1+2)", "product without a sign follows a division"),
        ("6÷(2)x", "product without a sign follows a division"),
        ("6/-2x", "product without a sign follows a division"),
        ("1.5½", "'½' is not known"),
        ("4x 3", "a letter or a product sign"),
        ("1,23", "one expression too many"),
        ("1,2345", "one expression too many"),
        ("1,234,5", "one expression too many"),
        ("0,123", "one expression too many"),
        ("3,4", "one expression too many"),
        ("3+4\n5+6", "one expression too many"),
        ("3と4", "one expression too many"),
        ("xのy", "one expression too many"),
        ("2+5に3を掛ける", "one expression too many"),
        ("hello", "word 'hello'"),
        ("hi", "word 'hi'"),
        ("sin x", "word 'sin'"),
        ("5 kg + 3 kg", "word 'kg'"),
        ("sqrt(4)", "word 'sqrt'"),
        ("abc", "word 'abc'"),
        ("сколько будет 2+2", "'с' is not known"),
        ("2+2는?", "is not known"),
        ("りんごが3個", "is not known"),
        ("3+4😀", "'😀' is not known"),
        ("√4", "'√' is not known"),
        ("5!", "'!' is not known"),
        ("50%", "'%' is not known"),
        ("50%+3", "'%' is not known"),
        ("x₁+1", "is not known"),
        ("3Ⅳ", "is not known"),
        ("8:2", "':' is at place 2"),
        ("3+?+4", r"'\?' is at place 3"),
        ("2x+3=7", "is an equation"),
        ("3+4=7", "is an equation"),
        ("x=1+1, 2x", "is an equation"),
        ("2X + x", "X and x are both there"),
        ("2x, X=1", "X and x are both there"),
        ("3x(4+5)", "a letter or a product sign"),
        ("3 x (a+5)", "a letter or a product sign"),
        ("6/0", "division by zero"),
        ("6÷(2-2)", "division by zero"),
        ("6 mod 0", "division by zero"),
        ("1/(x-1), x=1", "division by zero"),
        ("2x, x=1/0", "division by zero"),
        ("100-4 mod 7", "has no remainder"),
        ("2x mod 7", "has no remainder"),
        ("96/41 余り, x=1", "has no remainder"),
        ("2x, y=1", "x has no value"),
        ("2x, x=1, x=2", "two values"),
        ("2^3^2", "power of a power"),
        ("2^-1", "an exponent from 0 to 12"),
        ("x^99", "exponent 99 is too large"),
        ("x/y", "leaves y below the line"),
        ("(x^2-1)/(x-1)", "by the sum"),
        ("a+b+c+d+e+f", "6 different letters"),
        ("9" * 101, "has 101 digits"),
        ("9" * 3000, "3,000 characters"),
        ("(" * 51 + "1" + ")" * 51, "nested too deep"),
        ("(a+b+c+d+e)^12", "too many terms"),
        ("\ud800", "is not known"),
    ],
)
def test_refusals_say_why(typed: str, message: str) -> None:
    with pytest.raises(QuestionError, match=message) as caught:
        read(typed)
    assert "cannot be read: " in caught.value.given
    assert "5 different letters" in caught.value.allowed
    assert caught.value.hint
    assert len(caught.value.given) < 300
    str(caught.value).encode()  # a lone surrogate is shown escaped


TYPED = st.text(
    st.sampled_from("0123456789xyXpr+-*/^()=.,; %×÷−ー²½、。？?はをのでと割余りmod") | st.characters(), max_size=30
)


@given(TYPED | st.text(max_size=60))
@example("(" * 999)
@example("ー½²" * 300)
def test_nothing_does_harm(typed: str) -> None:
    """Whatever is typed is refused as a question or has an exact answer, and is read the same again."""
    try:
        question = read(typed)
    except QuestionError:
        return
    assert truth(question.expression, question.ask)
    assert read(str(question)) == question


@given(IN_NUMBERS | IN_LETTERS.map(lambda text: text.replace("x", "a")))
def test_canonical_text_is_read_as_it_stands(text: str) -> None:
    try:
        answer = truth(text)
    except TextError:
        return
    question = read(text)
    assert question.expression == text
    assert truth(question.expression, question.ask) == answer
    typed = re.sub(r"([-+*/()^])", r" \1 ", text).translate(str.maketrans("*/-(0123", "×÷−（０１２３"))
    assert read(typed) == question


@pytest.mark.parametrize(
    "typed",
    [
        "(" * LENGTH,
        "-" * (LENGTH - 1) + "1",
        "8を" * 333,
        "1" + ",234" * 249,
        "x" + " " * 990 + "=1",
        "a " * 499,
        "^(" * 499,
        "1" * 999 + "½",
        "3 x " * 249 + "3",
        "ー" * LENGTH,
        "(-9.9." * 166,
        "9" * 10**6,
        "を2で割っ" * 199,
    ],
)
def test_hostile_texts_are_answered_at_once(typed: str) -> None:
    start = time.process_time()
    with suppress(QuestionError):
        read(typed)
    assert time.process_time() - start < 1
