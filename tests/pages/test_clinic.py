"""The owner's page: the clinic's details and its staff, and nothing of any patient."""

import re

from server import wiring
from server.db import people
from server.db.people import Person
from tests.live.house import House
from tests.pages.reader import Read, reading
from tests.pages.steps import codes_on, sets_up

DETAILS = {"name": "Shore Clinic", "phone": "+1 555 0101", "emergency": "911", "zone": "America/New_York"}
NEWCOMER = {"person": "Noor Amari", "email": "noor@example.org"}


async def staff(house: House, name: str) -> Person:
    async with house.app[wiring.STORE].reader() as tx:
        everybody = await people.people_of_clinic(tx, house.cast.clinic, roles=tuple(people.Role))
    return next(person for person in everybody if person.name == name)


def link_of(page: Read) -> str:
    found = re.search(r'value="http://[^/"]+(/i/[^"]+)"', page.body)
    assert found is not None
    return found[1]


async def test_what_the_owner_stores_is_what_patients_read(house: House) -> None:
    async with reading(house, "owner") as owner:
        stored = await owner.sends("/clinic", DETAILS)
    async with reading(house, "patient") as patient:
        today = await patient.opens("/today")

    assert stored.path == "/clinic?said=stored"
    assert {name: stored.value(name) for name in ("name", "phone", "emergency")} == {
        name: DETAILS[name] for name in ("name", "phone", "emergency")
    }
    assert "<option selected>America/New_York</option>" in stored.body
    for words in ("Shore Clinic", "+1 555 0101", "911"):
        assert words in today.words


async def test_details_that_cannot_be_used_are_shown_again_as_typed_and_not_stored(house: House) -> None:
    async with reading(house, "owner") as owner:
        refused = await owner.sends("/clinic", {**DETAILS, "phone": "", "zone": "Atlantis/Harbour"})
        after = await owner.opens("/clinic")

    assert refused.status == 422
    assert refused.value("name") == "Shore Clinic"
    assert "Write the number that patients call." in refused.words
    assert "Choose the time zone" in refused.words
    assert after.value("name") == "Harbour Clinic"


async def test_a_new_therapist_is_given_a_way_in_that_works(house: House) -> None:
    async with reading(house, "owner") as owner:
        invited = await owner.sends("/clinic/therapists", NEWCOMER)
        listed = await owner.opens("/clinic")
    async with reading(house) as newcomer:
        chosen = await newcomer.sends(link_of(invited))
        begun = await newcomer.sends("/choose", {"password": "four quiet words here"})
        desk = await newcomer.opens("/desk")
        codes = await sets_up(house, newcomer)
        at_last = await newcomer.opens("/desk")

    assert invited.status == 200
    assert re.search(r"\b[A-Z2-9]{4} [A-Z2-9]{4}\b", invited.words)
    assert '<svg class="ebb-qr"' in invited.body or 'class="ebb-qr"' in invited.body
    assert " style=" not in invited.body
    assert "Noor Amari Therapist, noor@example.org. Has not chosen a password yet." in listed.words
    assert chosen.path == "/choose"
    # Nothing of the house is shown before there is a second step.
    assert begun.path == desk.path == "/second-step/set-up"
    assert len(codes_on(codes)) == 10
    assert at_last.path == "/desk"


async def test_a_new_therapist_has_nobody_on_the_caseload(house: House) -> None:
    async with reading(house, "owner") as owner:
        invited = await owner.sends("/clinic/therapists", NEWCOMER)
    async with reading(house) as newcomer:
        await newcomer.sends(link_of(invited))
        await newcomer.sends("/choose", {"password": "four quiet words here"})
        await sets_up(house, newcomer)

        assert (await newcomer.opens(f"/patients/{house.cast.patient}")).status == 404


async def test_an_address_that_somebody_has_is_said_to_be_taken(house: House) -> None:
    async with reading(house, "owner") as owner:
        await owner.sends("/clinic/therapists", NEWCOMER)
        again = await owner.sends("/clinic/therapists", {**NEWCOMER, "person": "Noor Other"})

    assert again.status == 422
    assert "Somebody uses this address already." in again.words
    assert again.value("person") == "Noor Other"


async def test_a_therapist_needs_a_name_and_an_address(house: House) -> None:
    async with reading(house, "owner") as owner:
        refused = await owner.sends("/clinic/therapists", {"person": " ", "email": "not an address"})

    assert refused.status == 422
    assert "Write the therapist’s name" in refused.words
    assert "Write an address such as" in refused.words


async def test_ended_access_signs_out_everywhere_and_closes_sockets(house: House) -> None:
    talker = await house.come("therapist")

    async with reading(house, "owner") as owner:
        page = await owner.sends(f"/clinic/people/{house.cast.therapist}/disable")
    async with reading(house, "therapist") as therapist:
        desk = await therapist.opens("/desk")

    assert "Access is ended" in page.words
    assert "Access ended on" in page.words
    assert await talker.closed() == 4401
    assert desk.path.startswith("/sign-in")


async def test_ended_access_also_ends_a_link_that_was_not_used_yet(house: House) -> None:
    async with reading(house, "owner") as owner:
        invited = await owner.sends("/clinic/therapists", NEWCOMER)
        newcomer = await staff(house, "Noor Amari")
        await owner.sends(f"/clinic/people/{newcomer.id}/disable")
        refused = await owner.sends(f"/clinic/people/{newcomer.id}/invite")
    async with reading(house) as somebody:
        assert (await somebody.sends(link_of(invited))).status == 404

    assert refused.status == 404


async def test_access_that_is_given_again_needs_a_new_sign_in(house: House) -> None:
    async with reading(house, "owner") as owner:
        await owner.sends(f"/clinic/people/{house.cast.therapist}/disable")
        await owner.sends(f"/clinic/people/{house.cast.therapist}/enable")
        invited = await owner.sends(f"/clinic/people/{house.cast.therapist}/invite")
    async with reading(house, "therapist") as therapist:
        assert (await therapist.opens("/desk")).path.startswith("/sign-in")
    async with reading(house) as therapist:
        assert (await therapist.sends(link_of(invited))).path == "/choose"


async def test_the_owner_reaches_therapists_of_the_own_clinic_and_nobody_else(house: House) -> None:
    async with reading(house, "owner") as owner:
        for who in ("patient", "support", "owner", "stranger"):
            for deed in ("disable", "enable", "invite"):
                page = await owner.sends(f"/clinic/people/{getattr(house.cast, who)}/{deed}")
                assert page.status == 404, f"{deed} {who}"

    async with reading(house, "patient") as patient:
        assert (await patient.opens("/today")).path == "/today"


async def test_no_patient_is_named_to_the_owner(house: House) -> None:
    async with reading(house, "owner") as owner:
        page = await owner.opens("/clinic")

    for name in ("Other Patient", "Support", house.cast.patient, house.cast.other_patient):
        assert name not in page.body
    assert "Colleague" in page.words


async def test_only_the_owner_may_change_the_clinic(house: House) -> None:
    for who in ("therapist", "patient", "support", "colleague"):
        async with reading(house, who) as somebody:
            for path in ("/clinic", "/clinic/therapists", f"/clinic/people/{house.cast.therapist}/disable"):
                assert (await somebody.sends(path, DETAILS)).status == 404, f"{who} {path}"
