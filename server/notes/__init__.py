"""Notes of sessions: drafted from the ledger, edited, signed, amended."""
