"""A real PostgreSQL from its wheel, with a database for each test."""

from pathlib import Path
from uuid import uuid4

import asyncpg  # type: ignore[import-untyped]

TEMPLATE = "ebb_template"


class Postgres:
    """One server for the whole run. A database of one's own is a copy of a migrated one, made in milliseconds."""

    def __init__(self, uri: str) -> None:
        self._uri = uri

    def url(self, name: str) -> str:
        base, _, query = self._uri.partition("?")
        return f"{base.rpartition('/')[0]}/{name}?{query}"

    @property
    def socket_folder(self) -> Path:
        return Path(self._uri.partition("host=")[2])

    async def run(self, *statements: str) -> None:
        connection = await asyncpg.connect(self.url("postgres"))
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()

    async def create(self, *, migrated: bool = True) -> str:
        name = f"ebb_{uuid4().hex[:12]}"
        await self.run(f"CREATE DATABASE {name}" + (f" TEMPLATE {TEMPLATE} STRATEGY file_copy" if migrated else ""))
        return name

    async def disconnect_all(self, name: str) -> None:
        """Ends everybody's connection to a database, as a restart of the server would."""
        connection = await asyncpg.connect(self.url("postgres"))
        try:
            await connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name)
        finally:
            await connection.close()

    async def drop(self, name: str) -> None:
        await self.run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
