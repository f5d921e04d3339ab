"""The state of one session: values only, made by `sessions.evolve` from the ledger."""

from typing import Any, Literal

from msgspec import Struct

from exercises.model import Rung
from exercises.pacer import Pacer
from sessions.care import CareState
from sessions.checkins import Answers
from sessions.events import ArrivalConfirmed, Script
from sessions.people import Role

Phase = Literal["scheduled", "waiting", "open", "ended"]
Running = Literal["idle", "asking", "agreed", "running", "paused", "stopped"]
Comfort = Literal["settled", "uneasy", "dizzy"]


class Asking(Struct, frozen=True):
    """A question before the patient. `seq` names it: an answer to any other consents to nothing."""

    seq: int
    what: Literal["activity", "step"]
    script: Script
    step: int
    rung: str | None
    minutes: int | None
    at: int
    told: bool = False


class Consent(Struct, frozen=True):
    """A yes: to which question, when, and whether to the activity or to one internal step."""

    ask: int
    at: int
    what: Literal["activity", "step"]


class Pause(Struct, frozen=True):
    by: Role
    at: int


class Activity(Struct, frozen=True):
    """The exercise on the shared stage. `started_at` None: agreed to, not begun."""

    script: Script
    step: int
    was: int | None
    step_at_ms: int
    agreed: Consent
    rung: str | None
    minutes: int | None
    started_at: int | None = None
    step_consent: Consent | None = None
    pause: Pause | None = None
    slower_ms: int | None = None

    def shown_at(self, now_ms: int) -> int:
        """The step on the screens: the one that was, until the one that is has turned."""
        return self.step if self.was is None or now_ms >= self.step_at_ms else self.was

    def deeper_than_shown(self, now_ms: int) -> bool:
        """A step forward is dated and has not turned yet. One that leads out of the body does not count."""
        shown, steps = self.shown_at(now_ms), self.script.steps
        return self.step > shown and (steps[self.step].internal or not steps[shown].internal)

    @property
    def on_internal(self) -> bool:
        return self.script.steps[self.step].internal

    @property
    def consent(self) -> Consent | None:
        """What allows the step now on stage: an internal step needs a yes of its own."""
        return self.step_consent if self.on_internal else self.agreed


class Checkin(Struct, frozen=True):
    seq: int
    at: int
    by: Role
    kind: str
    heard: bool
    answers: Answers | None
    rung: Rung | None
    corrected_at: int | None = None
    #: Kept by the patient to themself, now.
    private: bool = False


class HeartMinute(Struct, frozen=True):
    """A minute of the patient's own belt. `swing_tenths` and what it is: `sessions.heart`."""

    seq: int
    at: int
    swing_tenths: int
    rate: int
    breaths: int


class Message(Struct, frozen=True):
    seq: int
    at: int
    by: Role
    person: str
    text: str


class Note(Struct, frozen=True):
    seq: int
    at: int
    person: str
    text: str


class Concern(Struct, frozen=True):
    seq: int
    at: int
    rule: str
    tier: str
    say: str


class Screened(Struct, frozen=True):
    """What was answered before a practice. `clear`: nothing in it that work inside the body has to wait for."""

    at: int
    clear: bool


class Kept(Struct, frozen=True):
    """What came from the phone and could not be followed, as it came."""

    seq: int
    at: int
    entry: dict[str, Any]
    why: str


class Stopped(Struct, frozen=True):
    by: Role
    at: int
    ago_ms: int


class WayOut(Struct, frozen=True):
    """Where an ended internal step leads: the words of its way out, kept on screen after all else is gone."""

    exercise: str
    version: int
    step: int
    say: str


class SessionState(Struct, frozen=True):
    """Everything known of one session at `seq`. Times are server milliseconds."""

    seq: int = 0
    kind: Literal["visit", "practice"] = "visit"
    phase: Phase = "scheduled"
    people: dict[str, Role] = {}
    #: Support persons who are shown check-ins, and from which line on.
    checkins_from: dict[str, int] = {}
    #: Support persons who may take part in voice, as the patient lets them.
    voice: tuple[str, ...] = ()
    #: Who of the support persons is wanted in this visit; None where the patient did not say.
    company: tuple[str, ...] | None = None
    due_ms: int = 0
    planned_minutes: int = 0
    where: str = ""
    waiting_since: int | None = None
    overdue: bool = False
    opened_at: int | None = None
    ended_at: int | None = None
    end_reason: str | None = None
    care: CareState = CareState()
    arrival: ArrivalConfirmed | None = None
    asking: Asking | None = None
    activity: Activity | None = None
    pacer: Pacer | None = None
    pacer_revision: int = 0
    comfort: Comfort | None = None
    stopped: Stopped | None = None
    way_out: WayOut | None = None
    declined: tuple[tuple[str, int | None], ...] = ()
    absent: dict[str, int] = {}
    checkins: tuple[Checkin, ...] = ()
    #: What the patient's belt measured while they shared it, one entry a minute.
    heart: tuple[HeartMinute, ...] = ()
    messages: tuple[Message, ...] = ()
    notes: tuple[Note, ...] = ()
    concerns: tuple[Concern, ...] = ()
    #: Of a practice at home: what it followed, what was said of today, and what could not be followed.
    programme: int | None = None
    item: str | None = None
    screened: Screened | None = None
    kept: tuple[Kept, ...] = ()
    #: The lines that are the server's own, which the phone does not count.
    added: tuple[int, ...] = ()

    @property
    def running(self) -> Running:
        if self.stopped is not None:
            return "stopped"
        if self.activity is not None:
            if self.activity.started_at is None:
                return "agreed"
            return "paused" if self.activity.pause is not None else "running"
        return "asking" if self.asking is not None else "idle"

    @property
    def driver(self) -> Role:
        """Who leads the script: the therapist in a visit, the patient in home practice."""
        return Role.THERAPIST if self.kind == "visit" else Role.PATIENT

    @property
    def given_rung(self) -> str | None:
        """The size that the therapist gave: of the item that is practised, where it names one."""
        programme = self.care.programme if self.item is not None else None
        item = None if programme is None or self.item is None else programme.item(self.item)
        return self.care.rung if item is None or item.rung is None else item.rung

    def admits(self, person: str) -> bool:
        """Whether this person is in the session now. A support person may be left out for this visit."""
        role = self.people.get(person)
        return role is not None and (role is not Role.SUPPORT or self.company is None or person in self.company)

    def gone_since(self, role: Role) -> int | None:
        """Since when nobody of this role is here, or None while one of them is (or none belongs here)."""
        of_role = [person for person, theirs in self.people.items() if theirs is role]
        if not of_role or any(person not in self.absent for person in of_role):
            return None
        return max(self.absent[person] for person in of_role)
