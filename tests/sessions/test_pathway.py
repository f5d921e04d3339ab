"""The pathway: what may be written about it, when to look back, and that nothing of it happens by itself."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessions.journal import JournalCommand, JournalState, Strike
from sessions.journaling import decide_journal, evolve_journal
from sessions.looking_back import due, looked, looks, tried
from sessions.pathway import LINES, TREATMENTS, EndTreatment, LookBack, NoteTreatment
from sessions.people import Actor, Refused, Role

THERAPIST = Actor("t1", Role.THERAPIST)
PATIENT = Actor("p1", Role.PATIENT)
BEGAN = date(2026, 3, 2)


def after(*commands: JournalCommand, state: JournalState | None = None) -> JournalState:
    state = state or JournalState()
    for command in commands:
        for event in decide_journal(state, command, THERAPIST, now_ms=1_000):
            state = evolve_journal(state, event, at_ms=1_000, role=THERAPIST.role, person=THERAPIST.id)
    return state


def begun(treatment: str = "physiotherapy", on: date = BEGAN) -> NoteTreatment:
    return NoteTreatment(treatment=treatment, on=on.isoformat())


def test_every_treatment_stands_on_one_of_four_lines():
    assert [line.number for line in LINES] == [1, 2, 3, 4]
    assert len(TREATMENTS) == sum(len(line.treatments) for line in LINES)


def test_what_was_tried_stands_by_its_day_and_ends_with_how_it_went():
    state = after(
        begun("cbt", BEGAN + timedelta(weeks=3)),
        begun(),
        EndTreatment(of=1, until="2026-06-01", outcome="Helped with the fear"),
    )

    assert [(one.treatment, one.on, one.until, one.outcome) for one in tried(state)] == [
        ("physiotherapy", BEGAN, None, ""),
        ("cbt", date(2026, 3, 23), date(2026, 6, 1), "Helped with the fear"),
    ]


def test_the_points_follow_from_the_beginning_and_an_injection_brings_its_own():
    state = after(begun(), begun("botulinum", date(2026, 5, 4)))

    found = {one.mark: (one.on, one.until) for one in looks(tried(state))}

    assert found == {
        "begin-2": (date(2026, 3, 16), date(2026, 3, 22)),
        "begin-4": (date(2026, 3, 30), date(2026, 4, 5)),
        "begin-6": (date(2026, 4, 13), date(2026, 5, 3)),
        "begin-12": (date(2026, 5, 25), date(2026, 5, 31)),
        "begin-16": (date(2026, 6, 22), date(2026, 6, 28)),
        "after-2": (date(2026, 5, 18), date(2026, 6, 1)),
    }


def test_a_point_waits_from_its_day_until_somebody_looked_or_its_time_is_long_over():
    state = after(begun())

    def marks(day: date, of: JournalState = state) -> list[str]:
        return [one.mark for one in due(of, day)]

    assert marks(date(2026, 3, 15)) == []
    assert marks(date(2026, 3, 16)) == ["begin-2"]
    assert marks(date(2026, 4, 6)) == ["begin-4"]
    assert marks(date(2026, 3, 16), after(LookBack(mark="begin-2", words="It fits."), state=state)) == []
    assert marks(date(2028, 1, 1)) == []


def test_the_last_word_about_a_point_counts():
    state = after(begun(), LookBack(mark="begin-2", words="Too much"), LookBack(mark="begin-2", words="Fits now"))

    assert looked(state)["begin-2"] == (1_000, "t1", "Fits now")


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (NoteTreatment(treatment="magic", on="2026-03-02"), "bad_message"),
        (NoteTreatment(treatment="cbt", on="2026-03-02", until="2026-03-01"), "bad_message"),
        (EndTreatment(of=1, until="2026-01-01"), "bad_message"),
        (EndTreatment(of=7, until="2026-08-01"), "bad_message"),
    ],
)
def test_what_cannot_be_is_refused(command: JournalCommand, code: str):
    with pytest.raises(Refused) as refused:
        after(begun(), command)

    assert refused.value.code == code


@pytest.mark.parametrize("command", [begun(), LookBack(mark="begin-2", words="Mine"), Strike(of=1)])
def test_a_patient_writes_and_strikes_nothing_of_it(command: JournalCommand):
    state = after(begun())

    with pytest.raises(Refused) as refused:
        decide_journal(state, command, PATIENT)

    assert refused.value.code == "not_allowed"


def test_what_was_taken_back_brings_no_point():
    state = after(begun(), Strike(of=1))

    assert looks(tried(state)) == []


days = st.dates(date(1950, 1, 1), date(2150, 1, 1))


@given(st.lists(st.tuples(st.sampled_from(sorted(TREATMENTS)), days), max_size=12), days)
def test_points_stand_in_order_are_named_once_and_wait_only_in_their_time(begins: list[tuple[str, date]], today: date):
    state = after(*(begun(treatment, on) for treatment, on in begins))

    points = looks(tried(state))

    assert [one.on for one in points] == sorted(one.on for one in points)
    assert len({one.mark for one in points}) == len(points)
    assert all(one.on <= one.until for one in points)
    assert all(one.on <= today <= one.until + timedelta(weeks=2) for one in due(state, today))
