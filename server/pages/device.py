"""This phone: whether practising without network is on here, and what that keeps. All of it happens in the browser.

The page is the same for everybody and knows nobody: it is kept on the phone, so that what lies there can be deleted
without network and without being signed in.
"""

import functools

from aiohttp import web

from server import wiring
from server.db.people import Role
from server.pages.frame import home_of
from server.static_files import StaticFiles
from server.static_graph import files_of

PATH = "/practice/device"
_SCRIPT = "js/practice/device.js"


def rendered(app: web.Application) -> str:
    template = app[wiring.TEMPLATES].get_template("pages/device.html.jinja")
    modules = _modules(app[wiring.STATIC])
    return template.render(role=Role.PATIENT, home=home_of(Role.PATIENT), place="account", modules=modules)


@functools.lru_cache(maxsize=4)
def _modules(static: StaticFiles) -> list[str]:
    """All at once, so that nothing is found only by following imports. The tree of a server never changes."""
    return files_of(static, static.url(_SCRIPT))


async def show(request: web.Request) -> web.StreamResponse:
    return web.Response(text=rendered(request.app), content_type="text/html", charset="utf-8")


routes = [web.get(PATH, show)]
