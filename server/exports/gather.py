"""Reading a patient's record for taking it along: its head at once, its sessions one after the other.

However long a course was, no more than one session is held at a time. Who reads decides what there is: a patient's
own copy leaves out what therapists wrote for each other (scratch notes, concerns, suggestions and their reasons) and
what was withheld with a reason; a therapist's and a clinic's leave out scratch notes, which are nobody's record, and
what the patient keeps to themself.
"""

import asyncio
from collections.abc import AsyncIterator
from enum import StrEnum
from functools import partial
from typing import Final

import msgspec
from aiohttp import web
from msgspec import Struct

from server import wiring
from server.bodies import recorded
from server.care.caring import CareHistory
from server.clinic_settings import settings_of
from server.db import documents, people, visits
from server.db.audit import AuditEntry, audit_of
from server.db.documents import Document
from server.db.ledger import StoredEvent
from server.db.people import Person
from server.db.store import Tx
from server.db.visits import Session
from server.exports import beside
from sessions import events as e
from sessions import views
from sessions.care import CareState
from sessions.events import Recorded
from sessions.journal import JournalState
from sessions.people import Role
from sessions.privacy import for_others
from sessions.review import timeline
from sessions.timeline import Timeline

#: More than anybody has in a life; a row is some hundred bytes.
_SESSIONS_MOST: Final = 100_000
#: Lines opened at a stretch; between two of them somebody's Stop has its turn.
_STRETCH: Final = 200
#: Lines of the audit read at a time.
_SEEN: Final = 500
#: What no copy holds: a therapist's own scribbles during a visit are struck once its note is signed.
_NOBODYS: Final = (e.NoteWritten, e.NotesStruck, e.CheckinKept)


class Reader(StrEnum):
    """For whom a copy is made."""

    PATIENT = "patient"
    THERAPIST = "therapist"
    CLINIC = "clinic"


class Whose(Struct, frozen=True):
    """Whose record it is, at which clinic, and everybody who is named in it, by id."""

    clinic_id: str
    clinic: str
    zone: str
    patient: Person
    therapists: tuple[Person, ...]
    names: dict[str, str]
    reader: Reader

    @property
    def name(self) -> str:
        return self.patient.name or "Nobody by name"


class Record(Struct, frozen=True):
    """What is not of one session: care, journal, letters and the pathway. `total` sessions began.

    `seen` is who looked, the newest first: between the patient and the clinic, and so in the patient's own copy alone.
    """

    whose: Whose
    care: CareState
    history: list[CareHistory]
    journal: JournalState
    papers: list[Document]
    seen: list[AuditEntry]
    total: int


class Sitting(Struct, frozen=True):
    """One session: its row, its lines as this reader may see them, what happened in it, its signed notes, and what
    therapists wrote beside its moments."""

    session: Session
    lines: list[Recorded]
    line: Timeline
    notes: list[Document]
    comments: list[Document]


async def whose(app: web.Application, clinic_id: str, patient: Person, reader: Reader) -> Whose:
    async with app[wiring.STORE].reader() as tx:
        clinic = await people.clinic(tx, clinic_id)
        therapists = await people.people(tx, clinic_id, await people.therapists_of(tx, clinic_id, patient.id))
        staff = await people.people_of_clinic(tx, clinic_id, roles=(people.Role.THERAPIST, people.Role.OWNER))
        support = await people.support_of(tx, clinic_id, patient.id)
    assert clinic is not None, "a person belongs to a clinic"
    named = [patient, *staff, *support]
    return Whose(
        clinic_id=clinic_id,
        clinic=clinic.name,
        zone=settings_of(clinic).time_zone,
        patient=patient,
        therapists=tuple(therapists.values()),
        names={person.id: person.name for person in named if person.name},
        reader=reader,
    )


async def record(app: web.Application, whose: Whose) -> Record:
    """Raises Unreadable or Erased where the record's key is gone."""
    clinic_id, patient_id = whose.clinic_id, whose.patient.id
    async with app[wiring.STORE].reader() as tx:
        papers = await documents.of_patient(
            tx, clinic_id, patient_id, kinds=(documents.LETTER, documents.PATHWAY, documents.COMMENT)
        )
        heads = (await visits.heads_of_patients(tx, clinic_id, [patient_id]))[patient_id]
        seen = await _seen(tx, clinic_id, patient_id) if whose.reader is Reader.PATIENT else []
    journal = await app[wiring.JOURNALS].state(clinic_id, patient_id)
    return Record(
        whose=whose,
        care=await app[wiring.CARE].state(clinic_id, patient_id),
        history=await app[wiring.CARE].history(clinic_id, patient_id),
        # What the patient keeps to themself is in their own copy alone.
        journal=journal if whose.reader is Reader.PATIENT else journal.shared,
        papers=[paper for paper in papers if _is_shown(paper, whose.reader)],
        seen=seen,
        total=sum(head.phase not in (None, "scheduled") for head in heads),
    )


async def _seen(tx: Tx, clinic_id: str, patient_id: str) -> list[AuditEntry]:
    found: list[AuditEntry] = []
    while rows := await audit_of(
        tx, clinic_id, subject_id=patient_id, limit=_SEEN, before_seq=found[-1].seq if found else None
    ):
        found += rows
    return found


async def sittings(app: web.Application, whose: Whose) -> AsyncIterator[Sitting]:
    """Every session that began, the newest first, one at a time: of the others only their rows are held."""
    async with app[wiring.STORE].reader() as tx:
        rows = await visits.sessions_of_patient(tx, whose.clinic_id, whose.patient.id, limit=_SESSIONS_MOST)
    for session in rows:
        if session.phase == "scheduled":
            continue
        sitting = await sitting_of(app, whose, session)
        if sitting is not None:
            yield sitting


async def sitting_of(app: web.Application, whose: Whose, session: Session) -> Sitting | None:
    """None for one without a line, or none that can be read. Raises Erased where the whole record's key is gone."""
    keys = await app[wiring.KEYRING].keys_of(whose.clinic_id, whose.patient.id)
    rows: list[StoredEvent] = []
    while found := await app[wiring.LEDGERS].events(
        whose.clinic_id, session.id, keys=keys, after=rows[-1] if rows else None, limit=_STRETCH
    ):
        rows += found
        if len(found) < _STRETCH:
            break
        await asyncio.sleep(0)
    if not rows or (keys.care is not None and all(row.body is None for row in rows)):
        return None
    async with app[wiring.STORE].reader() as tx:
        kinds = (documents.NOTE, documents.COMMENT)
        found_papers = await documents.of_session(tx, whose.clinic_id, session.id, kinds=kinds)
    papers = [paper for paper in found_papers if _is_shown(paper, whose.reader)]
    lines, line = await beside.run(partial(_read, rows, now_ms=app[wiring.CLOCK].now_ms(), whose=whose))
    return Sitting(
        session=session,
        line=line,
        lines=[line for line in lines if sees(whose.reader, line.event)],
        notes=[paper for paper in papers if paper.kind == documents.NOTE],
        comments=[paper for paper in papers if paper.kind == documents.COMMENT],
    )


def _read(rows: list[StoredEvent], *, now_ms: int, whose: Whose) -> tuple[list[Recorded], Timeline]:
    lines = [recorded(row) for row in rows]
    if whose.reader is not Reader.PATIENT:
        lines = for_others(lines)
    return lines, timeline(lines, now_ms=now_ms, names=whose.names)


def sees(reader: Reader, event: e.AnyEvent) -> bool:
    """Whether this copy holds this event at all."""
    if isinstance(event, _NOBODYS):
        return False
    return reader is not Reader.PATIENT or views.sees(Role.PATIENT, event)


def event_for(reader: Reader, event: e.AnyEvent) -> object:
    """The event as this copy holds it: of the care ledger's snapshots a patient's own has what was said to them."""
    if reader is Reader.PATIENT and isinstance(event, e.SessionOpened | e.CareChanged):
        care = event.care
        told = {"suspended": None if care.suspended is None else care.suspended.say, "rung": care.rung}
        return {**msgspec.to_builtins(event), "care": told}
    return event


def _is_shown(paper: Document, reader: Reader) -> bool:
    """Drafts are nobody's record yet. What is withheld from the patient stands in the others' copies."""
    if paper.is_draft or paper.body is None:
        return False
    if reader is not Reader.PATIENT:
        return True
    return paper.state == documents.SIGNED and paper.kind != documents.COMMENT
