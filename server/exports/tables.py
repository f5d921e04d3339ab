"""The rows of the tables of a copy.

Times are ISO 8601 in UTC with milliseconds; lengths in time are milliseconds or whole minutes, as the column says;
ratings are 0 to 10. An answer that was not given is an empty cell, never 0.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from server.care.beside import besides
from server.db.documents import Document
from server.exports.columns import ANSWERS, TABLES
from server.exports.gather import Reader, Record, Sitting
from server.exports.papers import parts_of
from sessions import care as c
from sessions import journal as j
from sessions.timeline import Attempt

#: What a spreadsheet takes for a formula, where it stands first in a cell. Source: OWASP, "CSV injection".
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


class Sheet:
    """One table as it is written, line by line."""

    def __init__(self, name: str) -> None:
        self.columns = tuple(column.name for column in TABLES[name])

    def head(self) -> bytes:
        # The mark at the beginning is what spreadsheets know UTF-8 by.
        return "\ufeff".encode() + _line(self.columns)

    def row(self, values: Mapping[str, Any]) -> bytes:
        unknown = set(values) - set(self.columns)
        assert not unknown, f"no such column: {unknown}"
        return _line([cell(values.get(name)) for name in self.columns])


def cell(value: Any) -> str:
    """As it stands in a table. A text that a program would take for a formula begins with an apostrophe."""
    match value:
        case None | False:
            return ""
        case True:
            return "yes"
        case float():
            return f"{value:g}"
        case int():
            return str(value)
        case _:
            text = str(value)
            return f"'{text}" if text.startswith(_FORMULA) else text


def moment(at_ms: int | None) -> str | None:
    if at_ms is None:
        return None
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def of_sitting(sitting: Sitting, names: Mapping[str, str]) -> Iterable[tuple[str, dict[str, Any]]]:
    """The rows that one session adds, each with the table that it belongs to."""
    line, state, session = sitting.line, sitting.line.state, sitting.session.id
    yield (
        "sessions",
        {
            "session": session,
            "kind": sitting.session.kind,
            "due_at": moment(state.due_ms),
            "opened_at": moment(state.opened_at),
            "ended_at": moment(state.ended_at),
            "end_reason": state.end_reason,
            "minutes": None if state.opened_at is None else round(line.length_ms / 60_000),
            "programme": state.programme,
            "exercises": len(line.activities),
            "breaths": sum(span.breaths for span in line.pace),
            "pauses": len(line.pauses),
            "stops": len(line.stops),
            "checkins": sum(entry.stands is not None for entry in line.checkins),
        },
    )
    for activity in line.activities:
        rung = activity.rung
        yield (
            "exercises",
            {
                "session": session,
                "exercise": activity.exercise,
                "title": activity.title,
                "from_at": moment(activity.from_ms),
                "until_at": moment(activity.until_ms),
                "length_ms": activity.length_ms,
                "steps_shown": len({step.step for step in activity.steps}),
                "steps": activity.script_steps,
                "rung": None if rung is None else rung.label,
                "diameter_mm": None if rung is None else rung.diameter_mm,
                "length_mm": None if rung is None else rung.length_mm,
                "ended": activity.ended,
            },
        )
    told = {one.seq: one for one in line.moments}
    for recorded in sitting.lines:
        one = told.get(recorded.seq)
        if one is not None:
            yield (
                "moments",
                {
                    "session": session,
                    "seq": one.seq,
                    "at": moment(one.at_ms),
                    "by": str(recorded.role),
                    "words": one.words,
                    "more": one.more,
                },
            )
    for span in line.pace:
        pattern = {name: getattr(span.pattern, name) for name in span.pattern.__struct_fields__}
        yield (
            "pace",
            {
                "session": session,
                "from_at": moment(span.from_ms),
                "until_at": moment(span.until_ms),
                "breaths": span.breaths,
                **pattern,
            },
        )
    for entry in line.checkins:
        yield "checkins", _checkin(session, entry)
    for minute in state.heart:
        yield (
            "heart",
            {
                "session": session,
                "at": moment(minute.at),
                "swing": minute.swing_tenths / 10,
                "rate": minute.rate,
                "breaths": minute.breaths,
            },
        )
    for message in state.messages:
        yield (
            "messages",
            {
                "session": session,
                "at": moment(message.at),
                "by": str(message.by),
                "name": names.get(message.person),
                "text": message.text,
            },
        )
    for note in sitting.notes:
        yield from of_paper(note, names)


def of_record(record: Record) -> Iterable[tuple[str, dict[str, Any]]]:
    """The rows of what is not of one session."""
    names = record.whose.names
    for seen in record.seen:
        is_own = seen.person_id == record.whose.patient.id
        yield (
            "seen_by",
            {"at": moment(seen.at_ms), "name": names.get(seen.person_id or ""), "what": seen.what, "own": is_own},
        )
    for entry in record.journal.entries:
        if not entry.struck:
            yield from _journal(entry, names)
    for one in besides(record.journal):
        yield (
            "beside",
            {"kind": one.kind, "name": one.name, "from_day": one.on, "until_day": one.until, "note": one.note},
        )
    for line in record.history:
        if record.whose.reader is Reader.PATIENT and isinstance(line.event, c.CareDecided):
            # What was suggested to a therapist, and why they did or did not, is not told to patients.
            continue
        yield (
            "care",
            {
                "seq": line.seq,
                "at": moment(line.at_ms),
                "by": str(line.role),
                "name": names.get(line.person_id or ""),
                "what": line.event.__struct_config__.tag,
                "words": care_words(line.event, record.whose.reader),
            },
        )
        if isinstance(line.event, c.CareProgrammeSet):
            for item in line.event.programme.items:
                yield (
                    "programme",
                    {
                        "version": line.event.programme.version,
                        "from_at": moment(line.event.programme.valid_from_ms),
                        "item": item.id,
                        "exercise": item.exercise,
                        "times_a_week": item.times_a_week,
                        "minutes": item.minutes,
                        "rung": item.rung,
                        "note": item.note,
                    },
                )
    for paper in record.papers:
        yield from of_paper(paper, names)


def of_paper(paper: Document, names: Mapping[str, str]) -> Iterable[tuple[str, dict[str, Any]]]:
    for part in parts_of(paper):
        yield (
            "documents",
            {
                "document": paper.id,
                "kind": paper.kind,
                "session": paper.session_id,
                "amends": paper.of_id,
                "author": names.get(paper.author_id),
                "signed_at": moment(paper.signed_ms),
                "state": paper.state,
                "part": part.title,
                "text": part.text,
            },
        )


def care_words(event: c.CareEvent, reader: Reader) -> str:
    """What was written with a change of care. What therapists wrote for each other is not in a patient's own copy."""
    own = reader is Reader.PATIENT
    match event:
        case c.CareOpened(suspension=suspension) | c.CareSuspended(suspension=suspension):
            return suspension.say if own else f"{suspension.say} ({suspension.reason})"
        case c.CareCleared(clearance=clearance):
            return clearance.examined if own else "; ".join(filter(None, (clearance.examined, clearance.reason)))
        case c.CareArranged(rung=rung, reason=reason):
            return "; ".join(filter(None, (rung, None if own else reason)))
        case c.CareDecided(reason=reason) | c.CareProgrammeSet(reason=reason) | c.CareHandedOver(reason=reason):
            return "" if own else reason
        case c.CareIntakeTaken(intake=intake):
            return "; ".join(intake.goals)
        case _:
            return ""


def _checkin(session: str, entry: Attempt) -> dict[str, Any]:
    row: dict[str, Any] = {
        "session": session,
        "seq": entry.seq,
        "at": moment(entry.at_ms),
        "heard": entry.heard,
        "corrected_at": moment(entry.corrected_ms),
        "struck_out": entry.stands is None,
        "kind": entry.first.__struct_config__.tag,
        "private": entry.private,
    }
    if entry.stands is None:
        return row
    if entry.rung is not None:
        row |= {"rung": entry.rung.label, "diameter_mm": entry.rung.diameter_mm, "length_mm": entry.rung.length_mm}
    answers = {name: getattr(entry.stands, name, None) for name in ANSWERS}
    return {**row, "outcome": entry.stands.outcome, **answers}


def _journal(entry: j.Entry, names: Mapping[str, str]) -> Iterable[tuple[str, dict[str, Any]]]:
    at, by = moment(entry.at), str(entry.by)
    match entry.event:
        case j.Said(text=text):
            yield "messages", {"at": at, "by": by, "name": names.get(entry.person), "text": text}
        case j.MeasureTaken(measure=measure):
            common = {"at": at, "on": measure.on, "by": by, "measure": measure.measure}
            for item, value in measure.answers.items():
                yield "measures", {**common, "item": item, "label": measure.labels.get(item), "value": value}
            if measure.total is not None:
                yield (
                    "measures",
                    {**common, "item": "total", "label": measure.labels.get("name"), "value": measure.total},
                )
        case j.ThoughtWritten(thought=thought):
            yield "thoughts", {"at": at, **{name: getattr(thought, name) for name in thought.__struct_fields__}}
        case j.SituationListed(situation=situation, expected=expected):
            yield "situations", {"at": at, "what": "listed", "situation": situation, "fear_expected": expected}
        case j.SituationMet(answers=answers):
            met = {name: getattr(answers, name) for name in ("situation", "outcome", "fear_expected", "fear_peak")}
            yield "situations", {"at": at, "what": "met", **met, "fear_end": answers.fear_end, "note": answers.note}
        case _:
            pass


def _line(cells: Sequence[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow(cells)
    return text.getvalue().encode()
