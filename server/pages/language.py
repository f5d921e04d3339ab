"""Choosing a language on this device: a form that needs no script and no login."""

from typing import Final

from aiohttp import web
from yarl import URL

from server import wiring
from server.languages import COOKIE
from server.pages.forms import posted
from server.pages.frame import see_other

_A_YEAR_S: Final = 365 * 24 * 3600


async def choose(request: web.Request) -> web.StreamResponse:
    """Whatever is not offered takes the choice back: the browser's own wish counts again."""
    code = (await posted(request)).value("language")
    response = see_other(_back(request))
    secure = request.app[wiring.SETTINGS].secure
    if code in [language.code for language in request.app[wiring.LANGUAGES]]:
        response.set_cookie(COOKIE, code, max_age=_A_YEAR_S, httponly=True, samesite="Lax", secure=secure)
    else:
        response.del_cookie(COOKIE)
    return response


def _back(request: web.Request) -> str:
    """The page that the form stood on; only ever its path, so that it leads to nobody else."""
    try:
        path = URL(request.headers.get("Referer", "/")).raw_path
    except ValueError:
        return "/"
    return path if path.startswith("/") and not path.startswith("//") else "/"


routes = [web.post("/language", choose)]
