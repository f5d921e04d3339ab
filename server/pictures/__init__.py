"""Geometry that templates draw: timelines, courses, positions. Each has its table or its words beside it."""
