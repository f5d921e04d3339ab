"""Signing a document as a ledger's transaction does it."""

from msgspec.structs import replace
from sqlalchemy.exc import IntegrityError

from server.db import documents
from server.db.documents import Document
from server.db.store import Tx
from server.db.writes import apply


async def sign(tx: Tx, clinic_id: str, was: Document, *, body: bytes, now_ms: int) -> Document | None:
    """None where the draft is not any more what was read: then the transaction would have been stopped."""
    signed = replace(
        was, body=body, state=documents.SIGNED, changed_ms=now_ms, signed_ms=now_ms, revision=was.revision + 1
    )
    keys = await tx.ring.keys_of(clinic_id, was.patient_id)
    try:
        async with tx.db.begin_nested():
            await apply(tx.db, [documents.signing(keys, clinic_id, signed)])
    except IntegrityError:
        return None
    return signed
