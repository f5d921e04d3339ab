"""The patient's page about who may be with them, the way in for whom they invite, and the arrival question."""

import re

import pytest

from server import wiring
from server.db import grants, people
from tests.live.house import House
from tests.pages.reader import Fields, Read, Reader, reading

ALONE = {"alone": "yes"}
SAM: Fields = {**ALONE, "name": "Sam", "relation": "a friend", "adult": "yes"}
#: Whatever would say to a shoulder what the page is about, or that somebody is on it.
TELLING = ("Support", "invite", "partner", "Let somebody in", "End this")


def shown_link(page: Read) -> str:
    found = re.search(r'value="[^"]*(/i/[^"]+)"', page.body)
    assert found is not None, page.words
    return found[1]


async def patient_name(house: House) -> str:
    async with house.app[wiring.STORE].reader() as tx:
        person = await people.person(tx, house.cast.clinic, house.cast.patient)
    assert person is not None
    assert person.name is not None
    return person.name


async def let_in(reader: Reader, fields: Fields = SAM) -> str:
    page = await reader.sends("/company/people", fields)
    assert page.status == 200, page.words
    return shown_link(page)


async def test_it_asks_first_and_shows_nothing_before_the_yes(house: House):
    async with reading(house, "patient") as reader:
        asked = await reader.opens("/company")
        later = await reader.sends("/company", {"alone": "no"})
        unsaid = await reader.sends("/company", {})
        shown = await reader.sends("/company", ALONE)

    assert (asked.status, later.status, unsaid.status, shown.status) == (200, 200, 422, 200)
    for page in (asked, later, unsaid):
        assert not [word for word in TELLING if word in page.words]
    assert "Are you alone right now?" in asked.words
    assert "Come back when you are alone" in later.words
    assert "Support" in shown.words
    assert "End this" in shown.words


@pytest.mark.parametrize("path", ["", "/people", "/people/{id}/link", "/people/{id}/share", "/people/{id}/end"])
async def test_no_form_does_anything_without_the_yes(house: House, path: str):
    async with reading(house, "patient") as reader:
        page = await reader.sends(f"/company{path}".format(id=house.cast.support), {**SAM, "alone": "maybe"})

    assert page.status == 422
    assert not [word for word in TELLING if word in page.words]
    assert len(await house.app[wiring.COMPANY].granted(house.cast.clinic, house.cast.patient)) == 1


async def test_somebody_is_let_in_and_comes_in_by_the_link(house: House):
    async with reading(house, "patient") as reader:
        link = await let_in(reader)
        listed = (await reader.sends("/company", ALONE)).words
    assert "Sam, a friend" in listed
    assert "Has not opened the link yet" in listed

    async with reading(house) as sam:
        welcome = await sam.opens(link)
        for promise in ("The words of the exercise and the breath", "Stop button", "end it at any time", "18 or older"):
            assert promise in welcome.words
        assert await patient_name(house) in welcome.words
        assert "What they write down" not in welcome.words
        await sam.sends(link, {"mine": "yes"})
        await sam.sends("/choose", {"way": "device"})
        assert (await sam.opens(f"/sessions/{house.cast.visit}")).status == 200
        today = await sam.opens("/today")
        assert "Go there" in today.words
        assert "they write down" not in today.words


async def test_what_is_shared_besides_is_said_on_both_sides(house: House):
    async with reading(house, "patient") as reader:
        link = await let_in(reader, {**SAM, "checkins": "yes"})
        assert "Also reads what you write down" in (await reader.sends("/company", ALONE)).words

    async with reading(house) as sam:
        assert "What they write down about an exercise" in (await sam.opens(link)).words


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ({"name": ""}, "Write what you call this person"),
        ({"name": "x" * 61}, "60 are the most"),
        ({"adult": ""}, ""),
        ({"name": "support"}, "on your list already"),
    ],
)
async def test_what_is_missing_is_said_and_what_was_typed_is_kept(house: House, given: dict[str, str], word: str):
    fields = {name: value for name, value in {**SAM, "relation": "<b>my</b> friend", **given}.items() if value}
    async with reading(house, "patient") as reader:
        page = await reader.sends("/company/people", fields)

    assert page.status == 422
    assert word in page.words
    assert "&lt;b&gt;my&lt;/b&gt; friend" in page.body
    assert ("18 or older" in page.words) is True


async def test_a_page_that_is_sent_twice_lets_one_person_in(house: House):
    async with reading(house, "patient") as reader:
        await let_in(reader)
        again = await reader.sends("/company/people", SAM)

    assert (again.status, "on your list already" in again.words) == (422, True)
    assert len(await house.app[wiring.COMPANY].granted(house.cast.clinic, house.cast.patient)) == 2


async def test_four_are_the_most(house: House):
    async with reading(house, "patient") as reader:
        for name in ("Sam", "Kim", "Lou"):
            await let_in(reader, {**SAM, "name": name})
        fifth = await reader.sends("/company/people", {**SAM, "name": "Max"})

    assert (fifth.status, "at most" in fifth.words) == (422, True)


async def test_an_end_takes_the_unused_link_with_it_and_says_no_reason(house: House):
    async with reading(house, "patient") as reader:
        link = await let_in(reader)
        granted = await house.app[wiring.COMPANY].granted(house.cast.clinic, house.cast.patient)
        sam_id = next(one.person_id for one in granted if one.person_id != house.cast.support)
        ended = await reader.sends(f"/company/people/{sam_id}/end", ALONE)
        again = await reader.sends(f"/company/people/{sam_id}/end", ALONE)
        link_after = await reader.sends(f"/company/people/{sam_id}/link", ALONE)

    assert "Sam sees nothing of yours any more. They are not told why." in ended.words
    assert (again.status, link_after.status) == (200, 200)
    assert "/i/" not in link_after.body
    async with reading(house) as sam:
        closed = await sam.opens(link)
    assert closed.status == 410
    assert "write" not in closed.words


async def test_a_new_link_ends_the_one_before(house: House):
    async with reading(house, "patient") as reader:
        first = await let_in(reader)
        granted = await house.app[wiring.COMPANY].granted(house.cast.clinic, house.cast.patient)
        sam_id = next(one.person_id for one in granted if one.person_id != house.cast.support)
        second = shown_link(await reader.sends(f"/company/people/{sam_id}/link", ALONE))

    async with reading(house) as sam:
        assert (await sam.opens(first)).status == 410
        assert (await sam.opens(second)).status == 200


@pytest.mark.parametrize("who", ["other_patient", "therapist", "colleague", "support", "owner", "stranger"])
async def test_nobody_else_ends_or_widens_it(house: House, who: str):
    async with reading(house, who) as reader:
        for what in ("link", "share", "end"):
            page = await reader.sends(f"/company/people/{house.cast.support}/{what}", {**ALONE, "checkins": "yes"})
            assert page.status == 404
    async with house.app[wiring.STORE].reader() as tx:
        grant = await grants.live_grant(tx, house.cast.clinic, house.cast.support)
    assert grant is not None
    assert not grant.checkins


async def test_a_patient_is_no_support_person_and_cannot_be_ended(house: House):
    async with reading(house, "patient") as reader:
        for other in (house.cast.patient, house.cast.other_patient, house.cast.therapist, "x"):
            assert (await reader.sends(f"/company/people/{other}/end", ALONE)).status == 404


ARRIVAL: Fields = {
    "safe": "yes",
    "alone": "yes",
    "call_back": "yes",
    "well": "yes",
    "identity": "yes",
    "telehealth_consent": "yes",
}


async def arrive(house: House, fields: Fields) -> Read:
    async with reading(house, "patient") as reader:
        return await reader.sends(f"/sessions/{house.cast.visit}/arrival", fields)


async def admitted(house: House) -> bool:
    async with reading(house, "support") as reader:
        page = await reader.opens(f"/sessions/{house.cast.visit}")
    assert page.status == 200 or "Not now." in page.words
    return page.status == 200


async def test_the_arrival_check_asks_about_company_and_a_no_is_for_tonight(house: House):
    async with reading(house, "patient") as reader:
        asked = await reader.opens(f"/sessions/{house.cast.visit}")
    async with reading(house, "other_patient") as reader:
        unasked = await reader.opens(f"/sessions/{house.cast.other_visit}")
    assert "Would you like Support with you in this visit?" in asked.words
    assert "with you in this visit" not in unasked.words

    await arrive(house, {**ARRIVAL, "company": "no"})
    assert not await admitted(house)
    async with reading(house, "patient") as reader:
        again = await reader.opens(f"/sessions/{house.cast.visit}/arrival")
    assert "company=no" in again.chosen()

    await arrive(house, {**ARRIVAL, "company": "yes"})
    assert await admitted(house)


async def test_whoever_is_not_alone_is_not_asked_and_an_earlier_no_stays(house: House):
    await arrive(house, {**ARRIVAL, "company": "no"})

    await arrive(house, {**ARRIVAL, "alone": "no", "company": "yes"})

    assert not await admitted(house)


async def test_an_open_question_leaves_it_as_the_patient_set_it(house: House):
    await arrive(house, ARRIVAL)

    assert await admitted(house)


async def test_of_several_the_patient_ticks_who_it_is_to_be(house: House):
    async with reading(house, "patient") as reader:
        await let_in(reader)
    nobody = await arrive(house, {**ARRIVAL, "company": "yes"})
    assert (nobody.status, "Tick who it is to be" in nobody.words) == (422, True)

    granted = await house.app[wiring.COMPANY].granted(house.cast.clinic, house.cast.patient)
    sam_id = next(one.person_id for one in granted if one.person_id != house.cast.support)
    await arrive(house, {**ARRIVAL, "company": "yes", "company_who": [sam_id]})

    assert not await admitted(house)


async def test_the_answer_goes_to_the_therapist_and_to_nobody_else(house: House):
    await arrive(house, {**ARRIVAL, "company": "no"})

    told = (await house.come("therapist")).view["arrival"]
    assert told["company"] == []
    assert "arrival" not in (await house.come("patient")).view


async def test_voice_is_off_unless_it_is_given_and_can_be_taken_back(house: House):
    person = house.cast.support
    async with reading(house, "patient") as reader:
        before = await reader.sends("/company", ALONE)
        given = await reader.sends(f"/company/people/{person}/voice", {**ALONE, "voice": "yes"})
        granted = await house.app[wiring.COMPANY].granted(house.cast.clinic, house.cast.patient)
        await reader.sends(f"/company/people/{person}/share", {**ALONE, "checkins": "yes"})
        both = await house.app[wiring.COMPANY].granted(house.cast.clinic, house.cast.patient)
        taken = await reader.sends(f"/company/people/{person}/voice", {**ALONE, "voice": "no"})

    assert "Also hears what is spoken" not in before.words
    assert "can hear what is spoken in your visits, from now on" in given.words
    assert "Also hears what is spoken" in given.words
    assert [(one.checkins, one.voice) for one in granted] == [(False, True)]
    assert [(one.checkins, one.voice) for one in both] == [(True, True)]
    assert "does not hear what is spoken in your visits" in taken.words
    assert (await house.told())[-3:] == ["people.joined"] * 3


async def test_voice_can_be_given_with_the_link_and_is_said_on_it(house: House):
    async with reading(house, "patient") as reader:
        link = await let_in(reader, {**SAM, "voice": "yes"})

    async with reading(house) as sam:
        assert "You are heard only while both of them allow it" in (await sam.opens(link)).words
        await sam.sends(link, {"mine": "yes"})
        await sam.sends("/choose", {"way": "device"})
        assert "You can hear what is spoken there" in (await sam.opens("/today")).words
    place = await house.app[wiring.VISITS].plan(
        house.cast.clinic, house.cast.patient, house.cast.therapist, due_ms=house.clock.now_ms(), minutes=30
    )
    assert await house.told(place.session_id) == ["session.opened", "people.joined"]
