"""How it is on the days after: a quiet line on Today, a short form, and where it leads when it is not well."""

from typing import Any

import pytest
from msgspec import structs

from server import wiring
from server.care.standing import state_of
from server.db import visits
from sessions.attempts import attempts_of
from sessions.care import SetThresholds
from sessions.checkins import KINDS, NextDayAnswers
from sessions.evolve import replay
from sessions.people import SYSTEM
from sessions.thresholds import Thresholds
from sessions.timeline import RATINGS
from tests.live.house import House
from tests.pages.reader import Fields, reading
from tests.pages.records import keep
from tests.sessions.room import Visit

HOUR_MS = 3_600_000


def practised(*, outcome: str = "completed", release: bool = False) -> Visit:
    visit = Visit()
    visit.opens()
    visit.patient.records("rung", outcome=outcome, rung="two")
    if release:
        visit.patient.records("release", outcome="done", tender_after=2)
    visit.patient.records("relaxation", outcome="done")
    visit.therapist.ends()
    return visit


async def kept(house: House, *, hours: int, visit: Visit | None = None) -> str:
    """A visit of the house that ended so many hours ago."""
    visit = visit or practised()
    shift = house.clock.now_ms() - hours * HOUR_MS - visit.now_ms
    visit.ledger = [structs.replace(line, at=line.at + shift) for line in visit.ledger]
    visit.state = replay(visit.ledger)
    return await keep(house, visit)


async def said(house: House, session_id: str) -> NextDayAnswers | None:
    async with house.app[wiring.STORE].reader() as tx:
        session = await visits.session(tx, house.cast.clinic, session_id)
    assert session is not None
    return next(
        (one.next_day for one in attempts_of(session_id, await state_of(house.app, session)) if one.next_day), None
    )


async def test_today_asks_quietly_and_only_until_it_was_answered(house: House):
    session = await kept(house, hours=20)
    async with reading(house, "patient") as patient:
        today = await patient.opens("/today")
        form = await patient.opens(f"/sessions/{session}/next-day")
        done = await patient.sends(f"/sessions/{session}/next-day", {"id": form.value("id"), "outcome": "fine"})
        after = await patient.opens("/today")

    assert "How is it after" in today.words
    assert form.chosen() == []
    assert "It is written down." in done.words
    assert "How is it after" not in after.words
    answers = await said(house, session)
    assert answers is not None
    assert (answers.outcome, answers.pain, answers.bleeding) == ("fine", None, None)


@pytest.mark.parametrize("hours", [2, 73])
async def test_too_fresh_or_too_long_ago_is_not_asked(house: House, hours: int):
    await kept(house, hours=hours)
    async with reading(house, "patient") as patient:
        today = await patient.opens("/today")

    assert "How is it after" not in today.words


async def test_nobody_is_asked_after_what_was_not_done(house: House):
    session = await kept(house, hours=20, visit=practised(outcome="chose_not_to_insert"))
    async with reading(house, "patient") as patient:
        today = await patient.opens("/today")
        form = await patient.opens(f"/sessions/{session}/next-day")

    assert "How is it after" not in today.words
    assert form.status == 404


async def test_a_support_person_is_not_asked_and_does_not_see_it(house: House):
    session = await kept(house, hours=20)
    async with reading(house, "support") as support:
        today = await support.opens("/today")
        form = await support.opens(f"/sessions/{session}/next-day")
    async with reading(house, "therapist") as therapist:
        foreign = await therapist.sends(f"/sessions/{session}/next-day", {"outcome": "fine"})

    assert "How is it after" not in today.words
    assert form.status == foreign.status == 404


async def test_it_follows_the_last_thing_that_was_inside(house: House):
    session = await kept(house, hours=20, visit=practised(release=True))
    async with reading(house, "patient") as patient:
        await patient.sends(f"/sessions/{session}/next-day", {"outcome": "sore", "pain": "3"})

    async with house.app[wiring.STORE].reader() as tx:
        row = await visits.session(tx, house.cast.clinic, session)
    assert row is not None
    followed = [one.kind for one in attempts_of(session, await state_of(house.app, row)) if one.next_day]
    assert followed == ["release"]


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"outcome": "worse"}, "Whom you can ask"),
        ({"outcome": "sore", "pain": "4"}, "Whom you can ask"),
        ({"outcome": "sore", "pain": "5"}, "Work inside the body waits"),
        ({"outcome": "sore", "bleeding": "fresh_red"}, "call the clinic or a doctor today"),
        # The rules ask for the same whatever its colour, so the screen does too.
        ({"outcome": "fine", "bleeding": "trace"}, "call the clinic or a doctor today"),
        ({"outcome": "fine", "bleeding": "heavy"}, "please call 112 now"),
    ],
)
async def test_what_is_not_well_leads_to_help(house: House, fields: Fields, says: str):
    session = await kept(house, hours=20)
    async with reading(house, "patient") as patient:
        done = await patient.sends(f"/sessions/{session}/next-day", fields)

    assert done.status == 200
    assert says in done.words
    assert 'href="/wrong"' in done.body


async def test_the_clinics_own_number_decides_what_the_screen_says(house: House):
    await house.app[wiring.CARE].change(
        house.cast.clinic,
        house.cast.patient,
        SetThresholds(Thresholds(pain_next_day=2)),
        actor=SYSTEM,
    )
    session = await kept(house, hours=20)
    async with reading(house, "patient") as patient:
        done = await patient.sends(f"/sessions/{session}/next-day", {"outcome": "sore", "pain": "2"})

    assert "Work inside the body waits" in done.words
    assert "nobody watches this page" in done.words


async def test_it_can_be_said_otherwise_later_and_the_numbers_behind_fine_go_with_it(house: House):
    session = await kept(house, hours=20)
    path = f"/sessions/{session}/next-day"
    async with reading(house, "patient") as patient:
        await patient.sends(path, {"outcome": "sore", "pain": "3", "note": "A little"})
        form = await patient.opens(path)
        assert set(form.chosen()) == {"outcome=sore", "pain=3"}
        await patient.sends(path, {"outcome": "fine", "pain": "3", "note": "Gone"})

    answers = await said(house, session)
    assert answers is not None
    assert (answers.outcome, answers.pain, answers.note) == ("fine", None, "Gone")


@pytest.mark.parametrize(
    "fields", [{}, {"outcome": "great"}, {"outcome": "sore", "note": "x" * 501}, {"outcome": "", "pain": "11"}]
)
async def test_what_cannot_be_read_is_asked_again_and_nothing_is_kept(house: House, fields: Fields):
    session = await kept(house, hours=20)
    async with reading(house, "patient") as patient:
        again = await patient.sends(f"/sessions/{session}/next-day", fields)

    assert again.status == 422
    assert await said(house, session) is None


async def test_after_3_days_the_page_says_so_kindly_and_keeps_nothing(house: House):
    session = await kept(house, hours=80)
    async with reading(house, "patient") as patient:
        page = await patient.opens(f"/sessions/{session}/next-day")
        sent = await patient.sends(f"/sessions/{session}/next-day", {"outcome": "worse"})

    assert page.status == 200
    assert "more than 3 days ago" in page.words
    assert sent.status == 422
    assert await said(house, session) is None


async def test_the_review_tells_what_came_afterwards_by_its_day(house: House):
    session = await kept(house, hours=20, visit=practised(release=True))
    async with reading(house, "patient") as patient:
        await patient.sends(f"/sessions/{session}/next-day", {"outcome": "sore", "pain": "3", "bleeding": "trace"})
    async with reading(house, "therapist") as therapist:
        review = await therapist.opens(f"/sessions/{session}/review")

    assert review.status == 200
    assert "afterwards" in review.words
    assert "Still sore, pain 3, a trace of bleeding." in review.words


async def test_every_kind_of_check_in_with_every_number_reads_on_the_review(house: House):
    visit = Visit()
    visit.opens()
    for kind, shape in KINDS.items():
        if kind == "next_day":
            continue
        outcome = "completed" if kind == "rung" else "met" if kind == "exposure" else "done"
        ratings: dict[str, Any] = dict.fromkeys(set(RATINGS) & set(shape.__struct_fields__), 3)
        more: dict[str, Any] = {"situation": "Looking at the box"} if kind == "exposure" else {}
        visit.patient.records(kind, outcome=outcome, **ratings, **more)
        visit.tick(60_000)
    visit.therapist.ends()
    session = await keep(house, visit)
    async with reading(house, "therapist") as therapist:
        review = await therapist.opens(f"/sessions/{session}/review")

    assert review.status == 200
    assert "Met it, Looking at the box, fear expected 3, fear at its most 3" in review.words
    assert "tenderness before 3, tenderness after 3" in review.words
    assert "tightening 3" in review.words
