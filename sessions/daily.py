"""How somebody is today: single words, each given with one tap, and what they come to for a day. Pure.

Each tap is an entry of its own in the journal, so that two taps that come in together lose neither. The day holds
the last word for each question; what was taken back is gone from it.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, tzinfo

from msgspec import Struct

from sessions.journal import Entry, JournalState, Measure, MeasureTaken
from sessions.measures import DAILY


class Day(Struct, frozen=True):
    """One day with what was said on it. `at_ms` is when the last word was given, `seqs` name its entries."""

    on: date
    at_ms: int
    answers: dict[str, int]
    seqs: tuple[int, ...]

    @property
    def measure(self) -> Measure:
        in_order = {item.id: self.answers[item.id] for item in DAILY.items if item.id in self.answers}
        return Measure(measure=DAILY.id, answers=in_order)


def days_of(journal: JournalState, zone: tzinfo) -> list[Day]:
    """Every day on which something was said and stands, the oldest first. `zone` says what a day is."""
    found: dict[date, Day] = {}
    for entry in _taken(journal):
        assert isinstance(entry.event, MeasureTaken), "asked for by its kind"
        on = datetime.fromtimestamp(entry.at / 1000, UTC).astimezone(zone).date()
        before = found.get(on)
        answers = {**(before.answers if before else {}), **entry.event.measure.answers}
        found[on] = Day(on, entry.at, answers, (*(before.seqs if before else ()), entry.seq))
    return [found[on] for on in sorted(found)]


def today(journal: JournalState, zone: tzinfo, *, now_ms: int) -> Day | None:
    on = datetime.fromtimestamp(now_ms / 1000, UTC).astimezone(zone).date()
    return next((day for day in reversed(days_of(journal, zone)) if day.on == on), None)


def _taken(journal: JournalState) -> Iterable[Entry]:
    return (
        entry
        for entry in journal.of(MeasureTaken)
        if isinstance(entry.event, MeasureTaken) and entry.event.measure.measure == DAILY.id
    )
