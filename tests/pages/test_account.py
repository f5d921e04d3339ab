"""One's own devices and password."""

from server import wiring
from server.accounts import signing
from server.db import logins, people
from tests.live.house import House
from tests.pages.reader import reading

EMAIL, PASSWORD, BETTER = "robin@example.org", "four quiet words here", "five other quiet words here"

FIREFOX = "Firefox on a Mac"


def token_of(label: str) -> str:
    """What that device has in its cookie."""
    return f"token-of-{label.replace(' ', '-')}"


async def with_a_password(house: House, who: str = "patient") -> None:
    hashed = await house.app[wiring.PASSWORDS].hash(PASSWORD)
    person = getattr(house.cast, who)
    async with house.app[wiring.STORE].write() as tx:
        await people.set_email(tx, house.cast.clinic, person, email=EMAIL)
        await people.set_password_hash(tx, house.cast.clinic, person, password_hash=hashed)


async def another_device(house: House, who: str = "patient", label: str = FIREFOX) -> logins.Login:
    now_ms = house.clock.now_ms()
    async with house.app[wiring.STORE].write() as tx:
        return await logins.create_login(
            tx,
            clinic_id=house.cast.clinic,
            person_id=getattr(house.cast, who),
            token_hash=house.app[wiring.KEYS].token_hash(token_of(label)),
            device_label=label,
            now_ms=now_ms,
            expires_ms=now_ms + signing.DAY_MS,
        )


async def devices(house: House, who: str = "patient") -> set[str]:
    async with house.app[wiring.STORE].reader() as tx:
        found = await logins.logins_of(tx, house.cast.clinic, getattr(house.cast, who), now_ms=house.clock.now_ms())
    return {login.id for login in found}


async def test_everybody_sees_their_own_devices_and_which_of_them_this_is(house: House) -> None:
    await another_device(house)

    for who in ("patient", "therapist", "owner", "support"):
        async with reading(house, who) as person:
            page = await person.opens("/account")
        assert page.status == 200, who
        assert page.words.count("This device") == 1, who
        assert (FIREFOX in page.words) == (who == "patient"), who


async def test_a_device_that_is_signed_out_is_so_at_once_and_its_sockets_close(house: House) -> None:
    lost = await another_device(house)
    talker = await house.come("patient", cookie=token_of(FIREFOX))

    async with reading(house, "patient") as patient:
        page = await patient.sends(f"/account/logins/{lost.id}/revoke")
        assert "That device is signed out." in page.words
        assert FIREFOX not in page.words

    assert await talker.closed() == 4401
    assert await devices(house) == {house.cast.logins["patient"]}


async def test_the_other_devices_stay_signed_in(house: House) -> None:
    lost, kept = await another_device(house), await another_device(house, label="Safari on an iPad")

    async with reading(house, "patient") as patient:
        await patient.sends(f"/account/logins/{lost.id}/revoke")

    assert await devices(house) == {house.cast.logins["patient"], kept.id}


async def test_nobody_ends_a_login_of_somebody_else(house: House) -> None:
    theirs = await another_device(house)

    for who in ("therapist", "other_patient", "owner", "stranger", "support"):
        async with reading(house, who) as somebody:
            assert (await somebody.sends(f"/account/logins/{theirs.id}/revoke")).status == 404, who

    assert theirs.id in await devices(house)


async def test_ending_the_login_that_one_uses_is_signing_out(house: House) -> None:
    async with reading(house, "patient") as patient:
        page = await patient.sends(f"/account/logins/{house.cast.logins['patient']}/revoke")
        again = await patient.opens("/account")

    assert page.path == "/sign-in"
    assert again.path.startswith("/sign-in")


async def test_whoever_had_a_device_alone_can_set_a_password_without_an_old_one(house: House) -> None:
    async with reading(house, "patient") as patient:
        assert 'name="current"' not in (await patient.opens("/account")).body
        page = await patient.sends("/account/password", {"email": EMAIL, "password": PASSWORD})
        assert "Your password is set." in page.words

    async with reading(house) as patient:
        assert (await patient.sends("/sign-in", {"email": EMAIL, "password": PASSWORD})).path == "/today"


async def test_a_first_password_needs_an_address_that_nobody_else_has(house: House) -> None:
    await with_a_password(house, "other_patient")

    async with reading(house, "patient") as patient:
        without = await patient.sends("/account/password", {"password": PASSWORD})
        taken = await patient.sends("/account/password", {"email": EMAIL, "password": PASSWORD})

    assert (without.status, taken.status) == (422, 422)
    assert "A password goes with an e-mail address." in without.words
    assert "Somebody uses this address already." in taken.words


async def test_another_password_needs_the_one_that_is(house: House) -> None:
    await with_a_password(house)

    async with reading(house, "patient") as patient:
        wrong = await patient.sends("/account/password", {"current": BETTER, "password": BETTER})
        none = await patient.sends("/account/password", {"password": BETTER})
        right = await patient.sends("/account/password", {"current": PASSWORD, "password": BETTER})

    assert (wrong.status, none.status) == (422, 422)
    assert "That is not the password that you use now." in wrong.words
    assert "Your password is changed." in right.words


async def test_a_changed_password_signs_every_other_device_out(house: House) -> None:
    await with_a_password(house)
    await another_device(house)
    talker = await house.come("patient", cookie=token_of(FIREFOX))

    async with reading(house, "patient") as patient:
        await patient.sends("/account/password", {"current": PASSWORD, "password": BETTER})
        assert (await patient.opens("/account")).path == "/account"

    assert await talker.closed() == 4401
    assert await devices(house) == {house.cast.logins["patient"]}


async def test_a_refused_password_changes_nothing(house: House) -> None:
    await with_a_password(house)
    await another_device(house)

    async with reading(house, "patient") as patient:
        page = await patient.sends("/account/password", {"current": PASSWORD, "password": "short"})

    assert page.status == 422
    assert "Use at least 12 characters." in page.words
    assert len(await devices(house)) == 2
    async with reading(house) as patient:
        assert (await patient.sends("/sign-in", {"email": EMAIL, "password": PASSWORD})).path == "/today"


async def test_no_password_is_ever_written_back_into_the_page(house: House) -> None:
    await with_a_password(house)

    async with reading(house, "patient") as patient:
        page = await patient.sends("/account/password", {"current": BETTER, "password": "short"})

    assert BETTER not in page.body
    assert 'value="short"' not in page.body


async def test_guessing_the_present_password_is_slowed_down(house: House) -> None:
    await with_a_password(house)

    async with reading(house, "patient") as thief:
        tries = [
            (await thief.sends("/account/password", {"current": f"guess number {n}", "password": BETTER})).status
            for n in range(signing.TRIES_OF_ADDRESS + 1)
        ]

    assert tries[:-1] == [422] * signing.TRIES_OF_ADDRESS
    assert tries[-1] == 429
