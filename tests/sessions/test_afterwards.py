"""How it is on the days after: said by the patient, for 72 hours, also when the visit has ended."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessions.attempts import attempts_of
from sessions.records import FOLLOWED_FOR_MS
from tests.sessions.room import Visit, refused, types

HOUR_MS = 3_600_000


@pytest.fixture
def practised(visit: Visit) -> Visit:
    """A visit with one check-in, which has ended."""
    visit.patient.records("rung", outcome="completed", rung="two", pain_worst=2)
    visit.therapist.ends()
    return visit


def seq(visit: Visit) -> int:
    return visit.state.checkins[0].seq


def test_it_is_said_the_next_day_although_the_visit_has_ended(practised: Visit) -> None:
    practised.now_ms += 20 * HOUR_MS

    events = practised.patient.records("next_day", of=seq(practised), outcome="sore", pain=2)

    assert types(events) == ["checkin.recorded"]
    (attempt,) = attempts_of("s", practised.state)
    assert attempt.next_day is not None
    assert (attempt.next_day.outcome, attempt.next_day.pain) == ("sore", 2)
    assert practised.state.phase == "ended"


def test_it_is_said_while_the_visit_is_open_too(visit: Visit) -> None:
    visit.patient.records("release", outcome="done")

    visit.patient.records("next_day", of=seq(visit), outcome="fine")

    assert attempts_of("s", visit.state)[0].next_day is not None


def test_said_again_it_corrects_what_was_said_before(practised: Visit) -> None:
    practised.patient.records("next_day", of=seq(practised), outcome="fine")
    assert practised.patient.records("next_day", of=seq(practised), outcome="fine") == []

    events = practised.patient.records("next_day", of=seq(practised), outcome="worse", pain=4)

    assert types(events)[0] == "checkin.corrected"
    assert len(practised.state.checkins) == 2
    (attempt,) = attempts_of("s", practised.state)
    assert attempt.next_day is not None
    assert attempt.next_day.outcome == "worse"


def test_after_72_hours_it_is_refused_kindly(practised: Visit) -> None:
    practised.now_ms = practised.state.checkins[0].at + FOLLOWED_FOR_MS
    practised.patient.records("next_day", of=seq(practised), outcome="sore")
    practised.now_ms += 1

    with refused("not_now"):
        practised.patient.records("next_day", of=seq(practised), outcome="worse")
    with refused("not_now"):
        practised.patient.corrects(practised.state.checkins[-1].seq, {"of": seq(practised), "outcome": "worse"})


def test_only_the_patient_says_it(practised: Visit) -> None:
    with refused("not_allowed"):
        practised.therapist.records("next_day", heard=True, of=seq(practised), outcome="fine")
    with refused("not_allowed"):
        practised.support.records("next_day", of=seq(practised), outcome="fine")


def test_nothing_else_is_written_after_the_end(practised: Visit) -> None:
    with refused("not_now"):
        practised.patient.records("rung", outcome="completed")
    with refused("not_now"):
        practised.patient.corrects(seq(practised), None)
    with refused("not_now"):
        practised.patient.writes("Hello?")


def test_it_follows_a_check_in_and_no_other_thing(visit: Visit) -> None:
    visit.patient.records("exposure", outcome="met", situation="Looking at the box")
    exposure = seq(visit)
    visit.patient.records("rung", outcome="completed")
    rung = visit.state.checkins[-1].seq
    visit.patient.records("next_day", of=rung, outcome="fine")
    follow_up = visit.state.checkins[-1].seq

    for of in (1, exposure, follow_up, 10_000):
        with refused("bad_message"):
            visit.patient.records("next_day", of=of, outcome="fine")
    with refused("bad_message"):
        visit.patient.corrects(follow_up, {"of": exposure, "outcome": "fine"})


def test_what_was_struck_out_leaves_nothing_to_follow_up(visit: Visit) -> None:
    visit.patient.records("rung", outcome="completed")
    visit.patient.corrects(seq(visit), None)

    with refused("not_now"):
        visit.patient.records("next_day", of=seq(visit), outcome="fine")


def test_pain_behind_fine_is_taken_back(practised: Visit) -> None:
    practised.patient.records("next_day", of=seq(practised), outcome="fine", pain=8)

    (attempt,) = attempts_of("s", practised.state)
    assert attempt.next_day is not None
    assert attempt.next_day.pain is None


def test_a_lot_of_pain_the_next_day_suspends_and_tells(practised: Visit) -> None:
    practised.now_ms += 20 * HOUR_MS

    events = practised.patient.records("next_day", of=seq(practised), outcome="worse", pain=8)

    assert {"concern.raised", "care.changed"} <= set(types(events))
    assert practised.state.care.suspended is not None


def test_a_clearance_after_the_visit_does_not_hide_what_comes_then(visit: Visit) -> None:
    visit.patient.records("rung", outcome="completed", pain_worst=8)
    visit.therapist.ends()
    # What is cleared since is not heard of here: a session that has ended gets no news of care.
    visit.now_ms += 20 * HOUR_MS

    events = visit.patient.records("next_day", of=seq(visit), outcome="worse", pain=7)

    assert "care.changed" in types(events)


@given(
    hours=st.integers(0, 100),
    outcome=st.sampled_from(["fine", "sore", "worse"]),
    pain=st.none() | st.integers(0, 10),
)
def test_whenever_and_whatever_there_is_never_more_than_one_for_each(
    hours: int, outcome: str, pain: int | None
) -> None:
    visit = Visit()
    visit.opens()
    visit.patient.records("rung", outcome="completed")
    visit.therapist.ends()
    for wait in (hours, 1, 1):
        visit.now_ms += wait * HOUR_MS
        if visit.now_ms - visit.state.checkins[0].at > FOLLOWED_FOR_MS:
            with refused("not_now"):
                visit.patient.records("next_day", of=seq(visit), outcome=outcome, pain=pain)
        else:
            visit.patient.records("next_day", of=seq(visit), outcome=outcome, pain=pain)

    assert sum(1 for entry in visit.state.checkins if entry.kind == "next_day") <= 1
    assert len(attempts_of("s", visit.state)) == 1
