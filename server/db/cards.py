"""The desk's cards: one sealed summary a patient, and two numbers that say whether it is still true.

`moved` counts what happened to a patient, `built` is what `moved` was before the card was made. They differ: something
happened since. The writer raises `moved` in the transaction that appends to a ledger of theirs, so nobody can store
one without the other. Why it is done so stands in `docs/adr/0013-cards.md`.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from msgspec import Struct
from sqlalchemy import bindparam, select, text
from sqlmodel import col

from server.db.errors import Gone
from server.db.keyring import KeyRing
from server.db.store import Tx
from server.db.tables import CardRow, CaseloadRow
from server.db.vault import DataKey, kind_of, seal, unseal
from server.db.writes import Write, table_of

#: What was never built: no count is as small.
NEVER: Final = -1

_BODY: Final = "card"
_KEPT: Final = "card.kept"
_CARD: Final = table_of(CardRow)
_CASELOAD: Final = table_of(CaseloadRow)


class Stored(Struct, frozen=True, kw_only=True):
    """A card as it lies in the database, sealed. `body` is None where there is none that is still true."""

    patient_id: str
    moved: int
    body: bytes | None


# The row is written where it is older than what was read for it; `moved` is the ledgers' alone.
_BUILT: Final = text(
    "INSERT INTO card (clinic_id, patient_id, moved, built, body_enc, kept_enc)"
    " VALUES (:clinic_id, :patient_id, :built, :built, :body_enc, :kept_enc)"
    " ON CONFLICT (clinic_id, patient_id) DO UPDATE"
    " SET built = excluded.built, body_enc = excluded.body_enc, kept_enc = excluded.kept_enc"
    " WHERE card.built <= excluded.built"
).bindparams(
    *(bindparam(name, type_=_CARD.c[name].type) for name in ("clinic_id", "patient_id", "built")),
    *(bindparam(name, type_=_CARD.c[name].type) for name in ("body_enc", "kept_enc")),
)
_MOVED: Final = text(
    "INSERT INTO card (clinic_id, patient_id, moved, built) VALUES (:clinic_id, :patient_id, 1, :never)"
    " ON CONFLICT (clinic_id, patient_id) DO UPDATE SET moved = card.moved + 1"
).bindparams(
    *(bindparam(name, type_=_CARD.c[name].type) for name in ("clinic_id", "patient_id")),
    bindparam("never", type_=_CARD.c.built.type),
)
_OF_THERAPIST: Final = (
    select(_CASELOAD.c.patient_id, _CARD.c.moved, _CARD.c.built, _CARD.c.body_enc)
    .select_from(
        _CASELOAD.outerjoin(
            _CARD, (_CARD.c.clinic_id == _CASELOAD.c.clinic_id) & (_CARD.c.patient_id == _CASELOAD.c.patient_id)
        )
    )
    .where(
        _CASELOAD.c.clinic_id == bindparam("clinic"),
        _CASELOAD.c.therapist_id == bindparam("therapist"),
        _CASELOAD.c.until_ms.is_(None),
    )
)


def moved_write(clinic_id: str, patient_id: str) -> Write:
    """Something happened that a card shows and no ledger tells, such as another name."""
    return Write(_MOVED, {"clinic_id": clinic_id, "patient_id": patient_id, "never": NEVER})


async def keys_of(ring: KeyRing, clinic_id: str, patient_ids: Iterable[str]) -> dict[str, DataKey]:
    """What cards are sealed under: the personal key, since they tell of messages and practices, else the care key.

    Whose care key is gone has no card at all.
    """
    wanted = list(patient_ids)
    care = await ring.care_of(clinic_id, wanted)
    return care | {one: key for one, key in (await ring.personal_of(clinic_id, wanted)).items() if one in care}


def built_write(key: DataKey, *, clinic_id: str, patient_id: str, built: int, body: bytes, kept: bytes) -> Write:
    """`key` is one of `keys_of`; `built` what `moved` was before anything was read for this card.

    Nothing is written over a card that was made later.
    """
    row = f"{clinic_id}/{patient_id}"
    return Write(
        _BUILT,
        {
            "clinic_id": clinic_id,
            "patient_id": patient_id,
            "built": built,
            "body_enc": seal(key, body, purpose=_BODY, row=row),
            "kept_enc": seal(key, kept, purpose=_KEPT, row=row),
        },
    )


def unsealed(key: DataKey, clinic_id: str, patient_id: str, body: bytes) -> bytes | None:
    """None for one that was sealed under a key which was destroyed since. Raises Unreadable for what was altered."""
    return _opened(key, body, purpose=_BODY, row=f"{clinic_id}/{patient_id}")


def _opened(key: DataKey, body: bytes, *, purpose: str, row: str) -> bytes | None:
    if kind_of(body) is not key.kind:
        return None
    try:
        return unseal(key, body, purpose=purpose, row=row)
    except Gone:
        return None


async def of_therapist(tx: Tx, clinic_id: str, therapist_id: str) -> list[Stored]:
    """One for each patient of this caseload, and one statement for all of them."""
    rows = await tx.db.execute(_OF_THERAPIST, {"clinic": clinic_id, "therapist": therapist_id})
    return [
        Stored(patient_id=patient_id, moved=moved or 0, body=body if built == moved else None)
        for patient_id, moved, built, body in rows
    ]


async def moved_of(tx: Tx, clinic_id: str, patient_ids: Sequence[str]) -> dict[str, int]:
    """How much has happened to each of them. Read it before anything that a card is made from."""
    rows = await tx.db.execute(
        select(_CARD.c.patient_id, _CARD.c.moved).where(
            _CARD.c.clinic_id == clinic_id, _CARD.c.patient_id.in_(patient_ids)
        )
    )
    return dict.fromkeys(patient_ids, 0) | {row.patient_id: row.moved for row in rows}


async def kept_of(tx: Tx, clinic_id: str, patient_ids: Sequence[str]) -> dict[str, bytes]:
    """What the card before was made from, for those that have one and whose key is there."""
    rows = await tx.db.execute(
        select(_CARD.c.patient_id, _CARD.c.kept_enc).where(
            _CARD.c.clinic_id == clinic_id, _CARD.c.patient_id.in_(patient_ids), col(CardRow.kept_enc).is_not(None)
        )
    )
    sealed = {row.patient_id: row.kept_enc for row in rows}
    found = {}
    for patient_id, key in (await keys_of(tx.ring, clinic_id, sealed)).items():
        kept = _opened(key, sealed[patient_id], purpose=_KEPT, row=f"{clinic_id}/{patient_id}")
        if kept is not None:
            found[patient_id] = kept
    return found
