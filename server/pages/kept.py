"""What came from a phone and could not be opened or followed: in words, for the patient and for their therapist.

It waits as it came. What can be done about it is to look once more, after a key was restored or Ebb was renewed.
"""

from typing import Final

from aiohttp import web
from msgspec import Struct

from server import wiring
from server.accounts import access
from server.accounts.access import Login
from server.db import outbox
from server.db.people import Role
from server.pages.frame import house, page, see_other
from server.practice import taking
from server.practice.ledger import Whose

_WHY: Final = {
    taking.NO_KEY: "It was sealed with a key that is not here any more. Keys are kept for 90 days after a phone was "
    "given a newer one.",
    taking.NOT_OPENED: "It was changed on the phone or on its way, so that its seal does not open.",
    taking.NOT_READ: "It was opened, and says something that this version of Ebb does not understand.",
    taking.NOT_FOLLOWED: "It was opened, and what it says could not be brought into an order.",
    taking.ERASED: "It was sealed before you erased what is personal, and went with it. Nobody can open it.",
    taking.ANOTHER: "Another part came under the same number before it, and that one counts.",
}


class Kept(Struct, frozen=True):
    """One part: when it came, and why it lies here."""

    at_ms: int
    why: str


class _Whose(Struct, frozen=True):
    """Whose parts these are, who looks at them, and where their page is. `name` is empty on the patient's own."""

    login: Login
    patient_id: str
    name: str
    path: str

    @property
    def of(self) -> Whose:
        return Whose(self.login.clinic_id, self.patient_id)


async def count(request: web.Request, clinic_id: str, patient_id: str) -> int:
    """How many lie there: for pages that lead here only then."""
    async with request.app[wiring.STORE].reader() as tx:
        return len(await outbox.aside_of(tx, clinic_id, patient_id))


async def show(request: web.Request) -> web.StreamResponse:
    return await _page(request, await _whose(request))


async def again(request: web.Request) -> web.StreamResponse:
    whose = await _whose(request)
    done = await request.app[wiring.OUTBOX].try_again(whose.of)
    return see_other(f"{whose.path}?opened={done}")


async def _whose(request: web.Request) -> _Whose:
    if "id" in request.match_info:
        seat = await access.patient(request, request.match_info["id"])
        return _Whose(seat.login, seat.patient.id, seat.patient.name or "", f"/patients/{seat.patient.id}/kept")
    login = await access.require(request, Role.PATIENT)
    return _Whose(login, login.person.id, "", "/kept")


async def _page(request: web.Request, whose: _Whose) -> web.Response:
    async with request.app[wiring.STORE].reader() as tx:
        parts = await outbox.aside_of(tx, whose.login.clinic_id, whose.patient_id)
    opened = request.query.get("opened", "")
    return page(
        request,
        "patient_kept" if whose.name else "kept",
        login=whose.login,
        place="kept",
        kept=[Kept(part.received_ms, _WHY.get(part.why or "", _WHY[taking.NOT_OPENED])) for part in parts],
        may_change=any(part.why in taking.MAY_CHANGE for part in parts),
        opened=int(opened) if opened.isascii() and opened.isdigit() and len(opened) < 6 else None,
        name=whose.name,
        patient_id=whose.patient_id,
        path=whose.path,
        clinic=await house(request, whose.login.clinic_id),
    )


routes = [
    web.get("/kept", show),
    web.post("/kept", again),
    web.get("/patients/{id}/kept", show),
    web.post("/patients/{id}/kept", again),
]
