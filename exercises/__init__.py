"""Exercises as data: scripts, breathing patterns, ladders, and what a script may not contain."""
