"""The shell of home practice: a page that is the same for everybody and holds nothing of anybody.

What it shows comes from the phone, or from `/practice/bundle.json`. It is also what the service worker keeps and gives
without a network, so whoever opens it may be signed in or not: its script asks.
"""

from aiohttp import web

from server import wiring


def shell(app: web.Application) -> str:
    """The page as it stands in the cache of a phone: in the language of the request, and otherwise always the same."""
    return app[wiring.TEMPLATES].get_template("pages/practice.html.jinja").render()


async def show(request: web.Request) -> web.StreamResponse:
    response = web.Response(text=shell(request.app), content_type="text/html", charset="utf-8")
    response.enable_compression()
    return response


routes = [web.get("/practice", show)]
