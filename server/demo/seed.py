"""Filling an empty data folder for the demo, and finding its people again in one that is not empty."""

import asyncio
from collections.abc import Coroutine, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TypeVar

import msgspec
from aiohttp import web
from msgspec import Struct, structs

from server import wiring
from server.db import approvals, grants, people, visits
from server.db.ledger import Append, Batch
from server.db.people import Person, Role
from server.db.vault import PatientKeys
from server.demo import story
from server.demo.past import DAY, PastVisit, past_journal
from sessions import care
from sessions.people import Actor
from sessions.people import Role as SessionRole

T = TypeVar("T")
_AT_ONCE: Final = 20
WEEK_MS = 7 * 86_400_000
DUE_IN_MS = 2 * 60_000
VISIT_MINUTES = 45
#: Invented and shown to nobody but the demo: the demo's links sign in by themselves.
THERAPIST = "Maren Holt"
CLINIC = "Shore Lane Clinic"
#: From the range that Ofcom keeps for drama.
PHONE = "01632 960118"


class Pair(Struct, frozen=True):
    therapist: str
    patient: str
    visit: str


class Cast(Struct, frozen=True):
    """Ids of the demo's people, kept in `demo.json` so that the folder can be continued."""

    clinic: str
    therapist: str
    patient: str
    other_patient: str
    owner: str
    support: str
    stranger_clinic: str
    stranger: str
    visit: str
    pairs: tuple[Pair, ...] = ()


async def cast(app: web.Application, folder: Path, *, pairs: int) -> Cast:
    """The cast of this folder, seeded where there is none; a visit that is due is always there."""
    file = folder / "demo.json"
    if file.exists():
        known = msgspec.json.decode(file.read_bytes(), type=Cast)
    else:
        known = await _seed(app, pairs=pairs)
    known = await _with_visits_due(app, known)
    file.write_bytes(msgspec.json.encode(known))
    return known


async def _seed(app: web.Application, *, pairs: int) -> Cast:
    now_ms = app[wiring.CLOCK].now_ms()
    async with app[wiring.STORE].write() as tx:
        clinic = await people.create_clinic(tx, name=CLINIC, phone=PHONE, now_ms=now_ms)
        elsewhere = await people.create_clinic(tx, name="Hill Road Clinic", phone="01632 960177", now_ms=now_ms)
        therapist = await people.create_person(
            tx, clinic_id=clinic, role=Role.THERAPIST, name=THERAPIST, email="maren@demo.invalid", now_ms=now_ms
        )
        owner = await people.create_person(
            tx, clinic_id=clinic, role=Role.OWNER, name="Kit Owner", email="kit@demo.invalid", now_ms=now_ms
        )
        stranger = await people.create_person(
            tx, clinic_id=elsewhere, role=Role.THERAPIST, name="Jo Stranger", email="jo@demo.invalid", now_ms=now_ms
        )
    patients = [await _patient(app, clinic, therapist, name=one.name, email=one.email) for one in story.PATIENTS]
    for one, patient in zip(story.PATIENTS, patients, strict=True):
        await _history(app, one, clinic=clinic, therapist=therapist, patient=patient, now_ms=now_ms)
    async with app[wiring.STORE].write() as tx:
        support = await people.create_person(
            tx, clinic_id=clinic, role=Role.SUPPORT, name="Ash Vale", patient_id=patients[0].id, now_ms=now_ms
        )
        await grants.create_grant(
            tx,
            clinic_id=clinic,
            person_id=support.id,
            patient_id=patients[0].id,
            checkins=False,
            relation="partner",
            now_ms=now_ms,
        )
    made = await _side_by_side(_pair(app, clinic, number) for number in range(pairs))
    return Cast(
        clinic=clinic,
        therapist=therapist.id,
        patient=patients[0].id,
        other_patient=patients[1].id,
        owner=owner.id,
        support=support.id,
        stranger_clinic=elsewhere,
        stranger=stranger.id,
        visit="",
        pairs=tuple(made),
    )


async def _patient(app: web.Application, clinic: str, therapist: Person, *, name: str, email: str | None) -> Person:
    now_ms = app[wiring.CLOCK].now_ms()
    async with app[wiring.STORE].write() as tx:
        patient = await people.create_person(
            tx, clinic_id=clinic, role=Role.PATIENT, name=name, email=email, now_ms=now_ms
        )
        await people.add_to_caseload(
            tx, clinic_id=clinic, therapist_id=therapist.id, patient_id=patient.id, now_ms=now_ms
        )
    await app[wiring.CARE].open(clinic, patient.id)
    return patient


async def _history(
    app: web.Application, one: story.Patient, *, clinic: str, therapist: Person, patient: Person, now_ms: int
) -> None:
    book = app[wiring.CARE]
    if one.enabled:
        clear = care.Clear(
            clearance=care.Clearance(
                examined=story.CLEARED,
                conditions_screened=True,
                adult=True,
                pregnancy="not_pregnant",
                reason=story.WHY_CLEARED,
            ),
            enabled=one.enabled,
            ladder=one.ladder,
            rung=one.rung,
        )
        await book.change(clinic, patient.id, clear, actor=Actor(id=therapist.id, role=SessionRole.THERAPIST))
    await _prescribed(app, one, clinic=clinic, therapist=therapist, patient=patient)
    state = await book.state(clinic, patient.id)
    keys = await app[wiring.KEYRING].keys_of(clinic, patient.id)
    library = app[wiring.LIBRARY]
    appends = []
    for number, week in enumerate(one.weeks):
        past = PastVisit(
            clinic_id=clinic,
            therapist_id=therapist.id,
            patient_id=patient.id,
            due_ms=now_ms - (story.WEEKS - number) * WEEK_MS + DUE_IN_MS,
            care=story.care_of(one, state),
            find=library.get,
        )
        _tell(past, week)
        appends.append(past.append(keys))
    appends.append(_journal(one, clinic=clinic, therapist=therapist, patient=patient, keys=keys, now_ms=now_ms))
    await app[wiring.WRITER].commit(Batch(tuple(appends)))


async def _prescribed(
    app: web.Application, one: story.Patient, *, clinic: str, therapist: Person, patient: Person
) -> None:
    """The home programme, version by version. Its words count as read in this invented clinic, and in no other."""
    library = app[wiring.LIBRARY].exercises
    for programme in one.programmes:
        items = tuple(structs.replace(item, version=library[item.exercise].version) for item in programme.items)
        async with app[wiring.STORE].write() as tx:
            for item in items:
                await approvals.approve(
                    tx,
                    clinic,
                    item.exercise,
                    item.version,
                    person_id=therapist.id,
                    now_ms=app[wiring.CLOCK].now_ms(),
                )
        command = care.SetProgramme(items, programme.reason, programme.template)
        actor = Actor(id=therapist.id, role=SessionRole.THERAPIST)
        await app[wiring.CARE].change(clinic, patient.id, command, actor=actor)


def _journal(
    one: story.Patient, *, clinic: str, therapist: Person, patient: Person, keys: PatientKeys, now_ms: int
) -> Append:
    today = datetime.fromtimestamp(now_ms / 1000, UTC).date()
    patients, therapists = (
        Actor(id=patient.id, role=SessionRole.PATIENT),
        Actor(id=therapist.id, role=SessionRole.THERAPIST),
    )
    lines = [
        (now_ms - int(line.days_ago * DAY), patients if line.by_patient else therapists, line.command)
        for line in story.journal_of(one, today)
    ]
    return past_journal(lines, clinic_id=clinic, patient_id=patient.id, keys=keys)


def _tell(past: PastVisit, week: story.Week) -> None:
    past.arrive()
    for slug in week.exercises:
        last = slug == week.exercises[-1]
        past.exercise(
            slug,
            step_s=70,
            rung=week.rung if slug == story.INTERNAL else None,
            uneasy_at=week.uneasy_at if last else None,
            slower_at=week.slower_at if not last or len(week.exercises) == 1 else None,
            stop_at=week.stop_at if last else None,
        )
        if slug in (story.INTERNAL, story.MIRROR):
            _of_a_rung(past, week)
        else:
            past.checkin("relaxation", outcome="done", felt=week.felt, worry=week.worry)
    if week.note:
        past.note(week.note)
    past.end()
    if week.next_day is not None:
        past.next_day(outcome=week.next_day)


def _of_a_rung(past: PastVisit, week: story.Week) -> None:
    before, most, after = week.pain or (None, None, None)
    answers = {
        "outcome": week.outcome,
        "minutes": week.minutes,
        "pain_before": before,
        "pain_worst": most,
        "pain_after": after,
        "worry_before": week.worry,
        **week.more,
    }
    past.checkin("rung", rung=week.rung, **{name: value for name, value in answers.items() if value is not None})


async def _pair(app: web.Application, clinic: str, number: int) -> Pair:
    now_ms = app[wiring.CLOCK].now_ms()
    async with app[wiring.STORE].write() as tx:
        therapist = await people.create_person(
            tx, clinic_id=clinic, role=Role.THERAPIST, name=f"Therapist {number + 1}", now_ms=now_ms
        )
    patient = await _patient(app, clinic, therapist, name=f"Patient {number + 1}", email=None)
    return Pair(therapist=therapist.id, patient=patient.id, visit="")


async def _with_visits_due(app: web.Application, known: Cast) -> Cast:
    """Every pair of the cast has a visit that has not ended; a new one is planned where the last one has."""
    visit = await _due(app, known.clinic, known.patient, known.therapist)
    due = await _side_by_side(_due(app, known.clinic, pair.patient, pair.therapist) for pair in known.pairs)
    pairs = [structs.replace(pair, visit=visit) for pair, visit in zip(known.pairs, due, strict=True)]
    return structs.replace(known, visit=visit, pairs=tuple(pairs))


async def _side_by_side(making: Iterable[Coroutine[None, None, T]]) -> list[T]:
    """Some at a time, so that they share their commits; of 2,000 pairs each would wait for its own."""
    gate = asyncio.Semaphore(_AT_ONCE)

    async def one(made: Coroutine[None, None, T]) -> T:
        async with gate:
            return await made

    return list(await asyncio.gather(*(one(made) for made in making)))


async def _due(app: web.Application, clinic: str, patient: str, therapist: str) -> str:
    async with app[wiring.STORE].reader() as tx:
        waiting = await visits.open_sessions_of_patient(tx, clinic, patient)
    if waiting:
        return waiting[0].id
    due_ms = app[wiring.CLOCK].now_ms() + DUE_IN_MS
    place = await app[wiring.VISITS].plan(clinic, patient, therapist, due_ms=due_ms, minutes=VISIT_MINUTES)
    return place.session_id
