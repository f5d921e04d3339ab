"""What a phone began and never finished telling comes to its end, a day later, and keys come to theirs."""

import pytest
from sqlalchemy import TextClause, text

from server import wiring
from server.db import outbox, visits
from server.practice.follow_up import SILENT_FOR_MS
from server.practice.keypairs import KEPT_FOR_MS, ROTATED_AFTER_MS
from tests.conftest import BOTH
from tests.live.house import House
from tests.practice.phone import Phone, events_of, kinds


async def phase(house: House, ledger: str) -> str | None:
    async with house.app[wiring.STORE].reader() as tx:
        row = await visits.session(tx, house.cast.clinic, ledger)
    return None if row is None else row.phase


@pytest.mark.parametrize("premises", BOTH, indirect=True)
async def test_a_practice_that_never_sent_its_end_is_over_a_day_later(house: House, phone: Phone) -> None:
    practice = phone.begin()
    await practice.inside()
    first, rest = practice.in_parts(6)
    await phone.deliver(first)
    await house.clock.advance(SILENT_FOR_MS - 60_000)
    assert await phase(house, practice.ledger) == "open"

    await house.keep_time_going(lambda: _is(house, practice.ledger, "ended"))

    lines = await events_of(house, practice.ledger)
    assert kinds(lines)[-1] == "practice.ended"
    assert lines[-1].at == lines[-2].at
    # The rest comes after all: it is kept, and its check-in still counts where it matters.
    await phone.deliver(rest)
    assert "practice.kept" in kinds(await events_of(house, practice.ledger))


async def _is(house: House, ledger: str, wanted: str) -> bool:
    return await phase(house, ledger) == wanted


async def test_a_part_that_never_comes_is_waited_for_for_a_day(house: House, phone: Phone) -> None:
    practice = phone.begin()
    await practice.inside(pain_worst=8)
    _, second = practice.in_parts(4)
    await phone.deliver(second)
    assert await phase(house, practice.ledger) is None

    await house.clock.advance(SILENT_FOR_MS)
    await house.keep_time_going(lambda: _is(house, practice.ledger, "ended"))

    care = await house.app[wiring.CARE].state(house.cast.clinic, house.cast.patient)
    assert care.suspended is not None


async def test_one_that_is_still_being_delivered_is_left_alone(house: House, phone: Phone) -> None:
    practice = phone.begin()
    await practice.inside()
    first, second, third = practice.in_parts(3, 6)
    await phone.deliver(third)
    await house.clock.advance(SILENT_FOR_MS - 60_000)
    await phone.deliver(second)
    await house.clock.advance(120_000)
    await phone.deliver(first)

    assert kinds(await events_of(house, practice.ledger)) == practice.told()


async def test_keys_turn_each_month_and_old_ones_open_for_three(house: House, phone: Phone) -> None:
    first = phone.bundle["key"]["id"]
    await phone.refresh()
    assert phone.bundle["key"]["id"] == first
    practice = phone.begin()
    await practice.inside()
    part, late = practice.in_parts(5)

    await age(house, CREATED, house.clock.now_ms() - ROTATED_AFTER_MS)
    async with house.browsing("patient") as http:
        newer = Phone(house, http)
        await newer.refresh()
    assert newer.bundle["key"]["id"] != first
    assert await phone.deliver(part) == ["stored"]
    assert await secret_of(house, first) is not None

    await age(house, RETIRED, house.clock.now_ms() - KEPT_FOR_MS)

    async def gone() -> bool:
        return await secret_of(house, first) is None

    await house.keep_time_going(gone)
    assert await phone.deliver(late) == ["kept_aside"]
    assert await secret_of(house, newer.bundle["key"]["id"]) is not None


async def secret_of(house: House, key_id: str) -> bytes | None:
    async with house.app[wiring.STORE].reader() as tx:
        return await outbox.secret_of(tx, house.cast.clinic, house.cast.patient, key_id)


#: As if so much time had passed: a clock that is turned on by months would ring every minute of them.
CREATED = text("UPDATE outbox_key SET created_ms = :ms WHERE retired_ms IS NULL")
RETIRED = text("UPDATE outbox_key SET retired_ms = :ms WHERE retired_ms IS NOT NULL")


async def age(house: House, statement: TextClause, ms: int) -> None:
    async with house.app[wiring.STORE].write() as tx:
        await tx.db.execute(statement, {"ms": ms})
