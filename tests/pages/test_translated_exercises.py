"""Exercises in the language of whoever reads: translated where they are, in English where nobody has read them."""

from typing import Any

from exercises.wording import Wording
from server import wiring
from server.db import approvals
from sessions.care import SetWording
from sessions.people import Actor, Role
from tests.live.house import BREATHING, INTERNAL, House
from tests.pages.homework import prescribe
from tests.pages.reader import Read, reading

TITLE = "Respirar con el vientre suelto"


async def opened(house: House, path: str, *, language: str = "es") -> Read:
    async with reading(house, "patient") as patient:
        await patient.sends("/language", {"language": language})
        return await patient.opens(path)


def said(house: House, sentence: str) -> str:
    """The sentence as the catalogue has it today, translated or not yet."""
    return str(house.app[wiring.LANGUAGES].get("es").translations.gettext(sentence))


async def library(house: House, who: str, path: str, *, language: str = "es") -> dict[str, Any]:
    async with house.browsing(who) as http, http.get(path, headers={"Accept-Language": language}) as answer:
        assert answer.status == 200
        told: dict[str, Any] = await answer.json()
        return told


async def test_a_room_is_given_the_translation_and_that_it_is_a_draft(spanish: House):
    told = await library(spanish, "patient", "/library/now.json")
    breathing, inside = told["exercises"][BREATHING], told["exercises"][INTERNAL]

    assert (breathing["title"], breathing["language"], breathing["draft"]) == (TITLE, "es", True)
    assert breathing["why"].startswith("Tu suelo pélvico viaja")
    assert told["places"]["tailbone"] == "coxis"
    assert "language" not in inside, "nobody has approved a translation of it"
    assert told["presets"][0]["name"] == "Inicio suave"


async def test_english_readers_of_the_same_house_get_english(spanish: House):
    told = await library(spanish, "patient", "/library/now.json", language="en")

    assert "language" not in told["exercises"][BREATHING]
    assert told["places"]["tailbone"] == "tailbone"


async def test_ones_own_word_stands_in_both(spanish: House):
    actor = Actor(id=spanish.cast.patient, role=Role.PATIENT)
    own = SetWording(Wording(own={"floor": "hamaca"}))
    await spanish.app[wiring.CARE].change(spanish.cast.clinic, spanish.cast.patient, own, actor=actor)

    for language, words in (("es", "Tu hamaca viaja"), ("en", "Your hamaca travels")):
        told = await library(spanish, "patient", "/library/now.json", language=language)
        assert told["exercises"][BREATHING]["why"].startswith(words)


async def test_what_the_clinic_approved_were_the_english_words(spanish: House):
    exercise = spanish.app[wiring.LIBRARY].get(BREATHING)
    assert exercise is not None
    async with spanish.app[wiring.STORE].write() as tx:
        await approvals.approve(
            tx, spanish.cast.clinic, BREATHING, exercise.version, person_id=spanish.cast.therapist, now_ms=0
        )
    path = f"/sessions/{spanish.cast.visit}/library/now.json"

    for language, by_clinic in (("en", True), ("es", False)):
        told = await library(spanish, "therapist", path, language=language)
        assert told["exercises"][BREATHING]["review"]["by_clinic"] is by_clinic


async def test_the_programme_is_named_and_read_in_spanish_and_says_that_it_is_a_draft(spanish: House):
    await prescribe(spanish)
    today, read = await opened(spanish, "/today"), await opened(spanish, "/today/k3")

    assert TITLE in today.words
    assert f"<h1>{TITLE}</h1>" in read.body
    assert "Deja que el aire llegue abajo." in read.words
    assert said(
        spanish, "This is a translation, and a draft: no clinician who speaks the language has read it yet."
    ) in (read.words)


async def test_work_inside_the_body_stands_in_english_and_says_so(spanish: House):
    await prescribe(spanish)
    read = await opened(spanish, "/today/m7")

    assert '<h1 lang="en">' in read.body
    assert '<p class="ebb-lead" lang="en">' in read.body
    assert said(spanish, "This exercise stands here in English: no clinician has read a translation of it yet.") in (
        read.words
    )


async def test_what_one_hears_is_told_in_spanish(spanish: House):
    page, english = await opened(spanish, "/myths"), await opened(spanish, "/myths", language="en")

    assert "Solo tengo que relajarme." in page.words
    assert "I just have to relax." in english.words


async def test_ones_words_are_shown_with_the_spanish_ones(spanish: House):
    page = await opened(spanish, "/words")

    assert 'data-plain="suelo pélvico"' in page.body
    assert 'data-clinical="introito"' in page.body
