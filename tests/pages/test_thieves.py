"""Somebody with a cookie, a link or a password of somebody else: how soon it is worth nothing, and guessing ends."""

import asyncio

import aiohttp
import pytest
from yarl import URL

from server import wiring
from server.accounts import invitations, signing
from server.accounts.signing import DAY_MS, HOUR_MS, WINDOW_MS
from server.db import logins, people
from server.db.people import Person, Role
from server.db.tables import AttemptRow
from tests.conftest import BOTH
from tests.live.house import House
from tests.pages.reader import reading
from tests.pages.steps import signed_in

EMAIL, PASSWORD, BETTER = "robin@example.org", "four quiet words here", "five other quiet words here"


async def person_of(house: House, who: str) -> Person:
    async with house.app[wiring.STORE].reader() as tx:
        found = await people.person(tx, house.cast.clinic, getattr(house.cast, who))
    assert found is not None
    return found


async def with_a_password(house: House, who: str = "patient") -> None:
    hashed = await house.app[wiring.PASSWORDS].hash(PASSWORD)
    async with house.app[wiring.STORE].write() as tx:
        await people.set_email(tx, house.cast.clinic, getattr(house.cast, who), email=EMAIL)
        await people.set_password_hash(tx, house.cast.clinic, getattr(house.cast, who), password_hash=hashed)


async def a_link(house: House, who: str = "patient") -> str:
    return f"/i/{(await invitations.invite(house.app, await person_of(house, who))).token}"


async def has_a_login(house: House, who: str) -> bool:
    """Whether the one that this person of the cast came with still works."""
    async with reading(house, who) as reader:
        return not (await reader.opens("/account")).path.startswith("/sign-in")


# Cookies


async def test_a_login_that_is_used_every_hour_ends_all_the_same(house: House):
    hours = signing.LASTS_AT_MOST_MS[Role.OWNER] // HOUR_MS
    still_in = []
    # The cast's logins are long ones, which are never cut short: an owner's own is what is looked at.
    async with reading(house) as owner:
        await signed_in(house, owner, "owner")
        for _ in range(hours + 1):
            still_in.append(not (await owner.opens("/account")).path.startswith("/sign-in"))
            await house.clock.advance(HOUR_MS - 60_000)
        still_in.append(not (await owner.opens("/account")).path.startswith("/sign-in"))

    assert still_in == [True] * (hours + 1) + [False]


async def test_a_login_that_is_used_lasts_longer_than_one_that_is_not(house: House):
    async with reading(house) as owner:
        await signed_in(house, owner, "owner")
        paths = []
        for away_ms in (signing.TOUCH_EVERY_MS + 1, signing.LASTS_MS[Role.OWNER] - 1, signing.LASTS_MS[Role.OWNER]):
            await house.clock.advance(away_ms)
            paths.append((await owner.opens("/account")).path)

    assert paths == ["/account", "/account", "/sign-in?next=/account"]


async def test_a_disk_that_takes_nothing_shuts_nobody_out(house: House):
    await house.clock.advance(signing.TOUCH_EVERY_MS + 1)
    # There is one connection for forms, and it goes back into its pool as it is. Nobody else has it at this moment.
    async with house.nothing_stored(), house.app[wiring.DATABASE]._writing.connect() as forms:
        await forms.exec_driver_sql("PRAGMA query_only=ON")
    async with reading(house, "patient") as patient:
        today = await patient.opens("/today")
        planned = await patient.sends("/account/password", {"email": EMAIL, "password": PASSWORD})

    assert (today.status, planned.status) == (200, 503)


async def test_a_cookie_of_no_letters_is_no_cookie(house: House):
    for method in (b"GET /desk", b"POST /sign-out"):
        own = str(house.url.origin()).encode()
        lines = (
            method + b" HTTP/1.1",
            b"Host: " + own.removeprefix(b"http://"),
            b"Origin: " + own,
            b"Cookie: ebb=" + b"\xff" * 30,
            b"Connection: close",
        )
        reader, writer = await asyncio.open_connection(house.url.host, house.url.port)
        writer.write(b"\r\n".join(lines) + b"\r\n\r\n")
        status = (await reader.read()).split(b" ")[1]
        writer.close()

        assert status in (b"401", b"303"), method


async def test_a_desk_hears_nothing_more_once_its_login_has_ended(house: House):
    async with house.browsing("therapist") as http, house.browsing("colleague") as other:
        news = await http.get("/desk/events", timeout=aiohttp.ClientTimeout(total=20))
        theirs = await other.get("/desk/events", timeout=aiohttp.ClientTimeout(total=20))
        for desk in (news, theirs):
            await desk.content.readuntil(b"\n\n")

        await house.sign_out("therapist")

        assert await news.content.read() == b""
        assert not theirs.content.at_eof()
        theirs.close()


# Links


async def test_a_new_link_ends_those_from_before_with_their_codes(house: House):
    patient = await person_of(house, "patient")
    lost = await invitations.invite(house.app, patient)
    others = await a_link(house, "other_patient")
    fresh = await invitations.invite(house.app, patient)

    async with reading(house) as finder:
        assert (await finder.sends(f"/i/{lost.token}")).status == 410
        assert (await finder.sends("/code", {"code": lost.code, "mine": "yes"})).status == 422
        assert not (await finder.opens("/account")).path.startswith("/account")
    async with reading(house) as theirs:
        assert (await theirs.sends(f"/i/{fresh.token}")).path == "/choose"
    async with reading(house) as somebody_else:
        assert (await somebody_else.sends(others)).path == "/choose"


async def test_a_changed_password_ends_the_links_that_are_open(house: House):
    await with_a_password(house)
    link = await a_link(house)
    async with reading(house, "patient") as patient:
        assert (await patient.sends("/account/password", {"current": PASSWORD, "password": BETTER})).status == 200
    async with reading(house) as finder:
        assert (await finder.sends(link)).status == 410


async def test_somebody_who_comes_back_does_not_come_back_by_an_old_link(house: House):
    link = await a_link(house, "colleague")
    async with reading(house, "owner") as owner:
        await owner.sends(f"/clinic/people/{house.cast.colleague}/disable")
        await owner.sends(f"/clinic/people/{house.cast.colleague}/enable")
    async with reading(house) as finder:
        assert (await finder.sends(link)).status == 410


async def test_a_link_that_ends_a_password_ends_what_was_signed_in_with_it(house: House):
    await with_a_password(house)
    talker = await house.come("patient")
    link = await a_link(house)
    async with reading(house) as patient:
        assert (await patient.sends(link)).path == "/choose"

    assert await talker.closed() == 4401
    assert not await has_a_login(house, "patient")


async def test_a_link_for_another_device_leaves_the_first_one_signed_in(house: House):
    link = await a_link(house)
    async with reading(house) as tablet:
        assert (await tablet.sends(link)).path == "/choose"

    assert await has_a_login(house, "patient")


# Passwords


@pytest.mark.parametrize("premises", BOTH, indirect=True)
async def test_a_sign_in_under_way_does_not_outlive_the_password_it_was_made_with(house: House):
    await with_a_password(house)
    hashed = await house.app[wiring.PASSWORDS].hash(BETTER)
    turns = house.app[wiring.PASSWORDS]._turns
    async with turns, turns, reading(house) as thief:
        trying = asyncio.create_task(thief.sends("/sign-in", {"email": EMAIL, "password": PASSWORD}))
        await house.until(lambda: bool(turns._waiters))
        async with house.app[wiring.STORE].write() as tx:
            await people.set_password_hash(tx, house.cast.clinic, house.cast.patient, password_hash=hashed)
        turns.release()
        refused = await trying
        await turns.acquire()

        assert refused.status == 409
        assert (await thief.opens("/account")).path.startswith("/sign-in")


# Guessing


async def test_many_places_together_guess_no_code_either(house: House):
    code = (await invitations.invite(house.app, await person_of(house, "patient"))).code
    now_ms = house.clock.now_ms()
    async with house.app[wiring.STORE].write() as tx:
        everywhere = house.app[wiring.KEYS].attempt_hash("everywhere")
        tx.db.add(
            AttemptRow(
                scope="code.all",
                key_hash=everywhere,
                window_ms=now_ms - now_ms % WINDOW_MS,
                count=signing.TRIES_FROM_EVERYWHERE["code"] - 1,
            )
        )
    async with reading(house) as guesser:
        assert (await guesser.sends("/code", {"code": code})).status == 200
        assert (await guesser.sends("/code", {"code": code})).status == 429
    await house.clock.advance(WINDOW_MS)
    async with reading(house) as patient:
        assert (await patient.sends("/code", {"code": code})).status == 200


async def test_one_place_that_is_shut_out_does_not_shut_out_the_others(house: House):
    async with reading(house) as guesser:
        for _ in range(signing.TRIES_OF_ADDRESS + 5):
            await guesser.sends("/code", {"code": "ABCD 2345"})

    now_ms = house.clock.now_ms()
    async with house.app[wiring.STORE].reader() as tx:
        counted = await logins.attempts(
            tx,
            scope="code.all",
            key_hash=house.app[wiring.KEYS].attempt_hash("everywhere"),
            window_ms=now_ms - now_ms % WINDOW_MS,
        )
    assert counted == signing.TRIES_OF_ADDRESS


#: What a proxy passes on of somebody who changes whatever can be changed; the last is what the proxy saw itself.
ONE_PLACE = {
    "a household's addresses": lambda n: [f"2001:db8:1:2:{n:x}::{n:x}"],
    "an address of one's own in front": lambda n: [f"198.51.100.{n}, 203.0.113.7"],
    "a line of one's own in front": lambda n: [f"198.51.100.{n}", "203.0.113.7"],
    "IPv4 as IPv6": lambda n: ["::ffff:203.0.113.7" if n % 2 else "203.0.113.7"],
    "no address at all": lambda n: [f"unknown-{n}"],
}


@pytest.mark.parametrize("what", ONE_PLACE)
async def test_behind_a_proxy_one_place_stays_one_place(premises: House, what: str):
    premises._settings = premises._settings.model_copy(update={"behind_proxy": True})
    await premises.open()
    statuses = []
    async with premises.browsing() as http:
        for n in range(1, signing.TRIES_OF_ADDRESS + 2):
            headers = [("Origin", str(premises.url.origin()))]
            headers += [("X-Forwarded-For", seen) for seen in ONE_PLACE[what](n)]
            async with http.post("/code", data={"code": "ABCD 2345"}, headers=headers) as answer:
                statuses.append(answer.status)
        elsewhere = {"Origin": str(premises.url.origin()), "X-Forwarded-For": "2001:db8:1:3::1"}
        async with http.post("/code", data={"code": "ABCD 2345"}, headers=elsewhere) as answer:
            assert answer.status == 422
    await premises.close()

    assert statuses == [422] * signing.TRIES_OF_ADDRESS + [429]


@pytest.mark.parametrize("path", ["/choose", "/account/password"])
async def test_nobody_asks_for_many_addresses_who_is_here(house: House, path: str):
    await with_a_password(house, "other_patient")
    fields = {"way": "password", "email": EMAIL, "password": PASSWORD}
    async with reading(house, "patient") as curious:
        statuses = [(await curious.sends(path, fields)).status for _ in range(signing.TRIES_OF_ADDRESS + 1)]
        free = await curious.sends(path, {**fields, "email": "free@example.org"})

    assert statuses == [422] * signing.TRIES_OF_ADDRESS + [429]
    assert free.status == 429


async def test_links_that_are_long_over_are_cleared_away(house: House):
    link = await a_link(house)
    days = 34
    await house.clock.advance(days * DAY_MS)

    async def gone() -> bool:
        async with reading(house) as somebody:
            return (await somebody.opens(link)).status == 404

    await house.keep_time_going(gone)


@pytest.mark.parametrize("premises", BOTH, indirect=True)
@pytest.mark.parametrize("path", ["/sessions/%00", "/patients/%00", "/sessions/%00/door", "/i/%00", "/live/%00"])
async def test_an_address_that_no_id_looks_like_is_not_there(house: House, path: str):
    headers = {"Sec-WebSocket-Protocol": "ebb.v1", "Origin": str(house.url.origin())}
    async with house.browsing("therapist") as http, http.get(house.url.join(_raw(path)), headers=headers) as answer:
        assert answer.status == 404


def _raw(path: str) -> URL:
    return URL(path, encoded=True)
