"""What a page says, and what a refusal says, can be translated: in the pseudo-locale nothing is left in English."""

from pathlib import Path

import pytest

from exercises.saying import joined, kept, lowered, say, say_many, unstopped
from server.languages import COOKIE, ENGLISH, PSEUDO, Languages, speaking, told
from tests.languages.everything import Walk, look
from tests.languages.reading import direction, left_in_english
from tests.live.house import House
from tests.pages import walls
from tools.catalogues import sentences

#: What is opened and is no page: data, files, sockets.
NO_PAGES = {
    "/healthz",
    "/readyz",
    "/sw.js",
    "/static/{version}/{name}",
    "/live/{session}",
    "/i/{token}",
    "/check/bytes",
}


@pytest.fixture(scope="module")
def pseudo() -> Languages:
    return Languages(["es", PSEUDO])


@pytest.mark.thorough
@pytest.mark.timeout(400)
async def test_nothing_is_left_in_english(tmp_path: Path):
    walks = await look(tmp_path)

    found = {(line.route, line.line) for walk in walks for line in walk.found}
    assert sorted(found) == []
    assert {route for walk in walks for route in walk.left_to_right} == set()
    assert _unopened(walks) == set()


def _unopened(walks: list[Walk]) -> set[str]:
    """Routes of the table that showed nobody a page: then nothing was proved of them."""
    opened = {route for walk in walks for route in walk.opened}
    pages = {
        route for route, whom in walls.READS.items() if not route.endswith((".json", ".ics")) and 200 in whom.values()
    }
    return pages - opened - NO_PAGES


async def test_a_page_without_the_cookie_is_english_and_from_left_to_right(tmp_path: Path):
    house = House(tmp_path, languages=f"es {PSEUDO}")
    await house.open()
    try:
        await house.settle_in()
        async with house.browsing("patient") as http, http.get("/today", headers={"Accept": "text/html"}) as answer:
            body = await answer.text()
    finally:
        await house.close()

    assert direction(body) == "ltr"
    assert "⟦" not in body
    assert "Something wrong" in body


async def test_the_room_refuses_in_the_language_that_it_was_opened_in(tmp_path: Path):
    house = House(tmp_path, languages=f"es {PSEUDO}")
    await house.open()
    try:
        await house.settle_in()
        cookie = f"{house.cast.tokens['patient']}; {COOKIE}={PSEUDO}"
        patient, therapist = await house.come("patient", cookie=cookie), await house.come("therapist")
        # Nobody has arrived, so there is nothing to admit anybody to, and for a patient it is not theirs to do.
        refused = [await one.ask("visit.admit") for one in (patient, therapist)]
    finally:
        await house.close()

    assert [one.code for one in refused] == ["not_allowed", "not_now"]
    assert refused[0].message.startswith("⟦")
    assert refused[1].message == "The patient has not confirmed the arrival check yet."


def test_what_the_reader_of_pages_finds():
    page = """<html dir="rtl"><title>⟦Tódáy⟧</title><p>⟦Gó tó <a href="/x">thé róóm</a>⟧</p>
        <p>Left here</p><img alt="A picture"><p>⟦By the patient⟧</p><p>Robin, 12</p><script>var english</script>"""
    assert left_in_english(page, known=["Robin"]) == ["Left here", "⟦By the patient⟧", "A picture"]


def test_what_comes_out_of_a_record_is_found_by_its_pattern(pseudo: Languages):
    stored = kept("Told in the visit: {say}", say=kept("Pain {pain} of 10 in a check-in.", pain=7))
    assert type(stored) is str
    with speaking(pseudo.get(PSEUDO)):
        assert told(stored) == "⟦Tóld ín thé vísít: ⟦Páín 7 óf 10 ín á chéck-ín.⟧⟧"
    assert told(stored) == "Told in the visit: Pain 7 of 10 in a check-in."


def test_parts_of_a_sentence_are_looked_up_each(pseudo: Languages):
    words = joined([say("alone"), lowered("An infection"), unstopped("Heavy bleeding in a check-in.")])
    assert words == "alone, an infection, Heavy bleeding in a check-in"
    with speaking(pseudo.get(PSEUDO)):
        assert told(words) == "⟦álóné⟧, ⟦Án ínféctíón⟧, ⟦Héávy bléédíng ín á chéck-ín.⟧"


def test_a_number_chooses_the_form_of_a_sentence(pseudo: Languages):
    assert say_many("{count} size", "{count} sizes", count=1) == "1 size"
    with speaking(pseudo.get(PSEUDO)):
        assert told(say_many("{count} size", "{count} sizes", count=2)) == "⟦2 sízés⟧"


def test_a_module_gives_its_sentences_and_what_is_kept(tmp_path: Path):
    module = tmp_path / "one.py"
    module.write_text(
        '"""Documentation is not shown."""\n'
        'A = "A sentence."\nB = say("a label")\nC = kept("Pain {n}", n=1)\n'
        'D = say_many("{count} day", "{count} days", count=2)\nE = "an-id"\n'
    )
    assert sorted(sentences(module), key=str) == [
        (2, "A sentence.", False),
        (3, "a label", False),
        (4, "Pain {n}", True),
        (5, ("{count} day", "{count} days"), False),
    ]


def test_the_catalogue_marks_what_is_kept(pseudo: Languages):
    assert "Pain {pain} of 10 in a check-in." in pseudo.get(PSEUDO).kept
    assert pseudo.get(ENGLISH).kept == ()
