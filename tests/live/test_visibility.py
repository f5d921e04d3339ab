"""What each role is sent: the therapist everything, the patient no note, the support person the stage alone."""

import json

from tests.live.house import INTERNAL
from tests.live.visit import Visit

SECRET = "guarding at the second step, see last week"


async def test_a_note_reaches_therapists_and_nobody_else(visit: Visit):
    support = await visit.house.come("support")
    second = await visit.house.come("therapist")

    await visit.therapist.must("note.write", text=SECRET)

    await visit.both_heard()
    await support.heard_so_far()
    assert (await second.event("note.written"))["event"]["text"] == SECRET
    for talker in (visit.patient, support, await visit.house.come("patient")):
        await talker.heard_so_far()
        assert SECRET not in json.dumps(talker.frames)
        assert talker.count("note.written") == 0


async def test_the_patient_does_not_learn_that_a_note_is_being_written(visit: Visit):
    frames = len(visit.patient.frames)

    await visit.therapist.must("note.write", text=SECRET)

    await visit.patient.heard_so_far()
    assert [frame["type"] for frame in visit.patient.frames[frames:]] == ["clock.pong"]
    assert (await visit.patient.ask("note.write", text="mine")).code == "not_allowed"


async def test_the_therapists_numbers_have_no_gap_and_the_patients_may(visit: Visit):
    await visit.run()
    await visit.therapist.must("note.write", text=SECRET)
    await visit.patient.must("message.say", text="Hello")
    await visit.both_heard()

    begun = visit.therapist.frames[0]["seq"]
    assert visit.therapist.numbers == list(range(begun + 1, begun + 1 + len(visit.therapist.numbers)))
    assert visit.patient.numbers == sorted(visit.patient.numbers)
    assert set(visit.therapist.numbers) - set(visit.patient.numbers)


async def test_the_arrival_check_goes_to_the_therapist_alone(room: Visit):
    support = await room.house.come("support")
    other_tab = await room.house.come("patient")

    await room.patient.must(
        "arrival.confirm",
        safe=True,
        alone=False,
        telehealth_consent=True,
        identity=True,
        hang_up={"call_back_ok": True, "phrase": "the parcel has come"},
        place="12 Shore Lane",
        phone="555 0142",
        stop_word="harbour",
        people=[{"role": "friend", "in_room": False}],
    )

    await room.both_heard()
    arrival = room.therapist.view["arrival"]
    assert (arrival["place"], arrival["phone"], arrival["stop_word"]) == ("12 Shore Lane", "555 0142", "harbour")
    assert arrival["phrase"] == "the parcel has come"
    for talker in (support, other_tab, room.patient):
        await talker.heard_so_far()
        assert not [
            word for word in ("Shore", "0142", "harbour", "parcel", "friend") if word in json.dumps(talker.frames)
        ]


async def test_what_is_needed_tonight_is_not_in_the_ledger(room: Visit):
    await room.patient.must(
        "arrival.confirm",
        safe=True,
        alone=True,
        telehealth_consent=True,
        identity=True,
        hang_up={"call_back_ok": False},
        place="12 Shore Lane",
    )

    assert not [row for row in await room.house.ledger() if b"Shore" in row.body]


async def test_an_update_of_the_arrival_check_leaves_nothing_of_the_old_one(room: Visit):
    common = {"safe": True, "alone": True, "telehealth_consent": True, "identity": True}
    await room.patient.must("arrival.confirm", **common, hang_up={"call_back_ok": True}, place="12 Shore Lane")
    await room.patient.must("arrival.confirm", **common, hang_up={"call_back_ok": True}, phone="555 0142")

    await room.both_heard()
    assert "place" not in room.therapist.view["arrival"]
    assert room.therapist.view["arrival"]["place_given"] is False
    late = await room.house.come("therapist")
    assert "place" not in late.view["arrival"]
    assert late.view["arrival"]["phone"] == "555 0142"


async def test_the_support_person_sees_the_stage_and_nothing_between_the_two(visit: Visit):
    support = await visit.house.come("support")

    await visit.go_inside()
    await visit.patient.must("checkin.record", kind="relaxation", answers={"outcome": "done", "note": SECRET})
    await visit.therapist.must("message.say", text=SECRET)
    await visit.patient.must("comfort.set", level="uneasy")
    await visit.both_heard()
    await support.heard_so_far()

    assert SECRET not in json.dumps(support.frames)
    told = {frame["event"]["type"] for frame in support.frames if frame["type"] == "changed"}
    assert told <= {"activity.started", "step.changed", "pacer.changed"}
    assert support.view["activity"]["exercise"] == INTERNAL
    assert support.view["activity"]["consent"] is None
    assert (support.view["comfort"], support.view["checkins"], support.view["messages"]) == (None, [], [])


async def test_a_support_person_can_stop_and_ask_the_time_and_nothing_else(visit: Visit):
    support = await visit.house.come("support")

    for command, fields in (
        ("visit.end", {}),
        ("activity.pause", {}),
        ("comfort.set", {"level": "settled"}),
        ("message.say", {"text": "Hello"}),
        ("session.ready", {}),
    ):
        assert (await support.ask(command, **fields)).code == "not_allowed"
    assert (await support.ask_clock())["type"] == "clock.pong"
    assert (await support.stop()).code == "done"


async def test_when_the_pacer_rests_for_dizziness_it_rests_for_the_support_person_too(visit: Visit):
    support = await visit.house.come("support")
    await visit.run()
    await support.event("activity.started")

    await visit.patient.must("comfort.set", level="dizzy")

    await support.sees(pacer=None)
    assert support.count("comfort.changed") == 0
    await visit.patient.must("comfort.set", level="settled")
    await support.event("pacer.changed")
    assert support.view["pacer"] is not None
