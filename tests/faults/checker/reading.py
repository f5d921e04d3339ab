"""The database and the key ring, read with a plain driver in one look."""

import asyncio
import base64
import re
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import asyncpg  # type: ignore[import-untyped]

from tests.faults.checker.opening import Opener, Place, Row

_ID: Final = re.compile(r"[0-9a-f]{32}")
_HEADS: Final = "SELECT clinic_id, ledger_id, kind, patient_id, epoch, seq, chain, quiet FROM head"
_EVENTS: Final = (
    "SELECT clinic_id, ledger_id, epoch, seq, at_ms, received_ms, person_id, cause, body_enc, fingerprint FROM event"
)
_ANSWERS: Final = "SELECT clinic_id, ledger_id, person_id, command_id, first_seq, last_seq FROM answer"
_SERVER_KEYS: Final = "SELECT number, root FROM server_key ORDER BY number"
_DATA_KEYS: Final = "SELECT clinic_id, patient_id, purpose, wrapped, server_key FROM data_key"


@dataclass
class Ledger:
    """One head with everything that belongs to it. `rows` by number, then epoch."""

    place: Place
    epoch: int
    seq: int
    chain: bytes
    quiet: int
    rows: list[Row] = field(default_factory=list)
    #: By person and command: the first and last number, of commands whose answer stands in no event's row.
    answers: dict[tuple[str, str], tuple[int, int]] = field(default_factory=dict)


def read_ledgers(database: str, sessions: Iterable[str] | None) -> tuple[list[Ledger], list[str]]:
    """Those of `sessions`, or all of them; and what the database itself finds wrong with its file."""
    ids = None if sessions is None else sorted(sessions)
    if ids is not None and not all(_ID.fullmatch(one) for one in ids):
        raise ValueError("a session's id is 32 hexadecimal digits")
    among = "" if ids is None else f" WHERE ledger_id IN ({','.join(repr(one) for one in ids) or 'NULL'})"
    looks = [f"{_HEADS}{among}", f"{_EVENTS}{among} ORDER BY seq, epoch", f"{_ANSWERS}{among}"]
    (heads, events, answers), damage = _looked(database, looks, whole=True)
    found = {
        (clinic, ledger): Ledger(Place(clinic, ledger, kind, patient), epoch, seq, bytes(chain), quiet)
        for clinic, ledger, kind, patient, epoch, seq, chain, quiet in heads
    }
    for clinic, ledger, *values in events:
        if (clinic, ledger) not in found:
            damage.append(f"Events of {ledger} have no head.")
            continue
        epoch, seq, at_ms, received_ms, person, cause, sealed, mark = values
        fingerprint = None if mark is None else bytes(mark)
        row = Row(epoch, seq, at_ms, received_ms, person, cause, bytes(sealed), fingerprint)
        found[clinic, ledger].rows.append(row)
    for clinic, ledger, person, command, first, last in answers:
        if (clinic, ledger) in found:
            found[clinic, ledger].answers[person or "", command] = (first, last)
    return list(found.values()), sorted(set(damage))


def read_keys(ring: str, server_key: Path) -> Opener:
    """Raises Unopened where the server key is not the one that the ring lies under."""
    text = server_key.read_text(encoding="ascii").strip()
    raw = bytes.fromhex(text) if len(text) == 64 else base64.b64decode(text + "=" * (-len(text) % 4), b"-_")
    (server_keys, data_keys), _ = _looked(ring, [_SERVER_KEYS, _DATA_KEYS], whole=False)
    return Opener(raw, server_keys, data_keys)


def _looked(url: str, statements: list[str], *, whole: bool) -> tuple[list[list[Any]], list[str]]:
    """`whole`: the database is asked about its own file as well, where it can be."""
    if url.startswith(("postgres:", "postgresql:")):
        return asyncio.run(_in_postgres(url, statements)), []
    path = Path(url.removeprefix("sqlite:///"))
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None, timeout=30)) as db:
        damage: list[str] = []
        found: list[list[Any]] = [[] for _ in statements]
        try:
            damage += [line for (line,) in db.execute("PRAGMA integrity_check(10)")] if whole else []
            db.execute("BEGIN")
            found = [db.execute(statement).fetchall() for statement in statements]
        except sqlite3.DatabaseError as error:
            damage.append(str(error))
    return found, [f"SQLite says: {line}" for line in damage if line != "ok"]


async def _in_postgres(url: str, statements: list[str]) -> list[list[Any]]:
    connection = await asyncpg.connect(url, timeout=30)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            return [[tuple(row) for row in await connection.fetch(statement)] for statement in statements]
    finally:
        await connection.close()
