"""Which concerns of a journal come with an answered measure: they have a line of their own on the desk."""

from typing import Final

#: By their rule (`sessions.measures`). They wait for no clock, and suspend nothing.
OF_MEASURES: Final = ("measure_mood", "measure_pain")
