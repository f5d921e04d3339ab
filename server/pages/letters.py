"""Letters to others who treat a patient: begun from the record, edited, signed, printed or as PDF."""

import hashlib
from collections.abc import Callable
from functools import partial
from typing import Any, Final, get_args

import msgspec
from aiohttp import web
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy.exc import IntegrityError

from server import languages, wiring
from server.accounts import access
from server.accounts.access import PatientSeat
from server.care import letters as drafts
from server.care.caring import Held
from server.db import documents, errors, people, visits
from server.db.documents import Document
from server.db.store import new_id
from server.exports import beside, typeset
from server.pages.forms import UNSTORED, Form, posted
from server.pages.frame import House, house, page, see_other
from server.pages.pictured import known_of, shown
from server.pictures.chart import Calendar, Chart, condensed, within
from server.pictures.known import Known
from server.pictures.of_patient import calendar, charts
from sessions.letters import (
    ADDRESS_MOST,
    CHARTS,
    KINDS,
    SUBJECT_MOST,
    TEXT_MOST,
    Delivery,
    Letter,
)
from sessions.looking_back import tried
from sessions.pathway import SignLetter
from sessions.people import Actor, Refused, Role

_SHOWN: Final = 50
_OVERTAKEN: Final = (
    "Nothing was stored: somebody else changed this letter since you opened it. What they wrote stands below what you "
    "typed. Take what you need, then store it once more."
)
_SAID: Final = {
    "begun": "Begun from the record. Read it, change what you like, and sign it when it is yours.",
    "saved": "Stored as a draft. Nobody but therapists sees it.",
    "signed": "Signed. It cannot be changed any more.",
    "gone": "The draft is thrown away.",
}
_WEEKS: Final = {"weeks": "all"}


class Listed(Struct, frozen=True):
    """A letter in the list."""

    id: str
    at_ms: int
    kind: str
    is_draft: bool
    who: str


async def show_all(request: web.Request) -> web.StreamResponse:
    return await _list(request, await _seat(request), Form())


async def begin(request: web.Request) -> web.StreamResponse:
    """A draft of its own, filled from the record with the reasons that were ticked."""
    seat, form = await _seat(request), await posted(request)
    kind = KINDS.get(form.chosen("kind", KINDS, ask="Choose whom it goes to."))
    if kind is None:
        return await _list(request, seat, form, status=422)
    clinic = await house(request, seat.login.clinic_id)
    record, _ = await _record(request, seat, clinic)
    letter = replace(
        drafts.drafted(kind, form.several("reasons", kind.reasons), record), language=languages.current().code
    )
    now_ms = request.app[wiring.CLOCK].now_ms()
    document = Document(
        id=new_id(),
        patient_id=seat.patient.id,
        kind=documents.LETTER,
        author_id=seat.login.person.id,
        created_ms=now_ms,
        changed_ms=now_ms,
        body=msgspec.json.encode(letter),
    )
    try:
        async with request.app[wiring.STORE].write() as tx:
            await documents.put(tx, seat.login.clinic_id, document)
    except errors.StorageError:
        form.note("", UNSTORED)
        return await _list(request, seat, form, status=503)
    return see_other(f"{_path(seat)}/{document.id}?said=begun")


async def show(request: web.Request) -> web.StreamResponse:
    seat = await _seat(request)
    document, letter = await _letter(request, seat)
    if document.is_draft:
        return await _draft_page(request, seat, document, _filled(letter))
    return await _signed_page(request, seat, document, letter)


async def store(request: web.Request) -> web.StreamResponse:
    """Stores the draft, signs it, or throws it away. Who was overtaken gets their own words and the others'."""
    seat = await _seat(request)
    was, before = await _letter(request, seat)
    form = await posted(request)
    if not was.is_draft:
        # Sent twice is signed once. Other words than those that were signed are given back.
        same = form.value("do") == "sign" and _given(form, before, signs=False).text == before.text
        return see_other(f"{_path(seat)}/{was.id}") if same else await _overtaken(request, seat, form)
    if form.value("do") == "discard":
        return await _discard(request, seat, form, was)
    letter = _given(form, before, signs=form.value("do") == "sign")
    if form.errors:
        return await _draft_page(request, seat, was, form, status=422)
    overtaken = form.value("revision") != str(was.revision)
    try:
        if not overtaken and form.value("do") == "sign":
            await _sign(request, seat, was, letter)
            return see_other(f"{_path(seat)}/{was.id}?said=signed")
        if not overtaken:
            async with request.app[wiring.STORE].write() as tx:
                now_ms = request.app[wiring.CLOCK].now_ms()
                body = msgspec.json.encode(letter)
                if await documents.change(tx, seat.login.clinic_id, was, body=body, now_ms=now_ms) is not None:
                    return see_other(f"{_path(seat)}/{was.id}?said=saved")
    except (IntegrityError, Held, errors.Conflict):
        pass
    except Refused as refused:
        form.note("", refused.message)
        return await _draft_page(request, seat, was, form, status=422)
    except errors.StorageError:
        form.note("", UNSTORED)
        return await _draft_page(request, seat, was, form, status=503)
    return await _overtaken(request, seat, form)


async def pdf(request: web.Request) -> web.StreamResponse:
    """A signed letter as PDF. Its name says nothing."""
    seat = await _seat(request)
    document, letter = await _letter(request, seat)
    if document.is_draft:
        raise web.HTTPNotFound
    if beside.is_crowded():
        raise web.HTTPServiceUnavailable(headers={"Retry-After": "60"})
    clinic = await house(request, seat.login.clinic_id)
    made = await typeset.typeset(
        "letter",
        _sheet(document, letter, clinic),
        language=request.app[wiring.LANGUAGES].get(letter.language),
        made_ms=document.signed_ms or 0,
    )
    return web.Response(
        body=made.data,
        content_type="application/pdf",
        headers={"Content-Disposition": 'attachment; filename="letter.pdf"'},
    )


async def _overtaken(request: web.Request, seat: PatientSeat, form: Form) -> web.Response:
    now, theirs = await _letter(request, seat)
    form.note("", _OVERTAKEN)
    return await _draft_page(request, seat, now, form, theirs=theirs, status=409)


async def _discard(request: web.Request, seat: PatientSeat, form: Form, was: Document) -> web.StreamResponse:
    gone = False
    if form.value("revision") == str(was.revision):
        async with request.app[wiring.STORE].write() as tx:
            gone = await documents.remove(tx, seat.login.clinic_id, was)
    if gone:
        return see_other(f"{_path(seat)}?said=gone")
    return await _overtaken(request, seat, form)


async def _sign(request: web.Request, seat: PatientSeat, was: Document, letter: Letter) -> None:
    """The letter and the line of the journal that says so are stored together, or neither is."""
    clinic = await house(request, seat.login.clinic_id)
    record, known = await _record(request, seat, clinic)
    signed = replace(
        letter,
        sender=drafts.sender_of(record),
        pictures=drafts.pictures(*_chosen(known, letter)),
    )
    now_ms = request.app[wiring.CLOCK].now_ms()
    body = msgspec.json.encode(signed)
    document = replace(
        was,
        body=body,
        state=documents.SIGNED,
        author_id=was.author_id,
        changed_ms=now_ms,
        signed_ms=now_ms,
        revision=was.revision + 1,
    )
    keys = await request.app[wiring.KEYRING].keys_of(seat.login.clinic_id, seat.patient.id)
    await request.app[wiring.JOURNALS].write(
        seat.login.clinic_id,
        seat.patient.id,
        SignLetter(document=was.id, sha256=hashlib.sha256(body).hexdigest(), to=letter.kind),
        actor=Actor(id=seat.login.person.id, role=Role.THERAPIST),
        extras=(documents.signing(keys, seat.login.clinic_id, document),),
    )


def _given(form: Form, before: Letter, *, signs: bool) -> Letter:
    subject = form.text("subject", ask="Write what it is about." if signs else None, most=SUBJECT_MOST)
    address = form.text("address", most=ADDRESS_MOST, lines=True)
    text = form.text("text", ask="Write something before you sign." if signs else None, most=TEXT_MOST, lines=True)
    ways = get_args(Delivery)
    delivery: Any = form.chosen("delivery", ways, ask="Choose how it goes." if signs else None) or None
    if signs and delivery == "address" and not address:
        form.note("address", "Write the address, or choose that the patient takes it along.")
    if signs and not form.ticked("agreed"):
        form.note("agreed", "Ask the patient first. A letter goes to nobody without their agreement.")
    return replace(
        before,
        subject=subject,
        address=address,
        text=text,
        delivery=delivery,
        charts=form.several("charts", CHARTS),
    )


def _filled(letter: Letter) -> Form:
    return Form.of(
        subject=letter.subject,
        address=letter.address,
        text=letter.text,
        delivery=letter.delivery or "",
        charts=letter.charts,
    )


# Loading


async def _seat(request: web.Request) -> PatientSeat:
    return await access.patient(request, request.match_info["id"])


def _path(seat: PatientSeat) -> str:
    return f"/patients/{seat.patient.id}/letters"


async def _letter(request: web.Request, seat: PatientSeat) -> tuple[Document, Letter]:
    """Raises HTTPNotFound for what is no letter of this patient, or cannot be read any more."""
    async with request.app[wiring.STORE].reader() as tx:
        found = await documents.document(tx, seat.login.clinic_id, request.match_info["letter"])
    if found is None or (found.patient_id, found.kind) != (seat.patient.id, documents.LETTER) or found.body is None:
        raise web.HTTPNotFound
    return found, msgspec.json.decode(found.body, type=Letter)


async def _record(request: web.Request, seat: PatientSeat, clinic: House) -> tuple[drafts.Record, Known]:
    clinic_id, patient_id = seat.login.clinic_id, seat.patient.id
    known = await known_of(request, clinic_id, patient_id, zone=clinic.zone)
    async with request.app[wiring.STORE].reader() as tx:
        sessions = await visits.sessions_of_patient(tx, clinic_id, patient_id, limit=500)
    held = [one for one in sessions if one.kind == visits.VISIT and one.ended_ms is not None]
    began = [one.due_ms for one in held] + [one.at_ms for one in known.practised]
    record = drafts.Record(
        patient=seat.patient.name or "",
        therapist=seat.login.person.name or "",
        clinic=clinic.name,
        phone=clinic.phone,
        zone=clinic.zone,
        now_ms=known.now_ms,
        state=await request.app[wiring.CARE].state(clinic_id, patient_id),
        attempts=known.attempts,
        besides=known.besides,
        tried=tried(known.journal),
        visits=len(held),
        practices=len(known.practised),
        first_ms=min(began, default=None),
    )
    return record, known


def _chosen(known: Known, letter: Letter) -> tuple[list[Chart], Calendar]:
    found = [one for one in charts(known) if one.id in letter.charts]
    over = calendar(found, known, from_ms=None)
    return [condensed(within(one, over), zone=known.zone, narrowed=lambda *_: "") for one in found], over


# Pages


async def _list(request: web.Request, seat: PatientSeat, form: Form, *, status: int = 200) -> web.Response:
    async with request.app[wiring.STORE].reader() as tx:
        found = await documents.of_patient(tx, seat.login.clinic_id, seat.patient.id, kinds=(documents.LETTER,))
        who = await people.people(tx, seat.login.clinic_id, sorted({one.author_id for one in found}))
    return page(
        request,
        "letters",
        login=seat.login,
        status=status,
        patient=seat.patient,
        form=form,
        said="" if form.errors else _SAID.get(request.query.get("said", ""), ""),
        letters=[
            Listed(
                one.id,
                one.signed_ms or one.changed_ms,
                KINDS[msgspec.json.decode(one.body, type=Letter).kind].title,
                one.is_draft,
                who[one.author_id].name or "" if one.author_id in who else "",
            )
            for one in reversed(found[-_SHOWN:])
            if one.body is not None
        ],
        kinds=KINDS,
        clinic=await house(request, seat.login.clinic_id),
    )


async def _draft_page(
    request: web.Request,
    seat: PatientSeat,
    document: Document,
    form: Form,
    *,
    theirs: Letter | None = None,
    status: int = 200,
) -> web.Response:
    clinic = await house(request, seat.login.clinic_id)
    known = await known_of(request, seat.login.clinic_id, seat.patient.id, zone=clinic.zone)
    figures = {one.chart.id: one for one in shown(known, _WEEKS).figures if one.chart.rows}
    assert document.body is not None, "a letter that was loaded can be read"
    kind = KINDS[msgspec.json.decode(document.body, type=Letter).kind]
    return page(
        request,
        "letter",
        login=seat.login,
        status=status,
        patient=seat.patient,
        form=form,
        letter_id=document.id,
        # Whoever was overtaken has seen the other's words now.
        revision=document.revision if theirs is not None or not form.value("revision") else form.value("revision"),
        kind=kind,
        theirs=theirs if theirs is not None and document.is_draft else None,
        signed_meanwhile=not document.is_draft,
        said="" if form.errors else _SAID.get(request.query.get("said", ""), ""),
        charts=[(one, words) for one, words in CHARTS.items() if one in figures],
        figures=[figures[one] for one in form.several("charts", figures)],
        most={"subject": SUBJECT_MOST, "address": ADDRESS_MOST, "text": TEXT_MOST},
        clinic=clinic,
    )


async def _signed_page(request: web.Request, seat: PatientSeat, document: Document, letter: Letter) -> web.Response:
    clinic = await house(request, seat.login.clinic_id)
    language = request.app[wiring.LANGUAGES].get(letter.language)
    missing = await typeset.missing(_sheet(document, letter, clinic), language=language)
    return page(
        request,
        "letter_signed",
        login=seat.login,
        patient=seat.patient,
        letter=letter,
        letter_id=document.id,
        signed_ms=document.signed_ms,
        kind=KINDS[letter.kind],
        pictures=[(one, drafts.redrawn(one)) for one in letter.pictures],
        missing=missing,
        said=_SAID.get(request.query.get("said", ""), ""),
        clinic=clinic,
    )


def _sheet(document: Document, letter: Letter, clinic: House) -> Callable[[], dict[str, Any]]:
    assert document.signed_ms is not None, "only a signed letter is set"
    return partial(drafts.sheet, letter, clinic=clinic.name, signed_ms=document.signed_ms, zone=clinic.zone)


routes = [
    web.get("/patients/{id}/letters", show_all),
    web.post("/patients/{id}/letters", begin),
    web.get("/patients/{id}/letters/{letter}", show),
    web.post("/patients/{id}/letters/{letter}", store),
    web.get("/patients/{id}/letters/{letter}/letter.pdf", pdf),
]
