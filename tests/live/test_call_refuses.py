"""Voice against bad input: who may not, what is too much, and what is no signal at all."""

from typing import Any
from uuid import uuid4

import msgspec
import pytest

from server.live.member import REFUSALS_MAX
from server.live.switchboard import SIGNALS_BURST
from tests.live.calling import OFFER, Call, give_voice, join, last_people, on_the_line, refused
from tests.live.talker import ARRIVAL, Talker
from tests.live.visit import Visit

STRANGER = str(uuid4())
ON: dict[str, Any] = {"microphone": True, "camera": False}


@pytest.fixture
async def call(visit: Visit) -> Call:
    return await on_the_line(visit)


# Who may not, and when


async def test_there_is_no_voice_before_the_visit_is_open(room: Visit):
    for talker in (room.patient, room.therapist):
        assert await refused(talker, "call.join", peer=str(uuid4()), **ON) == "not_now"
    await room.patient.must("arrival.confirm", **ARRIVAL)
    assert await refused(room.patient, "call.join", peer=str(uuid4()), **ON) == "not_now", "in the waiting room"

    await room.therapist.must("visit.admit")
    await join(room.patient)


async def test_a_support_person_needs_the_patients_yes_to_voice(call: Call):
    support = await call.house.come("support")
    assert await refused(support, "call.join", peer=str(uuid4()), **ON) == "not_allowed"

    await give_voice(call.house)
    await join(support)

    shown = (await last_people(call.therapist))[2]
    assert (shown["role"], shown["speaks"], shown["allowed_by"]) == ("support", False, [])


async def test_they_speak_while_both_allow_it_and_no_longer(call: Call):
    support = await call.house.come("support")
    await give_voice(call.house)
    own = await join(support)
    person = call.house.cast.support

    async def shown() -> tuple[bool, list[str]]:
        await call.visit.both_heard()
        entry = next(one for one in await last_people(support) if one["peer"] == own)
        return entry["speaks"], entry["allowed_by"]

    assert await refused(support, "call.allow", person=person, speak=True) == "not_allowed"
    await call.therapist.send("call.allow", person=person, speak=True)
    assert await shown() == (False, ["therapist"])
    await call.patient.send("call.allow", person=person, speak=True)
    assert await shown() == (True, ["patient", "therapist"])
    await call.therapist.send("call.allow", person=person, speak=False)
    assert await shown() == (False, ["patient"])
    await call.therapist.send("call.allow", person=person, speak=True)
    await call.patient.send("call.leave", peer=call.own)
    assert await shown() == (False, ["therapist"])
    await join(call.patient)
    assert await shown() == (False, ["therapist"]), "who comes back has not said it again"


async def test_an_allowance_is_about_a_support_person_who_takes_part(call: Call):
    for person in (call.house.cast.support, call.house.cast.patient, "nobody", ""):
        assert await refused(call.therapist, "call.allow", person=person, speak=True) == "not_now"


# What is no signal, or nobody's


async def test_a_peer_of_somebody_else_cannot_be_taken(call: Call):
    reply = await call.therapist.ask("call.join", peer=call.own, take=True, **ON)

    assert (reply.code, reply.fields) == ("bad_message", {"peer": "used"})
    assert [person["person"] for person in await last_people(call.therapist)] == [
        call.house.cast.therapist,
        call.house.cast.patient,
    ]


async def test_nobody_else_can_hang_up_or_speak_for_somebody(call: Call):
    await call.therapist.send("call.leave", peer=call.own)
    assert await refused(call.therapist, "call.tell", peer=call.own, hidden=False, **ON) == "not_now"

    assert len(await last_people(call.therapist)) == 2


async def test_a_signal_to_a_stranger_to_oneself_or_after_leaving_goes_nowhere(call: Call):
    assert await refused(call.patient, "call.signal", to=STRANGER, **OFFER) == "not_now"
    assert await refused(call.patient, "call.signal", to=call.own, **OFFER) == "not_now"
    await call.patient.send("call.leave", peer=call.own)
    assert await refused(call.patient, "call.signal", to=call.theirs, **OFFER) == "not_now"
    assert await refused(call.therapist, "call.signal", to=call.own, **OFFER) == "not_now"
    assert await refused(call.patient, "call.tell", peer=call.own, hidden=False, **ON) == "not_now"

    await call.visit.both_heard()
    assert (call.patient.count("call.signal"), call.therapist.count("call.signal")) == (0, 0)


async def test_another_tab_that_does_not_hold_the_call_sends_nothing_in_its_name(call: Call):
    other_tab = await call.house.come("patient")

    assert await refused(other_tab, "call.signal", to=call.theirs, **OFFER) == "not_now"
    assert await refused(other_tab, "call.tell", peer=call.own, hidden=False, **ON) == "not_now"


async def test_a_peer_of_another_visit_is_nobody(call: Call):
    """The therapist is in both; the other patient's page is not reached from here."""
    elsewhere = call.house.cast.other_visit
    therapist = await call.house.come("therapist", visit=elsewhere)
    other = await call.house.come("other_patient", visit=elsewhere)
    await other.must("arrival.confirm", **ARRIVAL)
    await therapist.must("visit.admit")
    peer = await join(other)

    assert await refused(call.patient, "call.signal", to=peer, **OFFER) == "not_now"
    assert other.count("call.signal") == 0


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"description": None},
        {"description": {}},
        {"description": {"type": "offer", "sdp": 5}},
        {"description": {"type": "stop", "sdp": ""}},
        {"description": {"type": "offer", "sdp": "", "more": 1}},
        {"description": {"type": "offer", "sdp": "x" * 12_001}},
        {"candidate": {}},
        {"candidate": {"candidate": "x" * 1_001}},
        {"candidate": {"candidate": "", "sdpMLineIndex": -1}},
        {"candidate": {"candidate": "", "sdpMid": "x" * 65}},
        {"candidate": {"candidate": "", "address": "192.0.2.1"}},
        {"code": None},
        {"code": {}},
        {"code": {"commit": "0" * 64, "reveal": "0" * 64}},
        {"code": {"commit": "0" * 63}},
        {"code": {"commit": "G" * 64}},
        {"code": {"reveal": "0" * 65}},
        {**OFFER, "candidate": None},
        {**OFFER, "code": {"commit": "0" * 64}},
        {**OFFER, "from": STRANGER},
        {**OFFER, "role": "therapist"},
        {**OFFER, "to": "me"},
        {**OFFER, "to": ["me"]},
    ],
)
async def test_what_is_no_signal_is_refused_and_reaches_nobody(call: Call, fields: dict[str, Any]):
    assert await refused(call.patient, "call.signal", **{"to": call.theirs, **fields}) == "bad_message"

    await call.visit.both_heard()
    assert call.therapist.count("call.signal") == 0


@pytest.mark.parametrize(
    ("type", "fields"),
    [
        ("call.join", {}),
        ("call.join", {"peer": STRANGER}),
        ("call.join", {"peer": "short", **ON}),
        ("call.join", {"peer": STRANGER, **ON, "role": "therapist"}),
        ("call.join", {"peer": STRANGER, "microphone": 1, "camera": False}),
        ("call.leave", {}),
        ("call.tell", {"peer": STRANGER, **ON}),
        ("call.allow", {"person": "x" * 65, "speak": True}),
        ("call.allow", {"person": "x", "speak": "yes"}),
    ],
)
async def test_other_frames_that_do_not_fit_are_refused(visit: Visit, type: str, fields: dict[str, Any]):
    assert await refused(visit.patient, type, **fields) == "bad_message"


@pytest.mark.parametrize("type", ["call.start", "call.people", "call.joined", "call.moved", "call.record", "call.mute"])
async def test_there_is_no_frame_to_turn_on_or_record_anything_of_somebody_elses(visit: Visit, type: str):
    assert await refused(visit.therapist, type, person=visit.house.cast.patient) == "unknown_type"


# What is too much


async def test_a_description_of_60_kib_is_refused_and_one_beyond_64_closes_the_socket(call: Call):
    def frame(size: int) -> str:
        long = {"type": "call.signal", "id": str(uuid4()), "to": call.theirs}
        return msgspec.json.encode({**long, "description": {"type": "offer", "sdp": "x" * size}}).decode()

    assert (await call.patient.raw(frame(60 * 1024))).code == "too_large"
    await call.patient.heard_so_far()
    await call.patient.socket.send(frame(64 * 1024))

    assert await call.patient.closed() == 1009
    assert call.therapist.count("call.signal") == 0


async def test_a_flood_is_stopped_by_its_own_limit_and_takes_no_command_with_it(call: Call):
    house, patient = call.house, call.patient
    for _ in range(SIGNALS_BURST):
        await patient.send("call.signal", to=call.theirs, candidate=None)
    reply = await patient.ask("call.signal", to=call.theirs, candidate=None)
    passed = call.therapist.count("call.signal")

    assert reply.code == "too_fast"
    assert reply.retry_ms is not None
    await call.visit.both_heard()
    assert passed <= call.therapist.count("call.signal") == SIGNALS_BURST - 1, "joining took one"
    assert (await patient.ask("message.say", text="Still here")).code == "done"
    await patient.must("comfort.set", level="uneasy")
    await house.clock.advance(reply.retry_ms)
    await patient.send("call.signal", to=call.theirs, candidate=None)
    await call.visit.both_heard()
    assert call.therapist.count("call.signal") == SIGNALS_BURST


async def test_leaving_and_joining_does_not_fill_the_bucket_and_another_tab_shares_it(call: Call):
    await flood(call.patient, call)
    assert await refused(call.patient, "call.leave", peer=call.own) == "too_fast"
    other_tab = await call.house.come("patient")
    assert await refused(other_tab, "call.join", peer=str(uuid4()), take=True, **ON) == "too_fast"
    await call.patient.close()
    again = await call.house.come("patient")
    assert await refused(again, "call.join", peer=call.own, **ON) == "too_fast"


async def flood(talker: Talker, call: Call) -> None:
    for _ in range(SIGNALS_BURST):
        await talker.send("call.signal", to=call.theirs, candidate=None)
    await talker.heard_so_far()


async def test_whoever_goes_on_and_on_is_closed_and_the_visit_goes_on(call: Call):
    for _ in range(SIGNALS_BURST + REFUSALS_MAX):
        await call.patient.socket.send(
            msgspec.json.encode(
                {"type": "call.signal", "id": str(uuid4()), "to": call.theirs, "candidate": None}
            ).decode()
        )

    assert await call.patient.closed() == 4429
    assert (await call.therapist.ask("note.write", text="Goes on")).code == "done"


async def test_stop_is_heard_in_the_middle_of_a_flood(call: Call):
    await flood(call.patient, call)

    assert (await call.patient.stop()).code == "done"
    await call.therapist.until("halt")


async def test_nothing_of_a_signal_is_in_the_log(call: Call, capsys: pytest.CaptureFixture[str]):
    await call.patient.send("call.signal", to=call.theirs, description={"type": "offer", "sdp": "c=IN IP4 192.0.2.99"})
    await call.patient.ask("call.signal", to=STRANGER, candidate={"candidate": "candidate 192.0.2.99"})
    await call.patient.send("call.leave", peer=call.own)
    await call.visit.both_heard()

    said = "".join(capsys.readouterr())
    assert "people=1" in said, "what is logged is how many take part"
    assert not [word for word in ("192.0.2.99", call.own, call.theirs, STRANGER) if word in said]
