"""Any order of commands, people, losses, restarts and time: the promises of a visit hold."""

from typing import Any, get_args

import msgspec
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from msgspec import structs

from sessions import commands as c
from sessions import evolve
from sessions.attempts import TELLING, Told, attempts_of, told_by
from sessions.care import CareState
from sessions.events import AnyEvent
from sessions.evolve import replay
from sessions.flags import FLAG_BY_ID
from sessions.people import Refused, Role
from sessions.system import CareNews
from sessions.views import event_for, sees
from tests.sessions.cast import CARE, LADDER, SHELF, SUSPENDED_CARE
from tests.sessions.promises import Promises
from tests.sessions.room import Person, Visit, raw
from tests.thorough import of_them

_CARES: tuple[CareState, ...] = (
    CARE,
    SUSPENDED_CARE,
    structs.replace(CARE, rung="three"),
    structs.replace(CARE, ladder=structs.replace(LADDER, version=4, rungs=LADDER.rungs[1:])),
    CareState(),
)
#: Texts by what they are, so that a view that shows one to the wrong person is found out.
NOTE, SAID, FELT, TOLD, PLACE = "NOTE-text", "SAID-text", "FELT-text", "TOLD-text", "Dune Road 4"

whos = st.sampled_from(["patient", "therapist", "support"])
steps = st.integers(0, 6)
rungs = st.sampled_from(["one", "two", "three", "ten"])
slugs = st.sampled_from([*SHELF, "made-up"])
breaths = st.sampled_from([0, 1_500, 4_000, 5_000, 8_000, 12_000, 60_000])
ratings = st.integers(-1, 11) | st.sampled_from(["7", None, 2.5])
answers = st.sampled_from(["yes", "tell_me_first", "not_today"])

checkin_answers: st.SearchStrategy[object] = st.one_of(
    st.fixed_dictionaries(
        {"outcome": st.sampled_from(["done", "partly", "completed", "chose_not_to_insert", ""])},
        optional={
            "pain": ratings,
            "pain_worst": ratings,
            "rung": rungs,
            "bleeding": st.sampled_from(["none", "fresh_red", "heavy"]),
            "note": st.just(FELT),
        },
    ),
    st.sampled_from([None, [], 7, "text", {"kind": "rung"}]),
)

commands = st.one_of(
    st.builds(
        dict,
        command=st.just(c.ArrivalConfirm),
        safe=st.booleans(),
        alone=st.booleans(),
        telehealth_consent=st.booleans(),
        identity=st.booleans(),
        hang_up=st.builds(c.HangUp, call_back_ok=st.booleans()),
        flags=st.lists(st.sampled_from([*FLAG_BY_ID, "made_up"]), max_size=2).map(tuple),
        place=st.sampled_from([None, PLACE]),
    ),
    st.builds(dict, command=st.sampled_from([c.VisitAdmit, c.ActivityWithdraw, c.ActivityStart])),
    st.builds(dict, command=st.sampled_from([c.ActivityFinish, c.ActivityPause, c.ActivityResume])),
    st.builds(dict, command=st.sampled_from([c.SessionStop, c.SessionReady, c.ActivityResume])),
    st.builds(dict, command=st.just(c.ActivityOffer), exercise=slugs, step=st.none() | steps, rung=st.none() | rungs),
    st.builds(dict, command=st.just(c.ActivityAnswer), ask=st.integers(0, 60), answer=answers),
    st.builds(dict, command=st.just(c.ActivityReopen), exercise=slugs),
    st.builds(dict, command=st.just(c.StepGo), to=steps),
    st.builds(dict, command=st.just(c.RungChoose), rung=rungs),
    st.builds(
        dict,
        command=st.just(c.PacerSet),
        in_ms=breaths,
        hold_in_ms=st.sampled_from([0, 1_000, 5_000]),
        out_ms=breaths,
        hold_out_ms=st.sampled_from([0, 1_000]),
    ),
    st.builds(dict, command=st.just(c.ComfortSet), level=st.sampled_from(["settled", "uneasy", "dizzy"])),
    st.builds(
        dict,
        command=st.just(c.CheckinRecord),
        kind=st.sampled_from(["relaxation", "rung", "made_up"]),
        answers=checkin_answers.map(raw),
        heard=st.booleans(),
    ),
    st.builds(dict, command=st.just(c.CheckinCorrect), of=st.integers(1, 60), answers=checkin_answers.map(raw)),
    st.builds(
        dict,
        command=st.just(c.FlagsTell),
        flags=st.lists(st.sampled_from([*FLAG_BY_ID, "made_up"]), max_size=2).map(tuple),
        note=st.sampled_from([None, TOLD]),
    ),
    st.builds(dict, command=st.just(c.MessageSay), text=st.just(SAID)),
    st.builds(dict, command=st.just(c.NoteWrite), text=st.just(NOTE)),
    st.builds(dict, command=st.just(c.HeartRecord), swing_tenths=st.just(84), rate=st.just(68), breaths=st.just(6)),
)

#: Instants at which something turns, falls due, or only just does not.
waits = st.sampled_from([0, 1, 499, 3_000, 9_501, 9_999, 10_000, 15_000, 30_000, 61_000, 120_000])
long_waits = st.sampled_from([600_000, 1_900_000, 7_200_000])
paces = st.sampled_from([(4_000, 0, 6_000, 0), (5_000, 0, 7_000, 0), (6_000, 1_000, 9_000, 0), (3_000, 0, 4_000, 0)])


class AnyVisit(RuleBasedStateMachine):
    """One visit. Every line that it appends is checked by `Promises`; what is shown is checked here."""

    def __init__(self) -> None:
        super().__init__()
        self.visit = Visit(watch=Promises().hold)
        self.shown: tuple[int, int] | None = None

    def person(self, who: str) -> Person:
        found: Person = getattr(self.visit, who)
        return found

    def tries(self, who: str, command: type[c.Command], **fields: Any) -> None:
        """Refused is an answer; anything else that is raised is a fault."""
        seq = self.visit.state.seq
        try:
            self.person(who).asks(command, **fields)
        except Refused:
            assert self.visit.state.seq == seq
            assert command is not c.SessionStop

    @initialize(begins=st.sampled_from(["scheduled", "open", "calm", "dilate", "inside", "inside"]))
    def begin(self, begins: str) -> None:
        if begins == "scheduled":
            return
        self.visit.opens()
        if begins in SHELF:
            self.visit.runs(begins)
        if begins == "inside":
            self.visit.runs("dilate")
            self.visit.goes_inside(1)

    @rule(who=whos, asked=commands)
    def somebody_asks(self, who: str, asked: dict[str, Any]) -> None:
        self.tries(who, **asked)

    @rule(asked=commands)
    def the_therapist_asks(self, asked: dict[str, Any]) -> None:
        self.tries("therapist", **asked)

    @rule(asked=commands)
    def the_patient_asks(self, asked: dict[str, Any]) -> None:
        self.tries("patient", **asked)

    @precondition(lambda self: self.visit.state.asking is not None)
    @rule(answer=answers | st.just("yes"))
    def the_patient_answers(self, answer: str) -> None:
        assert self.visit.state.asking is not None
        self.tries("patient", c.ActivityAnswer, ask=self.visit.state.asking.seq, answer=answer)

    @precondition(lambda self: self.visit.state.asking is not None)
    @rule(who=st.sampled_from(["therapist", "support"]))
    def somebody_else_answers(self, who: str) -> None:
        assert self.visit.state.asking is not None
        self.tries(who, c.ActivityAnswer, ask=self.visit.state.asking.seq, answer="yes")

    @precondition(lambda self: self.visit.state.asking is not None)
    @rule(late=st.integers(1, 12))
    def a_yes_to_an_earlier_question_arrives(self, late: int) -> None:
        assert self.visit.state.asking is not None
        self.tries("patient", c.ActivityAnswer, ask=self.visit.state.asking.seq - late, answer="yes")

    @precondition(lambda self: self.visit.state.activity is not None and self.visit.state.activity.on_internal)
    @rule(who=st.sampled_from(["patient", "therapist"]), ms=st.sampled_from([119_999, 120_000]))
    def somebody_pauses_for_long_inside(self, who: str, ms: int) -> None:
        self.tries(who, c.ActivityPause)
        self.visit.tick(ms)
        self.tries(who, c.ActivityResume)

    @rule(
        slug=st.sampled_from(["calm", "dilate"]),
        to=st.integers(1, 2),
        then=st.sampled_from(["stops", "pauses", "feels"]),
    )
    def the_patient_is_asked_and_does_something_else(self, slug: str, to: int, then: str) -> None:
        self.tries("therapist", c.ActivityOffer, exercise=slug)
        self.tries("therapist", c.StepGo, to=to)
        if then == "feels":
            self.tries("patient", c.ComfortSet, level="uneasy")
        else:
            self.tries("patient", c.SessionStop if then == "stops" else c.ActivityPause)

    @precondition(lambda self: self.visit.state.asking is not None or self.visit.state.seq > 20)
    @rule(who=whos)
    def somebody_stops(self, who: str) -> None:
        self.tries(who, c.SessionStop)

    @precondition(lambda self: self.visit.state.running == "running")
    @rule(who=st.sampled_from(["patient", "therapist"]), to=st.integers(0, 4))
    def the_patient_feels_unwell_while_a_step_is_turning(self, who: str, to: int) -> None:
        self.visit.tick(3_000)
        self.tries(who, c.StepGo, to=to)
        if self.visit.state.asking is not None:
            self.tries("patient", c.ActivityAnswer, ask=self.visit.state.asking.seq, answer="yes")
        self.tries("patient", c.ComfortSet, level="uneasy")

    @precondition(lambda self: self.visit.state.activity is not None and self.visit.state.activity.on_internal)
    @rule(who=st.sampled_from(["patient", "therapist"]), ms=st.sampled_from([14_999, 15_000, 29_999, 30_000]))
    def somebody_is_lost_inside(self, who: str, ms: int) -> None:
        self.person(who).leaves()
        self.visit.tick(ms)
        self.person(who).returns()
        self.tries("therapist", c.ActivityResume)

    @precondition(lambda self: self.visit.state.running in ("idle", "agreed"))
    @rule(slug=st.sampled_from(["calm", "dilate", "dilate", "soothe"]))
    def an_exercise_is_agreed_and_begun(self, slug: str) -> None:
        self.tries("therapist", c.ActivityOffer, exercise=slug)
        if self.visit.state.asking is not None:
            self.tries("patient", c.ActivityAnswer, ask=self.visit.state.asking.seq, answer="yes")
        self.tries("therapist", c.ActivityStart)

    @precondition(lambda self: self.visit.state.stopped is not None)
    @rule()
    def the_patient_is_ready(self) -> None:
        self.tries("patient", c.SessionReady)

    @precondition(lambda self: self.visit.state.running == "paused")
    @rule(who=st.sampled_from(["patient", "therapist"]))
    def somebody_goes_on(self, who: str) -> None:
        self.tries(who, c.ActivityResume)

    @precondition(lambda self: self.visit.state.running in ("running", "paused"))
    @rule(who=st.sampled_from(["patient", "therapist", "therapist"]), to=st.integers(0, 4))
    def somebody_moves(self, who: str, to: int) -> None:
        self.tries(who, c.StepGo, to=to)

    @precondition(lambda self: self.visit.state.running in ("running", "paused"))
    @rule(who=st.sampled_from(["patient", "therapist"]), pace=paces)
    def somebody_sets_the_pace(self, who: str, pace: tuple[int, int, int, int]) -> None:
        names = ("in_ms", "hold_in_ms", "out_ms", "hold_out_ms")
        self.tries(who, c.PacerSet, **dict(zip(names, pace, strict=True)))

    @precondition(lambda self: self.visit.state.running == "running")
    @rule(first=paces, second=paces, ms=st.integers(1, 12_000))
    def the_therapist_changes_their_mind_within_a_breath(
        self, first: tuple[int, int, int, int], second: tuple[int, int, int, int], ms: int
    ) -> None:
        self.somebody_sets_the_pace("therapist", first)
        self.visit.tick(ms)
        self.somebody_sets_the_pace("therapist", second)

    @precondition(lambda self: self.visit.state.running in ("running", "paused"))
    @rule(who=whos, ms=st.sampled_from([0, 49_999, 50_000, 61_000]))
    def a_minute_of_a_belt_is_told(self, who: str, ms: int) -> None:
        for after_ms in (0, ms):
            self.visit.tick(after_ms)
            self.tries(who, c.HeartRecord, swing_tenths=84, rate=68, breaths=6)

    @precondition(lambda self: self.visit.state.asking is not None)
    @rule()
    def the_patient_is_gone_when_asked(self) -> None:
        self.visit.patient.leaves()
        self.visit.tick(60_000)

    @precondition(lambda self: self.visit.state.activity is not None)
    @rule(who=st.sampled_from(["patient", "therapist"]))
    def somebody_pauses(self, who: str) -> None:
        self.tries(who, c.ActivityPause)

    @precondition(lambda self: self.visit.state.activity is not None)
    @rule(level=st.sampled_from(["settled", "settled", "uneasy", "dizzy"]))
    def the_patient_says_how_it_feels(self, level: str) -> None:
        self.tries("patient", c.ComfortSet, level=level)

    @rule(ms=waits)
    def time_passes(self, ms: int) -> None:
        self.visit.tick(ms)

    @precondition(lambda self: self.visit.state.seq > 25)
    @rule(ms=long_waits)
    def a_long_time_passes(self, ms: int) -> None:
        self.visit.tick(ms)

    @rule(who=whos)
    def somebody_leaves(self, who: str) -> None:
        self.person(who).leaves()

    @rule(who=whos)
    def somebody_returns(self, who: str) -> None:
        self.person(who).returns()

    @precondition(lambda self: self.visit.state.seq > 12)
    @rule(care=st.sampled_from(_CARES))
    def the_care_ledger_changes(self, care: CareState) -> None:
        self.visit.system(CareNews(care=care))

    @precondition(lambda self: self.visit.state.care.suspended is not None)
    @rule()
    def the_therapist_clears(self) -> None:
        self.visit.system(CareNews(care=CARE))

    @precondition(lambda self: self.visit.state.seq > 12)
    @rule()
    def the_server_restarts(self) -> None:
        before = self.visit.state
        self.visit.restarts()
        assert self.visit.state == before

    @precondition(lambda self: self.visit.state.seq > 40)
    @rule()
    def the_therapist_ends(self) -> None:
        self.tries("therapist", c.VisitEnd)

    @invariant()
    def nobody_is_shown_what_they_may_not_see(self) -> None:
        patient, support = (msgspec.json.encode(self.person(who).view).decode() for who in ("patient", "support"))
        assert NOTE not in patient
        assert PLACE not in patient
        assert TOLD not in patient
        assert not any(text in support for text in (NOTE, PLACE, SAID, FELT, TOLD, '"flag_'))
        assert not {"concerns", "arrival", "notes"} & self.visit.patient.view.keys()
        assert self.visit.support.view["asking"] is None

    @invariant()
    def a_dizzy_patient_sees_no_pacer_anywhere(self) -> None:
        if self.visit.state.comfort == "dizzy":
            views = (self.visit.patient.view, self.visit.therapist.view, self.visit.support.view)
            assert [seen["pacer"] for seen in views] == [None] * 3

    @invariant()
    def no_screen_turns_forward_while_the_patient_is_unwell(self) -> None:
        state = self.visit.state
        was, self.shown = self.shown, None
        if state.activity is None or state.comfort not in ("uneasy", "dizzy"):
            return
        steps, shown = state.activity.script.steps, self.visit.shown
        begun = state.activity.agreed.ask
        self.shown = (begun, shown)
        if was is not None and was[0] == begun and shown > was[1]:
            out = shown in {step.way_out for step in steps}
            assert out or (steps[was[1]].internal and not steps[shown].internal)

    def teardown(self) -> None:
        assert replay(self.visit.ledger) == self.visit.state
        told = Told(attempts_of("s", self.visit.state), self.visit.state.concerns)
        assert told_by("s", (line for line in self.visit.ledger if isinstance(line.event, TELLING))) == told
        for line in self.visit.ledger:
            again = msgspec.json.decode(msgspec.json.encode(line.event), type=AnyEvent)
            assert again == line.event
            for role, secrets in ((Role.PATIENT, (NOTE, PLACE, TOLD)), (Role.SUPPORT, (NOTE, PLACE, SAID, FELT, TOLD))):
                if sees(role, line.event):
                    sent = msgspec.json.encode(event_for(role, line.event)).decode()
                    assert not any(secret in sent for secret in secrets)


TestAnyVisit = AnyVisit.TestCase
TestAnyVisit.settings = settings(
    max_examples=of_them(250),
    stateful_step_count=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


def test_every_kind_of_line_has_a_rule_of_its_own() -> None:
    assert evolve._HOW.keys() == set(get_args(AnyEvent))
