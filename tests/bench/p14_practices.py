"""P14: what a practice costs, from the sealed bytes that a phone delivers to a ledger on disk; 500 of them at once."""

import asyncio
import sqlite3
import tempfile
import time
from pathlib import Path
from typing import Final

import msgspec

from server import wiring
from server.db import outbox
from server.db.vault import DataKey, KeyKind, seal
from server.practice import parts, sealing
from server.practice.ledger import Whose
from server.practice.parts import Delivery
from tests.bench.figures import Figure, at_most
from tests.live.house import House
from tests.practice.crowd import One, crowd

PRACTICES: Final = 500
#: As many at a time as a busy evening has; what waits costs nothing.
AT_ONCE: Final = 50
_HOUR_MS: Final = 3_600_000


async def measure() -> list[Figure]:
    """CPU time of the whole process, its threads included. The floor opens the same parts and keeps their bytes."""
    with tempfile.TemporaryDirectory(prefix="ebb-p14-") as folder:
        house = House(Path(folder) / "house")
        await house.open()
        try:
            await house.settle_in()
            phones = await crowd(house, PRACTICES)
            await house.clock.advance(_HOUR_MS)
            secrets = [await _secret(house, one) for one in phones]
            events, took_ms = await _taken(house, phones)
            floor_ms = _floor(phones, secrets, Path(folder) / "floor.db", events=events)
        finally:
            await house.close()
    return [
        at_most(
            "P14",
            f"server CPU per practice, {PRACTICES} at once",
            took_ms / floor_ms,
            "× floor",
            bar=60,
            beside=f"{took_ms:.1f} ms for {events} events, with the rules over the history; floor {floor_ms:.2f} ms "
            "(opened, decoded, as many sealed rows)",
            practice_ms=took_ms,
            floor_ms=floor_ms,
            events=events,
        )
    ]


async def _taken(house: House, phones: list[One]) -> tuple[int, float]:
    """Events of one practice, and milliseconds of CPU for it."""
    taking, writer, clinic = house.app[wiring.OUTBOX], house.app[wiring.WRITER], house.cast.clinic
    gate = asyncio.Semaphore(AT_ONCE)

    async def take(one: One) -> None:
        async with gate:
            delivery = msgspec.convert(one.part, Delivery)
            (answer,) = await taking.take(Whose(clinic, one.patient_id), [delivery])
            assert answer.state == "stored", answer

    stored = writer.events_stored
    began = time.process_time_ns()
    await asyncio.gather(*(take(one) for one in phones))
    took_ms = (time.process_time_ns() - began) / 1e6 / len(phones)
    return (writer.events_stored - stored) // len(phones), took_ms


def _floor(phones: list[One], secrets: list[bytes], path: Path, *, events: int) -> float:
    """The same cryptography and the same decoding, and as many sealed rows, durable as many practices at a time.

    It decides nothing, reads nothing and knows nobody.
    """
    key = DataKey(bytes(32), KeyKind.CARE)
    with sqlite3.connect(path, isolation_level=None) as db:
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=FULL")
        db.execute("CREATE TABLE line (session TEXT, seq INTEGER, body BLOB, PRIMARY KEY (session, seq)) WITHOUT ROWID")
        began = time.process_time_ns()
        for first in range(0, len(phones), AT_ONCE):
            db.execute("BEGIN")
            for one, secret in zip(phones[first : first + AT_ONCE], secrets[first : first + AT_ONCE], strict=True):
                session, n = str(one.part["session"]), int(one.part["n"])
                raw = sealing.sealed_bytes(str(one.part["sealed"]))
                plain = sealing.opened(sealing.taken_apart(raw), secret, session=session, n=n)
                body = msgspec.json.encode(parts.read(plain).entries[0])
                lines = [
                    (session, seq, seal(key, body, purpose="event", row=f"{session}/{seq}")) for seq in range(events)
                ]
                db.executemany("INSERT INTO line VALUES (?, ?, ?)", lines)
            db.execute("COMMIT")
        took_ms = (time.process_time_ns() - began) / 1e6 / len(phones)
    db.close()
    return took_ms


async def _secret(house: House, one: One) -> bytes:
    key_id = sealing.taken_apart(sealing.sealed_bytes(str(one.part["sealed"]))).key_id
    async with house.app[wiring.STORE].reader() as tx:
        secret = await outbox.secret_of(tx, house.cast.clinic, one.patient_id, key_id)
    assert secret is not None
    return secret
