"""`/sw.js`: the service worker, with the list of what belongs to this version in front of it."""

import hashlib
import json

from aiohttp import web

from server import wiring
from server.pages import device, home, practice
from server.static_graph import files_of

SHELL = "/practice"
#: Where a navigation without network is answered with the shell.
FALLBACKS = ("/", "/today")
_SCRIPT = "worker/sw.js"


def script(app: web.Application) -> str:
    """In the language of the request: the shell is kept in it. Its version changes with anything that is kept."""
    static = app[wiring.STATIC]
    pages = {SHELL: practice.shell(app), device.PATH: device.rendered(app), "/blank": home.blank_page()}
    files = sorted({static.url(name) for text in pages.values() for name in files_of(static, text)})
    source = static.body(_SCRIPT).decode()
    version = hashlib.sha256("\0".join([*pages.values(), *files, source]).encode()).hexdigest()[:16]
    told = {
        "version": version,
        "files_version": static.version,
        "shell": SHELL,
        "pages": list(pages),
        "fallbacks": list(FALLBACKS),
        "files": files,
    }
    return f"self.ebb = {json.dumps(told)};\n{source}"


async def serve(request: web.Request) -> web.StreamResponse:
    headers = {"Cache-Control": "no-cache", "Service-Worker-Allowed": "/"}
    response = web.Response(text=script(request.app), content_type="text/javascript", charset="utf-8", headers=headers)
    response.enable_compression()
    return response


routes = [web.get("/sw.js", serve)]
