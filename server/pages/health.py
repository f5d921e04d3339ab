"""Whether the process lives, and whether it can work: what a supervisor and a load balancer ask."""

from aiohttp import web
from sqlalchemy import text

from server import wiring


async def alive(request: web.Request) -> web.StreamResponse:  # noqa: ARG001 - a handler is given its request
    return web.Response(text="ok\n")


async def ready(request: web.Request) -> web.StreamResponse:
    """200 once the database answers; where it does not, the guard answers 503 with a code and a message."""
    async with request.app[wiring.STORE].reader() as tx:
        await tx.db.execute(text("SELECT 1"))
    return web.Response(text="ready\n")


routes = [web.get("/healthz", alive), web.get("/readyz", ready)]
