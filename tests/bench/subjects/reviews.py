"""Ebb as `subjects.ebb` serves it, with visits of many lines to be read: their ids by how many lines they have."""

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
from server.serving import serve
from server.settings import read_settings
from tests.bench.subjects.ebb import HOST
from tests.pages.records import keep_in, long


def main(data: Path, lines: list[int]) -> None:
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

    async def ready(app: web.Application) -> None:
        known = await cast(app, settings.data, pairs=0)
        visits = {str(many): await keep_in(app, known, long(many)) for many in lines}
        told = {"port": app[wiring.LISTENING].port, "pid": os.getpid(), **links_of(links, known), "visits": visits}
        print(msgspec.json.encode(told).decode(), flush=True)

    asyncio.run(serve(app, host=HOST, port=0, ready=ready))


if __name__ == "__main__":
    main(Path(sys.argv[1]), [int(many) for many in sys.argv[2:]])
