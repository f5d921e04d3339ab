"""Reading a session's ledger for its review: whole, or one part of a very long one.

A visit has some hundred lines. Where there are thousands, a page of all of them would take everybody's server for
seconds and nobody could read it: it is shown in parts, and what was before a part is only followed as far as its state
needs. Lists that no other line looks into, what was said and noted and rated, are followed in the part alone.
"""

import asyncio
import re
from typing import Final

from aiohttp import web
from msgspec import Struct, structs

from server import wiring
from server.accounts.access import Seat
from server.bodies import Erased, recorded
from server.db import errors
from server.db.ledger import StoredEvent
from sessions.events import Recorded
from sessions.evolve import followed
from sessions.people import Role
from sessions.privacy import for_others
from sessions.state import SessionState
from sessions.views import without_struck

#: As many lines as one page shows.
PART: Final = 500
#: Lines at a stretch; between two of them somebody's Stop has its turn.
_STRETCH: Final = 1_000
_LISTED: Final = re.compile(
    rb'"type":"(?:message\.said|note\.written|notes\.struck|checkin\.|heart\.recorded|concern\.raised)'
)
#: What says of a line before it whether it is shown. Looked for as they are: a pattern takes five times as long, and a
#: long visit has 10,000 lines.
_STRUCK: Final = b'"type":"notes.struck"'
_SHARED: Final = b'"type":"checkin.shared"'
_PRIVATE: Final = b'"private":true'


class Read(Struct, frozen=True):
    """`lines` of the part, `before` the state that they follow, None where it is the whole. Parts count from 1."""

    epoch: int
    lines: list[Recorded]
    before: SessionState | None = None
    part: int = 1
    parts: int = 1

    @property
    def is_last(self) -> bool:
        return self.part == self.parts


def part_of(seq: int) -> int:
    return (max(seq, 1) - 1) // PART + 1


async def read(request: web.Request, seat: Seat, *, part: int = 1, whole: bool = False) -> Read:
    """The lines as this person may be shown them: without what was struck since, or what the patient keeps to themself.

    `whole` reads all of them at once.

    Raises Erased where the patient's key is gone.
    """
    place = seat.place
    keys = await request.app[wiring.KEYRING].keys_of(place.clinic_id, place.patient_id)
    ledgers = request.app[wiring.LEDGERS]
    head = await ledgers.head(place.clinic_id, place.session_id)
    if head is None:
        raise errors.Unreadable
    # Between the two looks somebody may have appended: the head says how far we read.
    last, epoch = head.position.seq, head.position.epoch
    parts = 1 if whole else part_of(last)
    part = min(max(part, 1), parts)
    first, until = ((part - 1) * PART, part * PART) if parts > 1 else (0, last)
    lines: list[Recorded] = []
    behind: list[Recorded] = []
    keeps = False
    before = SessionState()
    newest: StoredEvent | None = None
    while (seen := newest.seq if newest is not None else 0) < last:
        rows = await ledgers.events(
            place.clinic_id, place.session_id, keys=keys, after=newest, limit=min(_STRETCH, last - seen)
        )
        if not rows:
            break
        for row in rows:
            if row.seq <= first:
                before = _followed(before, row)
                keeps = keeps or (row.body is not None and _PRIVATE in row.body)
            elif row.seq <= until:
                lines.append(recorded(row))
            elif row.body is not None and (_STRUCK in row.body or _SHARED in row.body):
                behind.append(recorded(row))
        newest = rows[-1]
        if newest.seq < last:
            await asyncio.sleep(0)
    shown = without_struck([*lines, *behind])[: len(lines)]
    if seat.role is not Role.PATIENT:
        shown = for_others(shown, later=behind, keeps=keeps)
    if first == 0:
        return Read(epoch, shown, None, part, parts)
    return Read(epoch, shown, structs.replace(before, seq=first), part, parts)


def _followed(state: SessionState, row: StoredEvent) -> SessionState:
    if row.body is None:
        raise Erased
    if _LISTED.search(row.body, 0, 80):
        return state
    return followed(state, recorded(row))
