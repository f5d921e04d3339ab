"""Admitting the patient, and ending the visit."""

from tests.sessions.room import Visit, refused, types


def test_the_therapist_admits_who_waits(scheduled: Visit) -> None:
    scheduled.patient.arrives()

    scheduled.therapist.admits()

    assert scheduled.patient.view["phase"] == "open"


def test_nobody_is_admitted_before_the_arrival_check(scheduled: Visit) -> None:
    with refused("not_now"):
        scheduled.therapist.admits()


def test_only_the_therapist_admits(scheduled: Visit) -> None:
    scheduled.patient.arrives()

    for person in (scheduled.patient, scheduled.support):
        with refused("not_allowed"):
            person.admits()


def test_admitting_twice_is_admitting_once(visit: Visit) -> None:
    assert visit.therapist.admits() == []


def test_nothing_happens_on_the_stage_before_admission(scheduled: Visit) -> None:
    scheduled.patient.arrives()

    with refused("not_now"):
        scheduled.therapist.offers("calm")
    with refused("not_now"):
        scheduled.patient.feels("uneasy")
    with refused("not_now"):
        scheduled.patient.records("relaxation", outcome="done")


def test_messages_begin_with_the_arrival(scheduled: Visit) -> None:
    with refused("not_now"):
        scheduled.therapist.writes("Hello?")
    scheduled.patient.arrives()

    scheduled.patient.writes("I am here.")

    assert [message["text"] for message in scheduled.therapist.view["messages"]] == ["I am here."]


def test_the_therapist_ends_the_visit_and_the_stage_is_empty(calm: Visit) -> None:
    calm.therapist.ends()

    seen = calm.patient.view
    assert (seen["phase"], seen["end_reason"]) == ("ended", "ended")
    assert (seen["activity"], seen["pacer"], seen["asking"]) == (None, None, None)


def test_only_the_therapist_ends_the_visit(visit: Visit) -> None:
    for person in (visit.patient, visit.support):
        with refused("not_allowed"):
            person.ends()


def test_a_visit_that_has_not_begun_is_not_ended_by_hand(scheduled: Visit) -> None:
    with refused("not_now"):
        scheduled.therapist.ends()


def test_a_visit_ends_while_it_is_stopped(calm: Visit) -> None:
    calm.patient.stops()

    calm.therapist.ends()

    assert calm.state.phase == "ended"


def test_an_open_question_ends_with_the_visit(visit: Visit) -> None:
    visit.therapist.offers("calm")

    assert types(visit.therapist.ends()) == ["asking.ended", "visit.ended"]


def test_the_end_of_a_visit_leads_to_the_way_out(inside: Visit) -> None:
    inside.therapist.ends()

    assert inside.patient.view["way_out"]["say"] == "This is out."


def test_after_the_end_nothing_is_taken_any_more(visit: Visit) -> None:
    visit.therapist.ends()

    with refused("not_now"):
        visit.therapist.notes("Too late for the room.")
    with refused("not_now"):
        visit.patient.is_ready()
    with refused("not_now"):
        visit.patient.arrives()


def test_stop_is_not_refused_even_after_the_end(visit: Visit) -> None:
    visit.therapist.ends()

    assert visit.patient.stops() == []
