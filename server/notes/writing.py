"""Storing, signing and amending the note of a session. What a page shows of it is made elsewhere.

A note has an id that follows from its session's, so that two people who begin one at the same time begin the same.
"""

import hashlib
from collections.abc import Sequence
from typing import Final

import msgspec
from aiohttp import web
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy.exc import IntegrityError

from server import wiring
from server.accounts.access import Seat
from server.bodies import recorded, session_event
from server.db import documents, errors
from server.db.documents import Document
from server.db.ledger import Append, Position
from sessions.drafting import later_than
from sessions.events import NotesStruck, Recorded
from sessions.evolve import replay
from sessions.journal import ShowNote, SignNote, WithholdNote
from sessions.notes import Note
from sessions.people import Actor, Role
from sessions.privacy import for_others, seen_until

_NOTE: Final = msgspec.json.Decoder(Note)


class Overtaken(Exception):
    """Somebody else changed or signed this note since it was shown. Nothing was stored."""


class Late(Exception):
    """The session's ledger has more than whoever signs has seen. Nothing was stored."""


class Ledger(Struct, frozen=True):
    """A session's ledger as a therapist reads it, and where it stood then."""

    position: Position
    lines: list[Recorded]

    @property
    def read_until(self) -> int:
        """The last line that there was to read."""
        return seen_until(self.lines)


class Addition(Struct, frozen=True):
    """What is added to the signed note `of`, after so many others: whoever writes the next one writes the same."""

    of: Document
    number: int


def note_id(session_id: str) -> str:
    return _id_of(f"note {session_id}")


def written(document: Document) -> Note | None:
    """What stands in it; None where the key is gone."""
    return None if document.body is None else _NOTE.decode(document.body)


def sha256_of(document: Document) -> str:
    assert document.body is not None, "only what can be read is signed"
    return hashlib.sha256(document.body).hexdigest()


async def read_ledger(app: web.Application, seat: Seat) -> Ledger:
    """Raises Erased where the patient's key is gone."""
    place = seat.place
    keys = await app[wiring.KEYRING].keys_of(place.clinic_id, place.patient_id)
    head = await app[wiring.LEDGERS].head(place.clinic_id, place.session_id)
    if head is None:
        raise errors.Unreadable
    rows = await app[wiring.LEDGERS].events(place.clinic_id, place.session_id, keys=keys)
    # Between the two looks somebody may have appended: the head says how far we read.
    return Ledger(head.position, for_others([recorded(row) for row in rows if row.seq <= head.position.seq]))


async def note_of(app: web.Application, seat: Seat) -> Document | None:
    async with app[wiring.STORE].reader() as tx:
        return await documents.document(tx, seat.login.clinic_id, note_id(seat.session_id))


class Added(Struct, frozen=True):
    """What was added to a signed note, in the order in which it was signed, and what somebody is still writing."""

    signed: list[Document]
    draft: Document | None


async def added_to(app: web.Application, seat: Seat) -> Added:
    async with app[wiring.STORE].reader() as tx:
        found = await documents.of_session(tx, seat.login.clinic_id, seat.session_id, kinds=(documents.NOTE,))
    later = [one for one in found if one.of_id is not None]
    return Added(
        signed=[one for one in later if not one.is_draft], draft=next((one for one in later if one.is_draft), None)
    )


async def save(
    app: web.Application, seat: Seat, note: Note, *, was: Document | None, revision: int, to: Addition | None = None
) -> Document:
    """As a draft, of the note or of what is added `to` it. `revision` is the one that was shown, 0 where there was
    none. Raises Overtaken.
    """
    now_ms, body = app[wiring.CLOCK].now_ms(), msgspec.json.encode(note)
    async with app[wiring.STORE].write() as tx:
        if was is None and revision == 0:
            first = _draft(seat, body, now_ms, to=to)
            if not await documents.put(tx, seat.login.clinic_id, first):
                raise Overtaken
            return first
        if was is None or was.revision != revision or not was.is_draft:
            raise Overtaken
        stored = await documents.change(tx, seat.login.clinic_id, was, body=body, now_ms=now_ms)
    if stored is None:
        raise Overtaken
    return stored


async def sign(app: web.Application, seat: Seat, note: Note, *, was: Document | None, revision: int) -> None:
    """Signs what is given, strikes the notes of the visit, and says so in the journal: all of it, or nothing.

    Raises Overtaken for another revision, Late where the ledger goes on behind `note.as_of_seq`.
    """
    ledger = await read_ledger(app, seat)
    if later_than(ledger.lines, note.as_of_seq):
        raise Late
    if (was.revision if was is not None else 0) != revision or (was is not None and not was.is_draft):
        raise Overtaken
    now_ms = app[wiring.CLOCK].now_ms()
    signed = _signed(seat, note, was=was, now_ms=now_ms)
    keys = await app[wiring.KEYRING].keys_of(seat.login.clinic_id, seat.session.patient_id)
    actor = Actor(id=seat.person_id, role=Role.THERAPIST)
    scratch = tuple(one.seq for one in replay(ledger.lines).notes)
    struck = session_event(NotesStruck(of=scratch), actor=actor, at_ms=now_ms, received_ms=now_ms, cause=None)
    holding = Append(
        clinic_id=seat.login.clinic_id,
        ledger_id=seat.session_id,
        # Nothing else may come in between: what is signed is what was read.
        after=ledger.position,
        events=(struck,) if scratch else (),
        keys=keys,
        at_ms=now_ms,
    )
    fact = SignNote(document=signed.id, sha256=sha256_of(signed), session=seat.session_id, as_of_seq=note.as_of_seq)
    try:
        await app[wiring.JOURNALS].write(
            seat.login.clinic_id,
            seat.session.patient_id,
            fact,
            actor=actor,
            beside=(holding,),
            extras=(documents.signing(keys, seat.login.clinic_id, signed),),
        )
    except IntegrityError:
        raise Overtaken from None


async def amend(
    app: web.Application,
    seat: Seat,
    note: Note,
    *,
    to: Addition,
    was: Document | None,
    revision: int,
    command_id: str,
) -> None:
    """Signed at once or from its draft, as a document of its own, and shown or withheld as the note is.

    The same `command_id` adds nothing a second time. Raises Overtaken for another revision.
    """
    actor = Actor(id=seat.person_id, role=Role.THERAPIST)
    journals, whose = app[wiring.JOURNALS], (seat.login.clinic_id, seat.session.patient_id)
    if await journals.has(*whose, command_id, actor=actor):
        return
    if (was.revision if was is not None else 0) != revision:
        raise Overtaken
    amendment = _signed(seat, note, was=was, now_ms=app[wiring.CLOCK].now_ms(), to=to)
    keys = await app[wiring.KEYRING].keys_of(*whose)
    fact = SignNote(
        document=amendment.id,
        sha256=sha256_of(amendment),
        session=seat.session_id,
        as_of_seq=note.as_of_seq,
        of=to.of.id,
    )
    try:
        await journals.write(
            *whose,
            fact,
            actor=actor,
            command_id=command_id,
            extras=(documents.signing(keys, seat.login.clinic_id, amendment),),
        )
    except IntegrityError:
        raise Overtaken from None


async def show_in_export(app: web.Application, seat: Seat, note: Document, *, reason: str) -> None:
    """With a reason the patient's export leaves this note and its amendments out; without one it holds them again."""
    fact = WithholdNote(document=note.id, reason=reason) if reason else ShowNote(document=note.id)
    whole: Sequence[Document] = (note, *(await added_to(app, seat)).signed)
    await app[wiring.JOURNALS].write(
        seat.login.clinic_id,
        seat.session.patient_id,
        fact,
        actor=Actor(id=seat.person_id, role=Role.THERAPIST),
        extras=[documents.showing(seat.login.clinic_id, one.id, shown=not reason) for one in whole],
    )


def _draft(seat: Seat, body: bytes, now_ms: int, *, to: Addition | None = None) -> Document:
    identity = None if to is None else f"amendment {seat.session_id} {to.number}"
    return Document(
        id=note_id(seat.session_id) if identity is None else _id_of(identity),
        patient_id=seat.session.patient_id,
        session_id=seat.session_id,
        kind=documents.NOTE,
        author_id=seat.person_id,
        of_id=None if to is None else to.of.id,
        created_ms=now_ms,
        changed_ms=now_ms,
        body=body,
    )


def _signed(seat: Seat, note: Note, *, was: Document | None, now_ms: int, to: Addition | None = None) -> Document:
    """The draft, or what never was one, as it is once it is signed."""
    body = msgspec.json.encode(note)
    return replace(
        _draft(seat, body, now_ms, to=to) if was is None else was,
        body=body,
        state=documents.SIGNED if to is None else to.of.state,
        author_id=seat.person_id,
        changed_ms=now_ms,
        signed_ms=now_ms,
        revision=(0 if was is None else was.revision) + 1,
    )


def _id_of(identity: str) -> str:
    return hashlib.blake2b(identity.encode(), digest_size=16).hexdigest()
