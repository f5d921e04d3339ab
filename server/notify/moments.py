"""On which days, at what time, and when that is next: in a place whose clocks are changed twice a year. Pure."""

from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from msgspec import Struct

from server.clinic_settings import DAYS

_WEEK_DAYS = 7


class Moments(Struct, frozen=True):
    """`days` are of `server.clinic_settings.DAYS`, `time` such as `18:30`, both as the clinic's clocks show them."""

    days: tuple[str, ...]
    time: str


def next_ms(moments: Moments, zone: tzinfo, *, after_ms: int) -> int | None:
    """The first such moment after `after_ms`, or None without a day.

    Never twice on one day: where clocks are set back the first of the two counts. Where the hour is left out, the
    reminder comes as much later as the clocks were put forward.
    """
    wanted = _numbers(moments.days)
    if not wanted:
        return None
    day = datetime.fromtimestamp(after_ms / 1000, UTC).astimezone(zone).date() - timedelta(days=1)
    # The day before may still hold one, where a zone skips most of a day; after a week all has been looked at.
    for _ in range(2 * _WEEK_DAYS + 2):
        if day.weekday() in wanted and (found := at_ms(day, moments.time, zone)) > after_ms:
            return found
        day += timedelta(days=1)
    raise AssertionError("every day of the week comes within two weeks")


def at_ms(day: date, clock: str, zone: tzinfo) -> int:
    local = datetime.combine(day, time.fromisoformat(clock), tzinfo=zone)
    return int(local.timestamp() * 1000)


def _numbers(days: Collection[str]) -> set[int]:
    return {DAYS.index(day) for day in days if day in DAYS}
