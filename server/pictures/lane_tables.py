"""The lanes of a session as tables: the same spans, window and order as the drawing, in words."""

from collections.abc import Callable, Iterable, Mapping

from msgspec import Struct

from exercises.saying import say
from server.pictures.lane_shapes import Note, Window
from server.pictures.lanes import SHORT, breaths_a_minute, who
from sessions.people import Role
from sessions.telling import breath_words, heart_words
from sessions.timeline import Span, Timeline

Clock = Callable[[int], str]


class LaneRow(Struct, frozen=True):
    """`until` is empty for what happened at an instant."""

    from_: str
    until: str
    what: str


class LaneTable(Struct, frozen=True):
    name: str
    title: str
    rows: tuple[LaneRow, ...]


_COMFORT = {"settled": say("settled"), "uneasy": say("uneasy"), "dizzy": say("dizzy")}


def lane_tables(
    line: Timeline, names: Mapping[Role, str], clock: Clock, *, window: Window, comments: Iterable[Note] = ()
) -> list[LaneTable]:
    """One for each lane, those with nothing in this window left out."""
    state = line.state
    checkins = [entry for entry in line.checkins if entry.at_ms <= line.until_ms and window.has(entry.at_ms)]

    def spans(of: Iterable[tuple[Span, str]]) -> tuple[LaneRow, ...]:
        return tuple(LaneRow(clock(span.from_ms), clock(span.until_ms), what) for span, what in of if window.cuts(span))

    def points(of: Iterable[tuple[int, str]]) -> tuple[LaneRow, ...]:
        return tuple(LaneRow(clock(at_ms), "", what) for at_ms, what in of if window.has(at_ms))

    broken: list[tuple[Span, str]] = [
        *((span, say("pause by {who}", who=who(span.by, names))) for span in line.pauses),
        *((span, say("stop by {who}", who=who(span.by, names))) for span in line.stops),
    ]
    said = [(one.at, say("{who}: “{words}”", who=who(one.by, names), words=one.text)) for one in state.messages]
    said += [(note.at, say("note: {words}", words=note.text)) for note in state.notes]
    made = [
        LaneTable(
            "steps",
            say("Steps"),
            spans(
                (
                    step,
                    say("{exercise}, step {step}, inside", exercise=activity.title, step=step.step + 1)
                    if step.internal
                    else say("{exercise}, step {step}", exercise=activity.title, step=step.step + 1),
                )
                for activity in line.activities
                for step in activity.steps
            ),
        ),
        LaneTable(
            "breath",
            say("Breath"),
            spans(
                (
                    span,
                    say(
                        "{many} a minute: {breath}",
                        many=breaths_a_minute(span.pattern),
                        breath=breath_words(span.pattern),
                    ),
                )
                for span in line.pace
            ),
        ),
        LaneTable("comfort", say("Comfort"), spans((span, _COMFORT[span.level]) for span in line.comfort)),
        LaneTable(
            "heart",
            say("Heart"),
            points(
                (minute.at, heart_words(minute.swing_tenths, minute.rate, minute.breaths)[0]) for minute in state.heart
            ),
        ),
        LaneTable("broken", say("Pause, stop"), spans(sorted(broken, key=lambda one: one[0].from_ms))),
        LaneTable(
            "line",
            say("Connection"),
            spans((span, say("{who} away", who=who(span.role, names))) for span in line.absences),
        ),
        LaneTable(
            "ratings",
            say("Ratings"),
            points(
                (entry.at_ms, say("{what} {value}", what=SHORT[name], value=value))
                for entry in checkins
                for name, value in entry.ratings
            ),
        ),
        LaneTable("said", say("Said, noted"), points(sorted(said, key=lambda one: one[0]))),
        LaneTable("comments", say("Comments"), points((note.at_ms, note.who) for note in comments)),
    ]
    return [table for table in made if table.rows]
