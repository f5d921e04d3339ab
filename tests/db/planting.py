"""One sealed value in every column that ends in `_enc`, and how the program reads each of them."""

from collections.abc import Awaitable, Callable
from itertools import count
from typing import Any, Final
from uuid import uuid4

from msgspec import Struct, structs
from sqlalchemy import select

from exercises.loader import LIBRARY_ROOT, load_library
from server.db import (
    cards,
    documents,
    emergencies,
    erasures,
    grants,
    logins,
    outbox,
    own_exercises,
    passkeys,
    people,
    recordings,
    reminders,
    second_steps,
    visits,
)
from server.db.ledger import Ledgers
from server.db.people import Role
from server.db.schema import METADATA
from server.db.store import Tx
from server.db.trust_tables import EmergencyAccessRow
from server.db.vault import KeyKind
from server.db.writer import LedgerWriter
from server.db.writes import apply
from tests.db.cast import Cast
from tests.db.ledgerbook import Book

#: Read back as anything that shows in its repr; None where there is nothing to read.
Read = Callable[[Tx], Awaitable[object]]


class Cell(Struct, frozen=True):
    """One sealed value: where it stands, the word that only it holds, and how the program reads it."""

    column: str
    where: dict[str, Any]
    word: str
    read: Read


class Planting(Struct, frozen=True):
    """What those who plant need. `patient` is whose row it is to be."""

    tx: Tx
    cast: Cast
    patient: str
    word: str
    writer: LedgerWriter
    ledgers: Ledgers


Plant = Callable[[Planting], Awaitable[tuple[dict[str, Any], Read]]]

_numbers = count(1)


async def clinic_settings(p: Planting) -> tuple[dict[str, Any], Read]:
    clinic = p.cast.clinic if p.patient == p.cast.patient else p.cast.other_clinic
    await people.change_clinic(p.tx, clinic, name="A clinic", phone="", settings=p.word.encode())
    return {"clinic_id": clinic}, lambda tx: people.clinic(tx, clinic)


async def person_name(p: Planting) -> tuple[dict[str, Any], Read]:
    person = await people.create_person(
        p.tx, clinic_id=p.cast.clinic, role=Role.SUPPORT, name=p.word, patient_id=p.patient, now_ms=1
    )
    return _row(p, id=person.id), lambda tx: people.person(tx, p.cast.clinic, person.id)


async def person_email(p: Planting) -> tuple[dict[str, Any], Read]:
    person = await people.create_person(
        p.tx,
        clinic_id=p.cast.clinic,
        role=Role.SUPPORT,
        name="A name",
        email=f"{p.word}@example.org",
        patient_id=p.patient,
        now_ms=1,
    )
    return _row(p, id=person.id), lambda tx: people.person(tx, p.cast.clinic, person.id)


async def login_device(p: Planting) -> tuple[dict[str, Any], Read]:
    token_hash = uuid4().bytes * 2
    login = await logins.create_login(
        p.tx,
        clinic_id=p.cast.clinic,
        person_id=p.patient,
        token_hash=token_hash,
        device_label=p.word,
        now_ms=1,
        expires_ms=100,
    )
    return _row(p, id=login.id), lambda tx: logins.login_by_token_hash(tx, token_hash, now_ms=2)


async def tonight(p: Planting) -> tuple[dict[str, Any], Read]:
    session = uuid4().hex
    key = await p.tx.ring.get(p.cast.clinic, p.patient, KeyKind.PERSONAL)
    write = visits.tonight_write(
        key,
        clinic_id=p.cast.clinic,
        session_id=session,
        patient_id=p.patient,
        body=p.word.encode(),
        delete_after_ms=9,
    )
    await apply(p.tx.db, [write])
    return _row(p, session_id=session), lambda tx: visits.tonight(tx, p.cast.clinic, session)


async def card_body(p: Planting) -> tuple[dict[str, Any], Read]:
    patient = await _with_card(p)

    async def read(tx: Tx) -> object:
        keys = await cards.keys_of(tx.ring, p.cast.clinic, [patient])
        sealed = await tx.db.scalar(select(CARD.c.body_enc).where(CARD.c.patient_id == patient)) or b""
        return cards.unsealed(keys[patient], p.cast.clinic, patient, bytes(sealed))

    return _row(p, patient_id=patient), read


async def card_kept(p: Planting) -> tuple[dict[str, Any], Read]:
    patient = await _with_card(p)
    return _row(p, patient_id=patient), lambda tx: cards.kept_of(tx, p.cast.clinic, [patient])


async def _with_card(p: Planting) -> str:
    """A patient of their own, since both columns are written at once."""
    person = await people.create_person(p.tx, clinic_id=p.cast.clinic, role=Role.PATIENT, name="A name", now_ms=1)
    keys = await cards.keys_of(p.tx.ring, p.cast.clinic, [person.id])
    write = cards.built_write(
        keys[person.id],
        clinic_id=p.cast.clinic,
        patient_id=person.id,
        built=1,
        body=p.word.encode(),
        kept=p.word.encode(),
    )
    await apply(p.tx.db, [write])
    return person.id


async def grant_relation(p: Planting) -> tuple[dict[str, Any], Read]:
    person = await people.create_person(
        p.tx, clinic_id=p.cast.clinic, role=Role.SUPPORT, name="A name", patient_id=p.patient, now_ms=1
    )
    await grants.create_grant(
        p.tx,
        clinic_id=p.cast.clinic,
        person_id=person.id,
        patient_id=p.patient,
        checkins=False,
        now_ms=1,
        relation=p.word,
    )
    return _row(p, person_id=person.id), lambda tx: grants.live_grant(tx, p.cast.clinic, person.id)


async def document(p: Planting) -> tuple[dict[str, Any], Read]:
    note = documents.Document(
        id=uuid4().hex,
        patient_id=p.patient,
        kind=documents.NOTE,
        author_id=p.cast.therapist,
        created_ms=1,
        changed_ms=1,
        body=p.word.encode(),
    )
    await documents.put(p.tx, p.cast.clinic, note)
    return _row(p, id=note.id), lambda tx: documents.document(tx, p.cast.clinic, note.id)


async def own_exercise(p: Planting) -> tuple[dict[str, Any], Read]:
    base = load_library(LIBRARY_ROOT).exercises["soft-belly-breathing"]
    made = await own_exercises.begin(
        p.tx,
        p.cast.clinic,
        structs.replace(base, title=p.word),
        of=base.version,
        based_on=base.version,
        person_id=p.cast.therapist,
        now_ms=1,
    )
    assert made is not None
    where = _row(p, exercise=made.exercise, version=made.version)
    return where, lambda tx: own_exercises.own(tx, p.cast.clinic, made.exercise, made.version)


async def outbox_secret(p: Planting) -> tuple[dict[str, Any], Read]:
    key = outbox.PublicKey(uuid4().hex, b"point", next(_numbers))
    await outbox.add_key(p.tx, p.cast.clinic, p.patient, key=key, secret=p.word.encode())
    return _row(p, id=key.id), lambda tx: outbox.secret_of(tx, p.cast.clinic, p.patient, key.id)


async def recording(p: Planting) -> tuple[dict[str, Any], Read]:
    said = recordings.Recording(
        id=uuid4().hex,
        person_id=p.cast.therapist,
        exercise="soft-belly-breathing",
        version=1,
        step=f"step-{next(_numbers)}",
        mime="audio/webm",
        length_ms=1,
        created_ms=1,
    )
    await recordings.put(p.tx, p.cast.clinic, said, p.word.encode())
    return _row(p, id=said.id), lambda tx: recordings.body_of(tx, p.cast.clinic, said)


async def reminder(p: Planting) -> tuple[dict[str, Any], Read]:
    await reminders.put(p.tx, p.cast.clinic, p.patient, p.word.encode(), next_ms=9, quiet_hash=None)

    async def read(tx: Tx) -> object:
        found = await reminders.reminder(tx, p.cast.clinic, p.patient)
        return found and found.body

    return _row(p, patient_id=p.patient), read


async def event(p: Planting) -> tuple[dict[str, Any], Read]:
    book = await Book.of(p.tx.ring, p.cast.clinic, p.patient)
    book.id = uuid4().hex
    await book.write(p.writer, "opened", p.word, "ended")
    return _row(p, ledger_id=book.id, seq=2), lambda _: book.events(p.ledgers)


async def passkey_label(p: Planting) -> tuple[dict[str, Any], Read]:
    made = await passkeys.add_passkey(
        p.tx,
        clinic_id=p.cast.clinic,
        person_id=p.patient,
        credential_id=uuid4().bytes,
        public_key=b"public",
        sign_count=0,
        label=p.word,
        now_ms=1,
    )

    async def read(tx: Tx) -> object:
        return [one for one in await passkeys.passkeys_of(tx, p.cast.clinic, p.patient) if one.id == made.id]

    return _row(p, id=made.id), read


async def authenticator(p: Planting) -> tuple[dict[str, Any], Read]:
    person = await people.create_person(
        p.tx, clinic_id=p.cast.clinic, role=Role.SUPPORT, name="A name", patient_id=p.patient, now_ms=1
    )
    await second_steps.set_authenticator(p.tx, p.cast.clinic, person.id, secret=p.word, step=1, now_ms=1)
    return _row(p, person_id=person.id), lambda tx: second_steps.secret_of(tx, p.cast.clinic, person.id)


async def emergency(p: Planting) -> tuple[dict[str, Any], Read]:
    made = await emergencies.begin(
        p.tx,
        clinic_id=p.cast.clinic,
        owner_id=p.cast.owner,
        patient_id=p.patient,
        reason=p.word,
        now_ms=1,
        until_ms=9,
    )

    # This one alone: another one of the patient that cannot be read would hide what this one tells.
    return _row(p, id=made.id), lambda tx: emergencies._found(tx, EmergencyAccessRow.id == made.id)


async def erasure(p: Planting) -> tuple[dict[str, Any], Read]:
    asked = erasures.Erasure(
        clinic_id=p.cast.clinic,
        patient_id=p.patient,
        asked_ms=1,
        asked_by=p.cast.therapist,
        leaves=False,
        personal_ms=None,
        care_until_ms=None,
        care_ms=None,
        reason=p.word,
    )
    await erasures.put(p.tx, asked)
    return _row(p, patient_id=p.patient), lambda tx: erasures.erasure(tx, p.cast.clinic, p.patient)


def _row(p: Planting, **key: Any) -> dict[str, Any]:
    return {"clinic_id": p.cast.clinic, **key}


CARD: Final = METADATA.tables["card"]
PLANTS: Final[dict[str, Plant]] = {
    "clinic.settings_enc": clinic_settings,
    "person.name_enc": person_name,
    "person.email_enc": person_email,
    "login.device_label_enc": login_device,
    "tonight.body_enc": tonight,
    "card.body_enc": card_body,
    "card.kept_enc": card_kept,
    "support_grant.relation_enc": grant_relation,
    "document.body_enc": document,
    "own_exercise.body_enc": own_exercise,
    "outbox_key.private_enc": outbox_secret,
    "recording.body_enc": recording,
    "reminder.body_enc": reminder,
    "event.body_enc": event,
    "passkey.label_enc": passkey_label,
    "authenticator.secret_enc": authenticator,
    "emergency_access.reason_enc": emergency,
    "erasure.reason_enc": erasure,
}
