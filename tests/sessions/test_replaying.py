"""Replaying a session: what both screens were told at any line is what their rooms were told."""

from typing import Any

import pytest

from sessions.evolve import evolve
from sessions.people import Role
from sessions.replaying import replay
from sessions.state import SessionState
from sessions.views import view
from tests.pages.records import eventful, long
from tests.sessions.at_home import AtHome
from tests.sessions.room import Visit

#: Of the stage: the lists beside it, and what is of no use once all is over, are not replayed.
_LEFT_OUT = {"planned_minutes", "screened", "arrival", "concerns", "absent", "care"}


@pytest.fixture
def home() -> AtHome:
    home = AtHome()
    home.screens("mild_ache")
    home.tick(60_000)
    home.runs("dilate")
    home.goes_inside()
    home.tick(60_000)
    home.asks("practice.back", gone_ms=20_000)
    home.asks("activity.resume")
    home.asks("session.stop")
    home.asks("session.ready")
    home.asks("practice.end")
    return home


def rebuilt(ledger: list[Any], *, before: SessionState | None = None) -> dict[int, dict[str, Any]]:
    """What stands at each line: the last instant up to it, with all that came before."""
    instants = {instant.seq: instant for instant in replay(ledger, before=before).instants}
    told: dict[str, Any] = {}
    at: dict[int, dict[str, Any]] = {}
    for line in ledger:
        if line.seq in instants:
            told = {**told, **instants[line.seq].view, "own": {**told.get("own", {}), **instants[line.seq].own}}
        at[line.seq] = told
    return at


@pytest.mark.parametrize("kind", ["visit", "practice"])
def test_every_line_shows_what_the_rooms_were_told(kind: str, home: AtHome) -> None:
    ledger = eventful().ledger if kind == "visit" else home.ledger
    at, state = rebuilt(ledger), SessionState()

    for line in ledger:
        state = evolve(state, line)
        told = at[line.seq]
        for role in (Role.PATIENT, Role.THERAPIST):
            expected = view(state, role, lists=False)
            assert {name: value for name, value in told.items() if name not in ("own", "here", "care")} == {
                name: value for name, value in expected.items() if name not in _LEFT_OUT
            }
        assert told["own"]["suspended"] == view(state, Role.THERAPIST, lists=False)["care"]["suspended"]
        assert told["care"]["suspended"] == view(state, Role.PATIENT, lists=False)["care"]["suspended"]
        assert told["here"] == sorted({role for who, role in state.people.items() if who not in state.absent})


def test_lines_that_change_no_stage_make_no_instant() -> None:
    visit = Visit()
    visit.opens()
    before = len(replay(visit.ledger).instants)
    visit.patient.writes("I am here")
    visit.therapist.notes("Calm")

    assert len(replay(visit.ledger).instants) == before


def test_a_part_goes_on_where_the_one_before_it_ended() -> None:
    ledger, state = long(400).ledger, SessionState()
    whole = rebuilt(ledger)
    for line in ledger[:200]:
        state = evolve(state, line)

    part = rebuilt(ledger[200:], before=state)

    # A replay of a part names its own scripts, as it need not know those that were over before it.
    for seq, told in part.items():
        assert {**told, "activity": None, "asking": None} == {**whole[seq], "activity": None, "asking": None}


def test_an_exercise_keeps_the_words_that_it_was_offered_in() -> None:
    visit = Visit()
    visit.opens()
    visit.runs("calm")
    visit.therapist.finishes()

    made = replay(visit.ledger, cues=lambda slug, version: {"arrive": {"cue_in": f"{slug} {version}", "say": "later"}})

    (script,) = made.scripts.values()
    offered = next(line.event.script for line in visit.ledger if hasattr(line.event, "script"))
    assert [step["words"]["say"] for step in script["steps"]] == [step.say for step in offered.steps]
    assert [step["way_out"] for step in script["steps"]] == [step.way_out for step in offered.steps]


def test_a_stop_says_when_it_was_pressed() -> None:
    visit = Visit()
    visit.opens()
    visit.runs("calm")
    visit.tick(10_000)
    visit.patient.stops(ago_ms=4_000)

    (stop,) = replay(visit.ledger).stops

    assert (stop.by, stop.stored - stop.pressed) == (Role.PATIENT, 4_000)
