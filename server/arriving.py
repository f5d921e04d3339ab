"""What a patient sends by a form: submitted into the room, as a socket would, and answered once stored."""

from typing import Any

from msgspec import Struct

from server.db import errors
from server.live.book import Place, Unavailable
from server.live.room import Room
from server.live.rooms import Rooms
from sessions.commands import ArrivalConfirm, CheckinRecord, CheckinShare, FlagsTell
from sessions.events import ArrivalConfirmed
from sessions.people import Actor


class Known(Struct, frozen=True):
    """What the patient said before, in this visit: `tonight` is kept apart and deleted a day after it."""

    arrival: ArrivalConfirmed | None
    tonight: dict[str, Any]
    phase: str


async def confirm(
    rooms: Rooms, place: Place, command: ArrivalConfirm | CheckinRecord | CheckinShare | FlagsTell, *, actor: Actor
) -> None:
    """Stored when it returns. Raises Refused, or a StorageError that the guard makes a page of."""
    room = await _open(rooms, place)
    try:
        await room.ask(command, actor)
    except Unavailable:
        raise errors.Unavailable from None


async def known(rooms: Rooms, place: Place) -> Known:
    room = await _open(rooms, place)
    return Known(arrival=room.state.arrival, tonight=room.tonight, phase=room.state.phase)


async def _open(rooms: Rooms, place: Place) -> Room:
    try:
        return await rooms.open(place)
    except Unavailable:
        raise errors.Unavailable from None
