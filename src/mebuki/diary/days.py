"""Days and times as people write them: 2026-11-21, 2026年11月21日(土), 令和8年11月21日, 21.11.2026, today, 昨日.

Nothing is guessed: a date that does not exist, or could be two days, is an error that says so.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import date, time, timedelta

from ..errors import MebukiError

ERAS = {"明治": 1867, "大正": 1911, "昭和": 1925, "平成": 1988, "令和": 2018}  # year 1 is the next one
LETTERS = {"M": "明治", "T": "大正", "S": "昭和", "H": "平成", "R": "令和"}
MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
NEAR = {
    "today": 0,
    "yesterday": -1,
    "tomorrow": 1,
    "今日": 0,
    "昨日": -1,
    "一昨日": -2,
    "明日": 1,
    "きょう": 0,
    "きのう": -1,
}
FORMS = "2026-11-21, 2026/11/21, 2026年11月21日, 令和8年11月21日, 21 Nov 2026, today, yesterday"

_YEAR_FIRST = re.compile(r"(\d{4})\s*([-/._年])\s*(\d{1,2})\s*[-/._月]\s*(\d{1,2})(?:\s*日)?")
_ERA = re.compile(
    r"(明治|大正|昭和|平成|令和|[MTSHR])\s*(\d{1,2}|元)\s*[年.]\s*(\d{1,2})\s*[月.]\s*(\d{1,2})(?:\s*日)?"
)
_YEAR_LAST = re.compile(r"(\d{1,2})\s*([/.-])\s*(\d{1,2})\s*\2\s*(\d{4})")
_MONTH = "|".join(f"{name[:3]}(?:{name[3:]})?" for name in MONTHS) + "|sept"
_DAY_MONTH = re.compile(rf"(\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?({_MONTH})\.?,?\s+(\d{{4}})", re.IGNORECASE)
_MONTH_DAY = re.compile(rf"({_MONTH})\.?\s+(\d{{1,2}})(?:st|nd|rd|th)?,?\s+(\d{{4}})", re.IGNORECASE)
_ENGLISH = r"(mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?"
_WEEKDAY_AFTER = re.compile(
    rf"\s*[,、]?\s*(?:\(\s*([月火水木金土日])\s*(?:[・･]?祝)?\s*\)|([月火水木金土日])曜日?|\(?{_ENGLISH}\.?\)?(?![a-z]))",
    re.IGNORECASE,
)
_WEEKDAY_BEFORE = re.compile(rf"{_ENGLISH}\.?,?\s+", re.IGNORECASE)
_TIME = re.compile(
    r"(?:(午前|午後)\s*)?(?:(\d{1,2}):(\d{2})(?!\d)(?::(\d{2})(?!\d))?(?:\.\d+)?|(\d{1,2})\s*時(?!間)(?:\s*(\d{1,2})\s*分(?!間)|(半))?)"
    r"(?:\s*(am|pm|a\.m\.|p\.m\.)(?![a-z]))?",
    re.IGNORECASE,
)


class DayError(MebukiError):
    """A day or time that does not exist, or cannot be read."""


def find_day(text: str, order: str = "") -> tuple[date, int] | None:
    """The day that a text begins with, its weekday beside it included, and how many letters say it.

    Args:
        order: "month" or "day": which of the two stands first in dates such as 11/12/2026. With dots the day does.

    Raises:
        DayError: it begins with a day that does not exist, as 2026-02-30, or that could be two.

    >>> find_day("2026年11月21日(土) 雨。"), find_day("Saturday, 21 November 2026. Rain."), find_day("Rain.")
    ((datetime.date(2026, 11, 21), 14), (datetime.date(2026, 11, 21), 26), None)
    """
    flat = _flat(text[:80])
    before = _WEEKDAY_BEFORE.match(flat)
    start = before.end() if before else 0
    for pattern, parts in _PATTERNS:
        found = pattern.match(flat, start)
        if found and not (found.end() < len(flat) and flat[found.end()].isdigit()):
            day, end = _made(parts(found) if parts else _year_last(found, order), found.group()), found.end()
            after = _WEEKDAY_AFTER.match(flat, end)
            said = after and (after[1] or after[2] or after[3])
            if after and said and said[:3].lower() in ("月火水木金土日"[day.weekday()], f"{day:%a}".lower()):
                end = after.end()
            return day, end
    return None


def read_day(text: str, today: date | None = None) -> date:
    """The day that a text names.

    Args:
        text: a date in one of `FORMS`.
        today: what "today" means; by default the day it is.

    Raises:
        DayError: it cannot be read, or does not exist.

    >>> read_day("yesterday", date(2026, 3, 1)), read_day("令和8年11月21日")
    (datetime.date(2026, 2, 28), datetime.date(2026, 11, 21))
    """
    said = text.strip()
    if said.lower() in NEAR:
        return (today or date.today()) + timedelta(NEAR[said.lower()])
    found = find_day(said)
    if not found or said[found[1] :].strip():
        raise DayError(f"{_short(said)} is no day", allowed=FORMS, hint=(today or date.today()).isoformat())
    return found[0]


def find_time(text: str) -> tuple[time, int] | None:
    """The time of day that a text begins with, and how many letters say it.

    Raises:
        DayError: there is no such time.

    >>> find_time("6:22 PM"), find_time("午後6時22分"), find_time("18:22:05.123"), find_time("6")
    ((datetime.time(18, 22), 7), (datetime.time(18, 22), 7), (datetime.time(18, 22, 5), 12), None)
    """
    found = _TIME.match(_flat(text[:40]))
    if not found:
        return None
    half, hour, minute, second, hour_, minute_, thirty, meridiem = found.groups()
    hours, minutes = int(hour or hour_), 30 if thirty else int(minute or minute_ or 0)
    later = half == "午後" or (meridiem or "").lower().startswith("p")
    if half or meridiem:
        if hours > 12 or (hours == 0 and meridiem):
            raise DayError(f"{found.group().strip()} is no time of day", allowed="1 to 12 o'clock, am or pm")
        hours = hours % 12 + 12 * later
    if hours > 23 or minutes > 59 or int(second or 0) > 59:
        raise DayError(f"{found.group().strip()} is no time of day", allowed="00:00 to 23:59", hint="08:30")
    return time(hours, minutes, int(second or 0)), found.end()


def read_time(text: str) -> time:
    """The time of day that a text names.

    Raises:
        DayError: it cannot be read, or does not exist.

    >>> read_time("08:30")
    datetime.time(8, 30)
    """
    found = find_time(text.strip())
    if not found or text.strip()[found[1] :].strip():
        raise DayError(f"{_short(text)} is no time of day", allowed="08:30, 6:22 PM, 午後6時22分", hint="08:30")
    return found[0]


def _flat(text: str) -> str:
    """The same length, full-width digits and signs as plain ones."""
    return "".join(c if len(n := unicodedata.normalize("NFKC", c)) != 1 else n for c in text)


def _short(text: str) -> str:
    return repr(text if len(text) < 60 else text[:60] + "…")


def _made(parts: tuple[int, int, int], said: str) -> date:
    year, month, day = parts
    try:
        return date(year, month, day)
    except ValueError:
        raise DayError(f"there is no {said.strip()}", allowed="a day of the calendar") from None


def _by_era(found: re.Match[str]) -> tuple[int, int, int]:
    era = LETTERS.get(found[1], found[1])
    return ERAS[era] + (1 if found[2] == "元" else int(found[2])), int(found[3]), int(found[4])


def _month(name: str) -> int:
    return next(number for number, month in enumerate(MONTHS, 1) if month.startswith(name.lower()[:3]))


def _year_last(found: re.Match[str], order: str) -> tuple[int, int, int]:
    first, second, year = int(found[1]), int(found[3]), int(found[4])
    if found[2] == "." or first > 12 or (order == "day" and second <= 12):
        return year, second, first
    if second > 12 or order == "month" or first == second:
        return year, first, second
    raise DayError(
        f"{found.group()} could be two days",
        allowed=f"{year}-{first:02d}-{second:02d} or {year}-{second:02d}-{first:02d}",
    )


_PATTERNS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], tuple[int, int, int]] | None], ...] = (
    (_YEAR_FIRST, lambda found: (int(found[1]), int(found[3]), int(found[4]))),
    (_ERA, _by_era),
    (_YEAR_LAST, None),
    (_DAY_MONTH, lambda found: (int(found[3]), _month(found[2]), int(found[1]))),
    (_MONTH_DAY, lambda found: (int(found[3]), _month(found[1]), int(found[2]))),
)
