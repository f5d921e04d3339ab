"""`/live/{session}`: one WebSocket, from the checks before the upgrade to the last frame."""

import secrets

import structlog
from aiohttp import web

from server import wiring
from server.accounts import access, origin, signing
from server.clock import Clock
from server.db import visits
from server.live import protocol
from server.live.book import Unavailable
from server.live.floods import NEVER_LIMITED
from server.live.member import Member
from server.live.outbox import Outbox
from server.live.room import Room
from server.live.wire import Upgrade, take_over
from sessions import commands as c

log = structlog.get_logger()

SOCKETS_A_PERSON = 8
#: Whoever signed out, or whose session this is no more, is not heard while the close goes out.
_NO_LONGER_HEARD = (protocol.SIGNED_OUT, protocol.NO_LONGER_YOURS)


async def live(request: web.Request) -> web.StreamResponse:
    """Refuses before the upgrade: 400 protocol, 401 login, 403 origin, 404 not yours, 429 too many."""
    # Until the greeting; what lasts for hours is no part of it.
    with request.app[wiring.CROWD].coming_in():
        return await _come_in(request)


async def _come_in(request: web.Request) -> web.StreamResponse:
    offered = [name.strip() for name in request.headers.get("Sec-WebSocket-Protocol", "").split(",")]
    if protocol.SUBPROTOCOL not in offered:
        raise web.HTTPBadRequest(text="This address speaks the subprotocol ebb.v1.")
    login = await access.login_of(request)
    if login is None:
        raise web.HTTPUnauthorized(text="Sign in first.")
    if not origin.is_own(request):
        raise web.HTTPForbidden(text="This connection comes from another site.")
    seat = await access.seat_in_session(request, request.match_info["session"])
    if seat.session.kind != visits.VISIT:
        # A practice at home happens on a phone. There is no room that anybody could come into.
        raise web.HTTPNotFound
    rooms = request.app[wiring.ROOMS]
    clock = request.app[wiring.CLOCK]
    try:
        room = await rooms.open(seat.place)
    except Unavailable:
        raise web.HTTPServiceUnavailable(text="The record cannot be read now. Try again in a moment.") from None
    if sum(member.person == seat.person_id for member in room.members) >= SOCKETS_A_PERSON:
        raise web.HTTPTooManyRequests(text="This visit is open in too many tabs. Close one.")

    await signing.hold_for_visit(request, login.person, login.id)
    upgrade = Upgrade(protocols=(protocol.SUBPROTOCOL,), compress=False)
    await upgrade.prepare(request)
    wire = take_over(request, heartbeat_s=rooms.heartbeat_s, limit_bytes=protocol.SOCKET_LIMIT_BYTES)
    if wire is None:
        return upgrade
    try:
        # It may have been swept while the upgrade went on; from here to the join nothing waits.
        room = await rooms.open(seat.place)
        member = Member(
            person=seat.person_id,
            role=seat.role,
            login=login.id,
            key=secrets.token_hex(8),
            outbox=Outbox(wire, rooms.post),
            commands=room.bucket_of(seat.person_id),
            clock=clock,
        )
        rooms.join(room, member)
    except Unavailable:
        wire.close(protocol.RESTARTING)
        return upgrade
    except BaseException:
        wire.transport.abort()
        raise
    # Hours may pass from here on; nothing of the request is kept for them.
    wire.listen(_Listening(member, room, clock))
    return upgrade


class _Listening:
    """What one side says, as it comes in."""

    __slots__ = ("_clock", "_member", "_room")

    def __init__(self, member: Member, room: Room, clock: Clock) -> None:
        self._member, self._room, self._clock = member, room, clock

    def text(self, text: str) -> None:
        if self._member.closing not in _NO_LONGER_HEARD:
            _hear(text, self._member, self._room, self._clock, self._clock.now())

    def binary(self) -> None:
        if self._member.closing not in _NO_LONGER_HEARD:
            self._member.refuse(None, "bad_message", "Messages here are text.")
            self._member.count_refusal()

    def gone(self) -> None:
        self._room.leave(self._member)
        self._member.stop()


def _hear(text: str, member: Member, room: Room, clock: Clock, received: float) -> None:
    try:
        frame = protocol.read(text)
    except protocol.Unreadable as wrong:
        member.refuse(wrong.id, wrong.code, wrong.message, fields=wrong.fields)
        member.count_refusal()
        return
    if member.closing is not None and not isinstance(frame, c.SessionStop):
        # It was told that this socket closes, and shows what it sends now as not done. A Stop counts all the same.
        return
    if isinstance(frame, protocol.ClockPing):
        wait_ms = member.pings.take(received)
        if wait_ms:
            member.refuse(frame.id, "too_fast", "Too many clock questions.", retry_ms=wait_ms)
            member.count_refusal()
            return
        member.put(protocol.pong(frame.id, received=received, sent=clock.now()))
        if member.report(frame):
            room.tell_people()
        return
    if isinstance(frame, protocol.AsideFrame):
        room.aside(frame, member)
        return
    if not isinstance(frame, NEVER_LIMITED):
        wait_ms = member.commands.take(received)
        if wait_ms:
            member.refuse(frame.id, "too_fast", "That was too much at once. Wait a moment.", retry_ms=wait_ms)
            member.count_refusal()
            return
    room.submit(frame, member)
