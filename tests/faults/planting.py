"""A visit that took place, and what can be done to its record and to what its people wrote down."""

import asyncio
import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import asyncpg  # type: ignore[import-untyped]

from tests.db.postgres import Postgres
from tests.faults.checker.checking import check
from tests.faults.checker.findings import Report
from tests.faults.checker.opening import Opener, Place, Row
from tests.faults.checker.reading import read_keys, read_ledgers
from tests.faults.person import Person
from tests.faults.premises import Premises
from tests.faults.scripts import breathing

MESSAGES = 4
EVENT = "clinic_id, ledger_id, epoch, seq, at_ms, received_ms, person_id, cause, body_enc, fingerprint"

Opened = list[tuple[Row, dict[str, Any]]]


async def visit(premises: Premises) -> None:
    """Two breathe together, write to each other, one stops and goes on. Then everybody is gone."""
    await premises.furnish(1)
    await premises.start()
    therapist, patient = (Person(seat, premises.door, premises.notes) for seat in premises.seats(0, 1))
    await breathing(therapist, patient)
    for number in range(MESSAGES):
        speaker = (therapist, patient)[number % 2]
        await speaker.say("message.say", text=f"Message {number}")
    await therapist.say("note.write", text="Note 1")
    await patient.say("comfort.set", level="settled")
    await patient.say("session.stop")
    await patient.say("session.ready")
    await therapist.say("message.say", text="The last one")
    for person in (therapist, patient):
        await person.heard_so_far()
        await person.close()
    premises.end()


class Copy:
    """A visit's record and transcripts, to be spoiled."""

    def __init__(self, premises: Premises, *, database: str, notes: Path) -> None:
        self.database, self.notes = database, notes
        self._keys, self._server_key = str(premises.data / "keys.db"), premises.data / "server.key"
        self.session = premises.pairs[0][0].visit
        self.people = {seat.role: seat.person for seat in premises.pairs[0]}

    async def check(self, **chosen: Any) -> Report:
        return await asyncio.to_thread(
            check,
            self.database,
            keys=self._keys,
            server_key=self._server_key,
            transcripts=self.notes,
            **chosen,
        )

    async def run(self, *statements: str) -> None:
        """`$S` stands for the session."""
        filled = [one.replace("$S", f"'{self.session}'") for one in statements]
        if self.database.startswith("postgresql:"):
            connection = await asyncpg.connect(self.database)
            try:
                for one in filled:
                    assert not (await connection.execute(one)).endswith(" 0"), f"nothing to do for {one}"
            finally:
                await connection.close()
            return
        with closing(sqlite3.connect(self.database)) as db:
            for one in filled:
                assert db.execute(one).rowcount, f"nothing to do for {one}"
            db.commit()

    async def rewrite(self, change: Callable[[Opened], Opened]) -> None:
        """All rows anew, as somebody could who has every key: sealed, numbered, chained. No chain tells of it."""
        (ledger,), _ = await asyncio.to_thread(read_ledgers, self.database, [self.session])
        opener = await asyncio.to_thread(read_keys, self._keys, self._server_key)
        opened = [(row, opener.body(ledger.place, row) or {}) for row in ledger.rows]
        rows = [
            _sealed(opener, ledger.place, row, body, number) for number, (row, body) in enumerate(change(opened), 1)
        ]
        chain = opener.chain(ledger.place, rows)
        await self._replace(ledger.place, rows, chain)

    async def _replace(self, place: Place, rows: list[Row], chain: bytes) -> None:
        values = []
        for row in rows:
            numbers = (place.clinic, place.ledger, row.epoch, row.seq, row.at_ms, row.received_ms)
            values.append((*numbers, row.person, row.cause, row.sealed, row.fingerprint))
        with closing(sqlite3.connect(self.database)) as db:
            db.execute("DELETE FROM event WHERE ledger_id = ?", (place.ledger,))
            db.executemany(f"INSERT INTO event ({EVENT}) VALUES (?,?,?,?,?,?,?,?,?,?)", values)  # noqa: S608
            db.execute("UPDATE head SET seq = ?, chain = ? WHERE ledger_id = ?", (len(rows), chain, place.ledger))
            db.commit()

    def edit(self, role: str, change: Callable[[list[dict[str, Any]]], None]) -> None:
        """What one of them wrote down, changed."""
        (path,) = self.notes.glob(f"*-{role}-*.jsonl")
        head, *lines = path.read_text().splitlines()
        told = [json.loads(line) for line in lines]
        change(told)
        path.write_text("\n".join([head, *map(json.dumps, told)]) + "\n")


class Copies:
    """As many as are wanted, of a visit that took place once."""

    def __init__(self, premises: Premises, folder: Path, *, postgres: Postgres | None = None) -> None:
        self._premises, self._folder, self._postgres = premises, folder, postgres
        self._count = 0

    async def make(self) -> Copy:
        self._count += 1
        folder = self._folder / f"copy-{self._count}"
        shutil.copytree(self._premises.notes, folder / "transcripts")
        if self._postgres is None:
            database = folder / "ebb.db"
            with closing(sqlite3.connect(self._premises.checked_url)) as db, closing(sqlite3.connect(database)) as copy:
                db.backup(copy)
            return Copy(self._premises, database=str(database), notes=folder / "transcripts")
        base = self._premises.checked_url.partition("?")[0].rpartition("/")[2]
        name = f"{base}_{self._count}"
        await self._postgres.run(f"CREATE DATABASE {name} TEMPLATE {base} STRATEGY file_copy")
        return Copy(self._premises, database=self._postgres.url(name), notes=folder / "transcripts")

    async def drop(self) -> None:
        if self._postgres is not None:
            base = self._premises.checked_url.partition("?")[0].rpartition("/")[2]
            for number in range(1, self._count + 1):
                await self._postgres.drop(f"{base}_{number}")


def _sealed(opener: Opener, place: Place, row: Row, body: dict[str, Any], number: int) -> Row:
    _, cipher = opener._ciphers[place.clinic, place.patient, row.sealed[1]]
    bound = f"event\0{place.clinic}/{place.ledger}/{row.epoch}/{number}".encode()
    nonce = bytes(10) + number.to_bytes(2)
    sealed = row.sealed[:2] + nonce + cipher.encrypt(nonce, json.dumps(body).encode(), bound)
    return Row(row.epoch, number, row.at_ms, row.received_ms, row.person, row.cause, sealed, row.fingerprint)
