"""Who is here: over all tabs, ten seconds after the last one, and nobody is missed for an outage."""

from tests.live.house import House
from tests.live.visit import Visit, meet

LOST_MS = 10_000
GRACE_MS = 60_000


async def absent(visit: Visit) -> set[str]:
    await visit.therapist.heard_so_far()
    return set(visit.therapist.view["absent"])


async def test_a_person_is_lost_ten_seconds_after_their_last_tab(visit: Visit):
    await visit.house.clock.advance(GRACE_MS)
    second_tab = await visit.house.come("patient")
    await visit.patient.close()
    await visit.house.clock.advance(LOST_MS * 2)
    assert await absent(visit) == {visit.house.cast.support}

    await second_tab.close()
    gone_ms = visit.house.clock.now_ms()
    await visit.therapist.heard_so_far()
    await visit.house.clock.advance(LOST_MS - 1)
    assert visit.therapist.count("presence.lost") == 0
    await visit.house.clock.advance(1)

    lost = await visit.therapist.event("presence.lost")
    assert lost["event"] == {"type": "presence.lost", "person": visit.house.cast.patient, "since_ms": gone_ms}


async def test_whoever_returns_in_time_was_never_away(visit: Visit):
    await visit.house.clock.advance(GRACE_MS)
    await visit.patient.close()
    await visit.therapist.heard_so_far()
    await visit.house.clock.advance(LOST_MS - 1)

    await visit.house.come("patient")
    await visit.house.clock.advance(LOST_MS * 3)

    await visit.therapist.heard_so_far()
    assert visit.therapist.count("presence.lost") == 0


async def test_a_return_is_told(visit: Visit):
    await visit.house.clock.advance(GRACE_MS)
    await visit.patient.close()
    await visit.therapist.heard_so_far()
    await visit.house.clock.advance(LOST_MS)
    await visit.therapist.event("presence.lost")

    await visit.house.come("patient")

    await visit.therapist.event("presence.returned", person=visit.house.cast.patient)
    assert await absent(visit) == {visit.house.cast.support}


async def test_people_tells_who_is_connected(house: House):
    therapist = await house.come("therapist")
    assert {p["role"]: p["connected"] for p in (await therapist.until("people"))["people"]} == {
        "therapist": True,
        "patient": False,
        "support": False,
    }

    patient = await house.come("patient")
    shown = {p["role"]: p["connected"] for p in (await therapist.until("people"))["people"]}
    assert shown["patient"] is True

    await patient.close()
    shown = {p["role"]: p["connected"] for p in (await therapist.until("people"))["people"]}
    assert shown["patient"] is False


async def test_nobody_is_missed_for_an_outage(visit: Visit):
    await visit.house.restart()

    therapist = await visit.house.come("therapist")
    await visit.house.clock.advance(GRACE_MS + LOST_MS - 1)
    await therapist.heard_so_far()
    assert therapist.count("presence.lost") == 0

    await visit.house.clock.advance(1)
    await therapist.event("presence.lost", person=visit.house.cast.patient)


async def test_an_absence_that_cannot_be_stored_is_stored_later(visit: Visit):
    await visit.house.clock.advance(GRACE_MS)
    await visit.house.make_it_read_only()
    await visit.patient.close()
    await visit.therapist.heard_so_far()
    await visit.house.clock.advance(LOST_MS)
    await visit.therapist.heard_so_far()
    await visit.house.make_it_writable()

    await visit.house.keep_time_going(lambda: visit.therapist.count("presence.lost") > 0)


async def test_whoever_came_back_while_their_absence_was_being_stored_is_here(visit: Visit):
    await visit.house.clock.advance(GRACE_MS)
    await visit.patient.close()
    await visit.therapist.heard_so_far()
    async with visit.house.nothing_stored():
        await visit.house.clock.advance(LOST_MS)
        await visit.therapist.heard_so_far()
        await visit.house.come("patient")

    await visit.therapist.event("presence.returned", person=visit.house.cast.patient)
    assert await absent(visit) == {visit.house.cast.support}


async def test_a_visit_that_both_came_back_to_goes_on(visit: Visit):
    await visit.run()
    await visit.house.restart()
    later = await meet(visit.house)

    await visit.house.clock.advance(GRACE_MS + LOST_MS + 1)

    await later.both_heard()
    assert later.patient.view["running"] == "running"
    assert later.therapist.count("presence.lost") == 0
