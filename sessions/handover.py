"""Another therapist takes over a patient: what the patient's open sessions are told."""

from sessions import events as e
from sessions.people import Role
from sessions.state import SessionState


def news(state: SessionState, former: str, following: str) -> list[e.AnyEvent]:
    """Nothing of what runs changes: the script, the pace and every yes stay, whoever leads from now on.

    The former one goes first, so that there are never two who lead. Until the other one comes they count as absent,
    from this instant: work inside does not go on with nobody there.
    """
    if state.phase == "ended" or state.people.get(former) is not Role.THERAPIST:
        return []
    left = e.PeopleLeft(person=former, role=Role.THERAPIST)
    there = state.people.get(following) is Role.THERAPIST
    return [left] if there else [left, e.PeopleJoined(person=following, role=Role.THERAPIST)]
