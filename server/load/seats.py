"""Who takes part: the pairs of a demo, signed in by their links, and what of a record each of them may read."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from hashlib import blake2b
from typing import Any, Final

import aiohttp
import msgspec
from msgspec import Struct
from yarl import URL

#: People who come in at the same time; a crowd at the door is another test.
AT_ONCE: Final = 20
_TIMEOUT: Final = aiohttp.ClientTimeout(total=60)
_DIGEST_BYTES: Final = 8


class NoLoad(OSError):
    """There is nothing here that could be loaded; the sentence says what to do."""

    def __init__(self, sentence: str) -> None:
        super().__init__(0, sentence.removesuffix("."))


class Pair(Struct, frozen=True):
    """Links of two who have a visit with each other."""

    therapist: str
    patient: str
    visit: str


class Seat(Struct, frozen=True):
    """Somebody with a login, and the visit that is theirs."""

    cookie: str
    visit: str


class Stored(Struct, frozen=True):
    """A record as one person may read it: a digest of each event, and the texts of messages."""

    events: dict[int, bytes]
    texts: list[str]


class _Pairs(Struct):
    pairs: list[Pair]


@asynccontextmanager
async def calling(base: URL) -> AsyncIterator[aiohttp.ClientSession]:
    """Cookies are given to each request: the people share this session."""
    jar = aiohttp.DummyCookieJar()
    connector = aiohttp.TCPConnector(limit=AT_ONCE)
    async with aiohttp.ClientSession(base, cookie_jar=jar, connector=connector, timeout=_TIMEOUT) as http:
        yield http


async def pairs_of(http: aiohttp.ClientSession, *, wanted: int) -> list[Pair]:
    """So many pairs of the demo that runs there. Raises NoLoad."""
    try:
        async with http.get("/demo/pairs") as answer:
            status, body = answer.status, await answer.read()
    except (aiohttp.ClientError, TimeoutError):
        raise NoLoad(f"Nobody answers there. Start a demo first: ebb demo --pairs {wanted}") from None
    if status == 503:
        raise NoLoad("The demo is still making its people. Try again in a moment")
    try:
        found = msgspec.json.decode(body, type=_Pairs).pairs if status == 200 else []
    except msgspec.DecodeError:
        found = []
    if not found:
        raise NoLoad(f"There are no pairs to load. Start the demo with some: ebb demo --pairs {wanted}")
    if len(found) < wanted:
        raise NoLoad(
            f"{wanted} sessions need as many pairs, and this demo has {len(found)}. Ask for fewer, or start one with "
            "more --pairs"
        )
    return found[:wanted]


async def sign_in(http: aiohttp.ClientSession, pairs: Iterable[Pair]) -> list[tuple[Seat, Seat]]:
    """Therapist and patient of each. Raises NoLoad."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(link: str, visit: str) -> Seat:
        async with gate, _answered(http, link) as answer:
            if answer.status != 302:
                raise NoLoad("The demo was started anew meanwhile. Try again")
            cookie = "; ".join(f"{name}={morsel.value}" for name, morsel in answer.cookies.items())
            return Seat(cookie=cookie, visit=visit)

    async def both(pair: Pair) -> tuple[Seat, Seat]:
        therapist, patient = await asyncio.gather(one(pair.therapist, pair.visit), one(pair.patient, pair.visit))
        return therapist, patient

    return list(await asyncio.gather(*(both(pair) for pair in pairs)))


async def ledger_of(http: aiohttp.ClientSession, seat: Seat) -> Stored:
    """What is stored of the visit, as far as this person may read it. Raises NoLoad."""
    async with _answered(http, f"/sessions/{seat.visit}/ledger.json", Cookie=seat.cookie) as answer:
        if answer.status != 200:
            raise NoLoad(f"A record could not be read back: it answered {answer.status}")
        told = msgspec.json.decode(await answer.read())
    events = {entry["seq"]: digest(entry["event"]) for entry in told["events"]}
    texts = [entry["event"]["text"] for entry in told["events"] if entry["event"]["type"] == "message.said"]
    return Stored(events=events, texts=texts)


@asynccontextmanager
async def _answered(http: aiohttp.ClientSession, path: str, **headers: str) -> AsyncIterator[aiohttp.ClientResponse]:
    try:
        async with http.get(path, headers=headers, allow_redirects=False) as answer:
            yield answer
    except (aiohttp.ClientError, TimeoutError):
        raise NoLoad("The demo ended in the middle of it, or has too much to do") from None


def digest(event: Any) -> bytes:
    """The same for the same event, in whatever order its fields came."""
    return blake2b(msgspec.json.encode(event, order="sorted"), digest_size=_DIGEST_BYTES).digest()
