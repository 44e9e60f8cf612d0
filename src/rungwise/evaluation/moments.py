"""Dates and times of day in their usual forms, so that one is known again in another form."""

from __future__ import annotations

import re
from datetime import date, time

MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september",
          "october", "november", "december")  # fmt: skip
MONTH = rf"(?P<month>{'|'.join(f'{name[:3]}(?:{name[3:]})?' for name in MONTHS)}|sept)\.?"
DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
WEEKDAY = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?,?\s+)?"
DATES = [
    re.compile(rf"{WEEKDAY}{form}", re.I)
    for form in (
        r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})",
        rf"(?:the\s+)?{DAY}(?:\s+of)?[\s-]+{MONTH},?[\s-]+(?P<year>\d{{4}})",
        rf"{MONTH}\s+(?:the\s+)?{DAY},?\s+(?P<year>\d{{4}})",
    )
]
BY_NUMBERS = re.compile(r"(?P<first>\d{1,2})([-/.])(?P<second>\d{1,2})\2(?P<year>\d{4})")
"""Day and month in either order."""
TIME = re.compile(
    r"(?P<hour>\d{1,2})(?:[:.h](?P<minute>\d{2})(?::(?P<second>\d{2}))?)?"
    r"\s*(?P<half>[ap]\.?m\.?|h|hrs?|hours|o'?clock)?",
    re.I,
)


def same_moment(one: str, other: str) -> bool:
    """Whether two texts are nothing but the same date, or the same time of day."""
    first, second = (_moments(text.strip().strip(".")) for text in (one, other))
    return not first.isdisjoint(second)


def _moments(text: str) -> set[date | time]:
    """What a text may be; days of `05/01/2024` are two."""
    if found := next(filter(None, (form.fullmatch(text) for form in DATES)), None):
        named = found["month"].lower()
        month = int(named) if named.isdigit() else 1 + _place(named)
        return _day(int(found["year"]), month, int(found["day"]))
    if found := BY_NUMBERS.fullmatch(text):
        year, first, second = (int(found[name]) for name in ("year", "first", "second"))
        return _day(year, first, second) | _day(year, second, first)
    if (found := TIME.fullmatch(text)) and (found["minute"] or found["half"]):
        return _clock(found)
    return set()


def _place(named: str) -> int:
    return next(place for place, name in enumerate(MONTHS) if name.startswith(named[:3]))


def _day(year: int, month: int, day: int) -> set[date | time]:
    try:
        return {date(year, month, day)}
    except ValueError:
        return set()


def _clock(found: re.Match[str]) -> set[date | time]:
    hour, half = int(found["hour"]), (found["half"] or "").lower()
    if half[:1] in ("a", "p"):
        if not 1 <= hour <= 12:
            return set()
        hour = hour % 12 + 12 * (half[0] == "p")
    try:
        return {time(hour, int(found["minute"] or 0), int(found["second"] or 0))}
    except ValueError:
        return set()
