"""Ebb itself, as `ebb demo` serves it, with the writer's counters to be read from outside."""

import asyncio
import os
import sys
from pathlib import Path

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


def main(data: Path, pairs: int, *, talkative: bool) -> None:
    """`talkative`: people may send as much as they like, so that two can fill what the kernel buffers for a third."""
    if talkative:
        member.COMMANDS_BURST = 100_000
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
        known = await cast(app, settings.data, pairs=pairs)
        line = {"port": app[wiring.LISTENING].port, "pid": os.getpid(), **links_of(links, known), "visit": known.visit}
        print(msgspec.json.encode(line).decode(), flush=True)

    asyncio.run(serve(app, host=HOST, port=0, ready=ready))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), talkative="talkative" in sys.argv)
