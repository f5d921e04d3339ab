"""Who lives in the house of the tests, and how they move in."""

import shutil
from pathlib import Path
from uuid import uuid4

import msgspec
from aiohttp import web
from msgspec import Struct

from exercises.ladder import neutral_ladder
from exercises.model import Ladder
from server import wiring
from server.db import grants, logins, people
from server.db.people import Role
from sessions import care
from sessions.people import Actor
from sessions.people import Role as SessionRole

NOON_MS = 1_750_000_000_000
DUE_IN_MS = 2 * 60_000
MINUTES = 45
INTERNAL = "dilator-session"
BREATHING = "soft-belly-breathing"
CLEARED = care.Clearance(
    examined="Dr Moss, 3 March",
    conditions_screened=True,
    adult=True,
    pregnancy="not_pregnant",
    reason="Examined, nothing found",
)


class Cast(Struct, frozen=True):
    """Ids, and what each of them has in the cookie. The stranger is a therapist of another clinic."""

    clinic: str
    therapist: str
    colleague: str
    patient: str
    other_patient: str
    support: str
    owner: str
    stranger: str
    visit: str
    next_visit: str
    other_visit: str
    tokens: dict[str, str]
    logins: dict[str, str]


def copied(template: Path, folder: Path) -> Cast:
    """The template's people in a folder of one's own."""
    shutil.copytree(template, folder, dirs_exist_ok=True)
    return msgspec.json.decode((folder / "cast.json").read_bytes(), type=Cast)


def cleared(reason: str) -> care.Clear:
    """What lifts the suspension, with a ladder of four rungs."""
    ladder = Ladder(version=1, rungs=neutral_ladder().rungs[:4])
    clearance = msgspec.structs.replace(CLEARED, reason=reason)
    return care.Clear(clearance=clearance, enabled=(INTERNAL,), ladder=ladder, rung="size-2")


async def move_in(app: web.Application) -> Cast:
    clock, keys = app[wiring.CLOCK], app[wiring.KEYS]
    now_ms = clock.now_ms()
    ids: dict[str, str] = {}
    tokens: dict[str, str] = {}
    of_login: dict[str, str] = {}
    async with app[wiring.STORE].write() as tx:
        clinic = await people.create_clinic(tx, name="Harbour Clinic", phone="+1 555 0100", now_ms=now_ms)
        elsewhere = await people.create_clinic(tx, name="Hill Clinic", phone="+1 555 0199", now_ms=now_ms)
        for name, role, at in (
            ("therapist", Role.THERAPIST, clinic),
            ("colleague", Role.THERAPIST, clinic),
            ("patient", Role.PATIENT, clinic),
            ("other_patient", Role.PATIENT, clinic),
            ("support", Role.SUPPORT, clinic),
            ("owner", Role.OWNER, clinic),
            ("stranger", Role.THERAPIST, elsewhere),
        ):
            person = await people.create_person(
                tx,
                clinic_id=at,
                role=role,
                name=name.replace("_", " ").title(),
                patient_id=ids["patient"] if role is Role.SUPPORT else None,
                now_ms=now_ms,
            )
            ids[name], tokens[name] = person.id, f"{name}-{uuid4().hex}"
            await logins.create_login(
                tx,
                clinic_id=at,
                person_id=person.id,
                token_hash=keys.token_hash(tokens[name]),
                device_label="a device",
                now_ms=now_ms,
                expires_ms=now_ms + 400 * 86_400_000,
                mfa=True,
                proved_ms=now_ms,
            )
        await grants.create_grant(
            tx,
            clinic_id=clinic,
            person_id=ids["support"],
            patient_id=ids["patient"],
            checkins=False,
            now_ms=now_ms,
        )
        for patient in ("patient", "other_patient"):
            await people.add_to_caseload(
                tx, clinic_id=clinic, therapist_id=ids["therapist"], patient_id=ids[patient], now_ms=now_ms
            )
    async with app[wiring.STORE].reader() as tx:
        for name, token in tokens.items():
            row = await logins.login_by_token_hash(tx, keys.token_hash(token), now_ms=now_ms)
            assert row is not None
            of_login[name] = row.id
    for patient in ("patient", "other_patient"):
        await app[wiring.CARE].open(clinic, ids[patient])
    therapist = Actor(id=ids["therapist"], role=SessionRole.THERAPIST)
    await app[wiring.CARE].change(clinic, ids["patient"], cleared("Examined, nothing found"), actor=therapist)

    async def plan(patient: str, *, days: int) -> str:
        place = await app[wiring.VISITS].plan(
            clinic,
            ids[patient],
            ids["therapist"],
            due_ms=now_ms + DUE_IN_MS + days * 86_400_000,
            minutes=MINUTES,
        )
        return place.session_id

    return Cast(
        clinic=clinic,
        **ids,
        visit=await plan("patient", days=0),
        next_visit=await plan("patient", days=7),
        other_visit=await plan("other_patient", days=0),
        tokens=tokens,
        logins=of_login,
    )
