"""The journal's own rules: who may write what, what is taken back, what was read, and a line whose key is gone."""

from typing import Any

import pytest

from sessions.checkins import ExposureAnswers
from sessions.flags import Tier
from sessions.journal import (
    Adjunct,
    DropSituation,
    EndAdjunct,
    JournalCommand,
    JournalState,
    ListSituation,
    LogAdjunct,
    Measure,
    MeasureTaken,
    Meet,
    Raise,
    Read,
    Say,
    See,
    Strike,
    Take,
    Thought,
    ThoughtWritten,
    WriteThought,
)
from sessions.journaling import MAY, MESSAGES_A_DAY, decide_journal, evolve_journal, is_personal
from sessions.people import SYSTEM, Actor, Refused, Role

PATIENT = Actor("p1", Role.PATIENT)
THERAPIST = Actor("t1", Role.THERAPIST)
DAY_MS = 86_400_000
NOW_MS = 10 * DAY_MS
THOUGHT = Thought(situation="Opening the box", thought="I will never manage this")


def does(state: JournalState, command: JournalCommand, actor: Actor = PATIENT, *, now_ms: int = NOW_MS) -> JournalState:
    for event in decide_journal(state, command, actor, now_ms=now_ms):
        state = evolve_journal(state, event, at_ms=now_ms, role=actor.role, person=actor.id)
    return state


def refused(state: JournalState, command: JournalCommand, actor: Actor = PATIENT, **more: Any) -> Refused:
    with pytest.raises(Refused) as refusal:
        does(state, command, actor, **more)
    return refusal.value


def test_a_message_is_unread_by_the_other_side_until_it_is_read():
    state = does(JournalState(), Say("Hello"))

    assert [one.seq for one in state.unread_by(Role.THERAPIST)] == [1]
    assert state.unread_by(Role.PATIENT) == []

    state = does(state, Read(until=1), THERAPIST)

    assert state.unread_by(Role.THERAPIST) == []


def test_reading_never_goes_back_and_never_runs_ahead():
    state = does(does(JournalState(), Say("Hello")), Read(until=99), THERAPIST)
    assert state.read[Role.THERAPIST] == 1

    assert does(state, Read(until=0), THERAPIST) == state


def test_a_message_cannot_be_taken_back():
    state = does(JournalState(), Say("Hello"))

    assert refused(state, Strike(of=1)).code == "not_allowed"


def test_messages_have_a_measure_for_each_person_and_day():
    state = JournalState()
    for number in range(MESSAGES_A_DAY):
        state = does(state, Say(f"{number}"))

    refusal = refused(state, Say("one more"))

    assert refusal.code == "too_fast"
    assert "text" in (refusal.fields or {})
    assert does(state, Say("I am here"), THERAPIST).messages[-1].by is Role.THERAPIST
    assert len(does(state, Say("good morning"), now_ms=NOW_MS + DAY_MS).messages) == MESSAGES_A_DAY + 1


def test_a_thought_is_taken_back_by_who_wrote_it_alone():
    state = does(JournalState(), WriteThought(THOUGHT))

    assert refused(state, Strike(of=1), THERAPIST).code == "not_allowed"

    state = does(state, Strike(of=1))

    assert state.of(ThoughtWritten) == []
    assert state.entries[0].struck
    assert does(state, Strike(of=1)) == state


@pytest.mark.parametrize("of", [0, 7, -1])
def test_what_is_not_there_is_not_taken_back(of: int):
    assert refused(JournalState(), Strike(of=of)).code == "bad_message"


def test_a_situation_is_listed_by_either_and_dropped():
    state = does(does(JournalState(), ListSituation("A tampon", 6)), ListSituation("The box", 2), THERAPIST)

    state = does(state, DropSituation(of=1))

    assert [one.seq for one in state.situations] == [2]
    assert refused(state, DropSituation(of=1)).code == "bad_message"


def test_meeting_a_situation_outlives_its_place_on_the_list():
    state = does(JournalState(), ListSituation("A tampon", 6))
    state = does(state, Meet(ExposureAnswers(outcome="met", situation="A tampon", fear_peak=7, fear_end=3)))
    state = does(state, DropSituation(of=1))

    assert [one.struck for one in state.entries[:2]] == [True, False]


def test_a_measure_stands_beside_what_it_raises():
    state = does(JournalState(), Take(Measure(measure="mood", answers={"nervous": 3, "worrying": 2})))

    assert len(state.of(MeasureTaken)) == 1
    assert [one.seq for one in state.concerns] == [2]

    state = does(state, See(seq=2), THERAPIST)

    assert state.concerns == []
    assert does(state, See(seq=2), THERAPIST) == state


def test_an_adjunct_ends_after_it_began():
    state = does(JournalState(), LogAdjunct(Adjunct(kind="oestrogen", on="2026-03-01")))

    assert refused(state, EndAdjunct(of=1, until="2026-02-01"), THERAPIST).code == "bad_message"
    assert refused(state, LogAdjunct(Adjunct(kind="other", on="2026-03-02", until="2026-03-01"))).code == "bad_message"


def test_a_rule_that_still_holds_says_nothing_new():
    raised = Raise(rule="bleeds_each_time", tier=Tier.PAUSE, say="Bleeding after each", rules=1, about=("s1", "s2"))
    state = does(JournalState(), raised, SYSTEM)

    assert does(state, raised, SYSTEM) == state


COMMANDS: dict[type, JournalCommand] = {
    Say: Say("Hello"),
    Read: Read(until=0),
    WriteThought: WriteThought(THOUGHT),
    ListSituation: ListSituation("The box"),
    Meet: Meet(ExposureAnswers(outcome="met", situation="The box")),
    Raise: Raise(rule="x", tier=Tier.NOTE, say="x", rules=1),
    See: See(seq=1),
    Take: Take(Measure(measure="today", answers={"pain": 2})),
}


@pytest.mark.parametrize("role", [Role.PATIENT, Role.THERAPIST, Role.SUPPORT, Role.SYSTEM])
@pytest.mark.parametrize("kind", list(COMMANDS), ids=lambda kind: kind.__name__)
def test_each_may_write_what_is_theirs(kind: type, role: Role):
    if role not in MAY[kind]:
        assert refused(JournalState(), COMMANDS[kind], Actor("x", role)).code == "not_allowed"
    elif not (kind is Take and role is Role.THERAPIST):
        does(JournalState(), COMMANDS[kind], Actor("x", role))


def test_a_line_whose_key_is_gone_leaves_its_number_alone():
    state = does(JournalState(), Say("Hello")).passed_over()

    assert state.seq == 2
    assert does(state, Say("Again")).messages[-1].seq == 3


def test_words_are_personal_and_measures_belong_to_the_record():
    personal = decide_journal(JournalState(), Say("Hello"), PATIENT)
    measured = decide_journal(JournalState(), Take(Measure(measure="today", answers={"pain": 2})), PATIENT)

    assert is_personal(personal[0])
    assert not is_personal(measured[0])
