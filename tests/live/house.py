"""The whole server on a real port and a real database, with the same people in it in every test."""

import asyncio
import contextlib
import functools
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
from aiohttp import web, web_app
from websockets.asyncio.client import connect
from websockets.typing import Origin, Subprotocol
from yarl import URL

from server import wiring
from server.app import create_app
from server.clock import ManualClock
from server.connections import Doorway, Runner
from server.db import logins, people, visits
from server.db.lane import SqliteLane
from server.db.ledger import start_new_epoch
from server.live.room import Room
from server.settings import Settings, read_settings
from sessions import care
from sessions.people import SYSTEM, Actor
from sessions.people import Role as SessionRole
from tests.live.moving_in import (
    BREATHING,
    CLEARED,
    DUE_IN_MS,
    INTERNAL,
    MINUTES,
    NOON_MS,
    Cast,
    cleared,
    copied,
    move_in,
)
from tests.live.talker import PATIENCE_S, Talker

__all__ = ["BREATHING", "CLEARED", "DUE_IN_MS", "INTERNAL", "MINUTES", "NOON_MS", "Cast", "House", "copied"]


@functools.cache
def _settings(database_url: str, languages: str, _of: tuple[tuple[str, str], ...]) -> Settings:
    """Read once in each environment: a reading is a tenth of what a house costs."""
    chosen = {"languages": languages} if languages else {}
    return read_settings(port=0, database_url=database_url, log_level="info", **chosen)


def _environment() -> tuple[tuple[str, str], ...]:
    return tuple((name, value) for name, value in os.environ.items() if name.startswith("EBB_"))


class House:
    """One start of the server. `restart` makes the next one, on the same data."""

    def __init__(self, folder: Path, *, database_url: str = "", languages: str = "") -> None:
        self.clock = ManualClock(NOON_MS)
        self._cast: Cast | None = None
        self.folder = folder
        self.app: web.Application
        self._settings = _settings(database_url, languages, _environment()).model_copy(update={"data": folder})
        self._runner: web.AppRunner | None = None
        #: The guard in front of the server; None takes the one that everybody has.
        self.doorway: Doorway | None = None
        self._talkers: list[Talker] = []

    @property
    def url(self) -> URL:
        return URL(f"http://127.0.0.1:{self.app[wiring.LISTENING].port}")

    async def open(self) -> None:
        self.app = create_app(self._settings, self.clock)
        self._runner = Runner(self.app, doorway=self.doorway, shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.app[wiring.LISTENING].port = self._runner.addresses[0][1]

    async def close(self) -> None:
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()
            _forget_handlers()
        for talker in self._talkers:
            await talker.close()
        self._talkers.clear()

    def choose(self, **settings: Any) -> None:
        """Settings for the next start."""
        self._settings = self._settings.model_copy(update=settings)

    async def restart(self) -> None:
        await self.close()
        await self.open()

    def mailing(self, port: int, *, url: str) -> "House":
        """The same, before it is opened, with a mail server on loopback and an address that mails can name."""
        self._settings = self._settings.model_copy(
            update={
                "smtp_host": "127.0.0.1",
                "smtp_port": port,
                "smtp_from": "ebb@example.org",
                "smtp_starttls": False,
                "public_url": url,
            }
        )
        return self

    @property
    def furnished(self) -> bool:
        return self._cast is not None

    @property
    def cast(self) -> Cast:
        assert self._cast is not None
        return self._cast

    @cast.setter
    def cast(self, cast: Cast) -> None:
        self._cast = cast

    def neighbour(self) -> "House":
        """Another server on the same data, not started."""
        other = House(self.folder, database_url=self._settings.database_url)
        other.cast = self.cast
        return other

    async def start_a_new_epoch(self) -> None:
        """As a restore does."""
        await start_new_epoch(self.app[wiring.DATABASE])

    async def settle_in(self) -> None:
        """People, care and visits; kept in the folder, so that it can be copied."""
        self.cast = await move_in(self.app)
        (self.folder / "cast.json").write_bytes(msgspec.json.encode(self.cast))

    async def come(
        self,
        who: str,
        *,
        visit: str = "",
        port: int = 0,
        cookie: str | None = None,
        origin: str | None = "own",
        protocols: tuple[str, ...] = ("ebb.v1",),
    ) -> Talker:
        """Somebody of the cast opens the room; `port` leads through something in between."""
        talker = await Talker.through(
            connect(
                f"ws://127.0.0.1:{self.url.port}/live/{visit or self.cast.visit}",
                # The address stays what a browser would show; only the way there is another.
                host="127.0.0.1",
                port=port or self.url.port,
                subprotocols=[Subprotocol(name) for name in protocols] or None,
                origin=None if origin is None else Origin(str(self.url.origin()) if origin == "own" else origin),
                additional_headers={"Cookie": f"ebb={self.cast.tokens[who] if cookie is None else cookie}"},
                compression=None,
                max_size=2**22,
                ping_interval=None,
                proxy=None,
            )
        )
        self._talkers.append(talker)
        return talker

    async def prove(self, who: str) -> None:
        """They have just shown again who they are; the cookie stays as it was."""
        token_hash = self.app[wiring.KEYS].token_hash(self.cast.tokens[who])
        now_ms = self.clock.now_ms()
        async with self.app[wiring.STORE].write() as tx:
            login = await logins.login_by_token_hash(tx, token_hash, now_ms=now_ms)
            assert login is not None
            await logins.prove_login(
                tx,
                login.clinic_id,
                login.id,
                token_hash=token_hash,
                mfa=login.mfa,
                now_ms=now_ms,
                expires_ms=login.expires_ms,
            )

    @contextlib.asynccontextmanager
    async def browsing(self, who: str = "") -> AsyncIterator[aiohttp.ClientSession]:
        cookies = {"ebb": self.cast.tokens[who]} if who else {}
        async with aiohttp.ClientSession(base_url=self.url, cookies=cookies) as http:
            yield http

    async def room(self, visit: str = "") -> Room:
        """The server's own room of a visit that somebody is in."""
        room = self.app[wiring.ROOMS].loaded(visit or self.cast.visit)
        assert room is not None
        return room

    async def ledger(self, visit: str = "") -> list[Any]:
        """The rows of a visit as they stand in the database, checked against their chain."""
        clinic, session = self.cast.clinic, visit or self.cast.visit
        await self.app[wiring.LEDGERS].verify_chain(clinic, session)
        head = await self.app[wiring.LEDGERS].head(clinic, session)
        assert head is not None
        keys = await self.app[wiring.KEYRING].keys_of(clinic, head.patient_id)
        rows = await self.app[wiring.LEDGERS].events(clinic, session, keys=keys)
        assert [row.seq for row in rows] == list(range(1, head.position.seq + 1))
        return rows

    async def told(self, visit: str = "") -> list[str]:
        """The types of the events, in order."""
        return [msgspec.json.decode(row.body)["event"]["type"] for row in await self.ledger(visit)]

    async def take_off_the_caseload(self) -> None:
        async with self.app[wiring.STORE].write() as tx:
            await people.remove_from_caseload(
                tx,
                clinic_id=self.cast.clinic,
                therapist_id=self.cast.therapist,
                patient_id=self.cast.patient,
                now_ms=self.clock.now_ms(),
            )

    async def suspend(self, say: str) -> None:
        await self.app[wiring.CARE].change(
            self.cast.clinic, self.cast.patient, care.Suspend(say=say, reason="By the clinic"), actor=SYSTEM
        )

    async def clear(self, *, reason: str = "Examined, nothing found") -> None:
        await self.app[wiring.CARE].change(
            self.cast.clinic,
            self.cast.patient,
            cleared(reason),
            actor=Actor(id=self.cast.therapist, role=SessionRole.THERAPIST),
        )

    async def sign_out(self, who: str) -> None:
        """Through the page, as a person does it."""
        async with self.browsing(who) as http:
            headers = {"Origin": str(self.url), "Sec-Fetch-Site": "same-origin"}
            async with http.post("/sign-out", headers=headers, allow_redirects=False) as answer:
                assert answer.status in (200, 302, 303), answer.status

    async def ended(self, visit: str) -> bool:
        async with self.app[wiring.STORE].reader() as tx:
            row = await visits.session(tx, self.cast.clinic, visit)
        return row is not None and row.phase == "ended"

    async def lost(self, who: str) -> None:
        """Wait until the absence of somebody is in the record."""
        room = await self.room()
        await self.until(lambda: getattr(self.cast, who) in room.state.absent)

    async def keep_time_going(self, come_true: Callable[[], bool | Awaitable[bool]], *, step_ms: int = 30_000) -> None:
        """Turn the clock on until something has come true."""

        async def look() -> bool:
            await self.clock.advance(step_ms)
            found = come_true()
            return found if isinstance(found, bool) else await found

        await self.until(look)

    async def until(self, come_true: Callable[[], bool | Awaitable[bool]]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                found = come_true()
                if found if isinstance(found, bool) else await found:
                    return
                # What it waits for is done by the server's other tasks and threads.
                await asyncio.sleep(0.002)

    @contextlib.asynccontextmanager
    async def nothing_stored(self) -> AsyncIterator[None]:
        """The writer waits for its turn for as long as this lasts."""
        async with self.app[wiring.DATABASE].lane.turn():
            yield

    async def make_it_read_only(self) -> None:
        """SQLite then refuses every write, as it does where the file system went read-only."""
        await self._pragma("query_only=ON")

    async def make_it_writable(self) -> None:
        await self._pragma("query_only=OFF")

    async def fill_the_disk(self) -> None:
        """SQLite then says "full" exactly as it does when the disk is. What fits into begun pages still does."""
        await self._pragma("max_page_count=1")

    async def make_space(self) -> None:
        await self._pragma("max_page_count=1000000")

    async def _pragma(self, setting: str) -> None:
        """Outside any transaction: one that writes could not even begin on a database that is read-only."""
        lane = self.app[wiring.DATABASE].lane
        assert isinstance(lane, SqliteLane)
        assert lane._connection is not None
        driver = lane._connection.connection.driver_connection
        assert driver is not None
        async with lane.turn():
            await asyncio.get_running_loop().run_in_executor(lane._thread, driver.execute, f"PRAGMA {setting}")


def _forget_handlers() -> None:
    """What aiohttp keeps: the last thousand handlers with their middlewares, and so whole servers of tests long over.

    A process that runs one server never notices; one that ran a thousand grew to 1.3 GB, and slower with each.
    """
    web_app._cached_build_middleware.cache_clear()
