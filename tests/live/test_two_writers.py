"""Two servers on one database, one visit: whoever loses the race loads what came, decides again, and loses nothing."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from uuid import uuid4

import pytest

from server.live.room import Room
from tests.conftest import BOTH
from tests.live.house import House
from tests.live.talker import ARRIVAL
from tests.live.visit import Visit

SAID = 15


@pytest.fixture
async def elsewhere(house: House) -> AsyncIterator[House]:
    """A second start of the server on the same data."""
    second = house.neighbour()
    await second.open()
    yield second
    await second.close()


def has_read(room: Room, seq: int) -> bool:
    return room.state.seq >= seq


@pytest.mark.parametrize("premises", BOTH, indirect=True)
async def test_two_servers_write_one_ledger_without_losing_a_word(house: House, elsewhere: House):
    patient = await house.come("patient")
    therapist = await elsewhere.come("therapist")
    await patient.must("arrival.confirm", **ARRIVAL)
    (await elsewhere.room()).nudge()
    await therapist.event("arrival.confirmed")
    await therapist.must("visit.admit")

    replies = await asyncio.gather(
        *(patient.ask("message.say", text=f"patient {n}") for n in range(SAID)),
        *(therapist.ask("message.say", text=f"therapist {n}") for n in range(SAID)),
    )

    assert {reply.code for reply in replies} == {"done"}
    assert len({reply.seq for reply in replies}) == 2 * SAID
    rows = {row.seq: row for row in await house.ledger()}
    assert [rows[reply.seq].cause for reply in replies] == [reply.id for reply in replies]
    for of in (house, elsewhere):
        room = await of.room()
        room.nudge()
        # Whoever comes in is shown what the room knows, and it may still be reading what was stored elsewhere.
        await of.until(partial(has_read, room, max(rows)))
        shown = await of.come("therapist")
        await shown.heard_so_far()
        said = [message["text"] for message in (await of.come("patient")).view["messages"]]
        assert sorted(said) == sorted([f"{who} {n}" for who in ("patient", "therapist") for n in range(SAID)])


@pytest.mark.parametrize("premises", BOTH, indirect=True)
async def test_a_decision_on_an_old_state_is_taken_again(house: House, elsewhere: House):
    visit = await Visit(house, await house.come("therapist"), await house.come("patient")).open()
    await visit.consent()
    far = await elsewhere.come("therapist")
    await visit.patient.must("session.stop")

    reply = await far.ask("activity.start")

    assert reply.code == "stopped"
    assert far.view["running"] == "stopped"


async def test_the_same_command_on_both_servers_counts_once(house: House, elsewhere: House):
    here, there = await house.come("patient"), await elsewhere.come("patient")
    await here.must("arrival.confirm", **ARRIVAL)
    first = await here.must("message.say", text="Hello")
    assert first.id is not None
    (await elsewhere.room()).nudge()
    await there.event("message.said")

    again = await there.must("message.say", id=first.id, text="Hello")

    assert again.seq == first.seq
    assert (await house.told()).count("message.said") == 1


async def test_a_nudge_brings_what_the_other_server_wrote(house: House, elsewhere: House):
    here, there = await house.come("therapist"), await elsewhere.come("patient")
    await there.must("arrival.confirm", **ARRIVAL, place="12 Shore Lane")

    (await house.room()).nudge()

    await here.event("arrival.confirmed")
    assert here.view["arrival"]["place"] == "12 Shore Lane"


async def test_a_ledger_that_was_put_back_from_a_backup_is_shown_anew(visit: Visit):
    await visit.house.start_a_new_epoch()

    reply = await visit.patient.ask("message.say", text="Hello")

    assert reply.code == "done"
    assert visit.patient.epoch == 2
    assert visit.patient.count("hello") == 2


@pytest.mark.parametrize("premises", BOTH, indirect=True)
async def test_what_changed_nothing_on_one_server_is_not_carried_out_on_the_other(house: House, elsewhere: House):
    """A second Stop changes nothing. Sent again where nobody knows of it, after all goes on, it may not stop again."""
    visit = await Visit(house, await house.come("therapist"), await house.come("patient")).open()
    await visit.run()
    far = await elsewhere.come("therapist")
    await visit.patient.must("session.stop")
    (await elsewhere.room()).nudge()
    await far.event("session.stopped")
    second = str(uuid4())
    first = await far.must("session.stop", id=second)

    await visit.patient.must("session.ready")
    again = await visit.therapist.must("session.stop", id=second)

    assert again.seq == first.seq
    assert (await house.told()).count("session.stopped") == 1
