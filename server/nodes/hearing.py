"""What this server does about what other nodes say: the one place where their words meet its parts."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine
from typing import Any

import structlog
from aiohttp import web

from server import logs, wiring
from server.accounts import signing
from server.nodes.neighbours import NodeNeighbours
from sessions.people import Role

log = structlog.get_logger()


@contextlib.asynccontextmanager
async def listening(app: web.Application, neighbours: NodeNeighbours) -> AsyncIterator[None]:
    """Among the other nodes while the block is entered. On SQLite there are none."""
    database, nodes, rooms = app[wiring.DATABASE], app[wiring.NODES], app[wiring.ROOMS]
    if database.dialect == "sqlite":
        yield
        return
    ring, library, store = app[wiring.KEYRING], app[wiring.OWN_LIBRARY], app[wiring.STORE]
    tasks: set[asyncio.Task[None]] = set()

    def later(work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(_tried(work), name="heard from another node")
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    def back() -> None:
        ring.forget_all()
        neighbours.look_now()
        later(library.open(store))

    nodes.on_appended(neighbours.appended)
    nodes.on_back(back)
    nodes.on("here", neighbours.look_now)
    nodes.on("halt", lambda session, by: rooms.halt(session, Role(by)))
    nodes.on("went on", rooms.went_on)
    nodes.on("people", lambda *sessions: later(neighbours.people_changed_there(sessions)))
    nodes.on("logins", lambda *ended: signing.close_here(app, ended))
    nodes.on("out", rooms.close_person)
    nodes.on("news", app[wiring.NEWS].told_there)
    nodes.on("library", lambda clinic: later(library.read(store, clinic)))
    nodes.on("keys", ring.forget)
    nodes.on("erased", app[wiring.EXPORTS].forget_here)
    ring.on_destroyed = lambda clinic_id, patient_id: nodes.say("keys", clinic_id, patient_id)
    try:
        async with neighbours.running(rooms), nodes.running(database):
            # Until they know of it, the others would tell it nothing and refuse on what they alone know.
            nodes.say("here")
            yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _tried(work: Coroutine[Any, Any, None]) -> None:
    try:
        await work
    except Exception as error:  # noqa: BLE001 - nobody waits for it, and the next look finds the same
        log.warning("nodes.not_done", error=type(error).__name__, where=logs.where(error))
