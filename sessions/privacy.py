"""What a patient keeps to themself of a practice at home, and what everybody else is told of it. Pure.

A check-in of a practice can be kept by the patient: its answers, what they correct of it, and how it was on the days
after. Everybody else reads the ledger as `for_others` gives it, and pages, pictures, notes, letters and copies are
made from that. What somebody has to act on is told all the same: the rules that can take work inside away run over
every answer, and a concern is a line of its own, which names its reason in one sentence and is never kept.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from msgspec import structs

from sessions.events import (
    AnyEvent,
    CheckinCorrected,
    CheckinKept,
    CheckinRecorded,
    CheckinShared,
    PracticeKept,
    Recorded,
)

#: Of an entry that could not be followed: what says that there was one, and nothing of what it told.
_TOLD_OF_ENTRY: Final = ("type", "id", "after_ms", "kind")


def is_private(event: AnyEvent) -> bool:
    """Whether it was kept by the patient to themself when it was written."""
    return isinstance(event, CheckinRecorded | CheckinCorrected) and event.private


def for_others(lines: list[Recorded], *, later: Iterable[Recorded] = (), keeps: bool = False) -> list[Recorded]:
    """The same ledger for whoever is not its patient. What was shared since stands in it like any other line.

    `later` are lines behind these, where these are a part; `keeps`: something was kept in a part before them.
    """
    keeps = keeps or any(map(_keeps, lines))
    if not keeps:
        return lines
    shared = {seq for line in (*lines, *later) if isinstance(line.event, CheckinShared) for seq in line.event.of}
    return [structs.replace(line, event=_for_others(line, shared)) for line in lines]


def seen_until(lines: Sequence[Recorded]) -> int:
    """The number of the last line that is there to be seen: one that is kept back is no news to anybody."""
    return max((line.seq for line in lines if not isinstance(line.event, CheckinKept)), default=0)


def _keeps(line: Recorded) -> bool:
    return is_private(line.event) or (isinstance(line.event, PracticeKept) and bool(line.event.entry.get("private")))


def _for_others(line: Recorded, shared: set[int]) -> AnyEvent:
    event = line.event
    match event:
        case CheckinRecorded(private=True):
            return structs.replace(event, private=False) if line.seq in shared else CheckinKept()
        case CheckinCorrected(private=True, of=of):
            return structs.replace(event, private=False) if of in shared else CheckinKept()
        case PracticeKept(entry=entry):
            return structs.replace(event, entry=_entry(entry))
        case _:
            return event


def _entry(entry: dict[str, Any]) -> dict[str, Any]:
    """As it came, without answers that may be kept.

    Which check-in a correction or a follow-up was about is not sure once something could not be followed. Where the
    patient keeps anything, it may be that.
    """
    unsure = entry.get("type") == "checkin.correct" or entry.get("kind") == "next_day"
    if not (entry.get("private") or unsure):
        return entry
    return {name: entry[name] for name in _TOLD_OF_ENTRY if name in entry}
