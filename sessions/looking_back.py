"""What was tried of the pathway, and when to look back together. Pure.

The points are our own choice, but for the weeks after botulinum toxin (`sessions.pathway.SOURCE`). Nothing happens at
them by itself: a page and the desk name them, and a therapist writes what was found.
"""

from datetime import date, timedelta
from typing import Final

from msgspec import Struct

from exercises.saying import say
from sessions.journal import JournalState
from sessions.pathway import TREATMENTS, LookedBack, TreatmentNoted


class Look(Struct, frozen=True):
    """A point at which to look back. `mark` names it in the journal; `until` is the last day of its time."""

    mark: str
    on: date
    until: date
    words: str
    why: str


class Tried(Struct, frozen=True):
    seq: int
    treatment: str
    on: date
    until: date | None
    note: str
    outcome: str


#: By weeks after physiotherapy began: from, until, what is looked at.
_AFTER_BEGIN: Final = (
    (2, 2, "Whether it fits", "Is it bearable, and does it fit into the week?"),
    (4, 4, "In which direction it goes", "What became easier, and what did not?"),
    (6, 8, "Whether it stands still", "Nothing changed for weeks: pain, fear, or something that nobody has seen yet?"),
    (12, 12, "How to go on", "Home programme alone, something of the second line, or somebody else’s view?"),
    (16, 16, "Some weeks later", "What stayed, and what would help to keep it?"),
)


def tried(journal: JournalState) -> list[Tried]:
    """The earliest first. Struck entries are not among them."""
    found = []
    for entry in journal.of(TreatmentNoted):
        assert isinstance(entry.event, TreatmentNoted), "asked for by its kind"
        one = entry.event
        on = _day(one.on)
        if on is not None and one.treatment in TREATMENTS:
            until = None if one.until is None else _day(one.until)
            found.append(Tried(entry.seq, one.treatment, on, until, one.note or "", one.outcome or ""))
    return sorted(found, key=lambda one: (one.on, one.seq))


def looks(treatments: list[Tried]) -> list[Look]:
    """Every point that these treatments bring, the earliest first."""
    found = []
    began = next((one.on for one in treatments if one.treatment == "physiotherapy"), None)
    if began is not None:
        found += [
            Look(f"begin-{first}", began + timedelta(weeks=first), began + timedelta(weeks=last, days=6), words, why)
            for first, last, words, why in _AFTER_BEGIN
        ]
    for one in treatments:
        weeks = TREATMENTS[one.treatment].look_weeks
        if weeks is not None:
            found.append(
                Look(
                    f"after-{one.seq}",
                    one.on + timedelta(weeks=weeks[0]),
                    one.on + timedelta(weeks=weeks[1]),
                    say("After {treatment}", treatment=TREATMENTS[one.treatment].words),
                    "What changed since the injection, and does the programme still fit?",
                )
            )
    return sorted(found, key=lambda one: (one.on, one.mark))


def looked(journal: JournalState) -> dict[str, tuple[int, str, str]]:
    """Points that were looked at: when, by whom (an id), what was found. The last word of each counts."""
    return {
        entry.event.mark: (entry.at, entry.person, entry.event.words)
        for entry in journal.of(LookedBack)
        if isinstance(entry.event, LookedBack)
    }


#: A desk names a point for this long behind its time, and then no more: what was passed over is no debt.
_STAYS: Final = timedelta(weeks=2)


def due(journal: JournalState, today: date) -> list[Look]:
    """Points whose time has come and that nobody has looked at: for the desk."""
    done = looked(journal)
    return [one for one in looks(tried(journal)) if one.on <= today <= one.until + _STAYS and one.mark not in done]


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 1900 <= day.year <= 2200 else None
