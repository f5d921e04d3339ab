"""One session, live: one task that orders its commands, stores what they make, and only then tells everybody."""

import asyncio
import hashlib
from collections import deque
from collections.abc import Callable, Mapping

import structlog

from exercises.pacer import lead_ms
from server import logs
from server.clock import Clock
from server.db.nodes import Seen
from server.live import protocol
from server.live.alarm import AGAIN_AFTER_MS, Alarm, Boot
from server.live.audience import Audience
from server.live.book import Book, Conflict, Entry, Loaded, Place, StoredAnswer, Unavailable
from server.live.elsewhere import Neighbours
from server.live.floods import Floods
from server.live.member import Bucket, Member, commands_bucket
from server.live.waiting import Waiting
from server.live.work import UNKNOWN, UNSTORED, UNSTORED_STOP, Work, fingerprint_of, tonight_of
from server.turn import Relay
from sessions import commands as c
from sessions import system
from sessions.deadlines import Due
from sessions.events import PresenceLost, Recorded
from sessions.evolve import evolve
from sessions.machine import decide
from sessions.moment import Find, Moment
from sessions.people import SYSTEM, Actor, Refused, Role
from sessions.state import SessionState
from sessions.views import by_for

log = structlog.get_logger()

#: A form that waits longer than this for its answer is told to try again; the same id is then safe to send again.
ASK_SECONDS = 10.0


class Room:
    """Holds the state of one session for as long as somebody is in it or something is due.

    Everything that changes the state goes through `_run`, one at a time. The exception is `halt`: Stop is
    told from the socket itself, before anything is stored.
    """

    def __init__(
        self,
        place: Place,
        book: Book,
        loaded: Loaded,
        *,
        clock: Clock,
        find: Find,
        boot: Boot,
        on_news: Callable[["Room", list[Recorded]], None],
        relay: Relay,
        neighbours: Neighbours,
        elsewhere: Mapping[str, Seen],
    ) -> None:
        self.place = place
        self.session_id = place.session_id
        self.state: SessionState = loaded.state
        self.epoch = loaded.epoch
        self.tonight = loaded.tonight
        self._audience = Audience(self.session_id, boot=boot.id, epoch=loaded.epoch, clock=clock, relay=relay)
        self._neighbours = neighbours
        self._audience.elsewhere = elsewhere
        self._answers, self._answer_key = loaded.answers, loaded.answer_key
        self._book, self._clock, self._find, self._on_news = book, clock, find, on_news
        self._buckets: dict[str, Bucket] = {}
        self._floods = Floods(clock, self._queue)
        self._waiting = Waiting()
        self._current: Work | None = None
        self._asked = 0
        self._alarm = Alarm(self.session_id, clock=clock, boot=boot, due=self._due, lose=self._lose)
        if loaded.state.phase != "ended":
            for person in loaded.state.people.keys() - loaded.state.absent.keys() - elsewhere.keys():
                # Whoever the ledger knows as here was connected to an earlier start of the server, or another node.
                self._alarm.left(person, clock.now_ms())
        self._task = asyncio.create_task(self._run(), name=f"room {place.session_id}")
        self._alarm.arm(self.state)

    # From the sockets

    def join(self, member: Member) -> None:
        """Greet with the whole view, then everything from there on. No await in between: no gap."""
        self.members.add(member)
        self._alarm.came(member.person)
        self._greet(member)
        if self._waiting.stops:
            member.put(protocol.halt(by_for(member.role, self._waiting.stops[0].actor.role)))
        if member.person in self.state.absent:
            self.command(system.PresenceReturn(person=member.person), cause=f"return {member.key}")
        self.tell_people()

    def leave(self, member: Member) -> None:
        self._audience.left(member)
        if not self._task.done() and not self._audience.is_here(member.person):
            self._alarm.left(member.person, self._clock.now_ms())
        self.tell_people()

    def submit(self, command: c.Asked, member: Member) -> None:
        """Queue a command. Stop goes ahead of everything that waits and is told at once."""
        work = Work(command=command, id=command.id, actor=Actor(id=member.person, role=member.role), member=member)
        if work.is_stop:
            work.halted = self._halt(work)
        if not self._waiting.takes(work) or work.is_stop:
            return
        if not self._floods.holds(work, shown=self.state.comfort, seq=self.state.seq):
            self._waiting.add(work)

    def _halt(self, work: Work) -> bool:
        """Tell everybody, unless this Stop is an old one or everybody sees that all is stopped."""
        waiting = [*self._waiting.commands, *([self._current] if self._current is not None else [])]
        lifting = any(isinstance(other.command, c.SessionReady) for other in waiting)
        shown = self.state.stopped is not None and not lifting
        if work.key in self._answers or shown or self.state.phase == "ended":
            return False
        self.halt(work.actor.role)
        self._neighbours.halted(self.session_id, work.actor.role)
        return True

    def halt(self, by: Role) -> None:
        """A Stop is on its way into the ledger, wherever."""
        self._audience.halt(by)

    def greet_all(self) -> None:
        """Whoever halted for nothing is shown how it stands."""
        for member in self.members:
            self._greet(member)

    async def ask(self, command: c.Asked, actor: Actor) -> int:
        """A command that comes from a form: the seq of its `done`. Raises Refused, or Unavailable."""
        if self._waiting.full:
            raise Unavailable
        answer: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._waiting.add(Work(command=command, id=command.id, actor=actor, answer=answer))
        self._asked += 1
        try:
            async with asyncio.timeout(ASK_SECONDS):
                return await answer
        except TimeoutError:
            raise Unavailable from None
        finally:
            self._asked -= 1

    def command(self, command: system.SystemCommand, *, cause: str) -> None:
        """Queue a command of the system's; the same cause is the same command."""
        key = hashlib.blake2b(f"{self.session_id} {cause}".encode(), digest_size=16).hexdigest()
        self._queue(Work(command=command, id=key, actor=SYSTEM))

    def aside(self, frame: protocol.AsideFrame, member: Member) -> None:
        """What is never recorded waits behind no command, and no command waits behind it."""
        self._audience.aside(frame, member, self.state)

    def dismiss(self, code: int, reason: str, *, who: Callable[[Member], bool]) -> None:
        """Close the sockets of some, at once; nor are they in the call any more."""
        for member in filter(who, self.members):
            member.close(code, reason)
        self._audience.settle(self.state)

    def nudge(self) -> None:
        """Somebody else may have appended to this ledger: look."""
        self._waiting.nudge()

    def others(self, elsewhere: Mapping[str, Seen], *, since_ms: int) -> None:
        """Who is connected at other nodes now. Whoever is not any more has been away since `since_ms`."""
        before = self._audience.elsewhere
        if elsewhere == before:
            return
        self._audience.elsewhere = elsewhere
        for person in elsewhere:
            self._alarm.came(person)
        for person in before.keys() - elsewhere.keys():
            if person not in self.state.absent and not self._audience.is_here(person):
                self._alarm.left(person, since_ms)
        self._audience.tell_people(self.state)

    def people_here(self) -> dict[str, Seen]:
        return self._audience.people_here()

    def tell_people(self) -> None:
        self._audience.tell_people(self.state)
        self._neighbours.people_changed(self.place)

    def bucket_of(self, person: str) -> Bucket:
        """How many commands a person may still send: all tabs share it, and it outlives a reconnect."""
        return self._buckets.setdefault(person, commands_bucket(self._clock.now()))

    @property
    def members(self) -> set[Member]:
        return self._audience.members

    @property
    def idle(self) -> bool:
        """Nobody here, nothing waiting: the room may be forgotten, its ledger has it all."""
        busy = self._waiting.anything or self._current or self._asked or self._floods.holding
        return not (self.members or self._alarm.waits or busy)

    @property
    def due(self) -> bool:
        """Whether something happens here by itself, at some time; with everybody elsewhere, it happens there."""
        return self._alarm.armed and not self._audience.elsewhere

    async def close(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        await self._alarm.close()
        await self._floods.close()
        await self._audience.close()

    # The one task

    async def _run(self) -> None:
        while True:
            await self._waiting.something()
            try:
                await self._turn()
            except Exception as error:  # noqa: BLE001 - one command that nobody foresaw may not end the room
                # No payload: the class and the place say enough, and the words may be a patient's.
                log.error("room.failed", session=self.session_id, error=type(error).__name__, where=logs.where(error))
                self._waiting.look_again()

    async def _turn(self) -> None:
        waiting = self._waiting
        if waiting.time_to_retry():
            if waiting.nudged:
                await self._catch_up()
            if not waiting.nudged:
                await self._store_stops()
        if waiting.commands:
            await self._carry_out(waiting.commands.pop(0))

    async def _store_stops(self) -> None:
        stops, self._waiting.stops = deque(self._waiting.stops), []
        try:
            while stops:
                await self._carry_out(stops.popleft())
        finally:
            self._waiting.stops.extend(stops)

    async def _carry_out(self, work: Work) -> None:
        self._current = work
        try:
            await self._settle(work)
        except Exception:
            self._not_stored(work, certain=False)
            raise
        finally:
            self._current = None

    async def _settle(self, work: Work) -> None:
        """Decide, store, advance, tell; over again where somebody else was first."""
        fingerprint = fingerprint_of(work.command, self._answer_key)
        while True:
            stored = self._answers.get(work.key)
            if stored is not None and stored.fingerprint == fingerprint:
                work.done(stored.seq)
                return
            if stored is not None:
                work.refuse(Refused("bad_message", "This id was used for another message.", fields={"id": "used"}))
                return
            if self._waiting.stops:
                # The Stop comes first. Until it is in the record nothing else is.
                self._not_stored(work, certain=True)
                return
            try:
                await self._try(work, fingerprint)
            except Conflict:
                if not await self._catch_up():
                    self._not_stored(work, certain=False)
                    return
                continue
            except Unavailable as failure:
                if not failure.certain:
                    self._waiting.look_again()
                self._not_stored(work, certain=failure.certain)
            return

    async def _try(self, work: Work, fingerprint: bytes) -> None:
        at_ms = self._clock.now_ms()
        if self._audience.is_outdated(work.command):
            return
        moment = Moment(actor=work.actor, now_ms=at_ms, lead_ms=lead_ms(self._audience.worst_rtt_ms()), find=self._find)
        try:
            events = decide(self.state, work.command, moment)
        except Refused as refusal:
            if self._neighbours.any and not work.looked:
                work.looked = True  # what would allow it may have happened at another node a moment ago
                raise Conflict from None
            work.refuse(refusal)
            return
        if not events and not work.asked:
            self._alarm.arm(self.state, not_before_ms=at_ms + AGAIN_AFTER_MS)
            return
        if not events and not self._floods.keeps(work):
            self._answer(work, self.state.seq, quiet=True)
            return
        lines, states = work.lines(events, self.state, at_ms)
        tonight = tonight_of(work.command)
        entry = Entry(
            events=events, actor=work.actor, at_ms=at_ms, command=work.id, fingerprint=fingerprint, tonight=tonight
        )
        await self._book.append(self.state, states[-1] if states else self.state, entry, self.epoch)
        if tonight is not None:
            self.tonight = tonight
        seq = self.state.seq + len(events)
        self._answers[work.key] = StoredAnswer(fingerprint=fingerprint, seq=seq)
        self._advance(lines, states, work.member)
        self._answer(work, seq, quiet=not events)
        self._dismiss_if_ended()

    def _answer(self, work: Work, seq: int, *, quiet: bool) -> None:
        work.done(seq)
        if work.halted and quiet:
            self.greet_all()
            self._neighbours.went_on(self.session_id)

    def _not_stored(self, work: Work, *, certain: bool) -> None:
        """Say so. A Stop is kept until it can be stored, and a deadline is tried again."""
        if work.is_stop:
            self._waiting.keep(work)
            if not work.told:
                work.told = True
                work.unavailable(UNSTORED_STOP)
                log.error("stop.unstored", session=self.session_id)
        elif work.asked:
            work.unavailable(UNSTORED if certain else UNKNOWN)
        else:
            self._alarm.again(lambda: self._queue(work))

    async def _catch_up(self) -> bool:
        """Take in what somebody else appended. False where the ledger cannot be read now."""
        self._waiting.nudged = False
        try:
            news = await self._book.since(self.epoch, self.state.seq)
            if news.epoch != self.epoch:
                self._replace(await self._book.load())
                return True
        except Unavailable:
            self._waiting.look_again()
            return False
        self._answers.update(news.answers)
        if news.tonight is not None:
            self.tonight = news.tonight
        state, states = self.state, []
        for line in news.lines:
            state = evolve(state, line)
            states.append(state)
        self._advance(news.lines, states, None)
        self._dismiss_if_ended()
        return True

    def _replace(self, loaded: Loaded) -> None:
        """The ledger has another history than ours: a backup was put back. Everybody begins with a new view."""
        self.state, self.epoch, self.tonight = loaded.state, loaded.epoch, loaded.tonight
        self._answers, self._audience.epoch = loaded.answers, loaded.epoch
        self._alarm.arm(self.state)
        self.greet_all()

    def _advance(self, lines: list[Recorded], states: list[SessionState], sender: Member | None) -> None:
        """Take the stored lines as the present, and tell everybody one `changed` each."""
        for line, state in zip(lines, states, strict=True):
            self.state = state
            self._audience.publish(line, state, tonight=self.tonight, sender=sender)
            if isinstance(line.event, PresenceLost) and self._audience.tabs_of(line.event.person):
                # They came back while their absence was being stored.
                self.command(system.PresenceReturn(person=line.event.person), cause=f"return after {line.seq}")
            self._audience.company(line.event, state, tonight=self.tonight)
            self._audience.settle(state)
        if not lines:
            return
        self._alarm.arm(self.state)
        self._on_news(self, lines)

    def _dismiss_if_ended(self) -> None:
        """After the last `changed` and the `done` of whoever ended it."""
        if self.state.phase == "ended":
            for member in self.members:
                member.close(protocol.ENDED, self.state.end_reason or "ended")

    def _greet(self, member: Member) -> None:
        self._audience.greet(member, self.state, tonight=self.tonight)

    # By itself

    def _lose(self, command: system.PresenceLose) -> None:
        if self._neighbours.fresh:
            self.command(command, cause=f"lose {command.person} {command.since_ms}")
        else:
            # They may be connected at another node, which we have not heard of lately.
            self._alarm.again(lambda: self._lose(command))

    def _due(self, due: Due) -> None:
        self._queue(Work(command=due.command, id=due.id, actor=SYSTEM))

    def _queue(self, work: Work) -> None:
        self._waiting.add(work)
