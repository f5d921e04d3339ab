"""Check-ins: what was done and felt, by the patient or as the therapist heard it."""

from typing import Any

import msgspec
import pytest
from msgspec import structs

from sessions import commands as c
from tests.sessions.cast import LADDER
from tests.sessions.room import Visit, raw, refused, types


def last(visit: Visit) -> dict[str, Any]:
    entry: dict[str, Any] = visit.patient.view["checkins"][-1]
    return entry


def test_only_the_outcome_is_needed(visit: Visit) -> None:
    visit.patient.records("rung", outcome="chose_not_to_insert")

    assert last(visit)["answers"] == {"kind": "rung", "outcome": "chose_not_to_insert"}
    assert visit.state.concerns == ()


@pytest.mark.parametrize(
    ("kind", "answers"),
    [
        ("rung", {}),
        ("rung", {"outcome": "done"}),
        ("rung", {"outcome": "completed", "pain_worst": 11}),
        ("rung", {"outcome": "completed", "pain_worst": -1}),
        ("rung", {"outcome": "completed", "pain_worst": 2.5}),
        ("rung", {"outcome": "completed", "diameter_mm": 40}),
        ("rung", {"outcome": "completed", "rung": "ten"}),
        ("relaxation", {"outcome": "completed"}),
        ("relaxation", {"outcome": "done", "felt": "great"}),
        ("made_up", {"outcome": "done"}),
    ],
)
def test_what_cannot_be_read_is_refused(visit: Visit, kind: str, answers: dict[str, Any]) -> None:
    with refused("bad_message"):
        visit.patient.records(kind, **answers)

    assert visit.patient.view["checkins"] == []


@pytest.mark.parametrize("answers", [b"null", b"7", b"[", b"\xff", b'"text"', b"[" * 5_000])
def test_frames_that_make_no_sense_are_refused(visit: Visit, answers: bytes) -> None:
    with refused("bad_message"):
        visit.patient.asks(c.CheckinRecord, kind="rung", answers=msgspec.Raw(answers))


@pytest.mark.parametrize("felt", ["let_go", "nothing", "tightened", "pushed"])
def test_a_relaxation_check_in_asks_what_was_felt(visit: Visit, felt: str) -> None:
    visit.patient.records("relaxation", outcome="done", felt=felt)

    assert last(visit)["answers"]["felt"] == felt


def test_answers_behind_a_gate_that_closed_are_purged(visit: Visit) -> None:
    visit.patient.records("rung", outcome="chose_not_to_insert", minutes=5, depth="full", pain_worst=9, worry_before=4)

    assert last(visit)["answers"] == {"kind": "rung", "outcome": "chose_not_to_insert", "worry_before": 4}
    assert visit.state.concerns == ()


def test_a_reason_to_stop_is_kept_only_where_it_was_stopped(visit: Visit) -> None:
    visit.patient.records("rung", outcome="stopped_early", stop_reason="fear")
    assert last(visit)["answers"]["stop_reason"] == "fear"

    visit.patient.records("rung", outcome="completed", stop_reason="fear")
    assert "stop_reason" not in last(visit)["answers"]


def test_the_size_is_taken_from_the_ladder_as_it_is_today(inside: Visit) -> None:
    inside.patient.records("rung", outcome="completed")
    wider = structs.replace(LADDER.rungs[1], diameter_mm=99.0)
    inside.care(ladder=structs.replace(LADDER, version=4, rungs=(LADDER.rungs[0], wider, LADDER.rungs[2])))

    assert (last(inside)["rung"]["id"], last(inside)["rung"]["diameter_mm"]) == ("two", 15.0)


def test_another_size_can_be_named(inside: Visit) -> None:
    inside.patient.records("rung", outcome="completed", rung="one")

    assert last(inside)["rung"]["diameter_mm"] == 12.0


def test_a_size_that_left_the_ladder_does_not_keep_the_check_in_from_being_kept(inside: Visit) -> None:
    inside.care(ladder=structs.replace(LADDER, version=4, rungs=LADDER.rungs[:1]), rung="one")

    inside.patient.records("rung", outcome="completed", pain_worst=2)

    assert last(inside)["rung"] is None


def test_the_therapist_writes_down_what_was_heard_and_the_patient_sees_it(visit: Visit) -> None:
    with refused("not_allowed"):
        visit.therapist.records("rung", outcome="completed")
    visit.therapist.records("rung", heard=True, outcome="completed")

    assert (last(visit)["by"], last(visit)["heard"]) == ("therapist", True)


def test_the_patient_hears_nothing_on_behalf_of_others(visit: Visit) -> None:
    with refused("not_allowed"):
        visit.patient.records("rung", heard=True, outcome="completed")
    with refused("not_allowed"):
        visit.support.records("rung", outcome="completed")


def test_the_patient_strikes_out_what_was_heard_wrongly(visit: Visit) -> None:
    visit.therapist.records("rung", heard=True, outcome="completed")
    seq = visit.state.checkins[0].seq

    visit.patient.corrects(seq, None)

    assert last(visit)["answers"] is None
    assert last(visit)["corrected_at"] == visit.now_ms


def test_the_therapist_corrects_what_they_wrote_and_not_what_the_patient_did(visit: Visit) -> None:
    visit.patient.records("rung", outcome="completed")
    visit.therapist.records("rung", heard=True, outcome="completed")
    own, heard = (checkin.seq for checkin in visit.state.checkins)

    with refused("not_allowed"):
        visit.therapist.corrects(own, None)
    visit.therapist.corrects(heard, {"outcome": "partly"})

    assert last(visit)["answers"]["outcome"] == "partly"


def test_a_correction_of_nothing_or_to_nonsense_is_refused(visit: Visit) -> None:
    visit.patient.records("rung", outcome="completed")
    seq = visit.state.checkins[0].seq

    with refused("bad_message"):
        visit.patient.corrects(seq + 1, None)
    with refused("bad_message"):
        visit.patient.corrects(seq, {"outcome": "great"})

    assert last(visit)["corrected_at"] is None


@pytest.mark.parametrize("where", ["pain_before", "pain_worst", "pain_after"])
def test_pain_of_7_comes_out_suspends_and_tells(inside: Visit, where: str) -> None:
    answers: dict[str, Any] = {"outcome": "stopped_early", where: 7}
    events = inside.patient.records("rung", **answers)

    assert types(events) == [
        "checkin.recorded",
        "concern.raised",
        "consent.ended",
        "step.changed",
        "care.changed",
    ]
    assert inside.shown == 3
    assert "call the clinic" in inside.patient.view["care"]["suspended"]["say"]
    assert inside.therapist.view["concerns"][0]["rule"] == "pain_high"


def test_pain_of_6_suspends_nothing(inside: Visit) -> None:
    inside.patient.records("rung", outcome="stopped_early", pain_worst=6)

    assert inside.state.care.suspended is None
    assert inside.shown == 1


def test_pain_that_the_therapist_heard_of_suspends_too(inside: Visit) -> None:
    inside.therapist.records("rung", heard=True, outcome="stopped_early", pain_worst=8)

    assert inside.state.care.suspended is not None


def test_pain_after_relaxation_suspends_too(visit: Visit) -> None:
    visit.patient.records("relaxation", outcome="done", pain=7)

    assert visit.state.care.suspended is not None


@pytest.mark.parametrize(
    ("bleeding", "tier", "call"),
    [("heavy", "emergency", "emergency number"), ("fresh_red", "same_day", "clinic or a doctor today")],
)
def test_bleeding_suspends_and_says_whom_to_call(visit: Visit, bleeding: str, tier: str, call: str) -> None:
    visit.patient.records("rung", outcome="completed", bleeding=bleeding, pain_worst=9)

    assert visit.state.concerns[-1].tier == tier
    assert call in visit.patient.view["care"]["suspended"]["say"]


@pytest.mark.parametrize("outcome", ["done", "chose_not_to"])
def test_bleeding_told_after_letting_go_suspends_too(visit: Visit, outcome: str) -> None:
    visit.patient.records("relaxation", outcome=outcome, bleeding="heavy", pain=2)

    assert visit.state.concerns[-1].tier == "emergency"
    assert "emergency number" in visit.patient.view["care"]["suspended"]["say"]


@pytest.mark.parametrize("bleeding", ["none", "trace", "pink"])
def test_a_trace_suspends_nothing(visit: Visit, bleeding: str) -> None:
    visit.patient.records("rung", outcome="completed", bleeding=bleeding)

    assert visit.state.care.suspended is None


def test_a_correction_to_a_lot_of_pain_suspends(visit: Visit) -> None:
    visit.patient.records("rung", outcome="completed", pain_worst=1)

    visit.patient.corrects(visit.state.checkins[0].seq, {"outcome": "completed", "pain_worst": 8})

    assert visit.state.care.suspended is not None


def test_correcting_pain_away_lifts_nothing(visit: Visit) -> None:
    visit.patient.records("rung", outcome="completed", pain_worst=8)

    visit.patient.corrects(visit.state.checkins[0].seq, {"outcome": "completed", "pain_worst": 1})

    assert visit.state.care.suspended is not None


def test_a_correction_keeps_the_size_or_takes_the_one_that_it_names(inside: Visit) -> None:
    inside.patient.records("rung", outcome="completed")
    seq = inside.state.checkins[0].seq

    inside.patient.corrects(seq, {"outcome": "partly"})
    assert last(inside)["rung"]["id"] == "two"

    inside.patient.corrects(seq, {"outcome": "partly", "rung": "one"})
    assert last(inside)["rung"]["id"] == "one"


def test_the_machine_reads_the_same_answers_from_any_spelling(visit: Visit) -> None:
    visit.patient.asks(c.CheckinRecord, kind="relaxation", answers=raw({"felt": None, "outcome": "done"}))

    assert last(visit)["answers"] == {"kind": "relaxation", "outcome": "done"}
