"""The chart of cost against load: each of its numbers is in the picture and in the table beside it."""

from xml.etree import ElementTree as ET

from tools.load_chart import BEGIN, END, PAGE, PICTURE, picture, table

COST_US = {50: 151.2, 200: 148.9, 800: 163.4, 2_000: 188.8}
FIGURE = {
    "details": {
        "cpu_us": {str(rooms): us for rooms, us in COST_US.items()},
        "batch": {"50": 25.0, "200": 99.0, "800": 197.0, "2000": 198.0},
    }
}


def test_the_picture_has_every_number_and_words_for_who_does_not_see_it():
    drawn = ET.fromstring(picture(COST_US, 1.25))  # noqa: S314 - it was made a moment ago, here
    names = {element.tag.rpartition("}")[2]: element for element in drawn.iter()}
    texts = [element.text or "" for element in drawn.iter() if element.tag.endswith("text")]

    assert {"151", "149", "163", "189", "50", "200", "800", "2,000"} <= set(texts)
    assert "2,000 rooms 189 µs" in (names["desc"].text or "")
    assert "prefers-color-scheme: dark" in (names["style"].text or "")


def test_the_table_says_the_same():
    lines = table(FIGURE).splitlines()

    assert lines[2] == "| 50 | 151 µs | 1.02 × | 25 |"
    assert lines[-1] == "| 2,000 | 189 µs | 1.27 × | 198 |"


def test_the_page_has_the_place_for_both():
    page = PAGE.read_text("utf-8")

    assert page.count(BEGIN) == page.count(END) == 1
    assert f"../img/{PICTURE.name}" in page
