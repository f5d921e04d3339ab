"""The page of reminders, and calendar files: off at first, one button to turn off, and no word of what about."""

import pytest
from icalendar import Calendar

from server import wiring
from tests.live.house import House
from tests.pages.reader import Fields, Read, reading

CALENDAR: Fields = {"days": ["mon", "thu"], "time": "18:30", "way": "calendar"}
HIDDEN = ("Harbour", "Patient", "Therapist", "127.0.0.1", "dilator", "pelvic", "practi", "exercise", "visit", "health")


async def sent(house: House, fields: Fields) -> Read:
    async with reading(house, "patient") as patient:
        return await patient.sends("/reminders", fields)


async def test_they_are_off_and_the_page_says_that_none_is_needed(house: House):
    async with reading(house, "patient") as patient:
        page = await patient.opens("/reminders")

    assert "They are off." in page.words
    assert page.chosen() == []
    # This server has no mail server, and offers none.
    assert "This server sends no mail." in page.words
    assert 'name="email"' not in page.body


async def test_ones_own_calendar_gets_the_days_and_the_time_and_no_reason(house: House):
    page = await sent(house, CALENDAR)
    async with reading(house, "patient") as patient:
        file = await patient.opens("/reminders/calendar.ics")

    (event,) = Calendar.from_ical(file.body).walk("VEVENT")
    assert "Monday and Thursday" in page.words
    assert str(event["summary"]) == "A quiet moment"
    assert event["rrule"].to_ical() == b"FREQ=WEEKLY;BYDAY=MO,TH"
    # The house's Sunday is followed by a Monday.
    assert event.decoded("dtstart").isoformat() == "2025-06-16T18:30:00+00:00"
    for word in (*HIDDEN, house.cast.patient, house.cast.clinic):
        assert word.casefold() not in file.body.casefold(), word


async def test_turning_off_is_one_button_and_leaves_nothing(house: House):
    await sent(house, CALENDAR)
    async with reading(house, "patient") as patient:
        off = await patient.sends("/reminders/off")
        file = await patient.opens("/reminders/calendar.ics")
        again = await patient.sends("/reminders/off")

    assert "Reminders are off." in off.words
    assert file.status == 404
    assert again.status == 200


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"days": []}, "Choose at least one day."),
        ({"days": ["someday"]}, "Choose at least one day."),
        ({"time": ""}, "Choose a time"),
        ({"time": "25:00"}, "Choose a time"),
        ({"time": "18:30:15 please"}, "8 are the most"),
        ({"way": "pigeon"}, "Choose this one."),
        # Nobody is promised a mail that this server cannot send.
        ({"way": "mail", "email": "robin@mail.example"}, "Choose this one."),
    ],
)
async def test_what_is_missing_is_said_and_what_was_typed_stays(
    house: House, change: dict[str, str | list[str]], said: str
):
    page = await sent(house, {**CALENDAR, **change})
    async with reading(house, "patient") as patient:
        after = await patient.opens("/reminders")

    assert page.status == 422
    assert said in page.words
    if "days" not in change:
        assert "days=mon" in page.chosen()
    assert "They are off." in after.words


async def test_a_visit_is_an_appointment_for_both_and_for_nobody_else(house: House):
    path = f"/sessions/{house.cast.next_visit}/visit.ics"
    files = {}
    for who in ("patient", "therapist", "support", "other_patient", "stranger"):
        async with reading(house, who) as somebody:
            files[who] = await somebody.opens(path)

    assert [files[who].status for who in files] == [200, 200, 404, 404, 404]
    (event,) = Calendar.from_ical(files["patient"].body).walk("VEVENT")
    (same,) = Calendar.from_ical(files["therapist"].body).walk("VEVENT")
    assert str(event["summary"]) == "Appointment"
    assert event["uid"] == same["uid"]
    due_ms = house.clock.now_ms() + 2 * 60_000 + 7 * 86_400_000
    assert int(event.decoded("dtstart").timestamp() * 1000) == due_ms
    assert event.decoded("duration").total_seconds() == 45 * 60
    for word in (*HIDDEN, house.cast.patient, house.cast.next_visit):
        assert word.casefold() not in files["patient"].body.casefold(), word


async def test_a_visit_that_is_over_is_no_appointment_any_more(house: House, visit: object):
    room = await house.room()
    talker = await house.come("therapist")
    await talker.ask("visit.end")
    await house.until(lambda: room.state.phase == "ended")
    async with reading(house, "patient") as patient:
        assert (await patient.opens(f"/sessions/{house.cast.visit}/visit.ics")).status == 404


async def test_a_calendar_may_keep_the_file_and_nobody_on_the_way_may(house: House):
    async with house.browsing("patient") as http, http.get(f"/sessions/{house.cast.visit}/visit.ics") as answer:
        assert answer.content_type == "text/calendar"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Content-Disposition"] == 'attachment; filename="appointment.ics"'
        assert house.app[wiring.SETTINGS].public_url == ""
