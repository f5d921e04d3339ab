"""What happens around every request: own host, own origin, headers, errors in one shape, one line in the log."""

import time
from collections.abc import Awaitable, Callable

import msgspec
import structlog
from aiohttp import web

from server import languages, logs, render, wiring
from server.accounts import access, origin
from server.bodies import Erased
from server.care.caring import Held
from server.db import errors
from sessions.people import Refused

log = structlog.get_logger()

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_POLICY = (
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "font-src 'self'",
    "connect-src 'self'",
    "media-src 'self' blob:",
    "manifest-src 'self'",
    "worker-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
)


def permissions(*, microphone: bool = False, camera: bool = False, bluetooth: bool = False) -> str:
    """What scripts of a page may ask the browser for. Each of the three is for the few pages that use it."""
    asked = {"camera": camera, "microphone": microphone, "bluetooth": bluetooth}
    parts = [f"{name}={'(self)' if used else '()'}" for name, used in asked.items()]
    return ", ".join([*parts, "geolocation=(), payment=(), usb=(), screen-wake-lock=(self), autoplay=(self)"])


_HEADERS = {
    "Content-Security-Policy": "; ".join(_POLICY),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not no-referrer: with that, browsers send "Origin: null" with our own forms.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": permissions(),
    "X-Robots-Tag": "noindex, nofollow",
}
#: A style sheet or a script is no page: it is never framed, never refers, never opens a window. What is left out
#: here is left out 40 times when a room loads on a slow network.
_STATIC_HEADERS = {name: _HEADERS[name] for name in ("X-Content-Type-Options", "Cross-Origin-Resource-Policy")}
_STATIC_ENDINGS = (".css", ".js")
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

#: Sentences for what a browser can run into; never more than that, so that nothing is given away.
SENTENCES: dict[int, tuple[str, str]] = {
    400: ("bad_request", "This request could not be read."),
    401: ("signed_out", "Sign in first."),
    403: ("not_allowed", "This is not allowed from here."),
    404: ("not_found", "There is nothing here for you."),
    405: ("bad_method", "This page cannot be used in that way."),
    409: ("conflict", "Somebody else was a moment earlier. Look again, then try once more."),
    410: ("erased", "This record was erased. Nobody can read it any more."),
    413: ("too_large", "That is too large."),
    415: ("bad_message", "This form could not be read."),
    421: ("wrong_host", "This server is not known under that name."),
    429: ("too_fast", "That was too often. Wait a little, then try again."),
    500: ("unexpected", "Something went wrong here. Nothing that you saw as stored is lost."),
    503: ("unavailable", "This cannot be stored or read right now. Try again in a moment."),
}


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Headers on every answer; errors in one shape; ids, codes and durations alone in the log."""
    started = time.perf_counter()
    response: web.StreamResponse
    languages.CURRENT.set(request.app[wiring.LANGUAGES].of(request))
    try:
        if not origin.host_is_own(request) and request.path not in ("/healthz", "/readyz"):
            response = _error(request, 421)
        elif request.method not in _SAFE_METHODS and not origin.may_change(request):
            response = _error(request, 403)
        elif "\0" in request.path:
            # No id has one, and PostgreSQL takes it for a fault of ours.
            response = _error(request, 404)
        else:
            response = await handler(request)
    except web.HTTPException as raised:
        response = _led_on(raised) if raised.status < 400 else _error(request, raised.status, raised)
    except Refused as refused:
        response = _problem(request, 422, refused.code, refused.message, refused.fields)
    except (errors.Conflict, Held):
        response = _error(request, 409)
    except Erased:
        response = _error(request, 410)
    except errors.StorageError:
        response = _error(request, 503)
    except Exception as error:  # noqa: BLE001 - whatever it is, the visitor gets a sentence and the log a place
        # The traceback without the message: an exception's words can hold what somebody typed.
        log.error("request.failed", route=_route(request), error=type(error).__name__, where=logs.where(error))
        response = _error(request, 500)
    if not response.prepared:
        _dress(request, response)
    log.info(
        "request",
        method=request.method,
        route=_route(request),
        status=response.status,
        ms=round((time.perf_counter() - started) * 1000, 1),
    )
    return response


async def on_prepare(request: web.Request, response: web.StreamResponse) -> None:
    """For answers that are prepared inside their handler: sockets and streams."""
    _dress(request, response)


def _dress(request: web.Request, response: web.StreamResponse) -> None:
    if isinstance(response, web.WebSocketResponse):
        # No page and nothing to keep; and what stands here is held for as long as the socket is open.
        response.headers["Server"] = "Ebb"
        return
    plain = request.path.startswith("/static/") and request.path.endswith(_STATIC_ENDINGS)
    for name, value in (_STATIC_HEADERS if plain and response.status == 200 else _HEADERS).items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Cache-Control", "no-store")
    # Else the framework names itself and Python, with their versions.
    response.headers["Server"] = "Ebb"
    if request.app[wiring.SETTINGS].secure:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")


def _led_on(raised: web.HTTPException) -> web.Response:
    """A redirect that was raised, as the answer that it is: the framework wants exceptions raised, not returned."""
    return web.Response(status=raised.status, headers={"Location": raised.headers.get("Location", "/")})


def _error(request: web.Request, status: int, raised: web.HTTPException | None = None) -> web.Response:
    if isinstance(raised, access.Closed) and wants_page(request):
        return render.page(request, "view_closed", status=status, sentence=raised.sentence)
    code, sentence = SENTENCES.get(status, SENTENCES[400])
    if raised is not None and raised.text and not raised.text.startswith(f"{status}:"):
        sentence = raised.text
    response = _problem(request, status, code, sentence, None)
    for name in ("Retry-After", "Allow", "Set-Cookie"):
        if raised is not None and name in raised.headers:
            response.headers[name] = raised.headers[name]
    return response


def _problem(request: web.Request, status: int, code: str, message: str, fields: dict[str, str] | None) -> web.Response:
    message = languages.told(message)
    fields = {name: languages.told(words) for name, words in (fields or {}).items()}
    if wants_page(request):
        return render.page(request, "problem", status=status, code=code, message=message, fields=fields)
    body: dict[str, object] = {"code": code, "message": message}
    if fields:
        body["fields"] = fields
    return web.Response(body=msgspec.json.encode(body), status=status, content_type="application/json")


def wants_page(request: web.Request) -> bool:
    """Whether a person's browser asks for a page, rather than a script for data."""
    if request.headers.get("Sec-Fetch-Mode") == "navigate":
        return True
    return "text/html" in request.headers.get("Accept", "") and "Sec-WebSocket-Key" not in request.headers


def _route(request: web.Request) -> str:
    """The route's pattern: the path itself would put ids of people into the log."""
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else "none"
