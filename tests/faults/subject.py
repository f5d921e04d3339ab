"""`ebb serve` with a hand on its disk: SIGUSR1 fills it, SIGUSR2 makes space.

`max_page_count` belongs to a connection, so it cannot be set from outside. SQLite then answers exactly as it does
where the disk is full; what fits into pages that are there already still does.
"""

import asyncio
import signal
import sys

from aiohttp import web

from server import logs, wiring
from server.app import create_app
from server.db.lane import SqliteLane
from server.serving import serve
from server.settings import read_settings

FULL, SPACE = signal.SIGUSR1, signal.SIGUSR2
PAGES = {FULL: 1, SPACE: 1_000_000}


async def _set(app: web.Application, number: signal.Signals) -> None:
    lane = app[wiring.DATABASE].lane
    assert isinstance(lane, SqliteLane)
    async with lane.turn():
        assert lane._connection is not None
        driver = lane._connection.connection.driver_connection
        assert driver is not None
        pragma = f"PRAGMA max_page_count={PAGES[number]}"
        await asyncio.get_running_loop().run_in_executor(lane._thread, driver.execute, pragma)
    sys.stderr.write(f"disk: {number.name}\n")
    sys.stderr.flush()


def main() -> None:
    settings = read_settings()
    logs.set_up(settings.log_level)
    setting: set[asyncio.Task[None]] = set()

    def put(app: web.Application, number: signal.Signals) -> None:
        setting.add(asyncio.create_task(_set(app, number)))

    async def ready(app: web.Application) -> None:
        for number in PAGES:
            asyncio.get_running_loop().add_signal_handler(number, put, app, number)

    asyncio.run(serve(create_app(settings), host=settings.host, port=settings.port, ready=ready))
