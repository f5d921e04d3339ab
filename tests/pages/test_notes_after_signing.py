"""Around and after the signing of a note: late events, additions, withholding, erasing."""

import re

from server import wiring
from server.db import documents
from server.notes import writing
from server.notes.unsigned import ASKED_FOR_MS, unsigned
from tests.db.erasing import erase
from tests.live.house import House
from tests.pages.noting import ASSESSMENT, PLAN, draft, journal, lately, sends, stored, typed
from tests.pages.reader import reading
from tests.pages.records import MINUTE_MS, eventful, keep


async def test_a_note_that_was_signed_meanwhile_keeps_what_the_other_typed(house: House) -> None:
    visit = await keep(house, eventful())

    async with reading(house, "therapist") as first, reading(house, "therapist") as second:
        fields = await draft(first, visit)
        mine = await draft(second, visit)
        await sends(first, visit, {**fields, ASSESSMENT: "Done."}, "sign")
        told = await sends(second, visit, {**mine, ASSESSMENT: "My own view."}, "sign")

    assert told.status == 409
    assert "was signed since you opened it" in told.words
    addition = re.search(r'<textarea[^>]*name="addition"[^>]*>(.*?)</textarea>', told.body, re.DOTALL)
    assert addition is not None
    assert "My own view." in addition[1]


async def test_the_same_form_twice_signs_once(house: House) -> None:
    visit = await keep(house, eventful())

    async with reading(house, "therapist") as therapist:
        fields = {**await draft(therapist, visit), ASSESSMENT: "Done."}
        await sends(therapist, visit, fields, "sign")
        twice = await sends(therapist, visit, fields, "sign")

    assert (twice.status, twice.path) == (200, f"/sessions/{visit}/note?said=signed")
    assert len(await journal(house)) == 1


async def follow_up(house: House, visit: str) -> None:
    """The patient tells the next day how it is."""
    async with reading(house, "patient") as patient:
        page = await patient.opens(f"/sessions/{visit}/next-day")
        assert page.status == 200
        told = await patient.sends(f"/sessions/{visit}/next-day", {"outcome": "sore", "pain": "3"})
    assert told.status == 200


async def test_signing_after_late_events_says_which_and_asks_again(house: House) -> None:
    told = lately()
    visit = await keep(house, told)
    await house.clock.advance(told.now_ms + 9 * 60 * MINUTE_MS - house.clock.now_ms())

    async with reading(house, "therapist") as therapist:
        fields = {**await draft(therapist, visit), ASSESSMENT: "Went well for them."}
        await follow_up(house, visit)
        asked = await sends(therapist, visit, fields, "sign")
        nothing = await stored(house, visit)
        signed = await sends(therapist, visit, typed(asked), "sign")

    assert asked.status == 409
    assert "Nothing was signed yet" in asked.words
    assert "told how it was afterwards" in asked.words
    assert "Still sore, pain 3." in asked.words
    assert typed(asked)[ASSESSMENT] == "Went well for them."
    assert nothing is None
    assert "Signed by" in signed.words


async def test_what_comes_after_signing_is_shown_until_it_is_added(house: House) -> None:
    told = lately()
    visit = await keep(house, told)
    await house.clock.advance(told.now_ms + 9 * 60 * MINUTE_MS - house.clock.now_ms())

    async with reading(house, "therapist") as therapist:
        await sends(therapist, visit, {**await draft(therapist, visit), ASSESSMENT: "Went well."}, "sign")
        await follow_up(house, visit)
        page = await therapist.opens(f"/sessions/{visit}/note")
        added = await therapist.sends(
            f"/sessions/{visit}/note/amend",
            {
                "id": page.value("id"),
                "as_of": page.value("as_of"),
                "addition": "Sore the day after.",
                "reason": "Told since",
            },
        )

    assert "Came after it was signed" in page.words
    assert "Came after it was signed" not in added.words
    assert "Sore the day after." in added.words
    assert "Why: Told since" in added.words
    # What was signed is as it was.
    assert "Went well." in added.words
    assert [fact.of for fact in await journal(house)] == [None, writing.note_id(visit)]


async def test_an_addition_needs_words_and_a_reason_and_is_kept_as_typed(house: House) -> None:
    visit = await keep(house, eventful())

    async with reading(house, "therapist") as therapist:
        await sends(therapist, visit, {**await draft(therapist, visit), ASSESSMENT: "Done."}, "sign")
        wrong = await therapist.sends(f"/sessions/{visit}/note/amend", {"addition": "Left out.", "reason": " "})
        fields = {"id": "a", "addition": "Left out.", "reason": "Forgot"}
        await therapist.sends(f"/sessions/{visit}/note/amend", fields)
        twice = await therapist.sends(f"/sessions/{visit}/note/amend", fields)

    assert wrong.status == 422
    assert "Write why. A few words do." in wrong.words
    assert ">Left out.</textarea>" in wrong.body
    assert twice.words.count("Why: Forgot") == 1


async def signed_visit(house: House) -> str:
    visit = await keep(house, eventful())
    async with reading(house, "therapist") as therapist:
        await sends(therapist, visit, {**await draft(therapist, visit), ASSESSMENT: "Done."}, "sign")
    return visit


async def test_an_addition_is_kept_until_it_is_signed_and_is_nobodys_record_before(house: House) -> None:
    visit = await signed_visit(house)
    path = f"/sessions/{visit}/note/amend"

    async with reading(house, "therapist") as therapist:
        kept = await therapist.sends(path, {"id": "a", "revision": "0", "addition": "Half a word", "do": "save"})
        later = await therapist.opens(f"/sessions/{visit}/note")
        facts, states = await journal(house), await export_states(house, visit)
        desk = await therapist.opens("/desk")
        wrong = await therapist.sends(path, {"id": "b", "revision": "1", "addition": "A whole one", "do": "sign"})
        fields = {"id": "c", "revision": "1", "addition": "A whole one", "reason": "Forgot", "do": "sign"}
        signed = await therapist.sends(path, fields)
        twice = await therapist.sends(path, fields)

    assert "Stored as a draft." in kept.words
    assert ">Half a word</textarea>" in later.body
    # What is only stored needs no reason yet, and the browser asks for none.
    assert 'value="save" formnovalidate>' in later.body
    assert later.value("revision") == "1"
    assert len(facts) == 1, "nothing is signed but the note"
    assert sorted(states) == ["draft", "signed"]
    assert f"/sessions/{visit}/note" in desk.body
    assert wrong.status == 422
    assert "A whole one" in signed.words
    assert "Half a word" not in signed.words
    assert signed.value("revision") == "0"
    assert twice.words.count("Why: Forgot") == 1
    assert await export_states(house, visit) == ["signed", "signed"]


async def test_who_writes_the_same_addition_second_is_told_and_nothing_is_lost(house: House) -> None:
    visit = await signed_visit(house)
    path = f"/sessions/{visit}/note/amend"

    async with reading(house, "therapist") as one, reading(house, "therapist") as other:
        await one.sends(path, {"id": "a", "revision": "0", "addition": "From the one", "do": "save"})
        told = await other.sends(path, {"id": "b", "revision": "0", "addition": "From the other", "do": "save"})
        nothing = await one.opens(f"/sessions/{visit}/note")
        over = await other.sends(
            path, {"id": "c", "revision": told.value("revision"), "addition": "Both", "do": "save"}
        )
        late = await one.sends(
            path, {"id": "d", "revision": "1", "addition": "From the one", "reason": "Forgot", "do": "sign"}
        )

    assert told.status == 409
    assert ">From the other</textarea>" in told.body
    assert "From the one" in told.words
    assert ">From the one</textarea>" in nothing.body
    assert "Stored as a draft." in over.words
    assert late.status == 409
    assert "Both" in late.words
    assert sorted(await export_states(house, visit)) == ["draft", "signed"]


async def test_an_addition_that_was_begun_can_be_thrown_away(house: House) -> None:
    visit = await signed_visit(house)

    async with reading(house, "therapist") as therapist:
        await therapist.sends(
            f"/sessions/{visit}/note/amend", {"id": "a", "revision": "0", "addition": "Half a word", "do": "save"}
        )
        stays = await therapist.sends(f"/sessions/{visit}/note/discard", {"revision": "7"})
        gone = await therapist.sends(f"/sessions/{visit}/note/discard", {"revision": "1"})

    assert "Half a word" in stays.words
    assert "Half a word" not in gone.words
    assert "Done." in gone.words


async def test_withholding_needs_a_reason_and_can_be_taken_back(house: House) -> None:
    visit = await keep(house, eventful())

    async with reading(house, "therapist") as therapist:
        await sends(therapist, visit, {**await draft(therapist, visit), ASSESSMENT: "Done."}, "sign")
        path = f"/sessions/{visit}/note/withhold"
        empty = await therapist.sends(path, {"do": "withhold", "why": ""})
        withheld = await therapist.sends(path, {"do": "withhold", "why": "Tells of somebody else."})
        added = {"id": "b", "addition": "More.", "reason": "Later"}
        await therapist.sends(f"/sessions/{visit}/note/amend", added)
        states = await export_states(house, visit)
        shown = await therapist.sends(path, {"do": "show"})

    assert empty.status == 422
    assert "Tells of somebody else." in withheld.words
    # What is added to it is left out with it.
    assert states == ["withheld", "withheld"]
    assert "Tells of somebody else." not in shown.words
    assert await export_states(house, visit) == ["signed", "signed"]
    assert [type(fact).__name__ for fact in await journal(house)] == [
        "NoteSigned",
        "NoteWithheld",
        "NoteSigned",
        "NoteShown",
    ]


async def export_states(house: House, visit: str) -> list[str]:
    async with house.app[wiring.STORE].reader() as tx:
        return [one.state for one in await documents.of_session(tx, house.cast.clinic, visit)]


async def test_erasing_a_person_takes_what_was_never_signed_and_leaves_what_was(house: House) -> None:
    visit, second = await keep(house, eventful()), await keep(house, lately())
    async with reading(house, "therapist") as therapist:
        await sends(therapist, visit, {**await draft(therapist, visit), PLAN: "Signed."}, "sign")
        await sends(therapist, second, {**await draft(therapist, second), PLAN: "Begun."}, "save")

    async with house.app[wiring.STORE].write() as tx:
        await erase(tx, house.cast.clinic, house.cast.patient, now_ms=house.clock.now_ms())

    assert await stored(house, visit) is not None
    assert await stored(house, second) is None


async def test_the_desk_is_told_what_waits_to_be_signed(house: House) -> None:
    held = lately()
    visit = await keep(house, held)
    await house.clock.advance(held.now_ms + MINUTE_MS - house.clock.now_ms())

    async def waits() -> list[tuple[str, bool]]:
        found = await unsigned(house.app, house.cast.clinic, house.cast.therapist)
        return [(one.session_id, one.begun) for one in found if one.session_id == visit]

    assert await waits() == [(visit, False)]
    async with reading(house, "therapist") as therapist:
        await sends(therapist, visit, {**await draft(therapist, visit), PLAN: "Begun."}, "save")
        assert await waits() == [(visit, True)]
        # A draft waits however long ago the visit was; whoever has the patient no longer is not asked.
        await house.clock.advance(ASKED_FOR_MS + MINUTE_MS)
        assert await waits() == [(visit, True)]
        await sends(therapist, visit, await draft(therapist, visit), "sign")
    assert await waits() == []
