"""A clinic's own words in two languages, side by side: each written, read, approved and retired by itself."""

import html
import re
from typing import Any

from msgspec import structs

from server import wiring
from server.db import approvals
from tests.live.house import BREATHING, INTERNAL, House
from tests.pages.homework import prescribe
from tests.pages.prescribing import library_with
from tests.pages.reader import Read, Reader, reading
from tests.pages.test_adapting import OURS, decided, filled, kept, path, told

NUESTRAS = "Deja una mano sobre el vientre y permite que pese."


async def kept_in_spanish(house: House, who: Reader, slug: str = BREATHING, **changed: str) -> Read:
    page = await who.opens(f"{path(house, slug)}/adapt?language=es")
    return await who.sends(f"{path(house, slug)}/adapt", {**filled(page), "s0_say": NUESTRAS, **changed, "do": "keep"})


async def taken_along(house: House) -> Any:
    """What the phone of somebody who reads Spanish takes along."""
    spoken = {"Accept-Language": "es"}
    async with house.browsing("patient") as http, http.get("/practice/bundle.json", headers=spoken) as answer:
        assert answer.status == 200
        return await answer.json()


async def both(house: House, who: Reader) -> tuple[Read, Read]:
    """An English and a Spanish wording, both approved."""
    english = await decided(who, await kept(house, who, s0_seconds="77"), "approve")
    return english, await decided(who, await kept_in_spanish(house, who), "approve")


def said(page: Read, name: str = "s0_say") -> str:
    found = re.search(rf'<textarea[^>]*name="{name}"[^>]*>([^<]*)</textarea>', page.body)
    assert found is not None
    return html.unescape(found[1])


async def test_each_reader_is_told_the_words_of_their_own_language(spanish: House):
    async with reading(spanish, "therapist") as therapist:
        await both(spanish, therapist)

    english, spoken = await told(spanish), await told(spanish, language="es")
    assert english["steps"][0]["words"]["say"] == OURS
    assert "language" not in english
    assert spoken["steps"][0]["words"]["say"] == NUESTRAS
    assert (spoken["language"], spoken["draft"]) == ("es", False)
    assert spoken["review"] == {"status": "approved", "by_clinic": True}
    # Rooms speak of the English number, and both breathe at one pace.
    assert spoken["version"] == english["version"] == 2_001
    assert spoken["steps"][0]["seconds"] == english["steps"][0]["seconds"] == 77


async def test_spanish_words_alone_change_nothing_of_the_english_ones(spanish: House):
    async with reading(spanish, "therapist") as therapist:
        page = await decided(therapist, await kept_in_spanish(spanish, therapist), "approve")
        async with spanish.app[wiring.STORE].reader() as tx:
            standing = set(await approvals.approvals_of(tx, spanish.cast.clinic))
        english, spoken = await told(spanish), await told(spanish, language="es")
        await decided(therapist, await therapist.opens(page.path.split("#")[0]), "retire")

    assert page.path.split("#")[0].endswith("/own/2001")
    assert standing == {(BREATHING, 2_001)}
    assert english["version"] == spoken["version"] == 2
    assert english["review"]["by_clinic"] is False
    assert english["steps"][0]["words"]["say"] != OURS
    assert spoken["steps"][0]["words"]["say"] == NUESTRAS
    after = await told(spanish, language="es")
    assert after["steps"][0]["words"]["say"] != NUESTRAS
    assert after["draft"] is True, "the library's translation again, which says what it is"


async def test_approving_and_retiring_in_one_language_leaves_the_other_alone(spanish: House):
    async with reading(spanish, "therapist") as therapist:
        english, page = await both(spanish, therapist)
        second = await decided(therapist, await kept_in_spanish(spanish, therapist, title="Otra vez"), "approve")
        first = await therapist.opens(page.path.split("#")[0])
        still = await therapist.opens(english.path.split("#")[0])
        listed = await therapist.opens(path(spanish))
        library = await therapist.opens("/library")
        await decided(therapist, still, "retire")

    assert "Retired" in first.words
    assert "Approved for this clinic" in second.words
    assert "Approved for this clinic" in still.words
    for version in ("Version 2.1, English", "Version 2.2, Español", "Version 2.3, Español"):
        assert version in listed.words
    assert "In your own words, version 2.1, English" in library.words
    assert "In your own words, version 2.3, Español" in library.words
    assert (await told(spanish))["version"] == 2
    spoken = await told(spanish, language="es")
    assert (spoken["title"], spoken["steps"][0]["words"]["say"]) == ("Otra vez", NUESTRAS)


async def test_each_language_has_a_draft_of_its_own(spanish: House):
    async with reading(spanish, "therapist") as therapist:
        await kept(spanish, therapist)
        await kept_in_spanish(spanish, therapist)
        english = await therapist.opens(f"{path(spanish)}/adapt")
        spoken = await therapist.opens(f"{path(spanish)}/adapt?language=es")
        by_version = await therapist.opens(f"{path(spanish)}/adapt?from=2002")
        unknown = await therapist.opens(f"{path(spanish)}/adapt?language=tlh")

    assert said(english) == said(unknown) == OURS
    assert said(spoken) == said(by_version) == NUESTRAS


async def test_whoever_reads_spanish_begins_from_the_spanish_words(spanish: House):
    async with reading(spanish, "therapist") as therapist:
        await therapist.sends("/language", {"language": "es"})
        page = await therapist.opens(f"{path(spanish)}/adapt")
        english = await therapist.opens(f"{path(spanish)}/adapt?language=en")

    assert said(page, "title") == "Respirar con el vientre suelto"
    assert 'name="s0_seconds"' not in page.body, "the pace is that of the English words"
    assert said(english, "title") == "Soft belly breathing"
    assert 'name="s0_seconds"' in english.body


async def test_a_form_from_before_there_was_a_choice_is_english(spanish: House):
    async with reading(spanish, "therapist") as therapist:
        await therapist.sends("/language", {"language": "es"})
        form = filled(await therapist.opens(f"{path(spanish)}/adapt?language=en"))
        form.pop("language")
        await therapist.sends(f"{path(spanish)}/adapt", {**form, "s0_say": OURS, "do": "keep"})

    own = spanish.app[wiring.OWN_LIBRARY].version(spanish.cast.clinic, BREATHING, 2_001)
    assert own is not None
    assert own.language == "en"


async def test_spanish_words_are_looked_at_as_spanish(spanish: House):
    async with reading(spanish, "therapist") as therapist:
        form = filled(await therapist.opens(f"{path(spanish)}/adapt?language=es"))
        looked = [
            await therapist.sends(f"{path(spanish)}/adapt", {**form, "s0_say": words, "do": "look"})
            for words in ("Aprieta tu {floor}.", "Suelta el {floor}.", "Suelta tu {floor}.")
        ]

    assert "works against letting go" in looked[0].words
    assert "“tu” goes with every word." in looked[1].words
    assert ">suelo pélvico<" in looked[2].body
    assert "Nothing here stands against keeping it" in looked[2].words


async def test_an_offered_spanish_draft_is_told_in_visits_and_is_no_unread_translation(spanish: House):
    await prescribe(spanish)
    async with reading(spanish, "therapist") as therapist:
        page = await decided(therapist, await kept_in_spanish(spanish, therapist), "offer")

    assert "Draft, offered in visits" in page.words
    spoken = await told(spanish, language="es")
    assert (spoken["steps"][0]["words"]["say"], spoken["draft"]) == (NUESTRAS, False)
    assert spoken["review"] == {"status": "draft", "by_clinic": False}
    at_home = (await taken_along(spanish))["library"]["exercises"][BREATHING]
    assert at_home["steps"][0]["words"]["say"] != NUESTRAS
    assert at_home["draft"] is True


async def test_at_home_a_spanish_reader_has_the_spanish_words(spanish: House):
    await prescribe(spanish)
    async with reading(spanish, "therapist") as therapist:
        await decided(therapist, await kept_in_spanish(spanish, therapist), "approve")
    bundle = await taken_along(spanish)
    async with reading(spanish, "patient") as patient:
        await patient.sends("/language", {"language": "es"})
        read = await patient.opens("/today/k3")

    told_here = bundle["library"]["exercises"][BREATHING]
    assert (told_here["steps"][0]["words"]["say"], told_here["draft"]) == (NUESTRAS, False)
    assert told_here["version"] == bundle["exercises"][BREATHING]["version"] == 2
    assert NUESTRAS in read.words
    assert "no clinician who speaks the language" not in read.words


async def test_steps_inside_are_told_in_spanish_once_somebody_has_approved_the_words(spanish: House):
    async with reading(spanish, "therapist") as therapist:
        begun = await therapist.opens(f"{path(spanish, INTERNAL)}/adapt?language=es")
        page = await kept_in_spanish(spanish, therapist, INTERNAL)
        refused = await decided(therapist, page, "offer")
        before = await told(spanish, slug=INTERNAL, language="es")
        await decided(therapist, page, "approve")

    assert "so that you begin from its English words" in begun.words
    assert "Offer it in visits" not in page.words
    assert refused.status == 422
    assert "once somebody has approved the words" in refused.words
    assert "language" not in before
    after = await told(spanish, slug=INTERNAL, language="es")
    assert (after["language"], after["steps"][0]["words"]["say"]) == ("es", NUESTRAS)


async def test_both_are_told_after_a_restart_and_neither_once_the_library_moved_on(spanish: House):
    async with reading(spanish, "therapist") as therapist:
        await both(spanish, therapist)
    await spanish.restart()
    assert (await told(spanish))["steps"][0]["words"]["say"] == OURS
    assert (await told(spanish, language="es"))["steps"][0]["words"]["say"] == NUESTRAS

    base = spanish.app[wiring.LIBRARY].exercises[BREATHING]
    library_with(spanish, soft_belly_breathing=structs.replace(base, version=3))
    await spanish.app[wiring.OWN_LIBRARY].read(spanish.app[wiring.STORE], spanish.cast.clinic)

    assert (await told(spanish))["version"] == 3
    assert (await told(spanish, language="es"))["steps"][0]["words"]["say"] != NUESTRAS
