"""Support persons: who comes and goes, what they are shown, and what no scope ever shows them."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from exercises.wording import Wording
from sessions import commands as c
from sessions import events as e
from sessions.company import is_with
from sessions.people import Role, Shared
from sessions.views import event_for, sees
from tests.sessions.cast import SUSPENSION
from tests.sessions.room import Visit, refused, types
from tests.sessions.test_machine_properties import FELT, NOTE, PLACE, SAID, AnyVisit

#: What `hello` holds for a support person, whatever happened; everything else is empty.
STAGE = {
    "kind", "phase", "running", "activity", "pacer", "stopped", "care", "due_at", "planned_minutes", "overdue",
    "opened_at", "end_reason",
}  # fmt: skip


def shown_to_support(visit: Visit) -> list[str]:
    """The types of all events that the support person is sent, by what is shared with them now."""
    since = visit.state.checkins_from.get("s1")
    return [
        types([line.event])[0]
        for line in visit.ledger
        if sees(Role.SUPPORT, line.event, seq=line.seq, checkins_from=since)
    ]


def test_whoever_is_let_in_belongs_to_the_session_and_the_ledger_says_so(visit: Visit) -> None:
    assert types(visit.company(s1=False, s2=True)) == ["people.joined"]

    assert visit.state.people["s2"] is Role.SUPPORT
    assert "s2" in visit.state.absent, "let in, and not there yet"
    assert visit.company(s1=False, s2=True) == [], "the same again says nothing new"


def test_whoever_is_let_in_no_more_is_gone_from_all_of_it(visit: Visit) -> None:
    visit.company(s1=True)

    assert types(visit.company()) == ["people.left"]

    assert "s1" not in visit.state.people
    assert not {"s1"} & (visit.state.absent.keys() | visit.state.checkins_from.keys())
    visit.support.leaves()
    visit.tick(60_000)
    assert visit.ledger[-1].event == e.PeopleLeft(person="s1"), "and is not missed"


def test_voice_is_given_and_taken_back_apart_from_what_is_written(visit: Visit) -> None:
    assert types(visit.shares(s1=Shared(voice=True))) == ["people.joined"]
    assert shared(visit) == (["s1"], [])
    assert visit.shares(s1=Shared(voice=True)) == []

    visit.shares(s1=Shared(voice=True, checkins=True))
    assert shared(visit) == (["s1"], ["s1"])
    visit.shares(s1=Shared(checkins=True))
    assert shared(visit) == ([], ["s1"])
    visit.shares(s1=Shared(voice=True), s2=Shared(voice=True))
    visit.company(s2=False)
    assert shared(visit) == ([], [])


def shared(visit: Visit) -> tuple[list[str], list[str]]:
    """Who takes part in voice, and who is shown check-ins."""
    return list(visit.state.voice), sorted(visit.state.checkins_from)


def test_a_line_from_before_there_was_voice_gives_none() -> None:
    old = msgspec.json.decode(b'{"type":"people.joined","person":"s1","role":"support"}', type=e.PeopleJoined)

    assert (old.voice, old.checkins) == (False, False)


def test_an_arrival_from_before_it_was_asked_chose_nothing_for_after_a_stop() -> None:
    old = e.ArrivalConfirmed(
        safe=True,
        alone=True,
        telehealth_consent=True,
        identity=True,
        call_back_ok=True,
        place_given=False,
        phone_given=False,
        stop_word_given=False,
    )
    line = msgspec.json.decode(msgspec.json.encode(old))
    del line["after_stop"]

    assert msgspec.convert(line, e.ArrivalConfirmed) == old


def test_an_ended_session_stays_as_it_was(visit: Visit) -> None:
    visit.therapist.ends()

    assert visit.company() == []
    assert "s1" in visit.state.people


def test_check_ins_are_shared_from_then_on_and_none_from_before(calm: Visit) -> None:
    calm.patient.records("relaxation", outcome="done", note="Before.")
    before = calm.state.checkins[0].seq
    calm.company(s1=True)
    calm.patient.records("relaxation", outcome="done", note="After.")

    assert [entry["answers"]["note"] for entry in calm.support.view["checkins"]] == ["After."]
    assert shown_to_support(calm).count("checkin.recorded") == 1

    calm.patient.corrects(before, {"outcome": "done", "note": "Before, and still mine."})
    calm.patient.corrects(calm.state.checkins[1].seq, {"outcome": "partly"})
    assert shown_to_support(calm).count("checkin.corrected") == 1, "a correction tells what it corrects"


def test_sharing_that_ends_takes_the_list_away_and_begins_anew(calm: Visit) -> None:
    calm.company(s1=True)
    calm.patient.records("relaxation", outcome="done", note="Shared.")

    calm.company(s1=False)
    assert calm.support.view["checkins"] == []
    assert "checkin.recorded" not in shown_to_support(calm)

    calm.company(s1=True)
    assert calm.support.view["checkins"] == []


def test_the_scope_of_one_says_nothing_of_another(calm: Visit) -> None:
    calm.company(s1=False, s2=True)
    calm.patient.records("relaxation", outcome="done", note="For one of them.")

    assert calm.support.view["checkins"] == []


def test_what_check_ins_are_shared_brings_nothing_else_with_it(inside: Visit) -> None:
    inside.company(s1=True)
    inside.patient.feels("uneasy")
    inside.patient.writes("Between us.")
    inside.therapist.notes("Not for them.")
    inside.care(suspended=SUSPENSION)

    text = msgspec.json.encode(inside.support.view).decode()

    assert not [word for word in ("Between us", "Not for them", SUSPENSION.say, "uneasy") if word in text]
    assert set(shown_to_support(inside)) <= {
        "visit.admitted", "activity.started", "step.changed", "pacer.changed", "checkin.recorded",
    }  # fmt: skip


@pytest.mark.parametrize("who", ["patient", "therapist"])
def test_that_it_stopped_or_paused_is_shown_and_not_by_whom(calm: Visit, who: str) -> None:
    getattr(calm, who).pauses()
    assert calm.support.view["activity"]["paused"]["by"] == "system"
    getattr(calm, who).stops()
    assert calm.support.view["stopped"]["by"] == "system"

    for line in calm.ledger:
        if isinstance(line.event, e.SessionStopped | e.ActivityPaused):
            assert event_for(Role.SUPPORT, line.event)["by"] == "system"
            assert event_for(Role.PATIENT, line.event).by == who


def test_a_support_persons_own_stop_is_told_to_all_and_lifted_by_the_patient_alone(calm: Visit) -> None:
    calm.support.stops()

    assert {calm.patient.view["stopped"]["by"], calm.support.view["stopped"]["by"]} == {"support"}
    calm.patient.is_ready()
    assert calm.state.stopped is None


def test_not_this_time_holds_until_the_patient_takes_it_back(visit: Visit) -> None:
    assert visit.state.admits("s1")

    visit.patient.arrives(company=())
    assert not visit.state.admits("s1")
    assert not is_with(visit.state)
    assert "s1" in visit.state.people, "it is for this visit, not for good"

    # Somebody came into the room, and the answer is given again without that question.
    visit.patient.arrives(alone=False)
    assert not visit.state.admits("s1")

    visit.patient.arrives(company=("s1",))
    assert visit.state.admits("s1")
    assert is_with(visit.state)


def test_an_answer_names_those_who_are_there_and_nobody_else(visit: Visit) -> None:
    visit.patient.arrives(company=("s1", "t1", "made-up"))

    assert visit.state.company == ("s1",)
    assert visit.state.admits("t1"), "it is about support persons alone"


@pytest.fixture
def two(visit: Visit) -> Visit:
    """A visit in which an exercise for two is allowed, and one person is let in."""
    visit.company(s1=False)
    visit.care(enabled=("together",))
    return visit


def goes(visit: Visit) -> list[e.AnyEvent]:
    return visit.company()


def not_this_time(visit: Visit) -> list[e.AnyEvent]:
    return visit.patient.arrives(company=())


ALONE = pytest.mark.parametrize("alone", [goes, not_this_time])


@ALONE
def test_what_is_offered_for_two_is_taken_back_when_nobody_else_is_left(
    two: Visit, alone: Callable[[Visit], list[e.AnyEvent]]
) -> None:
    two.therapist.offers("together")

    events = alone(two)

    assert [event.reason for event in events if isinstance(event, e.AskingEnded)] == ["withdrawn"]
    assert two.state.running == "idle"


@ALONE
def test_what_was_agreed_for_two_never_begins_for_one(two: Visit, alone: Callable[[Visit], list[e.AnyEvent]]) -> None:
    two.therapist.offers("together")
    two.patient.says("yes")

    alone(two)

    assert (two.state.running, two.state.way_out) == ("idle", None)
    with refused("needs_consent"):
        two.therapist.starts()


@ALONE
@pytest.mark.parametrize("paused", [False, True])
def test_an_exercise_for_two_ends_by_its_way_out_when_nobody_else_is_left(
    two: Visit, alone: Callable[[Visit], list[e.AnyEvent]], paused: bool
) -> None:
    two.runs("together")
    two.therapist.goes_to(1)
    two.tick(20_000)
    if paused:
        two.patient.pauses()

    events = alone(two)

    assert [name for name in types(events) if name.startswith(("step.", "activity."))] == [
        "step.changed", "activity.finished",
    ]  # fmt: skip
    assert two.state.activity is None
    assert two.state.way_out is not None, "its words stay on the screen"
    assert two.state.way_out.say == "This is out."
    with refused("not_allowed"):
        two.therapist.offers("together")


def test_an_exercise_for_two_without_a_way_out_yet_just_ends(two: Visit) -> None:
    two.runs("together")

    assert types(goes(two)) == ["activity.finished", "people.left"]


def test_an_exercise_for_two_goes_on_while_somebody_wanted_is_left(two: Visit) -> None:
    two.company(s1=False, s2=False)
    two.runs("together")

    assert types(two.company(s2=False)) == ["people.left"]
    assert two.state.running == "running"
    two.company(s2=False, s3=False)
    two.patient.arrives(company=("s2",))
    assert two.state.running == "running"
    assert types(two.company(s3=False)) == ["activity.finished", "people.left"], "left, and not wanted this time"


def test_an_exercise_for_one_does_not_mind_who_goes(calm: Visit) -> None:
    assert types(goes(calm)) == ["people.left"]
    not_this_time(calm)

    assert calm.state.running == "running"


class AnyCompany(AnyVisit):
    """Any visit, with people who are let in, shown more or less, and shown out again at any moment."""

    @rule(granted=st.fixed_dictionaries({}, optional={"s1": st.booleans(), "s2": st.booleans()}))
    def the_patient_lets_be_there(self, granted: dict[str, bool]) -> None:
        self.visit.company(**granted)
        assert self.visit.company(**granted) == []

    @rule(company=st.none() | st.lists(st.sampled_from(["s1", "s2", "p1"]), unique=True).map(tuple))
    def the_patient_says_who_is_wanted(self, company: tuple[str, ...] | None) -> None:
        calm: dict[str, Any] = {"safe": True, "alone": True, "telehealth_consent": True, "identity": True}
        self.tries("patient", c.ArrivalConfirm, hang_up=c.HangUp(call_back_ok=True), company=company, **calm)

    # The promise of `AnyVisit` that nothing of a check-in is shown holds here for whoever it is not shared with.
    @invariant()
    def nobody_is_shown_what_they_may_not_see(self) -> None:
        seen = self.visit.support.view
        text = msgspec.json.encode(seen).decode()
        assert not any(secret in text for secret in (NOTE, PLACE, SAID, '"flag_'))
        assert {name for name, value in seen.items() if value} <= STAGE | {"checkins"}
        assert not any(value for name, value in seen["care"].items() if name != "words")
        since = self.visit.state.checkins_from.get("s1")
        assert all(since is not None and entry["seq"] >= since for entry in seen["checkins"])
        assert seen["running"] not in ("asking", "agreed")

    @rule()
    def something_for_two_is_offered(self) -> None:
        self.visit.care(enabled=("dilate", "together"))
        self.tries("therapist", c.ActivityOffer, exercise="together")

    @invariant()
    def nothing_for_two_is_on_with_one(self) -> None:
        state = self.visit.state
        on = [thing for thing in (state.asking, state.activity) if thing is not None and thing.script.with_support]
        assert not on or is_with(state)

    @invariant()
    def whoever_is_admitted_belongs(self) -> None:
        state = self.visit.state
        assert {one for one in ("s1", "s2", "made-up") if state.admits(one)} <= state.people.keys()
        assert state.checkins_from.keys() <= {one for one, role in state.people.items() if role is Role.SUPPORT}

    def teardown(self) -> None:
        for line in self.visit.ledger:
            if not sees(Role.SUPPORT, line.event, seq=line.seq):
                continue
            text = msgspec.json.encode(event_for(Role.SUPPORT, line.event)).decode()
            assert not any(secret in text for secret in (NOTE, PLACE, SAID, FELT)), "no scope, nothing of it"


TestAnyCompany = AnyCompany.TestCase
TestAnyCompany.settings = settings(
    max_examples=60,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


def test_the_patients_own_words_stay_in_the_script(visit: Visit) -> None:
    visit.care(wording=Wording(address="Robin"))

    assert "Robin" not in msgspec.json.encode(visit.support.view).decode()
