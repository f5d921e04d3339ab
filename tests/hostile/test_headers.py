"""Every answer of every route, whatever it is, carries what keeps a browser from being used against its owner."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NoReturn

import pytest

from server import wiring
from server.accounts import often
from server.app import BODY_LIMIT_BYTES
from tests.hostile.raw import line
from tests.live.house import House
from tests.pages.walls import READS, WRITES, address

PAGE = {"Accept": "text/html"}
#: What a browser may keep: the same bytes for everybody, under an address of their own, or asked about each time.
KEPT: dict[str, str] = {
    "/static/{version}/{name}": "public",
    "/library/{version}.json": "private",
    "/sessions/{id}/library/{version}.json": "private",
    "/sw.js": "no-cache",
}
#: The pages that use one of these, and which.
DEVICES = {
    "/check": {"camera", "microphone"},
    "/sessions/{id}/arrival": {"camera", "microphone"},
    "/library/{exercise}/voice": {"microphone"},
}
IN_A_VISIT = {"/sessions/{id}": {"camera", "microphone", "bluetooth"}}
ALWAYS_OFF = ("geolocation", "payment", "usb", "display-capture", "hid", "midi", "serial")


def _policy(value: str) -> dict[str, list[str]]:
    return {name: rest for name, *rest in (part.split() for part in value.split(";"))}


def lacking(headers: Mapping[str, str], *, route: str = "", status: int = 200) -> list[str]:
    """What is not as it has to be."""
    return [problem for problem in _problems(headers, route, status) if problem]


def _problems(headers: Mapping[str, str], route: str, status: int) -> Iterator[str]:
    yield "" if headers.get("X-Content-Type-Options") == "nosniff" else "its type may be guessed"
    yield "" if headers.get("Cross-Origin-Resource-Policy") == "same-origin" else "other sites may embed it"
    yield "" if headers.get("Server") == "Ebb" else f"it names {headers.get('Server')}"
    yield "" if "X-Powered-By" not in headers else "it names what it is made with"
    yield "" if "Access-Control-Allow-Origin" not in headers else "other sites may read it"
    kept = headers.get("Cache-Control", "")
    yield "" if (KEPT.get(route, "no-store") in kept if status == 200 else "no-" in kept) else f"it may be kept: {kept}"
    if headers.get("Content-Type", "").startswith("text/"):
        yield "" if "charset=utf-8" in headers["Content-Type"].lower() else "its letters may be guessed"
    if route.startswith("/static") and status == 200:
        return
    policy = _policy(headers.get("Content-Security-Policy", "none"))
    for name in ("default-src", "base-uri", "frame-ancestors"):
        yield "" if policy.get(name) == ["'none'"] else f"{name} is {policy.get(name)}"
    yield "" if policy.get("form-action") == ["'self'"] else "its forms may lead elsewhere"
    # An address of this page's own making is a sound that was just recorded; scripts and styles never come of one.
    sources = {source for name, found in policy.items() for source in found if name != "media-src"}
    yield "" if sources <= {"'none'", "'self'"} else f"it takes things from {sources}"
    yield "" if set(policy.get("media-src", [])) <= {"'self'", "blob:"} else "it plays sounds from elsewhere"
    for name, wanted in (
        ("X-Frame-Options", "DENY"),
        ("Referrer-Policy", "same-origin"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("X-Robots-Tag", "noindex, nofollow"),
    ):
        yield "" if headers.get(name) == wanted else f"{name} is {headers.get(name)}"
    allowed = dict(part.split("=") for part in headers.get("Permissions-Policy", "none=").split(", "))
    for name in ALWAYS_OFF:
        yield "" if allowed.get(name) == "()" else f"{name} is not off"
    for name in ("camera", "microphone", "bluetooth"):
        on = name in {**DEVICES, **IN_A_VISIT}.get(route, set())
        yield "" if allowed.get(name) in ({"()", "(self)"} if on else {"()"}) else f"{name} is {allowed.get(name)}"


@pytest.mark.parametrize("who", ["therapist", "patient", "support", "owner", ""])
async def test_whatever_is_read(house: House, who: str):
    wrong: dict[str, Any] = {}
    async with house.browsing(who) as http:
        for method in ("GET", "HEAD"):
            for route in READS:
                async with http.request(method, address(house, route), headers=PAGE, allow_redirects=False) as answer:
                    found = lacking(answer.headers, route=route, status=answer.status)
                    wrong |= {f"{method} {route}, {answer.status}": found} if found else {}

    assert wrong == {}


@pytest.mark.parametrize("who", ["therapist", "patient", ""])
async def test_whatever_is_sent(house: House, who: str):
    wrong: dict[str, Any] = {}
    own = {"Origin": str(house.url.origin())}
    bodies: dict[str, dict[str, Any]] = {
        "a form": {"data": {"x": "y"}},
        "too much": {"data": {"x": "y" * BODY_LIMIT_BYTES}},
        "no form": {"data": b"{}", "headers": {"Content-Type": "application/json"}},
    }
    async with house.browsing(who) as http:
        for route in WRITES:
            if route == "/sign-out":
                continue
            for what, body in bodies.items():
                await house.clock.advance(1_000)
                headers = {**PAGE, **own, **body.get("headers", {})}
                async with http.post(
                    address(house, route), data=body["data"], headers=headers, allow_redirects=False
                ) as answer:
                    found = lacking(answer.headers, route=route, status=answer.status)
                    found += [] if answer.status < 500 else ["a mistake of ours"]
                    wrong |= {f"{what} to {route}, {answer.status}": found} if found else {}

    assert wrong == {}


#: What is answered before anybody looks at the page: its status, with how to get it.
ODD: dict[int, tuple[str, str, dict[str, str]]] = {
    403: ("POST", "/code", {"Origin": "https://evil.example"}),
    404: ("GET", "/nothing/here", {}),
    405: ("OPTIONS", "/desk", {}),
    421: ("GET", "/desk", {"Host": "evil.example"}),
    415: ("POST", "/code", {"Content-Type": "text/plain"}),
}


async def test_whatever_is_refused(house: House):
    async with house.browsing("therapist") as http:
        for status, (method, path, headers) in ODD.items():
            for wanted in (PAGE, {"Accept": "application/json"}):
                sent = {"Origin": str(house.url.origin()), **wanted, **headers}
                async with http.request(method, path, headers=sent) as answer:
                    assert answer.status == status
                    assert lacking(answer.headers, status=status) == [], status


async def test_a_method_of_nobodys_changes_nothing(house: House):
    async with house.browsing("therapist") as http:
        for method in ("PUT", "DELETE", "PATCH", "TRACE", "PROPFIND", "PURGE", "LOCK"):
            for headers in ({}, {"Origin": str(house.url.origin())}):
                async with http.request(method, "/account", headers=headers) as answer:
                    assert answer.status == (405 if headers else 403), method
                    assert lacking(answer.headers, status=answer.status) == []


async def test_our_own_mistakes(house: House, monkeypatch: pytest.MonkeyPatch):
    def broken() -> NoReturn:
        raise RuntimeError("belonging to no page")

    monkeypatch.setattr(house.app[wiring.STORE], "reader", broken)
    async with house.browsing("therapist") as http:
        for wanted in (PAGE, {"Accept": "application/json"}):
            async with http.get("/desk", headers=wanted) as answer:
                assert answer.status == 500
                assert lacking(answer.headers, status=500) == []
                assert "belonging" not in await answer.text()


async def test_too_often(house: House, monkeypatch: pytest.MonkeyPatch):
    def full(*_: object) -> tuple[str, int]:
        return "person", 150_000

    monkeypatch.setattr(house.app[wiring.LIMITS], "take", full)
    assert "/messages" not in often.NEVER_COUNTED
    async with house.browsing("patient") as http:
        own = {**PAGE, "Origin": str(house.url.origin())}
        async with http.post("/messages", data={"text": "Hello"}, headers=own) as answer:
            assert (answer.status, answer.headers["Retry-After"]) == (429, "150")
            assert "Try again in 3 minutes" in await answer.text()
            assert lacking(answer.headers, status=429) == []


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        (400, {"Sec-WebSocket-Protocol": "chat"}),
        (401, {"Cookie": ""}),
        (403, {"Origin": "https://evil.example"}),
        (404, {}),
    ],
)
async def test_a_socket_that_is_refused(house: House, status: int, headers: dict[str, str]):
    upgrade = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Protocol": "ebb.v1",
        "Origin": str(house.url.origin()),
        "Cookie": f"ebb={house.cast.tokens['stranger']}",
    }
    async with (
        house.browsing() as http,
        http.get(f"/live/{house.cast.visit}", headers={**upgrade, **headers}) as answer,
    ):
        assert answer.status == status
        assert lacking(answer.headers, status=status) == []


async def test_over_tls_browsers_are_told_to_stay_with_it(premises: House):
    premises.choose(public_url="https://ebb.example.org")
    await premises.open()
    async with premises.browsing() as http:
        for path in ("/sign-in", "/nothing", "/healthz", "/static/x/css/ebb.css"):
            async with http.get(path, headers={"Host": "ebb.example.org"}) as answer:
                assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000"), path
    async with line(premises) as somebody:
        await somebody.say(b"nothing\r\n\r\n")
        assert b"Strict-Transport-Security: max-age=31536000" in await somebody.rest()
    await premises.close()


async def test_without_tls_nothing_is_promised(house: House):
    async with house.browsing() as http, http.get("/sign-in") as answer:
        assert "Strict-Transport-Security" not in answer.headers


def _without(name: str) -> Callable[[dict[str, str]], dict[str, str]]:
    return lambda headers: {given: value for given, value in headers.items() if given != name}


async def test_this_test_would_notice(house: House):
    """Each header in turn, taken away."""
    async with house.browsing("therapist") as http, http.get("/desk", headers=PAGE) as answer:
        whole = dict(answer.headers)

    assert lacking(whole) == []
    for name in (
        "Content-Security-Policy",
        "X-Content-Type-Options",
        "X-Frame-Options",
        "Referrer-Policy",
        "Cross-Origin-Opener-Policy",
        "Cross-Origin-Resource-Policy",
        "Permissions-Policy",
        "Cache-Control",
    ):
        assert lacking(_without(name)(whole)) != [], name
    loose = whole["Content-Security-Policy"].replace("script-src 'self'", "script-src 'self' 'unsafe-inline'")
    assert lacking({**whole, "Content-Security-Policy": loose}) != []
