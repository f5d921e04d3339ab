"""P6: 2,000 visits all cut at once, and again by a restart: all back, nothing lost or doubled, and no refusal storm."""

import asyncio
import contextlib
import random
import resource
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from typing import Any, Final

import aiohttp
from msgspec import Struct

from tests.bench import rooms, servers
from tests.bench.figures import Figure, at_most
from tests.bench.returning import Returning, Troubles
from tests.bench.rooms import AT_ONCE, Pair
from tests.bench.servers import ROOT, Server

VISITS: Final = 2_000
#: Sockets of both sides, and connections to the door beside them.
FILES: Final = VISITS * 5
SETTLE_S: Final = 3.0
#: Longer than any window and any backoff: then it was not "all back".
WITHIN_S: Final = 600.0
LOOK_S: Final = 0.1


class Return(Struct, frozen=True):
    """What one cut gave. `refused` and `silent` are of the server, `nobody` while there was none."""

    back: int
    last_s: float
    busiest: int
    window_s: float
    peak_kib: float
    cpu_s: float
    troubles: Troubles


async def measure() -> list[Figure]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(FILES, hard)), hard))
    home = ROOT / "var"
    home.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=home) as folder:
        async with servers.started("ebb", folder, str(VISITS)) as ebb:
            pairs = ebb.told["pairs"]
            keys = await rooms.sign_in_pairs(ebb, VISITS)
        # A fresh one: what making 2,000 people took of memory is no visit's share.
        cut, restarted, wrong = await _cut_twice(folder, pairs, keys)
    return [*_figures("P6.cut", "cut without a word", cut), *_figures("P6.restart", "restarted", restarted), wrong]


async def _cut_twice(
    folder: str, pairs: Sequence[dict[str, str]], keys: Sequence[tuple[str, str]]
) -> tuple[Return, Return, Figure]:
    chance = random.Random(6)
    troubles = Troubles()
    connector = aiohttp.TCPConnector(limit=0)
    async with (
        aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar()) as http,
        contextlib.AsyncExitStack() as stack,
    ):
        first = await stack.enter_async_context(_server(folder))
        base = first.rss_bytes()
        people = [
            Returning(cookie=cookie, visit=pair["visit"], troubles=troubles, chance=chance)
            for pair, both in zip(pairs, keys, strict=True)
            for cookie in both
        ]
        await _enter(people, first)
        await _say(people, "before")
        await asyncio.sleep(SETTLE_S)

        def cut() -> None:
            for person in people:
                person.tell(f"at the cut {id(person)}")
                assert person.wire is not None
                person.wire.close()

        cut_gave = await _back(people, http, first, base=base, cut=cut)
        for person in people:
            person.tell(f"between {id(person)}")
        # Everything that was just said is under way while the server is told to end.
        restarting = asyncio.create_task(stack.aclose())
        await asyncio.gather(*(person.wire.closed for person in people if person.wire is not None))
        began = time.perf_counter()
        windows = [person.window_ms or 0 for person in people]
        mending = [asyncio.create_task(person.mend(http, first.port, time.perf_counter)) for person in people]
        await restarting
        second = await stack.enter_async_context(_server(folder, port=first.port))
        restart_gave = await _watched(people, mending, second, base=base, began=began, window_s=max(windows) / 1000)
        return cut_gave, restart_gave, await _against_the_record(http, second, people)


@contextlib.asynccontextmanager
async def _server(folder: str, *, port: int = 0) -> AsyncIterator[Server]:
    async with servers.started("ebb", folder, str(VISITS), f"--port={port}") as server:
        yield server


async def _enter(people: Sequence[Returning], server: Server) -> None:
    """One after the other, and every visit is open in the end."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(person: Returning) -> None:
        async with gate:
            await person.come(server.port, within_s=WITHIN_S)

    await asyncio.gather(*(one(person) for person in people))
    pairs = [Pair(*both) for both in zip(people[::2], people[1::2], strict=True)]
    for start in range(0, len(pairs), 100):
        await rooms.admit(pairs[start : start + 100])


async def _say(people: Sequence[Returning], when: str) -> None:
    for person in people:
        person.tell(f"{when} {id(person)}")
    await asyncio.gather(*(person.all_answered() for person in people))


async def _back(
    people: Sequence[Returning], http: aiohttp.ClientSession, server: Server, *, base: int, cut: Any
) -> Return:
    began = time.perf_counter()
    cut()
    mending = [asyncio.create_task(person.mend(http, server.port, time.perf_counter)) for person in people]
    return await _watched(people, mending, server, base=base, began=began, window_s=0.0)


async def _watched(
    people: Sequence[Returning],
    mending: Sequence["asyncio.Task[None]"],
    server: Server,
    *,
    base: int,
    began: float,
    window_s: float,
) -> Return:
    """Until everybody is back and everything was answered; with the most that the server held meanwhile."""
    cpu_s, troubles = server.cpu_s(), people[0].troubles
    before = Troubles(*(getattr(troubles, name) for name in troubles.__struct_fields__))
    peak = server.rss_bytes()
    answered = asyncio.gather(*mending, *(person.all_answered() for person in people))
    async with asyncio.timeout(WITHIN_S):
        while not answered.done():
            await asyncio.sleep(LOOK_S)
            peak = max(peak, server.rss_bytes())
    await answered
    seconds = [person.back_at - began for person in people]
    return Return(
        back=sum(second > 0 for second in seconds),
        last_s=max(seconds),
        busiest=max(Counter(int(second) for second in seconds).values()),
        window_s=window_s,
        peak_kib=(max(peak, server.peak_bytes()) - base) / VISITS / 1024,
        cpu_s=server.cpu_s() - cpu_s,
        troubles=Troubles(*(getattr(troubles, name) - getattr(before, name) for name in troubles.__struct_fields__)),
    )


async def _against_the_record(http: aiohttp.ClientSession, server: Server, people: Sequence[Returning]) -> Figure:
    """Each text that anybody said is in the record of their visit once, whenever its answer came."""
    gate = asyncio.Semaphore(20)

    async def one(therapist: Returning, patient: Returning) -> tuple[int, int]:
        url = f"{server.origin}/sessions/{therapist.visit}/ledger.json"
        async with gate, http.get(url, headers={"Cookie": therapist.cookie}) as answer:
            assert answer.status == 200, answer.status
            told = (await answer.json())["events"]
        stored = Counter(entry["event"]["text"] for entry in told if entry["event"]["type"] == "message.said")
        said = [*therapist.said.values(), *patient.said.values()]
        return sum(stored[text] == 0 for text in said), sum(max(stored[text] - 1, 0) for text in said)

    found = await asyncio.gather(*(one(*both) for both in zip(people[::2], people[1::2], strict=True)))
    lost, doubled = sum(lost for lost, _ in found), sum(doubled for _, doubled in found)
    return at_most(
        "P6.lost",
        f"lost or doubled of {sum(len(person.said) for person in people):,} messages, as many as fit said at each cut",
        lost + doubled,
        "",
        bar=0,
        beside=f"{lost} lost, {doubled} doubled, by the records of {VISITS:,} visits",
    )


def _figures(id: str, how: str, gave: Return) -> list[Figure]:
    trouble = gave.troubles
    everybody = VISITS * 2
    even = everybody / max(gave.window_s, gave.last_s)
    return [
        at_most(
            id,
            f"of {everybody:,} sockets, {how}, not back",
            everybody - gave.back,
            "",
            bar=0,
            beside=f"the last after {gave.last_s:.0f} s; in the busiest second {gave.busiest} ({even:.0f} would "
            f"be even{f' over the {gave.window_s:.0f} s named' if gave.window_s else ''}); {gave.cpu_s:.1f} s of CPU",
            last_s=gave.last_s,
            busiest=gave.busiest,
            window_s=gave.window_s,
            cpu_s=gave.cpu_s,
        ),
        at_most(
            f"{id}.refused",
            "knocks and upgrades that the server refused or left without an answer, a socket",
            (trouble.refused + trouble.silent) / everybody,
            "",
            bar=0.01,
            beside=f"{trouble.refused} refused, {trouble.silent} silent, {trouble.nobody} found nobody there; "
            f"{trouble.knocks:,} knocks, {trouble.windows:,} of them given a window, {trouble.upgrades:,} upgrades",
        ),
        at_most(f"{id}.memory", "memory a visit, at its most", gave.peak_kib, "KiB", bar=60),
    ]
