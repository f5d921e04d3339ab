"""Running an application: listen, say so, stop on SIGTERM within five seconds."""

import asyncio
import gc
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path

import structlog
from aiohttp import web

from server import wiring
from server.connections import Runner
from server.db.engine import sqlite_path
from server.metrics import site as site_of
from server.settings import Settings

log = structlog.get_logger()

#: Handlers that still run after their sockets were closed get this long.
SHUTDOWN_SECONDS = 1.0


def _spare_the_collector() -> None:
    """What was loaded by now lives as long as the process, and events make no cycles: looking for some among
    them after each 700 new objects cost an event a tenth of its time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


async def serve(
    app: web.Application,
    *,
    host: str,
    port: int,
    ready: Callable[[web.Application], Awaitable[None]],
) -> None:
    """Serve until SIGTERM or SIGINT. `ready` runs once connections are accepted; the port may then be a chosen one."""
    loop = asyncio.get_running_loop()
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    runner = Runner(app, shutdown_timeout=SHUTDOWN_SECONDS)
    await runner.setup()
    metrics = web.AppRunner(site_of(app[wiring.METRICS]), access_log=None)
    try:
        site = web.TCPSite(runner, host, port, reuse_address=True, backlog=1024)
        await site.start()
        await _metered(app, metrics)
        app[wiring.LISTENING].port = runner.addresses[0][1]
        await ready(app)
        _spare_the_collector()
        await stopping.wait()
    finally:
        await metrics.cleanup()
        await runner.cleanup()


async def _metered(app: web.Application, runner: web.AppRunner) -> None:
    """A port for metrics, where one is set: apart from the one that the world reaches."""
    settings = app[wiring.SETTINGS]
    if not settings.metrics_port:
        return
    app[wiring.METRICS].watch_disks(_places(settings))
    await runner.setup()
    await web.TCPSite(runner, settings.metrics_host, settings.metrics_port).start()


def _places(settings: Settings) -> dict[str, Path]:
    """Where room runs out: of a PostgreSQL the disk is another machine's to tell of."""
    files = {"database": sqlite_path(settings.database), "keys": sqlite_path(settings.keys)}
    backups = {} if settings.backup_folder is None else {"backups": settings.backup_folder}
    return {"data": settings.data, **{what: path.parent for what, path in files.items() if path is not None}, **backups}
