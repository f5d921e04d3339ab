"""When somebody usually answers, in words: said before anybody writes, because nobody watches meanwhile."""

from typing import Final

from exercises.saying import joined, say, say_many
from server.clinic_settings import DAYS, ClinicSettings

_NAMES: Final = dict(
    zip(DAYS, ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"), strict=True)
)


def within_words(settings: ClinicSettings) -> str:
    days = settings.answer_days
    if days <= 0:
        return say("on the same working day")
    return say_many("within {count} working day", "within {count} working days", count=days)


def hours_words(settings: ClinicSettings) -> str:
    """Such as `Monday to Thursday, 09:00 to 17:00; Friday, 09:00 to 12:00`. Days that follow each other with the
    same hours are one; empty for a clinic without hours."""
    runs: list[tuple[str, str, tuple[str, str]]] = []
    before = ""
    for day in DAYS:
        hours = settings.hours.get(day)
        if hours is None:
            before = ""
            continue
        if runs and before and runs[-1][2] == tuple(hours):
            runs[-1] = (runs[-1][0], day, runs[-1][2])
        else:
            runs.append((day, day, (hours[0], hours[1])))
        before = day
    return joined((_run_words(_NAMES[first], _NAMES[last], hours) for first, last, hours in runs), by="; ")


def _run_words(first: str, last: str, hours: tuple[str, str]) -> str:
    opens, closes = hours
    if first == last:
        return say("{day}, {opens} to {closes}", day=first, opens=opens, closes=closes)
    return say("{first} to {last}, {opens} to {closes}", first=first, last=last, opens=opens, closes=closes)
