"""A practice in memory: a patient, a clock and a ledger, with everything that a phone would have been told."""

from typing import Any

import msgspec

from exercises.loader import LIBRARY_ROOT, load_library
from exercises.wording import mark, spoken
from sessions import events as e
from sessions.care import CareState
from sessions.deadlines import deadlines
from sessions.evolve import evolve
from sessions.flags import FLAGS
from sessions.inside import FETCHED_FOR_MS
from sessions.machine import Command, decide
from sessions.moment import Moment
from sessions.people import SYSTEM, Actor, Refused, Role
from sessions.state import SessionState
from sessions.told import LEAD_MS, SAYS, entry_of
from sessions.views import view
from tests.sessions.cast import CARE, SHELF
from tests.sessions.room import Watch

BEGUN_MS = 1_750_000_000_000
PATIENT = Actor("p1", Role.PATIENT)

#: As a phone has them: in the patient's own words already.
EXERCISES = SHELF | {slug: spoken(exercise) for slug, exercise in load_library(LIBRARY_ROOT).exercises.items()}


def bundle() -> dict[str, Any]:
    """What all practices share on a phone."""
    flags = [{"id": flag.id, "tier": flag.tier, "say": flag.say, "told": flag.told} for flag in FLAGS]
    return {"exercises": _json(EXERCISES), "flags": flags, "says": SAYS}


class AtHome:
    """One practice from its first line on. `transcript` is all that happened, as JSON."""

    def __init__(
        self,
        *,
        care: CareState = CARE,
        item: str | None = None,
        fetched_ms: int | None = BEGUN_MS - FETCHED_FOR_MS // 2,
        watch: Watch | None = None,
    ) -> None:
        self.now_ms, self.fetched_ms = BEGUN_MS, fetched_ms
        self.state, self.ledger, self.entries = SessionState(), list[e.Recorded](), list[dict[str, Any]]()
        self._watch, self._ids = watch, 0
        opened = e.SessionOpened(
            kind="practice",
            people={PATIENT.id: Role.PATIENT},
            due_ms=BEGUN_MS,
            planned_minutes=15,
            care=care,
            programme=None if care.programme is None else care.programme.version,
            item=item,
        )
        self._append([opened], SYSTEM, cause=None)
        self.transcript: dict[str, Any] = {
            "opened": {**_json(opened), "patient": PATIENT.id, "at_ms": BEGUN_MS, "words": mark(care.wording)},
            "fetched_ms": fetched_ms,
            "view": self.view,
            "steps": [],
        }

    def asks(self, kind: str, /, **fields: Any) -> list[e.AnyEvent]:
        """A command as it goes over a wire. Raises Refused, also for one that cannot be read."""
        self._ids += 1
        command = {"type": kind, "id": f"{self._ids:032x}", **fields}
        entry = entry_of({**command, "after_ms": self.now_ms - BEGUN_MS})
        try:
            events = self._decided(entry.command, PATIENT, cause=command["id"])
        except Refused as refusal:
            self._tell(command, refusal=refusal)
            raise
        self.entries.append(entry.told)
        self._tell(command, events=events)
        return events

    def may(self, kind: str, /, **fields: Any) -> bool:
        """Asks for it. False where it was refused."""
        try:
            self.asks(kind, **fields)
        except Refused:
            return False
        return True

    def tick(self, ms: int = 0) -> None:
        """`ms` pass, and what falls due on the way happens at its instant."""
        until_ms = self.now_ms + ms
        while dues := [due for due in deadlines(self.state, "", not_before_ms=0) if due.at_ms <= until_ms]:
            assert dues[0].at_ms >= self.now_ms, "what falls due never lies behind"
            self.now_ms = dues[0].at_ms
            events = self._decided(dues[0].command, SYSTEM, cause=None)
            assert events, "a deadline that changes nothing would be due for ever"
            self._tell(None, events=events)
        self.now_ms = until_ms

    def adds(self, event: e.AnyEvent) -> None:
        """A line that the server has and the phone has not."""
        self._append([event], SYSTEM, cause=None)

    @property
    def view(self) -> Any:
        return _json(view(self.state, Role.PATIENT, lists=True))

    # Short ways to where a test begins

    def screens(self, *flags: str) -> None:
        self.asks("practice.screen", flags=list(flags))

    def runs(self, exercise: str = "calm", **fields: Any) -> None:
        """Chosen and begun: the first breath in is just beginning."""
        self.asks("activity.offer", exercise=exercise, **fields)
        self.asks("activity.start")
        self.tick(LEAD_MS)

    def says(self, answer: str) -> list[e.AnyEvent]:
        assert self.state.asking is not None
        return self.asks("activity.answer", ask=self.state.asking.seq, answer=answer)

    def answers(self, answer: str) -> bool:
        """Says it to the question that is open. False where it was refused."""
        assert self.state.asking is not None
        return self.may("activity.answer", ask=self.state.asking.seq, answer=answer)

    def goes_inside(self, step: int = 1) -> None:
        self.asks("step.go", to=step)
        self.says("yes")
        assert self.state.activity is not None
        self.tick(max(0, self.state.activity.step_at_ms - self.now_ms))

    def _decided(self, command: Command | None, actor: Actor, *, cause: str | None) -> list[e.AnyEvent]:
        if command is None:
            raise Refused("bad_message", "Part of this message is missing or has the wrong form.")
        moment = Moment(
            actor=actor, now_ms=self.now_ms, lead_ms=LEAD_MS, find=EXERCISES.get, fetched_ms=self.fetched_ms
        )
        events = decide(self.state, command, moment)
        self._append(events, actor, cause=cause)
        return events

    def _append(self, events: list[e.AnyEvent], actor: Actor, *, cause: str | None) -> None:
        for event in events:
            line = e.Recorded(
                seq=self.state.seq + 1, at=self.now_ms, by=actor.id, role=actor.role, event=event, cause=cause
            )
            stored = msgspec.json.decode(msgspec.json.encode(line), type=e.Recorded)
            assert stored == line
            before, self.state = self.state, evolve(self.state, stored)
            self.ledger.append(stored)
            if self._watch is not None:
                self._watch(before, stored, self.state)

    def _tell(
        self, command: dict[str, Any] | None, *, events: list[e.AnyEvent] | None = None, refusal: Refused | None = None
    ) -> None:
        self.transcript["steps"].append(
            {
                "at": self.now_ms,
                "command": command,
                "events": _json(events),
                "refused": None if refusal is None else {"code": refusal.code, "message": refusal.message},
                "due": [due.at_ms for due in deadlines(self.state, "", not_before_ms=0)],
                "view": self.view,
            }
        )


def _json(value: Any) -> Any:
    """As it goes over a wire."""
    return msgspec.json.decode(msgspec.json.encode(value))
