"""What phones seal to and what they delivered: pairs of keys, and parts with where each of them stands."""

from typing import Final

from msgspec import Struct
from sqlalchemy import bindparam, delete, func, text, update
from sqlalchemy import select as sql_select
from sqlmodel import col, select

from server.db.errors import Gone, Unreadable
from server.db.home_tables import OutboxKeyRow, OutboxPartRow
from server.db.ledger_tables import HEAD
from server.db.store import Tx
from server.db.tables import SessionRow
from server.db.vault import DataKey, KeyKind, seal, unseal
from server.db.visits import ENDED, PRACTICE
from server.db.writes import Write, insert_into, insert_unless_there, table_of, upsert_into

#: Applied to a ledger; waits for the part before it; cannot be opened or read as it is.
STORED: Final = "stored"
WAITING: Final = "waiting"
ASIDE: Final = "aside"

_KEY: Final = table_of(OutboxKeyRow)
_PART: Final = table_of(OutboxPartRow)
_INSERT_KEY: Final = insert_into(_KEY)
_KEEP_PART: Final = insert_unless_there(_PART)
_PUT_PART: Final = upsert_into(_PART)
_SET_ASIDE: Final = text(
    "UPDATE outbox_part SET state = 'aside', why = :why WHERE clinic_id = :clinic_id AND patient_id = :patient_id "
    "AND session_id = :session_id AND n = :n AND state <> 'stored'"
).bindparams(
    *(bindparam(name, type_=_PART.c[name].type) for name in ("why", "clinic_id", "patient_id", "session_id", "n"))
)
_CLEAR_OF_PART: Final = tuple(
    _PART.c[name] for name in ("session_id", "n", "state", "fingerprint", "received_ms", "waited_ms", "why")
)


class PublicKey(Struct, frozen=True):
    """What a phone seals to: the point of the public half, uncompressed."""

    id: str
    point: bytes
    created_ms: int


class Part(Struct, frozen=True):
    """`why` says in a word why it stands aside. The sealed bytes are read apart, where somebody needs them."""

    session_id: str
    n: int
    state: str
    fingerprint: bytes
    received_ms: int
    waited_ms: int
    why: str | None = None


class Waiting(Struct, frozen=True):
    """A practice of which a part waits for the one before it; something of it last came at `newest_ms`."""

    clinic_id: str
    patient_id: str
    session_id: str
    newest_ms: int


# Keys


async def current_key(tx: Tx, clinic_id: str, patient_id: str) -> PublicKey | None:
    """The newest that was not retired."""
    rows = await tx.db.scalars(
        select(OutboxKeyRow)
        .where(
            OutboxKeyRow.clinic_id == clinic_id,
            OutboxKeyRow.patient_id == patient_id,
            col(OutboxKeyRow.retired_ms).is_(None),
        )
        .order_by(col(OutboxKeyRow.created_ms).desc(), col(OutboxKeyRow.id))
        .limit(1)
    )
    row = rows.first()
    return None if row is None else PublicKey(row.id, row.public_key, row.created_ms)


async def add_key(tx: Tx, clinic_id: str, patient_id: str, *, key: PublicKey, secret: bytes) -> None:
    """The new pair, and from now on those before it are retired. Raises Unreadable after an erasure."""
    personal = await tx.ring.get(clinic_id, patient_id, KeyKind.PERSONAL)
    await tx.db.execute(
        update(OutboxKeyRow)
        .where(
            col(OutboxKeyRow.clinic_id) == clinic_id,
            col(OutboxKeyRow.patient_id) == patient_id,
            col(OutboxKeyRow.retired_ms).is_(None),
        )
        .values(retired_ms=key.created_ms)
    )
    await tx.db.execute(
        _INSERT_KEY,
        {
            "clinic_id": clinic_id,
            "id": key.id,
            "patient_id": patient_id,
            "public_key": key.point,
            "private_enc": seal(personal, secret, purpose="outbox key", row=f"{clinic_id}/{key.id}"),
            "created_ms": key.created_ms,
            "retired_ms": None,
        },
    )


async def secret_of(tx: Tx, clinic_id: str, patient_id: str, key_id: str) -> bytes | None:
    """The private half of one of this patient's pairs; None where there is no such pair, or not any more."""
    row = await tx.db.get(OutboxKeyRow, (clinic_id, key_id))
    if row is None or row.patient_id != patient_id:
        return None
    try:
        personal: DataKey = await tx.ring.get(clinic_id, patient_id, KeyKind.PERSONAL)
    except Unreadable:
        return None
    try:
        return unseal(personal, row.private_enc, purpose="outbox key", row=f"{clinic_id}/{key_id}")
    except Gone:
        return None


async def destroy_keys(tx: Tx, *, retired_before_ms: int) -> int:
    """Returns how many."""
    gone = await tx.db.execute(
        delete(OutboxKeyRow).where(col(OutboxKeyRow.retired_ms) <= retired_before_ms).returning(col(OutboxKeyRow.id))
    )
    return len(gone.all())


# Parts


def kept_write(clinic_id: str, patient_id: str, part: Part, *, sealed: bytes) -> Write:
    """A part as it came, unless it is there already."""
    return Write(_KEEP_PART, _row(clinic_id, patient_id, part, sealed))


def stored_write(clinic_id: str, patient_id: str, part: Part) -> Write:
    """For the transaction that applies it: the bytes are needed no more."""
    return Write(_PUT_PART, _row(clinic_id, patient_id, part, None))


def aside_write(clinic_id: str, patient_id: str, session_id: str, n: int, *, why: str) -> Write:
    """One that had waited cannot be opened or read after all."""
    return Write(
        _SET_ASIDE, {"clinic_id": clinic_id, "patient_id": patient_id, "session_id": session_id, "n": n, "why": why}
    )


async def parts_of(tx: Tx, clinic_id: str, patient_id: str, session_id: str) -> dict[int, Part]:
    """Those of one practice, by their number."""
    rows = await tx.db.execute(
        sql_select(*_CLEAR_OF_PART).where(
            _PART.c.clinic_id == clinic_id, _PART.c.patient_id == patient_id, _PART.c.session_id == session_id
        )
    )
    return {row.n: Part(*row) for row in rows}


async def sealed_of(tx: Tx, clinic_id: str, patient_id: str, session_id: str, n: int) -> bytes | None:
    row = await tx.db.scalar(
        sql_select(_PART.c.sealed).where(
            _PART.c.clinic_id == clinic_id,
            _PART.c.patient_id == patient_id,
            _PART.c.session_id == session_id,
            _PART.c.n == n,
        )
    )
    return None if row is None else bytes(row)


async def aside_of(tx: Tx, clinic_id: str, patient_id: str) -> list[Part]:
    """What could not be opened or read, the first that came first."""
    rows = await tx.db.execute(
        sql_select(*_CLEAR_OF_PART)
        .where(_PART.c.clinic_id == clinic_id, _PART.c.patient_id == patient_id, _PART.c.state == ASIDE)
        .order_by(_PART.c.received_ms, _PART.c.session_id, _PART.c.n)
    )
    return [Part(*row) for row in rows]


async def unapplied(tx: Tx, clinic_id: str, patient_id: str) -> int:
    """How many parts of this patient are kept sealed, for whatever reason."""
    found = await tx.db.scalar(
        sql_select(func.count()).where(
            _PART.c.clinic_id == clinic_id, _PART.c.patient_id == patient_id, _PART.c.state != STORED
        )
    )
    return int(found or 0)


async def waiting(tx: Tx) -> list[Waiting]:
    """Practices of which a part waits for another, with when something of them last came."""
    of = table_of(OutboxPartRow).alias("of")
    rows = await tx.db.execute(
        sql_select(of.c.clinic_id, of.c.patient_id, of.c.session_id, func.max(of.c.received_ms))
        .join(
            _PART,
            (_PART.c.clinic_id == of.c.clinic_id)
            & (_PART.c.patient_id == of.c.patient_id)
            & (_PART.c.session_id == of.c.session_id),
        )
        .where(_PART.c.state == WAITING)
        .group_by(of.c.clinic_id, of.c.patient_id, of.c.session_id)
    )
    return [Waiting(*row) for row in rows]


async def unended(tx: Tx, *, before_ms: int) -> list[tuple[str, str, str]]:
    """Clinic, patient and ledger of practices that have not ended, and of which nothing came since."""
    session = table_of(SessionRow)
    rows = await tx.db.execute(
        sql_select(session.c.clinic_id, session.c.patient_id, session.c.id)
        .join(HEAD, (HEAD.c.clinic_id == session.c.clinic_id) & (HEAD.c.ledger_id == session.c.id))
        .where(session.c.kind == PRACTICE, session.c.phase != ENDED, HEAD.c.updated_ms <= before_ms)
    )
    return [(row.clinic_id, row.patient_id, row.id) for row in rows]


def _row(clinic_id: str, patient_id: str, part: Part, sealed: bytes | None) -> dict[str, object]:
    return {
        "clinic_id": clinic_id,
        "patient_id": patient_id,
        "session_id": part.session_id,
        "n": part.n,
        "state": part.state,
        "fingerprint": part.fingerprint,
        "sealed": sealed,
        "received_ms": part.received_ms,
        "waited_ms": part.waited_ms,
        "why": part.why,
    }
