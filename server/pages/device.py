"""This phone: whether practising without network is on here, and what that keeps. All of it happens in the browser.

The page is the same for everybody and knows nobody: it is kept on the phone, so that what lies there can be deleted
without network and without being signed in.
"""

from aiohttp import web

from server import wiring
from server.db.people import Role
from server.pages.frame import home_of

PATH = "/practice/device"


def rendered(app: web.Application) -> str:
    template = app[wiring.TEMPLATES].get_template("pages/device.html.jinja")
    return template.render(role=Role.PATIENT, home=home_of(Role.PATIENT), place="account")


async def show(request: web.Request) -> web.StreamResponse:
    response = web.Response(text=rendered(request.app), content_type="text/html", charset="utf-8")
    response.enable_compression()
    return response


routes = [web.get(PATH, show)]
