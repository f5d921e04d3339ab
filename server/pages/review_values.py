"""What the review shows of a timeline: its rows, its table and its sheet, in words for a therapist."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct, structs

from exercises.model import Pattern
from exercises.saying import joined, say, say_many
from server import dates
from server.db.people import Person
from server.pages.review_comments import Comment
from server.pages.review_window import Asked, address, window_of, zoom
from server.pictures.lane_shapes import Lanes, Note, Window
from server.pictures.lane_tables import lane_tables
from server.pictures.lanes import LEFT, duration, lanes
from sessions.checkins import NextDayAnswers
from sessions.events import ArrivalConfirmed
from sessions.flags import FLAG_BY_ID, Tier
from sessions.people import Role
from sessions.state import HeartMinute, Kept
from sessions.telling import breath_words, checkin_words, heart_words, rung_words
from sessions.timeline import ActivitySpan, Attempt, Question, Timeline

#: More links than this to stops and uneasy moments are a second list, and the list of events is there already.
_JUMPS_MOST: Final = 12
_HOUR_MS: Final = 3_600_000

_TIERS: Final = {
    Tier.EMERGENCY: say("To act on now"),
    Tier.SAME_DAY: say("To act on the same day"),
    Tier.PAUSE: say("To act on before the next internal work"),
    Tier.NOTE: say("To know"),
}
_OUTCOMES: Final = {
    "yes": say("yes"),
    "not_today": say("not today"),
    "withdrawn": say("taken back"),
    "replaced": say("another question took its place"),
    "lapsed": say("lapsed, nobody was there to answer"),
    None: say("still waiting"),
}


#: How an exercise ended, where it did not simply finish.
_RAN: Final = {
    ("stopped", "visit"): say("ended by Stop"),
    ("stopped", "practice"): say("ended by Stop"),
    ("ended", "visit"): say("ended with the visit"),
    ("ended", "practice"): say("ended with the practice"),
    (None, "visit"): say("still runs"),
    (None, "practice"): say("still runs"),
}
_ANSWERS: Final = {"yes": "{count} yes", "not_today": "{count} not today"}


class Row(Struct, frozen=True):
    """One line of the record: `time` and `since_ms` count from the opening, `x` is its place in the drawing."""

    seq: int
    at_ms: int
    since_ms: int
    time: str
    words: str
    more: str | None
    mark: str | None
    x: float
    comments: tuple["Said", ...]


class Done(Struct, frozen=True):
    """One exercise as a row of the table."""

    title: str
    began: str
    took: str
    steps: str
    breath: tuple[str, ...]
    size: str
    ended: str


class Said(Struct, frozen=True):
    """Something in the sheet: when and what it is, its words, and what belongs to it."""

    time: str
    title: str
    words: str
    more: str = ""
    struck: bool = False


class _Clock:
    """When something was, for reading: `26:50` from the opening on, `−2:10` shortly before, then `before`.

    A session that nobody opened has no such clock, and is read by the one on the clinic's wall.
    """

    def __init__(self, line: Timeline, zone: str) -> None:
        self._from_ms, self._opened = line.from_ms, line.state.opened_at is not None
        self._ended_ms = line.state.ended_at
        self._zone = ZoneInfo(zone)

    def __call__(self, at_ms: int) -> str:
        since_ms = at_ms - self._from_ms
        if self._ended_ms is not None and at_ms > self._ended_ms:
            # What came on the days after is read by the calendar.
            return say(
                "{day} {time}", day=dates.weekday(self._moment(at_ms), short=True), time=f"{self._moment(at_ms):%H:%M}"
            )
        if not self._opened:
            there, start = self._moment(at_ms), self._moment(self._from_ms)
            return f"{there:%H:%M}" if there.date() == start.date() else say("before")
        if since_ms >= 0:
            return duration(since_ms)
        return f"−{duration(-since_ms)}" if -since_ms < _HOUR_MS else say("before")

    @property
    def day(self) -> str:
        return dates.weekday_and_date(self._moment(self._from_ms))

    def _moment(self, at_ms: int) -> datetime:
        return datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(self._zone)


def given_names(everybody: Mapping[str, Person]) -> dict[str, str]:
    """By person id. Two of the same given name are called by their whole names."""
    whole = {person.id: person.name for person in everybody.values() if person.name}
    given = {person_id: name.split()[0] for person_id, name in whole.items()}
    several = {name for name in given.values() if list(given.values()).count(name) > 1}
    return {person_id: whole[person_id] if name in several else name for person_id, name in given.items()}


def review_values(
    line: Timeline,
    everybody: Mapping[str, Person],
    *,
    patient_id: str,
    zone: str,
    whole: Window,
    wanted: Asked,
    comments: list[Comment],
) -> dict[str, Any]:
    """What the template `review` shows of a timeline, or of a stretch of it."""
    state, names = line.state, given_names(everybody)
    patient, given = everybody.get(patient_id), names.get(patient_id, say("the patient"))
    clock = _Clock(line, zone)
    at = next((moment for moment in line.moments if moment.seq == wanted.at), None)
    window = window_of(wanted, line, whole)
    zoomed = window != whole
    beside = _beside(comments, names, zone)
    drawing, tables = None, []
    if state.opened_at is not None and whole.length_ms > 0:
        roles = {role: names[person] for person, role in state.people.items() if person in names}
        notes = _notes(comments, line, names)
        drawing = lanes(line, roles, window=window, comments=notes)
        tables = lane_tables(line, roles, clock, window=window, comments=notes) if wanted.tables else []
    rows = _rows(line, drawing, clock, window=window if zoomed else None, beside=beside)
    return {
        "name": (patient.name if patient else None) or "Nobody by name",
        "given": given,
        "therapist": next((everybody[one].name or "" for one in _therapists(line) if one in everybody), ""),
        "kind": "Visit" if state.kind == "visit" else "Home practice",
        "at_home": state.kind == "practice",
        "day": clock.day,
        "line": line,
        "state": state,
        "minutes": round(line.length_ms / 60_000),
        "lanes": drawing,
        "whole": whole,
        "lane_tables": tables,
        "wanted": wanted,
        "zoomed": zoomed,
        "zoom": zoom(window, whole, line=line, wanted=wanted, middle_ms=None if at is None else at.at_ms),
        "stretch": (clock(window.from_ms), clock(window.until_ms)),
        "at": None if at is None else next((row for row in rows if row.seq == at.seq), None),
        # Where a replay begins: the last line up to its first instant, the first where all come later.
        "opening": next((row for row in reversed(rows) if row.at_ms <= whole.from_ms), rows[0] if rows else None),
        "rows": rows,
        "jumps": [row for row in rows if row.mark is not None][:_JUMPS_MOST],
        "done": [
            (_done(activity, line, clock, state.kind), _stretch_of(activity, line, whole, wanted))
            for activity in line.activities
        ],
        "concerns": [Said(clock(c.at), _TIERS[Tier(c.tier)], c.say) for c in state.concerns],
        "suspensions": _suspensions(line, clock),
        "checkins": [_checkin(entry, given, clock) for entry in line.checkins],
        "heart": [_heart(minute, clock) for minute in state.heart],
        "notes": [Said(clock(note.at), names.get(note.person, "Therapist"), note.text) for note in state.notes],
        "messages": [Said(clock(said.at), names.get(said.person, str(said.by)), said.text) for said in state.messages],
        "comments": comments,
        "consent": _consent(line.questions),
        "unagreed": [
            Said(
                clock(asked.at_ms), _asked(asked), _OUTCOMES.get(asked.outcome, say("ended: {why}", why=asked.outcome))
            )
            for asked in line.questions
            if asked.outcome != "yes"
        ],
        "kept": [Said(clock(one.at), *_kept(one)) for one in state.kept],
        "arrival": None if state.arrival is None else _arrival(state.arrival),
    }


def _therapists(line: Timeline) -> list[str]:
    return [person for person, role in line.state.people.items() if role is Role.THERAPIST]


def _rows(
    line: Timeline,
    drawing: Lanes | None,
    clock: _Clock,
    *,
    window: Window | None,
    beside: Mapping[int, tuple[Said, ...]],
) -> list[Row]:
    """Every line of the record; of a stretch, those in it."""
    places = {} if drawing is None else drawing.points
    return [
        Row(
            seq=moment.seq,
            at_ms=moment.at_ms,
            since_ms=moment.at_ms - line.from_ms,
            time=clock(moment.at_ms),
            words=moment.words,
            more=moment.more,
            mark=moment.mark,
            x=places.get(moment.seq, LEFT),
            comments=beside.get(moment.seq, ()),
        )
        for moment in line.moments
        if window is None or window.has(moment.at_ms)
    ]


def _beside(comments: Iterable[Comment], names: Mapping[str, str], zone: str) -> dict[int, tuple[Said, ...]]:
    found: dict[int, tuple[Said, ...]] = {}
    for comment in comments:
        written = datetime.fromtimestamp(comment.at_ms / 1000, UTC).astimezone(ZoneInfo(zone))
        who = names.get(comment.author_id, say("a therapist"))
        said = Said(dates.weekday_and_date(written), who, comment.text)
        found[comment.seq] = (*found.get(comment.seq, ()), said)
    return found


def _notes(comments: Iterable[Comment], line: Timeline, names: Mapping[str, str]) -> list[Note]:
    """Comments where their moments are on the clock."""
    at = {moment.seq: moment.at_ms for moment in line.moments}
    return [
        Note(at[comment.seq], names.get(comment.author_id, say("a therapist")))
        for comment in comments
        if comment.seq in at
    ]


def _stretch_of(activity: ActivitySpan, line: Timeline, whole: Window, wanted: Asked) -> str:
    stretch = window_of(
        structs.replace(
            wanted,
            from_s=max(0, (activity.from_ms - line.from_ms) // 1000),
            to_s=-((line.from_ms - activity.until_ms) // 1000),
        ),
        line,
        whole,
    )
    return address(stretch, whole, line=line, wanted=wanted)


def _done(activity: ActivitySpan, line: Timeline, clock: _Clock, kind: str) -> Done:
    shown = len({step.step for step in activity.steps})
    breaths: dict[Pattern, int] = {}
    for span in line.pace:
        if span.from_ms < activity.until_ms and span.until_ms > activity.from_ms:
            breaths[span.pattern] = breaths.get(span.pattern, 0) + span.breaths
    return Done(
        title=activity.title,
        began=clock(activity.from_ms),
        took=duration(activity.length_ms),
        steps=say("{shown} of {all}", shown=shown, all=activity.script_steps),
        breath=tuple(
            say_many("{pace}: {count} breath", "{pace}: {count} breaths", count=count, pace=breath_words(pace))
            for pace, count in breaths.items()
        ),
        size="" if activity.rung is None else rung_words(activity.rung),
        ended=_RAN.get((activity.ended, kind), ""),
    )


def _suspensions(line: Timeline, clock: _Clock) -> list[Said]:
    """Whether internal work was off, and since when; one that stood before the visit began was so throughout."""
    said = []
    for span in line.suspensions:
        if span.from_ms <= line.from_ms and span.until_ms >= line.until_ms:
            words = say("Internal work suspended throughout")
        elif span.until_ms >= line.until_ms:
            words = say("Internal work suspended until the end")
        else:
            words = say("Internal work suspended until {time}", time=clock(span.until_ms))
        said.append(Said(clock(span.from_ms), words, span.reason))
    return said


def _checkin(entry: Attempt, who: str, clock: _Clock) -> Said:
    title = say("As {who} told it", who=who) if entry.heard else say("By {who}", who=who)
    if isinstance(entry.first, NextDayAnswers):
        title = say("By {who}, afterwards", who=who)
    first = checkin_words(entry.first, entry.rung)
    if entry.stands is None:
        return Said(clock(entry.at_ms), title, first, say("Struck out by {who}.", who=who), struck=True)
    words, note = checkin_words(entry.stands, entry.rung), entry.stands.note
    more = ""
    if entry.corrected_ms is not None:
        more = say("Corrected at {time}. At first: {words}", time=clock(entry.corrected_ms), words=first)
    return Said(clock(entry.at_ms), title, say("{words} “{note}”", words=words, note=note) if note else words, more)


def _heart(minute: HeartMinute, clock: _Clock) -> Said:
    _, over = heart_words(minute.swing_tenths, minute.rate, minute.breaths)
    return Said(clock(minute.at), say("Swing"), f"{minute.swing_tenths / 10:g}", over)


def _consent(questions: Iterable[Question]) -> str:
    """Such as `Asked 5 times: 4 yes, 1 not today.`"""
    asked = list(questions)
    if not asked:
        return "Nothing was asked."
    counts: dict[str, int] = {}
    for question in asked:
        answer = _ANSWERS.get(question.outcome or "", "{count} not answered")
        counts[answer] = counts.get(answer, 0) + 1
    answers = joined(say(words, count=count) for words, count in counts.items())
    said = say_many(
        "Asked {count} time: {answers}.", "Asked {count} times: {answers}.", count=len(asked), answers=answers
    )
    told = sum(q.told for q in asked)
    if not told:
        return said
    return joined([said, say_many("{count} time told first.", "{count} times told first.", count=told)], by=" ")


def _asked(question: Question) -> str:
    return (
        question.title
        if question.what == "activity"
        else say("{exercise}, step {step}", exercise=question.title, step=question.step + 1)
    )


def _arrival(arrival: ArrivalConfirmed) -> list[tuple[str, str]]:
    """What was confirmed. Place, number and stop word themselves are kept for tonight alone."""
    there = [
        say("{person}, in the room", person=person.role)
        if person.in_room
        else say("{person}, nearby", person=person.role)
        for person in arrival.people
    ]
    given = [
        words
        for words, is_given in (
            (say("place"), arrival.place_given),
            (say("call-back number"), arrival.phone_given),
            (say("stop word"), arrival.stop_word_given),
        )
        if is_given
    ]
    facts = [
        ("Safe now", say("yes") if arrival.safe else say("no")),
        ("People there", say("alone") if arrival.alone else joined(there, by="; ") or say("not alone")),
        ("Consent to a visit by computer", say("given") if arrival.telehealth_consent else say("not given")),
        ("Identity", say("confirmed") if arrival.identity else say("not confirmed")),
        ("Emergency details confirmed", joined(given) or say("none were given")),
        ("If the call drops", say("may be called back") if arrival.call_back_ok else say("does not want to be called")),
    ]
    if arrival.after_stop is not None:
        left = say("the therapist’s voice") if arrival.after_stop == "voice" else say("silence, and writing")
        facts.append(("After a Stop", left))
    flags = [flag.told for flag_id in arrival.flags if (flag := FLAG_BY_ID.get(flag_id))]
    return [*facts, ("Said of today", joined(flags, by="; "))] if flags else facts


def _kept(kept: Kept) -> tuple[str, str, str]:
    """What was asked for, what it said, and why it was not followed."""
    asked = kept.entry.get("type")
    told = ", ".join(
        f"{name} {msgspec.json.encode(value).decode()}"
        for name, value in kept.entry.items()
        if name not in ("type", "id", "after_ms")
    )
    return (
        asked if isinstance(asked, str) else "No command that is known",
        told or "–",
        say("Not followed: {why}.", why=kept.why),
    )
