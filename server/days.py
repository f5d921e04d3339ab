"""A moment as it is at a place: which day it is there, and what its clocks say, daylight saving included. Pure."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


def moment_at(at_ms: int, zone: str) -> datetime:
    """`zone` is a name of the time zone database, such as `Europe/Berlin`."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(ZoneInfo(zone))


def day_at(at_ms: int, zone: str) -> date:
    return moment_at(at_ms, zone).date()
