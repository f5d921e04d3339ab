"""Everybody in a room: greeting them, and telling each role what it may see, encoded once a role."""

from collections.abc import Mapping
from typing import Any

from msgspec import Raw

from server.clock import Clock
from server.db.nodes import Seen, both
from server.live import protocol
from server.live.aside import Aside
from server.live.elsewhere import NOBODY
from server.live.member import Member
from server.live.switchboard import Switchboard
from server.turn import Relay
from sessions.events import AnyEvent, ArrivalConfirmed, ComfortChanged, PeopleJoined, PeopleLeft, Recorded
from sessions.people import Role
from sessions.state import SessionState
from sessions.system import PresenceLose, PresenceReturn
from sessions.views import by_for, event_for, sees, shown, view


class Audience:
    """The members of one room. Nothing here waits: every frame goes into an outbox."""

    __slots__ = (
        "_aside",
        "_boot",
        "_clock",
        "_relay",
        "_session_id",
        "_shown",
        "_views",
        "elsewhere",
        "epoch",
        "members",
    )

    def __init__(self, session_id: str, *, boot: str, epoch: int, clock: Clock, relay: Relay) -> None:
        self.members: set[Member] = set()
        #: People who are connected at other nodes.
        self.elsewhere: Mapping[str, Seen] = NOBODY
        self.epoch = epoch
        self._session_id, self._boot, self._clock, self._relay = session_id, boot, clock, relay
        self._aside: Aside | None = None
        #: The view of each role as it was last told, and what it was made from.
        self._views: dict[Role, Raw] = {}
        self._shown: Any = None

    def tabs_of(self, person: str) -> list[Member]:
        return [member for member in self.members if member.person == person]

    def is_here(self, person: str) -> bool:
        """Whether they are connected, at whichever node."""
        return person in self.elsewhere or bool(self.tabs_of(person))

    def is_outdated(self, command: object) -> bool:
        """Somebody came or went again while the news of it waited to be stored."""
        match command:
            case PresenceLose(person=person):
                return self.is_here(person)
            case PresenceReturn(person=person):
                return not self.tabs_of(person)
            case _:
                return False

    def find(self, key: str) -> Member | None:
        return next((member for member in self.members if member.key == key), None)

    def greet(self, member: Member, state: SessionState, *, tonight: dict[str, Any]) -> None:
        shared = state.checkins_from.get(member.person)
        seen = view(state, member.role, tonight=tonight, lists=True, checkins_from=shared)
        member.put(
            protocol.hello(
                now=self._clock.now(),
                boot=self._boot,
                epoch=self.epoch,
                seq=state.seq,
                person=member.person,
                role=member.role,
                view=protocol.raw(seen),
            )
        )
        if self._aside is not None:
            self._aside.board.greet(member)

    def publish(self, line: Recorded, state: SessionState, *, tonight: dict[str, Any], sender: Member | None) -> None:
        """One `changed` for each member that may see the event; the sender's names its command."""
        frames: dict[tuple[Role, bool], bytes] = {}
        whole: Raw | None = None
        now = (shown(state), tonight)
        if now != self._shown:
            self._shown = now
            self._views.clear()
        for member in self.members:
            role, cause = member.role, line.cause if member is sender else None
            if not sees(role, line.event, seq=line.seq, checkins_from=state.checkins_from.get(member.person)):
                if role is Role.SUPPORT and line.event == ComfortChanged(level="dizzy"):
                    # The pacer rests for everybody, and what stopped it is not this person's to know.
                    self.greet(member, state, tonight={})
                continue
            frame = frames.get((role, cause is not None))
            if frame is None:
                event = event_for(role, line.event)
                if event is line.event:
                    # Most events look the same to everybody who sees them.
                    whole = encoded = whole or protocol.raw(event)
                else:
                    encoded = protocol.raw(event)
                seen = self._view(state, role, tonight=tonight)
                by = by_for(role, line.role)
                frame = protocol.changed(seq=line.seq, at=line.at, by=by, event=encoded, view=seen, cause=cause)
                frames[(role, cause is not None)] = frame
            member.put(frame)

    def _view(self, state: SessionState, role: Role, *, tonight: dict[str, Any]) -> Raw:
        """Encoded once a role, and kept for as long as `publish` sees nothing change that it shows."""
        encoded = self._views.get(role)
        if encoded is None:
            encoded = self._views[role] = protocol.raw(view(state, role, tonight=tonight, lists=False))
        return encoded

    def halt(self, by: Role) -> None:
        """Stop, to everybody at once. Whose it was is told to those who may know."""
        frames = {told: protocol.halt(told) for told in {by_for(role, by) for role in Role}}
        for member in self.members:
            member.put(frames[by_for(member.role, by)])

    def tell(self, frame: bytes) -> None:
        for member in self.members:
            member.put(frame)

    def aside(self, frame: protocol.AsideFrame, member: Member, state: SessionState) -> None:
        """Voice, or a belt: passed on, and never recorded."""
        if self._aside is None:
            clock = self._clock
            board = Switchboard(self._session_id, clock=clock, relay=self._relay, tell=self.tell, find=self.find)
            self._aside = Aside(board, clock)
        self._aside.hear(frame, member, state, self.members)

    def left(self, member: Member) -> None:
        self.members.discard(member)
        if self._aside is not None:
            self._aside.board.left(member)

    def settle(self, state: SessionState) -> None:
        """Whoever may not be heard here any more is not in the call from this instant."""
        if self._aside is not None:
            self._aside.board.settle(state)

    async def close(self) -> None:
        if self._aside is not None:
            await self._aside.board.close()

    def company(self, event: AnyEvent, state: SessionState, *, tonight: dict[str, Any]) -> None:
        """Whoever is not in this visit any more loses their sockets; whoever is shown more, or less, sees it anew."""
        match event:
            case PeopleLeft() | ArrivalConfirmed(company=tuple()):
                # Also the therapist who handed this patient over; a patient is never shown out of their own visit.
                for member in self.members:
                    if member.role is not Role.PATIENT and not state.admits(member.person):
                        member.close(protocol.NO_LONGER_YOURS, "no_longer_yours")
            case PeopleJoined(person=person):
                for member in self.tabs_of(person):
                    self.greet(member, state, tonight=tonight)
            case _:
                return
        self.tell_people(state)

    def tell_people(self, state: SessionState) -> None:
        """Who is here, how well connected. Never recorded."""
        here: dict[str, list[Member]] = {person: [] for person in state.people}
        for member in self.members:
            here.setdefault(member.person, []).append(member)
        self.tell(protocol.people([self._person(person, tabs, state) for person, tabs in here.items()]))

    def _person(self, person: str, tabs: list[Member], state: SessionState) -> dict[str, Any]:
        """Several tabs of one person are one person: connected since the first, as slow as the slowest."""
        seen, other = seen_of(tabs), self.elsewhere.get(person)
        seen = both(other, seen) if seen is not None and other is not None else seen or other
        return {
            "id": person,
            "role": state.people[person] if person in state.people else tabs[0].role,
            "connected": seen is not None,
            "since": state.absent.get(person) if seen is None else seen.since_ms,
            "rtt": None if seen is None else seen.rtt_ms,
            "sync": None if seen is None else seen.sync,
        }

    def people_here(self) -> dict[str, Seen]:
        """Who is connected at this node, as other nodes are told."""
        here: dict[str, list[Member]] = {}
        for member in self.members:
            here.setdefault(member.person, []).append(member)
        return {person: seen for person, tabs in here.items() if (seen := seen_of(tabs)) is not None}

    def worst_rtt_ms(self) -> float | None:
        here = [member.rtt_ms for member in self.members if member.rtt_ms is not None]
        there = [seen.rtt_ms for seen in self.elsewhere.values() if seen.rtt_ms is not None]
        return max([*here, *there], default=None)


def seen_of(tabs: list[Member]) -> Seen | None:
    """The tabs of one person here; None without any."""
    if not tabs:
        return None
    measured = [tab.rtt_ms for tab in tabs if tab.rtt_ms is not None]
    newest = max(tabs, key=lambda tab: tab.reported_ms)
    return Seen(min(tab.since_ms for tab in tabs), round(max(measured)) if measured else None, newest.sync)
