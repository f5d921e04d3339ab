"""Voice in one visit as values: who takes part, from which page, and who may speak. Media never comes here.

The server introduces pages to each other and passes on what they say to find each other. It holds no sound and no
picture, writes nothing down, and forgets a person 30 s after their page went away.
"""

from collections.abc import Collection
from typing import Any

from msgspec import Struct, structs

from sessions.people import Refused, Role

#: A page that lost its socket goes on sending sound. So long it keeps its place, and then it is taken from the list.
AWAY_MS = 30_000
#: Patient, therapists and one support person. Each sends to each, and an old phone cannot do much more.
PEOPLE_MAX = 4


class Elsewhere(Exception):
    """Another tab or device of the same person holds the call, and nobody said that this one takes it."""


class Part(Struct, frozen=True):
    """One person's part in the call, held by one page. `key` names its socket, None while that is away."""

    person: str
    role: Role
    peer: str
    key: str | None
    microphone: bool
    camera: bool
    hidden: bool = False
    away_since_ms: float | None = None


class Call(Struct, frozen=True):
    """`allowed`: who allows which support person to speak, as (support person, whoever allows it)."""

    parts: tuple[Part, ...] = ()
    allowed: frozenset[tuple[str, str]] = frozenset()

    def of(self, person: str) -> Part | None:
        return next((part for part in self.parts if part.person == person), None)

    def at(self, peer: str) -> Part | None:
        return next((part for part in self.parts if part.peer == peer), None)

    def held_by(self, key: str) -> Part | None:
        return next((part for part in self.parts if part.key == key), None)

    def allowed_by(self, part: Part) -> list[Role]:
        """Which roles allow this support person to speak, each named once."""
        roles = {other.role for other in self.parts if (part.person, other.person) in self.allowed}
        return sorted(roles)

    def speaks(self, part: Part) -> bool:
        if part.role is not Role.SUPPORT:
            return True
        return {Role.PATIENT, Role.THERAPIST} <= set(self.allowed_by(part))

    @property
    def next_ms(self) -> float | None:
        """When the next page that is away loses its place."""
        gone = [part.away_since_ms for part in self.parts if part.away_since_ms is not None]
        return min(gone) + AWAY_MS if gone else None


def join(call: Call, part: Part, *, take: bool) -> tuple[Call, Part | None]:
    """The call with this part in it, and the part that it took over from another page of the same person.

    Raises Elsewhere, and Refused where there is no room, or the peer is somebody else's.
    """
    held = call.at(part.peer)
    if held is not None and held.person != part.person:
        raise Refused("bad_message", "This id was used for another message.", fields={"peer": "used"})
    own = call.of(part.person)
    if own is None:
        _is_room_for(call, part)
        return structs.replace(call, parts=(*call.parts, part)), None
    taken = own if own.peer != part.peer and own.key not in (None, part.key) else None
    if taken is not None and not take:
        raise Elsewhere
    parts = tuple(part if other is own else other for other in call.parts)
    return structs.replace(call, parts=parts), taken


def _is_room_for(call: Call, part: Part) -> None:
    if part.role is Role.SUPPORT and any(other.role is Role.SUPPORT for other in call.parts):
        raise Refused("not_now", "One support person at a time can take part in voice.")
    if len(call.parts) >= PEOPLE_MAX:
        raise Refused("not_now", "No more than 4 people can take part in voice.")


def leave(call: Call, person: str, peer: str) -> Call:
    """Without this page of theirs; nothing where another one holds the call by now."""
    own = call.of(person)
    return call if own is None or own.peer != peer else without(call, {person})


def without(call: Call, people: Collection[str]) -> Call:
    """Without these people, and without what they allowed, or were allowed."""
    return Call(
        parts=tuple(part for part in call.parts if part.person not in people),
        allowed=frozenset(pair for pair in call.allowed if not set(pair) & set(people)),
    )


def tell(call: Call, key: str, peer: str, *, microphone: bool, camera: bool, hidden: bool) -> Call:
    """What is on at one side. Raises Refused where this page does not take part."""
    own = taking_part(call, key, peer)
    told = structs.replace(own, microphone=microphone, camera=camera, hidden=hidden)
    return structs.replace(call, parts=tuple(told if part is own else part for part in call.parts))


def allow(call: Call, by: str, role: Role, person: str, *, speak: bool) -> Call:
    """The patient or a therapist lets a support person speak, or takes that back.

    Whoever is to hear it says so: they take part themselves, and what they allowed ends when they leave.
    """
    if role not in (Role.PATIENT, Role.THERAPIST):
        raise Refused("not_allowed", "Patient and therapist say together who speaks.")
    own, other = call.of(by), call.of(person)
    if own is None or other is None or other.role is not Role.SUPPORT:
        raise Refused("not_now", "This needs both of you to take part in voice.")
    pair = {(person, by)}
    return structs.replace(call, allowed=call.allowed | pair if speak else call.allowed - pair)


def taking_part(call: Call, key: str, peer: str | None = None) -> Part:
    """The part that this socket holds. Raises Refused where it holds none."""
    own = call.held_by(key)
    if own is None or (peer is not None and own.peer != peer):
        raise Refused("not_now", "This page does not take part in voice now.")
    return own


def introduced(call: Call, own: Part, to: str) -> Part:
    """Whom a signal is for. Raises Refused where nobody of that id is there now."""
    other = call.at(to)
    if other is None or other is own or other.key is None:
        raise Refused("not_now", "The other side is not there now.")
    return other


def lost(call: Call, key: str, now_ms: float) -> Call:
    """A socket is gone. Its page may still send sound, so it keeps its place for a while."""
    own = call.held_by(key)
    if own is None:
        return call
    gone = structs.replace(own, key=None, away_since_ms=now_ms)
    return structs.replace(call, parts=tuple(gone if part is own else part for part in call.parts))


def expired(call: Call, now_ms: float) -> Call:
    """Without whoever has been away for too long."""
    over = {
        part.person for part in call.parts if part.away_since_ms is not None and part.away_since_ms + AWAY_MS <= now_ms
    }
    return without(call, over) if over else call


def people(call: Call) -> list[dict[str, Any]]:
    """As everybody in the room is shown it."""
    return [
        {
            "person": part.person,
            "role": part.role,
            "peer": part.peer,
            "microphone": part.microphone,
            "camera": part.camera,
            "hidden": part.hidden,
            "away": part.key is None,
            "speaks": call.speaks(part),
            "allowed_by": call.allowed_by(part),
        }
        for part in call.parts
    ]
