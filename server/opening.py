"""Opening the keys of an installation: its server key, its key ring, and everything that derives from its root."""

import asyncio
import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final

from sqlmodel import col, select

from server import key_source
from server.clock import Clock
from server.db.engine import Database, open_database
from server.db.errors import Unreadable
from server.db.keyring import KeyRing
from server.db.standing import holds_anything
from server.db.tables import ClinicRow, PersonRow
from server.db.vault import KEY_BYTES, DataKey, KeyKind, unseal
from server.keys import BadKey, Keys, ServerKey
from server.settings import Settings

_GUIDE: Final = "What to do then is in docs/how-to/keys.md."


@asynccontextmanager
async def installation(settings: Settings, clock: Clock) -> AsyncGenerator[tuple[Database, Keys, KeyRing]]:
    """For commands: database and keys of the settings, closed at the end. Raises as `open_keys` does."""
    database = await open_database(settings.database)
    try:
        keys, ring = await open_keys(settings, database, clock)
        try:
            yield database, keys, ring
        finally:
            await ring.close()
    finally:
        await database.close()


async def open_keys(settings: Settings, database: Database, clock: Clock) -> tuple[Keys, KeyRing]:
    """Raises BadKey where a key is missing or is not the one that belongs here. A new key is made for a new
    installation alone: beside records it would open nothing, and hide that the one they need is gone."""
    server_key = await asyncio.to_thread(key_source.read_server_key, settings)
    if server_key is None:
        if await _has_clinics(database) or await holds_anything(settings.keys):
            raise BadKey(
                f"There is no server key in {settings.key_file}, and records are here already. Put the key back from "
                f"its copy, or say where it is; without it no record can be read. {_GUIDE}"
            )
        server_key = ServerKey.made_in(settings.key_file)
    own = server_key

    async def founding(holds_keys: bool) -> bytes:
        return await _root_of(database, own, holds_keys=holds_keys, ring=settings.keys)

    ring = await KeyRing.open(settings.keys, wrapping_key=own.wrapping_key, clock=clock, founding=founding)
    return Keys(ring.root), ring


async def _root_of(database: Database, own: ServerKey, *, holds_keys: bool, ring: str) -> bytes:
    """The root secret of a ring that has none: random for a new installation.

    One that is older than root secrets derived everything from the server key itself, and must go on doing so.
    """
    if holds_keys:
        return own.as_root
    if not await _has_clinics(database):
        return os.urandom(KEY_BYTES)
    async with database.reader() as db:
        staff = (
            await db.scalars(
                select(PersonRow)
                .where(col(PersonRow.patient_id).is_(None), col(PersonRow.name_enc).is_not(None))
                .limit(1)
            )
        ).first()
    if staff is not None and staff.name_enc is not None:
        key = DataKey(Keys(own.as_root).staff_key(staff.clinic_id), KeyKind.STAFF)
        try:
            unseal(key, staff.name_enc, purpose="person.name", row=f"{staff.clinic_id}/{staff.id}")
        except Unreadable:
            raise BadKey(
                f"The key ring {_named(ring)} is empty, and the database holds records that belong to another one. Put "
                f"the key ring back from its newest copy; without it no record can be read. {_GUIDE}"
            ) from None
    return own.as_root


def _named(ring: str) -> str:
    return "in EBB_KEYS_URL" if "://" in ring else f"in {ring}"


async def _has_clinics(database: Database) -> bool:
    async with database.reader() as db:
        return (await db.scalars(select(ClinicRow.clinic_id).limit(1))).first() is not None
