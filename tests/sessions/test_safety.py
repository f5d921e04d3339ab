"""The safety rules over one check-in, and every red flag of the clinical facts by its name."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from sessions import safety
from sessions.checkins import Answers, NextDayAnswers, RelaxationAnswers, ReleaseAnswers, RungAnswers
from sessions.flags import FLAG_BY_ID, FLAGS, Tier
from sessions.people import Refused
from sessions.safety import SOONEST, Finding, noticed
from sessions.thresholds import Thresholds
from tests.sessions.cast import CARE, SUSPENDED_CARE
from tests.sessions.flags_of_the_facts import FACTS
from tests.sessions.room import Visit, refused, types

USUAL = Thresholds()


def rules(answers: Answers, thresholds: Thresholds = USUAL) -> list[tuple[str, Tier]]:
    return [(finding.rule, finding.tier) for finding in noticed(answers, thresholds)]


def rung(**answers: Any) -> RungAnswers:
    return RungAnswers(outcome="completed", **answers)


def next_day(outcome: Any = "sore", **answers: Any) -> NextDayAnswers:
    return NextDayAnswers(of=1, outcome=outcome, **answers)


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        (rung(pain_worst=7), [("pain_high", Tier.PAUSE)]),
        (rung(pain_worst=6), []),
        (rung(pain_after=5, eased="not_yet"), [("pain_stays", Tier.PAUSE)]),
        (rung(pain_after=5, eased="hours"), []),
        (rung(bleeding="heavy"), [("bleeding_heavy", Tier.EMERGENCY)]),
        (rung(bleeding="fresh_red"), [("bleeding_fresh", Tier.SAME_DAY)]),
        (rung(bleeding="pink"), []),
        (rung(stop_reason="bleeding"), [("bleeding_stopped", Tier.PAUSE)]),
        (rung(stop_reason="bleeding", bleeding="trace"), []),
        (rung(stop_reason="bleeding", bleeding="heavy"), [("bleeding_heavy", Tier.EMERGENCY)]),
        (ReleaseAnswers(outcome="done", numbness=True), [("numbness", Tier.PAUSE)]),
        (ReleaseAnswers(outcome="done", numbness=False), []),
        (ReleaseAnswers(outcome="partly", stop_reason="bleeding"), [("bleeding_stopped", Tier.PAUSE)]),
        (RelaxationAnswers(outcome="done", bleeding="heavy"), [("bleeding_heavy", Tier.EMERGENCY)]),
        (RelaxationAnswers(outcome="chose_not_to", bleeding="fresh_red"), [("bleeding_fresh", Tier.SAME_DAY)]),
        (RelaxationAnswers(outcome="done", bleeding="trace"), []),
        (ReleaseAnswers(outcome="done", tender_before=8), [("pain_high", Tier.PAUSE)]),
        (next_day(pain=5), [("pain_next_day", Tier.PAUSE)]),
        (next_day(pain=4), []),
        (next_day("worse"), [("pain_next_day", Tier.PAUSE)]),
        (next_day(bleeding="trace"), [("bleeding_stays", Tier.SAME_DAY)]),
        (next_day(bleeding="heavy"), [("bleeding_heavy", Tier.EMERGENCY)]),
        (next_day("fine", bleeding="none"), []),
    ],
)
def test_what_one_check_in_says(answers: Answers, expected: list[tuple[str, Tier]]) -> None:
    assert rules(answers) == expected


def test_a_clinic_that_stops_at_less_pain_stops_there() -> None:
    careful = Thresholds(pain_stop=5, pain_easing=3, pain_next_day=7)

    assert rules(rung(pain_worst=5), careful) == [("pain_high", Tier.PAUSE)]
    assert rules(next_day(pain=5), careful) == [("pain_next_day", Tier.PAUSE)]


def test_every_finding_names_its_source() -> None:
    worst = (rung(pain_worst=9, bleeding="heavy"), ReleaseAnswers(outcome="done", numbness=True), next_day("worse"))

    assert all(finding.source for answers in worst for finding in noticed(answers, USUAL))


def test_the_thresholds_of_the_patients_care_hold_in_the_visit() -> None:
    visit = Visit(care=structs.replace(CARE, thresholds=Thresholds(pain_stop=5, pain_easing=3)))
    visit.opens()

    visit.patient.records("rung", outcome="completed", pain_worst=5)

    assert visit.state.care.suspended is not None


def test_numbness_in_release_work_comes_out_and_says_so(inside: Visit) -> None:
    inside.patient.records("release", outcome="stopped_early", numbness=True)

    assert inside.shown == 3
    assert "come out when it is easy" in inside.patient.view["care"]["suspended"]["say"].casefold()


def test_a_correction_that_repeats_what_stood_raises_nothing_anew(visit: Visit) -> None:
    visit.patient.records("rung", outcome="completed", pain_worst=8)
    visit.care(suspended=None)
    seq = visit.state.checkins[0].seq

    visit.patient.corrects(seq, {"outcome": "completed", "pain_worst": 8, "minutes": 5})
    visit.patient.corrects(seq, {"outcome": "completed", "pain_worst": 7})

    assert len(visit.state.concerns) == 1
    assert visit.state.care.suspended is None


def test_a_correction_to_more_is_said_again(visit: Visit) -> None:
    visit.patient.records("rung", outcome="completed", pain_worst=7)

    visit.patient.corrects(visit.state.checkins[0].seq, {"outcome": "completed", "pain_worst": 9})

    assert [concern.say for concern in visit.state.concerns][-1] == "Pain 9 of 10 in a check-in."


def test_less_urgent_words_never_replace_whom_to_call(visit: Visit) -> None:
    """Also where the urgent ones came from outside of this visit."""
    words = structs.replace(SUSPENDED_CARE.suspended, say=safety.SAY[Tier.EMERGENCY])  # type: ignore[type-var]
    visit.care(suspended=words)

    visit.patient.records("rung", outcome="completed", bleeding="fresh_red")

    assert "emergency number" in visit.patient.view["care"]["suspended"]["say"]


# Every item of the facts, 4.1


@pytest.mark.parametrize("item", FACTS, ids=lambda item: item.name)
def test_each_item_of_the_facts_has_its_flag_and_its_tier(item: Any) -> None:
    flag = FLAG_BY_ID[item.flag]

    assert flag.tier == item.tier
    assert item.word in flag.say.casefold()


def test_no_flag_is_without_its_item() -> None:
    """Those of section 4.2 among them: what holds work inside without being a red flag."""
    assert {flag.id for flag in FLAGS} == {item.flag for item in FACTS}


@pytest.mark.parametrize("item", FACTS, ids=lambda item: item.name)
def test_each_item_at_arrival(scheduled: Visit, item: Any) -> None:
    scheduled.patient.arrives(flags=(item.flag,))

    assert [(one.rule, one.tier) for one in scheduled.state.concerns] == [(f"flag_{item.flag}", item.tier)]
    assert (scheduled.state.care.suspended is not None) == (item.tier != Tier.NOTE)
    if item.tier != Tier.NOTE:
        assert scheduled.patient.view["care"]["suspended"]["say"] == safety.SAY[item.tier]


@pytest.mark.parametrize("item", FACTS, ids=lambda item: item.name)
def test_each_item_told_in_a_visit(inside: Visit, item: Any) -> None:
    inside.patient.tells(item.flag)

    state = inside.state
    assert [(one.rule, one.tier) for one in state.concerns] == [(f"flag_{item.flag}", item.tier)]
    assert (state.care.suspended is not None) == (item.tier != Tier.NOTE)
    # An emergency stops everything. What only pauses leads out of the body, and the breath goes on.
    assert (state.stopped is not None) == (item.tier == Tier.EMERGENCY)
    if item.tier in (Tier.SAME_DAY, Tier.PAUSE):
        assert inside.shown == 3


# Telling in a visit


def test_a_line_alone_is_something_else_and_its_words_reach_the_therapist(visit: Visit) -> None:
    visit.patient.tells(note="It burns since this morning.")

    concern = visit.therapist.view["concerns"][0]
    assert concern["rule"] == "flag_unsure"
    assert "It burns since this morning." in concern["say"]


def test_the_line_stands_with_the_most_urgent_item(visit: Visit) -> None:
    visit.patient.tells("panic", "collapse", note="Twice.")

    assert [(one.rule, "Twice." in one.say) for one in visit.state.concerns] == [
        ("flag_collapse", True),
        ("flag_panic", False),
    ]


def test_telling_nothing_or_something_unknown_is_refused(visit: Visit) -> None:
    with refused("bad_message"):
        visit.patient.tells()
    with refused("bad_message"):
        visit.patient.tells(note="   ")
    with refused("bad_message"):
        visit.patient.tells("made_up")

    assert visit.state.concerns == ()


def test_only_the_patient_tells_and_only_once_the_visit_has_begun(scheduled: Visit) -> None:
    with refused("not_now"):
        scheduled.patient.tells("fever")
    scheduled.patient.arrives()
    with refused("not_allowed"):
        scheduled.therapist.tells("fever")
    with refused("not_allowed"):
        scheduled.support.tells("fever")

    scheduled.patient.tells("fever")
    assert len(scheduled.state.concerns) == 1


def test_an_emergency_inside_stops_with_the_way_out_on_the_screen(inside: Visit) -> None:
    events = inside.patient.tells("severe_pain")

    assert types(events)[-1] == "session.stopped"
    assert inside.patient.view["way_out"] is not None
    with refused("stopped"):
        inside.therapist.offers("calm")


def test_what_was_told_before_is_told_again(visit: Visit) -> None:
    visit.patient.tells("fever")
    visit.care(suspended=None)

    visit.patient.tells("fever")

    assert len(visit.state.concerns) == 2
    assert visit.state.care.suspended is not None


def test_neither_patient_nor_support_is_sent_what_was_told(visit: Visit) -> None:
    visit.patient.tells("own_life", note="Tonight.")

    assert "Tonight." not in repr((visit.patient.view, visit.support.view))


# Properties

ratings = st.none() | st.integers(0, 10)
bleedings = st.sampled_from([None, "none", "trace", "pink", "fresh_red", "heavy"])
limits = st.builds(
    Thresholds, pain_stop=st.integers(4, 8), pain_easing=st.integers(2, 3), pain_next_day=st.integers(2, 7)
)
rungs = st.builds(
    RungAnswers,
    outcome=st.sampled_from(["completed", "partly", "stopped_early"]),
    pain_before=ratings,
    pain_worst=ratings,
    pain_after=ratings,
    eased=st.sampled_from([None, "minutes", "hours", "not_yet"]),
    stop_reason=st.sampled_from([None, "pain", "bleeding"]),
    bleeding=bleedings,
)
releases = st.builds(
    ReleaseAnswers,
    outcome=st.sampled_from(["done", "partly"]),
    tender_before=ratings,
    tender_after=ratings,
    pain_worst=ratings,
    bleeding=bleedings,
    numbness=st.sampled_from([None, False, True]),
)
relaxations = st.builds(
    RelaxationAnswers,
    outcome=st.sampled_from(["done", "partly", "chose_not_to"]),
    pain=ratings,
    bleeding=bleedings,
)
next_days = st.builds(
    NextDayAnswers,
    of=st.just(1),
    outcome=st.sampled_from(["fine", "sore", "worse"]),
    pain=ratings,
    bleeding=bleedings,
)
any_answers = st.one_of(rungs, releases, relaxations, next_days)
#: From mild to bad. What was not answered is left out: it is neither.
ORDERS: dict[str, list[Any]] = {
    "bleeding": ["none", "trace", "pink", "fresh_red", "heavy"],
    "eased": ["minutes", "hours", "not_yet"],
    "numbness": [False, True],
}
PAINS = ("pain", "pain_before", "pain_worst", "pain_after", "tender_before", "tender_after")


def caution(findings: list[Finding]) -> int:
    """0 for nothing, then the more the sooner somebody must act."""
    return max((len(SOONEST) - SOONEST.index(finding.tier) for finding in findings), default=0)


@settings(max_examples=400, deadline=None)
@given(answers=any_answers, thresholds=limits, data=st.data())
def test_a_worse_answer_never_gives_a_milder_finding(answers: Any, thresholds: Thresholds, data: Any) -> None:
    given_ones = [name for name in (*PAINS, *ORDERS) if getattr(answers, name, None) is not None]
    if not given_ones:
        return
    name = data.draw(st.sampled_from(given_ones))
    scale = ORDERS.get(name, list(range(11)))
    worse = data.draw(st.sampled_from(scale[scale.index(getattr(answers, name)) :]))

    before = noticed(answers, thresholds)
    after = noticed(structs.replace(answers, **{name: worse}), thresholds)

    assert caution(after) >= caution(before)


@settings(max_examples=200, deadline=None)
@given(answers=any_answers, flags=st.lists(st.sampled_from(sorted(FLAG_BY_ID)), max_size=3))
def test_nothing_that_is_told_ever_advances_anything_and_a_suspension_always_wins(
    answers: Any, flags: list[str]
) -> None:
    for care in (CARE, SUSPENDED_CARE):
        visit = Visit(care=care)
        visit.opens()
        kind = str(answers.__struct_config__.tag)
        fields = {name: value for name, value in structs.asdict(answers).items() if value is not None}
        if kind == "next_day":
            visit.patient.records("rung", outcome="completed")
            fields["of"] = visit.state.checkins[0].seq
        visit.patient.records(kind, **fields)
        if flags:
            visit.patient.tells(*flags)

        after = visit.state.care
        assert (after.rung, after.half_step, after.ladder, after.enabled) == (
            care.rung,
            care.half_step,
            care.ladder,
            care.enabled,
        )
        if care.suspended is not None or any(concern.tier != Tier.NOTE for concern in visit.state.concerns):
            assert after.suspended is not None
            assert _refusal_inside(visit) == "suspended"


def _refusal_inside(visit: Visit) -> str:
    if visit.state.stopped is not None:
        visit.patient.is_ready()
    with pytest.raises(Refused) as refusal:
        visit.therapist.offers("dilate")
    return refusal.value.code


@given(tiers=st.lists(st.sampled_from(list(Tier)), max_size=6))
def test_the_most_urgent_of_several_decides(tiers: list[Tier]) -> None:
    soonest = safety.soonest(tiers)

    assert soonest == next((tier for tier in SOONEST[:3] if tier in tiers), None)


@pytest.mark.parametrize("tier", list(Tier))
@pytest.mark.parametrize("stands", [None, *list(Tier)[:3]])
def test_a_suspension_is_never_softened(tier: Tier, stands: Tier | None) -> None:
    known = None
    if stands is not None:
        known = safety.suspension_of(stands, known=None, reason="before", now_ms=1)

    new = safety.suspension_of(tier, known=known, reason="now", now_ms=2)

    if new is not None and known is not None:
        assert SOONEST.index(safety.tier_of(new)) < SOONEST.index(safety.tier_of(known))
    if known is None:
        assert (new is None) == (tier is Tier.NOTE)
