"""What goes beside the record, and who has no place in a room: every type × everybody × the states of a visit.

What goes into the record is in tests/sessions/test_command_walls.py; together they are every type of `ebb.v1`.
"""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import pytest
from websockets.exceptions import InvalidStatus

from server.live import protocol
from sessions import commands as c
from tests.live.house import House
from tests.live.visit import Visit

PEOPLE = ("therapist", "patient", "support")
OUTSIDE = {"colleague": 404, "other_patient": 404, "owner": 404, "stranger": 404, "": 401}


async def _scheduled(visit: Visit) -> None:
    """Both are there, and the visit has not begun."""


async def _open(visit: Visit) -> None:
    await visit.open()


async def _running(visit: Visit) -> None:
    await visit.open()
    await visit.run()


async def _paused(visit: Visit) -> None:
    await _running(visit)
    await visit.patient.must("activity.pause")


async def _stopped(visit: Visit) -> None:
    await _running(visit)
    await visit.patient.stop()


PHASES: dict[str, Callable[[Visit], Awaitable[None]]] = {
    "scheduled": _scheduled,
    "open": _open,
    "running": _running,
    "paused": _paused,
    "stopped": _stopped,
}
PEER = str(uuid4())
#: One of each type that is passed on and never recorded, as its sender would write it.
ASIDE: dict[str, dict[str, Any]] = {
    "clock.ping": {},
    "call.join": {"peer": PEER, "microphone": True, "camera": False},
    "call.leave": {"peer": PEER},
    "call.tell": {"peer": PEER, "microphone": False, "camera": False, "hidden": True},
    "call.allow": {"person": "nobody", "speak": True},
    "call.signal": {"to": PEER, "code": {"commit": "0" * 64}},
    "heart.beats": {"beats": []},
}
#: `+`: nothing was refused; else the code, in the order of ASIDE. Nobody is in a call: tests/live/test_call_*.py have
#: some who are.
IN_A_VISIT = {
    "therapist": "+ + + not_now not_now not_now not_allowed",
    "patient": "+ + + not_now not_now not_now +",
    "support": "+ not_allowed + not_now not_allowed not_now not_allowed",
}
TABLE: dict[str, dict[str, str]] = {
    "scheduled": {
        "therapist": "+ not_now not_now not_now not_now not_now not_allowed",
        "patient": "+ not_now not_now not_now not_now not_now not_now",
        "support": "+ not_now not_now not_now not_now not_now not_allowed",
    },
    "open": IN_A_VISIT,
    "running": IN_A_VISIT,
    "paused": IN_A_VISIT,
    "stopped": IN_A_VISIT,
}


async def answers(house: House, who: str) -> dict[str, str]:
    """What this person is answered now, for each type."""
    found: dict[str, str] = {}
    for name, fields in ASIDE.items():
        # A line of one's own each time: what one frame leaves behind is not there for the next.
        talker = await house.come(who)
        mark = len(talker.frames)
        command = await talker.send(name, **fields)
        await talker.heard_so_far()
        refused = [
            frame["code"] for frame in talker.frames[mark:] if frame["type"] == "refused" and frame["id"] == command
        ]
        found[name] = refused[0] if refused else "+"
        await talker.close()
    return found


def test_every_type_is_in_one_of_the_two_tables():
    recorded = {str(kind.__struct_config__.tag) for kind in c.Asked.__args__}

    assert recorded | set(ASIDE) == set(protocol.TYPES)
    assert recorded & set(ASIDE) == set()
    assert set(TABLE) == set(PHASES)


@pytest.mark.parametrize("phase", PHASES)
async def test_what_goes_beside_the_record(room: Visit, phase: str):
    await PHASES[phase](room)

    answered = {who: " ".join((await answers(room.house, who)).values()) for who in PEOPLE}

    assert answered == TABLE[phase]


@pytest.mark.parametrize("phase", PHASES)
async def test_whoever_has_no_place_sends_nothing_at_any_time(room: Visit, phase: str):
    await PHASES[phase](room)

    turned_away = {}
    for who in OUTSIDE:
        with pytest.raises(InvalidStatus) as refused:
            await (room.house.come(who) if who else room.house.come("patient", cookie=""))
        turned_away[who] = refused.value.response.status_code

    assert turned_away == OUTSIDE


async def test_a_visit_that_has_ended_hears_nobody(visit: Visit):
    await visit.house.come("support")
    await visit.therapist.must("visit.end")
    for who in PEOPLE:
        assert await (await visit.house.come(who)).closed() == protocol.ENDED
