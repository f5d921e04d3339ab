"""What somebody likes to be called, and what their body is called: by themselves, or as their therapist heard it."""

import re

import pytest

from exercises.wording import PLACES, Wording, places_in
from server import wiring
from server.pages import words
from tests.live.house import House
from tests.pages.reader import Fields, Read, reading

HARD = {
    "markup": "<script>alert(1)</script>",
    "a quote": '" onfocus="alert(1)',
    "braces": "{vagina} {{ 7 * 7 }}",
    "Arabic": "زهرة",
    "Hebrew": "פרח",
    "emoji": "🌺👩🏽‍🦰",
    "combining": "fl̈o̧wẽr",
    "200 characters": "w" * 200,
}


def typed(**fields: str) -> Fields:
    return {"tone": "plain", "address": "", **{f"own_{place}": "" for place in PLACES}, **fields}


async def stored(house: House) -> Wording:
    return (await house.app[wiring.CARE].state(house.cast.clinic, house.cast.patient)).wording


def sentences(page: Read) -> list[str]:
    """What each word becomes, without a script."""
    found = re.findall(r'<p class="ebb-words__becomes">(.*?)</p>', page.body, re.DOTALL)
    return [Read(200, "", sentence).words for sentence in found]


def test_every_place_of_a_script_has_a_field_and_a_sentence_of_its_own():
    assert set(words._PLACES) == set(PLACES)
    assert all(places_in(sentence) == {place} for place, (_, sentence) in words._PLACES.items())


async def test_a_patient_keeps_their_words_and_reads_what_they_become(house: House):
    async with reading(house, "patient") as patient:
        page = await patient.opens("/words")
        kept = await patient.sends("/words", typed(tone="clinical", address="Ro", own_floor="hammock"))

    assert "As air comes in, your pelvic floor widens and sinks." in sentences(page)
    assert kept.path == "/words?said=kept"
    assert "As air comes in, your hammock widens and sinks." in sentences(kept)
    assert "Rest a hand on the vulva , if you like." in sentences(kept)
    assert await stored(house) == Wording(tone="clinical", address="Ro", own={"floor": "hammock"})


async def test_everything_can_be_emptied_again(house: House):
    async with reading(house, "patient") as patient:
        await patient.sends("/words", typed(tone="clinical", address="Ro", own_floor="hammock"))
        await patient.sends("/words", typed())

    assert await stored(house) == Wording()


async def test_the_therapist_writes_them_as_heard_and_the_page_says_who_did(house: House):
    path = f"/patients/{house.cast.patient}/words"
    async with reading(house, "therapist") as therapist, reading(house, "patient") as patient:
        assert "Nobody has set any yet." in (await therapist.opens(path)).words
        heard = await therapist.sends(path, typed(own_floor="hammock"))
        theirs = await patient.opens("/words")
        about = await therapist.opens(f"/patients/{house.cast.patient}")

    assert heard.path == f"{path}?said=kept"
    assert "Last set by Therapist ," in heard.words
    assert theirs.value("own_floor") == "hammock"
    assert "1 of their own" in about.words


@pytest.mark.parametrize("word", HARD.values(), ids=HARD)
async def test_any_word_stands_on_both_pages_as_the_text_that_it_is(house: House, word: str):
    async with reading(house, "patient") as patient, reading(house, "therapist") as therapist:
        kept = await patient.sends("/words", typed(address=word, own_floor=word))
        heard = await therapist.opens(f"/patients/{house.cast.patient}/words")
        about = await therapist.opens(f"/patients/{house.cast.patient}")
        room = await therapist.opens(f"/sessions/{house.cast.visit}")

    for page in (kept, heard):
        assert page.value("own_floor") == page.value("address") == word
        assert any(word in sentence for sentence in sentences(page))
    assert f"Likes to be called {word} ." in about.words
    assert word in room.words
    for page in (kept, heard, about, room):
        assert "<script>alert" not in page.body
        assert 'onfocus="alert' not in page.body


async def test_what_is_too_long_or_chosen_from_nowhere_is_said_and_kept_as_typed(house: House):
    async with reading(house, "patient") as patient:
        page = await patient.sends("/words", typed(tone="loud", own_floor="w" * 201, own_vulva="petals"))

    assert page.status == 422
    assert "That is 201 characters. 200 are the most that fit here." in page.words
    assert "Choose one of the two." in page.words
    assert page.value("own_floor") == "w" * 201
    assert page.value("own_vulva") == "petals"
    assert await stored(house) == Wording()


async def test_their_name_for_themselves_is_in_their_room_and_in_their_therapists(house: House):
    async with reading(house, "patient") as patient, reading(house, "therapist") as therapist:
        await patient.sends("/words", typed(address="Ro"))
        room = await therapist.opens(f"/sessions/{house.cast.visit}")
        record = await therapist.opens(f"/patients/{house.cast.patient}")

    assert "likes to be called Ro" in room.words
    assert 'placeholder="To Ro"' in room.body
    assert '<h1 class="ebb-bar__title">Patient</h1>' in room.body
    assert "Likes to be called Ro ." in record.words


async def test_a_patient_finds_the_page_and_a_support_person_does_not(house: House):
    async with reading(house, "patient") as patient, reading(house, "support") as support:
        for path in ("/today", "/account"):
            assert 'href="/words"' in (await patient.opens(path)).body
            assert 'href="/words"' not in (await support.opens(path)).body
        assert (await support.opens("/words")).status == 404


async def test_the_address_of_a_rooms_library_changes_with_the_words_and_holds_none(house: House):
    async with reading(house, "patient") as patient, reading(house, "therapist") as therapist:
        addresses = []
        for word in ("", "hammock"):
            await patient.sends("/words", typed(own_floor=word))
            page = await therapist.opens(f"/sessions/{house.cast.visit}")
            addresses.append(re.findall(r'data-library="([^"]+)"', page.body)[0])
        async with house.browsing("therapist") as http:
            now, before = [await http.get(address) for address in reversed(addresses)]

    assert addresses[0] != addresses[1]
    assert all(re.fullmatch(r"/sessions/[0-9a-f]{32}/library/[0-9a-f]{20}\.json", address) for address in addresses)
    assert now.headers["Cache-Control"] == "private, max-age=31536000, immutable"
    assert before.headers["Cache-Control"] == "private, no-cache"
