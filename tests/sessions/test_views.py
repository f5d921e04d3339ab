"""What each role may see, and what it may not."""

from collections.abc import Callable

import msgspec
import pytest
from msgspec import structs

from sessions import events as e
from sessions.people import Role
from sessions.thresholds import Thresholds
from sessions.views import event_for, sees, view
from tests.sessions.cast import CARE, SUSPENSION
from tests.sessions.room import Visit, refused


@pytest.fixture
def full(inside: Visit) -> Visit:
    """A visit in which everything has happened that somebody may not see."""
    inside.patient.arrives(place="Dune Road 4", flags=("spotting",))
    inside.therapist.notes("She looked away.")
    inside.patient.writes("All right.")
    inside.patient.records("rung", outcome="stopped_early", pain_worst=8, note="It burned.")
    return inside


def test_the_therapist_sees_all_of_it(full: Visit) -> None:
    seen = full.therapist.view

    assert seen["notes"][0]["text"] == "She looked away."
    assert seen["arrival"]["place"] == "Dune Road 4"
    assert {concern["rule"] for concern in seen["concerns"]} == {"flag_spotting", "pain_high"}
    assert seen["care"]["suspended"]["reason"]


def test_the_patient_never_learns_of_notes_concerns_or_reasons(full: Visit) -> None:
    seen = full.patient.view

    assert not {"notes", "arrival", "concerns", "absent"} & seen.keys()
    assert seen["care"]["suspended"].keys() == {"say"}
    assert seen["checkins"][0]["answers"]["note"] == "It burned."
    assert seen["messages"][0]["text"] == "All right."


def test_the_support_person_sees_the_script_and_the_pacer_alone(full: Visit) -> None:
    full.patient.feels("uneasy")

    seen = full.support.view

    assert (seen["activity"]["exercise"], seen["activity"]["step"]) == ("dilate", 3)
    assert (seen["activity"]["rung"], seen["activity"]["consent"]) == (None, None)
    assert (seen["comfort"], seen["asking"], seen["checkins"], seen["messages"]) == (None, None, [], [])
    assert not any(seen["care"].values())
    assert not {"notes", "arrival", "concerns", "absent"} & seen.keys()


def test_the_support_person_does_not_learn_of_questions_and_answers(visit: Visit) -> None:
    visit.therapist.offers("calm")
    assert (visit.support.view["running"], visit.support.view["asking"]) == ("idle", None)

    visit.patient.says("not_today")
    assert visit.support.view["declined"] == []

    visit.therapist.offers("soothe")
    visit.patient.says("yes")
    assert (visit.support.view["running"], visit.support.view["activity"]) == ("idle", None)


def test_the_support_person_may_stop_and_nothing_else(calm: Visit) -> None:
    tried: tuple[Callable[[], object], ...] = (
        lambda: calm.support.writes("Hello"),
        lambda: calm.support.notes("Hello"),
        lambda: calm.support.goes_to(1),
        lambda: calm.support.corrects(1, None),
        calm.support.withdraws,
        calm.support.is_ready,
    )
    for tries in tried:
        with refused("not_allowed"):
            tries()

    calm.support.stops()

    assert calm.state.running == "stopped"


def test_notes_are_written_by_therapists_alone(visit: Visit) -> None:
    with refused("not_allowed"):
        visit.patient.notes("Mine.")


def test_events_that_a_role_may_not_see_are_not_sent(full: Visit) -> None:
    for line in full.ledger:
        assert sees(Role.THERAPIST, line.event)
        if isinstance(line.event, e.NoteWritten | e.ConcernRaised):
            assert not sees(Role.PATIENT, line.event)
        if isinstance(line.event, e.CheckinRecorded | e.MessageSaid | e.ComfortChanged | e.CareChanged):
            assert not sees(Role.SUPPORT, line.event)


def test_no_event_carries_what_its_reader_may_not_see(full: Visit) -> None:
    full.care(suspended=SUSPENSION)
    hidden = {
        Role.PATIENT: ("She looked away", SUSPENSION.reason, "Dr Moss", "flag_spotting", "pain_high"),
        Role.SUPPORT: ("She looked away", SUSPENSION.reason, "Dr Moss", "It burned", "All right", "two"),
    }

    for role, secrets in hidden.items():
        sent = b"".join(
            msgspec.json.encode(event_for(role, line.event)) for line in full.ledger if sees(role, line.event)
        ).decode()
        for secret in secrets:
            assert secret not in sent, (role, secret)


def test_the_patient_is_told_who_stopped_and_not_more(calm: Visit) -> None:
    calm.therapist.stops(ago_ms=5)

    assert calm.patient.view["stopped"] == {"by": "therapist", "at": calm.now_ms}


def test_the_view_between_changes_carries_no_lists(full: Visit) -> None:
    for role in (Role.PATIENT, Role.THERAPIST, Role.SUPPORT):
        assert not {"messages", "checkins", "notes"} & view(full.state, role, lists=False).keys()


def test_the_view_holds_what_the_contract_names(inside: Visit) -> None:
    inside.therapist.goes_to(2)
    seen = inside.therapist.view

    assert seen.keys() >= {
        "kind", "phase", "running", "asking", "activity", "pacer", "comfort", "stopped", "care",
        "checkins", "messages", "notes", "arrival", "concerns",
    }  # fmt: skip
    assert seen["asking"].keys() >= {"seq", "what", "exercise", "step", "rung", "minutes", "at", "told"}
    assert seen["activity"].keys() >= {
        "exercise", "version", "step", "was", "step_at_ms", "step_ms", "consent", "started_at",
    }  # fmt: skip
    assert seen["pacer"].keys() == {
        "in_ms", "hold_in_ms", "out_ms", "hold_out_ms", "anchor_ms", "revision", "next",
    }  # fmt: skip
    assert seen["care"].keys() >= {"suspended", "enabled", "rung"}


def test_the_clinics_own_number_for_easing_reaches_the_room_and_not_the_person_beside_them() -> None:
    visit = Visit(care=structs.replace(CARE, thresholds=Thresholds(pain_easing=2)))

    assert visit.patient.view["care"]["easing"] == visit.therapist.view["care"]["easing"] == 2
    assert visit.support.view["care"]["easing"] is None


def test_hello_carries_the_last_500_of_each_list(visit: Visit) -> None:
    for number in range(501):
        visit.patient.writes(f"{number}")

    told = [message["text"] for message in visit.therapist.view["messages"]]

    assert (len(told), told[0], told[-1]) == (500, "1", "500")
