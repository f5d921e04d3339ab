"""A socket after its upgrade: in parts, with pings, in silence, with mistakes, and its end."""

import asyncio

import pytest
from websockets.frames import Frame, Opcode

from server import wiring
from server.live.room import Room
from tests.live.house import House
from tests.live.talker import Talker
from tests.live.visit import Visit

ID = "3f2b8a52-7f0e-4a0b-9d3c-2f6f5f1f0a11"
PING = f'{{"type":"clock.ping","id":"{ID}"}}'


@pytest.fixture
async def patient(house: House) -> Talker:
    return await house.come("patient")


def put(talker: Talker, line: bytes) -> None:
    """Bytes as they are: what no library would send."""
    talker.socket.transport.write(line)


async def empty(room: Room) -> None:
    async with asyncio.timeout(5):
        while room.members:  # noqa: ASYNC110 - a room tells nobody that it is empty
            await asyncio.sleep(0.01)


async def test_a_message_in_parts_with_a_ping_between_them_is_one_message(patient: Talker):
    begin = Frame(Opcode.TEXT, PING[:20].encode(), False).serialize(mask=True)
    end = Frame(Opcode.CONT, PING[20:].encode()).serialize(mask=True)

    put(patient, begin)
    async with asyncio.timeout(5):
        await (await patient.socket.ping())
    put(patient, end)

    await patient.until("clock.pong", id=ID)


async def test_a_message_that_comes_in_drops_is_read(patient: Talker):
    for byte in Frame(Opcode.TEXT, PING.encode()).serialize(mask=True):
        put(patient, bytes([byte]))
        await asyncio.sleep(0)

    await patient.until("clock.pong", id=ID)


async def test_a_frame_that_is_not_masked_closes_that_socket_alone(house: House, patient: Talker):
    therapist = await house.come("therapist")

    put(patient, Frame(Opcode.TEXT, PING.encode()).serialize(mask=False))

    assert await patient.closed() == 1002
    await therapist.heard_so_far()


async def test_a_goodbye_is_answered_and_the_place_is_free(house: House, patient: Talker):
    room = await house.room()

    await patient.socket.close(1001, "")

    assert patient.socket.close_code == 1001
    assert not room.members


async def test_a_line_that_is_cut_frees_the_place_without_a_goodbye(house: House, patient: Talker):
    room = await house.room()

    patient.socket.transport.abort()

    await empty(room)


async def test_whoever_does_not_answer_a_ping_is_cut_off(house: House):
    house.app[wiring.ROOMS].heartbeat_s = 0.2
    patient = await house.come("patient")
    room = await house.room()

    # Reads nothing from here on, so it does not pong either.
    patient.socket.transport.pause_reading()

    await empty(room)
    # It hears at last that nobody is there; else its good-bye would wait for an answer, ten seconds long.
    patient.socket.transport.resume_reading()


async def test_a_mistake_of_ours_ends_one_socket_and_is_logged_without_its_words(
    visit: Visit, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    room = await visit.house.room()

    def trips(*_: object) -> None:
        raise ValueError("a patient's words")

    monkeypatch.setattr(room, "submit", trips)
    await visit.patient.send("message.say", text="a patient's words")

    assert await visit.patient.closed() == 1011
    monkeypatch.undo()
    await visit.therapist.must("message.say", text="Still here.")
    told = capsys.readouterr()
    assert "socket.failed" in told.out + told.err
    assert "words" not in told.out + told.err


async def test_no_request_is_kept_for_an_open_socket(house: House, patient: Talker):
    """What a visit costs in memory rests on this: the framework's side of it has ended."""
    assert patient.view["phase"] == "scheduled"

    handling = [task for task in asyncio.all_tasks() if "RequestHandler" in repr(task.get_coro())]

    assert not handling
