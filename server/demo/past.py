"""Visits that were: real commands through the real machine, on a clock that is set back."""

from collections.abc import Iterable
from typing import Any
from uuid import uuid4

import msgspec
from msgspec import Raw

from exercises.model import Exercise
from server.bodies import journal_event, session_event
from server.care.journals import journal_id
from server.db import visits
from server.db.ledger import Append, NewLedger
from server.db.store import new_id
from server.db.vault import PatientKeys
from sessions import commands as c
from sessions import system
from sessions.care import CareState
from sessions.events import Recorded, SessionOpened
from sessions.evolve import evolve
from sessions.journal import JournalCommand, JournalState
from sessions.journaling import decide_journal, evolve_journal
from sessions.machine import Command, decide
from sessions.moment import Find, Moment
from sessions.people import SYSTEM, Actor, Role
from sessions.state import SessionState

SECOND = 1_000
MINUTE = 60_000
DAY = 86_400_000


def past_journal(
    lines: Iterable[tuple[int, Actor, JournalCommand]], *, clinic_id: str, patient_id: str, keys: PatientKeys
) -> Append:
    """What was written between visits, as one append into a new ledger. Each line goes through `decide_journal`."""
    state, events, at_ms = JournalState(), [], 0
    for at_ms, actor, command in lines:
        for event in decide_journal(state, command, actor, now_ms=at_ms):
            state = evolve_journal(state, event, at_ms=at_ms, role=actor.role, person=actor.id)
            events.append(journal_event(event, actor=actor, at_ms=at_ms, cause=str(uuid4())))
    return Append(
        clinic_id=clinic_id,
        ledger_id=journal_id(patient_id),
        after=NewLedger("journal", patient_id),
        events=tuple(events),
        keys=keys,
        at_ms=at_ms,
    )


class PastVisit:
    """One visit told in order. Every command goes through `decide`, so the demo's history obeys every rule."""

    def __init__(
        self, *, clinic_id: str, therapist_id: str, patient_id: str, due_ms: int, care: CareState, find: Find
    ) -> None:
        self.session_id = new_id()
        self._clinic_id, self._patient_id, self._due_ms = clinic_id, patient_id, due_ms
        self._find = find
        self._now_ms = due_ms - 2 * 86_400_000
        self._therapist = Actor(id=therapist_id, role=Role.THERAPIST)
        self._patient = Actor(id=patient_id, role=Role.PATIENT)
        self._state = SessionState()
        self._lines: list[Recorded] = []
        people = {therapist_id: Role.THERAPIST, patient_id: Role.PATIENT}
        self._take(
            SYSTEM,
            [SessionOpened(kind="visit", people=people, due_ms=due_ms, planned_minutes=45, care=care)],
            cause=None,
        )

    def arrive(self) -> None:
        self._now_ms = self._due_ms - 4 * MINUTE
        self._system(system.PresenceReturn(person=self._patient.id))
        self.patient(
            c.ArrivalConfirm,
            after_s=90,
            safe=True,
            alone=True,
            telehealth_consent=True,
            identity=True,
            hang_up=c.HangUp(call_back_ok=True),
        )
        self._system(system.PresenceReturn(person=self._therapist.id))
        self._now_ms = self._due_ms
        self.therapist(c.VisitAdmit, after_s=20)

    def exercise(
        self,
        slug: str,
        *,
        step_s: int,
        rung: str | None = None,
        uneasy_at: int | None = None,
        slower_at: int | None = None,
        stop_at: int | None = None,
    ) -> None:
        """Offer, yes, start, every step but the way out, finish; with what went otherwise at a step."""
        exercise = self._find(slug)
        assert exercise is not None, slug
        self.therapist(c.ActivityOffer, after_s=60, exercise=slug, rung=rung, minutes=10 if rung else None)
        self._answer()
        self.therapist(c.ActivityStart, after_s=8)
        for index in self._forward(exercise):
            if index:
                self.therapist(c.StepGo, after_s=step_s, to=index)
                if exercise.steps[index].internal:
                    self._answer()
            if index == uneasy_at:
                self.patient(c.ComfortSet, after_s=20, level="uneasy")
                self.therapist(c.MessageSay, after_s=6, text="I am here. Stay where you are, or come out, as you like.")
                self.patient(c.ComfortSet, after_s=70, level="settled")
            if index == slower_at:
                self.patient(c.PacerSet, after_s=25, in_ms=4000, hold_in_ms=0, out_ms=8000, hold_out_ms=0)
            if index == stop_at:
                self.patient(c.SessionStop, after_s=15)
                self.patient(c.SessionReady, after_s=150)
                return
        self.therapist(c.ActivityFinish, after_s=step_s)

    def checkin(self, kind: str, **answers: Any) -> None:
        self.patient(c.CheckinRecord, after_s=45, kind=kind, answers=Raw(msgspec.json.encode(answers)))

    def next_day(self, **answers: Any) -> None:
        """How it was on the day after the last check-in."""
        self._now_ms += DAY
        of = self._state.checkins[-1].seq
        self.patient(
            c.CheckinRecord, after_s=0, kind="next_day", answers=Raw(msgspec.json.encode({"of": of, **answers}))
        )

    def note(self, text: str) -> None:
        self.therapist(c.NoteWrite, after_s=20, text=text)

    def end(self) -> None:
        self.therapist(c.VisitEnd, after_s=120)

    def patient(self, command: type[c.Command], *, after_s: int, **fields: Any) -> None:
        self._do(self._patient, command, after_s, fields)

    def therapist(self, command: type[c.Command], *, after_s: int, **fields: Any) -> None:
        self._do(self._therapist, command, after_s, fields)

    def append(self, keys: PatientKeys) -> Append:
        """The whole visit as one append into a new ledger, with its row."""
        state = self._state
        row = visits.Session(
            clinic_id=self._clinic_id,
            id=self.session_id,
            patient_id=self._patient_id,
            kind="visit",
            phase=state.phase,
            due_ms=self._due_ms,
            planned_minutes=45,
            created_ms=self._lines[0].at,
            created_by=self._therapist.id,
            ended_ms=state.ended_at,
        )
        return Append(
            clinic_id=self._clinic_id,
            ledger_id=self.session_id,
            after=NewLedger("session", self._patient_id),
            events=tuple(
                session_event(
                    line.event,
                    actor=Actor(id=line.by, role=line.role),
                    at_ms=line.at,
                    received_ms=line.at,
                    cause=line.cause,
                )
                for line in self._lines
            ),
            keys=keys,
            at_ms=self._now_ms,
            extras=visits.session_writes(row, people={p: role.value for p, role in state.people.items()}),
        )

    def _answer(self) -> None:
        asking = self._state.asking
        assert asking is not None
        self.patient(c.ActivityAnswer, after_s=12, ask=asking.seq, answer="yes")

    def _forward(self, exercise: Exercise) -> list[int]:
        ways_out = {step.way_out for step in exercise.steps if step.way_out is not None}
        return [index for index, step in enumerate(exercise.steps) if step.id not in ways_out]

    def _do(self, actor: Actor, command: type[c.Command], after_s: int, fields: dict[str, Any]) -> None:
        self._now_ms += after_s * SECOND
        made = command(id=str(uuid4()), **{name: value for name, value in fields.items() if value is not None})
        self._decide(actor, made, made.id)

    def _system(self, command: system.SystemCommand) -> None:
        self._decide(SYSTEM, command, None)

    def _decide(self, actor: Actor, command: Command, cause: str | None) -> None:
        moment = Moment(actor=actor, now_ms=self._now_ms, lead_ms=500, find=self._find)
        self._take(actor, decide(self._state, command, moment), cause=cause)

    def _take(self, actor: Actor, events: list[Any], *, cause: str | None) -> None:
        for event in events:
            line = Recorded(
                seq=self._state.seq + 1, at=self._now_ms, by=actor.id, role=actor.role, event=event, cause=cause
            )
            self._state = evolve(self._state, line)
            self._lines.append(line)
