"""What a phone told becomes the ledger of a practice: the same as on the phone, and nothing of it is lost."""

from typing import Any

import msgspec
import pytest
from msgspec import structs

from sessions import events as e
from sessions.evolve import replay
from sessions.flags import Tier
from sessions.people import Role
from sessions.safety import SAY, WORDS
from sessions.told import KEPT, SAYS, Practice, entry_of, seq_here
from tests.sessions.at_home import BEGUN_MS, EXERCISES, PATIENT, AtHome
from tests.sessions.room import types


def told_to(lines: list[e.Recorded]) -> Practice:
    return Practice(replay(lines), patient=PATIENT, find=EXERCISES.get, fetched_ms=BEGUN_MS)


@pytest.fixture
def phone() -> AtHome:
    """A practice as it was on a phone: inside, a long pause, two check-ins, one of them corrected."""
    phone = AtHome(fetched_ms=BEGUN_MS)
    phone.screens()
    phone.runs("dilate")
    phone.goes_inside()
    phone.asks("activity.pause")
    phone.tick(200_000)
    phone.asks("activity.resume")
    phone.says("yes")
    phone.asks("checkin.record", kind="rung", answers={"outcome": "partly", "pain_worst": 3})
    phone.asks("checkin.record", kind="relaxation", answers={"outcome": "done", "worry": 2})
    phone.asks("checkin.correct", of=phone.state.checkins[0].seq, answers={"outcome": "partly", "pain_worst": 4})
    phone.asks("practice.end")
    return phone


def entry(kind: str, /, after_ms: int = 0, **fields: Any) -> dict[str, Any]:
    return {"type": kind, "id": "0" * 32, "after_ms": after_ms, **fields}


def events_of(lines: list[e.Recorded]) -> list[str]:
    return types([line.event for line in lines])


def test_the_ledger_is_the_phones_line_by_line(phone: AtHome):
    practice = told_to(phone.ledger[:1])

    for one in phone.entries:
        practice.take(entry_of(one), at_ms=BEGUN_MS + one["after_ms"])

    assert practice.lines == phone.ledger[1:]
    assert practice.state == phone.state


@pytest.mark.parametrize("parts", [1, 3, 12])
def test_it_does_not_matter_in_how_many_parts_it_comes(phone: AtHome, parts: int):
    lines = phone.ledger[:1]
    for begin in range(0, len(phone.entries), parts):
        practice = told_to(lines)
        for one in phone.entries[begin : begin + parts]:
            practice.take(entry_of(one), at_ms=BEGUN_MS + one["after_ms"])
        lines = [*lines, *practice.lines]

    assert lines == phone.ledger


def test_what_the_server_adds_moves_none_of_the_phones_numbers(phone: AtHome):
    practice = told_to(phone.ledger[:1])
    for one in phone.entries:
        practice.take(entry_of(one), at_ms=BEGUN_MS + one["after_ms"])
        if one["type"] in ("practice.screen", "step.go"):
            practice.raises("practice_suspended", Tier.NOTE, "Added.", at_ms=practice.lines[-1].at)

    phones = [line.event for line in phone.ledger[1:]]
    own = [line.event for line in practice.lines if getattr(line.event, "rule", "") != "practice_suspended"]
    # Only the numbers of the lines themselves differ: what answers and corrections name is translated with them.
    assert types(own) == types(phones)
    assert len(practice.state.added) == 2
    assert practice.state.kept == ()
    assert [checkin.answers for checkin in practice.state.checkins] == [one.answers for one in phone.state.checkins]


def test_a_number_of_the_phones_leaves_out_what_only_the_server_has(phone: AtHome):
    state = structs.replace(phone.state, added=(3, 4, 7))

    assert [seq_here(state, seq) for seq in (1, 2, 3, 4, 5, 6)] == [1, 2, 5, 6, 8, 9]


def test_what_falls_due_stands_before_the_next_entry_at_its_own_instant(phone: AtHome):
    ended = next(line for line in phone.ledger if isinstance(line.event, e.ConsentEnded))
    paused = next(line for line in phone.ledger if isinstance(line.event, e.ActivityPaused))

    assert ended.at == paused.at + 120_000
    assert (ended.role, ended.cause) == (Role.SYSTEM, None)


def test_what_would_be_refused_is_kept_as_it_came_with_one_concern():
    practice = told_to(AtHome().ledger)
    told = entry("step.go", to=3)

    lines = practice.take(entry_of(told), at_ms=BEGUN_MS)
    practice.take(entry_of(entry("activity.pause")), at_ms=BEGUN_MS)

    assert events_of(lines) == ["practice.kept", "concern.raised"]
    assert [(kept.entry, kept.why) for kept in practice.state.kept] == [
        (told, "not_now"),
        (entry("activity.pause"), "not_now"),
    ]
    assert [(concern.rule, concern.tier) for concern in practice.state.concerns] == [(KEPT, Tier.NOTE)]
    assert practice.heard == []


@pytest.mark.parametrize(
    "told",
    [
        None,
        7,
        "text",
        [],
        {},
        {"type": "visit.end", "id": "0" * 32, "after_ms": 1},
        {"type": "message.say", "id": "0" * 32, "after_ms": 1, "text": "x"},
        {"type": "activity.start", "after_ms": 1},
        {"type": "activity.start", "id": "0" * 32, "after_ms": -1},
        {"type": "activity.start", "id": "0" * 32, "after_ms": "1"},
        {"type": "activity.start", "id": "0" * 32, "after_ms": True},
        {"type": "activity.start", "id": "0" * 32, "after_ms": 1, "more": 1},
        {"type": "checkin.record", "id": "0" * 32, "after_ms": 1, "kind": "rung"},
        {"type": "step.go", "id": "0" * 32, "after_ms": 1, "to": 2**80},
        {"type": ["practice.end"], "id": None, "after_ms": 1},
        {"type": "flags.tell", "id": "0" * 32, "after_ms": 1, "note": "\ud800"},
    ],
)
def test_an_element_of_any_form_is_kept(told: Any):
    practice = told_to(AtHome().ledger)

    lines = practice.take(entry_of(told), at_ms=BEGUN_MS)

    assert [kept.why for kept in practice.state.kept] == ["bad_message"]
    assert [msgspec.json.decode(msgspec.json.encode(line), type=e.Recorded) for line in lines] == lines


@pytest.mark.parametrize(
    ("told", "tier"),
    [
        (entry("checkin.record", kind="rung", answers={"outcome": "done", "bleeding": "heavy"}), None),
        (
            entry("checkin.record", kind="rung", answers={"outcome": "partly", "bleeding": "heavy", "rung": "gone"}),
            Tier.EMERGENCY,
        ),
        (entry("checkin.correct", of=99, answers={"outcome": "completed", "pain_worst": 8}), Tier.PAUSE),
        (entry("checkin.correct", of=99, answers=None), None),
        (entry("flags.tell", flags=["fever", "not_known_here"]), Tier.SAME_DAY),
        (entry("practice.screen", flags=["not_known_here", "collapse"]), Tier.EMERGENCY),
        (entry("practice.screen", flags=["not_known_here", "spotting"]), None),
    ],
)
def test_what_matters_in_a_kept_entry_is_heard_all_the_same(told: dict[str, Any], tier: Tier | None):
    practice = told_to(AtHome().ledger)

    practice.take(entry_of(told), at_ms=BEGUN_MS)

    assert len(practice.state.kept) == 1
    assert [heard.tier for heard in practice.heard] == ([] if tier is None else [tier])
    assert [concern.tier for concern in practice.state.concerns] == [tier or Tier.NOTE]
    assert all(heard.say in {*SAY.values(), *WORDS.values()} for heard in practice.heard)


def test_once_something_was_not_followed_no_correction_takes_anything_back(phone: AtHome):
    practice = told_to(phone.ledger[:1])
    practice.take(entry_of(entry("step.go", to=3)), at_ms=BEGUN_MS)
    for one in phone.entries:
        practice.take(entry_of(one), at_ms=BEGUN_MS + one["after_ms"])

    assert [kept.entry["type"] for kept in practice.state.kept] == ["step.go", "checkin.correct"]
    assert practice.state.phase == "ended"


def test_the_texts_that_a_phone_shows_have_a_key_each():
    assert set(SAYS) == {"emergency", "same_day", "pause", *WORDS}
    assert all(text.endswith(".") for text in SAYS.values())
