"""A command counts once, however often it is sent; its answer is the same for ever."""

from uuid import uuid4

import pytest

from server import wiring
from server.live.work import fingerprint_of
from sessions import commands as c
from tests.conftest import BOTH
from tests.live.visit import Visit, meet


@pytest.mark.parametrize("premises", BOTH, indirect=True)
async def test_the_same_command_again_gets_the_same_done(visit: Visit):
    command = str(uuid4())
    first = await visit.patient.must("message.say", id=command, text="Hello")
    await visit.therapist.must("note.write", text="Between the two")

    again = await visit.patient.must("message.say", id=command, text="Hello")

    assert again == first
    assert (await visit.house.told()).count("message.said") == 1


@pytest.mark.parametrize("premises", BOTH, indirect=True)
async def test_also_after_a_restart(visit: Visit):
    command = str(uuid4())
    first = await visit.patient.must("message.say", id=command, text="Hello")
    await visit.house.restart()

    later = await meet(visit.house)

    assert await later.patient.must("message.say", id=command, text="Hello") == first
    reply = await later.patient.ask("message.say", id=command, text="Good-bye")
    assert (reply.code, reply.fields) == ("bad_message", {"id": "used"})
    assert (await visit.house.told()).count("message.said") == 1


async def test_a_command_that_changes_nothing_is_answered_the_same_way(visit: Visit):
    command = str(uuid4())
    first = await visit.therapist.must("visit.admit", id=command)
    await visit.patient.must("message.say", text="Hello")

    assert await visit.therapist.must("visit.admit", id=command) == first


async def test_the_same_id_with_other_content_is_a_bad_message(visit: Visit):
    command = str(uuid4())
    await visit.patient.must("message.say", id=command, text="Hello")

    reply = await visit.patient.ask("message.say", id=command, text="Good-bye")

    assert (reply.code, reply.fields) == ("bad_message", {"id": "used"})
    assert (await visit.house.told()).count("message.said") == 1


async def test_a_refused_command_is_decided_afresh(visit: Visit):
    command = str(uuid4())
    refused = await visit.therapist.ask("activity.start", id=command)
    await visit.consent()

    assert refused.code == "needs_consent"
    assert (await visit.therapist.ask("activity.start", id=command)).code == "done"


async def test_ids_count_per_person(visit: Visit):
    command = str(uuid4())

    mine = await visit.patient.must("message.say", id=command, text="Hello")
    yours = await visit.therapist.must("message.say", id=command, text="Hello to you")

    assert yours.seq > mine.seq


async def test_the_cause_goes_to_the_sender_alone(visit: Visit):
    other_tab = await visit.house.come("patient")

    done = await visit.patient.must("message.say", text="Hello")

    assert (await visit.patient.event("message.said"))["cause"] == done.id
    assert "cause" not in await visit.therapist.event("message.said")
    assert "cause" not in await other_tab.event("message.said")


async def test_done_comes_after_every_changed_of_its_command(visit: Visit):
    await visit.therapist.must("activity.offer", exercise="soft-belly-breathing")
    done = await visit.therapist.must("activity.offer", exercise="body-scan")

    caused = [frame for frame in visit.therapist.frames if frame.get("cause") == done.id]

    assert [frame["event"]["type"] for frame in caused] == ["asking.ended", "activity.offered"]
    assert caused[-1]["seq"] == done.seq
    assert visit.therapist.frames.index(caused[-1]) < next(
        index for index, frame in enumerate(visit.therapist.frames) if frame.get("id") == done.id
    )


async def test_whoever_ends_the_visit_gets_the_done_before_the_good_bye(visit: Visit):
    await visit.therapist.must("visit.end")

    assert (await visit.therapist.until("bye"))["reason"] == "ended"
    assert (await visit.patient.until("bye"))["reason"] == "ended"


async def test_what_a_command_said_is_remembered_under_the_servers_key_and_cannot_be_guessed(visit: Visit):
    house, command = visit.house, c.MessageSay(id=str(uuid4()), text="Yes")
    await visit.patient.must("message.say", id=command.id, text=command.text)

    answers = await house.app[wiring.LEDGERS].answers(house.cast.clinic, house.cast.visit)
    stored = answers[house.cast.patient, command.id].fingerprint
    key = house.app[wiring.KEYS].answer_key(house.cast.clinic)

    assert stored == fingerprint_of(command, key)
    assert stored not in [fingerprint_of(command, guess) for guess in (b"", b"answer", bytes(32))]
