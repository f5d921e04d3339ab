"""Every route of the pages, in one table."""

from aiohttp import web

from server.pages import (
    account,
    arrival,
    clearance,
    clinic,
    desk,
    health,
    home,
    library,
    patients,
    review,
    sessions,
    signing_in,
)

_MODULES = (
    health,
    signing_in,
    home,
    account,
    desk,
    patients,
    clearance,
    arrival,
    sessions,
    library,
    review,
    clinic,
)

table: list[web.RouteDef] = [route for module in _MODULES for route in module.routes]
