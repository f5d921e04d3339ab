"""Where somebody begins: the way in by role, and the blank page. Today is in `today`."""

from typing import Final

from aiohttp import web

from server import languages
from server.accounts import access
from server.pages.frame import home_of, see_other

#: Its icon is itself, which is no picture: so that the tab shows none, and the browser looks for no other.
_BLANK: Final = """<!doctype html>
<html lang="{lang}" dir="{dir}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<link rel="icon" href="/blank">
</head>
<body><main></main></body>
</html>
"""


async def begin(request: web.Request) -> web.StreamResponse:
    login = await access.login_of(request)
    return see_other(home_of(None if login is None else login.person.role))


async def blank(request: web.Request) -> web.StreamResponse:  # noqa: ARG001 - a handler is given its request
    """Where "Leave quickly" leads: nothing that says where one was."""
    return web.Response(text=blank_page(), content_type="text/html", charset="utf-8")


def blank_page() -> str:
    language = languages.current()
    return _BLANK.format(lang=language.code, dir=language.direction, title=languages.told("New page"))


routes = [
    web.get("/", begin),
    web.get("/blank", blank),
]
