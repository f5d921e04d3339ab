"""Backups: records and key ring, each into a file of its own, and back again."""
