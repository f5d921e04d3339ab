"""What the pages of one visit say to find each other: passed on at once, limited in size and rate, kept nowhere."""

import asyncio
from collections.abc import Callable

import structlog

from server.clock import Clock
from server.live import call as calls
from server.live import protocol
from server.live.call import Call, Elsewhere, Part
from server.live.member import Bucket, Member
from server.turn import Relay
from sessions.people import Refused, Role
from sessions.state import SessionState

log = structlog.get_logger()

#: Two sides that find each other send some dozens of addresses at once, and again after a change of network.
SIGNALS_BURST = 120
SIGNALS_A_SECOND = 10
#: Whose socket is closed with one of these is not a moment away, but out.
_OUT = (protocol.SIGNED_OUT, protocol.NO_LONGER_YOURS, protocol.ENDED)


class Switchboard:
    """The call of one room. Made when somebody first wants voice: a visit without it has none.

    It stays for as long as its room does, because it knows how much each person has sent. `tell` reaches everybody
    in the room, `find` one socket by its key.
    """

    __slots__ = ("_buckets", "_clock", "_find", "_relay", "_ringing_at_ms", "_session_id", "_tell", "_timer", "call")

    def __init__(
        self,
        session_id: str,
        *,
        clock: Clock,
        relay: Relay,
        tell: Callable[[bytes], None],
        find: Callable[[str], Member | None],
    ) -> None:
        self.call = Call()
        self._session_id, self._clock, self._relay = session_id, clock, relay
        self._tell, self._find = tell, find
        self._buckets: dict[str, Bucket] = {}
        self._timer: asyncio.Task[None] | None = None
        self._ringing_at_ms: float | None = None

    def hear(self, frame: protocol.CallFrame, member: Member, state: SessionState) -> None:
        """One frame. Nothing answers it but a refusal; what it changes is shown to everybody."""
        if state.phase != "open":
            member.refuse(frame.id, "not_now", "Voice is there once the visit is open.")
            member.count_refusal()
            return
        wait_ms = self._bucket_of(member.person).take(self._clock.now())
        if wait_ms:
            member.refuse(frame.id, "too_fast", "That was too much at once. Wait a moment.", retry_ms=wait_ms)
            member.count_refusal()
            return
        try:
            self._do(frame, member, state)
        except Elsewhere:
            member.refuse(frame.id, "elsewhere", "Voice is on in another tab or on another device of yours.")
            member.count_refusal()
        except Refused as refusal:
            member.refuse(frame.id, refusal.code, refusal.message, fields=refusal.fields)
            member.count_refusal()

    def _do(self, frame: protocol.CallFrame, member: Member, state: SessionState) -> None:
        call = self.call
        match frame:
            case protocol.CallSignal():
                own = calls.taking_part(call, member.key)
                self._pass_on(frame, own, calls.introduced(call, own, frame.to))
            case protocol.CallTell():
                self._become(
                    calls.tell(
                        call,
                        member.key,
                        frame.peer,
                        microphone=frame.microphone,
                        camera=frame.camera,
                        hidden=frame.hidden,
                    )
                )
            case protocol.CallJoin():
                self._join(frame, member, state)
            case protocol.CallLeave():
                self._become(calls.leave(call, member.person, frame.peer))
            case protocol.CallAllow():
                self._become(calls.allow(call, member.person, member.role, frame.person, speak=frame.speak))

    def _join(self, frame: protocol.CallJoin, member: Member, state: SessionState) -> None:
        if member.role is Role.SUPPORT and member.person not in state.voice:
            raise Refused("not_allowed", "The patient has not asked for you to take part in voice.")
        part = Part(
            person=member.person,
            role=member.role,
            peer=frame.peer,
            key=member.key,
            microphone=frame.microphone,
            camera=frame.camera,
        )
        call, taken = calls.join(self.call, part, take=frame.take)
        if taken is not None and taken.key is not None and (earlier := self._find(taken.key)) is not None:
            earlier.put(protocol.call_moved())
        servers, until_ms = self._relay.servers(self._clock.now_ms())
        member.put(
            protocol.call_joined(frame.id, servers=servers, relay_only=self._relay.relay_only, until_ms=until_ms)
        )
        self._become(call)

    def _pass_on(self, frame: protocol.CallSignal, own: Part, other: Part) -> None:
        holder = self._find(other.key) if other.key is not None else None
        if holder is None:
            raise Refused("not_now", "The other side is not there now.")
        holder.put(protocol.call_signal(frame, sender=own.peer, person=own.person))

    def left(self, member: Member) -> None:
        """A socket is gone: its person is away for a moment, or out."""
        if member.closing in _OUT:
            self._become(calls.leave(self.call, member.person, self._peer_of(member)))
        else:
            self._become(calls.lost(self.call, member.key, self._clock.now()))

    def _peer_of(self, member: Member) -> str:
        own = self.call.held_by(member.key)
        return "" if own is None else own.peer

    def settle(self, state: SessionState) -> None:
        """Whoever may not take part any more is out at once, whatever their socket still does."""
        out = set()
        for part in self.call.parts:
            holder = None if part.key is None else self._find(part.key)
            closing = None if holder is None else holder.closing
            silent = part.role is Role.SUPPORT and part.person not in state.voice
            if silent or state.phase != "open" or closing in _OUT or not state.admits(part.person):
                out.add(part.person)
        if out:
            self._become(calls.without(self.call, out))

    def greet(self, member: Member) -> None:
        """Somebody comes into the room: who takes part, where anybody does."""
        if self.call.parts:
            member.put(self._people())

    def _become(self, call: Call) -> None:
        before, self.call = self.call, call
        if call == before:
            return
        if calls.people(call) != calls.people(before):
            self._tell(self._people())
        if len(call.parts) != len(before.parts):
            log.info("call", session=self._session_id, people=len(call.parts))
        self._arm()

    def _people(self) -> bytes:
        return protocol.call_people(calls.people(self.call))

    def _bucket_of(self, person: str) -> Bucket:
        bucket = self._buckets.get(person)
        if bucket is None:
            bucket = self._buckets[person] = Bucket(
                size=SIGNALS_BURST,
                every_ms=1_000 / SIGNALS_A_SECOND,
                tokens=SIGNALS_BURST,
                at_ms=self._clock.now(),
            )
        return bucket

    def _arm(self) -> None:
        """One timer, for whoever is away longest."""
        at_ms = self.call.next_ms
        if at_ms == self._ringing_at_ms:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._ringing_at_ms = at_ms
        self._timer = None if at_ms is None else asyncio.create_task(self._ring(at_ms), name=f"call {self._session_id}")

    async def _ring(self, at_ms: float) -> None:
        await self._clock.sleep_until(at_ms)
        # From here on it is over: what follows may set the next one, and must not cancel this.
        self._timer, self._ringing_at_ms = None, None
        self._become(calls.expired(self.call, self._clock.now()))

    async def close(self) -> None:
        timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()
            await asyncio.gather(timer, return_exceptions=True)
