"""A room in memory: a visit with its people, its clock and its ledger, as the server runs it, without the server."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest
from msgspec import structs

from sessions import commands as c
from sessions import events as e
from sessions.care import CareState
from sessions.deadlines import GRACE_MS, LOST_AFTER_MS, deadlines
from sessions.evolve import evolve, replay
from sessions.machine import Command, decide
from sessions.moment import Moment
from sessions.people import SYSTEM, Actor, Refused, Role, Shared
from sessions.state import SessionState
from sessions.system import CareNews, CompanyNews, PresenceLose, PresenceReturn
from sessions.views import view
from tests.sessions.cast import CARE, SHELF

DUE_MS = 10_000_000
PLANNED_MINUTES = 50
LEAD_MS = 500

Watch = Callable[[SessionState, e.Recorded, SessionState], None]


class Person:
    """Somebody in the room: what they can do, said the way one would say it."""

    def __init__(self, visit: "Visit", actor: Actor) -> None:
        self.visit, self.actor = visit, actor

    def asks(self, command: type[c.Command], **fields: Any) -> list[e.AnyEvent]:
        return self.visit.command(command(id=self.visit.next_id(), **fields), self.actor)

    def arrives(self, **changes: Any) -> list[e.AnyEvent]:
        calm = {"safe": True, "alone": True, "telehealth_consent": True, "identity": True}
        fields = {**calm, "hang_up": c.HangUp(call_back_ok=True), **changes}
        return self.asks(c.ArrivalConfirm, **fields)

    def admits(self) -> list[e.AnyEvent]:
        return self.asks(c.VisitAdmit)

    def ends(self) -> list[e.AnyEvent]:
        return self.asks(c.VisitEnd)

    def offers(self, exercise: str, **fields: Any) -> list[e.AnyEvent]:
        return self.asks(c.ActivityOffer, exercise=exercise, **fields)

    def withdraws(self) -> list[e.AnyEvent]:
        return self.asks(c.ActivityWithdraw)

    def says(self, answer: str, *, to: int | None = None) -> list[e.AnyEvent]:
        asking = self.visit.state.asking
        ask = to if to is not None else 0 if asking is None else asking.seq
        return self.asks(c.ActivityAnswer, ask=ask, answer=answer)

    def reopens(self, exercise: str) -> list[e.AnyEvent]:
        return self.asks(c.ActivityReopen, exercise=exercise)

    def starts(self) -> list[e.AnyEvent]:
        return self.asks(c.ActivityStart)

    def finishes(self) -> list[e.AnyEvent]:
        return self.asks(c.ActivityFinish)

    def pauses(self) -> list[e.AnyEvent]:
        return self.asks(c.ActivityPause)

    def resumes(self) -> list[e.AnyEvent]:
        return self.asks(c.ActivityResume)

    def goes_to(self, step: int) -> list[e.AnyEvent]:
        return self.asks(c.StepGo, to=step)

    def takes(self, rung: str) -> list[e.AnyEvent]:
        return self.asks(c.RungChoose, rung=rung)

    def paces(self, *pattern_ms: int) -> list[e.AnyEvent]:
        names = ("in_ms", "hold_in_ms", "out_ms", "hold_out_ms")
        return self.asks(c.PacerSet, **dict(zip(names, pattern_ms, strict=True)))

    def feels(self, level: str) -> list[e.AnyEvent]:
        return self.asks(c.ComfortSet, level=level)

    def stops(self, *, ago_ms: int | None = None) -> list[e.AnyEvent]:
        return self.asks(c.SessionStop, ago_ms=ago_ms)

    def is_ready(self) -> list[e.AnyEvent]:
        return self.asks(c.SessionReady)

    def records(self, kind: str, *, heard: bool = False, **answers: Any) -> list[e.AnyEvent]:
        return self.asks(c.CheckinRecord, kind=kind, answers=raw(answers), heard=heard)

    def corrects(self, of: int, answers: dict[str, Any] | None) -> list[e.AnyEvent]:
        return self.asks(c.CheckinCorrect, of=of, answers=raw(answers))

    def tells(self, *flags: str, note: str | None = None) -> list[e.AnyEvent]:
        return self.asks(c.FlagsTell, flags=flags, note=note)

    def writes(self, text: str) -> list[e.AnyEvent]:
        return self.asks(c.MessageSay, text=text)

    def notes(self, text: str) -> list[e.AnyEvent]:
        return self.asks(c.NoteWrite, text=text)

    def tells_of_the_heart(self, swing_tenths: int = 84, *, rate: int = 68, breaths: int = 6) -> list[e.AnyEvent]:
        return self.asks(c.HeartRecord, swing_tenths=swing_tenths, rate=rate, breaths=breaths)

    def leaves(self) -> None:
        """The last connection closes. The room learns of it 10 s later."""
        if self.is_connected:
            self.visit.leaving[self.actor.id] = self.visit.now_ms

    def returns(self) -> None:
        self.visit.leaving.pop(self.actor.id, None)
        if self.actor.id in self.visit.state.absent:
            self.visit.system(PresenceReturn(person=self.actor.id))

    @property
    def is_connected(self) -> bool:
        return self.actor.id not in self.visit.leaving and self.actor.id not in self.visit.state.absent

    @property
    def view(self) -> dict[str, Any]:
        """What this person's screen is sent, as the JSON that it is."""
        state = self.visit.state
        shared = state.checkins_from.get(self.actor.id)
        seen = view(state, self.actor.role, tonight={"place": "Dune Road 4"}, lists=True, checkins_from=shared)
        told: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(seen))
        return told


class Visit:
    """One session from `session.opened` on. Every line of its ledger has been JSON once."""

    def __init__(self, *, care: CareState = CARE, watch: Watch | None = None) -> None:
        self.now_ms, self.lead_ms = DUE_MS, LEAD_MS
        self.not_before_ms = 0
        self.state, self.ledger = SessionState(), list[e.Recorded]()
        self.leaving: dict[str, int] = {}
        self.fired: list[object] = []
        self._watch, self._ids = watch, 0
        self.therapist = Person(self, Actor("t1", Role.THERAPIST))
        self.second_therapist = Person(self, Actor("t2", Role.THERAPIST))
        self.patient = Person(self, Actor("p1", Role.PATIENT))
        self.support = Person(self, Actor("s1", Role.SUPPORT))
        people = (self.therapist, self.patient, self.support)
        self._append(
            e.SessionOpened(
                kind="visit",
                people={person.actor.id: person.actor.role for person in people},
                due_ms=DUE_MS,
                planned_minutes=PLANNED_MINUTES,
                care=care,
            ),
            SYSTEM,
        )

    # Time

    def tick(self, ms: int = 0) -> None:
        """`ms` pass. What falls due on the way happens at its instant, soonest first."""
        until_ms = self.now_ms + ms
        while (at_ms := self._next_ms()) is not None and at_ms <= until_ms:
            self.now_ms = max(self.now_ms, at_ms)
            self._fire()
        self.now_ms = until_ms

    def _next_ms(self) -> int | None:
        lost = [max(since_ms, self.not_before_ms) + LOST_AFTER_MS for since_ms in self.leaving.values()]
        dues = deadlines(self.state, "s", not_before_ms=self.not_before_ms)
        return min([*lost, *(due.at_ms for due in dues)], default=None)

    def _fire(self) -> None:
        for person, since_ms in list(self.leaving.items()):
            if max(since_ms, self.not_before_ms) + LOST_AFTER_MS <= self.now_ms:
                del self.leaving[person]
                self.system(PresenceLose(person=person, since_ms=since_ms))
        for due in deadlines(self.state, "s", not_before_ms=self.not_before_ms):
            if due.at_ms <= self.now_ms:
                events = self.system(due.command)
                # A deadline that changes nothing would be due again at once, for ever.
                assert events, due.command
                assert self.system(due.command) == [], "a deadline that fires twice happens once"
                left = deadlines(self.state, "s", not_before_ms=self.not_before_ms)
                assert due.id not in {other.id for other in left}
                self.fired.append(due.command)
                return

    def restarts(self) -> None:
        """The server dies and comes back: the ledger is all that is left, and nobody is connected."""
        connected = [person for person in self.state.people if person not in self.state.absent]
        self.state = replay(self.ledger)
        self.not_before_ms = self.now_ms + GRACE_MS
        self.leaving = {person: self.leaving.get(person, self.now_ms) for person in connected}

    # Commands

    def next_id(self) -> str:
        self._ids += 1
        return f"{self._ids:032x}"

    def command(self, command: Command, actor: Actor) -> list[e.AnyEvent]:
        moment = Moment(actor=actor, now_ms=self.now_ms, lead_ms=self.lead_ms, find=SHELF.get)
        events = decide(self.state, command, moment)
        for event in events:
            self._append(event, actor)
        return events

    def system(self, command: Command) -> list[e.AnyEvent]:
        return self.command(command, SYSTEM)

    def care(self, **changes: Any) -> list[e.AnyEvent]:
        """The care ledger changes while this session is open."""
        return self.system(CareNews(care=structs.replace(self.state.care, **changes)))

    def company(self, **granted: bool) -> list[e.AnyEvent]:
        """Who the patient lets be there, by id, and whether each is shown check-ins."""
        return self.shares(**{person: Shared(checkins=checkins) for person, checkins in granted.items()})

    def shares(self, **granted: Shared) -> list[e.AnyEvent]:
        """The same, with all that can be shared with each."""
        return self.system(CompanyNews(support=granted))

    def _append(self, event: e.AnyEvent, actor: Actor) -> None:
        line = e.Recorded(seq=self.state.seq + 1, at=self.now_ms, by=actor.id, role=actor.role, event=event, cause=None)
        stored = msgspec.json.decode(msgspec.json.encode(line), type=e.Recorded)
        assert stored == line
        before, self.state = self.state, evolve(self.state, stored)
        self.ledger.append(stored)
        if self._watch is not None:
            self._watch(before, stored, self.state)

    # Short ways to where a test begins

    def everybody_is_there(self) -> None:
        for person in (self.therapist, self.patient, self.support):
            person.returns()

    def opens(self) -> None:
        self.everybody_is_there()
        self.patient.arrives()
        self.therapist.admits()

    def runs(self, exercise: str = "calm", **fields: Any) -> None:
        """Offered, agreed and begun: the first breath in is just beginning."""
        self.therapist.offers(exercise, **fields)
        self.patient.says("yes")
        self.therapist.starts()
        self.tick(self.lead_ms)

    def goes_inside(self, step: int) -> None:
        """Asked, agreed and turned: the internal step is on the screens."""
        self.therapist.goes_to(step)
        self.patient.says("yes")
        assert self.state.activity is not None
        self.tick(self.state.activity.step_at_ms - self.now_ms)

    @property
    def shown(self) -> int:
        """The step on the screens now."""
        assert self.state.activity is not None
        return self.state.activity.shown_at(self.now_ms)


@contextlib.contextmanager
def refused(code: str) -> Iterator[None]:
    """What happens inside is refused with this code, in a sentence that a person can read."""
    with pytest.raises(Refused) as refusal:
        yield
    assert refusal.value.code == code, refusal.value.message
    assert refusal.value.message.endswith("."), refusal.value.message


def raw(value: object) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(value))


def types(events: list[e.AnyEvent]) -> list[str]:
    """The names of events, in order."""
    return [msgspec.to_builtins(event)["type"] for event in events]
