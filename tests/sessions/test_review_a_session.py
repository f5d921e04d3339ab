"""What the timeline of a session says about it, and what its lines read like."""

import itertools

from hypothesis import HealthCheck, settings

from sessions import events as e
from sessions.people import Role
from sessions.programme import Programme
from sessions.review import timeline
from sessions.teller import Told, tell
from sessions.timeline import Question, Span
from tests.sessions.cast import SLOW, SLOWER
from tests.sessions.room import Visit, types
from tests.sessions.test_machine_properties import AnyVisit

MINUTE_MS = 60_000


def told(visit: Visit) -> list[Told]:
    return tell(visit.ledger, {"t1": "Maren", "p1": "Robin"})


def bounds(span: Span) -> tuple[int, int]:
    return span.from_ms, span.until_ms


def test_the_clock_of_a_visit_begins_with_the_admission_and_ends_with_its_end(scheduled: Visit) -> None:
    scheduled.everybody_is_there()
    scheduled.patient.arrives()
    scheduled.tick(4 * MINUTE_MS)
    scheduled.therapist.admits()
    admitted_ms = scheduled.now_ms
    scheduled.tick(30 * MINUTE_MS)
    scheduled.therapist.ends()

    line = timeline(scheduled.ledger, now_ms=scheduled.now_ms + MINUTE_MS)

    assert (line.from_ms, line.length_ms, line.ended) == (admitted_ms, 30 * MINUTE_MS, True)


def test_a_visit_that_runs_is_told_up_to_now(calm: Visit) -> None:
    calm.tick(MINUTE_MS)

    line = timeline(calm.ledger, now_ms=calm.now_ms)

    assert not line.ended
    assert line.activities[0].until_ms == line.until_ms == calm.now_ms


def test_a_step_lasts_from_its_boundary_to_the_next_ones(calm: Visit) -> None:
    began_ms = calm.now_ms
    calm.tick(25_000)
    calm.therapist.goes_to(1)
    calm.tick(60_000)
    calm.therapist.finishes()

    (activity,) = timeline(calm.ledger, now_ms=calm.now_ms).activities

    assert activity.title == "Calm"
    assert [(step.step, *bounds(step)) for step in activity.steps] == [
        (0, began_ms, began_ms + 30_000),
        (1, began_ms + 30_000, began_ms + 85_000),
    ]


def test_a_step_that_was_overtaken_before_it_turned_is_not_shown(inside: Visit) -> None:
    inside.tick(20_000)
    inside.therapist.goes_to(2)
    inside.patient.says("yes")
    inside.patient.feels("uneasy")
    inside.tick(60_000)

    (activity,) = timeline(inside.ledger, now_ms=inside.now_ms).activities

    assert [step.step for step in activity.steps] == [0, 1]
    assert activity.steps[-1].until_ms == inside.now_ms


def test_a_new_pace_begins_on_the_breath_that_it_is_dated_to(calm: Visit) -> None:
    began_ms = calm.now_ms
    calm.tick(12_000)
    calm.patient.paces(5_000, 1_000, 8_000, 0)
    calm.tick(48_000)

    pace = timeline(calm.ledger, now_ms=calm.now_ms).pace

    assert [(span.pattern, *bounds(span)) for span in pace] == [
        (SLOW, began_ms, began_ms + 20_000),
        (SLOWER, began_ms + 20_000, began_ms + 60_000),
    ]


def test_nobody_is_paced_while_paused_or_dizzy(calm: Visit) -> None:
    began_ms = calm.now_ms
    calm.tick(10_000)
    calm.patient.pauses()
    calm.tick(70_000)
    calm.patient.resumes()
    calm.tick(20_000)
    calm.patient.feels("dizzy")
    calm.tick(30_000)

    line = timeline(calm.ledger, now_ms=calm.now_ms)

    assert [bounds(span) for span in line.pace] == [
        (began_ms, began_ms + 10_000),
        (began_ms + 80_000 + calm.lead_ms, began_ms + 100_000),
    ]
    assert [(span.by, *bounds(span)) for span in line.pauses] == [(Role.PATIENT, began_ms + 10_000, began_ms + 80_000)]


def test_comfort_that_nobody_named_is_not_settled(calm: Visit) -> None:
    calm.tick(30_000)
    calm.patient.feels("uneasy")
    uneasy_ms = calm.now_ms
    calm.tick(20_000)
    calm.patient.feels("settled")
    calm.tick(10_000)

    comfort = timeline(calm.ledger, now_ms=calm.now_ms).comfort

    assert [(span.level, *bounds(span)) for span in comfort] == [
        ("uneasy", uneasy_ms, uneasy_ms + 20_000),
        ("settled", uneasy_ms + 20_000, uneasy_ms + 30_000),
    ]


def test_a_stop_begins_when_it_was_pressed_and_ends_when_the_patient_is_ready(calm: Visit) -> None:
    calm.tick(60_000)
    calm.patient.stops(ago_ms=5_000)
    pressed_ms = calm.now_ms - 5_000
    calm.tick(90_000)
    calm.patient.is_ready()
    calm.tick(MINUTE_MS)
    calm.therapist.stops()
    calm.tick(MINUTE_MS)

    stops = timeline(calm.ledger, now_ms=calm.now_ms).stops

    assert [(stop.by, stop.lifted) for stop in stops] == [(Role.PATIENT, True), (Role.THERAPIST, False)]
    assert bounds(stops[0]) == (pressed_ms, pressed_ms + 95_000)
    assert stops[1].until_ms == calm.now_ms


def test_an_absence_counts_from_the_last_connection_and_only_once_somebody_was_there(visit: Visit) -> None:
    left_ms = visit.now_ms
    visit.patient.leaves()
    visit.tick(40_000)
    visit.patient.returns()

    absences = timeline(visit.ledger, now_ms=visit.now_ms).absences

    assert [(span.role, span.returned, *bounds(span)) for span in absences] == [
        (Role.PATIENT, True, left_ms, left_ms + 40_000)
    ]


def test_ratings_are_those_that_stand_and_the_first_answers_are_kept_beside_them(inside: Visit) -> None:
    first = inside.patient.records("rung", outcome="partly", pain_before=1, pain_worst=6)
    assert types(first) == ["checkin.recorded"]
    inside.tick(20_000)
    seq = inside.state.checkins[0].seq
    inside.patient.corrects(seq, {"kind": "rung", "outcome": "partly", "pain_before": 1, "pain_worst": 3})

    (checkin,) = timeline(inside.ledger, now_ms=inside.now_ms).checkins

    assert checkin.ratings == (("pain_before", 1), ("pain_worst", 3))
    assert checkin.first.outcome == "partly"
    assert getattr(checkin.first, "pain_worst", None) == 6
    assert checkin.corrected_ms == inside.now_ms


def test_a_check_in_that_was_struck_out_keeps_its_place_and_loses_its_ratings(calm: Visit) -> None:
    calm.therapist.records("relaxation", heard=True, outcome="done", worry=4)
    calm.patient.corrects(calm.state.checkins[0].seq, None)

    (checkin,) = timeline(calm.ledger, now_ms=calm.now_ms).checkins

    assert (checkin.stands, checkin.ratings, checkin.heard) == (None, (), True)
    assert [line.words for line in told(calm)][-2:] == [
        "Check-in as told to the therapist",
        "Robin struck out a check-in",
    ]


def test_breaths_are_those_that_begin_within_a_stretch(calm: Visit) -> None:
    began_ms = calm.now_ms
    calm.tick(12_000)
    calm.patient.paces(5_000, 1_000, 8_000, 0)
    calm.tick(48_000)

    pace = timeline(calm.ledger, now_ms=calm.now_ms).pace

    # 2 breaths of 10 s, then one of 14 s at 20, 34 and 48 s of a minute.
    assert [(span.first_ms - began_ms, span.breaths) for span in pace] == [(0, 2), (20_000, 3)]


def test_a_breath_that_goes_on_through_a_new_step_is_counted_once(calm: Visit) -> None:
    calm.tick(25_000)
    calm.therapist.goes_to(1)
    calm.tick(35_000)

    (pace,) = timeline(calm.ledger, now_ms=calm.now_ms).pace

    assert pace.breaths == 6


def test_an_exercise_says_how_it_ended(visit: Visit) -> None:
    for end in (visit.therapist.finishes, visit.patient.stops, visit.therapist.ends):
        visit.runs("calm")
        visit.tick(30_000)
        end()
        if visit.state.stopped:
            visit.patient.is_ready()
    assert [span.ended for span in timeline(visit.ledger, now_ms=visit.now_ms).activities] == [
        "finished",
        "stopped",
        "ended",
    ]


def test_every_question_has_the_answer_that_was_given_or_why_there_is_none(visit: Visit) -> None:
    visit.therapist.offers("calm")
    visit.patient.says("tell_me_first")
    visit.patient.says("not_today")
    visit.therapist.offers("dilate")
    visit.therapist.withdraws()
    visit.runs("dilate")
    visit.therapist.goes_to(1)
    visit.patient.stops()
    visit.patient.is_ready()
    visit.therapist.offers("soothe")

    asked = timeline(visit.ledger, now_ms=visit.now_ms).questions

    def short(question: Question) -> tuple[str, str, bool, str | None]:
        return question.title, question.what, question.told, question.outcome

    assert [short(question) for question in asked] == [
        ("Calm", "activity", True, "not_today"),
        ("Dilate", "activity", False, "withdrawn"),
        ("Dilate", "activity", False, "yes"),
        ("Dilate", "step", False, "stopped"),
        ("Soothe", "activity", False, None),
    ]


def test_a_suspension_lasts_until_it_is_lifted_and_other_changes_of_care_are_not_called_one(visit: Visit) -> None:
    visit.patient.records("rung", outcome="stopped_early", pain_worst=8)
    suspended_ms = visit.now_ms
    visit.tick(MINUTE_MS)
    visit.care(suspended=None)
    visit.care(rung="one")
    visit.care(programme=Programme(version=1, items=(), valid_from_ms=1))

    line = timeline(visit.ledger, now_ms=visit.now_ms)

    assert [(span.reason, *bounds(span)) for span in line.suspensions] == [
        ("Pain 8 of 10 in a check-in", suspended_ms, suspended_ms + MINUTE_MS)
    ]
    assert [moment.words for moment in line.moments][-3:] == [
        "Internal work is cleared",
        "What is open to this patient was changed",
        "The home programme was changed",
    ]


def test_a_visit_that_nobody_came_to_has_an_end_and_no_activity(scheduled: Visit) -> None:
    scheduled.tick(3 * 3_600_000)

    line = timeline(scheduled.ledger, now_ms=scheduled.now_ms)

    assert (line.state.end_reason, line.activities, line.absences) == ("not_held", (), ())
    assert told(scheduled)[-1].words == "The visit did not take place"


def test_every_line_of_a_visit_is_told_and_in_order(inside: Visit) -> None:
    inside.patient.feels("uneasy")
    inside.patient.writes("May we stay with this one?")
    inside.therapist.notes("Guards at the entrance.")
    inside.patient.stops()
    inside.patient.is_ready()
    inside.therapist.ends()

    lines = told(inside)

    assert [line.seq for line in lines] == list(range(1, inside.state.seq + 1))
    words = [line.words for line in lines]
    assert "Maren offered Dilate, Two (15 mm)" in words
    assert "Robin said yes" in words
    assert "Robin feels uneasy" in words
    assert words[-1] == "The visit was ended"
    assert next(line for line in lines if line.mark == "stop").words == "Stop by Robin"
    assert next(line for line in lines if line.words == "Robin wrote").more == "May we stay with this one?"


def test_a_check_in_reads_as_what_was_answered_and_nothing_else(inside: Visit) -> None:
    inside.patient.records("rung", outcome="partly", pain_worst=3, stop_reason="tired", note="Long day")

    (line,) = [line for line in told(inside) if line.words == "Check-in"]

    assert line.more == "In part, Two (15 mm), was tired, pain at its most 3. “Long day”"


def test_a_flag_at_arrival_reads_in_its_own_words_and_as_a_concern(scheduled: Visit) -> None:
    scheduled.everybody_is_there()
    scheduled.patient.arrives(flags=("fever",))

    lines = told(scheduled)

    assert next(line.more for line in lines if line.mark == "concern") == "Fever"
    assert any("Said today: Fever." in (line.more or "") for line in lines)


def test_what_one_looks_for_first_is_marked(calm: Visit) -> None:
    calm.patient.feels("uneasy")
    calm.patient.feels("settled")
    calm.patient.paces(5_000, 0, 8_000, 0)
    calm.patient.stops()

    marks = [(line.words, line.mark) for line in told(calm)][-4:]

    assert marks == [
        ("Robin feels uneasy", "uneasy"),
        ("Robin feels settled", None),
        ("Robin asked for slower: 5 in, 8 out", "slower"),
        ("Stop by Robin", "stop"),
    ]


def test_a_pace_is_said_to_be_asked_for_only_where_somebody_asked(calm: Visit) -> None:
    calm.therapist.paces(5_000, 0, 7_000, 0)
    calm.tick(30_000)
    calm.patient.feels("dizzy")
    calm.patient.feels("settled")
    calm.therapist.goes_to(2)

    words = [line.words for line in told(calm) if "in, " in line.words]

    assert words == [
        "Maren set the pace: 5 in, 7 out",
        "The pacer began again: 5 in, 7 out",
        "The pace of this step: 5 in, 1 held, 8 out",
    ]


def test_a_way_out_that_nobody_needed_is_not_counted_as_a_step_left_out(inside: Visit) -> None:
    inside.goes_inside(2)
    inside.therapist.goes_to(4)
    inside.tick(MINUTE_MS)

    (activity,) = timeline(inside.ledger, now_ms=inside.now_ms).activities

    assert (len({step.step for step in activity.steps}), activity.script_steps) == (4, 4)


def test_whoever_has_no_name_any_more_is_named_by_role(calm: Visit) -> None:
    calm.patient.feels("uneasy")

    moments = timeline(calm.ledger, now_ms=calm.now_ms).moments

    assert moments[-1].words == "Patient feels uneasy"


class AnyReview(AnyVisit):
    """Whatever happened in a visit can be told, whole and in order, also while it still goes on."""

    def teardown(self) -> None:
        lines = self.visit.ledger
        line = timeline(lines, now_ms=self.visit.now_ms)

        assert [moment.seq for moment in line.moments] == [entry.seq for entry in lines]
        assert all(moment.words for moment in line.moments)
        asked = [entry.seq for entry in lines if isinstance(entry.event, e.ActivityOffered | e.StepAsked)]
        assert [question.seq for question in line.questions] == asked
        kept = [entry.seq for entry in lines if isinstance(entry.event, e.CheckinRecorded)]
        assert [checkin.seq for checkin in line.checkins] == kept
        assert len(line.activities) == sum(isinstance(entry.event, e.ActivityStarted) for entry in lines)
        assert len(line.stops) == sum(isinstance(entry.event, e.SessionStopped) for entry in lines)
        for spans in (line.activities, line.pace, line.comfort, line.pauses, line.stops, line.suspensions):
            assert all(span.from_ms <= span.until_ms for span in spans)
            for earlier, later in itertools.pairwise(spans):
                assert earlier.from_ms <= later.from_ms
        for earlier, later in itertools.pairwise(line.pace):
            assert earlier.until_ms <= later.from_ms


TestAnyReview = AnyReview.TestCase
TestAnyReview.settings = settings(
    max_examples=40,
    stateful_step_count=50,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
