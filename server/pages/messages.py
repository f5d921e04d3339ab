"""Messages between a patient and their therapists outside of visits: one thread, read by both, watched by nobody."""

import contextlib
import uuid
from typing import Final

from aiohttp import web
from msgspec import Struct

from exercises.saying import say
from server import wiring
from server.accounts import access
from server.accounts.access import Login
from server.care.caring import Held
from server.db import errors, people
from server.db.people import Role
from server.desk.news import Item
from server.pages.answering import hours_words, within_words
from server.pages.forms import Form, attempt, posted
from server.pages.frame import house, page, see_other
from sessions.journal import JournalState, Read, Said, Say
from sessions.people import Actor
from sessions.people import Role as Side

MOST: Final = 2_000
_A_PAGE: Final = 50


class _Line(Struct, frozen=True):
    """One message as its reader sees it. `seen`: the other side has opened it; told to the patient alone."""

    seq: int
    at_ms: int
    who: str
    mine: bool
    text: str
    fresh: bool
    seen: bool


async def show(request: web.Request) -> web.StreamResponse:
    login = await access.require(request, Role.PATIENT)
    return await _page(request, login, login.person.id, Side.PATIENT, Form())


async def send(request: web.Request) -> web.StreamResponse:
    login = await access.require(request, Role.PATIENT)
    return await _send(request, login, login.person.id, Side.PATIENT, back="/messages")


async def show_to_therapist(request: web.Request) -> web.StreamResponse:
    seat = await access.patient(request, request.match_info["id"])
    return await _page(request, seat.login, seat.patient.id, Side.THERAPIST, Form())


async def answer(request: web.Request) -> web.StreamResponse:
    seat = await access.patient(request, request.match_info["id"])
    return await _send(
        request, seat.login, seat.patient.id, Side.THERAPIST, back=f"/patients/{seat.patient.id}/messages"
    )


async def _send(request: web.Request, login: Login, patient_id: str, side: Side, *, back: str) -> web.StreamResponse:
    form = await posted(request)
    text = form.text("text", ask="Write something first.", most=MOST, lines=True)
    actor = Actor(id=login.person.id, role=side)
    book = request.app[wiring.JOURNALS]
    done = not form.errors and await attempt(
        form, book.write(login.clinic_id, patient_id, Say(text=text), actor=actor, command_id=form.once())
    )
    if not done:
        return await _page(request, login, patient_id, side, form, status=form.status)
    if side is Side.PATIENT:
        await _tell_desks(request, login.clinic_id, patient_id)
    return see_other(f"{back}#latest")


async def _tell_desks(request: web.Request, clinic_id: str, patient_id: str) -> None:
    """Ids alone: an open desk fetches what it shows."""
    async with request.app[wiring.STORE].reader() as tx:
        therapists = await people.therapists_of(tx, clinic_id, patient_id)
    for therapist_id in therapists:
        request.app[wiring.NEWS].tell(therapist_id, Item(kind="message", session=patient_id))


async def _page(
    request: web.Request, login: Login, patient_id: str, side: Side, form: Form, *, status: int = 200
) -> web.Response:
    clinic_id, book = login.clinic_id, request.app[wiring.JOURNALS]
    journal = await book.state(clinic_id, patient_id)
    earlier = request.query.get("before", "")
    until = int(earlier) if earlier.isascii() and earlier.isdigit() and len(earlier) < 12 else journal.seq + 1
    lines, more = await _lines(request, login, journal, side=side, until=until)
    if request.method == "GET" and until > journal.seq:
        await _mark_read(request, login, patient_id, journal, side)
    async with request.app[wiring.STORE].reader() as tx:
        patient = await people.person(tx, clinic_id, patient_id)
        therapists = await people.people(tx, clinic_id, await people.therapists_of(tx, clinic_id, patient_id))
    assert patient is not None, "whose page this is was looked up"
    clinic = await house(request, clinic_id)
    return page(
        request,
        "messages" if side is Side.PATIENT else "patient_messages",
        login=login,
        place="messages",
        status=status,
        form=form,
        form_id=form.value("id") or str(uuid.uuid4()),
        most=MOST,
        patient=patient,
        lines=lines,
        more=more,
        latest=until > journal.seq,
        now_ms=request.app[wiring.CLOCK].now_ms(),
        therapists=[person.name for person in therapists.values() if person.name],
        clinic=clinic,
        within=within_words(clinic.settings),
        hours=hours_words(clinic.settings),
    )


async def _mark_read(request: web.Request, login: Login, patient_id: str, journal: JournalState, side: Side) -> None:
    unread = journal.unread_by(side)
    if not unread:
        return
    # A disk that is full keeps nobody from reading: it is marked the next time.
    with contextlib.suppress(errors.StorageError, Held):
        await request.app[wiring.JOURNALS].write(
            login.clinic_id, patient_id, Read(until=unread[-1].seq), actor=Actor(id=login.person.id, role=side)
        )


async def _lines(
    request: web.Request, login: Login, journal: JournalState, *, side: Side, until: int
) -> tuple[list[_Line], int | None]:
    """One page of the thread, the newest last, and before which number the page before it ends."""
    entries = [entry for entry in journal.messages if entry.seq < until]
    shown = entries[-_A_PAGE:]
    async with request.app[wiring.STORE].reader() as tx:
        who = await people.people(tx, login.clinic_id, list({entry.person for entry in shown}))
    fresh = {entry.seq for entry in journal.unread_by(side)}
    other = Side.THERAPIST if side is Side.PATIENT else Side.PATIENT
    lines = []
    for entry in shown:
        assert isinstance(entry.event, Said), "messages are what was said"
        writer, mine = who.get(entry.person), entry.person == login.person.id
        lines.append(
            _Line(
                seq=entry.seq,
                at_ms=entry.at,
                who=say("You") if mine else (writer and writer.name) or say("Somebody who is not here any more"),
                mine=mine,
                text=entry.event.text,
                fresh=entry.seq in fresh,
                seen=mine and side is Side.PATIENT and entry.seq <= journal.read.get(other, 0),
            )
        )
    return lines, shown[0].seq if shown and len(entries) > len(shown) else None


routes = [
    web.get("/messages", show),
    web.post("/messages", send),
    web.get("/patients/{id}/messages", show_to_therapist),
    web.post("/patients/{id}/messages", answer),
]
