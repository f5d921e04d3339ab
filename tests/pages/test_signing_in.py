"""Ways in: a password, a one-time link, a code that was read out; and what they refuse."""

import re

import pytest

from server import wiring
from server.accounts import invitations
from server.db import people
from tests.live.house import House
from tests.pages.reader import Reader, reading

EMAIL, PASSWORD = "robin@example.org", "four quiet words here"


async def invitation(house: House) -> invitations.Fresh:
    async with house.app[wiring.STORE].reader() as tx:
        patient = await people.person(tx, house.cast.clinic, house.cast.patient)
    assert patient is not None
    return await invitations.invite(house.app, patient)


async def has_a_password(house: House) -> None:
    hashed = await house.app[wiring.PASSWORDS].hash(PASSWORD)
    async with house.app[wiring.STORE].write() as tx:
        await people.set_email(tx, house.cast.clinic, house.cast.patient, email=EMAIL)
        await people.set_password_hash(tx, house.cast.clinic, house.cast.patient, password_hash=hashed)


async def is_signed_in(reader: Reader) -> bool:
    return (await reader.opens("/")).path != "/sign-in"


async def test_a_link_works_once_by_a_click_and_leads_to_a_choice(house: House):
    link = f"/i/{(await invitation(house)).token}"
    async with reading(house) as patient:
        shown = await patient.opens(link)
        chosen = await patient.sends(link)
        today = await patient.sends("/choose", {"way": "device"})
    async with reading(house) as somebody:
        again = await somebody.sends(link)

    assert (shown.status, chosen.path, today.path) == (200, "/choose", "/today")
    assert again.status == 410
    assert "It was used already" in again.words


async def test_a_program_that_opens_links_uses_none_up(house: House):
    link = f"/i/{(await invitation(house)).token}"
    async with reading(house) as scanner:
        for _ in range(3):
            await scanner.opens(link)
        assert not await is_signed_in(scanner)
    async with reading(house) as patient:
        assert (await patient.sends(link)).path == "/choose"


async def test_a_link_that_is_too_old_says_what_to_do(house: House):
    link = f"/i/{(await invitation(house)).token}"
    await house.clock.advance(invitations.LASTS_MS)
    async with reading(house) as patient:
        late = await patient.sends(link)
        assert not await is_signed_in(patient)

    assert late.status == 410
    assert "72 hours are over" in late.words


async def test_a_code_is_read_as_it_was_heard(house: House):
    heard = (await invitation(house)).code_read_out.lower().replace(" ", "-")
    async with reading(house) as patient:
        shown = await patient.sends("/code", {"code": heard})
        chosen = await patient.sends("/code", {"code": heard, "mine": "yes"})

    assert "This is me, go on" in shown.words
    assert chosen.path == "/choose"


async def test_a_wrong_code_is_kept_as_typed_and_many_are_too_many(house: House):
    async with reading(house) as guesser:
        first, *_, last = [await guesser.sends("/code", {"code": "ABCD 2345"}) for _ in range(20)]

    assert (first.status, first.value("code"), last.status) == (422, "ABCD 2345", 429)


async def test_whoever_is_signed_in_is_told_so_before_a_link_of_somebody_else_is_used(house: House):
    link = f"/i/{(await invitation(house)).token}"
    async with reading(house, "therapist") as therapist:
        shown = await therapist.opens(link)

    assert "This device is signed in as Therapist. The link is for Patient." in shown.words


async def test_a_password_leads_to_the_page_that_was_wanted(house: House):
    await has_a_password(house)
    async with reading(house) as patient:
        asked = await patient.opens("/check")
        there = await patient.sends(
            "/sign-in", {"email": EMAIL.upper(), "password": PASSWORD, "next": asked.value("next")}
        )

    assert asked.path == "/sign-in?next=/check"
    assert there.path == "/check"


@pytest.mark.parametrize(
    "next_path", ["https://evil.example/", "//evil.example/", "/\\evil.example", "/\t/evil.example"]
)
async def test_nobody_is_led_to_another_site(house: House, next_path: str):
    await has_a_password(house)
    async with reading(house) as patient:
        there = await patient.sends("/sign-in", {"email": EMAIL, "password": PASSWORD, "next": next_path})

    assert there.path == "/today"


async def test_every_failure_says_the_same_and_never_shows_the_password(house: House):
    await has_a_password(house)
    async with reading(house) as somebody:
        wrong = await somebody.sends("/sign-in", {"email": EMAIL, "password": "not this one either"})
        unknown = await somebody.sends("/sign-in", {"email": "nobody@example.org", "password": PASSWORD})
        assert not await is_signed_in(somebody)

    assert wrong.status == unknown.status == 422
    assert "not this one either" not in wrong.body
    assert wrong.body.replace(EMAIL, "") == unknown.body.replace("nobody@example.org", "")


async def test_a_form_of_another_site_signs_nobody_in(house: House):
    await has_a_password(house)
    async with reading(house) as patient:
        refused = await patient.sends("/sign-in", {"email": EMAIL, "password": PASSWORD}, own=False)
        assert not await is_signed_in(patient)

    assert refused.status == 403


async def test_signing_out_ends_the_login_and_not_only_the_cookie(house: House):
    async with reading(house, "patient") as patient, reading(house, "patient") as same_cookie:
        await patient.sends("/sign-out")
        assert not await is_signed_in(same_cookie)


async def test_a_new_link_ends_an_earlier_password(house: House):
    await has_a_password(house)
    link = f"/i/{(await invitation(house)).token}"
    async with reading(house) as patient:
        await patient.sends(link)
    async with reading(house) as old_password:
        refused = await old_password.sends("/sign-in", {"email": EMAIL, "password": PASSWORD})

    assert refused.status == 422


async def test_a_password_that_is_short_is_refused_with_what_would_do(house: House):
    link = f"/i/{(await invitation(house)).token}"
    async with reading(house) as patient:
        await patient.sends(link)
        short = await patient.sends("/choose", {"way": "password", "email": EMAIL, "password": "short"})
        long = await patient.sends("/choose", {"way": "password", "email": EMAIL, "password": PASSWORD})

    assert short.status == 422
    assert re.search(r"at least 12 characters", short.words)
    assert short.value("email") == EMAIL
    assert long.path == "/today"
