"""Choosing a language on this device: a form that needs no script and no login."""

import contextlib
from typing import Final

from aiohttp import web
from yarl import URL

from server import wiring
from server.accounts import access
from server.bodies import Erased
from server.care.caring import Held
from server.db import errors
from server.db.people import Role
from server.languages import COOKIE
from server.pages.forms import posted
from server.pages.frame import see_other
from sessions.journal import ReadIn
from sessions.people import Actor
from sessions.people import Role as Side

_A_YEAR_S: Final = 365 * 24 * 3600


async def choose(request: web.Request) -> web.StreamResponse:
    """Whatever is not offered takes the choice back: the browser's own wish counts again."""
    code = (await posted(request)).value("language")
    response = see_other(_back(request))
    secure = request.app[wiring.SETTINGS].secure
    offered = code in [language.code for language in request.app[wiring.LANGUAGES]]
    await _remember(request, code if offered else "")
    if offered:
        response.set_cookie(COOKIE, code, max_age=_A_YEAR_S, httponly=True, samesite="Lax", secure=secure)
    else:
        response.del_cookie(COOKIE)
    return response


async def _remember(request: web.Request, code: str) -> None:
    """Of a patient who is signed in, so that a mail of an appointment comes in their language, whoever plans it."""
    login = await access.login_of(request)
    if login is None or login.is_half or login.person.role is not Role.PATIENT:
        return
    # The choice on this device holds all the same.
    with contextlib.suppress(errors.StorageError, Erased, Held):
        await request.app[wiring.JOURNALS].write(
            login.clinic_id,
            login.person.id,
            ReadIn(language=code),
            actor=Actor(id=login.person.id, role=Side.PATIENT),
        )


def _back(request: web.Request) -> str:
    """The page that the form stood on; only ever its path, so that it leads to nobody else."""
    try:
        path = URL(request.headers.get("Referer", "/")).raw_path
    except ValueError:
        return "/"
    return path if path.startswith("/") and not path.startswith("//") else "/"


routes = [web.post("/language", choose)]
