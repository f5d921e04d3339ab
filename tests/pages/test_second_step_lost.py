"""Phone, password and codes are lost, or in the wrong hands: who lets whom begin anew, and what ends by it."""

import pytest

from server import wiring
from server.accounts import invitations, proof
from server.db import people, second_steps
from server.db.audit import What, audit_of
from tests.live.house import House
from tests.pages.reader import reading
from tests.pages.steps import RIGHT, code_of, codes_on, secret_on, sets_up, signed_in
from tests.pages.test_clinic import link_of


async def test_an_owner_lets_a_therapist_begin_anew_and_everything_from_before_ends(house: House) -> None:
    talker = await house.come("therapist")
    async with reading(house) as lost, reading(house, "owner") as owner:
        secret = await signed_in(house, lost)
        codes = codes_on(await lost.sends("/second-step/codes"))
        shown = await owner.sends(f"/clinic/people/{house.cast.therapist}/anew")
        assert await talker.closed() == 4401
        assert (await lost.opens("/desk")).path.startswith("/sign-in")
        # The password, the app and the codes that somebody found with the phone.
        assert (await lost.sends("/sign-in", RIGHT)).status == 422
    async with reading(house) as therapist:
        assert (await therapist.sends(link_of(shown))).path == "/choose"
        begun = await therapist.sends("/choose", {"password": "five other quiet words"})
        set_up = await sets_up(house, therapist)
        desk = await therapist.opens("/desk")
    async with reading(house) as finder:
        await finder.sends("/sign-in", {**RIGHT, "password": "five other quiet words"})
        refused = [
            await finder.sends("/second-step", {"code": code_of(house, secret)}),
            await finder.sends("/second-step", {"recovery": codes[0]}),
        ]
    async with house.app[wiring.STORE].reader() as tx:
        noted = await audit_of(tx, house.cast.clinic, subject_id=house.cast.therapist)

    assert begun.path == "/second-step/set-up"
    assert len(codes_on(set_up)) == 10
    assert desk.path == "/desk"
    assert [page.status for page in refused] == [422, 422]
    assert (house.cast.owner, What.LOGIN_ENDED) in {(entry.person_id, entry.what) for entry in noted}


async def test_an_owner_shows_who_they_are_before_they_let_somebody_begin_anew(house: House) -> None:
    await house.clock.advance(proof.FORM_LASTS_MS)
    async with reading(house, "owner") as owner:
        asked = await owner.sends(f"/clinic/people/{house.cast.therapist}/anew")
        assert asked.path.startswith("/prove")
        await house.prove("owner")
        assert (await owner.sends(f"/clinic/people/{house.cast.therapist}/anew")).status == 200


async def test_an_ordinary_new_link_does_not_go_around_the_second_step(house: House) -> None:
    async with reading(house) as therapist:
        secret = await signed_in(house, therapist)
    async with reading(house, "owner") as owner:
        shown = await owner.sends(f"/clinic/people/{house.cast.therapist}/invite")
    await house.clock.advance(60_000)
    async with reading(house) as finder:
        assert (await finder.sends(link_of(shown))).path == "/choose"
        chosen = await finder.sends("/choose", {"password": "five other quiet words"})
        again = await finder.opens("/second-step/set-up")
        assert (await finder.opens("/desk")).path == "/second-step?next=/desk"
        let_in = await finder.sends("/second-step", {"code": code_of(house, secret)})

    # Asked for, not set up anew: a link that was caught on its way is not enough.
    assert chosen.path == "/second-step?next=/desk"
    assert again.path == "/second-step"
    assert let_in.path == "/desk"


@pytest.mark.parametrize("who", ["therapist", "patient", "other_patient", "support", "colleague", "stranger"])
async def test_nobody_else_ends_what_a_therapist_signs_in_with(house: House, who: str) -> None:
    async with reading(house, who) as somebody:
        for what in ("anew", "sign-out"):
            assert (await somebody.sends(f"/clinic/people/{house.cast.therapist}/{what}")).status == 404
    async with reading(house, "therapist") as therapist:
        assert (await therapist.opens("/desk")).path == "/desk"


async def test_an_owner_signs_out_every_device_of_a_therapist(house: House) -> None:
    talker = await house.come("therapist")
    async with reading(house, "owner") as owner:
        page = await owner.sends(f"/clinic/people/{house.cast.therapist}/sign-out")
        assert (await owner.sends(f"/clinic/people/{house.cast.patient}/sign-out")).status == 404
    async with reading(house, "therapist") as therapist:
        assert (await therapist.opens("/desk")).path.startswith("/sign-in")

    assert "Every device of theirs is signed out." in page.words
    assert await talker.closed() == 4401


async def test_a_therapist_signs_out_every_device_of_their_own_patient_and_of_no_other(house: House) -> None:
    talker = await house.come("patient")
    path = f"/patients/{house.cast.patient}/sign-in"
    async with reading(house, "colleague") as colleague:
        assert (await colleague.sends(path)).status == 404
        assert (await colleague.opens(path)).status == 404
    async with reading(house, "therapist") as therapist:
        before = await therapist.opens(path)
        after = await therapist.sends(path)
    async with reading(house, "patient") as patient:
        assert (await patient.opens("/today")).path.startswith("/sign-in")
    async with house.app[wiring.STORE].reader() as tx:
        noted = await audit_of(tx, house.cast.clinic, subject_id=house.cast.patient)

    assert "1, last used on" in before.words
    assert "Every device is signed out." in after.words
    assert await talker.closed() == 4401
    assert (house.cast.therapist, What.LOGIN_ENDED) in {(entry.person_id, entry.what) for entry in noted}


async def test_a_link_to_set_it_up_is_over_after_an_hour(house: House) -> None:
    async with house.app[wiring.STORE].reader() as tx:
        person = await people.person(tx, house.cast.clinic, house.cast.colleague)
    assert person is not None
    fresh = await invitations.invite(house.app, person)
    async with reading(house) as colleague:
        await colleague.sends(f"/i/{fresh.token}")
        await colleague.sends("/choose", {"email": "noor@example.org", "password": "four quiet words here"})
        page = await colleague.opens("/second-step/set-up")
        await house.clock.advance(61 * 60_000)
        fields = {"kept": page.value("kept"), "code": code_of(house, secret_on(page))}
        late = await colleague.sends("/second-step/set-up", fields)

    assert late.status == 401
    async with house.app[wiring.STORE].reader() as tx:
        assert not (await second_steps.ways_of(tx, house.cast.clinic, house.cast.colleague)).any
