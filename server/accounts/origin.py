"""Whether a request comes from our own pages: Origin, Sec-Fetch-Site and Host against our own address."""

from aiohttp import web
from yarl import URL

from server import wiring

_SAFE_FETCH = frozenset({"same-origin", "none"})


def own_hosts(request: web.Request) -> frozenset[str]:
    """`host:port` as browsers may call us. In the demo, both loopback names: two cookie jars in one browser."""
    settings = request.app[wiring.SETTINGS]
    if settings.public_url:
        # As browsers write it in `Host`: without the port that the scheme implies. `URL.authority` names it.
        own = URL(settings.public_url).host_port_subcomponent
        return frozenset({own}) if own else frozenset()
    port = request.app[wiring.LISTENING].port
    return frozenset({f"127.0.0.1:{port}", f"localhost:{port}", f"[::1]:{port}"})


def host_is_own(request: web.Request) -> bool:
    return request.host in own_hosts(request)


def is_own(request: web.Request) -> bool:
    """For unsafe requests and sockets: an `Origin`, and it is ours. `null` and a missing one are not."""
    settings = request.app[wiring.SETTINGS]
    given = request.headers.get("Origin", "")
    expected = settings.public_url or f"http://{request.host}"
    return host_is_own(request) and given == expected


def may_change(request: web.Request) -> bool:
    """Whether a POST may change anything: from our own page, as the browser itself says it.

    Sec-Fetch-Site is checked where the browser sends it; Origin must be ours, and every browser sends it
    with a POST.
    """
    fetch_site = request.headers.get("Sec-Fetch-Site")
    if fetch_site is not None and fetch_site not in _SAFE_FETCH:
        return False
    return is_own(request)
