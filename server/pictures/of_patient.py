"""Which charts a patient's page has, and the rows of each: made from what was told and decided, and nothing else. Pure.

A chart that never had a row is left out, but for the two that every course begins with. What the patient keeps to
themself never comes here: the journal that is handed in has it no more (`sessions.journal.JournalState.shared`).
"""

from collections.abc import Iterable, Sequence
from typing import Final

from exercises.ladder import HALF_STEPS
from exercises.model import Rung
from exercises.saying import capitalised, joined, lowered, say
from server.care.beside import SHORT, is_numbed
from server.pictures.chart import DAY_MS, Behind, Calendar, Chart, Row, Series
from server.pictures.known import Known, begin_ms, end_ms, met_of, review_of
from server.pictures.weeks import weeks_of
from sessions import care, measures
from sessions.attempts import Attempt
from sessions.checkins import (
    Answers,
    ExposureAnswers,
    NextDayAnswers,
    RelaxationAnswers,
    ReleaseAnswers,
    RungAnswers,
    worst_pain,
)
from sessions.journal import MeasureTaken
from sessions.measures import Definition, Outside
from sessions.telling import OUTCOMES, rung_words

_TEN: Final = ((0.0, "0"), (5.0, "5"), (10.0, "10"))
_NOTHING_INSIDE: Final = frozenset({"chose_not_to_insert", "did_not_start"})
_STEP_PX: Final = 24
#: A sheet of paper is higher than this, and nobody compares further apart.
_HIGHEST_PX: Final = 360
_SUSPENDED: Final = "Internal work suspended"


def charts(known: Known) -> list[Chart]:
    """All of them, over the whole time."""
    told = [one for one in known.attempts if not isinstance(one.answers, ExposureAnswers)]
    found = [weeks_of(known), _steps(known, told)]
    others = [_pain(known, told), _worry(known, told), _fear(known), _beside(known), *_measures(known)]
    return [*found, *(one for one in others if one.rows)]


def behind(known: Known) -> tuple[Behind, ...]:
    """When anything but an injection was in use: what was told then may have been told under numbness."""
    return tuple(
        Behind(begin_ms(one.on, known.zone), end_ms(one.until, known))
        for one in known.besides
        if one.kind != "injection"
    )


# Steps of the ladder, pain, worry


def _steps(known: Known, told: Iterable[Attempt]) -> Chart:
    """A stroke for each attempt, as high as its step stands among all that were ever tried or are on the ladder."""
    attempts = [one for one in told if isinstance(one.answers, RungAnswers) and one.rung is not None]
    places = _places(known, attempts)
    steps = ["Not inserted", *places]
    rows = []
    for one in attempts:
        assert isinstance(one.answers, RungAnswers), "chosen by their kind"
        assert one.rung is not None, "chosen by their rung"
        label = _step_label(one.rung)
        inside = one.answers.outcome not in _NOTHING_INSIDE
        value = steps.index(label) if inside else 0
        rows.append(
            Row(
                at_ms=one.at_ms,
                values=(float(value) if value else None, None if value else 0.0),
                shown=(rung_words(one.rung) if value else "", "" if value else OUTCOMES[one.answers.outcome]),
                words=(_half_step(one.answers), _went(one), _with(one, known)),
                href=review_of(one.session_id),
            )
        )
    height = min(max(_STEP_PX * (len(steps) - 1), 48), _HIGHEST_PX)
    every = max(1, -(-_STEP_PX * (len(steps) - 1) // height))
    return Chart(
        id="steps",
        title="At which step of the ladder?",
        series=(Series("Step", "stroke"), Series("Not inserted", "dot")),
        heads=("Half-step", "How it went", "With"),
        rows=tuple(rows),
        rules=tuple((float(place), words) for place, words in enumerate(steps) if place % every == 0),
        height=height,
        named=True,
        empty="Drawn here once something was written down after a step of the ladder.",
    )


def _places(known: Known, attempts: Iterable[Attempt]) -> list[str]:
    """All steps that were on the ladder or tried, the easiest first; those of one width stand in one place."""
    rungs: dict[str, Rung] = {}
    for line in known.history:
        if isinstance(line.event, care.CareArranged) and line.event.ladder is not None:
            rungs |= {_step_label(rung): rung for rung in line.event.ladder.rungs}
    rungs |= {_step_label(one.rung): one.rung for one in attempts if one.rung is not None}
    # Without a width it stands in the order in which ladders name it; `dict` keeps that, and `sorted` is stable.
    return sorted(rungs, key=lambda label: rungs[label].diameter_mm or 0.0)


def _step_label(rung: Rung) -> str:
    """Sizes of two sets that are equally wide are one step, whatever is printed on them."""
    return rung.label if rung.diameter_mm is None else say("{width} mm wide", width=rung.diameter_mm)


def _half_step(answers: RungAnswers) -> str:
    return "" if answers.half_step is None else capitalised(HALF_STEPS[answers.half_step])


def _pain(known: Known, told: Iterable[Attempt]) -> Chart:
    rows = []
    for one in told:
        pain = one.answers.pain if isinstance(one.answers, RelaxationAnswers) else worst_pain(one.answers)
        after = None if one.next_day is None else one.next_day.pain
        if pain is None and after is None:
            continue
        rows.append(_rated(one, known, (pain, after)))
    return Chart(
        id="pain",
        title="How much did it hurt?",
        series=(Series("Pain at its most", joined=True), Series("Pain on the next day", "cap")),
        heads=("Step", "How it went", "With"),
        rows=tuple(rows),
        rules=_TEN,
    )


def _worry(known: Known, told: Iterable[Attempt]) -> Chart:
    rows = []
    for one in told:
        worry, tight = worry_of(one.answers), getattr(one.answers, "guarding", None)
        if worry is not None or tight is not None:
            rows.append(_rated(one, known, (worry, tight)))
    return Chart(
        id="worry",
        title="How much worry, and how much tightening?",
        series=(Series("Worry at its most", joined=True), Series("Tightening", "cap")),
        heads=("Step", "How it went", "With"),
        rows=tuple(rows),
        rules=_TEN,
    )


def worry_of(answers: Answers) -> int | None:
    """The worry at its most, or what was said of it."""
    match answers:
        case RungAnswers():
            given = (answers.worry_peak, answers.worry_before, answers.worry_after)
            return max((worry for worry in given if worry is not None), default=None)
        case RelaxationAnswers():
            return answers.worry
        case _:
            return None


def _rated(one: Attempt, known: Known, values: tuple[int | None, ...]) -> Row:
    return Row(
        at_ms=one.at_ms,
        values=tuple(None if value is None else float(value) for value in values),
        words=(_step(one), _went(one), _with(one, known)),
        href=review_of(one.session_id),
        open=is_numbed(one, known.numbed),
    )


def _step(one: Attempt) -> str:
    match one.answers:
        case RungAnswers(half_step=half_step):
            words = "A size that was not named" if one.rung is None else rung_words(one.rung)
            return words if half_step is None else joined([words, HALF_STEPS[half_step]])
        case ReleaseAnswers():
            return "Massage or wand"
        case _:
            return "Without a size"


def _went(one: Attempt) -> str:
    went = OUTCOMES[one.answers.outcome]
    if isinstance(one.next_day, NextDayAnswers):
        return say("{went}. Next day: {then}", went=went, then=lowered(OUTCOMES[one.next_day.outcome]))
    return went


def _with(one: Attempt, known: Known) -> str:
    found = list[str]()
    if isinstance(one.answers, RungAnswers | ReleaseAnswers) and one.answers.lidocaine:
        found.append(say("numbing cream"))
    if isinstance(one.answers, RungAnswers) and one.answers.sedating:
        found.append(say("a medicine that makes drowsy"))
    if (one.session_id, one.seq) in known.numbed:
        found.append(say("numbing cream in use, not said whether here"))
    return capitalised(joined(found))


# Fear, what stands beside, measures


def _fear(known: Known) -> Chart:
    rows = []
    for one in met_of(known):
        given = (one.answers.fear_peak, one.answers.fear_expected, one.answers.fear_end)
        if all(value is None for value in given):
            continue
        rows.append(
            Row(
                at_ms=one.at_ms,
                values=tuple(None if value is None else float(value) for value in given),
                words=(one.answers.situation,),
                href=review_of(one.session_id) if one.session_id else f"/patients/{known.patient_id}/situations",
            )
        )
    return Chart(
        id="fear",
        title="How much fear did situations from the list bring?",
        series=(Series("Fear at its most"), Series("Fear expected", "ring"), Series("Fear at the end", "cap")),
        heads=("Situation",),
        rows=tuple(rows),
        rules=_TEN,
    )


def _beside(known: Known) -> Chart:
    """A row of the drawing for each kind that was ever in use, and one for suspensions."""
    suspended = list(_suspensions(known))
    names = [*(SHORT[kind] for kind in SHORT if any(one.kind == kind for one in known.besides))]
    names += [_SUSPENDED] if suspended else []
    rows = [
        Row(
            at_ms=begin_ms(one.on, known.zone),
            until_ms=end_ms(one.until, known),
            values=(float(names.index(SHORT[one.kind])),),
            shown=(one.words,),
            words=(one.note or ("" if one.until is not None else say("Goes on")),),
            href=f"/patients/{known.patient_id}/beside",
        )
        for one in known.besides
    ]
    rows += [
        Row(
            at_ms=from_ms,
            until_ms=known.now_ms if until_ms is None else until_ms,
            values=(float(names.index(_SUSPENDED)),),
            shown=(_SUSPENDED,),
            words=(reason if until_ms is not None else say("{words}. Goes on", words=reason),),
            href=f"/patients/{known.patient_id}/clearance",
        )
        for from_ms, until_ms, reason in suspended
    ]
    return Chart(
        id="beside",
        title="What stood beside the exercises?",
        series=(Series("What", "span"),),
        heads=("Note",),
        rows=tuple(sorted(rows, key=lambda row: row.at_ms)),
        rules=tuple((float(place), words) for place, words in enumerate(names)),
        height=max(_STEP_PX * (len(names) - 1), 4),
        named=True,
        span="days",
    )


def _suspensions(known: Known) -> Iterable[tuple[int, int | None, str]]:
    """From, until (None: it goes on), why."""
    since: tuple[int, str] | None = None
    for line in known.history:
        match line.event:
            case care.CareOpened(suspension=suspension) | care.CareSuspended(suspension=suspension) if since is None:
                since = (line.at_ms, suspension.reason)
            case care.CareCleared() if since is not None:
                yield since[0], line.at_ms, since[1]
                since = None
            case _:
                pass
    if since is not None:
        yield since[0], None, since[1]


def _measures(known: Known) -> Iterable[Chart]:
    """Each measure whose total was ever known, on its own scale, so that a small change looks small."""
    taken = [
        (entry.at, entry.event.measure)
        for entry in known.journal.of(MeasureTaken)
        if isinstance(entry.event, MeasureTaken) and entry.event.measure.total is not None
    ]
    for of in (*measures.SHIPPED, *measures.ENTRIES):
        names = {one.labels.get("name", "") for _, one in taken if one.measure == of.id} if of.id == "other" else {""}
        for number, name in enumerate(sorted(names)):
            rows = tuple(
                Row(at_ms=at_ms, values=(one.total,), href=f"/patients/{known.patient_id}/questions")
                for at_ms, one in taken
                if one.measure == of.id
                and measures.is_valid(one) is not False
                and (of.id != "other" or one.labels.get("name", "") == name)
            )
            title = of.title if isinstance(of, Definition) else name or of.name
            yield Chart(
                id=f"measure-{of.id}" + (f"-{number}" if number else ""),
                title=title,
                series=(Series("Total", joined=True),),
                rows=rows,
                rules=_bounds(of, rows),
            )


def _bounds(of: Definition | Outside, rows: Sequence[Row]) -> tuple[tuple[float, str], ...]:
    least, most = of.bounds
    if most >= 1000:
        given = [value for row in rows for value in row.values if value is not None]
        least, most = min(given, default=0.0), max(given, default=1.0)
        most = most if most > least else least + 1
    return ((float(least), f"{least:g}"), (float(most), f"{most:g}"))


def calendar(found: Iterable[Chart], known: Known, *, from_ms: int | None, until_ms: int | None = None) -> Calendar:
    """From `from_ms`, or from the first row of all; never less than four weeks unless both ends are given."""
    if from_ms is not None and until_ms is not None:
        return Calendar(from_ms, until_ms, known.zone)
    last_ms = known.now_ms
    if from_ms is None:
        firsts = [row.at_ms for chart in found for row in chart.rows]
        from_ms = min(firsts, default=last_ms) - DAY_MS
        last_ms = max(last_ms, *(row.at_ms for chart in found for row in chart.rows), last_ms)
    return Calendar(min(from_ms, last_ms - 28 * DAY_MS), last_ms, known.zone)
