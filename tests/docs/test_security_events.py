"""Every security event has its line in the reference, and no line tells of one that is gone."""

import re
from pathlib import Path

from server.security import Event

PAGE = Path("docs/reference/security-events.md").read_text("utf-8")


def test_the_page_names_each_event_once():
    assert sorted(re.findall(r"^\| `([a-z_.]+)` \|", PAGE, re.MULTILINE)) == sorted(Event)
