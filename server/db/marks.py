"""What somebody has looked at on the desk: one row for each reason, by its keyed hash; no row, not looked at."""

from collections.abc import Collection
from typing import Final

from msgspec import Struct
from sqlalchemy import bindparam, delete, select
from sqlmodel import col

from server.db.store import Tx
from server.db.tables import CaseloadRow, DeskMarkRow
from server.db.writes import insert_unless_there, table_of

_MARK: Final = table_of(DeskMarkRow)
_CASELOAD: Final = table_of(CaseloadRow)
_INSERT: Final = insert_unless_there(_MARK)
_OF_THERAPIST: Final = (
    select(_MARK.c.mark, _MARK.c.person_id, _MARK.c.at_ms)
    .select_from(
        _CASELOAD.join(
            _MARK, (_MARK.c.clinic_id == _CASELOAD.c.clinic_id) & (_MARK.c.patient_id == _CASELOAD.c.patient_id)
        )
    )
    .where(
        _CASELOAD.c.clinic_id == bindparam("clinic"),
        _CASELOAD.c.therapist_id == bindparam("therapist"),
        _CASELOAD.c.until_ms.is_(None),
    )
)


class Looked(Struct, frozen=True):
    """Who looked, and when."""

    person_id: str
    at_ms: int


async def on_caseload(tx: Tx, clinic_id: str, therapist_id: str) -> dict[str, Looked]:
    """By mark, of this therapist's patients: also what a colleague looked at who has them too."""
    rows = await tx.db.execute(_OF_THERAPIST, {"clinic": clinic_id, "therapist": therapist_id})
    return {mark: Looked(person_id, at_ms) for mark, person_id, at_ms in rows}


async def put(
    tx: Tx,
    clinic_id: str,
    patient_id: str,
    *,
    marks: Collection[str],
    among: Collection[str],
    person_id: str,
    now_ms: int,
) -> None:
    """`among` are the marks of all that is there to be looked at now: those of what has gone are forgotten."""
    await tx.db.execute(
        delete(DeskMarkRow).where(
            col(DeskMarkRow.clinic_id) == clinic_id,
            col(DeskMarkRow.patient_id) == patient_id,
            col(DeskMarkRow.mark).not_in(list(among)),
        )
    )
    for mark in marks:
        values = {"clinic_id": clinic_id, "patient_id": patient_id, "mark": mark}
        await tx.db.execute(_INSERT, {**values, "person_id": person_id, "at_ms": now_ms})


async def take_back(tx: Tx, clinic_id: str, patient_id: str, *, marks: Collection[str]) -> None:
    await tx.db.execute(
        delete(DeskMarkRow).where(
            col(DeskMarkRow.clinic_id) == clinic_id,
            col(DeskMarkRow.patient_id) == patient_id,
            col(DeskMarkRow.mark).in_(list(marks)),
        )
    )
