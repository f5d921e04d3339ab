"""What stands beside the exercises: medicines and injections by the journal, as spans of days, and when to look again.

Pure. An injection is one day. Anything else without an end goes on.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import Final

from msgspec import Struct

from exercises.saying import say
from server.days import day_at
from sessions.attempts import Attempt
from sessions.checkins import ReleaseAnswers, RungAnswers
from sessions.journal import AdjunctLogged, JournalState

#: How they are named on both sides; nothing here is told to be taken or left.
KINDS: Final = {
    "lidocaine": "A cream or gel that numbs (lidocaine)",
    "oestrogen": "Oestrogen, such as a cream",
    "muscle_relaxant": "A medicine that relaxes muscles",
    "injection": "An injection",
    "other": "Something else",
}
SHORT: Final = {
    "lidocaine": "Numbing cream",
    "oestrogen": "Oestrogen",
    "muscle_relaxant": "Muscle relaxant",
    "injection": "Injection",
    "other": "Other",
}
#: An injection is looked at again 2 to 4 weeks after it. That nobody forgets it, the line stays for 2 weeks more.
LOOK_FROM: Final = timedelta(weeks=2)
LOOK_UNTIL: Final = timedelta(weeks=6)

_YEARS: Final = (1900, 2200)


class Beside(Struct, frozen=True):
    """One entry as it stands. `until` is the last day, or None while it goes on."""

    seq: int
    kind: str
    on: date
    until: date | None
    name: str
    note: str

    @property
    def words(self) -> str:
        return say("{kind}: {name}", kind=SHORT[self.kind], name=self.name) if self.name else SHORT[self.kind]

    def covers(self, day: date) -> bool:
        return self.on <= day and (self.until is None or day <= self.until)


def besides(journal: JournalState) -> list[Beside]:
    """The earliest first. Struck entries are not among them, and none that no calendar knows."""
    found = []
    for entry in journal.of(AdjunctLogged):
        assert isinstance(entry.event, AdjunctLogged), "asked for by its kind"
        one = entry.event.adjunct
        on, until = day_of(one.on), None if one.until is None else day_of(one.until)
        if on is None:
            continue
        found.append(
            Beside(
                seq=entry.seq,
                kind=one.kind,
                on=on,
                until=on if one.kind == "injection" else until,
                name=one.name or "",
                note=one.note or "",
            )
        )
    return sorted(found, key=lambda one: (one.on, one.seq))


def day_of(text: str) -> date | None:
    """None for what is no day, or none that anybody alive could mean."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if _YEARS[0] <= day.year <= _YEARS[1] else None


def maybe_numbed(attempts: Iterable[Attempt], known: Sequence[Beside], *, zone: str) -> frozenset[tuple[str, int]]:
    """Practices (session id, seq) on days with numbing cream whose check-in does not speak of it."""
    creams = [one for one in known if one.kind == "lidocaine"]
    return frozenset(
        (attempt.session_id, attempt.seq)
        for attempt in attempts
        if isinstance(attempt.answers, RungAnswers)
        and attempt.answers.lidocaine is None
        and any(one.covers(day_at(attempt.at_ms, zone)) for one in creams)
    )


def is_numbed(attempt: Attempt, numbed: Collection[tuple[str, int]]) -> bool:
    answers = attempt.answers
    if isinstance(answers, RungAnswers) and (answers.lidocaine or answers.sedating):
        return True
    if isinstance(answers, ReleaseAnswers) and answers.lidocaine:
        return True
    return (attempt.session_id, attempt.seq) in numbed


def to_look_at(journal: JournalState, *, today: date, held: Collection[date]) -> Iterator[tuple[int, date]]:
    """Injections (seq, day) that nobody has looked at again: no visit since, and not marked as done.

    `held` are the days of visits that took place.
    """
    for one in besides(journal):
        begins = one.on + LOOK_FROM
        waits = (
            one.kind == "injection" and begins <= today <= one.on + LOOK_UNTIL and (None, one.seq) not in journal.seen
        )
        if waits and not any(begins <= day for day in held):
            yield one.seq, one.on
