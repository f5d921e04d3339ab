"""What a patient keeps to themself of a practice: who is told what, and what has to be told all the same."""

from typing import Any

import pytest
from msgspec import structs

from sessions import commands as c
from sessions import events as e
from sessions.attempts import Attempt, attempts_of, told_by
from sessions.checkins import NextDayAnswers, RungAnswers
from sessions.drafting import facts_of, later_than
from sessions.evolve import replay
from sessions.gist import gist_of
from sessions.people import Role
from sessions.privacy import for_others, is_private, seen_until
from sessions.replaying import replay as replayed
from sessions.review import timeline
from sessions.safety_rules import assess
from sessions.teller import tell
from sessions.thresholds import Thresholds
from sessions.told import Practice, entry_of
from sessions.views import sees, view
from tests.sessions.at_home import BEGUN_MS, EXERCISES, PATIENT, AtHome
from tests.sessions.room import Visit, raw, refused, types
from tests.sessions.test_safety_rules import DAY_MS, rung

NOTE = "nobody else is to read this"


@pytest.fixture
def home() -> AtHome:
    home = AtHome()
    home.screens()
    return home


def keeps(home: AtHome, **answers: Any) -> int:
    """Keeps a check-in to themself. Its number."""
    home.asks("checkin.record", kind="rung", answers={"outcome": "partly", "note": NOTE, **answers}, private=True)
    return next(one.seq for one in reversed(home.state.checkins) if one.kind == "rung")


# The machine


def test_what_is_kept_stands_on_the_own_screen_with_its_mark(home: AtHome):
    of = keeps(home, pain_worst=2)

    (checkin,) = home.view["checkins"]
    assert (checkin["seq"], checkin["private"], checkin["answers"]["note"]) == (of, True, NOTE)


def test_in_a_visit_nothing_is_kept(visit: Visit):
    visit.opens()
    with refused("not_allowed"):
        visit.patient.asks(c.CheckinRecord, kind="relaxation", answers=raw({"outcome": "done"}), private=True)

    assert types(visit.patient.records("relaxation", outcome="done")) == ["checkin.recorded"]


def test_what_corrects_and_what_follows_is_kept_with_it(home: AtHome):
    of = keeps(home)
    shared = home.asks("checkin.record", kind="relaxation", answers={"outcome": "done"})
    home.asks("checkin.correct", of=of, answers={"outcome": "completed", "note": NOTE})
    home.asks("practice.end")
    home.tick(DAY_MS)
    home.asks("checkin.record", kind="next_day", answers={"of": of, "outcome": "sore", "note": NOTE})
    home.asks("checkin.record", kind="next_day", answers={"of": of, "outcome": "fine", "note": NOTE})

    private = [line.event for line in home.ledger if is_private(line.event)]
    assert types(private) == ["checkin.recorded", "checkin.corrected", "checkin.recorded", "checkin.corrected"]
    assert not is_private(shared[0])


def test_a_follow_up_of_what_is_shared_is_shared(home: AtHome):
    home.asks("checkin.record", kind="rung", answers={"outcome": "completed"})
    of = home.state.checkins[-1].seq

    with refused("not_allowed"):
        home.asks("checkin.record", kind="next_day", answers={"of": of, "outcome": "sore"}, private=True)
    home.asks("checkin.record", kind="next_day", answers={"of": of, "outcome": "sore"})


def test_sharing_goes_one_way_and_also_after_the_end(home: AtHome):
    of = keeps(home)
    home.asks("practice.end")
    home.asks("checkin.record", kind="next_day", answers={"of": of, "outcome": "sore"})
    after = home.state.checkins[-1].seq

    with refused("bad_message"):
        home.asks("checkin.share", of=after)
    assert home.asks("checkin.share", of=of) == [e.CheckinShared(of=(of, after))]
    assert not any(one.private for one in home.state.checkins)
    assert home.asks("checkin.share", of=of) == []
    # What comes behind it is shared as well.
    home.asks("checkin.record", kind="next_day", answers={"of": of, "outcome": "fine"})
    assert not is_private(home.ledger[-1].event)
    with refused("bad_message"):
        home.asks("checkin.share", of=999)


def test_what_was_struck_out_is_not_shared(home: AtHome):
    of = keeps(home)
    home.asks("checkin.correct", of=of, answers=None)

    with refused("not_now"):
        home.asks("checkin.share", of=of)


@pytest.mark.parametrize(
    ("answers", "rule"),
    [
        ({"pain_worst": 7}, "pain_high"),
        ({"bleeding": "fresh_red"}, "bleeding_fresh"),
        ({"bleeding": "heavy"}, "bleeding_heavy"),
        ({"stop_reason": "bleeding"}, "bleeding_stopped"),
        ({"pain_after": 5, "eased": "not_yet"}, "pain_stays"),
    ],
)
def test_what_has_to_be_acted_on_is_raised_all_the_same(home: AtHome, answers: dict[str, Any], rule: str):
    keeps(home, worry_peak=9, **answers)

    others = replay(for_others(home.ledger))
    assert [one.rule for one in others.concerns] == [rule]
    assert others.concerns == home.state.concerns
    assert others.care.suspended is not None
    # The reason is one sentence, and has nothing else of it.
    assert NOTE not in others.concerns[0].say + others.care.suspended.reason
    assert others.checkins == ()


# Whoever else reads


def course(home: AtHome) -> tuple[int, list[e.Recorded]]:
    home.runs("calm")
    home.asks("activity.finish")
    before = list(home.ledger)
    of = keeps(home, pain_worst=3)
    home.asks("checkin.correct", of=of, answers={"outcome": "completed", "pain_worst": 4, "note": NOTE})
    home.asks("checkin.record", kind="next_day", answers={"of": of, "outcome": "sore", "note": NOTE})
    return of, before


def test_nobody_else_is_sent_it_or_finds_it_in_a_view(home: AtHome):
    course(home)

    for role in (Role.THERAPIST, Role.SUPPORT):
        sent = [line for line in home.ledger if sees(role, line.event, seq=line.seq, checkins_from=1)]
        assert not any(is_private(line.event) for line in sent)
        assert view(home.state, role, lists=True, checkins_from=1)["checkins"] == ()
    assert len(view(home.state, Role.PATIENT, lists=True)["checkins"]) == 2
    assert all(sees(Role.PATIENT, line.event) for line in home.ledger if is_private(line.event))


def test_a_ledger_for_others_tells_what_it_told_before(home: AtHome):
    _, before = course(home)
    kept = for_others(home.ledger)

    assert [line.seq for line in kept] == [line.seq for line in home.ledger]
    assert NOTE not in str(kept)
    assert not any(sees(role, e.CheckinKept()) for role in Role)
    assert seen_until(kept) == before[-1].seq
    assert later_than(kept, before[-1].seq) == []
    now_ms = home.now_ms
    was, now = timeline(before, now_ms=now_ms), timeline(kept, now_ms=now_ms)
    assert (was.moments, was.checkins, was.activities) == (now.moments, now.checkins, now.activities)
    assert facts_of(before, was) == facts_of(kept, now)
    assert replayed(before).instants == replayed(kept).instants
    # A card is made of the ledger itself.
    assert gist_of(before) == gist_of(home.ledger)


def test_once_shared_it_is_all_there_and_what_it_says_is_news(home: AtHome):
    of, before = course(home)
    read = seen_until(for_others(home.ledger))
    home.asks("checkin.share", of=of)
    shared = for_others(home.ledger)

    assert replay(shared).checkins == home.state.checkins
    assert not any(is_private(line.event) for line in shared)
    assert [line.event for line in shared if isinstance(line.event, e.CheckinKept)] == []
    news = later_than(shared, read)
    assert types([line.event for line in news])[-1] == "checkin.shared"
    told = tell(shared, {})[-1]
    assert told.words == "Patient shared what they had kept to themself"
    assert NOTE in (told.more or "")
    assert gist_of(home.ledger) != gist_of(before)
    assert not attempts_of("s", home.state)[0].private


def test_a_part_of_a_long_one_is_told_by_what_lies_behind_and_before_it(home: AtHome):
    of = keeps(home)
    home.asks("checkin.correct", of=of, answers={"outcome": "completed", "note": NOTE})
    home.asks("checkin.share", of=of)
    first, (*later,) = home.ledger[:-1], home.ledger[-1:]

    assert NOTE not in str(for_others(first))
    assert NOTE in str(for_others(first, later=later))
    kept = e.Recorded(1, 1, "", Role.SYSTEM, e.PracticeKept({"type": "checkin.correct", "answers": NOTE}, "not_now"))
    assert NOTE in str(for_others([kept]))
    assert NOTE not in str(for_others([kept], keeps=True))


def test_what_could_not_be_followed_keeps_its_answers_to_itself():
    home = AtHome()
    practice = Practice(home.state, patient=PATIENT, find=EXERCISES.get, fetched_ms=BEGUN_MS)
    # No ladder has this size, so the machine refuses it; what it says of pain is heard.
    answers = {"outcome": "partly", "rung": "none-such", "pain_worst": 8, "note": NOTE}
    told = {"type": "checkin.record", "id": "0" * 32, "kind": "rung", "answers": answers, "private": True}
    practice.take(entry_of({**told, "after_ms": 5}), at_ms=BEGUN_MS)
    correction = {"type": "checkin.correct", "id": "1" * 32, "of": 2, "answers": answers}
    practice.take(entry_of({**correction, "after_ms": 6}), at_ms=BEGUN_MS)

    assert types([line.event for line in practice.lines if isinstance(line.event, e.PracticeKept)]) == [
        "practice.kept",
        "practice.kept",
    ]
    others = for_others(practice.lines)
    assert NOTE not in str(others)
    entries = [line.event.entry for line in others if isinstance(line.event, e.PracticeKept)]
    assert entries == [
        {"type": "checkin.record", "id": "0" * 32, "after_ms": 5, "kind": "rung"},
        {"type": "checkin.correct", "id": "1" * 32, "after_ms": 6},
    ]
    said = [line.event.say for line in others if isinstance(line.event, e.ConcernRaised)]
    assert "Pain 8 of 10 in a check-in." in said


# The rules over several practices


def test_what_suspends_rests_on_everything_and_what_is_only_noted_on_what_is_shared():
    attempts = [rung(day, bleeding="trace", guarding=9, worry_after=9, after={"outcome": "sore"}) for day in (1, 2)]
    kept = [told_private(one) for one in attempts]
    usual = Thresholds()
    now_ms = 2 * DAY_MS

    assert {one.rule for one in assess(attempts, usual, now_ms)} == {
        "bleeding_again",
        "sore_again",
        "guarding_again",
        "fear_stays",
    }
    assert [one.rule for one in assess(kept, usual, now_ms)] == ["bleeding_again"]


def test_days_with_a_practice_that_is_kept_are_not_days_without_one():
    usual = Thresholds()
    first, between, last = rung(1), rung(1 + usual.gap_days // 2), rung(1 + usual.gap_days)
    now_ms = last.at_ms

    assert [one.rule for one in assess([first, last], usual, now_ms)] == ["gap"]
    assert assess([first, told_private(between), last], usual, now_ms) == []
    # And of one that is kept nobody is told how long ago it was.
    assert assess([told_private(first)], usual, now_ms) == []


def test_a_session_tells_of_what_was_kept_and_of_sharing_it(home: AtHome):
    of = keeps(home, pain_worst=2)
    home.asks("checkin.record", kind="next_day", answers={"of": of, "outcome": "sore"})
    (attempt,) = told_by("s", home.ledger).attempts

    assert attempt.private
    assert isinstance(attempt.answers, RungAnswers)
    assert isinstance(attempt.next_day, NextDayAnswers)
    home.asks("checkin.share", of=of)
    assert [one.private for one in told_by("s", home.ledger).attempts] == [False]


def told_private(attempt: Attempt) -> Attempt:
    return structs.replace(attempt, private=True)
