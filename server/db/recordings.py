"""A therapist's voice as rows: sealed under the clinic's key for its staff, one for each step of a version.

Whoever moved the sealed bytes to another row, or wrote another step, therapist or type beside them, would let somebody
hear the wrong words. All of that is bound into the seal, so that it reads as nothing instead.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from msgspec import Struct
from sqlalchemy import delete
from sqlalchemy import select as sql_select
from sqlmodel import col

from server.db.home_tables import RecordingRow
from server.db.store import Tx, sealing_key
from server.db.vault import seal, unseal
from server.db.writes import insert_into, table_of

_TABLE: Final = table_of(RecordingRow)
_INSERT: Final = insert_into(_TABLE)
#: All but the sound: a list of 20 must not read 20 MB.
_CLEAR: Final = tuple(
    _TABLE.c[name] for name in ("id", "person_id", "exercise", "version", "step", "mime", "length_ms", "created_ms")
)


class Recording(Struct, frozen=True):
    """One step, said by one therapist. `step` is its id in that version of the exercise."""

    id: str
    person_id: str
    exercise: str
    version: int
    step: str
    mime: str
    length_ms: int
    created_ms: int

    @property
    def slot(self) -> tuple[str, str, int, str]:
        """What there is one recording for."""
        return self.person_id, self.exercise, self.version, self.step


async def put(tx: Tx, clinic_id: str, recording: Recording, body: bytes) -> None:
    """In place of the one before, in the same transaction: there is never none, and never two."""
    key = await sealing_key(tx.ring, tx.keys, clinic_id=clinic_id, patient_id=None)
    sealed = seal(key, body, purpose="recording", row=_bound(clinic_id, recording))
    person_id, exercise, version, step = recording.slot
    await tx.db.execute(
        delete(RecordingRow).where(
            col(RecordingRow.clinic_id) == clinic_id,
            col(RecordingRow.person_id) == person_id,
            col(RecordingRow.exercise) == exercise,
            col(RecordingRow.version) == version,
            col(RecordingRow.step) == step,
        )
    )
    values: dict[str, Any] = {name: getattr(recording, name) for name in recording.__struct_fields__}
    await tx.db.execute(_INSERT, {**values, "clinic_id": clinic_id, "body_enc": sealed})


async def remove(tx: Tx, clinic_id: str, person_id: str, recording_id: str) -> Recording | None:
    """What was taken away, or None where this therapist has no such recording."""
    found = await recording(tx, clinic_id, recording_id)
    if found is None or found.person_id != person_id:
        return None
    await tx.db.execute(
        delete(RecordingRow).where(
            col(RecordingRow.clinic_id) == clinic_id,
            col(RecordingRow.person_id) == person_id,
            col(RecordingRow.id) == recording_id,
        )
    )
    return found


async def recording(tx: Tx, clinic_id: str, recording_id: str) -> Recording | None:
    rows = await tx.db.execute(sql_select(*_CLEAR).where(_TABLE.c.clinic_id == clinic_id, _TABLE.c.id == recording_id))
    row = rows.first()
    return None if row is None else Recording(*row)


async def body_of(tx: Tx, clinic_id: str, recording: Recording) -> bytes | None:
    """The sound itself; None where it was taken away since. Raises Unreadable for what was tampered with."""
    sealed = await tx.db.scalar(
        sql_select(_TABLE.c.body_enc).where(_TABLE.c.clinic_id == clinic_id, _TABLE.c.id == recording.id)
    )
    if sealed is None:
        return None
    key = await sealing_key(tx.ring, tx.keys, clinic_id=clinic_id, patient_id=None)
    return unseal(key, bytes(sealed), purpose="recording", row=_bound(clinic_id, recording))


async def of_people(tx: Tx, clinic_id: str, person_ids: Sequence[str], *, exercises: Iterable[str]) -> list[Recording]:
    """Those of these therapists for these exercises, in whichever version; the newest first."""
    rows = await tx.db.execute(
        sql_select(*_CLEAR)
        .where(
            _TABLE.c.clinic_id == clinic_id,
            _TABLE.c.person_id.in_(person_ids),
            _TABLE.c.exercise.in_(list(exercises)),
        )
        .order_by(_TABLE.c.created_ms.desc(), _TABLE.c.id)
    )
    return [Recording(*row) for row in rows]


def _bound(clinic_id: str, recording: Recording) -> str:
    return "/".join((clinic_id, recording.id, *map(str, recording.slot), recording.mime))
