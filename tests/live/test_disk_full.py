"""The disk is full: said in words, nothing is shown that is not stored but Stop, and all goes on with space."""

import pytest

from tests.live.talker import Reply
from tests.live.visit import Visit

LONG = "It is warm and quiet here. " * 70


async def fill(visit: Visit) -> tuple[int, Reply]:
    """Say things until the disk has no room for them. How many went in, and what the next was told."""
    await visit.house.fill_the_disk()
    for said in range(200):
        reply = await visit.patient.ask("message.say", text=LONG)
        if reply.code != "done":
            return said, reply
        await visit.house.clock.advance(1_000)
    raise AssertionError("a disk without an end")


async def test_a_command_that_cannot_be_stored_is_refused_in_words(visit: Visit):
    said, reply = await fill(visit)

    assert reply.code == "unavailable"
    assert "not be stored" in reply.message
    assert reply.retry_ms is not None
    await visit.both_heard()
    assert visit.therapist.count("message.said") == visit.patient.count("message.said") == said


async def test_stop_still_reaches_the_other_side(visit: Visit):
    await visit.run()
    await visit.house.make_it_read_only()

    reply = await visit.patient.stop()

    assert reply.code == "unavailable"
    assert "stopped" in reply.message
    assert (await visit.therapist.until("halt"))["by"] == "patient"
    assert visit.therapist.count("session.stopped") == 0


async def test_nothing_else_happens_before_the_stop_is_in_the_record(visit: Visit):
    await visit.run()
    await visit.house.make_it_read_only()
    await visit.patient.stop()

    for command, fields in (("message.say", {"text": "Hello"}), ("step.go", {"to": 1}), ("visit.end", {})):
        assert (await visit.therapist.ask(command, **fields)).code == "unavailable"

    await visit.house.make_it_writable()
    await visit.therapist.event("session.stopped")
    assert (await visit.therapist.ask("message.say", text="Hello")).code == "done"


async def test_the_server_stores_the_stop_by_itself_once_it_can(visit: Visit):
    await visit.run()
    await visit.house.make_it_read_only()
    reply = await visit.patient.stop(ago_ms=1_500)

    await visit.house.make_it_writable()

    await visit.patient.until("done", id=reply.id)
    stopped = await visit.therapist.event("session.stopped")
    assert stopped["event"]["ago_ms"] == 1_500
    assert (await visit.house.told()).count("session.stopped") == 1


@pytest.mark.parametrize("times", [1, 3])
async def test_it_recovers_when_there_is_space_again(visit: Visit, times: int):
    for _ in range(times):
        await fill(visit)
        await visit.house.make_space()

        assert (await visit.patient.ask("message.say", text="There is room")).code == "done"

    await visit.both_heard()
    await visit.house.ledger()


async def test_a_refused_command_can_be_sent_again_with_the_same_id(visit: Visit):
    _, refused = await fill(visit)
    assert refused.id is not None
    await visit.house.make_space()

    assert (await visit.patient.ask("message.say", id=refused.id, text=LONG)).code == "done"
