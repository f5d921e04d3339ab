"""Several nodes on one PostgreSQL: how they hear of each other. On SQLite there is one, and nobody to hear of."""
