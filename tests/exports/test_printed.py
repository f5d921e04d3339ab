"""What is printed: names in every script, what no font has, and pages that another program reads."""

import io
from typing import Any

import pytest
from pypdf import PdfReader

from server.exports import fonts, typeset
from server.languages import Languages
from tests.exports.taking import copy, send
from tests.live.house import House
from tests.pages.records import eventful, keep

LANGUAGES = Languages(["es"])
ENGLISH = LANGUAGES.get("en")


def letter(**more: Any) -> dict[str, Any]:
    return {"title": "Letter", "clinic": "Harbour Clinic", **more}


def text_of(data: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages)


@pytest.mark.parametrize(
    "name",
    [
        "Zoë Ångström",
        "Ελένη",
        "Владимир",
        "عائشة",
        "שרה",
        "प्रिया",
        "প্রিয়া",
        "பிரியா",
        "ప్రియ",
        "สมหญิง",
        "ນາງ",
        "សុខា",
        "အောင်",
        "ሰላም",
        "美香",
        "김민지",
        "さくら",
    ],
)
def test_a_name_in_each_of_these_scripts_is_printed_as_it_is(name: str) -> None:
    # The profile for readers of screens refuses a document in which a single sign has no glyph.
    made = typeset.pdf("letter", letter(recipient=[name]), language=ENGLISH, standards=("ua-1",))

    assert made.missing_glyphs == []
    assert made.data.startswith(b"%PDF-")


def test_signs_that_no_font_has_are_listed_and_never_boxes() -> None:
    made = typeset.pdf("letter", letter(recipient=["Dr ქეთი", "Robin 😀"]), language=ENGLISH, standards=("ua-1",))

    assert made.missing_glyphs[0] == "ქ U+10E5 GEORGIAN LETTER KHAR"
    words = text_of(made.data)
    assert "Dr […]" in words
    assert "[grinning face]" in words
    assert "GEORGIAN LETTER KHAR" in " ".join(words.split())


def test_what_people_write_is_never_read_as_markup() -> None:
    said = '#panic("x") *bold* _slant_ $x$ @ref <label> = Heading \\ "quote" //'

    made = typeset.pdf("letter", letter(paragraphs=[said]), language=ENGLISH)

    assert " ".join(said.split()) in " ".join(text_of(made.data).split())


def test_200_characters_without_a_space_stay_on_the_page() -> None:
    made = typeset.pdf("letter", letter(recipient=["m" * 200], facts=[["w" * 200, "i" * 200]]), language=ENGLISH)

    assert len(PdfReader(io.BytesIO(made.data)).pages) >= 1


@pytest.mark.parametrize("points", [0, 1, 5000])
def test_a_picture_of_no_point_of_one_and_of_5000(points: int) -> None:
    chart = {
        "caption": "Pain",
        "told": "as it was",
        "points": [{"x": number / max(points - 1, 1), "y": number % 11} for number in range(points)],
    }

    made = typeset.pdf("letter", letter(charts=[chart]), language=ENGLISH, standards=("ua-1",))

    assert len(PdfReader(io.BytesIO(made.data)).pages) == 1


async def test_a_printed_session_says_what_the_record_says(house: House) -> None:
    visit = await keep(house, eventful())

    reader = PdfReader(io.BytesIO((await send(house, "therapist", f"/sessions/{visit}/export", {"form": "pdf"})).body))
    words = " ".join("\n".join(page.extract_text() for page in reader.pages).split())

    assert "Stopped early, Two (15 mm), 2 min, pain at its most 5." in words
    assert "Stop by Patient" in words
    assert "A check-in that was struck out." in words
    assert "Shoulders high at first." not in words
    assert reader.metadata is not None
    assert reader.metadata.title is not None


async def test_a_printed_record_of_nobody_is_a_page(house: House) -> None:
    _, taken = await copy(house, "patient", "/export")

    reader = PdfReader(io.BytesIO(taken.archive.read("record.pdf")))

    assert len(reader.pages) == 1
    assert "Record" in reader.pages[0].extract_text()


def test_the_language_decides_how_a_sign_of_several_languages_is_drawn() -> None:
    assert fonts.families("ja").index("Noto Sans JP") < fonts.families("ja").index("Noto Sans SC")
    assert fonts.families("en").index("Noto Sans SC") < fonts.families("en").index("Noto Sans JP")
    assert fonts.families("es")[0] == "Noto Sans"
