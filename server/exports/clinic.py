"""All records of a clinic in one file, sealed with a passphrase that Ebb does not keep. `ebb open-export` opens it."""

import asyncio
import csv
import io
from itertools import chain
from pathlib import Path
from typing import Final

import msgspec
from aiohttp import web

from server import wiring
from server.bodies import Erased
from server.clinic_settings import settings_of
from server.db import people
from server.db.errors import Unreadable
from server.db.people import Person, Role
from server.exports import gather
from server.exports.archive import Archive, write_patient
from server.exports.gather import Reader
from server.exports.jobs import Job
from server.exports.sealed import SealedWriter, head_for, open_with, private_file
from server.exports.tables import cell, moment

PASSPHRASE_LEAST: Final = 16
_PEOPLE: Final = ("id", "role", "name", "email", "added_at", "ended_at", "folder")


async def write_clinic(app: web.Application, job: Job, clinic_id: str, *, by: str, passphrase: str) -> None:
    """Every patient's record without its printed sessions, which can be printed from it again: tables, events, FHIR.

    An erased patient is a line in `people.csv` and nothing else.
    """
    async with app[wiring.STORE].reader() as tx:
        clinic = await people.clinic(tx, clinic_id)
        everybody = await people.people_of_clinic(tx, clinic_id, roles=tuple(Role))
    assert clinic is not None, "its owner asks"
    patients = [person for person in everybody if person.role is Role.PATIENT]
    job.total = len(patients)
    # A tenth of a second and 64 MiB, on purpose; not in front of anybody's Stop.
    head, key = await asyncio.to_thread(head_for, passphrase)
    with job.sink() as outer:
        sealed = SealedWriter(outer, key, head=head)
        archive = Archive(sealed, now_ms=app[wiring.CLOCK].now_ms())
        about = {"name": clinic.name, "phone": clinic.phone, "settings": settings_of(clinic)}
        archive.put("clinic.json", msgspec.json.format(msgspec.json.encode(about), indent=2))
        folders: dict[str, str] = {}
        for number, patient in enumerate(patients, start=1):
            folder = f"patients/{number:05}"
            try:
                whose = await gather.whose(app, clinic_id, patient, Reader.CLINIC)
                await write_patient(
                    app, archive, whose, by=by, spools=app[wiring.EXPORTS].folder, folder=f"{folder}/", pages=False
                )
                folders[patient.id] = folder
            except (Erased, Unreadable):
                pass
            job.done = number
        archive.put("people.csv", _people(everybody, folders))
        archive.close()
        sealed.close()


def open_export(path: Path, to: Path, passphrase: str) -> int:
    """Writes the ZIP that was sealed. Answers its bytes; raises Unopened, and leaves nothing half-opened behind."""
    pieces = open_with(path, passphrase)
    # The first piece proves the passphrase, so that with a wrong one no file is begun.
    first, written, whole = next(pieces), 0, False
    try:
        with private_file(to) as file:
            for piece in chain([first], pieces):
                written += file.write(piece)
        whole = True
    finally:
        if not whole:
            to.unlink(missing_ok=True)
    return written


def _people(everybody: list[Person], folders: dict[str, str]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(_PEOPLE)
    for person in everybody:
        row = (
            person.id,
            str(person.role),
            person.name,
            person.email,
            moment(person.created_ms),
            moment(person.disabled_ms),
            folders.get(person.id),
        )
        writer.writerow([cell(value) for value in row])
    return "\ufeff".encode() + text.getvalue().encode()
