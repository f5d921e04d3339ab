"""The safety rules over several practices: what they notice, what they leave alone, and what they can never do."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from sessions.attempts import Attempt
from sessions.checkins import NextDayAnswers, RelaxationAnswers, ReleaseAnswers, RungAnswers
from sessions.flags import Tier
from sessions.safety import SOONEST, Finding
from sessions.safety_rules import Away, assess
from sessions.thresholds import Thresholds

DAY_MS = 86_400_000
USUAL = Thresholds()


def attempt(day: int, answers: Any, *, next_day: NextDayAnswers | None = None, session: str = "") -> Attempt:
    return Attempt(
        session_id=session or f"day-{day:03}",
        seq=1,
        at_ms=day * DAY_MS,
        where="practice",
        kind="release" if isinstance(answers, ReleaseAnswers) else "rung",
        answers=answers,
        rung=None,
        heard=False,
        next_day=next_day,
    )


def rung(day: int, *, after: Any = None, session: str = "", **answers: Any) -> Attempt:
    next_day = None if after is None else NextDayAnswers(of=1, **after)
    return attempt(day, RungAnswers(outcome="completed", **answers), next_day=next_day, session=session)


def looked(attempts: list[Attempt], *, day: int | None = None, thresholds: Thresholds = USUAL, **more: Any) -> Any:
    """Rule to tier and sessions, on the day of the newest practice."""
    now_ms = (day if day is not None else max((one.at_ms for one in attempts), default=0) // DAY_MS) * DAY_MS
    return {one.rule: (one.tier, one.about) for one in assess(attempts, thresholds, now_ms, **more)}


def test_nothing_at_all_says_nothing() -> None:
    assert looked([]) == {}
    assert looked([rung(1)]) == {}


def test_bleeding_in_two_practices_in_a_row_pauses() -> None:
    found = looked([rung(1, bleeding="trace"), rung(2, bleeding="pink")])

    assert found == {"bleeding_again": (Tier.PAUSE, ("day-001", "day-002"))}


def test_a_practice_without_bleeding_ends_the_row_and_one_without_an_answer_does_not() -> None:
    bled = [rung(1, bleeding="trace"), rung(3, bleeding="trace")]

    assert looked([bled[0], rung(2, bleeding="none"), bled[1]]) == {}
    assert "bleeding_again" in looked([bled[0], rung(2), bled[1]])


def test_bleeding_that_showed_on_the_next_day_counts() -> None:
    after = {"outcome": "sore", "bleeding": "trace"}

    assert "bleeding_again" in looked([rung(1, bleeding="none", after=after), rung(2, bleeding="trace")])


def test_bleeding_told_after_letting_go_or_as_the_reason_to_stop_counts_too() -> None:
    let_go = attempt(2, RelaxationAnswers(outcome="done", bleeding="trace"))
    stopped = attempt(2, RungAnswers(outcome="stopped_early", stop_reason="bleeding"))

    for second in (let_go, stopped):
        assert "bleeding_again" in looked([rung(1, bleeding="trace"), second])


def test_no_bleeding_after_letting_go_says_nothing_of_work_inside() -> None:
    let_go = attempt(2, RelaxationAnswers(outcome="done", pain=0, bleeding="none"))

    assert "bleeding_again" in looked([rung(1, bleeding="trace"), let_go, rung(3, bleeding="trace")])


def test_two_check_ins_of_one_visit_are_one_practice() -> None:
    assert looked([rung(1, bleeding="trace", session="a"), rung(1, bleeding="trace", session="a")]) == {}


def test_a_clinic_chooses_how_many_in_a_row() -> None:
    three = Thresholds(bleeding_repeats=3)
    bled = [rung(day, bleeding="trace") for day in (1, 2, 3)]

    assert looked(bled[:2], thresholds=three) == {}
    assert looked(bled, thresholds=three)["bleeding_again"][1] == ("day-001", "day-002", "day-003")


@pytest.mark.parametrize("second", [{"pain_after": 5}, {"after": {"outcome": "sore", "pain": 6}}])
def test_pain_that_stays_twice_in_a_row_pauses(second: dict[str, Any]) -> None:
    found = looked([rung(1, pain_after=5), rung(2, **second)])

    assert found["pain_keeps"] == (Tier.PAUSE, ("day-001", "day-002"))


def test_numbness_twice_pauses() -> None:
    numb = ReleaseAnswers(outcome="done", numbness=True)

    assert looked([attempt(1, numb), attempt(2, numb)])["numb_again"][0] is Tier.PAUSE


def test_panic_or_being_far_away_twice_within_four_weeks_pauses() -> None:
    first, second = Away("a", DAY_MS, "flag_panic"), Away("b", 20 * DAY_MS, "flag_spaced_out")

    assert looked([rung(20)], away=[first, second])["away_again"] == (Tier.PAUSE, ("a", "b"))
    assert looked([rung(20)], away=[first]) == {}
    assert looked([rung(20)], away=[first, structs.replace(second, session_id="a")]) == {}
    assert looked([rung(60)], away=[first, structs.replace(second, at_ms=60 * DAY_MS)]) == {}
    assert looked([rung(20)], away=[first, structs.replace(second, rule="flag_fever")]) == {}


@pytest.mark.parametrize(
    ("rule", "practices"),
    [
        ("guarding_again", [rung(1, guarding=7), rung(2, guarding=9)]),
        ("fear_stays", [rung(1, worry_after=8), rung(2, worry_after=9)]),
        ("sore_again", [rung(1, after={"outcome": "sore"}), rung(2, after={"outcome": "worse"})]),
        ("pain_rises", [rung(1, pain_worst=1), rung(2, pain_worst=2), rung(3, pain_worst=4)]),
    ],
)
def test_what_is_worth_a_look_is_a_note_and_suspends_nothing(rule: str, practices: list[Attempt]) -> None:
    found = looked(practices)

    assert found[rule] == (Tier.NOTE, tuple(one.session_id for one in practices))


@pytest.mark.parametrize("pains", [(0, 1, 2), (3, 3, 4), (4, 2, 5), (1, 2, None)])
def test_pain_that_does_not_rise_each_time_and_by_enough_is_not_called_rising(pains: tuple[int | None, ...]) -> None:
    assert "pain_rises" not in looked([rung(day, pain_worst=pain) for day, pain in enumerate(pains, start=1)])


def test_a_gap_is_a_note_also_once_practice_has_begun_again() -> None:
    assert looked([rung(1)], day=15)["gap"] == (Tier.NOTE, ("day-001",))
    assert looked([rung(1), rung(20)])["gap"] == (Tier.NOTE, ("day-020",))
    assert looked([rung(1), rung(14)]) == {}
    assert looked([rung(1), rung(20), rung(22)], day=22) == {}


def test_choosing_not_to_is_no_practice_for_the_gap_and_its_bleeding_still_counts() -> None:
    chose_not = RungAnswers(outcome="chose_not_to_insert", bleeding="trace")

    found = looked([rung(1, bleeding="trace"), attempt(16, chose_not)])

    assert set(found) == {"gap", "bleeding_again"}


def test_the_most_urgent_stands_first_and_each_names_its_source() -> None:
    found = assess([rung(1, bleeding="trace", guarding=8), rung(20, bleeding="trace", guarding=8)], USUAL, 20 * DAY_MS)

    assert [one.tier for one in found] == sorted((one.tier for one in found), key=SOONEST.index)
    assert all(one.source and one.say.endswith(".") for one in found)


# Properties

ratings = st.none() | st.integers(0, 10)
bleedings = st.sampled_from([None, "none", "trace", "pink", "fresh_red", "heavy"])
followed = st.none() | st.builds(
    NextDayAnswers,
    of=st.just(1),
    outcome=st.sampled_from(["fine", "sore", "worse"]),
    pain=ratings,
    bleeding=bleedings,
)
sized = st.builds(
    RungAnswers,
    outcome=st.sampled_from(["completed", "partly", "stopped_early", "chose_not_to_insert"]),
    pain_worst=ratings,
    pain_after=ratings,
    guarding=ratings,
    worry_after=ratings,
    stop_reason=st.sampled_from([None, "bleeding"]),
    bleeding=bleedings,
)
released = st.builds(
    ReleaseAnswers,
    outcome=st.sampled_from(["done", "partly"]),
    tender_after=ratings,
    pain_worst=ratings,
    bleeding=bleedings,
    numbness=st.sampled_from([None, False, True]),
)
relaxed = st.builds(RelaxationAnswers, outcome=st.sampled_from(["done", "chose_not_to"]), bleeding=bleedings)
courses = st.lists(st.tuples(st.integers(1, 30), st.one_of(sized, released, relaxed), followed), max_size=8)

#: Nothing hurt, nothing bled, nothing was left of it.
PAINLESS = RungAnswers(
    outcome="completed",
    pain_before=0,
    pain_worst=0,
    pain_after=0,
    worry_after=0,
    guarding=0,
    eased="minutes",
    bleeding="none",
)
FINE = NextDayAnswers(of=1, outcome="fine", bleeding="none")


def course_of(days: list[tuple[int, Any, NextDayAnswers | None]]) -> list[Attempt]:
    at, made = 0, []
    for gap, answers, after in days:
        at += gap
        made.append(attempt(at, answers, next_day=after))
    return made


def caution(findings: list[Finding]) -> int:
    return max((len(SOONEST) - SOONEST.index(finding.tier) for finding in findings), default=0)


@settings(max_examples=300, deadline=None)
@given(days=courses, gap=st.integers(1, 30), later=st.integers(0, 30))
def test_adding_a_painless_session_never_gives_a_more_cautious_finding(days: Any, gap: int, later: int) -> None:
    before = course_of(days)
    last = before[-1].at_ms // DAY_MS if before else 0
    now_ms = (last + gap + later) * DAY_MS

    found = assess(before, USUAL, now_ms)
    after = assess([*before, attempt(last + gap, PAINLESS, next_day=FINE)], USUAL, now_ms)

    # With the first practice of all begins the count of days without one; before it there is no gap to have.
    begun = any(
        isinstance(one.answers, RungAnswers | ReleaseAnswers) and one.answers.outcome != "chose_not_to_insert"
        for one in before
    )
    said = [one for one in after if begun or one.rule != "gap"]
    assert caution(said) <= caution(found)
    assert {one.rule for one in said} <= {one.rule for one in found}


@settings(max_examples=400, deadline=None)
@given(days=courses.filter(bool), data=st.data())
def test_a_worse_answer_never_gives_a_milder_finding(days: Any, data: Any) -> None:
    """Pain that rises is about a difference, and a note: it is looked at in its own test."""
    course = course_of(days)
    which = data.draw(st.integers(0, len(course) - 1))
    chosen = course[which]
    scales: dict[str, list[Any]] = {
        "bleeding": ["none", "trace", "pink", "fresh_red", "heavy"],
        "numbness": [False, True],
        **{key: list(range(11)) for key in ("pain_worst", "pain_after", "tender_after", "guarding", "worry_after")},
    }
    answered = [name for name in scales if getattr(chosen.answers, name, None) is not None]
    if not answered:
        return
    name = data.draw(st.sampled_from(answered))
    scale = scales[name]
    worse = data.draw(st.sampled_from(scale[scale.index(getattr(chosen.answers, name)) :]))
    changed = list(course)
    changed[which] = structs.replace(chosen, answers=structs.replace(chosen.answers, **{name: worse}))
    now_ms = course[-1].at_ms

    before = [one for one in assess(course, USUAL, now_ms) if one.rule != "pain_rises"]
    after = [one for one in assess(changed, USUAL, now_ms) if one.rule != "pain_rises"]

    assert caution(after) >= caution(before)


@given(days=courses)
def test_no_rule_ever_advances(days: Any) -> None:
    """A finding can say something, and ask for a pause. There is no word in it for a size, a step or a clearance."""
    for finding in assess(course_of(days), USUAL, 10_000 * DAY_MS):
        assert set(structs.asdict(finding)) == {"rule", "tier", "say", "source", "words", "degree", "about"}
        assert finding.tier in (Tier.PAUSE, Tier.NOTE)


@given(days=courses)
def test_the_same_course_gives_the_same_findings(days: Any) -> None:
    course = course_of(days)

    assert assess(course, USUAL, 10**10) == assess(list(course), USUAL, 10**10)
