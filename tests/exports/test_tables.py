"""The tables of a copy: cells that are harmless, and a reference that tells each column."""

from pathlib import Path

import pytest

from server.exports.columns import TABLES
from server.exports.tables import Sheet, cell, moment

REFERENCE = Path(__file__).parents[2] / "docs" / "reference" / "csv.md"


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\r=1", "\n=1", "＝1"])
def test_a_text_that_a_spreadsheet_would_reckon_with_is_a_text(text: str) -> None:
    assert cell(text) == f"'{text}"


def test_numbers_and_ordinary_texts_stay_as_they_are() -> None:
    assert [cell(value) for value in (-3, 2.5, 20.0, 0, "a=b", "–", True, False, None)] == [
        "-3",
        "2.5",
        "20",
        "0",
        "a=b",
        "–",
        "yes",
        "",
        "",
    ]


def test_a_row_is_quoted_where_it_has_to_be() -> None:
    sheet = Sheet("thoughts")

    row = sheet.row({"at": moment(0), "situation": 'She said "no", twice\nand left'})

    assert row == b'1970-01-01T00:00:00.000Z,"She said ""no"", twice\nand left",,,,,,\r\n'
    assert sheet.head().startswith("\ufeffat,situation,".encode())


@pytest.mark.parametrize("name", TABLES)
def test_the_reference_tells_every_column_of(name: str) -> None:
    page = REFERENCE.read_text("utf-8")
    part = page.partition(f"## {name}.csv\n")[2].partition("\n## ")[0]

    told = [line for line in part.splitlines() if line.startswith("| `")]

    assert told == [f"| `{column.name}` | {column.is_} |" for column in TABLES[name]]
