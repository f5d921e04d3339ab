"""Fear work: the list of feared situations, meeting one of them, and the short thought record, for both sides."""

import uuid
from typing import Final, Literal, cast

from aiohttp import web

from server import wiring
from server.accounts import access
from server.accounts.access import Login, PatientSeat
from server.care.history import attempts_of_patient
from server.care.situations import situations_of, thoughts_of
from server.pages import entries
from server.pages.forms import Form, attempt, posted
from server.pages.frame import house, page, see_other
from server.pictures import trends
from sessions.checkins import ExposureAnswers, gated
from sessions.journal import (
    DropSituation,
    JournalState,
    ListSituation,
    Meet,
    SituationListed,
    Thought,
    ThoughtWritten,
    WriteThought,
)
from sessions.people import Actor
from sessions.people import Role as Side

RATING: Final = range(11)
OUTCOMES: Final = (("met", "I met it"), ("partly", "In part"), ("chose_not_to", "I chose not to today"))
_FEARS: Final = ("fear_expected", "fear_peak", "fear_end", "belief_before", "belief_after")


async def show(request: web.Request) -> web.StreamResponse:
    login, journal = await entries.own(request)
    return await _list(request, login, journal, Form())


async def add(request: web.Request) -> web.StreamResponse:
    login, journal = await entries.own(request)
    form = await posted(request)
    command = _listed(form, journal)
    if form.errors or not await entries.write_own(request, login, form, command):
        return await _list(request, login, journal, form, status=form.status)
    return see_other("/situations")


async def drop(request: web.Request) -> web.StreamResponse:
    login, journal = await entries.own(request)
    found = _situation(journal, entries.number_of(request))
    form = await posted(request)
    if not await entries.write_own(request, login, form, DropSituation(of=found)):
        return await _list(request, login, journal, form, status=form.status)
    return see_other("/situations")


async def show_meeting(request: web.Request) -> web.StreamResponse:
    login, journal = await entries.own(request)
    _situation(journal, entries.number_of(request))
    return await _meeting(request, login, journal, Form())


async def meet(request: web.Request) -> web.StreamResponse:
    """Also what somebody took off the list meanwhile: it was met, and what was written of it is not lost."""
    login, journal = await entries.own(request)
    words = _words(journal, entries.number_of(request))
    form = await posted(request)
    answers = _answers(form, words)
    if form.errors or not await entries.write_own(request, login, form, Meet(answers)):
        return await _meeting(request, login, journal, form, status=form.status)
    return see_other("/situations")


async def show_thoughts(request: web.Request) -> web.StreamResponse:
    login, journal = await entries.own(request)
    return await _thoughts(request, login, journal, Form())


async def think(request: web.Request) -> web.StreamResponse:
    login, journal = await entries.own(request)
    form = await posted(request)
    thought = Thought(
        situation=form.text("situation", ask="Write what happened, in a few words."),
        thought=form.text("thought", ask="Write what went through your head."),
        worry_before=form.one_of("worry_before", RATING),
        for_it=form.text("for_it", most=500, lines=True) or None,
        against_it=form.text("against_it", most=500, lines=True) or None,
        another_way=form.text("another_way", most=500, lines=True) or None,
        worry_after=form.one_of("worry_after", RATING),
    )
    if form.errors or not await entries.write_own(request, login, form, WriteThought(thought)):
        return await _thoughts(request, login, journal, form, status=form.status)
    return see_other("/thoughts#written")


async def show_to_therapist(request: web.Request) -> web.StreamResponse:
    seat = await access.patient(request, request.match_info["id"])
    return await _for_therapist(request, seat, Form())


async def add_for(request: web.Request) -> web.StreamResponse:
    seat = await access.patient(request, request.match_info["id"])
    form = await posted(request)
    journal = await request.app[wiring.JOURNALS].state(seat.login.clinic_id, seat.patient.id)
    command = _listed(form, journal)
    return await _written_for(request, seat, form, command)


async def drop_for(request: web.Request) -> web.StreamResponse:
    """What a therapist put on the list. The patient's own are the patient's to take off."""
    seat = await access.patient(request, request.match_info["id"])
    journal = await request.app[wiring.JOURNALS].state(seat.login.clinic_id, seat.patient.id)
    found = _situation(journal, entries.number_of(request))
    return await _written_for(request, seat, await posted(request), DropSituation(of=found))


async def _written_for(
    request: web.Request, seat: PatientSeat, form: Form, command: ListSituation | DropSituation
) -> web.StreamResponse:
    clinic_id, actor = seat.login.clinic_id, Actor(id=seat.login.person.id, role=Side.THERAPIST)
    book = request.app[wiring.JOURNALS]
    done = not form.errors and await attempt(
        form, book.write(clinic_id, seat.patient.id, command, actor=actor, command_id=form.once())
    )
    if not done:
        return await _for_therapist(request, seat, form, status=form.status)
    return see_other(f"/patients/{seat.patient.id}/situations")


def _listed(form: Form, journal: JournalState) -> ListSituation:
    words = form.text("situation", ask="Write a situation, in a few words.")
    if any(_words(journal, entry.seq).casefold() == words.casefold() for entry in journal.situations):
        form.note("situation", "This stands on the list already.")
    return ListSituation(situation=words, expected=form.one_of("expected", RATING))


def _situation(journal: JournalState, of: int) -> int:
    """Raises HTTPNotFound for what is not on the list."""
    if not any(entry.seq == of for entry in journal.situations):
        raise web.HTTPNotFound
    return of


def _words(journal: JournalState, of: int) -> str:
    """Raises HTTPNotFound for what never stood on the list."""
    for entry in journal.entries:
        if entry.seq == of and isinstance(entry.event, SituationListed):
            return entry.event.situation
    raise web.HTTPNotFound


def _answers(form: Form, words: str) -> ExposureAnswers:
    outcome = form.chosen("outcome", [value for value, _ in OUTCOMES], ask="Choose how it went. The rest is optional.")
    ratings = {name: form.one_of(name, RATING) for name in _FEARS}
    answers = gated(
        ExposureAnswers(
            outcome=cast("Literal['met', 'partly', 'chose_not_to']", outcome or "met"),
            situation=words,
            belief=form.text("belief", most=500, lines=True) or None,
            note=form.text("note", most=500, lines=True) or None,
            **ratings,
        )
    )
    assert isinstance(answers, ExposureAnswers), "gating changes no kind"
    return answers


async def _list(
    request: web.Request, login: Login, journal: JournalState, form: Form, *, status: int = 200
) -> web.Response:
    attempts = await attempts_of_patient(request.app, login.clinic_id, login.person.id, own=True)
    return page(
        request,
        "situations",
        login=login,
        place="situations",
        status=status,
        form=form,
        form_id=form.value("id") or str(uuid.uuid4()),
        situations=situations_of(journal, attempts),
        private=journal.private,
        width=trends.WIDTH,
        height=trends.HEIGHT,
        clinic=await house(request, login.clinic_id),
    )


async def _meeting(
    request: web.Request, login: Login, journal: JournalState, form: Form, *, status: int = 200
) -> web.Response:
    of = entries.number_of(request)
    return page(
        request,
        "situation",
        login=login,
        place="situations",
        status=status,
        of=of,
        words=_words(journal, of),
        form=form,
        form_id=form.value("id") or str(uuid.uuid4()),
        outcomes=OUTCOMES,
        clinic=await house(request, login.clinic_id),
    )


async def _thoughts(
    request: web.Request, login: Login, journal: JournalState, form: Form, *, status: int = 200
) -> web.Response:
    return page(
        request,
        "thoughts",
        login=login,
        place="situations",
        status=status,
        form=form,
        form_id=form.value("id") or str(uuid.uuid4()),
        written=_written(journal),
        private=journal.private,
        clinic=await house(request, login.clinic_id),
    )


def _written(journal: JournalState) -> list[tuple[int, int, Thought]]:
    return [
        (entry.seq, entry.at, entry.event.thought)
        for entry in thoughts_of(journal)
        if isinstance(entry.event, ThoughtWritten)
    ]


async def _for_therapist(request: web.Request, seat: PatientSeat, form: Form, *, status: int = 200) -> web.Response:
    journal = (await request.app[wiring.JOURNALS].state(seat.login.clinic_id, seat.patient.id)).shared
    attempts = await attempts_of_patient(request.app, seat.login.clinic_id, seat.patient.id)
    return page(
        request,
        "patient_situations",
        login=seat.login,
        status=status,
        patient=seat.patient,
        form=form,
        form_id=form.value("id") or str(uuid.uuid4()),
        situations=situations_of(journal, attempts),
        written=_written(journal),
        outcomes=dict(OUTCOMES),
        width=trends.WIDTH,
        height=trends.HEIGHT,
        clinic=await house(request, seat.login.clinic_id),
    )


routes = [
    web.get("/situations", show),
    web.post("/situations", add),
    web.get("/situations/{of}", show_meeting),
    web.post("/situations/{of}", meet),
    web.post("/situations/{of}/drop", drop),
    web.get("/thoughts", show_thoughts),
    web.post("/thoughts", think),
    web.get("/patients/{id}/situations", show_to_therapist),
    web.post("/patients/{id}/situations", add_for),
    web.post("/patients/{id}/situations/{of}/drop", drop_for),
]
