"""Ebb itself, as `ebb demo` serves it, with the writer's counters to be read from outside."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
from aiohttp import web

from server import logs, wiring
from server.app import create_app
from server.demo.links import DemoLinks, links_of
from server.demo.seed import cast
from server.live import member
from server.serving import serve
from server.settings import read_settings

HOST = "127.0.0.1"


async def counters(request: web.Request) -> web.Response:
    writer = request.app[wiring.WRITER]
    return web.json_response({"events": writer.events_stored, "transactions": writer.transactions})


def serve_demo(data: Path, furnish: Callable[[web.Application, DemoLinks], Awaitable[dict[str, Any]]]) -> None:
    """Until it is told to end. `furnish` gives what stands in the one line that is printed, beside port and pid."""
    settings = read_settings(
        host=HOST,
        port=0,
        data=data,
        database_url="",
        keys_url="",
        server_key="",
        public_url="",
        demo=True,
        log_level="warning",
    )
    logs.set_up(settings.log_level)
    links = DemoLinks()
    app = create_app(settings)
    app.router.add_get("/demo/{token}", links.open)
    app.router.add_get("/bench/counters", counters)

    async def ready(app: web.Application) -> None:
        line = {"port": app[wiring.LISTENING].port, "pid": os.getpid(), **await furnish(app, links)}
        print(msgspec.json.encode(line).decode(), flush=True)

    asyncio.run(serve(app, host=HOST, port=0, ready=ready))


def main(data: Path, pairs: int, *, talkative: bool) -> None:
    """`talkative`: people may send as much as they like, so that two can fill what the kernel buffers for a third."""
    if talkative:
        member.COMMANDS_BURST = 100_000

    async def furnish(app: web.Application, links: DemoLinks) -> dict[str, Any]:
        known = await cast(app, data, pairs=pairs)
        return {**links_of(links, known), "visit": known.visit}

    serve_demo(data, furnish)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), talkative="talkative" in sys.argv)
