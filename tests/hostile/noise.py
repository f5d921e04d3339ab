"""Requests that somebody hostile, or a broken client, might send: endless, and the same for the same seed."""

import json
import random
from collections.abc import Callable, Iterator, Sequence
from urllib.parse import quote

from msgspec import Struct

_METHODS = ("GET", "GET", "POST", "POST", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "FOO")
_TEXTS = (
    "", "x", "x" * 6_000, "\0", "a\0b\x1f", "\u202eטקסט", "\ud800", "😀" * 200, "../../../etc/passwd",
    "<script>alert(1)</script>", "{{7*7}}", "${jndi:ldap://x/a}", "' OR 1=1 --", "=cmd|' /C calc'!A0", "%s%s%n", "-1",
    "0", "1", "1e309", "NaN", "²", "9" * 40, "0000-02-31", "2026-03-12", "25:61", "10:30", "yes", "on", "true", "null",
    "[]", "\r\nSet-Cookie: a=b",
)  # fmt: skip
_NAMES = (
    "id", "name", "text", "note", "email", "password", "current", "code", "next", "back", "day", "time", "level", "of",
    "kind", "situation", "thought", "language", "q", "order", "step", "minutes", "reason", "phone", "zone", "pain",
    "flags", "mine",
)  # fmt: skip
_FORM = "application/x-www-form-urlencoded"
_KINDS = (
    _FORM, "application/json", "text/plain", "", "multipart/form-data; boundary=x", "audio/webm",
    f"{_FORM}; charset=utf-16", "a/b; c=" + "d" * 500,
)  # fmt: skip
_HEADERS = (
    "X-Forwarded-For",
    "Accept-Language",
    "Range",
    "If-None-Match",
    "Ebb-Owner",
    "Referer",
    "User-Agent",
    "Expect",
)


class Sent(Struct, frozen=True):
    """The bytes of one request. `cut`: there is less of it than it says, and nothing more will come."""

    data: bytes
    cut: bool = False


class Target(Struct, frozen=True):
    """Routes as they stand in the router, `ids` of people and visits of all sorts, `cookies` of all of them."""

    host: str
    reads: Sequence[str]
    writes: Sequence[str]
    ids: Sequence[str]
    cookies: Sequence[str]


def hostile_requests(chance: random.Random, target: Target) -> Iterator[Sent]:
    makers: tuple[Callable[[random.Random, Target], Sent], ...] = (_form, _form, _form, _script, _odd, _cut, _flipped)
    while True:
        yield chance.choice(makers)(chance, target)


def _path(chance: random.Random, target: Target, method: str) -> str:
    path = chance.choice(target.writes if (method == "POST") == (chance.random() < 0.95) else target.reads)
    while "{" in path:
        before, _, rest = path.partition("{")
        after = rest.partition("}")[2]
        value = chance.choice(target.ids) if chance.random() < 0.7 else _quoted(chance.choice(_TEXTS)[:300])
        path = f"{before}{value}{after}"
    if chance.random() < 0.3:
        path += f"?{chance.choice(_NAMES)}={_quoted(chance.choice(_TEXTS)[:800])}"
    return path


def _quoted(text: str) -> str:
    return quote(text.encode("utf-8", "surrogatepass"), safe="")


def _head(chance: random.Random, target: Target, first: str, *more: str) -> bytes:
    lines = [first, f"Host: {target.host}", *more]
    if chance.random() < 0.95:
        lines.append(f"Origin: http://{target.host}")
    if chance.random() < 0.9:
        lines.append(f"Cookie: {chance.choice(target.cookies)}")
    if chance.random() < 0.7:
        lines.append("Accept: text/html")
    if chance.random() < 0.2:
        text = chance.choice(_TEXTS)[:600].replace("\r", "").replace("\n", "").replace("\0", "")
        lines.append(f"{chance.choice(_HEADERS)}: {text}")
    return "\r\n".join((*lines, "", "")).encode("utf-8", "surrogatepass")


def _post(chance: random.Random, target: Target, body: bytes, kind: str) -> Sent:
    method = "POST" if chance.random() < 0.9 else chance.choice(_METHODS)
    first = f"{method} {_path(chance, target, method)} HTTP/1.1"
    return Sent(_head(chance, target, first, f"Content-Type: {kind}", f"Content-Length: {len(body)}") + body)


def _form(chance: random.Random, target: Target) -> Sent:
    fields = []
    for _ in range(chance.choice((0, 1, 2, 5, 12, 400))):
        value = chance.choice(_TEXTS) if chance.random() < 0.8 else chance.choice(target.ids)
        fields.append(f"{chance.choice(_NAMES)}={_quoted(value[:2_000])}")
    body = "&".join(fields).encode()
    return _post(chance, target, body, chance.choice(_KINDS) if chance.random() < 0.1 else _FORM)


def _script(chance: random.Random, target: Target) -> Sent:
    """JSON that is deep, wide, wrong, or of another shape than anything that is asked for."""
    shapes: tuple[Callable[[], str], ...] = (
        lambda: "[" * chance.randrange(1, 60_000),
        lambda: '{"a":' * chance.randrange(1, 30_000),
        lambda: json.dumps([{"session": chance.choice(target.ids), "n": 0, "sealed": chance.choice(_TEXTS)[:500]}]),
        lambda: json.dumps([{"session": 7, "n": -1, "sealed": None}, None, [], "x"]),
        lambda: json.dumps({chance.choice(_NAMES): chance.choice(_TEXTS) for _ in range(20)}),
        lambda: "[" + "0," * chance.randrange(10, 100_000) + "0]",
        lambda: '"' + "\\ud800" * 100 + '"',
        lambda: "NaN",
    )
    return _post(chance, target, chance.choice(shapes)().encode(), "application/json")


def _odd(chance: random.Random, target: Target) -> Sent:
    """A method, a type or a body that nobody asked for."""
    body = chance.randbytes(chance.choice((0, 1, 50, 5_000)))
    method = chance.choice(_METHODS)
    first = f"{method} {_path(chance, target, method)} HTTP/1.1"
    kind = f"Content-Type: {chance.choice(_KINDS)}"
    return Sent(_head(chance, target, first, kind, f"Content-Length: {len(body)}") + body)


def _cut(chance: random.Random, target: Target) -> Sent:
    whole = _form(chance, target).data
    return Sent(whole[: chance.randrange(1, len(whole))], cut=True)


def _flipped(chance: random.Random, target: Target) -> Sent:
    whole = bytearray(_form(chance, target).data)
    for _ in range(4):
        whole[chance.randrange(min(len(whole), 400))] = chance.randrange(256)
    return Sent(bytes(whole), cut=True)
