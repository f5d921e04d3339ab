"""What one often hears, and what is known: for patients and therapists alike."""

from aiohttp import web

from server import languages, wiring
from server.accounts import access
from server.db.people import Role
from server.pages.frame import page


async def show(request: web.Request) -> web.StreamResponse:
    login = await access.require(request, Role.PATIENT, Role.THERAPIST)
    template = "myths" if login.person.role is Role.PATIENT else "myths_for_work"
    told = request.app[wiring.MYTHS][languages.current().code]
    return page(request, template, login=login, place="situations", myths=told)


routes = [web.get("/myths", show)]
