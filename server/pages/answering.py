"""When somebody usually answers, in words: said before anybody writes, because nobody watches meanwhile."""

from typing import Final

from server.clinic_settings import DAYS, ClinicSettings

_NAMES: Final = dict(
    zip(DAYS, ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"), strict=True)
)


def within_words(settings: ClinicSettings) -> str:
    days = settings.answer_days
    return "on the same working day" if days <= 0 else f"within {days} working {'day' if days == 1 else 'days'}"


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
    return "; ".join(
        f"{_NAMES[first]}{'' if first == last else f' to {_NAMES[last]}'}, {opens} to {closes}"
        for first, last, (opens, closes) in runs
    )
