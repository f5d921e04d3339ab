"""A home programme for the patient of the house, and practices of it that were."""

from server import wiring
from server.bodies import session_event
from server.db import approvals, visits
from server.db.ledger import Append, Batch, NewLedger
from server.db.store import new_id
from sessions import events as e
from sessions.care import SetProgramme
from sessions.people import Actor, Role
from sessions.programme import Item
from tests.live.house import BREATHING, INTERNAL, House

BREATH = Item(id="k3", exercise=BREATHING, version=1, times_a_week=4, minutes=5, note="Lying down is fine")
INSIDE = Item(id="m7", exercise=INTERNAL, version=1, times_a_week=2, rung="size-2")


async def prescribe(house: House, *items: Item) -> None:
    """In the words of the library as it is, which the clinic has approved."""
    cast, library = house.cast, house.app[wiring.LIBRARY]
    current = []
    async with house.app[wiring.STORE].write() as tx:
        for item in items or (BREATH, INSIDE):
            exercise = library.get(item.exercise)
            assert exercise is not None
            await approvals.approve(
                tx, cast.clinic, exercise.slug, exercise.version, person_id=cast.therapist, now_ms=house.clock.now_ms()
            )
            fields = {name: getattr(item, name) for name in item.__struct_fields__}
            current.append(Item(**{**fields, "version": exercise.version}))
    command = SetProgramme(items=tuple(current), reason="A gentle start")
    await house.app[wiring.CARE].change(
        cast.clinic, cast.patient, command, actor=Actor(id=cast.therapist, role=Role.THERAPIST)
    )


async def practised(
    house: House, item: str, *, at_ms: int, started: bool = True, of: str = "", phase: str = "ended"
) -> str:
    """A practice as the phone's deliveries make one, opened by the patient. Returns its id."""
    cast, app = house.cast, house.app
    patient_id = of or cast.patient
    patient = Actor(id=patient_id, role=Role.PATIENT)
    care = await app[wiring.CARE].state(cast.clinic, patient_id)
    told: list[e.AnyEvent] = [
        e.SessionOpened(
            kind="practice",
            people={patient_id: Role.PATIENT},
            due_ms=at_ms,
            planned_minutes=5,
            care=care,
            programme=1,
            item=item,
        )
    ]
    if started:
        script = e.Script(exercise=BREATHING, version=1, title="", steps=())
        told += [
            e.ActivityOffered(script=script),
            e.AskingAnswered(ask=2, answer="yes"),
            e.ActivityStarted(at_ms=at_ms, pacer=None),
        ]
    session_id = new_id()
    row = visits.Session(
        clinic_id=cast.clinic,
        id=session_id,
        patient_id=patient_id,
        kind="practice",
        phase=phase,
        due_ms=at_ms,
        planned_minutes=5,
        created_ms=at_ms,
        created_by=patient_id,
        ended_ms=at_ms if phase == "ended" else None,
    )
    append = Append(
        clinic_id=cast.clinic,
        ledger_id=session_id,
        after=NewLedger("session", patient_id),
        events=tuple(session_event(event, actor=patient, at_ms=at_ms, received_ms=at_ms, cause=None) for event in told),
        keys=await app[wiring.KEYRING].keys_of(cast.clinic, patient_id),
        at_ms=at_ms,
        extras=visits.session_writes(row, people={patient_id: Role.PATIENT.value}),
    )
    await app[wiring.WRITER].commit(Batch((append,)))
    return session_id
