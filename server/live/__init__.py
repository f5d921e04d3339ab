"""The live part: one socket per tab, one room per session, and every message between them."""
