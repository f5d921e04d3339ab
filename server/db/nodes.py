"""Which nodes are alive, who is connected at the others, and whose turn it is. PostgreSQL alone; its clock counts."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from server.db.engine import Database, in_words

#: A node that was not seen for so long counts for nobody any more.
GONE_AFTER_MS: Final = 10_000
#: And after so long its rows are deleted. It writes them anew, should it come back.
FORGOTTEN_AFTER_MS: Final = 10 * 60_000
#: Nobody's turn lasts longer than this without being taken again: whoever had it hangs, or is gone.
TURN_MS: Final = 5 * 60_000

_NOW: Final = "(extract(epoch FROM clock_timestamp()) * 1000)::bigint"


class Seen(Struct, frozen=True):
    """Somebody at another node. `rtt_ms` and `sync` are what their screen reported last."""

    since_ms: int
    rtt_ms: int | None = None
    sync: str | None = None


#: A session: its clinic and its id.
Session = tuple[str, str]
#: Of several sessions: the people at other nodes, by their ids.
Presence = dict[Session, dict[str, Seen]]


async def beat(database: Database, node: str) -> tuple[bool, frozenset[str]]:
    """Says that this node is alive. Returns whether it was known (else its presence has to be written anew), and the
    other nodes that are alive."""
    async with _writing(database) as connection:
        made_now = (await connection.exec_driver_sql(_BEAT, (node,))).scalar_one()
        others = (await connection.exec_driver_sql(_OTHERS, (node, GONE_AFTER_MS))).scalars().all()
        return not made_now, frozenset(others)


async def keep(database: Database, node: str, people: Mapping[tuple[Session, str], Seen]) -> None:
    """Writes who is connected here: these rows, whatever they said before."""
    rows = sorted(
        [(*session, person, node, one.since_ms, one.rtt_ms, one.sync) for (session, person), one in people.items()]
    )
    if rows:
        async with _writing(database) as connection:
            await connection.exec_driver_sql(_KEEP, _columns(rows))


async def drop(database: Database, node: str, people: Sequence[tuple[Session, str]]) -> None:
    """These are not connected here any more."""
    rows = sorted([(*session, person) for session, person in people])
    if rows:
        async with _writing(database) as connection:
            await connection.exec_driver_sql(_DROP, (*_columns(rows), node))


async def leave(database: Database, node: str) -> None:
    """This node ends: nobody is connected at it."""
    async with _writing(database) as connection:
        await connection.exec_driver_sql("DELETE FROM presence WHERE node_id = $1", (node,))
        await connection.exec_driver_sql("DELETE FROM lease WHERE node_id = $1", (node,))
        await connection.exec_driver_sql("DELETE FROM node WHERE id = $1", (node,))


async def forget_old(database: Database) -> None:
    """What nodes left behind that ended without a word."""
    async with _writing(database) as connection:
        gone = (await connection.exec_driver_sql(_FORGET, (FORGOTTEN_AFTER_MS,))).scalars().all()
        if gone:
            await connection.exec_driver_sql("DELETE FROM presence WHERE node_id = ANY($1::varchar[])", (list(gone),))


async def elsewhere(database: Database, node: str, sessions: Sequence[Session]) -> Presence:
    """Who is connected to these sessions at other nodes that are alive. Sessions with nobody are left out."""
    found: Presence = {}
    if not sessions:
        return found
    async with _reading(database) as connection:
        rows = await connection.exec_driver_sql(_ELSEWHERE, (*_columns(sorted(sessions)), node, GONE_AFTER_MS))
        for row in rows:
            people = found.setdefault((row.clinic_id, row.session_id), {})
            people[row.person_id] = both(people.get(row.person_id), Seen(row.since_ms, row.rtt_ms, row.sync))
    return found


async def held_elsewhere(database: Database, node: str) -> set[Session]:
    """All sessions that somebody is connected to at another node."""
    async with _reading(database) as connection:
        rows = await connection.exec_driver_sql(_HELD, (node, GONE_AFTER_MS))
        return {(row.clinic_id, row.session_id) for row in rows}


async def take_turn(database: Database, node: str, name: str) -> bool:
    """Whether it is this node's turn, from now until it is given back or `TURN_MS` are over."""
    async with _writing(database) as connection:
        return bool((await connection.exec_driver_sql(_TAKE, (name, node, TURN_MS))).rowcount)


async def give_turn_back(database: Database, node: str, name: str) -> None:
    async with _writing(database) as connection:
        await connection.exec_driver_sql("DELETE FROM lease WHERE name = $1 AND node_id = $2", (name, node))


async def ended_logins(database: Database, logins: Sequence[tuple[str, str]]) -> list[str]:
    """Of these logins, each with its clinic, the ids of those that were ended. A running visit never times out."""
    if not logins:
        return []
    async with _reading(database) as connection:
        rows = await connection.exec_driver_sql(_ENDED, _columns(sorted(logins)))
        return list(rows.scalars())


def both(first: Seen | None, second: Seen) -> Seen:
    """One person at two nodes is there since the first, and as slow as the slower."""
    if first is None:
        return second
    measured = [one.rtt_ms for one in (first, second) if one.rtt_ms is not None]
    return Seen(min(first.since_ms, second.since_ms), max(measured, default=None), second.sync or first.sync)


def _columns(rows: Sequence[tuple[Any, ...]]) -> tuple[list[Any], ...]:
    return tuple(list(column) for column in zip(*rows, strict=True))


@asynccontextmanager
async def _writing(database: Database) -> AsyncIterator[AsyncConnection]:
    with in_words():
        async with database.write() as db:
            yield await db.connection()


@asynccontextmanager
async def _reading(database: Database) -> AsyncIterator[AsyncConnection]:
    with in_words():
        async with database.reader() as db:
            yield await db.connection()


_BEAT: Final = f"""
INSERT INTO node (id, seen_ms) VALUES ($1, {_NOW})
ON CONFLICT (id) DO UPDATE SET seen_ms = excluded.seen_ms
RETURNING xmax = 0"""

_OTHERS: Final = f"SELECT id FROM node WHERE id <> $1 AND seen_ms > {_NOW} - $2::bigint"

_KEEP: Final = """
INSERT INTO presence (clinic_id, session_id, person_id, node_id, since_ms, rtt_ms, sync)
SELECT * FROM unnest($1::varchar[], $2::varchar[], $3::varchar[], $4::varchar[], $5::bigint[], $6::bigint[],
                     $7::varchar[])
ON CONFLICT (clinic_id, session_id, person_id, node_id)
DO UPDATE SET since_ms = excluded.since_ms, rtt_ms = excluded.rtt_ms, sync = excluded.sync"""

_DROP: Final = """
DELETE FROM presence
USING unnest($1::varchar[], $2::varchar[], $3::varchar[]) AS gone (clinic_id, session_id, person_id)
WHERE presence.clinic_id = gone.clinic_id AND presence.session_id = gone.session_id
  AND presence.person_id = gone.person_id AND presence.node_id = $4"""

_FORGET: Final = f"DELETE FROM node WHERE seen_ms < {_NOW} - $1::bigint RETURNING id"

_ELSEWHERE: Final = f"""
SELECT presence.clinic_id, presence.session_id, presence.person_id, since_ms, rtt_ms, sync
FROM unnest($1::varchar[], $2::varchar[]) AS wanted (clinic_id, session_id)
JOIN presence ON presence.clinic_id = wanted.clinic_id AND presence.session_id = wanted.session_id
JOIN node ON node.id = presence.node_id
WHERE presence.node_id <> $3 AND node.seen_ms > {_NOW} - $4::bigint
ORDER BY 1, 2, 3, presence.node_id"""

_HELD: Final = f"""
SELECT DISTINCT presence.clinic_id, presence.session_id FROM presence JOIN node ON node.id = presence.node_id
WHERE presence.node_id <> $1 AND node.seen_ms > {_NOW} - $2::bigint"""

_TAKE: Final = f"""
INSERT INTO lease (name, node_id, until_ms) VALUES ($1, $2, {_NOW} + $3::bigint)
ON CONFLICT (name) DO UPDATE SET node_id = excluded.node_id, until_ms = excluded.until_ms
WHERE lease.until_ms < {_NOW} OR lease.node_id = excluded.node_id"""

_ENDED: Final = """
SELECT login.id FROM unnest($1::varchar[], $2::varchar[]) AS open (clinic_id, id)
JOIN login ON login.clinic_id = open.clinic_id AND login.id = open.id
WHERE login.revoked_ms IS NOT NULL"""
