"""The charts of one patient for their therapists: over which time, at which widths, and what each is made from."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final

from aiohttp import web
from msgspec import Struct

from server import wiring
from server.care.beside import besides, maybe_numbed
from server.care.caring import CareHistory
from server.care.history import attempts_of_patient
from server.care.practised import practised_between
from server.days import day_at
from server.languages import told
from server.pictures.chart import (
    DAY_MS,
    NARROW,
    WIDE,
    Calendar,
    Chart,
    Drawn,
    Series,
    condensed,
    drawn,
    label_words,
    noon_ms,
    when_words,
    within,
)
from server.pictures.known import Known
from server.pictures.of_patient import behind, calendar, charts

#: By the value in the address: how many weeks are shown. "all" has no number.
SPANS: Final = {"4": 4, "12": 12, "52": 52}
_USUAL: Final = "12"


class Figure(Struct, frozen=True):
    """A chart with its two drawings. What has to be explained: the series that have a value, and hollow marks.

    `whens` and `labels` belong to its rows, told once for table and drawings.
    """

    chart: Chart
    wide: Drawn
    narrow: Drawn
    used: tuple[tuple[int, Series], ...]
    opens: bool
    whens: tuple[str, ...]
    labels: tuple[str, ...]


class Shown(Struct, frozen=True):
    """The charts of a page. `span` names the time that was chosen; between two days it is empty."""

    figures: tuple[Figure, ...]
    span: str
    from_day: date
    until_day: date
    shaded: bool


async def known_of(
    request: web.Request, clinic_id: str, patient_id: str, *, zone: str, history: list[CareHistory] | None = None
) -> Known:
    """Everything that the charts are made of, read once. What the patient keeps to themself is not in it."""
    app, now_ms = request.app, request.app[wiring.CLOCK].now_ms()
    attempts = await attempts_of_patient(app, clinic_id, patient_id)
    journal = (await app[wiring.JOURNALS].state(clinic_id, patient_id)).shared
    beside = besides(journal)
    practised = await practised_between(
        app[wiring.STORE],
        app[wiring.LEDGERS],
        clinic_id=clinic_id,
        patient_id=patient_id,
        from_ms=0,
        until_ms=now_ms,
    )
    return Known(
        patient_id=patient_id,
        attempts=attempts,
        journal=journal,
        besides=beside,
        history=await app[wiring.CARE].history(clinic_id, patient_id) if history is None else history,
        practised=practised,
        numbed=maybe_numbed(attempts, beside, zone=zone),
        zone=zone,
        now_ms=now_ms,
    )


def shown(known: Known, query: Mapping[str, str]) -> Shown:
    """The charts over the time that the address names: a number of weeks, everything, or from a day to a day.

    What no calendar knows counts as nothing. The usual is twelve weeks, or everything where those were empty.
    """
    found = charts(known)
    span, over = _over(found, known, query)
    shades = behind(known)
    figures = []
    for whole in found:
        chart = condensed(within(whole, over), zone=known.zone, narrowed=_narrowed(known.patient_id))
        whens = tuple(told(when_words(row, chart, known.zone)) for row in chart.rows)
        figures.append(
            Figure(
                chart=chart,
                wide=drawn(chart, over, width=WIDE, behind=() if chart.id == "beside" else shades),
                narrow=drawn(chart, over, width=NARROW, behind=() if chart.id == "beside" else shades),
                used=tuple(
                    (number, series)
                    for number, series in enumerate(chart.series)
                    if any(row.values[number] is not None for row in chart.rows)
                ),
                opens=any(row.open for row in chart.rows),
                whens=whens,
                labels=tuple(label_words(row, chart, when) for row, when in zip(chart.rows, whens, strict=True)),
            )
        )
    shaded = any(one.wide.behind for one in figures)
    return Shown(tuple(figures), span, day_at(over.from_ms, known.zone), day_at(over.until_ms, known.zone), shaded)


def values(known: Known, query: Mapping[str, str]) -> dict[str, Any]:
    return {"pictured": shown(known, query), "spans": SPANS}


def _over(found: list[Chart], known: Known, query: Mapping[str, str]) -> tuple[str, Calendar]:
    first, last = _asked(query.get("from", "")), _asked(query.get("to", ""))
    if first is not None and last is not None and first <= last:
        from_ms = noon_ms(first, known.zone) - DAY_MS // 2
        until_ms = noon_ms(last, known.zone) + DAY_MS // 2 - 1
        return "", calendar(found, known, from_ms=from_ms, until_ms=until_ms)
    wanted = query.get("weeks", "")
    if wanted in SPANS:
        return wanted, calendar(found, known, from_ms=_weeks_ago(wanted, known))
    if wanted != "all":
        usual = calendar(found, known, from_ms=_weeks_ago(_USUAL, known))
        if any(usual.holds(row) for chart in found for row in chart.rows if chart.span != "days"):
            return _USUAL, usual
    return "all", calendar(found, known, from_ms=None)


def _weeks_ago(span: str, known: Known) -> int:
    return known.now_ms - SPANS[span] * 7 * DAY_MS


def _asked(text: str) -> date | None:
    try:
        day = date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None
    # Beyond these there is no room for the week around a day, nor for a time zone.
    return day if day is not None and 1970 < day.year < 2200 else None


def _narrowed(patient_id: str) -> Callable[[date, date], str]:
    return lambda first, last: f"/patients/{patient_id}?from={first}&to={last}"
