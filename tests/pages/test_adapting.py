"""A clinic's own words for an exercise: written, looked at as one types, offered, approved, prescribed, retired."""

import html
import re
from typing import Any

from msgspec import structs

from server import wiring
from server.db import approvals
from tests.live.house import BREATHING, INTERNAL, House
from tests.live.talker import ARRIVAL
from tests.pages.homework import prescribe
from tests.pages.prescribing import library_with
from tests.pages.reader import Read, Reader, reading

OURS = "Rest one hand on your belly and let it be heavy."
APPROVE = "I have read it, approve it for this clinic"


def path(house: House, slug: str = BREATHING) -> str:
    return f"/library/{house.app[wiring.KEYS].address_of(f'exercise {slug}')}"


def filled(page: Read) -> dict[str, str]:
    """Every field of the form as it stands on the page."""
    found = re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>([^<]*)</textarea>', page.body)
    found += re.findall(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"', page.body)
    return {name: html.unescape(value) for name, value in found}


async def kept(house: House, who: Reader, slug: str = BREATHING, **changed: str) -> Read:
    page = await who.opens(f"{path(house, slug)}/adapt")
    return await who.sends(f"{path(house, slug)}/adapt", {**filled(page), "s0_say": OURS, **changed, "do": "keep"})


async def decided(who: Reader, page: Read, what: str) -> Read:
    return await who.sends(f"{page.path.split('#')[0]}/{what}", {"edition": page.value("edition")})


async def told(house: House, who: str = "therapist", slug: str = BREATHING, *, language: str = "en") -> Any:
    """What the room of the visit is given."""
    where = f"/sessions/{house.cast.visit}/library/now.json" if who != "patient" else "/library/now.json"
    async with house.browsing(who) as http, http.get(where, headers={"Accept-Language": language}) as answer:
        assert answer.status == 200
        return (await answer.json())["exercises"][slug]


async def at_home(house: House) -> Any:
    async with house.browsing("patient") as http, http.get("/practice/bundle.json") as answer:
        assert answer.status == 200
        return await answer.json()


async def test_a_draft_is_kept_and_nobody_is_told_it(house: House):
    async with reading(house, "therapist") as therapist:
        page = await kept(house, therapist)

    assert page.status == 200
    assert page.path.endswith("/own/2001")
    assert "Draft, only to be read here" in page.words
    assert OURS in page.words
    assert "What differs from the library Step 1: What is said" in page.words
    assert (await told(house))["version"] == 2


async def test_offered_it_is_a_draft_in_visits_and_never_at_home(house: House):
    await prescribe(house)
    async with reading(house, "therapist") as therapist:
        page = await decided(therapist, await kept(house, therapist), "offer")

    assert "Draft, offered in visits" in page.words
    room = await told(house)
    assert (room["version"], room["steps"][0]["words"]["say"]) == (2_001, OURS)
    assert room["review"] == {"status": "draft", "by_clinic": False}
    assert "review" not in await told(house, "patient")
    bundle = await at_home(house)
    assert bundle["exercises"][BREATHING]["version"] == 2
    assert bundle["library"]["exercises"][BREATHING]["version"] == 2


async def test_approved_it_stands_in_visits_in_programmes_and_on_the_phone(house: House):
    await prescribe(house)
    async with reading(house, "therapist") as therapist, reading(house, "patient") as patient:
        page = await decided(
            therapist, await kept(house, therapist, title="Our soft belly", s0_seconds="55"), "approve"
        )
        programme = await therapist.opens(f"/patients/{house.cast.patient}/programme")
        today = await patient.opens("/today")
        library = await therapist.opens("/library")

    assert "Approved for this clinic" in page.words
    assert (await told(house))["review"]["by_clinic"] is True
    bundle = await at_home(house)
    assert bundle["exercises"][BREATHING]["version"] == 2_001
    assert bundle["exercises"][BREATHING]["steps"][0]["seconds"] == 55
    assert bundle["library"]["exercises"][BREATHING]["steps"][0]["words"]["say"] == OURS
    assert "Our soft belly" in programme.words
    assert "A newer wording exists, and your clinic has approved it." in programme.words
    assert "Our soft belly" in today.words
    assert "In your own words, version 2.1" in library.words


async def test_what_a_visit_offers_is_what_its_record_keeps(house: House):
    async with reading(house, "therapist") as therapist:
        page = await kept(house, therapist)
        await decided(therapist, page, "approve")
        who = await house.come("therapist")
        await (await house.come("patient")).must("arrival.confirm", **ARRIVAL)
        await who.must("visit.admit")
        await who.must("activity.offer", exercise=BREATHING)
        retired = await decided(therapist, await therapist.opens(page.path), "retire")

    offered = [row for row in await house.ledger() if b"activity.offered" in row.body]
    assert b'"version":2001' in offered[-1].body
    assert OURS.encode() in offered[-1].body
    assert "Sessions that were told it keep it as it was." in retired.words
    own = house.app[wiring.OWN_LIBRARY]
    assert own.version(house.cast.clinic, BREATHING, 2_001) is not None, "its review reads it again"


async def test_it_is_this_clinics_alone(house: House):
    async with reading(house, "therapist") as therapist, reading(house, "stranger") as stranger:
        page = await kept(house, therapist)
        await decided(therapist, page, "approve")

        assert (await stranger.opens(page.path)).status == 404
        assert (await stranger.sends(f"{page.path}/retire", {"edition": page.value("edition")})).status == 404
        assert OURS not in (await stranger.opens(f"{path(house)}/adapt")).words
    assert house.app[wiring.OWN_LIBRARY].live("elsewhere") is house.app[wiring.LIBRARIES]["en"]


async def test_the_owner_reads_it_and_does_not_decide(house: House):
    async with reading(house, "therapist") as therapist, reading(house, "owner") as owner:
        page = await kept(house, therapist)
        read = await owner.opens(page.path)

        assert OURS in read.words
        assert APPROVE not in read.words
        assert (await owner.sends(f"{page.path}/approve", {"edition": page.value("edition")})).status == 404


async def test_looking_keeps_nothing_and_says_what_speaks_against_it(house: House):
    async with reading(house, "therapist") as therapist:
        form = filled(await therapist.opens(f"{path(house)}/adapt"))
        looked = await therapist.sends(
            f"{path(house)}/adapt",
            {**form, "s0_say": "Squeeze your {nobody}.", "s0_seconds": "2", "s0_in": "40", "do": "look"},
        )
        listed = await therapist.opens(path(house))

    assert looked.status == 200
    assert "There is no place {nobody}" in looked.words
    assert "A step lasts 5 to 1800 seconds, and this one 2." in looked.words
    assert "works against letting go" in looked.words
    assert "None yet. What stands above is told." in listed.words


async def test_what_is_refused_is_not_kept_and_everything_typed_stays(house: House):
    async with reading(house, "therapist") as therapist:
        for wrong in (
            {"s0_say": ""},
            {"s0_seconds": "4"},
            {"s0_seconds": "soon"},
            {"s0_in": "0.5"},
            {"s0_in": "four"},
            {"title": "x" * 601},
            {"caution_0": ""},
        ):
            page = await kept(house, therapist, **{"why": "Because we say so.", **wrong})

            assert page.status == 422, wrong
            assert "Because we say so." in page.words
            assert "Please look at this again" in page.words
    assert (await told(house))["version"] == 2


async def test_a_form_that_adds_to_the_structure_changes_nothing_of_it(house: House):
    async with reading(house, "therapist") as therapist:
        page = await kept(
            house, therapist, INTERNAL, s3_internal="false", s3_act="rest", s0_contractions="9", s99_say="More"
        )
    assert page.status == 200
    own = house.app[wiring.OWN_LIBRARY].version(house.cast.clinic, INTERNAL, 2_001)
    base = house.app[wiring.LIBRARY].get(INTERNAL)
    assert own is not None
    assert base is not None
    structure = [(one.id, one.act, one.internal, one.way_out, one.contractions) for one in base.steps]
    assert [(one.id, one.act, one.internal, one.way_out, one.contractions) for one in own.steps] == structure


async def test_of_two_who_write_one_draft_the_second_is_told_and_loses_nothing(house: House):
    async with reading(house, "therapist") as therapist, reading(house, "colleague") as colleague:
        await kept(house, therapist)
        theirs = filled(await colleague.opens(f"{path(house)}/adapt"))
        await kept(house, therapist, s0_say="Mine came first.")
        late = await colleague.sends(f"{path(house)}/adapt", {**theirs, "s0_say": "Mine came later.", "do": "keep"})
        again = await colleague.sends(f"{path(house)}/adapt", {**filled(late), "do": "keep"})

    assert late.status == 409
    assert "Mine came later." in late.words
    assert "Somebody stored this draft after you had opened it." in late.words
    assert again.status == 200
    assert "Mine came later." in again.words
    assert again.path.endswith("/own/2001")


async def test_words_that_changed_since_they_were_read_are_not_approved(house: House):
    async with reading(house, "therapist") as therapist, reading(house, "colleague") as colleague:
        read = await kept(house, therapist)
        await kept(house, colleague, s0_say="Something else by now.")
        refused = await decided(therapist, read, "approve")

    assert refused.status == 422
    assert "Read it again; then you can decide." in refused.words
    assert (await told(house))["version"] == 2


async def test_a_second_approved_one_takes_the_place_of_the_first(house: House):
    async with reading(house, "therapist") as therapist:
        first = await decided(therapist, await kept(house, therapist), "approve")
        second = await kept(house, therapist, s0_say="Said a second time.")
        await decided(therapist, second, "approve")
        first = await therapist.opens(first.path.split("#")[0])

    assert second.path.endswith("/own/2002")
    assert "Began from version 2.1" in second.words
    assert "Retired" in first.words
    assert (await told(house))["steps"][0]["words"]["say"] == "Said a second time."
    async with house.app[wiring.STORE].reader() as tx:
        standing = await approvals.approvals_of(tx, house.cast.clinic)
    assert (BREATHING, 2_002) in standing
    assert (BREATHING, 2_001) not in standing


async def test_it_is_told_after_a_restart_and_no_more_once_the_library_moved_on(house: House):
    async with reading(house, "therapist") as therapist:
        await decided(therapist, await kept(house, therapist), "approve")
    await house.restart()
    assert (await told(house))["version"] == 2_001

    base = house.app[wiring.LIBRARY].exercises[BREATHING]
    library_with(house, soft_belly_breathing=structs.replace(base, version=3))
    await house.app[wiring.OWN_LIBRARY].read(house.app[wiring.STORE], house.cast.clinic)

    assert (await told(house))["version"] == 3
    async with reading(house, "therapist") as therapist:
        page = await therapist.opens(f"{path(house)}/own/2001")
    assert "The library has another version by now" in page.words
    assert APPROVE not in page.words


async def test_who_reads_another_language_keeps_its_words_at_the_clinics_pace(spanish: House):
    async with reading(spanish, "therapist") as therapist:
        await decided(therapist, await kept(spanish, therapist, s0_seconds="77"), "approve")

    english, spoken = await told(spanish), await told(spanish, language="es")
    assert english["steps"][0]["words"]["say"] == OURS
    assert spoken["language"] == "es"
    assert spoken["steps"][0]["words"]["say"] != OURS
    assert spoken["steps"][0]["seconds"] == english["steps"][0]["seconds"] == 77
    assert spoken["version"] == 2_001


async def test_a_recorded_voice_belongs_to_the_version_that_was_said(house: House):
    async with reading(house, "therapist") as therapist:
        before = await therapist.opens(f"{path(house)}/voice")
        await decided(therapist, await kept(house, therapist), "approve")
        after = await therapist.opens(f"{path(house)}/voice")

    assert '?version=2"' in before.body
    assert "?version=2001" in after.body
    assert OURS in after.words
