"""The note of a session: drafted, edited by two, signed. Without JavaScript, on a real database."""

import asyncio
import re

import msgspec
import pytest

from server import wiring
from server.db.vault import KeyKind
from server.notes import writing
from server.pages.forms import Form
from server.pages.note_form import note_from
from sessions.notes import Note
from tests.conftest import BOTH
from tests.live.house import House
from tests.pages.noting import ASSESSMENT, PLAN, draft, draft_of, journal, sends, stored, typed
from tests.pages.reader import reading
from tests.pages.records import MINUTE_MS, eventful, keep
from tests.sessions.at_home import AtHome


async def test_it_is_drafted_from_the_record_and_leaves_the_thinking_to_the_therapist(house: House) -> None:
    visit = await keep(house, eventful())

    async with reading(house, "therapist") as therapist:
        page = await therapist.opens(f"/sessions/{visit}/note")

    fields = typed(page)
    assert page.status == 200
    assert "Said of today:" in fields["text_0"]
    assert "Wrote: “I am back”" in fields["text_0"]
    assert "Felt uneasy from minute" in fields["text_0"]
    objective = fields["text_1"]
    assert "Two (15 mm)" in objective
    assert "Stop by the patient in minute" in objective
    assert "Paused by the therapist in minute" in objective
    assert "pain at its most 5." in objective
    assert "The patient was away from minute" in objective
    assert "Breath: 6.0 a minute (4 in, 6 out)." in objective or "Breath: 6 a minute (4 in, 6 out)." in objective
    assert "Asked 5 times. Yes: 4, Not today: 1." in objective
    assert "Shoulders high at first." in objective
    # What was struck out is not told, nor what stood before it was corrected.
    assert "pain at its most 7" not in objective
    assert (fields[ASSESSMENT], fields[PLAN]) == ("", "")
    by_computer = fields["text_4"]
    assert "A visit by computer." in by_computer
    assert "Consent to a visit by computer: given." in by_computer
    assert "Identity: confirmed." in by_computer
    assert "Place of the patient: given at arrival" in by_computer
    assert "Dune Road" not in page.body
    assert await stored(house, visit) is None


async def test_every_line_of_the_record_leads_to_its_moment(house: House) -> None:
    visit = await keep(house, eventful())

    async with reading(house, "therapist") as therapist:
        page = await therapist.opens(f"/sessions/{visit}/note")
        review = await therapist.opens(f"/sessions/{visit}/review")

    moments = set(re.findall(rf'href="/sessions/{visit}/review#m-(\d+)"', page.body))
    assert len(moments) > 10
    assert moments <= set(re.findall(r'<li id="m-(\d+)"', review.body))


@pytest.mark.parametrize("premises", BOTH, indirect=True)
async def test_it_is_stored_signed_and_locked(house: House) -> None:
    visit = await keep(house, eventful())

    async with reading(house, "therapist") as therapist:
        fields = await draft(therapist, visit)
        saved = await sends(therapist, visit, {**fields, ASSESSMENT: "Guarding eased with the longer breath."}, "save")
        again = await draft(therapist, visit)
        signed = await sends(therapist, visit, {**again, PLAN: "Same size next week."}, "sign")
        after = await therapist.opens(f"/sessions/{visit}/note")

    assert (saved.status, again["revision"]) == (200, "1")
    assert again[ASSESSMENT] == "Guarding eased with the longer breath."
    assert signed.status == 200
    assert "Signed by Therapist" in after.words
    assert "Guarding eased with the longer breath." in after.words
    assert "<textarea" in after.body
    assert f'name="{PLAN}"' not in after.body
    document = await stored(house, visit)
    assert document is not None
    assert (document.state, document.author_id, document.revision) == ("signed", house.cast.therapist, 2)
    # The journal says what was signed, by its fingerprint, and how far the record had been read.
    fact = (await journal(house))[-1]
    assert (fact.document, fact.sha256) == (document.id, writing.sha256_of(document))
    assert (fact.session, fact.as_of_seq) == (visit, int(again["as_of"]))


async def test_notes_of_the_visit_are_struck_when_it_is_signed_and_nobody_is_shown_them(house: House) -> None:
    visit = await keep(house, eventful())

    async with reading(house, "therapist") as therapist:
        fields = await draft(therapist, visit)
        await sends(therapist, visit, {**fields, "text_1": "Breathing settled."}, "sign")
        review = await therapist.opens(f"/sessions/{visit}/review")
        ledger = await therapist.opens(f"/sessions/{visit}/ledger.json")
        note = await therapist.opens(f"/sessions/{visit}/note")

    assert "struck since" in review.words
    assert not [page.path for page in (review, ledger, note) if "Shoulders high" in page.body]
    # Striking is our own doing: it is no news for the note.
    assert "Came after it was signed" not in note.words


async def test_of_two_who_edit_the_second_is_told_and_has_both(house: House) -> None:
    visit = await keep(house, eventful())

    async with reading(house, "therapist") as first, reading(house, "therapist") as second:
        fields = await draft(first, visit)
        mine = await draft(second, visit)
        await sends(first, visit, {**fields, ASSESSMENT: "First thoughts."}, "save")
        told = await sends(second, visit, {**mine, ASSESSMENT: "Second thoughts."}, "save")
        kept = await stored(house, visit)
        both = await sends(second, visit, typed(told), "both")
        done = await sends(second, visit, typed(both), "save")

    assert told.status == 409
    assert "somebody else changed this note" in told.words
    assert typed(told)[ASSESSMENT] == "Second thoughts."
    assert "First thoughts." in told.words
    assert kept is not None
    assert (writing.written(kept) or Note(())).sections[2].text == "First thoughts."
    assert typed(both)[ASSESSMENT] == "Second thoughts.\n\nFirst thoughts."
    assert done.status == 200
    assert (await draft_of(house, visit)).sections[2].text == "Second thoughts.\n\nFirst thoughts."


@pytest.mark.parametrize("premises", BOTH, indirect=True)
async def test_of_many_who_store_and_sign_at_once_one_version_stands_and_is_signed_once(house: House) -> None:
    visit = await keep(house, eventful())

    async with reading(house, "therapist") as therapist:
        fields = await draft(therapist, visit)
        answers = await asyncio.gather(
            *(sends(therapist, visit, {**fields, PLAN: f"Plan {n}"}, "sign" if n % 2 else "save") for n in range(6))
        )
        after = await therapist.opens(f"/sessions/{visit}/note")

    assert sorted({answer.status for answer in answers}) == [200, 409]
    assert sum(answer.status == 200 for answer in answers) == 1
    facts = await journal(house)
    signed = "Signed by" in after.words
    assert len(facts) == (1 if signed else 0)


async def test_a_draft_is_thrown_away_unless_it_was_changed_since(house: House) -> None:
    visit = await keep(house, eventful())

    async with reading(house, "therapist") as therapist:
        await sends(therapist, visit, {**await draft(therapist, visit), PLAN: "One."}, "save")
        await sends(therapist, visit, {**await draft(therapist, visit), PLAN: "Two."}, "save")
        await therapist.sends(f"/sessions/{visit}/note/discard", {"revision": "1"})
        stays = await stored(house, visit)
        await therapist.sends(f"/sessions/{visit}/note/discard", {"revision": "2"})

    assert stays is not None
    assert await stored(house, visit) is None


async def test_nothing_is_signed_empty_and_too_much_is_said_beside_its_field(house: House) -> None:
    visit = await keep(house, eventful())

    async with reading(house, "therapist") as therapist:
        fields = await draft(therapist, visit)
        blank = {name: "" if name.startswith("text_") else value for name, value in fields.items()}
        empty = await sends(therapist, visit, blank, "sign")
        long = await sends(therapist, visit, {**fields, PLAN: "x" * 8001}, "save")
        nonsense = await sends(therapist, visit, {"revision": "many", "as_of": "-1", "text_9": "\x00"}, "save")

    assert empty.status == 422
    assert "Write something before you sign." in empty.words
    assert long.status == 422
    assert "8000 are the most that fit here." in long.words
    assert "x" * 8001 in long.body
    assert nonsense.status in (200, 409, 422)


async def test_a_patient_erased_while_it_is_open_on_screen(house: House) -> None:
    visit = await keep(house, eventful())

    async with reading(house, "therapist") as therapist:
        fields = {**await draft(therapist, visit), PLAN: "Next week."}
        await sends(therapist, visit, fields, "save")
        for kind in (KeyKind.PERSONAL, KeyKind.CARE):
            await house.app[wiring.KEYRING].destroy(house.cast.clinic, house.cast.patient, kind)
        answers = [
            await sends(therapist, visit, {**fields, "revision": "1"}, "save"),
            await sends(therapist, visit, {**fields, "revision": "1"}, "sign"),
            await therapist.opens(f"/sessions/{visit}/note"),
        ]

    assert [answer.status for answer in answers] == [410, 410, 410]
    assert not [answer for answer in answers if "Next week." in answer.body]


async def test_only_the_therapist_of_the_session_comes_near_it(house: House) -> None:
    visit = await keep(house, eventful())

    for who in ("patient", "support", "owner", "stranger", "colleague", "other_patient"):
        async with reading(house, who) as reader:
            assert (await reader.opens(f"/sessions/{visit}/note")).status == 404, who
            assert (await sends(reader, visit, {"text_0": "x"}, "sign")).status == 404, who
    assert await stored(house, visit) is None


async def test_a_visit_that_runs_has_no_note_yet(house: House) -> None:
    async with reading(house, "therapist") as therapist:
        page = await therapist.opens(f"/sessions/{house.cast.visit}/note")
        sent = await sends(therapist, house.cast.visit, {"text_0": "x", "title_0": "Subjective"}, "sign")

    assert "The note comes after the end" in page.words
    assert sent.status == 404


async def test_a_practice_at_home_has_a_note_too(house: House) -> None:
    at_home = AtHome()
    at_home.screens()
    at_home.runs("calm")
    at_home.tick(4 * MINUTE_MS)
    at_home.asks("practice.end")
    visit = await keep(house, at_home)

    async with reading(house, "therapist") as therapist:
        fields = await draft(therapist, visit)

    assert "Practised at home with the phone" in fields["text_4"]
    assert "Consent to a visit" not in fields["text_4"]


def test_a_note_survives_its_form_word_for_word() -> None:
    form = Form({"title_0": ["Plan"], "text_0": ["Two\r\nlines, and 日本語"], "label_0": ["Unit"], "billing_0": ["15"]})

    note = note_from(form)

    assert (note.sections[0].text, note.billing[0].text) == ("Two\nlines, and 日本語", "15")
    assert msgspec.json.decode(msgspec.json.encode(note), type=Note) == note
