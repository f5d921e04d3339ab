"""The desk: reasons first, each put aside by a press and taken back; the caseload found, chosen and put in order."""

import re
from collections.abc import Sequence

import pytest

from server import wiring
from server.db import people
from server.db.vault import KeyKind
from server.desk.card import Point, Practice
from server.desk.caseload import Wish, caseload, days, spark
from sessions.checkins import RungAnswers
from sessions.flags import Tier
from sessions.journal import Raise
from sessions.people import SYSTEM
from tests.bench.caseloads import seed
from tests.db.erasing import erase
from tests.live.house import House
from tests.pages.practices import DAY_MS, happened
from tests.pages.reader import Fields, Read, Reader, reading
from tests.pages.test_arrival import CALM

NOW_MS = 1_750_000_000_000


def names(page: Read) -> list[str]:
    """Who stands in the table, in its order."""
    return re.findall(r'<th role="rowheader" scope="row"><a href="/patients/[0-9a-f]+">([^<]+)</a>', page.body)


def marks(page: Read, name: str) -> dict[str, str | list[str]]:
    """The hidden fields of a person's button."""
    begin = f'<form method="post" action="/desk/seen" data-see data-name="{name}">'
    form = page.body.split(begin, maxsplit=1)[1].split("</form>", maxsplit=1)[0]
    (patient,) = re.findall(r'name="patient" value="([^"]+)"', form)
    return {"patient": patient, "mark": re.findall(r'name="mark" value="([^"]+)"', form)}


async def renamed(house: House, patient_id: str, name: str) -> None:
    async with house.app[wiring.STORE].write() as tx:
        await people.rename(tx, house.cast.clinic, patient_id, name=name)


async def wrote(house: House, text: str = "A question", *, who: str = "patient") -> None:
    async with reading(house, who) as patient:
        await patient.sends("/messages", {"text": text})


async def test_a_reason_that_was_looked_at_goes_and_comes_back(house: House):
    await renamed(house, house.cast.patient, "Noor")
    await wrote(house)
    async with reading(house, "therapist") as therapist:
        before = await therapist.opens("/desk")
        fields = marks(before, "Noor")
        after = await therapist.sends("/desk/seen", fields)
        again = await therapist.sends("/desk/unseen", fields)

    assert "Message today , not read yet." in before.words
    assert "Message today , not read yet." not in after.words
    assert "1 reason looked at" in after.words
    assert "You looked:" in after.words
    assert "Message today , not read yet." in again.words
    assert "looked at" not in again.words.replace("Looked at", "")


async def test_what_comes_in_later_is_a_reason_of_its_own(house: House):
    await renamed(house, house.cast.patient, "Noor")
    await wrote(house)
    async with reading(house, "therapist") as therapist:
        fields = marks(await therapist.opens("/desk"), "Noor")
        await wrote(house, "And another")
        after = await therapist.sends("/desk/seen", fields)

    assert "2 messages today , not read yet." in after.words


async def test_a_colleague_with_the_same_patient_sees_that_somebody_looked(house: House):
    await renamed(house, house.cast.patient, "Noor")
    async with house.app[wiring.STORE].write() as tx:
        await people.add_to_caseload(
            tx,
            clinic_id=house.cast.clinic,
            therapist_id=house.cast.colleague,
            patient_id=house.cast.patient,
            now_ms=house.clock.now_ms(),
        )
    await wrote(house)
    async with reading(house, "therapist") as therapist:
        await therapist.sends("/desk/seen", marks(await therapist.opens("/desk"), "Noor"))
    async with reading(house, "colleague") as colleague:
        assert "A colleague looked:" in (await colleague.opens("/desk")).words


async def test_nobody_puts_aside_what_is_not_theirs_or_not_there(house: House):
    await wrote(house)
    fields: Fields = {"patient": house.cast.patient, "mark": ["0" * 64]}
    async with reading(house, "stranger") as stranger:
        assert (await stranger.sends("/desk/seen", fields)).status == 404
    async with reading(house, "therapist") as therapist:
        await therapist.sends("/desk/seen", fields)
        assert "Message today" in (await therapist.opens("/desk")).words


async def test_somebody_who_waits_cannot_be_put_aside(house: House):
    await renamed(house, house.cast.patient, "Noor")
    visit = f"/sessions/{house.cast.visit}/arrival"
    async with reading(house, "patient") as patient:
        await patient.sends(visit, CALM)
    async with reading(house, "therapist") as therapist:
        page = await therapist.opens("/desk")

    assert "Waiting for less than a minute" in page.words
    assert 'data-name="Noor"' not in page.body


async def test_pain_that_rose_over_three_practices_is_a_reason(house: House):
    async with reading(house, "therapist") as therapist:
        from server.care.known import Known  # noqa: F401 - the rules look at what a room tells; here they are asked

        say = "Pain rose over 3 practices: 3, 5, 6 of 10."
        await house.app[wiring.JOURNALS].write(
            house.cast.clinic,
            house.cast.patient,
            Raise(rule="pain_rises", tier=Tier.NOTE, say=say, rules=1),
            actor=SYSTEM,
        )
        page = await therapist.opens("/desk")

    assert "Pain rose over 3 practices: 3, 5, 6 of 10 ." in page.words


@pytest.fixture
async def many(house: House) -> Sequence[str]:
    return await seed(house.app, clinic_id=house.cast.clinic, therapist_id=house.cast.therapist, count=60)


async def everybody(reader: Reader, **wish: str) -> list[str]:
    found = []
    for page in ("1", "2"):
        found += names(await reader.sends("/desk", {**wish, "page": page}))
    return found


async def test_fifty_to_a_page_and_a_name_is_found_without_standing_in_an_address(house: House, many: Sequence[str]):
    async with reading(house, "therapist") as therapist:
        first = await therapist.opens("/desk")
        second = await therapist.opens("/desk?page=2")
        found = await therapist.sends("/desk", {"find": "ines OK"})
        nobody = await therapist.sends("/desk", {"find": "Zz"})

    assert (len(names(first)), len(names(second))) == (50, 12)
    assert set(names(first)).isdisjoint(names(second))
    assert names(found) == ["Ínés Okafor"]
    assert found.path == "/desk"
    assert found.value("find") == "ines OK"
    assert "Nobody here by that name or choice." in nobody.words


async def test_orders_and_choices_are_those_that_rank_nobody(house: House, many: Sequence[str]):
    async with reading(house, "therapist") as therapist:
        by_name = await everybody(therapist)
        by_next = await everybody(therapist, order="next")
        new = await everybody(therapist, show="new")
        nonsense = await therapist.opens("/desk?order=pain&show=worst&page=-1")

    assert by_name == sorted(by_name, key=str.casefold)
    assert sorted(by_next) == sorted(by_name)
    assert by_next != by_name
    assert 0 < len(new) < len(by_name)
    assert names(nonsense) == by_name[:50]


async def test_a_patient_who_was_erased_is_not_on_the_desk(house: House):
    await renamed(house, house.cast.patient, "Noor")
    async with reading(house, "therapist") as therapist:
        before = await therapist.opens("/desk")
        async with house.app[wiring.STORE].write() as tx:
            await erase(tx, house.cast.clinic, house.cast.patient, now_ms=house.clock.now_ms())
        await house.app[wiring.KEYRING].destroy(house.cast.clinic, house.cast.patient, KeyKind.CARE)
        after = await therapist.opens("/desk")

    assert "Noor" in before.words
    assert (after.status, "Noor" in after.words) == (200, False)


async def test_a_check_in_shows_in_the_row_at_the_next_look(house: House):
    async with reading(house, "therapist") as therapist:
        await therapist.opens("/desk")
        await happened(house, RungAnswers(outcome="completed", pain_worst=4, worry_before=7), days_ago=2)
        page = await therapist.opens("/desk")

    assert 'aria-label="Pain, at its most: 4"' in page.body
    assert 'aria-label="Worry before: 7"' in page.body


def test_a_picture_of_nothing_of_one_and_of_many():
    assert spark((), now_ms=NOW_MS) is None
    one = spark((Point(NOW_MS - DAY_MS, 5),), now_ms=NOW_MS)
    assert one is not None
    assert (one.values, one.last, (one.x, one.y)) == ((5,), 5, (106, 21.0))
    two = spark((Point(NOW_MS - 2 * DAY_MS, 0), Point(NOW_MS - DAY_MS, 10)), now_ms=NOW_MS)
    assert two is not None
    assert two.path == "M2 38L106 4"
    assert spark((Point(NOW_MS - 29 * DAY_MS, 5),), now_ms=NOW_MS) is None


def test_days_without_practice_are_simply_empty():
    practices = (
        Practice(NOW_MS - 40 * DAY_MS, chose_not=False),
        Practice(NOW_MS - DAY_MS, chose_not=True),
        Practice(NOW_MS, chose_not=False),
        Practice(NOW_MS, chose_not=True),
    )

    drawn = days(practices, zone="UTC", now_ms=NOW_MS)

    assert (drawn.path, drawn.times) == ("M110 8v12M106 17v3", 1)


def test_a_caseload_of_nobody_has_one_page():
    empty = caseload({}, Wish(page=7), zone="UTC", now_ms=NOW_MS)

    assert (empty.rows, empty.pages, empty.wish.page) == ([], 1, 1)
