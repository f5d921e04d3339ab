"""What is suggested to the therapist: when, why, resting on what, and leaving out what."""

from typing import Any

import pytest
from msgspec import structs

from exercises.model import Ladder
from sessions.care import Suspension
from sessions.checkins import RelaxationAnswers
from sessions.progress import DAY_MS
from tests.sessions.courses import AT, LADDER, NOW_MS, easy_days, practice, suggested, there


def test_three_easy_practices_on_two_days_suggest_more_and_half_steps_come_first():
    up = there(suggested(*easy_days(5, 3, 1)))

    assert up.kind == "up"
    assert [(one.rung, one.half_step) for one in up.options] == [
        (AT.id, "longer"),
        (AT.id, "other_position"),
        (AT.id, "with_movement"),
        (AT.id, "partner_present"),
        (LADDER.rungs[2].id, None),
    ]
    assert [rest.at_ms for rest in up.rests_on] == [NOW_MS - days * DAY_MS for days in (5, 3, 1)]
    assert up.reasons[0] == (
        "3 practices on 3 days went as planned: pain up to 1, pain afterwards up to 0, worry up to 2, "
        "tightening up to 2 of 10."
    )


def test_a_next_size_is_no_choice_before_this_one_goes_in_wholly():
    up = there(suggested(*easy_days(5, 3, 1, depth="partial")))

    assert up.kind == "up"
    assert {one.rung for one in up.options} == {AT.id}
    assert up.options[0].half_step == "deeper"
    assert "How far it goes in is not the whole length yet, so the next size is not among the choices." in up.reasons


def test_the_last_rung_leaves_its_half_steps():
    last = LADDER.rungs[-1].id
    up = there(suggested(*easy_days(5, 3, 1, rung=last), rung=last))

    assert {one.rung for one in up.options} == {last}


@pytest.mark.parametrize(
    ("days", "words"), [((1.1, 1.2, 1.3), "3 practices on 1 day"), ((3, 1), "2 practices on 2 days")]
)
def test_too_few_practices_or_days_stay(days: tuple[float, ...], words: str):
    stay = there(suggested(*easy_days(*days)))

    assert stay.kind == "stay"
    assert stay.reasons == (f"{words} can be counted so far; 3 on 2 days are looked for.",)


def test_no_practice_yet_is_said_as_it_is():
    assert there(suggested()).reasons == (
        "No practice at this step can be counted so far; 3 on 2 days are looked for.",
    )


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({"pain_worst": 4}, "pain 4 of 10 at its most"),
        ({"pain_after": 2}, "pain 2 of 10 afterwards"),
        ({"worry_peak": 5}, "worry 5 of 10"),
        ({"worry_before": 6}, "worry 6 of 10"),
        ({"guarding": 4}, "tightening 4 of 10"),
        ({"bleeding": "pink"}, "pink bleeding"),
        ({"outcome": "partly"}, "it went in part"),
        ({"eased": "not_yet"}, "not eased yet when it was written"),
        ({"next_day": {"outcome": "fine", "bleeding": "pink"}}, "pink bleeding"),
    ],
)
def test_one_that_was_not_easy_begins_the_count_anew(answers: dict[str, Any], words: str):
    stay = there(suggested(*easy_days(9, 8, 7), practice(days_ago=2, **answers), practice(days_ago=1)))

    assert stay.kind == "stay"
    assert stay.reasons[0] == f"In a practice at this size: {words}."
    assert stay.reasons[1].startswith("1 practice on 1 day can be counted since then")


def test_what_hurt_at_a_larger_size_begins_it_anew_too():
    larger = practice(days_ago=2, rung=LADDER.rungs[2].id, pain_worst=4)

    assert there(suggested(*easy_days(9, 8, 7), larger)).kind == "stay"


@pytest.mark.parametrize(("ready", "words"), [(None, "was not said"), ("same", "the same again")])
def test_without_the_word_of_the_patient_nothing_larger_is_suggested(ready: str | None, words: str):
    stay = there(suggested(*easy_days(5, 3, 1, ready=ready)))

    assert stay.kind == "stay"
    assert words in stay.reasons[0]


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({"pain_worst": 5}, "Pain was 5 of 10 at its most"),
        ({"outcome": "stopped_early", "depth": "outside"}, "It did not go in."),
        ({"next_day": {"outcome": "sore", "pain": 2}}, "It was still sore on the next day."),
        ({"ready": "smaller"}, "They asked for something smaller."),
        ({"outcome": "chose_not_to_insert", "ready": "smaller"}, "They asked for something smaller."),
    ],
)
def test_a_smaller_step_is_suggested(answers: dict[str, Any], words: str):
    smaller = there(suggested(*easy_days(5, 4, 3), practice(days_ago=1, **answers)))

    assert smaller.kind == "smaller"
    assert smaller.reasons[0].startswith(words)
    assert [one.rung for one in smaller.options] == [LADDER.rungs[0].id, None]
    assert smaller.rests_on[0].at_ms == NOW_MS - DAY_MS


def test_strong_tightening_counts_when_it_came_twice():
    assert there(suggested(*easy_days(3), practice(days_ago=1, guarding=8))).kind == "stay"
    twice = there(suggested(practice(days_ago=2, guarding=7), practice(days_ago=1, guarding=8)))

    assert (twice.kind, twice.reasons) == ("smaller", ("Tightening was 7 or more of 10 twice.",))
    assert len(twice.rests_on) == 2


def test_after_two_weeks_without_practice_a_smaller_step_is_suggested():
    gap = there(suggested(*easy_days(30, 25, 20)))

    assert (gap.kind, gap.reasons[0]) == ("smaller", "No practice for 20 days; from 14 on this is suggested.")
    # A therapist who has set the step since then has decided already.
    assert there(suggested(*easy_days(30, 25, 20), since_ms=NOW_MS - 3 * DAY_MS)).kind == "up"
    # Practice at any size is practice.
    assert there(suggested(*easy_days(30, 25, 20), practice(days_ago=3, rung=LADDER.rungs[0].id))).kind == "up"


def test_the_half_step_goes_before_the_size():
    down = there(suggested(practice(pain_worst=5), half_step="deeper"))

    assert [(one.rung, one.half_step) for one in down.options] == [
        (AT.id, None),
        (LADDER.rungs[0].id, None),
        (None, None),
    ]


def test_weeks_at_one_size_suggest_to_look_at_it_together():
    plateau = there(suggested(*easy_days(40, 30, 20, 10, 2, worry_peak=5)))

    assert plateau.kind == "plateau"
    assert plateau.reasons[0].startswith("40 days at this step, with 5 practices.")
    assert plateau.options == ()
    assert there(suggested(*easy_days(40, 30, 20, 10, 2, worry_peak=5), since_ms=NOW_MS - 20 * DAY_MS)).kind == "stay"


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        ({"lidocaine": True}, "With numbing cream, which hides pain"),
        ({"sedating": True}, "With a medicine that makes drowsy"),
        ({"outcome": "chose_not_to_insert"}, "Chose not to insert, which is complete as it is"),
        ({"outcome": "did_not_start"}, "Did not begin"),
        ({"rung": "size-4"}, "At another size"),
        ({"worry_peak": None, "guarding": None}, "Not set: worry at its most, tightening"),
    ],
)
def test_what_is_left_out_is_named_with_its_reason(answers: dict[str, Any], why: str):
    left_out = there(suggested(*easy_days(5, 3), practice(days_ago=1, **answers)))

    assert left_out.kind == "stay"
    assert [one.why for one in left_out.left_out] == [why]
    assert there(suggested(*easy_days(6, 5, 3), practice(days_ago=1, **answers))).kind == "up"


def test_numbing_cream_in_the_journal_counts_where_the_check_in_does_not_speak_of_it():
    silent, without = easy_days(5, 3, 1), easy_days(5, 3, 1, lidocaine=False)
    days = [(one.session_id, one.seq) for one in silent]

    assert there(suggested(*silent, maybe_numbed=days)).kind == "stay"
    assert there(suggested(*without, maybe_numbed=days)).kind == "up"


def test_bleeding_that_another_check_in_of_the_session_tells_of_speaks_against_more():
    easy = easy_days(5, 3, 1)
    assert there(suggested(*easy)).kind == "up"

    pink = structs.replace(
        easy[-1], seq=9, kind="relaxation", answers=RelaxationAnswers(outcome="done", bleeding="pink")
    )
    trace = structs.replace(pink, answers=RelaxationAnswers(outcome="done", bleeding="trace"))

    assert there(suggested(*easy, pink)).kind != "up"
    assert there(suggested(*easy, trace)).kind == "up"


def test_what_was_done_before_a_half_step_does_not_count_for_it():
    before = there(suggested(*easy_days(5, 3, 1), half_step="longer"))

    assert before.kind == "stay"
    assert {one.why for one in before.left_out} == {"The same size, without what was added since"}
    assert there(suggested(*easy_days(5, 3, 1, half_step="longer"), half_step="longer")).kind == "up"


def test_a_set_that_was_edited_begins_anew_at_its_new_width():
    wider = structs.replace(AT, diameter_mm=(AT.diameter_mm or 0) + 2)
    rungs = tuple(wider if one.id == AT.id else one for one in LADDER.rungs)

    assert there(suggested(*easy_days(5, 3, 1), ladder=Ladder(version=2, rungs=rungs))).kind == "stay"


def test_nothing_is_suggested_while_suspended_or_without_a_size():
    suspended = Suspension(say="Wait.", reason="Pain", since_ms=0)

    assert suggested(*easy_days(5, 3, 1), suspended=suspended) is None
    assert suggested(*easy_days(5, 3, 1), rung=None) is None
    assert suggested(*easy_days(5, 3, 1), ladder=None) is None
    assert suggested(*easy_days(5, 3, 1), rung="size-9") is None
    assert suggested(*easy_days(5, 3, 1), ladder=Ladder(version=3, rungs=())) is None
