"""The arrival check: sound, safety, place and plan, before a patient waits at the door. It works without a script."""

import uuid
from typing import Any, Final

from aiohttp import web

from server import arriving, wiring
from server.accounts import access
from server.accounts.access import Seat
from server.arriving import Known
from server.db import people
from server.pages import checking, red_flags
from server.pages.forms import Form, attempt, posted
from server.pages.frame import house, page, see_other
from sessions.commands import AfterStop, ArrivalConfirm, HangUp, PersonThere
from sessions.flags import FLAG_BY_ID, Tier
from sessions.people import Actor, Role

#: How many others the form has lines for; who has more people at home names the closest.
_OTHERS: Final = 3
_YES_NO: Final = ("yes", "no")
#: What is left after a Stop. Nothing is chosen for anybody; left open it is as with "written".
_AFTER_STOP: Final[dict[str, AfterStop]] = {"voice": "voice", "written": "written"}


async def show(request: web.Request) -> web.StreamResponse:
    """Also later in the visit: saying it again is an update."""
    seat = await _patients_seat(request)
    return await form_page(request, seat, None)


async def confirm(request: web.Request) -> web.StreamResponse:
    seat = await _patients_seat(request)
    form = await posted(request)
    command = _read(form, await _company(request, seat))
    done = not form.errors and await attempt(
        form,
        arriving.confirm(
            request.app[wiring.ROOMS],
            seat.place,
            command,
            actor=Actor(id=seat.person_id, role=Role.PATIENT),
        ),
    )
    if not done:
        return await form_page(request, seat, form, status=form.status)
    if red_flags.tier_of(command.flags) is Tier.EMERGENCY or not command.safe:
        return await _help_first(request, seat, command)
    return see_other(f"/sessions/{seat.session_id}")


async def form_page(request: web.Request, seat: Seat, form: Form | None, *, status: int = 200) -> web.Response:
    """`form` is what was typed, or None: then what the patient said before in this visit, else nothing at all."""
    if form is None:
        form = _stored(await arriving.known(request.app[wiring.ROOMS], seat.place))
    async with request.app[wiring.STORE].reader() as tx:
        therapists = await people.people(
            tx, seat.session.clinic_id, await people.therapists_of(tx, seat.session.clinic_id, seat.session.patient_id)
        )
    company = await _company(request, seat)
    shown = page(
        request,
        "arrival",
        login=seat.login,
        status=status,
        form=form,
        # Made with the page: a form that is sent twice is one arrival.
        command_id=form.value("id") or str(uuid.uuid4()),
        session_id=seat.session_id,
        name=seat.login.person.name or "",
        therapist=next((one.name for one in therapists.values() if one.name), "Your therapist"),
        due_ms=seat.session.due_ms,
        now_ms=request.app[wiring.CLOCK].now_ms(),
        groups=red_flags.groups(),
        others=range(_OTHERS),
        company=company,
        clinic=await house(request, seat.session.clinic_id),
    )
    return checking.use_devices(shown)


async def _help_first(request: web.Request, seat: Seat, command: ArrivalConfirm) -> web.Response:
    """Whom to call, before the door: a visit can wait."""
    return red_flags.help_page(
        request,
        login=seat.login,
        clinic=await house(request, seat.session.clinic_id),
        flags=[flag for flag in command.flags if FLAG_BY_ID[flag].tier is Tier.EMERGENCY],
        therapist="Your therapist",
        session_id=seat.session_id,
        safe=command.safe,
        arriving=True,
    )


async def _patients_seat(request: web.Request) -> Seat:
    seat = await access.seat_in_session(request, request.match_info["id"])
    if seat.role is not Role.PATIENT or seat.session.phase == "ended":
        raise web.HTTPNotFound
    return seat


async def _company(request: web.Request, seat: Seat) -> dict[str, str]:
    """Names of those whom the patient lets be with them, by id."""
    granted = await request.app[wiring.COMPANY].granted(seat.session.clinic_id, seat.session.patient_id)
    async with request.app[wiring.STORE].reader() as tx:
        named = await people.people(tx, seat.session.clinic_id, [grant.person_id for grant in granted])
    return {person.id: person.name or "" for person in named.values()}


def _wanted(form: Form, company: dict[str, str], *, alone: bool) -> tuple[str, ...] | None:
    """Who may be there in this visit; None leaves it as it was. Only whoever is alone can say so freely."""
    if not alone or not company:
        return None
    match form.chosen("company", _YES_NO):
        case "no":
            return ()
        case "yes" if len(company) == 1:
            return tuple(company)
        case "yes":
            chosen = form.several("company_who", company)
            if not chosen:
                form.note("company_who", "Tick who it is to be, or choose “Not this time”.")
            return chosen
        case _:
            return None


def _read(form: Form, company: dict[str, str]) -> ArrivalConfirm:
    safe = form.chosen("safe", _YES_NO, ask="Say whether now is a safe time for you.")
    alone = form.chosen("alone", _YES_NO, ask="Say whether you are alone.")
    call_back = form.chosen("call_back", _YES_NO, ask="Say whether we may call you back.")
    well = form.chosen("well", _YES_NO, ask="Say whether anything is different or worrying today.")
    others = [
        PersonThere(role=who, in_room=form.ticked(f"in_room_{number}"))
        for number in range(_OTHERS)
        if (who := form.text(f"who_{number}", most=60))
    ]
    return ArrivalConfirm(
        id=_command_id(form),
        safe=safe == "yes",
        alone=alone == "yes",
        telehealth_consent=form.ticked("telehealth_consent"),
        identity=form.ticked("identity"),
        hang_up=HangUp(
            call_back_ok=call_back == "yes",
            phrase=(form.text("phrase", most=200) or None) if call_back == "yes" else None,
        ),
        people=tuple(others) if alone == "no" else (),
        # Ticks behind an answer that was changed to "nothing" are taken back with it.
        flags=(form.several("flags", FLAG_BY_ID) or red_flags.UNSAID) if well == "no" else (),
        place=form.text("place", most=200) or None,
        phone=form.text("phone", most=40) or None,
        stop_word=form.text("stop_word", most=60) or None,
        signal=form.text("signal", most=120) or None,
        company=_wanted(form, company, alone=alone == "yes"),
        after_stop=_AFTER_STOP.get(form.chosen("after_stop", _AFTER_STOP)),
    )


def _command_id(form: Form) -> str:
    try:
        return str(uuid.UUID(form.value("id")))
    except ValueError:
        return str(uuid.uuid4())


def _stored(known: Known) -> Form:
    """Nothing is chosen for anybody; only what they chose themselves comes back."""
    said, tonight = known.arrival, known.tonight
    if said is None:
        return Form()
    values: dict[str, Any] = {
        "safe": _yes_no(said.safe),
        "alone": _yes_no(said.alone),
        "call_back": _yes_no(said.call_back_ok),
        "well": _yes_no(not said.flags),
        "telehealth_consent": said.telehealth_consent,
        "identity": said.identity,
        "flags": said.flags,
        **{name: str(tonight[name]) for name in ("place", "phone", "stop_word", "signal", "phrase") if name in tonight},
    }
    if said.after_stop is not None:
        values["after_stop"] = said.after_stop
    if said.company is not None:
        values |= {"company": _yes_no(bool(said.company)), "company_who": said.company}
    for number, person in enumerate(said.people[:_OTHERS]):
        values |= {f"who_{number}": person.role, f"in_room_{number}": person.in_room}
    return Form.of(**values)


def _yes_no(value: bool) -> str:
    return "yes" if value else "no"


routes = [
    web.get("/sessions/{id}/arrival", show),
    web.post("/sessions/{id}/arrival", confirm),
]
