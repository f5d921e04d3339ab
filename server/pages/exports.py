"""Taking a record along: a patient their own, a therapist a session's or a patient's, an owner the whole clinic's.

Asking is a form, so that nothing is copied by a browser that fetches ahead; each time is recorded first and seen by
the patient. What takes a while has a page that says how far it is, also where no script runs.
"""

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Final

import msgspec
from aiohttp import web
from msgspec import structs

from exercises.saying import say
from server import wiring
from server.accounts import access, proof, signing
from server.accounts.access import Login
from server.bodies import Erased
from server.clinic_settings import Copied
from server.days import day_at
from server.db import logins, people
from server.db.people import Person, Role
from server.exports import archive, beside, clinic, gather, printed, recording
from server.exports.archive import Archive, Memory
from server.exports.gather import Reader, Whose
from server.exports.jobs import KEPT_MS, Job, TooMany
from server.exports.typeset import typeset
from server.languages import current
from server.pages.forms import Form, posted
from server.pages.frame import House, house, page, see_other
from sessions.people import Role as Side

FORMS: Final = {
    "pdf": (say("For reading and printing"), "PDF"),
    "tables": (say("Tables, for a spreadsheet"), "CSV"),
    "fhir": (say("For another health program"), "FHIR R4"),
}
_REASON_MOST: Final = 300
_COPIES_KEPT: Final = 50
_FULL: Final = "Many copies wait already. Try again in a few minutes."


# One session


async def show_session(request: web.Request) -> web.StreamResponse:
    seat = await access.seat_in_session(request, request.match_info["id"])
    if seat.role is Side.SUPPORT:
        raise web.HTTPNotFound
    return await _session_page(request, seat, Form.of(form="pdf"))


async def take_session(request: web.Request) -> web.StreamResponse:
    seat = await access.seat_in_session(request, request.match_info["id"])
    if seat.role is Side.SUPPORT:
        raise web.HTTPNotFound
    # One session is as much as somebody needs who finds the device open: it is as a whole record.
    await proof.fresh(request, seat.login)
    form = await posted(request)
    wanted = form.chosen("form", FORMS, ask="Choose what the copy is for.")
    if form.errors:
        return await _session_page(request, seat, form, status=422)
    if beside.is_crowded():
        form.note("", _FULL)
        return await _session_page(request, seat, form, status=503)
    app, place = request.app, seat.place
    await recording.slow_down(request, seat.person_id)
    await recording.record(
        app,
        clinic_id=place.clinic_id,
        patient_ids=[place.patient_id],
        person_id=seat.person_id,
        what=recording.SESSION,
        login_id=seat.login.id,
    )
    whose = await _whose(request, place.clinic_id, place.patient_id, seat.login)
    sitting = await gather.sitting_of(app, whose, seat.session)
    if sitting is None:
        raise web.HTTPNotFound
    now_ms = app[wiring.CLOCK].now_ms()
    name = f"session-{day_at(sitting.line.from_ms, whose.zone)}"
    match wanted:
        case "pdf":
            gathering = partial(printed.session, sitting, whose)
            made = await typeset("session", gathering, language=current(), made_ms=now_ms)
            return _file(made.data, f"{name}.pdf", "application/pdf")
        case "fhir":
            bundle = await beside.run(partial(archive.bundle_of, sitting, whose, by=seat.person_id, now_ms=now_ms))
            return _file(bundle, f"{name}.fhir.json", "application/fhir+json")
        case _:
            sink = Memory()
            made_of = Archive(sink, now_ms=now_ms)
            await archive.write_tables(made_of, sitting, whose, spools=app[wiring.EXPORTS].folder)
            made_of.close()
            return _file(bytes(sink.data), f"{name}.zip", "application/zip")


# One patient


async def show_own(request: web.Request) -> web.StreamResponse:
    login = await access.require(request, Role.PATIENT)
    return await _record_page(request, login, login.person)


async def take_own(request: web.Request) -> web.StreamResponse:
    login = await access.require(request, Role.PATIENT)
    return await _take_record(request, login, login.person)


async def show_patient(request: web.Request) -> web.StreamResponse:
    seat = await access.patient(request, request.match_info["id"])
    return await _record_page(request, seat.login, seat.patient)


async def take_patient(request: web.Request) -> web.StreamResponse:
    seat = await access.patient(request, request.match_info["id"])
    return await _take_record(request, seat.login, seat.patient)


async def _take_record(request: web.Request, login: Login, patient: Person) -> web.StreamResponse:
    app = request.app
    # Whoever finds the device open takes no record along.
    await proof.fresh(request, login)
    await recording.slow_down(request, login.person.id)
    await recording.record(
        app,
        clinic_id=login.clinic_id,
        patient_ids=[patient.id],
        person_id=login.person.id,
        what=recording.RECORD,
        login_id=login.id,
    )
    whose = await _whose(request, login.clinic_id, patient.id, login)

    async def make(job: Job) -> None:
        job.total = (await gather.record(app, whose)).total

        def progress(done: int) -> None:
            job.done = done

        with job.sink() as sink:
            made = Archive(sink, now_ms=app[wiring.CLOCK].now_ms())
            job.missing = await archive.write_patient(
                app, made, whose, by=login.person.id, spools=app[wiring.EXPORTS].folder, progress=progress
            )
            made.close()

    today = day_at(app[wiring.CLOCK].now_ms(), whose.zone)
    try:
        job = app[wiring.EXPORTS].start(login.person.id, f"record-{today}.zip", make, about=patient.id)
    except TooMany:
        return await _record_page(request, login, patient, said=_FULL, status=503)
    return see_other(f"/export/{job.id}")


# One clinic


async def show_clinic(request: web.Request) -> web.StreamResponse:
    owner = await access.require(request, Role.OWNER)
    await proof.fresh(request, owner)
    return await _clinic_page(request, owner, Form())


async def take_clinic(request: web.Request) -> web.StreamResponse:
    owner = await access.require(request, Role.OWNER)
    await proof.fresh(request, owner)
    form = await posted(request)
    reason = form.text("reason", ask="Write why. Every patient can read it.", most=_REASON_MOST)
    passphrase = form.secret("passphrase")
    if len(passphrase) < clinic.PASSPHRASE_LEAST:
        form.note(
            "passphrase",
            say("Write {least} characters or more. Four or five words do well.", least=clinic.PASSPHRASE_LEAST),
        )
    elif passphrase != form.secret("again"):
        form.note("again", "The two are not the same. Nobody can mend that later, so write both once more.")
    if owner.person.password_hash is not None:
        await _check_password(request, owner, form)
    if form.errors:
        return await _clinic_page(request, owner, form, status=422)
    app = request.app
    await recording.slow_down(request, owner.person.id)
    await _break_glass(request, owner, reason)

    async def make(job: Job) -> None:
        await clinic.write_clinic(app, job, owner.clinic_id, by=owner.person.id, passphrase=passphrase)

    today = day_at(app[wiring.CLOCK].now_ms(), "UTC")
    try:
        job = app[wiring.EXPORTS].start(owner.person.id, f"clinic-{today}.ebb", make)
    except TooMany:
        form.note("", _FULL)
        return await _clinic_page(request, owner, form, status=503)
    return see_other(f"/export/{job.id}")


async def _break_glass(request: web.Request, owner: Login, reason: str) -> None:
    """Who, when and why, in each patient's own list and in the clinic's, before anything is read."""
    app, now_ms = request.app, request.app[wiring.CLOCK].now_ms()
    async with app[wiring.STORE].reader() as tx:
        patients = await people.people_of_clinic(tx, owner.clinic_id, roles=(Role.PATIENT,))
    known = await house(request, owner.clinic_id)
    copies = (*known.settings.copies, Copied(by=owner.person.id, at_ms=now_ms, reason=reason))[-_COPIES_KEPT:]
    settings = structs.replace(known.settings, copies=copies)
    async with app[wiring.STORE].write() as tx:
        await people.change_clinic(
            tx, owner.clinic_id, name=known.name, phone=known.phone, settings=msgspec.json.encode(settings)
        )
    await recording.record(
        app,
        clinic_id=owner.clinic_id,
        patient_ids=[patient.id for patient in patients],
        person_id=owner.person.id,
        what=recording.CLINIC,
        login_id=owner.id,
        # By this number the reason is found again.
        now_ms=now_ms,
    )


async def _check_password(request: web.Request, owner: Login, form: Form) -> None:
    """Whoever finds the device open takes no clinic along. Raises HTTPTooManyRequests."""
    await signing.slow_down(request, "password", owner.person.id)
    if not await request.app[wiring.PASSWORDS].matches(form.secret("current"), owner.person.password_hash):
        form.errors["current"] = "That is not the password that you use now."
        return
    async with request.app[wiring.STORE].write() as tx:
        key_hash = request.app[wiring.KEYS].attempt_hash(owner.person.id)
        await logins.forget_attempts(tx, scope="password", key_hash=key_hash)


# A copy that is being made


async def show_job(request: web.Request) -> web.StreamResponse:
    login, job = await _job(request)
    return page(
        request,
        "export_job",
        login=login,
        place="export",
        clinic=await house(request, login.clinic_id),
        job=job,
        back=_back(login, job),
        minutes=KEPT_MS // 60_000,
    )


async def progress_json(request: web.Request) -> web.StreamResponse:
    _, job = await _job(request)
    return web.json_response({"state": job.state, "done": job.done, "total": job.total})


async def take_file(request: web.Request) -> web.StreamResponse:
    """The copy, piece by piece as it lies on disk. That it was asked for is recorded already."""
    _, job = await _job(request)
    if job.state != "ready":
        raise web.HTTPNotFound
    response = web.StreamResponse(headers=_headers(job.file_name, "application/octet-stream"))
    response.content_length = job.size_bytes
    await response.prepare(request)
    if request.method != "HEAD":
        async for piece in _pieces(job):
            await response.write(piece)
    await response.write_eof()
    return response


async def _pieces(job: Job) -> AsyncIterator[bytes]:
    for piece in job.read():
        yield piece


async def _job(request: web.Request) -> tuple[Login, Job]:
    """One's own copy. Of a patient who is not on one's caseload any more, it is not there any more either."""
    login = await access.require(request)
    job = request.app[wiring.EXPORTS].of(login.person.id, request.match_info["job"])
    if job is None:
        raise web.HTTPNotFound
    if job.about is not None and login.person.role is Role.THERAPIST:
        await access.patient(request, job.about)
    return login, job


def _back(login: Login, job: Job) -> str:
    if login.person.role is Role.THERAPIST and job.about is not None:
        return f"/patients/{job.about}/export"
    return "/clinic/export" if login.person.role is Role.OWNER else "/export"


# Pages


async def _session_page(request: web.Request, seat: access.Seat, form: Form, *, status: int = 200) -> web.Response:
    therapist = seat.role is Side.THERAPIST
    return page(
        request,
        "export_session",
        login=seat.login,
        place="export",
        status=status,
        form=form,
        forms_of=[(value, words, kind) for value, (words, kind) in FORMS.items()],
        session=seat.session,
        back=f"/sessions/{seat.session_id}/review" if therapist else "/export",
        clinic=await house(request, seat.login.clinic_id),
    )


async def _record_page(
    request: web.Request, login: Login, patient: Person, *, said: str = "", status: int = 200
) -> web.Response:
    own = login.person.role is Role.PATIENT
    known: House = await house(request, login.clinic_id)
    exports = request.app[wiring.EXPORTS]
    job = exports.newest_of(login.person.id)
    return page(
        request,
        "export" if own else "patient_export",
        login=login,
        place="export",
        status=status,
        said=said,
        patient_id=patient.id,
        name=patient.name or "",
        job=job if job is not None and job.about == patient.id else None,
        taken=await recording.taken(request.app, login.clinic_id, patient.id),
        reasons={copied.at_ms: copied.reason for copied in known.settings.copies},
        clinic=known,
    )


async def _clinic_page(request: web.Request, owner: Login, form: Form, *, status: int = 200) -> web.Response:
    known = await house(request, owner.clinic_id)
    async with request.app[wiring.STORE].reader() as tx:
        by = await people.people(tx, owner.clinic_id, [copied.by for copied in known.settings.copies])
    return page(
        request,
        "clinic_export",
        login=owner,
        place="clinic",
        status=status,
        form=form,
        least=clinic.PASSPHRASE_LEAST,
        reason_most=_REASON_MOST,
        has_password=owner.person.password_hash is not None,
        job=request.app[wiring.EXPORTS].newest_of(owner.person.id),
        copies=[(copied, by[copied.by].name if copied.by in by else "–") for copied in reversed(known.settings.copies)],
        clinic=known,
    )


async def _whose(request: web.Request, clinic_id: str, patient_id: str, login: Login) -> Whose:
    """Raises Erased where nothing can be read any more."""
    async with request.app[wiring.STORE].reader() as tx:
        patient = await people.person(tx, clinic_id, patient_id)
    keys = await request.app[wiring.KEYRING].keys_of(clinic_id, patient_id)
    if patient is None or keys.care is None:
        raise Erased
    reader = Reader.PATIENT if login.person.role is Role.PATIENT else Reader.THERAPIST
    return await gather.whose(request.app, clinic_id, patient, reader)


def _file(data: bytes, name: str, kind: str) -> web.Response:
    return web.Response(body=data, headers=_headers(name, kind))


def _headers(name: str, kind: str) -> dict[str, str]:
    # The name tells a day and nothing of whom; nobody's cache or index keeps it.
    assert name == Path(name).name, "a name of ours"
    return {
        "Content-Type": kind,
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
    }


routes = [
    web.get("/sessions/{id}/export", show_session),
    web.post("/sessions/{id}/export", take_session),
    web.get("/export", show_own),
    web.post("/export", take_own),
    web.get("/patients/{id}/export", show_patient),
    web.post("/patients/{id}/export", take_patient),
    web.get("/clinic/export", show_clinic),
    web.post("/clinic/export", take_clinic),
    web.get("/export/{job}", show_job),
    web.get("/export/{job}/progress.json", progress_json),
    web.get("/export/{job}/file", take_file),
]
