"""Small words of the desk: which day it is at the clinic, how long somebody waits, what arrival said. Pure."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from exercises.saying import capitalised, joined, say, unstopped
from server.days import day_at, moment_at
from sessions.care import CareState
from sessions.gist import Arrived
from sessions.telling import rung_words


def day_of(now_ms: int, zone: str) -> tuple[int, int]:
    """Midnight to midnight of the day that it is in this zone; 23 to 25 hours."""
    here = moment_at(now_ms, zone)
    begin = here.replace(hour=0, minute=0, second=0, microsecond=0)
    return _ms(begin), _ms(begin + timedelta(days=1))


def _ms(moment: datetime) -> int:
    return int(moment.astimezone(UTC).timestamp() * 1000)


def arrival_words(arrived: Arrived | None) -> str:
    if arrived is None:
        return ""
    parts: Sequence[str] = (
        say("not a safe time") if not arrived.safe else "",
        say("alone") if arrived.alone else say("not alone"),
        say("place given") if arrived.place_given else say("place not given"),
    )
    return say("{words}.", words=capitalised(joined(part for part in parts if part)))


def minutes_words(ms: int) -> str:
    minutes = max(0, ms) // 60_000
    return say("{minutes} min", minutes=minutes) if minutes else say("less than a minute")


def and_more(others: int, *, suspended: bool) -> str:
    """What goes on behind the first of somebody's concerns."""
    words: list[str] = [say(", and {count} more.", count=others) if others else "."]
    words += ["Internal work is suspended until you clear it."] if suspended else [""]
    return joined(words, by=" ")


def and_wrote(more: str, message: str) -> str:
    return joined([unstopped(more), say(". {message}.", message=message)], by="")


def now_at(care: CareState) -> str:
    """Where a patient's care stands, in a few words."""
    rung = care.ladder.rung(care.rung) if care.ladder is not None and care.rung is not None else None
    at = None if rung is None else rung_words(rung)
    if care.suspended is None:
        return at or "Cleared, no size chosen"
    if care.clearance is None:
        return "Not cleared yet"
    return say("Suspended, was at {size}", size=at) if at else "Suspended"


def since_words(at_ms: int, *, now_ms: int, zone: str) -> str:
    """By the days of the clinic, not by 24 hours: what came last evening is from yesterday."""
    days = (day_at(now_ms, zone) - day_at(at_ms, zone)).days
    if days <= 0:
        return say("today")
    return say("since yesterday") if days == 1 else say("for {days} days", days=days)
