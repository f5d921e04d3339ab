"""The whole schema: every table, whichever module it stands in."""

from typing import Final

from server.db import home_tables, ledger_tables, node_tables, tables, trust_tables
from server.db.columns import Row

MODULES: Final = (tables, home_tables, ledger_tables, trust_tables, node_tables)
METADATA: Final = Row.metadata
