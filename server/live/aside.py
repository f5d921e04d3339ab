"""What people in a room tell each other beside the record: voice, and the line of a belt. Stored and queued nowhere."""

from collections.abc import Iterable

from server.clock import Clock
from server.live import protocol
from server.live.heart import HeartLine
from server.live.member import Member
from server.live.switchboard import Switchboard
from sessions.people import Role
from sessions.state import SessionState


class Aside:
    """Made with the first frame of this kind: most visits lie idle, and hold nothing for it."""

    __slots__ = ("_clock", "_heart", "board")

    def __init__(self, board: Switchboard, clock: Clock) -> None:
        self.board, self._clock = board, clock
        self._heart: HeartLine | None = None

    def hear(self, frame: protocol.AsideFrame, member: Member, state: SessionState, members: Iterable[Member]) -> None:
        if not isinstance(frame, protocol.HeartBeats):
            self.board.hear(frame, member, state)
        elif member.role is not Role.PATIENT:
            # The line is the patient's, and for their therapist. Nobody else has one to show.
            member.refuse(frame.id, "not_allowed", "Only the patient's own screen can tell this.")
            member.count_refusal()
        else:
            self._heart = self._heart or HeartLine(self._clock)
            self._heart.relay(frame, member, state=state, members=members)
