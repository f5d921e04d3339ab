"""The exposure list as both sides read it: each situation with how often it was met, and how the fear went. Pure.

Met is met: in a visit, where a check-in tells of it, or alone, where the journal does.
"""

from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from exercises.saying import joined, say
from server.pictures.trends import Trend, trend
from sessions.attempts import Attempt
from sessions.checkins import ExposureAnswers
from sessions.journal import Entry, JournalState, SituationListed, SituationMet, ThoughtWritten
from sessions.people import Role

#: A situation without a number stands after all that have one.
_UNRATED: Final = 11


class Meeting(Struct, frozen=True):
    """`seq` is the journal's line, or None for what was told in a session: `where` names its kind."""

    seq: int | None
    at_ms: int
    answers: ExposureAnswers
    where: str = ""


class Situation(Struct, frozen=True):
    """`seq` is None for one that is on the list no more and was met; `by` is who put it there."""

    seq: int | None
    words: str
    expected: int | None
    by: Role | None
    meetings: tuple[Meeting, ...]
    peak: Trend | None
    end: Trend | None

    @property
    def told(self) -> str:
        """The picture in words, for whoever does not see it."""
        return say(
            "Fear at its most: {peaks}; at the end: {ends}",
            peaks=joined(_number(one.answers.fear_peak) for one in self.meetings),
            ends=joined(_number(one.answers.fear_end) for one in self.meetings),
        )


def situations_of(journal: JournalState, attempts: Iterable[Attempt] = ()) -> list[Situation]:
    """By how much fear is expected, the least first; then those that are off the list and were met."""
    met: dict[str, list[Meeting]] = {}
    for entry in journal.of(SituationMet):
        assert isinstance(entry.event, SituationMet), "asked for by its kind"
        answers = entry.event.answers
        met.setdefault(answers.situation, []).append(Meeting(entry.seq, entry.at, answers))
    for attempt in attempts:
        told = attempt.answers
        if isinstance(told, ExposureAnswers):
            met.setdefault(told.situation, []).append(Meeting(None, attempt.at_ms, told, attempt.where))
    for meetings in met.values():
        meetings.sort(key=lambda one: one.at_ms)
    listed = [
        _situation(entry.seq, entry.event.situation, met.pop(entry.event.situation, []), entry)
        for entry in journal.situations
        if isinstance(entry.event, SituationListed)
    ]
    listed.sort(key=lambda one: (_UNRATED if one.expected is None else one.expected, one.seq or 0))
    return [*listed, *(_situation(None, words, meetings, None) for words, meetings in met.items())]


def thoughts_of(journal: JournalState) -> Iterable[Entry]:
    """The newest first."""
    return reversed(journal.of(ThoughtWritten))


def _situation(seq: int | None, words: str, meetings: list[Meeting], entry: Entry | None) -> Situation:
    went = [one for one in meetings if one.answers.outcome != "chose_not_to"]
    drawn = len(went) > 1
    expected = entry.event.expected if entry is not None and isinstance(entry.event, SituationListed) else None
    return Situation(
        seq=seq,
        words=words,
        expected=expected,
        by=None if entry is None else entry.by,
        meetings=tuple(meetings),
        peak=trend([one.answers.fear_peak for one in went], least=0, most=10) if drawn else None,
        end=trend([one.answers.fear_end for one in went], least=0, most=10) if drawn else None,
    )


def _number(value: int | None) -> str:
    return "not said" if value is None else str(value)
