"""Everything that does I/O: database, live rooms, pages. Imports `sessions` and `exercises`, never back."""
