r"""What people type, in English or Japanese, as a question in canonical text.

    "What is ３ × (4+5)?"            3*(4+5)                     value
    96÷41 のあまりは？                96/41                       remainder
    2x² − x(x − 3) を簡単にして        2*x^2-x*(x-3)               poly
    x=1, p=−7 のとき 7x²−7p            7*x^2-7*p, p=-7, x=1        value
    \frac{1}{2}+3 \times \frac14     1/2+3*(1/4)                 value

LaTeX comes first, then the signs (full-width forms, superscripts, ½), then the words: those for operators become operators, those
that only ask become a semicolon, so that nothing joins what they stood between. What is left must be expressions and values.
A product sign may be missing (2x, 3(4+5), x y). After ÷, such a product is the divisor as in every schoolbook: 6xy÷2x is
6xy÷(2x). Nothing else is guessed: a text that could mean two things, such as 1/2x or 6÷2(1+2), is refused.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from fractions import Fraction

from ..errors import TextError
from .expressions import Ask, default_ask, letters, operands, shown, truth
from .latex_reading import from_latex

LENGTH, DIGITS, LETTERS = 1_000, 100, 5  # characters of a text, digits of a number, different letters

ALLOWED = (
    f"up to {LENGTH:,} characters: whole numbers and decimals of up to {DIGITS} digits, up to {LETTERS} different letters, "
    "+ - * / ^ ( ), values of letters such as x=1"
)
EXAMPLES = "3*(4+5)/2 or 96 mod 41 or 7x^2-p, x=1, p=-7"


class QuestionError(TextError):
    """A text that is no question for a calculator."""


@dataclass(frozen=True)
class Question:
    """A question in canonical text: what is to be worked out, and what form the answer has."""

    expression: str
    ask: Ask = "value"

    def __str__(self) -> str:
        return self.expression.replace("/", " mod ") if self.ask == "remainder" else self.expression


def read(text: str) -> Question:
    """A question as people type it.

    Args:
        text: one question in English or Japanese.

    Raises:
        QuestionError: it cannot be read, could mean two things, has no answer (6/0) or is beyond the limits.

    >>> read("What is ３ × (4+5)?").expression
    '3*(4+5)'
    >>> read("96÷41 のあまりは？")
    Question(expression='96/41', ask='remainder')
    >>> read("7x² − 7p when x=1 and p=−7").expression
    '7*x^2-7*p, p=-7, x=1'
    """
    try:
        if len(text) > LENGTH:
            raise _no(f"it has {len(text):,} characters")
        question = _read(text)
        truth(question.expression, question.ask)
    except TextError as error:
        reason = "; ".join(filter(None, (error.given, error.allowed and f"allowed: {error.allowed}")))
        raise QuestionError(f"{shown(text)} cannot be read: {reason}", allowed=ALLOWED, hint=EXAMPLES) from None
    return question


def _no(reason: str, allowed: str = "") -> TextError:
    return TextError(reason, allowed=allowed)


def _read(text: str) -> Question:
    plain = _signs(from_latex(text)).strip()
    if NEGATIVE_POWER.search(plain):
        raise _no("the power of a negative number may mean two things", "(-3)^2 or -(3^2)")
    plain = _operators(plain)
    plain, remainder = _remainder(plain)
    plain = _times(_fillers(plain))
    for sign in plain:
        if not (sign.isascii() and sign.isalnum()) and sign not in "+-*/÷^()=.,;:? ":
            raise _no(f"{sign!r} is not known")
    for word in re.findall("[A-Za-z]+", plain):
        if len(word) > 3 or word.lower() in WORDS or (len(word) > 1 and not re.search(r"[-+*/^(0-9]", plain)):
            raise _no(f"the word {shown(word)} is not known", "letters with * between them, such as x*y")
    expression, values = _segments(plain)
    if len(found := letters(expression)) > LETTERS:
        raise _no(f"it has {len(found)} different letters")
    whole = ", ".join([expression, *(f"{name}={value}" for name, value in sorted(values.items()))])
    if remainder:
        operands(whole)
    return Question(whole, "remainder" if remainder else default_ask(whole))


# Signs

SIGNS = {
    **dict.fromkeys("×✕✖⨯∗⋆⁎✱·∙⋅・･•\u2062", "*"),
    **dict.fromkeys("∕⁄", "/"),
    "➗": "÷",
    "➕": "+",
    **dict.fromkeys("−–—―‐‑‒─﹣➖", "-"),
    **dict.fromkeys("{[【〔", "("),
    **dict.fromkeys("}]】〕", ")"),
    **dict.fromkeys('、。｡「」『』“”"\n\r', ";"),
    **dict.fromkeys("□_", "?"),
    **dict.fromkeys("\t\u3000\u200b\u200e\u200f\ufeff\ufe0e\ufe0f", " "),
}
SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")


def _signs(text: str) -> str:
    """ASCII signs for all their relatives; other characters stay.

    >>> _signs("【３－x²】÷１½")
    '(3-x^2)÷(1+1/2)'
    """
    plain = "".join(map(_sign, text))
    plain = re.sub(r"[⁰¹²³⁴⁵⁶⁷⁸⁹]+", lambda found: f"^{found[0].translate(SUPERSCRIPTS)}", plain)
    plain = re.sub(r"(?:(?<![0-9.,])([0-9]+) ?|(?<![0-9])(?<![0-9] ))([¼-¾⅐-⅞↉])", _vulgar, plain)
    return re.sub(r"\^ *\( *([0-9]+) *\)", r"^\1", plain.replace("**", "^"))


def _sign(sign: str) -> str:
    if "！" <= sign <= "～":  # full-width forms of ASCII
        sign = chr(ord(sign) - 0xFEE0)
    if unicodedata.decomposition(sign).startswith("<font>"):  # letters of formulas, such as 𝑥
        sign = unicodedata.normalize("NFKC", sign)
    return SIGNS.get(sign, " " if sign.isspace() and sign not in "\n\r" else sign)


def _vulgar(found: re.Match[str]) -> str:
    above, _, below = unicodedata.normalize("NFKC", found[2]).partition("\u2044")
    return f"({found[1]}+{above}/{below})" if found[1] else f"({above}/{below})"


# Words


def _word(words: str) -> str:
    return f"(?<![A-Za-z])(?:{words})(?![A-Za-z])"


NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
FIRST, SECOND = r"(?<![!-~ ])(\(?-?[0-9.]+\)?)", r"(\(?-?[0-9.]+\)?)"  # two numbers of a sentence such as 8を2で割る
OPERATORS = [
    (rf"{FIRST} *から *{SECOND} *を *引(?:く|いた|いて|き)?", r"\1-\2;"),
    (rf"{FIRST} *を *{SECOND} *で *(?:割|わ)(?:る|った|って|り)?", r"\1/\2;"),
    (rf"{FIRST} *に *{SECOND} *を *(?:足(?:す|した|して)?|た(?:す|した|して)|加え(?:る|た|て)?)", r"\1+\2;"),
    (rf"{FIRST} *に *{SECOND} *を *(?:掛け|かけ)(?:る|た|て)?", r"\1*\2;"),
    (r"([0-9]+) *分の *([0-9]+)", r"(\2/\1)"),
    (rf"足す|たす|プラス|{_word('plus')}", "+"),
    (rf"引く|ひく|マイナス|{_word('minus|negative')}", "-"),
    (rf"掛ける|かける|{_word('multiplied by|times')}", "*"),
    (rf"割る|わる|{_word('divided by')}", "÷"),
    (_word("over"), "/"),
    (r"の? *([0-9]+) *乗", r"^\1"),
    (rf"の? *(?:二乗|自乗)|{_word('squared')}", "^2"),
    (rf"の? *三乗|{_word('cubed')}", "^3"),
    (_word("(?:raised )?to the power(?: of)?"), "^"),
    *((_word(word), str(number)) for number, word in enumerate(NUMBERS)),
    (r"(?<![A-Za-z])([A-Za-z]) +(?:is equal to|is|equals|equal to) +(?=[-0-9])", r"\1="),
]
NEGATIVE_POWER = re.compile(  # in words; -3^2 and -3² are -(3^2)
    r"(?:^|[^0-9A-Za-z) ]) *(?:-|マイナス|minus|negative) *(?:[0-9.]+|[A-Za-z]) *(?:の? *[0-9二三自] *乗|squared|cubed)",
    re.IGNORECASE,
)
REMAINDER = rf"(?:の *)?(?:商と *)?(?:余り|あまり|剰余)|{_word('(?:quotient and |with )?(?:a |the )?remainder')}"

ASKING = (  # what only asks
    "what's|whats|what is|what|how much is|how much|calculate|compute|evaluate|work out|find|solve|expand|simplify|"
    "factor out|distribute|combine|collect|reduce|please|the value of|value of|the answer to|the result of|the|of|"
    "like terms|and|when|where|if|for|with|given|let|substitute|into|in|equals|equal|can you|could you|tell me|"
    "答えを|答えは|答え|計算|求めてください|求めて下さい|求めなさい|求めよ|求めて|求める|展開|まとめてください|まとめて下さい|"
    "まとめなさい|まとめよ|まとめて|簡単に|整理|同類項|約分|教えてください|教えて下さい|教えて|代入したとき|代入|次の|つぎの|"
    "しなさい|してください|して下さい|して|すると|する|せよ|式|値|数|です|ですか|でしょうか|になりますか|になる|"
    "いくつ|いくら|何|なに|なん|のとき|の時|ときの|とき|ならば|なら|として|かつ|は|を|の|に|で|と|が"
)
UNITS = "cm|ft|kg|km|lb|mm|oz|pm"
FUNCTIONS = "abs|arg|cos|cot|csc|det|div|dx|dy|exp|gcd|inf|lcm|lim|ln|log|max|min|mod|nan|pi|sec|sin|sum|tan"
SHORT = (  # words that are no products of letters
    "all|am|an|and|any|are|as|ask|at|be|but|by|can|day|did|do|for|get|go|had|has|hat|he|her|hey|hi|him|his|how|if|in|is|it|"
    "let|may|me|my|no|not|now|of|off|oh|ok|on|one|or|our|out|say|see|she|six|so|ten|the|to|try|two|up|us|use|was|way|we|"
    "who|why|yes|yet|you"
)
WORDS = frozenset("|".join((UNITS, FUNCTIONS, SHORT)).split("|"))


def _operators(text: str) -> str:
    """Words for operators as operators.

    >>> _operators("3 plus 4 times x"), _operators("8を2で割った"), _operators("3の2乗")
    ('3 + 4 * x', '8/2;', '3^2')
    """
    for pattern, sign in OPERATORS:
        text = re.sub(pattern, sign, text, flags=re.IGNORECASE)
    return text


def _remainder(text: str) -> tuple[str, bool]:
    """The text without the words that ask for a remainder, and whether there were any."""
    text, asked = re.subn(REMAINDER, ";", text, flags=re.IGNORECASE)
    text, divided = re.subn(rf"%(?= *[0-9(])|{_word('modulo|mod')}", "/", text, flags=re.IGNORECASE)
    short = re.fullmatch(r"([^A-Za-z]*[0-9)]) +[rR][ =?.]*", text)
    return (short[1], True) if short else (text, bool(asked or divided))


FILLER = re.compile(
    "|".join(_word(word) if word.isascii() else word for word in sorted(ASKING.split("|"), key=len, reverse=True)),
    re.IGNORECASE,
)


def _fillers(text: str) -> str:
    """Asking words become semicolons; a long vowel that follows no other katakana is a minus.

    >>> _fillers("(a+b)^2 を展開して"), _fillers("5ー3は")
    ('(a+b)^2 ;;;', '5-3;')
    """
    text = re.sub(r"(?<![ァ-ヺー])[ーｰ](?![ーｰ])", "-", FILLER.sub(";", text))
    return re.sub(_word("is"), " ", text, flags=re.IGNORECASE)


def _times(text: str) -> str:
    """An x between two numbers is a product sign, if every x of the text stands so.

    >>> _times("3 x 4"), _times("2 x (3+4)"), _times("2x(x+1)")
    ('3 * 4', '2 * (3+4)', '2x(x+1)')
    """
    between = r"(?<=[0-9)])( *)[xX]\1(?=[0-9])|(?<=[0-9)]) +[xX](?= +\()"
    maybe = r"(?<=[0-9)]) *[xX](?= *[0-9(])"
    every, others = len(re.findall("[xX]", text)), re.search("[A-WYZa-wyz]", text)
    clear = every == len(re.findall(between, text))
    if clear and not (others and re.search(r"[xX] *\(", text)):
        return re.sub(between, " * ", text).replace("  ", " ")
    if clear or (not others and every == len(re.findall(maybe, text))):
        raise _no("x may be a letter or a product sign here", "* for the sign, 3*(4+5) or 3*x*(4+5)")
    return text


# Expressions and values

VALUE = r"[-+]? *[0-9.]+(?: *[/÷] *[0-9.]+)?"


def _segments(text: str) -> tuple[str, dict[str, str]]:
    """The one expression in canonical text, and the values of letters."""
    grouped = r"(?<![0-9.,])[1-9][0-9]{0,2}(?:,[0-9]{3})+(?![0-9]|,[0-9]| *[A-Za-z])"
    text = re.sub(grouped, lambda found: found[0].replace(",", ""), text)
    text = re.sub(r"(?<![A-Za-z])([A-Za-z]) *= *", r"\1=", text)
    expressions, values = [], {}
    for segment in re.split("[,;]", text):
        segment = segment.strip(" =?:").rstrip(" =?.")
        if not segment:
            continue
        if assigned := re.fullmatch(rf"([A-Za-z])=({VALUE}|[-+]? *\({VALUE}\))", segment):
            name = assigned[1]
            if name in values:
                raise _no(f"{name} has two values")
            values[name] = re.sub("[()]", "", _canonical(assigned[2]))
        elif "=" in segment:
            raise _no(f"{shown(segment)} is an equation; equations are not solved", "values such as x=1")
        else:
            expressions.append(segment)
    if len(expressions) != 1:
        what = f"{shown(expressions[1])} is one expression too many" if expressions else "there is nothing to work out"
        raise _no(what, "one expression")
    used = set(re.findall("[A-Za-z]", "".join([*expressions, *values])))
    for name in sorted(used):
        if name.isupper() and name.lower() in used:
            raise _no(f"{name} and {name.lower()} are both there", "letters of one case")
    return _canonical(expressions[0].lower()), {name.lower(): value for name, value in values.items()}


def _number(literal: str) -> str:
    """A whole number or a decimal as an exact fraction, without leading zeros.

    >>> _number("007"), _number("1.50")
    ('7', '(3/2)')
    """
    if len(literal) > DIGITS:
        raise _no(f"{shown(literal)} has {len(literal)} digits", f"up to {DIGITS}")
    number = Fraction(literal)
    return f"({number})" if number.denominator > 1 else str(number)


def _canonical(text: str) -> str:
    """An expression with every product sign written, and signs after operators in brackets.

    >>> _canonical("2xy - 3(4+5)"), _canonical("1--2"), _canonical("3*-x^2*+5"), _canonical("6xy÷2x*3")
    ('2*x*y-3*(4+5)', '1-(-2)', '3*(-x^2)*5', '6*x*y/(2*x)*3')
    """
    tokens = re.findall(r"[0-9]+\.[0-9]+|\.[0-9]+|[0-9]+|[^ ]", text)
    written: list[str] = []
    negated: list[int] = []  # depths at which a bracket around a negative operand waits to be closed
    factors = [_Factor()]  # the current factor at each depth
    before, signs = "(", ""  # before: the kind of the last token, one of 1 a ) ( or an operator
    for token, following in zip(tokens, [*tokens[1:], ""], strict=True):
        kind = "1" if token[0] in ".0123456789" and token != "." else "a" if token.isalpha() else token
        if kind in "+-" and before in "(+-*/÷":
            signs += kind
            continue
        if kind in "1a(":
            if kind == "1" and before in "1a)":
                raise _no(f"the number {shown(token, 20)} follows without an operator", "+ - * / or ^ between them")
            if before in "1a)":
                factors[-1].widen(written, by_letter=kind == "a" and before != ")")
            if signs.count("-") % 2:
                if before != "(":
                    written.append("(")
                    negated.append(len(factors))
                written.append("-")
        elif signs:
            raise _no(f"{shown(token)} follows {shown(signs)}", "a number, a letter or a bracket there")
        signs = ""
        if kind in "+-*/÷)":
            factors[-1].end(written)
        written.append(_number(token) if kind == "1" else token.replace("÷", "/"))
        if kind in "+-*/÷":
            factors[-1] = _Factor(kind, len(written))
        elif kind == "(":
            factors.append(_Factor())
        elif kind == ")" and len(factors) > 1:
            factors.pop()
        while kind in "1a)" and negated and negated[-1] == len(factors) and following != "^":
            written.append(")")
            negated.pop()
        before = kind
    if signs:
        raise _no(f"it ends with {shown(signs)}", "a number, a letter or a bracket at the end")
    factors[-1].end(written)
    return "".join(written)


@dataclass
class _Factor:
    """What follows an operator: where it begins, and whether a bracket was opened there."""

    after: str = ""
    start: int = 0
    open: bool = False

    def widen(self, written: list[str], *, by_letter: bool) -> None:
        """A further factor without a sign: part of the divisor after ÷, in doubt after /."""
        if self.after == "/" or (self.after == "÷" and not by_letter):
            raise _no("a product without a sign follows a division", "brackets: (1/2)x or 1/(2x)")
        if self.after == "÷" and not self.open:
            written.insert(self.start, "(")
            self.open = True
        written.append("*")

    def end(self, written: list[str]) -> None:
        if self.open:
            written.append(")")
            self.open = False
