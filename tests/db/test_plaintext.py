"""Whoever takes the database's files away reads nothing that a patient said."""

from pathlib import Path

import pytest

from server.db import cards, documents, logins, people, visits
from server.db.engine import Database
from server.db.store import Store
from server.db.vault import KeyKind
from server.db.writer import LedgerWriter
from server.db.writes import apply
from tests.db.cast import Cast
from tests.db.ledgerbook import Book
from tests.db.postgres import Postgres
from tests.db.signing import sign

SECRETS = (b"Robin Vale", b"robin@example.org", b"Thea Marsh", b"told in confidence", b"Shore Road", b"green phone")
IN_THE_CLEAR = b"Harbour Clinic"


def holding(folder: Path, needle: bytes) -> list[str]:
    return [str(path) for path in folder.rglob("*") if path.is_file() and needle in path.read_bytes()]


async def test_no_word_of_a_patient_lies_readable_in_the_files(
    *,
    database: Database,
    store: Store,
    writer: LedgerWriter,
    cast: Cast,
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:
    book = await Book.of(store.ring, cast.clinic, cast.patient)
    await book.write(writer, "told in confidence")
    care, personal = book.keys.of(KeyKind.CARE), book.keys.of(KeyKind.PERSONAL)
    async with store.write() as tx:
        await people.rename(tx, cast.clinic, cast.patient, name="Robin Vale")
        await logins.create_login(
            tx,
            clinic_id=cast.clinic,
            person_id=cast.patient,
            token_hash=b"t" * 32,
            device_label="green phone",
            now_ms=1,
            expires_ms=2,
        )
        card = cards.built_write(
            care, clinic_id=cast.clinic, patient_id=cast.patient, built=1, body=b"Robin Vale", kept=b"Robin Vale"
        )
        tonight = visits.tonight_write(
            personal,
            clinic_id=cast.clinic,
            session_id=book.id,
            patient_id=cast.patient,
            body=b"12 Shore Road",
            delete_after_ms=9,
        )
        await apply(tx.db, [card, tonight])
        note = documents.Document(
            id="d" * 32,
            patient_id=cast.patient,
            kind=documents.NOTE,
            author_id=cast.therapist,
            created_ms=1,
            changed_ms=1,
            body=b"seen at Shore Road",
        )
        await documents.put(tx, cast.clinic, note)
        await sign(tx, cast.clinic, note, body=b"signed at Shore Road", now_ms=2)

    folder = tmp_path
    if database.dialect == "postgresql":
        postgres: Postgres = request.getfixturevalue("postgres")
        await postgres.run("CHECKPOINT")
        folder = postgres.socket_folder

    assert holding(folder, IN_THE_CLEAR) != [], "we look where the rows are"
    assert [holding(folder, secret) for secret in SECRETS] == [[]] * len(SECRETS)
