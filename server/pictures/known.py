"""What the charts of one patient are made of, read once, and how its days become moments. Pure."""

from collections.abc import Collection, Sequence
from datetime import date

from msgspec import Struct

from server.care.beside import Beside
from server.care.caring import CareHistory
from server.care.practised import Practised
from server.pictures.chart import DAY_MS, noon_ms
from sessions.attempts import Attempt
from sessions.checkins import ExposureAnswers
from sessions.journal import JournalState, SituationMet


class Met(Struct, frozen=True):
    """A situation that was met, in a session (`session_id`) or outside of one."""

    at_ms: int
    answers: ExposureAnswers
    session_id: str = ""


class Known(Struct, frozen=True):
    """Everything that the charts of one patient are made of. `journal` is what the patient shares."""

    patient_id: str
    attempts: Sequence[Attempt]
    journal: JournalState
    besides: Sequence[Beside]
    history: Sequence[CareHistory]
    practised: Sequence[Practised]
    numbed: Collection[tuple[str, int]]
    zone: str
    now_ms: int


def met_of(known: Known) -> list[Met]:
    found = [
        Met(one.at_ms, one.answers, one.session_id)
        for one in known.attempts
        if isinstance(one.answers, ExposureAnswers)
    ]
    found += [
        Met(entry.at, entry.event.answers)
        for entry in known.journal.of(SituationMet)
        if isinstance(entry.event, SituationMet)
    ]
    return sorted(found, key=lambda one: one.at_ms)


def review_of(session_id: str) -> str:
    return f"/sessions/{session_id}/review"


def begin_ms(day: date, zone: str) -> int:
    return noon_ms(day, zone) - DAY_MS // 2


def end_ms(until: date | None, known: Known) -> int:
    return known.now_ms if until is None else noon_ms(until, known.zone) + DAY_MS // 2 - 1
