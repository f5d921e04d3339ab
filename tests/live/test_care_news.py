"""The care ledger and the visits that are open change together, in one transaction, and at once on the screens."""

import msgspec
import pytest

from server import wiring
from tests.conftest import BOTH
from tests.live.house import INTERNAL, House
from tests.live.talker import ARRIVAL
from tests.live.visit import Visit

PAIN = {"outcome": "stopped_early", "pain_worst": 8, "rung": "size-1"}


async def care_of_visit(house: House, visit: str) -> dict[str, object]:
    """The care that the ledger of a visit tells, from its last line about it."""
    events = [msgspec.json.decode(row.body)["event"] for row in await house.ledger(visit)]
    return [event["care"] for event in events if "care" in event][-1]  # type: ignore[no-any-return]


@pytest.mark.parametrize("premises", BOTH, indirect=True)
async def test_a_clearance_lifts_the_suspension_in_a_visit_that_is_open(visit: Visit):
    await visit.house.suspend("We talk first.")
    await visit.patient.event("care.changed")
    assert visit.patient.view["care"]["suspended"] == {"say": "We talk first."}
    assert (await visit.therapist.ask("activity.offer", exercise=INTERNAL)).code == "suspended"

    await visit.house.clear(reason="Seen again, 4 March")

    await visit.patient.event("care.changed")
    assert visit.patient.view["care"]["suspended"] is None
    await visit.therapist.must("activity.offer", exercise=INTERNAL)


@pytest.mark.parametrize("premises", BOTH, indirect=True)
async def test_a_suspension_during_an_internal_step_leads_to_the_way_out(visit: Visit):
    await visit.go_inside()

    await visit.house.suspend("We talk first.")

    await visit.patient.event("care.changed")
    assert visit.patient.view["activity"]["step"] == 8
    assert visit.patient.view["activity"]["internal"] is False
    assert visit.patient.view["care"]["suspended"] == {"say": "We talk first."}


async def test_the_patient_is_not_told_the_therapists_reason(visit: Visit):
    await visit.house.suspend("We talk first.")

    told = await visit.patient.event("care.changed")

    assert told["event"] == {"type": "care.changed"}
    assert told["view"]["care"]["suspended"] == {"say": "We talk first."}
    assert (await visit.therapist.event("care.changed"))["view"]["care"]["suspended"]["reason"] == "By the clinic"


@pytest.mark.parametrize("premises", BOTH, indirect=True)
async def test_great_pain_in_a_visit_suspends_in_the_care_ledger_too(visit: Visit):
    await visit.patient.must("checkin.record", kind="rung", answers=PAIN)

    care = await visit.house.app[wiring.CARE].state(visit.house.cast.clinic, visit.house.cast.patient)

    assert care.suspended is not None
    assert visit.patient.view["care"]["suspended"] == {"say": care.suspended.say}


async def test_next_weeks_visit_hears_of_it_in_the_same_transaction(visit: Visit):
    next_week = await visit.house.come("patient", visit=visit.house.cast.next_visit)

    await visit.patient.must("checkin.record", kind="rung", answers=PAIN)

    await next_week.event("care.changed")
    assert next_week.view["care"]["suspended"] is not None
    assert (await care_of_visit(visit.house, visit.house.cast.next_visit))["suspended"] is not None


async def test_a_red_flag_at_arrival_reaches_a_visit_that_nobody_has_open(room: Visit):
    await room.patient.must("arrival.confirm", **{**ARRIVAL, "flags": ["fresh_bleeding"]})

    assert (await care_of_visit(room.house, room.house.cast.next_visit))["suspended"] is not None
    await room.house.clear(reason="Looked at, 5 March")
    assert (await care_of_visit(room.house, room.house.cast.next_visit))["suspended"] is None


async def test_both_ledgers_change_or_neither(visit: Visit):
    await visit.house.make_it_read_only()

    reply = await visit.patient.ask("checkin.record", kind="rung", answers=PAIN)

    assert reply.code == "unavailable"
    await visit.house.make_it_writable()
    assert "checkin.recorded" not in await visit.house.told()
    care = await visit.house.app[wiring.CARE].state(visit.house.cast.clinic, visit.house.cast.patient)
    assert care.suspended is None


async def test_a_suspension_takes_an_internal_question_away(visit: Visit):
    await visit.therapist.must("activity.offer", exercise=INTERNAL)

    await visit.house.suspend("We talk first.")

    await visit.patient.event("asking.ended", reason="suspended")
    assert visit.patient.view["asking"] is None


async def test_a_visit_that_is_planned_after_a_suspension_knows_of_it(visit: Visit):
    await visit.house.suspend("We talk first.")

    place = await visit.house.app[wiring.VISITS].plan(
        visit.house.cast.clinic,
        visit.house.cast.patient,
        visit.house.cast.therapist,
        due_ms=visit.house.clock.now_ms() + 86_400_000,
        minutes=45,
    )

    assert (await care_of_visit(visit.house, place.session_id))["suspended"] is not None
