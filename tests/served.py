"""`ebb serve` as a process of its own, with a port for metrics."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator

from tests.commands import Program
from tests.ports import free_ports


@contextlib.asynccontextmanager
async def served(**chosen: str) -> AsyncIterator[tuple[int, int]]:
    """Its port and that of its metrics, once it listens. It is ended when the block is left."""
    port, metrics_port = free_ports(2)
    settings = {
        "EBB_PORT": str(port),
        "EBB_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "EBB_METRICS_PORT": str(metrics_port),
        **chosen,
    }
    serving = await asyncio.to_thread(Program, "serve", environment={**os.environ, **settings})
    try:
        assert serving.stderr is not None
        while "listens on" not in (line := await asyncio.to_thread(serving.stderr.readline)):
            assert line, "it ended before it listened"
        yield port, metrics_port
    finally:
        serving.terminate()
        code = await asyncio.to_thread(serving.wait)
        serving.close()
    assert code == 0
