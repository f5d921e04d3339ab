"""Every command × everybody in a room × every state that a visit can be in, against one table.

A command without its lines fails, and so does one that is answered differently than it says here. What never reaches a
room, and those who have no place in it, are tried in tests/live/test_command_walls.py.
"""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from sessions import commands as c
from sessions.people import Refused
from sessions.system import SystemCommand
from tests.sessions.cast import CARE, SUSPENDED_CARE
from tests.sessions.room import Visit, raw

PEOPLE = ("therapist", "patient", "support")


def _nothing(visit: Visit) -> None:
    """Made, and nobody there."""


def _waiting(visit: Visit) -> None:
    visit.everybody_is_there()
    visit.patient.arrives()


def _open(visit: Visit) -> None:
    visit.opens()


def _asked(visit: Visit) -> None:
    visit.opens()
    visit.therapist.offers("calm")


def _running(visit: Visit) -> None:
    visit.opens()
    visit.runs("calm")
    visit.patient.feels("settled")


def _uneasy(visit: Visit) -> None:
    _running(visit)
    visit.patient.feels("uneasy")


def _paused(visit: Visit) -> None:
    _running(visit)
    visit.patient.pauses()


def _stopped(visit: Visit) -> None:
    _running(visit)
    visit.patient.stops()


def _ended(visit: Visit) -> None:
    _running(visit)
    visit.therapist.ends()


#: In this order in the table. "suspended" is open, with internal work suspended for this patient.
PHASES: dict[str, Callable[[Visit], None]] = {
    "scheduled": _nothing,
    "waiting": _waiting,
    "open": _open,
    "asked": _asked,
    "running": _running,
    "uneasy": _uneasy,
    "paused": _paused,
    "stopped": _stopped,
    "suspended": _open,
    "ended": _ended,
}
#: A command of each type as somebody would send it. An offer is of what is done inside the body.
EXAMPLES: dict[str, tuple[type[c.Command], dict[str, Any]]] = {
    "arrival.confirm": (
        c.ArrivalConfirm,
        {
            "safe": True,
            "alone": True,
            "telehealth_consent": True,
            "identity": True,
            "hang_up": c.HangUp(call_back_ok=True),
        },
    ),
    "visit.admit": (c.VisitAdmit, {}),
    "visit.end": (c.VisitEnd, {}),
    "activity.offer": (c.ActivityOffer, {"exercise": "dilate"}),
    "activity.withdraw": (c.ActivityWithdraw, {}),
    "activity.answer": (c.ActivityAnswer, {"ask": 0, "answer": "yes"}),
    "activity.reopen": (c.ActivityReopen, {"exercise": "calm"}),
    "activity.start": (c.ActivityStart, {}),
    "activity.finish": (c.ActivityFinish, {}),
    "activity.pause": (c.ActivityPause, {}),
    "activity.resume": (c.ActivityResume, {}),
    "step.go": (c.StepGo, {"to": 1}),
    "rung.choose": (c.RungChoose, {"rung": "one"}),
    "pacer.set": (c.PacerSet, {"in_ms": 5_000, "hold_in_ms": 0, "out_ms": 8_000, "hold_out_ms": 0}),
    "comfort.set": (c.ComfortSet, {"level": "uneasy"}),
    "session.stop": (c.SessionStop, {}),
    "session.ready": (c.SessionReady, {}),
    "checkin.record": (c.CheckinRecord, {"kind": "relaxation", "answers": raw({"outcome": "done", "felt": "let_go"})}),
    "checkin.correct": (c.CheckinCorrect, {"of": 1, "answers": raw(None)}),
    "checkin.share": (c.CheckinShare, {"of": 1}),
    "flags.tell": (c.FlagsTell, {"note": "Something is not right."}),
    "heart.record": (c.HeartRecord, {"swing_tenths": 84, "rate": 68, "breaths": 6}),
    "message.say": (c.MessageSay, {"text": "Hello"}),
    "note.write": (c.NoteWrite, {"text": "Calm."}),
    "practice.screen": (c.PracticeScreen, {}),
    "practice.back": (c.PracticeBack, {"gone_ms": 1_000}),
    "practice.end": (c.PracticeEnd, {}),
}
#: How an answer is written in the table: `+` something happened, `=` it is so already, else the code of the refusal.
CODES = {
    "N": "not_now",
    "A": "not_allowed",
    "S": "stopped",
    "U": "suspended",
    "C": "needs_consent",
    "D": "declined",
    "B": "bad_message",
}


def answer(phase: str, who: str, name: str) -> str:
    visit = Visit(care=SUSPENDED_CARE if phase == "suspended" else CARE)
    PHASES[phase](visit)
    command, fields = EXAMPLES[name]
    if name == "activity.answer" and visit.state.asking is not None:
        fields = {**fields, "ask": visit.state.asking.seq}
    if name == "checkin.record":
        fields = {**fields, "heard": who != "patient"}
    try:
        events = getattr(visit, who).asks(command, **fields)
    except Refused as refused:
        return next(letter for letter, code in CODES.items() if code == refused.code)
    return "+" if events else "="


#: By command and person: the answer in each phase, in the order of PHASES.
TABLE: dict[str, dict[str, str]] = {
    "arrival.confirm": {
        "therapist": "A A A A A A A A A A",
        "patient": "+ + + + + + + + + N",
        "support": "A A A A A A A A A A",
    },
    "visit.admit": {
        "therapist": "N + = = = = = = = N",
        "patient": "A A A A A A A A A A",
        "support": "A A A A A A A A A A",
    },
    "visit.end": {
        "therapist": "N + + + + + + + + N",
        "patient": "A A A A A A A A A A",
        "support": "A A A A A A A A A A",
    },
    "activity.offer": {
        "therapist": "N N + + N N N S U N",
        "patient": "A A A A A A A A A A",
        "support": "A A A A A A A A A A",
    },
    "activity.withdraw": {
        "therapist": "N N N + N N N S N N",
        "patient": "A A A A A A A A A A",
        "support": "A A A A A A A A A A",
    },
    "activity.answer": {
        "therapist": "A A A A A A A A A A",
        "patient": "N N N + N N N S N N",
        "support": "A A A A A A A A A A",
    },
    "activity.reopen": {
        "therapist": "A A A A A A A A A A",
        "patient": "= = = = = = = = = N",
        "support": "A A A A A A A A A A",
    },
    "activity.start": {
        "therapist": "N N C C N N N S C N",
        "patient": "N N A A A A A S A N",
        "support": "A A A A A A A A A A",
    },
    "activity.finish": {
        "therapist": "N N N N + + + S N N",
        "patient": "N N N N + + + S N N",
        "support": "A A A A A A A A A A",
    },
    "activity.pause": {
        "therapist": "N N N N + + = S N N",
        "patient": "N N N N + + = S N N",
        "support": "A A A A A A A A A A",
    },
    "activity.resume": {
        "therapist": "N N N N N N A S N N",
        "patient": "N N N N N N + S N N",
        "support": "A A A A A A A A A A",
    },
    "step.go": {
        "therapist": "N N N N + N N S N N",
        "patient": "N N N N A A A S N N",
        "support": "A A A A A A A A A A",
    },
    "rung.choose": {
        "therapist": "A A A A A A A A A A",
        "patient": "N N N N N N N S N N",
        "support": "A A A A A A A A A A",
    },
    "pacer.set": {
        "therapist": "N N N N + + + S N N",
        "patient": "N N N N + + + S N N",
        "support": "A A A A A A A A A A",
    },
    "comfort.set": {
        "therapist": "A A A A A A A A A A",
        "patient": "N N + + + = + + + N",
        "support": "A A A A A A A A A A",
    },
    "session.stop": {
        "therapist": "+ + + + + + + = + =",
        "patient": "+ + + + + + + = + =",
        "support": "+ + + + + + + = + =",
    },
    "session.ready": {
        "therapist": "A A A A A A A A A A",
        "patient": "N N N N N N N + N N",
        "support": "A A A A A A A A A A",
    },
    "checkin.record": {
        "therapist": "N N + + + + + + + N",
        "patient": "N N + + + + + + + N",
        "support": "A A A A A A A A A A",
    },
    "checkin.correct": {
        "therapist": "B B B B B B B B B N",
        "patient": "B B B B B B B B B N",
        "support": "A A A A A A A A A A",
    },
    "checkin.share": {
        "therapist": "A A A A A A A A A A",
        "patient": "B B B B B B B B B B",
        "support": "A A A A A A A A A A",
    },
    "flags.tell": {
        "therapist": "A A A A A A A A A A",
        "patient": "N + + + + + + + + N",
        "support": "A A A A A A A A A A",
    },
    "heart.record": {
        "therapist": "A A A A A A A A A A",
        "patient": "N N N N + + N S N N",
        "support": "A A A A A A A A A A",
    },
    "message.say": {
        "therapist": "N + + + + + + + + N",
        "patient": "N + + + + + + + + N",
        "support": "A A A A A A A A A A",
    },
    "note.write": {
        "therapist": "+ + + + + + + + + N",
        "patient": "A A A A A A A A A A",
        "support": "A A A A A A A A A A",
    },
    "practice.screen": {
        "therapist": "A A A A A A A A A A",
        "patient": "A A A A A A A A A A",
        "support": "A A A A A A A A A A",
    },
    "practice.back": {
        "therapist": "A A A A A A A A A A",
        "patient": "A A A A A A A A A A",
        "support": "A A A A A A A A A A",
    },
    "practice.end": {
        "therapist": "A A A A A A A A A A",
        "patient": "A A A A A A A A A A",
        "support": "A A A A A A A A A A",
    },
}


def test_every_command_has_its_lines():
    every = {str(kind.__struct_config__.tag) for kind in (*c.Asked.__args__, *c.Practised.__args__)}

    assert set(EXAMPLES) == every
    assert {str(command.__struct_config__.tag): name for name, (command, _) in EXAMPLES.items()} == {
        name: name for name in every
    }
    assert set(TABLE) == every


def test_every_kind_of_command_is_one_that_somebody_asks_or_the_systems_own():
    """A message type that stands in no union reaches nobody; here it would be seen."""
    asked = {kind for kind in vars(c).values() if isinstance(kind, type) and issubclass(kind, c.Command)}

    assert asked - {c.Command} == {*c.Asked.__args__, *c.Practised.__args__}
    assert not any(issubclass(kind, c.Command) for kind in SystemCommand.__args__)


@pytest.mark.parametrize("name", EXAMPLES)
def test_what_is_answered_to_everybody_in_every_state(name: str):
    answered = {who: " ".join(answer(phase, who, name) for phase in PHASES) for who in PEOPLE}

    assert answered == TABLE[name]


def test_stop_is_never_refused_to_anybody_and_everything_else_is_refused_to_a_support_person():
    assert {letter for line in TABLE["session.stop"].values() for letter in line.split()} <= {"+", "="}
    for name, lines in TABLE.items():
        if name != "session.stop":
            assert set(lines["support"].split()) == {"A"}, name


@pytest.mark.parametrize("phase", PHASES)
def test_a_second_therapist_is_answered_as_the_first(phase: str):
    for name in EXAMPLES:
        assert answer(phase, "second_therapist", name) == answer(phase, "therapist", name), name


def test_the_examples_are_what_the_wire_would_bring():
    for command, fields in EXAMPLES.values():
        whole = command(id="0" * 32, **fields)
        assert msgspec.json.decode(msgspec.json.encode(whole), type=command) == whole
