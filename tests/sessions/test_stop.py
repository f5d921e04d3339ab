"""Stop: anybody, at any time; only the patient goes on after it."""

from collections.abc import Callable

import pytest

from tests.sessions.cast import SUSPENSION
from tests.sessions.room import Visit, refused, types


@pytest.mark.parametrize("who", ["patient", "therapist", "support"])
def test_anybody_in_the_room_stops(calm: Visit, who: str) -> None:
    getattr(calm, who).stops()

    for person in (calm.patient, calm.therapist, calm.support):
        assert person.view["running"] == "stopped"
        # Of patient and therapist, a support person is shown that it stopped, and not which of the two it was.
        told = who if who == "support" or person is not calm.support else "system"
        assert person.view["stopped"]["by"] == told
        assert (person.view["activity"], person.view["pacer"]) == (None, None)


def test_stop_is_never_refused(scheduled: Visit) -> None:
    scheduled.patient.stops()
    scheduled.everybody_is_there()
    scheduled.patient.arrives()
    scheduled.support.stops()
    scheduled.therapist.admits()
    scheduled.therapist.stops()
    scheduled.therapist.ends()
    scheduled.patient.stops()

    assert types([line.event for line in scheduled.ledger]).count("session.stopped") == 1


def test_stopping_what_is_stopped_changes_nothing(calm: Visit) -> None:
    calm.patient.stops()

    assert calm.therapist.stops() == []
    assert calm.patient.view["stopped"]["by"] == "patient"


@pytest.mark.parametrize("who", ["therapist", "support"])
def test_only_the_patient_goes_on_after_a_stop(calm: Visit, who: str) -> None:
    calm.therapist.stops()

    with refused("not_allowed"):
        getattr(calm, who).is_ready()

    calm.patient.is_ready()
    assert calm.patient.view["stopped"] is None


def test_being_ready_when_nothing_is_stopped_is_refused(calm: Visit) -> None:
    with refused("not_now"):
        calm.patient.is_ready()


def test_nothing_resumes_by_itself_after_a_stop(calm: Visit) -> None:
    calm.patient.stops()
    calm.patient.is_ready()

    assert (calm.state.running, calm.patient.view["activity"], calm.patient.view["pacer"]) == ("idle", None, None)
    with refused("needs_consent"):
        calm.therapist.starts()
    with refused("not_now"):
        calm.patient.resumes()


def test_a_new_offer_begins_again(calm: Visit) -> None:
    calm.patient.stops()
    calm.patient.is_ready()

    calm.runs("calm")

    assert calm.state.running == "running"


def test_while_stopped_nothing_moves(calm: Visit) -> None:
    calm.patient.stops()

    tried: tuple[Callable[[], object], ...] = (
        lambda: calm.therapist.offers("calm"),
        calm.therapist.starts,
        calm.therapist.withdraws,
        calm.patient.finishes,
        calm.patient.pauses,
        calm.patient.resumes,
        lambda: calm.therapist.goes_to(1),
        lambda: calm.patient.takes("one"),
        lambda: calm.patient.paces(5_000, 0, 7_000, 0),
        lambda: calm.patient.says("yes", to=3),
    )
    for tries in tried:
        with refused("stopped"):
            tries()


def test_while_stopped_people_still_talk_and_write_down(calm: Visit) -> None:
    calm.patient.stops()

    calm.patient.feels("uneasy")
    calm.patient.writes("I need a minute.")
    calm.patient.records("relaxation", outcome="stopped_early")
    calm.therapist.notes("Stopped at the first step.")

    assert calm.patient.view["running"] == "stopped"


def test_a_stop_voids_an_open_question(visit: Visit) -> None:
    visit.therapist.offers("calm")
    ask = visit.state.seq
    visit.therapist.stops()
    visit.patient.is_ready()

    with refused("not_now"):
        visit.patient.says("yes", to=ask)


def test_a_stop_voids_a_yes_that_was_given(visit: Visit) -> None:
    visit.therapist.offers("calm")
    visit.patient.says("yes")
    visit.patient.stops()
    visit.patient.is_ready()

    with refused("needs_consent"):
        visit.therapist.starts()


def test_a_stop_inside_leads_to_the_way_out_and_keeps_it_on_the_screen(inside: Visit) -> None:
    inside.patient.stops()

    assert inside.patient.view["way_out"] == {
        "exercise": "dilate",
        "version": 1,
        "step": 3,
        "say": "This is out.",
    }
    inside.patient.is_ready()
    assert inside.patient.view["way_out"] is not None
    inside.runs("calm")
    assert inside.patient.view["way_out"] is None


def test_a_stop_while_coming_out_keeps_the_way_out(inside: Visit) -> None:
    inside.patient.goes_to(3)

    inside.patient.stops()

    assert inside.patient.view["way_out"]["step"] == 3


def test_a_stop_before_the_step_outside_has_turned_leads_to_the_way_out(inside: Visit) -> None:
    inside.tick(3_000)
    inside.therapist.goes_to(4)
    assert inside.shown == 1

    inside.patient.stops()

    assert inside.patient.view["way_out"]["step"] == 3


def test_a_stop_outside_needs_no_way_out(calm: Visit) -> None:
    calm.patient.stops()

    assert calm.patient.view["way_out"] is None


def test_a_stop_that_comes_late_says_when_it_was(calm: Visit) -> None:
    calm.patient.stops(ago_ms=180_000)

    assert calm.state.stopped is not None
    assert calm.state.stopped.ago_ms == 180_000


def test_a_stop_outlives_a_restart(calm: Visit) -> None:
    calm.patient.stops()

    calm.restarts()

    assert calm.patient.view["running"] == "stopped"


def test_news_from_the_care_ledger_lifts_no_stop(calm: Visit) -> None:
    calm.patient.stops()

    calm.care(suspended=SUSPENSION)

    assert calm.patient.view["running"] == "stopped"
