"""P12: two nodes on one PostgreSQL, and the two of each visit on different ones; beside one node, and SQLite."""

import asyncio
import contextlib
import itertools
import secrets
import shutil
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Final

import aiohttp
from msgspec import Struct

from tests.bench import load, rooms, servers
from tests.bench.figures import Figure, at_most, for_information
from tests.bench.load import BURST
from tests.bench.postgres import Measured, postgres
from tests.bench.rooms import AT_ONCE, EbbPerson, Pair, Says
from tests.bench.servers import ROOT, Server

ROOMS: Final = 200
ROUNDS: Final = 3
#: What the last command of a round made may come to the other node with its next look at the ledger.
CAUGHT_UP_S: Final = 30.0


class Ordered(EbbPerson):
    """Keeps every number that it was told, in the order in which they came, and what it said itself."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[int] = []
        self.said: list[str] = []
        self.cookie = ""

    def hear(self, payload: bytes) -> None:
        if payload.startswith(b'{"type":"changed","seq":'):
            self.told.append(int(payload[24 : payload.index(b",", 24)]))
        super().hear(payload)

    def unlike(self) -> Says:
        """No two messages of a run are the same, so that each can be found again."""
        for line in itertools.count(len(self.said)):
            self.said.append(f"{line} {id(self)}: let the belly be soft, and let the breath come by itself.")
            yield "message.say", {"text": self.said[-1]}


class Nodes(Struct, frozen=True):
    """What is measured together: one server, or two on one database, with the database's own processes."""

    servers: tuple[Server, ...]
    pairs: list[Pair]
    database: Measured | None = None

    @property
    def people(self) -> list[Ordered]:
        return [person for pair in self.pairs for person in pair.people if isinstance(person, Ordered)]


class Taken(Struct, frozen=True):
    """`node_us` of the dearer node for each event of the rooms, `all_us` of all nodes, `database_us` beside them."""

    node_us: float
    all_us: float
    database_us: float
    batch: float


async def measure() -> list[Figure]:
    with postgres() as database:
        async with contextlib.AsyncExitStack() as stack:
            sqlite = await stack.enter_async_context(servers.ebb(ROOMS))
            one = await stack.enter_async_context(_one(database))
            two = await stack.enter_async_context(_two(database))
            subjects = {
                "sqlite": Nodes((sqlite,), await _meet((sqlite, sqlite), sqlite)),
                "one": Nodes((one,), await _meet((one, one), one), database),
                "two": Nodes(two, await _meet(two, two[0]), database),
            }
            for nodes in subjects.values():
                await stack.enter_async_context(rooms.connected(nodes.pairs))
                await rooms.admit(nodes.pairs)
            taken: dict[str, list[Taken]] = {name: [] for name in subjects}
            for _ in range(ROUNDS):
                for name, nodes in subjects.items():
                    await asyncio.sleep(load.REST_SECONDS / len(subjects))
                    taken[name].append(await _burst(nodes))
            least = {name: min(costs, key=lambda cost: cost.node_us) for name, costs in taken.items()}
            wrong = {name: await _wrong(nodes) for name, nodes in subjects.items()}
    return _figures(least, wrong)


@contextlib.asynccontextmanager
async def _on(folder: str, storage: tuple[str, ...]) -> AsyncIterator[Server]:
    async with servers.started("ebb", folder, str(ROOMS), *storage) as server:
        yield server


async def _storage(database: Measured) -> tuple[str, ...]:
    """Records, key ring and server key, as several nodes share them."""
    records, keys = [database.url(await database.create(migrated=False)) for _ in range(2)]
    return f"--database={records}", f"--keys={keys}", f"--server-key={secrets.token_hex(32)}"


@contextlib.asynccontextmanager
async def _one(database: Measured) -> AsyncIterator[Server]:
    with tempfile.TemporaryDirectory(prefix="bench-", dir=ROOT / "var") as folder:
        async with _on(folder, await _storage(database)) as server:
            yield server


@contextlib.asynccontextmanager
async def _two(database: Measured) -> AsyncIterator[tuple[Server, Server]]:
    """The second is told who the first one's people are, and makes none."""
    storage = await _storage(database)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=ROOT / "var") as folder:
        homes = [Path(folder) / name for name in ("first", "second")]
        for home in homes:
            home.mkdir()
        async with _on(str(homes[0]), storage) as first:
            shutil.copy(homes[0] / "demo.json", homes[1] / "demo.json")
            async with _on(str(homes[1]), storage) as second:
                yield first, second


async def _meet(nodes: tuple[Server, Server], links: Server) -> list[Pair]:
    """The therapist of each visit on the first of the two, the patient on the other."""
    keys = await rooms.sign_in_pairs(links, ROOMS)
    gate = asyncio.Semaphore(AT_ONCE)

    async def pair(cookies: tuple[str, str], visit: str) -> Pair:
        async with gate:
            both = Ordered(), Ordered()
            for person, node, cookie in zip(both, nodes, cookies, strict=True):
                person.cookie = cookie
                await rooms.join(person, node, visit, cookie=cookie)
            return Pair(*both)

    visits = [told["visit"] for told in links.told["pairs"]]
    return list(await asyncio.gather(*(pair(cookies, visit) for cookies, visit in zip(keys, visits, strict=True))))


async def _burst(nodes: Nodes) -> Taken:
    before = [await load.counters(server) for server in nodes.servers]
    cpu_s = [server.cpu_s() for server in nodes.servers]
    database_s = nodes.database.cpu_s() if nodes.database else 0.0
    await asyncio.gather(*(person.pour(person.unlike(), BURST) for person in nodes.people))
    await _caught_up(nodes)
    spent = [server.cpu_s() - before_s for server, before_s in zip(nodes.servers, cpu_s, strict=True)]
    database_s = (nodes.database.cpu_s() if nodes.database else 0.0) - database_s
    after = [await load.counters(server) for server in nodes.servers]
    events = sum(now[0] - then[0] for now, then in zip(after, before, strict=True))
    transactions = sum(now[1] - then[1] for now, then in zip(after, before, strict=True))
    return Taken(
        node_us=max(spent) / events * 1e6,
        all_us=sum(spent) / events * 1e6,
        database_us=database_s / events * 1e6,
        batch=events / transactions,
    )


async def _caught_up(nodes: Nodes) -> None:
    """Until both of each visit have been told the same, or it has taken too long; then it shows as wrong."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(CAUGHT_UP_S):
            for therapist, patient in _both(nodes):
                while therapist.told[-1:] != patient.told[-1:]:  # noqa: ASYNC110 - what is under way sets no event
                    await asyncio.sleep(0.01)


async def _wrong(nodes: Nodes) -> Counter[str]:
    """What is not as it has to be: order on each screen, both the same, and each message once in the record."""
    found: Counter[str] = Counter()
    gate = asyncio.Semaphore(AT_ONCE)
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:

        async def one(therapist: Ordered, patient: Ordered, visit: str) -> None:
            for person in (therapist, patient):
                found["out of order"] += sum(a >= b for a, b in itertools.pairwise(person.told))
            # From where both had come in.
            first = max(therapist.told[0], patient.told[0])
            here, there = ({seq for seq in person.told if seq >= first} for person in (therapist, patient))
            found["missed by one side"] += len(here ^ there)
            found["left out"] += sum(b != a + 1 for a, b in itertools.pairwise(therapist.told))
            url = f"{nodes.servers[0].origin}/sessions/{visit}/ledger.json"
            async with gate, http.get(url, headers={"Cookie": therapist.cookie}) as answer:
                events = (await answer.json())["events"]
            stored = Counter(entry["event"]["text"] for entry in events if entry["event"]["type"] == "message.said")
            for text in (*therapist.said, *patient.said):
                found["lost"] += stored[text] == 0
                found["doubled"] += max(stored[text] - 1, 0)

        visits = [told["visit"] for told in nodes.servers[0].told["pairs"]]
        await asyncio.gather(*(one(*both, visit) for both, visit in zip(_both(nodes), visits, strict=True)))
    return +found


def _both(nodes: Nodes) -> Sequence[tuple[Ordered, Ordered]]:
    people = nodes.people
    return list(zip(people[::2], people[1::2], strict=True))


def _figures(least: dict[str, Taken], wrong: dict[str, Counter[str]]) -> list[Figure]:
    sqlite, one, two = (least[name] for name in ("sqlite", "one", "two"))
    said = ROUNDS * BURST * 2 * ROOMS
    return [
        at_most(
            "P12",
            f"CPU per event on a node, two nodes, {ROOMS} rooms, each across both: {two.node_us:.0f} µs",
            two.node_us / sqlite.node_us,
            "× SQLite",
            bar=2,
            beside=f"SQLite {sqlite.node_us:.0f} µs; both nodes together {two.all_us:.0f}, PostgreSQL itself "
            f"{two.database_us:.0f}; batch {two.batch:.0f}, SQLite's {sqlite.batch:.0f}",
            node_us=two.node_us,
            sqlite_us=sqlite.node_us,
            both_us=two.all_us,
            database_us=two.database_us,
        ),
        at_most(
            "P12.wrong",
            f"lost, doubled, left out or out of order, of {said:,} messages on two nodes",
            sum(wrong["two"].values()),
            "",
            bar=0,
            beside=", ".join(f"{count} {what}" for what, count in wrong["two"].items())
            or "both sides and the record say the same",
        ),
        at_most(
            "P12.wrong.one",
            "the same on one node with PostgreSQL, and with SQLite",
            sum(wrong["one"].values()) + sum(wrong["sqlite"].values()),
            "",
            bar=0,
        ),
        for_information(
            "P12.one",
            f"CPU per event, one node with PostgreSQL: {one.node_us:.0f} µs",
            one.node_us / sqlite.node_us,
            "× SQLite",
            beside=f"PostgreSQL itself {one.database_us:.0f} µs; batch {one.batch:.0f}",
            node_us=one.node_us,
            database_us=one.database_us,
        ),
    ]
