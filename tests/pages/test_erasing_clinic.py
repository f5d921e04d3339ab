"""The clinic's side of erasing: asking for somebody who called, and records that are as old as it keeps any."""

import pytest

from server import wiring
from server.db import erasures, people
from server.db.erasures import COOLING_MS, Erasure
from server.erasing import NOTICE_MS
from tests.live.house import House
from tests.pages.reader import Read, reading
from tests.pages.test_erasing import DAY_MS, pass_by

REASON = "They called from their own number, and knew their next visit"
ASKING = {"reason": REASON, "told": "yes"}


async def known(house: House) -> Erasure | None:
    async with house.app[wiring.STORE].reader() as tx:
        return await erasures.erasure(tx, house.cast.clinic, house.cast.patient)


async def asks(house: House, fields: dict[str, str] | None = None) -> Read:
    async with reading(house, "therapist") as therapist:
        return await therapist.sends(f"/patients/{house.cast.patient}/erasure", ASKING if fields is None else fields)


async def has_personal(house: House) -> bool:
    return (await house.app[wiring.KEYRING].keys_of(house.cast.clinic, house.cast.patient)).personal is not None


async def test_who_asks_for_a_patient_says_why_and_has_told_them(house: House) -> None:
    page = await asks(house, {})

    assert page.status == 422
    assert "Write who asked" in page.words
    assert "Tell them first" in page.words
    assert await known(house) is None


async def test_it_happens_after_the_days_to_take_it_back(house: House) -> None:
    page = await asks(house)
    twice = await asks(house)
    async with reading(house, "patient") as patient:
        theirs = await patient.opens("/erase")
    await pass_by(house, COOLING_MS - 1_000)
    await house.app[wiring.ERASING].look()
    assert await has_personal(house)
    await house.clock.advance(2_000)
    await house.app[wiring.ERASING].look()

    assert "tell them the day yourself" in page.words
    assert REASON in page.words
    assert twice.status == 409
    assert "Your clinic asked for this" in theirs.words
    assert not await has_personal(house)
    async with house.app[wiring.STORE].reader() as tx:
        person = await people.person(tx, house.cast.clinic, house.cast.patient)
    assert person is not None
    assert person.disabled_ms is not None


@pytest.mark.parametrize("who", ["patient", "therapist"])
async def test_until_then_patient_and_therapist_can_take_it_back(house: House, who: str) -> None:
    await asks(house)
    path = "/erase/take-back" if who == "patient" else f"/patients/{house.cast.patient}/erasure/take-back"

    async with reading(house, who) as somebody:
        page = await somebody.sends(path)
    await pass_by(house, COOLING_MS + 1_000)
    await house.app[wiring.ERASING].look()

    assert "Nothing is erased" in page.words
    assert await known(house) is None
    assert await has_personal(house)


async def grown_old(house: House) -> None:
    """A year is as long as this clinic keeps records, and for longer than that nobody wrote."""
    async with reading(house, "owner") as owner:
        await owner.sends("/clinic/records", {"years": "1"})
    await pass_by(house, 385 * DAY_MS)
    await house.prove("owner")


async def test_an_old_record_goes_only_once_an_owner_turned_it_on_and_it_was_announced(house: House) -> None:
    await grown_old(house)
    await house.app[wiring.ERASING].look()
    assert await known(house) is None
    async with reading(house, "owner") as owner:
        before = await owner.opens("/clinic/erasures")
        unread = await owner.sends("/clinic/erasures", {"on": "yes"})
        await owner.sends("/clinic/erasures", {"on": "yes", "read": "yes"})
        await pass_by(house, DAY_MS)
        await house.app[wiring.ERASING].look()
        announced = await known(house)
    assert "Patient , last entry on" in before.words
    assert unread.status == 422
    assert announced is not None
    assert announced.by_age
    assert await has_personal(house)

    await pass_by(house, NOTICE_MS)
    await house.app[wiring.ERASING].look()

    keys = await house.app[wiring.KEYRING].keys_of(house.cast.clinic, house.cast.patient)
    assert (keys.care, keys.personal) == (None, None)


async def test_what_was_announced_is_kept_where_somebody_writes_in_it_or_an_owner_wants_it(house: House) -> None:
    await grown_old(house)
    async with reading(house, "owner") as owner:
        await owner.sends("/clinic/erasures", {"on": "yes", "read": "yes"})
    await pass_by(house, DAY_MS)
    await house.app[wiring.ERASING].look()
    await house.clear(reason="Seen again after a long time")
    async with reading(house, "owner") as owner:
        page = await owner.sends(f"/clinic/erasures/{house.cast.other_patient}/longer")
    await pass_by(house, NOTICE_MS)
    await house.app[wiring.ERASING].look()

    assert "kept for another year" in page.words
    assert await known(house) is None
    ring, cast = house.app[wiring.KEYRING], house.cast
    for patient in (cast.patient, cast.other_patient):
        assert (await ring.keys_of(cast.clinic, patient)).care is not None
