"""Concerns that must not wait for a working day: noted where they stand, until a therapist has seen them."""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct
from sqlalchemy import update
from sqlmodel import col, select

from server.db.store import Tx
from server.db.tables import CaseloadRow, UrgentRow
from server.db.writes import Write, insert_unless_there, table_of

_NOTE: Final = insert_unless_there(table_of(UrgentRow))


class Urgent(Struct, frozen=True):
    """`told_ms` is when cover was told that something waits; None where nobody was."""

    clinic_id: str
    ledger_id: str
    seq: int
    patient_id: str
    raised_ms: int
    told_ms: int | None


def raised_write(clinic_id: str, ledger_id: str, *, seq: int, patient_id: str, raised_ms: int) -> Write:
    """For the transaction that appends the concern."""
    return Write(
        _NOTE,
        {
            "clinic_id": clinic_id,
            "ledger_id": ledger_id,
            "seq": seq,
            "patient_id": patient_id,
            "raised_ms": raised_ms,
            "seen_ms": None,
            "told_ms": None,
        },
    )


async def unseen(tx: Tx) -> list[Urgent]:
    """Of all clinics, the oldest first."""
    rows = await tx.db.scalars(
        select(UrgentRow).where(col(UrgentRow.seen_ms).is_(None)).order_by(col(UrgentRow.raised_ms))
    )
    return [Urgent(row.clinic_id, row.ledger_id, row.seq, row.patient_id, row.raised_ms, row.told_ms) for row in rows]


async def unseen_on_caseload(tx: Tx, clinic_id: str, therapist_id: str) -> set[str]:
    """Ids of the ledgers with something unseen, of this therapist's patients alone."""
    rows = await tx.db.scalars(
        select(UrgentRow.ledger_id)
        .join(
            CaseloadRow,
            (col(CaseloadRow.clinic_id) == col(UrgentRow.clinic_id))
            & (col(CaseloadRow.patient_id) == col(UrgentRow.patient_id)),
        )
        .where(
            col(UrgentRow.clinic_id) == clinic_id,
            col(UrgentRow.seen_ms).is_(None),
            col(CaseloadRow.therapist_id) == therapist_id,
            col(CaseloadRow.until_ms).is_(None),
        )
    )
    return set(rows)


async def waits(tx: Tx, clinic_id: str, patient_id: str) -> bool:
    """Whether anything of this patient has not been seen: a page that is opened often writes only then."""
    row = await tx.db.scalars(
        select(UrgentRow.seq)
        .where(
            col(UrgentRow.clinic_id) == clinic_id,
            col(UrgentRow.patient_id) == patient_id,
            col(UrgentRow.seen_ms).is_(None),
        )
        .limit(1)
    )
    return row.first() is not None


async def mark_seen(tx: Tx, clinic_id: str, patient_id: str, *, now_ms: int, ledger_id: str | None = None) -> None:
    """A therapist has this patient's page open, or the session `ledger_id`: what waited for somebody was seen."""
    seen = (
        update(UrgentRow)
        .where(
            col(UrgentRow.clinic_id) == clinic_id,
            col(UrgentRow.patient_id) == patient_id,
            col(UrgentRow.seen_ms).is_(None),
        )
        .values(seen_ms=now_ms)
    )
    await tx.db.execute(seen if ledger_id is None else seen.where(col(UrgentRow.ledger_id) == ledger_id))


async def mark_told(tx: Tx, concerns: Sequence[Urgent], *, now_ms: int) -> None:
    for one in concerns:
        await tx.db.execute(
            update(UrgentRow)
            .where(
                col(UrgentRow.clinic_id) == one.clinic_id,
                col(UrgentRow.ledger_id) == one.ledger_id,
                col(UrgentRow.seq) == one.seq,
            )
            .values(told_ms=now_ms)
        )
