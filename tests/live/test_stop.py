"""Stop: told before it is stored, never refused, never queued; only the patient goes on."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from tests.conftest import BOTH
from tests.live.visit import Visit, meet


@pytest.mark.parametrize("premises", BOTH, indirect=True)
@pytest.mark.parametrize("who", ["patient", "therapist", "support"])
async def test_everybody_in_the_room_can_stop_everything(visit: Visit, who: str):
    await visit.run()
    talker = await visit.house.come(who)

    assert (await talker.stop()).code == "done"

    assert (await visit.patient.until("halt"))["by"] == who
    await visit.patient.sees(running="stopped", activity=None, pacer=None)
    await visit.therapist.sees(running="stopped", activity=None, pacer=None)


async def test_the_other_side_halts_before_anything_is_stored(visit: Visit):
    await visit.run()

    async with visit.house.nothing_stored():
        command = await visit.patient.send("session.stop")
        assert (await visit.therapist.until("halt")) == {"type": "halt", "by": "patient"}
        assert (await visit.patient.until("halt"))["by"] == "patient"
        assert visit.therapist.count("session.stopped") == 0

    await visit.patient.until("done", id=command)
    await visit.therapist.event("session.stopped")


async def test_stop_goes_ahead_of_all_that_waits(visit: Visit):
    await visit.run()

    async with visit.house.nothing_stored():
        said = [await visit.therapist.send("message.say", text=text) for text in ("one", "two", "three")]
        await visit.therapist.heard_so_far()
        await visit.patient.send("session.stop")
        await visit.therapist.until("halt")

    await visit.therapist.until("done", id=said[-1])
    told = [kind for kind in await visit.house.told() if kind in ("message.said", "session.stopped")]
    # The first one was being stored already.
    assert told == ["message.said", "session.stopped", "message.said", "message.said"]


async def test_the_therapist_cannot_go_on_after_the_patient_stopped(visit: Visit):
    await visit.patient.stop()

    reply = await visit.therapist.ask("session.ready")

    assert reply.code == "not_allowed"
    assert visit.view["running"] == "stopped"


async def test_the_patient_goes_on_and_nothing_runs_by_itself(visit: Visit):
    await visit.run()
    await visit.therapist.stop()
    await visit.patient.sees(running="stopped")

    assert (await visit.patient.ask("session.ready")).code == "done"

    assert visit.patient.view["running"] == "idle"
    assert visit.patient.view["activity"] is None


@pytest.mark.parametrize(
    ("command", "fields"),
    [("activity.offer", {"exercise": "body-scan"}), ("activity.start", {}), ("step.go", {"to": 1})],
)
async def test_nothing_moves_while_stopped(visit: Visit, command: str, fields: dict[str, Any]):
    await visit.run()
    await visit.patient.stop()

    assert (await visit.therapist.ask(command, **fields)).code == "stopped"


async def test_a_visit_may_be_ended_while_stopped(visit: Visit):
    await visit.patient.stop()

    assert (await visit.therapist.ask("visit.end")).code == "done"


async def test_a_stop_that_is_sent_again_is_the_same_one(visit: Visit):
    command = str(uuid4())
    first = await visit.patient.stop(id=command)
    await visit.patient.must("session.ready")

    again = await visit.patient.stop(id=command, ago_ms=4_000)

    assert again == first
    assert visit.patient.view["running"] == "idle"
    assert visit.therapist.count("halt") == 1


async def test_a_stop_from_before_a_restart_is_known(visit: Visit):
    command = str(uuid4())
    first = await visit.patient.stop(id=command)
    await visit.house.restart()
    later = await meet(visit.house)

    assert await later.patient.stop(id=command, ago_ms=60_000) == first


async def test_how_long_ago_it_was_pressed_is_kept(visit: Visit):
    await visit.run()

    await visit.patient.stop(ago_ms=4_200)

    assert (await visit.therapist.event("session.stopped"))["event"] == {
        "type": "session.stopped",
        "by": "patient",
        "ago_ms": 4_200,
    }


async def test_whoever_joins_during_a_stop_that_is_not_stored_halts_too(visit: Visit):
    await visit.run()
    await visit.house.make_it_read_only()
    reply = await visit.patient.stop()

    late = await visit.house.come("support")

    assert reply.code == "unavailable"
    # Whose it was is not for a support person to know.
    assert (await late.until("halt"))["by"] == "system"
    await visit.house.make_it_writable()
    await late.event("session.stopped")


async def test_a_second_stop_gets_its_done_as_well(visit: Visit):
    await visit.run()
    await visit.house.make_it_read_only()
    first = await visit.patient.stop()
    second = await visit.therapist.stop()
    assert {first.code, second.code} == {"unavailable"}

    await visit.house.make_it_writable()

    await visit.patient.until("done", id=first.id)
    await visit.therapist.until("done", id=second.id)
    assert (await visit.house.told()).count("session.stopped") == 1


async def test_a_stop_in_a_room_that_is_being_lifted_is_a_new_one(visit: Visit):
    await visit.patient.stop()

    async with visit.house.nothing_stored():
        await visit.patient.send("session.ready")
        await visit.patient.heard_so_far()
        await visit.therapist.send("session.stop")
        await visit.patient.until("halt", by="therapist")

    await visit.patient.event("session.stopped", by="therapist")
    assert visit.patient.view["running"] == "stopped"


async def test_stop_in_a_visit_that_has_not_begun_is_stored_too(room: Visit):
    assert (await room.patient.stop()).code == "done"
    assert room.patient.view["running"] == "stopped"


async def test_two_people_who_stop_at_once_stop_once(visit: Visit):
    await visit.run()

    replies = await asyncio.gather(visit.patient.stop(), visit.therapist.stop())

    assert {reply.code for reply in replies} == {"done"}
    assert (await visit.house.told()).count("session.stopped") == 1
