"""One session, live: one task that orders its commands, stores what they make, and only then tells everybody."""

import asyncio
import contextlib
import hashlib
from collections import deque
from collections.abc import Callable
from typing import Any

import msgspec
import structlog
from msgspec import Struct

from exercises.pacer import lead_ms
from server.clock import Clock
from server.live import protocol
from server.live.audience import Audience
from server.live.book import Book, Conflict, Entry, Loaded, Place, StoredAnswer, Unavailable
from server.live.member import Member
from sessions import commands as c
from sessions import system
from sessions.deadlines import GRACE_MS, LOST_AFTER_MS, deadlines
from sessions.events import Recorded
from sessions.evolve import evolve
from sessions.machine import Command, decide
from sessions.moment import Find, Moment
from sessions.people import SYSTEM, Actor, Refused
from sessions.state import SessionState

log = structlog.get_logger()

STOP_RETRY_SECONDS = 0.5
#: A form that waits longer than this for its answer is told to try again; the same id is then safe to send again.
ASK_SECONDS = 10.0
#: More waiting commands than this means that storage hangs; a clear refusal then beats a long silence.
WAITING_MAX = 200
UNSTORED = "This could not be stored. Nothing of it has happened. Try again in a moment."
UNSTORED_STOP = "Everything is stopped on both screens. It is not in the record yet; the server keeps trying."


class Boot(Struct, frozen=True):
    """This start of the server: its name, and the instant from which absence counts."""

    id: str
    at_ms: int

    @property
    def not_before_ms(self) -> int:
        return self.at_ms + GRACE_MS


class _Work(Struct):
    command: Command
    id: str
    actor: Actor
    member: Member | None
    answer: "asyncio.Future[int] | None" = None

    @property
    def asked(self) -> bool:
        """Somebody waits for the answer, so even a command that changes nothing gets one."""
        return self.member is not None or self.answer is not None


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
    ) -> None:
        self.place = place
        self.session_id = place.session_id
        self.state: SessionState = loaded.state
        self.epoch = loaded.epoch
        self.tonight = loaded.tonight
        self._audience = Audience(boot=boot.id, epoch=loaded.epoch)
        self._answers = loaded.answers
        self._book, self._clock, self._find, self._boot, self._on_news = book, clock, find, boot, on_news
        self._waiting: deque[_Work] = deque()
        self._more = asyncio.Event()
        self._unstored_stop: _Work | None = None
        self._asked = 0
        self._nudged = False
        self._timer: asyncio.Task[None] | None = None
        self._timer_at: int | None = None
        # Whoever the ledger knows as here was connected to an earlier start of the server: they get its grace.
        self._leaving: dict[str, asyncio.Task[None]] = {
            person: asyncio.create_task(self._lose(person, boot.at_ms))
            for person in loaded.state.people
            if person not in loaded.state.absent and loaded.state.phase != "ended"
        }
        self._task = asyncio.create_task(self._run(), name=f"room {place.session_id}")
        self._arm()

    # From the sockets

    def join(self, member: Member) -> None:
        """Greet with the whole view, then everything from there on. No await in between: no gap."""
        self.members.add(member)
        leaving = self._leaving.pop(member.person, None)
        if leaving is not None:
            leaving.cancel()
        self.greet(member)
        if self._unstored_stop is not None:
            member.put(protocol.halt(self._unstored_stop.actor.role))
        if member.person in self.state.absent:
            self.command(system.PresenceReturn(person=member.person), cause=f"return {member.key}")
        self.tell_people()

    def leave(self, member: Member) -> None:
        self.members.discard(member)
        if self._task.done() or self._audience.tabs_of(member.person):
            self.tell_people()
            return
        since_ms = max(self._clock.now_ms(), self._boot.at_ms)
        self._leaving[member.person] = asyncio.create_task(self._lose(member.person, since_ms))
        self.tell_people()

    def submit(self, command: c.Asked, member: Member) -> None:
        """Queue a command. Stop goes ahead of everything that waits and is told at once."""
        work = _Work(command=command, id=command.id, actor=Actor(id=member.person, role=member.role), member=member)
        if isinstance(command, c.SessionStop):
            if (member.person, command.id) not in self._answers and self.state.phase != "ended":
                self._audience.tell(protocol.halt(member.role))
            self._waiting.appendleft(work)
        elif len(self._waiting) >= WAITING_MAX:
            member.put(protocol.refused(command.id, "unavailable", UNSTORED, retry_ms=1000))
            return
        else:
            self._waiting.append(work)
        self._more.set()

    async def ask(self, command: c.Asked, actor: Actor) -> int:
        """A command that comes from a form: the seq of its `done`. Raises Refused, or Unavailable."""
        if len(self._waiting) >= WAITING_MAX:
            raise Unavailable
        answer: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Work(command=command, id=command.id, actor=actor, member=None, answer=answer))
        self._more.set()
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
        self._waiting.append(_Work(command=command, id=key, actor=SYSTEM, member=None))
        self._more.set()

    def nudge(self) -> None:
        """Somebody else may have appended to this ledger: look."""
        self._nudged = True
        self._more.set()

    def greet(self, member: Member) -> None:
        self._audience.greet(member, self.state, tonight=self.tonight, now=self._clock.now())

    def tell_people(self) -> None:
        self._audience.tell_people(self.state)

    @property
    def members(self) -> set[Member]:
        return self._audience.members

    @property
    def idle(self) -> bool:
        """Nobody here, nothing waiting: the room may be forgotten, its ledger has it all."""
        busy = self._waiting or self._asked or self._unstored_stop or self._nudged
        return not (self.members or self._leaving or busy)

    @property
    def due(self) -> bool:
        """Whether something happens here by itself, at some time."""
        return self._timer_at is not None

    async def close(self) -> None:
        tasks = [self._task, *self._leaving.values(), *([self._timer] if self._timer else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # The one task

    async def _run(self) -> None:
        while True:
            if not self._waiting and not self._nudged:
                self._more.clear()
                await self._wait()
            try:
                await self._turn()
            except asyncio.CancelledError:
                raise
            except Exception as error:
                # No payload: the class and the place say enough, and the words may be a patient's.
                log.error("room.failed", session=self.session_id, error=type(error).__name__, exc_info=_bare(error))
                await asyncio.sleep(0.05)
                self._nudged = True

    async def _wait(self) -> None:
        if self._unstored_stop is None:
            await self._more.wait()
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(STOP_RETRY_SECONDS):
                await self._more.wait()

    async def _turn(self) -> None:
        if self._unstored_stop is not None:
            await self._carry_out(self._unstored_stop)
        if self._nudged:
            self._nudged = False
            await self._catch_up()
        if self._waiting:
            await self._carry_out(self._waiting.popleft())

    async def _carry_out(self, work: _Work) -> None:
        """Decide, store, advance, tell; over again where somebody else was first."""
        fingerprint = fingerprint_of(work.command)
        while True:
            stored = self._answers.get((work.actor.id, work.id))
            if stored is not None:
                self._answer_again(work, stored, fingerprint)
                return
            if self._unstored_stop is not None and work is not self._unstored_stop:
                self._unavailable(work, UNSTORED_STOP if isinstance(work.command, c.SessionStop) else UNSTORED)
                return
            try:
                await self._try(work, fingerprint)
            except Conflict:
                await self._catch_up()
                continue
            return

    async def _try(self, work: _Work, fingerprint: bytes) -> None:
        at_ms = self._clock.now_ms()
        moment = Moment(actor=work.actor, now_ms=at_ms, lead_ms=lead_ms(self._audience.worst_rtt_ms()), find=self._find)
        try:
            events = decide(self.state, work.command, moment)
        except Refused as refusal:
            self._refuse(work, refusal)
            return
        if not events and not work.asked:
            return
        lines, states = self._lines(events, work, at_ms)
        tonight = _tonight_of(work.command)
        entry = Entry(
            events=events,
            actor=work.actor,
            at_ms=at_ms,
            command=work.id,
            fingerprint=fingerprint,
            tonight=tonight,
        )
        try:
            await self._book.append(self.state, states[-1] if states else self.state, entry, self.epoch)
        except Unavailable:
            self._not_stored(work)
            return
        if work is self._unstored_stop:
            self._unstored_stop = None
        if tonight is not None:
            self.tonight = tonight
        seq = self.state.seq + len(events)
        self._answers[(work.actor.id, work.id)] = StoredAnswer(fingerprint=fingerprint, seq=seq)
        self._advance(lines, states, work.member)
        self._done(work, seq)
        if isinstance(work.command, c.SessionStop) and not events:
            # Everybody was told to halt; whoever has nothing new to see is shown how it stands.
            for member in self.members:
                self.greet(member)

    def _lines(self, events: list[Any], work: _Work, at_ms: int) -> tuple[list[Recorded], list[SessionState]]:
        lines, states, state = [], [], self.state
        for offset, event in enumerate(events, start=1):
            line = Recorded(
                seq=self.state.seq + offset,
                at=at_ms,
                by=work.actor.id,
                role=work.actor.role,
                event=event,
                cause=work.id if work.asked else None,
            )
            state = evolve(state, line)
            lines.append(line)
            states.append(state)
        return lines, states

    def _not_stored(self, work: _Work) -> None:
        if isinstance(work.command, c.SessionStop):
            if self._unstored_stop is None:
                self._unstored_stop = work
                self._unavailable(work, UNSTORED_STOP)
                log.error("stop.unstored", session=self.session_id)
            return
        if not work.asked:
            # A deadline: its condition holds on, so it comes again.
            self._timer_at = None
            self._arm(not_before_ms=self._clock.now_ms() + 1000)
        self._unavailable(work, UNSTORED)

    def _answer_again(self, work: _Work, stored: StoredAnswer, fingerprint: bytes) -> None:
        if work is self._unstored_stop:
            self._unstored_stop = None
        if stored.fingerprint != fingerprint:
            self._refuse(work, Refused("bad_message", "This id was used for another message.", fields={"id": "used"}))
            return
        self._done(work, stored.seq)

    def _done(self, work: _Work, seq: int) -> None:
        if work.member is not None:
            work.member.put(protocol.done(work.id, seq))
        if work.answer is not None and not work.answer.done():
            work.answer.set_result(seq)

    def _refuse(self, work: _Work, refusal: Refused) -> None:
        if work.member is not None:
            work.member.put(protocol.refused(work.id, refusal.code, refusal.message, fields=refusal.fields))
            work.member.count_refusal()
        if work.answer is not None and not work.answer.done():
            work.answer.set_exception(refusal)

    def _unavailable(self, work: _Work, message: str) -> None:
        """Nothing was wrong with the command; storage was."""
        if work.member is not None:
            work.member.put(protocol.refused(work.id, "unavailable", message, retry_ms=1000))
        if work.answer is not None and not work.answer.done():
            work.answer.set_exception(Unavailable(message))

    async def _catch_up(self) -> None:
        try:
            lines, answers = await self._book.since(self.state.seq)
        except Unavailable:
            self._nudged = True
            await asyncio.sleep(STOP_RETRY_SECONDS)
            return
        self._answers.update(answers)
        state, states = self.state, []
        for line in lines:
            state = evolve(state, line)
            states.append(state)
        self._advance(lines, states, None)

    def _advance(self, lines: list[Recorded], states: list[SessionState], sender: Member | None) -> None:
        """Take the stored lines as the present, and tell everybody one `changed` each."""
        for line, state in zip(lines, states, strict=True):
            self.state = state
            self._audience.publish(line, state, tonight=self.tonight, sender=sender)
        if not lines:
            return
        self._arm()
        self._on_news(self, lines)
        if self.state.phase == "ended":
            for member in list(self.members):
                member.close(protocol.ENDED, self.state.end_reason or "ended")

    # Deadlines

    async def _lose(self, person: str, since_ms: int) -> None:
        await self._clock.sleep_until(max(since_ms, self._boot.not_before_ms) + LOST_AFTER_MS)
        self._leaving.pop(person, None)
        self.command(system.PresenceLose(person=person, since_ms=since_ms), cause=f"lose {person} {since_ms}")

    def _arm(self, *, not_before_ms: int = 0) -> None:
        """One timer for the soonest deadline; most rooms have none."""
        dues = deadlines(self.state, self.session_id, not_before_ms=self._boot.not_before_ms)
        at_ms = max(dues[0].at_ms, not_before_ms) if dues else None
        if at_ms == self._timer_at:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer_at = at_ms
        self._timer = None if at_ms is None else asyncio.create_task(self._ring(at_ms))

    async def _ring(self, at_ms: int) -> None:
        await self._clock.sleep_until(at_ms)
        self._timer_at = None
        for due in deadlines(self.state, self.session_id, not_before_ms=self._boot.not_before_ms):
            if due.at_ms <= self._clock.now_ms():
                self._waiting.append(_Work(command=due.command, id=due.id, actor=SYSTEM, member=None))
        self._more.set()


def fingerprint_of(command: Command) -> bytes:
    """16 bytes that two commands share only when they say the same."""
    return hashlib.blake2b(msgspec.json.encode(command), digest_size=16).digest()


def _tonight_of(command: Command) -> dict[str, Any] | None:
    """What of the arrival check is kept apart from the ledger and deleted after the visit."""
    if not isinstance(command, c.ArrivalConfirm):
        return None
    kept = {
        "place": command.place,
        "phone": command.phone,
        "stop_word": command.stop_word,
        "signal": command.signal,
        "phrase": command.hang_up.phrase,
    }
    return {name: value for name, value in kept.items() if value}


def _bare(error: BaseException) -> tuple[type[BaseException], BaseException, Any]:
    return type(error), type(error)("(not shown)"), error.__traceback__
