"""What a therapist writes beside a moment of a session: for this patient's therapists, and part of the record."""

from typing import Final

import msgspec
from aiohttp import web
from msgspec import Struct

from server import wiring
from server.accounts.access import Seat
from server.db import documents
from server.db.documents import COMMENT, SIGNED, Document
from server.db.store import Tx
from server.pages.forms import Form, attempt
from sessions.timeline import Timeline

MOST_CHARACTERS: Final = 2_000


class Comment(Struct, frozen=True, kw_only=True):
    """`seq` is the line of the ledger that it stands beside."""

    id: str
    seq: int
    author_id: str
    at_ms: int
    text: str


class _Body(Struct, frozen=True):
    seq: int
    text: str


async def comments_of(tx: Tx, clinic_id: str, session_id: str) -> list[Comment]:
    """In the order of their moments, and of writing where several stand beside one."""
    found = []
    for document in await documents.of_session(tx, clinic_id, session_id, kinds=(COMMENT,)):
        if document.body is None:
            continue
        body = msgspec.json.decode(document.body, type=_Body)
        found.append(
            Comment(
                id=document.id,
                seq=body.seq,
                author_id=document.author_id,
                at_ms=document.created_ms,
                text=body.text,
            )
        )
    return sorted(found, key=lambda comment: (comment.seq, comment.at_ms, comment.id))


async def keep(request: web.Request, seat: Seat, form: Form, line: Timeline) -> int | None:
    """Writes the comment of a form beside a moment; its line, or None where there is something to mend."""
    seqs = {moment.seq for moment in line.moments}
    seq = form.one_of("at", seqs)
    text = form.text("comment", ask="Write what you want to say about this moment.", most=MOST_CHARACTERS, lines=True)
    if seq is None:
        form.note("at", "Choose the moment in the list: this one is not there.")
    if form.errors or seq is None:
        return None
    now_ms = request.app[wiring.CLOCK].now_ms()
    written = Document(
        # Sent twice, it is written once.
        id=form.once(),
        patient_id=seat.session.patient_id,
        session_id=seat.session_id,
        kind=COMMENT,
        state=SIGNED,
        author_id=seat.person_id,
        created_ms=now_ms,
        changed_ms=now_ms,
        signed_ms=now_ms,
        body=msgspec.json.encode(_Body(seq=seq, text=text)),
    )
    return seq if await attempt(form, _written(request, seat, written)) else None


async def _written(request: web.Request, seat: Seat, document: Document) -> None:
    async with request.app[wiring.STORE].write() as tx:
        await documents.put(tx, seat.session.clinic_id, document)
