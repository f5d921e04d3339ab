"""What happens around every request: own host, own origin, headers, errors in one shape, one line in the log."""

import time
from collections.abc import Awaitable, Callable

import msgspec
import structlog
from aiohttp import HttpVersion10, HttpVersion11, hdrs, web

from server import languages, limits, logs, render, wiring
from server.accounts import access, often, origin
from server.bodies import Erased
from server.care.caring import Held
from server.db import errors
from server.security import Event
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


_NEVER_USED = ("geolocation", "payment", "usb", "display-capture", "hid", "midi", "serial")


def permissions(*, microphone: bool = False, camera: bool = False, bluetooth: bool = False) -> str:
    """What scripts of a page may ask the browser for. Each of the three is for the few pages that use it."""
    asked = {"camera": camera, "microphone": microphone, "bluetooth": bluetooth}
    parts = [f"{name}={'(self)' if used else '()'}" for name, used in asked.items()]
    return ", ".join([*parts, *(f"{name}=()" for name in _NEVER_USED), "screen-wake-lock=(self), autoplay=(self)"])


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
_TLS_ALONE = "max-age=31536000; includeSubDomains"
_VERSIONS = (HttpVersion10, HttpVersion11)
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_METHODS = _SAFE_METHODS | {"POST"}

#: Sentences for what a browser can run into; never more than that, so that nothing is given away.
SENTENCES: dict[int, tuple[str, str]] = {
    400: ("bad_request", "This request could not be read."),
    401: ("signed_out", "Sign in first."),
    403: ("not_allowed", "This is not allowed from here."),
    404: ("not_found", "There is nothing here for you."),
    405: ("bad_method", "This page cannot be used in that way."),
    408: ("too_slow", "This took too long to come. Try again where the network is better."),
    409: ("conflict", "Somebody else was a moment earlier. Look again, then try once more."),
    410: ("erased", "This record was erased. Nobody can read it any more."),
    413: ("too_large", "That is too large."),
    415: ("bad_message", "This form could not be read."),
    421: ("wrong_host", "This server is not known under that name."),
    429: ("too_fast", "That was too often. Wait a little, then try again."),
    500: ("unexpected", "Something went wrong here. Nothing that you saw as stored is lost."),
    503: ("unavailable", "This cannot be stored or read right now. Try again in a moment."),
    505: ("bad_version", "This server speaks HTTP/1.1."),
}


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Headers on every answer; errors in one shape; ids, codes and durations alone in the log."""
    started = time.perf_counter()
    response: web.StreamResponse
    languages.CURRENT.set(request.app[wiring.LANGUAGES].of(request))
    try:
        refused = _at_the_door(request)
        if refused is None and request.method not in _SAFE_METHODS:
            await often.check_post(request)
        response = refused or await handler(request)
    except web.HTTPException as raised:
        response = _led_on(raised) if raised.status < 400 else _error(request, raised.status, raised)
    except Refused as said:
        response = _problem(request, 422, said.code, said.message, said.fields)
    except (errors.Conflict, Held):
        response = _error(request, 409)
    except Erased:
        response = _error(request, 410)
    except errors.StorageError:
        response = _error(request, 503)
    except Exception as error:  # noqa: BLE001 - whatever it is, the visitor gets a sentence and the log a place
        response = _unforeseen(request, error)
    if not response.prepared:
        _dress(request, response)
    took_s, route = time.perf_counter() - started, _route(request)
    # A method that nobody knows is a visitor's own word: each would be a line of its own for ever.
    method = request.method if request.method in _METHODS else "other"
    request.app[wiring.METRICS].requests.labels(method, route, response.status).observe(took_s)
    log.info("request", method=method, route=route, status=response.status, ms=round(took_s * 1000, 1))
    return response


async def on_prepare(request: web.Request, response: web.StreamResponse) -> None:
    """Before the first byte of any answer, also of one that is prepared inside its handler: sockets and streams."""
    _dress(request, response)
    await access.note_look(request, response.status)


def _dress(request: web.Request, response: web.StreamResponse) -> None:
    if isinstance(response, web.WebSocketResponse):
        # No page and nothing to keep; and what stands here is held for as long as the socket is open.
        response.headers[hdrs.SERVER] = "Ebb"
        return
    plain = request.path.startswith("/static/") and request.path.endswith(_STATIC_ENDINGS)
    for name, value in (_STATIC_HEADERS if plain and response.status == 200 else _HEADERS).items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Cache-Control", "no-store")
    # Else the framework names itself and Python, with their versions.
    response.headers[hdrs.SERVER] = "Ebb"
    if request.app[wiring.SETTINGS].secure:
        response.headers.setdefault("Strict-Transport-Security", _TLS_ALONE)


def headers(*, secure: bool) -> dict[str, str]:
    """Of an answer that is made before any of this: to what is no request at all."""
    tls = {"Strict-Transport-Security": _TLS_ALONE} if secure else {}
    return {**_HEADERS, "Cache-Control": "no-store", hdrs.SERVER: "Ebb", **tls}


def _at_the_door(request: web.Request) -> web.Response | None:
    """What no handler is asked about: another protocol, another name for us, a form of another site."""
    if request.version not in _VERSIONS:
        # 0.9 has no headers, so no Host either; 2 is not spoken on a line of text.
        answer = _error(request, 505)
        answer.force_close()
        return answer
    if not origin.host_is_own(request) and request.path not in ("/healthz", "/readyz"):
        request.app[wiring.SECURITY].tell(Event.FOREIGN_HOST)
        return _error(request, 421)
    if request.method not in _SAFE_METHODS and not origin.may_change(request):
        request.app[wiring.SECURITY].tell(Event.FOREIGN_ORIGIN, route=_route(request))
        return _error(request, 403)
    # No id has one, and PostgreSQL takes it for a fault of ours.
    return _error(request, 404) if "\0" in request.path else None


def _unforeseen(request: web.Request, error: Exception) -> web.Response:
    if isinstance(error, limits.TooSlow):
        return _error(request, 408)
    if isinstance(error, web.RequestPayloadError):
        # A body that is not what its head says it is. Where the next request would begin, nobody knows.
        answer = _error(request, 400)
        answer.force_close()
        return answer
    if isinstance(error, ConnectionError) and (request.transport is None or request.transport.is_closing()):
        # Whoever asked went away in the middle of it. Nobody reads this any more.
        return _error(request, 400)
    # The traceback without the message: an exception's words can hold what somebody typed.
    log.error("request.failed", route=_route(request), error=type(error).__name__, where=logs.where(error))
    return _error(request, 500)


def _led_on(raised: web.HTTPException) -> web.Response:
    """A redirect that was raised, as the answer that it is: the framework wants exceptions raised, not returned."""
    return web.Response(status=raised.status, headers={"Location": raised.headers.get("Location", "/")})


def _error(request: web.Request, status: int, raised: web.HTTPException | None = None) -> web.Response:
    if isinstance(raised, access.Closed) and wants_page(request):
        return render.page(request, "view_closed", status=status, sentence=raised.sentence)
    code, sentence = SENTENCES.get(status, SENTENCES[400])
    if raised is not None and raised.text and not raised.text.startswith(f"{status}:"):
        sentence = raised.text
    elif raised is not None and status == 429 and "Retry-After" in raised.headers:
        sentence = limits.sentence(int(raised.headers["Retry-After"]))
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
