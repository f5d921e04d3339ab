"""Telling somebody outside of Ebb, without a word of what about."""
