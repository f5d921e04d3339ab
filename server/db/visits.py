"""Sessions as lists know them, who belongs to them, and what is needed only tonight."""

from collections.abc import Collection, Mapping
from typing import Final

from msgspec import Struct
from sqlalchemy import and_, bindparam, delete, text
from sqlalchemy import select as sql_select
from sqlmodel import col, select

from server.db.errors import Gone, Unreadable
from server.db.ledger_tables import HEAD
from server.db.store import Tx
from server.db.tables import SessionPersonRow, SessionRow, TonightRow
from server.db.vault import DataKey, KeyKind, seal, unseal
from server.db.writes import Write, insert_into, insert_unless_there, table_of, upsert_into

SCHEDULED: Final = "scheduled"
ENDED: Final = "ended"
#: The two kinds of session.
VISIT: Final = "visit"
PRACTICE: Final = "practice"
_INSERT_SESSION: Final = insert_into(table_of(SessionRow))
_INSERT_PERSON: Final = insert_unless_there(table_of(SessionPersonRow))
_DELETE_PERSON: Final = text(
    "DELETE FROM session_person WHERE clinic_id = :clinic_id AND session_id = :session_id AND person_id = :person_id"
).bindparams(
    *(
        bindparam(name, type_=table_of(SessionPersonRow).c[name].type)
        for name in ("clinic_id", "session_id", "person_id")
    )
)
_UPSERT_TONIGHT: Final = upsert_into(table_of(TonightRow))
_SET_PHASE: Final = text(
    "UPDATE session SET phase = :phase, ended_ms = :ended_ms WHERE clinic_id = :clinic_id AND id = :id"
).bindparams(
    *(bindparam(name, type_=table_of(SessionRow).c[name].type) for name in ("phase", "ended_ms", "clinic_id", "id"))
)

_SET_PLANNED: Final = text(
    "UPDATE session SET due_ms = :due_ms, planned_minutes = :planned_minutes WHERE clinic_id = :clinic_id AND id = :id"
).bindparams(
    *(bindparam(name, type_=table_of(SessionRow).c[name].type) for name in ("due_ms", "clinic_id", "id")),
    bindparam("planned_minutes", type_=table_of(SessionRow).c.planned_minutes.type),
)

_SESSION_PERSON: Final = table_of(SessionPersonRow)
_SESSION_OF_HEAD: Final = table_of(SessionRow)
_IS_OF_HEAD: Final = and_(_SESSION_OF_HEAD.c.clinic_id == HEAD.c.clinic_id, _SESSION_OF_HEAD.c.id == HEAD.c.ledger_id)
_HEADS_OF_PATIENTS: Final = (
    sql_select(HEAD.c.patient_id, HEAD.c.ledger_id, HEAD.c.kind, HEAD.c.epoch, HEAD.c.seq, _SESSION_OF_HEAD.c.phase)
    .select_from(HEAD.outerjoin(_SESSION_OF_HEAD, _IS_OF_HEAD))
    .where(HEAD.c.clinic_id == bindparam("clinic"), HEAD.c.patient_id.in_(bindparam("patients", expanding=True)))
    .order_by(_SESSION_OF_HEAD.c.due_ms.desc(), HEAD.c.ledger_id)
)


class Session(Struct, frozen=True):
    """`kind` is `visit` or `practice`; `phase` the last one that its ledger told."""

    clinic_id: str
    id: str
    patient_id: str
    kind: str
    phase: str
    due_ms: int
    planned_minutes: int
    created_ms: int
    created_by: str
    ended_ms: int | None = None


class LedgerHead(Struct, frozen=True):
    """How far one ledger of a patient goes. `phase` is None where it is no session's."""

    ledger_id: str
    kind: str
    epoch: int
    seq: int
    phase: str | None


# What can be part of a ledger's transaction is a value first: for `Append.extras`, or for `writes.apply`.


def session_writes(session: Session, *, people: Mapping[str, str]) -> tuple[Write, ...]:
    """A new session with its people, person id to role."""
    row = {name: getattr(session, name) for name in session.__struct_fields__}
    belongs = ({"clinic_id": session.clinic_id, "session_id": session.id} for _ in people)
    return (
        Write(_INSERT_SESSION, row),
        *(
            Write(_INSERT_PERSON, {**key, "person_id": person_id, "role": role})
            for key, (person_id, role) in zip(belongs, people.items(), strict=True)
        ),
    )


def person_write(clinic_id: str, session_id: str, *, person_id: str, role: str | None) -> Write:
    """Somebody belongs to a session from now on; with None they do no more."""
    key = {"clinic_id": clinic_id, "session_id": session_id, "person_id": person_id}
    return Write(_DELETE_PERSON, key) if role is None else Write(_INSERT_PERSON, {**key, "role": role})


def phase_write(clinic_id: str, session_id: str, *, phase: str, ended_ms: int | None = None) -> Write:
    return Write(_SET_PHASE, {"clinic_id": clinic_id, "id": session_id, "phase": phase, "ended_ms": ended_ms})


def tonight_write(
    key: DataKey, *, clinic_id: str, session_id: str, patient_id: str, body: bytes, delete_after_ms: int
) -> Write:
    """`key` is the patient's personal key: the law asks nobody to keep this."""
    sealed = seal(key, body, purpose="tonight", row=f"{clinic_id}/{session_id}")
    return Write(
        _UPSERT_TONIGHT,
        {
            "clinic_id": clinic_id,
            "session_id": session_id,
            "patient_id": patient_id,
            "delete_after_ms": delete_after_ms,
            "body_enc": sealed,
        },
    )


def planned_write(clinic_id: str, session_id: str, *, due_ms: int, minutes: int) -> Write:
    """Another time, or another length."""
    return Write(_SET_PLANNED, {"clinic_id": clinic_id, "id": session_id, "due_ms": due_ms, "planned_minutes": minutes})


async def session(tx: Tx, clinic_id: str, session_id: str) -> Session | None:
    row = await tx.db.get(SessionRow, (clinic_id, session_id))
    return None if row is None else _session(row)


async def belonging_to(tx: Tx, clinic_id: str, person_id: str, session_ids: Collection[str]) -> set[str]:
    """Those of these sessions that this person belongs to."""
    rows = await tx.db.execute(
        sql_select(_SESSION_PERSON.c.session_id).where(
            _SESSION_PERSON.c.clinic_id == clinic_id,
            _SESSION_PERSON.c.person_id == person_id,
            _SESSION_PERSON.c.session_id.in_(list(session_ids)),
        )
    )
    return {row.session_id for row in rows}


async def people_of_session(tx: Tx, clinic_id: str, session_id: str) -> dict[str, str]:
    """Person id to role."""
    rows = await tx.db.scalars(
        select(SessionPersonRow).where(
            SessionPersonRow.clinic_id == clinic_id, SessionPersonRow.session_id == session_id
        )
    )
    return {row.person_id: row.role for row in rows}


async def sessions_of_patient(
    tx: Tx, clinic_id: str, patient_id: str, *, before_ms: int | None = None, limit: int = 50
) -> list[Session]:
    """The newest first; `before_ms` pages on, by when they were due."""
    query = select(SessionRow).where(SessionRow.clinic_id == clinic_id, SessionRow.patient_id == patient_id)
    if before_ms is not None:
        query = query.where(SessionRow.due_ms < before_ms)
    rows = await tx.db.scalars(query.order_by(col(SessionRow.due_ms).desc(), col(SessionRow.id)).limit(limit))
    return [_session(row) for row in rows]


async def practices_of_patient(tx: Tx, clinic_id: str, patient_id: str, *, from_ms: int, until_ms: int) -> list[str]:
    """Ids of the practices that were begun from `from_ms` to `until_ms`, in order."""
    rows = await tx.db.scalars(
        select(SessionRow.id)
        .where(
            SessionRow.clinic_id == clinic_id,
            SessionRow.patient_id == patient_id,
            SessionRow.kind == PRACTICE,
            SessionRow.due_ms >= from_ms,
            SessionRow.due_ms <= until_ms,
        )
        .order_by(col(SessionRow.due_ms), col(SessionRow.id))
    )
    return list(rows)


async def open_sessions_of_patient(tx: Tx, clinic_id: str, patient_id: str) -> list[Session]:
    """Visits that have not ended, the first due first. A practice at home has no room that could hear of anything."""
    rows = await tx.db.scalars(
        select(SessionRow)
        .where(
            SessionRow.clinic_id == clinic_id,
            SessionRow.patient_id == patient_id,
            SessionRow.kind == VISIT,
            SessionRow.phase != ENDED,
        )
        .order_by(col(SessionRow.due_ms), col(SessionRow.id))
    )
    return [_session(row) for row in rows]


async def open_sessions(tx: Tx) -> list[Session]:
    """Visits everywhere: what a starting server looks at, to go on with deadlines."""
    rows = await tx.db.scalars(
        select(SessionRow).where(SessionRow.kind == VISIT, SessionRow.phase != ENDED).order_by(col(SessionRow.due_ms))
    )
    return [_session(row) for row in rows]


async def patients_since(tx: Tx, *, since_ms: int) -> list[tuple[str, str]]:
    """Clinic and patient of every session that has begun and was written to since then. A plan tells nothing."""
    rows = await tx.db.execute(
        sql_select(HEAD.c.clinic_id, HEAD.c.patient_id)
        .join(_SESSION_OF_HEAD, _IS_OF_HEAD)
        .where(HEAD.c.kind == "session", HEAD.c.updated_ms >= since_ms, _SESSION_OF_HEAD.c.phase != SCHEDULED)
        .distinct()
    )
    return [(row.clinic_id, row.patient_id) for row in rows]


async def heads_of_patients(tx: Tx, clinic_id: str, patient_ids: Collection[str]) -> dict[str, list[LedgerHead]]:
    """All ledgers of each: sessions, the newest first among them, care and journal. One statement."""
    found: dict[str, list[LedgerHead]] = {patient_id: [] for patient_id in patient_ids}
    rows = await tx.db.execute(_HEADS_OF_PATIENTS, {"clinic": clinic_id, "patients": list(found)})
    for patient_id, *head in rows:
        found[patient_id].append(LedgerHead(*head))
    return found


async def visits_for_therapist(
    tx: Tx, clinic_id: str, therapist_id: str, *, from_ms: int, until_ms: int
) -> list[Session]:
    """Visits that this therapist belongs to and that are due from `from_ms` on and before `until_ms`."""
    belongs = (col(SessionPersonRow.clinic_id) == SessionRow.clinic_id) & (
        col(SessionPersonRow.session_id) == SessionRow.id
    )
    rows = await tx.db.scalars(
        select(SessionRow)
        .join(SessionPersonRow, belongs)
        .where(
            SessionRow.clinic_id == clinic_id,
            SessionPersonRow.person_id == therapist_id,
            SessionRow.kind == VISIT,
            SessionRow.due_ms >= from_ms,
            SessionRow.due_ms < until_ms,
        )
        .order_by(col(SessionRow.due_ms), col(SessionRow.id))
    )
    return [_session(row) for row in rows]


async def tonight(tx: Tx, clinic_id: str, session_id: str) -> bytes | None:
    """None where nothing was given, it was deleted, or the patient's personal key is gone."""
    row = await tx.db.get(TonightRow, (clinic_id, session_id))
    if row is None:
        return None
    try:
        key = await tx.ring.get(clinic_id, row.patient_id, KeyKind.PERSONAL)
    except Unreadable:
        return None
    try:
        return unseal(key, row.body_enc, purpose="tonight", row=f"{clinic_id}/{session_id}")
    except Gone:
        return None


async def delete_expired_tonight(tx: Tx, *, now_ms: int) -> int:
    """Returns how many."""
    gone = await tx.db.execute(
        delete(TonightRow).where(col(TonightRow.delete_after_ms) <= now_ms).returning(col(TonightRow.session_id))
    )
    return len(gone.all())


def _session(row: SessionRow) -> Session:
    return Session(**{name: getattr(row, name) for name in Session.__struct_fields__})
