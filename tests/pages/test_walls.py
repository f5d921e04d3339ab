"""Every route of the router × every person of the cast, against one table: a new route without a line here fails."""

from collections.abc import Iterator

import aiohttp
import pytest
from sqlalchemy import update
from sqlmodel import col

from server import wiring
from server.app import create_app
from server.db.tables import LoginRow
from server.settings import Settings
from tests.live.house import House
from tests.pages.walls import PEOPLE, READS, WRITES, address

FROM_US = {"Sec-Fetch-Site": "same-origin"}


def _routes(method: str) -> Iterator[str]:
    app = create_app(Settings(data="/nonexistent", server_key="1f2a" * 16))  # type: ignore[arg-type,call-arg]
    for route in app.router.routes():
        if route.method == method and route.resource is not None:
            yield route.resource.canonical


def test_every_route_that_reads_has_its_line():
    assert set(_routes("GET")) == set(READS)


def test_every_route_that_writes_has_its_line():
    assert set(_routes("POST")) == set(WRITES)


def test_no_route_answers_any_other_method():
    app = create_app(Settings(data="/nonexistent", server_key="1f2a" * 16))  # type: ignore[arg-type,call-arg]

    assert {route.method for route in app.router.routes()} <= {"GET", "HEAD", "POST"}


@pytest.mark.parametrize("who", PEOPLE)
async def test_what_each_of_them_may_read(house: House, who: str):
    async with house.browsing("" if who == "nobody" else who) as http:
        seen = {route: await _read(http, address(house, route)) for route in READS}

    assert seen == {route: expected[who] for route, expected in READS.items()}


@pytest.mark.parametrize("who", PEOPLE)
async def test_what_each_of_them_may_change(house: House, who: str):
    headers = {**FROM_US, "Origin": str(house.url.origin()), "Accept": "text/html"}
    for route, allowed in WRITES.items():
        # A form of nobody's making: whoever passes the door is told what to mend, never that it is not there.
        async with (
            house.browsing("" if who == "nobody" else who) as http,
            http.post(address(house, route), data={"id": "x"}, headers=headers, allow_redirects=False) as answer,
        ):
            if who in allowed:
                assert answer.status < 500, route
                assert answer.status not in (401, 403, 405), route
            else:
                assert answer.status in (401, 404), f"{who} may {route}: {answer.status}"


#: What somebody of the staff reaches whose second step is still to come, beside what needs no login at all.
HALF_SIGNED_IN = {"/second-step", "/second-step/set-up", "/choose", "/account/passkeys/new"}
HALF_SENDS = {
    "/second-step",
    "/second-step/set-up",
    "/choose",
    "/account/passkeys",
    "/account/passkeys/options",
    "/prove/passkey",
    "/prove/passkey/options",
}


@pytest.mark.parametrize("who", ["therapist", "owner"])
async def test_half_signed_in_there_is_no_house(house: House, who: str):
    async with house.app[wiring.STORE].write() as tx:
        await tx.db.execute(update(LoginRow).where(col(LoginRow.id) == house.cast.logins[who]).values(mfa=False))
    elsewhere = {}
    headers = {**FROM_US, "Origin": str(house.url.origin()), "Accept": "text/html"}
    async with house.browsing(who) as http, house.browsing() as nobody:
        for route in READS:
            path = address(house, route)
            # Whatever anybody at all may read is no secret of the house.
            if route in HALF_SIGNED_IN or route.startswith("/live") or await _read(nobody, path) in (200, 404):
                continue
            async with http.get(path, headers={"Accept": "text/html"}, allow_redirects=False) as answer:
                to = answer.headers.get("Location", "").partition("?")[0]
            if answer.status != 403 and to not in ("/second-step", "/desk", "/clinic"):
                elsewhere[route] = answer.status
        for route, allowed in WRITES.items():
            if "nobody" in allowed or route in HALF_SENDS:
                continue
            async with http.post(address(house, route), data={"id": "x"}, headers=headers) as answer:
                if answer.status not in (403, 404):
                    elsewhere[f"POST {route}"] = answer.status

    assert elsewhere == {}


#: What a browser sends with a form of another site, or a program that is none.
FOREIGN: dict[str, dict[str, str]] = {
    "no origin": {},
    "null": {"Origin": "null"},
    "another site": {"Origin": "https://elsewhere.example"},
    "the browser says cross-site": {"Origin": "own", "Sec-Fetch-Site": "cross-site"},
    "a neighbour": {"Origin": "own", "Sec-Fetch-Site": "same-site"},
}


async def test_a_form_from_another_site_changes_nothing(house: House):
    async with house.browsing("therapist") as http:
        for what, headers in FOREIGN.items():
            own = str(house.url.origin())
            sent = {name: own if value == "own" else value for name, value in headers.items()}
            for route in WRITES:
                async with http.post(address(house, route), data={}, headers=sent) as answer:
                    assert answer.status == 403, f"{route}, {what}"


async def test_another_name_for_the_server_is_refused(house: House):
    async with house.browsing("therapist") as http, http.get("/desk", headers={"Host": "evil.example"}) as answer:
        assert answer.status == 421


async def test_every_answer_carries_the_headers_that_protect_it(house: House):
    async with house.browsing("therapist") as http:
        for route in READS:
            async with http.get(address(house, route), allow_redirects=False) as answer:
                assert answer.headers["X-Content-Type-Options"] == "nosniff", route
                assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin", route
                assert answer.headers["Server"] == "Ebb", route
                if route.startswith("/static"):
                    continue
                policy = answer.headers["Content-Security-Policy"]

                assert "default-src 'none'" in policy, route
                assert "frame-ancestors 'none'" in policy, route
                assert "unsafe" not in policy, route
                assert answer.headers["Referrer-Policy"] == "same-origin", route
                assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin", route
                if "/library/{version}" not in route and route != "/sw.js":
                    assert answer.headers["Cache-Control"] == "no-store", route


async def test_the_cookie_is_out_of_reach_for_scripts_and_other_sites(house: House):
    headers = {**FROM_US, "Origin": str(house.url.origin())}
    async with (
        house.browsing("therapist") as http,
        http.post("/sign-out", headers=headers, allow_redirects=False) as answer,
    ):
        cookie = answer.headers["Set-Cookie"]

    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Path=/" in cookie


async def _read(http: aiohttp.ClientSession, path: str) -> int:
    async with http.get(path, headers={"Accept": "text/html"}, allow_redirects=False) as answer:
        return answer.status
