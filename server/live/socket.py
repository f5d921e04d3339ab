"""`/live/{session}`: one WebSocket, from the checks before the upgrade to the last frame."""

import contextlib
import secrets

import structlog
from aiohttp import WSMsgType, web

from server import wiring
from server.accounts import access, origin
from server.clock import Clock
from server.db import visits
from server.live import protocol
from server.live.book import Unavailable
from server.live.member import Member
from server.live.outbox import Outbox
from server.live.room import Room
from sessions import commands as c

log = structlog.get_logger()

SOCKETS_A_PERSON = 8
#: Whoever signed out, or whose session this is no more, is not heard while the close goes out.
_NO_LONGER_HEARD = (protocol.SIGNED_OUT, protocol.NO_LONGER_YOURS)
_NEVER_LIMITED = (c.SessionStop, c.ComfortSet, c.ActivityPause)


async def live(request: web.Request) -> web.StreamResponse:
    """Refuses before the upgrade: 400 protocol, 401 login, 403 origin, 404 not yours, 429 too many."""
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

    socket = web.WebSocketResponse(
        protocols=(protocol.SUBPROTOCOL,),
        heartbeat=rooms.heartbeat_s,
        compress=False,
        max_msg_size=protocol.SOCKET_LIMIT_BYTES,
        timeout=1.0,
    )
    await socket.prepare(request)
    try:
        # It may have been swept while the upgrade went on; from here to the join nothing waits.
        room = await rooms.open(seat.place)
    except Unavailable:
        await socket.close(code=protocol.RESTARTING)
        return socket
    outbox = Outbox(socket, request, rooms.post)
    member = Member(
        person=seat.person_id,
        role=seat.role,
        login=login.id,
        key=secrets.token_hex(8),
        outbox=outbox,
        commands=room.bucket_of(seat.person_id),
        clock=clock,
    )
    rooms.join(room, member)
    # The socket may stay for hours; all that is needed of the person stands in the member from here on.
    access.forget(request)
    del seat, login
    try:
        await _listen(socket, member, room, clock)
    finally:
        room.leave(member)
        # What is still waiting gets a moment; a reader that stalled does not.
        with contextlib.suppress(ConnectionError):
            outbox.close(1000, "closed")
            await outbox.closed()
        outbox.stop()
    return socket


async def _listen(socket: web.WebSocketResponse, member: Member, room: Room, clock: Clock) -> None:
    async for message in socket:
        received = clock.now()
        if member.closing in _NO_LONGER_HEARD:
            continue
        if message.type is WSMsgType.TEXT:
            _hear(message.data, member, room, clock, received)
        elif message.type is WSMsgType.BINARY:
            member.refuse(None, "bad_message", "Messages here are text.")
            member.count_refusal()
        elif message.type is WSMsgType.ERROR:
            return


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
    if not isinstance(frame, _NEVER_LIMITED):
        wait_ms = member.commands.take(received)
        if wait_ms:
            member.refuse(frame.id, "too_fast", "That was too much at once. Wait a moment.", retry_ms=wait_ms)
            member.count_refusal()
            return
    room.submit(frame, member)
