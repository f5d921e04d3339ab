"""Small words of the desk: which day it is at the clinic, how long somebody waits, what arrival said. Pure."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from server.days import moment_at
from sessions.state import SessionState


def day_of(now_ms: int, zone: str) -> tuple[int, int]:
    """Midnight to midnight of the day that it is in this zone; 23 to 25 hours."""
    here = moment_at(now_ms, zone)
    begin = here.replace(hour=0, minute=0, second=0, microsecond=0)
    return _ms(begin), _ms(begin + timedelta(days=1))


def _ms(moment: datetime) -> int:
    return int(moment.astimezone(UTC).timestamp() * 1000)


def arrival_words(state: SessionState) -> str:
    arrival = state.arrival
    if arrival is None:
        return ""
    parts: Sequence[str] = (
        "not a safe time" if not arrival.safe else "",
        "alone" if arrival.alone else "not alone",
        "place given" if arrival.place_given else "place not given",
    )
    words = ", ".join(part for part in parts if part)
    return f"{words[:1].upper()}{words[1:]}."


def minutes_words(ms: int) -> str:
    minutes = max(0, ms) // 60_000
    return f"{minutes} min" if minutes else "less than a minute"
