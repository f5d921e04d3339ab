"""Many patients of one clinic, each with a phone that has practised and is about to say so."""

import base64
import secrets
from typing import Any, Final
from uuid import uuid4

import msgspec
from msgspec import Struct

from server import wiring
from server.db import logins, people
from server.db.people import Role
from server.practice import keypairs
from server.practice.names import practice_id
from tests.live.house import BREATHING, House
from tests.practice.phone import Json, sealed

#: What a quarter of an hour of breathing says: how long after its beginning, and what.
TAPS: Final[tuple[tuple[int, Json], ...]] = (
    (0, {"type": "practice.screen", "flags": []}),
    (8_000, {"type": "activity.offer", "exercise": BREATHING}),
    (9_000, {"type": "activity.start"}),
    (70_000, {"type": "step.go", "to": 1}),
    (95_000, {"type": "comfort.set", "level": "settled"}),
    (160_000, {"type": "step.go", "to": 2}),
    (240_000, {"type": "pacer.set", "in_ms": 4_500, "hold_in_ms": 0, "out_ms": 7_000, "hold_out_ms": 0}),
    (330_000, {"type": "activity.pause"}),
    (350_000, {"type": "activity.resume"}),
    (420_000, {"type": "step.go", "to": 3}),
    (560_000, {"type": "step.go", "to": 4}),
    (700_000, {"type": "step.go", "to": 5}),
    (760_000, {"type": "activity.finish"}),
    (775_000, {"type": "checkin.record", "kind": "relaxation", "answers": {"outcome": "done", "felt": "let_go"}}),
    (780_000, {"type": "practice.end"}),
)


class One(Struct, frozen=True):
    """A patient, the token of their login, and the part that their phone holds."""

    patient_id: str
    token: str
    part: Json

    @property
    def ledger(self) -> str:
        return practice_id(self.patient_id, str(self.part["session"]))


async def crowd(house: House, count: int) -> list[One]:
    """`count` patients of the house's therapist, as phones deliver an hour after they practised."""
    app, clinic, now_ms = house.app, house.cast.clinic, house.clock.now_ms()
    there: dict[str, str] = {}
    async with app[wiring.STORE].write() as tx:
        for _ in range(count):
            person = await people.create_person(tx, clinic_id=clinic, role=Role.PATIENT, name="Somebody", now_ms=now_ms)
            token = f"crowd-{uuid4().hex}"
            await logins.create_login(
                tx,
                clinic_id=clinic,
                person_id=person.id,
                token_hash=app[wiring.KEYS].token_hash(token),
                device_label="a phone",
                now_ms=now_ms,
                expires_ms=now_ms + 86_400_000,
            )
            await people.add_to_caseload(
                tx, clinic_id=clinic, therapist_id=house.cast.therapist, patient_id=person.id, now_ms=now_ms
            )
            there[person.id] = token
    for patient_id in there:
        await app[wiring.CARE].open(clinic, patient_id)
    exercise = msgspec.to_builtins(app[wiring.LIBRARY].get(BREATHING))
    return [One(patient_id, token, await _part(house, patient_id, exercise)) for patient_id, token in there.items()]


async def _part(house: House, patient_id: str, exercise: Any) -> Json:
    app, clinic = house.app, house.cast.clinic
    now_ms = house.clock.now_ms()
    key = await keypairs.current(app[wiring.STORE], clinic, patient_id, now_ms=now_ms)
    session = secrets.token_hex(16)
    plain = {
        "format": 1,
        "begun_wall_ms": 5_000,
        "sent_wall_ms": 5_000 + TAPS[-1][0],
        "care_seq": 1,
        "exercises": [exercise],
        "entries": [{**tap, "id": str(uuid4()), "after_ms": after_ms} for after_ms, tap in TAPS],
    }
    public = {"id": key.id, "public": base64.urlsafe_b64encode(key.point).decode().rstrip("=")}
    return {"session": session, "n": 0, "sealed": sealed(plain, public, session=session, n=0), "waited_ms": 3_600_000}
