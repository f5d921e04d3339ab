"""Frames that are not what was agreed: refused with a code, never a crash, never a word of the frame in a log."""

import contextlib
import random
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from server.live import protocol
from tests.live.house import House
from tests.live.noise import hostile_frames
from tests.live.talker import Talker
from tests.live.visit import Visit

ID = "3f2b8a52-7f0e-4a0b-9d3c-2f6f5f1f0a11"


@pytest.fixture
async def patient(house: House) -> Talker:
    return await house.come("patient")


async def test_a_frame_of_16_kib_is_read_and_one_more_byte_is_refused(patient: Talker):
    whole = f'{{"type":"clock.ping","id":"{ID}"}}'
    await patient.socket.send(whole + " " * (protocol.FRAME_LIMIT_BYTES - len(whole)))
    await patient.until("clock.pong", id=ID)

    reply = await patient.raw(whole + " " * (protocol.FRAME_LIMIT_BYTES - len(whole) + 1))

    assert (reply.code, reply.id) == ("too_large", None)


async def test_the_limit_counts_bytes_not_letters(patient: Talker):
    assert (await patient.raw('"' + "ü" * (protocol.FRAME_LIMIT_BYTES // 2) + '"')).code == "too_large"


async def test_a_frame_above_64_kib_closes_the_socket(patient: Talker):
    await patient.socket.send("x" * (protocol.SOCKET_LIMIT_BYTES + 1))

    assert await patient.closed() == 1009


async def test_half_a_letter_closes_the_socket_and_nothing_else(house: House, patient: Talker):
    therapist = await house.come("therapist")

    await patient.socket.send(b'{"type":"clock.ping","id":"\xc3', text=True)

    assert await patient.closed() == 1007
    await therapist.heard_so_far()
    assert (await house.come("patient")).view["phase"] == "scheduled"


async def test_bytes_are_refused(patient: Talker):
    assert (await patient.raw(b"\x00\x01")).code == "bad_message"


@pytest.mark.parametrize(
    ("frame", "code", "known_id"),
    [
        ("", "bad_message", None),
        ("null", "bad_message", None),
        ("[]", "bad_message", None),
        ("{", "bad_message", None),
        ("{}", "bad_message", None),
        ("[" * 8000, "bad_message", None),
        ('{"a":' * 3000, "bad_message", None),
        ('{"type":"session.stop"}', "bad_message", None),
        ('{"type":"session.stop","id":7}', "bad_message", None),
        ('{"type":"session.stop","id":"short"}', "bad_message", "short"),
        ('{"type":5,"id":"@"}', "bad_message", ID),
        ('{"type":"session.go","id":"@"}', "unknown_type", ID),
        ('{"type":"system.lose","id":"@","person":"","since_ms":0}', "unknown_type", ID),
        ('{"type":"session.stop","id":"@","by":"therapist"}', "bad_message", ID),
        ('{"type":"session.stop","id":"@","ago_ms":-1}', "bad_message", ID),
        ('{"type":"session.stop","id":"@","ago_ms":1e400}', "bad_message", ID),
        ('{"type":"step.go","id":"@","to":"1"}', "bad_message", ID),
        ('{"type":"step.go","id":"@","to":1.5}', "bad_message", ID),
        ('{"type":"step.go","id":"@"}', "bad_message", ID),
        ('{"type":"comfort.set","id":"@","level":"fine"}', "bad_message", ID),
        ('{"type":"clock.ping","id":"@","rtt_ms":NaN}', "bad_message", None),
        ('{"type":"message.say","id":"@","text":"\\ud800"}', "bad_message", None),
        ('{"type":"message.say","id":"@","text":""}', "bad_message", ID),
        ('{"type":"checkin.record","id":"@","kind":"rung","answers":' + "[" * 5000, "bad_message", None),
    ],
    ids=range(24),
)
async def test_what_cannot_be_read_is_refused_and_the_socket_goes_on(
    patient: Talker, frame: str, code: str, known_id: str | None
):
    reply = await patient.raw(frame.replace("@", ID))

    assert (reply.code, reply.id) == (code, known_id)
    await patient.heard_so_far()


async def test_the_field_that_is_wrong_is_named(patient: Talker):
    reply = await patient.ask("message.say", text=7)

    assert reply.fields.keys() == {"text"}


async def test_answers_that_cannot_be_read_are_refused_by_their_kind(visit: Visit):
    unreadable: tuple[Any, ...] = (None, [], {"outcome": "splendid"}, {"outcome": "done", "pain": 11}, {"mm": 30})
    for answers in unreadable:
        reply = await visit.patient.ask("checkin.record", kind="relaxation", answers=answers)
        assert reply.code == "bad_message"
    assert (await visit.patient.ask("checkin.record", kind="nothing", answers={})).fields.keys() == {"kind"}


async def test_two_thousand_hostile_frames_leave_a_room_that_works(house: House):
    therapist = await house.come("therapist")
    noise = hostile_frames(random.Random(20), others=[house.cast.other_visit, house.cast.stranger])

    for _ in range(20):
        hostile = await house.come("patient")
        with contextlib.suppress(ConnectionClosed):
            for _ in range(100):
                await hostile.socket.send(next(noise))
        await hostile.close()

    await house.clock.advance(60_000)
    patient = await house.come("patient")
    assert (await patient.stop()).code == "done"
    await therapist.heard_so_far()
    await house.ledger()
