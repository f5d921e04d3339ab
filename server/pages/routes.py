"""Every route of the pages, in one table."""

from aiohttp import web

table: list[web.RouteDef] = []
