"""The note of a session: a form drafted from the ledger, then what was signed, and what was added to it."""

import secrets
from typing import Final

from aiohttp import web

from server import languages, wiring
from server.accounts import access
from server.accounts.access import Seat
from server.bodies import Erased
from server.db import documents, errors, people, visits
from server.db.documents import Document
from server.notes import writing
from server.notes.writing import Addition, Late, Overtaken
from server.pages.forms import UNSTORED, Form, posted
from server.pages.frame import house, page, see_other
from server.pages.note_form import filled_form, merged, note_from, number_in, pieces
from server.pages.note_parts import (
    Drawn,
    Signed,
    came_since,
    differences,
    drafted,
    offered,
    people_of,
    template_for,
    titles,
    why_withheld,
)
from server.pages.review_values import given_names
from sessions.drafting import facts_of, told_lines
from sessions.notes import (
    FIELDS,
    REASON_MOST,
    TEXT_MOST,
    Note,
    Section,
    unknown_in,
)
from sessions.people import Role
from sessions.review import timeline

_SAID: Final = {
    "saved": "Stored as a draft. It is nobody’s record until you sign it.",
    "signed": "Signed. It cannot be changed any more; what is to be added goes below it.",
    "amended": "Added, and signed.",
    "withheld": "The patient’s export leaves this note out from now on.",
    "shown": "The patient’s export holds this note again.",
    "gone": "The draft is thrown away.",
}
_OVERTAKEN: Final = (
    "Nothing was stored: somebody else changed this note since you opened it. What they wrote stands beside what you "
    "typed. Take what you need, then store it once more."
)
_SIGNED_MEANWHILE: Final = (
    "Nothing was stored: this note was signed since you opened it. What you typed stands below, as an addition that "
    "you can sign."
)
_LATE: Final = (
    "Nothing was signed yet: more came in since you read this session. Look at it below, change the note if it "
    "matters, then sign once more."
)


async def show(request: web.Request) -> web.StreamResponse:
    seat = await _seat(request)
    if seat.session.phase != visits.ENDED:
        return page(request, "note_early", login=seat.login, session_id=seat.session_id, at_home=_at_home(seat))
    return await _as_it_stands(request, seat)


async def store(request: web.Request) -> web.StreamResponse:
    """Stores the draft, or signs it. Who was overtaken gets both versions back, and nothing is stored."""
    seat = await _seat(request, ended=True)
    form = await posted(request)
    was = await writing.note_of(request.app, seat)
    note, revision = note_from(form), number_in(form, "revision")
    signs = form.value("do") == "sign"
    if form.value("do") == "both":
        return await _form_page(request, seat, merged(form, note, _note(was)), was)
    if signs and not any(section.text for section in note.sections):
        form.note("text_0", "Write something before you sign.")
    if form.errors:
        return await _form_page(request, seat, form, was, status=422)
    try:
        if signs:
            await writing.sign(request.app, seat, note, was=was, revision=revision)
        else:
            await writing.save(request.app, seat, note, was=was, revision=revision)
    except Overtaken:
        return await _overtaken(request, seat, form, note, signs=signs)
    except (Late, errors.Conflict):
        form.note("", _LATE)
        return await _form_page(request, seat, form, was, status=409)
    except (Erased, errors.Unreadable):
        return await _erased(request, seat)
    except errors.Unavailable:
        form.note("", UNSTORED)
        return await _form_page(request, seat, form, was, status=503)
    return see_other(f"/sessions/{seat.session_id}/note?said={'signed' if signs else 'saved'}")


async def discard(request: web.Request) -> web.StreamResponse:
    """Throws a draft away, of the note or of an addition, as it was shown. One that was changed since stays."""
    seat = await _seat(request, ended=True)
    form = await posted(request)
    was = await writing.note_of(request.app, seat)
    if was is not None and not was.is_draft:
        was = (await writing.added_to(request.app, seat)).draft
    gone = False
    if was is not None and was.is_draft and was.revision == number_in(form, "revision"):
        async with request.app[wiring.STORE].write() as tx:
            gone = await documents.remove(tx, seat.login.clinic_id, was)
    return see_other(f"/sessions/{seat.session_id}/note{'?said=gone' if gone else ''}")


async def amend(request: web.Request) -> web.StreamResponse:
    """Adds to a signed note: stored as a draft, or signed. Who was overtaken gets both versions back."""
    seat = await _seat(request, ended=True)
    form = await posted(request)
    was = await _signed(request, seat)
    added = await writing.added_to(request.app, seat)
    to, draft, revision = Addition(was, len(added.signed)), added.draft, number_in(form, "revision")
    saves = form.value("do") == "save"
    text = form.text("addition", ask="Write what is to be added.", most=TEXT_MOST, lines=True)
    reason = form.text("reason", ask=None if saves else "Write why. A few words do.", most=REASON_MOST)
    if form.errors:
        return await _signed_page(request, seat, was, form=form, status=422)
    note = Note(sections=(Section("Addition", text),), reason=reason, as_of_seq=number_in(form, "as_of"))
    try:
        if saves:
            await writing.save(request.app, seat, note, was=draft, revision=revision, to=to)
        else:
            await writing.amend(request.app, seat, note, to=to, was=draft, revision=revision, command_id=form.once())
    except Overtaken:
        form.note("", _OVERTAKEN)
        return await _signed_page(request, seat, was, form=form, status=409)
    except (Erased, errors.Unreadable):
        return await _erased(request, seat)
    except errors.StorageError:
        form.note("", UNSTORED)
        return await _signed_page(request, seat, was, form=form, status=503)
    return see_other(f"/sessions/{seat.session_id}/note?said={'saved' if saves else 'amended'}")


async def withhold(request: web.Request) -> web.StreamResponse:
    """From the patient's export, with a reason; or no longer."""
    seat = await _seat(request, ended=True)
    form = await posted(request)
    was = await _signed(request, seat)
    reason = ""
    if form.value("do") != "show":
        reason = form.text("why", ask="Write why the patient’s export leaves it out.", most=500, lines=True)
    if form.errors:
        return await _signed_page(request, seat, was, withholding=form, status=422)
    try:
        await writing.show_in_export(request.app, seat, was, reason=reason)
    except errors.Unreadable:
        return await _erased(request, seat)
    except errors.StorageError:
        form.note("", UNSTORED)
        return await _signed_page(request, seat, was, withholding=form, status=503)
    return see_other(f"/sessions/{seat.session_id}/note?said={'withheld' if reason else 'shown'}")


async def _seat(request: web.Request, *, ended: bool = False) -> Seat:
    """A therapist's own place. Raises HTTPNotFound for everybody else, and for a form of a session that runs."""
    seat = await access.seat_in_session(request, request.match_info["id"])
    if seat.role is not Role.THERAPIST or (ended and seat.session.phase != visits.ENDED):
        raise web.HTTPNotFound
    return seat


async def _signed(request: web.Request, seat: Seat) -> Document:
    was = await writing.note_of(request.app, seat)
    if was is None or was.is_draft:
        raise web.HTTPNotFound
    return was


async def _as_it_stands(request: web.Request, seat: Seat) -> web.Response:
    was = await writing.note_of(request.app, seat)
    if was is not None and was.body is None:
        return await _erased(request, seat)
    if was is not None and not was.is_draft:
        return await _signed_page(request, seat, was)
    return await _form_page(request, seat, None, was)


async def _overtaken(request: web.Request, seat: Seat, form: Form, note: Note, *, signs: bool) -> web.Response:
    now = await writing.note_of(request.app, seat)
    if now is not None and not now.is_draft:
        if signs and _note(now) == note:
            # The same form twice: it is signed.
            return see_other(f"/sessions/{seat.session_id}/note?said=signed")
        addition = Form.of(addition="\n\n".join(f"{one.title}\n{one.text}" for one in note.sections if one.text))
        addition.note("", _SIGNED_MEANWHILE)
        return await _signed_page(request, seat, now, form=addition, status=409)
    form.note("", _OVERTAKEN)
    return await _form_page(request, seat, form, now, status=409, theirs=_note(now))


async def _form_page(
    request: web.Request,
    seat: Seat,
    form: Form | None,
    was: Document | None,
    *,
    status: int = 200,
    theirs: Note | None = None,
) -> web.Response:
    """The draft: as it is stored, as it was typed, or as the ledger has it where there is none yet."""
    clinic = await house(request, seat.login.clinic_id)
    try:
        ledger = await writing.read_ledger(request.app, seat)
    except (Erased, errors.Unreadable):
        return await _erased(request, seat)
    everybody = await people_of(request, seat, was)
    line = timeline(ledger.lines, now_ms=request.app[wiring.CLOCK].now_ms(), names=given_names(everybody))
    facts = facts_of(ledger.lines, line, title=titles(request))
    stored = _note(was)
    template = template_for(request, clinic, form, stored)
    known = stored
    if known is None:
        told = told_lines(facts, languages.told)
        known = drafted(template, told, as_of_seq=ledger.read_until)
    read_until = known.as_of_seq if form is None else number_in(form, "as_of")
    shown = filled_form(known) if form is None else form
    return page(
        request,
        "note",
        login=seat.login,
        status=status,
        session_id=seat.session_id,
        at_home=_at_home(seat),
        name=_name(everybody, seat.session.patient_id),
        due_ms=seat.session.due_ms,
        form=shown,
        pieces=pieces(shown),
        as_of=ledger.read_until,
        revision=was.revision if was is not None else 0,
        stored=was,
        who="" if was is None else _name(everybody, was.author_id),
        came=came_since(ledger, line, read_until),
        theirs=differences(theirs, note_from(shown)) if theirs is not None else [],
        templates=offered(clinic) if was is None else [],
        template=template,
        unknown=[name for section in template.sections for name in unknown_in(section.text)] if was is None else [],
        facts=[Drawn(one.words, one.seqs[0]) for field in FIELDS for one in facts[field] if one.seqs],
        scratch=bool(line.state.notes),
        text_most=TEXT_MOST,
        said=_SAID.get(request.query.get("said", ""), ""),
        clinic=clinic,
    )


async def _signed_page(
    request: web.Request,
    seat: Seat,
    was: Document,
    *,
    form: Form | None = None,
    withholding: Form | None = None,
    status: int = 200,
) -> web.Response:
    clinic = await house(request, seat.login.clinic_id)
    try:
        ledger = await writing.read_ledger(request.app, seat)
    except (Erased, errors.Unreadable):
        return await _erased(request, seat)
    note = _note(was)
    if note is None:
        return await _erased(request, seat)
    amendments = await writing.added_to(request.app, seat)
    draft = amendments.draft
    begun = _note(draft)
    everybody = await people_of(request, seat, was, draft, *amendments.signed)
    line = timeline(ledger.lines, now_ms=request.app[wiring.CLOCK].now_ms(), names=given_names(everybody))
    added = [
        Signed(one, _name(everybody, of.author_id), of.signed_ms or 0) for of in amendments.signed if (one := _note(of))
    ]
    read_until = max([note.as_of_seq, *(one.note.as_of_seq for one in added)])
    return page(
        request,
        "note_signed",
        login=seat.login,
        status=status,
        session_id=seat.session_id,
        at_home=_at_home(seat),
        name=_name(everybody, seat.session.patient_id),
        due_ms=seat.session.due_ms,
        signed=Signed(note, _name(everybody, was.author_id), was.signed_ms or 0),
        amendments=added,
        came=came_since(ledger, line, read_until),
        withheld=await why_withheld(request, seat, was),
        form=form or _addition_form(begun),
        revision=draft.revision if draft is not None else 0,
        draft_by="" if draft is None else _name(everybody, draft.author_id),
        theirs=begun if status == 409 else None,
        form_id=secrets.token_hex(8),
        withholding=withholding or Form(),
        as_of=ledger.read_until,
        text_most=TEXT_MOST,
        reason_most=REASON_MOST,
        said=_SAID.get(request.query.get("said", ""), "") if status == 200 else "",
        clinic=clinic,
    )


def _addition_form(begun: Note | None) -> Form:
    return Form() if begun is None else Form.of(addition=begun.sections[0].text, reason=begun.reason)


async def _erased(request: web.Request, seat: Seat) -> web.Response:
    clinic = await house(request, seat.login.clinic_id)
    return page(request, "review_erased", login=seat.login, status=410, clinic=clinic)


def _note(was: Document | None) -> Note | None:
    return None if was is None else writing.written(was)


def _name(everybody: dict[str, people.Person], person_id: str) -> str:
    found = everybody.get(person_id)
    return (found.name if found is not None else None) or "Nobody by name"


def _at_home(seat: Seat) -> bool:
    return seat.session.kind == visits.PRACTICE


routes = [
    web.get("/sessions/{id}/note", show),
    web.post("/sessions/{id}/note", store),
    web.post("/sessions/{id}/note/discard", discard),
    web.post("/sessions/{id}/note/amend", amend),
    web.post("/sessions/{id}/note/withhold", withhold),
]
