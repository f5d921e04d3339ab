"""Practice at home, week by week: what was done beside what was planned. Pure.

Nothing is called missed: a week with neither plan nor practice has no row, and "chose not to" has a column of its own.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Final

from server.care.practised import Practised
from server.days import day_at
from server.pictures.chart import DAY_MS, Chart, Row, Series, noon_ms
from server.pictures.known import Known, begin_ms
from sessions import care
from sessions.attempts import Attempt

_WEEK: Final = timedelta(weeks=1)


def weeks_of(known: Known) -> Chart:
    """Done beside planned. A week with neither has no row: nothing was asked for, and nothing is missing."""
    planned = _planned(known)
    done: dict[date, list[Practised]] = {}
    for one in known.practised:
        day = day_at(one.at_ms, known.zone)
        done.setdefault(day - timedelta(days=day.weekday()), []).append(one)
    chosen = _chose_not(known.attempts)
    today = day_at(known.now_ms, known.zone)
    begins = [*done, *(day_at(at_ms, known.zone) for at_ms, _ in planned)]
    rows = []
    monday = min(begins, default=today)
    monday -= timedelta(days=monday.weekday())
    while monday <= today:
        until_ms = noon_ms(monday + _WEEK, known.zone) - DAY_MS // 2 - 1
        ask = next((times for at_ms, times in reversed(planned) if at_ms <= min(until_ms, known.now_ms)), 0)
        here = done.get(monday, [])
        nots = sum(one.session_id in chosen for one in here)
        if here or ask:
            rows.append(
                Row(
                    at_ms=begin_ms(monday, known.zone),
                    until_ms=until_ms,
                    values=(len(here) - nots, ask or None),
                    shown=(str(len(here) - nots), str(ask) if ask else ""),
                    words=(str(nots) if nots else "",),
                    href=f"/patients/{known.patient_id}?from={monday}&to={monday + timedelta(days=6)}",
                )
            )
        monday += _WEEK
    most = max((int(value) for row in rows for value in row.values if value is not None), default=0)
    top = max(7, most)
    return Chart(
        id="weeks",
        title="How often was there practice at home?",
        note="Planned is what the programme asked for at the end of that week.",
        series=(Series("Practised", "stroke"), Series("Planned", "cap")),
        heads=("Chose not to, which is complete as it is",),
        rows=tuple(rows),
        rules=((0.0, "0"), (float(top), str(top))),
        span="week",
        height=64,
        empty="Drawn here once there is a home programme, or a practice.",
    )


def _planned(known: Known) -> list[tuple[int, int]]:
    """From when on, how many times a week in all."""
    return [
        (line.at_ms, sum(item.times_a_week for item in line.event.programme.items))
        for line in known.history
        if isinstance(line.event, care.CareProgrammeSet)
    ]


def _chose_not(attempts: Iterable[Attempt]) -> frozenset[str]:
    """Sessions of which every check-in says that nothing was tried."""
    tried: dict[str, bool] = {}
    for one in attempts:
        nothing = one.answers.outcome in ("chose_not_to", "chose_not_to_insert")
        tried[one.session_id] = tried.get(one.session_id, False) or not nothing
    return frozenset(session_id for session_id, any_tried in tried.items() if not any_tried)
