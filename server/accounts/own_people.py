"""Adding people to a clinic, and what they change of themselves; an address that is taken is an answer, no fault."""

import asyncio
from typing import Final

from aiohttp import web

from server import wiring
from server.accounts import passwords, signing
from server.accounts.access import Login
from server.clinic_settings import settings_of
from server.db import people
from server.db.errors import Taken
from server.db.people import Person, Role

TAKEN: Final = "Somebody uses this address already. Leave it out, or take another one."


async def add_patient(app: web.Application, therapist: Login, *, name: str, email: str) -> Person | None:
    """A patient on this therapist's caseload, with internal work suspended. None where the address is taken."""
    now_ms = app[wiring.CLOCK].now_ms()
    try:
        async with app[wiring.STORE].write() as tx:
            patient = await people.create_person(
                tx,
                clinic_id=therapist.clinic_id,
                role=Role.PATIENT,
                name=name,
                email=email or None,
                now_ms=now_ms,
            )
            await people.add_to_caseload(
                tx,
                clinic_id=therapist.clinic_id,
                therapist_id=therapist.person.id,
                patient_id=patient.id,
                now_ms=now_ms,
            )
            clinic = await people.clinic(tx, therapist.clinic_id)
    except Taken:
        return None
    assert clinic is not None, "a therapist belongs to a clinic"
    thresholds = settings_of(clinic).thresholds
    await app[wiring.CARE].open(therapist.clinic_id, patient.id, thresholds=thresholds)
    return patient


async def add_therapist(app: web.Application, owner: Login, *, name: str, email: str) -> Person | None:
    """None where the address is taken."""
    try:
        async with app[wiring.STORE].write() as tx:
            return await people.create_person(
                tx,
                clinic_id=owner.clinic_id,
                role=Role.THERAPIST,
                name=name,
                email=email,
                now_ms=app[wiring.CLOCK].now_ms(),
            )
    except Taken:
        return None


async def password_problem(app: web.Application, person: Person, password: str, *, email: str = "") -> str | None:
    """What is wrong with a password that this person wants from now on, or None."""
    async with app[wiring.STORE].reader() as tx:
        clinic = await people.clinic(tx, person.clinic_id)
    known = (person.name, person.email, email, clinic.name if clinic is not None else "", "Ebb")
    # The list is read from the package at its first use, and that takes a moment.
    return await asyncio.to_thread(passwords.problem, password, own=[name for name in known if name])


async def set_password(
    app: web.Application, person: Person, password: str, *, email: str = "", only: str | None = None
) -> bool:
    """With an address, where the person had none. False, and nothing is changed, where that is taken.

    `only` is the login that goes on where all others end: somebody else may know the password that was.
    """
    now_ms = app[wiring.CLOCK].now_ms()
    ended: list[str] = []
    hashed = await app[wiring.PASSWORDS].hash(password)
    try:
        async with app[wiring.STORE].write() as tx:
            if email:
                await people.set_email(tx, person.clinic_id, person.id, email=email)
            await people.set_password_hash(tx, person.clinic_id, person.id, password_hash=hashed)
            if only is not None:
                ended = await signing.revoke_all(tx, person, now_ms=now_ms, but=only)
    except Taken:
        return False
    signing.close(app, ended)
    return True
