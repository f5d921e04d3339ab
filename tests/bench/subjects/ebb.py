"""Ebb itself, as `ebb demo` serves it, with the writer's counters to be read from outside."""

import asyncio
import os
import sys
from argparse import ArgumentParser
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


def serve_demo(
    data: Path,
    furnish: Callable[[web.Application, DemoLinks], Awaitable[dict[str, Any]]],
    *,
    port: int = 0,
    **storage: str,
) -> None:
    """Until it is told to end. `furnish` gives what stands in the one line that is printed, beside port and pid.

    `storage` are settings: without any, all of it lies in the folder.
    """
    stored = {"database_url": "", "keys_url": "", "server_key": ""} | storage
    settings = read_settings(host=HOST, port=port, data=data, public_url="", demo=True, log_level="warning", **stored)
    logs.set_up(settings.log_level)
    links = DemoLinks()
    app = create_app(settings)
    app.router.add_get("/demo/{token}", links.open)
    app.router.add_get("/bench/counters", counters)

    async def ready(app: web.Application) -> None:
        here = {"port": app[wiring.LISTENING].port, "pid": os.getpid(), "data": str(data)}
        line = {**here, **await furnish(app, links)}
        print(msgspec.json.encode(line).decode(), flush=True)

    asyncio.run(serve(app, host=HOST, port=port, ready=ready))


def main(arguments: list[str]) -> None:
    parser = ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("pairs", type=int)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--database", default="", help="URL of a database that others use as well")
    parser.add_argument("--keys", default="", help="URL of its key ring")
    parser.add_argument("--server-key", default="")
    parser.add_argument(
        "--talkative",
        action="store_true",
        help="people may send as much as they like, so that two can fill what the kernel buffers for a third",
    )
    chosen = parser.parse_args(arguments)
    if chosen.talkative:
        member.COMMANDS_BURST = member.PINGS_BURST = 100_000

    async def furnish(app: web.Application, links: DemoLinks) -> dict[str, Any]:
        known = await cast(app, chosen.folder, pairs=chosen.pairs)
        return {**links_of(links, known), "visit": known.visit}

    storage = {"database_url": chosen.database, "keys_url": chosen.keys, "server_key": chosen.server_key}
    serve_demo(chosen.folder, furnish, port=chosen.port, **storage)


if __name__ == "__main__":
    main(sys.argv[1:])
