"""How long a clinic keeps its records: stated by the owner, so that everybody who is asked can say it."""

from typing import Final

import msgspec
from aiohttp import web
from msgspec import structs

from exercises.saying import say
from server import wiring
from server.accounts import access
from server.accounts.access import Login
from server.clinic_settings import settings_of
from server.db import people
from server.db.audit import What, append_audit
from server.db.people import Role
from server.pages.forms import Form, posted
from server.pages.frame import house, page, see_other

#: Laws ask for anything from 3 years to 30, longer for some; more than that nobody could promise to look after.
_YEARS: Final = (1, 50)
_SAID: Final = {"stored": "The time is stored."}


async def show(request: web.Request) -> web.StreamResponse:
    owner = await access.require(request, Role.OWNER)
    return await _page(request, owner, None)


async def store(request: web.Request) -> web.StreamResponse:
    owner = await access.require(request, Role.OWNER)
    form = await posted(request)
    least, most = _YEARS
    years = form.whole(
        "years", least=least, most=most, ask=say("Write a number from {least} to {most}.", least=least, most=most)
    )
    if form.errors:
        return await _page(request, owner, form, status=422)
    now_ms = request.app[wiring.CLOCK].now_ms()
    async with request.app[wiring.STORE].write() as tx:
        clinic = await people.clinic(tx, owner.clinic_id)
        assert clinic is not None, "an owner belongs to a clinic"
        settings = msgspec.json.encode(structs.replace(settings_of(clinic), retention_years=years))
        await people.change_clinic(tx, owner.clinic_id, name=clinic.name, phone=clinic.phone, settings=settings)
        await append_audit(
            tx, clinic_id=owner.clinic_id, what=What.CLINIC_RETENTION, now_ms=now_ms, person_id=owner.person.id
        )
    return see_other("/clinic/records?said=stored")


async def _page(request: web.Request, owner: Login, form: Form | None, *, status: int = 200) -> web.Response:
    clinic = await house(request, owner.clinic_id)
    return page(
        request,
        "clinic_records",
        login=owner,
        place="clinic",
        status=status,
        form=form or Form.of(years=str(clinic.settings.retention_years)),
        said=_SAID.get(request.query.get("said", ""), ""),
        clinic=clinic,
    )


routes = [web.get("/clinic/records", show), web.post("/clinic/records", store)]
