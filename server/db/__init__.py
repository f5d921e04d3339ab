"""Where things are kept: engine, tables, ledger, vault, key ring, store. No rule of a session lives here."""
