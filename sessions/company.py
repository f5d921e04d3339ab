"""Support persons in a session: who comes and goes with what the patient grants, and who is wanted in this visit."""

from sessions import events as e
from sessions.people import Role
from sessions.state import SessionState


def news(state: SessionState, granted: dict[str, bool]) -> list[e.AnyEvent]:
    """What makes the people of the session those who are granted. `granted` tells whether each is shown check-ins."""
    left: list[e.AnyEvent] = [
        e.PeopleLeft(person=person)
        for person, role in state.people.items()
        if role is Role.SUPPORT and person not in granted
    ]
    joined = [
        e.PeopleJoined(person=person, checkins=checkins)
        for person, checkins in granted.items()
        if person not in state.people or checkins != (person in state.checkins_from)
    ]
    return [*left, *joined]


def wanted(state: SessionState, company: tuple[str, ...] | None) -> tuple[str, ...] | None:
    """Those of the answer who belong to the session: a form may be older than the end of somebody's grant."""
    if company is None:
        return None
    return tuple(person for person in company if state.people.get(person) is Role.SUPPORT)


def is_with(state: SessionState) -> bool:
    """Whether a support person belongs to this visit and is wanted in it: what an exercise for two needs."""
    return any(role is Role.SUPPORT and state.admits(person) for person, role in state.people.items())
