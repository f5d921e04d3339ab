"""A therapist's voice as rows: sealed under the clinic's key for its staff, one for each step of a version.

Whoever moved the sealed bytes to another row, or wrote another step, therapist or type beside them, would let somebody
hear the wrong words. All of that is bound into the seal, so that it reads as nothing instead.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from msgspec import Struct
from sqlalchemy import ColumnElement, LargeBinary, delete, func
from sqlalchemy import select as sql_select
from sqlmodel import col

from server.db.home_tables import RecordingRow
from server.db.pieces import HEAD_BYTES, Pieces, is_whole, seal_in_pieces
from server.db.store import Tx, sealing_key
from server.db.vault import unseal
from server.db.writes import insert_into, table_of

_TABLE: Final = table_of(RecordingRow)
_PURPOSE: Final = "recording"
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
    sealed = seal_in_pieces(key, body, purpose=_PURPOSE, row=_bound(clinic_id, recording))
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
    """All of the sound; None where it was taken away since. Raises Unreadable for what was tampered with."""
    sound = await sound_of(tx, clinic_id, recording)
    return None if sound is None else b"".join([await sound.piece(tx, number) for number in range(sound.count)])


class Sound:
    """The sound of a recording, a piece at a time, each in whichever transaction the caller has then.

    Whoever listens may be slow, and no connection of the database waits for that.
    """

    def __init__(self, place: tuple[str, str], pieces: Pieces | None, whole: bytes) -> None:
        self._place, self._pieces, self._whole = place, pieces, whole

    @property
    def count(self) -> int:
        return self._pieces.count if self._pieces else 1

    @property
    def size_bytes(self) -> int:
        return self._pieces.plain_bytes if self._pieces else len(self._whole)

    async def piece(self, tx: Tx, number: int) -> bytes:
        """Raises Unreadable for what was tampered with, or was taken away meanwhile."""
        if self._pieces is None:
            return self._whole
        first, size_bytes = self._pieces.place(number)
        sealed = await _some(tx, self._place, first, size_bytes)
        return self._pieces.open(number, sealed or b"")


async def sound_of(tx: Tx, clinic_id: str, recording: Recording) -> Sound | None:
    """None where it was taken away since. Raises Unreadable for what was tampered with."""
    place = clinic_id, recording.id
    size_bytes = await tx.db.scalar(sql_select(func.length(_TABLE.c.body_enc)).where(*_is(place)))
    head = await _some(tx, place, 0, HEAD_BYTES)
    if size_bytes is None or head is None:
        return None
    key = await sealing_key(tx.ring, tx.keys, clinic_id=clinic_id, patient_id=None)
    row = _bound(clinic_id, recording)
    if is_whole(head):
        sealed = await _some(tx, place, 0, size_bytes)
        return Sound(place, None, unseal(key, sealed or b"", purpose=_PURPOSE, row=row))
    return Sound(place, Pieces(key, head, size_bytes=size_bytes, purpose=_PURPOSE, row=row), b"")


async def _some(tx: Tx, place: tuple[str, str], first: int, size_bytes: int) -> bytes | None:
    """Bytes of the sealed sound, from `first` on."""
    some = func.substr(_TABLE.c.body_enc, first + 1, size_bytes, type_=LargeBinary())
    found = await tx.db.scalar(sql_select(some).where(*_is(place)))
    return None if found is None else bytes(found)


def _is(place: tuple[str, str]) -> tuple[ColumnElement[bool], ...]:
    return _TABLE.c.clinic_id == place[0], _TABLE.c.id == place[1]


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
