"""The questions that wait for a patient: what waits, one form for each, and what was answered. Never late, no score."""

import uuid
from typing import Final

from aiohttp import web
from msgspec import Struct

from exercises.saying import say
from server import wiring
from server.accounts.access import Login
from server.pages import entries
from server.pages.answering import within_words
from server.pages.forms import Form, posted
from server.pages.frame import house, page, see_other
from sessions import measures
from sessions.journal import Entry, JournalState, Measure, MeasureTaken, Take
from sessions.journaling import may_be_private
from sessions.measures import Definition, Item

#: So long after an answer the page still says what it means for who gave it.
_STILL_MS: Final = 3_600_000
#: Chosen for "rather not say": stored as nothing at all, exactly like a question that was left alone.
SKIP: Final = "skip"
_BEFORE_SHOWN: Final = 6


class Asked(Struct, frozen=True):
    """A measure in the patient's list."""

    definition: Definition
    waits: bool
    last_ms: int | None


class Before(Struct, frozen=True):
    """An earlier answer, in words; no sum."""

    seq: int
    at_ms: int
    lines: tuple[tuple[str, str], ...]
    may_be_private: bool


async def show_all(request: web.Request) -> web.StreamResponse:
    login, journal = await entries.own(request)
    now_ms = request.app[wiring.CLOCK].now_ms()
    taken = last_taken(journal)
    waiting = measures.waiting(taken, now_ms=now_ms)
    asked = [Asked(one, one in waiting, taken.get(one.id)) for one in measures.SHIPPED]
    clinic = await house(request, login.clinic_id)
    return page(
        request,
        "questions",
        login=login,
        place="questions",
        waiting=[one for one in asked if one.waits],
        others=[one for one in asked if not one.waits and (one.last_ms is not None or one.definition.weeks is None)],
        minutes=measures.minutes_for(waiting),
        stored=request.query.get("stored") in measures.BY_ID,
        heavy=_heavy(journal, now_ms),
        clinic=clinic,
        within=within_words(clinic.settings),
    )


async def show(request: web.Request) -> web.StreamResponse:
    login, journal = await entries.own(request)
    return await _page(request, login, journal, _definition(request), None)


async def store(request: web.Request) -> web.StreamResponse:
    login, journal = await entries.own(request)
    asked = _definition(request)
    form = await posted(request)
    measure = _measure(form, asked)
    done = not form.errors and await entries.write_own(request, login, form, Take(measure))
    if not done:
        return await _page(request, login, journal, asked, form, status=form.status)
    return see_other(f"/questions?stored={asked.id}")


def last_taken(journal: JournalState) -> dict[str, int]:
    """When each measure was last answered."""
    return {entry.event.measure.measure: entry.at for entry in taken(journal) if isinstance(entry.event, MeasureTaken)}


def taken(journal: JournalState, measure_id: str | None = None) -> list[Entry]:
    """Answered measures that stand, the oldest first."""
    return [
        entry
        for entry in journal.of(MeasureTaken)
        if isinstance(entry.event, MeasureTaken) and measure_id in (None, entry.event.measure.measure)
    ]


def answer_lines(measure: Measure) -> tuple[tuple[str, str], ...]:
    """What was asked and what was chosen, in words. What was left out is not there."""
    asked = measures.BY_ID.get(measure.measure)
    if asked is None:
        return ()
    return tuple(
        (measure.labels.get(item.id, item.ask), _chosen(item, measure.answers[item.id]))
        for item in asked.items
        if item.id in measure.answers
    )


def _chosen(item: Item, value: int) -> str:
    return dict(item.options).get(value, say("{number} of 10", number=value))


def _definition(request: web.Request) -> Definition:
    asked = measures.BY_ID.get(request.match_info["measure"])
    if asked is None:
        raise web.HTTPNotFound
    return asked


def _heavy(journal: JournalState, now_ms: int) -> bool:
    """Whether what was just answered calls for kind words, and for numbers to call."""
    last = next(reversed(taken(journal)), None)
    if last is None or now_ms - last.at > _STILL_MS:
        return False
    assert isinstance(last.event, MeasureTaken), "measures are what was taken"
    return bool(measures.concerns_of(last.event.measure))


def _measure(form: Form, asked: Definition) -> Measure:
    answers = {
        item.id: value for item in asked.items if (value := form.one_of(item.id, tuple(item.values))) is not None
    }
    labels: dict[str, str] = {}
    if asked.id == "activities":
        labels = {item.id: text for item in asked.items if (text := form.text(f"label_{item.id}", most=200))}
    return Measure(measure=asked.id, answers=answers, labels=labels)


def _form_of(last: Entry | None) -> Form:
    """Only the names of one's own activities stand there already; an answer is never given in advance."""
    if last is None or not isinstance(last.event, MeasureTaken):
        return Form()
    return Form.of(**{f"label_{name}": text for name, text in last.event.measure.labels.items()})


async def _page(
    request: web.Request,
    login: Login,
    journal: JournalState,
    asked: Definition,
    form: Form | None,
    *,
    status: int = 200,
) -> web.Response:
    earlier = taken(journal, asked.id)
    clinic = await house(request, login.clinic_id)
    form = _form_of(next(reversed(earlier), None)) if form is None else form
    return page(
        request,
        "question",
        login=login,
        place="questions",
        status=status,
        asked=asked,
        form=form,
        form_id=form.value("id") or str(uuid.uuid4()),
        before=[
            Before(entry.seq, entry.at, answer_lines(entry.event.measure), may_be_private(entry))
            for entry in reversed(earlier[-_BEFORE_SHOWN:])
            if isinstance(entry.event, MeasureTaken)
        ],
        skip=SKIP,
        private=journal.private,
        clinic=clinic,
        within=within_words(clinic.settings),
    )


routes = [
    web.get("/questions", show_all),
    web.get("/questions/{measure}", show),
    web.post("/questions/{measure}", store),
]
