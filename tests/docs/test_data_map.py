"""The map of what Ebb holds names every table, and says of every sealed column under which key it lies."""

import re
from pathlib import Path

from server.db.schema import METADATA

PAGE = Path("docs/explanation/data-map.md").read_text("utf-8")
ROWS = {
    cells[0].strip(" `"): cells[1:]
    for line in PAGE.splitlines()
    if line.startswith("| `") and len(cells := line.strip("|").split("|")) == 5
}


def test_every_table_is_on_the_map_and_none_that_is_gone():
    assert set(ROWS) == {table.name for table in METADATA.tables.values()}


def test_a_table_with_sealed_columns_says_which_key_and_one_without_says_so():
    for table in METADATA.tables.values():
        sealed = [column.name for column in table.columns if column.name.endswith("_enc") or column.name == "sealed"]
        said = ROWS[table.name][1].strip()
        names_a_key = re.search(r"\b(care|personal|staff|phone)\b", said) is not None
        assert names_a_key == bool(sealed), f"{table.name} has {sealed}, and the map says: {said}"
        assert names_a_key or said == "–"


def test_every_table_says_how_long():
    assert all(cells[3].strip() for cells in ROWS.values())
