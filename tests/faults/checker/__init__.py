"""Reads what clients wrote down and what the database holds, and says where the two do not agree.

It is a program of its own: it imports nothing of `server`, `sessions` or `exercises`, nor of the other tests, so that
a mistake of theirs cannot hide itself here. What it knows of the formats stands in docs/explanation/faults.md.
"""
