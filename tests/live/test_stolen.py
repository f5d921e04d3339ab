"""Somebody took the database and no key, or the keys and no database: all that they can read is listed here.

A new column that is not sealed and not in the list makes a test fail. What is in the list is looked at as well: ids,
numbers, times, hashes, and words of the program's own.
"""

import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from sqlalchemy import BigInteger, Boolean, Column, Integer, LargeBinary, String, TypeDecorator

from server.db.schema import METADATA
from server.db.wrappings import METADATA as RING

#: What a clinic tells everybody who asks.
OPEN: Final = {"clinic.name", "clinic.phone"}
#: Words that the program chose from a list of its own: who somebody is to a session, how far a draft is, which page.
OWN_WORDS: Final = {
    "approval.exercise",
    "attempt.scope",
    "audit.what",
    "directory.kind",
    "document.kind",
    "document.state",
    "head.kind",
    "invitation.purpose",
    "lease.name",
    "outbox_part.state",
    "outbox_part.why",
    "own_exercise.exercise",
    "own_exercise.language",
    "own_exercise.state",
    "passkey.transports",
    "person.role",
    "presence.sync",
    "recording.exercise",
    "recording.mime",
    "recording.step",
    "session.kind",
    "session.phase",
    "session_person.role",
}
#: Hashes under a key that is not there, public halves of keys, chains; and what was sealed elsewhere.
BYTES: Final = {
    "answer.fingerprint",
    "attempt.key_hash",
    "audit.chain",
    "audit_seal.seal",
    "directory.hash",
    "event.fingerprint",
    "head.chain",
    "invitation.token_hash",
    "login.token_hash",
    "outbox_key.public_key",
    "outbox_part.fingerprint",
    "outbox_part.sealed",
    "passkey.credential_id",
    "passkey.public_key",
    "recovery_code.code_hash",
}
TEXT_HASHES: Final = {"desk_mark.mark", "person.password_hash"}
AN_ID: Final = re.compile(r"[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|")
A_WORD: Final = re.compile(r"[a-z][a-z0-9_.]*([-/;= ][a-z0-9_.]+)*")
ID_CHARS: Final = (32, 36)


def plain(column: Column[Any]) -> object:
    """Its type as the database knows it."""
    return column.type.impl_instance if isinstance(column.type, TypeDecorator) else column.type


def readable(kind: type) -> set[str]:
    return {
        f"{table.name}.{column.name}"
        for table in METADATA.tables.values()
        for column in table.columns
        if isinstance(plain(column), kind) and not column.name.endswith("_enc")
    }


def ids() -> set[str]:
    """Columns that have room for an id and are called one."""
    return {
        f"{table.name}.{column.name}"
        for table in METADATA.tables.values()
        for column in table.columns
        if getattr(plain(column), "length", 0) in ID_CHARS
        and (column.name == "id" or column.name.endswith("_id") or column.name in ("asked_by", "cause", "created_by"))
    }


def test_without_keys_there_are_ids_numbers_times_hashes_and_words_of_the_programs_own() -> None:
    assert readable(String) - ids() == OPEN | OWN_WORDS | TEXT_HASHES
    assert readable(LargeBinary) == BYTES
    others = {
        f"{table.name}.{column.name}"
        for table in METADATA.tables.values()
        for column in table.columns
        if not isinstance(plain(column), (String, LargeBinary, Integer, BigInteger, Boolean))
    }
    assert others == set()


def test_in_the_database_of_a_house_stands_nothing_else_in_them(furnished: Path) -> None:
    looked_at = 0
    with closing(sqlite3.connect(f"file:{furnished / 'ebb.db'}?mode=ro", uri=True)) as db:
        for column, pattern in [*((one, AN_ID) for one in ids()), *((one, A_WORD) for one in OWN_WORDS)]:
            table, _, name = column.partition(".")
            for (value,) in db.execute(f'SELECT DISTINCT "{name}" FROM "{table}" WHERE "{name}" IS NOT NULL'):  # noqa: S608
                looked_at += 1
                assert pattern.fullmatch(value), (column, value)
        (name,) = db.execute("SELECT name FROM clinic ORDER BY name").fetchone()
    assert looked_at > 50
    assert name == "Harbour Clinic", "what is open is there to be read"


def test_the_keys_without_the_database_are_ids_times_and_wrapped_keys(furnished: Path) -> None:
    columns = {f"{table.name}.{column.name}" for table in RING.tables.values() for column in table.columns}

    assert columns == {
        *(f"data_key.{name}" for name in ("clinic_id", "patient_id", "purpose", "wrapped", "created_ms", "server_key")),
        *(
            f"server_key.{name}"
            for name in ("number", "mark", "root", "made_ms", "done_ms", "before", "bridge", "back")
        ),
    }
    with closing(sqlite3.connect(f"file:{furnished / 'keys.db'}?mode=ro", uri=True)) as ring:
        rows = ring.execute("SELECT clinic_id, patient_id, purpose FROM data_key").fetchall()
    assert len(rows) == 4
    for clinic_id, patient_id, purpose in rows:
        assert AN_ID.fullmatch(clinic_id)
        assert AN_ID.fullmatch(patient_id)
        assert purpose in ("care", "personal")
