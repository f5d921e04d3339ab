"""Any practice at home: what can be asked in it in any order, and what holds after each of it."""

from typing import Any

import msgspec
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from sessions import events as e
from sessions.care import CareState
from sessions.checkins import KINDS
from sessions.evolve import replay
from sessions.flags import FLAG_BY_ID
from sessions.inside import FETCHED_FOR_MS, SCREENED_FOR_MS
from sessions.people import Role
from sessions.state import SessionState
from sessions.told import Practice, entry_of
from sessions.views import event_for, sees
from tests.sessions.at_home import BEGUN_MS, EXERCISES, PATIENT, AtHome
from tests.sessions.home_courses import CARES, PACE, PRESCRIBED, outcomes
from tests.sessions.kept_courses import nobody_elses
from tests.sessions.promises import Promises

#: Texts by what they are, so that a view that shows one is found out.
TOLD, FELT = "TOLD-text", "FELT-text"

DILATING = ("dilate", "dilate", "dilator-session", "entrance-massage")
slugs = st.sampled_from(
    ["calm", "soothe", "squeeze", "together", *DILATING, *sorted(EXERCISES), "made-up", "Not a slug"]
)
steps = st.integers(-1, 8) | st.just(600)
rungs = st.sampled_from(["one", "two", "three", "ten", "Not a slug"])
flags: st.SearchStrategy[list[str]] = st.just([]) | st.lists(
    st.sampled_from([*FLAG_BY_ID, "spotting", "made_up"]), max_size=3
)
paces = st.sampled_from(
    [(4_000, 0, 6_000, 0), (5_000, 0, 7_000, 0), (6_000, 1_000, 9_000, 0), (3_000, 0, 4_000, 0), (1_000, 0, 9_000, 0)]
)
good_paces = st.sampled_from([(4_000, 0, 6_000, 0), (5_000, 0, 7_000, 0), (6_000, 1_000, 9_000, 0)])
_FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "outcome": st.sampled_from(
        [
            "done",
            "completed",
            "partly",
            "stopped_early",
            "chose_not_to",
            "chose_not_to_insert",
            "did_not_start",
            "met",
            "fine",
            "sore",
            "worse",
            "",
        ]
    ),
    "rung": st.sampled_from(["one", "two", "ten", "", None]),
    "bleeding": st.sampled_from(["none", "trace", "pink", "fresh_red", "heavy", "blue", None]),
    "stop_reason": st.sampled_from(["pain", "bleeding", "tired", None]),
    "eased": st.sampled_from(["minutes", "not_yet", None]),
    "felt": st.sampled_from(["let_go", "pushed"]),
    "depth": st.sampled_from(["tip", "full"]),
    "let_go": st.sampled_from(["yes", "no"]),
    "ready": st.sampled_from(["smaller", "bigger"]),
    "half_step": st.sampled_from(["deeper", "longer"]),
    "position": st.sampled_from(["on_side", "other"]),
    "inserted_by": st.sampled_from(["self", "clinician"]),
    "note": st.sampled_from([FELT, FELT * 60, "", "ä𝄞"]),
    "belief": st.just(FELT),
    "situation": st.sampled_from(["The dentist", ""]),
    "minutes": st.sampled_from([0, 12, 240, 241]),
    "numbness": st.booleans(),
    "lidocaine": st.booleans(),
    "sedating": st.booleans(),
    "of": st.integers(0, 40),
    "kind": st.sampled_from(["rung", "relaxation"]),
}
ratings = st.integers(-1, 11) | st.sampled_from([*range(11), 0, 4, 5, 6, 7, 8, 10, "7", None, True, 2.5])


@st.composite
def checkins(draw: st.DrawFn) -> dict[str, Any]:
    """One of a kind, mostly with fields that it has."""
    kind = draw(st.sampled_from([*KINDS, "rung", "rung", "made_up"]))
    known = [name for name in KINDS[kind].__struct_fields__ if name != "outcome"] if kind in KINDS else ["pain"]
    chosen = draw(st.lists(st.sampled_from([*known, *known, *known, *_FIELDS]), max_size=5, unique=True))
    answers = {name: draw(_FIELDS.get(name, ratings)) for name in chosen}
    for name, needed in (("of", "next_day"), ("situation", "exposure")):
        if kind == needed:
            answers[name] = draw(_FIELDS[name])
    if draw(st.integers(0, 9)):
        answers["outcome"] = draw(st.sampled_from(outcomes(kind)) if kind in KINDS else _FIELDS["outcome"])
    return {"kind": kind, "answers": answers}


class PromisesAtHome(Promises):
    """What holds in every room holds here; and this."""

    def __init__(self, fetched_ms: int | None) -> None:
        super().__init__()
        self._fetched_ms = fetched_ms

    def hold(self, before: SessionState, line: e.Recorded, after: SessionState) -> None:
        if before.phase == "ended":
            checkin = isinstance(line.event, e.CheckinRecorded | e.CheckinCorrected | e.CheckinShared)
            assert checkin or isinstance(line.event, e.ConcernRaised | e.CareChanged)
            return
        super().hold(before, line, after)
        assert line.role in (Role.PATIENT, Role.SYSTEM)
        assert not after.absent
        self._inside_needs_today(before, line, after)
        if isinstance(line.event, e.PracticeEnded):
            assert (after.activity, after.asking, after.pacer) == (None, None, None)

    def _inside_needs_today(self, before: SessionState, line: e.Recorded, after: SessionState) -> None:
        was, now = before.activity, after.activity
        agreed = now is not None and now.step_consent is not None and (was is None or was.step_consent is None)
        internal = isinstance(line.event, e.ActivityOffered) and line.event.script.internal
        if agreed or internal:
            assert before.care.suspended is None
            assert before.screened is not None
            assert before.screened.clear
            assert line.at - before.screened.at <= SCREENED_FOR_MS
            assert self._fetched_ms is not None
            assert line.at - self._fetched_ms <= FETCHED_FOR_MS


class AnyPractice(RuleBasedStateMachine):
    """One practice. Every line is checked by its promises, and all of it is kept as a transcript."""

    transcripts: list[dict[str, Any]]

    @initialize(
        care=st.sampled_from(CARES),
        item=st.sampled_from(["a", None]),
        age_ms=st.sampled_from([0, 60_000, FETCHED_FOR_MS - 600_000, FETCHED_FOR_MS, FETCHED_FOR_MS + 1, None]),
        begins=st.sampled_from(["", "screened", "calm", "dilate", "dilator-session", "inside", "inside", "inside"]),
    )
    def begin(self, care: CareState, item: str | None, age_ms: int | None, begins: str) -> None:
        fetched_ms = None if age_ms is None else BEGUN_MS - age_ms
        if begins == "inside":
            care, fetched_ms = PRESCRIBED, BEGUN_MS
        watch = PromisesAtHome(fetched_ms).hold
        self.home = AtHome(care=care, item=item, fetched_ms=fetched_ms, watch=watch)
        if begins:
            self.home.screens()
        if begins in ("calm", "dilate", "dilator-session"):
            self.home.may("activity.offer", exercise=begins)
            self.home.may("activity.start")
        if begins == "inside":
            self.home.runs("dilate", rung="two")
            self.home.goes_inside()

    # Whatever, in any order

    @rule(
        kind=st.sampled_from(
            [
                "activity.start",
                "activity.finish",
                "activity.pause",
                "activity.resume",
                "session.stop",
                "session.ready",
                "made.up",
            ]
        )
    )
    def something_is_asked(self, kind: str) -> None:
        self.home.may(kind)

    @rule(exercise=slugs, step=st.none() | steps, rung=st.none() | rungs, minutes=st.sampled_from([None, 10, 0]))
    def an_exercise_is_chosen(self, exercise: str, step: int | None, rung: str | None, minutes: int | None) -> None:
        given = {"step": step, "rung": rung, "minutes": minutes}
        self.home.may(
            "activity.offer", exercise=exercise, **{name: value for name, value in given.items() if value is not None}
        )

    @rule(ask=st.integers(-1, 40), answer=st.sampled_from(["yes", "tell_me_first", "not_today", "no"]))
    def any_question_is_answered(self, ask: int, answer: str) -> None:
        self.home.may("activity.answer", ask=ask, answer=answer)

    @rule(to=steps)
    def a_step_is_gone_to(self, to: int) -> None:
        self.home.may("step.go", to=to)

    @rule(rung=rungs)
    def a_size_is_taken(self, rung: str) -> None:
        self.home.may("rung.choose", rung=rung)

    @rule(checkin=checkins(), heard=st.sampled_from([None, None, None, False, True]), kept=st.booleans())
    def it_is_told_how_it_was(self, checkin: dict[str, Any], heard: bool | None, kept: bool) -> None:
        more = ({} if heard is None else {"heard": heard}) | ({"private": True} if kept else {})
        self.home.may("checkin.record", **checkin, **more)

    @precondition(lambda self: self.home.state.seq > 12)
    @rule(
        flags=flags,
        note=st.sampled_from([None, TOLD, "  ", TOLD * 70]),
        given=st.sampled_from(["both", "flags", "flags", "note"]),
    )
    def something_is_wrong(self, flags: list[str], note: str | None, given: str) -> None:
        fields = {"flags": flags, "note": note}
        names = ("flags", "note") if given == "both" else (given,)
        self.home.may("flags.tell", **{name: value for name, value in fields.items() if name in names})

    @precondition(lambda self: self.home.state.screened is None or self.home.state.seq > 25)
    @rule(flags=flags)
    def today_is_told(self, flags: list[str]) -> None:
        self.home.may("practice.screen", flags=flags)

    @rule(gone_ms=st.sampled_from([0, 14_999, 15_000, 3_600_000, -1]))
    def the_screen_is_back(self, gone_ms: int) -> None:
        self.home.tick(max(gone_ms, 0))
        self.home.may("practice.back", gone_ms=gone_ms)

    @rule(ms=st.sampled_from([0, 1, 499, 3_000, 9_501, 60_000, 119_999, 120_000, 600_000, SCREENED_FOR_MS]))
    def time_passes(self, ms: int) -> None:
        self.home.tick(ms)

    @precondition(lambda self: self.home.state.seq > 30)
    @rule()
    def it_ends(self) -> None:
        self.home.may("practice.end")

    # What leads further in

    @precondition(lambda self: self.home.state.asking is not None)
    @rule(answer=st.sampled_from(["yes", "yes", "yes", "tell_me_first", "not_today"]))
    def the_question_is_answered(self, answer: str) -> None:
        self.home.answers(answer)

    @precondition(lambda self: self.home.state.running in ("idle", "agreed"))
    @rule(exercise=st.sampled_from(["calm", "soothe", "soft-belly-breathing", *DILATING]))
    def an_exercise_begins(self, exercise: str) -> None:
        self.home.may("activity.offer", exercise=exercise)
        self.home.may("activity.start")

    @precondition(lambda self: self.home.state.running in ("running", "paused"))
    @rule(by=st.sampled_from([-1, 0, 1, 1, 1, 2]), after_ms=st.sampled_from([0, 500, 7_000, 20_000]))
    def a_step_on(self, by: int, after_ms: int) -> None:
        self.home.tick(after_ms)
        assert self.home.state.activity is not None
        self.home.may("step.go", to=max(0, self.home.state.activity.step + by))
        if by > 0 and self.home.state.asking is not None:
            self.home.answers("yes")

    @precondition(lambda self: self.home.state.running in ("running", "paused"))
    @rule(first=paces, second=paces, ms=st.integers(0, 12_000))
    def the_pace_is_changed_twice(self, first: tuple[int, ...], second: tuple[int, ...], ms: int) -> None:
        self.home.may("pacer.set", **dict(zip(PACE, first, strict=True)))
        self.home.tick(ms)
        self.home.may("pacer.set", **dict(zip(PACE, second, strict=True)))

    @precondition(lambda self: self.home.state.activity is not None)
    @rule(level=st.sampled_from(["settled", "settled", "uneasy", "dizzy", "fine"]))
    def it_is_said_how_it_feels(self, level: str) -> None:
        self.home.may("comfort.set", level=level)

    @precondition(lambda self: self.home.state.running == "running")
    @rule(ms=st.sampled_from([0, 119_999, 120_000, 121_000]))
    def it_pauses_for_a_while(self, ms: int) -> None:
        self.home.may("activity.pause")
        self.home.tick(ms)
        self.home.may("activity.resume")

    @precondition(lambda self: self.home.state.activity is not None and self.home.state.activity.on_internal)
    @rule(then=st.sampled_from(["gone", "gone while paused", "no", "on", "back", "stop"]))
    def something_happens_inside(self, then: str) -> None:
        if then.startswith("gone"):
            if then != "gone":
                self.home.may("activity.pause")
            self.home.tick(15_000)
            self.home.may("practice.back", gone_ms=15_000)
        elif then == "no":
            self.home.may("activity.pause")
            self.home.tick(120_000)
            self.home.may("activity.resume")
            if self.home.state.asking is not None:
                self.home.answers("not_today")
        elif then == "stop":
            self.home.may("session.stop", ago_ms=700)
        else:
            assert self.home.state.activity is not None
            self.home.may("step.go", to=self.home.state.activity.step + (1 if then == "on" else -1))

    @precondition(lambda self: self.home.state.asking is not None)
    @rule(kind=st.sampled_from(["activity.pause", "activity.finish", "practice.back", "practice.end", "not_today"]))
    def something_else_is_done_than_answered(self, kind: str) -> None:
        if kind != "not_today":
            self.home.may(kind, **({"gone_ms": 20_000} if kind == "practice.back" else {}))
            return
        assert self.home.state.asking is not None
        step = self.home.state.asking.step
        self.home.answers("not_today")
        self.home.may("step.go", to=step)
        self.home.may("activity.resume")

    @precondition(lambda self: self.home.state.running == "idle")
    @rule(exercise=st.sampled_from(DILATING), rung=st.sampled_from(["one", "two", "three"]))
    def a_size_is_chosen_with_it(self, exercise: str, rung: str) -> None:
        self.home.may("activity.offer", exercise=exercise, rung=rung)

    @precondition(lambda self: self.home.state.running == "running" and self.home.state.comfort != "dizzy")
    @rule(first=good_paces, second=good_paces, ms=st.integers(0, 9_500))
    def a_pace_has_to_wait(self, first: tuple[int, ...], second: tuple[int, ...], ms: int) -> None:
        self.home.tick(ms)
        for pace in (first, second):
            self.home.may("pacer.set", **dict(zip(PACE, pace, strict=True)))
        self.home.tick(30_000)

    @precondition(lambda self: self.home.state.stopped is not None)
    @rule()
    def it_goes_on_after_a_stop(self) -> None:
        self.home.may("session.ready")

    @precondition(lambda self: bool(self.home.state.declined))
    @rule(of=st.integers(0, 3))
    def a_no_is_taken_back(self, of: int) -> None:
        declined = self.home.state.declined
        self.home.may("activity.reopen", exercise=declined[of % len(declined)][0])

    @precondition(lambda self: bool(self.home.state.checkins))
    @rule(checkin=checkins(), of=st.integers(0, 9), strike=st.booleans())
    def a_checkin_is_corrected(self, checkin: dict[str, Any], of: int, strike: bool) -> None:
        found = self.home.state.checkins[of % len(self.home.state.checkins)]
        self.home.may("checkin.correct", of=found.seq, answers=None if strike else checkin["answers"])

    @precondition(lambda self: bool(self.home.state.checkins))
    @rule(of=st.integers(0, 9))
    def what_was_kept_is_shared(self, of: int) -> None:
        found = self.home.state.checkins[of % len(self.home.state.checkins)]
        self.home.may("checkin.share", of=found.seq)

    @precondition(lambda self: bool(self.home.state.checkins))
    @rule(
        of=st.integers(0, 9),
        how=st.fixed_dictionaries(
            {
                "outcome": st.sampled_from(["fine", "sore", "worse"]),
                "pain": st.sampled_from([None, 0, 4, 5, 6, 7]),
                "bleeding": st.sampled_from([None, None, "none", "trace"]),
            }
        ),
        hours=st.sampled_from([None, 0, 1, 71, 73]),
    )
    def it_is_told_how_it_is_afterwards(self, of: int, how: dict[str, Any], hours: int | None) -> None:
        if hours is not None:
            self.home.may("practice.end")
            self.home.tick(hours * 3_600_000)
        found = self.home.state.checkins[of % len(self.home.state.checkins)]
        answers = {"of": found.seq, **how}
        self.home.may("checkin.record", kind="next_day", answers=answers)
        follow_up = next((one.seq for one in self.home.state.checkins if one.kind == "next_day"), 1)
        self.home.may("checkin.correct", of=follow_up, answers={**answers, "outcome": "worse"})

    # What holds after each

    @invariant()
    def the_patient_is_shown_nothing_that_is_for_therapists(self) -> None:
        seen = msgspec.json.encode(self.home.view).decode()
        assert TOLD not in seen
        assert '"flag_' not in seen
        assert not {"concerns", "arrival", "notes", "absent"} & self.home.view.keys()
        assert set(self.home.view["care"]["suspended"] or {"say": ""}) == {"say"}

    @invariant()
    def dizzy_is_without_a_pacer(self) -> None:
        if self.home.state.comfort == "dizzy":
            assert self.home.view["pacer"] is None

    def teardown(self) -> None:
        home = self.home
        assert replay(home.ledger) == home.state
        nobody_elses(home)
        self._what_the_phone_tells_makes_the_same_ledger(home)
        for line in home.ledger:
            if sees(Role.PATIENT, line.event):
                sent = msgspec.json.encode(event_for(Role.PATIENT, line.event)).decode()
                assert TOLD not in sent
        self.transcripts.append(home.transcript)

    def _what_the_phone_tells_makes_the_same_ledger(self, home: AtHome) -> None:
        told = Practice(
            replay(home.ledger[:1]), patient=PATIENT, find=EXERCISES.get, fetched_ms=home.fetched_ms or BEGUN_MS
        )
        for entry in home.entries:
            told.take(entry_of(entry), at_ms=BEGUN_MS + entry["after_ms"])
        # What falls due after the last entry is not told by it.
        lines = home.ledger[1:]
        assert told.lines == lines[: len(told.lines)]
        assert all(line.role is Role.SYSTEM for line in lines[len(told.lines) :])
