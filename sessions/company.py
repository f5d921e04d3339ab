"""Support persons in a session: who comes and goes with what the patient grants, and who is wanted in this visit."""

from sessions import events as e
from sessions.people import Role, Shared
from sessions.state import SessionState


def news(state: SessionState, granted: dict[str, Shared], *, now_ms: int) -> list[e.AnyEvent]:
    """What makes the people of the session those who are granted. `granted` tells what is shared with each.

    Where the last of them goes, what was offered or begun for two comes to its end first.
    """
    left: list[e.AnyEvent] = [
        e.PeopleLeft(person=person)
        for person, role in state.people.items()
        if role is Role.SUPPORT and person not in granted
    ]
    joined = [
        e.PeopleJoined(person=person, checkins=shared.checkins, voice=shared.voice)
        for person, shared in granted.items()
        if person not in state.people
        or shared != Shared(checkins=person in state.checkins_from, voice=person in state.voice)
    ]
    stays = any(state.company is None or person in state.company for person in granted)
    return [*([] if stays else ended(state, now_ms)), *left, *joined]


def not_this_time(state: SessionState, company: tuple[str, ...] | None, now_ms: int) -> list[e.AnyEvent]:
    """What an answer about company ends, where it leaves nobody: an exercise for two does not go on for one."""
    return ended(state, now_ms) if company == () else []


def ended(state: SessionState, now_ms: int) -> list[e.AnyEvent]:
    """An exercise for two goes: the question is taken back, and what runs ends, by its way out where it has one."""
    events: list[e.AnyEvent] = []
    asking, activity = state.asking, state.activity
    if asking is not None and asking.script.with_support:
        events.append(e.AskingEnded(ask=asking.seq, reason="withdrawn"))
    if activity is not None and activity.script.with_support:
        way_out = activity.script.steps[activity.step].way_out
        if activity.started_at is not None and way_out is not None:
            events.append(e.StepChanged(to=way_out, was=activity.step, at_ms=now_ms))
        events.append(e.ActivityFinished())
    return events


def wanted(state: SessionState, company: tuple[str, ...] | None) -> tuple[str, ...] | None:
    """Those of the answer who belong to the session: a form may be older than the end of somebody's grant."""
    if company is None:
        return None
    return tuple(person for person in company if state.people.get(person) is Role.SUPPORT)


def is_with(state: SessionState) -> bool:
    """Whether a support person belongs to this visit and is wanted in it: what an exercise for two needs."""
    return any(role is Role.SUPPORT and state.admits(person) for person, role in state.people.items())
