"""What is shown once of a fresh invitation: its link, a picture of it to scan, and the code to read out."""

from typing import Any

import segno
from aiohttp import web
from markupsafe import Markup

from server import wiring
from server.accounts.invitations import Fresh


def own_address(request: web.Request) -> str:
    """Where browsers reach us: the guard has checked that the host is ours."""
    return request.app[wiring.SETTINGS].public_url or f"http://{request.host}"


def invitation_values(request: web.Request, fresh: Fresh) -> dict[str, Any]:
    """For the page `invited`."""
    link = f"{own_address(request)}/i/{fresh.token}"
    return {
        "link": link,
        "code": fresh.code_read_out,
        "code_address": f"{own_address(request)}/code",
        "expires_ms": fresh.expires_ms,
        "picture": picture(link),
    }


def picture(link: str) -> Markup:
    """A QR code as SVG elements for the page: black on white also at night, or no camera reads it."""
    svg = segno.make(link, error="m").svg_inline(
        border=4, dark="#000", light="#fff", omitsize=True, svgclass="ebb-qr", lineclass=None
    )
    return Markup(svg)  # noqa: S704 - the library's drawing of our own link; nothing in it was typed by anybody
