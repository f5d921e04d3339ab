"""What is no HTTP, or two kinds of it at once: answered 400 and closed, so that nothing behind it is read as a request.

Whoever finds one way to write a request that a proxy and we end at different places can put words into the next
visitor's mouth. So each of these is sent with a whole request behind it, and that one may not be answered.
"""

import gzip

import pytest

from server.app import BODY_LIMIT_BYTES
from tests.hostile.raw import Line, line, statuses
from tests.live.house import House

CHUNKED = b"0\r\n\r\n"
#: Headers of a form, and a body, that do not say the same, or say it in a way that not everybody reads.
UNCLEAR_BODIES: dict[str, tuple[tuple[str, ...], bytes]] = {
    "two lengths that agree": (("Content-Length: 5", "Content-Length: 5"), b"a=bcd"),
    "two lengths that differ": (("Content-Length: 5", "Content-Length: 6"), b"a=bcd"),
    "a list of lengths": (("Content-Length: 5, 5",), b"a=bcd"),
    "a length below nothing": (("Content-Length: -5",), b""),
    "a length with a sign": (("Content-Length: +5",), b"a=bcd"),
    "a length of letters": (("Content-Length: 0x5",), b"a=bcd"),
    "a length beyond any": (("Content-Length: " + "9" * 30,), b"a=bcd"),
    "a length and pieces": (("Content-Length: 5", "Transfer-Encoding: chunked"), CHUNKED),
    "pieces and a length": (("Transfer-Encoding: chunked", "Content-Length: 5"), CHUNKED),
    "an encoding nobody knows": (("Transfer-Encoding: xchunked",), CHUNKED),
    "pieces, then something else": (("Transfer-Encoding: chunked, identity",), CHUNKED),
    "pieces twice": (("Transfer-Encoding: chunked", "Transfer-Encoding: chunked"), CHUNKED),
    "a space before the colon": (("Transfer-Encoding : chunked",), CHUNKED),
    "a tab before the name": (("\tTransfer-Encoding: chunked",), CHUNKED),
    "a piece of no length": (("Transfer-Encoding: chunked",), b"ZZ\r\n"),
    "a piece below nothing": (("Transfer-Encoding: chunked",), b"-1\r\n"),
    "a piece longer than it says": (("Transfer-Encoding: chunked",), b"1\r\nab\r\n0\r\n\r\n"),
    "a piece that ends with half a line": (("Transfer-Encoding: chunked",), b"1\r\na\n0\n\n"),
}
#: Heads that are none.
UNCLEAR_HEADS: dict[str, bytes] = {
    "a header in two lines": b"GET /healthz HTTP/1.1\r\nHost: {host}\r\nX-A: b\r\n c\r\n\r\n",
    "a header in two lines, by a tab": b"GET /healthz HTTP/1.1\r\nHost: {host}\r\nX-A: b\r\n\tc\r\n\r\n",
    "half a line's end in a value": b"GET /healthz HTTP/1.1\r\nHost: {host}\r\nX-A: b\rX-B: c\r\n\r\n",
    "the other half alone": b"GET /healthz HTTP/1.1\nHost: {host}\n\n",
    "a zero in a value": b"GET /healthz HTTP/1.1\r\nHost: {host}\r\nX-A: b\0c\r\n\r\n",
    "a zero in a name": b"GET /healthz HTTP/1.1\r\nHost: {host}\r\nX\0A: b\r\n\r\n",
    "no name": b"GET /healthz HTTP/1.1\r\nHost: {host}\r\n: b\r\n\r\n",
    "no colon": b"GET /healthz HTTP/1.1\r\nHost: {host}\r\nnothing\r\n\r\n",
    "two hosts": b"GET /healthz HTTP/1.1\r\nHost: {host}\r\nHost: evil.example\r\n\r\n",
    "no host": b"GET /healthz HTTP/1.1\r\n\r\n",
    "no method": b" /healthz HTTP/1.1\r\nHost: {host}\r\n\r\n",
    "a method in small letters": b"get /healthz HTTP/1.1\r\nHost: {host}\r\n\r\n",
    "a method that never was": b"FOO /healthz HTTP/1.1\r\nHost: {host}\r\n\r\n",
    "a method with a sign": b"G@T /healthz HTTP/1.1\r\nHost: {host}\r\n\r\n",
    "a space in the path": b"GET /health z HTTP/1.1\r\nHost: {host}\r\n\r\n",
    "a letter of no alphabet in the path": b"GET /health\x01z HTTP/1.1\r\nHost: {host}\r\n\r\n",
    "a version that never was": b"GET /healthz HTTP/1.9\r\nHost: {host}\r\n\r\n",
    "a long path": b"GET /" + b"a" * 9_000 + b" HTTP/1.1\r\nHost: {host}\r\n\r\n",
    "a long value": b"GET /healthz HTTP/1.1\r\nHost: {host}\r\nX-A: " + b"a" * 9_000 + b"\r\n\r\n",
    "an endless value": b"GET /healthz HTTP/1.1\r\nHost: {host}\r\nX-A: " + b"a" * 200_000,
    "many headers": b"GET /healthz HTTP/1.1\r\nHost: {host}\r\n" + b"X-A: b\r\n" * 500 + b"\r\n",
    "an address of half a host": b"GET http://[::1/healthz HTTP/1.1\r\nHost: {host}\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 40,
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "SSH": b"SSH-2.0-OpenSSH_9.9\r\n",
    "nothing but noise": b"\xff\xfe\xfd" * 50 + b"\r\n\r\n",
}


async def answered_alone(somebody: Line, sent: bytes) -> bytes:
    """What comes of it, with a whole request of ours behind it on the same line. The server closes."""
    await somebody.say(sent + somebody.head("GET /sign-in HTTP/1.1", "Accept: text/html"))
    answered = await somebody.rest()
    assert b"ebb-lead" not in answered, "the request behind it was read"
    return answered


def wrong_in(answered: bytes) -> list[str]:
    """What of this answer is not as it is for everything that is no request."""
    head, whole = answered.partition(b"\r\n\r\n")[0].lower(), answered.lower()
    expected = (b"server: ebb", b"x-content-type-options: nosniff", b"cache-control: no-store", b"default-src 'none'")
    given_away = (b"python", b"aiohttp", b"traceback", b".py", b"\nx-a", b"evil.example")
    found = [f"answered {statuses(answered)}"] if statuses(answered) != [400] else []
    found += [f"lacks {name.decode()}" for name in expected if name not in head]
    return found + [f"says {name.decode()}" for name in given_away if name in whole]


async def test_a_body_that_could_end_in_two_places_ends_the_line(house: House):
    wrong = {}
    for what, (headers, body) in UNCLEAR_BODIES.items():
        async with line(house) as somebody:
            wrong[what] = wrong_in(await answered_alone(somebody, somebody.form(*headers) + body))

    assert {what: found for what, found in wrong.items() if found} == {}


async def test_a_body_in_pieces_that_is_whole_is_read_and_so_is_what_comes_behind(house: House):
    async with line(house) as somebody:
        whole = somebody.form("Transfer-Encoding: chunked") + b"8\r\ncode=abc\r\n0\r\n\r\n"
        await somebody.say(whole + somebody.head())

        assert (await somebody.answer())[0] == 422
        assert (await somebody.answer())[0] == 200


async def test_a_head_that_is_none_ends_the_line(house: House):
    host = house.url.raw_authority.encode()
    wrong = {}
    for what, head in UNCLEAR_HEADS.items():
        async with line(house) as somebody:
            answered = await answered_alone(somebody, head.replace(b"{host}", host))
        # An endless one is closed while more of it is on its way, which can take the answer along.
        wrong[what] = wrong_in(answered) if answered or what != "an endless value" else []

    assert {what: found for what, found in wrong.items() if found} == {}


async def test_other_versions_are_not_spoken(house: House):
    for version in ("", " HTTP/0.9", " HTTP/2.0"):
        async with line(house) as somebody:
            answered = await answered_alone(somebody, somebody.head(f"GET /healthz{version}"))

        assert b"bad_version" in answered or statuses(answered) == [400]
        assert b"\r\n\r\nok" not in answered


async def test_none_of_it_is_logged_as_a_mistake_or_with_its_words(
    house: House, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
):
    async with line(house) as somebody:
        await answered_alone(somebody, b"GET /healthz HTTP/1.1\r\nHost: a\r\nX-Words: very-private\r\n folded\r\n\r\n")

    heard = "".join(capfd.readouterr()) + caplog.text
    assert "request.unreadable" in heard
    assert "private" not in heard
    assert "Traceback" not in heard


@pytest.mark.parametrize("how", ["gzip", "deflate"])
async def test_a_body_that_grows_when_it_is_unpacked_is_too_large(house: House, how: str):
    bomb = gzip.compress(b"a" * (BODY_LIMIT_BYTES * 40))
    async with line(house) as somebody:
        await somebody.say(somebody.form(f"Content-Encoding: {how}", f"Content-Length: {len(bomb)}") + bomb)

        status, _, body = await somebody.answer()

    # What is packed in another way than it says is no form; it is not unpacked either way.
    assert status in ((413,) if how == "gzip" else (400, 422)), body


async def test_a_body_that_is_not_packed_as_it_says_is_no_mistake_of_ours(house: House):
    for what in ("gzip", "br", "zstd", "nothing"):
        async with line(house) as somebody:
            await somebody.say(
                somebody.form(f"Content-Encoding: {what}", "Content-Length: 6", "Connection: close") + b"code=a"
            )

            assert statuses(await somebody.rest())[0] in (400, 415, 422)


async def test_a_form_that_calls_itself_something_else(house: House):
    kinds = (
        ";;;;//=",
        'application/x-www-form-urlencoded; charset="x\\',
        "multipart/form-data",
        "text/plain",
        "a" * 4_000,
    )
    async with line(house) as somebody:
        for kind in kinds:
            head = somebody.head(
                "POST /code HTTP/1.1",
                f"Origin: {house.url.origin()}",
                f"Content-Type: {kind}",
                "Content-Length: 6",
            )
            await somebody.say(head + b"code=a")

            assert (await somebody.answer())[0] in (400, 415, 422), kind


async def test_no_value_of_ours_ends_a_header(house: House):
    """Whatever stands in a query or a form, a redirect and a cookie stay one line."""
    async with line(house) as somebody:
        for path in (
            "/sign-in?next=/desk%0d%0aSet-Cookie:%20ebb=stolen",
            "/desk%0d%0aSet-Cookie:%20ebb=stolen",
            "/patients/%0d%0aSet-Cookie:%20ebb=stolen",
            "/i/%0d%0aSet-Cookie:%20ebb=stolen",
        ):
            await somebody.say(somebody.head(f"GET {path} HTTP/1.1", "Accept: text/html"))

            _, headers, _ = await somebody.answer()

            assert "set-cookie" not in headers, path
        for language in ("en\r\nSet-Cookie: ebb=stolen", "en%0d%0aSet-Cookie: ebb=stolen"):
            body = f"language={language}&next=/%0d%0aSet-Cookie:ebb=stolen".encode()
            await somebody.say(somebody.form(f"Content-Length: {len(body)}", to="/language") + body)

            _, headers, _ = await somebody.answer()

            assert "stolen" not in headers.get("set-cookie", "")
            assert "stolen" not in headers.get("location", "")


async def test_an_expectation_that_nobody_can_write_down(house: House):
    for expected in ("200-maybe", "100-continue, \xff\xfe", "\xe4"):
        async with line(house) as somebody:
            await somebody.say(somebody.head("GET /nothing HTTP/1.1", f"Expect: {expected}", "Connection: close"))

            assert statuses(await somebody.rest())[0] in (400, 417), expected


async def test_an_upgrade_to_something_else_is_none(house: House):
    async with line(house) as somebody:
        for what in ("h2c", "websocket", "TLS/1.0"):
            await somebody.say(somebody.head("GET /healthz HTTP/1.1", "Connection: Upgrade", f"Upgrade: {what}"))

            assert (await somebody.answer())[0] == 200
