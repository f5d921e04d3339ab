"""What the printed pages of a record say: a session, and the record as a whole, as data for the typesetter."""

from collections.abc import Iterable
from typing import Any, Final

from msgspec import Struct, field

from exercises.saying import joined, say, say_many
from server import dates
from server.care.beside import besides
from server.care.programmes import rung_words as size_words
from server.care.programmes import times_words
from server.days import day_at, moment_at
from server.db import documents
from server.db.documents import Document
from server.exports.gather import Reader, Record, Sitting, Whose
from server.exports.papers import comment_of, parts_of, title_of
from server.exports.printed_lanes import drawn_lanes
from server.languages import told
from server.pictures.lanes import duration
from sessions import journal as j
from sessions import measures
from sessions.care import CareProgrammeSet
from sessions.checkins import worst_pain
from sessions.intake import CONDITIONS, TRIED
from sessions.people import Role
from sessions.telling import breath_words, checkin_words, rung_words
from sessions.timeline import ActivitySpan, Attempt

Data = dict[str, Any]

_KINDS: Final = {"visit": say("Visit"), "practice": say("Home practice")}
_ENDED: Final = {
    "finished": "",
    "stopped": say("ended by Stop"),
    "ended": say("ended with the session"),
    None: say("still runs"),
}
#: Lines of one list: a sheet takes as much memory as it has lines, and this is 60 pages of them.
_LINES_MOST: Final = 2_000
#: More points than this are a smear on paper; the tables hold all of them.
_POINTS_MOST: Final = 400


class Course(Struct):
    """What the printed record needs of each session, gathered as they go by: a few numbers a session."""

    sessions: list[tuple[str, str, str, str]] = field(default_factory=list)
    pain: list[tuple[int, int]] = field(default_factory=list)

    def add(self, sitting: Sitting, whose: Whose) -> None:
        line = sitting.line
        self.sessions.append(
            (
                _day(line.from_ms, whose.zone),
                told(_KINDS[sitting.session.kind]),
                told(_minutes(sitting)),
                ", ".join(told(activity.title) for activity in line.activities),
            )
        )
        for entry in line.checkins:
            pain = None if entry.stands is None else worst_pain(entry.stands)
            if pain is not None:
                self.pain.append((entry.at_ms, pain))


def session_title(sitting: Sitting, zone: str) -> str:
    return say(
        "{kind}, {day}",
        kind=_KINDS[sitting.session.kind],
        day=dates.weekday_and_date(moment_at(sitting.line.from_ms, zone)),
    )


def session(sitting: Sitting, whose: Whose) -> Data:
    """For the template `session`."""
    line, state, zone = sitting.line, sitting.line.state, whose.zone
    own = whose.reader is Reader.PATIENT
    facts: list[tuple[str, str]] = [
        (say("For"), whose.name),
        (say("Planned for"), _moment(state.due_ms, zone)),
    ]
    if state.opened_at is not None:
        facts.append((say("Opened"), _moment(state.opened_at, zone)))
    if state.ended_at is not None:
        facts.append((say("Ended"), _moment(state.ended_at, zone)))
    facts.append((say("Length"), _minutes(sitting)))
    present = [
        name for person, role in state.people.items() if role is Role.THERAPIST and (name := whose.names.get(person))
    ]
    if present:
        facts.append((say("Therapist"), joined(present)))
    if line.suspensions and not own:
        facts.append((say("Internal work"), joined((span.reason for span in line.suspensions), by="; ")))
    return {
        "title": session_title(sitting, zone),
        "clinic": whose.clinic,
        "footer": whose.name,
        "facts": facts,
        "exercises": {
            "title": say("What was done"),
            "head": [say("Exercise"), say("From"), say("Length"), say("Steps"), say("Size"), say("Breath")],
            "rows": [_activity(activity, sitting, zone) for activity in line.activities],
        },
        "lanes": drawn_lanes(sitting, whose),
        "checkins": {
            "title": say("Check-ins"),
            "entries": _cut([_checkin(entry, zone) for entry in line.checkins]),
        },
        "chart": _ratings(line.checkins, zone),
        "concerns": {
            "title": say("Concerns"),
            "entries": [] if own else [{"time": _clock(one.at, zone), "words": one.say} for one in state.concerns],
        },
        "messages": {
            "title": say("Messages"),
            "entries": _cut(
                [
                    {
                        "time": _clock(message.at, zone),
                        "title": whose.names.get(message.person, str(message.by)),
                        "words": message.text,
                    }
                    for message in state.messages
                ]
            ),
        },
        "papers": [_paper(note, whose) for note in sitting.notes],
        "comments": {"title": say("Comments"), "entries": _comments(sitting, whose)},
        "moments": {
            "title": say("In order"),
            "entries": _cut(_moments(sitting, zone)),
        },
    }


def _cut(entries: list[Data]) -> list[Data]:
    """The first of them; a list that is longer says where the others are."""
    left_out = len(entries) - _LINES_MOST
    if left_out <= 0:
        return entries
    words = say_many(
        "{count} line more is in the tables of a copy (CSV).",
        "{count} lines more are in the tables of a copy (CSV).",
        count=left_out,
    )
    return [*entries[:_LINES_MOST], {"time": "…", "words": words}]


def record(record: Record, course: Course, *, made_ms: int) -> Data:
    """For the template `record`."""
    whose, care, zone = record.whose, record.care, record.whose.zone
    own = whose.reader is Reader.PATIENT
    facts: list[tuple[str, str]] = [
        (say("For"), whose.name),
        (say("Here since"), dates.whole_date(day_at(whose.patient.created_ms, zone))),
        (say("This copy was made"), _moment(made_ms, zone)),
    ]
    if whose.therapists:
        facts.append((say("Therapist"), joined(person.name or "–" for person in whose.therapists)))
    if care.suspended is not None:
        words = care.suspended.say if own else joined([care.suspended.say, care.suspended.reason], by=" ")
        facts.append((say("Internal work"), words))
    intake = care.intake
    if intake is not None:
        facts += [(say("Goals"), joined(intake.goals, by="; "))] if intake.goals else []
        tried = [TRIED[one] for one in intake.tried if one in TRIED]
        facts += [(say("Tried before"), joined(tried))] if tried else []
        found = [CONDITIONS[one] for one in intake.conditions if one in CONDITIONS]
        facts += [(say("Conditions"), joined(found))] if found else []
    return {
        "title": say("Record"),
        "clinic": whose.clinic,
        "footer": whose.name,
        "facts": facts,
        "chart": _pains(course.pain, zone),
        "tables": [table for table in _tables(record, course) if table["rows"]],
        "papers": [_paper(paper, whose) for paper in record.papers],
    }


def paper(document: Document, whose: Whose) -> Data:
    """For the template `paper`: one signed text by itself."""
    return {"title": title_of(document), "clinic": whose.clinic, "footer": whose.name, "paper": _paper(document, whose)}


def _tables(record: Record, course: Course) -> Iterable[Data]:
    care, zone = record.care, record.whose.zone
    yield {
        "title": say("Home programme"),
        "head": [say("Version"), say("From"), say("Exercise"), say("How often"), say("Size"), say("Note")],
        "rows": [
            [
                str(line.event.programme.version),
                _day(line.event.programme.valid_from_ms, zone),
                item.exercise.replace("-", " "),
                times_words(item.times_a_week),
                size_words(item.rung, care.ladder),
                item.note or "",
            ]
            for line in record.history
            if isinstance(line.event, CareProgrammeSet)
            for item in line.event.programme.items
        ],
    }
    yield {
        "title": say("Ladder"),
        "head": [say("Size"), ""],
        "rows": [
            [rung_words(rung), say("here now") if rung.id == care.rung else ""]
            for rung in (care.ladder.rungs if care.ladder else ())
        ],
    }
    yield {
        "title": say("Questions and measures"),
        "head": [say("Day"), say("Measure"), say("Answers"), say("Total")],
        "rows": [_measure(entry, zone) for entry in record.journal.of(j.MeasureTaken)],
    }
    yield {
        "title": say("Beside the exercises"),
        "head": [say("From"), say("Until"), say("What"), say("Note")],
        "rows": [
            [dates.whole_date(one.on), "" if one.until is None else dates.whole_date(one.until), one.words, one.note]
            for one in besides(record.journal)
        ],
    }
    yield {
        "title": say("Situations"),
        "head": [say("Day"), say("Situation"), say("Fear at its most"), say("At the end")],
        "rows": [
            [
                _day(entry.at, zone),
                entry.event.answers.situation,
                _number(entry.event.answers.fear_peak),
                _number(entry.event.answers.fear_end),
            ]
            for entry in record.journal.of(j.SituationMet)
            if isinstance(entry.event, j.SituationMet)
        ],
    }
    yield {
        "title": say("Messages"),
        "head": [say("Day"), say("From"), say("Text")],
        "rows": [
            [_moment(entry.at, zone), record.whose.names.get(entry.person, str(entry.by)), entry.event.text]
            for entry in record.journal.messages
            if isinstance(entry.event, j.Said)
        ],
    }
    yield {
        "title": say("Sessions"),
        "head": [say("Day"), say("Kind"), say("Length"), say("What was done")],
        "rows": [list(row) for row in course.sessions],
    }


def _measure(entry: j.Entry, zone: str) -> list[str]:
    assert isinstance(entry.event, j.MeasureTaken), "asked for those"
    measure = entry.event.measure
    asked, outside = measures.BY_ID.get(measure.measure), measures.ENTRY_BY_ID.get(measure.measure)
    title = asked.title if asked else measure.labels.get("name") or (outside.name if outside else measure.measure)
    items = {} if asked is None else {item.id: item for item in asked.items}
    answers = []
    for name, value in measure.answers.items():
        item = items.get(name)
        words = dict(item.options).get(value, str(value)) if item else str(value)
        answers.append(
            say("{ask}: {answer}", ask=measure.labels.get(name) or (item.ask if item else name), answer=words)
        )
    return [
        _day(entry.at, zone),
        title,
        joined(answers, by="\n"),
        "" if measure.total is None else f"{measure.total:g}",
    ]


def _activity(activity: ActivitySpan, sitting: Sitting, zone: str) -> list[str]:
    shown = len({step.step for step in activity.steps})
    breaths: dict[str, int] = {}
    for span in sitting.line.pace:
        if span.from_ms < activity.until_ms and span.until_ms > activity.from_ms:
            words = breath_words(span.pattern)
            breaths[words] = breaths.get(words, 0) + span.breaths
    ended = _ENDED.get(activity.ended, "")
    steps = say("{shown} of {all}", shown=shown, all=activity.script_steps)
    return [
        activity.title,
        _clock(activity.from_ms, zone),
        duration(activity.length_ms),
        joined([steps, ended]) if ended else steps,
        "" if activity.rung is None else rung_words(activity.rung),
        joined(
            (
                say_many("{pace}: {count} breath", "{pace}: {count} breaths", count=count, pace=pace)
                for pace, count in breaths.items()
            ),
            by="\n",
        ),
    ]


def _checkin(entry: Attempt, zone: str) -> Data:
    shown = {"time": _clock(entry.at_ms, zone)}
    if entry.stands is None:
        return {**shown, "words": say("A check-in that was struck out.")}
    more = [
        # In nobody's copy but their own: whoever hands it on is to know.
        *([say("You keep this to yourself.")] if entry.private else []),
        *([say("As it was told to the therapist.")] if entry.heard else []),
        *([entry.stands.note] if entry.stands.note else []),
    ]
    words = checkin_words(entry.stands, entry.rung)
    return {**shown, "words": words, "more": joined(more, by=" ") if more else ""}


def _moments(sitting: Sitting, zone: str) -> list[Data]:
    seen = {line.seq for line in sitting.lines}
    return [
        {"time": _clock(one.at_ms, zone, seconds=True), "words": one.words, "more": one.more or ""}
        for one in sitting.line.moments
        if one.seq in seen
    ]


def _comments(sitting: Sitting, whose: Whose) -> list[Data]:
    """Each with the time of the moment that it stands beside."""
    at = {moment.seq: moment.at_ms for moment in sitting.line.moments}
    found = [(comment_of(one), whose.names.get(one.author_id, "–")) for one in sitting.comments]
    return [
        {
            "time": _clock(at[one.seq], whose.zone, seconds=True) if one.seq in at else "",
            "title": who,
            "words": one.text,
        }
        for one, who in sorted(found, key=lambda pair: pair[0].seq)
    ]


def _paper(document: Document, whose: Whose) -> Data:
    signed = "" if document.signed_ms is None else _moment(document.signed_ms, whose.zone)
    by = whose.names.get(document.author_id, "–")
    return {
        "title": title_of(document),
        "signed": say("Signed by {who}, {when}", who=by, when=signed),
        "withheld": say("Not in the patient’s own copy.") if document.state == documents.WITHHELD else "",
        "parts": [{"title": part.title, "text": part.text} for part in parts_of(document)],
    }


def _ratings(checkins: Iterable[Attempt], zone: str) -> Data | None:
    """Pain over the session where several check-ins tell of it; fewer are read as they stand."""
    pain = [
        (entry.at_ms, value)
        for entry in checkins
        if entry.stands is not None and (value := worst_pain(entry.stands)) is not None
    ]
    return _line(pain, [_clock(at_ms, zone) for at_ms, _ in pain])


def _pains(pain: list[tuple[int, int]], zone: str) -> Data | None:
    newest = sorted(pain)[-_POINTS_MOST:]
    return _line(newest, [_day(at_ms, zone) for at_ms, _ in newest])


def _line(points: list[tuple[int, int]], when: list[str]) -> Data | None:
    if len(points) < 2:
        return None
    first, last = points[0][0], points[-1][0]
    return {
        "caption": say("Pain at its most, 0 to 10"),
        "told": ", ".join(str(value) for _, value in points),
        "first": when[0],
        "last": when[-1],
        "points": [{"x": (at_ms - first) / max(last - first, 1), "y": value} for at_ms, value in points],
    }


def _minutes(sitting: Sitting) -> str:
    if sitting.line.state.opened_at is None:
        return say("not opened")
    return say("{minutes} min", minutes=max(1, round(sitting.line.length_ms / 60_000)))


def _number(value: int | None) -> str:
    return "" if value is None else str(value)


def _day(at_ms: int, zone: str) -> str:
    return dates.whole_date(day_at(at_ms, zone))


def _clock(at_ms: int, zone: str, *, seconds: bool = False) -> str:
    return f"{moment_at(at_ms, zone):%H:%M:%S}" if seconds else f"{moment_at(at_ms, zone):%H:%M}"


def _moment(at_ms: int, zone: str) -> str:
    return say("{day}, {time}", day=_day(at_ms, zone), time=_clock(at_ms, zone))
