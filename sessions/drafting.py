"""What the ledger of a session has to say to a note, field by field. Pure.

Nothing is concluded and nothing made up: each line names the lines of the ledger that it rests on, and has no number
that does not stand in them, or follows from when they were. What nobody said is not mentioned.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from msgspec import Struct

from exercises.pacer import Pacer
from exercises.saying import joined, say, say_many
from sessions import events as e
from sessions.drafting_words import AWAY, BY, FELT, RAN, checkin_told, time_told
from sessions.flags import FLAG_BY_ID
from sessions.people import Role
from sessions.programme import Item, Programme, changes
from sessions.telling import breath_words, rung_words
from sessions.timeline import ActivitySpan, Attempt, Timeline

_MINUTE_MS: Final = 60_000
_ENDS_ACTIVITY: Final = (e.ActivityFinished, e.SessionStopped, e.VisitEnded, e.PracticeEnded)


class Fact(Struct, frozen=True):
    """One line of a draft, and the numbers of the ledger's lines that it rests on, the one to look at first."""

    words: str
    seqs: tuple[int, ...]


def facts_of(
    lines: Sequence[e.Recorded], line: Timeline, *, title: Callable[[str], str] | None = None
) -> dict[str, list[Fact]]:
    """By field of `sessions.notes.FIELDS`. `title` names an exercise by its slug; without it the slug stands."""
    made = _Drafting(lines, line, title or str)
    return {
        "goals": made.goals(),
        "today": made.today(),
        "patient_words": made.patient_words(),
        "comfort": made.comfort(),
        "exercises": made.exercises(),
        "breath": made.breath(),
        "ratings": made.ratings(),
        "pauses": made.pauses(),
        "stops": made.stops(),
        "losses": made.losses(),
        "consent": made.consent(),
        "concerns": made.concerns(),
        "scratch": [Fact(note.text, (note.seq,)) for note in line.state.notes],
        "programme": made.programme(),
        "home_programme": made.home_programme(),
        "visit": made.visit(),
    }


def later_than(lines: Sequence[e.Recorded], seq: int) -> list[e.Recorded]:
    """What came behind this line and is news for whoever writes a note: striking its scratch notes is not.

    Nor is what the patient keeps to themself.
    """
    return [line for line in lines if line.seq > seq and not isinstance(line.event, e.NotesStruck | e.CheckinKept)]


def told_lines(facts: Mapping[str, Sequence[Fact]], tell: Callable[[str], str]) -> dict[str, list[str]]:
    """The words alone, in the language that `tell` speaks."""
    return {field: [tell(fact.words) for fact in found] for field, found in facts.items()}


class _Drafting:
    def __init__(self, lines: Sequence[e.Recorded], line: Timeline, title: Callable[[str], str]) -> None:
        self._line, self._title = line, title
        # Nothing rests on what the patient keeps to themself, not even by its number.
        self._lines = [one for one in lines if not isinstance(one.event, e.CheckinKept)]
        #: The lines that the beginning was told by: every minute counts from it.
        self._began = self._seqs(e.SessionOpened, e.VisitAdmitted)

    def goals(self) -> list[Fact]:
        intake = self._line.state.care.intake
        return [] if intake is None else [Fact(say("Goal: “{goal}”", goal=one), self._care()) for one in intake.goals]

    def today(self) -> list[Fact]:
        found = []
        for kind in (e.ArrivalConfirmed, e.PracticeScreened):
            # What is sent again replaces what was said before.
            last = next((one for one in reversed(self._lines) if isinstance(one.event, kind)), None)
            flags: tuple[str, ...] = () if last is None else getattr(last.event, "flags", ())
            told = [flag.told for flag_id in flags if (flag := FLAG_BY_ID.get(flag_id)) is not None]
            if last is not None and told:
                found.append(Fact(say("Said of today: {what}.", what=joined(told)), (last.seq,)))
        return found

    def patient_words(self) -> list[Fact]:
        said = [
            Fact(say("Wrote: “{text}”", text=one.text), (one.seq,))
            for one in self._line.state.messages
            if one.by is Role.PATIENT
        ]
        noted = [
            Fact(say("In a check-in: “{text}”", text=one.stands.note), self._of(one))
            for one in self._line.checkins
            if one.stands is not None and one.stands.note and not one.heard
        ]
        return [*said, *noted]

    def comfort(self) -> list[Fact]:
        told = [
            Fact(
                say(FELT[span.level], minute=self._minute(span.from_ms), time=time_told(span.length_ms)),
                (*self._around(span.from_ms, span.until_ms), *self._began),
            )
            for span in self._line.comfort
            if span.level in FELT
        ]
        settled = [
            one.seq for one in self._lines if isinstance(one.event, e.ComfortChanged) and one.event.level == "settled"
        ]
        if settled:
            told.append(
                Fact(
                    say_many("Said “settled” {count} time.", "Said “settled” {count} times.", count=len(settled)),
                    tuple(settled),
                )
            )
        return told

    def exercises(self) -> list[Fact]:
        started = self._seqs(e.ActivityStarted)
        return [
            self._exercise(span, first, started[number + 1] if number + 1 < len(started) else self._lines[-1].seq + 1)
            for number, (span, first) in enumerate(zip(self._line.activities, started, strict=True))
        ]

    def _exercise(self, span: ActivitySpan, first: int, before: int) -> Fact:
        shown = len({step.step for step in span.steps})
        what = [
            say("{exercise}: {time}", exercise=span.title, time=time_told(span.length_ms)),
            say("{shown} of {all} steps", shown=shown, all=span.script_steps),
        ]
        if span.rung is not None:
            what.append(rung_words(span.rung))
            if span.rung.length_mm is not None:
                what.append(say("{length} mm long", length=span.rung.length_mm))
        words = joined(what)
        during = [
            one
            for one in self._lines
            if first <= one.seq < before
            and isinstance(one.event, (e.ActivityStarted, e.StepChanged, e.RungChosen, *_ENDS_ACTIVITY))
        ]
        offered = [one.seq for one in self._lines if one.seq < first and isinstance(one.event, e.ActivityOffered)]
        ends = [one.seq for one in during if isinstance(one.event, _ENDS_ACTIVITY) and one.at >= span.until_ms]
        # The ladder that it was measured by is the one that held then: it may have been changed since.
        care = [seq for seq in self._seqs(e.SessionOpened, e.CareChanged) if seq < min([before, *ends])]
        seqs = (*offered[-1:], *(one.seq for one in during), *(care[-1:] if span.rung is not None else ()))
        pattern = RAN.get(span.ended)
        return Fact(say("{what}.", what=words) if pattern is None else say(pattern, what=words), seqs)

    def breath(self) -> list[Fact]:
        """Each pace once, in the order in which they were breathed."""
        seqs = tuple(
            one.seq for one in self._lines if isinstance(getattr(one.event, "pacer", None), Pacer)
        ) + self._seqs(e.ActivityOffered)
        patterns = dict.fromkeys(span.pattern for span in self._line.pace if span.breaths)
        return [
            Fact(
                say(
                    "Breath: {rate} a minute ({pace}).",
                    rate=round(_MINUTE_MS / pattern.period_ms, 1),
                    pace=breath_words(pattern),
                ),
                seqs,
            )
            for pattern in patterns
        ]

    def ratings(self) -> list[Fact]:
        """As they stand now. Of one that was struck out nothing is said."""
        measured = {span.rung.id for span in self._line.activities if span.rung is not None}
        return [
            Fact(checkin_told(one, measured), self._of(one)) for one in self._line.checkins if one.stands is not None
        ]

    def pauses(self) -> list[Fact]:
        return [
            Fact(
                say(
                    "Paused by {who} in minute {minute}, for {time}.",
                    who=BY[span.by],
                    minute=self._minute(span.from_ms),
                    time=time_told(span.length_ms),
                ),
                (*self._around(span.from_ms, span.until_ms), *self._began),
            )
            for span in self._line.pauses
        ]

    def stops(self) -> list[Fact]:
        found = []
        pressed = [one for one in self._lines if isinstance(one.event, e.SessionStopped)]
        for span, one in zip(self._line.stops, pressed, strict=False):
            words = "Stop by {who} in minute {minute}, ready again after {time}."
            if not span.lifted:
                words = "Stop by {who} in minute {minute}. It was not lifted."
            found.append(
                Fact(
                    say(words, who=BY[span.by], minute=self._minute(span.from_ms), time=time_told(span.length_ms)),
                    (one.seq, *self._around(one.at, span.until_ms), *self._began),
                )
            )
        return found

    def losses(self) -> list[Fact]:
        known = self._seqs(e.PresenceLost, e.PresenceReturned)
        return [
            Fact(
                say(AWAY[span.role], minute=self._minute(span.from_ms), time=time_told(span.length_ms)),
                (*known, *self._last(), *self._began),
            )
            for span in self._line.absences
            if span.from_ms >= self._line.from_ms
        ]

    def consent(self) -> list[Fact]:
        asked = self._line.questions
        if not asked:
            return []
        counted = {
            "Yes: {count}": sum(one.outcome == "yes" for one in asked),
            "Not today: {count}": sum(one.outcome == "not_today" for one in asked),
            "Not answered: {count}": sum(one.outcome not in ("yes", "not_today") for one in asked),
        }
        answers = joined(say(words, count=count) for words, count in counted.items() if count)
        words = say_many(
            "Asked {count} time. {answers}.", "Asked {count} times. {answers}.", count=len(asked), answers=answers
        )
        return [Fact(words, tuple(one.seq for one in asked))]

    def concerns(self) -> list[Fact]:
        raised = [Fact(one.say, (one.seq,)) for one in self._line.state.concerns]
        suspended = [
            Fact(
                say("Internal work was suspended: {why}.", why=span.reason.rstrip(". ")),
                (*self._around(span.from_ms, span.until_ms), *self._care(), *self._began),
            )
            for span in self._line.suspensions
        ]
        return [*raised, *suspended]

    def programme(self) -> list[Fact]:
        found: list[Fact] = []
        before: Programme | None = None
        for one in self._lines:
            event = one.event
            if isinstance(event, e.SessionOpened):
                before = event.care.programme
            elif isinstance(event, e.CareChanged) and event.care.programme != before:
                if event.care.programme is not None:
                    found += self._changed(before, event.care.programme, one.seq)
                before = event.care.programme
        return found

    def _changed(self, before: Programme | None, after: Programme, seq: int) -> list[Fact]:
        # A value of the version before stands in an earlier line; what is told is the one that holds.
        words: dict[str, None] = {}
        for change in changes(before, after):
            if change.what == "removed":
                words[say("Home programme: {exercise} taken out.", exercise=self._title(change.item.exercise))] = None
            elif change.what != "moved":
                words[say("Home programme: {item}.", item=self._item(change.item))] = None
        return [Fact(one, (seq, *self._care())) for one in words]

    def home_programme(self) -> list[Fact]:
        programme = self._line.state.care.programme
        items = () if programme is None else programme.items
        return [Fact(say("Home programme: {item}.", item=self._item(one)), self._care()) for one in items]

    def _item(self, item: Item) -> str:
        parts = [
            self._title(item.exercise),
            say_many("{count} time a week", "{count} times a week", count=item.times_a_week),
        ]
        ladder = self._line.state.care.ladder
        rung = None if ladder is None or item.rung is None else ladder.rung(item.rung)
        parts += [] if rung is None else [rung_words(rung)]
        parts += [] if item.minutes is None else [say("{minutes} min", minutes=item.minutes)]
        return joined(parts)

    def visit(self) -> list[Fact]:
        """What rules of telehealth ask a note to hold, as far as the ledger knows it."""
        state = self._line.state
        opened, ended = self._seqs(e.SessionOpened), self._seqs(e.VisitEnded, e.PracticeEnded)
        if state.kind == "practice":
            return [
                Fact(
                    say("Practised at home with the phone: {time}.", time=time_told(self._line.length_ms)),
                    (*opened, *ended, *self._last()),
                )
            ]
        told = [Fact(say("A visit by computer."), opened)]
        if state.opened_at is not None and state.ended_at is not None:
            told.append(
                Fact(
                    say(
                        "It took {time}; {minutes} min were planned.",
                        time=time_told(state.ended_at - state.opened_at),
                        minutes=state.planned_minutes,
                    ),
                    (*self._began, *ended),
                )
            )
        if state.arrival is None:
            return [*told, Fact(say("The arrival check was not confirmed."), opened)]
        return [*told, *self._arrived(state.arrival), *self._company()]

    def _arrived(self, arrival: e.ArrivalConfirmed) -> list[Fact]:
        seqs = self._seqs(e.ArrivalConfirmed)[-1:]
        there = [
            say("{person} (in the room)", person=person.role)
            if person.in_room
            else say("{person} (not in the room)", person=person.role)
            for person in arrival.people
        ]
        who = joined(there) if there else say("not alone")
        return [
            Fact(words, seqs)
            for words in (
                say("Place of the patient: given at arrival, and kept for that evening alone.")
                if arrival.place_given
                else say("Place of the patient: not given."),
                say("With the patient: nobody, as they said.")
                if arrival.alone
                else say("With the patient: {who}.", who=who),
                say("Consent to a visit by computer: given.")
                if arrival.telehealth_consent
                else say("Consent to a visit by computer: not given."),
                say("Identity: confirmed.") if arrival.identity else say("Identity: not confirmed."),
            )
        ]

    def _company(self) -> list[Fact]:
        """Support persons who were seen in the room, by how many: a ledger knows no names."""
        people = self._line.state.people
        came = {
            one.event.person: one.seq
            for one in self._lines
            if isinstance(one.event, e.PresenceReturned) and people.get(one.event.person) is Role.SUPPORT
        }
        if not came:
            return []
        words = say_many("{count} support person was there.", "{count} support persons were there.", count=len(came))
        return [Fact(words, tuple(came.values()))]

    def _minute(self, at_ms: int) -> int:
        """Such as 1 for what was in the first minute after the opening."""
        return max(0, at_ms - self._line.from_ms) // _MINUTE_MS + 1

    def _of(self, attempt: Attempt) -> tuple[int, ...]:
        corrected = [
            one.seq for one in self._lines if isinstance(one.event, e.CheckinCorrected) and one.event.of == attempt.seq
        ]
        return (attempt.seq, *corrected)

    def _seqs(self, *kinds: type[e.Event]) -> tuple[int, ...]:
        return tuple(one.seq for one in self._lines if isinstance(one.event, kinds))

    def _around(self, *times_ms: int) -> tuple[int, ...]:
        """The lines that were written at these instants."""
        return tuple(one.seq for one in self._lines if one.at in times_ms)

    def _last(self) -> tuple[int, ...]:
        return tuple(one.seq for one in self._lines[-1:])

    def _care(self) -> tuple[int, ...]:
        """The line that brought the care as it stands."""
        return self._seqs(e.SessionOpened, e.CareChanged)[-1:]
