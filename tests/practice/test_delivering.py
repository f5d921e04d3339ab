"""A practice comes from the phone into the ledger exactly once, with its own times, on both databases."""

import asyncio

import pytest

from server import wiring
from server.db import outbox, urgent, visits
from sessions.events import CheckinRecorded, SessionOpened
from sessions.people import Role
from tests.conftest import BOTH
from tests.live.house import House
from tests.practice.phone import Phone, events_of, kinds, prescribe

YEAR_MS = 365 * 86_400_000


@pytest.mark.parametrize("premises", BOTH, indirect=True)
async def test_a_whole_practice_is_one_session_of_its_own_times(house: House, phone: Phone) -> None:
    practice = phone.begin()
    await practice.inside()
    await house.clock.advance(7_000)

    assert await phone.deliver(practice.part()) == ["stored"]

    lines = await events_of(house, practice.ledger)
    assert kinds(lines) == practice.told()
    opened = lines[0].event
    assert isinstance(opened, SessionOpened)
    assert (opened.kind, opened.programme, opened.item) == ("practice", 1, "small")
    assert opened.people == {house.cast.patient: Role.PATIENT, house.cast.therapist: Role.THERAPIST}
    assert lines[0].at == opened.due_ms == practice.begun_ms
    # Each line at the instant at which it was tapped, by the server's clock.
    shift = practice.begun_ms - 1_000_000
    assert [line.at for line in lines[1:]] == [line.at + shift for line in practice.machine.lines]
    async with house.app[wiring.STORE].reader() as tx:
        row = await visits.session(tx, house.cast.clinic, practice.ledger)
        people = await visits.people_of_session(tx, house.cast.clinic, practice.ledger)
        parts = await outbox.parts_of(tx, house.cast.clinic, house.cast.patient, practice.session)
        kept = await outbox.sealed_of(tx, house.cast.clinic, house.cast.patient, practice.session, 0)
    assert row is not None
    assert (row.kind, row.phase, row.due_ms, row.ended_ms) == ("practice", "ended", practice.begun_ms, lines[-1].at)
    assert people == {house.cast.patient: "patient", house.cast.therapist: "therapist"}
    assert [part.state for part in parts.values()] == ["stored"]
    assert kept is None


@pytest.mark.parametrize("premises", BOTH, indirect=True)
async def test_the_same_part_five_times_is_stored_once(house: House, phone: Phone) -> None:
    practice = phone.begin()
    await practice.inside()
    part = practice.part()

    states = [(await phone.deliver(part))[0] for _ in range(5)]

    assert states == ["stored", "already", "already", "already", "already"]
    assert kinds(await events_of(house, practice.ledger)) == practice.told()


@pytest.mark.parametrize("premises", BOTH, indirect=True)
async def test_two_tabs_at_once_deliver_the_same_parts(house: House, phone: Phone) -> None:
    practice = phone.begin()
    await practice.inside()
    parts = practice.in_parts(3, 7)

    answers = await asyncio.gather(*(phone.deliver(*parts) for _ in range(6)))

    assert {state for states in answers for state in states} <= {"stored", "already"}
    assert kinds(await events_of(house, practice.ledger)) == practice.told()


@pytest.mark.parametrize("premises", BOTH, indirect=True)
async def test_a_later_part_waits_for_the_one_before_it(house: House, phone: Phone) -> None:
    practice = phone.begin()
    await practice.inside()
    first, second, third = practice.in_parts(3, 7)

    assert await phone.deliver(third) == ["stored"]
    assert await phone.deliver(second) == ["stored"]
    async with house.app[wiring.STORE].reader() as tx:
        assert await visits.session(tx, house.cast.clinic, practice.ledger) is None
    assert await phone.deliver(first) == ["stored"]

    lines = await events_of(house, practice.ledger)
    assert kinds(lines) == practice.told()
    assert [line.at for line in lines] == sorted(line.at for line in lines)


async def test_half_a_practice_is_open_until_the_rest_comes(house: House, phone: Phone) -> None:
    practice = phone.begin()
    await practice.inside()
    first, second = practice.in_parts(5)

    await phone.deliver(first)
    async with house.app[wiring.STORE].reader() as tx:
        row = await visits.session(tx, house.cast.clinic, practice.ledger)
    assert row is not None
    assert row.phase == "open"
    # A day's end in between: where its times come from does not move.
    await house.clock.advance(11 * 3_600_000)
    await phone.deliver({**second, "waited_ms": 11 * 3_600_000})

    lines = await events_of(house, practice.ledger)
    assert kinds(lines) == practice.told()
    shift = practice.begun_ms - 1_000_000
    assert [line.at for line in lines[1:]] == [line.at + shift for line in practice.machine.lines]


@pytest.mark.parametrize("off_ms", [-YEAR_MS, YEAR_MS], ids=["a year behind", "a year ahead"])
async def test_a_clock_that_is_a_year_off_cancels_out(house: House, off_ms: int) -> None:
    await prescribe(house)
    async with house.browsing("patient") as http:
        phone = Phone(house, http, wall_off_ms=off_ms)
        await phone.refresh()
        practice = phone.begin()
        await practice.inside()
        part = practice.part()
        await house.clock.advance(3 * 86_400_000)

        await phone.deliver({**part, "waited_ms": 3 * 86_400_000})

    lines = await events_of(house, practice.ledger)
    assert lines[0].at == practice.begun_ms
    assert lines[-1].at == practice.machine.lines[-1].at + practice.begun_ms - 1_000_000


async def test_a_clock_that_was_set_in_mid_practice_is_bounded_by_the_programme_and_by_receipt(
    house: House, phone: Phone
) -> None:
    valid_from_ms = phone.bundle["programme"]["valid_from_ms"]
    practice = phone.begin()
    await practice.inside()
    long_ago = practice.part(n=0, sent_wall_ms=practice.begun_wall_ms + YEAR_MS)
    other = phone.begin()
    await other.inside()
    ahead = other.part(n=0, sent_wall_ms=other.begun_wall_ms - YEAR_MS)

    await phone.deliver(long_ago, ahead)

    assert (await events_of(house, practice.ledger))[0].at == valid_from_ms
    last = (await events_of(house, other.ledger))[-1]
    assert last.at == house.clock.now_ms()


async def test_an_entry_that_came_before_is_passed_over(house: House, phone: Phone) -> None:
    practice = phone.begin()
    await practice.inside()
    # A phone that was killed between sealing and noting it seals the same entries once more.
    first, again = practice.part(n=0, entries=practice.entries[:6]), practice.part(n=1, entries=practice.entries)

    await phone.deliver(first, again)

    assert kinds(await events_of(house, practice.ledger)) == practice.told()


async def test_pain_in_a_practice_suspends_work_inside_everywhere_at_once(house: House, phone: Phone) -> None:
    practice = phone.begin()
    await practice.inside(outcome="stopped_early", pain_worst=8)

    await phone.deliver(practice.part())

    care = await house.app[wiring.CARE].state(house.cast.clinic, house.cast.patient)
    assert care.suspended is not None
    assert "Pain 8 of 10" in care.suspended.reason
    # The planned visit has heard of it; the practice made the same events as the phone.
    assert (await house.told())[-1] == "care.changed"
    assert kinds(await events_of(house, practice.ledger)) == practice.told()
    await phone.refresh()
    assert phone.bundle["care"]["suspended"] == {"say": care.suspended.say}


async def test_an_emergency_in_a_practice_waits_for_somebody_to_see_it(house: House, phone: Phone) -> None:
    practice = phone.begin()
    practice.say("flags.tell", flags=["heavy_bleeding"])
    practice.say("practice.end")
    part = practice.part()
    await house.clock.advance(3_600_000)

    await phone.deliver({**part, "waited_ms": 3_600_000})

    async with house.app[wiring.STORE].reader() as tx:
        (one,) = await urgent.unseen(tx)
    assert one.ledger_id == practice.ledger
    # Nobody could have known of it earlier.
    assert one.raised_ms == house.clock.now_ms()


async def test_a_suspension_that_the_phone_had_not_heard_of_changes_nothing_that_happened(
    house: House, phone: Phone
) -> None:
    practice = phone.begin()
    await house.suspend("Wait for me.")
    await house.clock.advance(1_000)
    await practice.inside()

    await phone.deliver(practice.part())

    lines = await events_of(house, practice.ledger)
    told = kinds(lines)
    assert [kind for kind in told if kind != "concern.raised"] == practice.told()
    concerns = [line.event.rule for line in lines if hasattr(line.event, "rule")]
    assert concerns == ["practice_unheard"]
    assert any(isinstance(line.event, CheckinRecorded) for line in lines)


async def test_a_suspension_after_the_practice_is_no_concern_of_it(house: House, phone: Phone) -> None:
    practice = phone.begin()
    await practice.inside()
    part = practice.part()
    await house.clock.advance(1_000)
    await house.suspend("Wait for me.")

    await phone.deliver({**part, "waited_ms": 1_000})

    assert kinds(await events_of(house, practice.ledger)) == practice.told()
