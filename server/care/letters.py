"""A letter as it is drafted from the record, and its charts as they are signed. Pure.

What the record does not know is not in the letter. Sentences are told in the language of whoever begins it, since the
text is theirs from then on.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from msgspec import Struct

from exercises.saying import joined, lowered, say, say_many, unstopped
from server import dates
from server.care.beside import Beside
from server.days import day_at
from server.languages import told
from server.pictures.chart import (
    DAY_MS,
    NARROW,
    WIDE,
    Calendar,
    Chart,
    Row,
    Series,
    Sign,
    Still,
    drawn,
    label_words,
    when_words,
)
from sessions import care
from sessions.attempts import Attempt
from sessions.checkins import RungAnswers, worst_pain
from sessions.intake import CONDITIONS, TRIED
from sessions.letters import SUBJECT_MOST, TEXT_MOST, Drawing, Kind, Letter, Picture, Trace
from sessions.looking_back import Tried
from sessions.pathway import TREATMENTS
from sessions.telling import rung_words

_LATELY_MS: Final = 84 * DAY_MS
_HOLLOW: Final = "With something that hides pain"


class Record(Struct, frozen=True):
    """What a letter is drafted from. `visits` and `practices` took place; `first_ms` is when the first of them did."""

    patient: str
    therapist: str
    clinic: str
    phone: str
    zone: str
    now_ms: int
    state: care.CareState
    attempts: Sequence[Attempt]
    besides: Sequence[Beside]
    tried: Sequence[Tried]
    visits: int
    practices: int
    first_ms: int | None


def drafted(kind: Kind, reasons: Sequence[str], record: Record) -> Letter:
    paragraphs = [
        say("Dear colleague,"),
        *_who(record),
        *_why(kind, reasons),
        *_history(record),
        *_body(record),
        *_course(record),
        *_treatments(record),
        *_wishes(record),
        joined([*kind.asks, "The patient has agreed to this letter."], by=" "),
        say("With kind regards,"),
        joined(_sender(record), by="\n"),
    ]
    text = "\n\n".join(told(one) for one in paragraphs)
    subject = told(say("{patient}: {kind}", patient=record.patient, kind=kind.title))
    return Letter(
        kind=kind.id, subject=subject[:SUBJECT_MOST], text=text[:TEXT_MOST], charts=("steps", "pain", "worry")
    )


def sender_of(record: Record) -> tuple[str, ...]:
    return tuple(told(one) for one in _sender(record))


def _sender(record: Record) -> list[str]:
    phone = [say("Telephone {number}", number=record.phone)] if record.phone else []
    return [record.therapist, record.clinic, *phone]


def _who(record: Record) -> Iterable[str]:
    if record.first_ms is None:
        yield say("{patient} is seen here for pelvic floor physiotherapy.", patient=record.patient)
        return
    counted = [say_many("{count} visit by video or voice", "{count} visits by video or voice", count=record.visits)]
    if record.practices:
        counted.append(say_many("{count} practice at home", "{count} practices at home", count=record.practices))
    yield say(
        "{patient} has been seen here for pelvic floor physiotherapy since {day}: {counted}.",
        patient=record.patient,
        day=dates.whole_date(day_at(record.first_ms, record.zone)),
        counted=joined(counted),
    )


def _why(kind: Kind, reasons: Sequence[str]) -> Iterable[str]:
    given = [kind.reasons[one] for one in reasons if one in kind.reasons]
    if given:
        yield say("I write to you because of: {reasons}.", reasons=joined([lowered(one) for one in given], by="; "))


def _history(record: Record) -> Iterable[str]:
    intake = record.state.intake
    if intake is None:
        return
    known = [TRIED[one] for one in intake.tried if one in TRIED]
    if known:
        yield say("Tried before: {what}.", what=joined([lowered(one) for one in known]))
    found = [CONDITIONS[one] for one in intake.conditions if one in CONDITIONS]
    absent = [CONDITIONS[one] for one in intake.asked if one in CONDITIONS and one not in intake.conditions]
    told = [say("Asked and found: {what}.", what=joined([lowered(one) for one in found]))] if found else []
    told += [say("Asked and not found: {what}.", what=joined([lowered(one) for one in absent]))] if absent else []
    if told:
        yield joined(told, by=" ")


def _body(record: Record) -> Iterable[str]:
    state = record.state
    examined = state.intake.examined if state.intake is not None and state.intake.examined else None
    examined = examined or (state.clearance.examined if state.clearance is not None else None)
    if examined:
        yield say("Examination: {who}.", who=unstopped(examined))
    if state.suspended is not None:
        yield say(
            "Work inside the body is suspended since {day}: {reason}.",
            day=dates.whole_date(day_at(state.suspended.since_ms, record.zone)),
            reason=state.suspended.reason,
        )


def _course(record: Record) -> Iterable[str]:
    """Where they are on the ladder, and what was told lately. Nothing is compared, and nothing follows from it."""
    at = None
    if record.state.ladder is not None and record.state.rung is not None:
        at = record.state.ladder.rung(record.state.rung)
    if at is not None:
        yield say("On the graded ladder, now at: {size}.", size=rung_words(at))
    lately = [one for one in record.attempts if one.at_ms > record.now_ms - _LATELY_MS]
    pains = [pain for one in lately if (pain := worst_pain(one.answers)) is not None]
    if pains:
        yield say(
            "In the last 12 weeks, pain at its most was told {times}: from {least} to {most} of 10, the last time "
            "{last}.",
            times=say_many("{count} time", "{count} times", count=len(pains)),
            least=min(pains),
            most=max(pains),
            last=pains[-1],
        )
    worries = [
        worry
        for one in lately
        if isinstance(one.answers, RungAnswers) and (worry := one.answers.worry_peak) is not None
    ]
    if worries:
        yield say(
            "Worry at its most was from {least} to {most} of 10, the last time {last}.",
            least=min(worries),
            most=max(worries),
            last=worries[-1],
        )


def _treatments(record: Record) -> Iterable[str]:
    lines: list[str] = []
    for one in record.tried:
        until = None if one.until is None else dates.whole_date(one.until)
        words = TREATMENTS[one.treatment].words
        if until is None:
            span = say("{what}, since {on}", what=words, on=dates.whole_date(one.on))
        elif one.until == one.on:
            span = say("{what}, {on}", what=words, on=until)
        else:
            span = say("{what}, {on} to {until}", what=words, on=dates.whole_date(one.on), until=until)
        lines.append(joined([span, *(part for part in (one.note, one.outcome) if part)], by="; "))
    lines += [
        say("{what}, {on}", what=one.words, on=dates.whole_date(one.on))
        if one.kind == "injection"
        else say("{what}, since {on}", what=one.words, on=dates.whole_date(one.on))
        for one in record.besides
        if one.until is None or one.kind == "injection"
    ]
    if lines:
        yield joined([say("Treatments so far:"), *(say("- {line}", line=one) for one in lines)], by="\n")


def _wishes(record: Record) -> Iterable[str]:
    goals = record.state.intake.goals if record.state.intake is not None else ()
    if goals:
        yield joined(
            [say("What {patient} wants, in their own words:", patient=record.patient)]
            + [say("- {line}", line=one) for one in goals],
            by="\n",
        )


# Charts as they are signed


def pictures(charts: Iterable[Chart], calendar: Calendar) -> tuple[Picture, ...]:
    """Each chart with its table, in words already told: what is signed never changes with the record."""
    return tuple(_picture(chart, calendar) for chart in charts if chart.rows)


def _picture(chart: Chart, calendar: Calendar) -> Picture:
    used = [n for n in range(len(chart.series)) if any(row.values[n] is not None for row in chart.rows)]
    return Picture(
        title=told(chart.title),
        note=told(chart.note) if chart.note else "",
        head=tuple(told(one) for one in ("When", *(chart.series[n].name for n in used), *chart.heads)),
        rows=tuple(
            (
                told(when_words(row, chart, calendar.zone)),
                *(told(row.said(n)) if row.said(n) else "" for n in used),
                *(told(words) if words else "" for words in row.words),
            )
            for row in chart.rows
        ),
        drawing=Drawing(
            from_ms=calendar.from_ms,
            until_ms=calendar.until_ms,
            zone=calendar.zone,
            traces=tuple(
                Trace(
                    told(chart.series[n].name),
                    chart.series[n].mark,
                    chart.series[n].joined,
                    tuple(row.values[n] for row in chart.rows),
                )
                for n in used
            ),
            rows=tuple((row.at_ms, row.until_ms, row.open) for row in chart.rows),
            rules=tuple((value, told(words)) for value, words in chart.rules),
            named=chart.named,
            height=chart.height,
        ),
    )


class Redrawn(Struct, frozen=True):
    """A signed chart as `server.pictures.chart` draws it. `signs` explain its marks where it has several."""

    wide: Still
    narrow: Still
    signs: tuple[tuple[Sign, str], ...]


def redrawn(picture: Picture) -> Redrawn | None:
    """None where a letter was signed without what it takes."""
    made = picture.drawing
    if made is None:
        return None
    rows = tuple(
        Row(
            at_ms=at_ms,
            until_ms=until_ms,
            open=hollow,
            values=tuple(trace.values[place] for trace in made.traces),
            shown=cells[1 : 1 + len(made.traces)],
        )
        for place, ((at_ms, until_ms, hollow), cells) in enumerate(zip(made.rows, picture.rows, strict=True))
    )
    chart = Chart(
        id="signed",
        title=picture.title,
        series=tuple(Series(trace.name, trace.mark, trace.joined) for trace in made.traces),
        rows=rows,
        rules=made.rules,
        named=made.named,
        height=made.height,
    )
    over = Calendar(made.from_ms, made.until_ms, made.zone)
    labels = tuple(label_words(row, chart, cells[0]) for row, cells in zip(rows, picture.rows, strict=True))
    signs = [(Sign(trace.mark), trace.name) for trace in made.traces]
    signs += [(Sign("open"), _HOLLOW)] if any(row.open for row in rows) else []
    return Redrawn(
        wide=Still(chart, drawn(chart, over, width=WIDE), labels),
        narrow=Still(chart, drawn(chart, over, width=NARROW), labels),
        # What is one thing alone is named by its title.
        signs=tuple(signs) if len(signs) > 1 else (),
    )


# Set in type


def sheet(letter: Letter, *, clinic: str, signed_ms: int, zone: str) -> dict[str, Any]:
    """What `server.exports.typeset` sets as `letter`. Its title is in the file's own description, and says nothing."""
    day = dates.whole_date(day_at(signed_ms, zone))
    return {
        "title": say("Letter"),
        "clinic": clinic,
        "sender": list(letter.sender),
        "recipient": letter.address.split("\n") if letter.address and letter.delivery == "address" else [],
        "date": day,
        "subject": letter.subject,
        "paragraphs": [one for one in letter.text.split("\n\n") if one.strip()],
        "pictures": [_shown(one) for one in letter.pictures],
        "closing": [say("Signed by {who} on {day}.", who=letter.sender[0] if letter.sender else clinic, day=day)],
    }


def _shown(one: Picture) -> dict[str, Any]:
    """A chart and its table, which belong together."""
    made = redrawn(one)
    return {
        "title": one.title,
        "note": one.note,
        "signs": [] if made is None else [{"sign": sign, "words": words} for sign, words in made.signs],
        "picture": None if made is None else made.wide,
        "told": say("{title} The table says the same.", title=one.title),
        "line": _line(one) if made is None and one.points else None,
        "head": list(one.head),
        "rows": [list(row) for row in one.rows],
    }


def _line(one: Picture) -> dict[str, Any]:
    return {
        "caption": "",
        "told": say("{title} The table says the same.", title=one.title),
        "points": [{"x": x, "y": y} if near else {"x": x, "y": y, "gap": True} for x, y, near in one.points],
        "least": one.least,
        "most": one.most,
        "first": one.first,
        "last": one.last,
    }
