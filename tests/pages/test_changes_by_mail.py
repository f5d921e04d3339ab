"""What changes about signing in is told to the address of whoever signs in: neutrally, and with no link."""

from collections.abc import AsyncIterator, Iterator
from email import message_from_bytes, policy

import pytest

from server.accounts.signing import TRIES_OF_ADDRESS
from tests.live.house import House
from tests.live.post import Post
from tests.pages.reader import reading
from tests.pages.steps import EMAIL, PASSWORD, RIGHT, codes_on, has_a_password, has_an_app, sets_up, signed_in

#: Words that tell whoever reads over a shoulder what kind of place this is.
TELLING = ("pelvi", "vagin", "therap", "Harbour", "patient", "visit", "/i/", "http")


@pytest.fixture
def post() -> Iterator[Post]:
    post = Post()
    post.start()
    yield post
    post.stop()


@pytest.fixture
async def house(premises: House, post: Post) -> AsyncIterator[House]:
    house = House(premises.folder, languages="es")
    house.cast = premises.cast
    house.choose(smtp_host="127.0.0.1", smtp_port=post.port, smtp_from="ebb@example.org", smtp_starttls=False)
    await house.open()
    yield house
    await house.close()


def words(post: Post, number: int) -> str:
    content = post.mails[number].content
    assert isinstance(content, bytes)
    mail = message_from_bytes(content, policy=policy.default)
    body = mail.get_body()
    assert body is not None
    text = f"{mail['Subject']}\n{body.get_content()}"
    assert not [word for word in TELLING if word.lower() in text.lower()]
    assert post.mails[number].rcpt_tos == [EMAIL]
    return text


async def test_staff_are_told_of_each_change_and_of_a_new_device(house: House, post: Post) -> None:
    async def come(count: int) -> str:
        await house.until(lambda: len(post.mails) >= count)
        assert len(post.mails) == count
        return words(post, count - 1)

    await has_a_password(house)
    async with reading(house) as therapist:
        await therapist.sends("/sign-in", RIGHT)
        await sets_up(house, therapist)
        assert "An authenticator app was set up" in await come(1)
        codes = codes_on(await therapist.sends("/second-step/codes"))
        assert "New recovery codes were made" in await come(2)
        # The same browser, later: nothing to tell of.
        await therapist.sends("/sign-out")
        await therapist.sends("/sign-in", RIGHT)
        await therapist.sends("/second-step", {"recovery": codes[0]})
        assert "One of your recovery codes was used." in await come(3)
        await therapist.sends("/account/password", {"current": PASSWORD, "password": "five other quiet words"})
        assert "Your password is another one now." in await come(4)
    async with reading(house) as elsewhere:
        await elsewhere.sends("/sign-in", {**RIGHT, "password": "five other quiet words"})
        await elsewhere.sends("/second-step", {"recovery": codes[1]})
    await house.until(lambda: len(post.mails) >= 6)
    assert {"on a device that was not used" in words(post, number) for number in (4, 5)} == {True, False}


async def test_whoever_has_the_password_and_guesses_the_rest_is_told_of(house: House, post: Post) -> None:
    await has_a_password(house)
    await has_an_app(house)
    async with reading(house) as guesser:
        await guesser.sends("/sign-in", RIGHT)
        for _ in range(TRIES_OF_ADDRESS + 3):
            await guesser.sends("/second-step", {"code": "000000"})

    await house.until(lambda: bool(post.mails))
    assert "Somebody who knows your password" in words(post, 0)
    assert len(post.mails) == 1


async def test_it_is_told_in_the_language_in_which_it_happened(house: House, post: Post) -> None:
    await has_a_password(house, "patient")
    async with reading(house, "patient") as patient:
        patient.headers["Accept-Language"] = "es"
        await patient.sends("/account/password", {"current": PASSWORD, "password": "five other quiet words"})

    await house.until(lambda: bool(post.mails))
    assert "Hola" in words(post, 0)


async def test_a_mail_server_that_takes_nothing_holds_nobody_up_and_is_asked_again(house: House, post: Post) -> None:
    post.refuse = "451 not now"
    async with reading(house) as therapist:
        await signed_in(house, therapist)
        assert (await therapist.opens("/desk")).path == "/desk"
    post.refuse = ""

    await house.keep_time_going(lambda: bool(post.mails))
    assert "on a device that was not used" in words(post, 0)
