"""A clinic's own wordings as rows: each version whole, sealed under the clinic's key for its staff.

A draft is written over until it is offered or approved; from then on its words stay as they are, and another wording
is another version. No number is given twice, not even that of a draft that was put away, and not to two languages: a
session that was told version 1.2 can be asked for years later what that was.
"""

from typing import Any, Final

import msgspec
from msgspec import Struct, structs
from sqlalchemy import update
from sqlmodel import col, select

from exercises.adapting import OWN, made_from, own_version
from exercises.model import Exercise
from server.db.audit import What, append_audit
from server.db.errors import Unreadable
from server.db.store import Tx, sealing_key
from server.db.tables import OwnExerciseRow
from server.db.vault import seal, unseal
from server.db.writes import insert_unless_there, table_of

DRAFT: Final = "draft"
#: A draft whose words are fixed, and which is offered in visits in place of the library's.
OFFERED: Final = "offered"
APPROVED: Final = "approved"
RETIRED: Final = "retired"

_INSERT: Final = insert_unless_there(table_of(OwnExerciseRow))
_PURPOSE: Final = "own exercise"


class OwnExercise(Struct, frozen=True, kw_only=True):
    """`based_on` is the version whose words it began from, the library's or an own one; `told` is None where the row
    cannot be read."""

    exercise: str
    version: int
    language: str
    state: str
    based_on: int
    author_id: str
    changed_ms: int
    told: Exercise | None


async def own_of(tx: Tx, clinic_id: str, exercise: str | None = None) -> list[OwnExercise]:
    """All of the clinic's, or those of one exercise; the newest version first."""
    wanted = select(OwnExerciseRow).where(col(OwnExerciseRow.clinic_id) == clinic_id)
    if exercise is not None:
        wanted = wanted.where(col(OwnExerciseRow.exercise) == exercise)
    rows = await tx.db.scalars(wanted.order_by(col(OwnExerciseRow.exercise), col(OwnExerciseRow.version).desc()))
    return [await _read(tx, row) for row in rows]


async def own(tx: Tx, clinic_id: str, exercise: str, version: int) -> OwnExercise | None:
    row = await tx.db.get(OwnExerciseRow, (clinic_id, exercise, version))
    return None if row is None else await _read(tx, row)


async def clinics_with_own(tx: Tx) -> list[str]:
    return list(await tx.db.scalars(select(OwnExerciseRow.clinic_id).distinct()))


async def begin(
    tx: Tx, clinic_id: str, told: Exercise, *, of: int, based_on: int, person_id: str, now_ms: int
) -> OwnExercise | None:
    """A new draft, with the next number of what is made from version `of`; None where somebody took it first."""
    numbers = await tx.db.scalars(
        select(OwnExerciseRow.version).where(
            col(OwnExerciseRow.clinic_id) == clinic_id, col(OwnExerciseRow.exercise) == told.slug
        )
    )
    last = max((number % OWN for number in numbers if made_from(number) == of), default=0)
    version = own_version(of, last + 1)
    made = OwnExercise(
        exercise=told.slug,
        version=version,
        language=told.language,
        state=DRAFT,
        based_on=based_on,
        author_id=person_id,
        changed_ms=now_ms,
        told=structs.replace(told, version=version),
    )
    await tx.db.execute(_INSERT, await _values(tx, clinic_id, made))
    found = await own(tx, clinic_id, told.slug, version)
    return made if found == made else None


async def write(
    tx: Tx, clinic_id: str, was: OwnExercise, told: Exercise, *, person_id: str, now_ms: int
) -> OwnExercise | None:
    """The draft in other words; None where it is not any more what was read: changed, fixed or put away."""
    # The clock may stand still between two writes; what was read has to differ from what stands there now.
    changed_ms = max(now_ms, was.changed_ms + 1)
    made = structs.replace(was, told=told, author_id=person_id, changed_ms=changed_ms)
    values = await _values(tx, clinic_id, made)
    written = await tx.db.execute(
        update(OwnExerciseRow)
        .where(
            col(OwnExerciseRow.clinic_id) == clinic_id,
            col(OwnExerciseRow.exercise) == was.exercise,
            col(OwnExerciseRow.version) == was.version,
            col(OwnExerciseRow.state) == DRAFT,
            col(OwnExerciseRow.changed_ms) == was.changed_ms,
        )
        .values(author_id=person_id, changed_ms=changed_ms, body_enc=values["body_enc"])
    )
    return made if getattr(written, "rowcount", 0) == 1 else None


async def become(tx: Tx, clinic_id: str, was: OwnExercise, state: str, *, person_id: str, now_ms: int) -> bool:
    """Another state, and a line in the audit. False where it is not any more what was read."""
    changed = await tx.db.execute(
        update(OwnExerciseRow)
        .where(
            col(OwnExerciseRow.clinic_id) == clinic_id,
            col(OwnExerciseRow.exercise) == was.exercise,
            col(OwnExerciseRow.version) == was.version,
            col(OwnExerciseRow.state) == was.state,
            col(OwnExerciseRow.changed_ms) == was.changed_ms,
        )
        .values(state=state, changed_ms=max(now_ms, was.changed_ms + 1))
    )
    if getattr(changed, "rowcount", 0) != 1:
        return False
    await append_audit(
        tx, clinic_id=clinic_id, what=What(f"own_exercise.{state}"), now_ms=now_ms, person_id=person_id, subject_id=None
    )
    return True


async def _values(tx: Tx, clinic_id: str, one: OwnExercise) -> dict[str, Any]:
    key = await sealing_key(tx.ring, tx.keys, clinic_id=clinic_id, patient_id=None)
    body = seal(key, msgspec.json.encode(one.told), purpose=_PURPOSE, row=_bound(clinic_id, one))
    values: dict[str, Any] = {name: getattr(one, name) for name in one.__struct_fields__ if name != "told"}
    return {**values, "clinic_id": clinic_id, "body_enc": body}


async def _read(tx: Tx, row: OwnExerciseRow) -> OwnExercise:
    found = OwnExercise(
        exercise=row.exercise,
        version=row.version,
        language=row.language,
        state=row.state,
        based_on=row.based_on,
        author_id=row.author_id,
        changed_ms=row.changed_ms,
        told=None,
    )
    key = await sealing_key(tx.ring, tx.keys, clinic_id=row.clinic_id, patient_id=None)
    try:
        body = unseal(key, bytes(row.body_enc), purpose=_PURPOSE, row=_bound(row.clinic_id, found))
        told = msgspec.json.decode(body, type=Exercise)
    except (Unreadable, msgspec.DecodeError):
        return found
    # What is sealed is what counts: the column was filled in anew where somebody went back a version, and on again.
    return structs.replace(found, told=told, language=told.language)


def _bound(clinic_id: str, one: OwnExercise) -> str:
    """Words that were moved to another exercise, version or clinic read as nothing."""
    return f"{clinic_id}/{one.exercise}/{one.version}/{one.based_on}"
