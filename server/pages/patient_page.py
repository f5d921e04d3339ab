"""What a patient's page shows beside its charts: what was decided lately, the last messages, and what was written."""

from typing import Any, Final

from aiohttp import web
from msgspec import Struct

from server import wiring
from server.db import documents
from server.db.documents import Outline
from server.pages.clearance import told, who_words
from server.pages.progress import Record
from sessions import care
from sessions.journal import Said
from sessions.people import Role

_DECIDED_SHOWN: Final = 6
_MESSAGES_SHOWN: Final = 3
_DOCUMENTS_SHOWN: Final = 12
_SHORT: Final = 160
_DECISIONS: Final = (
    care.CareProgrammeSet,
    care.CareArranged,
    care.CareSuspended,
    care.CareCleared,
    care.CareDecided,
    care.CareHandedOver,
)
_KINDS: Final = {documents.NOTE: "Note", documents.LETTER: "Letter"}
_STATES: Final = {
    documents.DRAFT: "Draft",
    documents.SIGNED: "Signed",
    documents.WITHHELD: "Signed, withheld from the patient’s export",
}


class Decided(Struct, frozen=True):
    at_ms: int
    who: str
    words: str
    more: str


class Message(Struct, frozen=True):
    at_ms: int
    who: str
    text: str
    unread: bool


class Written(Struct, frozen=True):
    """A note or a letter, without a word of it."""

    at_ms: int
    kind: str
    state: str
    path: str


async def values(
    request: web.Request, clinic_id: str, record: Record, *, names: dict[str, str], patient_name: str
) -> dict[str, Any]:
    """`names` are those of therapists, by id."""
    known = record.known
    decided = [line for line in known.history if isinstance(line.event, _DECISIONS)]
    find = request.app[wiring.OWN_LIBRARY].home(clinic_id).get
    unread = {entry.seq for entry in known.journal.unread_by(Role.THERAPIST)}
    async with request.app[wiring.STORE].reader() as tx:
        outlines = await documents.outlines_of_patient(
            tx, clinic_id, known.patient_id, kinds=tuple(_KINDS), limit=_DOCUMENTS_SHOWN
        )
    return {
        "decided": [
            Decided(line.at_ms, who_words(line, dict(names)), *told(line, find))
            for line in decided[: -_DECIDED_SHOWN - 1 : -1]
        ],
        "messages": [
            Message(
                entry.at,
                patient_name if entry.by is Role.PATIENT else names.get(entry.person, "A therapist"),
                _shortened(entry.event.text),
                entry.seq in unread,
            )
            for entry in known.journal.messages[: -_MESSAGES_SHOWN - 1 : -1]
            if isinstance(entry.event, Said)
        ],
        "written": [_written(known.patient_id, one) for one in outlines],
    }


def _written(patient_id: str, one: Outline) -> Written:
    path = f"/patients/{patient_id}/letters/{one.id}"
    if one.kind == documents.NOTE:
        path = f"/sessions/{one.session_id}/note"
    return Written(one.signed_ms or one.changed_ms, _KINDS[one.kind], _STATES[one.state], path)


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SHORT else line[:_SHORT].rsplit(" ", 1)[0] + "…"
