"""What outlives a session: the care ledger, the journal, and what follows from them."""
