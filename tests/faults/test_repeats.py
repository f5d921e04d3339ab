"""Doubled, reordered and replayed commands against a server that is killed in between: each happens once."""

from uuid import uuid4

import pytest

from tests.faults.conftest import POSTGRES_FIRST
from tests.faults.person import Person, Reply
from tests.faults.premises import Premises
from tests.faults.scripts import breathing


@pytest.mark.parametrize("served", POSTGRES_FIRST, indirect=True)
async def test_each_command_happens_once_whatever_a_client_sends_again(served: Premises):
    await served.furnish(1)
    await served.start()
    therapist, patient = (Person(seat, served.door, served.notes) for seat in served.seats(0, 1))
    await breathing(therapist, patient)
    frames = [
        {"type": "message.say", "id": str(uuid4()), "text": "One"},
        {"type": "comfort.set", "id": str(uuid4()), "level": "uneasy"},
        {"type": "message.say", "id": str(uuid4()), "text": "Two"},
        {"type": "session.stop", "id": str(uuid4())},
    ]

    async def tell(order: list[dict[str, str]]) -> dict[str, Reply]:
        replies = {}
        for frame in order:
            fields = {name: value for name, value in frame.items() if name not in ("type", "id")}
            replies[frame["id"]] = await patient.say(frame["type"], id=frame["id"], **fields)
            await patient.repeat(frame)
        await patient.heard_so_far()
        return replies

    first = await tell(frames)
    assert [reply.code for reply in first.values()] == ["done"] * 4
    served.kill()
    await served.start()
    await patient.come()
    again = await tell(frames[::-1])
    assert again == first
    other = await patient.say("message.say", id=frames[0]["id"], text="Something else")
    assert other.code == "bad_message"

    await therapist.come()
    await therapist.heard_so_far()
    said = [message["text"] for message in therapist.greeting["view"]["messages"]]
    assert said == ["One", "Two"]
    for person in (therapist, patient):
        await person.close()
    report = await served.check(final=True)
    assert report.findings == []
    assert report.stops == 1
