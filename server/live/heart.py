"""The line of the patient's belt on its way to their therapist: passed on at once, limited, kept nowhere."""

from collections.abc import Iterable
from typing import Final

from server.clock import Clock
from server.live import protocol
from server.live.member import Bucket, Member
from sessions import heart
from sessions.people import Role
from sessions.state import SessionState

BEATS_BURST: Final = 5
BEATS_EVERY_MS: Final = 1_000
#: A beat further from now than this was not measured by a belt that somebody wears.
NEAR_MS: Final = 60_000


class HeartLine:
    """The one line that a room can have. Made when a patient first shows it: a visit without it holds none."""

    __slots__ = ("_bucket", "_clock", "_shown")

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        #: Whether anybody was sent any of it since it was last taken back.
        self._shown = False
        self._bucket = Bucket(size=BEATS_BURST, every_ms=BEATS_EVERY_MS, tokens=BEATS_BURST, at_ms=clock.now())

    def relay(
        self, frame: protocol.HeartBeats, member: Member, *, state: SessionState, members: Iterable[Member]
    ) -> None:
        """To therapists, and to the patient's own other tabs; nothing answers it but a refusal."""
        wait_ms = 0 if not frame.beats else self._bucket.take(self._clock.now())
        if wait_ms:
            member.refuse(frame.id, "too_fast", "That was too much at once. Wait a moment.", retry_ms=wait_ms)
            member.count_refusal()
            return
        refused = _why_not(frame, state, now_ms=self._clock.now_ms())
        if refused is not None:
            member.refuse(frame.id, *refused)
            member.count_refusal()
        elif frame.beats or self._shown:
            # Taking back has no limit and is told once: there is nothing to take back a second time.
            self._shown = bool(frame.beats)
            told = protocol.heart_beats(member.person, frame.beats)
            for other in members:
                if other is not member and (other.role is Role.THERAPIST or other.person == member.person):
                    other.put(told)


def _why_not(frame: protocol.HeartBeats, state: SessionState, *, now_ms: int) -> tuple[str, str] | None:
    if state.phase != "open":
        return "not_now", "The line of your belt is there once the visit is open."
    # Taking it back is never refused in a visit: whoever shares may stop sharing, whatever else goes on.
    if frame.beats and heart.rests(state):
        return "not_now", "The pacer rests, and what your belt measures rests with it."
    if any(abs(at_ms - now_ms) > NEAR_MS for at_ms, _ in frame.beats):
        return "bad_message", "These beats are not of now."
    return None
