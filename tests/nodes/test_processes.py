"""Nodes that end, are killed and are paused while a visit goes on across them."""

import asyncio
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from server.db.nodes import GONE_AFTER_MS
from tests.db.postgres import Postgres
from tests.live.talker import Talker
from tests.live.visit import Pair
from tests.nodes.processes import Installation, Node

#: Servers are started half a dozen times, and a machine that is busy takes its time for each.
pytestmark = pytest.mark.timeout(600)

EVENTS = "SELECT count(*) FROM event WHERE ledger_id = $1"
#: How long it is since the node was seen that was seen last but one.
OLDEST_SEEN_MS = "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint - min(seen_ms) FROM node"


@pytest.fixture
async def installation(tmp_path: Path, postgres: Postgres, postgres_name: str) -> AsyncIterator[Installation]:
    ring = await postgres.create(migrated=False)
    installation = Installation(tmp_path, database_url=postgres.url(postgres_name), keys_url=postgres.url(ring))
    await installation.furnish()
    yield installation
    await postgres.drop(ring)


@pytest.fixture
async def nodes(installation: Installation) -> AsyncIterator[tuple[Node, Node]]:
    first, second = Node(installation, "first"), Node(installation, "second")
    try:
        await asyncio.gather(first.start(), second.start())
        yield first, second
    finally:
        for node in (first, second):
            node.send(signal.SIGCONT)
            await node.end(signal.SIGKILL)


async def both(therapist: Node, patient: Node) -> Pair:
    pair = Pair(await therapist.come("therapist"), await patient.come("patient"))
    await pair.patient.heard_so_far()
    return pair


def told(talker: Talker, kind: str) -> int:
    return talker.count(kind)


async def numbers_are_whole(installation: Installation) -> None:
    """Every event once, numbered without a gap, and as many as the head says."""
    session = installation.cast.visit
    count = await installation.ask(EVENTS, session)
    assert count == await installation.ask("SELECT seq FROM head WHERE ledger_id = $1", session)
    assert count == await installation.ask("SELECT max(seq) FROM event WHERE ledger_id = $1", session)


async def test_a_rolling_restart_under_a_running_visit_costs_one_reconnect_each(
    installation: Installation, nodes: tuple[Node, Node]
):
    first, second = nodes
    visit = await both(first, first)
    await visit.open()
    await visit.run()
    pacer = visit.patient.view["pacer"]

    for ends, goes_on in ((first, second), (second, first)):
        before = visit
        code = asyncio.create_task(ends.end())
        assert [await talker.closed() for talker in (before.therapist, before.patient)] == [1012, 1012]
        bye = next(frame for frame in reversed(before.patient.frames) if frame["type"] == "bye")
        assert bye["retry_ms"] < pacer["in_ms"] + pacer["out_ms"], "within the breath"
        visit = await both(goes_on, goes_on)
        assert await code == 0
        await ends.start()

        assert visit.patient.view["pacer"] == pacer, "the same breath goes on"
        assert visit.patient.view["running"] == "running"
        assert visit.patient.view["activity"]["consent"] == before.patient.view["activity"]["consent"]

    await visit.therapist.must("message.say", text="Here we are again")
    assert told(visit.therapist, "presence.lost") == 0
    assert (
        await installation.ask(
            "SELECT count(*) FROM event WHERE ledger_id = $1 AND person_id IS NULL AND at_ms > received_ms",
            installation.cast.visit,
        )
        == 0
    )
    await numbers_are_whole(installation)


async def test_a_node_that_is_killed_takes_nothing_with_it(installation: Installation, nodes: tuple[Node, Node]):
    first, second = nodes
    visit = await both(first, second)
    await visit.open()
    await visit.run()
    said = await visit.therapist.must("message.say", text="The last thing said here")

    await first.end(signal.SIGKILL)
    therapist = await second.come("therapist")

    assert therapist.seq >= said.seq
    assert therapist.view["pacer"] == visit.patient.view["pacer"]
    await therapist.must("message.say", text="And the first thing there")
    await visit.patient.event("message.said", text="And the first thing there")
    await numbers_are_whole(installation)


async def test_a_node_that_was_paused_finds_out_what_happened_meanwhile(
    installation: Installation, nodes: tuple[Node, Node]
):
    """Paused until the others have given it up. Its patient came back at the other node, and what it still does
    when it goes on is decided on what happened since."""
    first, second = nodes
    visit = await both(second, first)
    await visit.open()
    await visit.run()

    first.send(signal.SIGSTOP)
    patient = await second.come("patient")
    await patient.must("session.stop")
    await installation.until(lambda age_ms: age_ms > GONE_AFTER_MS, OLDEST_SEEN_MS)
    await patient.must("message.say", text="I am here")
    first.send(signal.SIGCONT)

    # The old socket is still open, and shows what its room believes.
    await visit.patient.event("message.said", text="I am here")
    refused = await visit.patient.ask("activity.pause")
    assert refused.code in ("stopped", "not_now")
    assert visit.patient.view["running"] == "stopped"
    assert told(visit.therapist, "presence.lost") == 0
    await patient.must("session.ready")
    await visit.patient.sees(stopped=None)
    await numbers_are_whole(installation)
