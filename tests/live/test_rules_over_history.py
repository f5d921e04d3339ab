"""After a check-in the rules look at what came before it, beside the room, and raise what is new, once."""

from typing import Any

from server import wiring
from server.care.safety import SPACED_MS
from server.db import visits
from sessions.journal import JournalConcern
from tests.live.house import House
from tests.live.visit import Visit
from tests.pages import records
from tests.pages.reader import reading
from tests.sessions.room import Visit as PastVisit

BLED = {"outcome": "completed", "bleeding": "trace", "pain_worst": 1}


async def raised(house: House) -> list[JournalConcern]:
    state = await house.app[wiring.JOURNALS].state(house.cast.clinic, house.cast.patient)
    return [entry.event for entry in state.of(JournalConcern) if isinstance(entry.event, JournalConcern)]


async def past_practice(house: House, **answers: Any) -> str:
    past = PastVisit()
    past.now_ms = house.clock.now_ms() - 3_600_000
    past.opens()
    past.patient.records("rung", **answers)
    past.therapist.ends()
    return await records.keep(house, past)


async def test_bleeding_again_suspends_in_the_running_visit_and_stands_at_the_desk(visit: Visit):
    house = visit.house
    earlier = await past_practice(house, **BLED)

    await visit.patient.must("checkin.record", kind="rung", answers=BLED)
    await visit.patient.event("care.changed")

    concern = next(one for one in await raised(house) if one.rule == "bleeding_again")
    assert concern.about == (earlier, house.cast.visit)
    assert concern.rules > 0
    assert visit.patient.view["care"]["suspended"] is not None
    async with reading(house, "therapist") as therapist:
        assert "Bleeding in 2 practices in a row" in (await therapist.opens("/desk")).words


async def test_the_same_is_raised_once_also_after_it_was_lifted(visit: Visit):
    house = visit.house
    await past_practice(house, **BLED)
    await visit.patient.must("checkin.record", kind="rung", answers=BLED)
    await visit.patient.event("care.changed")
    await house.clear(reason="Looked at together")

    recorded = next(row.seq for row in await house.ledger() if b"checkin.recorded" in row.body)
    await visit.patient.must("checkin.correct", of=recorded, answers={**BLED, "minutes": 4})
    await _settled(house)

    assert [one.rule for one in await raised(house)].count("bleeding_again") == 1
    assert not (await house.app[wiring.CARE].state(house.cast.clinic, house.cast.patient)).suspended


async def test_what_comes_soon_after_a_look_is_looked_at_together_a_little_later(visit: Visit):
    house = visit.house
    await visit.patient.must("checkin.record", kind="rung", answers={**BLED, "bleeding": "none"})
    await _settled(house)
    await past_practice(house, **BLED)
    recorded = next(row.seq for row in await house.ledger() if b"checkin.recorded" in row.body)
    await visit.patient.must("checkin.record", kind="rung", answers={**BLED, "bleeding": "none"})
    await visit.patient.must("checkin.correct", of=recorded, answers=BLED)
    await _settled(house)

    async def found() -> bool:
        return "bleeding_again" in [one.rule for one in await raised(house)]

    await house.until(found)


async def test_one_practice_alone_raises_nothing(visit: Visit):
    await visit.patient.must("checkin.record", kind="rung", answers=BLED)
    await _settled(visit.house)

    assert await raised(visit.house) == []


async def test_what_a_server_died_over_is_looked_at_when_it_starts(house: House):
    await past_practice(house, **BLED)
    await past_practice(house, **BLED)
    assert await raised(house) == []

    # Nobody wrote a check-in through a room here, as after a crash between storing and looking.
    await house.restart()

    async def found() -> bool:
        return [one.rule for one in await raised(house)] == ["bleeding_again"]

    await house.until(found)


async def test_a_server_that_starts_looks_at_nobody_whose_visit_is_only_planned(house: House):
    async def looked_at() -> list[tuple[str, str]]:
        async with house.app[wiring.STORE].reader() as tx:
            return await visits.patients_since(tx, since_ms=0)

    assert await looked_at() == []
    await past_practice(house, **BLED)

    assert await looked_at() == [(house.cast.clinic, house.cast.patient)]


async def _settled(house: House) -> None:
    """Long enough for a look that is under way: an entry that comes after it goes through the same writer."""
    await house.clock.advance(SPACED_MS)
    for _ in range(20):
        async with house.nothing_stored():
            pass
        await house.clock.advance(0)
