"""The audit counts, chains, and shows each person what concerns them."""

import asyncio

import pytest
from sqlalchemy import text

from server.db.audit import What, append_audit, audit_of, verify_audit
from server.db.ledger import Broken
from server.db.store import Store
from tests.db.cast import Cast

NOW_MS = 1_750_000_000_000


async def look(store: Store, cast: Cast, *, at_ms: int = NOW_MS) -> int:
    async with store.write() as tx:
        return await append_audit(
            tx,
            clinic_id=cast.clinic,
            what=What.RECORD_READ,
            person_id=cast.therapist,
            subject_id=cast.patient,
            now_ms=at_ms,
        )


async def test_entries_are_numbered_without_gaps_even_when_many_come_at_once(store: Store, cast: Cast) -> None:
    numbers = await asyncio.gather(*(look(store, cast) for _ in range(6)))

    assert sorted(numbers) == [1, 2, 3, 4, 5, 6]
    async with store.reader() as tx:
        assert await verify_audit(tx, cast.clinic) == 6
        assert await verify_audit(tx, cast.other_clinic) == 0


async def test_a_patient_sees_who_looked(store: Store, cast: Cast) -> None:
    for at_ms in (NOW_MS, NOW_MS + 1):
        await look(store, cast, at_ms=at_ms)
    async with store.write() as tx:
        await append_audit(tx, clinic_id=cast.clinic, what=What.CLINIC_CHANGED, now_ms=NOW_MS)

    async with store.reader() as tx:
        seen = await audit_of(tx, cast.clinic, subject_id=cast.patient)
        assert await audit_of(tx, cast.clinic, subject_id=cast.other_patient) == []
    assert [(entry.person_id, entry.what, entry.at_ms) for entry in seen] == [
        (cast.therapist, "record.read", NOW_MS + 1),
        (cast.therapist, "record.read", NOW_MS),
    ]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET what = 'nothing' WHERE seq = 2",
        "UPDATE audit SET person_id = NULL WHERE seq = 2",
        "DELETE FROM audit WHERE seq = 2",
        "DELETE FROM audit WHERE seq = 1",
    ],
)
async def test_an_entry_that_was_altered_or_taken_out_shows(store: Store, cast: Cast, statement: str) -> None:
    for _ in range(3):
        await look(store, cast)

    async with store.write() as tx:
        await tx.db.execute(text(statement))

    async with store.reader() as tx:
        with pytest.raises(Broken):
            await verify_audit(tx, cast.clinic)
