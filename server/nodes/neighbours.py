"""The other nodes, as rooms see them: who is connected there, and what was appended there that nobody told us of."""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from typing import Final

import structlog

from server import logs
from server.clock import Clock
from server.db import errors, nodes
from server.db.engine import Database
from server.db.ledger import Ledgers
from server.db.nodes import Seen
from server.live.book import Place, Unavailable
from server.live.elsewhere import NOBODY
from server.live.room import Room
from server.live.rooms import Rooms
from sessions.people import Role

log = structlog.get_logger()

#: Real seconds, whatever a clock of the tests says: the others measure by the database's.
EVERY_S: Final = 2.0
#: What changed in this time is written together.
GATHER_S: Final = 0.05
#: After this long without a look, what is known of the others is no news any more.
STALE_S: Final = 5.0
#: A login that ended at another node is heard of at once; where that word was lost, after so many looks.
LOOKS_A_LOGIN: Final = 5
#: About ten minutes.
LOOKS_A_CLEANING: Final = 300
IDS_A_WORD: Final = 100

_Key = tuple[nodes.Session, str]


class NodeNeighbours:
    """Keeps this node's row alive and its people written down, and tells each room who is elsewhere.

    `say` is the bus. `close_logins` closes what is open of logins that ended.
    """

    def __init__(
        self,
        database: Database,
        *,
        node: str,
        ledgers: Ledgers,
        clock: Clock,
        say: Callable[..., None],
        close_logins: Callable[[Iterable[str]], None],
    ) -> None:
        self._database, self._node, self._ledgers, self._clock = database, node, ledgers, clock
        self._say, self._close_logins = say, close_logins
        self._rooms: Rooms | None = None
        #: The other nodes that are alive.
        self.others: frozenset[str] = frozenset()
        #: What stands in the database of this node's people.
        self._written: dict[_Key, Seen] = {}
        self._changed: dict[str, Place] = {}
        self._writing: asyncio.Task[None] | None = None
        #: By the loop's clock: the last look that worked, and since when each of them did.
        self._looked_s = self._unbroken_s = -STALE_S
        self._looks = 0
        self._look_now = asyncio.Event()

    @property
    def any(self) -> bool:
        return bool(self.others)

    @property
    def looked_s_ago(self) -> float:
        return asyncio.get_running_loop().time() - self._looked_s

    @property
    def fresh(self) -> bool:
        return self.looked_s_ago < STALE_S

    @contextlib.asynccontextmanager
    async def running(self, rooms: Rooms) -> AsyncIterator[None]:
        """Known to the others before any room is opened, and gone for them at once when this ends."""
        self._rooms = rooms
        await self.look()
        task = asyncio.create_task(self._go_on(), name="neighbours")
        try:
            yield
        finally:
            tasks = [task, *([self._writing] if self._writing is not None else [])]
            for one in tasks:
                one.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            with contextlib.suppress(errors.Unavailable):
                await nodes.leave(self._database, self._node)
                # The bus has ended by now, and the others look by themselves.

    # What rooms tell and ask

    async def at(self, place: Place) -> Mapping[str, Seen]:
        if not self.others:
            return NOBODY
        session = _session(place)
        try:
            return (await nodes.elsewhere(self._database, self._node, [session])).get(session, NOBODY)
        except errors.Unavailable:
            raise Unavailable from None

    def people_changed(self, place: Place) -> None:
        self._changed[place.session_id] = place
        if self._writing is None:
            self._writing = asyncio.create_task(self._write_soon(), name="presence")

    def halted(self, session_id: str, by: Role) -> None:
        self._say("halt", session_id, by)

    def went_on(self, session_id: str) -> None:
        self._say("went on", session_id)

    # What other nodes tell

    def appended(self, ledger_ids: Iterable[str]) -> None:
        if self._rooms is not None:
            for ledger_id in ledger_ids:
                self._rooms.nudge(ledger_id)

    async def people_changed_there(self, session_ids: Iterable[str]) -> None:
        """Of these sessions: looked up where they are open here."""
        if self._rooms is None:
            return
        rooms = [room for session_id in session_ids if (room := self._rooms.loaded(session_id)) is not None]
        await self._tell_rooms([_session(room.place) for room in rooms], since_ms=self._clock.now_ms())

    def look_now(self) -> None:
        """Something may have gone past us."""
        self._look_now.set()

    # Writing who is here

    async def _write_soon(self) -> None:
        await asyncio.sleep(GATHER_S)
        self._writing = None
        changed, self._changed = self._changed, {}
        try:
            await self._write(changed.values())
        except Exception as error:  # noqa: BLE001 - whatever it is, the next look tries again
            log.warning("presence.unwritten", error=type(error).__name__, where=logs.where(error))
            self._changed = changed | self._changed

    async def _write(self, places: Iterable[Place]) -> None:
        new: dict[_Key, Seen] = {}
        sessions = {_session(place) for place in places}
        here = {session: self._here(session) for session in sessions}
        for session, people in here.items():
            for person, seen in people.items():
                if self._written.get((session, person)) != seen:
                    new[session, person] = seen
        gone = [key for key in self._written if key[0] in sessions and key[1] not in here[key[0]]]
        await nodes.keep(self._database, self._node, new)
        await nodes.drop(self._database, self._node, gone)
        self._written |= new
        for key in gone:
            del self._written[key]
        told = sorted({session_id for (_, session_id), _ in [*new, *gone]})
        if self.others:
            for first in range(0, len(told), IDS_A_WORD):
                self._say("people", *told[first : first + IDS_A_WORD])

    def _here(self, session: nodes.Session) -> dict[str, Seen]:
        room = None if self._rooms is None else self._rooms.loaded(session[1])
        return {} if room is None else room.people_here()

    # Looking

    async def _go_on(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(EVERY_S):
                    await self._look_now.wait()
            self._look_now.clear()
            try:
                await self.look()
            except Exception as error:  # noqa: BLE001 - whatever it is, the next look must come
                self._unbroken_s = float("inf")
                log.warning("nodes.unseen", error=type(error).__name__, where=logs.where(error))

    async def look(self) -> None:
        """One look at everything that a lost word could have been about. Raises Unavailable."""
        known, others = await nodes.beat(self._database, self._node)
        if not known:
            # The first one; or the others had given us up, and deleted what we wrote.
            self._written.clear()
            self._changed |= {room.session_id: room.place for room in self._all()}
        if self._changed and self._writing is None:
            self._writing = asyncio.create_task(self._write_soon(), name="presence")
        if others != self.others:
            log.info("nodes", others=len(others))
        had, self.others = self.others, others
        if others or had:
            since_ms = self._clock.now_ms() - (self._unseen_ms() if had - others else 0)
            await self._tell_rooms([_session(room.place) for room in self._all()], since_ms=since_ms)
            await self._look_for_lines()
            if self._looks % LOOKS_A_LOGIN == 0:
                await self._look_for_logins()
        if self._looks % LOOKS_A_CLEANING == 0:
            await nodes.forget_old(self._database)
        self._looks += 1
        now_s = asyncio.get_running_loop().time()
        if now_s - self._looked_s >= STALE_S or self._unbroken_s > now_s:
            self._unbroken_s = now_s
        self._looked_s = now_s

    async def _tell_rooms(self, sessions: list[nodes.Session], *, since_ms: int) -> None:
        """`since_ms`: whoever is not there any more has been away since then."""
        if self._rooms is None or not sessions:
            return
        there = await nodes.elsewhere(self._database, self._node, sessions) if self.others else {}
        for session in sessions:
            room = self._rooms.loaded(session[1])
            if room is not None:
                room.others(there.get(session, NOBODY), since_ms=since_ms)

    def _unseen_ms(self) -> int:
        """How long a node has been away that is gone now: since it was seen last, if we looked all the time. After an
        outage of the database no node's row is of now, and everybody's time begins anew."""
        looked_s = asyncio.get_running_loop().time() - self._unbroken_s
        return max(0, min(nodes.GONE_AFTER_MS, int(looked_s * 1000)))

    async def _look_for_lines(self) -> None:
        by_clinic: dict[str, list[str]] = defaultdict(list)
        for room in self._all():
            by_clinic[room.place.clinic_id].append(room.session_id)
        for clinic_id, session_ids in by_clinic.items():
            heads = await self._ledgers.seqs(clinic_id, session_ids)
            for room in self._all():
                if (found := heads.get(room.session_id)) is not None and found != (room.epoch, room.state.seq):
                    room.nudge()

    async def _look_for_logins(self) -> None:
        logins = {(room.place.clinic_id, member.login) for room in self._all() for member in room.members}
        ended = await nodes.ended_logins(self._database, sorted(logins))
        if ended:
            self._close_logins(ended)

    def _all(self) -> list[Room]:
        return [] if self._rooms is None else self._rooms.all()


def _session(place: Place) -> nodes.Session:
    return place.clinic_id, place.session_id
