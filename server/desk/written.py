"""What a journal says to the desk: messages that nobody has read, and answers that ask for a conversation."""

from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from exercises.saying import say, say_many
from server.days import day_at
from sessions.journal import JournalConcern, JournalState
from sessions.people import Role

#: Concerns that come with an answered measure (`sessions.measures`); they wait for no clock, and suspend nothing.
OF_MEASURES: Final = ("measure_mood", "measure_pain")


class Line(Struct, frozen=True):
    """A line of the desk: `path` continues the patient's own address."""

    since_ms: int
    reason: str
    more: str
    path: str
    label: str
    is_message: bool


def lines(journal: JournalState, *, now_ms: int, zone: str) -> Iterator[Line]:
    """The oldest first: it has waited the longest."""
    for entry in journal.concerns:
        if isinstance(entry.event, JournalConcern) and entry.event.rule in OF_MEASURES:
            yield Line(
                since_ms=entry.at,
                reason=entry.event.say,
                more=say(". Talk about it when you meet, or write."),
                path="/questions",
                label="Look",
                is_message=False,
            )
    unread = journal.unread_by(Role.THERAPIST)
    if unread:
        yield Line(
            since_ms=unread[0].at,
            reason=say_many(
                "Message {since}",
                "{count} messages {since}",
                count=len(unread),
                since=since_words(unread[0].at, now_ms=now_ms, zone=zone),
            ),
            more=say(", not read yet."),
            path="/messages#latest",
            label="Read",
            is_message=True,
        )


def since_words(at_ms: int, *, now_ms: int, zone: str) -> str:
    """By the days of the clinic, not by 24 hours: what came last evening is from yesterday."""
    days = (day_at(now_ms, zone) - day_at(at_ms, zone)).days
    if days <= 0:
        return say("today")
    return say("since yesterday") if days == 1 else say("for {days} days", days=days)
