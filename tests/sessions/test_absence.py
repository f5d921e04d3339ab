"""Absence: who is gone, for how long, and what then happens by itself."""

import pytest

from sessions.deadlines import deadlines
from sessions.people import Role
from sessions.system import (
    AskLapse,
    BothLeft,
    InternalAlone,
    NotHeld,
    PauseTooLong,
    PresenceLose,
    PresenceReturn,
    WaitTooLong,
    WishDue,
)
from tests.sessions.room import Visit, refused, types

MINUTE = 60_000


def test_somebody_is_gone_10_s_after_their_last_connection(calm: Visit) -> None:
    left_ms = calm.now_ms
    calm.patient.leaves()

    calm.tick(10_000 - 1)
    assert calm.therapist.view["absent"] == {}

    calm.tick(1)
    assert calm.therapist.view["absent"] == {"p1": left_ms}


def test_whoever_is_back_within_10_s_was_never_gone(calm: Visit) -> None:
    calm.patient.leaves()
    calm.tick(9_999)

    calm.patient.returns()
    calm.tick(60_000)

    assert not {"presence.lost"} & set(types([line.event for line in calm.ledger[6:]]))


def test_outside_the_body_an_absence_changes_nothing_on_the_stage(calm: Visit) -> None:
    calm.patient.leaves()

    calm.tick(29 * MINUTE)

    assert calm.state.running == "running"


@pytest.mark.parametrize(("who", "limit_ms"), [("patient", 15_000), ("therapist", 30_000)])
def test_nobody_stays_alone_inside(inside: Visit, who: str, limit_ms: int) -> None:
    getattr(inside, who).leaves()

    inside.tick(limit_ms - 1)
    assert (inside.state.running, inside.shown) == ("running", 1)

    inside.tick(1)
    seen = inside.patient.view
    assert (seen["running"], inside.shown) == ("paused", 3)
    assert seen["activity"]["paused"]["by"] == "system"


def test_a_lost_therapist_ends_the_question_about_a_deeper_step(inside: Visit) -> None:
    inside.therapist.goes_to(2)
    ask = inside.state.seq
    inside.therapist.leaves()
    inside.tick(30_000)

    with refused("not_now"):
        inside.patient.says("yes", to=ask)


def test_only_the_patient_lifts_the_pause_of_an_absence(inside: Visit) -> None:
    inside.therapist.leaves()
    inside.tick(30_000)
    inside.therapist.returns()

    with refused("not_allowed"):
        inside.therapist.resumes()
    inside.patient.resumes()

    assert (inside.state.running, inside.shown) == ("running", 3)


def test_after_an_absence_going_back_inside_asks(inside: Visit) -> None:
    inside.therapist.leaves()
    inside.tick(30_000)
    inside.therapist.returns()
    inside.patient.resumes()

    inside.therapist.goes_to(1)

    assert inside.state.asking is not None
    assert inside.shown == 3


def test_whoever_returns_in_time_is_not_led_out(inside: Visit) -> None:
    inside.patient.leaves()
    inside.tick(14_000)
    inside.patient.returns()

    inside.tick(60_000)

    assert (inside.state.running, inside.shown) == ("running", 1)


def test_the_support_person_is_missed_by_no_clock(inside: Visit) -> None:
    inside.support.leaves()

    inside.tick(31 * MINUTE)

    assert (inside.state.running, inside.shown) == ("running", 1)


def test_a_visit_that_both_left_ends_after_30_minutes(calm: Visit) -> None:
    calm.patient.leaves()
    calm.tick(5 * MINUTE)
    calm.therapist.leaves()

    calm.tick(30 * MINUTE - 1)
    assert calm.state.phase == "open"

    calm.tick(1)
    assert (calm.state.phase, calm.state.end_reason) == ("ended", "both_left")


@pytest.mark.parametrize("who", ["patient", "therapist"])
def test_a_visit_in_which_one_stays_never_ends_by_itself(calm: Visit, who: str) -> None:
    getattr(calm, who).leaves()

    calm.tick(24 * 60 * MINUTE)

    assert calm.state.phase == "open"


def test_of_two_therapists_the_last_to_leave_counts(inside: Visit) -> None:
    inside.state.people["t2"] = Role.THERAPIST
    inside.therapist.leaves()
    inside.tick(MINUTE)
    assert inside.shown == 1

    inside.second_therapist.leaves()
    inside.tick(30_000 - 1)
    assert inside.shown == 1

    inside.tick(1)
    assert inside.shown == 3


def test_an_outage_is_nobodys_absence(inside: Visit) -> None:
    inside.restarts()
    inside.tick(59_000)
    inside.patient.returns()
    inside.therapist.returns()

    inside.tick(10 * MINUTE)

    assert (inside.state.running, inside.shown) == ("running", 1)


@pytest.mark.parametrize(("who", "limit_ms"), [("patient", 15_000), ("therapist", 30_000)])
def test_after_a_restart_every_clock_begins_at_boot_plus_60_s(inside: Visit, who: str, limit_ms: int) -> None:
    getattr(inside, who).leaves()
    inside.tick(12_000)
    inside.restarts()
    others = {"patient": inside.therapist, "therapist": inside.patient}
    others[who].returns()

    inside.tick(60_000 + limit_ms - 1)
    assert inside.shown == 1

    inside.tick(1)
    assert inside.shown == 3


def test_after_a_restart_both_have_60_s_and_30_minutes(calm: Visit) -> None:
    calm.patient.leaves()
    calm.therapist.leaves()
    calm.tick(29 * MINUTE)
    calm.restarts()

    calm.tick(31 * MINUTE - 1)
    assert calm.state.phase == "open"

    calm.tick(1)
    assert calm.state.end_reason == "both_left"


def test_a_deadline_that_became_untrue_makes_no_event(inside: Visit) -> None:
    for late in (
        WaitTooLong(),
        NotHeld(),
        BothLeft(),
        AskLapse(ask=1),
        InternalAlone(role=Role.PATIENT, since_ms=inside.now_ms),
        InternalAlone(role=Role.THERAPIST, since_ms=1),
        PauseTooLong(since_ms=1),
        WishDue(),
    ):
        assert inside.system(late) == [], late


def test_a_question_that_was_opened_to_read_does_not_lapse_any_more(visit: Visit) -> None:
    visit.therapist.offers("calm")
    visit.patient.leaves()
    visit.tick(10_000)
    (lapse, *_) = deadlines(visit.state, "s", not_before_ms=0)
    visit.patient.says("tell_me_first")

    assert visit.system(lapse.command) == []


def test_the_deadline_of_an_earlier_absence_does_not_fire_in_a_later_one(inside: Visit) -> None:
    inside.patient.leaves()
    inside.tick(11_000)
    (earlier,) = deadlines(inside.state, "s", not_before_ms=0)
    inside.patient.returns()
    inside.patient.leaves()
    inside.tick(10_000)

    assert inside.system(earlier.command) == []


def test_the_deadline_of_an_earlier_pause_does_not_fire_in_a_later_one(inside: Visit) -> None:
    inside.patient.pauses()
    (earlier,) = deadlines(inside.state, "s", not_before_ms=0)
    inside.tick(60_000)
    inside.patient.resumes()
    inside.patient.pauses()

    assert inside.system(earlier.command) == []


def test_a_deadline_has_the_same_id_however_often_it_is_derived(inside: Visit) -> None:
    inside.patient.leaves()
    inside.tick(11_000)
    (first,) = deadlines(inside.state, "s", not_before_ms=0)

    inside.tick(1_000)

    assert deadlines(inside.state, "s", not_before_ms=0) == [first]
    assert deadlines(inside.state, "other", not_before_ms=0)[0].id != first.id


def test_whoever_does_not_belong_here_is_not_missed(calm: Visit) -> None:
    assert calm.system(PresenceLose(person="nobody", since_ms=1)) == []
    assert calm.system(PresenceReturn(person="nobody")) == []
