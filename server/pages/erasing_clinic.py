"""Erasing as the clinic sees it: what was erased and how long the rest is kept, asking for somebody who called, and
records that are as old as the clinic keeps any.
"""

from typing import Final

import msgspec
import structlog
from aiohttp import web
from msgspec import Struct, structs

from server import erasing_words, wiring
from server.accounts import access, proof
from server.accounts.access import Login, PatientSeat
from server.auditing import noted_in
from server.clinic_settings import settings_of
from server.db import erasures, people
from server.db.audit import What
from server.db.erasures import COOLING_MS, Erasure
from server.db.people import Person, Role
from server.erasing import NOTICE_MS, RING_COPIES_DAYS, Ahead
from server.languages import gettext
from server.notify import mail
from server.notify.reminders import can_send
from server.pages.forms import Form, posted
from server.pages.frame import house, page, see_other

log = structlog.get_logger()

_REASON_MOST: Final = 300
_DAY_MS: Final = 86_400_000
_SAID: Final = {
    "mail": "It is noted, and they were told by mail. Until then they and you can take it back.",
    "none": "It is noted. Without an address to write to, tell them the day yourself. You can take it back until then.",
    "failed": "It is noted, but the mail could not be sent: tell them the day yourself.",
    "kept": "It was taken back. Nothing is erased.",
    "on": "From now on records go when they are as old as that. Each is named here 30 days before.",
    "off": "Nothing goes by its age now. What was named and not erased yet is kept.",
    "longer": "That record is kept for another year.",
}


class Shown(Struct, frozen=True):
    """One line of the owner's list: whose, as far as that can still be read, and how far it has come."""

    patient_id: str
    name: str
    erasure: Erasure


async def show_patient(request: web.Request) -> web.StreamResponse:
    seat = await access.patient(request, request.match_info["id"])
    return await _patient_page(request, seat, Form())


async def ask(request: web.Request) -> web.StreamResponse:
    """In the place of a patient who called: they leave, once they had the days to take it back."""
    seat = await access.patient(request, request.match_info["id"])
    await proof.fresh(request, seat.login)
    form = await posted(request)
    reason = form.text("reason", ask="Write who asked, and how you know that it was them.", most=_REASON_MOST)
    if not form.ticked("told"):
        form.note("told", "Tell them first what it means, then tick this.")
    if form.errors:
        return await _patient_page(request, seat, form, status=422)
    asked = await request.app[wiring.ERASING].ask_for(
        seat.login.clinic_id, seat.patient.id, by=seat.login.person.id, login_id=seat.login.id, reason=reason
    )
    if asked is None:
        form.note("", "This was asked for already.")
        return await _patient_page(request, seat, form, status=409)
    sent = await _tell(request, seat.patient, asked)
    return see_other(f"/patients/{seat.patient.id}/erasure?said={sent}")


async def take_back(request: web.Request) -> web.StreamResponse:
    seat = await access.patient(request, request.match_info["id"])
    taken = await request.app[wiring.ERASING].take_back(
        seat.login.clinic_id, seat.patient.id, by=seat.login.person.id, login_id=seat.login.id
    )
    return see_other(f"/patients/{seat.patient.id}/erasure{'?said=kept' if taken else ''}")


async def show_clinic(request: web.Request) -> web.StreamResponse:
    owner = await access.require(request, Role.OWNER)
    return await _clinic_page(request, owner, Form())


async def switch(request: web.Request) -> web.StreamResponse:
    """Whether records go by their age. On needs a proof, and the tick that the list was read."""
    owner = await access.require(request, Role.OWNER)
    await proof.fresh(request, owner)
    form = await posted(request)
    on = form.value("on") == "yes"
    if on and not form.ticked("read"):
        form.note("read", "Look at the list, then tick this.")
        return await _clinic_page(request, owner, form, status=422)
    async with request.app[wiring.STORE].write() as tx:
        clinic = await people.clinic(tx, owner.clinic_id)
        assert clinic is not None, "an owner belongs to a clinic"
        settings = structs.replace(settings_of(clinic), retention_by=owner.person.id if on else "")
        await people.change_clinic(
            tx, owner.clinic_id, name=clinic.name, phone=clinic.phone, settings=msgspec.json.encode(settings)
        )
        await noted_in(tx, request, What.CLINIC_RETENTION, subject_id=None)
    return see_other(f"/clinic/erasures?said={'on' if on else 'off'}")


async def longer(request: web.Request) -> web.StreamResponse:
    owner = await access.require(request, Role.OWNER)
    kept = await request.app[wiring.ERASING].keep_longer(owner.clinic_id, request.match_info["id"])
    if not kept:
        raise web.HTTPNotFound
    return see_other("/clinic/erasures?said=longer")


async def _tell(request: web.Request, patient: Person, asked: Erasure) -> str:
    """A mail without a name, a clinic or a reason: that something was asked, until when, and where to stop it."""
    settings, clinic = request.app[wiring.SETTINGS], await house(request, patient.clinic_id)
    if not patient.email or not can_send(settings):
        return "none"
    words = (
        gettext("Hello,"),
        gettext("somebody asked us to close your account here. It happens on this day:"),
        erasing_words.day_of(asked.due_ms, clinic.zone),
        gettext("If you want that, there is nothing to do. If not, sign in and choose “Keep everything”:"),
        f"{settings.public_url}/erase",
        gettext("A program sent this. Nobody reads an answer to it."),
    )
    try:
        await mail.send(
            settings,
            to=patient.email,
            subject=gettext("Your account"),
            text="\n\n".join(words) + "\n",
            now_ms=request.app[wiring.CLOCK].now_ms(),
        )
    except mail.NotSent as failure:
        log.warning("erasing.mail_not_sent", error=str(failure))
        return "failed"
    return "mail"


async def _patient_page(
    request: web.Request, seat: PatientSeat, form: Form, *, status: int = 200
) -> web.StreamResponse:
    clinic_id, patient_id = seat.login.clinic_id, seat.patient.id
    clinic = await house(request, clinic_id)
    async with request.app[wiring.STORE].reader() as tx:
        erasure = await erasures.erasure(tx, clinic_id, patient_id)
    done = erasure is not None and erasure.personal_ms is not None
    ahead: Ahead = await request.app[wiring.ERASING].ahead(clinic_id, patient_id)
    return page(
        request,
        "patient_erasure",
        login=seat.login,
        status=status,
        clinic=clinic,
        form=form,
        said=_SAID.get(request.query.get("said", ""), ""),
        patient_id=patient_id,
        name=seat.patient.name or "",
        erasure=erasure,
        record=erasing_words.record_of(
            erasure, clinic=clinic.name, zone=clinic.zone, years=clinic.settings.retention_years
        )
        if erasure is not None and done
        else None,
        may_ask=erasure is None or (done and not erasure.leaves),
        ahead=ahead,
        days=COOLING_MS // _DAY_MS,
        most=_REASON_MOST,
    )


async def _clinic_page(request: web.Request, owner: Login, form: Form, *, status: int = 200) -> web.StreamResponse:
    clinic = await house(request, owner.clinic_id)
    async with request.app[wiring.STORE].reader() as tx:
        known = await erasures.of_clinic(tx, owner.clinic_id)
    aged = await request.app[wiring.ERASING].aged(owner.clinic_id)
    async with request.app[wiring.STORE].reader() as tx:
        named = await people.people(
            tx, owner.clinic_id, [*(one.patient_id for one in known), *(patient_id for patient_id, _ in aged)]
        )
    names = {person.id: person.name or "" for person in named.values()}
    return page(
        request,
        "clinic_erasures",
        login=owner,
        place="clinic",
        status=status,
        clinic=clinic,
        form=form,
        said=_SAID.get(request.query.get("said", ""), ""),
        known=[Shown(one.patient_id, names.get(one.patient_id, ""), one) for one in known],
        aged=[(names.get(patient_id, ""), last_ms) for patient_id, last_ms in aged],
        on=bool(clinic.settings.retention_by),
        years=clinic.settings.retention_years,
        notice=NOTICE_MS // _DAY_MS,
        ring_days=RING_COPIES_DAYS,
    )


routes = [
    web.get("/patients/{id}/erasure", show_patient),
    web.post("/patients/{id}/erasure", ask),
    web.post("/patients/{id}/erasure/take-back", take_back),
    web.get("/clinic/erasures", show_clinic),
    web.post("/clinic/erasures", switch),
    web.post("/clinic/erasures/{id}/longer", longer),
]
