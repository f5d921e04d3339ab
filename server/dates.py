"""Days as words in the language of the request: names of weekdays and months, and their order in a date."""

from datetime import date
from functools import cache
from typing import Final

from babel import Locale
from babel.dates import format_date, format_skeleton, match_skeleton

from server import languages

#: As English has always had them here; Babel's British ones differ in September.
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def weekday(day: date, *, short: bool = False) -> str:
    """Such as `Wednesday`, or `Wed`."""
    locale = _locale()
    if locale is None:
        return f"{day:%a}" if short else f"{day:%A}"
    return str(format_date(day, "EEE" if short else "EEEE", locale=locale))


def weekday_and_day(day: date) -> str:
    """Such as `Wednesday, 12 March`."""
    return _written(day, f"{day:%A}, {day.day} {day:%B}", "MMMMEEEEd")


def weekday_and_date(day: date) -> str:
    """Such as `Wednesday, 12 March 2026`."""
    return _written(day, f"{day:%A}, {day.day} {day:%B} {day.year}", "yMMMMEEEEd")


def day_and_month(day: date, *, short: bool = False) -> str:
    """Such as `12 March`, or `12 Mar`."""
    if short:
        return _written(day, f"{day.day} {_MONTHS[day.month - 1]}", "MMMd")
    return _written(day, f"{day.day} {day:%B}", "MMMMd")


def month(day: date) -> str:
    """Such as `Mar`."""
    return _written(day, _MONTHS[day.month - 1], "MMM")


def whole_date(day: date) -> str:
    """Such as `3 March 2026`: for what may be longer ago than a year."""
    return str(format_date(day, "long", locale=languages.current().locale))


def _written(day: date, english: str, skeleton: str) -> str:
    locale = _locale()
    return english if locale is None else str(format_skeleton(_nearest(skeleton, locale), day, locale=locale))


@cache
def _nearest(skeleton: str, locale: Locale) -> str:
    """The one that the locale has. Babel searches all of them anew for each date, which is most of writing it."""
    known = locale.datetime_skeletons
    return skeleton if skeleton in known else match_skeleton(skeleton, known) or skeleton


def _locale() -> Locale | None:
    """None for English, which is written here as it always was."""
    language = languages.current()
    return None if language.code == languages.ENGLISH else language.locale
