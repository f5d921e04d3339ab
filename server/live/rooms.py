"""All rooms of this process: made when somebody comes, forgotten when nobody is there and nothing is due."""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Callable

import structlog

from server.clock import Clock
from server.live import protocol
from server.live.alarm import Boot
from server.live.book import Book, Place
from server.live.elsewhere import ALONE, Neighbours
from server.live.member import Member
from server.live.outbox import Post
from server.live.room import Room
from server.turn import NO_RELAY, Relay
from sessions.events import Recorded
from sessions.moment import Find
from sessions.people import Role

log = structlog.get_logger()

SWEEP_SECONDS = 30.0
#: Proxies cut what is idle for 60 s, and a phone that sleeps says nothing.
HEARTBEAT_SECONDS = 20.0
#: Logins whose end may still meet an upgrade of theirs that is under way.
ENDED_LOGINS_KEPT = 1_000


class Rooms:
    """`find` gives a clinic's exercises, `open_book` a session's ledger; `on_news` hears of every event stored."""

    def __init__(
        self,
        *,
        clock: Clock,
        find: Callable[[str], Find],
        boot: Boot,
        open_book: Callable[[Place], Book],
        on_news: Callable[[Room, list[Recorded]], None],
        heartbeat_s: float = HEARTBEAT_SECONDS,
        relay: Relay = NO_RELAY,
        neighbours: Neighbours = ALONE,
    ) -> None:
        self.heartbeat_s = heartbeat_s
        self._clock, self._find, self.boot = clock, find, boot
        self._open_book, self._on_news, self._relay = open_book, on_news, relay
        self._neighbours = neighbours
        self.post = Post()
        self._rooms: dict[str, Room] = {}
        self._opening: dict[str, asyncio.Task[Room]] = {}
        self._ended_logins: deque[str] = deque(maxlen=ENDED_LOGINS_KEPT)
        self._restarting_ms: int | None = None
        self._sweeper: asyncio.Task[None] | None = None

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator["Rooms"]:
        self._sweeper = asyncio.create_task(self._sweep(), name="rooms sweeper")
        try:
            yield self
        finally:
            self._sweeper.cancel()
            for opening in list(self._opening.values()):
                opening.cancel()
            rooms, self._rooms = list(self._rooms.values()), {}
            await asyncio.gather(self._sweeper, *(room.close() for room in rooms), return_exceptions=True)

    async def open(self, place: Place) -> Room:
        """The room of a session, loaded from its ledger where it is not here yet. Raises Unavailable."""
        room = self._rooms.get(place.session_id)
        if room is not None:
            return room
        opening = self._opening.get(place.session_id)
        if opening is None:
            # One task for all who come at the same time: two rooms of one session would not hear of each other.
            opening = asyncio.create_task(self._load(place), name=f"opening {place.session_id}")
            self._opening[place.session_id] = opening
            opening.add_done_callback(lambda task: self._opened(place.session_id, task))
        return await asyncio.shield(opening)

    async def _load(self, place: Place) -> Room:
        book = self._open_book(place)
        loaded = await book.load()
        elsewhere = await self._neighbours.at(place)
        room = Room(
            place,
            book,
            loaded,
            clock=self._clock,
            find=self._find(place.clinic_id),
            boot=self.boot,
            on_news=self._on_news,
            relay=self._relay,
            neighbours=self._neighbours,
            elsewhere=elsewhere,
        )
        self._rooms[place.session_id] = room
        return room

    def _opened(self, session_id: str, task: "asyncio.Task[Room]") -> None:
        del self._opening[session_id]
        if not task.cancelled():
            # Whoever waited for it may be gone; then nobody else looks at what went wrong.
            task.exception()

    def join(self, room: Room, member: Member) -> None:
        """Let a socket in, unless its place, its login or this server ended while it was being upgraded."""
        if member.role is Role.SUPPORT and not room.state.admits(member.person):
            # Not even greeted: a greeting holds the whole view.
            member.close(protocol.NO_LONGER_YOURS, "no_longer_yours")
            return
        room.join(member)
        if self._neighbours.any:
            # They may come from a node that ended a moment ago, and know of lines that nobody told us of.
            room.nudge()
        if room.state.phase == "ended":
            member.close(protocol.ENDED, room.state.end_reason or "ended")
        elif member.login in self._ended_logins:
            member.close(protocol.SIGNED_OUT, "signed_out")
        elif self._restarting_ms is not None:
            member.close(protocol.RESTARTING, "restarting", retry_ms=self._restarting_ms)

    def loaded(self, session_id: str) -> Room | None:
        return self._rooms.get(session_id)

    def nudge(self, session_id: str) -> None:
        """Something was appended to this ledger elsewhere: its room, where there is one, looks."""
        room = self._rooms.get(session_id)
        if room is not None:
            room.nudge()

    def halt(self, session_id: str, by: Role) -> None:
        """A Stop was told at another node."""
        room = self._rooms.get(session_id)
        if room is not None and room.state.stopped is None and room.state.phase != "ended":
            room.halt(by)

    def went_on(self, session_id: str) -> None:
        """That Stop changed nothing."""
        room = self._rooms.get(session_id)
        if room is not None:
            room.greet_all()

    def all(self) -> list[Room]:
        return list(self._rooms.values())

    def close_login(self, login: str) -> None:
        """A login ended: its sockets close at once."""
        self._ended_logins.append(login)
        for room in self._rooms.values():
            room.dismiss(protocol.SIGNED_OUT, "signed_out", who=lambda member: member.login == login)

    def close_person(self, person: str, session_id: str) -> None:
        """A session is no longer this person's."""
        room = self._rooms.get(session_id)
        if room is not None:
            room.dismiss(protocol.NO_LONGER_YOURS, "no_longer_yours", who=lambda member: member.person == person)

    def close_all(self, *, retry_ms: int) -> list[Member]:
        """The server restarts: every socket is told when to come back, spread over `retry_ms`."""
        self._restarting_ms = retry_ms
        members = self._members()
        for member in members:
            member.close(protocol.RESTARTING, "restarting", retry_ms=retry_ms)
        return members

    @property
    def sockets(self) -> int:
        return len(self._members())

    @property
    def count(self) -> int:
        return len(self._rooms)

    def _members(self) -> list[Member]:
        return [member for room in self._rooms.values() for member in room.members]

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            await self.sweep()

    async def sweep(self) -> None:
        """Forget rooms that nobody is in. One with a deadline stays; a planned visit's is kept by the watch."""
        for session_id, room in list(self._rooms.items()):
            if room.idle and (room.state.phase in ("scheduled", "ended") or not room.due):
                del self._rooms[session_id]
                await room.close()
