"""What surrounds every page: who is signed in, which clinic, in which time zone."""

from typing import Any, Final
from zoneinfo import available_timezones

from aiohttp import web
from msgspec import Struct

from server import render, wiring
from server.accounts.access import Login
from server.clinic_settings import ClinicSettings, settings_of
from server.db import people
from server.db.people import Role

#: Asked for once: each call reads some 600 files.
_KNOWN_ZONES: Final = frozenset(available_timezones())
ZONES: Final = tuple(sorted(zone for zone in _KNOWN_ZONES if "/" in zone and not zone.startswith("Etc/")))


class House(Struct, frozen=True):
    """The clinic as pages need it."""

    name: str
    phone: str
    emergency_number: str
    zone: str
    settings: ClinicSettings


async def house(request: web.Request, clinic_id: str) -> House:
    async with request.app[wiring.STORE].reader() as tx:
        clinic = await people.clinic(tx, clinic_id)
    assert clinic is not None, "a person belongs to a clinic"
    settings = settings_of(clinic)
    zone = settings.time_zone if settings.time_zone in _KNOWN_ZONES else "UTC"
    return House(
        name=clinic.name,
        phone=clinic.phone,
        emergency_number=settings.emergency_number,
        zone=zone,
        settings=settings,
    )


def page(
    request: web.Request, template: str, /, *, login: Login | None, place: str = "", status: int = 200, **values: Any
) -> web.Response:
    """A page with its frame. `login` is None where nobody is signed in; `place` is the one marked as current."""
    role = None if login is None else login.person.role
    return render.page(request, template, status=status, role=role, home=home_of(role), place=place, **values)


def home_of(role: Role | None) -> str:
    """Where somebody begins."""
    match role:
        case None:
            return "/sign-in"
        case Role.THERAPIST:
            return "/desk"
        case Role.OWNER:
            return "/clinic"
        case _:
            return "/today"


#: Where nobody is led back to: these pages lead on by themselves.
_WAYS_IN: Final = frozenset({"/sign-in", "/sign-out", "/second-step", "/prove", "/choose"})


def own_path(path: str) -> str:
    """`path` where it leads to a page of ours, else nothing: `//host` and `/\\host` lead elsewhere."""
    own = path.startswith("/") and not path.startswith("//") and "\\" not in path and path.isprintable()
    return path if own and path.partition("?")[0] not in _WAYS_IN else ""


def see_other(path: str) -> web.Response:
    """After a form: the browser fetches the next page with GET, and a reload sends nothing twice."""
    return web.Response(status=303, headers={"Location": path})
