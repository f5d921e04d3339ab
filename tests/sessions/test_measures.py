"""Measures: what is missing stays missing, whatever order it comes in, and nothing is ever late."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessions import measures
from sessions.flags import Tier
from sessions.journal import Measure
from sessions.people import Refused, Role

NAMED = {"a1": "Use a tampon", "a2": "Sit through a film", "a3": "Be examined"}
START_MS = 1_000_000


def answered(measure: str, answers: dict[str, int], **more: Any) -> Measure:
    return measures.checked(Measure(measure=measure, answers=answers, **more), Role.PATIENT)


def entered(measure: str, total: float | None, **more: Any) -> Measure:
    return measures.checked(
        Measure(measure=measure, answers=more.pop("answers", {}), total=total, **more), Role.THERAPIST
    )


def of(definition: measures.Definition) -> st.SearchStrategy[dict[str, int]]:
    """Any answers of this measure, any of them left out."""
    return st.fixed_dictionaries(
        {}, optional={item.id: st.sampled_from(list(item.values)) for item in definition.items}
    )


every = st.sampled_from(measures.SHIPPED).flatmap(lambda one: st.tuples(st.just(one), of(one)))


@given(every)
def test_a_total_lies_within_its_bounds_or_is_none(drawn: tuple[measures.Definition, dict[str, int]]):
    asked, answers = drawn
    total = measures.total_of(asked.id, answers)

    assert total is None or asked.bounds[0] <= total <= asked.bounds[1]


@given(every, st.randoms())
def test_the_order_of_answers_changes_nothing(drawn: tuple[measures.Definition, dict[str, int]], chance: Any):
    asked, answers = drawn
    pairs = list(answers.items())
    chance.shuffle(pairs)

    assert measures.total_of(asked.id, dict(pairs)) == measures.total_of(asked.id, answers)


@given(every)
def test_a_missing_answer_never_counts_as_nought(drawn: tuple[measures.Definition, dict[str, int]]):
    asked, answers = drawn
    if asked.id == "mood" and len(answers) < 4:
        assert measures.total_of("mood", answers) is None
    if asked.id == "activities" and len(answers) < measures.ACTIVITIES_LEAST:
        assert measures.total_of("activities", answers) is None
    if not answers:
        assert measures.total_of(asked.id, answers) is None


@given(of(measures.BY_ID["mood"]))
def test_another_answer_never_takes_a_positive_back(answers: dict[str, int]):
    for item in measures.BY_ID["mood"].items:
        fewer = {name: value for name, value in answers.items() if name != item.id}
        assert measures.is_positive(answers) or not measures.is_positive(fewer)


@given(of(measures.BY_ID["mood"]))
def test_positive_is_a_half_of_3_or_more(answers: dict[str, int]):
    halves = [measures.half_of(answers, half) for half in (measures.WORRIES, measures.LOW)]
    if None not in halves:
        assert measures.is_positive(answers) == any(half is not None and half >= 3 for half in halves)


@pytest.mark.parametrize(
    ("answers", "total"),
    [
        ({"a1": 3, "a2": 4, "a3": 6}, 4.3),
        ({"a1": 0, "a2": 0, "a3": 0}, 0.0),
        ({"a1": 10, "a2": 10}, None),
    ],
)
def test_activities_are_a_mean_of_at_least_3(answers: dict[str, int], total: float | None):
    labels = {name: NAMED[name] for name in answers}

    assert answered("activities", answers, labels=labels).total == total


def test_the_server_makes_the_total_whatever_was_sent():
    assert answered("everyday", {"interference": 2}, total=0.0).total == 2


@pytest.mark.parametrize(
    ("measure", "answers", "labels", "field"),
    [
        ("today", {"pain": 11}, {}, "pain"),
        ("today", {"pain": -1}, {}, "pain"),
        ("today", {"heart": 1}, {}, "heart"),
        ("mood", {"nervous": 4}, {}, "nervous"),
        ("activities", {"a1": 4}, {}, "label_a1"),
        ("today", {"pain": 4}, {"pain": "mine"}, "labels"),
        ("everyday", {}, {}, "interference"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(
    measure: str, answers: dict[str, int], labels: dict[str, str], field: str
):
    with pytest.raises(Refused) as refusal:
        answered(measure, answers, labels=labels)

    assert refusal.value.code == "bad_message"
    assert field in (refusal.value.fields or {})


def test_only_the_patient_answers_and_only_a_therapist_enters():
    for measure, role in (("mood", Role.THERAPIST), ("fsfi", Role.PATIENT), ("mood", Role.SUPPORT)):
        with pytest.raises(Refused) as refusal:
            measures.checked(Measure(measure=measure, answers={"nervous": 1}, total=20.0), role)
        assert refusal.value.code == "not_allowed"


@pytest.mark.parametrize("total", [None, 1.9, 36.1, float("nan"), float("inf")])
def test_an_entered_total_lies_within_its_form(total: float | None):
    with pytest.raises(Refused):
        entered("fsfi", total)


@pytest.mark.parametrize(("zeroes", "valid"), [(None, None), (0, True), (7, True), (8, False), (15, False)])
def test_an_fsfi_with_more_than_7_noughts_is_not_valid(zeroes: int | None, valid: bool | None):
    answers = {} if zeroes is None else {"zeroes": zeroes}

    assert measures.is_valid(entered("fsfi", 18.4, answers=answers)) is valid


def test_a_form_without_a_name_is_refused():
    with pytest.raises(Refused):
        entered("other", 12)
    assert entered("other", 12, labels={"name": "A scale"}).total == 12


def test_low_mood_is_told_in_the_note_tier_and_suspends_nothing():
    concerns = measures.concerns_of(answered("mood", {"little_interest": 2, "feeling_down": 1}))

    assert [(one.rule, one.tier) for one in concerns] == [("measure_mood", Tier.NOTE)]
    assert measures.concerns_of(answered("mood", {"nervous": 1, "worrying": 1, "feeling_down": 2})) == []


@pytest.mark.parametrize(("pain", "told"), [(6, False), (7, True), (10, True)])
def test_strong_pain_is_never_a_form_alone(pain: int, told: bool):
    assert bool(measures.concerns_of(answered("today", {"pain": pain}))) is told


def ids(taken: dict[str, int], *, weeks: float) -> list[str]:
    now_ms = START_MS + int(weeks * measures.WEEK_MS)
    return [one.id for one in measures.waiting(taken, now_ms=now_ms)]


def test_at_first_everything_waits_but_how_it_changed():
    assert ids({}, weeks=0) == ["activities", "everyday", "mood"]


def test_what_was_answered_waits_again_after_4_weeks_and_mood_after_8():
    taken = {"activities": START_MS, "everyday": START_MS, "mood": START_MS}

    assert ids(taken, weeks=3.9) == []
    assert ids(taken, weeks=4) == ["activities", "everyday", "change"]
    assert ids(taken, weeks=8) == ["activities", "everyday", "change", "mood"]


@given(st.dictionaries(st.sampled_from([*measures.BY_ID]), st.integers(0, 10**12)), st.integers(0, 10**12))
def test_nothing_waits_twice_and_the_daily_ratings_never_do(taken: dict[str, int], now_ms: int):
    found = [one.id for one in measures.waiting(taken, now_ms=now_ms)]

    assert len(set(found)) == len(found)
    assert "today" not in found


def test_a_difference_is_told_only_for_the_same_activities():
    first = answered("activities", {"a1": 1, "a2": 1, "a3": 1}, labels=NAMED)
    last = answered("activities", {"a1": 4, "a2": 3, "a3": 4}, labels=NAMED)
    others = answered("activities", {"a1": 9, "a2": 9, "a3": 9}, labels={**NAMED, "a3": "Swim"})

    assert measures.step_between(first, last) == "2.7 higher than at first: a large change."
    assert "not compared" in measures.step_between(first, others)
    assert measures.step_between(first, first) == "As at first."


def test_no_id_says_what_it_is_about():
    clinical = ("vagin", "pelvi", "phq", "sex", "dilat", "pain", "psfs", "depress", "anx")

    assert not [one for one in measures.BY_ID if any(word in one for word in clinical)]


def test_every_measure_says_where_it_comes_from():
    assert all(one.source and one.reading and one.why for one in measures.SHIPPED)
