"""What the picture of interests says beside the words of the diary, in English and in Japanese."""

from __future__ import annotations

from datetime import date

from . import days
from .report import Interest, Interests, LeadTo

MONTHS = [name.capitalize() for name in days.MONTHS]


class English:
    """What the picture says."""

    code = "en"
    months = tuple(name[:3] for name in MONTHS)
    month = "{month} {year}"
    heading = "How one interest led to the next"
    legend = ("where it began", "much written of", "perhaps by chance", "still growing", "faded", "more or fewer days")

    def about(self, found: Interests) -> str:
        grown = sum(one.source is not None for one in found.interests)
        roots = _count(len(found.interests) - grown, "root" if grown else "interest")
        out_of = f", and {_count(grown, 'interest')} grown out of others," if grown else ""
        time = f"from {self.day(found.start)} to {self.day(found.end)}"
        return f"{roots}{out_of} in {_count(found.entries, 'entry', 'entries')} {time}."

    def day(self, day: date) -> str:
        return f"{day.day} {MONTHS[day.month - 1]} {day.year}"

    def note(self, one: Interest) -> str:
        days = _count(len({day for day, _ in one.days}), "day")
        return f"{days}, to {MONTHS[one.last.month - 1][:3]} {one.last.year}" if one.faded else days

    def told(self, one: Interest, lead: LeadTo | None) -> str:
        said = f"{one.word}: {_count(len({day for day, _ in one.days}), 'day')}, {one.born} to {one.last}"
        if one.faded:
            said += ", faded since"
        for burst in one.bursts:
            said += f"; much from {burst.since} to {burst.until}{'' if burst.claimed else ' (perhaps by chance)'}"
        if lead:
            said += f". Grown out of {lead.source}: met on {lead.met[0]}, {_count(len(_once(lead)), 'day')} with both"
        return said + "."

    def sentence(self, lead: LeadTo) -> str:
        return f"{lead.source} led to {lead.word} ({', '.join(_once(lead)[:6])}{' …' if len(_once(lead)) > 6 else ''})."


class Japanese:
    """What the picture says."""

    code = "ja"
    months = tuple(f"{number}月" for number in range(1, 13))
    month = "{year}年{month}"
    heading = "何から、何が芽吹いたか"
    legend = ("はじまり", "よく書いたころ", "偶然かもしれない", "いまも続く", "とだえた", "書いた日の多い少ない")

    def about(self, found: Interests) -> str:
        grown = sum(one.source is not None for one in found.interests)
        roots = len(found.interests) - grown
        words = f"根が{roots}、そこから芽吹いたことばが{grown}" if grown else f"よく書いたことばが{roots}"
        return f"{self.day(found.start)}から{self.day(found.end)}まで、{found.entries:,}件の日記。{words}。"

    def day(self, day: date) -> str:
        return f"{day.year}年{day.month}月{day.day}日"

    def note(self, one: Interest) -> str:
        days = f"{len({day for day, _ in one.days}):,}日"
        return f"{days}、{one.last.year}年{one.last.month}月まで" if one.faded else days

    def told(self, one: Interest, lead: LeadTo | None) -> str:
        said = f"{one.word}：{len({day for day, _ in one.days}):,}日、{one.born}から{one.last}まで"
        if one.faded:
            said += "、その後とだえた"
        for burst in one.bursts:
            said += f"。{burst.since}から{burst.until}によく書いた{'' if burst.claimed else '（偶然かもしれない）'}"
        if lead:
            said += f"。「{lead.source}」から芽吹いた（はじめて一緒に書いた日 {lead.met[0]}、両方ある日 {len(_once(lead))}日）"
        return said + "。"

    def sentence(self, lead: LeadTo) -> str:
        days = "、".join(_once(lead)[:6]) + ("…" if len(_once(lead)) > 6 else "")
        return f"「{lead.source}」から「{lead.word}」へ（{days}）。"


def language_of(found: Interests) -> str:
    """ "ja" if most interests have Japanese letters, else "en"."""
    japanese = sum(any("ぁ" <= letter <= "鿿" for letter in one.word) for one in found.interests)
    return "ja" if 2 * japanese > len(found.interests) else "en"


def _once(lead: LeadTo) -> list[str]:
    return list(dict.fromkeys(day.isoformat() for day, _ in lead.days))


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"
