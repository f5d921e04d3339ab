"""Today: what is planned and never late, its words to read, and how somebody is, with one tap."""

import re
from datetime import UTC

import msgspec
import pytest

from exercises.wording import Wording
from server import wiring
from server.care.practised import month_began_ms, times_this_month
from server.db import people
from sessions import daily
from sessions.care import SetWording
from sessions.flags import Tier
from sessions.journal import JournalConcern, MeasureTaken
from sessions.measures import DAILY
from sessions.people import Actor, Role
from tests.live.house import BREATHING, House
from tests.pages.homework import BREATH, INSIDE, practised, prescribe
from tests.pages.reader import Read, reading
from tests.practice import phone

DAY_MS = 86_400_000
HOUR_MS = 3_600_000
#: What a page about practice never says to anybody.
NEVER = ("overdue", "late", "missed", "streak", "goal", "score", "well done", "should", "behind", "of 4", "of 2")


async def today(house: House, who: str = "patient") -> Read:
    async with reading(house, who) as somebody:
        return await somebody.opens("/today")


async def in_zone(house: House, zone: str) -> None:
    async with house.app[wiring.STORE].write() as tx:
        await people.change_clinic(
            tx, house.cast.clinic, name="Harbour Clinic", phone="", settings=msgspec.json.encode({"time_zone": zone})
        )


def pressed(page: Read) -> list[tuple[str, str]]:
    return re.findall(r'name="(\w+)" value="(\d)" aria-pressed="true"', page.body)


async def test_what_is_planned_stands_there_in_the_therapists_order_and_leads_to_its_practice(house: House):
    await prescribe(house)
    page = await today(house)

    assert re.findall(r'href="/practice#(\w+)"', page.body) == ["k3", "m7"]
    assert "4 times a week, 5 min" in page.words
    assert "Lying down is fine" in page.words
    assert "Days of rest are part of it." in page.words
    assert 'href="/practice/device"' in page.body


async def test_nothing_is_planned_until_something_is(house: House):
    assert "Nothing is planned for home yet." in (await today(house)).words


async def test_what_was_practised_this_month_is_counted_and_nothing_is_held_against_it(house: House):
    await prescribe(house)
    now_ms = house.clock.now_ms()
    for days_ago in (0, 1, 1, 9):
        await practised(house, "k3", at_ms=now_ms - days_ago * DAY_MS)
    await practised(house, "m7", at_ms=now_ms - 2 * DAY_MS)
    page = await today(house)

    assert "4 times this month" in page.words
    assert "Once this month" in page.words
    planned = page.words[page.words.index("Practice, if") : page.words.index("How I am today")].casefold()
    assert [word for word in NEVER if re.search(rf"\b{word}\b", planned)] == []


async def test_only_what_began_this_month_and_was_started_counts(house: House):
    now_ms, cast = house.clock.now_ms(), house.cast
    began_ms = month_began_ms(now_ms, "UTC")
    for at_ms in (began_ms, began_ms - 1, now_ms):
        await practised(house, "k3", at_ms=at_ms)
    await practised(house, "k3", at_ms=now_ms - HOUR_MS, started=False)
    await practised(house, "k3", at_ms=now_ms, of=cast.other_patient)

    counts = await times_this_month(house.app, cast.clinic, cast.patient, zone="UTC", now_ms=now_ms)

    assert counts == {"k3": 2}


async def test_a_month_begins_where_the_clinic_is(house: House):
    """At 23:30 on the last of May in London it is June in Auckland."""
    cast, at_ms = house.cast, month_began_ms(house.clock.now_ms(), "UTC") - HOUR_MS // 2
    await practised(house, "k3", at_ms=at_ms)

    told = {
        zone: await times_this_month(house.app, cast.clinic, cast.patient, zone=zone, now_ms=house.clock.now_ms())
        for zone in ("UTC", "Europe/London", "Pacific/Auckland")
    }

    assert told == {"UTC": {}, "Europe/London": {"k3": 1}, "Pacific/Auckland": {"k3": 1}}


async def test_a_practice_that_a_phone_delivered_counts_also_where_it_was_stopped(house: House):
    await phone.prescribe(house)
    async with house.browsing("patient") as http:
        held = phone.Phone(house, http)
        await held.refresh()
        practice = held.begin("belly")
        practice.say("practice.screen", flags=[])
        practice.say("activity.offer", exercise=BREATHING)
        practice.say("activity.start")
        await practice.wait(20_000)
        practice.say("session.stop")
        assert await held.deliver(practice.part()) == ["stored"]

    assert "Once this month" in (await today(house)).words


async def test_what_is_inside_rests_in_words_while_it_is_suspended(house: House):
    await prescribe(house)
    await house.suspend("Not today.")
    page = await today(house)
    async with reading(house, "patient") as patient:
        words = await patient.opens("/today/m7")

    assert re.findall(r'href="/practice#(\w+)"', page.body) == ["k3"]
    assert "Rests for now" in page.words
    assert "Rests for now" in words.words
    assert "The words" not in words.words


async def test_a_practice_under_way_is_no_next_visit(house: House):
    practice = await practised(house, "k3", at_ms=house.clock.now_ms(), phase="open")
    page = await today(house)

    assert practice not in page.body
    assert f"/sessions/{house.cast.visit}" in page.body


async def test_the_words_can_be_read_without_a_script_and_in_ones_own_words(house: House):
    await prescribe(house, BREATH)
    cast, care = house.cast, house.app[wiring.CARE]
    exercise = house.app[wiring.LIBRARY].get(BREATH.exercise)
    assert exercise is not None
    wording = Wording(own={"floor": "hammock"})
    await care.change(cast.clinic, cast.patient, SetWording(wording), actor=Actor(id=cast.patient, role=Role.PATIENT))
    async with reading(house, "patient") as patient:
        listed = await patient.opens("/today")
        page = await patient.opens("/today/k3")

    assert 'href="/today/k3"' in listed.body
    assert "Guiding needs JavaScript" in page.words
    assert 'href="/practice#k3"' in page.body
    assert "hammock" in page.words
    assert page.words.count("Breath:") >= 1
    assert "First: is any of this so today?" not in page.words
    # Neither the address nor the title of the page says what it is about.
    assert BREATH.exercise not in page.path
    assert "<title>Ebb</title>" in page.body


async def test_what_goes_inside_is_read_after_the_list_and_the_way_out(house: House):
    await prescribe(house, INSIDE)
    async with reading(house, "patient") as patient:
        page = await patient.opens("/today/m7")

    places = [page.words.index(words) for words in ("First: is any of this so", "The way out, at any", "The words")]
    assert places == sorted(places)
    assert "Not today is a complete answer." in page.words


@pytest.mark.parametrize("item", ["k4", "../desk", "%00", "how"])
async def test_an_item_that_is_not_theirs_is_not_there(house: House, item: str):
    await prescribe(house)
    async with reading(house, "patient") as patient, reading(house, "other_patient") as other:
        assert (await patient.opens(f"/today/{item}")).status == 404
        assert (await other.opens("/today/k3")).status == 404


async def test_a_visit_that_is_soon_stands_first_and_one_next_week_does_not(house: House):
    await prescribe(house)
    soon = (await today(house)).words
    await house.clock.advance(DAY_MS)
    later = (await today(house)).words

    assert soon.index("Next visit") < soon.index("Practice, if today suits you")
    assert later.index("Next visit") > later.index("Practice, if today suits you")
    assert "Put it in my calendar" in later


# How I am today


async def test_one_tap_is_kept_and_another_changes_it_on_the_same_day(house: House):
    async with reading(house, "patient") as patient:
        before = await patient.opens("/today")
        await patient.sends("/today/how", {"myself": "2"})
        await patient.sends("/today/how", {"pain": "1"})
        changed = await patient.sends("/today/how", {"myself": "0"})

    assert "Nobody watches this as it comes in" in before.words
    assert pressed(before) == []
    assert pressed(changed) == [("myself", "0"), ("pain", "1")]
    assert "Kept for today." in changed.words
    assert changed.path.startswith("/today")


async def test_something_is_wrong_stands_beside_it_and_no_red_flag_is_asked(house: House):
    page = await today(house)
    asked = page.body[page.body.index('id="how"') : page.body.index("Always here")]

    assert 'href="/wrong"' in asked
    for word in ("bleed", "fever", "pregnan", "thoughts"):
        assert word not in asked.casefold()


async def test_the_next_day_begins_empty_by_the_clinics_clock(house: House):
    await in_zone(house, "Pacific/Auckland")
    async with reading(house, "patient") as patient:
        await patient.sends("/today/how", {"body": "1"})
        same = await patient.opens("/today")
        # 15:06 in UTC is 03:06 there: 21 hours later it is another day.
        await house.clock.advance(21 * HOUR_MS)
        other = await patient.opens("/today")

    assert pressed(same) == [("body", "1")]
    assert pressed(other) == []


async def test_the_same_tap_twice_is_stored_once(house: House):
    async with reading(house, "patient") as patient:
        await patient.sends("/today/how", {"pain": "1"})
        await patient.sends("/today/how", {"pain": "1"})

    journal = await house.app[wiring.JOURNALS].state(house.cast.clinic, house.cast.patient)
    assert len(journal.of(MeasureTaken)) == 1


@pytest.mark.parametrize("fields", [{}, {"pain": "3"}, {"pain": "-1"}, {"pain": "x"}, {"other": "1"}, {"pain": "\x00"}])
async def test_nonsense_is_nothing_said(house: House, fields: dict[str, str]):
    async with reading(house, "patient") as patient:
        page = await patient.sends("/today/how", fields)

    assert page.status == 200
    assert pressed(page) == []


async def test_it_can_be_taken_back(house: House):
    async with reading(house, "patient") as patient:
        await patient.sends("/today/how", {"pain": "1"})
        await patient.sends("/today/how", {"body": "1"})
        gone = await patient.sends("/today/how/take-back")
        again = await patient.sends("/today/how", {"pain": "1"})

    assert pressed(gone) == []
    assert pressed(again) == [("pain", "1")]


async def test_much_pain_is_told_whom_to_call_and_noted_for_the_therapist(house: House):
    async with reading(house, "patient") as patient:
        page = await patient.sends("/today/how", {"pain": "2"})
    async with reading(house, "therapist") as therapist:
        results = await therapist.opens(f"/patients/{house.cast.patient}/questions")

    journal = await house.app[wiring.JOURNALS].state(house.cast.clinic, house.cast.patient)
    raised = [entry.event for entry in journal.concerns]
    assert "new, sudden or strong" in page.words
    assert [(one.rule, one.tier) for one in raised if isinstance(one, JournalConcern)] == [("measure_pain", Tier.NOTE)]
    assert (await house.app[wiring.CARE].state(house.cast.clinic, house.cast.patient)).suspended is None
    assert "How I am today" in results.words
    assert "A lot" in results.words


async def test_the_therapist_reads_one_line_for_each_day(house: House):
    async with reading(house, "patient") as patient:
        for fields in ({"myself": "2"}, {"myself": "1"}, {"body": "0"}):
            await patient.sends("/today/how", fields)
    async with reading(house, "therapist") as therapist:
        page = await therapist.opens(f"/patients/{house.cast.patient}/questions")

    told = page.words[page.words.index("How I am today") :]
    assert "In myself : In between" in told
    assert "My body : At ease" in told
    assert "Uneasy" not in told


def test_each_question_has_three_words_and_there_are_three():
    assert [len(item.options) for item in DAILY.items] == [3, 3, 3]


async def test_a_day_holds_the_last_word_for_each_question(house: House):
    async with reading(house, "patient") as patient:
        for fields in ({"myself": "2", "pain": "1"}, {"myself": "0"}):
            await patient.sends("/today/how", fields)
    journal = await house.app[wiring.JOURNALS].state(house.cast.clinic, house.cast.patient)

    (day,) = daily.days_of(journal, UTC)

    assert day.measure.answers == {"myself": 0, "pain": 1}
