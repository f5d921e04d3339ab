"""When a clinic is open, in its own time zone. Pure."""

from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from exercises.saying import say
from server.clinic_settings import DAYS, ClinicSettings

_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_WEEK_DAYS = 8


def zone_of(settings: ClinicSettings) -> tzinfo:
    """A zone that is not known here any more is UTC, rather than a page that cannot be shown."""
    try:
        return ZoneInfo(settings.time_zone)
    except (KeyError, ValueError, OSError):
        return UTC


def is_open(settings: ClinicSettings, now_ms: int) -> bool:
    here = datetime.fromtimestamp(now_ms / 1000, UTC).astimezone(zone_of(settings))
    span = settings.hours.get(DAYS[here.weekday()])
    return span is not None and span[0] <= f"{here:%H:%M}" < span[1]


def opens_words(settings: ClinicSettings, now_ms: int) -> str:
    """Such as `today at 09:00` or `Monday at 09:00`; empty while it is open, and where no day is set."""
    if is_open(settings, now_ms):
        return ""
    here = datetime.fromtimestamp(now_ms / 1000, UTC).astimezone(zone_of(settings))
    for ahead in range(_WEEK_DAYS):
        day = here + timedelta(days=ahead)
        span = settings.hours.get(DAYS[day.weekday()])
        if span is None or (ahead == 0 and f"{here:%H:%M}" >= span[0]):
            continue
        name = {0: say("today"), 1: say("tomorrow")}.get(ahead, _NAMES[day.weekday()])
        return say("{day} at {time}", day=name, time=span[0])
    return ""
