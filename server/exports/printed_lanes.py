"""The lanes of a session as they are printed: drawn in stretches that fit a sheet, each line of them in a table too."""

from itertools import pairwise
from math import ceil
from typing import Any, Final

from msgspec import structs

from exercises.saying import say, say_many
from server.exports.gather import Sitting, Whose
from server.exports.papers import comment_of
from server.pictures.lane_shapes import Note, Window
from server.pictures.lane_tables import LaneTable, lane_tables
from server.pictures.lanes import duration, lanes
from sessions.people import Role
from sessions.timeline import Timeline

#: What one drawing of a sheet's width shows: more is a smear.
_STRETCH_MS: Final = 45 * 60_000
_LINES: Final = 500
_STRETCHES_MOST: Final = 12
#: Of all lanes together; nobody reads further, and a sheet takes as much memory as it has lines.
_ROWS_MOST: Final = 1_000

Data = dict[str, Any]


def drawn_lanes(sitting: Sitting, whose: Whose) -> Data:
    """For the template `session`; without a drawing where nobody opened it."""
    line = _without_notes(sitting.line)
    names = _called(line, whose)
    comments = _comments(sitting, whose)
    windows = _stretches(line)
    tables, left_out = _cut(
        lane_tables(
            line,
            names,
            lambda at_ms: _clock(at_ms, line),
            window=Window(line.from_ms, line.until_ms),
            comments=comments,
        )
        if windows
        else []
    )
    return {
        "title": say("How it went over time"),
        "note": say("Minutes count from the opening. The tables below the drawing say the same in words."),
        "drawings": [
            {
                "picture": lanes(line, names, window=window, comments=comments),
                "told": say(
                    "The lanes from {start} to {end}. The tables below say the same in words.",
                    start=_clock(window.from_ms, line),
                    end=_clock(window.until_ms, line),
                ),
            }
            for window in windows
        ],
        "head": [say("From"), say("To"), say("What")],
        "tables": [
            {"title": table.title, "rows": [[row.from_, row.until or "–", row.what] for row in table.rows]}
            for table in tables
        ],
        "left_out": say_many(
            "{count} line more is in the tables of a copy (CSV).",
            "{count} lines more are in the tables of a copy (CSV).",
            count=left_out,
        )
        if left_out
        else "",
    }


def _stretches(line: Timeline) -> list[Window]:
    """Equally long ones, one after the other."""
    if line.state.opened_at is None or line.length_ms <= 0:
        return []
    many = min(max(ceil(line.length_ms / _STRETCH_MS), ceil(len(line.moments) / _LINES)), _STRETCHES_MOST)
    ends = [line.from_ms + line.length_ms * number // many for number in range(many + 1)]
    return [Window(from_ms, until_ms) for from_ms, until_ms in pairwise(ends)]


def _cut(tables: list[LaneTable]) -> tuple[list[LaneTable], int]:
    """As many rows as a sheet has room for, from each lane alike; and how many are left out."""
    most = _ROWS_MOST // max(len(tables), 1)
    room = most + max(0, _ROWS_MOST - sum(min(len(table.rows), most) for table in tables) - most)
    cut = [structs.replace(table, rows=table.rows[:room]) for table in tables]
    return cut, sum(len(table.rows) for table in tables) - sum(len(table.rows) for table in cut)


def _without_notes(line: Timeline) -> Timeline:
    """What a therapist scribbles during a visit is in nobody's copy."""
    return structs.replace(line, state=structs.replace(line.state, notes=()))


def _comments(sitting: Sitting, whose: Whose) -> list[Note]:
    at = {moment.seq: moment.at_ms for moment in sitting.line.moments}
    return [
        Note(at[seq], whose.names.get(one.author_id, "–"))
        for one in sitting.comments
        if (seq := comment_of(one).seq) in at
    ]


def _called(line: Timeline, whose: Whose) -> dict[Role, str]:
    return {role: whose.names[person] for person, role in line.state.people.items() if person in whose.names}


def _clock(at_ms: int, line: Timeline) -> str:
    since_ms = at_ms - line.from_ms
    return duration(since_ms) if since_ms >= 0 else f"−{duration(-since_ms)}"
