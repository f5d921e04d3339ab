"""How events stand in the ledger: the JSON of who (by role) and what, sealed by the writer."""

import msgspec
from msgspec import Struct

from server.db.ledger import NewEvent, StoredEvent
from server.db.vault import KeyKind
from sessions.care import CareEvent
from sessions.events import AnyEvent, Recorded
from sessions.gist import ON_CARD
from sessions.journal import JournalEvent
from sessions.journaling import is_personal
from sessions.people import Actor, Role
from sessions.privacy import is_private


class _SessionBody(Struct, frozen=True):
    role: Role
    event: AnyEvent


class _CareBody(Struct, frozen=True):
    role: Role
    event: CareEvent


class _JournalBody(Struct, frozen=True):
    role: Role
    event: JournalEvent


class Erased(Exception):
    """The key of this record was destroyed. What it said can no longer be read by anybody."""


_SESSION = msgspec.json.Decoder(_SessionBody)
_CARE = msgspec.json.Decoder(_CareBody)
_JOURNAL = msgspec.json.Decoder(_JournalBody)
_ENCODER = msgspec.json.Encoder()


def session_event(
    event: AnyEvent,
    *,
    actor: Actor,
    at_ms: int,
    received_ms: int,
    cause: str | None,
    key: KeyKind = KeyKind.CARE,
) -> NewEvent:
    """`key`: a visit is part of the care record, and what somebody practised at home is their own.

    What a patient keeps to themself is never sealed otherwise, by whichever way it came.
    """
    key = KeyKind.PERSONAL if is_private(event) else key
    body = _ENCODER.encode(_SessionBody(role=actor.role, event=event))
    return NewEvent(at_ms, received_ms, actor.id or None, cause, body, key, on_card=isinstance(event, ON_CARD))


def care_event(event: CareEvent, *, actor: Actor, at_ms: int) -> NewEvent:
    body = _ENCODER.encode(_CareBody(role=actor.role, event=event))
    return NewEvent(at_ms, at_ms, actor.id or None, None, body)


def recorded(row: StoredEvent) -> Recorded:
    """Raises Erased where the key is gone."""
    if row.body is None:
        raise Erased
    body = _SESSION.decode(row.body)
    return Recorded(
        seq=row.seq, at=row.at_ms, by=row.person_id or "", role=body.role, event=body.event, cause=row.cause
    )


def care_change(row: StoredEvent) -> tuple[Role, CareEvent]:
    if row.body is None:
        raise Erased
    body = _CARE.decode(row.body)
    return body.role, body.event


def journal_event(event: JournalEvent, *, actor: Actor, at_ms: int, cause: str | None) -> NewEvent:
    """Messages, thoughts and the exposure list are the patient's own: erasure takes them at once."""
    body = _ENCODER.encode(_JournalBody(role=actor.role, event=event))
    key = KeyKind.PERSONAL if is_personal(event) else KeyKind.CARE
    return NewEvent(at_ms, at_ms, actor.id or None, cause, body, key)


def journal_line(row: StoredEvent) -> tuple[Role, JournalEvent] | None:
    """None where the key of this line was destroyed; the others can still be read."""
    if row.body is None:
        return None
    body = _JOURNAL.decode(row.body)
    return body.role, body.event
