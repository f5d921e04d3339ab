"""Debian's Caddy with the sample of deploy/, in front of two nodes on one PostgreSQL: what comes through, where it
goes, and what happens when a node ends."""

import asyncio
import contextlib
import json
import re
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import aiohttp
import pytest
from msgspec import Struct
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus, WebSocketException
from websockets.typing import Origin, Subprotocol

from server.clock import ManualClock
from tests.db.postgres import Postgres
from tests.deploy.proxied import Caddy, Node, adapted
from tests.live.house import Cast, House
from tests.live.talker import PATIENCE_S, Gone, Talker
from tests.live.visit import Pair
from tests.ports import free_ports

FOREIGN = "203.0.113.66"


class Clinic(Struct):
    """Two nodes, Caddy, and the people who come through it."""

    caddy: Caddy
    nodes: list[Node]
    cast: Cast

    def cookie(self, who: str) -> str:
        return f"__Host-ebb={self.cast.tokens[who]}"

    async def come(self, who: str) -> Talker:
        talker = Talker(
            await connect(
                f"wss://localhost:{self.caddy.port}/live/{self.cast.visit}",
                ssl=self.caddy.trust(),
                subprotocols=[Subprotocol("ebb.v1")],
                origin=Origin(self.caddy.url),
                additional_headers={"Cookie": self.cookie(who)},
                compression=None,
                max_size=2**22,
                ping_interval=None,
                proxy=None,
            )
        )
        try:
            await talker.until("hello")
        except BaseException:
            await talker.close()
            raise
        return talker

    async def come_back(self, who: str) -> Talker:
        """As a browser does: again and again, until it is let in."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                with contextlib.suppress(Gone, OSError, WebSocketException):
                    return await self.come(who)
                await asyncio.sleep(0.1)

    @contextlib.asynccontextmanager
    async def browsing(self, who: str = "") -> AsyncIterator[aiohttp.ClientSession]:
        headers = {"Cookie": self.cookie(who)} if who else {}
        connector = aiohttp.TCPConnector(ssl=self.caddy.trust())
        async with aiohttp.ClientSession(self.caddy.url, headers=headers, connector=connector) as http:
            yield http

    async def counted(self, line: str) -> list[float]:
        """What each node counts under this."""
        async with aiohttp.ClientSession() as http:
            return [await _counted(http, node, line) for node in self.nodes]


async def _counted(http: aiohttp.ClientSession, node: Node, line: str) -> float:
    async with http.get(f"http://127.0.0.1:{node.metrics_port}/metrics") as answer:
        rows = (await answer.text()).splitlines()
    return sum(float(row.rsplit(" ", 1)[1]) for row in rows if row.startswith(line))


async def _settled(folder: Path, database_url: str) -> Cast:
    house = House(folder, database_url=database_url)
    house.clock = ManualClock(time.time() * 1000)
    await house.open()
    await house.settle_in()
    await house.close()
    return house.cast


@pytest.fixture
async def clinic(opened: Clinic) -> Clinic:
    """With both nodes up, whatever the test before did to them, and with Caddy having seen it."""
    for node in opened.nodes:
        if not node.runs:
            await asyncio.to_thread(node.start)
    async with opened.browsing() as http:
        await _page_is_back(http, "/sign-in")
    return opened


@pytest.fixture(scope="module")
def opened(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinic]:
    folder = tmp_path_factory.mktemp("clinic")
    name = asyncio.run(postgres.create())
    cast = asyncio.run(_settled(folder / "first", postgres.url(name)))
    front, *ports = free_ports(5)
    caddy = Caddy(folder / "caddy", port=front, nodes=ports[:2])
    settings = {
        "EBB_PUBLIC_URL": caddy.url,
        "EBB_BEHIND_PROXY": "true",
        "EBB_DATABASE_URL": postgres.url(name),
        "EBB_KEYS_URL": str(folder / "first" / "keys.db"),
        "EBB_SERVER_KEY_FILE": str(folder / "first" / "server.key"),
        "EBB_LOG_LEVEL": "info",
    }
    nodes = [
        Node(folder / f"node{number}", port=ports[number], metrics_port=ports[2 + number], settings=settings)
        for number in range(2)
    ]
    try:
        for node in nodes:
            node.begin()
        for node in nodes:
            node.wait()
        with caddy.running():
            yield Clinic(caddy, nodes, cast)
    finally:
        for node in nodes:
            node.close()
        asyncio.run(postgres.drop(name))


def _node_of(talker: Talker) -> str:
    boot = next(frame["boot"] for frame in talker.frames if frame["type"] == "hello")
    assert isinstance(boot, str)
    return boot


async def test_pages_come_through_as_ebb_made_them(clinic: Clinic):
    async with clinic.browsing() as http, http.get("/sign-in") as through:
        assert through.status == 200
        page = await through.text()
    async with aiohttp.ClientSession() as http:
        host = {"Host": f"localhost:{clinic.caddy.port}"}
        async with http.get(f"http://127.0.0.1:{clinic.nodes[0].port}/sign-in", headers=host) as direct:
            assert direct.status == 200

    assert "<form" in page
    for header, value in direct.headers.items():
        if header not in ("Date", "Connection", "Set-Cookie", "Content-Length", "ETag", "Keep-Alive"):
            assert through.headers.getall(header) == [value], header
    assert "Strict-Transport-Security" in through.headers


async def test_whoever_is_signed_in_finds_their_desk_and_nobody_else_does(clinic: Clinic):
    async with clinic.browsing("therapist") as http, http.get("/desk", allow_redirects=False) as desk:
        assert desk.status == 200
    async with clinic.browsing() as http, http.get("/desk", allow_redirects=False) as nobody:
        assert nobody.status in (302, 303, 401)


async def test_news_of_the_desk_come_at_once_and_not_when_a_buffer_is_full(clinic: Clinic):
    async with clinic.browsing("therapist") as http, http.get("/desk/events") as news:
        assert news.status == 200
        async with asyncio.timeout(PATIENCE_S):
            assert await news.content.readline()


async def test_one_visit_is_on_one_node_and_visits_are_on_both(clinic: Clinic):
    line = 'ebb_request_seconds_count{method="GET",route="/live/{session}",status="401"}'
    asked = {"Sec-WebSocket-Protocol": "ebb.v1"}
    taken = []
    async with clinic.browsing() as http:
        for _ in range(16):
            visit, before = uuid4().hex, await clinic.counted(line)
            for _ in range(2):
                async with http.get(f"/live/{visit}", headers=asked) as answer:
                    assert answer.status == 401
            after = await clinic.counted(line)
            taken.append([int(new - old) for new, old in zip(after, before, strict=True)])

    assert all(sorted(counts) == [0, 2] for counts in taken), taken
    assert len({counts.index(2) for counts in taken}) == 2, taken


async def test_the_address_that_ebb_counts_by_is_the_one_that_caddy_saw(tmp_path: Path):
    heard: list[aiohttp.web.Request] = []

    async def hear(request: aiohttp.web.Request) -> aiohttp.web.Response:
        heard.append(request)
        return aiohttp.web.Response(text="ready")

    app = aiohttp.web.Application()
    app.router.add_get("/{path:.*}", hear)
    runner = aiohttp.web.AppRunner(app)
    await runner.setup()
    (front,) = free_ports(1)
    try:
        site = aiohttp.web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        caddy = Caddy(tmp_path, port=front, nodes=[runner.addresses[0][1]])
        starting = caddy.running()
        await asyncio.to_thread(starting.__enter__)
        try:
            connector = aiohttp.TCPConnector(ssl=caddy.trust())
            forged = {"X-Forwarded-For": FOREIGN, "Forwarded": f"for={FOREIGN}"}
            async with aiohttp.ClientSession(caddy.url, connector=connector, headers=forged) as http:
                assert (await http.get("/somewhere")).status == 200
        finally:
            await asyncio.to_thread(starting.__exit__, None, None, None)
    finally:
        await runner.cleanup()

    (request,) = [request for request in heard if request.path == "/somewhere"]
    assert request.headers.getall("X-Forwarded-For") in (["127.0.0.1"], ["::1"])
    assert request.headers["Host"] == f"localhost:{front}"
    assert request.headers["X-Forwarded-Proto"] == "https"


def test_nothing_in_it_ends_a_visit_that_lasts(tmp_path: Path):
    (server,) = adapted(tmp_path, name="ebb.example.org", nodes="127.0.0.1:1 127.0.0.1:2")["apps"]["http"][
        "servers"
    ].values()
    limits = {name for name in server if "timeout" in name}
    assert limits == {"read_header_timeout", "idle_timeout"}, "a body, an answer and a socket have none"

    handlers: list[dict[str, object]] = []

    def walk(node: object) -> None:
        if isinstance(node, dict):
            if node.get("handler") == "reverse_proxy":
                handlers.append(node)
            for inner in node.values():
                walk(inner)
        elif isinstance(node, list):
            for inner in node:
                walk(inner)

    walk(server)
    assert len(handlers) == 2
    for handler in handlers:
        assert "transport" not in handler, "no time for an answer either"
        assert "stream_timeout" not in handler
        upstreams = handler["upstreams"]
        assert isinstance(upstreams, list)
        assert [upstream["dial"] for upstream in upstreams] == ["127.0.0.1:1", "127.0.0.1:2"]


async def _both_in(clinic: Clinic) -> Pair:
    pair = Pair(await clinic.come_back("therapist"), await clinic.come_back("patient"))
    if pair.therapist.view["phase"] != "open":
        await pair.open()
    return pair


async def _lost(talker: Talker) -> int:
    async with asyncio.timeout(PATIENCE_S):
        return await talker.closed()


async def _node_with_the_visit(clinic: Clinic) -> Node:
    sockets = await clinic.counted("ebb_sockets ")
    return clinic.nodes[sockets.index(max(sockets))]


async def test_a_node_that_ends_says_so_and_its_visit_goes_on_at_the_other(clinic: Clinic):
    pair = await _both_in(clinic)
    assert _node_of(pair.therapist) == _node_of(pair.patient)
    await pair.therapist.must("message.say", text="Before")
    node = await _node_with_the_visit(clinic)
    answers: list[int] = []

    async def look_at_pages() -> None:
        async with clinic.browsing("therapist") as http:
            for _ in range(25):
                async with http.get("/desk") as page:
                    answers.append(page.status)
                await asyncio.sleep(0.02)

    looking = asyncio.create_task(look_at_pages())
    node.terminate()
    codes = [await _lost(talker) for talker in (pair.therapist, pair.patient)]
    again = await _both_in(clinic)
    said = [message["text"] for message in again.patient.view["messages"]]
    await again.therapist.must("message.say", text="After")
    heard = await again.patient.event("message.said")
    await looking

    assert node.ended() == 0
    assert codes == [1012, 1012], "Caddy passes on why"
    assert said[-1] == "Before"
    assert heard["event"]["text"] == "After"
    assert _node_of(again.therapist) == _node_of(again.patient) != _node_of(pair.therapist)
    assert set(answers) == {200}, "nobody who opens a page meets a node that is gone"
    for talker in (again.therapist, again.patient):
        await talker.close()


async def test_a_node_that_is_killed_loses_nothing_that_was_stored(clinic: Clinic):
    pair = await _both_in(clinic)
    for number in range(3):
        await pair.patient.must("message.say", text=f"Kept {number}")
    node = await _node_with_the_visit(clinic)

    node.kill()
    for talker in (pair.therapist, pair.patient):
        assert await _lost(talker) in (1006, 1001, 1011)
    again = await _both_in(clinic)

    async with asyncio.timeout(PATIENCE_S):
        # The node that is left may not have heard yet what the other one stored last: it looks when somebody comes.
        while [message["text"] for message in again.therapist.view["messages"]][-3:] != ["Kept 0", "Kept 1", "Kept 2"]:
            await again.therapist.until("changed")
    for talker in (again.therapist, again.patient):
        await talker.close()


async def test_without_any_node_a_sentence_is_said_and_nothing_of_it_is_written_down(clinic: Clinic):
    for node in clinic.nodes:
        node.kill()
    async with clinic.browsing("patient") as http, http.get(f"/sessions/{clinic.cast.visit}") as page:
        assert page.status == 503
        assert page.headers["Retry-After"] == "5"
        assert page.headers["Cache-Control"] == "no-store"
        assert "cannot be reached just now" in await page.text()
    with pytest.raises(InvalidStatus, match="503"):
        await clinic.come("patient")

    written = clinic.caddy.log.read_text("utf-8", "replace")
    assert "error" in written, "it did complain"
    for somebody in (clinic.cast.visit, clinic.cast.patient, *clinic.cast.tokens.values(), "/live/", "/sessions/"):
        assert somebody not in written, somebody


async def _page_is_back(http: aiohttp.ClientSession, path: str) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while True:
            async with http.get(path) as page:
                if page.status == 200:
                    return
            await asyncio.sleep(0.1)


def test_what_a_node_writes_down_is_one_object_a_line_and_names_no_path(opened: Clinic):
    sentence = re.compile(r"^Ebb listens on [\w.:]+\.$")
    for node in opened.nodes:
        lines = node.log.read_text("utf-8").splitlines()
        objects = [json.loads(line) for line in lines if not sentence.match(line)]
        assert len(lines) > len(objects) > 0
        for line in objects:
            assert {"event", "level", "timestamp"} <= set(line), line
        written = "\n".join(lines)
        for somebody in (*opened.cast.tokens.values(), f"/live/{opened.cast.visit}", f"/sessions/{opened.cast.visit}"):
            assert somebody not in written
