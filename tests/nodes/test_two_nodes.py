"""One visit, its two people at different nodes: what happens at one is told at the other, whatever words are lost."""

from collections.abc import AsyncIterator
from functools import partial

import aiohttp
import asyncpg  # type: ignore[import-untyped]
import pytest

from server import wiring
from server.db import nodes
from server.db.vault import KeyKind
from server.each_minute import EVERY_MS
from server.live.room import Room
from server.nodes import neighbours
from server.nodes.neighbours import NodeNeighbours
from tests.db.postgres import Postgres
from tests.live.house import BREATHING, House
from tests.live.talker import ARRIVAL, Talker
from tests.live.visit import Visit

LOST_MS = 10_000
GRACE_MS = 60_000


async def apart(house: House, there: House) -> Visit:
    """The therapist here, the patient there; arrived and admitted."""
    visit = Visit(house, await house.come("therapist"), await there.come("patient"))
    await visit.patient.must("arrival.confirm", **ARRIVAL)
    await visit.therapist.sees(phase="waiting")
    await visit.therapist.must("visit.admit")
    await visit.patient.sees(phase="open")
    return visit


async def connected(talker: Talker, person: str) -> dict[str, object]:
    """How this person is shown, once they are shown as connected."""
    while True:
        frame = await talker.until("people")
        for one in frame["people"]:
            if one["id"] == person and one["connected"]:
                return dict(one)


def deaf(node: House) -> None:
    """Notifications go past this node from now on; what they were about stands in the database."""
    node.app[wiring.NODES].on_appended(lambda _ids: None)


def knows_of(room: Room, person: str, here: bool) -> bool:
    return room._audience.is_here(person) is here


async def both_know(house: House, there: House, person: str, *, here: bool) -> None:
    for node in (house, there):
        await node.until(partial(knows_of, await node.room(), person, here))


async def test_a_whole_visit_goes_on_across_two_nodes(house: House, there: House):
    visit = await apart(house, there)
    await visit.run()
    await visit.therapist.must("pacer.set", in_ms=4000, hold_in_ms=0, out_ms=6000, hold_out_ms=0)
    await visit.patient.must("message.say", text="This is good")
    await visit.therapist.event("message.said", text="This is good")
    await visit.patient.event("pacer.changed")

    await visit.both_heard()
    assert visit.patient.view["pacer"] == visit.therapist.view["pacer"]
    assert visit.patient.view["pacer"] is not None
    rows = await house.ledger()
    assert visit.therapist.numbers == sorted(set(visit.therapist.numbers))
    assert visit.therapist.seq == rows[-1].seq


async def test_what_no_word_told_of_is_found_within_seconds(house: House, there: House):
    visit = await apart(house, there)
    deaf(house)

    await visit.patient.must("message.say", text="Are you there?")

    await visit.therapist.event("message.said", text="Are you there?")


async def test_whoever_comes_is_shown_what_nobody_told_this_node(
    house: House, there: House, monkeypatch: pytest.MonkeyPatch
):
    visit = await apart(house, there)
    deaf(house)
    monkeypatch.setattr(NodeNeighbours, "_look_for_lines", _look_at_nothing)
    await visit.patient.must("message.say", text="Are you there?")
    await visit.therapist.heard_so_far()
    assert visit.therapist.count("message.said") == 0, "neither a word nor a look told of it"

    again = await house.come("therapist")

    await again.event("message.said", text="Are you there?")
    await visit.therapist.event("message.said", text="Are you there?")


async def _look_at_nothing(_neighbours: NodeNeighbours) -> None:
    """As a node that is busy with something else."""


async def test_the_nodes_hear_each_other_again_after_their_connections_were_cut(
    house: House, there: House, postgres: Postgres, postgres_name: str
):
    visit = await apart(house, there)
    await postgres.disconnect_all(postgres_name)

    reply = await visit.patient.ask("message.say", text="Still here")
    while reply.code == "unavailable":
        reply = await visit.patient.ask("message.say", text="Still here")

    assert reply.code == "done"
    await visit.therapist.event("message.said", text="Still here")


async def test_a_stop_is_told_at_the_other_node_before_it_is_stored(
    house: House, there: House, postgres: Postgres, postgres_name: str
):
    visit = await apart(house, there)
    await visit.run()
    holding = await asyncpg.connect(postgres.url(postgres_name))
    try:
        # Whoever holds the head keeps everybody from storing.
        transaction = holding.transaction()
        await transaction.start()
        await holding.execute("SELECT 1 FROM head WHERE ledger_id = $1 FOR UPDATE", house.cast.visit)
        await visit.patient.send("session.stop")
        await visit.therapist.until("halt")
        assert visit.therapist.count("session.stopped") == 0
        await transaction.rollback()
    finally:
        await holding.close()

    await visit.therapist.event("session.stopped")
    await visit.patient.event("session.stopped")


async def test_a_stop_of_the_therapist_reaches_a_patient_at_another_node(house: House, there: House):
    visit = await apart(house, there)
    await visit.run()

    await visit.therapist.must("session.stop")

    assert (await visit.patient.until("halt"))["by"] == "therapist"
    await visit.patient.sees(running="stopped")


async def test_each_sees_how_the_other_is_connected(house: House, there: House):
    visit = await apart(house, there)
    await visit.patient.ask_clock(rtt_ms=480, bound_ms=20, sync="in-sync")

    while (await connected(visit.therapist, house.cast.patient))["sync"] != "in-sync":
        pass

    shown = await connected_now(visit, house.cast.patient)
    assert (shown["rtt"], shown["sync"]) == (480, "in-sync")


async def connected_now(visit: Visit, person: str) -> dict[str, object]:
    people = [frame for frame in visit.therapist.frames if frame["type"] == "people"][-1]["people"]
    return next(one for one in people if one["id"] == person)


async def test_a_slow_line_at_another_node_dates_a_change_as_far_ahead(house: House, there: House):
    visit = await apart(house, there)
    await visit.run()
    await visit.patient.ask_clock(rtt_ms=1400, bound_ms=20, sync="in-sync")
    room = await house.room()

    def heard() -> bool:
        return room._audience.worst_rtt_ms() == 1400

    await house.until(heard)


async def test_nobody_is_lost_who_is_connected_at_another_node(house: House, there: House):
    visit = await apart(house, there)
    second_tab = await house.come("patient")
    room = await there.room()
    await there.until(lambda: house.cast.patient in room._audience.elsewhere)
    for node in (house, there):
        await node.clock.advance(GRACE_MS + LOST_MS)

    await visit.patient.close()
    await there.until(lambda: not room._audience.tabs_of(house.cast.patient))
    assert knows_of(room, house.cast.patient, here=True)
    for node in (house, there):
        await node.clock.advance(2 * LOST_MS)
    await visit.therapist.heard_so_far()
    assert house.cast.patient not in visit.therapist.view["absent"]

    await second_tab.close()
    await both_know(house, there, house.cast.patient, here=False)
    for node in (house, there):
        await node.clock.advance(LOST_MS)

    await visit.therapist.event("presence.lost", person=house.cast.patient)
    assert (told := await house.told()).count("presence.lost") == 1, told


async def test_a_room_that_is_opened_later_knows_who_is_elsewhere(house: House, there: House):
    await there.come("patient")
    await there.until(partial(_written, there))

    therapist = await house.come("therapist")

    people = await therapist.until("people")
    assert {one["id"] for one in people["people"] if one["connected"]} >= {house.cast.patient}
    for node in (house, there):
        await node.clock.advance(GRACE_MS + LOST_MS)
    await therapist.heard_so_far()
    assert house.cast.patient not in therapist.view["absent"]


async def test_whoever_was_at_a_node_that_ended_is_missed(house: House, there: House):
    visit = await apart(house, there)
    await both_know(house, there, house.cast.patient, here=True)
    await house.clock.advance(GRACE_MS)

    await there.close()
    room = await house.room()
    await house.until(partial(knows_of, room, house.cast.patient, False))
    await house.clock.advance(LOST_MS)

    await visit.therapist.event("presence.lost", person=house.cast.patient)


async def _written(node: House) -> bool:
    async with node.app[wiring.DATABASE].raw_postgres() as connection:
        return bool(await connection.fetchval("SELECT count(*) FROM presence"))


async def test_a_login_that_ends_here_closes_its_sockets_there(house: House, there: House):
    patient = await there.come("patient")

    await house.sign_out("patient")

    assert await patient.closed() == 4401


async def test_a_login_that_ended_is_found_where_the_word_of_it_was_lost(house: House, there: House):
    patient = await there.come("patient")
    there.app[wiring.NODES].on("logins", lambda *_ended: None)

    await house.sign_out("patient")

    assert await patient.closed() == 4401


async def test_the_desk_at_another_node_hears_once_who_waits(house: House, there: House):
    patient, therapist = await house.come("patient"), await there.come("therapist")
    async with there.browsing("therapist") as http, http.get("/desk/events") as events:
        await patient.must("arrival.confirm", **ARRIVAL)
        await therapist.event("arrival.confirmed")
        await patient.must("session.stop")
        await therapist.must("visit.end")

        heard = [line.split()[1] async for line in _first(events.content, 2)]

    assert heard == [b"waiting", b"ended"]


async def _first(lines: aiohttp.StreamReader, count: int) -> AsyncIterator[bytes]:
    async for line in lines:
        if line.startswith(b"event: "):
            yield line
            count -= 1
        if not count:
            return


async def test_a_key_that_is_destroyed_here_is_held_in_memory_nowhere(house: House, there: House):
    clinic, patient = house.cast.clinic, house.cast.other_patient
    before = await there.app[wiring.KEYRING].keys_of(clinic, patient)
    assert before.personal is not None

    await house.app[wiring.KEYRING].destroy(clinic, patient, KeyKind.PERSONAL)

    async def gone() -> bool:
        return (await there.app[wiring.KEYRING].keys_of(clinic, patient)).personal is None

    await there.until(gone)


async def test_the_watch_leaves_a_visit_to_the_node_that_its_people_are_at(house: House, there: House):
    visit = Visit(there, await there.come("therapist"), await there.come("patient"))
    await visit.open()
    await there.until(partial(_written, there))

    await house.clock.advance(EVERY_MS)

    assert house.app[wiring.ROOMS].loaded(house.cast.visit) is None


async def test_a_room_whose_people_are_elsewhere_is_let_go(house: House, there: House):
    visit = await apart(house, there)
    await visit.therapist.close()
    room = await house.room()
    await house.until(lambda: not room.members)
    await house.clock.advance(GRACE_MS + LOST_MS)
    await visit.patient.event("presence.lost")

    await house.app[wiring.ROOMS].sweep()

    assert house.app[wiring.ROOMS].loaded(house.cast.visit) is None


async def test_one_node_at_a_time_does_what_is_done_for_all(house: House, there: House):
    first, second = house.app[wiring.DATABASE], there.app[wiring.DATABASE]

    assert await nodes.take_turn(first, first.node, "letters")
    assert not await nodes.take_turn(second, second.node, "letters")
    assert await nodes.take_turn(second, second.node, "other letters")
    await nodes.give_turn_back(first, first.node, "letters")
    assert await nodes.take_turn(second, second.node, "letters")


async def test_a_turn_that_is_never_given_back_ends_by_itself(house: House, there: House):
    first, second = house.app[wiring.DATABASE], there.app[wiring.DATABASE]
    assert await nodes.take_turn(first, first.node, "letters")
    async with first.raw_postgres() as connection:
        await connection.execute("UPDATE lease SET until_ms = until_ms - $1", nodes.TURN_MS + 1)

    assert await nodes.take_turn(second, second.node, "letters")
    assert not await nodes.take_turn(first, first.node, "letters")


async def test_a_node_that_starts_is_known_to_the_others_at_once(
    house_on_postgres: House, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(neighbours, "EVERY_S", 600.0)
    house = house_on_postgres
    await house.open()
    await house.settle_in()
    there = house.neighbour()
    await there.open()
    try:
        visit = await apart(house, there)
        deaf(house)
        await visit.patient.must("message.say", text="Hello")
        await visit.patient.heard_so_far()
        room = await house.room()
        assert room.state.seq < visit.patient.seq

        # Refused once more only after a look at what the other node has stored.
        assert (await visit.therapist.ask("activity.answer", ask=1, answer="yes")).code != "done"
        assert room.state.seq == visit.patient.seq
    finally:
        await there.close()
        await house.close()


async def test_nothing_is_refused_for_what_happened_at_the_other_node_a_moment_ago(house: House, there: House):
    visit = await apart(house, there)
    deaf(there)
    await visit.therapist.must("activity.offer", exercise=BREATHING)
    await visit.therapist.heard_so_far()

    reply = await visit.patient.ask("activity.answer", ask=visit.therapist.view["asking"]["seq"], answer="yes")

    assert reply.code == "done"
