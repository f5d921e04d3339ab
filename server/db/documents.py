"""What somebody writes about a patient, as rows: notes, letters, comments on a moment, the pathway.

A draft is sealed under the patient's personal key, for it is nobody's record yet: erasure takes it at once. What was
signed is sealed under the care key, with what it is, whose, of which session and when it was signed bound into the
seal: a signed note that was moved to another patient or dated back reads as nothing.

Who changes a draft names the revision that was read; another was first where nothing comes back. What was signed is
never written again. Only whether the patient's export holds it may change, and why stands in the journal.
"""

from collections.abc import Sequence
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import bindparam, delete, text, update
from sqlalchemy import select as sql_select
from sqlmodel import col

from server.db.errors import Gone, Unreadable
from server.db.store import Tx
from server.db.tables import DocumentRow
from server.db.vault import KeyKind, PatientKeys, kind_of, seal, unseal
from server.db.writes import Write, insert_or, insert_unless_there, table_of

NOTE: Final = "note"
LETTER: Final = "letter"
COMMENT: Final = "comment"
PATHWAY: Final = "pathway"

DRAFT: Final = "draft"
SIGNED: Final = "signed"
#: Signed, and left out of the patient's export for a reason that the journal holds.
WITHHELD: Final = "withheld"

_PURPOSE: Final = "document"
_TABLE: Final = table_of(DocumentRow)
_INSERT: Final = insert_unless_there(_TABLE)
_PUT: Final = insert_or(_TABLE, "DO NOTHING RETURNING id")
_SIGNED_COLUMNS: Final = ("state", "author_id", "changed_ms", "signed_ms", "body_enc")
#: A revision may not be null: that is what stops the transaction where another was first.
_SIGN: Final = insert_or(
    _TABLE,
    "(clinic_id, id) DO UPDATE SET revision = CASE WHEN document.state = 'draft' "
    "AND document.revision = excluded.revision - 1 THEN excluded.revision ELSE NULL END, "
    + ", ".join(f"{name} = excluded.{name}" for name in _SIGNED_COLUMNS),
)
_SHOW: Final = text(
    "UPDATE document SET state = :state WHERE clinic_id = :clinic_id AND id = :id AND state IN ('signed', 'withheld')"
).bindparams(*(bindparam(name, type_=_TABLE.c[name].type) for name in ("state", "clinic_id", "id")))


class Document(Struct, frozen=True, kw_only=True):
    """`body` is None where the key it was sealed under is gone. Ids of people are never names."""

    id: str
    patient_id: str
    session_id: str | None = None
    kind: str
    state: str = DRAFT
    revision: int = 1
    author_id: str
    of_id: str | None = None
    created_ms: int
    changed_ms: int
    signed_ms: int | None = None
    body: bytes | None = None

    @property
    def is_draft(self) -> bool:
        return self.state == DRAFT


_CLEAR: Final = tuple(name for name in Document.__struct_fields__ if name != "body")
_COLUMNS: Final = tuple(_TABLE.c[name] for name in (*_CLEAR, "body_enc"))


async def put(tx: Tx, clinic_id: str, document: Document) -> bool:
    """A new one, draft or signed at once; False where the id is taken. Raises Unreadable after an erasure."""
    keys = await tx.ring.keys_of(clinic_id, document.patient_id)
    # Looking first would not do: of two who insert at once, both would have found nothing.
    inserted = await tx.db.execute(_PUT, putting(keys, clinic_id, document).values)
    return inserted.first() is not None


def putting(keys: PatientKeys, clinic_id: str, document: Document) -> Write:
    """The same as a value, for a ledger's transaction: nothing is written where the id is taken."""
    values: dict[str, Any] = {name: getattr(document, name) for name in _CLEAR}
    return Write(_INSERT, {**values, "clinic_id": clinic_id, "body_enc": _sealed(keys, clinic_id, document)})


def signing(keys: PatientKeys, clinic_id: str, signed: Document) -> Write:
    """Signed and locked, as a value: `signed` has the revision that follows the one which was read.

    In a ledger's transaction nobody counts rows, so where the draft is not any more what was read this raises
    `IntegrityError`, and nothing of the transaction is stored.
    """
    assert not signed.is_draft, "what is signed says so, also where the export leaves it out"
    assert signed.signed_ms is not None, "and says when"
    values: dict[str, Any] = {name: getattr(signed, name) for name in _CLEAR}
    return Write(_SIGN, {**values, "clinic_id": clinic_id, "body_enc": _sealed(keys, clinic_id, signed)})


def showing(clinic_id: str, document_id: str, *, shown: bool) -> Write:
    """Withholds what was signed from the patient's export, or no longer. The text stays as it is, and so does a draft.

    Goes with the line of the journal that says who, and why.
    """
    return Write(_SHOW, {"clinic_id": clinic_id, "id": document_id, "state": SIGNED if shown else WITHHELD})


async def change(tx: Tx, clinic_id: str, was: Document, *, body: bytes, now_ms: int) -> Document | None:
    """The draft as it is now; None where it is not any more what was read: changed, signed or gone."""
    now = replace(was, body=body, changed_ms=now_ms, revision=was.revision + 1)
    keys = await tx.ring.keys_of(clinic_id, was.patient_id)
    changed = await tx.db.execute(
        update(DocumentRow)
        .where(*_as_it_was_read(clinic_id, was))
        .values(revision=now.revision, changed_ms=now_ms, body_enc=_sealed(keys, clinic_id, now))
        .returning(col(DocumentRow.id))
    )
    return None if changed.first() is None else now


async def remove(tx: Tx, clinic_id: str, was: Document) -> bool:
    """Throws a draft away, unless somebody changed it since. What was signed stays."""
    gone = await tx.db.execute(
        delete(DocumentRow).where(*_as_it_was_read(clinic_id, was)).returning(col(DocumentRow.id))
    )
    return gone.first() is not None


async def document(tx: Tx, clinic_id: str, document_id: str) -> Document | None:
    rows = await tx.db.execute(sql_select(*_COLUMNS).where(_TABLE.c.clinic_id == clinic_id, _TABLE.c.id == document_id))
    row = rows.first()
    return None if row is None else await _read(tx, clinic_id, row)


async def of_session(tx: Tx, clinic_id: str, session_id: str, *, kinds: Sequence[str] | None = None) -> list[Document]:
    """In the order in which they were begun."""
    wanted = [_TABLE.c.clinic_id == clinic_id, _TABLE.c.session_id == session_id]
    return await _several(tx, clinic_id, wanted, kinds)


async def of_patient(tx: Tx, clinic_id: str, patient_id: str, *, kinds: Sequence[str] | None = None) -> list[Document]:
    """In the order in which they were begun."""
    wanted = [_TABLE.c.clinic_id == clinic_id, _TABLE.c.patient_id == patient_id]
    return await _several(tx, clinic_id, wanted, kinds)


class Outline(Struct, frozen=True):
    """Of many, without opening one: what lists need that hold no word of it."""

    id: str
    patient_id: str
    session_id: str | None
    kind: str
    state: str
    revision: int
    author_id: str
    of_id: str | None
    created_ms: int
    changed_ms: int
    signed_ms: int | None


_OUTLINE: Final = tuple(_TABLE.c[name] for name in Outline.__struct_fields__)


async def drafts_of(
    tx: Tx, clinic_id: str, author_ids: Sequence[str], *, kinds: Sequence[str] | None = None
) -> list[Outline]:
    """What these people began and have not signed, the longest untouched first."""
    statement = sql_select(*_OUTLINE).where(
        _TABLE.c.clinic_id == clinic_id, _TABLE.c.author_id.in_(list(author_ids)), _TABLE.c.state == DRAFT
    )
    if kinds is not None:
        statement = statement.where(_TABLE.c.kind.in_(list(kinds)))
    rows = await tx.db.execute(statement.order_by(_TABLE.c.changed_ms, _TABLE.c.id))
    return [Outline(*row) for row in rows]


async def outlines_of_sessions(
    tx: Tx, clinic_id: str, session_ids: Sequence[str], *, kinds: Sequence[str] | None = None
) -> list[Outline]:
    statement = sql_select(*_OUTLINE).where(_TABLE.c.clinic_id == clinic_id, _TABLE.c.session_id.in_(list(session_ids)))
    if kinds is not None:
        statement = statement.where(_TABLE.c.kind.in_(list(kinds)))
    rows = await tx.db.execute(statement.order_by(_TABLE.c.created_ms, _TABLE.c.id))
    return [Outline(*row) for row in rows]


async def outlines_of_patient(
    tx: Tx, clinic_id: str, patient_id: str, *, kinds: Sequence[str], limit: int
) -> list[Outline]:
    """The newest first."""
    rows = await tx.db.execute(
        sql_select(*_OUTLINE)
        .where(_TABLE.c.clinic_id == clinic_id, _TABLE.c.patient_id == patient_id, _TABLE.c.kind.in_(list(kinds)))
        .order_by(_TABLE.c.changed_ms.desc(), _TABLE.c.id)
        .limit(limit)
    )
    return [Outline(*row) for row in rows]


async def _several(tx: Tx, clinic_id: str, wanted: list[Any], kinds: Sequence[str] | None) -> list[Document]:
    if kinds is not None:
        wanted = [*wanted, _TABLE.c.kind.in_(list(kinds))]
    rows = await tx.db.execute(sql_select(*_COLUMNS).where(*wanted).order_by(_TABLE.c.created_ms, _TABLE.c.id))
    return [await _read(tx, clinic_id, row) for row in rows]


def _as_it_was_read(clinic_id: str, was: Document) -> tuple[Any, ...]:
    return (
        col(DocumentRow.clinic_id) == clinic_id,
        col(DocumentRow.id) == was.id,
        col(DocumentRow.state) == DRAFT,
        col(DocumentRow.revision) == was.revision,
    )


async def _read(tx: Tx, clinic_id: str, row: Any) -> Document:
    *clear, sealed = row
    found = Document(**dict(zip(_CLEAR, clear, strict=True)))
    keys = await tx.ring.keys_of(clinic_id, found.patient_id)
    try:
        key = keys.of(kind_of(bytes(sealed)))
    except Unreadable:
        return found
    # A seal that does not fit is no erasure: it raises, so that nobody takes a forged note for a lost one.
    try:
        return replace(found, body=unseal(key, bytes(sealed), purpose=_PURPOSE, row=_bound(clinic_id, found)))
    except Gone:
        return found


def _sealed(keys: PatientKeys, clinic_id: str, document: Document) -> bytes:
    assert document.body is not None, "a document without words is not written"
    key = keys.of(_kind_of_key(keys, document))
    return seal(key, document.body, purpose=_PURPOSE, row=_bound(clinic_id, document))


def _kind_of_key(keys: PatientKeys, document: Document) -> KeyKind:
    """A draft goes with what is personal. Where that is gone already, somebody still has a note to finish."""
    return KeyKind.PERSONAL if document.is_draft and keys.personal is not None else KeyKind.CARE


def _bound(clinic_id: str, document: Document) -> str:
    """Whether it is withheld is not bound: it changes after signing, and the journal says who changed it."""
    return "/".join(
        (
            clinic_id,
            document.id,
            document.kind,
            document.patient_id,
            document.session_id or "",
            document.author_id,
            document.of_id or "",
            str(document.signed_ms or ""),
        )
    )
