""" "Something is wrong": who is told, how soon, once, and what the screen says then."""

from typing import Any

import msgspec
import pytest

from server import wiring
from server.db import people, urgent
from sessions.flags import FLAG_BY_ID, Tier
from sessions.journal import JournalConcern, WrongTold
from tests.live.house import House
from tests.live.visit import Visit
from tests.pages.reader import Fields, reading
from tests.pages.test_arrival import CALM
from tests.sessions.flags_of_the_facts import FACTS

FORM = "6f3f1c2e-0000-4000-8000-00000000000a"


async def journal_of(house: House) -> list[JournalConcern]:
    state = await house.app[wiring.JOURNALS].state(house.cast.clinic, house.cast.patient)
    return [entry.event for entry in state.of(JournalConcern) if isinstance(entry.event, JournalConcern)]


async def is_suspended(house: House) -> bool:
    return (await house.app[wiring.CARE].state(house.cast.clinic, house.cast.patient)).suspended is not None


async def set_clinic(house: House, **values: Any) -> None:
    async with house.app[wiring.STORE].write() as tx:
        await people.change_clinic(
            tx, house.cast.clinic, name="Harbour Clinic", phone="+1 555 0100", settings=msgspec.json.encode(values)
        )


async def test_whom_to_call_stands_before_anything_that_is_asked(house: House):
    async with reading(house, "patient") as patient:
        page = await patient.opens("/wrong")

    words = page.words
    assert words.index("call 112 now") < words.index("Nobody watches this page now.") < words.index("What is it?")
    assert 'href="tel:112"' in page.body
    assert "within 2 working days" in words
    assert page.chosen() == []


@pytest.mark.parametrize("item", FACTS, ids=lambda item: item.name)
async def test_each_item_of_the_facts_reaches_the_therapist_and_says_whom_to_call(house: House, item: Any):
    async with reading(house, "patient") as patient:
        page = await patient.sends("/wrong", {"id": FORM, "flags": item.flag})

    assert page.status == 200
    assert [(one.rule, one.tier) for one in await journal_of(house)] == [(f"flag_{item.flag}", item.tier)]
    assert await is_suspended(house) == (item.tier != Tier.NOTE)
    match item.tier:
        case Tier.EMERGENCY:
            assert "Please call 112 now" in page.words
        case Tier.SAME_DAY:
            assert "or a doctor today" in page.words or "a doctor today" in page.words
        case Tier.PAUSE:
            assert "Work inside the body waits" in page.words
        case _:
            assert "Work inside the body waits" not in page.words
    assert "Nobody has read it yet, and nobody watches this page." in page.words


async def test_it_is_told_once_however_often_the_page_is_loaded_again(house: House):
    fields: Fields = {"id": FORM, "flags": ["panic", "fever"], "note": "Since this morning"}
    async with reading(house, "patient") as patient:
        for _ in range(3):
            await patient.sends("/wrong", fields)

    state = await house.app[wiring.JOURNALS].state(house.cast.clinic, house.cast.patient)
    assert len(state.of(WrongTold)) == 1


async def test_one_more_tick_on_the_same_page_is_another_telling(house: House):
    """Whoever goes back and ticks what they left out must not be taken for a repetition."""
    async with reading(house, "patient") as patient:
        await patient.sends("/wrong", {"id": FORM, "flags": "panic"})
        await patient.sends("/wrong", {"id": FORM, "flags": ["panic", "heavy_bleeding"]})

    assert "flag_heavy_bleeding" in [one.rule for one in await journal_of(house)]


async def test_nothing_ticked_and_nothing_written_is_asked_for_again(house: House):
    async with reading(house, "patient") as patient:
        page = await patient.sends("/wrong", {"id": FORM})

    assert page.status == 422
    assert "Tick what fits, or write a line." in page.words
    assert page.value("id") == FORM
    assert await journal_of(house) == []


async def test_a_line_that_is_too_long_is_kept_as_it_was_typed(house: House):
    async with reading(house, "patient") as patient:
        page = await patient.sends("/wrong", {"id": FORM, "flags": "fever", "note": "o" * 501})

    assert page.status == 422
    assert "o" * 501 in page.body
    assert page.chosen() == ["flags=fever"]


async def test_an_item_that_is_not_on_the_list_counts_as_nothing_ticked(house: House):
    async with reading(house, "patient") as patient:
        assert (await patient.sends("/wrong", {"id": "no uuid", "flags": "made_up"})).status == 422
        assert (await patient.sends("/wrong", {"id": "no uuid", "flags": ["made_up", "fever"]})).status == 200

    assert [one.rule for one in await journal_of(house)] == ["flag_fever"]


async def test_their_own_words_reach_the_desk_and_the_patients_page_with_the_item(house: House):
    async with reading(house, "patient") as patient:
        await patient.sends("/wrong", {"id": FORM, "note": "It <b>burns</b> since Monday"})
    async with reading(house, "therapist") as therapist:
        desk, page = await therapist.opens("/desk"), await therapist.opens(f"/patients/{house.cast.patient}")

    assert "It <b>burns</b> since Monday" in desk.words
    assert "It <b>burns</b> since Monday" in page.words
    assert "<b>burns</b>" not in desk.body + page.body


@pytest.mark.parametrize("flag", ["own_life", "in_danger", "assault"])
async def test_what_somebody_beside_them_must_not_read_is_not_repeated(house: House, flag: str):
    async with reading(house, "patient") as patient:
        page = await patient.sends("/wrong", {"id": FORM, "flags": flag})

    assert FLAG_BY_ID[flag].say not in page.words
    assert "Leave quickly" in page.words


async def test_the_crisis_number_stands_first_where_it_is_needed(house: House):
    await set_clinic(house, crisis_number="+1 555 0188")
    async with reading(house, "patient") as patient:
        page = await patient.sends("/wrong", {"id": FORM, "flags": "own_life"})
        other = await patient.sends("/wrong", {"id": FORM, "flags": "heavy_bleeding"})

    assert "To talk with somebody, call +1 555 0188" in page.words
    assert "To talk with somebody" not in other.words


@pytest.mark.parametrize("who", ["therapist", "support", "owner", "stranger"])
async def test_only_patients_have_this_page(house: House, who: str):
    async with reading(house, who) as other:
        assert (await other.opens("/wrong")).status == 404
        assert (await other.sends("/wrong", {"id": FORM, "flags": "fever"})).status == 404


async def test_a_full_disk_says_so_and_whom_to_call_is_still_on_the_page(house: House):
    async with reading(house, "patient") as patient:
        await patient.sends("/wrong", {"id": FORM, "flags": "panic"})
        await house.make_it_read_only()
        page = await patient.sends("/wrong", {"id": FORM, "flags": "fever", "note": "39.5"})
        await house.make_it_writable()
        again = await patient.sends("/wrong", {"id": FORM, "flags": "fever", "note": "39.5"})

    assert (page.status, again.status) == (503, 200)
    assert "nobody will read it yet" in page.words
    assert 'href="tel:112"' in page.body
    assert ("flags=fever" in page.chosen(), "39.5" in page.body) == (True, True)
    assert [one.rule for one in await journal_of(house)] == ["flag_panic", "flag_fever"]


# In a visit


async def test_in_a_visit_the_therapist_sees_it_in_the_room_at_once(visit: Visit):
    house = visit.house
    async with reading(house, "patient") as patient:
        form = await patient.opens("/wrong")
        page = await patient.sends("/wrong", {"id": FORM, "flags": "severe_pain", "note": "Left side"})

    await visit.therapist.event("session.stopped")
    assert "Left side" in visit.therapist.view["concerns"][0]["say"]
    assert visit.therapist.view["stopped"]["by"] == "patient"
    assert "is shown what you tell here in the room, at once" in form.words
    assert f"/sessions/{house.cast.visit}" in page.body
    assert await journal_of(house) == []
    assert await is_suspended(house)


async def test_the_address_of_tonight_is_there_to_read_out(visit: Visit):
    async with reading(visit.house, "patient") as patient:
        await patient.sends(f"/sessions/{visit.house.cast.visit}/arrival", {**CALM, "place": "Dune Road 4"})
        page = await patient.sends("/wrong", {"id": FORM, "flags": "severe_pain"})
        await visit.therapist.must("visit.end")
        later = await patient.sends("/wrong", {"id": FORM, "flags": "collapse"})
        await visit.house.clock.advance(13 * 3_600_000)
        next_day = await patient.sends("/wrong", {"id": FORM, "flags": "allergy"})

    assert "Dune Road 4" in page.words
    assert "Dune Road 4" in later.words
    assert "Dune Road 4" not in next_day.words
    assert "say first where you are" in next_day.words


async def test_what_was_told_in_a_visit_is_not_told_again_after_its_end(visit: Visit):
    async with reading(visit.house, "patient") as patient:
        await patient.sends("/wrong", {"id": FORM, "flags": "fever"})
        await visit.therapist.must("visit.end")
        page = await patient.sends("/wrong", {"id": FORM, "flags": "fever"})

    assert page.status == 200
    assert await journal_of(visit.house) == []
    assert (await visit.house.told()).count("concern.raised") == 1


async def test_what_was_told_before_a_visit_is_not_told_again_in_it(room: Visit):
    async with reading(room.house, "patient") as patient:
        await patient.sends("/wrong", {"id": FORM, "flags": "fever"})
        await room.open()
        await patient.sends("/wrong", {"id": FORM, "flags": "fever"})

    assert len(await journal_of(room.house)) == 1
    assert "concern.raised" not in await room.house.told()


# Who has seen it


async def waiting(house: House) -> int:
    async with house.app[wiring.STORE].reader() as tx:
        return len(await urgent.unseen(tx))


@pytest.mark.parametrize("where", ["/patients/{patient}", "/desk"])
async def test_opening_the_patients_page_is_seeing_and_the_desk_alone_is_not(house: House, where: str):
    async with reading(house, "patient") as patient:
        await patient.sends("/wrong", {"id": FORM, "flags": "fever"})
    async with reading(house, "therapist") as therapist:
        await therapist.opens(where.replace("{patient}", house.cast.patient))

    assert await waiting(house) == (1 if where == "/desk" else 0)


async def test_seen_takes_it_off_the_desk_and_nothing_that_came_since(house: House):
    async with reading(house, "patient") as patient, reading(house, "therapist") as therapist:
        await patient.sends("/wrong", {"id": FORM, "flags": "fever"})
        page = await therapist.opens(f"/patients/{house.cast.patient}")
        mark = page.value("concern")
        await patient.sends("/wrong", {"id": FORM, "flags": "collapse"})
        after = await therapist.sends(f"/patients/{house.cast.patient}/seen", {"concern": mark})
        desk = await therapist.opens("/desk")

    assert "Fever" not in after.words.split("Care")[0]
    assert "Fainting or collapse" in after.words
    assert "Fainting or collapse" in desk.words


async def test_a_concern_of_a_visit_is_seen_too(visit: Visit):
    house = visit.house
    async with reading(house, "patient") as patient, reading(house, "therapist") as therapist:
        await patient.sends("/wrong", {"id": FORM, "flags": "discharge"})
        page = await therapist.opens(f"/patients/{house.cast.patient}")
        await therapist.sends(f"/patients/{house.cast.patient}/seen", {"concern": page.value("concern")})
        desk = await therapist.opens("/desk")

    assert "Discharge" in page.words
    # What is left of it at the desk is the reason of the suspension, which stands until it is cleared.
    assert "Internal work is suspended : Told in the visit: Discharge that is new" in desk.words


async def test_a_therapist_who_is_in_the_room_has_seen_it(visit: Visit):
    async with reading(visit.house, "patient") as patient:
        await patient.sends("/wrong", {"id": FORM, "flags": "fever"})

    async def none_waits() -> bool:
        return await waiting(visit.house) == 0

    await visit.house.until(none_waits)


async def test_emergencies_stand_before_whoever_waits_and_the_rest_after(house: House):
    async with reading(house, "other_patient") as other:
        await other.sends(f"/sessions/{house.cast.other_visit}/arrival", CALM)
    async with reading(house, "patient") as patient, reading(house, "therapist") as therapist:
        await patient.sends("/wrong", {"id": FORM, "flags": "fever"})
        same_day = (await therapist.opens("/desk")).words
        await patient.sends("/wrong", {"id": FORM, "flags": "collapse"})
        emergency = (await therapist.opens("/desk")).words

    assert same_day.index("Waiting for") < same_day.index("Fever")
    assert emergency.index("Fainting or collapse") < emergency.index("Waiting for")


async def test_the_desk_hears_of_it_by_the_patients_id_alone(house: House):
    news = house.app[wiring.NEWS]
    with news.listening(house.cast.therapist, login="x") as queue:
        async with reading(house, "patient") as patient:
            await patient.sends("/wrong", {"id": FORM, "flags": "fever"})
        item = await queue.get()

    assert item is not None
    assert (item.kind, item.session, item.patient) == ("concern", "", house.cast.patient)


async def test_what_came_days_after_a_visit_stays_at_the_desk_until_it_was_opened(visit: Visit):
    """A follow-up of the third day: its visit is no news any more, and what it says is."""
    house = visit.house
    answers = {"outcome": "completed", "pain_worst": 2}
    await visit.patient.must("checkin.record", kind="rung", answers=answers)
    of = next(row.seq for row in await house.ledger() if b"checkin.recorded" in row.body)
    await visit.therapist.must("visit.end")
    await house.clock.advance(70 * 3_600_000)
    async with reading(house, "patient") as patient, reading(house, "therapist") as therapist:
        kept = await patient.sends(
            f"/sessions/{house.cast.visit}/next-day", {"outcome": "worse", "bleeding": "heavy", "of": str(of)}
        )
        await house.clock.advance(48 * 3_600_000)
        unopened = (await therapist.opens("/desk")).words
        page = (await therapist.opens(f"/patients/{house.cast.patient}")).words

    assert kept.status == 200
    assert "Heavy bleeding in a check-in" in unopened.split("Caseload")[0]
    assert "Heavy bleeding in a check-in" in page
