"""Nobody waits for ever: what happens by itself, on a clock that is driven by hand."""

import pytest

from tests.conftest import BOTH
from tests.live.house import BREATHING, DUE_IN_MS, MINUTES, House
from tests.live.talker import ARRIVAL, Talker
from tests.live.visit import Visit

MINUTE = 60_000
GRACE_MS = 60_000
LOST_MS = 10_000


async def leave(visit: Visit, who: Talker, other: Talker) -> None:
    """The last socket goes, and the absence is recorded."""
    await who.close()
    await other.heard_so_far()
    await visit.house.clock.advance(LOST_MS)
    await other.event("presence.lost")


@pytest.mark.parametrize("premises", BOTH, indirect=True)
async def test_a_patient_who_waits_ten_minutes_past_the_time_is_told_so(room: Visit):
    await room.patient.must("arrival.confirm", **ARRIVAL)
    await room.house.clock.advance(DUE_IN_MS + 10 * MINUTE - 1)
    await room.patient.heard_so_far()
    assert room.patient.view["overdue"] is False

    await room.house.clock.advance(1)

    await room.patient.event("waiting.overdue")
    assert room.patient.view["overdue"] is True


async def test_a_visit_that_nobody_came_to_is_not_held(house: House):
    await house.clock.advance(DUE_IN_MS + MINUTES * MINUTE + 60 * MINUTE - 1)
    assert not await house.ended(house.cast.visit)

    # The watch looks once a minute.
    await house.keep_time_going(lambda: house.ended(house.cast.visit))

    late = await house.come("patient")
    assert late.view["end_reason"] == "not_held"


async def test_whoever_sits_and_waits_does_not_lose_the_visit(room: Visit):
    await room.patient.must("arrival.confirm", **ARRIVAL)

    await room.house.clock.advance(4 * 60 * MINUTE)

    await room.patient.heard_so_far()
    assert room.patient.view["phase"] == "waiting"


async def test_a_question_lapses_a_minute_after_the_patient_left(visit: Visit):
    await visit.house.clock.advance(GRACE_MS)
    await visit.therapist.must("activity.offer", exercise=BREATHING)
    await leave(visit, visit.patient, visit.therapist)

    await visit.house.clock.advance(60_000 - LOST_MS - 1)
    await visit.therapist.heard_so_far()
    assert visit.view["asking"] is not None
    await visit.house.clock.advance(1)

    await visit.therapist.event("asking.ended", reason="lapsed")
    assert visit.view["declined"] == []


async def test_a_question_never_lapses_while_the_patient_is_here(visit: Visit):
    await visit.therapist.must("activity.offer", exercise=BREATHING)

    await visit.house.clock.advance(60 * MINUTE)

    await visit.therapist.heard_so_far()
    assert visit.view["asking"] is not None


@pytest.mark.parametrize(("who", "after_s"), [("patient", 15), ("therapist", 30)])
async def test_an_internal_step_that_somebody_left_leads_out(visit: Visit, who: str, after_s: int):
    await visit.house.clock.advance(GRACE_MS)
    await visit.go_inside()
    left, stays = (visit.patient, visit.therapist) if who == "patient" else (visit.therapist, visit.patient)
    await left.close()
    await stays.heard_so_far()
    await visit.house.clock.advance(LOST_MS)
    await stays.heard_so_far()
    await visit.house.lost(who)

    await visit.house.clock.advance((after_s - 10) * 1_000 - 1)
    await stays.heard_so_far()
    assert stays.view["activity"]["internal"] is True
    await visit.house.clock.advance(1)

    await stays.event("activity.paused", by="system")
    await stays.event("step.changed")
    assert stays.view["activity"]["internal"] is False
    assert stays.view["activity"]["step"] == 8


async def test_a_pause_of_two_minutes_ends_the_yes_for_an_internal_step(visit: Visit):
    await visit.go_inside()
    await visit.patient.must("activity.pause")

    await visit.house.clock.advance(2 * MINUTE)

    await visit.therapist.event("consent.ended", reason="paused")


async def test_a_visit_that_both_left_ends_half_an_hour_later(visit: Visit):
    await visit.house.clock.advance(GRACE_MS)
    support = await visit.house.come("support")
    await visit.patient.close()
    await visit.therapist.close()
    await support.heard_so_far()
    await visit.house.clock.advance(LOST_MS)
    await visit.house.lost("patient")
    await visit.house.lost("therapist")

    await visit.house.clock.advance(30 * MINUTE - LOST_MS - 1)
    await support.heard_so_far()
    assert support.view["phase"] == "open"
    await visit.house.clock.advance(1)

    assert (await support.until("bye"))["reason"] == "both_left"


@pytest.mark.parametrize("premises", BOTH, indirect=True)
async def test_after_a_restart_every_absence_begins_a_minute_after_boot(visit: Visit):
    await visit.go_inside()
    await visit.house.restart()
    patient = await visit.house.come("patient")

    # The therapist has not come back: boot + 60 s, 10 s until lost, and 30 s from the end of the grace.
    await visit.house.clock.advance(GRACE_MS + LOST_MS)
    await visit.house.lost("therapist")
    await visit.house.clock.advance(30_000 - LOST_MS - 1)
    await patient.heard_so_far()
    assert patient.view["activity"]["internal"] is True
    await visit.house.clock.advance(1)

    await patient.event("step.changed")
    assert patient.view["activity"]["internal"] is False


async def test_a_deadline_that_could_not_be_stored_comes_again(room: Visit):
    await room.patient.must("arrival.confirm", **ARRIVAL)
    await room.house.make_it_read_only()
    await room.house.clock.advance(DUE_IN_MS + 10 * MINUTE)
    await room.patient.heard_so_far()
    assert room.patient.view["overdue"] is False
    await room.house.make_it_writable()

    await room.house.keep_time_going(lambda: room.patient.view["overdue"])

    assert (await room.house.told()).count("waiting.overdue") == 1


async def test_a_pace_that_had_to_wait_is_dated_when_it_can_be(visit: Visit):
    await visit.run()
    slow = {"in_ms": 4_000, "hold_in_ms": 0, "out_ms": 6_000, "hold_out_ms": 0}
    slower = {**slow, "out_ms": 8_000}
    await visit.therapist.must("pacer.set", **slow)
    turn_ms = visit.view["pacer"]["next"]["anchor_ms"]
    await visit.house.clock.advance(turn_ms - 100 - visit.house.clock.now_ms())
    await visit.therapist.must("pacer.set", **slower)
    assert visit.view["pacer"]["next"]["out_ms"] == 6_000

    await visit.house.clock.advance(100)

    dated = (await visit.therapist.event("pacer.changed"), await visit.therapist.event("pacer.changed"))
    assert dated[1]["view"]["pacer"]["next"] is None or dated[1]["view"]["pacer"]["next"]["out_ms"] == 6_000
    last = await visit.therapist.event("pacer.changed")
    assert last["by"] == "system"
    assert last["view"]["pacer"]["next"]["out_ms"] == 8_000
