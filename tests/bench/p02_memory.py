"""P2: what a visit that lies idle costs in memory: two sockets, and on Ebb its state and its room's task."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

from tests.bench import rooms, servers
from tests.bench.figures import Figure, at_most
from tests.bench.rooms import Pair
from tests.bench.servers import Server

#: Opened first and not counted: what a first visit loads and caches is no visit's share.
WARM = 40
VISITS = 300
SETTLE_SECONDS = 3.0

Enter = Callable[[Server, int, int], Awaitable[list[Pair]]]


async def measure() -> list[Figure]:
    async with servers.ebb(WARM + VISITS) as ebb:
        # Signed in beforehand: a login costs its row, and the database's page cache, once and for all visits.
        keys = await rooms.sign_in_pairs(ebb, WARM + VISITS)

        async def enter(server: Server, start: int, count: int) -> list[Pair]:
            pairs = await rooms.enter_pairs(server, keys[start : start + count], start=start)
            await rooms.admit(pairs)
            return pairs

        ours = await _kib_a_visit(ebb, enter)
    async with servers.started("bare") as bare:
        floor = await _kib_a_visit(bare, lambda server, _, count: rooms.bare_pairs(server, count, pad=0))
    async with servers.started("socketio_room") as socketio:
        peer = await _kib_a_visit(socketio, lambda server, _, count: rooms.socketio_pairs(server, count, pad=0))
    return [
        at_most(
            "P2",
            f"memory of an idle visit, of {VISITS}",
            ours,
            "KiB",
            bar=60,
            beside=f"bare aiohttp {floor:.0f} KiB, socketio {peer:.0f} KiB",
            bare_kib=floor,
            socketio_kib=peer,
        )
    ]


async def _kib_a_visit(server: Server, enter: Enter) -> float:
    async with contextlib.AsyncExitStack() as stack:
        await stack.enter_async_context(rooms.connected(await enter(server, 0, WARM)))
        await asyncio.sleep(SETTLE_SECONDS)
        before = server.rss_bytes()
        await stack.enter_async_context(rooms.connected(await enter(server, WARM, VISITS)))
        await asyncio.sleep(SETTLE_SECONDS)
        return (server.rss_bytes() - before) / VISITS / 1024
