"""The shell of home practice: a page that is the same for everybody and holds nothing of anybody.

What it shows comes from the phone, or from `/practice/bundle.json`. It is also what the service worker keeps and gives
without a network, so whoever opens it may be signed in or not: its script asks.
"""

import functools

from aiohttp import web

from server import wiring
from server.static_files import StaticFiles
from server.static_graph import files_of

_SCRIPT = "js/practice/app.js"


def shell(app: web.Application) -> str:
    """The page as it stands in the cache of a phone: in the language of the request, and otherwise always the same."""
    static = app[wiring.STATIC]
    return app[wiring.TEMPLATES].get_template("pages/practice.html.jinja").render(modules=_modules(static))


@functools.lru_cache(maxsize=4)
def _modules(static: StaticFiles) -> list[str]:
    """All at once, so that nothing is found only by following imports. The tree of a server never changes."""
    return files_of(static, static.url(_SCRIPT))


async def show(request: web.Request) -> web.StreamResponse:
    response = web.Response(text=shell(request.app), content_type="text/html", charset="utf-8")
    response.enable_compression()
    return response


routes = [web.get("/practice", show)]
