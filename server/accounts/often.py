"""How often somebody asks, counted by who they are, where they are and which clinic is theirs: see `server.limits`."""

from typing import Final

from aiohttp import web

from server import wiring
from server.accounts import access, signing
from server.accounts.access import Login
from server.security import Event

#: What somebody needs in a bad moment, or at the end, waits behind no number. `/outbox` has a pace of its own.
NEVER_COUNTED: Final = frozenset({"/wrong", "/sign-out", "/outbox"})
#: Which forms count for a limit of their own beside that of all forms.
COUNTED_APART: Final = {
    "/patients/new": "invitations",
    "/patients/{id}/invite": "invitations",
    "/clinic/therapists": "invitations",
    "/clinic/people/{id}/invite": "invitations",
    "/company/people": "invitations",
    "/company/people/{id}/link": "invitations",
    "/messages": "messages",
    "/patients/{id}/messages": "messages",
    "/library/{exercise}/voice/{step}": "uploads",
}


def check(request: web.Request, name: str, login: Login | None) -> None:
    """Count one of these for whoever asks. Raises HTTPTooManyRequests with when to try again."""
    if request.app[wiring.SETTINGS].demo:
        # On loopback alone, where load tests and scanners are meant to get through to what stands behind.
        return
    whose = {"place": signing.place_of(request)}
    if login is not None:
        whose = {"person": login.person.id, **whose, "clinic": login.clinic_id}
    kind, wait_ms = request.app[wiring.LIMITS].take(name, whose, request.app[wiring.CLOCK].now())
    if wait_ms:
        request.app[wiring.SECURITY].tell(Event.TOO_OFTEN, scope=name, of=kind, login=login.id if login else None)
        raise web.HTTPTooManyRequests(headers={"Retry-After": str(max(1, -(-(wait_ms - 1) // 1000)))})


async def check_post(request: web.Request) -> None:
    """Before any form is read. Raises HTTPTooManyRequests."""
    if request.path in NEVER_COUNTED:
        return
    login, resource = await access.login_of(request), request.match_info.route.resource
    check(request, "posts", login)
    apart = None if resource is None else COUNTED_APART.get(resource.canonical)
    if apart is not None and login is not None:
        check(request, apart, login)
