"""Whether a database holds what clients were told: read with sqlite3 and with no code of the server's but its keys.

A transcript is every frame that one person was sent, over all their sockets. What it must agree with:

- numbers run from 1 to the head's without a gap, and the chain over the rows gives the head's value
- a command stands in one unbroken run of numbers, or in none
- each `done` that anybody saw is in the answers, with that number, and its events are there: an answer stands in the
  row of its command's last event, or in the table `answer` where the command made none
- each `changed` that anybody saw is the line with that number: same time, and the same command behind it
"""

import hashlib
import hmac
import sqlite3
import struct
from collections.abc import Iterable
from contextlib import closing
from itertools import groupby
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from server.keys import Keys, ServerKey

_NUMBERS = struct.Struct(">qqqqHHI")


class Row:
    def __init__(self, values: tuple[Any, ...]) -> None:
        self.epoch, self.seq, self.at_ms, self.received_ms, self.person, self.cause, self.body, self.fingerprint = (
            values
        )


def check(data: Path, session: str, transcripts: dict[str, Iterable[dict[str, Any]]]) -> int:
    """`transcripts` by person id. The number of lines; raises AssertionError at the first thing that is not so."""
    with closing(sqlite3.connect(f"file:{data / 'ebb.db'}?mode=ro", uri=True)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        head = db.execute(
            "SELECT clinic_id, kind, patient_id, seq, chain FROM head WHERE ledger_id = ?", (session,)
        ).fetchone()
        rows = [
            Row(values)
            for values in db.execute(
                "SELECT epoch, seq, at_ms, received_ms, person_id, cause, body_enc, fingerprint FROM event"
                " WHERE ledger_id = ? ORDER BY seq",
                (session,),
            )
        ]
        answers = {
            (person, command): (first, last)
            for person, command, first, last in db.execute(
                "SELECT person_id, command_id, first_seq, last_seq FROM answer WHERE ledger_id = ?", (session,)
            )
        }
    clinic, kind, patient, last_seq, chain = head
    assert [row.seq for row in rows] == list(range(1, last_seq + 1)), "numbers with a gap"
    assert _chain(data, rows, clinic=clinic, session=session, kind=kind, patient=patient) == chain, "a broken chain"
    runs = [
        (command, list(run))
        for command, run in groupby(
            (row for row in rows if row.cause), key=lambda row: (row.person or "", row.cause or "")
        )
    ]
    assert len(runs) == len({command for command, _ in runs}), "a command that happened twice"
    for command, run in runs:
        assert all(row.fingerprint is None for row in run[:-1]), "an answer before its last event"
        if run[-1].fingerprint is not None:
            assert command not in answers, "a command that was answered twice"
            answers[command] = (run[0].seq, run[-1].seq)
    for person, frames in transcripts.items():
        _check_person(person, frames, rows, answers)
    return len(rows)


def _check_person(
    person: str,
    frames: Iterable[dict[str, Any]],
    rows: list[Row],
    answers: dict[tuple[str, str], tuple[int, int]],
) -> None:
    for frame in frames:
        if frame["type"] == "done":
            first, last = answers[person, frame["id"]]
            assert frame["seq"] == last, "a done with another number"
            caused = [row for row in rows if first <= row.seq <= last]
            assert {(row.person, row.cause) for row in caused} <= {(person, frame["id"])}, "somebody else's events"
        elif frame["type"] == "changed":
            assert frame["seq"] <= len(rows), "told and not stored"
            row = rows[frame["seq"] - 1]
            assert row.at_ms == frame["at"], "another event under this number"
            assert frame.get("cause") in (None, row.cause), "another command behind this event"


def _root(data: Path) -> bytes:
    """From which all keys of this installation derive: it lies in the key ring, under the server key."""
    with closing(sqlite3.connect(f"file:{data / 'keys.db'}?mode=ro", uri=True)) as ring:
        number, wrapped = ring.execute("SELECT number, root FROM server_key ORDER BY number DESC").fetchone()
    cipher = AESGCM(ServerKey.from_file(data / "server.key").wrapping_key)
    return cipher.decrypt(wrapped[:12], wrapped[12:], f"root\0{number}".encode())


def _chain(data: Path, rows: list[Row], *, clinic: str, session: str, kind: str, patient: str) -> bytes:
    key = Keys(_root(data)).chain_key(clinic)
    value = hmac.digest(key, f"ebb ledger\0{clinic}\0{session}\0{kind}\0{patient}".encode(), hashlib.sha256)
    for row in rows:
        person, cause = row.person or "", row.cause or ""
        lengths = (len(person), len(cause), len(row.body))
        numbers = _NUMBERS.pack(row.epoch, row.seq, row.at_ms, row.received_ms, *lengths)
        header = numbers + f"{person}{cause}{clinic}/{session}/".encode()
        value = hmac.digest(key, value + header + row.body, hashlib.sha256)
    return value
