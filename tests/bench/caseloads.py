"""Many patients of one therapist, each with weeks of practice, put straight into the ledgers: a thousand in seconds."""

import asyncio
import random
from collections.abc import Iterator, Sequence
from typing import Final, Literal

from aiohttp import web

from exercises.ladder import neutral_ladder
from exercises.model import Rung
from server import wiring
from server.bodies import care_event, journal_event, session_event
from server.care.journals import journal_id
from server.db import people, visits
from server.db.ledger import Append, Batch, NewEvent, NewLedger
from server.db.people import Role as PersonRole
from server.db.store import new_id
from server.db.vault import PatientKeys
from sessions import care
from sessions import events as e
from sessions.checkins import RungAnswers, gated
from sessions.flags import Tier
from sessions.journal import JournalConcern, JournalEvent, Said
from sessions.people import SYSTEM, Actor, Role

DAY_MS: Final = 86_400_000
_HOUR_MS: Final = 3_600_000
_FIRST: Final = ("Noor", "Jules", "Sasha", "Kim", "Robin", "Alex", "Ash", "Ínés", "Chris", "Dana", "Élo", "Sam", "Max")
_LAST: Final = ("Amari", "Tern", "Lind", "Okafor", "Vale", "Marsh", "Moss", "Brook", "Heron", "Sand", "Quay", "Shore")
_AT_ONCE: Final = 100
_SIZES: Final = neutral_ladder().rungs[-5:]
_CLEARANCE: Final = care.Clearance(
    examined="Dr Moss, in person", conditions_screened=True, adult=True, pregnancy="not_pregnant"
)


async def seed(
    app: web.Application, *, clinic_id: str, therapist_id: str, count: int, practices: int = 8, chance: int = 1
) -> list[str]:
    """Ids of `count` new patients with so many practices at home and one visit each. `chance` makes it repeatable."""
    dice, now_ms = random.Random(chance), app[wiring.CLOCK].now_ms()
    ids: list[str] = []
    async with app[wiring.STORE].write() as tx:
        for number in range(count):
            person = await people.create_person(
                tx, clinic_id=clinic_id, role=PersonRole.PATIENT, name=_name(number, count), now_ms=now_ms
            )
            await people.add_to_caseload(
                tx, clinic_id=clinic_id, therapist_id=therapist_id, patient_id=person.id, now_ms=now_ms
            )
            ids.append(person.id)
    writer = app[wiring.WRITER]
    for first in range(0, count, _AT_ONCE):
        appends: list[Append] = []
        for patient_id in ids[first : first + _AT_ONCE]:
            keys = await app[wiring.KEYRING].keys_of(clinic_id, patient_id)
            appends += _Life(keys, clinic_id, therapist_id, patient_id, now_ms=now_ms, dice=dice).told(practices)
        await asyncio.gather(*(writer.commit(Batch((append,))) for append in appends))
    return ids


def _name(number: int, count: int) -> str:
    pairs = len(_FIRST) * len(_LAST)
    name = f"{_FIRST[number % len(_FIRST)]} {_LAST[(number // len(_FIRST)) % len(_LAST)]}"
    return f"{name} {number // pairs + 1}" if count > pairs else name


class _Life:
    """One patient's ledgers, each with its first append."""

    def __init__(
        self,
        keys: PatientKeys,
        clinic_id: str,
        therapist_id: str,
        patient_id: str,
        *,
        now_ms: int,
        dice: random.Random,
    ) -> None:
        self._keys, self._clinic, self._therapist, self._patient = keys, clinic_id, therapist_id, patient_id
        self._now_ms, self._dice = now_ms, dice
        self._rung: Rung = dice.choice(_SIZES)
        self._care = care.CareState()

    def told(self, practices: int) -> Iterator[Append]:
        dice, now_ms = self._dice, self._now_ms
        began_ms = now_ms - 60 * DAY_MS
        changes = self._changes(began_ms)
        for change in changes:
            self._care = care.evolve_care(self._care, change)
        lines = [care_event(change, actor=SYSTEM, at_ms=began_ms) for change in changes]
        yield self._append(self._patient, "care", lines)
        if written := _written(dice):
            event, role = written
            at_ms = now_ms - dice.randrange(3 * DAY_MS)
            line = journal_event(event, actor=Actor(self._patient, role), at_ms=at_ms, cause=new_id())
            yield self._append(journal_id(self._patient), "journal", [line])
        pain = dice.randrange(3, 7)
        for number in range(practices):
            pain = min(8, max(0, pain + dice.choice((-1, -1, 0, 0, 1))))
            at_ms = now_ms - (practices - number) * 3 * DAY_MS + dice.randrange(2 * DAY_MS)
            yield self._past("practice", at_ms, pain)
        yield self._past("visit", now_ms - 20 * DAY_MS, pain)
        yield self._coming(now_ms + dice.randrange(40) * DAY_MS + dice.randrange(6) * _HOUR_MS, began_ms)

    def _changes(self, began_ms: int) -> list[care.CareEvent]:
        dice = self._dice
        found: list[care.CareEvent] = [care.opened(began_ms)]
        if dice.random() < 0.05:
            return found
        found.append(care.CareCleared(clearance=_CLEARANCE))
        found.append(care.CareArranged(enabled=(), ladder=neutral_ladder(), rung=self._rung.id))
        if dice.random() < 0.04:
            since_ms = self._now_ms - dice.randrange(9 * DAY_MS)
            found.append(care.CareSuspended(suspension=care.Suspension("We talk first.", "Fresh bleeding", since_ms)))
        return found

    def _past(self, kind: Literal["visit", "practice"], at_ms: int, pain: int) -> Append:
        answers = RungAnswers(
            outcome="chose_not_to_insert" if self._dice.random() < 0.1 else "completed",
            pain_worst=pain,
            worry_before=min(10, pain + self._dice.randrange(3)),
        )
        patient = Actor(self._patient, Role.PATIENT)
        told: list[tuple[Actor, e.AnyEvent]] = [(SYSTEM, self._opened(kind, at_ms))]
        if kind == "visit":
            told.append((Actor(self._therapist, Role.THERAPIST), e.VisitAdmitted()))
        told.append((patient, e.CheckinRecorded(kind="rung", answers=gated(answers), heard=False, rung=self._rung)))
        told.append((SYSTEM, e.VisitEnded(reason="ended") if kind == "visit" else e.PracticeEnded()))
        return self._session(kind, at_ms, told, phase="ended")

    def _coming(self, due_ms: int, at_ms: int) -> Append:
        return self._session("visit", due_ms, [(SYSTEM, self._opened("visit", due_ms))], phase="scheduled", at_ms=at_ms)

    def _opened(self, kind: Literal["visit", "practice"], due_ms: int) -> e.SessionOpened:
        there = {self._patient: Role.PATIENT} | ({self._therapist: Role.THERAPIST} if kind == "visit" else {})
        return e.SessionOpened(kind=kind, people=there, due_ms=due_ms, planned_minutes=45, care=self._care)

    def _session(
        self, kind: str, due_ms: int, told: Sequence[tuple[Actor, e.AnyEvent]], *, phase: str, at_ms: int | None = None
    ) -> Append:
        ended = phase == "ended"
        row = visits.Session(
            clinic_id=self._clinic,
            id=new_id(),
            patient_id=self._patient,
            kind=kind,
            phase=phase,
            due_ms=due_ms,
            planned_minutes=45,
            created_ms=due_ms,
            created_by=self._therapist,
            ended_ms=due_ms if ended else None,
        )
        when_ms = due_ms if at_ms is None else at_ms
        lines = [
            session_event(event, actor=actor, at_ms=when_ms, received_ms=when_ms, cause=None) for actor, event in told
        ]
        return self._append(row.id, "session", lines, row)

    def _append(
        self, ledger_id: str, kind: str, lines: Sequence[NewEvent], session: visits.Session | None = None
    ) -> Append:
        belong = {self._patient: "patient"}
        if session is not None and session.kind == visits.VISIT:
            belong[self._therapist] = "therapist"
        return Append(
            clinic_id=self._clinic,
            ledger_id=ledger_id,
            after=NewLedger(kind, self._patient),
            events=tuple(lines),
            keys=self._keys,
            at_ms=self._now_ms,
            extras=() if session is None else visits.session_writes(session, people=belong),
        )


def _written(dice: random.Random) -> tuple[JournalEvent, Role] | None:
    chance = dice.random()
    if chance < 0.03:
        return Said(text="Is it all right to practise in the bath?"), Role.PATIENT
    if chance < 0.05:
        say = "Pain rose over 3 practices: 3, 4, 6 of 10."
        return JournalConcern(rule="pain_rises", tier=Tier.NOTE, say=say, rules=1), Role.SYSTEM
    return None
