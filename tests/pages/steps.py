"""Staff with a second step: an authenticator app in a test's hand, and the way in with it."""

import re

import pyotp

from server import wiring
from server.accounts.second_step import STEP_MS
from server.db import people, second_steps
from tests.live.house import House
from tests.pages.reader import Read, Reader

EMAIL, PASSWORD = "noor@example.org", "four quiet words here"
RIGHT = {"email": EMAIL, "password": PASSWORD}


async def has_a_password(house: House, who: str = "therapist") -> None:
    hashed = await house.app[wiring.PASSWORDS].hash(PASSWORD)
    async with house.app[wiring.STORE].write() as tx:
        await people.set_email(tx, house.cast.clinic, getattr(house.cast, who), email=EMAIL)
        await people.set_password_hash(tx, house.cast.clinic, getattr(house.cast, who), password_hash=hashed)


async def has_an_app(house: House, who: str = "therapist") -> str:
    """Returns the secret that the app holds. It has shown no code of this minute yet."""
    secret = pyotp.random_base32()
    now_ms = house.clock.now_ms()
    async with house.app[wiring.STORE].write() as tx:
        await second_steps.set_authenticator(
            tx,
            house.cast.clinic,
            getattr(house.cast, who),
            secret=secret,
            step=now_ms // STEP_MS - 10,
            now_ms=now_ms,
        )
    return secret


def code_of(house: House, secret: str, *, off_ms: int = 0) -> str:
    """What an app shows now, whose clock is off by so much."""
    return pyotp.TOTP(secret).generate_otp((house.clock.now_ms() + off_ms) // STEP_MS)


def secret_on(page: Read) -> str:
    found = re.search(r"ebb-setup__secret[^>]*>([A-Z2-7 ]+)<", page.body)
    assert found is not None, page.words
    return found[1].replace(" ", "")


def codes_on(page: Read) -> list[str]:
    return re.findall(r"<li>([A-Z2-9]{4} [A-Z2-9]{4} [A-Z2-9]{4})</li>", page.body)


async def sets_up(house: House, somebody: Reader) -> Read:
    """Scans the picture, and writes the first code. Returns the page with the recovery codes."""
    page = await somebody.opens("/second-step/set-up")
    fields = {"kept": page.value("kept"), "code": code_of(house, secret_on(page))}
    return await somebody.sends("/second-step/set-up", fields)


async def signed_in(house: House, somebody: Reader, who: str = "therapist") -> str:
    """By password and app, as staff do it. Returns the app's secret; its code of this minute is used."""
    await has_a_password(house, who)
    secret = await has_an_app(house, who)
    asked = await somebody.sends("/sign-in", RIGHT)
    assert asked.path == "/second-step", asked.words
    let_in = await somebody.sends("/second-step", {"code": code_of(house, secret)})
    assert let_in.status == 200, let_in.words
    assert not let_in.path.startswith("/second-step"), let_in.words
    return secret
