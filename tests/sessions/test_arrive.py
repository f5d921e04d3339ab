"""Arriving: the check before the visit, what it tells the therapist, and how long anybody waits."""

import pytest

from sessions.commands import PersonThere
from tests.sessions.room import DUE_MS, PLANNED_MINUTES, Visit, refused, types

MINUTE = 60_000


def test_the_arrival_check_leads_to_the_waiting_room(scheduled: Visit) -> None:
    scheduled.everybody_is_there()

    scheduled.patient.arrives()

    assert scheduled.state.phase == "waiting"


def test_only_the_patient_arrives(scheduled: Visit) -> None:
    with refused("not_allowed"):
        scheduled.therapist.arrives()


def test_arriving_again_updates_the_answers_and_the_wait_goes_on(scheduled: Visit) -> None:
    scheduled.patient.arrives(alone=True)
    began = scheduled.state.waiting_since
    scheduled.tick(MINUTE)

    scheduled.patient.arrives(alone=False, people=(PersonThere(role="child", in_room=False),))

    assert scheduled.state.waiting_since == began
    assert scheduled.therapist.view["arrival"]["alone"] is False
    assert scheduled.therapist.view["arrival"]["people"] == [{"role": "child", "in_room": False}]


def test_what_was_not_given_is_shown_as_not_given(scheduled: Visit) -> None:
    scheduled.patient.arrives(place="Dune Road 4")

    arrival = scheduled.therapist.view["arrival"]

    assert (arrival["place_given"], arrival["phone_given"], arrival["stop_word_given"]) == (True, False, False)


def test_where_the_patient_is_never_stands_in_the_ledger(scheduled: Visit) -> None:
    scheduled.patient.arrives(place="Dune Road 4", phone="555 0100", stop_word="pineapple")

    told = repr(scheduled.ledger)

    assert not any(secret in told for secret in ("Dune Road", "555 0100", "pineapple"))


def test_a_flag_that_is_not_on_the_list_is_refused(scheduled: Visit) -> None:
    with refused("bad_message"):
        scheduled.patient.arrives(flags=("made_up",))

    assert scheduled.state.phase == "scheduled"


def test_a_red_flag_at_arrival_suspends_internal_work_and_is_a_concern(scheduled: Visit) -> None:
    events = scheduled.patient.arrives(flags=("infection",))

    assert types(events) == ["arrival.confirmed", "concern.raised", "care.changed"]
    assert scheduled.state.care.suspended is not None
    assert scheduled.therapist.view["concerns"][0]["rule"] == "flag_infection"


def test_a_trace_of_spotting_is_noted_and_suspends_nothing(scheduled: Visit) -> None:
    scheduled.patient.arrives(flags=("spotting",))

    assert scheduled.state.care.suspended is None
    assert [concern.tier for concern in scheduled.state.concerns] == ["note"]


@pytest.mark.parametrize(
    ("flag", "call"), [("heavy_bleeding", "emergency number"), ("tear", "clinic or a doctor today")]
)
def test_an_urgent_flag_tells_the_patient_whom_to_call(scheduled: Visit, flag: str, call: str) -> None:
    scheduled.patient.arrives(flags=("infection", flag))

    assert call in scheduled.patient.view["care"]["suspended"]["say"]


def test_a_new_patient_with_an_urgent_flag_is_told_whom_to_call_too(suspended: Visit) -> None:
    before = suspended.patient.view["care"]["suspended"]["say"]

    suspended.patient.arrives(flags=("heavy_bleeding",))

    say = suspended.patient.view["care"]["suspended"]["say"]
    assert say != before
    assert "emergency number" in say


def test_a_less_urgent_flag_later_does_not_hide_whom_to_call(scheduled: Visit) -> None:
    scheduled.patient.arrives(flags=("heavy_bleeding",))
    urgent = scheduled.patient.view["care"]["suspended"]["say"]

    scheduled.patient.arrives(flags=("heavy_bleeding", "tear"))

    assert scheduled.patient.view["care"]["suspended"]["say"] == urgent
    assert len(scheduled.state.concerns) == 2


def test_a_flag_ticked_twice_is_one_concern(scheduled: Visit) -> None:
    scheduled.patient.arrives(flags=("tear", "tear"))
    scheduled.patient.arrives(flags=("tear",))

    assert len(scheduled.state.concerns) == 1


def test_a_flag_that_was_talked_through_does_not_suspend_again(scheduled: Visit) -> None:
    scheduled.patient.arrives(flags=("infection",))
    scheduled.care(suspended=None)

    scheduled.patient.arrives(flags=("infection",), alone=False)

    assert scheduled.state.care.suspended is None


def test_a_place_that_is_not_safe_is_the_most_urgent_concern(scheduled: Visit) -> None:
    scheduled.patient.arrives(safe=False)

    assert [(concern.rule, concern.tier) for concern in scheduled.state.concerns] == [("arrival_unsafe", "emergency")]


def test_a_patient_who_waits_10_minutes_past_due_is_told_so(scheduled: Visit) -> None:
    scheduled.everybody_is_there()
    scheduled.patient.arrives()

    scheduled.tick(10 * MINUTE - 1)
    assert scheduled.patient.view["overdue"] is False

    scheduled.tick(1)
    assert scheduled.patient.view["overdue"] is True


def test_waiting_before_the_visit_is_due_is_not_overdue(scheduled: Visit) -> None:
    scheduled.now_ms = DUE_MS - 30 * MINUTE
    scheduled.everybody_is_there()
    scheduled.patient.arrives()

    scheduled.tick(40 * MINUTE - 1)
    assert scheduled.state.overdue is False

    scheduled.tick(1)
    assert scheduled.state.overdue is True


def test_a_visit_to_which_nobody_came_ends_60_minutes_after_its_planned_end(scheduled: Visit) -> None:
    scheduled.tick((PLANNED_MINUTES + 60) * MINUTE - 1)
    assert scheduled.state.phase == "scheduled"

    scheduled.tick(1)
    assert (scheduled.state.phase, scheduled.state.end_reason) == ("ended", "not_held")


def test_a_visit_ends_as_not_held_although_only_the_therapist_came(scheduled: Visit) -> None:
    scheduled.therapist.returns()

    scheduled.tick((PLANNED_MINUTES + 60) * MINUTE)

    assert scheduled.state.end_reason == "not_held"


def test_a_patient_who_waits_never_loses_the_visit_by_it(scheduled: Visit) -> None:
    scheduled.patient.returns()
    scheduled.patient.arrives()

    scheduled.tick(24 * 60 * MINUTE)

    assert scheduled.state.phase == "waiting"


def test_a_patient_who_waited_in_vain_and_left_finds_it_not_held(scheduled: Visit) -> None:
    scheduled.patient.returns()
    scheduled.patient.arrives()
    scheduled.tick(60 * MINUTE)
    scheduled.patient.leaves()

    scheduled.tick(24 * 60 * MINUTE)

    assert scheduled.state.end_reason == "not_held"


def test_an_outage_over_the_planned_end_gives_the_hour_again(scheduled: Visit) -> None:
    scheduled.now_ms = DUE_MS + 24 * 60 * MINUTE
    scheduled.restarts()

    scheduled.tick(61 * MINUTE - 1)
    assert scheduled.state.phase == "scheduled"

    scheduled.tick(1)
    assert scheduled.state.end_reason == "not_held"
