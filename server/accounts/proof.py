"""Who somebody is, shown once more before what cannot be undone: a copy of a record, an erasure, work on keys."""

from typing import Final
from urllib.parse import quote

from aiohttp import web
from yarl import URL

from server import wiring
from server.accounts import origin
from server.accounts.access import Login

#: How long a proof holds: the sign-in itself, if it was with more than a link, or what was shown since.
LASTS_MS: Final = 10 * 60_000
#: A page that was opened in time may be filled in for as long again: nobody types a reason twice.
FORM_LASTS_MS: Final = 2 * LASTS_MS

FIRST: Final = "Show once more who you are, then try again."


async def fresh(request: web.Request, login: Login) -> None:
    """Returns where this login's person has shown who they are in the last minutes.

    Raises a redirect to the page that asks for it, which leads back here, and to the page of the form from a form;
    HTTPForbidden for a script, which could not follow to a page.
    """
    if is_fresh(request, login):
        return
    if request.content_type == "application/json" or request.path.endswith(".json"):
        raise web.HTTPForbidden(text=FIRST)
    raise web.HTTPSeeOther(f"/prove?next={quote(_back_to(request), safe='/')}")


def is_fresh(request: web.Request, login: Login) -> bool:
    """For pages that say beforehand what is going to be asked."""
    if login.proved_ms is None:
        return False
    if request.app[wiring.SETTINGS].demo:
        # Nobody there has anything to show: links of the demo are all that its people have.
        return True
    age_ms = request.app[wiring.CLOCK].now_ms() - login.proved_ms
    return age_ms < (FORM_LASTS_MS if request.method == "POST" else LASTS_MS)


def has_just_come(request: web.Request, login: Login) -> bool:
    """Signed in a moment ago, by whatever way: long enough for choosing how to sign in from now on."""
    return request.app[wiring.CLOCK].now_ms() - login.begun_ms < LASTS_MS


def _back_to(request: web.Request) -> str:
    """This page, or for a form the one that it stands on: what was sent cannot be sent again by a redirect."""
    if request.method != "POST":
        return request.path_qs
    try:
        came_from = URL(request.headers.get("Referer", ""))
        own = came_from.host_port_subcomponent in origin.own_hosts(request)
    except ValueError:
        return "/"
    return came_from.path_qs if own else "/"
