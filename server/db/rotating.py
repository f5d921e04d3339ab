"""Exchanging the server key while servers go on: every row of the ring is wrapped anew, a batch at a time.

How far it has come stands in the rows themselves, so whoever begins again after a crash goes on where it ended. Two at
once are refused by a lock that ends with its process. Until `finish`, either key opens the ring; afterwards the old one
opens nothing of it. What it does not change: the data keys and the root secret themselves (docs/adr/0015).
"""

import asyncio
import fcntl
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from sqlalchemy import Connection, bindparam, delete, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncEngine

from server.clock import Clock
from server.db.engine import async_engine, in_words, sqlite_path
from server.db.keyring import RING_PRAGMAS
from server.db.wrappings import (
    ALL_SERVER_KEYS,
    DATA_KEY,
    RING_LOCK,
    SERVER_KEY,
    UnknownServerKey,
    Wrappings,
    bound,
    prepare,
    root_bound,
)
from server.keys import BadKey, ServerKey

#: Servers wait for a batch on SQLite, so it is short: 6 ms, most of them for the disk.
A_BATCH: Final = 100
#: Between two batches, so that whoever waits for the ring comes to it first.
BREATH_SECONDS: Final = 0.02
#: A running server looks once a minute what became of its key; by then each has looked.
LEARNED_BY_MS: Final = 2 * 60_000
_ROTATION_LOCK: Final = 0x65626202

#: Told after each batch: how many of how many lie under the new key.
Telling = Callable[[int, int], None]


class NotNow(Exception):
    """The sentence says what stands against it, and what to do."""


async def rotate(
    url: str, own: ServerKey, new: ServerKey, *, clock: Clock, tell: Telling, instead: bool = False
) -> int:
    """Wraps everything under `new`, and returns how many keys lie under it. `own` is the key that servers have now.

    `instead`: gives up a rotation to another key that was begun and not finished. Raises NotNow, BadKey.
    """
    async with _alone(url) as engine:
        wrappings = Wrappings(own.wrapping_key)
        with in_words():
            async with engine.begin() as connection:
                number = await connection.run_sync(_begin, wrappings, new, clock.now_ms(), instead)
            left = True
            while left:
                async with engine.begin() as connection:
                    left, done, total = await connection.run_sync(_batch, wrappings, number)
                tell(done, total)
                await asyncio.sleep(BREATH_SECONDS if left else 0)
            async with engine.begin() as connection:
                return await connection.run_sync(_done, number, clock.now_ms())


async def finish(url: str, own: ServerKey, *, clock: Clock, now: bool = False) -> int:
    """Deletes all server keys but the newest, which must be `own`. Returns how many are gone.

    `now`: without waiting until every running server has looked. Raises NotNow.
    """
    async with _alone(url) as engine:
        with in_words():
            async with engine.begin() as connection:
                gone = await connection.run_sync(_finish, own, clock.now_ms(), now)
            if gone and engine.dialect.name == "postgresql":
                async with engine.connect() as connection:
                    await connection.execution_options(isolation_level="AUTOCOMMIT")
                    await connection.execute(text("VACUUM data_key"))
                    await connection.execute(text("VACUUM server_key"))
    return gone


@asynccontextmanager
async def _alone(url: str) -> AsyncGenerator[AsyncEngine]:
    """The ring, for one rotation at a time. Raises NotNow."""
    engine = async_engine(url, pragmas=RING_PRAGMAS, pool_size=2)
    path = sqlite_path(url)
    try:
        if path is None:
            async with engine.connect() as connection:
                await connection.execution_options(isolation_level="AUTOCOMMIT")
                if not await connection.scalar(text("SELECT pg_try_advisory_lock(:lock)"), {"lock": _ROTATION_LOCK}):
                    raise NotNow(_ANOTHER)
                yield engine
        else:
            if not path.exists():
                raise NotNow(f"There is no key ring in {path}: start the server once, or set EBB_KEYS_URL.")
            # The lock is on a file beside it. SQLite drops its own locks when another handle of the ring is closed.
            with path.with_name(path.name + "-rotation").open("w") as file:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    raise NotNow(_ANOTHER) from None
                yield engine
    finally:
        await engine.dispose()


def _begin(connection: Connection, wrappings: Wrappings, new: ServerKey, now_ms: int, instead: bool) -> int:
    """The number of the new server key: a fresh one, or that of a rotation that goes on."""
    prepare(connection)
    _hold_ring(connection)
    rows = list(connection.execute(ALL_SERVER_KEYS))
    if not rows:
        raise NotNow("This key ring is of an older version. Start the server once with this one, then rotate.")
    wrappings.learn(rows)
    root = wrappings.root_of(rows)
    newest = rows[-1]
    if newest.mark == new.mark:
        if len(rows) == 1:
            raise NotNow("The key ring lies under this server key already; there is nothing to exchange.")
        return int(newest.number)
    if any(row.mark == new.mark for row in rows):
        raise NotNow("This server key is one that is being replaced. Give another one.")
    if len(rows) > 1 and newest.done_ms is not None:
        raise NotNow("The last rotation is done and not finished: run `ebb keys finish` with its key first.")
    if len(rows) > 1 and not instead:
        raise NotNow(
            f"A rotation to the key with the mark {newest.mark} was begun, and this one has the mark {new.mark}. Go on "
            "with that key; or, where it is lost, add --instead."
        )
    if wrappings.own is None:
        raise NotNow("The settings name a server key that this ring does not lie under.")
    number = int(newest.number) + 1
    bridge, back = wrappings.bridge_to(number, new.wrapping_key)
    connection.execute(
        insert(SERVER_KEY),
        {
            "number": number,
            "mark": new.mark,
            "root": wrappings.wrap(root, root_bound(number), under=number),
            "made_ms": now_ms,
            "before": wrappings.own,
            "bridge": bridge,
            "back": back,
        },
    )
    return number


def _batch(connection: Connection, wrappings: Wrappings, number: int) -> tuple[bool, int, int]:
    """Whether there was anything, and how far it is now."""
    rows = connection.execute(select(DATA_KEY).where(DATA_KEY.c.server_key != number).limit(A_BATCH)).all()
    anew = []
    for row in rows:
        place = bound(row.clinic_id, row.patient_id, row.purpose)
        try:
            plain = wrappings.unwrap(row.wrapped, place, under=row.server_key)
        except (InvalidTag, ValueError, UnknownServerKey):
            raise BadKey(
                f"A key of the ring was altered: {row.purpose}, patient {row.patient_id}. Nothing is lost by waiting: "
                "put the key ring back from its newest copy, and begin again."
            ) from None
        held = {f"its_{name}": getattr(row, name) for name in _HELD}
        anew.append({**held, "anew": wrappings.wrap(plain, place, under=number), "number": number})
    if anew:
        connection.execute(_WRAP_ANEW, anew)
    done, total = _count(connection, number)
    return bool(rows), done, total


def _done(connection: Connection, number: int, now_ms: int) -> int:
    _hold_ring(connection)
    done, total = _count(connection, number)
    if done != total:
        raise NotNow("Another server made keys under the old server key meanwhile. Run it again: it goes on from here.")
    connection.execute(
        update(SERVER_KEY).where(SERVER_KEY.c.number == number, SERVER_KEY.c.done_ms.is_(None)).values(done_ms=now_ms)
    )
    return done


def _finish(connection: Connection, own: ServerKey, now_ms: int, now: bool) -> int:
    prepare(connection)
    _hold_ring(connection)
    rows = list(connection.execute(ALL_SERVER_KEYS))
    if len(rows) < 2:
        raise NotNow("There is nothing to finish: the key ring lies under one server key.")
    newest = rows[-1]
    done, total = _count(connection, newest.number)
    if newest.done_ms is None or done != total:
        raise NotNow(f"The rotation is not done, {done} of {total} keys: run `ebb keys rotate` again.")
    if newest.mark != own.mark:
        raise NotNow(
            f"The settings still name the old server key. Let them name the new one, with the mark {newest.mark}, "
            "restart every server, then finish."
        )
    if not now and now_ms - newest.done_ms < LEARNED_BY_MS:
        raise NotNow("Running servers look once a minute. Wait two minutes after the rotation, or add --now.")
    connection.execute(delete(SERVER_KEY).where(SERVER_KEY.c.number != newest.number))
    connection.execute(update(SERVER_KEY).values(before=None, bridge=None, back=None))
    return len(rows) - 1


def _count(connection: Connection, number: int) -> tuple[int, int]:
    counts: dict[Any, int] = {
        under: int(count)
        for under, count in connection.execute(
            select(DATA_KEY.c.server_key, func.count()).group_by(DATA_KEY.c.server_key)
        )
    }
    return counts.get(number, 0), sum(counts.values())


def _hold_ring(connection: Connection) -> None:
    """Until the end of the transaction nobody makes keys. SQLite's transactions are alone anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": RING_LOCK})


_HELD: Final = ("clinic_id", "patient_id", "purpose", "wrapped")
#: Unless it was erased or renewed since it was read: then it is not what we hold any more. One statement for a batch:
#: to put one together for each key is most of a rotation's work.
_WRAP_ANEW: Final = (
    update(DATA_KEY)
    .where(*(DATA_KEY.c[name] == bindparam(f"its_{name}") for name in _HELD))
    .values(wrapped=bindparam("anew"), server_key=bindparam("number"))
)
_ANOTHER: Final = "Another rotation of this key ring is under way. Wait for its end."
