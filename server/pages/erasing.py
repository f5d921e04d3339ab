"""A patient erases what is personal, and stays or leaves: what goes, what stays and why; then a record of it to keep.

The record is reached by an address that holds it sealed: whoever has left cannot sign in to read it. It says no name
and nothing of what was erased.
"""

from datetime import date
from typing import Final

from aiohttp import web
from msgspec import Struct

from server import erasing_words, wiring
from server.accounts import access, proof, tickets
from server.accounts.access import Login
from server.accounts.signing import cookie_name
from server.days import day_at
from server.db import erasures
from server.db.erasures import Erasure
from server.db.people import Role
from server.erasing import InVisit
from server.exports.typeset import typeset
from server.languages import current, told
from server.pages.forms import Form, posted
from server.pages.frame import House, house, page, see_other

#: In an address: the personal part alone, or leaving.
PART, ALL = "part", "all"
#: So long the address of a record holds; who wants to keep it has it in a file by then.
SLIP_LASTS_MS: Final = 7 * 86_400_000
_PURPOSE: Final = "erased"
_SAID: Final = {
    "done": "What is personal is erased. Below is the record of it.",
    "kept": "Nothing is erased. The clinic sees that you took it back.",
}


class Slip(Struct, frozen=True):
    """What a record is made from, for whoever cannot sign in any more. Nobody's id, and the clinic's alone."""

    clinic_id: str
    asked_ms: int
    personal_ms: int
    leaves: bool
    own: bool
    care_until_ms: int | None


def slip_of(request: web.Request, done: Erasure) -> str:
    """The address of its record."""
    assert done.personal_ms is not None, "there is a record of what was done alone"
    slip = Slip(done.clinic_id, done.asked_ms, done.personal_ms, done.leaves, done.own, done.care_until_ms)
    until_ms = request.app[wiring.CLOCK].now_ms() + SLIP_LASTS_MS
    return f"/erased/{tickets.sealed(request.app[wiring.KEYS], _PURPOSE, slip, until_ms=until_ms)}"


async def show(request: web.Request) -> web.StreamResponse:
    """The two ways, before anything is asked."""
    login = await access.require(request, Role.PATIENT)
    clinic = await house(request, login.clinic_id)
    async with request.app[wiring.STORE].reader() as tx:
        before = await erasures.erasure(tx, login.clinic_id, login.person.id)
    done = before is not None and before.personal_ms is not None
    return page(
        request,
        "erase",
        login=login,
        place="account",
        clinic=clinic,
        said=_SAID.get(request.query.get("said", ""), ""),
        asked=before if before is not None and not done and not before.own else None,
        record=_record(before, clinic) if before is not None and done else None,
        slip=slip_of(request, before) if before is not None and done else "",
    )


async def ask(request: web.Request) -> web.StreamResponse:
    login, leaves = await _asked(request)
    return await _ask_page(request, login, Form(), leaves=leaves)


async def erase(request: web.Request) -> web.StreamResponse:
    login, leaves = await _asked(request)
    form = await posted(request)
    if not form.ticked("sure"):
        form.note("sure", "Tick this first, so that nothing is erased by a slip of the finger.")
        return await _ask_page(request, login, form, leaves=leaves, status=422)
    try:
        done = await request.app[wiring.ERASING].erase(
            login.clinic_id, login.person.id, leaves=leaves, login_id=login.id
        )
    except InVisit:
        return await _ask_page(request, login, form, leaves=leaves, status=409)
    if not leaves:
        return see_other("/erase?said=done")
    response = see_other(slip_of(request, done))
    secure = request.app[wiring.SETTINGS].secure
    response.del_cookie(cookie_name(request), path="/", secure=secure, httponly=True, samesite="Lax")
    # What this browser keeps for practising at home goes with it.
    response.headers["Clear-Site-Data"] = '"storage"'
    return response


async def take_back(request: web.Request) -> web.StreamResponse:
    """What the clinic asked for in the patient's place, and the patient does not want."""
    login = await access.require(request, Role.PATIENT)
    taken = await request.app[wiring.ERASING].take_back(
        login.clinic_id, login.person.id, by=login.person.id, login_id=login.id
    )
    return see_other("/erase?said=kept" if taken else "/erase")


async def _asked(request: web.Request) -> tuple[Login, bool]:
    login = await access.require(request, Role.PATIENT)
    how = request.match_info["how"]
    if how not in (PART, ALL):
        raise web.HTTPNotFound
    await proof.fresh(request, login)
    return login, how == ALL


async def _ask_page(
    request: web.Request, login: Login, form: Form, *, leaves: bool, status: int = 200
) -> web.StreamResponse:
    clinic = await house(request, login.clinic_id)
    ahead = await request.app[wiring.ERASING].ahead(login.clinic_id, login.person.id)
    return page(
        request,
        "erase_ask",
        login=login,
        place="account",
        status=status,
        clinic=clinic,
        form=form,
        leaves=leaves,
        in_visit=ahead.in_visit,
        gone=erasing_words.gone(leaves=leaves),
        stays=erasing_words.STAYS,
        why=erasing_words.why_stays(
            leaves=leaves, clinic=clinic.name, years=ahead.years, until=_day(ahead.care_until_ms, clinic)
        ),
        left=erasing_words.ALWAYS,
        backups=erasing_words.backups(),
        reach=erasing_words.reach(leaves=leaves),
    )


# The record


async def show_record(request: web.Request) -> web.StreamResponse:
    erasure, clinic = await _of_slip(request)
    return page(
        request,
        "erased",
        login=None,
        clinic=clinic,
        record=_record(erasure, clinic),
        path=request.path,
    )


async def text(request: web.Request) -> web.StreamResponse:
    erasure, clinic = await _of_slip(request)
    body = erasing_words.text_of(_record(erasure, clinic), told)
    return _file(body.encode(), "record-of-erasure.txt", "text/plain; charset=utf-8")


async def pdf(request: web.Request) -> web.StreamResponse:
    erasure, clinic = await _of_slip(request)
    record = _record(erasure, clinic)
    data = {
        "title": record.title,
        "clinic": clinic.name,
        "subject": record.title,
        "facts": [[one.name, one.value] for one in record.facts],
        "sections": [
            {"title": title, "parts": [{"text": item} for item in items]}
            for title, items in erasing_words.sections(record)
        ],
        "closing": [record.backups, record.reach],
    }
    made = await typeset("letter", lambda: data, language=current(), made_ms=request.app[wiring.CLOCK].now_ms())
    return _file(made.data, "record-of-erasure.pdf", "application/pdf")


async def _of_slip(request: web.Request) -> tuple[Erasure, House]:
    """Raises HTTPNotFound for an address that was never made here, or is too old."""
    now_ms = request.app[wiring.CLOCK].now_ms()
    slip = tickets.opened(request.app[wiring.KEYS], _PURPOSE, request.match_info["slip"], Slip, now_ms=now_ms)
    if slip is None:
        raise web.HTTPNotFound
    erasure = Erasure(
        clinic_id=slip.clinic_id,
        patient_id="",
        asked_ms=slip.asked_ms,
        # Whose it is stands nowhere in it.
        asked_by="" if slip.own else "clinic",
        leaves=slip.leaves,
        personal_ms=slip.personal_ms,
        care_until_ms=slip.care_until_ms,
        care_ms=None,
        reason=None if slip.own else "",
    )
    return erasure, await house(request, slip.clinic_id)


def _record(erasure: Erasure, clinic: House) -> erasing_words.Record:
    return erasing_words.record_of(erasure, clinic=clinic.name, zone=clinic.zone, years=clinic.settings.retention_years)


def _day(at_ms: int, clinic: House) -> date:
    return day_at(at_ms, clinic.zone)


def _file(data: bytes, name: str, kind: str) -> web.Response:
    disposition = f'attachment; filename="{name}"'
    return web.Response(body=data, headers={"Content-Type": kind, "Content-Disposition": disposition})


routes = [
    web.get("/erase", show),
    web.post("/erase/take-back", take_back),
    web.get("/erase/{how}", ask),
    web.post("/erase/{how}", erase),
    web.get("/erased/{slip}", show_record),
    web.get("/erased/{slip}/record.txt", text),
    web.get("/erased/{slip}/record.pdf", pdf),
]
