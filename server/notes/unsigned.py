"""Which notes wait to be signed: what a therapist began, and visits of late that nobody has written up."""

from collections.abc import Container, Sequence
from typing import Final

from aiohttp import web
from msgspec import Struct

from server import wiring
from server.care.standing import states_of
from server.db import documents, people, visits
from server.db.store import Tx

#: A visit of longer ago is not asked about any more; a note that was begun is, however old.
ASKED_FOR_MS: Final = 14 * 86_400_000
#: Their ledgers are read, to leave out those that did not take place.
_LOOKED_INTO: Final = 20
_DID_NOT_TAKE_PLACE: Final = ("not_held", "cancelled")


class Unsigned(Struct, frozen=True):
    """`begun`: a draft is stored. `since_ms`: when the visit ended, or when the draft was last changed."""

    patient_id: str
    session_id: str
    since_ms: int
    begun: bool


class Held(Struct, frozen=True):
    """A visit that took place and is over."""

    patient_id: str
    session_id: str
    ended_ms: int


async def unsigned_among(
    tx: Tx, clinic_id: str, therapist_id: str, *, mine: Container[str], held: Sequence[Held]
) -> list[Unsigned]:
    """The same for whoever knows already which visits of this therapist took place lately, and reads no ledger."""
    drafts = await documents.drafts_of(tx, clinic_id, [therapist_id], kinds=(documents.NOTE,))
    ids = [one.session_id for one in held]
    written = await documents.outlines_of_sessions(tx, clinic_id, ids, kinds=(documents.NOTE,)) if ids else []
    begun = {one.session_id for one in written}
    found = [
        Unsigned(one.patient_id, one.session_id, one.changed_ms, begun=True)
        for one in drafts
        if one.session_id is not None and one.patient_id in mine
    ]
    found += [
        Unsigned(one.patient_id, one.session_id, one.ended_ms, begun=False)
        for one in held
        if one.session_id not in begun
    ]
    return sorted(found, key=lambda one: one.since_ms)


async def unsigned(app: web.Application, clinic_id: str, therapist_id: str) -> list[Unsigned]:
    """For the desk, the longest waiting first. Nothing of patients who are not on the caseload any more."""
    now_ms = app[wiring.CLOCK].now_ms()
    async with app[wiring.STORE].reader() as tx:
        mine = set(await people.caseload_of(tx, clinic_id, therapist_id))
        drafts = await documents.drafts_of(tx, clinic_id, [therapist_id], kinds=(documents.NOTE,))
        held = await visits.visits_for_therapist(
            tx, clinic_id, therapist_id, from_ms=now_ms - ASKED_FOR_MS, until_ms=now_ms
        )
        ended = [one for one in held if one.ended_ms is not None and one.patient_id in mine]
        written = await documents.outlines_of_sessions(
            tx, clinic_id, [one.id for one in ended], kinds=(documents.NOTE,)
        )
    found = [
        Unsigned(one.patient_id, one.session_id, one.changed_ms, begun=True)
        for one in drafts
        if one.session_id is not None and one.patient_id in mine
    ]
    begun = {one.session_id for one in written}
    unwritten = [one for one in ended if one.id not in begun][-_LOOKED_INTO:]
    states = await states_of(app, unwritten)
    found += [
        Unsigned(one.patient_id, one.id, one.ended_ms or now_ms, begun=False)
        for one in unwritten
        if states[one.id].end_reason not in ("not_held", "cancelled")
    ]
    return sorted(found, key=lambda one: one.since_ms)
