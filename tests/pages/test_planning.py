"""Planning a visit anew: moved, called off, with a calendar file each time; and who may."""

from icalendar import Calendar

from server import wiring
from server.db import visits
from server.db.visits import Session
from tests.live.house import House
from tests.pages.reader import Fields, Read, reading
from tests.pages.test_arrival import CALM

LATER: Fields = {"date": "2025-07-02", "time": "09:15", "minutes": "30", "where": "Room 2, Shore Road"}
MANY = "x" * 121


async def row(house: House, session_id: str) -> Session:
    async with house.app[wiring.STORE].reader() as tx:
        found = await visits.session(tx, house.cast.clinic, session_id)
    assert found is not None
    return found


async def file_of(house: House, who: str, session_id: str) -> tuple[int, str]:
    async with house.browsing(who) as http, http.get(f"/sessions/{session_id}/visit.ics") as answer:
        return answer.status, await answer.text()


async def sends(house: House, path: str, fields: Fields, *, who: str = "therapist") -> Read:
    async with reading(house, who) as reader:
        return await reader.sends(path, fields)


async def test_a_visit_is_moved_and_both_are_shown_when_and_where(house: House):
    visit = house.cast.next_visit
    before = (await file_of(house, "patient", visit))[1]

    moved = await sends(house, f"/sessions/{visit}/plan", LATER)

    after = (await file_of(house, "patient", visit))[1]
    one, other = (Calendar.from_ical(text).walk("VEVENT")[0] for text in (before, after))
    session = await row(house, visit)
    assert moved.path == f"/patients/{house.cast.patient}/visits?done=moved&told=none"
    assert "The visit was moved." in moved.words
    assert "Wednesday, 2 July, 09:15 30 min planned. Room 2, Shore Road" in moved.words
    assert session.planned_minutes == 30
    assert one["UID"] == other["UID"]
    assert int(other.decoded("SEQUENCE")) > int(one.decoded("SEQUENCE"))
    assert f"{other.decoded('DTSTART'):%Y-%m-%d %H:%M}" == "2025-07-02 09:15"
    assert "Shore" not in after
    async with reading(house, "therapist") as therapist:
        assert (await therapist.opens(f"/sessions/{visit}/plan")).value("where") == "Room 2, Shore Road"


async def test_where_stands_on_today_for_the_patient(house: House):
    await sends(house, f"/patients/{house.cast.other_patient}/visits", {**LATER, "date": "2025-06-15", "time": "23:00"})
    await sends(house, f"/sessions/{house.cast.other_visit}/cancel", {})
    async with reading(house, "other_patient") as patient:
        assert "Where: Room 2, Shore Road" in (await patient.opens("/today")).words


async def test_a_visit_is_called_off_with_a_line_to_the_patient(house: House):
    visit = house.cast.next_visit
    off = await sends(house, f"/sessions/{visit}/cancel", {"words": "I am ill. I will write on Monday."})

    status, text = await file_of(house, "therapist", visit)
    session = await row(house, visit)
    async with reading(house, "patient") as patient:
        messages, today = await patient.opens("/messages"), await patient.opens("/today")
    assert "The visit was called off." in off.words
    assert (session.phase, session.ended_ms) == ("ended", house.clock.now_ms())
    assert status == 200
    assert "METHOD:CANCEL" in text
    assert "STATUS:CANCELLED" in text
    assert "I am ill. I will write on Monday." in messages.words
    assert "22 June" not in today.words
    again = await sends(house, f"/sessions/{visit}/cancel", {"words": "Twice"})
    assert (again.status, "This visit is over, or was called off already." in again.words) == (422, True)
    async with reading(house, "patient") as patient:
        assert "Twice" not in (await patient.opens("/messages")).words


async def test_a_visit_that_somebody_has_come_to_is_neither_moved_nor_called_off(house: House):
    visit = house.cast.visit
    await sends(house, f"/sessions/{visit}/arrival", CALM, who="patient")

    moved = await sends(house, f"/sessions/{visit}/plan", LATER)
    off = await sends(house, f"/sessions/{visit}/cancel", {"words": "Too late"})

    assert (moved.status, off.status) == (422, 422)
    assert "Somebody has come to this visit by now." in moved.words
    assert (await row(house, visit)).phase == "waiting"


async def test_what_cannot_be_is_refused_and_kept_as_it_was_typed(house: House):
    path = f"/sessions/{house.cast.next_visit}/plan"
    before = await row(house, house.cast.next_visit)

    past = await sends(house, path, {**LATER, "date": "2024-07-02"})
    long = await sends(house, path, {**LATER, "where": MANY})
    nothing = await sends(house, path, {})

    assert [page.status for page in (past, long, nothing)] == [422, 422, 422]
    assert "from now on" in past.words
    assert past.value("date") == "2024-07-02"
    assert "120 are the most that fit here." in long.words
    assert long.value("where") == MANY
    assert await row(house, house.cast.next_visit) == before


async def test_nobody_else_plans_it(house: House):
    path = f"/sessions/{house.cast.next_visit}"
    for who in ("patient", "support", "colleague", "stranger", "owner"):
        for address, fields in ((f"{path}/plan", LATER), (f"{path}/cancel", {})):
            assert (await sends(house, address, fields, who=who)).status == 404, (who, address)
    assert (await row(house, house.cast.next_visit)).phase == "scheduled"


async def test_a_room_that_is_open_hears_of_it(house: House):
    talker = await house.come("therapist", visit=house.cast.next_visit)
    await sends(house, f"/sessions/{house.cast.next_visit}/plan", LATER)
    moved = await talker.event("visit.moved")

    assert moved["event"]["where"] == "Room 2, Shore Road"
    assert moved["view"]["planned_minutes"] == 30
