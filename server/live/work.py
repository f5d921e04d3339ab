"""One command on its way through a room: whose it is, who waits for the answer, and how it is answered."""

import asyncio
import hashlib
from typing import Any

import msgspec
from msgspec import Struct, structs

from server.live import protocol
from server.live.book import Unavailable
from server.live.member import Member
from sessions import commands as c
from sessions.events import AnyEvent, Recorded
from sessions.evolve import evolve
from sessions.machine import Command
from sessions.people import Actor, Refused
from sessions.state import SessionState

UNSTORED = "This could not be stored. Nothing of it has happened. Try again in a moment."
UNKNOWN = "The server cannot tell yet whether this was stored. Try again in a moment: nothing happens twice."
UNSTORED_STOP = "Everything is stopped on both screens. It is not in the record yet; the server keeps trying."
RETRY_MS = 1_000


class Work(Struct, eq=False):
    """A command that waits or is being carried out.

    `halted`: the room was told to halt for it. `told`: that it could not be stored was said already. `looked`: whether
    the ledger was read once more before it would have been refused.
    """

    command: Command
    id: str
    actor: Actor
    member: Member | None = None
    answer: "asyncio.Future[int] | None" = None
    halted: bool = False
    told: bool = False
    looked: bool = False

    @property
    def asked(self) -> bool:
        """Somebody waits for the answer, so even a command that changes nothing gets one."""
        return self.member is not None or self.answer is not None

    @property
    def is_stop(self) -> bool:
        return isinstance(self.command, c.SessionStop)

    @property
    def key(self) -> tuple[str, str]:
        """Ids count per person."""
        return self.actor.id, self.id

    def lines(
        self, events: list[AnyEvent], state: SessionState, at_ms: int
    ) -> tuple[list[Recorded], list[SessionState]]:
        """The lines that these events make behind `state`, and the state after each of them."""
        lines, states = [], []
        for event in events:
            line = Recorded(
                seq=state.seq + 1,
                at=at_ms,
                by=self.actor.id,
                role=self.actor.role,
                event=event,
                cause=self.id if self.asked else None,
            )
            state = evolve(state, line)
            lines.append(line)
            states.append(state)
        return lines, states

    def done(self, seq: int) -> None:
        if self.member is not None:
            self.member.put(protocol.done(self.id, seq))
        if self.answer is not None and not self.answer.done():
            self.answer.set_result(seq)

    def refuse(self, refusal: Refused) -> None:
        if self.member is not None:
            self.member.refuse(self.id, refusal.code, refusal.message, fields=refusal.fields)
            self.member.count_refusal()
        if self.answer is not None and not self.answer.done():
            self.answer.set_exception(refusal)

    def unavailable(self, message: str) -> None:
        """Nothing was wrong with the command; storage was."""
        if self.member is not None:
            self.member.refuse(self.id, "unavailable", message, retry_ms=RETRY_MS)
        if self.answer is not None and not self.answer.done():
            self.answer.set_exception(Unavailable(message))


def fingerprint_of(command: Command, key: bytes) -> bytes:
    """16 bytes that two commands share only when they say the same; under a key, since they outlive an erasure.

    A Stop that is sent again says how long ago it was pressed, and is the same Stop: it is never refused.
    """
    if isinstance(command, c.SessionStop):
        command = structs.replace(command, ago_ms=None)
    return hashlib.blake2b(msgspec.json.encode(command), key=key, digest_size=16).digest()


def tonight_of(command: Command) -> dict[str, Any] | None:
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
