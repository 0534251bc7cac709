"""The picture of how one interest led to the next, as SVG: paper, ink and one leaf. Written by hand, without a plotting library.

The same interests give the same bytes. Nothing in it comes from elsewhere: no fonts, no pictures, no scripts.
"""

from __future__ import annotations

from html import escape as _escape

from .growth_layout import APART, NOTE, WIDTH, WORD, Layout, Stem, lay_out, width_of
from .growth_words import English, Japanese, language_of
from .report import Interests, LeadTo

LIGHT = {
    "paper": "#f6f1e6",
    "ink": "#25221b",
    "ink-2": "#504a3d",
    "ink-3": "#645d4d",
    "stem": "#504a3d",
    "pale": "#b5ab96",
    "rule": "#ddd4c2",
    "grid": "#e9e2d3",
    "soil": "#80694a",
    "leaf": "#2e6a3b",
    "young": "#8fb768",
}
DARK = {
    "paper": "#1a1916",
    "ink": "#ece5d5",
    "ink-2": "#c3bba9",
    "ink-3": "#a89f8d",
    "stem": "#b0a795",
    "pale": "#6d6657",
    "rule": "#3a362f",
    "grid": "#28261f",
    "soil": "#9c8360",
    "leaf": "#93c07a",
    "young": "#c4dd9f",
}
LATIN = "'Iowan Old Style', 'Palatino Linotype', Palatino"
MINCHO = "'Hiragino Mincho ProN', 'Yu Mincho', YuMincho, 'BIZ UDPMincho', 'Noto Serif JP', 'Noto Serif CJK JP'"
GOTHIC = "'Hiragino Sans', 'Segoe UI', 'Yu Gothic UI', 'BIZ UDPGothic', 'Noto Sans JP', 'Noto Sans CJK JP'"
BLADE = "M0 0C-1.5-10.5 6-19.5 20-19C20.5-6.5 12 1 0 0Z"  # of the mark, from where it grows
OTHER = "M0 0C-10.5 1.5-17.5-5.5-18-18.5C-6.5-19 .5-11.5 0 0Z"
VEIN = "M1.5-1.5C6-6.5 10.5-11.5 15.5-15"


def picture(found: Interests, *, dark: bool = False, language: str = "") -> str:
    """The interests as SVG, 1,280 pixels wide; at least one is needed.

    Args:
        language: of what is said beside the words, "ja" or "en"; "": that of most of them.
    """
    assert found.interests
    says = Japanese() if (language or language_of(found)) == "ja" else English()
    layout = lay_out(found, {one.word: says.note(one) for one in found.interests}, says.months, says.month)
    sources: dict[str, LeadTo] = {}
    for lead in found.leads:
        sources.setdefault(lead.word, lead)
    used = [sources[one.word] for one in found.interests if one.source]
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_n(WIDTH)} {_n(layout.height)}" width="{_n(WIDTH)}" '
        f'height="{_n(layout.height)}" lang="{says.code}" xml:lang="{says.code}" role="img" aria-labelledby="title about">',
        f'<title id="title">{escape(says.heading)}</title>',
        f'<desc id="about">{escape(" ".join([says.about(found), *map(says.sentence, used)]))}</desc>',
        f"<style>{_style(DARK if dark else LIGHT)}</style>",
        f'<rect class="paper" width="{_n(WIDTH)}" height="{_n(layout.height)}"/>',
        *_frame(layout, says, found),
    ]
    for stem in reversed(layout.stems):
        parts += _shoot(stem)
    for stem in layout.stems:
        parts += _stem(stem, says.told(stem.interest, sources.get(stem.interest.word)))
    return "\n".join([*parts, *_legend(layout, says), "</svg>", ""])


def _style(c: dict[str, str]) -> str:
    return (
        f".paper{{fill:{c['paper']}}}"
        f"text{{fill:{c['ink']};font-family:{GOTHIC},system-ui,sans-serif;font-size:{NOTE}px}}"
        f".word{{font-family:{LATIN},{MINCHO},'Source Serif 4',Georgia,serif;font-size:{WORD}px}}"
        f".halo{{paint-order:stroke;stroke:{c['paper']};stroke-width:4px;stroke-linejoin:round}}"
        f".heading{{font-size:32px;letter-spacing:.01em}}.about{{font-size:14.5px;fill:{c['ink-2']}}}"
        f".note,.tick{{fill:{c['ink-3']};font-family:{GOTHIC},system-ui,sans-serif;font-size:{NOTE}px}}.year{{font-size:15px;fill:{c['ink-2']}}}.gone .word{{fill:{c['ink-3']}}}"
        f".grid{{stroke:{c['grid']};stroke-width:1}}.rule{{stroke:{c['rule']};stroke-width:1}}"
        f".ground{{stroke:{c['soil']};stroke-width:2;stroke-linecap:round}}.seed{{fill:{c['soil']}}}"
        f".stem{{fill:{c['stem']}}}.shoot{{fill:none;stroke:{c['stem']};stroke-width:1.7}}"
        f".gone .stem{{fill:{c['pale']}}}.shoot.gone{{stroke:{c['pale']}}}"
        f".leaf{{fill:{c['leaf']};stroke:{c['leaf']};stroke-width:1.4;stroke-linejoin:round}}.young{{fill:{c['young']}}}"
        f".open{{fill:{c['paper']}}}.vein{{fill:none;stroke:{c['paper']};stroke-width:1.3;stroke-linecap:round}}"
        f".end{{fill:{c['paper']};stroke:{c['pale']};stroke-width:1.5}}.halo-line{{fill:none;stroke:{c['paper']};stroke-width:5}}"
    )


def _frame(layout: Layout, says: English | Japanese, found: Interests) -> list[str]:
    """The heading, the years, the ground."""
    top, ground = 122.0, layout.ground
    parts = [
        f'<text class="word heading" x="{_n(layout.start)}" y="66">{escape(says.heading)}</text>',
        f'<text class="about" x="{_n(layout.start)}" y="96">{escape(says.about(found))}</text>',
    ]
    for x, name, year in layout.ticks:
        if x > layout.start + 1:
            kind = "rule" if year else "grid"
            parts.append(f'<line class="{kind}" x1="{_n(x)}" y1="{_n(top)}" x2="{_n(x)}" y2="{_n(ground)}"/>')
        kind = "word year" if year else "tick"
        parts.append(f'<text class="{kind}" x="{_n(x)}" y="{_n(ground + 24)}">{escape(name)}</text>')
    ends = f'x1="{_n(layout.start - 12)}" y1="{_n(ground)}" x2="{_n(layout.end + 12)}" y2="{_n(ground)}"'
    return [*parts, f'<line class="ground" {ends}/>']


def _shoot(stem: Stem) -> list[str]:
    """From the source's stem up to where the interest begins."""
    if stem.root is None:
        return []
    x, y = stem.root
    across = stem.born - x
    curve = f"M{_n(x)} {_n(y)}C{_n(x + 0.75 * across)} {_n(y)} {_n(stem.born - 0.75 * across)} {_n(stem.y)} {_n(stem.born + 0.5)} {_n(stem.y)}"
    gone = " gone" if stem.interest.faded else ""
    return [f'<path class="halo-line" d="{curve}"/>', f'<path class="shoot{gone}" d="{curve}"/>']


def _stem(stem: Stem, told: str) -> list[str]:
    one, y = stem.interest, stem.y
    parts = [f'<g class="{"gone" if one.faded else "alive"}">', f"<title>{escape(told)}</title>"]
    above = [(x, y - half) for x, half in stem.outline]
    below = [(x, y + half) for x, half in reversed(stem.outline)]
    parts.append(f'<path class="stem" d="M{_smooth(above)}L{_smooth(below)}Z"/>')
    if stem.root is None:
        parts.append(
            f'<ellipse class="seed" cx="{_n(stem.born)}" cy="{_n(y)}" rx="5" ry="3.6" transform="rotate(-24 {_n(stem.born)} {_n(y)})"/>'
        )
    halves = dict(stem.outline)
    for number, (x, burst) in enumerate(zip(stem.leaves, one.bursts, strict=True)):
        half = halves[min(halves, key=lambda at: abs(at - x))]
        side = -1 if number % 2 else 1
        parts.append(_leaf(x, y - side * 0.6 * half, 0.68, side, burst.claimed))
    if one.faded:
        parts.append(f'<circle class="end" cx="{_n(stem.tip + 3)}" cy="{_n(y)}" r="3"/>')
    else:
        parts.append(_sprout(stem.tip - 1, y))
    baseline = y + 0.35 * WORD
    note = f'<tspan class="note" dx="{_n(APART)}">{escape(stem.note)}</tspan>'
    parts.append(
        f'<text class="word halo" x="{_n(stem.label.left)}" y="{_n(baseline)}">{escape(stem.word)}{note}</text>'
    )
    return [*parts, "</g>"]


def _leaf(x: float, y: float, scale: float, side: int, sure: bool) -> str:
    place = f'transform="translate({_n(x)} {_n(y)}) scale({scale} {side * scale})"'
    if not sure:
        return f'<path class="leaf open" {place} d="{BLADE}"/>'
    return f'<g {place}><path class="leaf" d="{BLADE}"/><path class="vein" d="{VEIN}"/></g>'


def _sprout(x: float, y: float) -> str:
    place = f'transform="translate({_n(x)} {_n(y)}) rotate(90) scale(.52)"'
    return f'<g {place}><path class="leaf" style="stroke:none" d="{BLADE}"/><path class="young" d="{OTHER}"/></g>'


def _smooth(points: list[tuple[float, float]]) -> str:
    """A curve through points (Catmull and Rom 1974), as Béziers, without the M."""
    parts = [f"{_n(points[0][0])} {_n(points[0][1])}"]
    for place in range(len(points) - 1):
        (ax, ay), (bx, by) = points[max(0, place - 1)], points[place]
        (cx, cy), (dx, dy) = points[place + 1], points[min(len(points) - 1, place + 2)]
        numbers = bx + (cx - ax) / 6, by + (cy - ay) / 6, cx - (dx - bx) / 6, cy - (dy - by) / 6, cx, cy
        parts.append("C" + " ".join(map(_n, numbers)))
    return "".join(parts)


def _legend(layout: Layout, says: English | Japanese) -> list[str]:
    y, x = layout.ground + 84, layout.start
    parts = [f'<line class="rule" x1="{_n(x)}" y1="{_n(y - 34)}" x2="{_n(WIDTH - 56)}" y2="{_n(y - 34)}"/>']
    for number, said in enumerate(says.legend):
        middle = y - 4
        sign, wide = [
            (
                f'<ellipse class="seed" cx="{_n(x + 5)}" cy="{_n(middle)}" rx="5" ry="3.6" transform="rotate(-24 {_n(x + 5)} {_n(middle)})"/>',
                17,
            ),
            (_leaf(x, middle + 7, 0.68, 1, True), 21),
            (_leaf(x, middle + 7, 0.68, 1, False), 21),
            (_sprout(x, middle), 18),
            (f'<circle class="end" cx="{_n(x + 4)}" cy="{_n(middle)}" r="3"/>', 15),
            (
                f'<path class="stem" d="M{_n(x)} {_n(middle - 4.4)}C{_n(x + 14)} {_n(middle - 4.4)} {_n(x + 12)} {_n(middle - 0.8)} {_n(x + 28)} {_n(middle - 0.8)}V{_n(middle + 0.8)}C{_n(x + 12)} {_n(middle + 0.8)} {_n(x + 14)} {_n(middle + 4.4)} {_n(x)} {_n(middle + 4.4)}Z"/>',
                36,
            ),
        ][number]
        parts += [sign, f'<text class="note" x="{_n(x + wide)}" y="{_n(y)}">{escape(said)}</text>']
        x += wide + width_of(said, NOTE) + 26
    return parts


def escape(text: str) -> str:
    """A text as XML holds it; letters that XML has no place for become signs of their absence.

    >>> escape('<a & "b">' + chr(7))
    '&lt;a &amp; &quot;b&quot;&gt;\ufffd'
    """
    allowed = (
        letter
        if letter in "\t\n\r" or "\x20" <= letter <= "\ud7ff" or "\ue000" <= letter <= "\ufffd" or letter > "\uffff"
        else "\ufffd"
        for letter in text
    )
    return _escape("".join(allowed), quote=True)


def _n(number: float) -> str:
    """A number with a tenth's precision, as short as it can be.

    >>> _n(12.04), _n(-0.01), _n(3.25)
    ('12', '0', '3.2')
    """
    said = f"{number:.1f}".removesuffix(".0")
    return "0" if said == "-0" else said
